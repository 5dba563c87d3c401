"""Sampled error and information agree with what is known exactly, and with the compiled sampler of small data."""

import jax
import numpy as np
import pytest

from lemmata.numerics.kinetic_optimal.sampled_channel import ELEMENTS, sample_posterior_statistics
from lemmata.numerics.kinetic_optimal.scalar_channel import solve_scalar_channel
from lemmata.numerics.kinetic_optimal.small_data import PosteriorStatistics, estimate_posterior_statistics
from lemmata.numerics.measures import DiscreteMeasure

FALSE_ALARM = 1e-6


def sample(measure: DiscreteMeasure, s: float, num_queries: int = 20_000, seed: int = 5) -> PosteriorStatistics:
    return sample_posterior_statistics(
        measure, s, generator=np.random.default_rng(seed), num_queries=num_queries, false_alarm=FALSE_ALARM
    )


@pytest.mark.parametrize("s", [0.3, 1.0, 3.0])
def test_products_of_a_measure_on_the_line_are_met(s: float) -> None:
    atoms, weights = np.array([-2.0, 0.5, 1.0]), np.array([0.2, 0.5, 0.3])
    exact = solve_scalar_channel(atoms, weights, s)
    grid = np.stack(np.meshgrid(atoms, atoms, atoms), axis=-1).reshape(-1, 3)
    mass = np.einsum("i,j,k->ijk", weights, weights, weights).transpose(1, 0, 2).ravel()
    found = sample(DiscreteMeasure(grid, mass), s)
    assert found.error_rate.contains(float(exact.mmse[0]))
    assert found.information_rate.contains(float(exact.information[0]))
    assert found.entropy == pytest.approx(3 * exact.entropy)


def test_the_compiled_sampler_agrees() -> None:
    measure = DiscreteMeasure(np.random.default_rng(2).standard_normal((20, 5)))
    found = sample(measure, 0.8)
    other = estimate_posterior_statistics(
        measure, 0.8, key=jax.random.key(1), num_queries=20_000, false_alarm=FALSE_ALARM
    )
    for one, two in zip(
        (found.error_rate, found.information_rate), (other.error_rate, other.information_rate), strict=True
    ):
        assert abs(one.value - two.value) < one.error + two.error
        assert one.error < 0.1


def test_equal_atoms_count_as_one() -> None:
    points = np.array([[1.0], [-1.0]])
    doubled = sample(DiscreteMeasure(np.repeat(points, 3, axis=0)), 1.0)
    assert doubled.entropy == pytest.approx(np.log(2))
    assert doubled.information_rate.value == pytest.approx(sample(DiscreteMeasure(points), 1.0).information_rate.value)


def test_one_atom_has_neither_error_nor_information() -> None:
    found = sample(DiscreteMeasure(np.array([[3.0, 4.0]])), 1.0)
    assert (found.error_rate.value, found.information_rate.value) == (0.0, 0.0)


def test_blocks_are_only_a_matter_of_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    measure = DiscreteMeasure(np.random.default_rng(2).standard_normal((20, 5)))
    whole = sample(measure, 0.8, num_queries=1001)
    monkeypatch.setattr("lemmata.numerics.kinetic_optimal.sampled_channel.ELEMENTS", 20 * 13)
    parts = sample(measure, 0.8, num_queries=1001)
    assert ELEMENTS // 20 > 1001
    assert abs(whole.error_rate.value - parts.error_rate.value) < whole.error_rate.error


@pytest.mark.parametrize(("s", "num_queries"), [(0.0, 10), (1.0, 1)])
def test_what_cannot_be_sampled_is_refused(s: float, num_queries: int) -> None:
    with pytest.raises(ValueError, match="at least two queries"):
        sample(DiscreteMeasure(np.eye(2)), s, num_queries=num_queries)
