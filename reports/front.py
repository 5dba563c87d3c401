"""The front page: what a busy reader needs, and whatever is not as expected before anything else."""

from collections.abc import Sequence

from ..checks.claim import Reading
from .layout import BACK, FRONT, Layout
from .markdown import bullets, count, escape, paragraphs, render_line, table
from .numbers import format_point
from .stored import VERDICTS, StoredClaim

MEANINGS = {
    "proved": "an exact argument, with a certificate that is replayed without the code that found it",
    "certified": "a rigorous enclosure in ball arithmetic",
    "supported": "numerics agree within a stated error, at a stated false-alarm probability",
    "refuted": "a witness inside the hypotheses is attached",
    "undecided": "checked, but it could not be told",
    "conflict": "the legs of evidence contradict each other: an error of ours",
}


def render_front(layout: Layout) -> str:
    """Return the front page, without the table of contents."""
    bodies = {
        "Verdicts": paragraphs(_verdicts(layout), _meanings(layout), _run_line(layout)),
        "New results": _new(layout),
        "Errors found in print": _errors(layout),
        "Lowered expectations": _lowered(layout),
        "Cited theorems": _cited(layout),
    }
    title = next(iter(layout.parts.values()))
    sections = [part for name, body in bodies.items() for part in (layout.parts[name].markdown, body or "None.")]
    return paragraphs(title.markdown, render_alarm(layout), _about(layout), *sections)


def render_alarm(layout: Layout) -> str:
    """Return what is not as expected as a warning, or one line that says that all is."""
    lines = [
        f"{layout.link(claim.id)} is **{claim.verdict}**; expected {claim.expected}."
        for claim in layout.claims
        if not claim.as_expected
    ]
    lines += [
        f"{layout.link(claim.id)}: control {escape(control.name)} had to "
        f"{'be refuted' if control.must == 'refuted' else 'survive'} and is **{control.verdict}**."
        for claim in layout.claims
        for control in claim.controls
        if not control.behaved
    ]
    lines += [f"The run met a problem: {escape(problem)}." for problem in layout.results.problems]
    if not lines:
        return f"**Everything is as expected**: {_tally(layout)}."
    quoted = "\n".join(f"> - {line}" for line in lines)
    return f"> [!CAUTION]\n> **Not as expected**, out of {_tally(layout)}:\n>\n{quoted}"


def _tally(layout: Layout) -> str:
    checks = sum(len(claim.evidence) for claim in layout.claims)
    controls = sum(len(claim.controls) for claim in layout.claims)
    return f"{count(len(layout.claims), 'claim')}, {count(checks, 'check')} and {count(controls, 'control')}"


def _about(layout: Layout) -> str:
    systems = len(layout.chapters)
    return (
        f"This report says what is known, after checking by machine, of {count(len(layout.claims), 'statement')} in "
        f"{count(systems, 'system')} of generative modelling. Each statement was derived symbolically where that could "
        "be done; the derived expression itself was compiled and solved numerically; counterexamples were searched "
        "for. Beside each statement stand false variants of it that the same checks had to refute, so that a check "
        "which would have passed anything shows. Numbers come with their errors, proofs with certificates, "
        "refutations with the point at which the statement fails."
    )


def _verdicts(layout: Layout) -> str:
    shown = [v for v in VERDICTS if v != "conflict" or any(claim.standing == v for claim in layout.claims)]
    rows = []
    for system, chapter in layout.chapters.items():
        claims = [claim for claim in layout.claims if claim.system == system]
        rows.append([chapter.link, str(len(claims)), *_counts(claims, shown), _in_order(claims)])
    if len(rows) > 1:
        rows.append(["all", str(len(layout.claims)), *_counts(layout.claims, shown), _in_order(layout.claims)])
    return table(["System", "Claims", *shown, "as expected"], rows, "l" + "r" * (len(shown) + 2))


def _counts(claims: Sequence[StoredClaim], verdicts: Sequence[str]) -> list[str]:
    numbers = [sum(claim.standing == verdict for claim in claims) for verdict in verdicts]
    return [str(number) if number else "–" for number in numbers]


