"""Nothing is wanting of the checks that rest on numbers: run as a run would, whatever the seed, and looked at."""

import numpy as np
import pytest

from lemmata.checks.audit import Context, audit_claims, read_source_keys
from lemmata.checks.catalogue import describe_module
from lemmata.checks.claim import Claim
from lemmata.checks.controls import PASSES, Leg, examine
from lemmata.checks.evidence import Evidence, Kind
from lemmata.checks.results import ClaimResult, judge_claims
from lemmata.checks.trial import DEFAULT_SEED, Effort, Run, derive_seed
from lemmata.checks.wasserstein_proximal import (
    data_processing,
    direct_minimisation,
    drawn_games,
    drawn_starts,
    game,
    hamilton_jacobi,
    landing,
    line_game,
    reverse_time,
)
from lemmata.numerics.wasserstein_proximal import Grid
from lemmata.theory.verdict import Verdict
from lemmata.theory.wasserstein_proximal.notation import TerminalCost

MEASURED: dict[str, Claim] = {
    claim.id: claim for module in (hamilton_jacobi, direct_minimisation) for claim in module.CLAIMS
}
HOLDING = (*MEASURED.values(), game.terminal_condition, reverse_time.lands_on_data, data_processing.data_processing)
NUMERIC = {
    (claim.id, check.name): claim for claim in HOLDING for check in claim.checks if check.kind is not Kind.DERIVATION
}


@pytest.fixture(scope="module")
def results() -> dict[str, ClaimResult]:
    """Return the results of every claim that rests on numbers alone, at quick effort."""
    records = [record for record in describe_module("lemmata.checks.wasserstein_proximal") if record.id in MEASURED]
    legs: dict[tuple[str, str, str | None], Leg] = {}
    for claim in MEASURED.values():
        for check in claim.checks:
            run = Run(effort=Effort.QUICK, seed=derive_seed(DEFAULT_SEED, claim.id, check.name))
            for control in (None, *claim.controls):
                legs[claim.id, check.name, control] = examine(claim, check, control, run)
    return {result.record.id: result for result in judge_claims(records, legs)}


def evidence_of(results: dict[str, ClaimResult], claim: str, check: str) -> Evidence:
    (leg,) = (leg for leg in results[f"wasserstein-proximal.{claim}"].legs if leg.check == check)
    return leg.evidence


@pytest.mark.parametrize("identifier", list(MEASURED))
def test_claims_are_as_expected(results: dict[str, ClaimResult], identifier: str) -> None:
    result = results[identifier]
    assert not [(leg.check, leg.control, leg.evidence.reason) for leg in result.all_legs if leg.failure]
    assert result.verdict is Verdict.SUPPORTED
    assert [control.record.name for control in result.controls if not control.holds] == []


def test_the_audit_finds_nothing(results: dict[str, ClaimResult]) -> None:
    instances = {name: {"instance": claim.instance()} for name, claim in MEASURED.items()}
    assert audit_claims(list(results.values()), Context(instances, read_source_keys())) == ()


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(("identifier", "name"), list(NUMERIC))
def test_numeric_checks_support_the_claim_and_kill_a_near_control(identifier: str, name: str, seed: int) -> None:
    claim = NUMERIC[identifier, name]
    check = next(check for check in claim.checks if check.name == name)
    run = Run(effort=Effort.QUICK, seed=derive_seed(seed, identifier, name))
    evidence = examine(claim, check, None, run).evidence
    assert evidence.verdict in PASSES, (evidence.reason, evidence.witness)
    assert evidence.resolution is not None
    assert evidence.resolution < 0.06
    near = [control for control, variant in claim.controls.items() if variant.near]
    assert any(examine(claim, check, control, run).kills for control in near)


def test_orders_are_known_closer_than_they_are_asked_for(results: dict[str, ClaimResult]) -> None:
    found = evidence_of(results, "hjb-solution", "error by width").value
    for one in hamilton_jacobi.GAMES:
        for name, within in (("potential", 0.05), ("velocity", 0.1)):
            order, error = found[f"{name}: {one.title}, order"], found[f"{name}: {one.title}, order error"]
            assert abs(order - 2) <= error < within
    by_step = evidence_of(results, "kernel-formula", "distance by step").value
    assert abs(by_step["three components, order"] - 1) <= by_step["three components, order error"] < 0.05
    extrapolated = evidence_of(results, "kernel-formula", "distance after extrapolation")
    assert extrapolated.error is not None
    assert extrapolated.value["gap"] <= extrapolated.error < 1e-3


def test_figures_show_the_solution_its_error_and_the_drift(results: dict[str, ClaimResult]) -> None:
    figures = evidence_of(results, "hjb-solution", "error by width").figures
    assert set(figures) == {"orders", "solution", "error map", "drift field"}
    errors, drift = (np.reshape(figures[name]["values"], (21, -1)) for name in ("error map", "drift field"))
    # At the horizon the potential is given; before, cells of an eighth leave an error of a hundredth at most.
    assert (errors[-1] == -6).all()
    assert -4 < errors[0].max() < -1.5
    # Three modes at the end are three places where the drift turns from right to left; two are left at the start.
    turns = [int(((row[:-1] > 0) & (row[1:] < 0)).sum()) for row in (drift[0], drift[-1])]
    assert turns == [2, 3]


def test_the_flow_lands_on_eta_at_the_horizon_and_not_on_the_target() -> None:
    for cost, on_target in ((TerminalCost.SCALED_CROSS_ENTROPY, True), (TerminalCost.CROSS_ENTROPY, False)):
        landed = landing.solve_landing(line_game.LineGame(cost))[-1]
        target = line_game.landed_law(landed.grid, lambda logs: logs)
        assert (landed.total_variation(target) < 1e-3) is on_target
        assert landed.total_variation(target) < 1e-3 or landed.total_variation(target) > 0.05


def test_densities_of_the_line_game_agree_with_the_transform() -> None:
    points = np.linspace(-4, 4, 9)[:, None]
    for cost in TerminalCost:
        one = line_game.LineGame(cost)
        assert one.estimate(line_game.HORIZON, points).potential == pytest.approx(one.terminal(points), abs=1e-10)
    law = line_game.landed_law(Grid((-12.0,), (12.0,), (48,)), lambda logs: 0.25 * logs)
    assert law.masses.sum() == pytest.approx(1, abs=1e-9)


def test_drawn_games_and_starts_survive_a_witness() -> None:
    one = drawn_games.DrawnGame(TerminalCost.CROSS_ENTROPY, 2, 4, 3, 5, 0.7, 1.5, 0.3)
    assert drawn_games.decode_game(drawn_games.encode_game(one)) == one
    assert len(np.unique(one.mixture().means, axis=0)) == 3
    assert drawn_starts.decode_start(drawn_starts.encode_start(drawn_starts.TIGHT)) == drawn_starts.TIGHT


def test_a_shifted_start_loses_the_share_of_divergence_that_theory_says() -> None:
    first, last = drawn_starts.divergences(drawn_starts.TIGHT, 768)
    assert first == pytest.approx(0.5**2 / (2 * 2.266), rel=1e-8)
    assert last / first == pytest.approx(2.25 / 2.266, rel=1e-8)
