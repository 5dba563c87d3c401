"""How fast maps and laws of the flow converge, from both sides: to the prior, to the optimal tail, and to Phi_oo."""

import math
from dataclasses import dataclass, replace
from functools import cache
from typing import Final, final

import numpy as np
from jaxtyping import Float
from sympy import Expr, Integer, Rational, diff, exp, log

from ...numerics.estimate import Estimate
from ...numerics.measures import DiscreteMeasure
from ...numerics.monge_ampere import jacobian_asymmetry, prior_error, tail_projection_gap
from ...numerics.monge_ampere.limit_gap import LimitGap, limit_gap
from ...numerics.rates import extrapolate_limit
from ...theory.monge_ampere import commutator_squares, derive_tail_rate, gradient_distance, hermite, tail
from ...theory.monge_ampere.notation import horizon, tau
from ...theory.verdict import Verdict
from ..builders import derivation, identity, inequality
from ..claim import Claim, Quantifier, Reading, Source, false
from ..comparison import Comparison, compare_equal
from ..evidence import Scope
from ..trial import Effort, Run
from .decay import Decay
from .exact_laws import TRIANGLE
from .two_sided import CORRECTION, check_decay

NEW = Source("lemmata", "this catalogue", Reading.NEW)
MORE, LESS = Rational(51, 50), Rational(49, 50)
"""Constants that are off by two per cent."""

POINTS: Final = {Effort.QUICK: 6, Effort.STANDARD: 10, Effort.DEEP: 24}
"""Horizons of a fit, by effort."""

CENTRED = TRIANGLE.measure
"""The triangle of the counterexample: its mean is 0."""

MOVED = DiscreteMeasure(CENTRED.atoms + np.array([0.4, 0.3]), CENTRED.weights)
SKEW = DiscreteMeasure([[-1.2, -0.4], [1.0, -0.5], [0.2, 0.9]], [0.25, 0.3, 0.45])
OBTUSE = DiscreteMeasure([[-1.8, 0.1], [2.2, 0.1], [0.5, 0.8]], [0.3, 0.3, 0.4])
SPATIAL = DiscreteMeasure(
    [[1.0, 0.2, -0.3], [-0.7, 0.9, 0.1], [0.1, -1.1, 0.6], [-0.4, -0.2, -0.9]], [0.2, 0.3, 0.4, 0.1]
)


def horizons_over(first: float, rate: float, effort: Effort, decades: float = 2.4) -> tuple[float, ...]:
    """Return horizons from `first` on, over which a gap with this rate falls by `decades`; a rate needs two."""
    last = first + decades * math.log(10) / rate
    return tuple(np.linspace(first, last, POINTS[effort]).tolist())


def _moments(measure: DiscreteMeasure) -> "tuple[Float[np.ndarray, ' d'], Float[np.ndarray, 'd d'], Cube]":
    """Return mean, covariance and third cumulant."""
    mean, weights = measure.mean(), measure.weights
    centred = measure.atoms - mean
    covariance = np.einsum("n,ni,nj->ij", weights, centred, centred)
    return mean, covariance, np.einsum("n,ni,nj,nk->ijk", weights, centred, centred, centred)


Cube = Float[np.ndarray, "d d d"]


@final
@dataclass(frozen=True, slots=True)
class NormalLimit:
    """What is claimed of the optimal map B from p_T to N(0, I), in k and |M_k|.

    `e^(2 rate T) E|B(x) - x|^2 -> squared`.
    """

    rate: Expr
    squared: Expr


def _normal_limit() -> NormalLimit:
    return NormalLimit(hermite.order, hermite.leading_gap_squared())


def _normal_residuals(claimed: NormalLimit) -> dict[str, Expr]:
    """Return what the claim leaves over of the linearised Monge-Ampere equation, order by order."""
    return {
        **hermite.mehler_residuals(-claimed.rate),
        **hermite.linearised_residuals(hermite.linearised_operator()),
        **hermite.leading_displacement_residuals(hermite.displacements()),
        **hermite.leading_gap_residuals(claimed.squared),
    }


