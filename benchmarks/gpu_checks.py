"""The checks of the catalogue that compute numbers, run on one device, with every comparison they make.

Finished checks are kept in a journal, which the same command goes on from. JAX is imported by the workers alone: this
process takes nothing of a GPU.
"""

import fnmatch
import math
import time
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from pathlib import Path
from typing import Any

from lemmata.checks.evidence import Kind
from lemmata.checks.pool import WorkerPool, describe_death
from lemmata.checks.trial import DEFAULT_SEED

from .gpu_parts import DISAGREE, TIME_OVER
from .journal import Journal
from .legs import Json, Name, catalogue_records, run_legs, source_digest

TIMEOUT = 1800.0
"""Seconds that one check may take with its controls."""


def numeric_names(records: Sequence[Any], pattern: str) -> list[Name]:
    """Return the checks that compute numbers, of claims whose id matches `pattern`: all but the exact arguments."""
    exact = (Kind.DERIVATION, Kind.ENCLOSURE)
    return [
        (record.id, check.name)
        for record in records
        for check in record.checks
        if check.kind not in exact and fnmatch.fnmatch(record.id, pattern)
    ]


def list_names(pattern: str) -> list[Name]:
    """Return the checks to run; called in a worker, as it imports every claim."""
    return numeric_names(catalogue_records(), pattern)


def run_check(name: Name, effort: str, seed: int, programs: Path) -> dict[str, Json]:
    """Run one check with its controls: what a worker does."""
    # It imports JAX, which this module's importers do not.
    from lemmata.numerics.device import describe_device

    legs = [leg.to_json() for leg in run_legs([name], effort=effort, seed=seed, programs=programs)]
    return {"name": list(name), "legs": legs, "device": dict(describe_device())}


def run_checks(path: Path, *, effort: str, pattern: str, jobs: int, seconds: float, on_cpu: bool) -> int:
    """Run the checks that the journal at `path` does not hold, and return the exit code.

    **Arguments:** `pattern` matches the ids of claims; `jobs` processes work for at most `seconds`; `on_cpu` marks the
    journal. What device they use is settled by the environment.
    """
    started = time.monotonic()
    header = {"sources": source_digest(), "effort": effort, "seed": DEFAULT_SEED, "on_cpu": on_cpu}
    journal = Journal(path, header)
    with WorkerPool(jobs) as pool:
        # In a worker as well: this process takes nothing of the GPU.
        names = pool.submit(list_names, pattern, timeout=TIMEOUT).result()
        done = {tuple(entry["name"]) for entry in journal.entries}
        programs = path.parent / "programs"
        waiting: dict[Future[Any], Name] = {
            pool.submit(run_check, name, effort, DEFAULT_SEED, programs, timeout=TIMEOUT): name
            for name in names
            if name not in done
        }
        failed = False
        while waiting:
            rest = seconds - (time.monotonic() - started)
            if rest <= 0:
                print(
                    f"{path.stem}: time is over, {len(waiting)} of {len(names)} checks to go; the same command goes on"
                )
                return TIME_OVER
            limit = rest if math.isfinite(rest) else None
            for task in wait(waiting, timeout=limit, return_when=FIRST_COMPLETED).done:
                name, error = waiting.pop(task), task.exception()
                if error is not None:
                    failed = True
                    print(f"{' / '.join(name)}: {describe_death(error)}", flush=True)
                    continue
                entry = task.result()
                journal.add(entry)
                verdict = entry["legs"][0]["leg"]["evidence"]["verdict"]
                taken = sum(leg["seconds"] for leg in entry["legs"])
                print(f"{' / '.join(name)}: {verdict}, {taken:.1f} s", flush=True)
    return DISAGREE if failed else 0
