"""Rules of expectations, coordinates and information hold on random data sets; their broken twins do not."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
import sympy as sp
from hypothesis import strategies as st

from lemmata.theory import coordinates, expectation, gaussian_channel, information
from lemmata.theory.coordinates import IndexSum
from lemmata.theory.expectation import FieldMean, GradientMean, Inner, Mean
from lemmata.theory.gaussian_channel import channel_path, d, data, derive_information_ceiling, error, g, noise
from lemmata.theory.kernel import RULES, InapplicableRuleError
from lemmata.theory.statement import Relation, Statement

from .attacking import Case, attack, times
from .sampled import Sample, U, log_partition

TOLERANCE = 2e-6
"""Quadrature on 40 nodes and fourth-order differences of step 1e-3, for data of order one: errors stay below 1e-7."""

u = coordinates.point("u")
i, j = coordinates.coordinates("i j")
mean = expectation.random_vector("m")
F, psi, phi = (sp.Function(name, real=True) for name in ("F", "psi", "phi"))
path = channel_path(g)
z = sp.Symbol("z")
potential = F(u, g)
test = IndexSum(psi(u, g), (), d)
slopes = IndexSum(F(u, i, g).diff(i) ** 2, (i,), d)
flux = IndexSum(psi(u, i, g).diff(i), (i,), d)
common = {"potential": potential, "path": path, "data": data, "noise": noise}


@st.composite
def samples(draw: st.DrawFn) -> Sample:
    """Draw a data set of two or three atoms in one or two dimensions, a signal-to-noise ratio, and two fields."""
    dimension = draw(st.sampled_from((1, 2)))
    count = draw(st.sampled_from((2, 3)))
    step = st.integers(-2, 2).map(lambda k: k / 2)
    atoms = np.array(
        draw(st.lists(st.lists(step, min_size=dimension, max_size=dimension), min_size=count, max_size=count))
    )
    atoms[0] += 0.5
    weights = np.array([0.25, 0.75] if count == 2 else [0.25, 0.25, 0.5])
    ratio = draw(st.sampled_from((0.25, 0.5)))
    first, second = draw(st.tuples(step, step))
    smooth = sp.exp(-(U[0] ** 2) * (1 + g) / 8) * (1 + sp.nsimplify(first) * U[0]) + sp.nsimplify(second) * U[0] / 2
    if dimension == 2:
        smooth = smooth * sp.exp(-((U[1] - sp.nsimplify(first)) ** 2) / 4)
    bump = sp.exp(-sum(x**2 for x in U[:dimension]) / 2) * (1 + sp.nsimplify(first) * U[0])
    fields = {"F": log_partition(atoms, weights, g), "psi": smooth, "phi": bump}
    values = {g: ratio, d: float(dimension)}
    return Sample(atoms, weights, values, fields, data, noise, {mean: path})


def holds(sample: Sample, statement: Statement) -> bool:
    left, right = sample.value(statement.left), sample.value(statement.right)
    slack = TOLERANCE * (1 + abs(left))
    return abs(left - right) < slack if statement.relation is Relation.EQUAL else left <= right + slack


def plus(term: Any) -> Callable[[Statement], Statement]:
    return lambda s: Statement(s.relation, s.left, s.right + term, s.hypotheses)


def swapped(statement: Statement) -> Statement:
    return Statement(statement.relation, statement.right, statement.left, statement.hypotheses)


second_moment = Mean(Inner(data, data))
mixed = 3 * path - data
vectors = 2 * data + g * noise
equation = information.log_partition_equation((), potential=potential, data=data, dimension=d).conclusion
generator_of_slopes = gaussian_channel.generator(slopes)
hessian = IndexSum(F(u, i, j, g).diff(i, j) ** 2, (i, j), d)

CASES = {
    "bilinearity": Case(expectation.bilinearity, {"mean": Mean(Inner(mixed, path) + 2)}, plus(second_moment)),
    "field_linearity": Case(
        expectation.field_linearity, {"mean": FieldMean(g * test - 3 * slopes, path)}, plus(FieldMean(slopes, path))
    ),
    "gradient_linearity": Case(
        expectation.gradient_linearity,
        {"mean": GradientMean(slopes, vectors, path)},
        plus(GradientMean(slopes, data, path)),
    ),
    "mean_of_fields": Case(expectation.mean_of_fields, {"path": path}, times(2), (equation,)),
    "independence": Case(
        expectation.independence, {"vector": data, "noise": noise, "dimension": d}, plus(second_moment)
    ),
    "noise_second_moment": Case(expectation.noise_second_moment, {"noise": noise, "dimension": d}, times(d + 1)),
    "tower": Case(
        expectation.tower,
        {"data": data, "mean": mean, "observation": path, "weights": (sp.Integer(2), sp.Integer(-1))},
        lambda s: Statement(s.relation, s.left, Mean(Inner(2 * path - mean, path)), s.hypotheses),
    ),
    "jensen": Case(
        expectation.jensen, {"function": sp.Lambda(z, z**2), "mean": FieldMean(test, path), "hypotheses": ()}, swapped
    ),
    "cauchy_schwarz": Case(
        expectation.cauchy_schwarz,
        {"first": Inner(data, data), "second": Inner(noise, noise)},
        times(sp.Rational(1, 4)),
    ),
    "mean_of_square": Case(expectation.mean_of_square, {"mean": second_moment}, swapped),
    "path_derivative": Case(
        expectation.path_derivative,
        {"field": test, "path": path, "variable": g, "data": data},
        plus(GradientMean(test, noise, path)),
    ),
    "gaussian_integration_by_parts": Case(
        expectation.gaussian_integration_by_parts,
        {"field": test, "path": path, "noise": noise, "data": data, "dimension": d},
        times(sp.sqrt(g) / 3),
    ),
    "gradient_tower": Case(
        expectation.gradient_tower,
        {"field": slopes, "path": path, "data": data, "mean": mean},
        lambda s: Statement(s.relation, s.left, GradientMean(slopes, 2 * mean, path), s.hypotheses),
    ),
    "sum_over_indices": Case(
        coordinates.sum_over_indices, {"left": generator_of_slopes, "right": hessian}, times(2), (equation,)
    ),
    "trace_inequality": Case(
        coordinates.trace_inequality,
        {"matrix": IndexSum(F(u, i, j, g).diff(i, j), (i, j), d)},
        lambda s: Statement(s.relation, s.left, s.right / d**2, s.hypotheses),
    ),
    "divergence_theorem": Case(
        coordinates.divergence_theorem, {"test": phi(u, g), "flux": flux, "hypotheses": ()}, times(-1)
    ),
    "log_partition_equation": Case(
        information.log_partition_equation, {"potential": potential, "data": data, "dimension": d}, times(-1)
    ),
    "posterior_mean_is_gradient": Case(
        information.posterior_mean_is_gradient, {"field": test, **common}, plus(FieldMean(slopes, path))
    ),
    "posterior_second_moment": Case(information.posterior_second_moment, {**common, "dimension": d}, times(2)),
    "mean_square_error": Case(
        information.mean_square_error,
        {"potential": potential, "path": path, "data": data, "dimension": d},
        plus(FieldMean(slopes, path)),
    ),
    "channel_information": Case(information.channel_information, {**common, "dimension": d}, plus(second_moment)),
    "information_of_nothing": Case(
        information.information_of_nothing, {"data": data, "observation": noise}, plus(second_moment)
    ),
    "information_at_most_entropy": Case(
        information.information_at_most_entropy, {"data": data, "count": sp.Integer(3), "observation": path}, times(0)
    ),
    "entropy_at_most_log_count": Case(
        information.entropy_at_most_log_count,
        {"data": data, "count": sp.Integer(3)},
        lambda s: Statement(s.relation, s.right, s.left, s.hypotheses),
    ),
    "data_processing": Case(
        information.data_processing,
        {"data": data, "observation": path, "processed": channel_path(g / 2)},
        swapped,
    ),
}


@pytest.mark.parametrize(
    ("rule", "parameters", "message"),
    [
        (expectation.field_linearity, {"mean": FieldMean(F(u, g) * slopes, path)}, "depends on the point"),
        (expectation.bilinearity, {"mean": Mean(Inner(data, data) ** 2)}, "not linear"),
        (expectation.independence, {"vector": noise, "noise": noise, "dimension": d}, "two vectors"),
        (
            information.information_of_nothing,
            {"data": data, "observation": noise + mean},
            "need not be together",
        ),
        (
            expectation.gaussian_integration_by_parts,
            {"field": test, "path": path + mean, "noise": noise, "data": data, "dimension": d},
            "no combination",
        ),
        (
            coordinates.sum_over_indices,
            {"left": slopes, "right": IndexSum(F(u, i, g).diff(i) ** 2, (i,), d + 1)},
            "different dimensions",
        ),
    ],
)
def test_rules_refuse_what_they_cannot_conclude(rule: Any, parameters: Mapping[str, Any], message: str) -> None:
    with pytest.raises(InapplicableRuleError, match=message):
        rule((), **parameters)


def test_every_rule_is_attacked() -> None:
    modules = (coordinates, expectation, information)
    named = {name for name, rule in RULES.items() if rule.infer.__module__ in {m.__name__ for m in modules}}
    assert set(CASES) == named


@pytest.mark.parametrize("name", sorted(CASES))
def test_rule_holds_on_data(name: str) -> None:
    attack(CASES[name].conclusion(), samples(), holds, examples=8)


@pytest.mark.parametrize("name", sorted(CASES))
def test_broken_twin_fails_on_data(name: str) -> None:
    case = CASES[name]
    with pytest.raises(AssertionError):
        attack(case.broken(case.conclusion()), samples(), holds, examples=8)


def test_information_ceiling_holds_on_data() -> None:
    conclusion = derive_information_ceiling().conclusion
    squared_error = information.MeanSquareError(data, potential, path) / d
    ceiling = conclusion.right.replace(
        gaussian_channel.information, lambda _: information.MutualInformation(data, path)
    )
    attack(
        Statement(conclusion.relation, conclusion.left.subs(error(g), squared_error), ceiling),
        samples(),
        holds,
        examples=8,
    )
