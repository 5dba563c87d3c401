"""Whether claims are well made: each rule looks at a claim's results and says what is wanting.

A claim is no better than its checks. Every false control must be killed and every true one survive, every check must
kill a near control and state how fine it resolves, every number carries an error and a seed, the hypotheses are met by
an instance, and the source exists.
"""

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import final

from ..theory.verdict import Verdict
from .claim import Must, Reading
from .closure import PACKAGE_ROOT, is_file
from .evidence import Kind
from .results import ClaimResult
from .trial import FALSE_ALARM_PER_CHECK

BIBLIOGRAPHY = PACKAGE_ROOT / "reports" / "references.bib"
"""The package's own bibliography; one of the same name beside a user's file of claims adds to it."""

FALSE_ALARM_OF_A_RUN = 1e-3
"""The most that the false-alarm probabilities of a run may add up to."""

RANDOM_KINDS = (Kind.STATISTICAL, Kind.PROPERTY)
EXACT_KINDS = (Kind.DERIVATION,)


@final
@dataclass(frozen=True, slots=True)
class Finding:
    """What one rule found wanting in one claim (`claim` is empty for the catalogue as a whole)."""

    claim: str
    rule: str
    message: str


@final
@dataclass(frozen=True, slots=True)
class Context:
    """What rules know beside a claim's results: its instance, or why it has none, and the bibliography's keys."""

    instances: Mapping[str, Mapping[str, str]]
    sources: frozenset[str]


def read_source_keys(path: Path = BIBLIOGRAPHY) -> frozenset[str]:
    """Return the keys of a BibTeX file; none where it cannot be read."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError:
        return frozenset()
    return frozenset(re.findall(r"^@\w+\{([^,\s]+),", text, re.MULTILINE))


def _polarity(result: ClaimResult, _: Context) -> Iterator[str]:
    musts = {control.must for control in result.record.controls}
    if Must.REFUTED not in musts:
        yield "no false control"
    if result.record.expected is Verdict.REFUTED and Must.SURVIVE not in musts:
        yield "expected refuted, but no true control"


def _controls(result: ClaimResult, _: Context) -> Iterator[str]:
    for control in result.controls:
        if not control.holds:
            what = "is killed by no check" if control.record.must is Must.REFUTED else f"is {control.verdict}"
            yield f"control {control.record.name!r} {what}"


def _near(result: ClaimResult, _: Context) -> Iterator[str]:
    near = [control for control in result.controls if control.record.near and control.record.must is Must.REFUTED]
    for check in result.record.checks:
        if not any(check.name in control.killed_by for control in near):
            yield f"check {check.name!r} kills no near control"


def _resolution(result: ClaimResult, _: Context) -> Iterator[str]:
    for leg in result.legs:
        stated = leg.evidence.resolution
        if stated is None or not math.isfinite(stated):
            yield f"check {leg.check!r} states no finite resolution"


def _seed(result: ClaimResult, _: Context) -> Iterator[str]:
    for leg in result.all_legs:
        if leg.evidence.seed is None and not leg.failure:
            where = f" on control {leg.control!r}" if leg.control else ""
            yield f"check {leg.check!r} records no seed{where}"


def _error(result: ClaimResult, _: Context) -> Iterator[str]:
    for leg in result.legs:
        evidence = leg.evidence
        wanted = evidence.value is not None and evidence.kind not in EXACT_KINDS
        if wanted and (evidence.error is None or not math.isfinite(evidence.error)):
            yield f"check {leg.check!r} reports a value without a finite error"


def _instance(result: ClaimResult, context: Context) -> Iterator[str]:
    described = context.instances.get(result.record.id, {"problem": "was not asked for"})
    if "problem" in described:
        yield f"no instance that satisfies the hypotheses: {described['problem']}"


def _source(result: ClaimResult, context: Context) -> Iterator[str]:
    record = result.record
    beside = read_source_keys(Path(record.origin).parent / BIBLIOGRAPHY.name) if is_file(record.origin) else frozenset()
    if record.source.reading is not Reading.NEW and record.source.key not in context.sources | beside:
        yield f"source {record.source.key!r} is not in {BIBLIOGRAPHY.name}"


def _expected(result: ClaimResult, _: Context) -> Iterator[str]:
    record = result.record
    if record.expected in (Verdict.UNDECIDED, Verdict.CONFLICT):
        yield f"expected {record.expected} is never legal"
    if record.source.reading is Reading.CITED and not any(control.killed_by for control in result.controls):
        yield "cited, but no check that could have refuted it"


RULES: tuple[tuple[str, Callable[[ClaimResult, Context], Iterator[str]]], ...] = (
    ("polarity", _polarity),
    ("controls", _controls),
    ("near", _near),
    ("resolution", _resolution),
    ("error", _error),
    ("seed", _seed),
    ("instance", _instance),
    ("source", _source),
    ("expected", _expected),
)
"""The rules that every claim is held to, by name."""


def audit_claims(results: Sequence[ClaimResult], context: Context) -> tuple[Finding, ...]:
    """Return everything that is wanting, claim by claim, and then what is wanting of the catalogue as a whole."""
    found = [
        Finding(result.record.id, rule, message)
        for result in results
        for rule, look in RULES
        for message in look(result, context)
    ]
    return (*found, *_false_alarms(results))


def _false_alarms(results: Iterable[ClaimResult]) -> Iterator[Finding]:
    """Add up the false-alarm probabilities: every random check of a formula that is claimed to hold can raise one."""
    checks = sum(
        leg.evidence.kind in RANDOM_KINDS
        for result in results
        for legs in (result.legs, *(c.legs for c in result.controls if c.record.must is Must.SURVIVE))
        for leg in legs
    )
    if checks * FALSE_ALARM_PER_CHECK > FALSE_ALARM_OF_A_RUN:
        budget = round(FALSE_ALARM_OF_A_RUN / FALSE_ALARM_PER_CHECK)
        yield Finding("", "false alarms", f"{checks} random checks of true formulas; the budget is {budget}")
