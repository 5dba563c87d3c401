"""Rules of displaced laws and of work along test fields hold for laws in the plane; their broken twins do not.

A law has atoms, or a density. Energies are computed from their definitions: sums over atoms and pairs of atoms,
quadrature over a grid, the density of the displaced law from the full Jacobian determinant; derivatives in the
displacement are differences.
"""

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
import sympy as sp
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from lemmata.theory import displacement, field_work
from lemmata.theory.coordinates import CompactSupport, IndexSum, SpaceIntegral, coordinates, point
from lemmata.theory.displacement import (
    Convolved,
    DensityOf,
    ForEveryLaw,
    InteractionEnergy,
    InternalEnergy,
    Mirrored,
    TestField,
    rate_at_rest,
)
from lemmata.theory.expectation import (
    FieldMean,
    GradientMean,
    Inner,
    Mean,
    RandomVector,
    random_vector,
    vector_coefficients,
)
from lemmata.theory.generalisation import Opaque
from lemmata.theory.kernel import RULES, InapplicableRuleError, Inference, normalise
from lemmata.theory.statement import Relation, Statement, at_most, equal

from .sampled import Sample
from .sampled import U as PLACE

X, Y, H, Z = (random_vector(name) for name in ("X", "Y", "H", "Z"))
d = sp.Symbol("d", integer=True, positive=True)
e, b = sp.symbols("e b", real=True)
r = sp.Symbol("r", positive=True)
u = point("u")
(i,) = coordinates("i")
NAMES = ("psi", "chi", "V", "N", "U", "R", "W", "M", "rho")
psi, chi, V, N, U, R, W, M, rho = (sp.Function(name, real=True)(u) for name in NAMES)
psi_i, chi_i, rho_i = (sp.Function(name, real=True)(u, i) for name in ("psi", "chi", "rho"))
along_field = TestField(H, psi, chi, Y)
moved = Y + e * H
STEP = 1e-3
"""Of central differences of fourth order."""
TOLERANCE = 1e-7
"""Differences of sums of order ten lose about 1e-15/STEP to rounding and STEP^4 to truncation; this is far above."""
_axis = np.linspace(-8, 8, 121)
CELL = (_axis[1] - _axis[0]) ** 2
GRID = np.stack(np.meshgrid(_axis, _axis, indexing="ij"), -1).reshape(-1, 2)


@dataclass(frozen=True)
class World:
    """Fields in the coordinates, and a law: atoms of equal weight, or the density rho on a grid (no atoms)."""

    fields: Mapping[str, sp.Expr]
    atoms: Any = None
    number: float = 0.0
    """The value of b."""
    displaced: float = 0.0
    """The value of e."""

    @property
    def points(self) -> Any:
        return GRID if self.atoms is None else self.atoms

    @property
    def weights(self) -> Any:
        if self.atoms is None:
            return self.evaluated(self.fields["rho"], GRID) * CELL
        return np.full(len(self.atoms), 1 / len(self.atoms))

    def sample(self) -> Sample:
        return Sample(np.zeros((1, 2)), np.ones(1), fields=self.fields)

    def evaluated(self, expression: sp.Expr, places: Any) -> Any:
        return self.sample().evaluated(expression, places)

    def gradient(self, expression: sp.Expr, places: Any) -> Any:
        return np.stack([self.evaluated(expression.diff(c), places) for c in PLACE], -1)

    def displacement(self, places: Any) -> Any:
        return self.evaluated(self.fields["psi"], places)[:, None] * self.gradient(self.fields["chi"], places)

    def vector(self, expression: Any) -> Any:
        known = {Y: self.points, H: self.displacement(self.points)}
        known[X] = self.points - self.gradient(self.fields["V"], self.points)
        terms = vector_coefficients(sp.sympify(expression)).items()
        return sum((self.scalar(factor) * known[name] for name, factor in terms), np.zeros_like(self.points))

    def scalar(self, expression: Any) -> float:
        return float(sp.sympify(expression).subs({e: self.displaced, b: self.number, d: 2}))

    def at(self, displaced: float) -> "World":
        return World(self.fields, self.atoms, self.number, displaced)

    def written(self, body: Any) -> sp.Expr:
        return self.sample().written(body)

    def opaque(self, node: Any) -> float:
        match node:
            case FieldMean(args=(body, path)):
                return float(self.weights @ self.evaluated(self.written(body), self.vector(path)))
            case GradientMean(args=(body, vector, path)):
                slopes = self.gradient(self.written(body), self.vector(path))
                return float(self.weights @ (slopes * self.vector(vector)).sum(-1))
            case Mean(args=(Inner(args=(first, second)),)):
                return float(self.weights @ (self.vector(first) * self.vector(second)).sum(-1))
            case InteractionEnergy(args=(potential, path)):
                places = self.vector(path)
                pairs = (places[:, None] - places[None]).reshape(-1, 2)
                return float(self.evaluated(self.fields[potential.func.__name__], pairs).mean())
            case InternalEnergy(args=(function, path)):
                return self.internal(function, self.scalar(vector_coefficients(path).get(H, sp.S.Zero)))
            case SpaceIntegral(args=(body,)):
                return float(self.evaluated(self.written(body), GRID).sum() * CELL)
        raise TypeError(type(node))

    def internal(self, function: sp.Lambda, shift: float) -> float:
        shifts = [self.fields["psi"] * self.fields["chi"].diff(c) for c in PLACE]
        jacobian = sp.eye(2) + shift * sp.Matrix(2, 2, [s.diff(c) for s, c in itertools.product(shifts, PLACE)])
        volume = self.evaluated(jacobian.det(), GRID)
        assert volume.min() > 0
        density = self.evaluated(self.fields["rho"], GRID) / volume
        return float((sp.lambdify(r, function(r))(density) * volume).sum() * CELL)

    def value(self, expression: sp.Expr) -> float:
        table: dict[Any, Any] = {}

        def visit(node: Any) -> None:
            if isinstance(node, sp.Subs):
                inner = node.expr.expr
                low, under, over, high = (self.at(k * STEP).opaque(inner) for k in (-2, -1, 1, 2))
                table[node] = sp.Float((low - 8 * under + 8 * over - high) / (12 * STEP))
            elif isinstance(node, Opaque):
                table[node] = sp.Float(self.opaque(node))
            else:
                for argument in node.args:
                    visit(argument)

        visit(expression)
        return self.scalar(expression.xreplace(table))

    def holds(self, statement: Statement) -> bool:
        left, right = self.value(statement.left), self.value(statement.right)
        slack = TOLERANCE * (1 + abs(left))
        return abs(left - right) < slack if statement.relation is Relation.EQUAL else left <= right + slack


