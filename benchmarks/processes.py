"""Processes that benchmarks start: how many cores there are for them, and what is set before anything is imported."""

import os

from lemmata.numerics.threads import cap_threads


def available_cores() -> int:
    """Return the number of cores that this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def prepare_process(threads: int = 1) -> None:
    """Cap threads and switch float64 on, as in a worker of `lemmata check`: before NumPy and JAX are imported.

    Processes that are started later inherit it.
    """
    cap_threads(threads)
    os.environ["JAX_ENABLE_X64"] = "1"
