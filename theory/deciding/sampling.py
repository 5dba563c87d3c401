"""Exact points that satisfy the hypotheses: generic ones, structured ones, and points at boundaries and kinks.

The draw depends on the expression, the hypotheses and the seed alone: every set is sorted first. Symbols without
assumptions are complex and sampled so, |Im| > pi included. A point is admissible when every assumption and relation
holds with certainty, solved equalities hold by construction, and the expression is not known to be undefined there.

**Notation:** a switch is an expression at whose zero a node such as |u| or a `Piecewise` changes its branch.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import cycle
from random import Random
from typing import final

import sympy as sp
from sympy.core.function import AppliedUndef, UndefinedFunction
from sympy.logic.boolalg import Boolean

from .balls import KINKED, Indeterminate, Undefined, evaluate, holds, switches_of
from .equalities import Elimination, eliminate, solve_linear
from .instances import derive_instance, rational

FIRST_BITS = 64
LAST_BITS = 512
ATTEMPTS_PER_POINT = 20
HOPELESS = 150
"""Attempts without one admissible point after which the hypotheses count as contradictory."""
REPAIRS = 16
INSTANCES = 4

_REALS = [sp.Rational(p, q) for p, q in ((0, 1), (1, 1), (-1, 1), (2, 1), (-2, 1), (1, 2), (-1, 2), (3, 1), (-3, 1))]
_REALS += [sp.Rational(p, q) for p, q in ((1, 100), (-1, 100), (100, 1), (-100, 1), (3, 5), (4, 5), (5, 13), (12, 13))]
_REALS += [sp.Integer(n) for n in (4, 5, 6, 7, -4, -5)]
_COMPLEX = [sp.I, -sp.I, 1 + sp.I, -3 + 4 * sp.I, sp.Rational(1, 2) - 5 * sp.I, 2 * sp.I / 3]
_IRRATIONAL = [sp.sqrt(2), -sp.sqrt(3) / 2, sp.pi, -sp.pi / 3]
_ORDERS = (sp.StrictGreaterThan, sp.GreaterThan, sp.StrictLessThan, sp.LessThan)
_FRACTIONS = (sp.Rational(1, 2), sp.Rational(1, 3), sp.Rational(6, 7), sp.Rational(1, 50))
_OFFSETS = (sp.Rational(1, 7), sp.Integer(1), sp.Rational(5, 3), sp.Rational(1, 100), sp.Integer(4))
_SMALL_OFFSETS = tuple(sp.Rational(1, 7**k) for k in range(1, 6))
_GRID = 2**60


@final
@dataclass(frozen=True, slots=True)
class Sample:
    """An admissible point: values of symbols and of principal nodes of jet space, and instances of functions."""

    values: Mapping[sp.Expr, sp.Expr]
    functions: Mapping[UndefinedFunction, sp.Lambda]

    @property
    def in_jet_space(self) -> bool:
        """Say whether a derivative of an unknown function takes a value of its own."""
        return any(not node.is_Symbol for node in self.values)


def admissible_points(
    expression: sp.Expr, hypotheses: Sequence[Boolean] = (), *, count: int, seed: int
) -> list[Sample]:
    """Return up to `count` distinct admissible points, the same ones for the same arguments.

    **Raises:** `Unsupported` where the hypotheses or the expression hold a node that cannot be evaluated.
    """
    return list(draw_admissible(expression, hypotheses, count=count, seed=seed))


def draw_admissible(
    expression: sp.Expr, hypotheses: Sequence[Boolean] = (), *, count: int, seed: int
) -> Iterator[Sample]:
    """Yield what `admissible_points` returns, one point at a time."""
    seen: set[tuple[str, ...]] = set()
    problem = _Problem.of(expression, hypotheses)
    draw = Random(f"{seed}|{sp.srepr(expression)}|{[sp.srepr(h) for h in hypotheses]}")
    needed = count if problem.symbols or problem.functions or problem.elimination.polynomial else 1
    found = 0
    for attempt, candidate in enumerate(problem.candidates(draw, needed * ATTEMPTS_PER_POINT + HOPELESS)):
        if attempt >= HOPELESS and not found:
            return
        key = tuple(str(value) for value in (*candidate.values.values(), *candidate.functions.values()))
        if key in seen:
            continue
        seen.add(key)
        if _is_admissible(candidate, expression, problem.elimination, problem.assumptions):
            yield candidate
            found += 1
        if found == needed:
            return


def is_admissible(sample: Sample, expression: sp.Expr, hypotheses: Sequence[Boolean]) -> bool:
    """Say whether `sample` satisfies every assumption and hypothesis beyond doubt and does not leave the domain."""
    assumptions = _assumptions_on_nodes(expression, hypotheses)
    return _is_admissible(sample, expression, eliminate(expression, hypotheses), assumptions)


def _is_admissible(sample: Sample, expression: sp.Expr, solved: Elimination, assumptions: Sequence[Boolean]) -> bool:
    numbers = {node: value for node, value in sample.values.items() if node.is_Symbol}
    if any(sample.values.get(s) != e.xreplace(numbers) for s, e in solved.symbols.items()):
        return False
    if any(sample.values.get(node) != solution for node, solution in solved.jets.items()):
        return False
    if set(sample.values) - set(numbers) != set(solved.jets):
        return False
    try:
        return (
            all(satisfies(symbol, value) for symbol, value in numbers.items())
            and all(_certain(assumption, sample) for assumption in assumptions)
            and all(_certain(relation, sample) for relation in solved.relations)
            and _defined(expression, sample)
        )
    except Undefined:
        return False


def satisfies(symbol: sp.Symbol, value: sp.Expr) -> bool:
    """Say whether a number has every property assumed of a symbol."""
    return all(getattr(value, f"is_{name}") is wanted for name, wanted in symbol.assumptions0.items())


def _assumptions_on_nodes(expression: sp.Expr, hypotheses: Sequence[Boolean]) -> list[Boolean]:
    """State the sign and reality assumed of unknown functions, at the arguments that occur."""
    trees = (expression, *hypotheses)
    free = set().union(*(tree.free_symbols for tree in trees))
    nodes = {node for tree in trees for node in _applied(tree) if node.free_symbols <= free}
    stated: list[Boolean] = []
    for node in sorted(nodes, key=sp.default_sort_key):
        # A bare node under its own assumptions would be simplified to true; a stand-in keeps the question open.
        if node.is_extended_real:
            stated.append(sp.Eq(sp.im(node, evaluate=False), 0, evaluate=False))
        for wanted, relation in (
            (node.is_extended_positive, sp.StrictGreaterThan),
            (node.is_extended_negative, sp.StrictLessThan),
            (node.is_extended_nonnegative, sp.GreaterThan),
            (node.is_extended_nonpositive, sp.LessThan),
            (node.is_zero is False, sp.Ne),
        ):
            if wanted:
                stated.append(relation(node, 0, evaluate=False))
    return stated


def _applied(tree: sp.Basic) -> set[AppliedUndef]:
    """Collect the applied unknown functions, those below a substitution at the point substituted."""
    found = set(tree.atoms(AppliedUndef))
    for substitution in tree.atoms(sp.Subs):
        images = dict(zip(substitution.variables, substitution.point, strict=True))
        found |= {node.xreplace(images) for node in substitution.expr.atoms(AppliedUndef)}
    return found


def _certain(relation: Boolean, sample: Sample) -> bool:
    bits = FIRST_BITS
    while True:
        try:
            return holds(relation, sample.values, sample.functions, precision=bits)
        except Indeterminate:
            bits *= 2
            if bits > LAST_BITS:
                return False


def _defined(expression: sp.Expr, sample: Sample) -> bool:
    """Evaluate the expression; a ball too wide to tell is no objection, `Undefined` passes through."""
    with suppress(Indeterminate):
        evaluate(expression, sample.values, sample.functions, precision=FIRST_BITS)
    return True


@final
@dataclass(frozen=True, slots=True)
class _Problem:
    """What is to be sampled: free symbols, functions, solved equalities, relations, switches, functions' signs."""

    symbols: tuple[sp.Symbol, ...]
    functions: tuple[tuple[UndefinedFunction, int], ...]
    elimination: Elimination
    switches: tuple[sp.Expr, ...]
    assumptions: tuple[Boolean, ...]

    @classmethod
    def of(cls, expression: sp.Expr, hypotheses: Sequence[Boolean]) -> "_Problem":
        elimination = eliminate(expression, hypotheses)
        trees = (expression, *hypotheses)
        every = set().union(*(tree.free_symbols for tree in trees))
        solved = set(elimination.symbols) | {symbol for symbol, _ in elimination.polynomial}
        functions = {(node.func, len(node.args)) for tree in trees for node in tree.atoms(AppliedUndef)}
        kinked = set().union(*(tree.atoms(*KINKED) for tree in trees))
        switches = [switch for node in sorted(kinked, key=sp.default_sort_key) for switch in switches_of(node)]
        boundaries = [
            r.lhs - r.rhs
            for r in elimination.relations
            if isinstance(r, sp.GreaterThan | sp.LessThan) and not r.has(AppliedUndef)
        ]
        return cls(
            tuple(sorted(every - solved, key=lambda s: (s.name, sp.srepr(s)))),
            tuple(sorted(functions, key=lambda item: (str(item[0]), item[1]))),
            elimination,
            tuple(s for s in (*boundaries, *switches) if not s.has(AppliedUndef, sp.Derivative, sp.Subs)),
            tuple(_assumptions_on_nodes(expression, hypotheses)),
        )

    def candidates(self, draw: Random, attempts: int) -> Iterator[Sample]:
        """Draw points that may be admissible: generic, structured and steered ones in turn."""
        instances = [
            [(f, derive_instance(f, arity, draw, real=bool(i % 2))) for i in range(INSTANCES)]
            for f, arity in self.functions
        ]
        steered = cycle((switch, side) for side in (0, 1, -1) for switch in self.switches)
        commons = cycle((sp.S.Zero, sp.S.One, sp.S.NegativeOne))
        for attempt in range(attempts):
            kind = attempt % 4
            values = {s: (structured if kind == 2 else generic)(s, draw) for s in self.symbols}
            relations = list(self.elimination.relations)
            if self.switches and kind in (1, 3):
                switch, side = next(steered)
                if side:
                    order = sp.StrictGreaterThan if side > 0 else sp.StrictLessThan
                    relations.append(order(switch, 0, evaluate=False))
                else:
                    _steer(values, switch, draw)
            elif kind == 3:
                common = next(commons)
                values = {s: common if satisfies(s, common) else v for s, v in values.items()}
            _repair(values, relations, draw)
            complete = self.completed(values, draw)
            if complete is not None:
                yield Sample(complete, dict(draw.choice(several) for several in instances))

    def completed(self, values: dict[sp.Symbol, sp.Expr], draw: Random) -> dict[sp.Expr, sp.Expr] | None:
        """Add the values of solved symbols and nodes, or return None where an equality has no usable root."""
        numbers = dict(values)
        for symbol, residual in self.elimination.polynomial:
            roots = _rational_roots(residual.xreplace(numbers), symbol)
            usable = [root for root in roots if satisfies(symbol, root)]
            if not usable:
                return None
            numbers[symbol] = draw.choice(usable)
        for symbol, solution in self.elimination.symbols.items():
            numbers[symbol] = solution.xreplace(numbers)
        return {**numbers, **self.elimination.jets}


