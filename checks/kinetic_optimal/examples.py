"""Data whose separation is known, in closed form, against the estimator and against the numerical path."""

import math
from dataclasses import replace
from functools import cache

import numpy as np
from sympy import Expr, Rational, Symbol, atan, cos, diff, exp, pi, sqrt, tan, tanh

from ...numerics.compile import compile_expression
from ...numerics.kinetic_optimal import (
    CondOT,
    Separation,
    kinetic_optimal_path,
    path_energy,
    separation,
)
from ...theory.kinetic_optimal import examples as theory
from ...theory.kinetic_optimal.examples import LowRankGaussian
from ...theory.kinetic_optimal.notation import fraction, gamma, s, theta
from ...theory.verdict import Verdict
from ..builders import identity, inequality, property
from ..claim import Claim, Reading, Source, false
from ..comparison import Comparison, compare_equal
from ..evidence import Kind
from ..trial import Effort, Run
from .data_sets import LineData, decode_line, encode_data, line_data
from .line_checks import at_signal, number
from .separations import low_rank_gaussian

NEW = Source("lemmata", "this catalogue", Reading.NEW)
NEARLY = Rational(101, 100)
SIGNALS = (0.25, 0.5, 1.0, 1.5, 2.0, 3.0)
QUERIES = {Effort.QUICK: 20_000, Effort.STANDARD: 100_000, Effort.DEEP: 1_000_000}
HERMITE_NODES = 160


def _low_rank(**changes: Expr) -> LowRankGaussian:
    """Return the closed forms with one replaced."""
    return replace(theory.low_rank_gaussian(), **changes)


def _low_rank_residuals(claimed: LowRankGaussian) -> dict[str, Expr]:
    """Return what claimed closed forms of the low-rank Gaussian leave over of their definitions."""
    # Each of the k d active coordinates is N(0, 1/k): posterior variance 1/(k + s^2).
    error = fraction * (1 / fraction) / (1 + s**2 / fraction)
    speed = diff(claimed.flat_angle, theta) ** 2
    return {
        "separation": 1 - error - claimed.separation,
        "angular speed": 1 - (1 + s**2) * (1 - claimed.separation) - claimed.angular_speed_squared,
        "flat angle": speed - claimed.angular_speed_squared.subs(s, tan(theta)),
        "flat angle starts at 0": claimed.flat_angle.subs(theta, 0),
        "flat angle ends at Theta_m": claimed.flat_angle.subs(theta, pi / 2) - claimed.final_angle,
        "energy": 2 - 2 * cos(claimed.final_angle) - claimed.energy,
        "primitive of 1 - lambda": diff(sqrt(fraction) * atan(s / sqrt(fraction)), s) - (1 - claimed.separation),
        "Cond-OT, the primitive at infinity": 2 - sqrt(fraction) * pi / 2 - claimed.cond_ot_energy,
    }


def _low_rank_energy(claimed: LowRankGaussian, case: tuple[float, str], run: Run) -> Comparison:
    """Compare the numerical path's energy with the claimed closed form."""
    k, path = case
    curve = low_rank_gaussian(k)
    if path == "kinetic-optimal":
        best = kinetic_optimal_path(curve)
        return compare_equal(best.energy, number(claimed.energy, {fraction: k}), best.energy_error)
    found = path_energy(CondOT(), curve)
    return compare_equal(found.value, number(claimed.cond_ot_energy, {fraction: k}), found.error)


low_rank = Claim(
    id="kinetic-optimal.low-rank-gaussian",
    title="Gaussian data of low rank have everything in closed form",
    statement=r"""
Let a fraction $`0 < k < 1`$ of the $`d`$ coordinates of $`X_1`$ be independent $`N(0, 1/k)`$ and the others 0. Then

```math
\lambda(s) = \frac{s^2}{k + s^2}, \qquad h^2 = \frac{(1 - k)\, s^2}{k + s^2}, \qquad
\Theta(\theta) = \arcsin\sqrt{1 - k} - \arcsin\left(\sqrt{1 - k}\, \cos\theta\right),
```

the optimal energy is $`2 - 2\sqrt{k}`$, which is $`W_2^2/d`$, and that of Cond-OT is $`2 - \frac{\pi}{2}\sqrt{k}`$.
""",
    source=NEW,
    formula=theory.low_rank_gaussian,
    controls={
        "energy 2 - 2 k": false(lambda: _low_rank(energy=2 - 2 * fraction)),
        "energy off by one per cent": false(lambda: _low_rank(energy=NEARLY * (2 - 2 * sqrt(fraction))), near=True),
        "Cond-OT weight 3/2 in place of pi/2": false(
            lambda: _low_rank(cond_ot_energy=2 - Rational(3, 2) * sqrt(fraction)), near=True
        ),
    },
    checks=(
        identity(_low_rank_residuals, hypotheses=(fraction < 1, theta < pi / 2), name="closed forms"),
        inequality(
            _low_rank_energy,
            lambda run: {
                f"{path}, k = {k}": (k, path)
                for path in ("kinetic-optimal", "cond-ot")
                for k in (0.05, 0.25, 0.5, 0.95)
            },
            method="closed-form path and adaptive quadrature on the exact separation",
            name="path energies",
        ),
    ),
    expected=Verdict.PROVED,
    uses=("kinetic-optimal.straight-line", "kinetic-optimal.named-paths"),
    instance=lambda: "k = 1/4: energy 1, Cond-OT 2 - pi/4",
)


