"""Figures of JKO's claims show what their captions say, and are drawn as a report would draw them."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sympy import Rational

from lemmata.checks.builders import inequality
from lemmata.checks.claim import Claim
from lemmata.checks.comparison import compare_equal
from lemmata.checks.evidence import Evidence
from lemmata.checks.illustration import illustrated
from lemmata.checks.jko import estimator_bias, identifiability, plane_potentials, population_bias, recovery
from lemmata.checks.jko.confounded_pairs import TWO_PAIRS
from lemmata.checks.jko.known_snapshots import ConditionReading
from lemmata.checks.trial import Effort, Run
from lemmata.reports.figures import Entry, render_figure
from lemmata.theory.verdict import Verdict

RUN = Run(effort=Effort.QUICK, seed=5)

DRAWN = {
    "estimators, Gaussian": (estimator_bias.sde_bias, "bias of fits", "estimators"),
    "estimators, double well": (population_bias.population_trapezoid, "bias by spacing", "estimators"),
    "pairs": (identifiability.identifiability, TWO_PAIRS, "energies"),
    "evolutions": (identifiability.identifiability, TWO_PAIRS, "snapshots"),
    "potentials": (recovery.recovery, plane_potentials.NAME, "potentials"),
}


def evidence_of(claim: Claim, check: str, control: str | None = None) -> Evidence:
    (found,) = (one for one in claim.checks if one.name == check)
    return found(claim.formula if control is None else claim.controls[control].formula, RUN)


def figure_of(name: str) -> Any:
    claim, check, figure = DRAWN[name]
    return json.loads(json.dumps(evidence_of(claim, check).figures[figure]))


@pytest.mark.parametrize("name", DRAWN)
def test_a_report_can_draw_the_figure(tmp_path: Path, name: str) -> None:
    entry = figure_of(name)
    assert entry["alt"]
    assert entry["caption"].endswith(".")
    render_figure(Entry(entry, name), tmp_path / "figure.svg")
    assert (tmp_path / "figure.png").stat().st_size > 10_000


def slope(series: Any) -> float:
    x, y = np.log(series["x"]), np.log(series["y"])
    return float(np.polyfit(x, y, 1)[0])


def test_the_trapezoid_falls_twice_as_steeply_as_the_others() -> None:
    for panel in figure_of("estimators, Gaussian")["panels"]:
        implicit, explicit, trapezoid, first, second = panel["series"]
        assert [round(slope(one)) for one in (implicit, explicit, trapezoid, first, second)] == [1, 1, 2, 1, 2]
        # Points tend to the stated lines: the last spacing is the least.
        for points, line in ((implicit, first), (explicit, first), (trapezoid, second)):
            assert points["y"][-1] == pytest.approx(line["y"][-1], rel=0.02)
    titles = [panel["title"] for panel in figure_of("estimators, double well")["panels"]]
    assert [title.partition(":")[0] for title in titles] == ["JKO", "explicit", "trapezoid"]


def test_confounded_pairs_share_their_snapshots_only_where_the_mean_is_zero() -> None:
    found = evidence_of(identifiability.identifiability, TWO_PAIRS)
    assert found.verdict is Verdict.SUPPORTED
    assert found.error is not None
    assert found.value["W_2, mean 0"] <= found.error
    assert found.value["W_2, mean 0.6"] > 1000 * found.error
    pairs = figure_of("pairs")["panels"]
    for panel in pairs:
        assert panel["series"][0]["y"][0] != panel["series"][1]["y"][0]


def test_a_null_vector_that_is_off_by_one_per_cent_parts_the_evolutions() -> None:
    claim = identifiability.identifiability
    assert evidence_of(claim, TWO_PAIRS, "interaction off by one per cent").verdict is Verdict.REFUTED


def test_recovered_potentials_differ_from_the_true_ones_by_rounding() -> None:
    panels = figure_of("potentials")["panels"]
    for true, found, apart in (panels[:3], panels[3:]):
        assert true["levels"] == found["levels"]
        assert np.abs(apart["values"]).max() < 1e-10 < np.abs(true["values"]).max()


def test_a_gaussian_law_would_hide_the_diffusivity_in_the_potential() -> None:
    known = plane_potentials.backward_step("styblinski_tang", 3)
    gaussian = replace(known, scores=[-measure.atoms for measure in known.measures])
    assert len(known.fit(ConditionReading()).null_space) == 0
    assert len(gaussian.fit(ConditionReading()).null_space) == 1


def test_figures_are_left_out_where_a_witness_is_visited() -> None:
    plain = inequality(
        lambda claimed, instance, run: compare_equal(instance, float(claimed), 0.1),
        lambda run: {"half": 0.5},
        method="by hand",
    )
    check = illustrated(plain, lambda claimed, run: {"number": {"claimed": float(claimed)}})
    refuted = check(lambda: Rational(3, 4), RUN)
    assert refuted.figures == {"number": {"claimed": 0.75}}
    assert refuted.witness is not None
    assert check(lambda: Rational(3, 4), RUN.revisit(refuted.witness)).figures == {}
    assert check.name == plain.name
