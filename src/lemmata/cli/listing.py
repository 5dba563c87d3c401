"""`lemmata list` and `lemmata show`: claims from the index, without importing them."""

from collections.abc import Iterator, Sequence

from rich.text import Text

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
        for line in describe_claim(record):
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


def describe_claim(record: ClaimRecord) -> Iterator[str]:
    """Yield what is known of a claim without running it, line by line."""
    source = record.source
    yield f"{record.id}: {record.title}"
    yield ""
    yield record.statement.strip()
    yield ""
    yield f"source      {source.key}, {source.locator} ({source.reading})"
    yield f"quantifier  {record.quantifier}{f', {record.dimension}' if record.dimension else ''}"
    yield f"expected    {record.expected}"
    if record.lowered:
        lowered = record.lowered
        yield f"lowered     from {lowered.previous} on {lowered.date}: {lowered.reason}"
    if record.uses:
        yield f"uses        {', '.join(record.uses)}"
    if record.correction:
        yield f"corrected   {record.correction}"
    if record.data:
        yield f"data        {', '.join(record.data)}"
    yield f"checks      {', '.join(f'{check.name} ({check.kind})' for check in record.checks)}"
    for number, control in enumerate(record.controls):
        marks = (
            f"must {'be refuted' if control.must.value == 'refuted' else 'survive'}{', near' if control.near else ''}"
        )
        note = f": {control.note}" if control.note else ""
        yield f"{'' if number else 'controls':<12}{control.name} ({marks}){note}"
    yield f"defined in  {record.module}"
    if record.remark:
        yield f"remark      {record.remark}"
