"""Starts the processes of a cluster on this host, and makes sure that none outlives its test."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lemmata.numerics.threads import thread_environment

SOURCES = Path(__file__).parents[2] / "src"
WAIT_SECONDS = 240.0


@dataclass(frozen=True)
class Member:
    """A process of a cluster, its output going into files."""

    process: subprocess.Popen[bytes]
    output_file: Path
    errors_file: Path

    @property
    def output(self) -> str:
        return self.output_file.read_text()

    @property
    def errors(self) -> str:
        return self.errors_file.read_text()

    def wait(self) -> int:
        return self.process.wait(WAIT_SECONDS)


def free_port() -> int:
    """Return a port that is free on all addresses, as the coordinator takes it."""
    with socket.socket(socket.AF_INET6) as probe:
        probe.bind(("::", 0))
        return int(probe.getsockname()[1])


@contextmanager
def start_members(
    folder: Path, commands: Sequence[Sequence[str]], *, devices: int = 2, slurm_port: int | None = None
) -> Iterator[list[Member]]:
    """Run Python with each list of arguments, on as many virtual devices; kill what is left at the end.

    With `slurm_port`, each process finds the variables of a SLURM job of all of them, and JAX's for its port.
    """
    flags = f"--xla_force_host_platform_device_count={devices}"
    inherited = {name: value for name, value in os.environ.items() if name != "XLA_FLAGS"}
    environment = inherited | thread_environment(1, xla_flags=flags) | {"PYTHONPATH": str(SOURCES)}
    members: list[Member] = []
    try:
        for number, command in enumerate(commands):
            files = folder / f"output-{number}", folder / f"errors-{number}"
            with files[0].open("wb") as output, files[1].open("wb") as errors:
                process = subprocess.Popen(
                    [sys.executable, *command],
                    cwd=folder,
                    env=environment | (slurm_variables(slurm_port, len(commands), number) if slurm_port else {}),
                    stdout=output,
                    stderr=errors,
                )
            members.append(Member(process, *files))
        yield members
    finally:
        for member in members:
            member.process.kill()
            member.process.wait()


def slurm_variables(port: int, processes: int, process: int) -> dict[str, str]:
    """Return what SLURM tells a process of a job on this host."""
    return {
        "JAX_COORDINATOR_PORT": str(port),
        "SLURM_JOB_ID": "1",
        "SLURM_STEP_NODELIST": "localhost",
        "SLURM_STEP_NUM_NODES": "1",
        "SLURM_NTASKS": str(processes),
        "SLURM_PROCID": str(process),
        "SLURM_LOCALID": str(process),
    }


def await_condition(condition: Callable[[], bool], members: Sequence[Member]) -> None:
    """Wait until `condition` holds; fail if a process ends before, or if it takes too long."""
    deadline = time.monotonic() + WAIT_SECONDS
    while not condition():
        ended = [member.errors for member in members if member.process.poll() is not None]
        assert not ended, f"ended early: {ended}"
        assert time.monotonic() < deadline, [member.errors for member in members]
        time.sleep(0.05)