LINES: Final = {
    "three atoms on the line": (1, DiscreteMeasure([[-1.0], [2.0], [0.3]], [0.5, 0.3, 0.2])),
    "two atoms at -2 and 2": (2, DiscreteMeasure([[-2.0], [2.0]])),
    "a fifth at 2, the rest at -1/2": (3, DiscreteMeasure([[2.0], [-0.5]], [0.2, 0.8])),
}
LAWS: Final = {**LINES, "triangle, moved": (1, MOVED), "triangle": (2, CENTRED)}
"""Data, and the first k whose Hermite moment tensor is not 0: k = 3 needs variance 1."""


def hermite_moment(measure: DiscreteMeasure, order: int) -> float:
    """Return |M_k| of data whose lower Hermite moments are 0: the norm of m, of C - I, or of kappa_3."""
    mean, covariance, third = _moments(measure)
    return float(np.linalg.norm((mean, covariance - np.eye(len(mean)), third)[order - 1]))


@cache
def _prior_errors(law: str, effort: Effort) -> tuple[tuple[float, ...], tuple[Estimate, ...]]:
    """Compute W_2(p_T, N(0, I)), which is the optimal map's distance from the identity; once for every formula."""
    order, measure = LAWS[law]
    horizons = horizons_over(3.0, order, effort)
    return horizons, tuple(prior_error(measure, at) for at in horizons)


def _normal_decays(claimed: NormalLimit, run: Run) -> dict[str, Decay]:
    decays = {}
    for law, (order, measure) in run.by_effort(LINES, LAWS, LAWS).items():
        values = {hermite.order: Integer(order), hermite.moment: hermite_moment(measure, order)}
        horizons, gaps = _prior_errors(law, run.effort)
        constant = Estimate(math.sqrt(float(claimed.squared.subs(values))), 1e-14)
        decays[law] = Decay(horizons, gaps, float(claimed.rate.subs(values)), constant)
    return decays


prior_to_normal = Claim(
    id="monge-ampere.prior-to-normal",
    title="The optimal map from the law at the horizon to the prior tends to the identity, at a known rate",
    statement=r"""
Let $`\mu`$ be a discrete law on $`\mathbb{R}^d`$, $`k`$ the first order at which its Hermite moment tensor
$`M_k = \mathbb{E}\, \mathrm{He}_k(X)`$ is not 0, and $`B_T`$ the Brenier map from the law $`p_T`$ at time $`T`$ to
$`N(0, I)`$. Then, as $`T \to \infty`$,

```math
e^{kT}\, \|B_T - \mathrm{id}\|_{L^2(p_T)} = e^{kT}\, W_2(p_T, N(0, I)) \to \frac{|M_k|}{\sqrt{k!\, k}} ,
```

from both sides: $`|m|`$ for data with mean $`m \ne 0`$, $`|C - I|_F/2`$ for centred data with covariance $`C \ne I`$,
$`|\kappa_3|/\sqrt{18}`$ for centred data with $`C = I`$ and third cumulant $`\kappa_3 \ne 0`$. The leading terms are
derived; that the remainder is small in $`L^2`$ is not, and rests on the numbers.
""",
    source=NEW,
    formula=_normal_limit,
    controls={
        "rate 1.9 for 2": false(lambda: replace(_normal_limit(), rate=hermite.order * Rational(19, 20)), near=True),
        "rate 2.1 for 2": false(lambda: replace(_normal_limit(), rate=hermite.order * Rational(21, 20)), near=True),
        "constant 2 % too large": false(
            lambda: replace(_normal_limit(), squared=MORE**2 * hermite.leading_gap_squared()), near=True
        ),
        "constant 2 % too small": false(
            lambda: replace(_normal_limit(), squared=LESS**2 * hermite.leading_gap_squared()), near=True
        ),
        "k for the root of k": false(
            lambda: replace(_normal_limit(), squared=hermite.leading_gap_squared() / hermite.order)
        ),
    },
    checks=(
        identity(_normal_residuals, name="linearised Monge-Ampere equation", scope=Scope.INSTANCE),
        check_decay("distance by horizon", _normal_decays),
    ),
    expected=Verdict.SUPPORTED,
    quantifier=Quantifier.ASYMPTOTIC,
    uses=("monge-ampere.brenier",),
    instance=lambda: "two atoms at -2 and 2 with equal weights: k = 2, C - I = 3, the constant is 3/2",
)


