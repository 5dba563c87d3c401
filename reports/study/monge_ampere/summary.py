"""A Monge-Ampere study on a terminal of 80 columns: plain ASCII but for what the data are called."""

from collections.abc import Iterator, Sequence

from ...numbers import format_number
from ..estimates import with_error
from ..terminal import lay_out
from .sentences import COMPARISONS, describe_atoms, describe_witness, gap_rows, judge_flow, judge_horizons
from .stored import StoredMongeAmpere


def write_summary(study: StoredMongeAmpere) -> Sequence[str]:
    """Return the lines of the summary."""
    return lay_out(_fields(study))


def _fields(study: StoredMongeAmpere) -> Iterator[tuple[str, str]]:
    """Yield the parts of the summary, each with its label."""
    file = study.run.get("file")
    yield "data", f"{file}: {study.description}" if file else study.description
    yield "", describe_atoms(study)
    yield "answer", judge_flow(study, "+-")
    yield "", judge_horizons(study, "+-")
    for number, (name, text) in enumerate(gap_rows(study, "+-").items()):
        yield "gap" if not number else "", f" {name:<27} {text}"
    yield "horizons", f" {'T':>6}  mass sent elsewhere"
    for name, values in study.by_horizon.items():
        if name == "raw" and study.is_centred:
            continue
        yield "", f" {COMPARISONS[name]}"
        for horizon, gap in values:
            yield "", f" {format_number(horizon, 3):>6}  {with_error(gap.mismatch, '+-')}"
    yield "witness", describe_witness(study)
