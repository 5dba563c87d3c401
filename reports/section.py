"""One claim's section, from its statement and standing through derivation, evidence, tables and figures to controls."""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from ..checks.claim import Must, Reading
from ..checks.evidence import Evidence, Kind
from .figures import Entry, render_figure
from .layout import Layout
from .markdown import (
    bullets,
    code,
    count,
    details,
    escape,
    math_block,
    paragraphs,
    render_line,
    render_prose,
    table,
)
from .numbers import format_number, format_optional, format_point, format_value, is_bulky, with_errors
from .stored import Json, StoredClaim, StoredControl
from .tables import render_table

OPEN_STEPS = 6
"""A derivation with more steps than this is folded."""

EXACT = (Kind.DERIVATION, Kind.ENCLOSURE)
"""Kinds of check that draw nothing at random: their seed says nothing."""

READINGS = {
    Reading.AS_PRINTED: "As printed in",
    Reading.RESTATED: "Restated from",
    Reading.CORRECTED: "Corrected from",
    Reading.NEW: "New here; compare",
    Reading.CITED: "Cited from",
}


def render_section(layout: Layout, claim: StoredClaim, output: Path) -> str:
    """Return a claim's section and draw its figures into `output/figures`.

    **Raises:** `ReportError` where a figure's entry is malformed, `UnsupportedMathematics` where a formula is.
    """
    return paragraphs(
        layout.sections[claim.id].markdown,
        f"**{render_line(claim.title, claim.id)}**" if layout.sections[claim.id].text == claim.id else "",
        _alarm(claim),
        _facts(layout, claim),
        render_prose(claim.statement, claim.id),
        _provenance_line(layout, claim),
        render_prose(claim.remark, claim.id),
        _witnesses(claim),
        *(_derivation(leg, claim.id) for leg in claim.evidence if leg.derivation),
        _evidence(claim),
        *_tables(layout, claim),
        *_figures(layout, claim, output),
        _controls(claim),
        _provenance(layout, claim),
    )


def _alarm(claim: StoredClaim) -> str:
    reasons = [f"{code(leg.check)}: {render_line(leg.reason, claim.id)}" for leg in claim.evidence if leg.reason]
    problems = [] if claim.as_expected else [f"**Not as expected**: {claim.verdict} instead of {claim.expected}."]
    if not claim.as_expected:
        problems += reasons
    problems += [
        f"Control {escape(control.name)} is {control.verdict}; it had to be "
        f"{'refuted' if control.must is Must.REFUTED else 'supported or better'}."
        for control in claim.controls
        if not control.behaved
    ]
    return "> [!CAUTION]\n" + "\n>\n".join(f"> {problem}" for problem in problems) if problems else ""


def _facts(layout: Layout, claim: StoredClaim) -> str:
    standing = layout.standing(claim)
    if claim.standing != claim.verdict:
        standing += f" (its own checks say {claim.verdict}; what it uses stands no higher)"
    held = "" if claim.expected == claim.standing else f" · expected {claim.expected}"
    return f"{standing}{held} · {claim.quantifier.value} · {render_line(claim.dimension, claim.id)} · {code(claim.id)}"


def _provenance_line(layout: Layout, claim: StoredClaim) -> str:
    citation = layout.citation(claim)
    reading = claim.source.reading
    sentences = [f"*{READINGS[reading]}* {citation}." if citation else f"*{reading.value.capitalize()} here*."]
    if claim.correction:
        sentences.append(f"*Corrected by* {layout.link(claim.correction)}.")
    if claim.uses:
        sentences.append(f"*Uses* {layout.links(claim.uses)}.")
    if users := layout.users(claim.id):
        sentences.append(f"*Used by* {layout.links(users)}.")
    return " ".join(sentences)


