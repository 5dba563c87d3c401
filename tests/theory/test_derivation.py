"""Derivations hold nothing on trust: facts cannot be made by hand, failures say why, certificates bind every field."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sympy as sp

from lemmata.theory import gaussian_channel, marginal_velocity
from lemmata.theory.deciding.certificate import seal_of
from lemmata.theory.derivation import Derivation
from lemmata.theory.expression_text import read_expression, write_expression
from lemmata.theory.kernel import Fact, InapplicableRuleError
from lemmata.theory.latex import printed_width, render_latex, render_statement
from lemmata.theory.replay import ReplayError, replay
from lemmata.theory.statement import Approaches, ForAll, Relation, Statement, at_most, below, equal
from lemmata.theory.verdict import Certificate, Verdict

x, y = sp.symbols("x y", real=True)
t, g = sp.symbols("t g", positive=True)
v = sp.Function("v", positive=True)


def riccati() -> Derivation:
    """Derive that 1/v grows like t where v' = -v^2."""
    return (
        Derivation("Riccati")
        .assume(ForAll(t, sp.Eq(v(t).diff(t), -(v(t) ** 2))), name="equation")
        .apply("combine", "equation", left=(1 / v(t)).diff(t), right=1, factors=(-1 / v(t) ** 2,), name="linear")
        .apply("integrate", "linear", variable=t, lower=1, upper=g + 1, left=1 / v(t), right=t, name="integrated")
    )


# Building


def test_a_proved_derivation_has_a_certificate_that_replays() -> None:
    derivation = riccati()
    assert derivation.decision.verdict is Verdict.PROVED
    assert derivation.decision.certificate is not None
    report = replay(derivation.decision.certificate)
    assert (report.kind, report.goal) == ("derivation", "=")
    assert [step["verdict"] for step in derivation.to_json_steps()] == ["proved"] * 3


def test_facts_cannot_be_made_by_hand() -> None:
    with pytest.raises(TypeError, match="not by hand"):
        Fact(equal(0, 1), "decision", (), (), (), object())


def test_a_false_step_ends_the_derivation_with_its_witness() -> None:
    derivation = Derivation("false").equal(x**2, x, name="wrong").equal(1, 1)
    assert derivation.failed
    assert len(derivation.steps) == 1
    assert derivation.decision.verdict is Verdict.REFUTED
    assert derivation.decision.witness is not None
    assert "x" in derivation.decision.witness.point


def test_a_missing_proof_is_undecided_and_says_where() -> None:
    derivation = Derivation("unproved").at_most(sp.sin(x), x**2 + 1 - x, name="hard")
    assert derivation.decision.verdict is Verdict.UNDECIDED
    assert "hard" in derivation.decision.reason


def test_a_refuted_side_condition_does_not_refute_the_statement() -> None:
    derivation = Derivation("side condition").assume(sp.Le(x, y)).apply("combine", -1, left=-x, right=-y, factors=(-1,))
    assert derivation.decision.verdict is Verdict.UNDECIDED


def test_names_and_indices_of_premises() -> None:
    derivation = riccati()
    assert derivation.steps[2].premises == (1,)
    assert derivation.statement("linear") == derivation.statement(1)
    with pytest.raises(KeyError, match="no step is called"):
        derivation.apply("chain", "nowhere", "linear")


def test_unknown_rules_and_parameters_are_refused() -> None:
    with pytest.raises(InapplicableRuleError, match="no rule called"):
        Derivation("d").apply("wishful_thinking")
    with pytest.raises(InapplicableRuleError, match="chain"):
        Derivation("d").equal(1, 1).apply("chain", -1, hope=1)


def test_false_hypotheses_are_refused() -> None:
    with pytest.raises(ValueError, match="everything would follow"):
        Derivation("d", (sp.false,))


# Concluding


def test_a_claimed_equality_is_proved_or_refuted() -> None:
    conclusion = riccati().conclusion
    assert riccati().concludes(conclusion.right).verdict is Verdict.PROVED
    assert riccati().concludes(equal(conclusion.left, g)).verdict is Verdict.PROVED
    refuted = riccati().concludes(g + sp.Rational(1, 1000))
    assert refuted.verdict is Verdict.REFUTED
    assert refuted.witness is not None


