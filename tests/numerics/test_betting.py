"""Betting intervals: they cover rare events at small samples, and at large ones are nearly as narrow as normal ones."""

import math
from typing import Any

import numpy as np
import pytest
from scipy import stats

from lemmata.numerics.betting import LARGEST_STAKE, betting_interval
from lemmata.numerics.statistics import empirical_bernstein_half_width

REPETITIONS = 2000


@pytest.mark.parametrize("count", [1, 5, 20, 100])
@pytest.mark.parametrize("chance", [0.01, 0.3])
@pytest.mark.parametrize("guess", [0.0, 0.01, 0.25])
def test_a_rare_event_is_covered_whatever_the_guess(count: int, chance: float, guess: float) -> None:
    draws = (np.random.default_rng([count, int(100 * chance)]).random((REPETITIONS, count)) < chance).astype(float)
    low, high = betting_interval(draws, guess, 0.1)
    misses = int(((low > chance) | (high < chance)).sum())
    # Misses in excess of this have probability below 1e-9 if each interval misses with probability 0.1.
    assert misses <= stats.binom.isf(1e-9, REPETITIONS, 0.1)


@pytest.mark.parametrize("variance", ["true", "guessed"])
def test_the_end_is_where_the_capital_reaches_the_threshold(variance: str) -> None:
    terms = np.random.default_rng(4).beta(0.3, 2.0, size=203)
    guess = 0.02 if variance == "guessed" else terms.var()
    low, high = betting_interval(terms, guess, 0.05)

    def log_capital(rows: Any, candidate: float) -> float:
        stake = min(math.sqrt(2 * math.log(40) / (203 * guess)), LARGEST_STAKE / candidate)
        return float(np.log1p(stake * (rows - candidate)).sum())

    assert log_capital(terms, float(low)) == pytest.approx(math.log(40), abs=1e-8)
    assert log_capital(1 - terms, 1 - float(high)) == pytest.approx(math.log(40), abs=1e-8)


def test_the_interval_is_near_the_normal_one_and_half_the_empirical_bernstein_one() -> None:
    # A term that is mostly far below the end of its range, as an error at moderate signal is.
    terms = np.random.default_rng(5).beta(0.4, 20.0, size=(4, 20_000))
    level = 1e-6 / 32
    low, high = betting_interval(terms, terms[:, :512].var(axis=1), level)
    half = (high - low) / 2
    normal = stats.norm.isf(level / 2) * terms.std(axis=1) / np.sqrt(20_000)
    bernstein = empirical_bernstein_half_width(terms.var(axis=1, ddof=1), np.array(20_000), 1.0, level)
    assert (half < 1.2 * normal).all()
    assert (half < 0.55 * bernstein).all()


def test_an_event_that_was_not_seen_leaves_the_least_width_possible() -> None:
    low, high = betting_interval(np.zeros(1000), 0.0, 1e-3)
    # No interval can be shorter than 1 - (delta/2)^(1/n) there: an event of that probability stays unseen too often.
    least = 1 - (1e-3 / 2) ** (1 / 1000)
    assert low == 0
    assert least < high < 1.2 * least
    assert betting_interval(np.ones(1000), 0.0, 1e-3)[0] == pytest.approx(1 - high)


@pytest.mark.parametrize(
    ("terms", "variance", "false_alarm", "message"),
    [
        ([0.5, 1.1], 0.1, 0.1, r"terms in \[0, 1\]"),
        ([-0.1, 0.5], 0.1, 0.1, r"terms in \[0, 1\]"),
        ([0.5, np.nan], 0.1, 0.1, r"terms in \[0, 1\]"),
        ([0.5, 0.5], -0.1, 0.1, "not negative"),
        ([0.5, 0.5], 0.1, 1.0, "probability"),
    ],
)
def test_what_cannot_be_bet_on_is_refused(terms: Any, variance: float, false_alarm: float, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        betting_interval(np.array(terms), variance, false_alarm)
