"""Rules of actions hold for drawn fields, integrated numerically; their broken twins do not."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import sympy as sp
from hypothesis import strategies as st

from lemmata.theory import action
from lemmata.theory.action import (
    Decays,
    Evolves,
    FirstVariation,
    Stationary,
    Variation,
    space_integral,
    space_time_integral,
)
from lemmata.theory.kernel import RULES, InapplicableRuleError, normalise
from lemmata.theory.statement import Relation, Statement, equal

from .attacking import Case, attack, times

t, x, c = sp.symbols("t x c", real=True)
T, s = sp.symbols("T s", positive=True)
f, g, eta = (sp.Function(name, real=True)(t, x) for name in ("f", "g", "eta"))
LAST = 1.25
TOLERANCE = 1e-9
"""Quadrature is exact to rounding: polynomials in t, and Gaussian tails that end far below it in x."""
_times, _weights = np.polynomial.legendre.leggauss(24)
TIMES, TIME_WEIGHTS = LAST * (_times + 1) / 2, LAST * _weights / 2
PLACES = np.linspace(-12.0, 12.0, 481)
STEP = PLACES[1] - PLACES[0]


@dataclass(frozen=True)
class World:
    """Fields as expressions in t and x, and the value of c."""

    fields: Mapping[str, sp.Expr]
    number: sp.Rational

    def put(self, expression: Any) -> Any:
        for name, body in self.fields.items():
            expression = expression.replace(sp.Function(name, real=True), sp.Lambda((t, x), body))
        return expression.subs({c: self.number, T: sp.Rational(5, 4), s: 1})

    def integral(self, node: Any) -> float:
        limits, integrand = node.limits, node.function.subs({T: sp.Rational(5, 4)}).doit()
        over_time = any(limit[0] == t for limit in limits)
        grid = np.meshgrid(TIMES if over_time else np.zeros(1), PLACES, indexing="ij")
        values = sp.lambdify((t, x), integrand, "numpy")(*grid) * np.ones_like(grid[0])
        return float((TIME_WEIGHTS if over_time else np.ones(1)) @ values.sum(1) * STEP)

    def variation(self, path: Any, test: Any, lagrangian: Any, terminal: Any, horizon: Any) -> Any:
        """Return the derivative of an action by central differences, which are exact for a quadratic one."""
        ends = []
        for sign in (-1, 1):
            moved, last = (part.xreplace({path: path + sign * test}).doit() for part in (lagrangian, terminal))
            whole = space_time_integral(moved, (x,), t, horizon) + space_integral(last.subs(t, horizon), (x,))
            ends.append(self.value(whole))
        return (ends[1] - ends[0]) / 2

    def value(self, expression: Any) -> Any:
        """Return the expression with its integrals evaluated."""

        expression = expression.replace(
            lambda node: isinstance(node, FirstVariation), lambda node: self.variation(*node.args)
        )
        expression = self.put(expression)
        return expression.replace(lambda n: isinstance(n, sp.Integral), lambda n: sp.Float(self.integral(n))).doit()

    def holds(self, statement: Statement) -> bool:
        assert statement.relation is Relation.EQUAL
        difference = self.value(statement.left) - self.value(statement.right)
        places = [(0.3, -0.7), (0.9, 0.4), (1.1, 1.3)]
        return all(abs(float(difference.subs({t: a, x: b}))) < TOLERANCE for a, b in places)


numbers = st.integers(-3, 3).map(lambda k: sp.Rational(k, 2))
bell = sp.exp(-(x**2))


@st.composite
def free(draw: st.DrawFn) -> World:
    """Draw any f and g, and a variation."""
    p, q, r = (draw(numbers) for _ in range(3))
    fields = {"f": p * x**2 * t + q * t**2 + x, "g": x + r * t * x**2, "eta": t * (1 + p * x + q * t) * bell}
    return World(fields, draw(numbers))


@st.composite
def resting(draw: st.DrawFn) -> World:
    """Draw f = c t + r, stationary for f_t^2/2 with -c f at the end, and g = f_t."""
    number, r = draw(numbers), draw(numbers)
    fields = {"f": number * t + r, "g": number, "eta": t * (1 + r * x) * bell}
    return World(fields, number)


@st.composite
def heated(draw: st.DrawFn) -> World:
    """Draw a solution of d_t f = f_xx/2 that decays."""
    m, v = draw(numbers), 1 + abs(draw(numbers))
    solution = sum((sp.exp(-((x - a) ** 2) / (2 * (b + t))) / sp.sqrt(b + t) for a, b in ((m, v), (0, 1))), sp.S.Zero)
    return World({"f": solution}, sp.S.Zero)


lagrangian = f.diff(t) ** 2 / 2 + c * x * f * f.diff(x) + f * g.diff(x)
varied = {
    "lagrangian": lagrangian,
    "terminal": x * f**2,
    "path": f,
    "test": eta,
    "horizon": T,
    "momentum": f.diff(t),
    "currents": (c * x * f * eta,),
    "force": g.diff(x) - f.diff(t, 2) - c * f,
    "end_force": f.diff(t) + 2 * x * f,
}
inertia = Stationary(sp.Tuple(f), f.diff(t) ** 2 / 2, -c * f, T)
rest = {
    "lagrangian": f.diff(t) ** 2 / 2,
    "terminal": -c * f,
    "path": f,
    "test": eta,
    "horizon": T,
    "momentum": f.diff(t),
    "currents": (sp.S.Zero,),
    "force": -f.diff(t, 2),
    "end_force": f.diff(t) - c,
}
at_rest = action.first_variation_of_action((), **rest).conclusion.canonical()
nothing = equal(
    space_time_integral((f.diff(t) - g) * eta, (x,), t, T) + space_integral(((g - c) * eta).subs(t, T), (x,)),
    0,
    (inertia, Variation(eta)),
)
heat = {
    "density": f**2,
    "source": -(f.diff(x) ** 2),
    "currents": (f * f.diff(x),),
    "time": t,
    "places": (x,),
    "evolutions": ((f, f.diff(x, 2) / 2),),
}

CASES = {
    "first_variation_of_action": Case(action.first_variation_of_action, varied, times(2), worlds=free()),
    "stationary_action": Case(
        action.stationary_action,
        {"given": inertia, "path": f, "test": eta},
        lambda said: equal(said.left, space_integral(eta.subs(t, T), (x,))),
        (at_rest,),
        resting(),
    ),
    "fundamental_lemma_of_fields": Case(
        action.fundamental_lemma_of_fields,
        {"test": eta, "horizon": T, "where": "inside"},
        lambda said: equal(said.left, f),
        (nothing,),
        resting(),
    ),
    "balance_law": Case(action.balance_law, heat, times(2), worlds=heated()),
}


def attack_case(case: Case, statement: Statement) -> None:
    assert case.worlds is not None
    attack(statement, case.worlds, World.holds, examples=6)


def test_every_rule_is_attacked() -> None:
    assert set(CASES) == {name for name, rule in RULES.items() if rule.infer.__module__ == action.__name__}


@pytest.mark.parametrize("name", sorted(CASES))
def test_rule_holds_for_drawn_fields(name: str) -> None:
    attack_case(CASES[name], CASES[name].conclusion())
    for premise in CASES[name].premises:
        attack_case(CASES[name], premise)


@pytest.mark.parametrize("name", sorted(CASES))
def test_broken_twin_fails_for_drawn_fields(name: str) -> None:
    with pytest.raises(AssertionError):
        attack_case(CASES[name], CASES[name].broken(CASES[name].conclusion()))


def test_the_lemma_speaks_of_the_end_as_well() -> None:
    found = action.fundamental_lemma_of_fields((nothing,), test=eta, horizon=T, where="end").conclusion
    assert found.left == (g - c).subs(t, T)
    attack(found, resting(), World.holds, examples=6)


def obligations(rule: Any, parameters: Mapping[str, Any]) -> list[str]:
    inference = rule((), **{name: normalise(value) for name, value in parameters.items()})
    return [o.decide().verdict.value for o in inference.obligations]


def test_other_factors_are_refuted() -> None:
    assert set(obligations(action.first_variation_of_action, varied)) == {"proved"}
    for wrong in (
        {"force": varied["force"] + c * f / 100},
        {"momentum": -f.diff(t)},
        {"end_force": f.diff(t)},
        {"currents": (sp.S.Zero,)},
    ):
        assert "refuted" in obligations(action.first_variation_of_action, {**varied, **wrong})


def test_other_sources_are_refuted() -> None:
    assert obligations(action.balance_law, heat) == ["proved"]
    assert obligations(action.balance_law, {**heat, "source": f.diff(x) ** 2}) == ["refuted"]
    assert obligations(action.balance_law, {**heat, "evolutions": ((f, f.diff(x, 2)),)}) == ["refuted"]


def test_a_variation_at_another_time_is_none_at_the_end() -> None:
    early = equal(space_integral(f * eta, (x,)), 0, (Variation(eta),))
    inference = action.fundamental_lemma_of_fields((early,), test=eta, horizon=T, where="end")
    assert [o.decide().verdict for o in inference.obligations] == ["refuted"]


def test_hypotheses_bind_time_and_place() -> None:
    found = CASES["balance_law"].conclusion()
    assert set(found.hypotheses) == {Decays(f**2), Decays(f * f.diff(x)), Evolves(f, f.diff(x, 2) / 2)}
    assert not any(h.free_symbols for h in found.hypotheses)
    assert inertia.free_symbols == {c, T}


@pytest.mark.parametrize(
    ("rule", "premises", "parameters", "message"),
    [
        (action.first_variation_of_action, (), {**varied, "currents": (f,)}, "does not vanish"),
        (action.first_variation_of_action, (), {**varied, "currents": (eta, eta)}, "one current"),
        (action.first_variation_of_action, (), {**varied, "test": eta.subs(x, c)}, "not of the same arguments"),
        (action.first_variation_of_action, (), {**varied, "force": eta}, "test function is part"),
        (action.first_variation_of_action, (), {**varied, "horizon": t}, "is no number"),
        (action.stationary_action, (at_rest,), {"given": inertia, "path": g, "test": eta}, "need not be stationary"),
        (action.stationary_action, (at_rest,), {"given": inertia, "path": f, "test": f}, "is no variation"),
        (
            action.stationary_action,
            (at_rest,),
            {"given": Stationary(sp.Tuple(f), f.diff(t) ** 2, -c * f, T), "path": f, "test": eta},
            "not the first variation",
        ),
        (
            action.stationary_action,
            (at_rest.under(()),),
            {"given": inertia, "path": f, "test": eta},
            "is no variation",
        ),
        (
            action.fundamental_lemma_of_fields,
            (nothing,),
            {"test": eta, "horizon": T, "where": "start"},
            "neither inside nor end",
        ),
        (
            action.fundamental_lemma_of_fields,
            (nothing.under((inertia,)),),
            {"test": eta, "horizon": T, "where": "end"},
            "not arbitrary",
        ),
        (
            action.fundamental_lemma_of_fields,
            (nothing.under((Variation(eta), sp.Gt(eta, 0))),),
            {"test": eta, "horizon": T, "where": "end"},
            "not arbitrary",
        ),
        (
            action.fundamental_lemma_of_fields,
            (nothing.under((Variation(eta), sp.Gt(t, 1))),),
            {"test": eta, "horizon": T, "where": "inside"},
            "one time or place",
        ),
        (
            action.fundamental_lemma_of_fields,
            (equal(space_time_integral(f * eta**2, (x,), t, T), 0, (Variation(eta),)),),
            {"test": eta, "horizon": T, "where": "inside"},
            "not linear",
        ),
        (
            action.fundamental_lemma_of_fields,
            (equal(sp.Integral(f * eta, (x, 0, 1)), 0, (Variation(eta),)),),
            {"test": eta, "horizon": T, "where": "inside"},
            "is no integral",
        ),
        (action.balance_law, (), {**heat, "evolutions": ((f.subs(x, c), f),)}, "of other arguments"),
    ],
)
def test_rules_refuse_what_they_cannot_conclude(
    rule: Any, premises: tuple[Statement, ...], parameters: Mapping[str, Any], message: str
) -> None:
    with pytest.raises(InapplicableRuleError, match=message):
        rule(premises, **parameters)
