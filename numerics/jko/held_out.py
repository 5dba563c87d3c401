"""Particles that are kept from a fit, and how far its predictions of them are from what became of them.

The floor is what the true energies would come to on average. If rows are particles that were followed, the same ones at
each time, it is the distance between two predictions with different noise; if each snapshot was drawn anew, it is the
distance between two samples of the same snapshot. Followed particles are recognised by their inner products with
themselves at the next time. Under a random permutation of centred rows the sum of these has mean 0 and variance
`tr(X^T X Y^T Y)/(n - 1)`, and is nearly normal.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Final, final

import numpy as np
from jaxtyping import Float
from scipy import stats

from ..estimate import Estimate
from ..measures import DiscreteMeasure
from ..statistics import student_interval
from .energy_fit import EnergyFit
from .prediction import wasserstein_distance
from .snapshots import Snapshots

DRAWS: Final = 8
"""Predictions with different noise, of whose distances the mean is taken."""

FALSE_ALARM: Final = 1e-3
"""Probability with which a mean is farther from that of all draws than its error; and of rows that seem followed."""

MOST_HELD_OUT: Final = 500
"""The most particles that are held out: a distance between as many is exact and quick."""

FEWEST_HELD_OUT: Final = 8


@final
class Floor(StrEnum):
    """What the true energies would come to on average."""

    NOISE = "noise"
    """Two predictions of the same particles with different noise: rows are followed."""

    SAMPLING = "sampling"
    """Two samples of the same snapshot: rows are drawn anew at each time."""


@final
class Outcome(StrEnum):
    """How the predictions compare with no movement and with the floor, on average over all intervals."""

    AT_FLOOR = "at the floor"
    """Better than no movement, and not told from what the true energies would come to."""

    BETTER = "better than no movement"
    """Better than no movement, and above the floor."""

    NO_BETTER = "no better than no movement"
    """Not told from no movement, or worse."""

    NOT_TOLD = "not told apart"
    """No movement comes to the floor itself: too little moves for so few particles to show."""


@final
@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Comparison:
    """Exact 1-Wasserstein distances to held-out snapshots: one for each interval, and the means of all of them.

    `unmoved` is that of the snapshot before, without an error; errors of the others are those of the draws.
    """

    floor_kind: Floor
    predicted: tuple[Estimate, ...]
    unmoved: Float[np.ndarray, " intervals"]
    floor: tuple[Estimate, ...]
    mean_predicted: Estimate
    mean_floor: Estimate

    @property
    def outcome(self) -> Outcome:
        """What the means say."""
        unmoved = float(self.unmoved.mean())
        if unmoved <= self.mean_floor.high:
            return Outcome.NOT_TOLD
        if self.mean_predicted.high >= unmoved:
            return Outcome.NO_BETTER
        return Outcome.AT_FLOOR if self.mean_predicted.low <= self.mean_floor.high else Outcome.BETTER


def hold_out(snapshots: Snapshots, share: float, seed: int) -> tuple[Snapshots, Snapshots]:
    """Return snapshots of the particles to fit to, and of a `share` of them that are held out, at most 500.

    The same rows are held out of snapshots of the same size: they may be the same particles.

    **Raises:** `ValueError` where fewer than 8 would be held out, or no weight is left on one side.
    """
    kept, held = [], []
    for index, measure in enumerate(snapshots.measures):
        size = len(measure.weights)
        count = min(round(share * size), MOST_HELD_OUT)
        if count < FEWEST_HELD_OUT:
            raise ValueError(
                f"snapshot {index} has too few particles, {size}: at least {FEWEST_HELD_OUT} have to be held out, "
                f"which at a share of {share:g} are {count}"
            )
        order = np.random.default_rng([seed, 4, size]).permutation(size)
        held.append(np.sort(order[:count]))
        kept.append(np.sort(order[count:]))
    return snapshots.restricted(kept), snapshots.restricted(held)


def is_followed(snapshots: Snapshots) -> bool:
    """Tell whether rows are the same particles in all snapshots, beyond what chance does once in 1000 times."""
    if len({len(measure.weights) for measure in snapshots.measures}) > 1:
        return False
    for before, after in pairwise(snapshots.measures):
        x, y = (measure.atoms - measure.atoms.mean(axis=0) for measure in (before, after))
        variance = float(np.sum((x.T @ x) * (y.T @ y))) / (len(x) - 1)
        if float(np.sum(x * y)) <= stats.norm.isf(FALSE_ALARM) * np.sqrt(variance):
            return False
    return True


def compare_predictions(
    fit: EnergyFit,
    training: Snapshots,
    held: Snapshots,
    *,
    followed: bool,
    seed: int,
    report: Callable[[], None],
) -> Comparison:
    """Compare predictions of the particles `held` out with what became of them, `DRAWS` times.

    **Arguments:** `followed` says what `is_followed` found of all particles; `report` is called after each draw.

    **Raises:** `ValueError` where predictions leave the range of finite numbers, and for a diffusivity that is negative
    beyond its error.
    """
    predicted, floors, unmoved, rounding = [], [], np.zeros(held.intervals), _rounding(held)
    for draw in range(DRAWS):
        found = fit.evaluate(held.measures, held.spacings, seed=seed + draw)
        predicted.append(found.predicted)
        unmoved = found.unmoved
        floors.append(found.noise_floor if followed else _resample(training, held, seed + draw))
        report()
    return Comparison(
        floor_kind=Floor.NOISE if followed else Floor.SAMPLING,
        predicted=_estimate_columns(predicted, rounding),
        unmoved=unmoved,
        floor=_estimate_columns(floors, rounding),
        mean_predicted=_estimate([float(one.mean()) for one in predicted], rounding),
        mean_floor=_estimate([float(one.mean()) for one in floors], rounding),
    )


def _resample(training: Snapshots, held: Snapshots, seed: int) -> Float[np.ndarray, " intervals"]:
    """Return the distance of each held-out snapshot but the first to as many other particles of the same snapshot."""
    rng = np.random.default_rng([seed, 5])
    found = []
    for others, measure in zip(training.measures[1:], held.measures[1:], strict=True):
        rows = rng.choice(len(others.weights), min(len(measure.weights), len(others.weights)), replace=False)
        weights = others.weights[rows]
        drawn = DiscreteMeasure(others.atoms[rows], weights / weights.sum() if weights.any() else None)
        found.append(wasserstein_distance(drawn, measure))
    return np.array(found)


def _rounding(held: Snapshots) -> float:
    """Return the rounding error of a mean distance: that of a sum over all particles, in units of their spread."""
    pooled = held.pooled()
    terms = max(len(measure.weights) for measure in held.measures) + held.dimension
    return float(terms * np.finfo(np.float64).eps * np.linalg.norm(np.ptp(pooled.atoms, axis=0)))


def _estimate_columns(draws: Sequence[Float[np.ndarray, " intervals"]], rounding: float) -> tuple[Estimate, ...]:
    return tuple(_estimate(column, rounding) for column in np.stack(draws).T.tolist())


def _estimate(draws: Sequence[float], rounding: float) -> Estimate:
    """Estimate the mean; without noise all draws are the same, and exact up to rounding."""
    if max(draws) - min(draws) <= rounding:
        return Estimate(draws[0], rounding, "exact transport")
    return student_interval(draws, FALSE_ALARM)
