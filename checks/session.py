"""One sitting: read the catalogue through the index, select, run, judge, and put the results into one document."""

import datetime
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import final

from .. import __version__
from ..theory.verdict import Json
from .cache import EvidenceStore
from .catalogue import SYSTEMS, Catalogue, assemble, show_origin, with_dependencies
from .closure import is_file, locate
from .controls import Leg
from .fingerprint import DTYPE, device_kind, installed_versions, locate_data
from .index import ClaimRecord, Index
from .pool import WorkerPool, describe_death
from .results import SCHEMA_VERSION, ClaimResult, judge_claims
from .run import Outcome, Progress, Settings, run_checks
from .selection import Targets, select_claims
from .worker import describe_origin

IMPORT_SECONDS = 300.0
"""How long a claim module may take to be imported."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """The results of one run and all that is to be said about it.

    `failures` are the legs that crashed or ran out of time, with the id of their claim.
    """

    results: tuple[ClaimResult, ...]
    outcome: Outcome
    settings: Settings
    started: str
    seconds: float

    @property
    def failures(self) -> tuple[tuple[str, Leg], ...]:
        """The legs without a result, each with the id of its claim."""
        return tuple(
            (r.record.id, leg) for r in self.results for leg in r.all_legs if leg.failure in ("crash", "timeout")
        )

    def to_json(self, command: str, problems: Iterable[str] = ()) -> dict[str, Json]:
        """Return the document of this run: schema version 1."""
        return {
            "schema_version": SCHEMA_VERSION,
            "run": {
                "version": __version__,
                "seed": self.settings.seed,
                "effort": self.settings.effort.value,
                "device": device_kind(),
                "dtype": DTYPE,
                "versions": installed_versions(),
                "started": self.started,
                "seconds": self.seconds,
                "command": command,
                "checks": self.outcome.units,
                "cached": self.outcome.cached,
                "sample_seed": self.settings.sample_seed,
                "sampled": self.outcome.sampled,
            },
            "problems": [*problems, *self.outcome.disagreements],
            "claims": [result.to_json() for result in self.results],
        }


def read_catalogue(
    targets: Targets, index: Index, pool: WorkerPool, *, systems: tuple[str, ...] = SYSTEMS
) -> Catalogue:
    """Return the claims of the files that are named, and the built-in systems where a pattern or a `uses` needs them.

    Modules whose sources have changed are imported in a worker; one that cannot be loaded is a problem, not an end.
    """
    problems: list[str] = []
    modules = [_read(origin, index, pool, problems) for origin in targets.files]
    here = {record.id for records in modules for record in records}
    outside = any(used not in here for records in modules for record in records for used in record.uses)
    if targets.patterns or outside or not targets.files:
        modules = [*(_read(origin, index, pool, problems) for origin in systems), *modules]
    catalogue = assemble(modules, problems)
    missing = {record.id: _missing_data(record) for record in catalogue.records}
    sound = tuple(record for record in catalogue.records if not missing[record.id])
    faults = tuple(f"claim {name}: {reason}" for name, reasons in missing.items() for reason in reasons)
    return Catalogue(sound, (*catalogue.problems, *faults))


def _missing_data(record: ClaimRecord) -> list[str]:
    """Say which data files of a claim are not there."""
    missing = []
    for reference in record.data:
        try:
            locate_data(reference)
        except FileNotFoundError as error:
            missing.append(str(error))
    return missing


def _read(origin: str, index: Index, pool: WorkerPool, problems: list[str]) -> tuple[ClaimRecord, ...]:
    """Return the claims of one module from the index, or import it; what is wrong with it is added to `problems`."""
    if not is_file(origin) and locate(origin, None) is None:
        problems.append(f"{origin}: no such module")
        return ()
    try:
        records = index.records(origin)
    except OSError as error:
        problems.append(f"{show_origin(origin)}: {error.strerror or error}")
        return ()
    if records is not None:
        return records
    try:
        described = pool.submit(describe_origin, origin, timeout=IMPORT_SECONDS, group=origin).result()
    except TimeoutError:
        described = {"problem": f"{show_origin(origin)}: not imported within {IMPORT_SECONDS:g} s"}
    except (Exception, SystemExit) as error:
        described = {"problem": f"{show_origin(origin)}: {describe_death(error)}"}
    if "problem" in described:
        problems.append(described["problem"])
        return ()
    records = tuple(ClaimRecord.from_json(value) for value in described["claims"])
    index.remember(origin, records)
    return records


def run_session(
    targets: Targets,
    catalogue: Catalogue,
    *,
    settings: Settings,
    store: EvidenceStore,
    index: Index,
    pool: WorkerPool,
    report: Callable[[Progress], None],
) -> Session:
    """Run the claims that are named and all that they rest on.

    **Raises:** `UnknownClaimError` for a name that is no claim, `InterruptedRunError` on Ctrl-C.
    """
    records = with_dependencies(select_claims(targets, catalogue), catalogue)
    started = datetime.datetime.now(datetime.UTC)
    clock = time.perf_counter()
    outcome = run_checks(records, settings=settings, store=store, graph=index.graph, pool=pool, report=report)
    return Session(
        results=judge_claims(records, outcome.legs),
        outcome=outcome,
        settings=settings,
        started=started.isoformat(timespec="seconds"),
        seconds=time.perf_counter() - clock,
    )


def count_verdicts(results: Iterable[ClaimResult]) -> Mapping[str, int]:
    """Count claims by verdict, in the order in which verdicts are printed."""
    order = ("proved", "certified", "supported", "refuted", "undecided", "conflict")
    counts = dict.fromkeys(order, 0)
    for result in results:
        counts[result.verdict.value] += 1
    return counts
