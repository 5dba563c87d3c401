"""Rules of optimal transport hold on random finite laws, where the distance is a minimum over permutations.

A random vector is an array of equally likely values; the joint law of several is the law of the common index.
"""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
import sympy as sp
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from lemmata.theory import transport
from lemmata.theory.coordinates import point
from lemmata.theory.expectation import (
    FieldMean,
    Independent,
    Inner,
    Mean,
    RandomVector,
    StandardNormal,
    random_vector,
    vector_coefficients,
)
from lemmata.theory.kernel import RULES, InapplicableRuleError
from lemmata.theory.statement import Relation, Statement, at_most, equal
from lemmata.theory.transport import GradientOf, LegendrePair, SameLaw, Wasserstein

from .attacking import Case, attack, times

X, Y, U, V, W, eps = (random_vector(name) for name in ("X", "Y", "U", "V", "W", "eps"))
c = sp.Symbol("c", positive=True)
d = sp.Symbol("d", integer=True, positive=True)
u = point("u")
phi, psi = (sp.Function(name, real=True)(u) for name in ("phi", "psi"))
COUNT = 4
TOLERANCE = 1e-9
"""Finite sums of numbers of order one in double precision."""


@dataclass(frozen=True)
class World:
    """Values of random vectors, of the number c, and of the quadratic fields phi = c |u|^2/2 and psi = |u|^2/(2c)."""

    vectors: Mapping[RandomVector, Any]
    number: float
    normal: frozenset[RandomVector] = field(default_factory=frozenset)

    def scalar(self, expression: Any) -> float:
        return float(sp.sympify(expression).subs({c: self.number, d: 2}))

    def vector(self, expression: Any) -> Any:
        terms = vector_coefficients(sp.sympify(expression)).items()
        return sum((self.scalar(factor) * self.vectors[name] for name, factor in terms), np.zeros((COUNT, 2)))

    def distance(self, first: Any, second: Any) -> float:
        if self.normal and first.atoms(RandomVector) | second.atoms(RandomVector) <= self.normal:
            # Sums of independent standard normal vectors in R^2: the distance is that of the standard deviations.
            spreads = [
                np.sqrt(sum(self.scalar(f) ** 2 for f in vector_coefficients(e).values())) for e in (first, second)
            ]
            return float(abs(spreads[0] - spreads[1]) * np.sqrt(2))
        start, end = self.vector(first), self.vector(second)
        costs = (((start - end[list(order)]) ** 2).sum() for order in itertools.permutations(range(COUNT)))
        return float(np.sqrt(min(costs) / COUNT))

    def field_mean(self, node: FieldMean) -> float:
        body, path = node.args
        rate = {"phi": self.number / 2, "psi": 1 / (2 * self.number)}[body.args[0].func.__name__]
        return float(rate * (self.vector(path) ** 2).sum(-1).mean())

    def value(self, expression: sp.Expr) -> float:
        table: dict[Any, Any] = {}
        for node in expression.atoms(Mean):
            (inner,) = node.args
            table[node] = float((self.vector(inner.args[0]) * self.vector(inner.args[1])).sum(-1).mean())
        table |= {node: self.field_mean(node) for node in expression.atoms(FieldMean)}
        table |= {node: self.distance(*node.args) for node in expression.atoms(Wasserstein)}
        return self.scalar(expression.xreplace(table))

    def holds(self, statement: Statement) -> bool:
        left, right = self.value(statement.left), self.value(statement.right)
        slack = TOLERANCE * (1 + abs(left))
        return abs(left - right) < slack if statement.relation is Relation.EQUAL else left <= right + slack


