"""Balances of entropy: point by point, in total, and for normal laws."""

import pytest
import sympy as sp

from lemmata.theory.verdict import Verdict
from lemmata.theory.wasserstein_proximal import entropy
from lemmata.theory.wasserstein_proximal.notation import DIMENSIONS, horizon, scale, sigma

from ..decided import NEARLY, assert_refuted, assert_replays, assert_vanish


@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_kinetic_energy(dimension: int) -> None:
    density = entropy.kinetic_density(dimension)
    assert_vanish(entropy.energy_rate_residuals(density, dimension))
    for wrong in (NEARLY * density, -density, 2 * density, density / sigma**2):
        assert_refuted(entropy.energy_rate_residuals(wrong, dimension))
    found = entropy.derive_energy(dimension)
    assert_replays(found)
    assert found.concludes(entropy.energy_statement(sp.S.One, dimension)).verdict is Verdict.PROVED
    assert found.concludes(entropy.energy_statement(NEARLY, dimension)).verdict is not Verdict.PROVED


def test_energy_of_normal_targets() -> None:
    energy = entropy.gaussian_energy()
    assert_vanish(entropy.gaussian_energy_residuals(energy) | entropy.gaussian_share_residuals(sp.S.One))
    assert_refuted(entropy.gaussian_energy_residuals(NEARLY * energy))
    assert_refuted(entropy.gaussian_energy_residuals(energy / sigma**2))
    assert_refuted(entropy.gaussian_share_residuals(1 / sigma**2))


@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_data_processing(dimension: int) -> None:
    rate = entropy.dissipation(dimension)
    assert_vanish(entropy.dissipation_residuals(rate, dimension))
    for wrong in (NEARLY * rate, -rate, rate / sigma**2):
        assert_refuted(entropy.dissipation_residuals(wrong, dimension))
    found = entropy.derive_data_processing(dimension)
    assert_replays(found)
    assert found.concludes(entropy.data_processing_statement(sp.S.One, dimension)).verdict is Verdict.PROVED
    assert found.concludes(entropy.data_processing_statement(1 / NEARLY, dimension)).verdict is Verdict.UNDECIDED


def test_no_smaller_factor_bounds_the_divergence() -> None:
    ratio = entropy.gaussian_contraction()
    assert_vanish(entropy.gaussian_contraction_residuals(ratio))
    assert_refuted(entropy.gaussian_contraction_residuals(NEARLY * ratio))
    assert_refuted(entropy.gaussian_contraction_residuals(ratio**2))
    assert sp.limit(ratio.subs({scale: 1, sigma: 1}), horizon, 0) == 1
