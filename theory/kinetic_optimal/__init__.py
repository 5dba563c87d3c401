"""Kinetic-optimal Gaussian paths: kinetic energy, separation function, optimal path, bounds.

`notation` names the symbols, `geometry` the metric and its geodesics, `bounds` what holds for every data set,
`examples` the closed forms; `derivations` derives and decides all of it.
"""

from .geometry import (
    angular_speed_squared,
    flat_metric,
    kinetic_energy_density,
    kinetic_optimal_ode,
    named_path_energies,
    polar_energy_density,
    straight_line,
)

__all__ = [
    "angular_speed_squared",
    "flat_metric",
    "kinetic_energy_density",
    "kinetic_optimal_ode",
    "named_path_energies",
    "polar_energy_density",
    "straight_line",
]
