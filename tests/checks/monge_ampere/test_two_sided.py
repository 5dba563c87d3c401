"""Rate and constant of a decay are both held to the claim, and data that carry neither leave it undecided."""

import math
from dataclasses import replace

import numpy as np
import pytest

from lemmata.checks.comparison import Comparison
from lemmata.checks.monge_ampere.decay import Decay
from lemmata.checks.monge_ampere.two_sided import check_decay
from lemmata.checks.trial import Run
from lemmata.numerics.estimate import Estimate
from lemmata.theory.verdict import Verdict

RUN = Run(seed=1)


def _decay(rate: float, constant: float, *, last: float = 6.0, error: float = 1e-6) -> Decay:
    """Return the gaps of 0.7 e^(-2T) (1 + e^-T/3), of which `rate` and `constant` are claimed."""
    horizons = tuple(np.linspace(3.0, last, 7).tolist())
    values = [0.7 * math.exp(-2 * at) * (1 + math.exp(-at) / 3) for at in horizons]
    return Decay(horizons, tuple(Estimate(v, error * v) for v in values), rate, Estimate(constant, 0.0))


CHECK = check_decay("decay", lambda claimed, run: {"made up": claimed})


@pytest.mark.parametrize(
    ("rate", "constant", "quantity"),
    [(1.9, 0.7, "rate"), (2.1, 0.7, "rate"), (2.0, 0.714, "constant"), (2.0, 0.686, "constant")],
)
def test_a_near_miss_is_refuted_where_the_truth_passes(rate: float, constant: float, quantity: str) -> None:
    seen: list[Comparison] = []
    refuted = CHECK(lambda: _decay(rate, constant), replace(RUN, observe=seen.append))
    assert quantity in {one.point["quantity"] for one in seen if one.violated}
    assert refuted.witness is not None
    there = RUN.revisit(refuted.witness)
    assert CHECK(lambda: _decay(rate, constant), there).verdict is Verdict.REFUTED
    assert CHECK(lambda: _decay(2.0, 0.7), there).verdict is Verdict.SUPPORTED


def test_the_truth_is_supported_with_both_numbers() -> None:
    found = CHECK(lambda: _decay(2.0, 0.7), RUN)
    assert found.verdict is Verdict.SUPPORTED
    assert found.value["made up, constant"] == pytest.approx(0.7, rel=1e-3)
    assert abs(found.value["made up, rate"] - 2) <= found.value["made up, rate error"] < 0.05
    (table,) = found.tables
    assert len(table["rows"]) == 7
    assert table["rows"][-1][2][0] == pytest.approx(0.7, rel=1e-2)


@pytest.mark.parametrize(
    ("decay", "reason"),
    [(_decay(2.0, 0.7, last=4.0), "shrinks by a factor"), (_decay(2.0, 0.7, error=0.02), "times its error")],
)
def test_gaps_that_carry_no_rate_are_undecided(decay: Decay, reason: str) -> None:
    found = CHECK(lambda: decay, RUN)
    assert found.verdict is Verdict.UNDECIDED
    assert reason in found.reason


def test_the_error_of_the_constant_counts() -> None:
    known = _decay(2.0, 0.714)
    assert CHECK(lambda: known, RUN).verdict is Verdict.REFUTED
    vague = replace(known, constant=Estimate(0.714, 0.02))
    assert CHECK(lambda: vague, RUN).verdict is Verdict.SUPPORTED
