"""Equal weights on an orbit of a finite reflection group: Phi_oo is the Brenier map.

    reflection_gain              <x, s y> - <x, y> = -2 <x, n><y, n>/|n|^2, s the reflection in the mirror normal to n
    pair_velocity                the velocity along n of y and s y: 0 on the mirror
    derive_pair_pushes_away      elsewhere it points away from the mirror
    derive_no_crossing           so the flow never reaches a mirror from either side
    derive_label_in_chamber      the atom that wins is in the closed chamber of the start
    derive_maximiser_in_chamber  so is the atom y with the largest <x, y>
    derive_reflection_orbit      they are one: Phi_oo(x) is the atom with the largest <x, y>, for x on no mirror

So Phi_oo is the gradient of the convex function max_i <x, y_i>, and optimal (`optimality`). Regular simplices and
polygons, cross-polytopes, cubes and permutohedra are such orbits. Where an orbit is shifted, so is the flow: with
y + p for y the coordinate u is shifted by tau p (`shift_residuals`).

The velocity is the sum over pairs of atoms {y, s y}, which have equal weights and |s y| = |y|, and over the atoms on
the mirror, which do not move a point along n, divided by the sum of all weights. The derivation has two pairs; each
further one adds a summand of the same kind. Every d: one pair is shown in the coordinate along n and one across it, and
reflections of one vector against another in R^3, which holds u, y and n. Nothing but the pairing is used until the last
step: the flow of any law that a reflection leaves as it is never crosses the mirror.

**Cited:** a closed chamber meets each orbit in one point (`theory.reflection_group`). The atom that wins is y where
u/tau tends to y: there the velocity does.

References: [humphreys1990] for the chambers. The theorem on orbits is new here.
"""

from functools import cache

import sympy as sp
from sympy import Expr, exp

from ..derivation import Derivation
from ..expectation import Inner, random_vector
from ..reflection_group import Root, orbit_meets_chamber_once
from ..rules import chain, combine, integrate, keeps_sign, limit_at_most, limit_of_constant, weaken
from ..statement import Approaches, ForAll, Statement, at_most
from .notation import tau

first_height, second_height = sp.symbols("x_n y_n", real=True)
"""<x, n> and <y, n>; in the flow, <u, n> and <y, n> for a unit normal n."""
normal_square = sp.Symbol("n_n", positive=True)

place, label, maximiser, other = (random_vector(name) for name in ("x", "y", "z", "v"))
"""The start, the atom that wins, the atom with the largest <x, z>, and any atom."""
normal = random_vector("n")
group = sp.Symbol("W")

_s = sp.Symbol("s", positive=True)
_height = sp.Function("h", real=True)
_weights = tuple(sp.Function(f"k_{k}", positive=True) for k in range(2))
"""Weights of two pairs at the mirror, divided by the sum of all weights; functions of tau for each normal."""
_pairs = tuple(sp.Function(f"p_{k}", real=True) for k in range(2))
"""<y, n> for one atom y of each pair, as functions of the normal; 0 for atoms on the mirror."""


def reflection_gain() -> Expr:
    """Return <x, s y> - <x, y> in <x, n>, <y, n> and |n|^2."""
    return -2 * first_height * second_height / normal_square


def reflection_residuals(claimed: Expr) -> dict[str, Expr]:
    """Return what `claimed` leaves over of the gain, and what makes a pair of mirror images a pair."""
    x, y, n = (sp.Matrix(sp.symbols(f"{name}_1:4", real=True)) for name in "xyn")
    image = y - 2 * y.dot(n) / n.dot(n) * n
    gain = claimed.subs({first_height: x.dot(n), second_height: y.dot(n), normal_square: n.dot(n)}, simultaneous=True)
    return {
        "gain": x.dot(image) - x.dot(y) - gain,
        "equal length": image.dot(image) - y.dot(y),
        "opposite heights": image.dot(n) + y.dot(n),
    }


def pair_velocity() -> Expr:
    """Return the velocity of the height <u, n> by a pair, in <u, n>, <y, n> and tau, without the weight at the mirror.

    `<y, n> (exp(tau <u, n><y, n>) - exp(-tau <u, n><y, n>))`.
    """
    exponent = tau * first_height * second_height
    return second_height * (exp(exponent) - exp(-exponent))


def pair_velocity_residuals(claimed: Expr) -> dict[str, Expr]:
    """Return what `claimed` leaves over of the velocity of a pair, whose weight at the mirror is a common factor."""
    across = sp.symbols("u_2 y_2", real=True)

    def weight(height: Expr) -> Expr:
        inner = first_height * height + across[0] * across[1]
        return exp(tau * inner - tau**2 * (height**2 + across[1] ** 2) / 2)

    summed = second_height * weight(second_height) - second_height * weight(-second_height)
    at_mirror = weight(second_height).subs(first_height, 0)
    return {
        "velocity": summed - at_mirror * claimed,
        "the mirror is invariant": claimed.subs(first_height, 0),
        "atoms on the mirror": claimed.subs(second_height, 0),
    }


def shift_residuals(claimed: Expr) -> dict[str, Expr]:
    """Return what `claimed`, a shift of u in tau and p, leaves over of log-weights of atoms that are shifted by p.

    They differ by a part without y, which all atoms have in common; one coordinate decides.
    """
    u, y = sp.symbols("u y", real=True)

    def log_weight(at: Expr, atom: Expr) -> Expr:
        return tau * at * atom - tau**2 * atom**2 / 2

    change = log_weight(u + claimed, y + offset) - log_weight(u, y)
    return {
        "log-weights": sp.diff(change, y),
        "velocity": sp.diff(claimed, tau) - offset,
        "at the prior": claimed.subs(tau, 0),
    }


