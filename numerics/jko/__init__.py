"""JKO: steps of the minimising-movement scheme, and energies learned from snapshots."""

from .couplings import BatchedCoupler, Coupling, CouplingFailed, couple_exactly
from .density_score import ScoreEstimate, estimate_score
from .energy import Energy, Forces
from .energy_fit import EnergyFit
from .features import AbstractFeatures
from .fit import fit_energies
from .fokker_planck import FokkerPlanckSolution, solve_fokker_planck
from .gaussian import GaussianLaw, QuadraticEnergy, gaussian_diffusion, jko_step_gaussian
from .polynomial import Polynomial
from .prediction import Evaluation
from .quantile_flow import solve_quantile_flow
from .quantile_grid import BarenblattReference, NormalReference, QuantileGrid, QuantileLaw
from .quantile_step import jko_flow_quantiles, jko_step_quantiles
from .radial_basis import RadialBasis
from .simulation import Simulation, simulate
from .symbolic_features import SymbolicFeatures
from .weak_form import fit_weak_form

__all__ = [
    "AbstractFeatures",
    "BarenblattReference",
    "BatchedCoupler",
    "Coupling",
    "CouplingFailed",
    "Energy",
    "EnergyFit",
    "Evaluation",
    "FokkerPlanckSolution",
    "Forces",
    "GaussianLaw",
    "NormalReference",
    "Polynomial",
    "QuadraticEnergy",
    "QuantileGrid",
    "QuantileLaw",
    "RadialBasis",
    "ScoreEstimate",
    "Simulation",
    "SymbolicFeatures",
    "couple_exactly",
    "estimate_score",
    "fit_energies",
    "fit_weak_form",
    "gaussian_diffusion",
    "jko_flow_quantiles",
    "jko_step_gaussian",
    "jko_step_quantiles",
    "simulate",
    "solve_fokker_planck",
    "solve_quantile_flow",
]
