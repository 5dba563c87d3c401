"""The pool outlives what its tasks do to their processes."""

import os
import time
from concurrent.futures import CancelledError

import pytest

from lemmata.checks.pool import WorkerPool, describe_death


def identity_of_process(_: int) -> int:
    return os.getpid()


def end_process(code: int) -> None:
    os._exit(code)


def sleep(seconds: float) -> None:
    time.sleep(seconds)


def environment(name: str) -> str | None:
    return os.environ.get(name)


def test_workers_persist_and_prepare_themselves() -> None:
    with WorkerPool(1) as pool:
        processes = {pool.submit(identity_of_process, number, timeout=60).result() for number in range(5)}
        assert len(processes) == 1
        assert processes != {os.getpid()}
        assert pool.submit(environment, "JAX_ENABLE_X64", timeout=60).result() == "1"
        assert pool.submit(environment, "OMP_NUM_THREADS", timeout=60).result() == "1"
    with pytest.raises(ProcessLookupError):
        os.kill(processes.pop(), 0)


def test_a_worker_is_replaced_only_after_a_kill() -> None:
    with WorkerPool(1) as pool:
        first = pool.submit(identity_of_process, 0, timeout=60).result()
        with pytest.raises(TimeoutError):
            pool.submit(sleep, 600, timeout=0.5).result()
        second = pool.submit(identity_of_process, 0, timeout=60).result()
        assert second != first
        assert pool.submit(identity_of_process, 1, timeout=60).result() == second


def test_the_death_of_a_worker_is_that_of_its_task_alone() -> None:
    with WorkerPool(2) as pool:
        dying = [pool.submit(end_process, 5, timeout=60) for _ in range(4)]
        living = [pool.submit(identity_of_process, 0, timeout=60) for _ in range(4)]
        assert all(isinstance(future.result(), int) for future in living)
        errors = [future.exception() for future in dying]
    assert {describe_death(error) for error in errors if error} == {"its process ended with exit code 5"}
    assert len(errors) == 4


def test_a_group_stays_with_its_worker() -> None:
    with WorkerPool(2) as pool:
        tasks = [(group, pool.submit(identity_of_process, 0, timeout=60, group=group)) for group in "ab" * 4]
        processes = {group: {future.result() for name, future in tasks if name == group} for group in "ab"}
    # The worker that is done with its group first helps the other.
    assert min(map(len, processes.values())) == 1


def test_waiting_tasks_end_with_the_pool() -> None:
    with WorkerPool(1) as pool:
        running, waiting = (pool.submit(sleep, 600, timeout=900) for _ in range(2))
        pool.stop()
        assert waiting.cancelled()
        assert isinstance(running.exception(timeout=60), CancelledError)


def test_a_pool_that_was_stopped_starts_anew() -> None:
    with WorkerPool(1) as pool:
        first = pool.submit(identity_of_process, 0, timeout=60).result()
        pool.stop()
        assert pool.submit(identity_of_process, 0, timeout=60).result() != first
