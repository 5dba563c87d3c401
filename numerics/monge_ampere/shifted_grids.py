"""The mismatch of the two maps in the plane by randomly shifted grids: a quadrature that shares nothing with rays.

The sum of the normal density over the points of a square lattice where labels differ, times the area of a square, is an
unbiased estimate of the mass if the lattice is shifted uniformly at random within a square. Its spread falls as the
width of a square to the power 3/2, since only squares on a border contribute to it.

References: [cranley1976], random shifts.
"""

from typing import Final

import numpy as np
from scipy.special import ndtr

from ..estimate import Estimate
from ..statistics import student_interval
from .flow import probability_flow_map
from .laguerre import LaguerreDiagram

HALF_WIDTH: Final = 5.0
"""Half the width of the grids: outside of it N(0, I) has a mass of 1.2e-6."""


def mismatch_by_grids(
    diagram: LaguerreDiagram, *, resolution: int, grids: int, seed: int, false_alarm: float
) -> Estimate:
    """Estimate the mass of N(0, I) that the flow and the optimal map of `diagram` send to different atoms of the plane.

    **Arguments:** `grids` >= 2 independent shifts, drawn from `seed`, of a grid of `resolution` x `resolution` points.

    **Returns:** the mean over grids, whose error has the parts `monte_carlo`, at `false_alarm`, and `outside`.

    **Raises:** `ValueError` for atoms in another dimension than 2, a source other than N(0, I), or too few points or
    grids.
    """
    if diagram.measure.dimension != 2 or np.isfinite(diagram.horizon):
        raise ValueError("grids lie in R^2, and their source is N(0, I)")
    if resolution < 2 or grids < 2:
        raise ValueError(f"want two grids or more of two points or more along an axis, not {grids} of {resolution}")
    step = 2 * HALF_WIDTH / resolution
    corner = -HALF_WIDTH + step * np.arange(resolution)
    lattice = np.stack(np.meshgrid(corner, corner), axis=-1).reshape(-1, 2)
    found = []
    for shift in np.random.default_rng(seed).uniform(0, step, (grids, 2)):
        points = lattice + shift
        labels = probability_flow_map(points, diagram.measure).labels
        differing = points[labels != diagram.assign(points)]
        found.append(step**2 / (2 * np.pi) * float(np.exp(-(differing**2).sum(axis=1) / 2).sum()))
    mean = student_interval(found, false_alarm)
    # A shift moves the grid by less than a square, so all within a square of its edge is always seen.
    outside = 1 - (1 - 2 * float(ndtr(step - HALF_WIDTH))) ** 2
    parts = {"monte_carlo": mean.error, "outside": outside}
    return Estimate.of_parts(mean.value, parts, f"{grids} shifted grids of {resolution}^2 points", false_alarm)