values = arrays(np.float64, (COUNT, 2), elements=st.integers(-4, 4).map(lambda k: k / 2))


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Draw data X, Y, U; W is the gradient of phi at U, and V a permutation of W."""
    x, y, start = draw(values), draw(values), draw(values)
    number = draw(st.sampled_from((0.5, 1.0, 1.5)))
    image = number * start
    copy = image[draw(st.permutations(range(COUNT)))]
    return World({X: x, Y: y, U: start, W: image, V: copy, eps: x}, number)


pair = {"potential": phi, "conjugate": psi, "dimension": d}
cost = Mean(Inner(X - Y, X - Y))
scaled = at_most(Wasserstein(c * X, c * Y) ** 2, c**2 * cost)


normal_worlds = st.sampled_from((0.5, 0.8)).map(lambda number: World({}, number, frozenset((Y, eps))))

CASES = {
    "coupling_bound": Case(transport.coupling_bound, {"first": X, "second": X + Y}, times(sp.Rational(1, 2))),
    "infimum_over_couplings": Case(
        transport.infimum_over_couplings,
        {"first": X, "second": Y, "factor": c**2},
        times(sp.Rational(1, 2)),
        (scaled,),
    ),
    "sum_of_normals": Case(
        transport.sum_of_normals,
        {
            "vector": 2 * Y,
            "first": Y,
            "second": eps,
            "weights": (c, sp.sqrt(1 - c**2)),
            "dimension": d,
            "hypotheses": (c < 1,),
        },
        lambda s: equal(s.left, Wasserstein(2 * Y, c * Y)),
        worlds=normal_worlds,
    ),
    "same_law": Case(
        transport.same_law,
        {"node": Wasserstein(U, V), "copy": V, "original": W},
        lambda s: equal(Mean(Inner(U, V)), Mean(Inner(U, W))),
    ),
    "drop_copy": Case(
        transport.drop_copy,
        {"copy": V, "original": W},
        times(sp.Rational(1, 2)),
        (equal(Mean(Inner(W, W)), c**2 * Mean(Inner(U, U)), (SameLaw(V, W),)),),
    ),
    "fenchel_young": Case(
        transport.fenchel_young,
        {**pair, "first": U, "second": X},
        lambda s: Statement(s.relation, s.right, s.left, s.hypotheses),
    ),
    "fenchel_equality": Case(transport.fenchel_equality, {**pair, "vector": U, "image": W}, times(2)),
}


def attack_case(case: Case, statement: Statement) -> None:
    attack(statement, worlds() if case.worlds is None else case.worlds, World.holds, examples=30)


def test_every_rule_is_attacked() -> None:
    assert set(CASES) == {name for name, rule in RULES.items() if rule.infer.__module__ == transport.__name__}


@pytest.mark.parametrize("name", sorted(CASES))
def test_rule_holds_on_finite_laws(name: str) -> None:
    attack_case(CASES[name], CASES[name].conclusion())


@pytest.mark.parametrize("name", sorted(CASES))
def test_broken_twin_fails_on_finite_laws(name: str) -> None:
    case = CASES[name]
    with pytest.raises(AssertionError):
        attack_case(case, case.broken(case.conclusion()))


def noised(vector: sp.Expr) -> sp.Expr:
    return vector + eps


independent = (Independent(X, eps), Independent(Y, eps), StandardNormal(eps, d))
through_noise = at_most(Wasserstein(noised(X), noised(Y)) ** 2, cost, independent)


def test_a_noise_may_meet_both_vectors() -> None:
    found = transport.infimum_over_couplings((through_noise,), first=X, second=Y, factor=sp.S.One).conclusion
    assert found.right == Wasserstein(X, Y) ** 2


@pytest.mark.parametrize(
    "premise",
    [
        at_most(cost, cost),
        at_most(Wasserstein(X + Y, Y), cost),
        at_most(0, cost, (Independent(X, Y),)),
        at_most(0, cost, (GradientOf(Y, phi, X), LegendrePair(phi, psi))),
        at_most(0, cost, (GradientOf(W, phi, X), GradientOf(W, psi, Y))),
        at_most(0, cost, (sp.Eq(Mean(Inner(X, W)), 0), sp.Eq(Mean(Inner(Y, W)), 1))),
        at_most(0, cost, (GradientOf(eps, phi, X), Independent(Y, eps))),
        through_noise.under((StandardNormal(eps, d), Independent(X, eps))),
        at_most(Wasserstein(X + W + eps, Y) ** 2, cost, (Independent(X, eps), Independent(W, eps))),
        at_most(
            Wasserstein(X + W + eps, Y) ** 2, cost, (GradientOf(W, phi, X), Independent(X, eps), Independent(W, eps))
        ),
    ],
)
def test_vectors_that_are_not_free_are_not_coupled(premise: Statement) -> None:
    with pytest.raises(InapplicableRuleError, match=r"free to be coupled|one noise"):
        transport.infimum_over_couplings((premise,), first=X, second=Y, factor=sp.S.One)


def test_without_that_condition_the_infimum_would_be_false() -> None:
    with pytest.raises(AssertionError):
        attack(at_most(cost, Wasserstein(X, Y) ** 2), worlds(), World.holds, examples=30)


@pytest.mark.parametrize("node", [Mean(Inner(U, V)), Wasserstein(U + V, U)])
def test_joint_laws_are_not_those_of_a_copy(node: sp.Expr) -> None:
    with pytest.raises(InapplicableRuleError, match="more than the law"):
        transport.same_law((), node=node, copy=V, original=W)


def test_a_copy_that_is_mentioned_stays() -> None:
    premise = at_most(0, Mean(Inner(V, V)), (SameLaw(V, W),))
    with pytest.raises(InapplicableRuleError, match="mentioned elsewhere"):
        transport.drop_copy((premise,), copy=V, original=W)
