"""Wasserstein proximal operators: score-based models as a mean-field game that Cole-Hopf makes linear.

`notation` names the symbols and the two terminal costs, which are never mixed; `mean_field_game` derives the
Euler-Lagrange system, `cole_hopf` the linear equation and its terminal value, `reverse_drift` the running cost of a
noising process with a drift; `factorisation` is rho = eta etahat and where a start at eta_0 lands, `kernel_formula` the
same without an equation to solve; `gaussian` holds closed forms, `entropy` the energy identity and data processing, and
`needles` the family on which implicit score matching with free precisions has no lower bound.
"""

from .cole_hopf import ColeHopf, backward_equation, potential_of, terminal_factor, terminal_potential
from .entropy import (
    derive_data_processing,
    derive_dissipation,
    derive_energy,
    dissipation,
    gaussian_contraction,
    gaussian_energy,
    kinetic_density,
)
from .factorisation import (
    Factorisation,
    constant_running_cost,
    derive_mass,
    forward_equation,
    gaussian_landing,
    landed_density,
)
from .gaussian import ComponentLaw, Noising, component_covariance, component_law, curvature, gaussian_potential
from .kernel_formula import GaussianKernel, gaussian_kernel, landed_variance, log_kernel
from .mean_field_game import (
    Game,
    derive_feedback,
    derive_fokker_planck,
    derive_hamilton_jacobi,
    derive_terminal,
    fokker_planck,
    hamilton_jacobi,
    terminal_condition,
)
from .needles import (
    derive_ceiling,
    derive_line_floor,
    derive_rate,
    derive_thin_bound,
    derive_width_floor,
    loss_ceiling,
    mixture_loss,
    needle,
    thin_bound,
)
from .notation import DIMENSIONS, TerminalCost
from .reverse_drift import noising_drift, reversed_operator, running_cost

__all__ = [
    "DIMENSIONS",
    "ColeHopf",
    "ComponentLaw",
    "Factorisation",
    "Game",
    "GaussianKernel",
    "Noising",
    "TerminalCost",
    "backward_equation",
    "component_covariance",
    "component_law",
    "constant_running_cost",
    "curvature",
    "derive_ceiling",
    "derive_data_processing",
    "derive_dissipation",
    "derive_energy",
    "derive_feedback",
    "derive_fokker_planck",
    "derive_hamilton_jacobi",
    "derive_line_floor",
    "derive_mass",
    "derive_rate",
    "derive_terminal",
    "derive_thin_bound",
    "derive_width_floor",
    "dissipation",
    "fokker_planck",
    "forward_equation",
    "gaussian_contraction",
    "gaussian_energy",
    "gaussian_kernel",
    "gaussian_landing",
    "gaussian_potential",
    "hamilton_jacobi",
    "kinetic_density",
    "landed_density",
    "landed_variance",
    "log_kernel",
    "loss_ceiling",
    "mixture_loss",
    "needle",
    "noising_drift",
    "potential_of",
    "reversed_operator",
    "running_cost",
    "terminal_condition",
    "terminal_factor",
    "terminal_potential",
    "thin_bound",
]
