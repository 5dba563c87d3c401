"""A file of finished work, one JSON object for each line, which a second call goes on from.

The first line says by what code and with which settings the others were found. Where those have changed the file is
begun anew; a last line that was cut off by an interruption is dropped.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, final


@final
class Journal:
    """The finished entries under one header."""

    def __init__(self, path: Path, header: Mapping[str, Any]) -> None:
        """Open the journal at `path`, keeping what was written under an equal `header`."""
        self.path = path
        found = read_journal(path)
        self.entries: list[dict[str, Any]] = found[1] if found is not None and found[0] == dict(header) else []
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = [json.dumps(value, allow_nan=False) + "\n" for value in (dict(header), *self.entries)]
        path.write_text("".join(lines), encoding="utf-8")

    def add(self, entry: Mapping[str, Any]) -> None:
        """Append a finished entry."""
        self.entries.append(dict(entry))
        with self.path.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(dict(entry), allow_nan=False) + "\n")


def read_journal(path: Path) -> tuple[dict[str, Any], list[dict[str, Any]]] | None:
    """Return header and entries, or None where there is no header to read."""
    try:
        first, *lines = path.read_text(encoding="utf-8").splitlines()
        header = dict(json.loads(first))
    except (OSError, ValueError):
        return None
    entries = []
    for line in lines:
        try:
            entries.append(dict(json.loads(line)))
        except ValueError:
            break
    return header, entries
