"""The order of the document and what points where: headings, anchors, links, citations, the figure counter.

Anchors are settled before a word is written, because claims refer forward as well as back.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import final

from .markdown import Heading, Outline, code, escape
from .notation import system_notes
from .references import Reference
from .stored import ReportError, StoredClaim, StoredResults


@final
@dataclass(slots=True)
class FigureCounter:
    """Numbers the figures in the order in which they are printed."""

    last: int = 0

    def next(self) -> int:
        """Return the number of the next figure."""
        self.last += 1
        return self.last


@final
@dataclass(frozen=True)
class Layout:
    """Everything the sections share.

    **Arguments:** `claims` are grouped by system, in reading order; `chapters`, `sections` and `sources` are the
    headings of systems, claims and bibliography entries; `parts` those of the fixed parts, by name; `timed` says
    whether start time and seconds are printed; `date` is what stands for the start time.
    """

    results: StoredResults
    claims: tuple[StoredClaim, ...]
    parts: Mapping[str, Heading]
    chapters: Mapping[str, Heading]
    sections: Mapping[str, Heading]
    sources: Mapping[str, Heading]
    references: Mapping[str, Reference]
    timed: bool
    date: str
    figures: FigureCounter = field(default_factory=FigureCounter)

    def link(self, claim: str, text: str = "") -> str:
        """Return a link to a claim's section; a claim that did not run is named by its identifier."""
        heading = self.sections.get(claim)
        if heading is None:
            return f"{code(claim)} (not in this run)"
        return f"[{text}](#{heading.anchor})" if text else heading.link

    def links(self, claims: Iterable[str]) -> str:
        """Return links to several claims, separated by commas."""
        return ", ".join(self.link(claim) for claim in claims)

    def citation(self, claim: StoredClaim) -> str:
        """Return a claim's source: who and when, linked to the bibliography, and where in it; empty for our own."""
        if claim.source.key not in self.sources:
            return ""
        short = self.references[claim.source.key].short
        locator = f", {escape(claim.source.locator)}" if claim.source.locator else ""
        return f"[{short}](#{self.sources[claim.source.key].anchor}){locator}"

    def standing(self, claim: StoredClaim) -> str:
        """Return for example `**proved** from {i-mmse}`, each axiom linked to its section."""
        axioms = [self.link(axiom, code(axiom)) for axiom in claim.axioms if axiom != claim.id]
        return f"**{claim.standing}**" + (f" from {{{', '.join(axioms)}}}" if axioms else "")

    def users(self, claim: str) -> tuple[str, ...]:
        """Return the claims whose proofs rest directly on `claim`."""
        return tuple(other.id for other in self.claims if claim in other.uses)


OWN = "lemmata"
"""The source key of what is first stated in a catalogue of claims: it has no entry in the bibliography."""

FRONT = ("Verdicts", "New results", "Errors found in print", "Lowered expectations", "Cited theorems", "Contents")
BACK = ("How to replay", "Bibliography", "Provenance")


def plan_layout(
    results: StoredResults, references: Mapping[str, Reference], title: str, timed: bool, date: str
) -> Layout:
    """Settle the order of the document and every anchor in it.

    **Raises:** `ReportError` where a claim cites a key that the bibliography lacks.
    """
    systems = list(dict.fromkeys(claim.system for claim in results.claims))
    ordered = tuple(claim for system in systems for claim in results.claims if claim.system == system)
    cited: dict[str, None] = {}
    for index, claim in enumerate(results.claims):
        if claim.source.key == OWN:
            continue
        if claim.source.key not in references:
            where = f"{results.origin}: claims[{index}].source.key"
            raise ReportError(f"{where}: {claim.source.key!r} is not in the bibliography")
        cited[claim.source.key] = None
    outline = Outline()
    parts = {title: outline.add(1, title)} | {name: outline.add(2, name) for name in FRONT}
    chapters: dict[str, Heading] = {}
    sections: dict[str, Heading] = {}
    for system in systems:
        chapters[system] = outline.add(2, system_notes(system).name)
        for claim in ordered:
            if claim.system == system:
                sections[claim.id] = outline.add(3, _heading_text(claim))
    sources: dict[str, Heading] = {}
    for name in BACK:
        parts[name] = outline.add(2, name)
        if name == "Bibliography":
            sources = {key: outline.add(3, key) for key in sorted(cited)}
    return Layout(results, ordered, parts, chapters, sections, sources, references, timed, date)


def _heading_text(claim: StoredClaim) -> str:
    """Return the title, or the identifier where the title holds mathematics, whose anchor no two renderers agree on."""
    return claim.id if re.search(r"\$.+\$", claim.title) else claim.title
