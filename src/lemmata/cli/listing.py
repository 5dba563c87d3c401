"""`lemmata list` and `lemmata show`: claims from the index, without importing them."""

import textwrap
from collections.abc import Iterator, Sequence

from rich.text import Text

from ..checks.catalogue import show_origin
from ..checks.claim import Must
from ..checks.index import ClaimRecord
from ..checks.selection import UnknownClaimError, select_claims
from .exit_codes import ExitCode, UsageError
from .output import plain_table, print_line, print_note, results_console
from .workplace import Workplace, open_workplace


def list_claims(names: Sequence[str]) -> ExitCode:
    """Print one line for each claim that is named."""
    with open_workplace(names) as place:
        records = _select(place)
    if records:
        rows = list(_rows(records))
        results_console().print(plain_table(("claim", "left"), ("expected", "left"), ("title", "left"), rows=rows))
    return _exit_code(records, place)


def show_claims(names: Sequence[str]) -> ExitCode:
    """Print the claims that are named in full."""
    with open_workplace(names) as place:
        records = _select(place)
    for number, record in enumerate(records):
        if number:
            print_line("")
        for line in describe_claim(record, results_console().width):
            print_line(line)
    return _exit_code(records, place)


def _select(place: Workplace) -> list[ClaimRecord]:
    try:
        return [place.catalogue.by_id[name] for name in select_claims(place.targets, place.catalogue)]
    except UnknownClaimError as error:
        raise UsageError(str(error)) from error


def _exit_code(records: Sequence[ClaimRecord], place: Workplace) -> ExitCode:
    if place.catalogue.problems:
        return ExitCode.USAGE
    if not records:
        print_note("nothing was selected")
        return ExitCode.NOTHING_RAN
    return ExitCode.AS_EXPECTED


def _rows(records: Sequence[ClaimRecord]) -> Iterator[tuple[str | Text, ...]]:
    system = ""
    for record in records:
        if record.system != system:
            system = record.system
            yield (Text(system, style="bold"),)
        yield f"  {record.id.partition('.')[2]}", record.expected.value, record.title


def describe_claim(record: ClaimRecord, width: int) -> Iterator[str]:
    """Yield what is known of a claim without running it, in lines of at most `width` characters."""
    yield from textwrap.wrap(f"{record.id}: {record.title}", width)
    yield ""
    yield record.statement.strip()
    yield ""
    for label, text in _fields(record):
        yield textwrap.fill(text, width, initial_indent=f"{label:<12}", subsequent_indent=" " * 12)


def _fields(record: ClaimRecord) -> Iterator[tuple[str, str]]:
    """Yield what `show` prints below the statement, each with its label."""
    source, lowered = record.source, record.lowered
    yield "source", f"{source.key}, {source.locator} ({source.reading})"
    yield "quantifier", f"{record.quantifier}{f', {record.dimension}' if record.dimension else ''}"
    yield "expected", record.expected.value
    if lowered:
        yield "lowered", f"from {lowered.previous} on {lowered.date}: {lowered.reason}"
    if record.uses:
        yield "uses", ", ".join(record.uses)
    if record.correction:
        yield "corrected", record.correction
    if record.data:
        yield "data", ", ".join(record.data)
    yield "checks", ", ".join(f"{check.name} ({check.kind})" for check in record.checks)
    for number, control in enumerate(record.controls):
        must = "must be refuted" if control.must is Must.REFUTED else "must survive"
        note = f": {control.note}" if control.note else ""
        yield "" if number else "controls", f"{control.name} ({must}{', near' if control.near else ''}){note}"
    yield "defined in", show_origin(record.module)
    if record.remark:
        yield "remark", record.remark