def _witnesses(claim: StoredClaim) -> str:
    parts = []
    for leg in claim.evidence:
        if leg.witness is None:
            continue
        strength = leg.witness.strength.value
        if leg.witness.alpha is not None:
            strength += f", false-alarm probability {format_number(leg.witness.alpha, 2)}"
        rows = [
            ["point", format_point(leg.witness.point)],
            ["observed", code(leg.witness.observed)],
            ["required", code(leg.witness.required)],
            ["strength", strength],
            ["found by", code(leg.check)],
        ]
        if leg.witness.note:
            rows.append(["note", render_line(leg.witness.note, claim.id)])
        parts.append(f"**Witness**: here the statement fails.\n\n{table(['', ''], rows)}")
    return paragraphs(*parts)


def _derivation(leg: Evidence, claim: str) -> str:
    steps = [_step(number, step, claim) for number, step in enumerate(leg.derivation, start=1)]
    rules = {
        str(step["rule"]): str(step["summary"]) for step in leg.derivation if step.get("rule") and step.get("summary")
    }
    legend = bullets(f"{code(rule)}: {render_line(summary, claim)}" for rule, summary in sorted(rules.items()))
    body = paragraphs(*steps, f"Rules:\n\n{legend}" if legend else "")
    title = f"**Derivation** ({code(leg.check)})"
    if len(steps) <= OPEN_STEPS:
        return paragraphs(f"{title}, {count(len(steps), 'step')}:", body)
    return paragraphs(f"{title}:", details(count(len(steps), "step"), body))


def _step(number: int, step: Mapping[str, Json], claim: str) -> str:
    rule, name = str(step.get("rule", "")), str(step.get("name", ""))
    by = f"by {code(rule)}" if rule else ""
    if premises := step.get("premises"):
        by += f" from {', '.join(str(premise + 1) for premise in premises)}"
    reason = ", ".join(filter(None, (escape(name) if name != rule else "", by)))
    text = ": ".join(filter(None, (reason, render_line(str(step.get("note", "")), claim))))
    verdict = str(step.get("verdict", "proved"))
    if verdict != "proved":
        text += f" **{escape(verdict)}**"
    latex = str(step.get("latex", ""))
    return paragraphs(f"**{number}.** {text}".strip(), math_block(latex, claim) if latex else "")


def _evidence(claim: StoredClaim) -> str:
    header = ["Check", "Kind", "Scope", "Verdict", "Value", "Error", "Tolerance", "Resolution"]
    rows = [_evidence_row(leg, claim.id) for leg in claim.evidence]
    methods = bullets(_method(leg, claim.id) for leg in claim.evidence)
    bulky = (_values(leg, claim.id) for leg in claim.evidence if is_bulky(leg.value))
    return paragraphs("**Evidence**", table(header, rows, "llllrrrr"), methods, *bulky)


def _evidence_row(leg: Evidence, claim: str) -> list[str]:
    value = "below" if is_bulky(leg.value) else format_value(leg.value, leg.error, claim)
    numbers = (format_optional(number) for number in (leg.error, leg.tolerance, leg.resolution))
    return [code(leg.check), leg.kind.value, leg.scope.value, leg.verdict.value, value, *numbers]


def _method(leg: Evidence, claim: str) -> str:
    parts = [f"{code(leg.check)}: {render_line(leg.method, claim)}"]
    if leg.instance:
        parts.append(f"on {render_line(leg.instance, claim)}")
    if leg.seed is not None and leg.kind not in EXACT:
        parts.append(f"seed {leg.seed}")
    if leg.certificate is not None:
        parts.append(f"certificate `{leg.certificate.kind}`, SHA-256 `{leg.certificate.digest[:16]}`")
    if leg.reason:
        parts.append(render_line(leg.reason, claim))
    return "; ".join(parts)


