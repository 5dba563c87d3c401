"""The cores that a process may use, and caps on the threads of BLAS and XLA.

The libraries read these variables once, when they are loaded, so a process that shares its cores caps them before it
imports NumPy or JAX: this module imports neither. A worker process is started with `thread_environment` in its
environment; a running process calls `cap_threads` first thing.
"""

import os
from collections.abc import MutableMapping

_BLAS_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
_SINGLE_THREADED_EIGEN = "--xla_cpu_multi_thread_eigen=false"


def thread_environment(threads: int, *, xla_flags: str = "") -> dict[str, str]:
    """Return the environment variables that cap BLAS and XLA at `threads` threads.

    **Arguments:** `threads` >= 1; `xla_flags` is the present value of `XLA_FLAGS`, which is kept.

    **Raises:** `ValueError` if `threads` is below 1.
    """
    if threads < 1:
        raise ValueError(f"at least one thread is needed, not {threads}")
    environment = dict.fromkeys(_BLAS_VARIABLES, str(threads))
    # The CPU client of JAX sizes its thread pool by NPROC, not by the affinity of the process.
    environment["NPROC"] = str(threads)
    if threads == 1 and _SINGLE_THREADED_EIGEN not in xla_flags.split():
        environment["XLA_FLAGS"] = f"{xla_flags} {_SINGLE_THREADED_EIGEN}".strip()
    return environment


def cap_threads(threads: int, environment: MutableMapping[str, str] = os.environ) -> None:
    """Cap BLAS and XLA at `threads` threads in this process, unless the user has already chosen a number.

    It has no effect on a library that is already loaded: call it before NumPy and JAX are imported.
    """
    for name, value in thread_environment(threads, xla_flags=environment.get("XLA_FLAGS", "")).items():
        if name == "XLA_FLAGS":
            environment[name] = value
        else:
            environment.setdefault(name, value)


def available_cores() -> int:
    """Return the number of cores that this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1
