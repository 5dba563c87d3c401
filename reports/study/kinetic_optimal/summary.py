"""A kinetic-optimal study on a terminal of 80 columns: plain ASCII but for what the data are called."""

from collections.abc import Iterator, Sequence

from ...numbers import format_number
from ..estimates import StoredEstimate, with_error
from ..terminal import lay_out
from .sentences import (
    describe_normalisation,
    describe_rows,
    judge_check_sum,
    judge_saving,
    name_path,
    name_source,
    percent,
)
from .stored import StoredKineticOptimal

SHOWN = 5
"""Values of s at which lambda is shown."""


def write_summary(study: StoredKineticOptimal) -> Sequence[str]:
    """Return the lines of the summary."""
    return lay_out(_fields(study))


def _fields(study: StoredKineticOptimal) -> Iterator[tuple[str, str]]:
    """Yield the parts of the summary, each with its label."""
    data, check = study.data, study.check_sum
    file = study.run.get("file")
    yield "data", f"{file}: {data.description}" if file else data.description
    yield "", describe_rows(study)
    yield "", describe_normalisation(study)
    yield "", f"entropy H = {format_number(data.entropy, 4)} nats, H/d = {format_number(data.entropy_rate, 4)}"
    for number, row in enumerate(_separation_rows(study)):
        yield "separation" if not number else "", row
    for number, (name, energy) in enumerate(study.energies.items()):
        yield "energies" if not number else "", f" {name_path(name):<27} {with_error(energy, '+-')}"
        if number == 0:
            yield "", f"   of which {_parts(energy)}"
    yield "", f" {'floor at this entropy':<27} {format_number(study.energy_floor, 5)}"
    yield "saving", f"{_share(study.saving)} of Cond-OT's energy: {judge_saving(study)}"
    yield "check sum", f"{with_error(check.estimate, '+-')} up to s = {format_number(check.up_to, 3)}{_beyond(study)};"
    yield "", f"H/d = {format_number(check.expected, 4)}: {judge_check_sum(study)}"


def _separation_rows(study: StoredKineticOptimal) -> Iterator[str]:
    """Yield a table of lambda at a few values of s."""
    s, mean, lower, upper = (study.separation[key] for key in ("s", "mean", "lower", "upper"))
    yield f" {'s':>8} {'lambda':>9}  interval"
    last = len(s) - 1
    for i in sorted({round(last * step / (SHOWN - 1)) for step in range(SHOWN)}):
        yield f" {s[i]:8.3g} {mean[i]:9.5f}  {lower[i]:.5f} to {upper[i]:.5f}"


def _parts(estimate: StoredEstimate) -> str:
    """Say how much of the error each source has, the largest first."""
    known = [(part, name) for name, part in estimate.parts.items() if part is not None]
    return ", ".join(f"{name_source(name)} {format_number(part, 2)}" for part, name in sorted(known, reverse=True))


def _share(saving: StoredEstimate) -> str:
    spread = "" if saving.error is None else f" +- {percent(saving.error, saving.error)}"
    return f"{percent(saving.value, saving.error)}{spread}"


def _beyond(study: StoredKineticOptimal) -> str:
    beyond = study.check_sum.beyond
    return "" if beyond is None else f", at most {format_number(beyond, 2)} beyond"
