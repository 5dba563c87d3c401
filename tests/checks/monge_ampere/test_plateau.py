"""A gap that decays is told from one that stays, short horizons do not decide, and the check revisits its witness."""

import math
from typing import Literal

import numpy as np
import pytest

from lemmata.checks.monge_ampere.gap_series import (
    EARLY_HORIZONS,
    LATE_HORIZONS,
    NEGLIGIBLE,
    GapSeries,
    extrapolate_early,
    judge_gap,
)
from lemmata.checks.monge_ampere.plateau import check_plateau
from lemmata.checks.trial import Effort, Run
from lemmata.numerics.estimate import Estimate
from lemmata.numerics.measures import DiscreteMeasure
from lemmata.theory.verdict import Verdict

RUN = Run(effort=Effort.QUICK, seed=1)
TRIANGLE = DiscreteMeasure([[-1.0, -0.4], [1.0, -0.4], [0.0, 0.8]])
LINE = DiscreteMeasure([[-1.0, 0.0], [0.5, 0.0], [2.0, 0.0]], [0.3, 0.4, 0.3])


def _gaps(horizons: tuple[float, ...], plateau: float, size: float, rate: float, error: float) -> list[Estimate]:
    return [Estimate(plateau + size * math.exp(-rate * at), error) for at in horizons]


@pytest.mark.parametrize("effort", list(Effort))
@pytest.mark.parametrize(
    ("plateau", "size", "rate", "error", "outcome"),
    [
        (0.02, 0.6, 1.0, 5e-4, "plateau"),
        (0.02, -0.02, 2.0, 5e-4, "plateau"),
        (0.02, 0.0, 1.0, 5e-4, "plateau"),
        (0.0, 0.6, 1.0, 1e-4, "decay"),
        (0.0, 0.3, 2.0, 5e-4, "decay"),
        (0.0, 0.0, 1.0, 5e-4, "zero"),
    ],
)
def test_late_horizons_tell_what_a_gap_tends_to(
    effort: Effort, plateau: float, size: float, rate: float, error: float, outcome: str
) -> None:
    horizons = LATE_HORIZONS[effort]
    found = judge_gap(horizons, _gaps(horizons, plateau, size, rate, error), 1e-6)
    assert found.outcome == outcome
    assert found.limit is not None
    assert found.limit.contains(plateau)
    assert found.limit.high < plateau + 2 * NEGLIGIBLE


def test_early_horizons_do_not_decide_though_they_look_like_a_decay() -> None:
    horizons = (*EARLY_HORIZONS, 2.0, 2.5, 3.0)
    gaps = [Estimate(0.02 + 0.7 * math.exp(-at - 0.1 * at**2), 2e-4) for at in horizons]
    assert judge_gap(horizons, gaps, 1e-6).outcome == "undecided"
    series = GapSeries((*horizons, 8.0), (*gaps, Estimate(0.02, 2e-4)), (), ())
    rate, predicted = extrapolate_early(series, 3.0)
    assert rate == pytest.approx(math.log(gaps[0].value / gaps[-1].value) / 2.75)
    assert predicted < 0.02 / 10


def test_a_plateau_below_what_counts_is_not_called_one() -> None:
    horizons = LATE_HORIZONS[Effort.STANDARD]
    found = judge_gap(horizons, _gaps(horizons, 0.001, 0.3, 1.0, 2e-3), 1e-6)
    assert found.outcome != "plateau"


@pytest.mark.parametrize("source", ["normal", "forward"])
def test_the_generic_triangle_has_a_plateau_and_atoms_on_a_line_have_none(source: Literal["normal", "forward"]) -> None:
    laws = {"triangle": TRIANGLE, "line": LINE}
    check = check_plateau(lambda names: {name: laws[name] for name in names}, source=source)
    refuted = check(lambda: ("triangle", "line"), RUN)
    assert refuted.verdict is Verdict.REFUTED
    assert refuted.witness is not None
    assert refuted.witness.data["instance"] == "triangle"
    assert refuted.value["triangle"] == pytest.approx(0.0206, abs=2e-3)
    assert set(refuted.figures) == {"triangle"}
    again = check(lambda: ("triangle", "line"), RUN.revisit(refuted.witness))
    assert again.verdict is Verdict.REFUTED
    assert check(lambda: ("line",), RUN).verdict is Verdict.SUPPORTED
    with pytest.raises(KeyError, match="no data 'triangle'"):
        check(lambda: ("line",), RUN.revisit(refuted.witness))


def test_a_claimed_limit_is_compared_from_both_sides() -> None:
    check = check_plateau(lambda _: {"line": LINE}, limit=float)
    refuted = check(lambda: 0.02, RUN)
    assert refuted.witness is not None
    assert check(lambda: 0.0, RUN.revisit(refuted.witness)).verdict is Verdict.SUPPORTED


def test_many_atoms_are_left_to_other_efforts() -> None:
    square = DiscreteMeasure(np.array([[1.0, 1], [1, -1], [-1, 1], [-1, -1]]))
    found = check_plateau(lambda _: {"square": square})(lambda: None, RUN)
    assert found.verdict is Verdict.UNDECIDED
    assert "no data" in found.reason
