"""What is left when a run is cut short: finished evidence, no process, and one clear line."""

import json
import os
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Workshop

SLOW = """
import time
from pathlib import Path

class Slow:
    kind = Kind.NUMERIC
    def __init__(self, name, seconds):
        self.name, self.seconds = name, seconds
    def __call__(self, formula, run):
        with open("calls.txt", "a") as calls:
            calls.write(f"{self.name} {formula.__name__}\\n")
        time.sleep(self.seconds)
        from dataclasses import replace
        return replace(Sampled()(formula, run), check=self.name)
"""


def calls(folder: Path) -> list[str]:
    path = folder / "calls.txt"
    return path.read_text().splitlines() if path.exists() else []


def await_calls(folder: Path, line: str) -> None:
    deadline = time.monotonic() + 60
    while line not in calls(folder):
        assert time.monotonic() < deadline, f"{line!r} never came: {calls(folder)}"
        time.sleep(0.02)


def processes_of_group(group: int) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                state, _, its_group = (entry / "stat").read_text().rpartition(")")[2].split()[:3]
            except OSError:
                continue
            if int(its_group) == group and state != "Z":
                found.append(int(entry.name))
    return found


def await_empty_group(group: int) -> None:
    deadline = time.monotonic() + 20
    while processes_of_group(group):
        assert time.monotonic() < deadline, f"left behind: {processes_of_group(group)}"
        time.sleep(0.05)


def await_another_process(group: int) -> None:
    deadline = time.monotonic() + 60
    while len(processes_of_group(group)) < 2:
        assert time.monotonic() < deadline, "no worker was started"
        time.sleep(0.01)


@pytest.mark.parametrize("signals", [1, 2])
def test_ctrl_c_is_130_with_one_line_and_no_orphans_and_keeps_what_is_finished(
    workshop: "Workshop", signals: int
) -> None:
    path = workshop.write_toy(body=SLOW, checks="Sampled(), Slow('endless', 600)")
    process = workshop.start("check", path, "--jobs", "2")
    await_calls(workshop.folder, "endless triangular")
    time.sleep(0.3)
    for _ in range(signals):
        os.killpg(process.pid, signal.SIGINT)
        time.sleep(0.01)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert out == ""
    assert err.startswith("lemmata: interrupted")
    assert "Traceback" not in err
    assert len(err.splitlines()) == 1
    await_empty_group(process.pid)
    if signals == 1:
        assert "1 of 2 checks are finished and kept in" in err
    assert not (workshop.folder / "build" / "results.json").exists()


def test_ctrl_c_while_workers_start_prints_no_traceback(workshop: "Workshop") -> None:
    path = workshop.write_toy(body=SLOW, checks="Slow('endless', 600)")
    for delay in (0.0, 0.1, 0.25):
        process = workshop.start("check", path, "--jobs", "2", "--no-cache")
        await_another_process(process.pid)
        time.sleep(delay)
        os.killpg(process.pid, signal.SIGINT)
        _, err = process.communicate(timeout=30)
        await_empty_group(process.pid)
        assert process.returncode == 130
        assert "Traceback" not in err


def test_a_second_run_resumes_after_kill_nine(workshop: "Workshop") -> None:
    path = workshop.write_toy(body=SLOW, checks="Slow('first', 0), Slow('second', 600)")
    process = workshop.start("check", path, "--jobs", "1")
    await_calls(workshop.folder, "second triangular")
    process.kill()
    process.communicate(timeout=30)
    await_empty_group(process.pid)
    before = calls(workshop.folder)
    # Time limits are no part of what evidence depends on, so the second run may have a shorter one.
    done = workshop.run("check", path, "--jobs", "1", "--timeout", "1")
    assert "1 of 2 checks from cache" in done.stdout
    assert [line for line in calls(workshop.folder)[len(before) :] if line.startswith("first")] == []


