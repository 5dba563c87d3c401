"""Energies carry their errors by source, and the check sum tells a right estimate from a wrong one."""

from dataclasses import replace

import jax
import numpy as np
import pytest

from lemmata.numerics.kinetic_optimal import (
    CondOT,
    Separation,
    angular_grid,
    information_rate,
    kinetic_optimal_path,
    path_energy,
    saving_over_cond_ot,
    separation,
    separation_integral,
    separation_two_point,
)
from lemmata.numerics.kinetic_optimal.check_sum import check_sum
from lemmata.numerics.measures import DiscreteMeasure

GRID = angular_grid(24)
SKEWED = DiscreteMeasure([[-1.3], [0.2], [0.9], [2.0]], [0.2, 0.3, 0.4, 0.1]).normalised()


@pytest.fixture(scope="module")
def sampled() -> Separation:
    return separation(SKEWED, GRID, key=jax.random.key(3), num_queries=20_000)


def test_every_derived_number_says_where_its_error_comes_from(sampled: Separation) -> None:
    found = {
        "optimal": kinetic_optimal_path(sampled).energy_estimate,
        "J": separation_integral(sampled),
        "saving": saving_over_cond_ot(sampled),
        "information": information_rate(sampled),
        "Cond-OT": path_energy(CondOT(), sampled),
    }
    for name, estimate in found.items():
        expected = {"interpolation", "monte_carlo", "tail"} | ({"quadrature"} if name == "Cond-OT" else set())
        assert set(estimate.parts) == expected
        assert estimate.parts["monte_carlo"] > 1e-4
        assert estimate.false_alarm == sampled.false_alarm
    assert set(separation_integral(separation_two_point(GRID)).parts) == {"interpolation", "formula"}


def test_the_check_sum_agrees_and_refuses_a_wrong_curve(sampled: Separation) -> None:
    found = check_sum(sampled, SKEWED)
    assert found.agrees
    assert found.expected.contains(SKEWED.entropy())
    assert found.beyond < 1e-6
    # With signals stated half as large again, v belongs to other s than it says.
    wrong = replace(sampled, s=1.5 * sampled.s)
    assert not check_sum(wrong, SKEWED).agrees


def test_a_check_sum_without_a_ceiling_or_of_other_data_is_refused(sampled: Separation) -> None:
    with pytest.raises(ValueError, match="no ceiling"):
        check_sum(replace(sampled, tail_information=np.inf), SKEWED)
    with pytest.raises(ValueError, match="the estimate is of 4 atoms in 1 dimensions, the data are 2 in 1"):
        check_sum(sampled, DiscreteMeasure([[-1.0], [1.0]]))