def _in_order(claims: Sequence[StoredClaim]) -> str:
    number = sum(claim.as_expected for claim in claims)
    return "all" if number == len(claims) else f"**{number}**"


def _meanings(layout: Layout) -> str:
    present = {claim.standing for claim in layout.claims} | {claim.verdict for claim in layout.claims}
    meanings = "; ".join(f"*{verdict}*: {MEANINGS[verdict]}" for verdict in VERDICTS if verdict in present)
    return (
        f"{meanings[:1].upper() + meanings[1:]}. A claim is counted under its standing, which is never stronger than "
        "that of the claims it uses. A refuted claim can be as expected: some statements are wrong in print."
    )


def _run_line(layout: Layout) -> str:
    run = layout.results.run
    versions = ", ".join(f"{escape(name)} {escape(version)}" for name, version in sorted(run.versions.items()))
    return (
        f"Seed {run.seed} · effort {escape(run.effort)} · {escape(run.device)}, {escape(run.dtype)} · "
        f"lemmata {escape(run.version)}{' · ' + versions if versions else ''}"
    )


def _new(layout: Layout) -> str:
    return bullets(
        f"{layout.link(claim.id)}: {layout.standing(claim)}"
        for claim in layout.claims
        if claim.source.reading is Reading.NEW
    )


def _errors(layout: Layout) -> str:
    lines = []
    corrected = set()
    for claim in layout.claims:
        if claim.verdict == "refuted" and claim.source.reading in (Reading.AS_PRINTED, Reading.RESTATED):
            witness = next((leg.witness for leg in claim.evidence if leg.witness is not None), None)
            at = f" ({witness.strength.value} witness) at {format_point(witness.point)}" if witness else ""
            mended = f" Correction: {layout.link(claim.correction)}." if claim.correction else ""
            corrected.add(claim.correction)
            lines.append(f"{_sourced(layout, claim)}: **refuted**{at}.{mended}")
    lines += [
        f"{_sourced(layout, claim)}: the correction is {layout.standing(claim)}."
        for claim in layout.claims
        if claim.source.reading is Reading.CORRECTED and claim.id not in corrected
    ]
    return bullets(lines)


def _sourced(layout: Layout, claim: StoredClaim) -> str:
    return ", ".join(filter(None, (layout.link(claim.id), layout.citation(claim))))


def _lowered(layout: Layout) -> str:
    rows = [
        [layout.link(claim.id), f"{claim.lowered.previous} → {claim.expected}", escape(claim.lowered.date),
         render_line(claim.lowered.reason, claim.id)]
        for claim in layout.claims
        if claim.lowered is not None
    ]  # fmt: skip
    return table(["Claim", "Expected", "Since", "Reason"], rows) if rows else ""


def _cited(layout: Layout) -> str:
    resting: dict[str, list[str]] = {claim.id: [] for claim in layout.claims if claim.source.reading is Reading.CITED}
    for claim in layout.claims:
        for axiom in claim.axioms:
            if axiom != claim.id:
                resting.setdefault(axiom, []).append(claim.id)
    by_id = {claim.id: claim for claim in layout.claims}
    rows = []
    for axiom, claims in resting.items():
        cited = by_id.get(axiom)
        source, verdict = (layout.citation(cited) or "–", cited.verdict) if cited else ("–", "not in this run")
        rows.append([layout.link(axiom), source, verdict, layout.links(claims) or "nothing"])
    return table(["Theorem", "Source", "After attempts to refute it", "What rests on it"], rows) if rows else ""


def render_contents(layout: Layout) -> str:
    """Return the table of contents: systems, and in them the claims with their standing."""
    lines = [f"- {layout.parts[name].link}" for name in FRONT if name != "Contents"]
    for system, chapter in layout.chapters.items():
        lines.append(f"- {chapter.link}")
        lines += [
            f"  - {layout.link(claim.id)} · {claim.standing}" for claim in layout.claims if claim.system == system
        ]
    lines += [f"- {layout.parts[name].link}" for name in BACK]
    return paragraphs(layout.parts["Contents"].markdown, "\n".join(lines))
