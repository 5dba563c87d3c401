"""Timings: samples with median and quartiles, by both clocks, and what does not count."""

import time

import pytest
from benchmarks.timing import LEAST_SECONDS, Timing, time_warm


def test_median_and_quartiles_are_those_of_the_wall_clock() -> None:
    timing = Timing((4.0, 1.0, 2.0, 3.0, 5.0), (9.0, 9.0, 8.0, 7.0, 9.0))
    assert timing.seconds == 3.0
    assert timing.quartiles == (2.0, 4.0)
    assert timing.cpu_seconds == 9.0


def test_a_single_sample_has_no_spread() -> None:
    assert Timing((2.0,), (1.0,)).quartiles == (2.0, 2.0)


def test_proportional_work_takes_proportional_time() -> None:
    assert Timing((1.0, 3.0), (2.0, 4.0)).times(10).seconds == 20.0


@pytest.mark.parametrize(("wall", "cpu"), [((), ()), ((1.0,), (1.0, 2.0))])
def test_no_samples_or_unequal_ones_are_refused(wall: tuple[float, ...], cpu: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="no timing"):
        Timing(wall, cpu)


def test_the_first_call_does_not_count() -> None:
    calls: list[None] = []

    def slow_at_first() -> None:
        time.sleep(0.5 if not calls else 2 * LEAST_SECONDS)
        calls.append(None)

    timing = time_warm(slow_at_first, repeats=3)
    assert len(timing.wall) == 3
    assert len(calls) == 4
    assert max(timing.wall) < 0.5
    assert min(timing.wall) >= 2 * LEAST_SECONDS
    # Sleeping costs time, but no work.
    assert timing.cpu_seconds < timing.seconds


def test_short_functions_are_repeated_within_a_sample() -> None:
    calls: list[None] = []

    def short() -> None:
        time.sleep(0.001)
        calls.append(None)

    timing = time_warm(short, repeats=2)
    assert len(calls) > 2 + 2
    assert 0.001 <= timing.seconds < LEAST_SECONDS


def test_at_least_one_run_is_needed() -> None:
    with pytest.raises(ValueError, match="at least one run"):
        time_warm(lambda: None, repeats=0)
