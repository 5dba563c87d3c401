"""Tables of numbers as text: separated by commas, semicolons or tabs, with or without a line of names.

NumPy's reader parses the lines in portions, and the numbers go to a temporary file that is then mapped into memory, so
that a table needs no more memory than a portion of it. Where the reader refuses a portion, its cells are read once
more one by one to name the line and the column, both counted from 1.
"""

import csv
import math
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO, final

import numpy as np
from jaxtyping import Float

from ..data_set import DataSet
from .arrays import as_data_set
from .error import DataFileError
from .scratch import Scratch

PORTION_CHARACTERS = 2**22
"""About how many characters are parsed at once."""

DELIMITERS = "\t;,"
"""Separators, looked for in this order in the first line: commas may be part of what the others separate."""

WEIGHT_NAMES = frozenset({"weight", "weights"})

Lines = list[tuple[int, str]]
"""Lines of a file with their numbers, blank ones left out."""


def read_table(path: Path) -> DataSet:
    """Read a table whose lines are rows; a column called `weight` or `weights` holds weights, which may be counts.

    The first line holds names if none of its cells is a number, or if one names the weights.

    **Raises:** `DataFileError` for a table without rows, lines of different lengths, and cells that are no finite
    numbers.
    """
    layout: _Layout | None = None
    weights: list[Float[np.ndarray, " k"]] = []
    count, read = 0, 0
    with path.open(encoding="utf-8-sig") as stream, Scratch(path) as scratch:
        while portion := _read_portion(stream, path):
            # A line of tabs is not blank: its cells are missing.
            lines = [(read + place, line) for place, line in enumerate(portion, 1) if line.strip(" \r\n")]
            read += len(portion)
            if layout is None and lines:
                layout = _Layout.of(lines[0], path)
                lines = lines[layout.has_names :]
            if layout is None or not lines:
                continue
            numbers = layout.parsed(lines)
            count += len(numbers)
            if layout.weights is not None:
                weights.append(numbers[:, layout.weights])
                numbers = np.delete(numbers, layout.weights, axis=1)
            scratch.write(numbers)
        if layout is None or not count:
            raise DataFileError(f"{path}: the table has no rows")
        rows = scratch.mapped((count, len(layout.names) - len(weights[:1])), np.float64)
    return as_data_set(rows, np.concatenate(weights) if weights else None, path, str(path))


@final
@dataclass(frozen=True, slots=True)
class _Layout:
    """How a table is laid out: its separator, its columns' names or else numbers, and which column holds weights."""

    path: Path
    delimiter: str
    names: tuple[str, ...]
    has_names: bool
    weights: int | None

    @staticmethod
    def of(first: tuple[int, str], path: Path) -> "_Layout":
        """Tell the layout by the first line.

        **Raises:** `DataFileError` if it has both numbers and other text without naming weights, names weights twice,
        or names nothing else.
        """
        number, line = first
        delimiter = next((mark for mark in DELIMITERS if mark in line), ",")
        cells = [cell.strip() for cell in _cells(line, delimiter)]
        faults = [_fault(cell) for cell in cells]
        named = [place for place, cell in enumerate(cells) if cell.lower() in WEIGHT_NAMES]
        if len(named) > 1:
            raise DataFileError(f"{path}, line {number}: {len(named)} columns are called weights")
        if named and len(cells) == 1:
            raise DataFileError(f"{path}, line {number}: there is no column beside the weights")
        if named or (any(cells) and all(_number(cell) is None for cell in cells)):
            return _Layout(path, delimiter, tuple(cells), True, named[0] if named else None)
        for column, fault in enumerate(faults, 1):
            if fault is not None:
                raise DataFileError(f"{path}, line {number}, column {column}: {fault}")
        return _Layout(path, delimiter, tuple(map(str, range(1, len(cells) + 1))), False, None)

    def parsed(self, lines: Lines) -> Float[np.ndarray, "k columns"]:
        """Return the numbers in `lines`.

        **Raises:** `DataFileError` that names the line and the column of the first fault.
        """
        reason = "not finite"
        try:
            numbers = np.loadtxt(
                [line for _, line in lines], delimiter=self.delimiter, comments=None, quotechar='"', ndmin=2
            )
        except ValueError as error:
            reason = str(error)
        else:
            if numbers.shape == (len(lines), len(self.names)) and np.isfinite(numbers).all():
                return numbers
        raise self._refusal(lines, reason)

    def _refusal(self, lines: Lines, reason: str) -> DataFileError:
        """Return the error that names the first fault in `lines`; `reason` is what NumPy's reader says."""
        for number, line in lines:
            cells = _cells(line, self.delimiter)
            if len(cells) != len(self.names):
                return DataFileError(
                    f"{self.path}, line {number}: it has {len(cells)} cells, but the first line has {len(self.names)}"
                )
            for column, (name, cell) in enumerate(zip(self.names, cells, strict=True), 1):
                if (fault := _fault(cell)) is not None:
                    called = f" ({name[:40]!r})" if self.has_names else ""
                    return DataFileError(f"{self.path}, line {number}, column {column}{called}: {fault}")
        return DataFileError(f"{self.path}, lines {lines[0][0]} to {lines[-1][0]}: {reason}")


def _read_portion(stream: TextIO, path: Path) -> list[str]:
    """Return the next lines.

    **Raises:** `DataFileError` if they are not text.
    """
    try:
        return stream.readlines(PORTION_CHARACTERS)
    except UnicodeDecodeError as error:
        raise DataFileError(f"{path}: it is not text in UTF-8 ({error.reason})") from error


def _cells(line: str, delimiter: str) -> list[str]:
    """Return the cells of a line, without their quotes."""
    return next(csv.reader([line], delimiter=delimiter))


def _number(cell: str) -> float | None:
    """Return the number in a cell, which may be infinite or none, if it holds one."""
    try:
        return float(cell)
    except ValueError:
        return None


def _fault(cell: str) -> str | None:
    """Say what keeps a cell from holding a finite number, if anything does."""
    shown = repr(cell if len(cell) <= 40 else f"{cell[:40]}...")
    if (number := _number(cell)) is None:
        return f"{shown} is not a number" if cell.strip() else "the cell is empty"
    return None if math.isfinite(number) else f"{shown} is not finite"
