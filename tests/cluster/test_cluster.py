"""Processes that join, compute together and end together, whatever happens to one of them."""

import os
import signal
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from lemmata.numerics.cluster import LOST_EXIT_CODE, Cluster, start_cluster
from lemmata.numerics.coordinator import Address, ClusterError
from lemmata.numerics.runtime_messages import divert_runtime_messages

from .processes import Member, await_condition, free_port, start_members

PROGRAM = Path(__file__).with_name("summing_program.py")
HEARTBEAT = 5
"""Seconds: few, for the test's sake, and enough for a machine that is busy with other tests."""

ENDLESS = 100_000
SUM = 1023 * 1024 // 2


@contextmanager
def summing(
    folder: Path,
    *,
    rounds: int,
    processes: int = 2,
    members: int = 2,
    joining: int = 60,
    mishap: str = "",
    slurm: bool = False,
) -> Iterator[tuple[list[Member], Path]]:
    """Run the summing program; the mishap befalls process 0."""
    result = folder / "result"
    port = free_port()
    numbers = ("-" if slurm else f"127.0.0.1:{port}", str(processes))
    commands = [
        [str(PROGRAM), *numbers, str(process), str(joining), str(HEARTBEAT), str(rounds), str(result)]
        for process in range(members)
    ]
    commands[0].append(mishap)
    with start_members(folder, commands, slurm_port=port if slurm else None) as started:
        yield started, result


def test_processes_compute_as_one_and_keep_standard_output_clean(tmp_path: Path) -> None:
    with summing(tmp_path, rounds=4) as (members, result):
        assert [member.wait() for member in members] == [0, 0], [member.errors for member in members]
    assert result.read_text() == f"{SUM}\n"
    for member in members:
        # The native runtime announces each of its connections here.
        assert member.output == "before\njoined\nafter\n"
        assert all(line.startswith("round ") for line in member.errors.splitlines())


@pytest.mark.parametrize("victim", [0, 1])
def test_a_killed_process_ends_the_other_in_seconds_and_leaves_no_file(victim: int, tmp_path: Path) -> None:
    with summing(tmp_path, rounds=ENDLESS) as (members, result):
        await_condition(lambda: all("round 5\n" in member.errors for member in members), members)
        members[victim].process.send_signal(signal.SIGKILL)
        began = time.monotonic()
        survivor = members[1 - victim]
        assert survivor.wait() == LOST_EXIT_CODE, survivor.errors
        assert time.monotonic() - began < 5 * HEARTBEAT
        others = [line for line in survivor.errors.splitlines() if not line.startswith("round ")]
        assert others == [f"lemmata: process {victim} of 2 was lost; nothing was written"]
        assert "Gloo" not in survivor.output
    assert not list(tmp_path.glob(f"*{result.name}*"))


def test_a_process_that_exits_keeps_its_code_and_is_lost_to_the_other(tmp_path: Path) -> None:
    with summing(tmp_path, rounds=ENDLESS, mishap="exit") as (members, result):
        assert [member.wait() for member in members] == [2, LOST_EXIT_CODE]
    assert members[0].errors.splitlines()[-1] == "round 2"
    assert members[1].errors.splitlines()[-1] == "lemmata: process 0 of 2 was lost; nothing was written"
    assert not result.exists()


def test_an_abort_of_another_kind_keeps_its_reason(tmp_path: Path) -> None:
    with summing(tmp_path, rounds=ENDLESS, processes=1, members=1, mishap="abort") as (members, result):
        assert members[0].wait() == LOST_EXIT_CODE
    *_, reason, line = members[0].errors.splitlines()
    assert reason == "a native reason"
    assert line == "lemmata: the runtime has aborted this process, see above; nothing was written"
    assert not result.exists()


def test_processes_that_slurm_has_started_find_one_another_and_that_they_disagree(tmp_path: Path) -> None:
    with summing(tmp_path, rounds=ENDLESS, mishap="other-value", slurm=True) as (members, result):
        assert [member.wait() for member in members] == [LOST_EXIT_CODE, LOST_EXIT_CODE]
    assert "ClusterError: number: process 1 does not agree with process 0" in members[1].errors
    assert not result.exists()


def test_a_process_whose_peers_do_not_come_says_so_in_time(tmp_path: Path) -> None:
    joining = 7
    with summing(tmp_path, rounds=3, members=1, joining=joining) as (members, _):
        await_condition(lambda: "before" in members[0].output, members)
        began = time.monotonic()
        assert members[0].wait() == LOST_EXIT_CODE
        assert time.monotonic() - began < 2 * joining
    assert members[0].errors == f"lemmata: the processes did not all join within {joining} s\n"


def test_a_port_that_is_taken_is_named() -> None:
    with socket.socket(socket.AF_INET6) as taken:
        taken.bind(("::", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        reason = f"coordinator {address}: cannot listen on this port: Address already in use"
        with pytest.raises(ClusterError, match=reason), start_cluster(address, 2, 0):
            pass


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("127.0.0.1:0", 2, 0), "HOST:PORT"),
        (("127.0.0.1:70000", 2, 0), "HOST:PORT"),
        (("127.0.0.1", 2, 0), "HOST:PORT"),
        ((":5000", 2, 0), "HOST:PORT"),
        (("127.0.0.1:5000", 2, 2), "process id 2: want one from 0 to 1"),
        (("127.0.0.1:5000", 2, -1), "process id -1"),
        (("127.0.0.1:5000", 0, 0), "at least one process"),
        (("127.0.0.1:5000", 2, None), "all three or none"),
        ((None, 2, 0), "all three or none"),
    ],
)
def test_arguments_that_do_not_fit_are_refused(
    arguments: tuple[str | None, int | None, int | None], reason: str
) -> None:
    with pytest.raises(ClusterError, match=reason), start_cluster(*arguments):
        pass


def test_a_coordinator_that_does_not_answer_is_named_in_time() -> None:
    address = f"127.0.0.1:{free_port()}"
    began = time.monotonic()
    with (
        pytest.raises(ClusterError, match=f"no coordinator at {address} after 1 s: Connection refused"),
        start_cluster(address, 2, 1, joining_seconds=1),
    ):
        pass
    assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    ("text", "host"), [("first:5123", "first"), ("127.0.0.1:5123", "127.0.0.1"), ("[::1]:5123", "::1")]
)
def test_an_address_is_read_and_shown(text: str, host: str) -> None:
    address = Address.parse(text)
    assert (address.host, address.port, str(address)) == (host, 5123, text)


def test_one_process_agrees_with_itself() -> None:
    Cluster().require_agreement("anything", b"value")
    assert Cluster().is_leader


def test_native_messages_are_diverted_and_python_streams_are_not(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Under pytest, the streams of this process do not lead to the descriptors.
    for number, name in ((1, "stdout"), (2, "stderr")):
        monkeypatch.setattr(sys, name, os.fdopen(number, "w", closefd=False))
    with divert_runtime_messages() as messages:
        os.write(1, b"native output\n")
        os.write(2, b"native error\n")
        print("from Python")
        print("also from Python", file=sys.stderr)
        messages.report("last words")
        assert messages.read() == "native output\nnative error\n"
    print("afterwards", flush=True)
    captured = capfd.readouterr()
    assert captured.out == "from Python\nafterwards\n"
    assert sorted(captured.err.splitlines()) == ["also from Python", "last words"]