offset = sp.Symbol("p", real=True)
"""One coordinate of a shift of the data."""


def shift() -> Expr:
    """Return by what u is shifted where the data are shifted by p: `tau p`."""
    return tau * offset


@cache
def derive_pair_pushes_away() -> Derivation:
    """Derive `0 <= <u, n> v` for the velocity v of a pair: it is an integral of something positive."""
    share = sp.Symbol("r", real=True)
    g, p = first_height, second_height
    power = exp(tau * g * p * share)
    return (
        Derivation("A pair of mirror images pushes away from the mirror")
        .at_most(0, tau * (g * p) ** 2 * power, name="integrand")
        .apply(
            integrate, "integrand", variable=share, lower=-1, upper=1, left=0, right=g * p * power, name="integrated"
        )
        .apply(combine, "integrated", left=0, right=g * pair_velocity(), factors=(1,), name="pushes away")
    )


def _flow_equation(root: Expr) -> ForAll:
    """Return the equation of the height: its velocity is that of the pairs."""
    velocity = sum(
        w(_s, root)
        * pair_velocity().subs({first_height: _height(_s, root), second_height: p(root), tau: _s}, simultaneous=True)
        for w, p in zip(_weights, _pairs, strict=True)
    )
    return ForAll(_s, sp.Eq(_height(_s, root).diff(_s), velocity))


@cache
def derive_no_crossing() -> Derivation:
    """Derive `0 < <u, n>` for every tau where it is so at tau = 0: the square of the height does not fall."""
    h, start = _height(_s, normal), Inner(place, normal)
    late = _height(tau, normal)
    started = (
        Derivation("No trajectory reaches a mirror")
        .assume(_flow_equation(normal), name="flow")
        .lemma(derive_pair_pushes_away(), name="pair")
    )
    for k, p in enumerate(_pairs):
        at = {first_height: h, second_height: p(normal), tau: _s}
        started = started.apply("instance", "pair", values=at, name=f"pair {k}")
    return (
        started.apply(
            combine,
            *("pair 0", "pair 1", "flow"),
            left=0,
            right=(h**2).diff(_s),
            factors=(*(2 * w(_s, normal) for w in _weights), -2 * h),
            name="growing square",
        )
        .apply(integrate, "growing square", variable=_s, lower=0, upper=tau, left=0, right=h**2, name="grown square")
        .assume(sp.Eq(_height(0, normal), start), name="start")
        .assume(sp.StrictGreaterThan(start, 0), name="on one side")
        .below(0, _height(0, normal), using=("start", "on one side"), name="first height")
        .below(0, _height(0, normal) ** 2, using=("first height",), name="first square")
        .apply(combine, "first square", "grown square", left=0, right=late**2, factors=(1, 1), name="never 0")
        .apply(
            keeps_sign, "never 0", "first height", variable=tau, function=late, start=0, end=sp.oo, name="no crossing"
        )
    )


def chamber_statement(point: Expr) -> Statement:
    """State `0 <= <point, n>`."""
    return at_most(0, Inner(point, normal))


@cache
def derive_label_in_chamber() -> Derivation:
    """Derive `0 <= <y, n>` for the atom that wins, where u/tau tends to y and `<x, n> > 0`."""
    late = _height(tau, normal)
    return (
        Derivation("The winning atom is in the closed chamber of the start")
        .lemma(derive_no_crossing(), name="no crossing")
        .apply(combine, "no crossing", left=0, right=late / tau, factors=(1 / tau,), name="order")
        .assume(Approaches(late / tau, tau, sp.oo, Inner(label, normal)), name="label")
        .apply(limit_of_constant, value=0, variable=tau, point=sp.oo, name="constant")
        .apply(limit_at_most, "order", "constant", "label", name="chamber")
    )


@cache
def derive_maximiser_in_chamber() -> Derivation:
    """Derive `0 <= <z, n>` for an atom z with the largest `<x, z>`: its mirror image has no larger one."""
    inner, heights = Inner(place, maximiser), (Inner(place, normal), Inner(maximiser, normal))
    gain = reflection_gain().subs({first_height: heights[0], second_height: heights[1], normal_square: 1})
    return (
        Derivation("The atom of largest inner product is in the closed chamber")
        .assume(sp.LessThan(inner + gain, inner), name="maximal")
        .assume(sp.StrictGreaterThan(heights[0], 0), name="on one side")
        .apply(
            combine,
            *("maximal", "on one side"),
            left=0,
            right=heights[1],
            factors=(1 / (2 * heights[0]), 0),
            name="chamber",
        )
    )


def orbit_statement(winner: Expr) -> Statement:
    """State that no atom v has a larger inner product with x than `winner`."""
    return at_most(Inner(place, other), Inner(place, winner))


@cache
def derive_reflection_orbit() -> Derivation:
    """Derive `<x, v> <= <x, y>` for the atom y that wins and every atom v, where x is on no mirror."""
    root = (Root(normal, group),)
    return (
        Derivation("Equal weights on an orbit of a reflection group")
        .lemma(derive_label_in_chamber(), name="label")
        .apply(weaken, "label", hypotheses=root, name="label in chamber")
        .lemma(derive_maximiser_in_chamber(), name="maximiser")
        .apply(weaken, "maximiser", hypotheses=root, name="maximiser in chamber")
        .apply(
            orbit_meets_chamber_once,
            *("maximiser in chamber", "label in chamber"),
            first=maximiser,
            second=label,
            place=place,
            root=normal,
            against=place,
            group=group,
            name="one atom",
        )
        .assume(sp.LessThan(Inner(place, other), Inner(place, maximiser)), name="largest")
        .apply(chain, "largest", "one atom", name="label is the largest")
    )
