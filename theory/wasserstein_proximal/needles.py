"""Implicit score matching with free precisions is unbounded below: needles, in sample and out of it.

A kernel model is a mixture of N(c_k, C_k) with learned precisions Gamma_k = C_k^-1. At a point, with the posterior
weights p_k of the components and s_k = Gamma_k (c_k - x), the loss |grad log rho|^2/2 + Lap log rho is

    mixture_loss         E|s_k|^2 - |E s_k|^2/2 - E tr Gamma_k            E under the weights p_k

so it is at most E|s_k|^2 - E tr Gamma_k and, where tr Gamma_k is the same for all k, at least minus that trace. A
needle has the width w in its n thin directions and the length l along its axis, if it has one:

    in sample            n = d        Gamma = I/w^2, centred at the training point itself
    held out, d >= 2     n = d - 1    the needle of one centre points at a held-out point; leave-one-out: centre i + 1
                                      at point i, cyclically; half and half: one centre each of the other half

    needle               tr Gamma = n/w^2 + 1/l^2; |s|^2 = h^2/w^4 + r^2/l^4 at the distance h from the axis, r along it
    derive_thin_bound    p h^2/w^4 <= 16 g/(e^2 h^2), g = exp(R^2/(2 l^2)): what a needle that misses the point adds;
                         g = 1 in sample
    derive_ceiling       with A the sum of these bounds and of r^2/l^4: loss <= A - n/w^2, so it is below -M where
                         1/w^2 > (A + M)/n
    derive_rate          w^2 loss -> -n as w -> 0
    derive_line_floor    d = 1, one centre at the distance r: the loss is at least -1/(2 r^2), no needle is unbounded
    derive_width_floor   with widths of at least w_0 the loss is at least -d/w_0^2, whatever the model

R is the distance along its axis of the needle that meets the point: its exponent -R^2/(2 l^2) is what the others are
weighed against, since all components have the same weight and the same determinant. Points may lie anywhere: needles
that meet the point as well add r^2/l^4 alone. All needles are present at every point, so the mean loss over the points
is below -M where each is.

References: [hyvarinen2005, the objective function], [zhang2024, abstract: kernels with learned precision].
"""

from dataclasses import dataclass
from functools import cache
from typing import final

import sympy as sp
from sympy import Expr, Rational

from ..derivation import Derivation
from ..rules import combine, limit_of_function, limit_of_reciprocal, squeeze, sum_of_squares
from ..statement import ForAll, Statement, at_most, tends

width = sp.Symbol("w", positive=True)
length = sp.Symbol("l", positive=True)
miss = sp.Symbol("h", positive=True)
"""Distance of a point from the axis of a needle that misses it."""
reach = sp.Symbol("R", nonnegative=True)
"""Distance along its axis of the needle that meets the point."""
along = sp.Symbol("r", nonnegative=True)
"""Distance along the axis of any needle."""
weight = sp.Symbol("p", nonnegative=True)
"""Posterior weight of a component."""
far = sp.Symbol("f", positive=True)
"""exp(-r^2/(2 l^2)) of a needle that misses the point, which is at most 1."""
others = sp.Symbol("o", nonnegative=True)
dimension = sp.Symbol("d", integer=True, positive=True)
thin = sp.Symbol("n", positive=True)
"""How many directions are thin."""
excess = sp.Symbol("A", nonnegative=True)
"""A bound of E|s_k|^2 at the point, whatever the width."""
depth = sp.Symbol("M", positive=True)
sharpness = sp.Symbol("k", positive=True)
"""1/w."""
axial = sp.Symbol("a", nonnegative=True)
"""1/l^2, or 0 in sample: what the axis adds to the trace."""
least_width = sp.Symbol("w_0", positive=True)
spring, offset = sp.Symbol("gamma", positive=True), sp.Symbol("r", positive=True)
mean_square, squared_mean, mean_trace = sp.symbols("Q q tau", nonnegative=True)
"""E|s_k|^2, |E s_k|^2 and E tr Gamma_k."""


def mixture_loss() -> Expr:
    """Return the loss at a point, in E|s|^2 = Q, |E s|^2 = q and E tr Gamma = tau: `Q - q/2 - tau`."""
    return mean_square - squared_mean / 2 - mean_trace


def mixture_loss_residuals(claimed: Expr) -> dict[str, Expr]:
    """Return what a claimed loss leaves over of |grad log rho|^2/2 + Lap log rho, for mixtures of two components.

    On the line for any two exponents; in the plane with generic precisions. The sums over components are linear in the
    weights: two components show every term that more of them have.
    """
    return {f"d = {d}": _missed(claimed, d) for d in (1, 2)}


