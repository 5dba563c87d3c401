"""What makes a map optimal for the quadratic cost, and what shows that it is not.

    derive_gradient_is_optimal   W = grad phi(U), phi convex:  W_2(U, W)^2 = E|U - W|^2, in every dimension
    exchange_gain                2 <x_1 - x_2, y_1 - y_2>: by what two pairs cost more when their ends change places

So a gradient of a convex function is optimal between its two laws; and a map with a pair of points at which the
exchange gain is negative is not, if it is continuous near both points and the source has a positive density there:
exchanging the ends of two small pieces of equal mass lowers the cost. A map with a symmetric positive semidefinite
Jacobian on all of R^d is such a gradient (Poincare's lemma, convexity by the second derivative).

Cited, not derived: the optimal map from a law with a density exists and is unique up to null sets (Brenier's theorem),
so that an optimal map may be called *the* Brenier map. Optimality itself needs no citation.

References: [brenier1991]; [villani2003] for the duality argument, which is derived here from the Fenchel-Young
inequality and its equality case.
"""

from functools import cache

import sympy as sp
from sympy import Expr

from ..coordinates import IndexSum, point
from ..derivation import Derivation
from ..expectation import FieldMean, Inner, Mean, bilinearity, random_vector
from ..rules import antisymmetry, chain, combine
from ..statement import Statement, equal
from ..transport import (
    Wasserstein,
    coupling_bound,
    drop_copy,
    fenchel_equality,
    fenchel_young,
    infimum_over_couplings,
    same_law,
)
from .ornstein_uhlenbeck import d

source = random_vector("U")
image = random_vector("W")
"""grad phi(U)."""
_copy = random_vector("V")
_potential, _conjugate = (sp.Function(name, real=True)(point("u")) for name in ("phi", "psi"))


def _cost(vector: Expr) -> Expr:
    return Mean(Inner(source - vector, source - vector))


def optimality_statement(multiple: Expr) -> Statement:
    """State that the least cost is `multiple` times the cost of the map: the map is optimal where that is 1."""
    return equal(Wasserstein(source, image) ** 2, multiple * _cost(image))


@cache
def derive_gradient_is_optimal() -> Derivation:
    """Derive `W_2(U, W)^2 = E|U - W|^2` for W in the subdifferential of a convex function at U, in every dimension."""
    pair = {"potential": _potential, "conjugate": _conjugate, "dimension": d}
    square, potential = Mean(Inner(_copy, _copy)), IndexSum(_conjugate, (), d)
    return (
        Derivation("The gradient of a convex function is optimal")
        .apply(fenchel_young, **pair, first=source, second=_copy, name="Fenchel-Young")
        .apply(fenchel_equality, **pair, vector=source, image=image, name="equality")
        .apply(same_law, node=FieldMean(potential, _copy), copy=_copy, original=image, name="conjugate at a copy")
        .apply(same_law, node=square, copy=_copy, original=image, name="moment of a copy")
        .apply(bilinearity, mean=_cost(_copy), name="cost of a coupling")
        .apply(bilinearity, mean=_cost(image), name="cost of the map")
        .apply(
            combine,
            *("Fenchel-Young", "equality", "conjugate at a copy", "cost of a coupling", "cost of the map"),
            "moment of a copy",
            left=_cost(image),
            right=_cost(_copy),
            factors=(2, -2, 2, -1, 1, -1),
            name="no coupling costs less",
        )
        .apply(infimum_over_couplings, "no coupling costs less", first=source, second=_copy, factor=1, name="infimum")
        .apply(same_law, node=Wasserstein(source, _copy), copy=_copy, original=image, name="distance of a copy")
        .equal(Wasserstein(source, _copy) ** 2, Wasserstein(source, image) ** 2, using=("distance of a copy",))
        .apply(chain, "infimum", -1, name="floor at a copy")
        .apply(drop_copy, "floor at a copy", copy=_copy, original=image, name="floor")
        .apply(coupling_bound, first=source, second=image, name="ceiling")
        .apply(antisymmetry, "ceiling", "floor", name="optimal")
    )


def exchange_gain() -> Expr:
    """Return, per coordinate, what the cost of two pairs rises by when their ends are exchanged.

    In the symbols x_1, x_2, y_1, y_2 of one coordinate: `2 (x_1 - x_2)(y_1 - y_2)`.
    """
    x1, x2, y1, y2 = exchange_symbols
    return 2 * (x1 - x2) * (y1 - y2)


exchange_symbols = sp.symbols("x_1 x_2 y_1 y_2", real=True)


def exchange_residuals(claimed: Expr) -> dict[str, Expr]:
    """Return what `claimed`, in x_1, x_2, y_1, y_2, leaves over of the costs after and before the exchange.

    Costs in d dimensions are sums over coordinates.
    """
    x1, x2, y1, y2 = exchange_symbols
    after, before = (x1 - y2) ** 2 + (x2 - y1) ** 2, (x1 - y1) ** 2 + (x2 - y2) ** 2
    return {"cost after the exchange": after - before - claimed}