def _hermite_mean(integrand: Expr, noise: Symbol, signal: float) -> tuple[float, float]:
    """Average an expression in gamma and `noise` ~ N(0, 1) by two Gauss-Hermite rules: value and error."""
    compiled = compile_expression(integrand, (gamma, noise))
    values = []
    for nodes in (HERMITE_NODES // 2, HERMITE_NODES):
        points, weights = np.polynomial.hermite_e.hermegauss(nodes)
        found = np.asarray(compiled(np.full_like(points, signal**2), points))
        values.append(float(weights @ found) / math.sqrt(2 * math.pi))
    return values[1], abs(values[1] - values[0]) + 1e-13


NOISE = Symbol("z", real=True)


@cache
def _two_points_curve(effort: Effort, seed: int, false_alarm: float) -> Separation:
    """Estimate the separation of the two points at the stated signals; once for each run of a worker."""
    return separation(
        np.array([[-1.0], [1.0]]),
        np.asarray(SIGNALS),
        num_queries=QUERIES[effort],
        key=Run(seed=seed).key(),
        false_alarm=false_alarm,
    )


def _two_points_estimated(claimed: Expr, index: int, run: Run) -> Comparison:
    """Compare the estimator's interval with the claimed integral."""
    found = _two_points_curve(run.effort, run.seed, run.false_alarm)
    value, error = _hermite_mean(claimed, NOISE, SIGNALS[index])
    low, high = (float(end[index]) for end in found.interval)
    mean = float(found.mean[index])
    return compare_equal(mean, value, max(high - mean, mean - low) + error, point={"s": str(SIGNALS[index])})


def _two_point_residuals(claimed: Expr) -> dict[str, Expr]:
    """Return what the claimed integrand leaves over of xhat at the noisy image of the atom 1.

    By the tower rule lambda = E<X1, xhat(Y)>, and by symmetry the atom 1 alone has to be averaged: s Y = gamma +
    sqrt(gamma) z. The other coordinates of a hypercube multiply both likelihoods by one positive factor.
    """
    others = Symbol("c", positive=True)
    observed = gamma + sqrt(gamma) * NOISE
    plus, minus = others * exp(observed), others * exp(-observed)
    return {"posterior mean": (plus - minus) / (plus + minus) - claimed}


two_point = Claim(
    id="kinetic-optimal.two-point",
    title="Two points and every hypercube have one separation function",
    statement=r"""
For $`X_1`$ uniform on $`\{-1, 1\}^d`$, every $`d \ge 1`$ and every $`s > 0`$,

```math
\lambda(s) = \mathbb{E} \tanh\left(s^2 + s Z\right), \qquad Z \sim N(0, 1).
```
""",
    source=NEW,
    formula=lambda: theory.two_point_integrand(NOISE),
    controls={
        "shift off by one per cent": false(lambda: tanh(NEARLY * gamma + sqrt(gamma) * NOISE), near=True),
        "shift 2 s^2": false(lambda: tanh(2 * gamma + sqrt(gamma) * NOISE), near=True),
    },
    checks=(
        identity(_two_point_residuals, name="posterior mean"),
        inequality(
            _two_points_estimated,
            lambda run: {f"s = {value}": index for index, value in enumerate(SIGNALS)},
            method="separation() on the two points, empirical-Bernstein intervals, against Gauss-Hermite quadrature",
            name="estimator",
            kind=Kind.STATISTICAL,
        ),
    ),
    expected=Verdict.PROVED,
    uses=("kinetic-optimal.tower-rule",),
    instance=lambda: "d = 1, s = 1: 0.5504",
)


def _product_estimated(claimed: Expr, data: LineData, run: Run) -> Comparison:
    """Compare the estimator on the product of a drawn measure with a two-point one, in d = 2, with the claimed mean."""
    first = float(1 - at_signal(data, data.s).mmse[0])
    pair = LineData(np.array([-1.0, 1.0]), np.array([0.5, 0.5]), data.s)
    second = float(1 - at_signal(pair, data.s).mmse[0])
    atoms = np.array([[x, y] for x in data.atoms for y in pair.atoms])
    weights = np.array([p / 2 for p in data.weights for _ in pair.atoms])
    found = separation(
        atoms,
        np.array([data.s]),
        weights=weights,
        num_queries=QUERIES[run.effort] // 10,
        key=run.key(),
        false_alarm=run.false_alarm,
    )
    low, high = (float(end[0]) for end in found.interval)
    mean = float(found.mean[0])
    value = number(claimed, {FIRST: first, SECOND: second})
    return compare_equal(mean, value, max(high - mean, mean - low) + 1e-12, point={"s": repr(data.s)})


FIRST, SECOND = Symbol("lambda_x", positive=True), Symbol("lambda_y", positive=True)

mixture = Claim(
    id="kinetic-optimal.mixture",
    title="The estimator finds the separation of weighted mixtures and of their products",
    statement=r"""
For data whose two coordinates are independent, with $`\mathbb{E} X_{1,j}^2 = 1`$, the separation function is the mean
of the coordinates' own, here those of a weighted mixture of up to 8 atoms and of the two points, $`d = 2`$:

```math
\lambda(s) = \frac{\lambda_x(s) + \lambda_y(s)}{2} .
```
""",
    source=NEW,
    formula=lambda: (FIRST + SECOND) / 2,
    controls={
        "the larger one alone": false(lambda: FIRST, near=True),
        "sum in place of mean": false(lambda: FIRST + SECOND),
    },
    checks=(
        property(
            lambda: line_data(0.25, 3.0),
            _product_estimated,
            encode=encode_data,
            decode=decode_line,
            method="separation() on weighted product data against quadrature of each coordinate",
            name="estimator on products",
            examples={Effort.QUICK: 10, Effort.STANDARD: 30, Effort.DEEP: 300},
            shrink=False,
        ),
    ),
    expected=Verdict.SUPPORTED,
    dimension="d = 2",
    instance=lambda: "the four points (+-1, +-1) with equal weights",
)

CLAIMS = (low_rank, two_point, mixture)
