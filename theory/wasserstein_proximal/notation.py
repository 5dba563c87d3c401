"""Symbols of the Wasserstein proximal system, named once.

The mean-field game: rho starts at a given rho_0 and moves by `d_t rho + div(rho (b + v)) = (sigma^2/2) Lap rho` for
0 < t < T; the velocity v minimises

    int int (|v|^2/2 + q) rho dx dt + int g rho dx at t = T,

with a drift b(t, x), a running cost q(t, x) and a terminal cost g(x). `phi` is the potential of the optimal velocity,
minus the value function; `eta = exp(phi/sigma^2)` its Cole-Hopf transform. Time runs from noise (t = 0) to data
(t = T), against the noising process. All quantities are dimensionless.

    paper   here            meaning
    pi      target          the density that the terminal cost prefers: of the data
    V       -log pi         g under `cross_entropy`; sigma^2 times it under `scaled_cross_entropy`
    beta    sigma^2/2       diffusivity
            s, m            standard deviation and mean of a Gaussian target, one coordinate
"""

from enum import StrEnum
from typing import final

from sympy import Basic, Derivative, Expr, Function, S, Symbol, preorder_traversal, symbols
from sympy.core.function import AppliedUndef

t = Symbol("t", real=True)
horizon = Symbol("T", positive=True)
sigma = Symbol("sigma", positive=True)
scale = Symbol("s", positive=True)
mean = Symbol("m", real=True)
places = symbols("x y z", real=True)
"""Coordinates of R^d, d <= 3."""
x = places[0]
DIMENSIONS = (1, 2, 3)


@final
class TerminalCost(StrEnum):
    """What the terminal cost is: `cross_entropy` is -int log pi rho, the other sigma^2 times that."""

    CROSS_ENTROPY = "cross_entropy"
    SCALED_CROSS_ENTROPY = "scaled_cross_entropy"


def field(name: str, dimension: int, *, positive: bool = False) -> Expr:
    """Return an undefined function of t and the first coordinates, real or positive."""
    kind = {"positive": True} if positive else {"real": True}
    return Function(name, **kind)(t, *places[:dimension])


def vector_field(name: str, dimension: int) -> tuple[Expr, ...]:
    """Return the components of an undefined vector field, named `b_1, b_2, ...`."""
    return tuple(field(f"{name}_{k + 1}", dimension) for k in range(dimension))


def gradient(function: Expr, dimension: int) -> tuple[Expr, ...]:
    """Return the derivatives in the first coordinates."""
    return tuple(function.diff(place) for place in places[:dimension])


def divergence(vector: tuple[Expr, ...]) -> Expr:
    """Return the divergence of a vector field with as many components as there are coordinates."""
    return sum((part.diff(place) for part, place in zip(vector, places, strict=False)), S.Zero)


def laplacian(function: Expr, dimension: int) -> Expr:
    """Return the sum of second derivatives in the first coordinates."""
    return divergence(gradient(function, dimension))


def dot(first: tuple[Expr, ...], second: tuple[Expr, ...]) -> Expr:
    """Return the inner product of two vectors of the same length."""
    return sum((a * b for a, b in zip(first, second, strict=True)), S.Zero)


def as_jets(expression: Expr) -> Expr:
    """Name the values of undefined functions and of their derivatives, `eta_xx` for the second of eta in x.

    At a point these values are independent of each other, so an identity between smooth functions in their
    derivatives holds where it holds between the names; the functions' signs are kept.
    """
    table: dict[Basic, Symbol] = {}
    for node in preorder_traversal(expression):
        if isinstance(node, Derivative) and isinstance(node.expr, AppliedUndef):
            orders = "".join(variable.name for variable in node.variables)
            table[node] = Symbol(f"{node.expr.func.__name__}_{orders}", real=True)
        elif isinstance(node, AppliedUndef):
            kind = {"positive": True} if node.is_positive else {"real": True}
            table[node] = Symbol(node.func.__name__, **kind)
    return expression.xreplace(table)
