"""A pool of worker processes that outlive their tasks; a worker is replaced only after it was killed.

Each task has a time limit of its own. A task that runs out of time or whose worker dies is reported as such, and the
other workers go on. Workers ignore Ctrl-C, which is the parent's to answer, and end when the parent does.
"""

import multiprocessing
from collections.abc import Callable
from concurrent.futures import Future
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
        if self._pool is None:
            from pebble import ProcessPool

            self._pool = ProcessPool(
                max_workers=self.jobs,
                initializer=initialize_worker,
                context=multiprocessing.get_context("spawn"),
            )
        try:
            future: Future[Any] = self._pool.schedule(function, args=arguments, timeout=timeout)
        except RuntimeError:
            # A worker that dies in the moment it takes up a task breaks the pool as a whole: begin a new one.
            self.stop()
            return self.submit(function, *arguments, timeout=timeout)
        return future

    def stop(self) -> None:
        """Kill every worker, at work or not."""
        if self._pool is not None:
            pool, self._pool = self._pool, None
            pool.stop()
            pool.join()

    def __enter__(self) -> "WorkerPool":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def describe_death(error: BaseException) -> str:
    """Say in a few words how a task ended that returned nothing."""
    from pebble import ProcessExpired

    if isinstance(error, ProcessExpired):
        code = error.exitcode
        return f"its process was killed by signal {-code}" if code < 0 else f"its process ended with exit code {code}"
    return f"{type(error).__name__}: {' '.join(str(error).split())}"
