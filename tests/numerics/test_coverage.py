"""Intervals of the separation function, and of what follows from it, miss no more often than they say.

The null: each repetition misses with probability at most the stated false alarm. A number of misses that has
probability below 1e-6 under it fails. 1000 repetitions with seeded draws; data whose exact curve is known.
"""

import jax
import numpy as np
import pytest
from scipy import stats

from lemmata.numerics.kinetic_optimal.coverage import (
    Coverage,
    Form,
    TermPool,
    draw_pool,
    exact_cases,
    measure_coverage,
)

S = np.array([0.1, 0.3, 0.7, 1.0, 1.6, 2.5])
REPETITIONS, IMPROBABLE = 1000, 1e-6
CASES = exact_cases()


@pytest.fixture(scope="module", params=CASES)
def pool(request: pytest.FixtureRequest) -> TermPool:
    return draw_pool(CASES[request.param], S, most_queries=1000, repetitions=REPETITIONS, key=jax.random.key(11))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("num_queries", "form", "false_alarm"),
    [
        *((10, form, false_alarm) for form in ("replica", "residual", "pilot") for false_alarm in (0.1, 0.01)),
        (100, "pilot", 0.1),
        (100, "pilot", 0.01),
        (1000, "pilot", 0.1),
    ],
)
def test_intervals_cover_as_often_as_they_say(pool: TermPool, num_queries: int, form: Form, false_alarm: float) -> None:
    found = measure_coverage(pool, form, num_queries, false_alarm)
    assert set(found) == {"h^2", "final flat angle", "J", "saving", "information"}
    improbable = {name: coverage.misses for name, coverage in found.items() if coverage.chance < IMPROBABLE}
    assert not improbable
    # A functional of the intervals stays inside where they all hold.
    assert max(coverage.misses for coverage in found.values()) <= found["h^2"].misses


@pytest.mark.slow
def test_the_harness_sees_an_interval_that_does_not_cover() -> None:
    # Ten terms that hardly ever see the rare point, taken as normal: an event that was not seen has no standard error.
    pool = draw_pool(CASES["a rare point"], S, most_queries=10, repetitions=REPETITIONS, key=jax.random.key(12))
    terms = pool.forms[0].reshape(len(S), REPETITIONS, 10)
    reach = stats.norm.isf(0.1 / 2 / len(S)) * terms.std(axis=-1, ddof=1) / np.sqrt(10)
    misses = (np.abs(terms.mean(axis=-1) - pool.exact[:, None]) > reach).any(axis=0)
    normal = Coverage(misses=int(misses.sum()), repetitions=REPETITIONS, false_alarm=0.1, width_ratio=1.0)
    assert normal.chance < IMPROBABLE
    assert normal.interval[1] < 0.9
    with pytest.raises(ValueError, match="the pool has not 11 queries"):
        measure_coverage(pool, "replica", 11, 0.1)
