"""Which readings of a sentence in print are true: one paragraph at the head of a chapter, made of verdicts alone."""

from .layout import Layout
from .markdown import render_line
from .notation import system_notes

GROUPS = (
    ("It is **false**", ("refuted",)),
    ("It is **true**", ("proved", "certified", "supported")),
    ("It is **not settled**", ("undecided", "conflict")),
)
"""How the sentences begin, and for which standings."""


def render_answer(layout: Layout, system: str) -> str:
    """Return the paragraph that says which readings hold; empty for a system without readings, or none in this run."""
    standing = {claim.id: claim.standing for claim in layout.claims}
    sentences = []
    for beginning, verdicts in GROUPS:
        said = [
            f"that {render_line(words, claim)} ({layout.link(claim, standing[claim])})"
            for claim, words in system_notes(system).readings
            if standing.get(claim) in verdicts
        ]
        if said:
            sentences.append(f"{beginning} {'; '.join(said)}.")
    return " ".join(["**Which reading is true.**", *sentences]) if sentences else ""
