"""Separation functions that several checks share: exact ones, and that of the digits."""

from collections.abc import Callable
from functools import cache

from ...numerics.data import digits
from ...numerics.kinetic_optimal import Separation, angular_grid, separation
from ...numerics.kinetic_optimal.exact import (
    separation_low_rank_gaussian,
    separation_product,
    separation_two_point,
)
from ...numerics.measures import DiscreteMeasure
from ..trial import Effort, Run
from .data_sets import LineData

GRID = angular_grid(96)
"""Signal-to-noise ratios at which exact curves are tabulated."""

DIGITS_GRID = angular_grid(32)
"""Signal-to-noise ratios at which the digits are sampled."""

DIGITS_QUERIES = {Effort.QUICK: 20_000, Effort.STANDARD: 60_000, Effort.DEEP: 600_000}
"""Queries by effort."""

DIGITS_DATA = ("sklearn:datasets/data/digits.csv.gz",)
"""The file that the digits are read from."""


def low_rank_gaussian(fraction: float) -> Separation:
    """Return the exact separation of Gaussian data on a fraction of the dimensions: `s^2/(k + s^2)`."""
    return separation_low_rank_gaussian(fraction, GRID)


def of_line_data(data: LineData) -> Separation:
    """Return the separation of a measure on the line, exact up to the error of a quadrature."""
    return separation_product([DiscreteMeasure(data.atoms[:, None], data.weights)], GRID)


def two_points() -> Separation:
    """Return the separation of the two points -1 and 1."""
    return separation_two_point(GRID)


EXACT: dict[str, Callable[[], Separation]] = {
    "low-rank Gaussian, k = 1/4": lambda: low_rank_gaussian(0.25),
    "two points": two_points,
}
"""Exact curves by name."""


@cache
def digits_separation(effort: Effort, seed: int) -> Separation:
    """Estimate the separation of the digits; once for each effort and seed of a worker."""
    run = Run(effort=effort, seed=seed)
    return separation(
        digits(), DIGITS_GRID, num_queries=DIGITS_QUERIES[effort], key=run.key(), false_alarm=run.false_alarm
    )