@final
@dataclass(frozen=True, slots=True)
class TailGap:
    """What is claimed of the tail map: J - J^T by entry, in tau and K, and the distance from gradients, in T and S."""

    asymmetry: Expr
    distance: Expr


def _tail_gap() -> TailGap:
    return TailGap(tail.leading_asymmetry(), gradient_distance.tail_distance())


def _tail_residuals(claimed: TailGap) -> dict[str, Expr]:
    """Return what the claim leaves over of the tail's series in tau, and of its Hodge decomposition."""
    return {
        **tail.leading_asymmetry_residuals(claimed.asymmetry),
        **gradient_distance.gradient_free_residuals(gradient_distance.gradient_free_part()),
        **gradient_distance.curl_share_residuals(gradient_distance.curl_share()),
        **gradient_distance.tail_distance_residuals(claimed.distance),
    }


def _tail_laws(effort: Effort) -> dict[str, tuple[DiscreteMeasure, int]]:
    """Return data, and the nodes of the quadrature in each dimension."""
    planar = {"skew triangle": (SKEW, 12), "triangle": (CENTRED, 12)}
    return planar if effort is Effort.QUICK else {**planar, "four atoms in space": (SPATIAL, 6)}


@cache
def _tail_gaps(law: str, effort: Effort) -> tuple[tuple[float, ...], tuple[Estimate, ...]]:
    """Compute the distance of the tail map from gradients; once for every formula."""
    measure, nodes = _tail_laws(effort)[law]
    horizons = horizons_over(4.0, 5.0, effort, decades=4.4)
    return horizons, tuple(tail_projection_gap(measure, horizon=at, nodes=nodes) for at in horizons)


def _tail_decays(claimed: TailGap, run: Run) -> dict[str, Decay]:
    decays = {}
    rate = -diff(log(claimed.distance), horizon)
    for law, (measure, _) in _tail_laws(run.effort).items():
        _, covariance, third = _moments(measure)
        values = {gradient_distance.squares: commutator_squares(covariance, third), horizon: Integer(0)}
        horizons, gaps = _tail_gaps(law, run.effort)
        constant = Estimate(float(claimed.distance.subs(values)), 0.0)
        decays[law] = Decay(horizons, gaps, float(rate.subs(values)), replace(constant, error=1e-14 * constant.value))
    return decays


@cache
def _asymmetries(at: float) -> "tuple[Square, Square, Square]":
    """Return [C, kappa_3.x] at points x, J - J^T of the tail map there, and its error."""
    points = np.random.default_rng(4).standard_normal((8, 2))
    _, covariance, third = _moments(SKEW)
    along = np.einsum("ijk,nk->nij", third, points)
    commutators = np.einsum("il,nlj->nij", covariance, along) - np.einsum("nil,lj->nij", along, covariance)
    found = jacobian_asymmetry(points, SKEW, start=at, end=math.inf, fixed_steps=48)
    return commutators, found.asymmetry, found.asymmetry_error


Square = Float[np.ndarray, "n d d"]


def _tail_sign(claimed: TailGap, horizons: tuple[float, float], run: Run) -> Comparison:
    """Compare the Jacobian's asymmetry, projected on the claimed one and extrapolated to infinity, with 1."""
    ratios, errors = [], []
    for at in horizons:
        commutators, asymmetry, error = _asymmetries(at)
        scale = float(claimed.asymmetry.subs({tau: 1 / math.sqrt(math.expm1(2 * at)), tail.commutator: 1}))
        expected = scale * commutators
        square = float((expected**2).sum())
        ratios.append(float((asymmetry * expected).sum()) / square)
        errors.append(float((error * np.abs(expected)).sum()) / square)
    limit = extrapolate_limit(horizons, ratios, errors, rate=CORRECTION)
    return compare_equal(limit.value, 1.0, limit.error)


