"""Bounds of the error v = 1 - lambda, derived from the Gaussian channel's differential relations.

    derive_linear_ceiling     v <= 1/(1 + gamma)             the best scalar linear estimator
    derive_monotonicity       v(gamma) <= v(r), r <= gamma   comparison of reciprocals
    derive_entropy_ceiling    v <= (1 - exp(-2 H/d))/gamma   information is at most entropy
    derive_information_by_error   I/d <= r/2 + (gamma - r) v(r)/2, r <= gamma   the converse of the sharp bound

Notation: that of `theory.gaussian_channel`, to which `in_channel` carries a claimed formula of `notation`.
"""

from functools import cache

import sympy as sp

from .. import gaussian_channel as channel
from ..coordinates import IndexSum, coordinates, point
from ..derivation import Derivation
from ..expectation import (
    FieldMean,
    Inner,
    Mean,
    bilinearity,
    independence,
    mean_of_square,
    noise_second_moment,
    random_vector,
    tower,
)
from ..information import Entropy, information_at_most_entropy, information_of_nothing
from ..rules import chain, combine, instance, integrate, monotone, tangent_line, weaken
from ..statement import ForAll
from . import notation

_x = sp.Symbol("x", real=True)
_v = channel.error(channel.g)
count = sp.Symbol("n", integer=True, positive=True)
"""How many values the data take."""
entropy = Entropy(channel.data)


def mean_squared_covariance() -> sp.Expr:
    """Return E tr Cov(X | U)^2, the expectation of the squared entries of the log-partition function's Hessian."""
    u, (i, j) = point("u"), coordinates("i j")
    entry = sp.Function("F", real=True)(u, i, j, channel.g).diff(i, j)
    return FieldMean(IndexSum(entry**2, (i, j), channel.d), channel.channel_path(channel.g))


def in_channel(claimed: sp.Expr) -> sp.Expr:
    """Write a claimed formula in v, gamma, i, L, lambda_1, lambda_2 in the symbols of the Gaussian channel."""
    return claimed.subs(
        {
            notation.error: _v,
            notation.gamma: channel.g,
            notation.information_rate: channel.information(channel.g) / channel.d,
            notation.entropy_rate: entropy / channel.d,
            notation.earlier_separation: 1 - channel.error(channel.r),
            notation.later_separation: 1 - _v,
            notation.squared_covariance: mean_squared_covariance() / channel.d,
        }
    )


@cache
def derive_linear_ceiling() -> Derivation:
    """Derive `1 - lambda <= 1/(1 + s^2)` from E|m - s Y/(1 + s^2)|^2 >= 0, for data with finite second moment."""
    s = sp.sqrt(channel.g)
    observation = s * channel.data + channel.noise
    mean = random_vector("m")
    gain = s / (1 + channel.g)
    residual = mean - gain * observation
    shown = sp.Symbol("lambda", real=True)
    cross = Mean(Inner(channel.data, mean)) * s + Mean(Inner(channel.noise, mean))
    return (
        Derivation("Scalar linear estimator")
        .apply(mean_of_square, mean=Mean(Inner(residual, residual)), name="square")
        .apply(bilinearity, mean=Mean(Inner(residual, residual)), name="expanded")
        .apply(bilinearity, mean=Mean(Inner(observation, mean)), name="Y, m")
        .apply(bilinearity, mean=Mean(Inner(observation, channel.data)), name="Y, X")
        .apply(tower, data=channel.data, mean=mean, observation=observation, weights=(1, 0), name="tower")
        .assume(sp.Eq(Mean(Inner(channel.data, channel.data)), channel.d), name="normalised")
        .assume(sp.Eq(Mean(Inner(mean, mean)), shown * channel.d), name="separation")
        .apply(independence, vector=channel.data, noise=channel.noise, dimension=channel.d, name="independent")
        .apply(noise_second_moment, noise=channel.noise, dimension=channel.d, name="noise")
        .apply(
            combine,
            *("Y, m", "tower", "Y, X", "independent", "normalised"),
            left=cross,
            right=s * channel.d,
            factors=(-1, -1, 1, 1, s),
            name="cross term",
        )
        .apply(
            combine,
            *("square", "expanded", "cross term", "normalised", "separation", "independent", "noise"),
            left=1 - shown,
            right=1 / (1 + channel.g),
            factors=(
                1 / channel.d,
                1 / channel.d,
                -2 * gain / channel.d,
                gain**2 * channel.g / channel.d,
                1 / channel.d,
                2 * gain**2 * s / channel.d,
                gain**2 / channel.d,
            ),
            name="ceiling",
        )
    )


