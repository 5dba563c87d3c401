"""A JKO study on a terminal of 80 columns: plain ASCII but for what the data are called."""

from collections.abc import Iterator, Sequence

from ...numbers import format_number
from ..estimates import with_error
from ..terminal import lay_out
from .sentences import (
    describe_diffusivity,
    describe_grid,
    describe_identification,
    describe_model,
    describe_particles,
    judge_predictions,
)
from .stored import StoredDistances, StoredJko


def write_summary(study: StoredJko) -> Sequence[str]:
    """Return the lines of the summary."""
    return lay_out(_fields(study))


def _fields(study: StoredJko) -> Iterator[tuple[str, str]]:
    """Yield the parts of the summary, each with its label."""
    file = study.run.get("file")
    yield "data", f"{file}: {study.description}" if file else study.description
    yield "", describe_particles(study)
    yield "model", describe_model(study)
    yield "answer", judge_predictions(study, "+-")
    yield "energies", describe_diffusivity(study, "+-")
    yield "", describe_grid("V", study.potential)
    if study.interaction is not None:
        yield "", describe_grid("U", study.interaction)
    yield "identified", describe_identification(study)
    yield "W1", f" {'to time':>8}  {'no movement':>11}  {'predicted':<21}  floor"
    for time, interval in zip(study.times[1:], study.intervals, strict=True):
        yield "", _row(format_number(time - study.times[0], 4), interval)
    yield "", _row("mean", study.mean)


def _row(name: str, distances: StoredDistances) -> str:
    unmoved, predicted = format_number(distances.unmoved, 4), with_error(distances.predicted, "+-")
    return f" {name:>8}  {unmoved:>11}  {predicted:<21}  {with_error(distances.floor, '+-')}"
