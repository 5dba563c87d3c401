"""Energies are fitted to tiny inputs, a second call goes on from there, and the table says what the seeds amount to."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from benchmarks import jko, jko_fit
from benchmarks.jko_cases import CASES, SMOKE, STEPS, Outcome, Peer, draw_snapshots, run_case
from benchmarks.jko_table import FALSE_ALARM, render_table, summarise
from scipy import stats

from lemmata.numerics.jko import Energy
from lemmata.theory.jko.potentials import POTENTIAL_NAMES

STIFF, NOISY, ALL = (
    "styblinski_tang",
    "styblinski_tang + diffusion",
    "styblinski_tang + interaction + diffusion",
)


def outcome(seed: int, predicted: float, *, true_model: float = 0.0, diffusivity: float | None = None) -> Outcome:
    return Outcome("made up", seed, predicted, true_model, 1.0, diffusivity, 10.0, 0.5)


def test_the_table_runs_and_goes_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = tmp_path / "jko.json"
    jko.main(["--smoke", "--cases", STIFF, "flat", "--output", str(output)])
    document = json.loads(output.read_text(encoding="utf-8"))
    assert document["smoke"]
    flat, stiff = document["cases"]
    assert [flat["case"], stiff["case"]] == ["flat", STIFF]
    # The quartic is in the span of the features; without a force nothing moves, and nothing is predicted to.
    assert stiff["predicted"] < 0.01 * stiff["unmoved"]
    assert stiff["ratio"] == pytest.approx(stiff["predicted"] / 0.00042)
    assert flat["predicted"] < 1e-9
    journal = output.with_suffix(".jsonl").read_text(encoding="utf-8")
    jko.main(["--smoke", "--cases", STIFF, "--output", str(output)])
    assert output.with_suffix(".jsonl").read_text(encoding="utf-8") == journal
    assert "| flat | 1 |" in capsys.readouterr().out


@pytest.mark.parametrize("name", [NOISY, ALL])
def test_true_energies_are_judged_with_the_noise_of_the_fit(name: str) -> None:
    found = run_case(CASES[name], 1, SMOKE)
    assert found.diffusivity is not None
    # Two samples of the same law are apart, and standing still is farther.
    assert 0.02 < found.true_model < found.unmoved
    assert found == replace(run_case(CASES[name], 1, SMOKE), cpu_seconds=found.cpu_seconds)


def test_without_noise_the_true_energies_predict_exactly() -> None:
    assert run_case(CASES["sphere"], 0, SMOKE).true_model < 1e-12


def test_halves_share_no_particle_and_move_by_euler_steps() -> None:
    training, held_out = draw_snapshots(Energy.of_test_potential("sphere", 2), 3, 40)
    assert len(training) == len(held_out) == STEPS + 1
    together = np.concatenate([training[0], held_out[0]])
    assert len(np.unique(together, axis=0)) == 40
    # V = -10 |v|^2: each step enlarges by 1 + 0.01 * 20.
    np.testing.assert_allclose(training[2], 1.2**2 * training[0], rtol=1e-12)


def test_the_excess_is_paired_and_compared_with_the_peers() -> None:
    case = replace(CASES[NOISY], peer=Peer(0.5, 0.3, 0.12))
    seeds = [
        outcome(0, 0.6, true_model=0.5, diffusivity=0.1),
        outcome(1, 0.9, true_model=0.7, diffusivity=0.2),
    ]
    row = summarise(case, seeds)
    assert row["seeds"] == 2
    assert row["excess"] == pytest.approx(0.15)
    # Student's t with one degree of freedom times 0.0707/sqrt(2).
    reach = stats.t.isf(FALSE_ALARM / 2, 1) * 0.05
    assert row["excess_interval"] == pytest.approx([0.15 - reach, 0.15 + reach])
    assert row["difference_interval"] == pytest.approx([-0.05 - reach, -0.05 + reach])
    assert row["ratio"] == pytest.approx(0.75)
    assert row["diffusivity"] == pytest.approx({"mean": 0.15, "deviation": 0.05})


def test_one_seed_has_no_interval_and_no_seed_is_refused() -> None:
    row = summarise(replace(CASES["flat"], peer=None), [outcome(0, 0.1)])
    assert row["excess_interval"] is row["difference_interval"] is row["ratio"] is None
    (line,) = render_table([row]).splitlines()[2:]
    assert line.count("|") == render_table([row]).splitlines()[0].count("|")
    with pytest.raises(ValueError, match="flat: no seed"):
        summarise(CASES["flat"], [])


def test_every_potential_is_a_case() -> None:
    assert set(POTENTIAL_NAMES) < set(CASES)
    assert {NOISY, ALL} < set(CASES)


@pytest.mark.parametrize("interacts", [False, True])
def test_both_solvers_have_the_same_least_squares(interacts: bool) -> None:
    clouds, scores = jko_fit.draw_data(200)
    ours, plain = (fit(clouds, scores, (4, 3), interacts) for fit in (jko_fit.fit_ours, jko_fit.fit_plainly))
    # The peer drops what its unscaled columns show as rounding, so that its minimum is the higher one.
    assert ours <= plain * (1 + 1e-9)
    assert ours == pytest.approx(plain, rel=0.02)
