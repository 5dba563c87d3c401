"""The folder that a study leaves: whole or not at all, and never in place of what is not a study's."""

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .exit_codes import UsageError
from .workplace import unwritable

RECORD = "study.json"

SCHEMA = "lemmata-study"

CONTENTS = frozenset({RECORD, "study.md", "figures"})
"""What a study leaves in its folder."""

FIGURE_SUFFIXES = frozenset({".svg", ".png"})


def check_folder(folder: Path) -> None:
    """Refuse a folder that a study must not be written to.

    **Raises:** `UsageError` where `folder` is a file, holds what no study left there, or cannot be made.
    """
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise UsageError(f"--output {folder}: exists and is not a folder")
    if foreign := _foreign(folder):
        raise UsageError(f"--output {folder}: not the output of a study: it holds {foreign}; name another folder")
    if reason := unwritable(folder.absolute().parent):
        raise UsageError(f"--output {folder}: {reason}")


@contextmanager
def write_folder(folder: Path) -> Iterator[Path]:
    """Yield a new folder beside `folder` that takes its place when the context ends without an error.

    **Raises:** `UsageError` where the folder cannot be written.
    """
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{folder.name}.", dir=folder.parent) as scratch:
            made = Path(scratch) / "new"
            made.mkdir()
            yield made
            check_folder(folder)
            _replace(folder, made, Path(scratch) / "old")
    except OSError as error:
        raise UsageError(f"--output {folder}: {error.strerror or error}") from error


def _replace(folder: Path, made: Path, old: Path) -> None:
    """Put `made` in the place of `folder`; if that fails, what was there is put back."""
    if not folder.exists():
        made.replace(folder)
        return
    folder.replace(old)
    try:
        made.replace(folder)
    except BaseException:
        old.replace(folder)
        raise


def _foreign(folder: Path) -> str:
    """Name something in `folder` that no study left there; empty where there is nothing of the kind."""
    if not folder.is_dir():
        return ""
    entries = {entry.name: entry for entry in folder.iterdir()}
    if others := sorted(set(entries) - CONTENTS):
        return others[0]
    if entries and not _is_study(folder / RECORD):
        return f"no {RECORD} of a study"
    if "figures" in entries:
        figures = sorted(entry.name for entry in entries["figures"].iterdir() if entry.suffix not in FIGURE_SUFFIXES)
        return f"figures/{figures[0]}" if figures else ""
    return ""


def _is_study(record: Path) -> bool:
    try:
        value = json.loads(record.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(value, dict) and value.get("schema") == SCHEMA