@cache
def _missed(claimed: Expr, number: int) -> Expr:
    place = sp.Matrix(sp.symbols("x y", real=True)[:number])
    logs, scores, traces = [], [], []
    for k in (1, 2):
        entries = sp.symbols(f"a_{k} b_{k} c_{k}", real=True)
        precision = sp.Matrix([[entries[0], entries[1]], [entries[1], entries[2]]])[:number, :number]
        away = place - sp.Matrix(sp.symbols(f"m_{k} n_{k}", real=True)[:number])
        logs.append(sp.Symbol(f"lambda_{k}", real=True) - (away.T * precision * away)[0, 0] / 2)
        scores.append(-precision * away)
        traces.append(precision.trace())
    first, second = (sp.Symbol(f"u_{k}", positive=True) for k in (1, 2))
    stands = {sp.exp(logs[0]): first, sp.exp(logs[1]): second}
    density = sum((sp.exp(part) for part in logs), sp.S.Zero)
    slope = [sp.log(density).diff(v) for v in place]
    direct = sum((s**2 / 2 + s.diff(v) for s, v in zip(slope, place, strict=True)), sp.S.Zero)
    weights = [u / (first + second) for u in (first, second)]
    mean = [sum(p * s[i] for p, s in zip(weights, scores, strict=True)) for i in range(number)]
    means = {
        mean_square: sum(p * s.dot(s) for p, s in zip(weights, scores, strict=True)),
        squared_mean: sum(part**2 for part in mean),
        mean_trace: sum(p * trace for p, trace in zip(weights, traces, strict=True)),
    }
    return direct.xreplace(stands) - claimed.subs(means, simultaneous=True)


@final
@dataclass(frozen=True, slots=True)
class Needle:
    """A needle in d dimensions: trace of its precision, and |s|^2 at the distance h from its axis, r along it."""

    trace: Expr
    square: Expr


def needle() -> Needle:
    """Return a needle with an axis, in the dimension d: `(d - 1)/w^2 + 1/l^2` and `h^2/w^4 + r^2/l^4`."""
    return Needle((dimension - 1) / width**2 + 1 / length**2, miss**2 / width**4 + along**2 / length**4)


def needle_residuals(claimed: Needle) -> dict[str, Expr]:
    """Return what a claimed needle leaves over, for a generic axis in two and three dimensions.

    The precision is I/w^2 + (1/l^2 - 1/w^2) a a^T with the unit vector a = v/|v|; r and h are the parts of a generic
    displacement along a and across it.
    """
    residuals: dict[str, Expr] = {}
    for number in (2, 3):
        axis = sp.Matrix(sp.symbols("v_1 v_2 v_3", positive=True)[:number])
        moved = sp.Matrix(sp.symbols("x y z", real=True)[:number])
        projector = axis * axis.T / axis.dot(axis)
        precision = sp.eye(number) / width**2 + (1 / length**2 - 1 / width**2) * projector
        score, parallel = precision * moved, (axis.dot(moved)) ** 2 / axis.dot(axis)
        parts = {along: sp.sqrt(parallel), miss: sp.sqrt(moved.dot(moved) - parallel)}
        square = claimed.square.subs(parts).subs(dimension, number)
        residuals[f"trace, d = {number}"] = precision.trace() - claimed.trace.subs(dimension, number)
        residuals[f"square, d = {number}"] = score.dot(score) - square
    return residuals


@final
@dataclass(frozen=True, slots=True)
class ThinDirections:
    """In how many directions the needle that meets a point is thin, by where the point is."""

    in_sample: Expr
    held_out: Expr


def thin_directions() -> ThinDirections:
    """Return d in sample, and d - 1 for a point that was held out."""
    return ThinDirections(dimension, dimension - 1)


def loss_bounds_residuals() -> dict[str, Expr]:
    """Return what squares leave over of the loss of two components of one trace, against its floor and ceiling.

    With weights p and 1 - p: `E s^2 - (E s)^2/2` is `(E s)^2/2 + p (1 - p) (s_1 - s_2)^2`, which is not negative.
    """
    first, second = sp.symbols("s_1 s_2", real=True)
    square = weight * first**2 + (1 - weight) * second**2
    average = weight * first + (1 - weight) * second
    return {"variance": square - average**2 / 2 - (average**2 / 2 + weight * (1 - weight) * (first - second) ** 2)}


