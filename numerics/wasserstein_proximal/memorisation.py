"""How much of a sample is memorised: the fraction that is three times nearer to one training point than to the next.

A sample with distances d1 <= d2 to its two nearest training points counts where d1/d2 < 1/3. That the fraction is
positive says nothing: points of the truth itself count too. Where training points are uniform about a sample on data of
dimension k, the nearer one is uniform in the ball of radius d2, so P(d1/d2 < c) = c^k: 1/3 on a curve, 1/9 on a
surface. What tells of memorisation is the excess over samples of the truth that the model has not seen, so the fresh
samples are part of the measurement.
"""

from typing import Final

import numpy as np
from jaxtyping import Float

from ..estimate import Estimate
from ..measures import DiscreteMeasure, Numbers
from ..statistics import clopper_pearson_interval
from .nearest import find_nearest

THRESHOLD: Final = 1 / 3
"""Below this ratio of the distances to the nearest training points a sample counts as memorised."""

FALSE_ALARM: Final = 1e-6
"""Probability that a fraction's interval misses, unless told otherwise."""


def distance_ratios(samples: Numbers, training: Numbers) -> Float[np.ndarray, " m"]:
    """Compute d1/d2 for each sample: its distance to the nearest training point over that to the next.

    **Arguments:** `samples` (m, d), `training` (n, d). Copies among training points count as one, or what was seen
    twice would look like nothing that was seen.

    **Raises:** `ValueError` for arrays that do not fit together, and fewer than two different training points.
    """
    points, known = (DiscreteMeasure(rows).atoms.astype(np.float64) for rows in (samples, training))
    if points.shape[1] != known.shape[1]:
        raise ValueError(f"samples are in R^{points.shape[1]} and training points in R^{known.shape[1]}")
    known = np.unique(known, axis=0)
    if len(known) < 2:
        raise ValueError("all training points are the same: there is no second one to compare with")
    nearest, second = find_nearest(points, known, 2).distances.T
    return np.asarray(nearest / second)


def memorised_share(
    samples: Numbers, training: Numbers, *, threshold: float = THRESHOLD, false_alarm: float = FALSE_ALARM
) -> Estimate:
    """Estimate the probability that a sample is memorised, d1/d2 < threshold, with an exact interval.

    The training points are taken as given: samples are independent of each other for given training points.

    **Raises:** as `distance_ratios` does.
    """
    memorised = distance_ratios(samples, training) < threshold
    share = float(memorised.mean())
    low, high = clopper_pearson_interval(int(memorised.sum()), len(memorised), false_alarm)
    method = f"Clopper-Pearson interval, n = {len(memorised)}"
    return Estimate(share, max(high - share, share - low), method, false_alarm)


def memorisation_fraction(
    samples: Numbers,
    training: Numbers,
    fresh: Numbers,
    *,
    threshold: float = THRESHOLD,
    false_alarm: float = FALSE_ALARM,
) -> Estimate:
    """Estimate by how much a sample is more probably memorised than a fresh sample of the truth is.

    **Arguments:** `samples` (m, d) of a model, the points (n, d) that it was trained on, and `fresh` (f, d) samples of
    the truth that it was not trained on; the threshold lies in (0, 1), and the two intervals share `false_alarm`.

    **Returns:** 0 for a model that generalises, and nearly 1 for one that repeats its training points. The two shares
    themselves are those of `memorised_share`.

    **Raises:** as `distance_ratios` does, and `ValueError` for a threshold out of range.
    """
    if not 0 < threshold < 1:
        raise ValueError(f"the threshold lies between 0 and 1, not at {threshold}")
    shares = (
        memorised_share(rows, training, threshold=threshold, false_alarm=false_alarm / 2) for rows in (samples, fresh)
    )
    return next(shares) - next(shares)