def _rational_roots(residual: sp.Expr, symbol: sp.Symbol) -> list[sp.Expr]:
    if residual.free_symbols != {symbol} or not residual.is_polynomial(symbol):
        return []
    polynomial = sp.Poly(residual, symbol)
    return sorted(polynomial.ground_roots()) if polynomial.domain in (sp.ZZ, sp.QQ) else []


def structured(symbol: sp.Symbol, draw: Random) -> sp.Expr:
    """Draw a special value of a symbol: 0, +-1, small, large, imaginary where its assumptions allow."""
    pool = [value for value in (*_REALS, *_COMPLEX) if satisfies(symbol, value)]
    pool = pool or [value for value in _IRRATIONAL if satisfies(symbol, value)]
    return draw.choice(pool) if pool else generic(symbol, draw)


def generic(symbol: sp.Symbol, draw: Random) -> sp.Expr:
    """Draw a rational value of a symbol, complex with |Im| up to 7 where no assumption makes it real."""
    for _ in range(200):
        size = draw.choice((1, 3, 3, 7))
        if symbol.is_integer:
            value: sp.Expr = sp.Integer(draw.randint(-2 * size, 2 * size))
        elif symbol.is_imaginary:
            value = sp.I * rational(draw, size)
        elif symbol.is_extended_real is None and draw.random() < 0.75:
            value = rational(draw, size) + sp.I * rational(draw, draw.choice((1, 7)))
        else:
            value = rational(draw, size)
        if satisfies(symbol, value):
            return value
    return sp.S.One


