"""Rules of displaced laws and of work along test fields hold for laws in the plane; their broken twins do not."""

from collections.abc import Mapping
from typing import Any

import pytest
import sympy as sp

from lemmata.theory import displacement, field_work
from lemmata.theory.coordinates import CompactSupport, IndexSum, SpaceIntegral
from lemmata.theory.displacement import (
    Convolved,
    DensityOf,
    ForEveryLaw,
    Mirrored,
    rate_at_rest,
)
from lemmata.theory.expectation import (
    FieldMean,
    GradientMean,
    Inner,
    Mean,
    RandomVector,
)
from lemmata.theory.kernel import RULES, InapplicableRuleError, Inference, normalise
from lemmata.theory.statement import Statement, at_most, equal

from .attacking import Case, attack, times
from .displaced_worlds import (
    H,
    M,
    N,
    R,
    U,
    V,
    W,
    World,
    X,
    Y,
    Z,
    along_field,
    atomic,
    b,
    chi_i,
    d,
    e,
    i,
    moved,
    psi,
    psi_i,
    r,
    rho,
    rho_i,
    smooth,
)

potential = IndexSum(V, (), d)
followed = {"test": along_field, "parameter": e}
product = equal(
    IndexSum((psi_i * rho_i).diff(i), (i,), d),
    IndexSum(psi_i.diff(i) * rho_i, (i,), d) + IndexSum(psi_i * rho_i.diff(i), (i,), d),
)
convex = at_most(FieldMean(potential, Y), FieldMean(potential, moved) - e * b, (e > -1, e < 1))
work = equal(rate_at_rest(FieldMean(potential, moved), e), GradientMean(potential, H, Y), (along_field,))
interaction = {"potential": U, "mirrored": R, "convolved": W, "mirrored_convolved": M, "dimension": d}
entropy = {"function": sp.Lambda(r, r * sp.log(r)), "pressure": sp.Lambda(r, r), "density": rho, "dimension": d}
nothing_done = equal(
    2 * GradientMean(potential, H, Y) + 2 * GradientMean(IndexSum(N, (), d), H, Y),
    0,
    (along_field, CompactSupport(psi)),
)
"""V + N is constant."""


def gradient_squared(premises: tuple[Statement, ...], **parameters: Any) -> Inference:
    """Apply the fundamental lemma, and state its conclusion in the mean square."""
    inference = field_work.vanishing_work(premises, **parameters)
    said = inference.conclusion
    square = IndexSum((said.left - said.right) ** 2, (i,), d)
    return Inference(equal(FieldMean(square, Y), 0, said.hypotheses), inference.obligations)


CASES = {
    "displaced_law": Case(
        displacement.displaced_law,
        {"given": ForEveryLaw(Z, sp.Le(0, FieldMean(potential, Z))), **followed},
        lambda s: at_most(s.right, FieldMean(potential, Y)),
    ),
    "along_test_field": Case(field_work.along_test_field, {"field": potential, "test": along_field}, times(2)),
    "displaced_potential": Case(displacement.displaced_potential, {"field": potential, **followed}, times(-1)),
    "displaced_interaction": Case(
        displacement.displaced_interaction,
        {**interaction, **followed},
        lambda s: equal(s.left, 2 * GradientMean(IndexSum(W, (), d), H, Y)),
    ),
    "displaced_internal_energy": Case(
        displacement.displaced_internal_energy, {**entropy, **followed}, times(-1), worlds=smooth()
    ),
    "integral_of_fields": Case(
        field_work.integral_of_fields,
        {"test": psi},
        lambda s: equal(s.left, 2 * SpaceIntegral(IndexSum(psi_i * rho_i.diff(i), (i,), d))),
        (product,),
        smooth(),
    ),
    "mean_by_density": Case(
        field_work.mean_by_density,
        {"field": IndexSum(chi_i.diff(i) ** 2, (i,), d), "density": rho, "vector": Y},
        lambda s: equal(s.left, SpaceIntegral(IndexSum(chi_i.diff(i) ** 2 * psi_i, (i,), d))),
        worlds=smooth(),
    ),
    "work_of_gradient": Case(
        field_work.work_of_gradient,
        {"vector": Y - X, "field": V, "test": along_field, "dimension": d},
        times(-1),
    ),
    "vanishing_work": Case(
        gradient_squared,
        {"test": along_field, "density": rho, "index": i},
        lambda s: equal(s.left + FieldMean(IndexSum(V, (), d), Y), s.right),
        (nothing_done,),
        smooth(),
    ),
    "minimum_is_stationary": Case(
        displacement.minimum_is_stationary,
        {"parameter": e},
        lambda s: equal(s.left + 2 * b, s.right),
        (convex, work),
    ),
}


def attack_case(case: Case, statement: Statement) -> None:
    attack(statement, atomic() if case.worlds is None else case.worlds, World.holds, examples=12)


def test_every_rule_is_attacked() -> None:
    modules = {displacement.__name__, field_work.__name__}
    assert set(CASES) == {name for name, rule in RULES.items() if rule.infer.__module__ in modules}


@pytest.mark.parametrize("name", sorted(CASES))
def test_rule_holds_for_laws_in_the_plane(name: str) -> None:
    attack_case(CASES[name], CASES[name].conclusion())


