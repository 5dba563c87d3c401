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
from .kernel_formula import ProximalLaw, ProximalMixture, kernel_proximal

__all__ = [
    "ColeHopf",
    "DirectMinimum",
    "FokkerPlanckSolution",
    "GaussianMixture",
    "Grid",
    "GridLaw",
    "HamiltonJacobiSolution",
    "PotentialEstimate",
    "ProximalLaw",
    "ProximalMixture",
    "QuadratureFailed",
    "cole_hopf_gradient",
    "cole_hopf_potential",
    "estimate_potential",
    "kernel_proximal",
    "minimise_proximal",
    "solve_controlled_fokker_planck",
    "solve_hjb",
]
