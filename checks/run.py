"""Run checks: plan what is not in the store, schedule it on workers, collect every leg.

The unit of work is one check of one claim, with the claim's controls. When a unit runs out of time or its worker dies,
the variant that was at work gets the blame, what the unit had finished is kept, and its other variants are scheduled
anew - unless the blame falls on the claim itself, of which the controls then teach nothing.
"""

import math
import random
import secrets
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from typing import Any, TypeAlias, final

from ..theory.verdict import Json
from .cache import EvidenceStore
from .closure import RUNNER, ImportGraph
from .controls import Leg, unfinished
from .evidence import Kind
from .fingerprint import claim_fingerprint, leg_key
from .index import ClaimRecord
from .pool import WorkerPool, describe_death
from .trial import DEFAULT_SEED, Effort
from .worker import Unit, remaining, run_unit

TIMEOUTS = {Effort.QUICK: 300.0, Effort.STANDARD: 900.0, Effort.DEEP: 7200.0}
"""Seconds that one check of one claim may take, with its controls."""

SAMPLE_SHARE = 0.05
"""The share of cached units that is run again and compared where a sample is asked for."""

BREAKS_FORGIVEN = 2
"""How often a unit is scheduled anew because the pool broke, which may be another unit's doing."""

COMPARED = (
    "verdict",
    "scope",
    "method",
    "value",
    "error",
    "tolerance",
    "resolution",
    "witness",
    "certificate",
    "reason",
)

LegName: TypeAlias = tuple[str, str, str | None]
"""Claim, check, and control (None for the claim itself)."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How to run: effort, master seed, seconds for each unit, whether stored legs count, and the seed of the sample.

    `sample_seed` is None where no cached unit is to be run again.
    """

    effort: Effort = Effort.STANDARD
    seed: int = DEFAULT_SEED
    timeout: float | None = None
    use_store: bool = True
    sample_seed: int | None = None

    @property
    def seconds(self) -> float:
        """The time limit of a unit."""
        return TIMEOUTS[self.effort] if self.timeout is None else self.timeout


