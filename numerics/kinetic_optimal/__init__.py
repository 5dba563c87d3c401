"""Kinetic-optimal Gaussian paths: the separation function from data, and the path and energies that follow from it."""

from .energy import information_rate, path_energy, separation_integral
from .path import KineticOptimalPath, kinetic_optimal_path
from .schedules import CondOT, Schedule, VPCosine, check_admissible
from .separation import Separation, angular_grid, separation

__all__ = [
    "CondOT",
    "KineticOptimalPath",
    "Schedule",
    "Separation",
    "VPCosine",
    "angular_grid",
    "check_admissible",
    "information_rate",
    "kinetic_optimal_path",
    "path_energy",
    "separation",
    "separation_integral",
]
