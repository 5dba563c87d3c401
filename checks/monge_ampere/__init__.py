"""Monge-Ampere: the claims, in reading order."""

from ..claim import Claim
from . import (
    counterexample,
    foundations,
    gaussian_data,
    generic_maps,
    late_starts,
    line_data,
    line_gap,
    prior_error,
    rates,
    reflection_orbits,
    smoothed_map,
    steps,
    symmetric_data,
    triangles,
)

CLAIMS: tuple[Claim, ...] = (
    *foundations.CLAIMS,
    *steps.CLAIMS,
    *prior_error.CLAIMS,
    *line_data.CLAIMS,
    *line_gap.CLAIMS,
    *gaussian_data.CLAIMS,
    *symmetric_data.CLAIMS,
    *reflection_orbits.CLAIMS,
    *late_starts.CLAIMS,
    *generic_maps.CLAIMS,
    *smoothed_map.CLAIMS,
    *counterexample.CLAIMS,
    *rates.CLAIMS,
    *triangles.CLAIMS,
)
