"""`lemmata study` in a process of its own: on a terminal, in a pipe, interrupted, and as several processes."""

import json
import os
import pty
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Workshop

SETTINGS = ("--queries", "64", "--signals", "4", "--output")

SECONDS = 900
"""How long a run may take on a machine that is busy."""


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return one cache of compiled programs for all runs here."""
    return str(tmp_path_factory.mktemp("cache"))


@pytest.fixture
def studio(workshop: "Workshop", cache: str) -> "Workshop":
    """Return a folder with data in it and nothing else."""
    (workshop.folder / "arithmetic.py").unlink()
    workshop.environment["LEMMATA_CACHE"] = cache
    np.save(workshop.folder / "data.npy", np.random.default_rng(7).standard_normal((40, 3)))
    return workshop


def read_until(terminal: int, wanted: bytes, seconds: float = SECONDS) -> bytes:
    """Read what comes from a terminal until `wanted` is in it; all that comes if `wanted` is empty."""
    seen, deadline = b"", time.monotonic() + seconds
    while not wanted or wanted not in seen:
        assert time.monotonic() < deadline, seen
        try:
            chunk = os.read(terminal, 4096)
        except OSError:  # the terminal is closed at its other end
            chunk = b""
        if not chunk:
            assert not wanted, seen
            return seen
        seen += chunk
    return seen


def test_ctrl_c_is_130_with_one_line_and_nothing_is_written(studio: "Workshop") -> None:
    np.save(studio.folder / "data.npy", np.random.default_rng(7).standard_normal((4000, 64)))
    master, terminal = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "lemmata", "study", "kinetic-optimal", "data.npy", "--queries", "400000"],
        cwd=studio.folder,
        env={**studio.full_environment(), "TERM": "xterm"},
        stdout=subprocess.PIPE,
        stderr=terminal,
        text=True,
        start_new_session=True,
    )
    os.close(terminal)
    shown = read_until(master, b"pairs/s")
    os.killpg(process.pid, signal.SIGINT)
    rest = read_until(master, b"").decode()
    out, _ = process.communicate(timeout=SECONDS)
    os.close(master)
    assert process.returncode == 130
    assert out == ""
    assert b"left" in shown
    assert rest.rstrip().endswith("lemmata: interrupted; nothing was written")
    assert "Traceback" not in rest
    kept = {str(path.relative_to(studio.folder)) for path in studio.folder.rglob("*")}
    assert kept <= {"data.npy", "build", "build/study"}


@pytest.mark.slow
def test_a_study_is_the_same_in_a_pipe_and_by_two_processes(studio: "Workshop") -> None:
    alone = studio.run("study", "kinetic-optimal", "data.npy", *SETTINGS, "one", timeout=SECONDS)
    assert (alone.returncode, alone.stderr) == (0, "")
    lines = alone.stdout.splitlines()
    assert lines[0].startswith("data ")
    assert lines[-1] == f"written to  {Path('one/study.md')}"
    assert "\x1b" not in alone.stdout

    with socket.create_server(("127.0.0.1", 0)) as server:
        joint = ("--coordinator", f"127.0.0.1:{server.getsockname()[1]}", "--processes", "2")
    command = ("study", "kinetic-optimal", "data.npy", *SETTINGS, "two", *joint)
    started = [studio.start(*command, "--process", str(number)) for number in range(2)]
    (out, err), (other_out, other_err) = (process.communicate(timeout=SECONDS) for process in started)
    assert [process.returncode for process in started] == [0, 0], err + other_err
    assert (err, other_out, other_err) == ("", "", "")
    assert out.splitlines()[:-1] == lines[:-1]

    expected, found = (json.loads((studio.folder / name / "study.json").read_text()) for name in ("one", "two"))
    assert (expected["run"]["processes"], found["run"]["processes"]) == (1, 2)
    for key in ("mean", "lower", "upper"):
        assert found["separation"][key] == pytest.approx(expected["separation"][key], rel=1e-9, abs=1e-12)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("nothing.npy",), "nothing.npy: No such file or directory"),
        (("data.npy", "--coordinator", "localhost:1"), "give all three or none"),
        (("data.npy", "--distributed", "--processes", "2"), "--distributed finds out by itself"),
    ],
)
def test_bad_input_is_two_and_one_line(studio: "Workshop", options: tuple[str, ...], said: str) -> None:
    done = studio.run("study", "kinetic-optimal", *options, timeout=SECONDS)
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1
    assert said in done.stderr
