"""`lemmata study` in several processes: they compare their data; if one is killed, nothing is written."""

import signal
from pathlib import Path

import numpy as np
import pytest

from lemmata.checks.cache import DIRECTORY_VARIABLE
from lemmata.cli.study_processes import COMPARED_ROWS, sample_rows
from lemmata.numerics.cluster import LOST_EXIT_CODE
from lemmata.numerics.data_set import DataSet

from .processes import await_condition, free_port, start_members

ENDLESS = "10000000"


@pytest.mark.parametrize("count", [1, 10, COMPARED_ROWS, 5 * COMPARED_ROWS + 1])
def test_data_of_one_shape_are_told_apart_by_their_first_and_last_rows(count: int) -> None:
    rows = np.random.default_rng(count).normal(size=(count, 3))
    sample = sample_rows(DataSet(rows))
    assert sample == sample_rows(DataSet(rows.copy()))
    assert len(sample) == min(count, COMPARED_ROWS) * rows[0].nbytes
    for index in (0, -1):
        other = rows.copy()
        other[index, 1] = np.nextafter(other[index, 1], np.inf)
        assert sample_rows(DataSet(other)) != sample


@pytest.mark.slow
def test_a_study_that_loses_a_process_writes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    np.save(tmp_path / "rows.npy", np.random.default_rng(5).normal(size=(2000, 16)))
    cache = tmp_path / "cache"
    monkeypatch.setenv(DIRECTORY_VARIABLE, str(cache))
    command = ["-m", "lemmata", "study", "kinetic-optimal", "rows.npy", "--output", "study", "--json", "study.json"]
    command += ["--queries", ENDLESS, "--coordinator", f"127.0.0.1:{free_port()}", "--processes", "2", "--process"]
    with start_members(tmp_path, [[*command, str(process)] for process in range(2)]) as members:
        # The first thing that processes compile is the comparison of their data, once all have joined.
        await_condition(lambda: any(path.is_file() for path in cache.rglob("*")), members)
        members[1].process.send_signal(signal.SIGKILL)
        assert members[0].wait() == LOST_EXIT_CODE
    assert members[0].errors == "lemmata: process 1 of 2 was lost; nothing was written\n"
    assert members[0].output == ""
    assert not [path.name for path in tmp_path.iterdir() if "study" in path.name]
