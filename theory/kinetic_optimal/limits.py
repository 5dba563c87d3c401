"""Limits of the separation function along sequences of data sets, derived from the entropy ceiling by squeezing.

    derive_limit          n/sqrt(d) -> 0 implies lambda -> 1
    derive_growth_limit   n <= d^2 and d -> oo imply lambda -> 1

The entropy ceiling enters with H <= log n: v <= (1 - exp(-2 log(n)/d))/gamma.
"""

import sympy as sp

from .. import gaussian_channel as channel
from ..derivation import Derivation
from ..rules import chain, combine, limit_of_function, limit_of_reciprocal, monotone, squeeze, tangent_line
from ..statement import Approaches, ForAll, Statement, tends

_x = sp.Symbol("x", real=True)
_k = sp.Symbol("k", positive=True)
_error_along = sp.Function("v", nonnegative=True)(_k)
_size = sp.Function("n", positive=True)(_k)
_dimension = sp.Function("d", positive=True)(_k)


def along_sequence(condition: sp.Expr, n: sp.Symbol, d: sp.Symbol) -> sp.Expr:
    """Write a condition in the symbols n and d along a sequence of data sets."""
    return condition.subs({n: _size, d: _dimension}, simultaneous=True)


def separation_tends(limit: sp.Expr) -> Statement:
    """State that the separation function tends to `limit` along the sequence, at every s."""
    return tends(1 - _error_along, _k, sp.oo, limit)


def derive_limit(condition: sp.Expr) -> Derivation:
    """Derive `lambda -> 1` along a sequence on which `condition` >= n/sqrt(d), in n(k) and d(k), tends to 0.

    The premise v <= (1 - exp(-2 log(n)/d))/gamma is the entropy ceiling with H <= log n.
    """
    g, n, d = channel.g, _size, _dimension
    rate = sp.log(n) / d
    return (
        Derivation("Separation along a sequence of data sets")
        .assume(ForAll(_k, _error_along <= (1 - sp.exp(-2 * rate)) / g), name="entropy ceiling")
        .assume(ForAll(_k, sp.Ge(d, 1)), name="d at least 1")
        .assume(Approaches(condition, _k, sp.oo, 0), name="condition")
        .apply(
            tangent_line,
            function=sp.Lambda(_x, sp.exp(_x)),
            point=-2 * rate,
            touching=0,
            shape="convex",
            name="exponential above its tangent",
        )
        .apply(
            tangent_line,
            function=sp.Lambda(_x, sp.log(_x)),
            point=n,
            touching=1,
            shape="concave",
            lower=0,
            name="logarithm below its tangent",
        )
        .apply(monotone, "d at least 1", function=sp.Lambda(_x, sp.sqrt(_x)), name="root at least 1")
        .apply(combine, "root at least 1", left=n / d, right=n / sp.sqrt(d), factors=(n / d,), name="weaker by a root")
        .at_most(n / sp.sqrt(d), condition, name="claimed condition")
        .apply(chain, "weaker by a root", "claimed condition", name="rate at most the condition")
        .apply(
            combine,
            *(
                "entropy ceiling",
                "exponential above its tangent",
                "logarithm below its tangent",
                "rate at most the condition",
            ),
            left=_error_along,
            right=2 * condition / g - 2 / (g * d),
            factors=(1, 1 / g, 2 / (g * d), 2 / g),
            name="error at most",
        )
        .at_most(2 * condition / g - 2 / (g * d), 2 * condition / g, name="room")
        .apply(chain, "error at most", "room", name="ceiling")
        .apply(limit_of_function, "condition", function=sp.Lambda(_x, 2 * _x / g), name="ceiling tends to 0")
        .at_most(0, _error_along, name="floor")
        .apply(squeeze, "floor", "ceiling", "ceiling tends to 0", name="error tends to 0")
        .apply(limit_of_function, "error tends to 0", function=sp.Lambda(_x, 1 - _x), name="separation tends to 1")
    )


_d = sp.Symbol("d", positive=True)
_growing_error = sp.Function("v", nonnegative=True)(_d)


def growing_separation_tends(limit: sp.Expr) -> Statement:
    """State that the separation function tends to `limit` as the dimension grows, at every s."""
    return tends(1 - _growing_error, _d, sp.oo, limit)


def derive_growth_limit(size: sp.Expr) -> Derivation:
    """Derive `lambda -> 1` for data sets of n(d) <= `size` points, size <= d^2, as d tends to infinity."""
    g = channel.g
    n = sp.Function("n", positive=True)(_d)
    error = _growing_error
    root = sp.sqrt(_d)
    return (
        Derivation("Separation of data sets that grow with the dimension")
        .assume(ForAll(_d, error <= (1 - sp.exp(-2 * sp.log(n) / _d)) / g), name="entropy ceiling")
        .assume(ForAll(_d, n <= size), name="size")
        .at_most(size, _d**2, name="at most the square")
        .apply(chain, "size", "at most the square", name="at most d^2")
        .apply(monotone, "at most d^2", function=sp.Lambda(_x, sp.log(_x)), direction="increasing", name="logarithms")
        .apply(
            tangent_line,
            function=sp.Lambda(_x, sp.exp(_x)),
            point=-2 * sp.log(n) / _d,
            touching=0,
            shape="convex",
            name="exponential above its tangent",
        )
        .apply(
            tangent_line,
            function=sp.Lambda(_x, sp.log(_x)),
            point=root,
            touching=1,
            shape="concave",
            lower=0,
            name="logarithm below its tangent",
        )
        .equal(sp.log(_d**2), 4 * sp.log(root), name="logarithm of a power")
        .apply(
            combine,
            *(
                "entropy ceiling",
                "exponential above its tangent",
                "logarithms",
                "logarithm of a power",
                "logarithm below its tangent",
            ),
            left=error,
            right=8 * (root - 1) / (g * _d),
            factors=(1, 1 / g, 2 / (g * _d), 2 / (g * _d), 8 / (g * _d)),
            name="error at most",
        )
        .at_most(8 * (root - 1) / (g * _d), 8 * sp.sqrt(1 / _d) / g, name="room")
        .apply(chain, "error at most", "room", name="ceiling")
        .apply(limit_of_reciprocal, variable=_d, name="1/d")
        .apply(limit_of_function, "1/d", function=sp.Lambda(_x, 8 * sp.sqrt(_x) / g), name="ceiling tends to 0")
        .at_most(0, error, name="floor")
        .apply(squeeze, "floor", "ceiling", "ceiling tends to 0", name="error tends to 0")
        .apply(limit_of_function, "error tends to 0", function=sp.Lambda(_x, 1 - _x), name="separation tends to 1")
    )
