"""What a command works with: cache directory, index, store of evidence, pool of workers, targets and settings."""

import datetime
import os
import tempfile
from argparse import Namespace
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import final

from ..checks.cache import EvidenceStore, cache_directory
from ..checks.catalogue import Catalogue
from ..checks.index import Index
from ..checks.pool import WorkerPool
from ..checks.run import InterruptedRunError, Settings
from ..checks.selection import Targets, UnknownClaimError, parse_targets
from ..checks.session import Session, read_catalogue, run_session
from ..checks.trial import DEFAULT_SEED, Effort
from .exit_codes import UsageError
from .output import live_progress, print_note

RUN_NUMBERS = ("GITHUB_RUN_ID", "CI_PIPELINE_ID", "BUILD_ID")
"""Variables in which continuous integration numbers its runs."""


@final
@dataclass(frozen=True, slots=True)
class Workplace:
    """Where a command keeps and finds things, and the catalogue of what it was pointed at.

    `keeps` is false where the cache directory cannot be written and a temporary one stands in.
    """

    targets: Targets
    catalogue: Catalogue
    index: Index
    store: EvidenceStore
    pool: WorkerPool
    keeps: bool = True


@contextmanager
def open_workplace(names: Sequence[str], *, jobs: int = 1, stores: bool = False) -> Iterator[Workplace]:
    """Read the catalogue for `names`, print what is wrong with it, and stop the workers at the end.

    **Arguments:** `stores` says that evidence will be written: where the cache directory cannot be, a temporary one
    serves this run.

    **Raises:** `UsageError` for a file that cannot be read.
    """
    with ExitStack() as stack:
        directory = cache_directory()
        reason = unwritable(directory) if stores else ""
        if reason:
            print_note(f"cache {directory}: {reason}; nothing is kept of this run")
            directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="lemmata-")))
        index = Index(directory)
        pool = stack.enter_context(WorkerPool(jobs))
        try:
            targets = parse_targets(names)
            catalogue = read_catalogue(targets, index, pool)
        except UnknownClaimError as error:
            raise UsageError(str(error)) from error
        for problem in catalogue.problems:
            print_note(problem)
        try:
            index.save()
        except OSError as error:
            if not reason:
                print_note(f"cache {directory}: {error.strerror or error}; the index is built anew each time")
        yield Workplace(targets, catalogue, index, EvidenceStore(directory), pool, keeps=not reason)


def unwritable(directory: Path) -> str:
    """Say why no file can be made in `directory`; empty where one can."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=directory) as probe:
            probe.write(b"lemmata")
    except OSError as error:
        return error.strerror or str(error)
    return ""


def run_targets(place: Workplace, chosen: Namespace) -> Session:
    """Run what was named.

    **Raises:** `UsageError` for a name that is no claim; `KeyboardInterrupt` saying what is kept.
    """
    try:
        with live_progress() as report:
            return run_session(
                place.targets,
                place.catalogue,
                settings=read_settings(chosen),
                store=place.store,
                index=place.index,
                pool=place.pool,
                report=report,
            )
    except UnknownClaimError as error:
        raise UsageError(str(error)) from error
    except InterruptedRunError as error:
        kept, total = error.progress.done, error.progress.total
        where = f" and kept in {place.store.directory}; the same command goes on from there" if place.keeps else ""
        raise KeyboardInterrupt(f"interrupted: {kept} of {total} checks are finished{where}") from error


def read_settings(chosen: Namespace) -> Settings:
    """Return the settings that the arguments and the environment ask for."""
    return Settings(
        effort=Effort(chosen.effort),
        seed=DEFAULT_SEED if chosen.seed is None else chosen.seed,
        timeout=chosen.timeout,
        use_store=not chosen.no_cache,
        sample_seed=_sample_seed(),
    )


def _sample_seed() -> int | None:
    """Return the seed that chooses the cached checks to run again: in continuous integration the number of the run."""
    if os.environ.get("CI", "").lower() in ("", "0", "false"):
        return None
    numbers = (os.environ.get(name, "") for name in RUN_NUMBERS)
    return next((int(n) for n in numbers if n.isdecimal()), datetime.datetime.now(datetime.UTC).date().toordinal())
