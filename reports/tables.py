"""Tables that a check stored: title, columns, rows, and a note that says in a sentence what they mean.

A cell is text with LaTeX, a number, or a number and its error; numbers stand flush right, with as many digits as they
warrant.
"""

import re

from .figures import Entry
from .markdown import paragraphs, render_line, table
from .numbers import format_measured, format_number
from .stored import Json

NUMBER = re.compile(r"-?\d+(\.\d+)?( %)?")
"""Text that is a number, as of decimals that are exact."""


def render_table(entry: Entry, claim: str) -> str:
    """Return a stored table as Markdown: its title in bold, the table, and the note.

    **Raises:** `ReportError` naming the key where the entry is no table.
    """
    columns, rows = entry.texts("columns"), entry.value.get("rows")
    if not isinstance(rows, list) or not all(isinstance(row, list) and len(row) == len(columns) for row in rows):
        raise entry.fail("rows", f"want a list of rows with {len(columns)} cells each")
    numeric = [bool(rows) and all(_is_numeric(row[place]) for row in rows) for place in range(len(columns))]
    body = table(
        [render_line(column, claim) for column in columns],
        [[_cell(entry, cell, claim) for cell in row] for row in rows],
        "".join("r" if is_number else "l" for is_number in numeric),
    )
    return paragraphs(
        f"**{render_line(entry.text('title'), claim)}**", body, render_line(entry.text("note", ""), claim)
    )


def _cell(entry: Entry, cell: Json, claim: str) -> str:
    if isinstance(cell, str):
        return cell if NUMBER.fullmatch(cell) else render_line(cell, claim)
    if _is_number(cell):
        return format_number(cell)
    if isinstance(cell, list) and len(cell) == 2 and all(map(_is_number, cell)):
        value, error = cell
        return format_measured(value, error) + (f" ± {format_measured(error, error)}" if error else "")
    raise entry.fail("rows", f"want text, a number, or a number and its error in every cell, not {cell!r}")


def _is_numeric(cell: Json) -> bool:
    """Say whether a cell stands flush right: all but text that is not itself a number."""
    return not isinstance(cell, str) or NUMBER.fullmatch(cell) is not None


def _is_number(cell: Json) -> bool:
    return isinstance(cell, int | float) and not isinstance(cell, bool)
