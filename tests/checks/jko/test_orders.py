"""Orders and constants are both held to the claim, and gaps that show neither leave it undecided."""

from dataclasses import replace

import pytest

from lemmata.checks.comparison import Comparison
from lemmata.checks.jko.orders import Series, check_orders
from lemmata.checks.trial import Run
from lemmata.numerics.estimate import Estimate
from lemmata.theory.verdict import Verdict

RUN = Run(seed=1)
TAUS = (0.08, 0.04, 0.02, 0.01)
CHECK = check_orders("orders", lambda claimed, run: {"made up": claimed})


def series(order: float, constant: float | None, *, error: float = 1e-6) -> Series:
    """Return the gaps 0.7 tau^2 (1 + tau), of which `order` and `constant` are claimed."""
    values = [0.7 * tau**2 * (1 + tau) for tau in TAUS]
    known = None if constant is None else Estimate(constant, 0.0)
    return Series(TAUS, tuple(Estimate(value, error * value) for value in values), order, known)


@pytest.mark.parametrize(
    ("order", "constant", "quantity"),
    [(1.95, 0.7, "order"), (2.05, 0.7, "order"), (2.0, 0.714, "constant"), (2.0, 0.686, "constant")],
)
def test_a_near_miss_is_refuted_where_the_truth_passes(order: float, constant: float, quantity: str) -> None:
    seen: list[Comparison] = []
    refuted = CHECK(lambda: series(order, constant), replace(RUN, observe=seen.append))
    assert quantity in {one.point["quantity"] for one in seen if one.violated}
    assert refuted.witness is not None
    there = RUN.revisit(refuted.witness)
    assert CHECK(lambda: series(order, constant), there).verdict is Verdict.REFUTED
    assert CHECK(lambda: series(2.0, 0.7), there).verdict is Verdict.SUPPORTED


def test_the_truth_is_supported_and_shown() -> None:
    found = CHECK(lambda: series(2.0, 0.7), RUN)
    assert found.verdict is Verdict.SUPPORTED
    assert abs(found.value["made up, order"] - 2) <= found.value["made up, order error"] < 0.02
    (table,) = found.tables
    assert [row[0] for row in table["rows"]] == list(TAUS)
    assert found.figures["orders"]["panels"][0]["series"][1]["y"][-1] == pytest.approx(0.7 * 1e-4, rel=0.02)
    assert CHECK(lambda: series(2.0, None), RUN).verdict is Verdict.SUPPORTED


def test_gaps_that_drown_in_their_errors_show_no_order() -> None:
    found = CHECK(lambda: series(2.0, 0.7, error=0.02), RUN)
    assert found.verdict is Verdict.UNDECIDED
    assert "times its error" in found.reason


def test_errors_of_gaps_widen_the_order() -> None:
    sharp, vague = (series(2.0, None, error=error).observed_order() for error in (1e-9, 1e-3))
    assert vague.error > sharp.error + 1e-3 / 0.7
    assert sharp.contains(2.0)
    assert vague.contains(2.0)
