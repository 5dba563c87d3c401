"""A pool of worker processes that outlive their tasks; a worker is replaced only after it was killed.

Each task has a time limit of its own. A task that runs out of time or whose worker dies is reported as such, and the
other workers go on. Workers ignore Ctrl-C, which is the parent's to answer, and end when the parent does.
"""

import multiprocessing
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from multiprocessing import resource_tracker
from types import TracebackType
from typing import Any, final

from .worker import initialize_worker


@final
class WorkerPool:
    """At most `jobs` workers, started when the first task arrives."""

    def __init__(self, jobs: int) -> None:
        self.jobs = jobs
        self._pool: Any = None

    def submit(self, function: Callable[..., Any], *arguments: Any, timeout: float) -> "Future[Any]":
        """Schedule `function(*arguments)` and return its future; its time counts from when a worker takes it up."""
        if self._pool is not None:
            try:
                return self._schedule(function, arguments, timeout)
            except RuntimeError:
                # A worker that dies in the moment it takes up a task breaks the pool as a whole: begin a new one.
                self.stop()
        from pebble import ProcessPool

        self._pool = ProcessPool(
            max_workers=self.jobs, initializer=initialize_worker, context=multiprocessing.get_context("spawn")
        )
        with _interrupts_held():
            return self._schedule(function, arguments, timeout)

    def _schedule(self, function: Callable[..., Any], arguments: tuple[Any, ...], timeout: float) -> "Future[Any]":
        future: Future[Any] = self._pool.schedule(function, args=arguments, timeout=timeout)
        return future

    def stop(self) -> None:
        """Kill every worker, at work or not."""
        if self._pool is not None:
            from pebble.pool.process import WORKERS_NAME

            pool, self._pool = self._pool, None
            pool.stop()
            # Joining closes the workers' channel before it kills them: one that is still starting would complain of it.
            for child in multiprocessing.active_children():
                if child.name == WORKERS_NAME:
                    child.kill()
            pool.join()

    def __enter__(self) -> "WorkerPool":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Hold Ctrl-C back while workers start: they inherit that, and so do those that replace them.

    A worker ignores Ctrl-C once it runs, but one that is still importing would answer with a traceback.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    # Started within, it would let Ctrl-C through again.
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def describe_death(error: BaseException) -> str:
    """Say in a few words how a task ended that returned nothing."""
    from pebble import ProcessExpired

    if isinstance(error, ProcessExpired):
        code = error.exitcode
        return f"its process was killed by signal {-code}" if code < 0 else f"its process ended with exit code {code}"
    return f"{type(error).__name__}: {' '.join(str(error).split())}"