def _steer(values: dict[sp.Symbol, sp.Expr], switch: sp.Expr, draw: Random) -> None:
    """Move one symbol to where `switch` vanishes, if that is a rational value that its assumptions allow."""
    symbols = [s for s in sorted(switch.free_symbols, key=sp.default_sort_key) if s in values]
    draw.shuffle(symbols)
    for symbol in symbols:
        root = _root(switch, symbol, values)
        if root is not None and satisfies(symbol, root[0]):
            values[symbol] = root[0]
            return


def _root(switch: sp.Expr, symbol: sp.Symbol, values: Mapping[sp.Symbol, sp.Expr]) -> tuple[sp.Expr, int] | None:
    """Return where `switch` vanishes in `symbol` and the sign of its slope, if it is linear with rational values.

    Where it is quadratic, return its vertex: a sign that changes only in a small interval changes there.
    """
    solution = solve_linear(switch, symbol)
    if solution is None:
        solution = solve_linear(switch.diff(symbol), symbol)
    if solution is None:
        return None
    centre = solution.xreplace(values)
    slope = switch.diff(symbol).xreplace(values)
    if not (centre.is_number and centre.is_real and slope.is_number and slope.is_real):
        return None
    if not centre.is_Rational:
        centre = sp.Rational(int(sp.floor(sp.N(centre, 40) * _GRID)), _GRID)
    return centre, int(sp.sign(slope)) or 1


