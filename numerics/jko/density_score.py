"""The score grad log rho of a density of which particles are known, by the better of two estimates, with an error.

- a mixture of Gaussians, fitted by EM, whose size the Bayesian information criterion chooses;
- a kernel density, whose bandwidth is chosen by score matching.

Score matching: for densities that vanish at infinity, `E|s - grad log rho|^2 = 2 E[|s|^2/2 + div s] + const`, so the
mean of the bracket over particles that the estimate has not seen ranks estimates without knowing the truth. Each half
of the particles judges the estimate made from the other.

The error is the larger of two numbers. Half the distance between the estimates from the two halves is how far sampling
moves the estimate from a whole sample. Stein's identity, `E[s . g + div g] = E[(s - grad log rho) . g]`, shows the part
of the error that lies in the span of test fields g, here cubic polynomials of each coordinate, without knowing the
truth: with b the left side for each field and G the fields' Gram matrix it is `b . G^(-1) b`, less what the variance of
b adds. An error outside this span that both halves share is not seen.

References: score matching [hyvarinen2005]; information criterion [schwarz1978]; rate of the bandwidth for gradients of
densities [chacon2011]; Stein's identity [stein1972].
"""

import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, final

import numpy as np
from jaxtyping import Int

from ..measures import DiscreteMeasure, GaussianMixture
from .features import Points
from .mixture_score import Divergences, KernelDensity, Scores, mixture_score

Method: TypeAlias = Literal["best", "mixture", "kernel"]

SIZES: Final = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32)
PATIENCE: Final = 2
"""Sizes that may go by without a better information criterion before the search ends."""

BANDWIDTHS: Final = (0.1, 0.15, 0.22, 0.33, 0.5, 0.75, 1.1)
"""Candidates, in units of the spread times n^(-1/(d + 6)), the rate that is best for gradients."""

MAX_FITTED: Final = 5_000
"""The most particles that EM sees, and that judge an estimate."""

FEWEST: Final = 8
"""Below so many particles nothing is held out that could judge."""

TEST_DEGREE: Final = 3
"""The degree of the test fields that show the error of an estimate."""

REGULARISATION: Final = 1e-6
"""What EM adds to variances, in units of the smallest variance of a coordinate (of the largest, if that is 0)."""

Estimator: TypeAlias = Callable[[Points], tuple[Scores, Divergences]]


@final
@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ScoreEstimate:
    """The score at the particles, `values` (n, d), with the root mean square `error` of its length.

    `losses` are the held-out score-matching losses by method; `method` is the one that was taken, with its settings.
    """

    values: Scores
    error: float
    method: str
    losses: dict[str, float]


