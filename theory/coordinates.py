"""Sums over the coordinates of R^d, for every d at once.

A scalar field is a polynomial in sums `IndexSum(summand, (i, j), d)`: the sum over i, j = 1..d of an expression in
fields such as `F(u, i, j, g)`, where `u` is the `Point` at which everything is evaluated, the `Coordinate` symbols i, j
stand for u_i and u_j made visible so that SymPy can differentiate in them, and the rest are parameters. A field without
visible coordinates is written `F(u, g)`.

An identity between such sums holds in every dimension if it holds for each pair of indices: freeze the other
coordinates; for i != j the summands are an identity for a generic smooth function of two coordinates, for i = j of
one. `sum_over_indices` decides exactly these two identities.
"""

from collections.abc import Iterable
from typing import Any, final

import sympy as sp
from sympy.core.function import AppliedUndef
from sympy.logic.boolalg import Boolean

from .expression_text import register_class
from .generalisation import Opaque
from .kernel import Inference, rule
from .obligation import zero
from .rules.side_conditions import join, require, require_relation
from .statement import Condition, Relation, Statement, at_most, equal


@final
@register_class
class Point(sp.Symbol):
    """The point of R^d at which a field is evaluated."""


@final
@register_class
class Coordinate(sp.Symbol):
    """A coordinate of the point, with an index that a sum runs over."""

    def _latex(self, printer: Any) -> str:
        return f"u_{{{self.name}}}"


def coordinates(names: str) -> tuple[Coordinate, ...]:
    """Return coordinates with the given index names, as in `i, j = coordinates("i j")`."""
    return tuple(Coordinate(name, real=True) for name in names.split())


def point(name: str = "u") -> Point:
    """Return the point at which fields are evaluated."""
    return Point(name, real=True)


def is_field(node: sp.Basic) -> bool:
    """Say whether the node is a field at the point."""
    return isinstance(node, AppliedUndef) and bool(node.args) and isinstance(node.args[0], Point)


def _visible(node: sp.Basic) -> tuple[Coordinate, ...]:
    return tuple(arg for arg in node.args[1:] if isinstance(arg, Coordinate))


@final
@register_class
class IndexSum(Opaque):
    """`IndexSum(summand, indices, dimension)`: the summand, summed over each index from 1 to the dimension."""

    def __new__(cls, summand: Any, indices: Iterable[Coordinate], dimension: Any) -> "IndexSum":
        """Build the sum; every field of the summand shows exactly the coordinates that are summed over."""
        summand, indices = sp.sympify(summand), sp.Tuple(*indices)
        for node in sp.preorder_traversal(summand):
            if is_field(node) and _visible(node) != tuple(indices):
                raise ValueError(f"{node} does not show the coordinates {indices}")
        if summand.atoms(Coordinate) - set(indices):
            raise ValueError(f"{summand} holds coordinates that are not summed over")
        return sp.Expr.__new__(cls, summand, indices, sp.sympify(dimension))

    @property
    def bound_symbols(self) -> set[sp.Basic]:
        """The indices."""
        return set(self.args[1])

    def _eval_derivative(self, symbol: sp.Symbol) -> Any:
        if symbol in self.bound_symbols or symbol in self.args[2].free_symbols:
            return None
        slope = self.args[0].diff(symbol)
        return self.func(slope, self.args[1], self.args[2]) if slope != 0 else sp.S.Zero

    def _latex(self, printer: Any) -> str:
        body = printer._print(self.args[0])
        if not self.args[1]:
            return str(body)
        if isinstance(self.args[0], sp.Add):
            body = rf"\left({body}\right)"
        return rf"\sum_{{{','.join(i.name for i in self.args[1])}}} {body}"


def reveal(summand: sp.Expr, new: Coordinate) -> sp.Expr:
    """Show one more coordinate of every field in the summand, so that it can be differentiated in it."""

    def shown(node: sp.Basic) -> sp.Basic:
        seen = 1 + len(_visible(node))
        return node.func(*node.args[:seen], new, *node.args[seen:])

    return summand.replace(is_field, shown)


