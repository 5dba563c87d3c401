"""JKO: diffusion as minimising movements, and energies learned from snapshots by the first-order condition of a step.

`notation` names the symbols; `first_variation` derives the condition in every dimension along a test field, `quantiles`
on the line by Euler-Lagrange; `gaussian` and `barenblatt` hold the steps in closed form, `discretisation` how far they
are from the flow; `normal_equations` is the quadratic loss of the inverse problem, `identifiability` what it cannot
tell apart, `bias` what three estimators return on snapshots of the diffusion, `euler_maruyama` what becomes of the
diffusivity on steps of that method, and `coupling` how near the optimal map between these is to the flow; `potentials`
are energies to test on.
"""

from .barenblatt import exact_scale, profile, step_equation
from .bias import Estimates, estimates, estimates_of_scheme, exact_stiffness, trapezoid_estimates, truth_residual
from .coupling import acceleration_potential, leading_asymmetry
from .discretisation import (
    barenblatt_local_error,
    gaussian_local_error,
    global_error,
    local_error,
    mean_local_error,
)
from .first_variation import (
    chemical_potential,
    derive_first_order_condition,
    derive_internal_variation,
    derive_pointwise_condition,
    derive_transport_variation,
    first_order_condition,
    pointwise_condition,
    pressure,
)
from .gaussian import GaussianLaw, eigenvalue_step, fokker_planck_law, gaussian_step, heat_step
from .identifiability import confounded_force, design, minors, null_space, null_vectors, quadratic_defect
from .normal_equations import derive_excess, derive_normal_equation, derive_optimum, derive_stationarity
from .potentials import POTENTIAL_NAMES, potential, potential_gradient
from .quantiles import density_slope, derive_quantile_condition, pair_force, quantile_condition

__all__ = [
    "POTENTIAL_NAMES",
    "Estimates",
    "GaussianLaw",
    "acceleration_potential",
    "barenblatt_local_error",
    "chemical_potential",
    "confounded_force",
    "density_slope",
    "derive_excess",
    "derive_first_order_condition",
    "derive_internal_variation",
    "derive_normal_equation",
    "derive_optimum",
    "derive_pointwise_condition",
    "derive_quantile_condition",
    "derive_stationarity",
    "derive_transport_variation",
    "design",
    "eigenvalue_step",
    "estimates",
    "estimates_of_scheme",
    "exact_scale",
    "exact_stiffness",
    "first_order_condition",
    "fokker_planck_law",
    "gaussian_local_error",
    "gaussian_step",
    "global_error",
    "heat_step",
    "leading_asymmetry",
    "local_error",
    "mean_local_error",
    "minors",
    "null_space",
    "null_vectors",
    "pair_force",
    "pointwise_condition",
    "potential",
    "potential_gradient",
    "pressure",
    "profile",
    "quadratic_defect",
    "quantile_condition",
    "step_equation",
    "trapezoid_estimates",
    "truth_residual",
]