def _beyond(centre: sp.Expr, side: int, symbol: sp.Symbol, draw: Random) -> sp.Expr:
    """Draw a value above `centre` (side 1) or below it (side -1)."""
    if symbol.is_integer:
        step = draw.randint(1, 3)
        return sp.floor(centre) + step if side > 0 else sp.ceiling(centre) - step
    return centre + side * draw.choice(_OFFSETS)


def _repair(values: dict[sp.Symbol, sp.Expr], relations: Sequence[Boolean], draw: Random) -> None:
    """Move symbols into the intervals that the inequalities leave them, one symbol of a violated one at a time."""
    inequalities = [r for r in relations if isinstance(r, _ORDERS) and not r.has(AppliedUndef)]
    for _ in range(REPAIRS):
        violated = [r for r in inequalities if not _holds_at(r, values)]
        if not violated:
            return
        relation = draw.choice(violated)
        symbols = [s for s in sorted(relation.free_symbols, key=sp.default_sort_key) if s in values]
        if symbols:
            symbol = draw.choice(symbols)
            target = _between(symbol, relation, inequalities, values, draw)
            if target is not None and satisfies(symbol, target):
                values[symbol] = target


def _between(
    symbol: sp.Symbol,
    relation: Boolean,
    inequalities: Sequence[Boolean],
    values: Mapping[sp.Symbol, sp.Expr],
    draw: Random,
) -> sp.Expr | None:
    """Draw a value of `symbol` inside every bound that is linear in it; where they clash, beyond the bound at hand."""
    lower: list[sp.Expr] = [sp.S.Zero] if symbol.is_extended_nonnegative else []
    upper: list[sp.Expr] = [sp.S.Zero] if symbol.is_extended_nonpositive else []
    own: tuple[sp.Expr, int] | None = None
    for each in inequalities:
        root = _root(each.lhs - each.rhs, symbol, values) if symbol in each.free_symbols else None
        if root is None:
            continue
        side = root[1] if isinstance(each, sp.StrictGreaterThan | sp.GreaterThan) else -root[1]
        (lower if side > 0 else upper).append(root[0])
        if each == relation:
            own = (root[0], side)
    if lower and upper and max(lower) < min(upper) and not symbol.is_integer:
        return max(lower) + (min(upper) - max(lower)) * draw.choice(_FRACTIONS)
    if lower and not upper:
        return _beyond(max(lower), 1, symbol, draw)
    if upper and not lower:
        return _beyond(min(upper), -1, symbol, draw)
    if own is None:
        return None
    # The other bounds follow in later repairs; a small step leaves them room.
    return _beyond(*own, symbol, draw) if symbol.is_integer else own[0] + own[1] * draw.choice(_SMALL_OFFSETS)


def _holds_at(relation: Boolean, values: Mapping[sp.Symbol, sp.Expr]) -> bool:
    if not relation.free_symbols <= set(values):
        return True
    try:
        return holds(relation, values, precision=FIRST_BITS)
    except Undefined:
        return False
