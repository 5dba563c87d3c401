"""Fits of all three energies are as far from the truth as their standard errors say, and no farther."""

import math

import numpy as np
import pytest
from scipy import stats

from lemmata.checks.jko.full_recovery import DIFFUSIVITY, SPACING, STRENGTH, Recovered, recover, true_coefficients

SEEDS, PARTICLES = 16, 250


@pytest.fixture(scope="module")
def fits() -> list[tuple[Recovered, ...]]:
    return [recover(PARTICLES, seed, SPACING) for seed in range(SEEDS)]


def test_the_truth_is_that_of_the_potential() -> None:
    quartic = {f"V: x{i}^4": 0.5 for i in (1, 2)} | {f"V: x{i}^2": -8.0 for i in (1, 2)}
    assert true_coefficients() == {"beta": DIFFUSIVITY, "V: x1": 2.5, "V: x2": 2.5, **quartic}


def test_every_coefficient_is_compared_with_a_truth(fits: list[tuple[Recovered, ...]]) -> None:
    truths = {one.label: one.truth for one in fits[0]}
    assert len(truths) == 16
    assert {label: truth for label, truth in truths.items() if truth and label[0] != "U"} == true_coefficients()
    assert [truth for label, truth in truths.items() if label[0] == "U"] == [STRENGTH]


def test_standard_errors_cover(fits: list[tuple[Recovered, ...]]) -> None:
    apart = np.array([[one.value - one.truth for one in fit] for fit in fits])
    errors = np.array([[one.standard_error for one in fit] for fit in fits])
    scores = apart / errors
    # Errors are estimated from 250 particles, to a tenth or so; the bias of the spacing is a part of them here.
    low, high = stats.chi2.ppf([1e-5, 1 - 1e-5], SEEDS)
    squares = (scores**2).sum(axis=0)
    assert (squares > low / 1.3).all()
    assert (squares < high * 1.3).all()
    # All coefficients together: standard errors that were a third too small or too large would show.
    assert 0.75 < math.sqrt(float(np.median(scores**2)) / stats.chi2.median(1)) < 1.33


def test_the_error_at_a_false_alarm_probability_covers_the_change(fits: list[tuple[Recovered, ...]]) -> None:
    one = fits[0][0]
    assert one.error(1e-6) == pytest.approx(4.8916 * one.standard_error + one.change, rel=1e-4)
    assert one.error(1e-6) > one.error(1e-3) > one.change > 0
