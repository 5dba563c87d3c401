"""The estimator on several processes: the result of one, each process reading its own rows."""

import json
from pathlib import Path
from typing import Any, TypeAlias

import jax
import numpy as np
import pytest

from lemmata.numerics.data_set import DataSet
from lemmata.numerics.kinetic_optimal.estimator import PILOT_QUERIES, separation

from .estimating_program import NUM_QUERIES, SEED, SIGNALS
from .processes import free_port, start_members

PROGRAM = Path(__file__).with_name("estimating_program.py")
ROWS = 1100
Records: TypeAlias = dict[str, list[dict[str, Any]]]
"""What each process found, by kind of data."""

ROUNDING = ROWS * np.finfo(np.float64).eps * (1 + SIGNALS[-1] ** 2)
"""Bound on what the order of a sum of `ROWS` terms changes in h^2, whose terms are multiplied by 1 + s^2."""


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> Records:
    """What two processes with two devices each found, by kind of data."""
    folder = tmp_path_factory.mktemp("cluster")
    np.save(folder / "rows.npy", draw_rows())
    address = f"127.0.0.1:{free_port()}"
    commands = [[str(PROGRAM), address, "2", str(process), "rows.npy", "."] for process in range(2)]
    with start_members(folder, commands) as members:
        assert [member.wait() for member in members] == [0, 0], [member.errors for member in members]
    return {
        kind: [json.loads((folder / f"{kind}-{process}.json").read_text()) for process in range(2)]
        for kind in ("memory", "mapped")
    }


def draw_rows() -> np.ndarray:
    return np.random.default_rng(3).normal(size=(ROWS, 8)) ** 3


def test_the_result_is_that_of_one_process(records: Records) -> None:
    data = DataSet(draw_rows()).normalised()
    alone = separation(data, SIGNALS, num_queries=NUM_QUERIES, key=jax.random.key(SEED))
    for found in (record for kind in records.values() for record in kind):
        assert found["devices"] == 4
        np.testing.assert_allclose(found["h_squared"], alone.h_squared, rtol=0, atol=ROUNDING)
        np.testing.assert_allclose(found["interval"], alone.h_squared_interval, rtol=0, atol=ROUNDING)


@pytest.mark.parametrize("kind", ["memory", "mapped"])
def test_each_process_reads_its_own_rows_and_those_of_the_queries(kind: str, records: Records) -> None:
    first, second = (record["blocks"] for record in records[kind])
    assert not set(first) & set(second)
    assert sorted(first + second) == list(range(ROWS))
    for record in records[kind]:
        # A pilot sample, perhaps a second one, and the sample: never more rows than queries.
        assert 0 < record["singles"] <= 2 * (2 * PILOT_QUERIES + NUM_QUERIES)
