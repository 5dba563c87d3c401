"""Rates of decay, fitted from both sides, and the question whether what decays decays to zero.

A rate is a slope: of log gap against x (`exponential`: gap ~ c e^{-rate x}, so gap e^{rate x} -> c > 0) or against
log x (`power`: gap ~ c x^rate). It is asymptotic, so its error holds three parts: the scatter about the line (Student),
the stated error of every gap (worst case), and twice the drift, by which the slope of the asymptotic half differs from
that of all points. A transient that has not died out shows up there; twice the drift bounds its effect if the later
half feels at most half of it.

References: comparison of models by the Bayesian information criterion and its thresholds [kass1995].
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, final

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, stats

from .estimate import Estimate

Model: TypeAlias = Literal["exponential", "power"]
Vector: TypeAlias = NDArray[np.float64]
Numbers: TypeAlias = Sequence[float] | NDArray[np.floating]

MIN_POINTS: Final = 5
MIN_RANGE: Final = 100.0
"""A gap has to shrink by this factor, two decades, before a rate is read off."""

MIN_SIGNAL: Final = 100.0
"""A gap has to exceed its own error by this factor."""

VERY_STRONG: Final = 10.0
"""Difference of the information criterion that counts as very strong evidence [kass1995]."""


@final
class FitRefused(ValueError):  # noqa: N818 - it says what happened
    """The data do not carry the fit that was asked for; the message says what is missing."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class RateFit:
    """A fitted rate: `rate` +- `error` at the false-alarm probability that was asked for.

    `prefactor` is the c of `gap ~ c e^{-rate x}` or `c x^rate`; `drift` is half of the part of `error` that is due to
    the curvature of the data; `decades` is how far the gap shrinks over `points` points.
    """

    rate: float
    error: float
    model: Model
    prefactor: float
    drift: float
    decades: float
    points: int

    def contains(self, rate: float) -> bool:
        """Tell whether a claimed rate lies within the error."""
        return bool(abs(rate - self.rate) <= self.error)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class DecayComparison:
    """Whether a gap decays to zero or to a plateau.

    `preferred` is `plateau` if the plateau fits better by `evidence` (a difference of the Bayesian information
    criterion) of at least 10, is positive beyond its error and makes up half of the last gap; `decay` if the plateau
    can be at most a tenth of the last gap, and the gap has shrunk by two decades; `undecided` otherwise. The gap may
    approach the plateau from below.
    """

    preferred: Literal["decay", "plateau", "undecided"]
    evidence: float
    plateau: Estimate
    rate: float


def fit_rate(
    x: Numbers, gap: Numbers, errors: Numbers, *, model: Model = "exponential", false_alarm: float = 1e-6
) -> RateFit:
    """Fit the rate at which a positive gap vanishes.

    **Arguments:** distinct `x` (time or refinement; positive for `power`), the `gap` > 0 at each and its `errors`.

    **Returns:** `rate`, minus the slope of log gap against x for `exponential` and the slope against log x for `power`,
    with an error from both sides.

    **Raises:** `FitRefused` for fewer than 5 points, gaps over less than two decades or below 100 times their error.
    """
    progress, log_gap, relative, sign = _prepare(x, gap, errors, model)
    if np.ptp(log_gap) < np.log(MIN_RANGE):
        raise FitRefused(f"the gap shrinks by a factor {np.exp(np.ptp(log_gap)):.3g} only, {MIN_RANGE:g} are needed")
    slope, intercept, leverage = _fit_line(progress, log_gap)
    residual = log_gap - intercept - slope * progress
    freedom = len(progress) - 2
    scatter = np.sqrt(residual @ residual / freedom * (leverage @ leverage))
    half = len(progress) // 2
    drift = abs(_fit_line(progress[half:], log_gap[half:])[0] - slope)
    error = stats.t.isf(false_alarm / 2, freedom) * scatter + np.abs(leverage) @ relative + 2 * drift
    return RateFit(
        rate=float(-slope if model == "exponential" else sign * slope),
        error=float(error),
        model=model,
        prefactor=float(np.exp(intercept)),
        drift=float(drift),
        decades=float(np.ptp(log_gap) / np.log(10)),
        points=len(progress),
    )