def identify(summand: sp.Expr, kept: Coordinate, merged: Coordinate) -> sp.Expr:
    """Return the diagonal part of a summand: the coordinate `merged` is the coordinate `kept`."""

    def same(node: sp.Basic) -> sp.Basic:
        return node.func(*(arg for arg in node.args if arg != merged))

    def merge(node: sp.Basic) -> sp.Basic:
        counts = [(kept if v == merged else v, n) for v, n in node.variable_count]
        return sp.Derivative(same(node.expr), *counts) if counts else same(node.expr)

    table: dict[sp.Basic, sp.Basic] = {}
    for node in sp.preorder_traversal(summand):
        if isinstance(node, sp.Derivative) and is_field(node.expr):
            table[node] = merge(node)
        elif is_field(node):
            table[node] = same(node)
    return summand.xreplace(table).xreplace({merged: kept})


def gradient_product(first: IndexSum, second: IndexSum, new: Coordinate) -> IndexSum:
    """Return <grad first, grad second>; one of them has no indices of its own."""
    if first.args[1]:
        first, second = second, first
    if first.args[1]:
        raise ValueError("one of the fields must have no indices")
    summand, indices, dimension = second.args
    factor = first.args[0]
    for index in indices:
        factor = reveal(factor, index)
    product = reveal(factor, new).diff(new) * reveal(summand, new).diff(new)
    return IndexSum(product, (*indices, new), dimension)


def laplacian(field: IndexSum, new: Coordinate) -> IndexSum:
    """Return the Laplacian of a field."""
    summand, indices, dimension = field.args
    return IndexSum(reveal(summand, new).diff(new, 2), (*indices, new), dimension)


@final
@register_class
class SpaceIntegral(Opaque):
    """`SpaceIntegral(field)`: the integral of a field over R^d."""

    @property
    def bound_symbols(self) -> set[sp.Basic]:
        """The point: it is integrated over."""
        return set(self.atoms(Point))

    def _latex(self, printer: Any) -> str:
        return rf"\int {printer._print(self.args[0])} \, du"


@final
@register_class
class CompactSupport(Condition):
    """`CompactSupport(field)`: the field is smooth and vanishes outside some ball."""

    @property
    def free_symbols(self) -> set[sp.Basic]:
        """The parameters of the field: the point is bound."""
        return set().union(*(arg.free_symbols for arg in self.args)) - set(self.atoms(Point))


_FIRST, _SECOND = coordinates("i j")


def linear_combination(expression: sp.Expr) -> list[tuple[sp.Expr, IndexSum]]:
    """Write an expression as a linear combination of sums, with factors that hold no sum.

    **Raises:** `InapplicableRuleError` where it is none.
    """
    stands = {node: sp.Dummy() for node in sorted(expression.atoms(IndexSum), key=sp.default_sort_key)}
    exposed = expression.xreplace(stands)
    parts = [(sp.diff(exposed, stand), node) for node, stand in stands.items()]
    rest = exposed.xreplace(dict.fromkeys(stands.values(), sp.S.Zero))
    linear = not any(factor.has(*stands.values()) for factor, _ in parts)
    require(linear and rest == 0, f"{expression} is not a linear combination of sums over indices")
    return parts


def _evolve(summand: sp.Expr, indices: tuple[Coordinate, ...], evolution: Statement) -> list[IndexSum]:
    """Insert d_g F = sum of R into a summand that is linear in derivatives of d_g F."""
    ((factor, left),) = linear_combination(evolution.left)
    slope = left.args[0]
    require(
        factor == 1 and isinstance(slope, sp.Derivative) and len(slope.variables) == 1, f"{evolution} is no evolution"
    )
    field, parameter, dimension = slope.expr, slope.variables[0], left.args[2]
    moving = [
        node
        for node in summand.atoms(sp.Derivative)
        if is_field(node.expr) and node.expr.func == field.func and parameter in node.variables
    ]
    stands = {node: sp.Dummy() for node in moving}
    exposed = summand.xreplace(stands)
    still = exposed.xreplace(dict.fromkeys(stands.values(), sp.S.Zero))
    found = [IndexSum(still, indices, dimension)]
    for node, stand in stands.items():
        multiplier = sp.diff(exposed, stand)
        require(not multiplier.has(*stands.values()), f"{summand} is not linear in {parameter}-derivatives")
        require(node.variables.count(parameter) == 1, f"{node} holds two derivatives in {parameter}")
        for weight, part in linear_combination(evolution.right):
            rate, new = part.args[0], tuple(part.args[1])
            require(len(new) + len(indices) <= 2, "more than two indices")
            named = tuple(c for c in (_FIRST, _SECOND) if c not in indices)[: len(new)]
            rate = rate.xreplace(dict(zip(new, named, strict=True)))
            for index in indices:
                rate = _reveal_first(rate, index)
            rate = rate.diff(*(v for v in node.variables if v != parameter)) if len(node.variables) > 1 else rate
            for index in named:
                multiplier = reveal(multiplier, index)
            found.append(IndexSum(weight * multiplier * rate, (*indices, *named), dimension))
    return found