def test_a_weaker_bound_follows_and_a_sharper_one_is_undecided() -> None:
    derivation = Derivation("bound").assume(ForAll(t, sp.Le(v(t), t)))
    assert derivation.concludes(t + 1).verdict is Verdict.PROVED
    assert derivation.concludes(t - 1).verdict is Verdict.UNDECIDED
    assert derivation.concludes(below(v(t), t + 1)).verdict is Verdict.UNDECIDED


def test_a_claimed_statement_names_all_hypotheses_or_none() -> None:
    derivation = Derivation("bound").assume(sp.Le(x, y)).assume(sp.Le(y, t))
    derivation = derivation.apply("chain", 0, 1)
    assert derivation.concludes(at_most(x, t)).verdict is Verdict.PROVED
    assert derivation.concludes(at_most(x, t, (sp.Le(y, t), sp.Le(x, y), sp.Le(x, 7)))).verdict is Verdict.PROVED
    weaker = derivation.concludes(at_most(x, t, (sp.Le(x, y),)))
    assert weaker.verdict is Verdict.UNDECIDED
    assert str(sp.Le(y, t)) in weaker.reason


def test_a_failed_derivation_concludes_nothing() -> None:
    assert Derivation("false").equal(x, 2 * x).concludes(x).verdict is Verdict.REFUTED
    assert Derivation("empty").concludes(x).verdict is Verdict.UNDECIDED


# What the rules refuse


@pytest.mark.parametrize(
    ("attempt", "message"),
    [
        (lambda: Derivation("d").assume(sp.Eq(t, g)).apply("differentiate", -1, variable=t), "need not hold beside"),
        (
            lambda: (
                Derivation("d")
                .assume(sp.Eq(v(t), g))
                .equal(v(t).diff(t), v(t).diff(t), name="slope")
                .apply("rewrite", "slope", 0)
            ),
            "holds only where",
        ),
        (
            lambda: Derivation("d").assume(sp.Le(v(t), t)).apply("integrate", -1, variable=t, lower=0, upper=t),
            "the ends depend on",
        ),
        (
            lambda: Derivation("d").assume(ForAll(t, sp.Le(v(t), g))).apply("instance", -1, values={g: t}),
            "is bound in",
        ),
        (
            lambda: (
                Derivation("d")
                .at_most(0, x**2, given=(x >= 0,), name="one")
                .at_most(0, x**2, given=(x < -1,))
                .apply("cases", "one", -1, given=x >= 0)
            ),
            "the cases are not",
        ),
        (
            lambda: (
                Derivation("d")
                .assume(Approaches(v(t), t, sp.oo, 0), name="limit")
                .at_most(0, v(t), given=(t < 3,))
                .at_most(v(t), v(t))
                .apply("squeeze", 1, 2, "limit")
            ),
            "need not hold",
        ),
    ],
)
def test_rules_refuse_what_they_cannot_conclude(attempt: Callable[[], Derivation], message: str) -> None:
    with pytest.raises(InapplicableRuleError, match=message):
        attempt()


def test_what_is_put_for_a_function_has_its_sign() -> None:
    positive = Derivation("d").below(0, v(t))
    assert positive.apply("instance", -1, functions={v: sp.Lambda(x, sp.exp(x))}).decision.verdict is Verdict.PROVED
    assert positive.apply("instance", -1, functions={v: sp.Lambda(x, x)}).decision.verdict is Verdict.UNDECIDED


