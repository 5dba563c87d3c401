"""Standard errors of fitted energies: they count that snapshots are samples.

Particles are dealt into groups, couplings are computed anew inside each, and the spread of `A^T (b - A theta)` between
groups is carried to theta. The residuals of one exact coupling alone do not show how the coupling moves with the
sample: where a snapshot as a whole is displaced by chance, each of its pairs is displaced alike.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from jaxtyping import Float, Int

from ..measures import DiscreteMeasure
from .conditions import CoupledSnapshots, Drifted, EnergyModel, Estimator, normal_residuals
from .couplings import Coupler, Coupling
from .least_squares import LeastSquares
from .snapshots import Snapshots

GROUPS: Final = 16
FEWEST_GROUPS: Final = 4
FEWEST_IN_GROUP: Final = 8
"""Groups of particles, and what is too little to tell a spread."""


def couple_snapshots(snapshots: Snapshots, coupler: Coupler, drifted: Drifted | None = None) -> tuple[Coupling, ...]:
    """Return the coupling of each snapshot with the next, or of what the drift has made of it."""
    before = snapshots.measures[:-1] if drifted is None else drifted.measures
    return tuple(coupler(source, target) for source, target in zip(before, snapshots.measures[1:], strict=True))


def count_groups(snapshots: Snapshots) -> int:
    """Return the number of groups that the smallest snapshot allows."""
    return min(GROUPS, min(len(measure.weights) for measure in snapshots.measures) // FEWEST_IN_GROUP)


def estimate_covariance(
    data: CoupledSnapshots,
    model: EnergyModel,
    estimator: Estimator,
    coupler: Coupler,
    solved: LeastSquares,
    seed: int,
) -> tuple[Float[np.ndarray, "p p"], int]:
    """Estimate the covariance of theta and its degrees of freedom; it is infinite where snapshots are too small."""
    sizes = [len(measure.weights) for measure in data.snapshots.measures]
    count = count_groups(data.snapshots)
    if count < FEWEST_GROUPS:
        return np.full((len(model.labels),) * 2, np.inf), 1
    dealt = [_deal_groups(size, count, seed) for size in sizes]
    groups = []
    for index in range(count):
        rows = [groups_of_snapshot[index] for groups_of_snapshot in dealt]
        part = data.snapshots.restricted(rows)
        scores = None if data.scores is None else tuple(s[r] for s, r in zip(data.scores, rows, strict=True))
        drifted = None if data.drifted is None else _restricted(data.drifted, rows)
        groups.append(CoupledSnapshots(part, couple_snapshots(part, coupler, drifted), scores, drifted))
    residuals = normal_residuals(groups, model, estimator, solved.solution)
    spread = np.atleast_2d(np.cov(residuals, rowvar=False)) / count
    return solved.pseudo_inverse @ spread @ solved.pseudo_inverse, count - 1


def _restricted(drifted: Drifted, rows: Sequence[Int[np.ndarray, " _"]]) -> Drifted:
    """Return the same for the particles with these rows in each snapshot."""
    measures, scores = [], []
    for measure, score, kept in zip(drifted.measures, drifted.scores, rows, strict=False):
        weights = measure.weights[kept]
        measures.append(DiscreteMeasure(measure.atoms[kept], weights / weights.sum()))
        scores.append(score[kept])
    return Drifted(tuple(measures), tuple(scores))


def _deal_groups(size: int, count: int, seed: int) -> list[Int[np.ndarray, " q"]]:
    """Deal particles into groups, the same rows together in snapshots of the same size: they may be the same ones."""
    order = np.random.default_rng([seed, 3, size]).permutation(size)
    return [np.sort(rows) for rows in np.array_split(order, count)]
