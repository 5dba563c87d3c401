"""Finished evidence on disk, one file per leg, written as it is produced.

A leg is stored under the hash of everything that it depends on (`fingerprint.py`), so a second run finds it only while
nothing has changed. Files are replaced atomically: a reader sees a whole leg or none, whoever was killed.
"""

import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import final

from ..theory.verdict import Json, canonical_json

DIRECTORY_VARIABLE = "LEMMATA_CACHE"
DEFAULT_DIRECTORY = Path("build", "cache")


def cache_directory() -> Path:
    """Return the cache directory: `$LEMMATA_CACHE`, else `build/cache` under the working directory."""
    return Path(os.environ.get(DIRECTORY_VARIABLE) or DEFAULT_DIRECTORY).absolute()


def write_atomically(path: Path, text: str) -> None:
    """Replace `path` by a file that holds `text`, making its folder where there is none.

    **Raises:** `OSError` where the file cannot be written; the old content then stays.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


@final
@dataclass(frozen=True, slots=True)
class EvidenceStore:
    """The finished legs under one directory, by key."""

    directory: Path

    def path(self, key: str) -> Path:
        """Return the file that holds the leg of this key."""
        return self.directory / "evidence" / key[:2] / f"{key}.json"

    def read(self, key: str) -> dict[str, Json] | None:
        """Return the leg of this key, or None where there is none that can be read."""
        try:
            value = json.loads(self.path(key).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return value if isinstance(value, dict) else None

    def write(self, key: str, leg: Mapping[str, Json]) -> None:
        """Store a leg.

        **Raises:** `OSError` where the directory cannot be written.
        """
        write_atomically(self.path(key), canonical_json(leg))
