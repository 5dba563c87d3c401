"""Snapshots of one evolution: weighted particles in R^d at increasing times, not the same ones and not as many.

Notation: mu_k is the k-th snapshot, tau_k > 0 the time from mu_k to mu_(k+1).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float, Int

from ..measures import DiscreteMeasure, Numbers


@final
@dataclass(frozen=True, slots=True, eq=False)
class Snapshots:
    """Measures mu_0, ..., mu_m in double precision and the `spacings` tau_0, ..., tau_(m-1) between their times."""

    measures: tuple[DiscreteMeasure, ...]
    spacings: Float[np.ndarray, " intervals"]

    @property
    def dimension(self) -> int:
        """The dimension d."""
        return self.measures[0].dimension

    @property
    def intervals(self) -> int:
        """The number m of intervals between snapshots."""
        return len(self.spacings)

    def pooled(self) -> DiscreteMeasure:
        """Return the mean of the snapshots as one measure."""
        weights = [measure.weights for measure in self.measures]
        return DiscreteMeasure(
            np.concatenate([measure.atoms for measure in self.measures]), np.concatenate(weights) / len(weights)
        )

    def restricted(self, rows: Sequence[Int[np.ndarray, "..."]]) -> "Snapshots":
        """Return the snapshots of the particles with these `rows` in each, their weights scaled to sum to 1.

        **Raises:** `ValueError` where the weights of the kept particles are all 0.
        """
        measures = []
        for measure, kept in zip(self.measures, rows, strict=True):
            weights = measure.weights[kept]
            if not weights.sum() > 0:
                raise ValueError("no weight is left in a snapshot")
            measures.append(DiscreteMeasure(measure.atoms[kept], weights / weights.sum()))
        return Snapshots(tuple(measures), self.spacings)


def take_snapshots(
    snapshots: Numbers | Sequence[Numbers], tau: Numbers, weights: Sequence[Numbers] | None = None
) -> Snapshots:
    """Take arrays as snapshots.

    **Arguments:** `snapshots` is an array (times, n, d) or a sequence of arrays (n_k, d) or of `DiscreteMeasure`; `tau`
    is the time between neighbours, one number or one for each interval; `weights` holds an array (n_k,) for each
    snapshot, equal weights if not given.

    **Raises:** `ValueError` for fewer than two snapshots, one that is no finite matrix, snapshots that differ in
    dimension, weights that do not belong to them or are given beside measures, and spacings that are not positive and
    finite; `TypeError` for entries that are not real numbers.
    """
    given = list(snapshots)  # type: ignore[arg-type]
    if len(given) < 2:
        raise ValueError(f"at least two snapshots are needed, not {len(given)}")
    if weights is not None and len(weights) != len(given):
        raise ValueError(f"weights are needed for each of the {len(given)} snapshots, not {len(weights)} times")
    measures = []
    for index, snapshot in enumerate(given):
        own = None if weights is None else weights[index]
        try:
            measures.append(_take_snapshot(snapshot, own))
        except (ValueError, TypeError) as error:
            raise type(error)(f"snapshot {index}: {error}") from error
    dimensions = sorted({measure.dimension for measure in measures})
    if len(dimensions) > 1:
        raise ValueError(f"snapshots must share their dimension; these have dimensions {dimensions}")
    spacings = np.asarray(tau, np.float64)
    if spacings.ndim == 0:
        spacings = np.full(len(given) - 1, float(spacings))
    if spacings.shape != (len(given) - 1,):
        raise ValueError(f"tau must be one number or {len(given) - 1}, one for each interval, not {spacings.shape}")
    if not (np.isfinite(spacings).all() and (spacings > 0).all()):
        raise ValueError(f"tau must be positive and finite, not {spacings.tolist()}")
    return Snapshots(tuple(measures), spacings)


def _take_snapshot(snapshot: Numbers | DiscreteMeasure, weights: Numbers | None) -> DiscreteMeasure:
    if isinstance(snapshot, DiscreteMeasure):
        if weights is not None:
            raise ValueError("a measure carries its own weights: give none beside it")
        return DiscreteMeasure(snapshot.atoms.astype(np.float64), snapshot.weights)
    measure = DiscreteMeasure(snapshot, weights)
    return DiscreteMeasure(measure.atoms.astype(np.float64), measure.weights)
