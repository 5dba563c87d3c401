"""Stored results in, one Markdown document with its figures out; nothing is recomputed.

The document is GitHub-flavoured Markdown that pandoc reads as `gfm+implicit_figures`. Its bytes depend on the results
and the bibliography alone. Start time and seconds differ from run to run: they stand in blocks headed "Provenance" and
nowhere else, and with `SOURCE_DATE_EPOCH` set the former becomes that date and the latter are left out, so that the
reports of two runs with the same outcome are equal byte for byte.
"""

import os
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from .answers import render_answer
from .front import render_contents, render_front
from .layout import BACK, Layout, plan_layout
from .markdown import bullets, code, escape, paragraphs, table
from .notation import render_about, render_notation
from .numbers import format_number
from .references import read_references
from .section import render_section
from .stored import Json, ReportError, parse_results

TITLE = "What holds: a report by lemmata"


def render_report(results: Json, output: Path, *, origin: str = "results", bibliography: Iterable[Path] = ()) -> Path:
    """Write `output/report.md` and `output/figures/*.svg` and return the path of the former.

    **Arguments:** `results` is the JSON of a run, schema version 1 (`stored.read_results` reads it from a file);
    `origin` names it in messages; `bibliography` adds BibTeX files for keys that the package's own lacks.

    **Raises:** `ReportError` naming `origin` and the key where the results do not follow the schema, and where the
    folder cannot be written; `UnsupportedMathematics` naming claim and fragment where a formula would not print.
    """
    stored = parse_results(results, origin)
    epoch = _source_date()
    layout = plan_layout(
        stored, read_references(bibliography), TITLE, timed=epoch is None, date=epoch or stored.run.started
    )
    try:
        (output / "figures").mkdir(parents=True, exist_ok=True)
        path = output / "report.md"
        path.write_text(_render(layout, output), encoding="utf-8", newline="\n")
    except OSError as error:
        raise ReportError(f"{error.filename or output}: cannot be written: {error.strerror}") from error
    return path


def _source_date() -> str | None:
    """Return the date that `SOURCE_DATE_EPOCH` stands for, or None where it is not set.

    Reference: reproducible-builds.org, `SOURCE_DATE_EPOCH` specification.
    """
    text = os.environ.get("SOURCE_DATE_EPOCH")
    if text is None:
        return None
    try:
        return datetime.fromtimestamp(int(text), UTC).isoformat()
    except (ValueError, OverflowError, OSError) as error:
        raise ReportError(f"SOURCE_DATE_EPOCH: want seconds since 1970, not {text!r}") from error


def _render(layout: Layout, output: Path) -> str:
    chapters = []
    for system, chapter in layout.chapters.items():
        sections = (render_section(layout, claim, output) for claim in layout.claims if claim.system == system)
        chapters.append(
            paragraphs(
                chapter.markdown,
                render_about(system),
                render_answer(layout, system),
                render_notation(system),
                *sections,
            )
        )
    bodies = (_replay(layout), _bibliography(layout), _provenance(layout))
    back = (part for name, body in zip(BACK, bodies, strict=True) for part in (layout.parts[name].markdown, body))
    return paragraphs(render_front(layout), render_contents(layout), *chapters, *back) + "\n"


def _replay(layout: Layout) -> str:
    run = layout.results.run
    firm = (claim.id for claim in layout.claims if any(leg.certificate or leg.witness for leg in claim.evidence))
    ways = (
        f"{code(f'lemmata check --effort {run.effort} --seed {run.seed}')} runs every check again and leaves "
        f"its results in {code('build/results.json')}.",
        f"{code('lemmata replay build/results.json')} multiplies every certificate out again, without the code that "
        "found it.",
        f"{code('lemmata reproduce ' + next(firm, 'ID'))} prints one proof or witness as a short script that does not "
        "need lemmata.",
    )
    return paragraphs("Three ways, each trusting less of lemmata than the one before:", bullets(ways))


def _bibliography(layout: Layout) -> str:
    entries = ((heading.markdown, layout.references[key].entry) for key, heading in layout.sources.items())
    return paragraphs(*(part for entry in entries for part in entry)) or "None."


def _provenance(layout: Layout) -> str:
    run = layout.results.run
    rows = [
        ["started", escape(layout.date)],
        ["command", code(run.command)],
        ["lemmata", escape(run.version)],
        ["seed", str(run.seed)],
        ["effort", escape(run.effort)],
        ["device", escape(run.device)],
        ["dtype", escape(run.dtype)],
        *([escape(name), escape(version)] for name, version in sorted(run.versions.items())),
    ]
    if layout.timed:
        rows.append(["seconds", format_number(run.seconds, 3)])
    return table(["", ""], rows)
