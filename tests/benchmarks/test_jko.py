"""The table of potentials runs on tiny inputs, and says what it measured."""

import json
from pathlib import Path

import numpy as np
import pytest
from benchmarks import jko

from lemmata.theory.jko.potentials import POTENTIAL_NAMES


def test_the_table_runs_and_is_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = tmp_path / "jko.json"
    jko.main(["--smoke", "--potentials", "styblinski_tang", "flat", "--output", str(output)])
    document = json.loads(output.read_text(encoding="utf-8"))
    stiff, flat = document["potentials"]
    assert document["smoke"]
    assert [stiff["potential"], flat["potential"]] == ["styblinski_tang", "flat"]
    # The quartic is in the span of the features; without a force nothing moves, and nothing is predicted to.
    assert stiff["mean_predicted"] < 0.01 * stiff["mean_unmoved"]
    assert flat["mean_predicted"] < 1e-9
    printed = capsys.readouterr().out
    assert all(row["potential"] in printed for row in document["potentials"])


def test_halves_share_no_particle_and_move_by_euler_steps() -> None:
    training, held_out = jko.draw_snapshots("sphere", 3, 40)
    assert len(training) == len(held_out) == jko.STEPS + 1
    together = np.concatenate([training[0], held_out[0]])
    assert len(np.unique(together, axis=0)) == 40
    # V = -10 |v|^2: each step enlarges by 1 + 0.01 * 20.
    np.testing.assert_allclose(training[2], 1.2**2 * training[0], rtol=1e-12)


def test_intervals_need_two_seeds() -> None:
    row = jko.Row("flat", (0.1, 0.3), (0.5, 0.5), (1.0, 1.0), (0.1, 0.1)).to_json()
    low, high = row["gain_interval"]
    assert low < row["gain"] == pytest.approx(0.3)
    # t with one degree of freedom, 12.7, times 0.1414/sqrt(2).
    assert high - low == pytest.approx(2 * 12.7062 * 0.1, rel=1e-4)
    assert jko.Row("flat", (0.1,), (0.5,), (1.0,), (0.1,)).to_json()["gain_interval"] is None


def test_every_potential_with_a_peer_is_in_the_table() -> None:
    assert set(jko.PEER) <= set(POTENTIAL_NAMES)
