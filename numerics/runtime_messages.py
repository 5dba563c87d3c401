"""What the native runtime prints, kept apart from what Python prints.

XLA's collectives write to standard output, and its coordination service writes dozens of lines to standard error
before it aborts. Both go by file descriptor, past `sys.stdout` and `sys.stderr`. Inside `divert_runtime_messages()`
descriptors 1 and 2 therefore lead into a temporary file, and Python's two streams keep on writing to where they led
before.
"""

import ctypes
import os
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TextIO, final


@final
class RuntimeMessages:
    """What was diverted so far, and a way to write past the diversion."""

    def __init__(self, log: int, error_stream: int) -> None:
        self._log = log
        self._error_stream = error_stream

    def read(self) -> str:
        """Return all that the native runtime has printed."""
        size = os.fstat(self._log).st_size
        return os.pread(self._log, size, 0).decode(errors="replace")

    def report(self, line: str) -> None:
        """Write a line to the real standard error with nothing but system calls, so that a dying process can."""
        if os.isatty(self._error_stream):
            # A progress bar may have been drawing: show the cursor again and begin a new line.
            os.write(self._error_stream, b"\x1b[?25h\n")
        os.write(self._error_stream, f"{line}\n".encode())


@contextmanager
def divert_runtime_messages() -> Iterator[RuntimeMessages]:
    """Send what native code prints into a temporary file inside this context; Python's streams stay as they are."""
    with ExitStack() as stack:
        log = stack.enter_context(tempfile.TemporaryFile())
        real = {number: os.dup(number) for number in (1, 2)}
        for descriptor in real.values():
            stack.callback(os.close, descriptor)
        _flush_native_streams()
        for number, name in ((1, "stdout"), (2, "stderr")):
            stack.callback(setattr, sys, name, getattr(sys, name))
            setattr(sys, name, stack.enter_context(_bypass(getattr(sys, name), number, real[number])))
            os.dup2(log.fileno(), number)
            stack.callback(os.dup2, real[number], number)
        # Before the descriptors lead back: what is still in a buffer belongs into the file.
        stack.callback(_flush_native_streams)
        yield RuntimeMessages(log.fileno(), real[2])


@contextmanager
def _bypass(stream: TextIO, number: int, descriptor: int) -> Iterator[TextIO]:
    """Give a stream like `stream` that writes to `descriptor`; a stream that does not lead to `number` stays itself."""
    try:
        leads_there = stream.fileno() == number
    except (AttributeError, OSError, ValueError):
        leads_there = False
    if not leads_there:
        yield stream
        return
    stream.flush()
    with open(descriptor, "w", encoding=stream.encoding, errors=stream.errors, closefd=False) as bypass:
        bypass.reconfigure(line_buffering=bool(stream.line_buffering))
        yield bypass


def _flush_native_streams() -> None:
    ctypes.CDLL(None).fflush(None)


@contextmanager
def answer_abort(answer: Callable[[], None]) -> Iterator[None]:
    """Call `answer` in a thread of native code that aborts, in place of its death.

    Python's own signal handlers come too late for that: they run in the main thread, once it gets back to Python, which
    one that waits in a collective never does. `answer` has to end the process; where it returns, the process aborts.
    """
    library = ctypes.CDLL(None)
    library.signal.argtypes = (ctypes.c_int, ctypes.c_void_p)
    library.signal.restype = ctypes.c_void_p
    handler = ctypes.CFUNCTYPE(None, ctypes.c_int)(lambda _: answer())
    before = library.signal(signal.SIGABRT, ctypes.cast(handler, ctypes.c_void_p))
    try:
        yield
    finally:
        library.signal(signal.SIGABRT, before)
