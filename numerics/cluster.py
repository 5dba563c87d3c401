"""Several processes, on one host or on many, that compute as one through `jax.distributed`.

Every process runs the same program, sees the devices of all, and takes part in every collective; there is no scheme of
our own beside JAX's. What this module adds is how such a run begins and ends:

- the native runtime's messages stay out of standard output (`runtime_messages.py`);
- a process that cannot join says so in one line, within a stated time;
- when a process is lost, every other ends within seconds, with one line and exit code 3.

The last is measured on jaxlib 0.10.2. A peer that is killed leaves a collective waiting for ever in most cases; the
coordination service misses its heartbeats and then aborts every process by `LOG(FATAL)`. The loss of process 0, which
runs the service, aborts the others within 20 ms. The service has a Python hook for this, but calling it crashes
(`std::bad_cast`), and `jax_enable_recoverability` leaves the survivors waiting for ever. So the abort itself is
answered: the line names the lost process as the service's last message does.

What else can be wrong before a run begins is found by `coordinator.py`, where the runtime would abort or crash.

Results are written after the context has closed: that all processes got there is then certain, and none was lost.
"""

import atexit
import hashlib
import os
import re
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import final

import jax
import numpy as np

from .coordinator import Address, ClusterError, await_coordinator, require_free_port
from .runtime_messages import RuntimeMessages, answer_abort, divert_runtime_messages

JOINING_SECONDS = 60.0
"""How long processes wait for one another at the start."""

HEARTBEAT_SECONDS = 10
"""After this long without a sign of life a process counts as lost."""

STRAGGLER_SECONDS = 24 * 3600
"""How long a process that has finished waits for one that is alive and has not."""

RUNTIME_DELAY = 5
"""The runtime gives up this many seconds after the time-out that it was given for joining (measured)."""

LOST_EXIT_CODE = 3
"""With this every process ends that loses another."""


@final
@dataclass(frozen=True, slots=True)
class Cluster:
    """The processes of a run, as one of them sees it."""

    num_processes: int = 1
    process_id: int = 0

    @property
    def is_leader(self) -> bool:
        """Whether this process is the one that prints and writes."""
        return self.process_id == 0

    def require_agreement(self, subject: str, value: bytes) -> None:
        """Demand that every process holds the same `value`; all have to call this, in the same order.

        **Raises:** `ClusterError` in every process, naming `subject` and the processes that differ from process 0.
        """
        if self.num_processes == 1:
            return
        from jax.experimental.multihost_utils import process_allgather

        digest = np.frombuffer(hashlib.sha256(value).digest(), dtype=np.uint8)
        digests = np.asarray(process_allgather(digest))
        differing = [number for number in range(self.num_processes) if (digests[number] != digests[0]).any()]
        if differing:
            verb = "does" if len(differing) == 1 else "do"
            raise ClusterError(f"{subject}: {_name_processes(differing)} {verb} not agree with process 0")


@contextmanager
def start_cluster(
    coordinator: str | None = None,
    num_processes: int | None = None,
    process_id: int | None = None,
    *,
    joining_seconds: float = JOINING_SECONDS,
    heartbeat_seconds: int = HEARTBEAT_SECONDS,
) -> Iterator[Cluster]:
    """Join the other processes for the time of this context, before JAX has computed anything.

    Where the body raises, this process leaves: the others, which may be waiting for it, count it as lost, and at the
    end of the interpreter this one does not wait for them.

    **Arguments:** `coordinator` is `HOST:PORT`, where process 0 listens and which all can reach; `process_id` counts
    from 0 to `num_processes` - 1. Without these three JAX finds them out itself, under SLURM and Open MPI among others.
    `joining_seconds` bounds the wait for the others, which is at least 6 s once the coordinator answers;
    `heartbeat_seconds` bounds the time until a lost process is missed.

    **Raises:** `ClusterError` for arguments that do not fit together, a port that is taken, or a coordinator that does
    not answer in time. Where other processes do not come in time, or one is lost, the runtime leaves no way back: this
    process prints one line on standard error and ends with exit code 3.
    """
    address = _check_arguments(coordinator, num_processes, process_id)
    with ExitStack() as stack:
        messages = stack.enter_context(divert_runtime_messages())
        ending = _Ending(messages, joining_seconds)
        stack.enter_context(answer_abort(ending.answer))
        # It would catch SIGTERM for the whole process, and nothing here asks it for a notice.
        stack.enter_context(_option_set("jax_enable_preemption_service", False))
        deadline = time.monotonic() + joining_seconds
        if address is not None:
            if process_id:
                await_coordinator(address, deadline)
            else:
                require_free_port(address)
        try:
            jax.distributed.initialize(
                coordinator,
                num_processes,
                process_id,
                initialization_timeout=max(1, round(deadline - time.monotonic() - RUNTIME_DELAY)),
                heartbeat_timeout_seconds=heartbeat_seconds,
                shutdown_timeout_seconds=STRAGGLER_SECONDS,
            )
        except (RuntimeError, ValueError, OSError) as error:
            raise ClusterError(_explain_refusal(error)) from error
        cluster = Cluster(jax.process_count(), jax.process_index())
        ending.cluster = cluster
        try:
            yield cluster
            jax.distributed.shutdown()
        except BaseException as error:
            # To the end of the process: an abort that comes while the error is on its way is answered too.
            atexit.register(_leave, _exit_code(error), stack.pop_all())
            if isinstance(error, Exception) and _tells_of_lost_connection(error):
                # The service names the lost process in a moment, by an abort; this process is not to be named too.
                time.sleep(2 * heartbeat_seconds)
                raise ClusterError(f"the connection to another process was lost: {_one_line(error)}") from error
            raise