@cache
def derive_monotonicity() -> Derivation:
    """Derive `0 <= lambda(g) - lambda(r)` for r <= g from the comparison of reciprocals."""
    earlier = channel.error(channel.r)
    return (
        Derivation("Separation never decreases")
        .lemma(channel.derive_reciprocal_comparison(), name="comparison")
        .apply(
            combine,
            "comparison",
            left=1 / earlier + channel.g - channel.r,
            right=1 / _v,
            factors=(1,),
            name="reciprocals with room",
        )
        .at_most(1 / earlier, 1 / earlier + channel.g - channel.r, given=(channel.r <= channel.g,), name="less room")
        .apply(chain, "less room", "reciprocals with room", name="reciprocals")
        .apply(monotone, "reciprocals", function=sp.Lambda(_x, 1 / _x), direction="decreasing", name="errors")
        .apply(combine, "errors", left=0, right=(1 - _v) - (1 - earlier), factors=(1,), name="separations")
    )


@cache
def derive_entropy_ceiling() -> Derivation:
    """Derive `v <= (1 - exp(-2 H/d))/g` for data with finitely many values."""
    return (
        Derivation("Error bounded by entropy")
        .apply(
            tangent_line,
            function=sp.Lambda(_x, sp.exp(_x)),
            point=-2 * entropy / channel.d,
            touching=0,
            shape="convex",
            name="exponential above its tangent",
            note="so that 1 - exp(-2 L) is at most 2 L",
        )
        .lemma(channel.derive_information_ceiling(), name="ceiling")
        .assume(channel.information_definition(), name="definition of I")
        .apply(instance, "definition of I", values={channel.r: channel.g}, name="I")
        .apply(
            information_at_most_entropy,
            data=channel.data,
            count=count,
            observation=channel.channel_path(channel.g),
            name="at most entropy",
        )
        .apply(chain, "I", "at most entropy", name="I at most H")
        .apply(
            monotone,
            "I at most H",
            function=sp.Lambda(_x, 1 - sp.exp(-2 * _x / channel.d)),
            direction="increasing",
            name="exponentials",
        )
        .apply(chain, "ceiling", "exponentials", name="g v")
        .apply(
            combine,
            "g v",
            left=_v,
            right=(1 - sp.exp(-2 * entropy / channel.d)) / channel.g,
            factors=(1 / channel.g,),
            name="v",
        )
    )


@cache
def derive_information_by_error() -> Derivation:
    """Derive `I(g)/d <= r/2 + (g - r) v(r)/2` for 0 <= r <= g: small errors leave little information.

    The slope of I is d v/2; v is at most 1 on (0, r), by the linear ceiling, and at most v(r) on (r, g), where it does
    not increase. So where v(r) -> 0 for every r > 0 the information rate is at most r/2 in the limit, for every r.
    """
    d, g, r, t = channel.d, channel.g, channel.r, channel.t
    information, error = channel.information, channel.error
    slope = information(t).diff(t)
    return (
        Derivation("Information bounded by error")
        .assume(ForAll(t, error(t) <= 1), name="at most 1")
        .lemma(channel.derive_information_slope(), name="I-MMSE")
        .apply(instance, "I-MMSE", values={g: t}, name="slope")
        .apply(combine, "slope", "at most 1", left=slope, right=d / 2, factors=(1, d / 2), name="slope at most")
        .apply(integrate, "slope at most", variable=t, lower=0, upper=r, left=information(t), right=d * t / 2)
        .apply(combine, -1, left=information(r) - information(0), right=d * r / 2, factors=(1,), name="up to r")
        .lemma(derive_monotonicity(), name="monotone")
        .apply(instance, "monotone", values={g: t}, name="monotone at t")
        .apply(
            combine,
            *("slope", "monotone at t"),
            left=slope,
            right=d * error(r) / 2,
            factors=(1, d / 2),
            name="slope beyond r",
        )
        .apply(weaken, "slope beyond r", hypotheses=(r <= g,))
        .apply(
            integrate,
            -1,
            variable=t,
            lower=r,
            upper=g,
            left=information(t),
            right=d * error(r) * t / 2,
            name="beyond r",
        )
        .assume(channel.information_definition(), name="definition of I")
        .apply(instance, "definition of I", values={r: 0}, name="I(0)")
        .apply(information_of_nothing, data=channel.data, observation=0, name="nothing")
        .apply(
            combine,
            *("up to r", "beyond r", "I(0)", "nothing"),
            left=information(g) / d,
            right=r / 2 + (g - r) * error(r) / 2,
            factors=(1 / d, 1 / d, 1 / d, 1 / d),
            name="converse",
        )
    )


@cache
def derive_information_ceiling() -> Derivation:
    """Derive the converse, and `g v(g) <= 1 - exp(-2 I(g)/d)`, which it concludes with."""
    return (
        Derivation("Error and information bound each other")
        .lemma(derive_information_by_error(), name="converse")
        .lemma(channel.derive_information_ceiling(), name="ceiling")
    )
