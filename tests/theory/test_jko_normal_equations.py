"""The quadratic loss: its minimum is where the normal equations hold, in every dimension."""

import pytest

from lemmata.theory.expectation import Inner, Mean
from lemmata.theory.jko import normal_equations as normal
from lemmata.theory.jko.notation import tau
from lemmata.theory.verdict import Verdict

from .decided import NEARLY, assert_replays


def test_the_loss_is_stationary_at_its_minimum() -> None:
    found, work = normal.derive_stationarity(), normal.work_of_residual()
    assert_replays(found)
    assert found.concludes(normal.stationarity_statement(work)).verdict is Verdict.PROVED
    with_square = work + normal.loss(normal.direction)
    assert found.concludes(normal.stationarity_statement(with_square)).verdict is Verdict.REFUTED


def test_excess() -> None:
    found, excess = normal.derive_excess(), normal.excess()
    assert_replays(found)
    assert found.concludes(normal.excess_statement(excess)).verdict is Verdict.PROVED
    for wrong in (NEARLY * excess, excess / 2, -excess):
        assert found.concludes(normal.excess_statement(wrong)).verdict is Verdict.REFUTED


def test_optimum() -> None:
    found = normal.derive_optimum()
    assert_replays(found)
    ceiling = normal.loss(normal.residual + normal.direction)
    assert found.concludes(normal.optimum_statement(ceiling)).verdict is Verdict.PROVED
    assert found.concludes(normal.optimum_statement(ceiling / 2)).verdict is Verdict.UNDECIDED


@pytest.mark.parametrize("index", range(3))
def test_normal_equation(index: int) -> None:
    found = normal.derive_normal_equation(index)
    assert_replays(found)
    right = normal.normal_equation(index)[1]
    assert found.concludes(normal.normal_equation_statement(index, right)).verdict is Verdict.PROVED
    explicit_for_implicit = -right
    tau_omitted = right * tau
    for wrong in (explicit_for_implicit, tau_omitted, NEARLY * right, 4 * right):
        assert found.concludes(normal.normal_equation_statement(index, wrong)).verdict is Verdict.REFUTED


def test_the_equations_need_every_feature() -> None:
    left, right = normal.normal_equation(0)
    found = normal.derive_normal_equation(0)
    without = left - normal.parameters[1] * Mean(Inner(normal.features[0], normal.features[1]))
    shortened = found.statement("normal equation").__class__(
        found.conclusion.relation, without, right, found.conclusion.hypotheses
    )
    assert found.concludes(shortened).verdict is Verdict.REFUTED
