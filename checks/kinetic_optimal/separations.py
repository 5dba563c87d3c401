"""Separation functions that several checks share: exact ones, and those estimated of digits, photographs and points."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import final

import numpy as np
from jaxtyping import Float

from ...numerics.data import digits, photograph_patches
from ...numerics.data_set import DataSet
from ...numerics.kinetic_optimal import Separation, angular_grid, separation
from ...numerics.kinetic_optimal.entropy_bounds import bound_separation
from ...numerics.kinetic_optimal.estimator import Precision
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

DIGITS_DATA = ("sklearn:datasets/data/digits.csv.gz",)
"""The file that the digits are read from."""

PATCHES_DATA = ("sklearn:datasets/images/china.jpg", "sklearn:datasets/images/flower.jpg")
"""The photographs that the patches are cut from."""

INTERVALS = 15
"""A check may look at three sampled data sets, each at its curve and at four numbers: they share its false alarm."""

NORMAL_SHAPE = (4096, 64)
NORMAL_SEED = 2306


@final
@dataclass(frozen=True, slots=True)
class Sampling:
    """How a data set is sampled: at which s, by how many queries, and in which precision the products are."""

    signals: Float[np.ndarray, " m"]
    queries: dict[Effort, int]
    precision: Precision = "float64"


DIGITS = Sampling(angular_grid(32), {Effort.QUICK: 20_000, Effort.STANDARD: 60_000, Effort.DEEP: 600_000})

PATCHES = Sampling(
    # Their largest variance is 2377: everything happens at small s. Single precision holds weights up to s = 20.
    np.concatenate([np.geomspace(0.012, 1.2, 28), [2.5, 5.0, 10.0, 20.0]]),
    {Effort.QUICK: 1216, Effort.STANDARD: 8192, Effort.DEEP: 131_072},
    "float32",
)

NORMAL = Sampling(angular_grid(32), {Effort.QUICK: 4096, Effort.STANDARD: 16_384, Effort.DEEP: 131_072})


@final
@dataclass(frozen=True, slots=True, eq=False)
class DataCurve:
    """The separation function of a data set, and the entropy per dimension, infinite for continuous data.

    `curve` is an estimate, or exact up to rounding; its `error_ceiling` holds the entropy bound too.
    """

    name: str
    entropy_rate: float
    curve: Separation

    @property
    def linear_floor(self) -> Float[np.ndarray, " m"]:
        """The floor of lambda that every data set has."""
        return bound_separation(self.curve.s, self.entropy_rate)[0]

    @property
    def entropy_bound(self) -> Float[np.ndarray, " m"]:
        """The floor of lambda at this entropy; nowhere below the linear one."""
        return bound_separation(self.curve.s, self.entropy_rate)[1]

    @property
    def interval(self) -> tuple[Float[np.ndarray, " m"], Float[np.ndarray, " m"]]:
        """The interval of lambda, narrowed by what is proved of it."""
        low, high = self.curve.interval
        return np.maximum(low, self.entropy_bound), np.minimum(high, 1.0)


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


def normal_points() -> Float[np.ndarray, "n d"]:
    """Return 4096 independent normal points in d = 64, the same in every run, normalised."""
    points = np.random.default_rng(NORMAL_SEED).standard_normal(NORMAL_SHAPE)
    return points * math.sqrt(NORMAL_SHAPE[1] / (points**2).sum(axis=1).mean())


def estimate_curve(name: str, data: DataSet, sampling: Sampling, run: Run) -> DataCurve:
    """Estimate the separation of a data set, and hold it to the proved entropy bound where that is the sharper one."""
    found = separation(
        data,
        sampling.signals,
        num_queries=sampling.queries[run.effort],
        key=run.key(),
        false_alarm=run.false_alarm / INTERVALS,
        precision=sampling.precision,
    )
    rate = data.entropy() / data.dimension
    ceiling = np.minimum(found.error_ceiling, -math.expm1(-2 * rate) / found.s**2)
    return DataCurve(name, rate, replace(found, error_ceiling=ceiling))


@cache
def digits_curve(effort: Effort, seed: int) -> DataCurve:
    """Estimate the separation of the digits; once for each effort and seed of a worker."""
    return estimate_curve("digits", DataSet.of(digits()), DIGITS, Run(effort=effort, seed=seed))


@cache
def patches_curve(effort: Effort, seed: int) -> DataCurve:
    """Estimate the separation of the photograph patches; once for each effort and seed of a worker."""
    return estimate_curve("photograph patches", photograph_patches(), PATCHES, Run(effort=effort, seed=seed))


@cache
def normal_curve(effort: Effort, seed: int) -> DataCurve:
    """Estimate the separation of the normal points; once for each effort and seed of a worker."""
    return estimate_curve("normal points", DataSet.of(normal_points()), NORMAL, Run(effort=effort, seed=seed))


@cache
def exact_curves() -> tuple[DataCurve, ...]:
    """Return the exact curves: two points, with those of every hypercube, and a Gaussian of low rank."""
    return (
        DataCurve("two points, hypercube", math.log(2), two_points()),
        DataCurve("Gaussian, rank d/4", math.inf, low_rank_gaussian(0.25)),
    )