def test_nothing_is_kept_under_the_key_of_sources_that_have_changed(workshop: "Workshop") -> None:
    path = workshop.write_toy(body=SLOW, checks="Slow('brief', 1)")
    before = Path(path).read_text()
    process = workshop.start("check", path)
    await_calls(workshop.folder, "brief triangular")
    Path(path).write_text(before + "# edited\n")
    _, err = process.communicate(timeout=60)
    assert process.returncode == 0
    assert err == "lemmata: claims.py changed during the run; what could not be kept will run again next time\n"
    Path(path).write_text(before)
    assert "0 of 1 checks from cache" in workshop.run("check", path).stdout


def test_a_hanging_check_is_undecided_and_the_pool_survives(workshop: "Workshop") -> None:
    path = workshop.write_toy(body=SLOW, checks="Slow('endless', 600), Sampled()")
    done = workshop.run("check", path, "arithmetic.py", "--jobs", "1", "--timeout", "1")
    assert done.returncode == 0, "the other check supports the claim and kills the control"
    document = json.loads((workshop.folder / "build" / "results.json").read_text())
    endless, sampled = document["claims"][0]["evidence"]
    assert (endless["verdict"], endless["reason"]) == ("undecided", "no result within 1 s")
    assert sampled["verdict"] == "supported"
    assert [leg["failure"] for leg in document["claims"][0]["controls"][0]["legs"]] == ["skipped", ""]
    assert "5 claims: 1 proved, 3 supported, 1 refuted" in done.stdout
    again = workshop.run("check", path, "arithmetic.py", "--timeout", "1")
    assert "6 of 7 checks from cache" in again.stdout, "a time-out is never kept"


def test_a_claim_with_nothing_but_a_hanging_check_is_not_as_expected(workshop: "Workshop") -> None:
    done = workshop.run("check", workshop.write_toy(body=SLOW, checks="Slow('endless', 600)"), "--timeout", "1")
    assert done.returncode == 1
    assert "toy.other: undecided, expected supported" in done.stdout
    assert "endless: undecided: no result within 1 s" in done.stdout


def test_a_control_that_hangs_costs_only_itself(workshop: "Workshop") -> None:
    body = (
        SLOW
        + """
def endless():
    time.sleep(600)
Claim_ = Claim
def Claim(**fields):
    fields["controls"] = {"endless": false(endless, near=True), **fields["controls"]}
    return Claim_(**fields)
"""
    )
    done = workshop.run("check", workshop.write_toy(body=body), "--timeout", "1")
    assert done.returncode == 1
    claim = json.loads((workshop.folder / "build" / "results.json").read_text())["claims"][0]
    assert claim["verdict"] == "supported"
    endless, other = claim["controls"]
    assert (endless["verdict"], endless["killed_by"], endless["legs"][0]["failure"]) == ("undecided", [], "timeout")
    assert (other["verdict"], other["killed_by"]) == ("refuted", ["sampled"])


def test_a_check_that_ends_its_process_is_three_and_the_pool_survives(workshop: "Workshop") -> None:
    body = """
import os
class Exits:
    name, kind = "exits", Kind.NUMERIC
    def __call__(self, formula, run):
        os._exit(9)
"""
    done = workshop.run(
        "check", workshop.write_toy(checks="Exits(), Sampled()", body=body), "arithmetic.py", "--jobs", "2"
    )
    assert done.returncode == 3
    assert "toy.other: check exits crashed: its process ended with exit code 9" in done.stderr
    assert "5 claims: 1 proved, 3 supported, 1 refuted" in done.stdout


def test_a_check_that_is_killed_is_three(workshop: "Workshop") -> None:
    body = """
import os, signal
class Killed:
    name, kind = "killed", Kind.NUMERIC
    def __call__(self, formula, run):
        os.kill(os.getpid(), signal.SIGKILL)
"""
    done = workshop.run("check", workshop.write_toy(checks="Killed()", body=body))
    assert done.returncode == 3
    assert "toy.other: check killed crashed: its process was killed by signal 9" in done.stderr


def test_what_a_check_prints_is_not_among_the_results(workshop: "Workshop") -> None:
    body = """
class Prints(Sampled):
    def __call__(self, formula, run):
        print("chatter")
        return super().__call__(formula, run)
"""
    done = workshop.run("check", workshop.write_toy(checks="Prints()", body=body))
    assert done.returncode == 0
    assert "chatter" not in done.stdout
    assert "chatter" in done.stderr
