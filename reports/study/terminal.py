"""A study on a terminal of 80 columns: labels on the left, and beside them text that is wrapped, or rows of tables."""

import textwrap
from collections.abc import Iterable, Iterator, Sequence

WIDTH = 80

MARGIN = 12
"""Columns of the labels on the left."""


def lay_out(fields: Iterable[tuple[str, str]]) -> Sequence[str]:
    """Return the lines of fields, each a label and a text; a text that starts with a space stands as it is."""
    return [line for label, text in fields for line in _lines(label, text)]


def _lines(label: str, text: str) -> Iterator[str]:
    """Yield `text` beside its label, wrapped unless it is a row of a table."""
    if text.startswith(" "):
        yield f"{label:<{MARGIN - 1}}{text}"
        return
    # A number and its sign of per cent stay on one line.
    joined = text.replace(" %", "\u00a0%")
    wrapped = textwrap.wrap(joined, WIDTH - MARGIN, break_long_words=False, break_on_hyphens=False)
    for number, line in enumerate(wrapped):
        yield f"{label if not number else '':<{MARGIN}}{line}".replace("\u00a0", " ")