def weight_of_miss() -> Expr:
    """Return the posterior weight of a needle that misses the point: its exponential over the sum of all.

    `o` is the sum over the other components; the needle that meets the point has exp(-R^2/(2 l^2)).
    """
    missed = sp.exp(-(miss**2) / (2 * width**2)) * far
    return missed / _total()


def _total() -> Expr:
    """Return the sum of all exponentials."""
    return sp.exp(-(reach**2) / (2 * length**2)) + sp.exp(-(miss**2) / (2 * width**2)) * far + others


def thin_bound() -> Expr:
    """Return what a needle that misses the point by h adds at most: `16 g/(e^2 h^2)`."""
    return 16 * sp.exp(reach**2 / (2 * length**2)) / (sp.exp(2) * miss**2)


def thin_bound_statement(claimed: Expr) -> Statement:
    """State `p h^2/w^4 <= claimed` for the weight p of a needle that misses the point."""
    return at_most(weight_of_miss() * miss**2 / width**4, claimed, derive_thin_bound().conclusion.hypotheses)


@cache
def derive_thin_bound() -> Derivation:
    """Derive `thin_bound` from e^z >= e^2 z^2/4 with z = h^2/(2 w^2), the square of the tangent of exp at 1.

    The weight is at most the ratio of its exponential to that of the needle which meets the point.
    """
    half = miss**2 / (4 * width**2)
    shrunk, gain = sp.exp(-half), sp.exp(reach**2 / (2 * length**2))
    missed = sp.exp(-(miss**2) / (2 * width**2))
    rest = missed * gain * (missed * far + others) / _total()
    exponential = sp.Lambda(_z, sp.exp(_z))
    return (
        Derivation("What a needle that misses the point adds")
        .apply("tangent_line", function=exponential, point=half, touching=1, shape="convex", name="tangent")
        .apply(combine, "tangent", left=half * shrunk, right=sp.exp(-1), factors=(sp.exp(-1) * shrunk,), name="linear")
        .apply("monotone", "linear", function=sp.Lambda(_z, _z**2), direction="increasing", name="square")
        .assume(sp.Le(far, 1), name="along the axis")
        .at_most(0, rest, name="other components")
        .apply(
            combine,
            *("along the axis", "other components"),
            left=weight_of_miss(),
            right=gain * missed,
            factors=(missed / _total(), 1),
            name="posterior weight",
        )
        .apply(
            combine,
            *("posterior weight", "square"),
            left=weight_of_miss() * miss**2 / width**4,
            right=thin_bound(),
            factors=(miss**2 / width**4, 16 * gain / miss**2),
            name="bound",
        )
    )


_z = sp.Symbol("z", real=True)
_square = sp.Function("Q", real=True)
"""E|s_k|^2 - |E s_k|^2/2 at the point, as a function of 1/w."""


def loss(count: Expr = thin) -> Expr:
    """Return the loss at the point as a function of k = 1/w: `Q(k) - n k^2 - a`."""
    return _square(sharpness) - count * sharpness**2 - axial


def loss_ceiling(count: Expr = thin) -> Expr:
    """Return what the loss is at most, as a function of k = 1/w: `A - n k^2`."""
    return excess - count * sharpness**2


def least_sharpness() -> Expr:
    """Return what 1/w^2 has to exceed for a loss below -M: `(A + M)/n`."""
    return (excess + depth) / thin


def least_sharpness_residuals(claimed: Expr, ceiling: Expr) -> dict[str, Expr]:
    """Return what a claimed threshold of 1/w^2 leaves over of a claimed ceiling of the loss, which is -M there."""
    return {"depth": ceiling.subs(sharpness, sp.sqrt(claimed)) + depth}


def _bounded() -> tuple[sp.Basic, sp.Basic]:
    """Return the hypotheses 0 <= Q(k) and Q(k) <= A for every k."""
    value = _square(sharpness)
    return ForAll(sharpness, sp.Le(0, value, evaluate=False)), ForAll(sharpness, sp.Le(value, excess))


def ceiling_statement(claimed: Expr) -> Statement:
    """State that the loss is at most `claimed`."""
    return at_most(loss(), claimed, derive_ceiling().conclusion.hypotheses)


@cache
def derive_ceiling() -> Derivation:
    """Derive that the loss is at most `loss_ceiling`, which has no lower bound as w tends to 0."""
    _, bounded = _bounded()
    return (
        Derivation("Ceiling of the loss at a needle")
        .assume(bounded, name="square")
        .at_most(-axial, 0, name="axis")
        .apply(combine, "square", "axis", left=loss(), right=loss_ceiling(), factors=(1, 1), name="ceiling")
    )