def estimate_score(measure: DiscreteMeasure, *, method: Method = "best", seed: int = 0) -> ScoreEstimate:
    """Estimate the score of the density that the particles of `measure` come from, at the particles.

    **Arguments:** `method` forces one of the two methods; the error still compares both. `seed` deals particles into
    halves and starts EM.

    **Raises:** `ValueError` for fewer than 8 particles with weight, particles that are all equal, and another method.
    """
    if method not in ("best", "mixture", "kernel"):
        raise ValueError(f"the method is 'best', 'mixture' or 'kernel', not {method!r}")
    carrying = np.flatnonzero(measure.weights)
    if len(carrying) < FEWEST:
        raise ValueError(f"a density needs at least {FEWEST} particles, not {len(carrying)}")
    if not np.ptp(measure.atoms[carrying], axis=0).any():
        raise ValueError("all particles are equal: they have no density")
    rng = np.random.default_rng(seed)
    halves = [_part(measure, np.sort(rows)) for rows in np.array_split(rng.permutation(carrying), 2)]
    mixture = fit_mixture(measure, seed=seed)
    size = len(mixture.weights)
    factor = _choose_bandwidth(halves)
    estimators: dict[str, list[Estimator]] = {
        "mixture": [
            _of_mixture(fit_mixture(half, sizes=(min(size, len(half.weights) // 2),), seed=seed)) for half in halves
        ],
        "kernel": [KernelDensity(half, _bandwidth(half, factor)).score for half in halves],
    }
    judges = [_judge(half) for half in halves]
    losses = {name: _held_out_loss(pair, judges) for name, pair in estimators.items()}
    chosen = min(losses, key=lambda name: losses[name]) if method == "best" else method
    sampling = _distance(estimators[chosen][0], estimators[chosen][1], judges) / 2
    bias = math.sqrt(_projected_square(estimators[chosen], judges))
    if chosen == "mixture":
        values, described = mixture_score(mixture, measure.atoms)[0], f"mixture of {size} Gaussians"
    else:
        bandwidth = _bandwidth(measure, factor)
        values, described = KernelDensity(measure, bandwidth).own_score()[0], f"kernel of bandwidth {bandwidth:.3g}"
    return ScoreEstimate(values=values, error=max(sampling, bias), method=described, losses=losses)


def fit_mixture(measure: DiscreteMeasure, *, sizes: tuple[int, ...] = SIZES, seed: int = 0) -> GaussianMixture:
    """Fit mixtures of these sizes by EM and return the one with the least Bayesian information criterion.

    The search ends when two sizes in a row bring no improvement. Particles of unequal weight are replaced by as many
    draws, spread evenly over their cumulated weights.
    """
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.mixture import GaussianMixture as Fitted

    points = _even_draws(measure, seed)
    variances = points.var(axis=0)
    floor = REGULARISATION * float(variances.min() or variances.max())
    best, lowest, worse = None, math.inf, 0
    for size in sizes:
        if size > len(points) // 2 or worse >= PATIENCE:
            break
        with warnings.catch_warnings():
            # EM that is still climbing has a valid, lower likelihood, by which the criterion judges it.
            warnings.simplefilter("ignore", ConvergenceWarning)
            fitted = Fitted(size, reg_covar=floor, max_iter=200, random_state=seed).fit(points)
        criterion = fitted.bic(points)
        if best is None or criterion < lowest:
            best, lowest, worse = fitted, criterion, 0
        else:
            worse += 1
    assert best is not None
    covariances = (best.covariances_ + best.covariances_.transpose(0, 2, 1)) / 2
    return GaussianMixture(best.means_, covariances, best.weights_ / best.weights_.sum())


def _of_mixture(mixture: GaussianMixture) -> Estimator:
    return lambda x: mixture_score(mixture, x)


def _even_draws(measure: DiscreteMeasure, seed: int) -> Points:
    """Return at most `MAX_FITTED` particles of equal weight."""
    rng = np.random.default_rng([seed, 1])
    weights = measure.weights
    if np.ptp(weights) == 0:
        chosen = slice(None) if len(weights) <= MAX_FITTED else rng.choice(len(weights), MAX_FITTED, replace=False)
        return np.asarray(measure.atoms[chosen])
    count = min(int(np.count_nonzero(weights)), MAX_FITTED)
    ends = np.cumsum(weights)
    levels = (np.arange(count) + rng.uniform()) / count * ends[-1]
    return np.asarray(measure.atoms[np.searchsorted(ends, levels, side="right").clip(max=len(ends) - 1)])


def _part(measure: DiscreteMeasure, rows: Int[np.ndarray, " q"]) -> DiscreteMeasure:
    weights = measure.weights[rows]
    return DiscreteMeasure(measure.atoms[rows], weights / weights.sum())


def _judge(half: DiscreteMeasure) -> DiscreteMeasure:
    """Return the first particles of a half, which come in no order that matters, up to `MAX_FITTED`."""
    return _part(half, np.arange(min(len(half.weights), MAX_FITTED)))


def _bandwidth(measure: DiscreteMeasure, factor: float) -> float:
    """Return `factor` times the root mean variance of a coordinate times n^(-1/(d + 6))."""
    centred = measure.atoms - measure.mean()
    spread = math.sqrt(float(measure.weights @ (centred**2).sum(axis=1)) / measure.dimension)
    effective = 1 / float(measure.weights @ measure.weights)
    return float(factor * spread * effective ** (-1 / (measure.dimension + 6)))


def _choose_bandwidth(halves: list[DiscreteMeasure]) -> float:
    """Return the factor whose kernel densities of the halves have the least loss on each other."""
    judges = [_judge(half) for half in halves]

    def loss(factor: float) -> float:
        return _held_out_loss([KernelDensity(half, _bandwidth(half, factor)).score for half in halves], judges)

    return min(BANDWIDTHS, key=loss)


def _held_out_loss(estimators: list[Estimator], judges: list[DiscreteMeasure]) -> float:
    """Return the score-matching loss of the estimate from each half on the other, averaged."""
    total = 0.0
    for estimator, judge in zip(estimators, judges[::-1], strict=True):
        score, divergence = estimator(judge.atoms)
        total += float(judge.weights @ ((score**2).sum(axis=1) / 2 + divergence))
    return total / len(judges)


def _distance(first: Estimator, second: Estimator, judges: list[DiscreteMeasure]) -> float:
    """Return the root mean square distance of two estimates over all judges."""
    total = 0.0
    for judge in judges:
        difference = first(judge.atoms)[0] - second(judge.atoms)[0]
        total += float(judge.weights @ (difference**2).sum(axis=1))
    return math.sqrt(total / len(judges))


def _projected_square(estimators: list[Estimator], judges: list[DiscreteMeasure]) -> float:
    """Return the mean square of the error in the span of cubic fields of each coordinate, of each half on the other."""
    total = 0.0
    for estimator, judge in zip(estimators, judges[::-1], strict=True):
        score, weights = estimator(judge.atoms)[0], judge.weights
        scales = np.sqrt(weights @ (judge.atoms - judge.mean()) ** 2)
        for axis in np.flatnonzero(scales):
            z = (judge.atoms[:, axis] - judge.mean()[axis]) / scales[axis]
            fields = z[:, None] ** np.arange(TEST_DEGREE + 1)
            slopes = np.arange(TEST_DEGREE + 1) * z[:, None] ** np.maximum(np.arange(TEST_DEGREE + 1) - 1, 0)
            terms = score[:, axis, None] * fields + slopes / scales[axis]
            discrepancy = weights @ terms
            centred = (terms - discrepancy) * weights[:, None]
            inverse = np.linalg.pinv(fields.T @ (fields * weights[:, None]))
            total += float(discrepancy @ inverse @ discrepancy - np.sum(inverse * (centred.T @ centred)))
    return max(0.0, total / len(judges))
