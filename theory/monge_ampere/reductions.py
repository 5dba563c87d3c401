"""What reduces to fewer dimensions: products, collinear data, two atoms.

    product_velocity        independent groups of coordinates do not see each other
    transverse_velocity     across the line of collinear data the velocity is constant

A collinear set, two atoms among them, is the product of a law on its line with one atom across it: only inner products
enter the flow, so that coordinates may be turned. The map of a product is (F_1(u_1), F_2(u_2)): where F_1 and F_2 are
gradients of convex functions it is that of their sum. On the line they always are (`one_dimension`), so that Phi_oo is
optimal for collinear data and for products of laws on lines.
"""

import sympy as sp
from sympy import Expr, diff, exp

from .notation import tau

own_slope, other_slope = sp.symbols("Z_1_slope Z_2_slope", real=True)
"""d log Z_1/du_1 and d log Z_2/du_2, the factors of the partition function of a product."""


def product_velocity() -> Expr:
    """Return the first velocity of product data: that of the first factor alone, `(d log Z_1/du_1)/tau`."""
    return own_slope / tau


def product_residuals(claimed: Expr) -> dict[str, Expr]:
    """Return what `claimed`, in tau and the factors' slopes, leaves over of the first velocity of a product of laws.

    Both factors are generic: any laws, each in any number of coordinates of which one is shown.
    """
    places, atoms = sp.symbols("u_1 u_2", real=True), sp.symbols("y_1 y_2", real=True)
    first, second = (sp.Function(f"Z_{k + 1}", positive=True)(places[k]) for k in range(2))
    one = [exp(tau * place * y - tau**2 * y**2 / 2) for place, y in zip(places, atoms, strict=True)]
    norm = sum(y**2 for y in atoms)
    joint = exp(tau * sum(p * y for p, y in zip(places, atoms, strict=True)) - tau**2 * norm / 2)
    slopes = {own_slope: diff(first, places[0]) / first, other_slope: diff(second, places[1]) / second}
    velocity = diff(first * second, places[0]) / (tau * first * second)
    return {
        "the weight of a pair of atoms is a product": joint - one[0] * one[1],
        "velocity": velocity - claimed.subs(slopes, simultaneous=True),
        "does not depend on the other group": diff(velocity, places[1]),
    }


offset = sp.Symbol("p", real=True)


def transverse_velocity() -> Expr:
    """Return the velocity of collinear data across their line: its constant offset p there."""
    return offset


def collinear_residuals(claimed: Expr) -> dict[str, Expr]:
    """Return what `claimed`, in p, leaves over of the velocity across the line of atoms (s_i, p).

    The law on the line is generic: Z_1 is its partition function, and the one atom p across the line the other factor.
    """
    places = sp.symbols("u_1 u_2", real=True)
    partition = sp.Function("Z_1", positive=True)(places[0]) * exp(tau * places[1] * offset - tau**2 * offset**2 / 2)
    along = diff(partition, places[0]) / (tau * partition)
    return {
        "across the line": diff(partition, places[1]) / (tau * partition) - claimed,
        "along the line nothing across it is seen": diff(along, places[1]),
    }
