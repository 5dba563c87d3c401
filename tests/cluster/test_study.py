"""`lemmata study` in two processes of which one is killed: one line, exit code 3, and nothing written."""

import signal
from pathlib import Path

import numpy as np
import pytest

from lemmata.checks.cache import DIRECTORY_VARIABLE
from lemmata.numerics.cluster import LOST_EXIT_CODE

from .processes import await_condition, free_port, start_members

ENDLESS = "10000000"


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
