"""Three atoms of equal weight that are not on a line: Phi_oo is optimal if and only if the triangle is equilateral.

    laguerre_advantage       far out across a side the cells of optimal transport meet at a constant offset o
    derive_offsets_agree     which is that of the flow's basins (`far_field`), if Phi_oo is optimal
    derive_compatibility     so l_12 c_12 + l_23 c_23 + l_31 c_31 = 0: any weights, l the sides' lengths
    derive_offset_is_zero    equal weights: c_ij = 0
    derive_centre            so the point that is common to the three borders is 0
    cell_angle               the cell of y_i is a cone of angle pi - alpha_i, alpha_i the triangle's angle at y_i
    derive_cone_mass         of Gaussian mass (pi - alpha_i)/(2 pi)
    derive_angle             1/3 means alpha_i = pi/3
    equilateral_residuals    conversely the equilateral triangle is an orbit of a reflection group (`reflection`)

A Laguerre cell is the set of x with `<x, y_i> - psi_i >= <x, y_j> - psi_j` for each j; the optimal map from N(0, I)
takes each cell to its atom (cited: Brenier's theorem, see `optimality`, and duality). Both maps are constant near every
point far out across a side with an offset c other than o and c_ij: if they agree almost everywhere, they agree there.
With c = c_ij - eps the flow ends at y_i, so that y_j is not preferred, and with c_ij + eps conversely.

The three borders `<x, y_j - y_i> = psi_j - psi_i` have one common point p, as two of the equations give the third and
the sides are not parallel. The first necessary condition holds for any weights; for equal ones it says nothing, and the
masses decide.
"""

from functools import cache

import sympy as sp
from sympy import Expr, cos, diff, exp, pi, sin

from ..derivation import Derivation
from ..rules import (
    antisymmetry,
    combine,
    inverse_monotone,
    limit_at_most,
    limit_of_constant,
    limit_of_function,
    limit_of_reciprocal,
    monotone,
    solve_linear,
    squeeze,
    tangent_line,
)
from ..statement import ForAll, Statement, equal, tends
from .far_field import distance, offset
from .third_atom import border_share, depth, normal_mass, separation, third_along, weights

potentials = sp.symbols("psi_i psi_j psi_k", real=True)
border = sp.Symbol("o", real=True)
"""The offset of the border of two Laguerre cells, (psi_j - psi_i)/D."""
angle, opening, radius = sp.symbols("alpha theta rho", positive=True)
offsets = sp.symbols("c_12 c_23 c_31", real=True)
lengths = sp.symbols("l_12 l_23 l_31", positive=True)

_margin = sp.Symbol("eps", positive=True)
_centre = sp.Matrix(sp.symbols("p_1 p_2", real=True))
_corners = tuple(sp.Matrix(sp.symbols(f"y_{k}1 y_{k}2", real=True)) for k in (1, 2, 3))


def laguerre_advantage() -> Expr:
    """Return by how much y_j is preferred to y_i at x = R n + c e, in c, o and D: `D (c - o)`."""
    return separation * (offset - border)


def laguerre_residuals(claimed: Expr) -> dict[str, Expr]:
    """Return what `claimed` leaves over of the preference of y_j to y_i, and the growth of that of y_i to y_k.

    Coordinates as in `far_field`; `behind` says that the third atom loses by H for each unit of R.
    """
    place = (offset, distance)
    atoms = ((-separation / 2, sp.S.Zero), (separation / 2, sp.S.Zero), (third_along, -depth))
    values = [sum(x * y for x, y in zip(place, atom, strict=True)) for atom in atoms]
    scores = [value - potential for value, potential in zip(values, potentials, strict=True)]
    stated = claimed.subs(border, (potentials[1] - potentials[0]) / separation)
    return {"side": scores[1] - scores[0] - stated, "behind": diff(scores[0] - scores[2], distance) - depth}


def offsets_statement(found: Expr) -> Statement:
    """State that the offset of the Laguerre cells' border is `found`."""
    return equal(border, found)


@cache
def derive_offsets_agree() -> Derivation:
    """Derive `o = c_ij`, where y_j is not preferred at c_ij - eps, nor y_i at c_ij + eps, for every eps > 0."""
    z = sp.Symbol("z", real=True)
    count = sp.Symbol("n", positive=True)
    flow, preference = offsets[0], laguerre_advantage()
    started = (
        Derivation("Borders of basins and of cells have the same offset")
        .assume(ForAll(_margin, preference.subs(offset, flow - _margin) <= 0), name="y_i below")
        .assume(ForAll(_margin, preference.subs(offset, flow + _margin) >= 0), name="y_j above")
        .apply(limit_of_reciprocal, variable=count, name="margin")
        .apply(limit_of_constant, value=border, variable=count, point=sp.oo, name="cells")
    )
    for name, sign, sides in (("y_i below", -1, ("limit", "cells")), ("y_j above", 1, ("cells", "limit"))):
        ends = (flow - 1 / count, border) if sign == -1 else (border, flow + 1 / count)
        started = (
            started.apply("instance", name, values={_margin: 1 / count}, name="preference")
            .apply(combine, "preference", left=ends[0], right=ends[1], factors=(1 / separation,), name="order")
            .apply(limit_of_function, "margin", function=sp.Lambda(z, flow + sign * z), name="limit")
            .apply(limit_at_most, "order", *sides, name=f"bound {name}")
        )
    return started.apply(antisymmetry, "bound y_j above", "bound y_i below", name="offsets agree")


