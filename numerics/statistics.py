"""Means and proportions with intervals that hold at small samples, and what those intervals can resolve.

Every interval is two-sided and misses with probability at most `false_alarm`. For bounded terms it is the empirical
Bernstein interval, which keeps a width of order 1/n even if the event that matters was never sampled; Student's is
exact for normal terms and refuses a sample without variance.

The fits of rates and plateaus are in `rates` and are offered here too.

References: [maurer2009]; [clopper1934].
"""

import math
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from .estimate import Estimate
from .rates import (
    DecayComparison,
    FitRefused,
    RateFit,
    compare_decay_with_plateau,
    extrapolate_limit,
    fit_plateau,
    fit_rate,
)

__all__ = [
    "DecayComparison",
    "Estimate",
    "FitRefused",
    "RateFit",
    "clopper_pearson_interval",
    "compare_decay_with_plateau",
    "empirical_bernstein_half_width",
    "empirical_bernstein_interval",
    "extrapolate_limit",
    "fit_plateau",
    "fit_rate",
    "median_interval",
    "resolution_of_mean",
    "split_false_alarm",
    "student_interval",
]

Samples: TypeAlias = Sequence[float] | NDArray[np.float64]


def empirical_bernstein_half_width(
    variance: ArrayLike, count: ArrayLike, width: ArrayLike, false_alarm: float
) -> NDArray[np.float64]:
    """Return the half-width of the empirical Bernstein interval, elementwise.

    **Arguments:** unbiased sample `variance` >= 0 of `count` >= 2 independent terms, each within an interval of length
    `width`; `false_alarm` in (0, 1) of the two-sided interval.

    Source: [maurer2009], once for either side: `sqrt(2 V l/n) + 7 width l/(3 (n - 1))`, l = log(4/delta).
    """
    _refuse_probability(false_alarm)
    n, spread, length = np.asarray(count, float), np.asarray(variance, float), np.asarray(width, float)
    if not ((n >= 2).all() and (spread >= 0).all() and (length > 0).all()):
        raise ValueError("the empirical Bernstein interval needs two terms, a variance and a range")
    log_term = math.log(4 / false_alarm)
    return np.asarray(np.sqrt(2 * spread * log_term / n) + 7 * length * log_term / (3 * (n - 1)))


def empirical_bernstein_interval(
    samples: Samples | tuple[float, float, int], lower: float, upper: float, false_alarm: float
) -> Estimate:
    """Estimate the mean of independent terms that lie in [lower, upper].

    **Arguments:** `samples` are the terms, in an array, or the tuple of their mean, unbiased variance and number.

    **Returns:** the sample mean; its error never exceeds its distance to the farther end of the range.

    **Raises:** `ValueError` if there are fewer than two terms or one of them is out of range.
    """
    if isinstance(samples, tuple):
        mean, variance, count = samples
    else:
        terms = np.asarray(samples, float)
        if terms.size < 2 or not (np.isfinite(terms).all() and terms.min() >= lower and terms.max() <= upper):
            raise ValueError(f"at least two terms in [{lower}, {upper}] are needed")
        mean, variance, count = float(terms.mean()), float(terms.var(ddof=1)), terms.size
    if not lower <= mean <= upper:
        raise ValueError(f"the mean {mean} is outside [{lower}, {upper}]")
    half_width = float(empirical_bernstein_half_width(variance, count, upper - lower, false_alarm))
    return Estimate(
        mean,
        min(half_width, max(mean - lower, upper - mean)),
        f"empirical Bernstein interval, n = {count}",
        false_alarm,
    )


def student_interval(samples: Samples, false_alarm: float) -> Estimate:
    """Estimate the mean of independent normal terms by Student's interval.

    **Raises:** `ValueError` for fewer than two terms, and for terms that are all equal: they show no variance, which is
    no evidence that there is none. Where the terms are bounded `empirical_bernstein_interval` holds.
    """
    _refuse_probability(false_alarm)
    terms = np.asarray(samples, float)
    if terms.size < 2 or not np.isfinite(terms).all() or np.ptp(terms) == 0:
        raise ValueError("Student's interval needs at least two finite terms that differ")
    error = stats.t.isf(false_alarm / 2, terms.size - 1) * stats.sem(terms)
    return Estimate(float(terms.mean()), float(error), f"Student interval, n = {terms.size}", false_alarm)


def clopper_pearson_interval(successes: int, trials: int, false_alarm: float) -> tuple[float, float]:
    """Return the exact interval of a proportion; source [clopper1934]."""
    _refuse_probability(false_alarm)
    interval = stats.binomtest(successes, trials).proportion_ci(1 - false_alarm, method="exact")
    return float(interval.low), float(interval.high)


def median_interval(samples: Samples, false_alarm: float) -> Estimate:
    """Estimate the median of independent terms, whatever their continuous law, by two of their order statistics.

    The k-th smallest of n terms exceeds the median with the probability that fewer than k of n fair coins show heads.

    **Raises:** `ValueError` for terms that are not finite, and for so few that not even the least and the largest make
    an interval.
    """
    _refuse_probability(false_alarm)
    ordered = np.sort(np.asarray(samples, float))
    left_out = int(stats.binom.ppf(false_alarm / 2, ordered.size, 0.5)) if ordered.size else 0
    if not np.isfinite(ordered).all() or left_out < 1:
        raise ValueError(f"{ordered.size} terms make no interval of the median at a false alarm of {false_alarm:g}")
    low, high, median = ordered[left_out - 1], ordered[-left_out], float(np.median(ordered))
    error = float(max(high - median, median - low))
    return Estimate(median, error, f"order statistics, n = {ordered.size}", false_alarm)


def resolution_of_mean(standard_error: float, false_alarm: float, power: float) -> float:
    """Return the shift of a mean that a two-sided test at `false_alarm` detects with probability `power`.

    The mean is taken as normal with the given standard error: `(z(1 - false_alarm/2) + z(power)) standard_error`.
    """
    _refuse_probability(false_alarm)
    _refuse_probability(power)
    return float((stats.norm.isf(false_alarm / 2) + stats.norm.ppf(power)) * standard_error)


def split_false_alarm(total: float, parts: int) -> float:
    """Return the false-alarm probability of each of `parts` tests that together stay under `total`.

    Bonferroni's split: it holds however the tests depend on each other.
    """
    _refuse_probability(total)
    if parts < 1:
        raise ValueError(f"at least one part is needed, not {parts}")
    return total / parts


def _refuse_probability(probability: float) -> None:
    if not 0 < probability < 1:
        raise ValueError(f"a probability in (0, 1) is needed, not {probability}")
