"""Euler-Lagrange expressions, first variations and their rules."""

import pytest
import sympy as sp

from lemmata.theory.decide import decide_zero
from lemmata.theory.derivation import Derivation
from lemmata.theory.kernel import InapplicableRuleError
from lemmata.theory.replay import replay
from lemmata.theory.variation import ForEveryTest, Motion, euler_lagrange, first_variation, name_derivatives
from lemmata.theory.verdict import Verdict

t = sp.Symbol("t", real=True)
q = sp.Function("q", real=True)(t)
eta = sp.Function("eta", real=True)(t)


def test_conformal_metric_gives_its_geodesics() -> None:
    motion = Motion.of("r theta")
    (r, theta), (r_dot, theta_dot) = motion.coordinates, motion.velocities
    h = sp.Function("h", real=True)(theta)
    radial, angular = euler_lagrange((r_dot**2 + r**2 * h**2 * theta_dot**2) / 2, motion)
    geodesic = {
        motion.accelerations[0]: r * h**2 * theta_dot**2,
        motion.accelerations[1]: -2 * r_dot * theta_dot / r - h.diff(theta) / h * theta_dot**2,
    }
    for expression in (radial, angular):
        assert decide_zero(expression.subs(geodesic), (r > 0, sp.Ne(h, 0))).verdict is Verdict.PROVED
    wrong = {**geodesic, motion.accelerations[0]: 2 * r * h**2 * theta_dot**2}
    assert decide_zero(radial.subs(wrong), (r > 0, sp.Ne(h, 0))).verdict is Verdict.REFUTED


def test_explicit_time_enters_the_total_derivative() -> None:
    motion = Motion.of("x")
    (x,), (v,), (a,) = motion.coordinates, motion.velocities, motion.accelerations
    (damped,) = euler_lagrange(sp.exp(motion.time) * (v**2 - x**2) / 2, motion)
    assert decide_zero(damped - sp.exp(motion.time) * (a + v + x)).verdict is Verdict.PROVED


def test_derivatives_of_a_generic_function_get_names() -> None:
    alpha, sigma = sp.symbols("alpha sigma", positive=True)
    separation = sp.Function("lambda", real=True)
    named, meaning = name_derivatives(separation(alpha / sigma).diff(alpha))
    slope = sp.Function("lambda_1", real=True)(alpha / sigma)
    assert named == slope / sigma
    assert list(meaning) == [slope]
    argument = sp.Symbol("x")
    assert meaning[slope].replace(separation, sp.Lambda(argument, argument**2)).doit() == 2 * alpha / sigma


def test_first_variation_agrees_with_a_difference() -> None:
    density = sp.sqrt(1 + q.diff(t) ** 2) + q**3
    variation = first_variation(density, {q: eta})
    place = {q: sp.sin(t), eta: t**2}
    exact = variation.subs(place).doit().subs(t, sp.Rational(1, 3))
    step = sp.Rational(1, 10**4)
    ends = [density.subs(q, sp.sin(t) + s * step * t**2).doit().subs(t, sp.Rational(1, 3)) for s in (-1, 1)]
    assert abs(sp.N(exact - (ends[1] - ends[0]) / (2 * step))) < 1e-7


def stationary(potential: sp.Expr, force: sp.Expr) -> Derivation:
    """Derive Newton's equation for the Lagrangian q'^2/2 - potential, with the force as claimed."""
    lagrangian = q.diff(t) ** 2 / 2 - potential
    vary = {"path": q, "test": eta, "time": t, "lower": 0, "upper": 1, "momentum": q.diff(t)}
    derivation = Derivation("Stationary action").apply(
        "first_variation_of_integral", lagrangian=lagrangian, force=force, **vary, name="variation"
    )
    if derivation.failed:
        return derivation
    variation = derivation.conclusion.left
    return (
        derivation.apply("arbitrary_test", given=ForEveryTest(eta, sp.Eq(variation, 0)), name="stationary")
        .apply(
            "combine",
            *("variation", "stationary"),
            left=sp.Integral(force * eta, (t, 0, 1)),
            right=0,
            factors=(-1, 1),
            name="force does no work",
        )
        .apply("fundamental_lemma", "force does no work", test=eta)
    )


def test_stationary_action_gives_newtons_equation() -> None:
    force = -(q**3) - q.diff(t, 2)
    derivation = stationary(q**4 / 4, force)
    assert derivation.decision.verdict is Verdict.PROVED
    assert derivation.conclusion.left == force
    assert derivation.decision.certificate is not None
    replay(derivation.decision.certificate)


def test_a_wrong_force_is_not_derived() -> None:
    derivation = stationary(q**4 / 4, q**3 - q.diff(t, 2))
    assert derivation.failed
    assert derivation.decision.verdict is Verdict.UNDECIDED


def test_the_fundamental_lemma_needs_every_test_function() -> None:
    given = sp.Eq(sp.Integral(q * eta, (t, 0, 1)), 0)
    derivation = Derivation("one test function").assume(given)
    with pytest.raises(InapplicableRuleError, match="not arbitrary"):
        derivation.apply("fundamental_lemma", -1, test=eta)