def _edges() -> tuple[sp.Matrix, ...]:
    first, second, third = _corners
    return second - first, third - second, first - third


def compatibility_statement(total: Expr) -> Statement:
    """State that `sum l_ij c_ij`, around the triangle, is `total`."""
    return equal(sum((a * c for a, c in zip(lengths, offsets, strict=True)), sp.S.Zero), total)


@cache
def derive_compatibility() -> Derivation:
    """Derive `l_12 c_12 + l_23 c_23 + l_31 c_31 = 0` where one point p has `<p, e_ij> = c_ij` for the three sides."""
    started = Derivation("A necessary condition for any weights")
    names = tuple(f"side {k}" for k in range(3))
    for name, edge, a, c in zip(names, _edges(), lengths, offsets, strict=True):
        started = started.assume(sp.Eq(_centre.dot(edge), a * c), name=name)
    stated = compatibility_statement(sp.S.Zero)
    return started.apply(
        combine, *names, left=stated.left, right=stated.right, factors=(-1, -1, -1), name="compatibility"
    )


@cache
def derive_offset_is_zero() -> Derivation:
    """Derive `c_ij = 0` for equal weights, where `Phi(c_ij) = w_i/(w_i + w_j)`."""
    z = sp.Symbol("z", real=True)
    mass, half = normal_mass(offsets[0]), border_share()
    started = (
        Derivation("Offset for equal weights")
        .assume(sp.Eq(mass, half), name="mass")
        .assume(sp.Eq(weights[0], weights[1]), name="equal weights")
        .equal(half, sp.Rational(1, 2), using=("equal weights",), name="share")
        .equal(mass, sp.Rational(1, 2), using=("mass", "share"), name="half")
        .equal(sp.Rational(1, 2), mass, using=("half",), name="reversed")
    )
    order = {"function": sp.Lambda(z, normal_mass(z))}
    return (
        started.apply(inverse_monotone, "half", left=offsets[0], right=0, name="at most", **order)
        .apply(inverse_monotone, "reversed", left=0, right=offsets[0], name="at least", **order)
        .apply(antisymmetry, "at most", "at least", name="offset")
    )


@cache
def derive_centre() -> Derivation:
    """Derive `p_1 = 0` for the point p with `<p, y_2 - y_1> = 0 = <p, y_1 - y_3>`; p_2 by exchanging coordinates."""
    first, _, last = _edges()
    determinant = first[0] * last[1] - first[1] * last[0]
    return (
        Derivation("The common point of the borders")
        .assume(sp.Eq(_centre.dot(first), 0), name="first side")
        .assume(sp.Eq(_centre.dot(last), 0), name="last side")
        .apply(
            combine,
            *("first side", "last side"),
            left=determinant * _centre[0],
            right=0,
            factors=(last[1], -first[1]),
            name="determinant",
        )
        .apply("weaken", "determinant", hypotheses=(sp.Ne(determinant, 0),), name="not on a line")
        .apply(solve_linear, "not on a line", left=_centre[0], right=0, factor=determinant, name="centre")
    )


def cell_angle() -> Expr:
    """Return the angle of the cell of an atom in the triangle's angle there: `pi - alpha`."""
    return pi - angle


def cell_angle_residuals(claimed: Expr) -> dict[str, Expr]:
    """Return what `claimed` leaves over of the angle between the two rays that bound the cell of y_i.

    The sides at y_i are A and B, with the angle alpha from A to B; the cell is where <x, A> <= 0 and <x, B> <= 0. Its
    rays are A turned by -90 degrees and B turned by 90; a cosine and a sine are those of one angle up to 2 pi, and both
    angles are below that.
    """
    first, second = sp.symbols("a b", positive=True)
    turned = sp.Symbol("phi", real=True)
    side_a = first * sp.Matrix([cos(turned), sin(turned)])
    side_b = second * sp.Matrix([cos(turned + angle), sin(turned + angle)])
    ray_a, ray_b = sp.Matrix([side_a[1], -side_a[0]]), sp.Matrix([-side_b[1], side_b[0]])
    product, turn = ray_a.dot(ray_b), ray_a[0] * ray_b[1] - ray_a[1] * ray_b[0]
    size = first * second
    return {
        "a ray is on the border with y_j": ray_a.dot(side_a),
        "and on the side of y_i from y_k": ray_a.dot(side_b) + size * sin(angle),
        "a ray is on the border with y_k": ray_b.dot(side_b),
        "and on the side of y_i from y_j": ray_b.dot(side_a) + size * sin(angle),
        "cosine": product - size * cos(claimed),
        "sine": turn + size * sin(claimed),
    }


