"""Solve equality hypotheses, so that sampled points satisfy them by construction.

An equality without unknown functions is solved for a symbol that occurs linearly, or kept for rational root search
where it is polynomial. An equality with unknown functions holds identically in its symbols; it is solved for one node
of jet space, f(x) or a derivative of f, and only where no derivative of that node occurs anywhere: then the remaining
derivatives at one point are independent, and any values of them extend to a local analytic solution.

**Notation:** a residual is `lhs - rhs`; the principal node of an equality is the one it is solved for.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import final

import sympy as sp
from sympy.core.function import AppliedUndef
from sympy.logic.boolalg import Boolean

from .gaussian import Unsupported


@final
@dataclass(frozen=True, slots=True)
class Elimination:
    """Solved equalities and what is left to check.

    `symbols` maps solved symbols to expressions in the free ones; `jets` maps principal nodes to expressions in the
    other nodes; `polynomial` lists symbols with residuals in which they have rational roots at suitable points;
    `relations` are the hypotheses that remain.
    """

    symbols: dict[sp.Symbol, sp.Expr]
    jets: dict[sp.Expr, sp.Expr]
    polynomial: tuple[tuple[sp.Symbol, sp.Expr], ...]
    relations: tuple[Boolean, ...]


def flatten(hypotheses: Iterable[Boolean]) -> list[Boolean]:
    """Split conjunctions and drop what is true outright."""
    flat: list[Boolean] = []
    for hypothesis in hypotheses:
        if isinstance(hypothesis, sp.And):
            flat += flatten(sorted(hypothesis.args, key=sp.default_sort_key))
        elif hypothesis is not sp.true:
            flat.append(hypothesis)
    return flat


def eliminate(expression: sp.Expr, hypotheses: Sequence[Boolean]) -> Elimination:
    """Solve the equalities among `hypotheses`, each for one node, in the given order.

    **Raises:** `Unsupported` where an equality with unknown functions cannot be solved in jet space.
    """
    flat = flatten(hypotheses)
    symbols: dict[sp.Symbol, sp.Expr] = {}
    jets: dict[sp.Expr, sp.Expr] = {}
    polynomial: list[tuple[sp.Symbol, sp.Expr]] = []
    relations = [h for h in flat if not isinstance(h, sp.Eq)]
    for equality in (h for h in flat if isinstance(h, sp.Eq)):
        residual = (equality.lhs - equality.rhs).xreplace(symbols).xreplace(jets)
        if residual.has(AppliedUndef):
            node, solution = _principal_node(residual, equality, [expression, *flat])
            jets = {n: s.xreplace({node: solution}) for n, s in jets.items()} | {node: solution}
            continue
        linear = _linear_symbol(residual, equality, taken={s for s, _ in polynomial})
        if linear is not None:
            symbol, solution = linear
            symbols = {s: e.xreplace({symbol: solution}) for s, e in symbols.items()} | {symbol: solution}
            polynomial = [(s, r.xreplace({symbol: solution})) for s, r in polynomial]
            continue
        unknown = _polynomial_symbol(residual, taken={s for s, _ in polynomial})
        if unknown is not None:
            polynomial.append((unknown, residual))
        relations.append(equality)
    return Elimination(symbols, jets, tuple(polynomial), tuple(relations))


@lru_cache(maxsize=4096)
def solve_linear(residual: sp.Expr, unknown: sp.Expr) -> sp.Expr | None:
    """Solve `residual = 0` for a node that occurs linearly, or return None."""
    slot = sp.Dummy("slot")
    replaced = residual.xreplace({unknown: slot})
    if slot not in replaced.free_symbols or any(d.has(slot) for d in replaced.atoms(sp.Derivative, sp.Subs)):
        return None
    slope = sp.expand(replaced.diff(slot))
    if slope.has(slot) or slope.is_zero or replaced.has(unknown):
        return None
    return -replaced.xreplace({slot: sp.S.Zero}) / slope


def _linear_symbol(residual: sp.Expr, equality: sp.Eq, taken: set[sp.Symbol]) -> tuple[sp.Symbol, sp.Expr] | None:
    candidates = sorted(residual.free_symbols - taken, key=sp.default_sort_key)
    sides = [side for side in (equality.lhs, equality.rhs) if side in candidates]
    solved = [(s, solve_linear(residual, s)) for s in [*sides, *candidates]]
    usable = [(s, e) for s, e in solved if e is not None]
    # A slope that is a number cannot vanish at a sampled point, so such symbols come first.
    usable.sort(key=lambda pair: not residual.diff(pair[0]).is_number)
    return usable[0] if usable else None


def _polynomial_symbol(residual: sp.Expr, taken: set[sp.Symbol]) -> sp.Symbol | None:
    candidates = sorted(residual.free_symbols - taken, key=sp.default_sort_key)
    polynomial = [s for s in candidates if residual.is_polynomial(s)]
    return min(polynomial, key=lambda s: sp.degree(residual, s)) if polynomial else None


def _principal_node(residual: sp.Expr, equality: sp.Eq, everything: Sequence[sp.Basic]) -> tuple[sp.Expr, sp.Expr]:
    nodes = sorted(residual.atoms(AppliedUndef, sp.Derivative), key=lambda n: (-_order(n), sp.default_sort_key(n)))
    sides = [side for side in (equality.lhs, equality.rhs) if side in nodes]
    for node in [*sides, *nodes]:
        if _is_principal(node, everything):
            solution = solve_linear(residual, node)
            if solution is not None:
                return node, solution
    raise Unsupported(f"the hypothesis {equality} is not solved in jet space")


def _order(node: sp.Basic) -> int:
    return sum(int(c) for _, c in node.variable_count) if isinstance(node, sp.Derivative) else 0


def _index(node: sp.Basic) -> tuple[AppliedUndef, dict[sp.Symbol, int]] | None:
    """Return the function and multi-index of a node of jet space, or None where it is not one."""
    function, index = node, {}
    if isinstance(node, sp.Derivative):
        function = node.expr
        if not all(count.is_Integer for _, count in node.variable_count):
            return None
        index = {variable: int(count) for variable, count in node.variable_count}
    if not isinstance(function, AppliedUndef) or len(set(function.args)) != len(function.args):
        return None
    return (function, index) if all(a.is_Symbol for a in function.args) else None


def _is_principal(node: sp.Basic, everything: Sequence[sp.Basic]) -> bool:
    """Say whether no derivative of `node`, and its function at no other arguments, occurs in `everything`."""
    own = _index(node)
    if own is None:
        return False
    function, index = own
    for tree in everything:
        if any(other.func == function.func and other != function for other in tree.atoms(AppliedUndef)):
            return False
        if any(substitution.has(function.func) for substitution in tree.atoms(sp.Subs)):
            return False
        derivatives = [d for d in tree.atoms(sp.Derivative) if d.has(function.func)]
        for other in derivatives:
            theirs = _index(other)
            if theirs is None:
                return False
            if other != node and all(theirs[1].get(v, 0) >= count for v, count in index.items()):
                return False
    return True