@final
@dataclass(slots=True)
class _Ending:
    """What is said when the runtime aborts this process."""

    messages: RuntimeMessages
    joining_seconds: float
    cluster: Cluster | None = None

    def answer(self) -> None:
        """Print one line and end the process."""
        said = self.messages.read()
        if self.cluster is None:
            line = f"the processes did not all join within {self.joining_seconds:g} s"
        elif loss := _explain_loss(said, self.cluster):
            line = f"{loss}; nothing was written"
        else:
            # An abort of another kind, whose reason only the runtime knows.
            self.messages.report(said.rstrip())
            line = "the runtime has aborted this process, see above; nothing was written"
        self.messages.report(f"lemmata: {line}")
        os._exit(LOST_EXIT_CODE)


def _explain_loss(said: str, cluster: Cluster) -> str:
    """Say which processes were lost, by the last words of the coordination service; empty if it speaks of none."""
    unhealthy = re.search(r"stopped sending heartbeats\):\n((?:\d+\n)+)", said)
    if unhealthy:
        lost = [int(number) for number in unhealthy[1].split()]
        return f"{_name_processes(lost)} of {cluster.num_processes} {'was' if len(lost) == 1 else 'were'} lost"
    twice = re.search(r"(\d+) unexpectedly tried to connect with a different incarnation", said)
    if twice:
        return f"a second process came as process {twice[1]} of {cluster.num_processes}"
    if "Failed to send RPC to coordination service" in said or "Connection refused" in said:
        return f"process 0 of {cluster.num_processes} was lost"
    return ""


def _name_processes(numbers: list[int]) -> str:
    return f"process{'es' if len(numbers) > 1 else ''} {', '.join(map(str, numbers))}"


def _check_arguments(coordinator: str | None, num_processes: int | None, process_id: int | None) -> Address | None:
    """Return the coordinator's address; None where all three are left to JAX."""
    given = (coordinator, num_processes, process_id)
    if coordinator is None or num_processes is None or process_id is None:
        if given != (None, None, None):
            raise ClusterError("coordinator, number of processes and process id go together: give all three or none")
        return None
    if num_processes < 1:
        raise ClusterError(f"at least one process is needed, not {num_processes}")
    if not 0 <= process_id < num_processes:
        raise ClusterError(f"process id {process_id}: want one from 0 to {num_processes - 1}")
    return Address.parse(coordinator)


def _explain_refusal(error: Exception) -> str:
    """Say in one line why JAX did not start."""
    text = _one_line(error)
    if "coordinator_address should be defined" in text:
        return "no SLURM job and no other set-up that JAX detects: give coordinator, number of processes and process id"
    return text


def _tells_of_lost_connection(error: Exception) -> bool:
    return "Gloo" in str(error) or "coordination service" in str(error)


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())


def _exit_code(error: BaseException) -> int:
    """Return what Python would end with, were it not for the other processes; an error counts as a loss."""
    if isinstance(error, SystemExit):
        return error.code if isinstance(error.code, int) else int(error.code is not None)
    return 130 if isinstance(error, KeyboardInterrupt) else LOST_EXIT_CODE


def _leave(exit_code: int, _: ExitStack) -> None:
    """End this process without JAX's own clean-up, which waits for all processes and then aborts them."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(exit_code)


@contextmanager
def _option_set(name: str, value: bool) -> Iterator[None]:
    before = getattr(jax.config, name)
    jax.config.update(name, value)
    try:
        yield
    finally:
        jax.config.update(name, before)