tail_map = Claim(
    id="monge-ampere.tail-map",
    title="The flow's tail is a gradient up to e^(-5T)",
    statement=r"""
Let $`\mu`$ be a discrete law on $`\mathbb{R}^d`$, $`d \ge 2`$, with covariance $`C`$ and third cumulant $`\kappa_3`$,
and $`\Psi_T`$ the probability flow from time $`T`$ to infinity, where the law is $`N(0, I)`$. With
$`\tau = (e^{2T} - 1)^{-1/2}`$ the Jacobian $`J`$ of $`\Psi_T`$ has the antisymmetric part

```math
J - J^{\mathsf T} = +\frac{\tau^5}{30}\, [C, \kappa_3 \cdot x] + o(\tau^5) ,
```

and the distance of $`\Psi_T`$ in $`L^2(N(0, I))`$ from the gradients of functions, which at leading order is that
from the Brenier map from $`p_T`$ to $`N(0, I)`$, satisfies

```math
e^{5T}\, \mathrm{dist} \to \frac{1}{30\sqrt 3} \left(\sum_{i<j,\,k} [C, \kappa_3(\cdot, \cdot, k)]_{ij}^2
\right)^{1/2} .
```

Both maps tend to the identity, at the rate 1 or 2 of `monge-ampere.prior-to-normal`, and to each other much faster: it
is not in the tail that the flow departs from optimal transport. The series is proved in every $`d`$; that its remainder
is small in $`L^2`$ rests on the numbers.
""",
    source=NEW,
    formula=_tail_gap,
    controls={
        "rate 4.9 for 5": false(
            lambda: replace(_tail_gap(), distance=gradient_distance.tail_distance() * exp(horizon / 10)), near=True
        ),
        "rate 5.1 for 5": false(
            lambda: replace(_tail_gap(), distance=gradient_distance.tail_distance() * exp(-horizon / 10)), near=True
        ),
        "constant 2 % too large": false(
            lambda: replace(_tail_gap(), distance=MORE * gradient_distance.tail_distance()), near=True
        ),
        "constant 2 % too small": false(
            lambda: replace(_tail_gap(), distance=LESS * gradient_distance.tail_distance()), near=True
        ),
        "the sign of the reverse map": false(
            lambda: replace(_tail_gap(), asymmetry=tail.reverse_asymmetry()), near=True
        ),
        "asymmetry 2 % too large": false(
            lambda: replace(_tail_gap(), asymmetry=MORE * tail.leading_asymmetry()), near=True
        ),
    },
    checks=(
        identity(_tail_residuals, name="series in tau", scope=Scope.INSTANCE),
        derivation(
            lambda _: derive_tail_rate(),
            lambda claimed: tail.tail_rate_statement(claimed.asymmetry.subs({tau: 1, tail.commutator: 1})),
            name="rate of the asymmetry",
            scope=Scope.INSTANCE,
        ),
        check_decay("distance from gradients by horizon", _tail_decays),
        inequality(
            _tail_sign,
            lambda run: {"skew triangle, T = 6 and 7": (6.0, 7.0)},
            method="variational equation in forward mode, extrapolated from two horizons",
            name="asymmetry at points",
        ),
    ),
    expected=Verdict.SUPPORTED,
    quantifier=Quantifier.ASYMPTOTIC,
    dimension="d >= 2",
    uses=("monge-ampere.regular-flow", "monge-ampere.brenier"),
    instance=lambda: "atoms (-6/5, -2/5), (1, -1/2), (1/5, 9/10), weights 1/4, 3/10, 9/20: the constant is 0.001446",
)


@final
@dataclass(frozen=True, slots=True)
class LimitRate:
    """What is claimed of E|Phi_T - Phi_oo|^2: its rate in T, for centred data too, and a factor to its coefficient."""

    rate: Rational
    centred_rate: Rational
    factor: Rational