def _reveal_first(summand: sp.Expr, new: Coordinate) -> sp.Expr:
    """Show a coordinate before the visible ones."""
    return summand.replace(is_field, lambda node: node.func(node.args[0], new, *node.args[1:]))


@rule
def sum_over_indices(premises: tuple[Statement, ...], *, left: sp.Expr, right: sp.Expr) -> Inference:
    """An identity for each pair of coordinates, and on the diagonal, holds for the sum over all, in every dimension.

    A premise `d_g F = sum of R` is inserted for parameter derivatives of F first.
    """
    require(len(premises) <= 1, "one evolution equation at most")
    for premise in premises:
        require_relation(premise, Relation.EQUAL)
    given = join(*premises)
    require(not any(isinstance(s, Point) for h in given for s in h.free_symbols), "the premise holds at one point only")
    by_count: dict[int, sp.Expr] = {0: sp.S.Zero, 1: sp.S.Zero, 2: sp.S.Zero}
    dimensions = {node.args[2] for node in (left - right).atoms(IndexSum)}
    require(len(dimensions) == 1, "the sums run over different dimensions")
    for factor, node in linear_combination(left - right):
        indices = tuple(node.args[1])
        require(len(indices) <= 2, "more than two indices")
        names = dict(zip(indices, (_FIRST, _SECOND), strict=False))
        summand, shown = node.args[0].xreplace(names), tuple(names.values())
        evolves = bool(premises) and len(shown) < 2
        parts = _evolve(summand, shown, premises[0]) if evolves else [IndexSum(summand, shown, node.args[2])]
        for part in parts:
            by_count[len(part.args[1])] += factor * part.args[0]
    swapped = _swap(by_count[2])
    diagonal = by_count[1] + identify(by_count[2], _FIRST, _SECOND)
    obligations = tuple(zero(e, given) for e in (by_count[0], by_count[2] + swapped, diagonal) if e != 0)
    return Inference(equal(left, right, given), obligations)


def _swap(summand: sp.Expr) -> sp.Expr:
    """Exchange the two indices of a summand: derivatives and bare coordinates change places, the fields stay."""
    other = {_FIRST: _SECOND, _SECOND: _FIRST}
    back: dict[sp.Basic, sp.Basic] = {}
    for node in sp.preorder_traversal(summand):
        if isinstance(node, sp.Derivative) and is_field(node.expr):
            back[node] = sp.Derivative(node.expr, *((other.get(v, v), n) for v, n in node.variable_count))
        elif is_field(node):
            back[node] = node
    stands = {node: sp.Dummy() for node in back}
    returned = {stands[node]: swapped for node, swapped in back.items()}
    return summand.xreplace(stands).xreplace(other).xreplace(returned)


@rule
def trace_inequality(premises: tuple[Statement, ...], *, matrix: IndexSum) -> Inference:
    """Cauchy-Schwarz for the trace: (sum_i A_ii)^2 <= d sum_ij A_ij^2, where `matrix` is the sum of A_ij over i, j."""
    require(not premises, "the inequality needs no premises")
    summand, indices, dimension = matrix.args
    require(len(indices) == 2, "a matrix has two indices")
    first, second = indices
    trace = IndexSum(identify(summand, first, second), (first,), dimension)
    return Inference(at_most(trace**2, dimension * IndexSum(summand**2, indices, dimension)))


@rule
def divergence_theorem(
    premises: tuple[Statement, ...], *, test: sp.Expr, flux: IndexSum, hypotheses: tuple[Boolean, ...] = ()
) -> Inference:
    """Integration by parts on R^d against a test field: int <grad phi, F> = - int phi div F.

    `flux` is the sum over i of F_i, `test` the field phi, which must have compact support.
    """
    require(not premises, "the theorem needs no premises")
    summand, indices, dimension = flux.args
    require(len(indices) == 1 and is_field(test) and not _visible(test), "a flux has one index, a test field none")
    (index,) = indices
    shown = reveal(test, index)
    given = join(hypotheses, (CompactSupport(test),))
    left = SpaceIntegral(IndexSum(shown.diff(index) * summand, indices, dimension))
    right = -SpaceIntegral(IndexSum(shown * summand.diff(index), indices, dimension))
    return Inference(equal(left, right, given))
