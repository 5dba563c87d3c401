"""Kinetic-optimal Gaussian paths: the separation function from data, and the path and energies that follow from it."""

from .energy import information_rate, path_energy, saving_over_cond_ot, separation_integral
from .estimator import separation
from .exact import separation_low_rank_gaussian, separation_product, separation_two_point
from .path import KineticOptimalPath, kinetic_optimal_path
from .schedules import CondOT, Schedule, VPCosine, check_admissible
from .separation_function import Separation, angular_grid
from .study import Study, study_data

__all__ = [
    "CondOT",
    "KineticOptimalPath",
    "Schedule",
    "Separation",
    "Study",
    "VPCosine",
    "angular_grid",
    "check_admissible",
    "information_rate",
    "kinetic_optimal_path",
    "path_energy",
    "saving_over_cond_ot",
    "separation",
    "separation_integral",
    "separation_low_rank_gaussian",
    "separation_product",
    "separation_two_point",
    "study_data",
]