def fit_plateau(
    x: Numbers, values: Numbers, errors: Numbers, *, model: Model = "exponential", false_alarm: float = 1e-6
) -> Estimate:
    """Estimate the limit of `values` as x grows, from `c + a e^{-r x}` (or `c + a x^{-r}`), r > 0.

    **Arguments:** increasing `x`, `values` and their positive `errors`, taken as standard deviations and enlarged where
    the fit misses by more than they allow.

    **Returns:** c with a Student interval, widened by the difference to the same fit of the second half of the points.

    **Raises:** `FitRefused` for fewer than 8 points, or where the approach cannot be told from a straight line.
    """
    progress, ordinate, sigma = _as_vectors(x, values, errors, 8)
    if model == "power":
        progress = _logarithm(progress)
    if not ((np.diff(progress) > 0).all() and (sigma > 0).all()):
        raise FitRefused("a plateau is fitted to increasing x and positive errors")
    whole, later = (_fit_approach(progress[i:], ordinate[i:], sigma[i:]) for i in (0, len(progress) // 2))
    if whole.slowest or later.slowest:
        raise FitRefused("the approach cannot be told from a straight line: the plateau is not in sight")
    error = stats.t.isf(false_alarm / 2, len(progress) - 3) * whole.spread + abs(whole.limit - later.limit)
    return Estimate(whole.limit, float(error), f"limit of a fitted {model} approach", false_alarm)


def compare_decay_with_plateau(
    x: Numbers,
    gap: Numbers,
    errors: Numbers,
    *,
    model: Model = "exponential",
    slowest: float = 0.0,
    false_alarm: float = 1e-6,
) -> DecayComparison:
    """Compare a pure decay of a gap, `a e^{-r x}` (or `a x^{-r}`), with an approach to a plateau, `c + a e^{-r x}`.

    **Arguments:** as for `fit_rate`, with positive errors, taken as standard deviations and enlarged where the fit
    misses by more than they allow; a gap need not exceed its error. `slowest` is the least r: a gap that stands still
    is no plateau as long as the decay may be arbitrarily slow.

    **Raises:** `FitRefused` for fewer than 5 points, or gaps that are all within their errors.
    """
    progress, ordinate, sigma = _as_vectors(x, gap, errors, MIN_POINTS)
    if not (sigma > 0).all():
        raise FitRefused("a comparison of models needs the error of every gap")
    if (ordinate <= sigma).all():
        raise FitRefused("no gap exceeds its error")
    if model == "power":
        progress = _logarithm(progress)
        if ordinate[np.argmin(progress)] < ordinate[np.argmax(progress)]:
            progress = -progress
    order = np.argsort(progress)
    progress, ordinate, sigma = progress[order], ordinate[order], sigma[order]
    decay = _fit_approach(progress, ordinate, sigma, to_zero=True, slowest=slowest)
    best = _fit_approach(progress, ordinate, sigma, slowest=slowest)
    freedom = len(progress) - 3
    inflation = max(1.0, best.chi_squared / freedom)
    evidence = (decay.chi_squared - best.chi_squared) / inflation - np.log(len(progress))
    # Where the errors explain the misfit they are known, and only otherwise estimated from it.
    known = best.chi_squared <= freedom
    quantile = stats.norm.isf(false_alarm / 2) if known else stats.t.isf(false_alarm / 2, freedom)
    error = quantile * best.spread
    plateau = Estimate(best.limit, float(error), f"plateau of a fitted {model} approach", false_alarm)
    last, largest = float(ordinate[-1]), float(ordinate.max())
    preferred: Literal["decay", "plateau", "undecided"] = "undecided"
    if evidence >= VERY_STRONG and plateau.low > 0 and plateau.value >= last / 2:
        preferred = "plateau"
    elif evidence < VERY_STRONG and plateau.high <= last / 10 and last <= largest / MIN_RANGE:
        preferred = "decay"
    return DecayComparison(preferred=preferred, evidence=float(evidence), plateau=plateau, rate=best.rate)


def extrapolate_limit(x: Numbers, values: Numbers, errors: Numbers, *, rate: float) -> Estimate:
    """Estimate the limit of `values` as x grows, whose distance from it shrinks like `e^{-rate x}` or faster.

    **Arguments:** two increasing `x` at least, `values` and their `errors` >= 0; `rate` > 0. The last two count.

    **Returns:** the limit of `c + a e^{-rate x}` through the last two values. Its error is the whole distance from the
    last value, which is more than is left out as long as what is left out shrinks faster, and what the errors add.
    """
    abscissa, ordinate, sigma = _as_vectors(x, values, errors, 2)
    if not (rate > 0 and (np.diff(abscissa) > 0).all()):
        raise ValueError(f"a limit is extrapolated along increasing x at a positive rate, not {rate}")
    share = np.exp(-rate * (abscissa[-1] - abscissa[-2]))
    limit = (ordinate[-1] - share * ordinate[-2]) / (1 - share)
    parts = {
        "extrapolation": float(abs(limit - ordinate[-1])),
        "values": float((sigma[-1] + share * sigma[-2]) / (1 - share)),
    }
    return Estimate.of_parts(float(limit), parts, f"extrapolated with a correction of rate {rate:g}")


def _as_vectors(x: Numbers, y: Numbers, errors: Numbers, least: int) -> tuple[Vector, Vector, Vector]:
    abscissa, ordinate, sigma = (np.asarray(numbers, dtype=np.float64) for numbers in (x, y, errors))
    if not abscissa.shape == ordinate.shape == sigma.shape or abscissa.ndim != 1:
        raise ValueError(f"x, values and errors differ in shape: {abscissa.shape}, {ordinate.shape}, {sigma.shape}")
    if not all(np.isfinite(numbers).all() for numbers in (abscissa, ordinate, sigma)) or (sigma < 0).any():
        raise ValueError("x and values must be finite, errors finite and not negative")
    if len(abscissa) < least or len(np.unique(abscissa)) < len(abscissa):
        raise FitRefused(f"at least {least} points at different x are needed, not {len(abscissa)}")
    return abscissa, ordinate, sigma


def _logarithm(x: Vector) -> Vector:
    if (x <= 0).any():
        raise FitRefused("a power of x needs positive x")
    return np.asarray(np.log(x))


def _prepare(x: Numbers, gap: Numbers, errors: Numbers, model: Model) -> tuple[Vector, Vector, Vector, Literal[-1, 1]]:
    """Return progress, log gap and relative error, sorted so that the asymptotic end comes last, and progress's sign.

    A power of a step size that shrinks is asymptotic at small x: progress is then -log x.
    """
    abscissa, ordinate, sigma = _as_vectors(x, gap, errors, MIN_POINTS)
    if (ordinate <= 0).any() or (ordinate < MIN_SIGNAL * sigma).any():
        signal = np.min(ordinate / np.maximum(sigma, np.finfo(np.float64).tiny))
        raise FitRefused(f"a gap is {signal:.3g} times its error, {MIN_SIGNAL:g} are needed")
    progress = abscissa if model == "exponential" else _logarithm(abscissa)
    sign: Literal[-1, 1] = 1
    if model == "power" and ordinate[np.argmin(progress)] < ordinate[np.argmax(progress)]:
        progress, sign = -progress, -1
    order = np.argsort(progress)
    return progress[order], np.log(ordinate[order]), (sigma / ordinate)[order], sign


def _fit_line(x: Vector, y: Vector) -> tuple[float, float, Vector]:
    """Return slope and intercept of the least-squares line, and how the slope depends on each ordinate."""
    centred = x - x.mean()
    leverage = centred / (centred @ centred)
    slope = float(leverage @ y)
    return slope, float(y.mean() - slope * x.mean()), leverage


@final
@dataclass(frozen=True, slots=True)
class _Approach:
    """A fit of `limit + a e^{-rate x}`: the limit's standard deviation, and the sum of squared misfits."""

    limit: float
    spread: float
    rate: float
    chi_squared: float
    slowest: bool


def _fit_approach(
    progress: Vector, values: Vector, sigma: Vector, *, to_zero: bool = False, slowest: float = 0.0
) -> _Approach:
    """Fit `c + a e^{-r (progress - start)}`, with c = 0 if it goes `to_zero`, and r at least `slowest`.

    For a fixed r the fit is linear, so only r is searched for: on a grid of its logarithm, then between grid points.
    `slowest` says that it is the least on the grid, where the approach cannot be told from a straight line.
    """
    span = np.ptp(progress)
    elapsed = (progress - progress[0]) / span
    constant = [] if to_zero else [1 / sigma]

    def solve(log_rate: float) -> tuple[float, Vector, Vector]:
        basis: Vector = np.column_stack([*constant, np.exp(-np.exp(log_rate) * elapsed) / sigma])
        coefficients = np.asarray(np.linalg.lstsq(basis, values / sigma, rcond=None)[0], np.float64)
        misfit = basis @ coefficients - values / sigma
        return float(misfit @ misfit), coefficients, basis

    least = np.log(max(1e-2, slowest * span))
    grid = np.linspace(least, max(np.log(1e2), least + 1), 81)
    at = int(np.argmin([solve(log_rate)[0] for log_rate in grid]))
    bracket = (grid[max(at - 1, 0)], grid[min(at + 1, len(grid) - 1)])
    log_rate = float(optimize.minimize_scalar(lambda q: solve(q)[0], bounds=bracket, method="bounded").x)
    chi_squared, coefficients, basis = solve(log_rate)
    rate = float(np.exp(log_rate) / span)
    if to_zero:
        return _Approach(0.0, 0.0, rate, chi_squared, at == 0)
    limit, amplitude = coefficients
    by_log_rate = -amplitude * np.exp(log_rate) * elapsed * basis[:, 1]
    covariance = np.linalg.pinv(np.column_stack([basis, by_log_rate]).T @ np.column_stack([basis, by_log_rate]))
    spread = np.sqrt(covariance[0, 0] * max(1.0, chi_squared / (len(values) - 3)))
    return _Approach(float(limit), float(spread), rate, chi_squared, at == 0)
