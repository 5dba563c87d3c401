"""Wasserstein proximal operators: the mean-field game behind score-based models, its closed forms and its solvers."""

from ..measures import GaussianMixture
from .cole_hopf import (
    ColeHopf,
    PotentialEstimate,
    QuadratureFailed,
    cole_hopf_gradient,
    cole_hopf_potential,
    estimate_potential,
)
from .direct_minimisation import DirectMinimum, minimise_proximal
from .fokker_planck import FokkerPlanckSolution, solve_controlled_fokker_planck
from .grid import Grid, GridLaw
from .hamilton_jacobi import HamiltonJacobiSolution, solve_hjb
from .held_out import held_out_log_likelihood, log_likelihood_gain
from .kernel_formula import ProximalLaw, ProximalMixture, kernel_proximal
from .leave_one_out import WidthChoice, choose_width
from .memorisation import distance_ratios, memorisation_fraction, memorised_share
from .noise_schedules import NoiseSchedule, VarianceExploding, VariancePreserving
from .reverse_sampling import ReverseSample, reverse_flow
from .score_models import AbstractScoreModel, EmpiricalScore, KernelScore, LocalPrecisionScore

__all__ = [
    "AbstractScoreModel",
    "ColeHopf",
    "DirectMinimum",
    "EmpiricalScore",
    "FokkerPlanckSolution",
    "GaussianMixture",
    "Grid",
    "GridLaw",
    "HamiltonJacobiSolution",
    "KernelScore",
    "LocalPrecisionScore",
    "NoiseSchedule",
    "PotentialEstimate",
    "ProximalLaw",
    "ProximalMixture",
    "QuadratureFailed",
    "ReverseSample",
    "VarianceExploding",
    "VariancePreserving",
    "WidthChoice",
    "choose_width",
    "cole_hopf_gradient",
    "cole_hopf_potential",
    "distance_ratios",
    "estimate_potential",
    "held_out_log_likelihood",
    "kernel_proximal",
    "log_likelihood_gain",
    "memorisation_fraction",
    "memorised_share",
    "minimise_proximal",
    "reverse_flow",
    "solve_controlled_fokker_planck",
    "solve_hjb",
]
