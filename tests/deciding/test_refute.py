"""A refutation is a point that anyone can visit again; nothing true is refuted."""

from dataclasses import replace

import pytest
import sympy as sp
from sympy.logic.boolalg import Boolean

from lemmata.theory.decide import decide_zero
from lemmata.theory.deciding.point_text import read_instance, read_value
from lemmata.theory.deciding.refute import read_sample, recheck, refute
from lemmata.theory.verdict import Strength, Verdict, Witness

R = sp.Rational
x, y = sp.symbols("x y")
u, v, t = sp.symbols("u v t", real=True)
p = sp.Symbol("p", positive=True)
n = sp.Symbol("n", integer=True)
f = sp.Function("f")
eta = sp.Function("eta", positive=True)(t, u)
HEAT = sp.Eq(eta.diff(t), eta.diff(u, 2) / 2)


def test_witness_is_exact_where_the_value_is_rational() -> None:
    witness = refute(sp.sqrt(u**2) - u)
    assert witness is not None
    assert witness.strength is Strength.EXACT
    assert sp.Rational(witness.point["u"]) < 0
    assert sp.Rational(witness.observed) == -2 * sp.Rational(witness.point["u"])
    assert witness.required == "0"


def test_witness_is_certified_where_the_value_is_a_ball() -> None:
    witness = refute(4 * sp.atan(R(1, 5)) - sp.atan(R(1, 239)) - sp.pi / 4 - R(1, 10**500))
    assert witness is not None
    assert witness.strength is Strength.CERTIFIED
    assert witness.data["precision"] >= 1500
    assert refute(4 * sp.atan(R(1, 5)) - sp.atan(R(1, 239)) - sp.pi / 4 - R(1, 10**700), max_precision=1024) is None


def test_both_branches_of_the_arc_tangent_are_visited() -> None:
    identity = sp.atan(u) + sp.atan(1 / u) - sp.pi / 2
    assert refute(identity) is not None
    assert refute(identity, (u > 0,)) is None
    assert refute(identity + sp.pi, (u < 0,)) is None


@pytest.mark.parametrize(
    ("expression", "missing"),
    [
        (sp.log(sp.exp(x)) - x, "real"),
        (sp.sqrt(x) * sp.sqrt(y) - sp.sqrt(x * y), "positive"),
        (sp.Abs(x) ** 2 - x**2, "real"),
    ],
)
def test_note_names_the_assumption_that_may_be_missing(expression: sp.Expr, missing: str) -> None:
    witness = refute(expression)
    assert witness is not None
    assert witness.strength is not Strength.STATISTICAL
    if "complex" in witness.note:
        assert f"{missing}=True may be a missing assumption" in witness.note
    else:
        assert all(read_value(text).is_real for text in witness.point.values())


def test_true_statements_under_their_hypotheses_are_not_refuted() -> None:
    assert refute(sp.Abs(u - 1) - u + 1, (u >= 1,)) is None
    assert refute(u**2 + v**2 - 1, (sp.Eq(u**2 + v**2, 1),)) is None
    assert refute(eta.diff(t) - eta.diff(u, 2) / 2, (HEAT,)) is None
    assert refute(u - 1, (u > 0, u < 0)) is None


def test_isolated_points_are_found() -> None:
    assert refute(sp.Piecewise((1, sp.Eq(n, 0)), (0, True))) is not None
    assert refute(sp.Piecewise((1, sp.Eq(u, R(355, 113))), (0, True))) is not None
    assert refute(sp.Max(u, R(1, 10**9)) - u, (u >= R(1, 10**9) - R(1, 10**12),)) is not None


def test_jet_space_witness_says_so_and_rechecks() -> None:
    wrong = sp.log(eta).diff(t) - eta.diff(u, 2) / eta
    witness = refute(wrong, (HEAT,))
    assert witness is not None
    assert "jet space" in witness.note
    assert recheck(wrong, (HEAT,), Witness.from_json(witness.to_json()))


@pytest.mark.parametrize(
    ("expression", "hypotheses"),
    [
        pytest.param(sp.Add(f(x), -f(x), u, evaluate=False), (), id="a function that cancels"),
        pytest.param(sp.Add(eta, -eta, eta.diff(u), evaluate=False), (), id="a positive function that cancels"),
        pytest.param(u, (sp.Gt(sp.Add(v, -v, u, evaluate=False), 1, evaluate=False),), id="a symbol that cancels"),
        pytest.param(sp.floor(u) - u, (u > 0,), id="a node that no proof can treat"),
        pytest.param(sp.Sum(v**n, (n, 0, sp.Symbol("m", positive=True, integer=True))) - v, (), id="a symbolic sum"),
    ],
)
def test_witness_speaks_of_the_statement_as_given(expression: sp.Expr, hypotheses: tuple[Boolean, ...]) -> None:
    decision = decide_zero(expression, hypotheses)
    assert decision.verdict is Verdict.REFUTED
    assert decision.witness is not None
    assert recheck(expression, hypotheses, Witness.from_json(decision.witness.to_json()))


def test_recheck_reads_the_text_alone_and_rejects_what_does_not_refute() -> None:
    expression, hypotheses = sp.sqrt(u**2) * f(u) - u * f(u), (u < 3,)
    witness = refute(expression, hypotheses)
    assert witness is not None
    assert recheck(expression, hypotheses, Witness.from_json(witness.to_json()))
    for name, text in (("u", "2"), ("u", "5"), ("u", "1/2 + I"), ("f", "Lambda(x, 0)")):
        assert not recheck(expression, hypotheses, replace(witness, point={**witness.point, name: text}))
    assert not recheck(sp.sqrt(u**2) * f(u) + u * f(u), hypotheses, witness)
    for point in ({}, {"u": "-1"}, {**witness.point, "w": "1"}):
        with pytest.raises(ValueError, match="does not fit"):
            recheck(expression, hypotheses, replace(witness, point=point))


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os')",
        "u.real",
        "open('x')",
        "1 if 1 else 2",
        "2 +",
        "[1]",
        "'a'",
        "0.5",
        "exp(1, evaluate=1)",
        "True",
    ],
)
def test_text_of_a_point_is_not_run(text: str) -> None:
    with pytest.raises(ValueError, match="not a value"):
        read_value(text)
    with pytest.raises(ValueError, match="not a"):
        read_instance(text)


def test_symbols_that_share_a_name_keep_their_own_values() -> None:
    real, positive = sp.Symbol("s", real=True), sp.Symbol("s", positive=True)
    expression = sp.Abs(real) - positive
    witness = refute(expression, (real < 0,))
    assert witness is not None
    assert len(witness.point) == 2
    assert recheck(expression, (real < 0,), witness)
    values = read_sample(expression, (real < 0,), witness.point).values
    assert values[real].is_negative
    assert values[positive].is_positive


def test_one_seed_gives_one_witness_and_another_seed_another() -> None:
    statement = sp.cos(u) * p - p
    assert refute(statement, seed=1) == refute(statement, seed=1)
    assert refute(statement, seed=1) != refute(statement, seed=2)
