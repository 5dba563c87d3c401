"""A neural potential learns what is not linear in known features, stops by itself, and survives being saved."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lemmata.numerics.jko.neural import NeuralFit, fit_neural_potential, load_neural_fit

TAU = 0.05


def double_well(x: np.ndarray) -> np.ndarray:
    return np.asarray((x[:, 0] ** 2 - 1) ** 2 / 4 + np.cosh(x[:, 1]))


def descent(seed: int, count: int) -> list[np.ndarray]:
    x = np.random.default_rng(seed).uniform(-2, 2, size=(count, 2))
    snapshots = [x]
    for _ in range(3):
        x = x - TAU * np.stack([x[:, 0] * (x[:, 0] ** 2 - 1), np.sinh(x[:, 1])], axis=1)
        snapshots.append(x)
    return snapshots


def train(snapshots: list[np.ndarray], **changes: Any) -> NeuralFit:
    """Train with the settings, and on the shapes, that all tests share: they are compiled once."""
    settings = {"width": 16, "estimator": "explicit", "max_rounds": 20, "batch_size": 128, "learning_rate": 1e-2}
    return fit_neural_potential(snapshots, TAU, **(settings | changes))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def trained() -> tuple[NeuralFit, list[tuple[int, int]]]:
    seen: list[tuple[int, int]] = []
    fit = train(descent(0, 200), internal=False, progress=lambda done, total: seen.append((done, total)))
    return fit, seen


def test_it_predicts_what_was_held_out(trained: tuple[NeuralFit, list[tuple[int, int]]]) -> None:
    fit, seen = trained
    judged = fit.energies.evaluate(descent(1, 200))
    assert judged.predicted.mean() < 0.1 * judged.unmoved.mean()
    x = np.random.default_rng(2).uniform(-1.8, 1.8, size=(100, 2))
    miss = fit.energies.potential(x) - double_well(x)
    assert miss.std() < 0.1 * double_well(x).std()
    assert seen[-1] == (len(fit.losses), 20)
    assert fit.losses[-1, 1] < fit.losses[0, 1]


def test_what_was_saved_is_what_is_loaded(trained: tuple[NeuralFit, list[tuple[int, int]]], tmp_path: Path) -> None:
    fit, _ = trained
    fit.save(tmp_path / "fit")
    loaded = load_neural_fit(tmp_path / "fit")
    x = np.random.default_rng(3).normal(size=(10, 2))
    np.testing.assert_array_equal(loaded.energies.potential(x), fit.energies.potential(x))
    np.testing.assert_array_equal(loaded.energies.predict(x), fit.energies.predict(x))
    np.testing.assert_array_equal(loaded.losses, fit.losses)
    assert loaded.energies.labels == fit.energies.labels
    (tmp_path / "other").write_bytes(b"PK\x03\x04\n")
    with pytest.raises(ValueError, match="no saved neural potential"):
        load_neural_fit(tmp_path / "other")


def test_training_stops_when_held_out_snapshots_tell_it_to() -> None:
    # Held-out snapshots that run backward: whatever lowers the loss of training raises theirs.
    snapshots = descent(4, 160)
    fit = train(snapshots, held_out=snapshots[::-1], internal=False, patience=2)
    assert len(fit.losses) < 20
    assert np.argmin(fit.losses[:, 1]) == len(fit.losses) - 3


def normal_score(x: np.ndarray, weights: np.ndarray) -> np.ndarray:
    return np.asarray(-x / (weights @ (x**2).mean(axis=1)))


def test_beta_is_settled_beside_the_potential() -> None:
    # The scores of a heat flow from a normal law of variance 1/2; the law is known, so is its score.
    rng, diffusivity = np.random.default_rng(5), 0.4
    base = rng.normal(size=(200, 2))
    base = (base - base.mean(axis=0)) @ np.linalg.inv(np.linalg.cholesky(np.cov(base.T, bias=True))).T
    widths = np.sqrt(0.5 + 2 * diffusivity * TAU * np.arange(4))
    fit = train([width * base for width in widths], max_rounds=20, patience=1, density_score=normal_score)
    assert fit.energies.diffusivity is not None
    assert fit.energies.diffusivity.value == pytest.approx(diffusivity, rel=0.05)


def test_held_out_snapshots_must_match() -> None:
    with pytest.raises(ValueError, match="dimension 1"):
        fit_neural_potential(descent(6, 20), TAU, held_out=np.zeros((4, 5, 1)), internal=False)