def _limit_rate() -> LimitRate:
    return LimitRate(Rational(1), Rational(2), Rational(1))


TRIANGLES: Final = {"triangle": CENTRED, "triangle, moved": MOVED, "obtuse triangle": OBTUSE}


@cache
def _limit_gaps(law: str, effort: Effort) -> LimitGap:
    """Compute the squared distance of Phi_T from Phi_oo; once for every formula."""
    order = 2 if law == "triangle" else 1
    panels = {Effort.QUICK: 24, Effort.STANDARD: 32, Effort.DEEP: 96}[effort]
    return limit_gap(TRIANGLES[law], horizons_over(6.0 / order + 1, order, effort), panels=panels)


def _limit_decays(claimed: LimitRate, run: Run) -> dict[str, Decay]:
    decays = {}
    for law in TRIANGLES:
        found = _limit_gaps(law, run.effort)
        rate = claimed.rate if found.order == 1 else claimed.centred_rate
        decays[law] = Decay(found.horizons, found.l2_squared, float(rate), found.coefficient * float(claimed.factor))
    return decays


limit_map = Claim(
    id="monge-ampere.limit-map",
    title="The reverse flow's map converges exponentially, whatever the data: to the map from infinity",
    statement=r"""
Let $`\mu`$ be a discrete law with mean $`m`$ and covariance $`C`$, and $`B_{ij}`$ the border, with normal $`n`$, of the
points that $`\Phi_\infty`$ sends to the atoms $`y_i`$ and $`y_j`$. As $`T \to \infty`$, for $`x`$ from $`N(0, I)`$ with
density $`\varphi`$,

```math
e^{T}\, \mathbb{E}|\Phi_T(x) - \Phi_\infty(x)|^2 \to \sum_{i<j} |y_i - y_j|^2 \int_{B_{ij}} |\langle m, n \rangle|\,
\varphi\, dS ,
```

and for centred data the same with $`e^{2T}`$ and $`\langle (I - C) x, n \rangle / 2`$ in place of
$`\langle m, n \rangle`$: both maps are constant but for jumps, and the border is carried by the tail map,
$`\Psi_T(x) = x - m\tau + (I - C) x\, \tau^2/2 + \dots`$. Where the limit is not 0 this is the rate from both sides.
Since the maps jump, their distance in $`L^2`$ itself has half
these rates. So the flow's map does converge exponentially, as the abstract says; but to $`\Phi_\infty`$, which for
generic data is not the optimal map (`monge-ampere.prior-map-generic`).
""",
    source=Source("wang2024", "abstract", Reading.CORRECTED),
    formula=_limit_rate,
    controls={
        "centred: rate 1.9 for 2": false(lambda: replace(_limit_rate(), centred_rate=Rational(19, 10)), near=True),
        "centred: rate 2.1 for 2": false(lambda: replace(_limit_rate(), centred_rate=Rational(21, 10)), near=True),
        "rate 1.1 for 1": false(lambda: replace(_limit_rate(), rate=Rational(11, 10)), near=True),
        "the rate of the distance for that of its square": false(
            lambda: LimitRate(Rational(1, 2), Rational(1), Rational(1))
        ),
        "coefficient 2 % too large": false(lambda: replace(_limit_rate(), factor=MORE), near=True),
        "coefficient 2 % too small": false(lambda: replace(_limit_rate(), factor=LESS), near=True),
    },
    checks=(check_decay("squared distance by horizon", _limit_decays),),
    expected=Verdict.SUPPORTED,
    quantifier=Quantifier.ASYMPTOTIC,
    dimension="d = 2, three atoms",
    uses=("monge-ampere.regular-flow",),
    instance=lambda: (
        "three atoms of equal weight at (-1, -2/5), (1, -2/5), (0, 4/5): e^(2T) times the square -> 0.0583"
    ),
)

CLAIMS = (limit_map, prior_to_normal, tail_map)