def test_ends_and_limits_are_not_read_off_after_evaluation() -> None:
    power = t ** (1 / (1 - sp.log(t)))  # tends to 1/e at 0, where SymPy evaluates 0^0 = 1
    parameters = {"integrand": power.diff(t), "variable": t, "lower": 0, "upper": 1, "antiderivative": power}
    assert power.subs(t, 0) == 1
    with pytest.raises(InapplicableRuleError, match="has no value"):
        Derivation("d").apply("fundamental_theorem", **parameters)
    falling = Derivation("d").apply("limit_of_reciprocal", variable=t)
    rooted = falling.apply("limit_of_function", -1, function=sp.Lambda(x, sp.sqrt(x)))
    assert rooted.decision.verdict is Verdict.PROVED
    imaginary = falling.apply("limit_of_function", -1, function=sp.Lambda(x, sp.sqrt(-x)))
    assert imaginary.decision.verdict is Verdict.UNDECIDED
    with pytest.raises(InapplicableRuleError, match="continuous"):
        falling.apply("limit_of_function", -1, function=sp.Lambda(x, sp.sign(x)))


def test_a_relation_is_lost_where_a_vanishing_term_was_undefined() -> None:
    strict = below(0, (x**3 + x**4) / (x + x**2))
    assert Derivation("hole").below(strict.left, strict.right).decision.verdict is not Verdict.REFUTED
    removed = (
        Derivation("hole")
        .assume(sp.Lt(0, (x**3 + x**4) / (x + x**2)))
        .equal((x**3 + x**4) / (x + x**2), x**2)
        .apply("chain", 0, 1)
    )
    assert removed.decision.verdict is Verdict.UNDECIDED


# Certificates


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, dict | list):
        for key in value if isinstance(value, dict) else range(len(value)):
            yield from leaves(value[key], (*path, key))
    else:
        yield path


def tampered(payload: Any, path: tuple[Any, ...]) -> Any:
    copy = json.loads(json.dumps(payload))
    target = copy
    for key in path[:-1]:
        target = target[key]
    old = target[path[-1]]
    target[path[-1]] = old + 1 if isinstance(old, int) else f"{old}x" if isinstance(old, str) else "x"
    return copy


def stored() -> Any:
    return json.loads(json.dumps(riccati().certificate.to_json()))["payload"]


def sealed(payload: Any) -> Certificate:
    """Return the certificate with the seal that an honest maker would put on it."""
    return Certificate("derivation", {**payload, "seal": seal_of(payload)})


def test_no_tampered_certificate_replays() -> None:
    payload = stored()
    replay(Certificate("derivation", payload))
    paths = list(leaves(payload))
    assert len(paths) > 60
    for path in paths:
        with pytest.raises(ReplayError):
            replay(Certificate("derivation", tampered(payload, path)))


def outer(payload: Any) -> list[tuple[Any, ...]]:
    """Return the fields of the derivation itself: a stored certificate has a seal of its own."""
    return [path for path in leaves(payload) if "certificates" not in path and path != ("seal",)]


def test_a_forged_seal_does_not_help() -> None:
    payload = stored()
    for path in outer(payload):
        with pytest.raises(ReplayError):
            replay(sealed(tampered(payload, path)))


def test_exchanged_expressions_prove_nothing_else() -> None:
    payload, honest = stored(), replay(riccati().certificate)
    survived = 0
    for path in outer(payload):
        for text in (write_expression(e) for e in (t, sp.Integer(1))):
            copy = json.loads(json.dumps(payload))
            holder = copy
            for key in path[:-1]:
                holder = holder[key]
            if not isinstance(holder[path[-1]], str) or holder[path[-1]] == text:
                continue
            holder[path[-1]] = text
            try:
                report = replay(sealed(copy))
            except ReplayError:
                continue
            survived += 1
            assert report == honest
    assert survived <= 2  # another antiderivative of the same function makes another proof of the same statement


def test_a_dropped_fact_or_obligation_is_noticed() -> None:
    payload = stored()
    for place in range(len(payload["facts"])):
        shorter = {**payload, "facts": payload["facts"][:place] + payload["facts"][place + 1 :]}
        with pytest.raises(ReplayError):
            replay(sealed(shorter))
    facts = json.loads(json.dumps(payload["facts"]))
    facts[-1]["certificates"].pop()
    with pytest.raises(ReplayError, match="number of obligations"):
        replay(sealed({**payload, "facts": facts}))


