"""Compare nodes of an expression with their fractions in balls: a second line of defence behind the axioms.

At a few points each generator is enclosed from its own definition (a function from the node that first
gave it), and every transcendental node's ball has to meet the ball of its fraction.
"""

from collections.abc import Sequence
from typing import Final

import sympy as sp
from flint import acb, arb, ctx
from sympy.core.function import AppliedUndef, UndefinedFunction

from .axioms import require
from .balls import Undefined, ball
from .constants import of_definition
from .gaussian import Unsupported
from .goals import Goal
from .jets import from_jets, multi_index
from .reading import Reader
from .sampling import Sample
from .tower import Fraction, Generator, Kind, Polynomial, Tower

POINTS: Final = 2
PRECISION: Final = 128


def check_binding(goal: Goal, reader: Reader, samples: Sequence[Sample]) -> None:
    """Compare every transcendental node that was read with its fraction at two of the points that reached the goal.

    **Raises:** `UnprovedError` where the balls do not meet.
    """
    if not reader.transcendental or not samples:
        return
    functions = unknown_functions(goal.expression, *(fact.expression for fact in goal.facts))
    nodes = [(from_jets(node, functions), value) for node, value in reader.transcendental]
    for sample in samples[:POINTS]:
        with ctx.workprec(PRECISION):
            _compare(reader.tower, nodes, sample)


def unknown_functions(*trees: sp.Basic) -> dict[str, UndefinedFunction]:
    """Return the unknown functions of which jets occur, by name."""
    found: dict[str, UndefinedFunction] = {}
    applied = set().union(*(tree.atoms(AppliedUndef) for tree in trees))
    for jet in sorted(applied, key=lambda j: (multi_index(j.func)[1] != (), sp.default_sort_key(j))):
        name, _ = multi_index(jet.func)
        found.setdefault(name, sp.Function(name, **({"real": True} if jet.is_real else {})))
        if not multi_index(jet.func)[1]:
            found[name] = jet.func
    return found


def _compare(tower: Tower, nodes: list[tuple[sp.Expr, Fraction]], sample: Sample) -> None:
    enclosures = {node: _enclose(node, sample) for node, _ in nodes}
    known: dict[int, acb] = {}
    for index, generator in enumerate(tower.generators):
        value = _generator(tower, index, generator, known, sample)
        if value is None and generator.kind is Kind.CALL:
            value = _from_nodes(tower, index, nodes, enclosures)
        if value is not None:
            known[index] = value
    for node, fraction in nodes:
        expected, found = enclosures[node], _fraction(tower, fraction, known)
        if expected is not None and found is not None:
            require(expected.overlaps(found), f"{node} and its fraction differ at a point")


def _enclose(node: sp.Expr, sample: Sample) -> acb | None:
    try:
        return ball(node, sample.values, sample.functions, precision=PRECISION)
    except (Undefined, Unsupported):
        return None


def _generator(tower: Tower, index: int, generator: Generator, known: dict[int, acb], sample: Sample) -> acb | None:
    if generator.kind is Kind.UNITY:
        return (2 * acb.pi() * acb(0, 1) / generator.order).exp()
    if generator.kind in (Kind.SYMBOL, Kind.CONSTANT):
        if generator.kind is Kind.SYMBOL and generator.symbol not in sample.values:
            return None
        return _enclose(generator.symbol, sample)
    if generator.kind is Kind.CALL:
        return None
    argument = _fraction(tower, generator.arguments[0], known)
    return None if argument is None else of_definition(generator, argument)


def _from_nodes(
    tower: Tower, index: int, nodes: list[tuple[sp.Expr, Fraction]], enclosures: dict[sp.Expr, acb | None]
) -> acb | None:
    """Return the ball of the first node whose fraction is the generator, up to a sign."""
    variable = tower.variables[index]
    for node, fraction in nodes:
        enclosure = enclosures[node]
        if fraction.denominator.is_one() and enclosure is not None:
            if fraction.numerator == variable:
                return enclosure
            if fraction.numerator == -variable:
                return -enclosure
    return None


def _fraction(tower: Tower, fraction: Fraction, known: dict[int, acb]) -> acb | None:
    top, bottom = (_polynomial(tower, p, known) for p in (fraction.numerator, fraction.denominator))
    if top is None or bottom is None or bottom.contains(0):
        return None
    return top / bottom


def _polynomial(tower: Tower, polynomial: Polynomial, known: dict[int, acb]) -> acb | None:
    total = acb(0)
    for coefficient, powers in tower.terms(polynomial):
        term = acb(arb(coefficient.p) / arb(coefficient.q))
        for index, exponent in powers:
            if index not in known:
                return None
            term *= known[index] ** exponent
        total += term
    return total