def cone_mass_within() -> Expr:
    """Return the Gaussian mass of a cone of angle theta within the distance rho of its apex 0."""
    return opening * (1 - exp(-(radius**2) / 2)) / (2 * pi)


def cone_mass_residuals(claimed: Expr) -> dict[str, Expr]:
    """Return what `claimed`, in theta and rho, leaves over of the Gaussian density in polar coordinates."""
    place = sp.Matrix([radius * cos(opening), radius * sin(opening)])
    area = place.jacobian([radius, opening]).det()
    density = exp(-place.dot(place) / 2) / (2 * pi)
    return {
        "density": diff(claimed, opening, radius) - density * area,
        "at the apex": claimed.subs(radius, 0),
        "of no angle": claimed.subs(opening, 0),
    }


def cone_mass() -> Expr:
    """Return the Gaussian mass of a cone: `theta/(2 pi)`."""
    return opening / (2 * pi)


def cone_mass_statement(limit: Expr) -> Statement:
    """State that the mass of the cone within rho tends to `limit` as rho grows."""
    return tends(cone_mass_within(), radius, sp.oo, limit)


@cache
def derive_cone_mass() -> Derivation:
    """Derive that the Gaussian mass of a cone is `theta/(2 pi)`."""
    z = sp.Symbol("z", real=True)
    half, rest = radius**2 / 2, exp(-(radius**2) / 2)
    return (
        Derivation("Gaussian mass of a cone")
        .apply(tangent_line, function=sp.Lambda(z, exp(z)), point=half, touching=0, shape="convex", name="tangent")
        .at_most(half, 1 + half, name="step")
        .apply("chain", "step", "tangent", name="growth")
        .apply(monotone, "growth", function=sp.Lambda(z, 1 / z), direction="decreasing", name="decay")
        .at_most(rest, 2 / radius**2, using=("decay",), name="ceiling")
        .at_most(0, rest, name="floor")
        .apply(limit_of_reciprocal, variable=radius, name="reciprocal")
        .apply(limit_of_function, "reciprocal", function=sp.Lambda(z, 2 * z**2), name="limit")
        .apply(squeeze, "floor", "ceiling", "limit", name="rest")
        .apply(limit_of_function, "rest", function=sp.Lambda(z, opening * (1 - z) / (2 * pi)), name="mass")
    )


def cell_mass() -> Expr:
    """Return the mass of the cell of an atom in the triangle's angle there: `(pi - alpha)/(2 pi)`."""
    return cone_mass().subs(opening, cell_angle())


def angle_statement(found: Expr) -> Statement:
    """State that the triangle's angle is `found`."""
    return equal(angle, found)


@cache
def derive_angle() -> Derivation:
    """Derive `alpha = pi/3` where the cell has the mass of its atom, 1/3."""
    return (
        Derivation("The angle of a triangle of equal weights")
        .assume(sp.Eq(cell_mass(), sp.Rational(1, 3)), name="mass")
        .apply(solve_linear, "mass", left=angle, right=pi / 3, factor=-1 / (2 * pi), name="angle")
    )


def equilateral_residuals(claimed: Expr) -> dict[str, Expr]:
    """Return what is left over of an orbit where neighbours, seen from the centre, are at the angle `claimed`.

    The mirror through each corner exchanges the other two. With `2 pi/3` these are three corners, and the mirrors of
    the group of the equilateral triangle.
    """
    turned = sp.Symbol("phi", real=True)

    def corner(k: int) -> sp.Matrix:
        return sp.Matrix([cos(turned + k * claimed), sin(turned + k * claimed)])

    residuals: dict[str, Expr] = {"three corners": (corner(3) - corner(0)).dot(corner(0))}
    for k in range(3):
        here, following, last = (corner((k + j) % 3) for j in range(3))
        normal = sp.Matrix([-here[1], here[0]])
        image = following - 2 * following.dot(normal) * normal
        for coordinate in range(2):
            residuals[f"mirror {k + 1}, coordinate {coordinate + 1}"] = image[coordinate] - last[coordinate]
    return residuals


def equilateral_angle() -> Expr:
    """Return the angle between neighbouring corners of the equilateral triangle, seen from its centre."""
    return 2 * pi / 3