@pytest.mark.parametrize("name", sorted(CASES))
def test_broken_twin_fails_for_laws_in_the_plane(name: str) -> None:
    case = CASES[name]
    with pytest.raises(AssertionError):
        attack_case(case, case.broken(case.conclusion()))


@pytest.mark.parametrize("name", ["minimum_is_stationary", "vanishing_work"])
def test_premises_hold(name: str) -> None:
    for premise in CASES[name].premises:
        attack_case(CASES[name], premise)


def test_conditions_are_kept() -> None:
    found = CASES["displaced_interaction"].conclusion().hypotheses
    assert {Mirrored(R, U), Convolved(W, U, Y), Convolved(M, R, Y), along_field} == set(found)
    assert DensityOf(rho, Y) in CASES["mean_by_density"].conclusion().hypotheses
    assert not any(h.has(e) for h in CASES["minimum_is_stationary"].conclusion().hypotheses)


def test_another_pressure_is_refuted() -> None:
    parameters = {**entropy, "pressure": sp.Lambda(r, r * sp.log(r)), **followed}
    inference = displacement.displaced_internal_energy((), **{k: normalise(v) for k, v in parameters.items()})
    assert [o.decide().verdict for o in inference.obligations] == ["refuted"]


one_sided = convex.under((e >= 0, e < 1))
far = convex.under((e > sp.Rational(1, 2), e < 1))


def test_a_minimum_elsewhere_is_not_one_at_rest() -> None:
    near, elsewhere = (displacement.minimum_is_stationary((p, work), parameter=e) for p in (convex, far))
    assert all(o.decide().verdict == "proved" for o in near.obligations)
    assert any(o.decide().verdict != "proved" for o in elsewhere.obligations)


@pytest.mark.parametrize(
    ("rule", "premises", "parameters", "message"),
    [
        (displacement.minimum_is_stationary, (convex,), {"parameter": e}, "derivative at 0 is missing"),
        (displacement.minimum_is_stationary, (one_sided, work), {"parameter": e}, "need not hold near 0"),
        (displacement.minimum_is_stationary, (convex, equal(b, 0)), {"parameter": e}, "no derivative at 0"),
        (
            displacement.minimum_is_stationary,
            (at_most(e, FieldMean(potential, moved)), work),
            {"parameter": e},
            "floor depends",
        ),
        (
            field_work.integral_of_fields,
            (equal(IndexSum(rho_i, (i,), d), IndexSum(rho_i, (i,), d)),),
            {"test": psi},
            "need not be integrable",
        ),
        (
            field_work.integral_of_fields,
            (product.under((sp.Gt(rho, 0),)),),
            {"test": psi},
            "at one point only",
        ),
        (displacement.displaced_potential, (), {"field": potential, "test": e > 0, "parameter": e}, "no test field"),
        (
            displacement.displaced_potential,
            (),
            {"field": potential, "test": along_field, "parameter": r},
            "does not run through",
        ),
        (
            displacement.minimum_is_stationary,
            (at_most(FieldMean(potential, Y), FieldMean(potential, Y) + r),),
            {"parameter": r},
            "does not run through",
        ),
        (
            displacement.displaced_internal_energy,
            (),
            {**entropy, "function": sp.Lambda(r, r * rho), **followed},
            "more than the density",
        ),
        (
            displacement.displaced_law,
            (),
            {"given": ForEveryLaw(Z, sp.Le(e, FieldMean(potential, Z))), **followed},
            "is taken",
        ),
        (
            displacement.displaced_interaction,
            (),
            {**interaction, "potential": V + U, **followed},
            "not all fields",
        ),
        (
            field_work.vanishing_work,
            (nothing_done.under((along_field, sp.Gt(Mean(Inner(H, H)), 1))),),
            CASES["vanishing_work"].parameters,
            "not arbitrary",
        ),
        (
            field_work.vanishing_work,
            (nothing_done.under(()),),
            CASES["vanishing_work"].parameters,
            "not arbitrary",
        ),
        (
            field_work.vanishing_work,
            (equal(GradientMean(IndexSum(psi, (), d), H, Y), 0, (along_field,)),),
            CASES["vanishing_work"].parameters,
            "depends on the test field",
        ),
        (
            field_work.vanishing_work,
            (equal(GradientMean(potential, H, Y) ** 2, 0, (along_field,)),),
            CASES["vanishing_work"].parameters,
            "not linear",
        ),
        (
            field_work.vanishing_work,
            (equal(GradientMean(potential, H, Y), b, (along_field,)),),
            CASES["vanishing_work"].parameters,
            "not a work alone",
        ),
        (
            field_work.vanishing_work,
            (equal(GradientMean(potential, X, Y), 0, (along_field,)),),
            CASES["vanishing_work"].parameters,
            "no work along",
        ),
        (
            field_work.along_test_field,
            (),
            {"field": IndexSum(chi_i.diff(i), (i,), d), "test": along_field},
            "a sum over indices itself",
        ),
    ],
)
def test_rules_refuse_what_they_cannot_conclude(
    rule: Any, premises: tuple[Statement, ...], parameters: Mapping[str, Any], message: str
) -> None:
    with pytest.raises(InapplicableRuleError, match=message):
        rule(premises, **parameters)


def test_a_law_is_a_random_vector() -> None:
    assert ForEveryLaw(Z, sp.Le(0, FieldMean(potential, Z))).free_symbols == {d}
    assert isinstance(Z, RandomVector)
