"""Nothing is wanting of the claims on memorisation, their controls are killed, and their bounds hold where exact."""

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from lemmata.checks.audit import Context, audit_claims, read_source_keys
from lemmata.checks.catalogue import describe_module, find_claim
from lemmata.checks.claim import Claim
from lemmata.checks.controls import Leg, examine
from lemmata.checks.results import ClaimResult, judge_claims
from lemmata.checks.trial import DEFAULT_SEED, Effort, Run, derive_seed
from lemmata.checks.wasserstein_proximal import memorisation, memorisation_precision
from lemmata.checks.wasserstein_proximal.memorisation_data import torus_ratios, wasserstein_bounds
from lemmata.theory.verdict import Verdict

MODULES = (memorisation, memorisation_precision)
CLAIMS: dict[str, tuple[str, Claim]] = {
    claim.id: (module.__name__, claim) for module in MODULES for claim in module.CLAIMS
}


@pytest.fixture(scope="module")
def results() -> dict[str, ClaimResult]:
    """Return the results of every claim at quick effort."""
    records = [record for module in MODULES for record in describe_module(module.__name__)]
    legs: dict[tuple[str, str, str | None], Leg] = {}
    for identifier, (origin, _) in CLAIMS.items():
        claim = find_claim(origin, identifier)
        for check in claim.checks:
            run = Run(effort=Effort.QUICK, seed=derive_seed(DEFAULT_SEED, claim.id, check.name))
            for control in (None, *claim.controls):
                legs[claim.id, check.name, control] = examine(claim, check, control, run)
    return {result.record.id: result for result in judge_claims(records, legs)}


@pytest.mark.parametrize("identifier", list(CLAIMS))
def test_claims_are_supported_and_their_controls_killed(results: dict[str, ClaimResult], identifier: str) -> None:
    result = results[identifier]
    assert not [(leg.check, leg.control, leg.evidence.reason) for leg in result.all_legs if leg.failure]
    assert result.verdict is Verdict.SUPPORTED
    assert [control.record.name for control in result.controls if not control.holds] == []


def test_the_audit_finds_nothing(results: dict[str, ClaimResult]) -> None:
    instances = {name: {"instance": claim.instance()} for name, (_, claim) in CLAIMS.items()}
    assert audit_claims(list(results.values()), Context(instances, read_source_keys())) == ()


def test_shares_rise_as_the_noise_falls(results: dict[str, ClaimResult]) -> None:
    legs = results["wasserstein-proximal.empirical-score-memorises"].legs
    (leg,) = (leg for leg in legs if leg.check == "memorised share")
    shares = [leg.evidence.value[f"sigma = {level:g}"] for level in memorisation.LEVELS]
    # As measured once for 400 points of such a mixture: 0.13, 0.56 and 0.96.
    for share, (low, high) in zip(shares, ((0.08, 0.25), (0.45, 0.7), (0.9, 1.0)), strict=True):
        assert low < share < high


def test_bounds_enclose_the_distance_of_two_points_on_a_line() -> None:
    # By symmetry as much mass is near either point as belongs there: the nearest one is an optimal coupling.
    training = np.array([[0.0, 0.0], [1.0, 0.0]])
    noised = np.random.default_rng(0).normal(size=(400_000, 2))
    for noise in (0.1, 0.15):
        x = 0.5 + noise * noised[:, 0] + np.where(np.arange(len(noised)) % 2, 0.5, -0.5)
        nearest = np.minimum(x**2, (x - 1) ** 2) + (noise * noised[:, 1]) ** 2
        low, high = wasserstein_bounds(training, noise)
        reach = 6 * nearest.std() / np.sqrt(len(x))
        assert low <= nearest.mean() + reach
        assert nearest.mean() - reach <= high == pytest.approx(2 * noise**2)
        assert high - low < noise**2 / 4
    assert wasserstein_bounds(training, 0.01)[0] == pytest.approx(2e-4, rel=1e-12)


def test_ratios_on_a_torus_see_no_border() -> None:
    ratios = torus_ratios(2, 500, seed=1)
    assert ratios.shape == (500,)
    assert ((ratios > 0) & (ratios <= 1)).all()
    apart = np.random.default_rng((1, 2)).uniform(-0.5, 0.5, size=(500, 64, 2))
    shifts = np.stack(np.meshgrid([-1.0, 0.0, 1.0], [-1.0, 0.0, 1.0]), axis=-1).reshape(-1, 2)
    for trial in (0, 7, 499):
        around = (apart[trial][:, None] + shifts).reshape(-1, 2)
        distances = np.sort(cdist(np.zeros((1, 2)), around)[0])
        assert ratios[trial] == pytest.approx(distances[0] / distances[1], rel=1e-12)