numbers = st.integers(-2, 2).map(lambda k: sp.Rational(k, 2))


def fields_of(p: sp.Rational, q: sp.Rational) -> dict[str, sp.Expr]:
    """Return fields in two coordinates; psi decays fast enough for integration by parts."""
    x, y = PLACE
    bell = sp.exp(-(x**2 + y**2) / 2)
    pair = p * x**3 + x**2 * y + (x - q * y) ** 2 + x
    return {
        "psi": bell * (1 + p * x) / 4,
        "chi": x + q * x * y + p * y**2,
        "V": (x**2 + (q + 1) ** 2 * y**2) / 2,
        "U": pair,
        "N": 1 - (x**2 + (q + 1) ** 2 * y**2) / 2,
        "R": pair.subs({x: -x, y: -y}, simultaneous=True),
        "rho": (1 + q * x / (2 + x**2 + y**2)) * bell / (2 * sp.pi),
    }


@st.composite
def atomic(draw: st.DrawFn) -> World:
    """Draw atoms, with the convolutions of U and R with their law, and b = E<grad V(Y), H>."""
    places = draw(st.lists(st.tuples(numbers, numbers), min_size=2, max_size=4))
    fields = fields_of(draw(numbers), draw(numbers))
    x, y = PLACE
    for name, kernel in (("W", "U"), ("M", "R")):
        shifted = (fields[kernel].subs({x: x - a, y: y - c}, simultaneous=True) for a, c in places)
        fields[name] = sum(shifted, sp.S.Zero) / len(places)
    world = World(fields, np.array(places, dtype=float))
    work = world.value(GradientMean(IndexSum(V, (), d), H, Y))
    return World(fields, world.atoms, work, draw(st.sampled_from((-0.9, 0.3, 0.8))))


@st.composite
def smooth(draw: st.DrawFn) -> World:
    """Draw a law with a density."""
    return World(fields_of(draw(numbers), draw(numbers)))


@dataclass(frozen=True)
class Case:
    rule: Callable[..., Inference]
    parameters: Mapping[str, Any]
    broken: Callable[[Statement], Statement]
    premises: tuple[Statement, ...] = ()
    worlds: st.SearchStrategy[World] = field(default_factory=atomic)

    def conclusion(self) -> Statement:
        parameters = {name: normalise(value) for name, value in self.parameters.items()}
        inference = self.rule(self.premises, **parameters)
        assert all(o.decide().verdict == "proved" for o in inference.obligations)
        return inference.conclusion


def times(factor: Any) -> Callable[[Statement], Statement]:
    return lambda s: Statement(s.relation, s.left, s.right * factor, s.hypotheses)


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


def attack(statement: Statement, drawn: st.SearchStrategy[World]) -> None:
    @settings(max_examples=12, derandomize=True, deadline=None, database=None, phases=(Phase.generate,))
    @given(drawn)
    def attempt(world: World) -> None:
        assert world.holds(statement), f"{statement} at {world}"

    attempt()


def test_every_rule_is_attacked() -> None:
    modules = {displacement.__name__, field_work.__name__}
    assert set(CASES) == {name for name, rule in RULES.items() if rule.infer.__module__ in modules}


@pytest.mark.parametrize("name", sorted(CASES))
def test_rule_holds_for_laws_in_the_plane(name: str) -> None:
    attack(CASES[name].conclusion(), CASES[name].worlds)


@pytest.mark.parametrize("name", sorted(CASES))
def test_broken_twin_fails_for_laws_in_the_plane(name: str) -> None:
    case = CASES[name]
    with pytest.raises(AssertionError):
        attack(case.broken(case.conclusion()), case.worlds)


@pytest.mark.parametrize("name", ["minimum_is_stationary", "vanishing_work"])
def test_premises_hold(name: str) -> None:
    for premise in CASES[name].premises:
        attack(premise, CASES[name].worlds)


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