def _values(leg: Evidence, claim: str) -> str:
    value = leg.value if isinstance(leg.value, Mapping) else {str(i): v for i, v in enumerate(leg.value, start=1)}
    records = [item for item in value.values() if isinstance(item, Mapping)]
    if records and len(records) == len(value):
        columns = list(dict.fromkeys(str(key) for record in records for key in record))
        header = ["", *(escape(column) for column in columns)]
        rows = [
            [escape(str(name)), *(format_value(record.get(column), None, claim) for column in columns)]
            for name, record in value.items()
        ]
        return details(f"Values of <code>{escape(leg.check)}</code>", table(header, rows, "l" + "r" * len(columns)))
    entries = with_errors(value)
    rows = [[escape(name), format_value(item, error, claim), format_optional(error)] for name, item, error in entries]
    return details(f"Values of <code>{escape(leg.check)}</code>", table(["", "Value", "Error"], rows, "lrr"))


def _tables(layout: Layout, claim: StoredClaim) -> Sequence[str]:
    where = _where(layout, claim)
    return [
        render_table(Entry(entry, f"{where}[{position}].tables[{number}]"), claim.id)
        for position, leg in enumerate(claim.evidence)
        for number, entry in enumerate(leg.tables)
    ]


def _where(layout: Layout, claim: StoredClaim) -> str:
    """Return the path of a claim's evidence within the results, for messages."""
    index = next(i for i, other in enumerate(layout.results.claims) if other.id == claim.id)
    return f"{layout.results.origin}: claims[{index}].evidence"


def _figures(layout: Layout, claim: StoredClaim, output: Path) -> Sequence[str]:
    where = _where(layout, claim)
    return [
        _figure(
            layout,
            claim.id,
            Entry(entry, f"{where}[{position}].figures.{name}"),
            output / "figures" / _figure_file(claim.id, leg.check, name),
        )
        for position, leg in enumerate(claim.evidence)
        for name, entry in leg.figures.items()
    ]


def _figure(layout: Layout, claim: str, entry: Entry, path: Path) -> str:
    caption, alt = render_line(entry.text("caption"), claim), escape(" ".join(entry.text("alt").split()))
    for key, text in (("caption", caption), ("alt", alt)):
        if not text:
            raise entry.fail(key, "is empty")
    render_figure(entry, path)
    # The caption shares the image's paragraph: pandoc then keeps both as they stand.
    return f"![{alt}](figures/{path.name})\\\n**Figure {layout.figures.next()}.** {caption}"


def _figure_file(claim: str, check: str, name: str) -> str:
    slugs = (re.sub(r"[^a-z0-9]+", "-", part.lower()).strip("-") for part in (check, name))
    return ".".join((claim, *slugs, "svg"))


def _controls(claim: StoredClaim) -> str:
    if not claim.controls:
        return ""
    rows = [_control(control, claim.id) for control in claim.controls]
    header = ["Control", "What was changed", "Must", "Near", "Verdict", "Killed by", "At"]
    if not any(control.note for control in claim.controls):
        header, rows = header[:1] + header[2:], [row[:1] + row[2:] for row in rows]
    return paragraphs("**Controls**", table(header, rows))


def _control(control: StoredControl, claim: str) -> list[str]:
    verdict = control.verdict if control.behaved else f"**{control.verdict}**"
    point = control.witness.get("point", {}) if control.witness else {}
    return [
        escape(control.name),
        render_line(control.note, claim) or "–",
        "be refuted" if control.must is Must.REFUTED else "survive",
        "near" if control.near else "",
        verdict,
        ", ".join(code(check) for check in control.killed_by) or "–",
        format_point(point),
    ]


def _provenance(layout: Layout, claim: StoredClaim) -> str:
    keys = sorted({str(key) for leg in claim.evidence for key in leg.provenance})
    header = ["Check", *(escape(key) for key in keys), *(["seconds"] if layout.timed else [])]
    rows = [
        [
            code(leg.check),
            *(_provenance_value(leg.provenance.get(key)) for key in keys),
            *([format_number(leg.seconds, 3)] if layout.timed else []),
        ]
        for leg in claim.evidence
    ]
    return details("Provenance", table(header, rows)) if len(header) > 1 else ""


def _provenance_value(value: Json) -> str:
    if value is None:
        return "–"
    return code(value if isinstance(value, str) else json.dumps(value, sort_keys=True, ensure_ascii=False))