def test_certificates_do_not_execute_text() -> None:
    for text in ("__import__('os').getcwd()", "Symbol('x').name", "open('x')", "Lambda", "(lambda: 1)()"):
        with pytest.raises(ValueError, match="not an expression"):
            read_expression(text)


@pytest.mark.parametrize(
    "expression",
    [
        v(t).diff(t) / v(t) ** 2,
        sp.Function("f", real=True)(x, y).diff(x, y).subs(y, 2 * x),
        ForAll(t, sp.Le(v(t), 1)),
        sp.Integral(v(t) * t, (t, 0, g)),
        gaussian_channel.derive_error().conclusion.right,
    ],
)
def test_expressions_are_read_as_they_were_written(expression: sp.Basic) -> None:
    assert read_expression(write_expression(expression)) == expression


# The derivations that the kinetic-optimal system rests on


@pytest.mark.parametrize(
    "derive",
    [
        marginal_velocity.derive_velocity_energy,
        marginal_velocity.derive_continuity_equation,
        gaussian_channel.derive_information_slope,
        gaussian_channel.derive_error_slope,
        gaussian_channel.derive_riccati_inequality,
        gaussian_channel.derive_error_floor,
        gaussian_channel.derive_information_ceiling,
    ],
)
def test_ready_derivations_are_proved_and_replay(derive: Callable[[], Derivation]) -> None:
    derivation = derive()
    assert derivation.decision.verdict is Verdict.PROVED, derivation.decision.reason
    replay(derivation.certificate)
    for step in derivation.to_json_steps():
        assert all(printed_width(line) <= 125 for line in step["latex"].split(r"\\"))


def test_a_derivation_names_the_rules_that_it_rests_on() -> None:
    rules = gaussian_channel.derive_riccati_inequality().rules
    assert {"gaussian_integration_by_parts", "posterior_mean_is_gradient", "jensen", "trace_inequality"} <= set(rules)


def test_the_kinetic_energy_formula_has_no_slack() -> None:
    derivation = marginal_velocity.derive_velocity_energy()
    formula = derivation.conclusion.right
    assert derivation.concludes(formula).verdict is Verdict.PROVED
    for wrong in (formula + marginal_velocity.separation / 10**6, formula.subs(marginal_velocity.separation, 1)):
        refuted = derivation.concludes(wrong)
        assert refuted.verdict is Verdict.REFUTED


def test_a_wrong_tower_rule_does_not_give_the_riccati_inequality() -> None:
    derivation = gaussian_channel.derive_riccati_inequality()
    assert derivation.concludes(-(gaussian_channel.error(gaussian_channel.g) ** 2)).verdict is Verdict.PROVED
    sharper = -2 * gaussian_channel.error(gaussian_channel.g) ** 2
    assert derivation.concludes(sharper).verdict is Verdict.UNDECIDED


# LaTeX


def test_latex_avoids_what_the_report_cannot_print() -> None:
    assert r"\operatorname" not in render_latex(sp.erf(x) + sp.atan(x))
    assert render_latex(v(t).diff(t)) == r"v'\left(t\right)"
    assert render_latex(marginal_velocity.alpha_dot**2) == r"{\alpha'}^{2}"
    moved = sp.Subs(sp.Derivative(v(t * x), t), t, 0)
    assert render_latex(moved) == r"\left[ \frac{\partial}{\partial t} v{\left(t x \right)} \right]_{t = 0}"
    trace = gaussian_channel.derive_trace().statement("pointwise").left
    assert render_latex(trace**2) == r"\left(\sum_{i} \partial_{i} \partial_{i} F\right)^{2}"
    with pytest.raises(ValueError, match="cannot be printed"):
        render_latex(sp.Symbol(r"\otimes"))


def test_wide_statements_are_broken_into_lines() -> None:
    wide = sum((sp.Symbol(f"coefficient_{k}") * x**k for k in range(20)), sp.S.Zero)
    text = render_statement(Statement(Relation.EQUAL, wide, sp.S.Zero))
    assert text.startswith(r"\begin{aligned}")
    assert all(printed_width(line) <= 125 for line in text.split(r"\\"))
    assert render_statement(at_most(x, y)) == r"x \le y"
