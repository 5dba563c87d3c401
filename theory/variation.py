"""Calculus of variations: Euler-Lagrange expressions, first variations along a test function, and their rules.

A Lagrangian is an expression in `Motion` symbols: time, coordinates q, velocities q', accelerations q''. The total
time derivative is `d_t + q' d_q + q'' d_q'`, so no functions of time are needed and generic functions of the
coordinates, such as lambda(alpha/sigma), stay generic; `name_derivatives` gives their derivatives names of their own.

**Example.** The harmonic oscillator:

>>> import sympy as sp
>>> motion = Motion.of("q")
>>> (q,), (v,) = motion.coordinates, motion.velocities
>>> euler_lagrange(v**2 / 2 - q**2 / 2, motion)
(q + q_ddot,)
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import final

import sympy as sp
from sympy.core.function import AppliedUndef

from .expression_text import register_class
from .kernel import Inference, rule
from .obligation import zero
from .rules.side_conditions import join, one, require, require_relation
from .statement import Condition, Relation, Statement, equal


@final
@dataclass(frozen=True, slots=True)
class Motion:
    """The symbols of a Lagrangian: time, and coordinates with their first and second derivatives, in one order."""

    time: sp.Symbol
    coordinates: tuple[sp.Symbol, ...]
    velocities: tuple[sp.Symbol, ...]
    accelerations: tuple[sp.Symbol, ...]

    @classmethod
    def of(cls, names: str, time: str = "t") -> "Motion":
        """Name the symbols: coordinates as given, `_dot` and `_ddot` for their derivatives; all are real."""
        split = names.split()
        lists = [tuple(sp.Symbol(name + suffix, real=True) for name in split) for suffix in ("", "_dot", "_ddot")]
        return cls(sp.Symbol(time, real=True), *lists)

    def time_derivative(self, expression: sp.Expr) -> sp.Expr:
        """Return the total time derivative of an expression in time, coordinates and velocities."""
        pairs = (
            *zip(self.coordinates, self.velocities, strict=True),
            *zip(self.velocities, self.accelerations, strict=True),
        )
        moving = sum((rate * expression.diff(symbol) for symbol, rate in pairs), sp.S.Zero)
        return expression.diff(self.time) + moving


def euler_lagrange(lagrangian: sp.Expr, motion: Motion) -> tuple[sp.Expr, ...]:
    """Return `d/dt dL/dq' - dL/dq` for each coordinate; a stationary motion makes all of them zero."""
    return tuple(
        sp.expand_mul(motion.time_derivative(lagrangian.diff(velocity)) - lagrangian.diff(coordinate), deep=False)
        for coordinate, velocity in zip(motion.coordinates, motion.velocities, strict=True)
    )


def first_variation(expression: sp.Expr, tests: Mapping[sp.Expr, sp.Expr]) -> sp.Expr:
    """Return the derivative at 0 of the expression with q + epsilon eta for q, where `tests` maps q to eta.

    q and eta are applied functions; derivatives of q in the expression move with it.
    """
    small = sp.Dummy("epsilon", real=True)
    moved = expression.xreplace({path: path + small * test for path, test in tests.items()}).doit()
    return moved.diff(small).xreplace({small: sp.S.Zero}).doit()


def name_derivatives(expression: sp.Expr) -> tuple[sp.Expr, dict[AppliedUndef, sp.Expr]]:
    """Give the derivatives of undefined functions of one variable names of their own.

    **Returns:** the expression with `f_n(a)` for the n-th derivative of f at a, which SymPy writes as `Derivative` or
    as `Subs(Derivative)`, and what each new value stands for.
    """
    table: dict[sp.Basic, sp.Basic] = {}

    def visit(node: sp.Basic) -> None:
        inner, place = (node.expr, node.point) if isinstance(node, sp.Subs) else (node, None)
        function = inner.expr if isinstance(inner, sp.Derivative) else None
        if isinstance(function, AppliedUndef) and len(function.args) == 1:
            names = dict(zip(node.variables, place, strict=True)) if place is not None else {}
            name = f"{function.func.__name__}_{inner.derivative_count}"
            table[node] = sp.Function(name, real=function.is_extended_real)(function.args[0].xreplace(names))
            return
        for argument in node.args:
            visit(argument)

    visit(expression)
    return expression.xreplace(table), {value: node for node, value in table.items()}


@final
@register_class
class ForEveryTest(Condition):
    """`ForEveryTest(eta(t), equality)`: the equality holds for every smooth eta that vanishes at both ends."""

    @property
    def free_symbols(self) -> set[sp.Basic]:
        """The symbols of the equality other than the argument of the test function."""
        return set(self.args[1].free_symbols) - set(self.args[0].free_symbols)


@rule
def arbitrary_test(premises: tuple[Statement, ...], *, given: ForEveryTest) -> Inference:
    """What is given for every test function holds for one."""
    require(not premises and isinstance(given, ForEveryTest), "a condition for every test function and no premises")
    body = given.args[1]
    require(isinstance(body, sp.Equality), "the condition is an equality")
    return Inference(equal(body.lhs, body.rhs, (given,)))


def _integral(expression: sp.Expr, time: sp.Symbol, lower: sp.Expr, upper: sp.Expr) -> sp.Integral:
    return sp.Integral(expression, (time, lower, upper))


@rule
def first_variation_of_integral(
    premises: tuple[Statement, ...],
    *,
    lagrangian: sp.Expr,
    path: sp.Expr,
    test: sp.Expr,
    time: sp.Symbol,
    lower: sp.Expr,
    upper: sp.Expr,
    momentum: sp.Expr,
    force: sp.Expr,
) -> Inference:
    """The first variation of int L dt along a test function that vanishes at both ends is int (force) eta dt.

    `lagrangian` is an expression in the applied function `path` and its derivative; `momentum` is dL/dq', `force` the
    Euler-Lagrange expression dL/dq - d/dt dL/dq'. The variation's density is decided to be their sum
    force eta + d/dt (momentum eta).
    """
    require(not premises, "the rule needs no premises")
    require(not force.has(test) and not momentum.has(test), "force and momentum do not depend on the test function")
    small = sp.Symbol("varepsilon", real=True)
    require(small not in lagrangian.free_symbols, f"{small} is taken")
    given = join(sp.Eq(test.subs(time, end), 0) for end in (lower, upper))
    moved = lagrangian.xreplace({path: path + small * test}).doit()
    density = moved.diff(small).xreplace({small: sp.S.Zero}).doit()
    variation = sp.Subs(sp.Derivative(_integral(moved, time, lower, upper), small), small, 0)
    obligation = zero(density - force * test - (momentum * test).diff(time))
    return Inference(equal(variation, _integral(force * test, time, lower, upper), given), (obligation,))


@rule
def fundamental_lemma(premises: tuple[Statement, ...], *, test: sp.Expr) -> Inference:
    """A continuous factor whose integral against every test function vanishes is zero.

    Premise: `int E eta dt = 0`, where nothing is assumed of eta itself but that it vanishes at the ends.
    """
    premise = one(premises)
    require_relation(premise, Relation.EQUAL)
    require(isinstance(premise.left, sp.Integral) and premise.right == 0, "the premise is int E eta = 0")
    (time, lower, upper) = premise.left.limits[0]
    factor = sp.diff(premise.left.function.xreplace({test: (mark := sp.Dummy())}), mark)
    require(not factor.has(mark, test), "the integrand is not linear in the test function")
    boundary = {sp.Eq(test.subs(time, end), 0) for end in (lower, upper)}
    rest = [h for h in premise.hypotheses if h not in boundary]
    assumed = [h for h in rest if not isinstance(h, ForEveryTest) and (h.has(test.func) or time in h.free_symbols)]
    require(not assumed, f"the test function is not arbitrary: {assumed}")
    inside = [] if lower is sp.S.NegativeInfinity else [lower < time]
    inside += [] if upper is sp.S.Infinity else [time < upper]
    residue = premise.left.function - factor * test
    return Inference(equal(factor, 0, join(rest, inside)), (zero(residue),))