@final
@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run has come: units done of all, those from the store, and the names of those at work."""

    done: int
    total: int
    cached: int
    running: tuple[str, ...] = ()


@final
@dataclass(slots=True)
class Outcome:
    """Every leg of a run, and what went wrong on the way.

    `disagreements` are one line each; `unwritten` says why evidence could not be kept; `sampled` names the units that
    were run again.
    """

    legs: dict[LegName, Leg] = field(default_factory=dict)
    units: int = 0
    cached: int = 0
    disagreements: list[str] = field(default_factory=list)
    sampled: list[str] = field(default_factory=list)
    unwritten: str = ""


class InterruptedRunError(Exception):
    """Ctrl-C: `progress` says what is kept."""

    def __init__(self, progress: Progress) -> None:
        super().__init__("interrupted")
        self.progress = progress


@final
@dataclass(frozen=True, slots=True)
class _Plan:
    """A unit with all its variants, those that the store holds, and the names under which they are collected."""

    unit: Unit
    kind: Kind
    stored: Mapping[str | None, Leg]

    @property
    def name(self) -> str:
        return f"{self.unit.claim} / {self.unit.check}"

    @property
    def complete(self) -> bool:
        return len(self.stored) == len(self.unit.keys)


def run_checks(
    records: Iterable[ClaimRecord],
    *,
    settings: Settings,
    store: EvidenceStore,
    graph: ImportGraph,
    pool: WorkerPool,
    report: Callable[[Progress], None],
) -> Outcome:
    """Run every check of `records` that the store does not hold, and return all legs.

    **Raises:** `InterruptedRunError` on Ctrl-C, with every worker stopped; `OSError` where a source or a data file of a
    claim cannot be read.
    """
    token = secrets.token_hex(8)
    plans = [plan for record in records for plan in _plan(record, settings, store, graph, token)]
    outcome = Outcome(units=len(plans), cached=sum(plan.complete for plan in plans))
    for plan in plans:
        outcome.legs.update({_name(plan.unit, control): leg for control, leg in plan.stored.items()})
    due = [plan for plan in plans if not plan.complete]
    again = _sample([plan for plan in plans if plan.complete], settings.sample_seed)
    outcome.sampled = [plan.name for plan in again]
    try:
        _Schedule(settings, pool, outcome, report).work_off(due, again)
    except KeyboardInterrupt:
        pool.stop()
        done = sum(all(_name(plan.unit, c) in outcome.legs for c in plan.unit.keys) for plan in plans)
        raise InterruptedRunError(Progress(done, len(plans), outcome.cached)) from None
    return outcome


def _plan(
    record: ClaimRecord, settings: Settings, store: EvidenceStore, graph: ImportGraph, token: str
) -> Iterable[_Plan]:
    fingerprint = claim_fingerprint(record, graph)
    sources = graph.files(record.module, RUNNER)
    compiles = any(name.startswith("lemmata.numerics.") for name in graph.files(record.module))
    for check in record.checks:
        keys: dict[str | None, str] = {}
        stored: dict[str | None, Leg] = {}
        for control in (None, *(control.name for control in record.controls)):
            leg = {"check": check.name, "control": control, "effort": settings.effort.value, "seed": settings.seed}
            keys[control] = leg_key(fingerprint, leg)
            found = _recall(store.read(keys[control])) if settings.use_store else None
            if found is not None:
                stored[control] = found
        unit = Unit(
            origin=record.origin,
            claim=record.id,
            check=check.name,
            keys=keys,
            effort=settings.effort,
            seed=settings.seed,
            store=store,
            token=token,
            sources=tuple(sources.values()),
            began=graph.began,
            compiles=compiles,
        )
        yield _Plan(unit, check.kind, stored)


def _recall(value: Mapping[str, Json] | None) -> Leg | None:
    """Read a stored leg; one that is damaged is none."""
    if value is None:
        return None
    try:
        return Leg.from_json(value)
    except (KeyError, TypeError, ValueError):
        return None


def _name(unit: Unit, control: str | None) -> LegName:
    return unit.claim, unit.check, control


def _sample(plans: list[_Plan], seed: int | None) -> list[_Plan]:
    """Choose the cached units to run again."""
    if seed is None or not plans:
        return []
    size = math.ceil(SAMPLE_SHARE * len(plans))
    chosen = sorted(random.Random(seed).sample(range(len(plans)), size))
    return [plans[index] for index in chosen]


def _interleaved(plans: Iterable[_Plan]) -> list[_Plan]:
    """Return the first plan of each claim module, then the second of each: every worker begins with another module."""
    places: Counter[str] = Counter()
    numbered = []
    for plan in plans:
        numbered.append((places[plan.unit.origin], plan))
        places[plan.unit.origin] += 1
    return [plan for _, plan in sorted(numbered, key=lambda entry: entry[0])]


@final
class _Schedule:
    """The units at work: what they return is collected, what they leave undone is scheduled anew."""

    def __init__(
        self, settings: Settings, pool: WorkerPool, outcome: Outcome, report: Callable[[Progress], None]
    ) -> None:
        self._settings, self._pool, self._outcome, self._report = settings, pool, outcome, report
        self._waiting: dict[Future[Any], tuple[_Plan, Unit, bool]] = {}
        self._done = outcome.cached
        self._broken: Counter[str] = Counter()

    def work_off(self, due: Iterable[_Plan], again: Iterable[_Plan]) -> None:
        """Run the units that are due, and those whose stored legs are to be compared."""
        for plan in _interleaved(due):
            self._submit(plan, remaining(plan.unit, plan.stored), compare=False)
        for plan in again:
            self._submit(plan, plan.unit, compare=True)
        self._show()
        while self._waiting:
            finished, _ = wait(self._waiting, timeout=0.5, return_when=FIRST_COMPLETED)
            for future in finished:
                self._collect(future, *self._waiting.pop(future))
            self._show()

    def _submit(self, plan: _Plan, unit: Unit, *, compare: bool) -> None:
        future = self._pool.submit(run_unit, unit, timeout=self._settings.seconds, group=unit.origin)
        self._waiting[future] = plan, unit, compare

    def _show(self) -> None:
        running = tuple(plan.name for future, (plan, _, _) in self._waiting.items() if future.running())
        self._report(Progress(self._done, self._outcome.units, self._outcome.cached, running))

    def _collect(self, future: "Future[Any]", plan: _Plan, unit: Unit, compare: bool) -> None:
        error = future.exception()
        if error is None:
            returned = future.result()
            legs = {value["control"]: Leg.from_json(value) for value in returned["legs"]}
            self._outcome.unwritten = self._outcome.unwritten or returned["unwritten"]
        else:
            legs = self._salvage(plan, unit, error)
        if compare:
            self._outcome.disagreements += _disagreements(plan, legs)
            legs = {
                control: leg if leg.failure in ("", "crash") else plan.stored[control] for control, leg in legs.items()
            }
        self._outcome.legs.update({_name(unit, control): leg for control, leg in legs.items()})
        rest = remaining(unit, legs)
        if rest.keys:
            self._submit(plan, rest, compare=compare)
        elif not compare:
            self._done += 1

    def _salvage(self, plan: _Plan, unit: Unit, error: BaseException) -> dict[str | None, Leg]:
        """Return what a unit had finished, and put the blame on the variant that it was at."""
        legs: dict[str | None, Leg] = {}
        for control, key in unit.keys.items():
            value = unit.store.read(key)
            leg = _recall(value) if value is not None and value.get("token") == unit.token else None
            if leg is not None:
                legs[control] = leg
                continue
            if isinstance(error, BrokenProcessPool) and self._broken[plan.name] < BREAKS_FORGIVEN:
                self._broken[plan.name] += 1
                return legs
            if isinstance(error, TimeoutError):
                limit = f"no result within {self._settings.seconds:g} s"
                legs[control] = unfinished(unit.check, plan.kind, control, "timeout", limit)
            else:
                legs[control] = unfinished(unit.check, plan.kind, control, "crash", describe_death(error))
            if control is None:
                reason = "not run: the check failed on the claim itself"
                legs.update({c: unfinished(unit.check, plan.kind, c, "skipped", reason) for c in unit.keys if c})
            return legs
        return legs


def _disagreements(plan: _Plan, fresh: Mapping[str | None, Leg]) -> list[str]:
    """Compare stored legs with fresh ones; a fresh one that ran out of time says nothing."""
    found = []
    for control, leg in fresh.items():
        before, now = plan.stored[control].evidence.to_json(), leg.evidence.to_json()
        differing = [name for name in COMPARED if before[name] != now[name]]
        if leg.failure not in ("timeout", "skipped") and differing:
            where = f"{plan.name}" + (f" on control {control!r}" if control else "")
            found.append(f"{where}: stored evidence and a second run differ in {', '.join(differing)}")
    return found