def rate_statement(limit: Expr, count: Expr = thin) -> Statement:
    """State that `w^2 loss -> limit` as 1/w tends to infinity."""
    given = [h for h in derive_rate(count).conclusion.hypotheses if isinstance(h, ForAll)]
    return tends(loss(count) / sharpness**2, sharpness, sp.oo, limit, given)


@cache
def derive_rate(count: Expr = thin) -> Derivation:
    """Derive `w^2 loss -> -n` as w -> 0, between the floor without Q and the ceiling with A for it."""
    bottom, top = _bounded()
    shift = sp.Lambda(_z, -count - axial * _z**2)
    raised = sp.Lambda(_z, -count + (excess - axial) * _z**2)
    scaled = loss(count) / sharpness**2
    return (
        Derivation("Rate of a needle")
        .assume(bottom, name="square is not negative")
        .assume(top, name="square is bounded")
        .apply(
            combine,
            "square is not negative",
            left=shift(1 / sharpness),
            right=scaled,
            factors=(1 / sharpness**2,),
            name="floor",
        )
        .apply(
            combine,
            "square is bounded",
            left=scaled,
            right=raised(1 / sharpness),
            factors=(1 / sharpness**2,),
            name="ceiling",
        )
        .apply(limit_of_reciprocal, variable=sharpness, name="width")
        .apply(limit_of_function, "width", function=shift, name="limit of the floor")
        .apply(limit_of_function, "width", function=raised, name="limit of the ceiling")
        .apply(squeeze, "floor", "ceiling", "limit of the floor", "limit of the ceiling", name="rate")
    )


def line_loss() -> Expr:
    """Return the loss on the line at the distance r from the one centre, in the precision: `gamma^2 r^2/2 - gamma`."""
    return spring**2 * offset**2 / 2 - spring


def line_floor() -> Expr:
    """Return the least loss on the line over all precisions: `-1/(2 r^2)`."""
    return -1 / (2 * offset**2)


def line_floor_statement(claimed: Expr) -> Statement:
    """State that the loss on the line is at least `claimed`."""
    return at_most(claimed, line_loss())


@cache
def derive_line_floor() -> Derivation:
    """Derive that a held-out point on the line bounds the loss from below: the difference is (gamma r - 1/r)^2/2."""
    return (
        Derivation("No needle on the line")
        .apply(
            sum_of_squares,
            expression=line_loss() - line_floor(),
            squares=((Rational(1, 2), spring * offset - 1 / offset),),
            name="square",
        )
        .apply(combine, "square", left=line_floor(), right=line_loss(), factors=(1,), name="floor")
    )


def line_floor_residuals(claimed: Expr) -> dict[str, Expr]:
    """Return what a claimed floor leaves over of the loss at the precision 1/r^2, where it is attained."""
    return {"attained": line_loss().subs(spring, 1 / offset**2) - claimed}


def width_floor() -> Expr:
    """Return the least loss of a model whose components have widths of at least w_0: `-d/w_0^2`."""
    return -dimension / least_width**2


def width_floor_statement(claimed: Expr) -> Statement:
    """State that the loss is at least `claimed`."""
    return at_most(claimed, mixture_loss(), derive_width_floor().conclusion.hypotheses)


@cache
def derive_width_floor() -> Derivation:
    """Derive that widths of at least w_0 bound the loss from below, for every model and at every point.

    Each trace is at most d/w_0^2, and so is their mean; |E s|^2 <= E|s|^2.
    """
    return (
        Derivation("A floor of the widths bounds the loss")
        .assume(sp.Le(mean_trace, dimension / least_width**2), name="traces")
        .assume(sp.Le(squared_mean, mean_square), name="Jensen")
        .at_most(0, squared_mean, name="square")
        .apply(
            combine,
            *("traces", "Jensen", "square"),
            left=width_floor(),
            right=mixture_loss(),
            factors=(1, 1, Rational(1, 2)),
            name="floor",
        )
    )


def width_floor_residuals(claimed: Expr) -> dict[str, Expr]:
    """Return what a claimed floor leaves over of the loss at the centre of one isotropic component of width w_0."""
    centre = {mean_square: sp.S.Zero, squared_mean: sp.S.Zero, mean_trace: dimension / least_width**2}
    return {"attained": mixture_loss().subs(centre) - claimed}
