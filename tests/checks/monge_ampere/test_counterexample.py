"""The counterexample's numbers are told from others by both checks, and its figures show what was computed."""

import math
from dataclasses import replace
from decimal import Decimal
from functools import partial

import numpy as np
import pytest

from lemmata.checks.monge_ampere.counterexample import CLAIMED, counterexample
from lemmata.checks.monge_ampere.decay import Decay
from lemmata.checks.monge_ampere.decay_figures import draw_decays, draw_ratios
from lemmata.checks.monge_ampere.gap_series import GapSeries
from lemmata.checks.monge_ampere.map_figures import EARLY, draw_gap_by_horizon
from lemmata.checks.trial import Effort, Run
from lemmata.numerics.estimate import Estimate
from lemmata.reports.figures import KINDS, Entry
from lemmata.theory.verdict import Verdict

RUN = Run(effort=Effort.QUICK, seed=3)

OUT_BY = {"gap along rays": Decimal("1.02"), "gap on grids": Decimal("1.5")}
"""By how much numbers are off that a check of this name has to refute."""


@pytest.mark.parametrize("check", counterexample.checks, ids=lambda check: check.name)
def test_a_check_refutes_numbers_that_are_off_and_no_others(check: object) -> None:
    assert callable(check)
    found = check(lambda: CLAIMED, RUN)
    assert found.verdict is Verdict.SUPPORTED
    factor = OUT_BY[found.check]
    assert found.resolution <= 1.2 * (float(factor) - 1)
    refuted = check(lambda: CLAIMED.times(factor), RUN)
    assert refuted.verdict is Verdict.REFUTED
    assert check(lambda: CLAIMED.times(factor), RUN.revisit(refuted.witness)).verdict is Verdict.REFUTED
    assert check(lambda: CLAIMED, RUN.revisit(refuted.witness)).verdict is Verdict.SUPPORTED


def test_each_number_is_held_to_its_own_digits() -> None:
    rays = counterexample.checks[0]
    for name in ("mismatch", "l2_squared", "cost_excess"):
        number = getattr(CLAIMED, name)
        refuted = rays(partial(replace, CLAIMED, **{name: number * Decimal("1.05")}), RUN)
        assert refuted.verdict is Verdict.REFUTED, name


def test_the_picture_shows_the_witness_in_the_basins_that_it_names() -> None:
    figure = counterexample.checks[1](lambda: CLAIMED, RUN).figures["basins"]
    whole, middle = figure["panels"]
    ticks, runs = np.array(whole["ticks"]), whole["flow"]
    labels = np.repeat(runs["label"], runs["length"]).reshape(len(ticks), len(ticks))
    column, row = (int(np.abs(ticks - x).argmin()) for x in whole["arrows"][0]["from"])
    assert labels[row, column] == 1
    assert whole["arrows"][0]["to"] == [1.0, -0.4]
    assert max(middle["ticks"]) < 1.3 < max(whole["ticks"])
    assert KINDS["basins"](Entry(figure, "f")).axes


def series(*mismatch: float) -> GapSeries:
    gaps = tuple(Estimate(value, 1e-4) for value in mismatch)
    return GapSeries((0.5, 1.0, 2.0, 3.0, 6.0, 8.0), gaps, gaps, gaps)


def test_the_fit_of_the_early_part_is_drawn_on_below_the_plateau() -> None:
    raw = series(*(0.5 * math.exp(-at) for at in (0.5, 1.0, 2.0, 3.0)), 0.02, 0.02)
    flat = series(0.0, 0.01, 0.02, 0.02, 0.02, 0.02)
    figure = draw_gap_by_horizon("a law", {"raw": raw, "centred": flat}, Estimate(0.02, 1e-4), "raw")
    first, second = figure["panels"]
    fit = next(one for one in first["series"] if one["label"] == f"decay fitted up to $T = {EARLY:g}$")
    (start, end), (high, low) = fit["x"], fit["y"]
    assert math.log(high / low) / (end - start) == pytest.approx(1.0)
    assert low < 0.02 / 2
    assert [one["label"] for one in second["series"]] == ["measured", "plateau"]
    assert second["series"][0]["x"] == [1.0, 2.0, 3.0, 6.0, 8.0], "a gap of 0 has no place on a logarithmic axis"
    assert first["shaded"] == [0.0, EARLY]
    assert len(KINDS["panels"](Entry(figure, "f")).axes) == 2


def test_a_gap_at_its_leading_term_has_the_ratio_one() -> None:
    horizons = (1.0, 2.0, 3.0)
    gaps = tuple(Estimate(3 * math.exp(-5 * at), 1e-12) for at in horizons)
    decays = {
        "a law": Decay(horizons, gaps, 5.0, Estimate(3.0, 0.0)),
        "another": Decay(horizons, gaps, 4.9, Estimate(3.0, 0.0)),
    }
    right, wrong, one = draw_ratios(decays)["series"]
    assert right["y"] == pytest.approx([1.0, 1.0, 1.0])
    assert wrong["y"][-1] < 0.8
    assert one["y"] == [1.0, 1.0]
    panels = draw_decays(decays)["panels"]
    measured, leading = panels[0]["series"]
    assert (measured["y"][0], measured["y"][-1]) == pytest.approx(tuple(leading["y"]))
    for kind, figure in (("panels", draw_decays(decays)), ("curves", draw_ratios(decays))):
        assert KINDS[kind](Entry(figure, "f")).axes
