"""Run a function in a persistent process that is killed when its time is over.

flint does not look at Python's signals, so that only the end of the process ends a computation inside it. A worker is
started when it is first needed, serves one call after another, and is replaced after a kill.
"""

import atexit
import multiprocessing
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any, final

from ..verdict import Decision, Verdict

START_SECONDS = 60.0
"""How long a fresh worker may take to import what it needs."""


@final
class Worker:
    """One process and the pipe to it."""

    def __init__(self) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=_serve, args=(theirs,), daemon=True)
        self.process.start()
        theirs.close()
        if not self.pipe.poll(START_SECONDS):
            self.kill()
            raise RuntimeError("a worker process did not start")
        self.pipe.recv()

    def call(self, function: Callable[..., Any], arguments: tuple[Any, ...], seconds: float) -> Any:
        """Return what the function returns; raise `TimeoutError` after `seconds`, and what it raises itself."""
        self.pipe.send((function, arguments))
        if not self.pipe.poll(seconds):
            raise TimeoutError
        answered, answer = self.pipe.recv()
        if not answered:
            raise answer
        return answer

    def kill(self) -> None:
        """End the process."""
        self.process.kill()
        self.process.join()
        self.pipe.close()


def _serve(pipe: Connection) -> None:
    pipe.send("ready")
    while True:
        try:
            function, arguments = pipe.recv()
        except EOFError:
            return
        try:
            answer = True, function(*arguments)
        except Exception as error:
            answer = False, error  # the caller raises it
        pipe.send(answer)


_workers: list[Worker] = []


@atexit.register
def close() -> None:
    """End the worker process, if there is one."""
    while _workers:
        _workers.pop().kill()


def run_limited(function: Callable[..., Decision], arguments: tuple[Any, ...], seconds: float) -> Decision:
    """Run a decision in the worker; undecided where it takes longer than `seconds` or the process dies."""
    worker = _workers.pop() if _workers else Worker()
    try:
        decision = worker.call(function, arguments, seconds)
    except TimeoutError:
        worker.kill()
        return _undecided(f"no answer within {seconds:g} s")
    except EOFError:
        worker.kill()
        return _undecided("the process that worked on it died")
    except BaseException:
        worker.kill()
        raise
    _workers.append(worker)
    return decision


def _undecided(reason: str) -> Decision:
    return Decision(verdict=Verdict.UNDECIDED, method="time limit", reason=reason)
