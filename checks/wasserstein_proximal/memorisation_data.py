"""What the claims on memorisation measure: flows, nearest distances and held-out gains, each found once in a process.

A claim and its controls look at the same samples, so whatever does not depend on the formula is kept.
"""

from collections.abc import Callable, Mapping
from functools import cache, partial
from types import MappingProxyType
from typing import Final, TypeAlias

import jax
import numpy as np
from jaxtyping import Float
from scipy.spatial import cKDTree
from scipy.stats import chi2

from ...numerics.wasserstein_proximal.held_out import log_likelihood_gain
from ...numerics.wasserstein_proximal.leave_one_out import choose_width
from ...numerics.wasserstein_proximal.nearest import find_others
from ...numerics.wasserstein_proximal.noise_schedules import VarianceExploding
from ...numerics.wasserstein_proximal.reverse_sampling import Kind, ReverseSample, reverse_flow
from ...numerics.wasserstein_proximal.score_models import EmpiricalScore, KernelScore, LocalPrecisionScore
from ...numerics.wasserstein_proximal.training_data import (
    DataSplit,
    draw_mixture,
    draw_spiral,
    draw_two_moons,
    split_plane_law,
)

Points = Float[np.ndarray, "n d"]
Draw: TypeAlias = Callable[[np.random.Generator, int], Points]

SCHEDULE: Final = VarianceExploding(smallest=1e-4, largest=50.0)
"""From far outside the data to below the distances of neighbours."""

TOLERANCE: Final = 5e-3
"""Tolerance of the flows' steps, in units of the noise."""

THIN, THICK = 0.01, 0.2
"""Deviations of the noise about moons and spiral: far below the distance of neighbours, and far above it."""

THIN_LAWS: Final[Mapping[str, Draw]] = MappingProxyType(
    {
        f"two moons, thickness {THIN:g}": partial(draw_two_moons, thickness=THIN),
        f"spiral, thickness {THIN:g}": partial(draw_spiral, thickness=THIN),
    }
)
FULL_LAWS: Final[Mapping[str, Draw]] = MappingProxyType(
    {
        f"two moons, thickness {THICK:g}": partial(draw_two_moons, thickness=THICK),
        f"spiral, thickness {THICK:g}": partial(draw_spiral, thickness=THICK),
        "Gaussian mixture": draw_mixture,
    }
)
"""Laws on which precision is to help, and on which it is not."""


@cache
def split(law: str, training: int, fresh: int, seed: int) -> DataSplit:
    """Return training and fresh points of a law in the plane."""
    return split_plane_law(law, training=training, fresh=fresh, seed=seed)


@cache
def empirical_flow(law: str, training: int, samples: int, stop: float, kind: Kind, seed: int) -> ReverseSample:
    """Return samples of the exact reverse flow of training points."""
    model = EmpiricalScore(split(law, training, 1, seed).training)
    return reverse_flow(
        model, jax.random.key(seed), samples, schedule=SCHEDULE, stop=stop, kind=kind, tolerance=TOLERANCE
    )


@cache
def kernel_flow(law: str, training: int, samples: int, narrowing: float, seed: int) -> ReverseSample:
    """Return samples of the reverse flow of a kernel model whose width is the leave-one-out choice / `narrowing`."""
    points = split(law, training, 1, seed).training
    model = KernelScore(points, choose_width(points).width / narrowing)
    return reverse_flow(
        model, jax.random.key(seed), samples, schedule=SCHEDULE, stop=SCHEDULE.smallest, tolerance=TOLERANCE
    )


@cache
def torus_ratios(dimension: int, trials: int, seed: int, points: int = 64) -> Float[np.ndarray, " t"]:
    """Return d1/d2 of the origin among uniform points of the unit torus, for independent draws of the points."""
    apart = np.random.default_rng((seed, dimension)).uniform(-0.5, 0.5, size=(trials, points, dimension))
    nearest = np.partition((apart**2).sum(axis=2), 1, axis=1)[:, :2]
    return np.sqrt(nearest[:, 0] / nearest[:, 1])


def wasserstein_bounds(training: Points, noise: float) -> tuple[float, float]:
    """Return bounds of W_2^2 between training points and the same points seen through N(0, noise^2 I).

    The coupling of a point with itself costs noise^2 d, and no coupling costs less than the nearest training point.
    Where the noise stays below half the distance delta_i to the nearest other point, that is the point itself, so at
    most noise^2 E[chi^2_d; chi^2_d > delta_i^2/(4 noise^2)] is saved, and that is noise^2 d P(chi^2_(d+2) > ...).
    """
    dimension = training.shape[1]
    apart = find_others(training, 1).distances[:, 0]
    saved = float(chi2.sf((apart / (2 * noise)) ** 2, dimension + 2).mean())
    most = noise**2 * dimension
    return most * (1 - saved), most


def nearest_squares(samples: Points, training: Points) -> Float[np.ndarray, " m"]:
    """Return the squared distance from each sample to the nearest training point."""
    return np.asarray(cKDTree(training).query(samples)[0] ** 2)


@cache
def precision_gains(law: str, training: int, fresh: int, draws: int, seed: int) -> Float[np.ndarray, " r"]:
    """Return by how many nats learned precisions beat an isotropic kernel, for independent draws of the data.

    Both choose their width by leave-one-out likelihood; each gain is the mean over `fresh` points.
    """
    draw = THIN_LAWS[law] if law in THIN_LAWS else FULL_LAWS[law]
    gains = []
    for number in range(draws):
        rng = np.random.default_rng((seed, number))
        points, unseen = draw(rng, training), draw(rng, fresh)
        gains.append(float(log_likelihood_gain(LocalPrecisionScore(points), KernelScore(points), unseen).mean()))
    return np.array(gains)
