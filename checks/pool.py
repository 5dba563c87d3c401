"""A pool of worker processes that outlive their tasks; a worker is replaced only after it was killed.

Each task has a time limit of its own. A task that runs out of time or whose worker dies is reported as such, and the
other workers go on. Workers ignore Ctrl-C, which is the parent's to answer, and end when the parent does.

Tasks of one group go to one worker as long as there are others for the rest: what it has imported, derived and compiled
for one serves the next.
"""

import multiprocessing
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import resource_tracker
from types import TracebackType
from typing import Any, final

from .worker import initialize_worker


@final
@dataclass(frozen=True, slots=True, eq=False)
class _Task:
    """A call that waits for a worker, and the future of its result."""

    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    timeout: float
    group: str
    future: "Future[Any]" = field(default_factory=Future)


@final
@dataclass(slots=True, eq=False)
class _Lane:
    """One worker, the group of its latest task, and the task at work. The process starts with its first task."""

    pool: Any = None
    group: str = ""
    task: _Task | None = None

    def schedule(self, task: _Task) -> "Future[Any]":
        """Hand a task to the worker."""
        if self.pool is not None:
            return self._hand_over(task)
        from pebble import ProcessPool

        self.pool = ProcessPool(
            max_workers=1, initializer=initialize_worker, context=multiprocessing.get_context("spawn")
        )
        with _interrupts_held():
            return self._hand_over(task)

    def _hand_over(self, task: _Task) -> "Future[Any]":
        future: Future[Any] = self.pool.schedule(task.function, args=task.arguments, timeout=task.timeout)
        return future


@final
class WorkerPool:
    """At most `jobs` workers, each started when there is a task for it."""

    def __init__(self, jobs: int) -> None:
        self._lanes = [_Lane() for _ in range(jobs)]
        self._tasks: list[_Task] = []
        self._broken: list[Any] = []
        self._lock = threading.RLock()

    def submit(self, function: Callable[..., Any], *arguments: Any, timeout: float, group: str = "") -> "Future[Any]":
        """Schedule `function(*arguments)` and return its future; its time counts from when a worker takes it up."""
        task = _Task(function, arguments, timeout, group)
        with self._lock:
            self._tasks.append(task)
            self._dispatch()
        return task.future

    def _dispatch(self) -> None:
        """Give every idle worker a task; the lock is held."""
        for lane in self._lanes:
            while self._tasks and lane.task is None:
                task = min(self._tasks, key=partial(self._reluctance, lane))
                self._tasks.remove(task)
                if task.future.set_running_or_notify_cancel():
                    lane.group, lane.task = task.group, task
                    self._schedule(lane, task).add_done_callback(partial(self._finish, lane, task))

    def _reluctance(self, lane: _Lane, task: _Task) -> tuple[int, bool]:
        """Rank a task for a worker: groups that fewer others are at first, and of these its own."""
        occupied = [other.group for other in self._lanes if other is not lane and other.task is not None]
        return occupied.count(task.group), task.group != lane.group

    def _schedule(self, lane: _Lane, task: _Task) -> "Future[Any]":
        try:
            return lane.schedule(task)
        except RuntimeError:
            # A worker that dies in the moment it takes up a task breaks what drives it: begin anew.
            self._broken.append(lane.pool)
            lane.pool = None
            return lane.schedule(task)

    def _finish(self, lane: _Lane, task: _Task, done: "Future[Any]") -> None:
        with self._lock:
            if lane.task is None:
                return
            lane.task = None
            self._dispatch()
        error = CancelledError() if done.cancelled() else done.exception()
        if error is None:
            task.future.set_result(done.result())
        else:
            task.future.set_exception(error)

    def stop(self) -> None:
        """Kill every worker, at work or not; its task and those that wait are cancelled."""
        with self._lock:
            for task in self._tasks:
                task.future.cancel()
            self._tasks.clear()
            for lane in self._lanes:
                if lane.task is not None:
                    lane.task.future.set_exception(CancelledError())
                    lane.task = None
            pools = [*self._broken, *(lane.pool for lane in self._lanes if lane.pool is not None)]
            self._broken.clear()
            self._lanes = [_Lane() for _ in self._lanes]
        if not pools:
            return
        from pebble.pool.process import WORKERS_NAME

        for pool in pools:
            pool.stop()
        # Joining closes the workers' channel before it kills them: one that is still starting would complain of it.
        for child in multiprocessing.active_children():
            if child.name == WORKERS_NAME:
                child.kill()
        for pool in pools:
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
