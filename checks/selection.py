"""What the user names on the command line: claim ids, globs over ids, systems, and files of claims."""

import difflib
import fnmatch
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import final

from .catalogue import Catalogue

WILDCARDS = "*?["


class UnknownClaimError(ValueError):
    """A name that is no claim, or a file that cannot be read; the message says so on one line."""


@final
@dataclass(frozen=True, slots=True)
class Targets:
    """What was named: files (absolute paths), and patterns over the ids of everything else."""

    files: tuple[str, ...]
    patterns: tuple[str, ...]


def parse_targets(arguments: Iterable[str]) -> Targets:
    """Tell files from patterns.

    **Raises:** `UnknownClaimError` where a file is missing, is no file, or cannot be read.
    """
    files: list[str] = []
    patterns: list[str] = []
    for argument in arguments:
        if not (argument.endswith(".py") or os.sep in argument):
            patterns.append(argument)
            continue
        path = Path(argument)
        if path.is_dir():
            raise UnknownClaimError(f"{argument}: a folder; name a Python file of claims")
        try:
            path.read_bytes()
        except OSError as error:
            raise UnknownClaimError(f"{argument}: {error.strerror}") from error
        if path.suffix != ".py":
            raise UnknownClaimError(f"{argument}: not a Python file")
        files.append(str(path.absolute()))
    return Targets(tuple(dict.fromkeys(files)), tuple(patterns))


def select_claims(targets: Targets, catalogue: Catalogue) -> tuple[str, ...]:
    """Return the ids that are named, in reading order; all of them where nothing is named.

    **Raises:** `UnknownClaimError` for an id or a system that does not exist, with the nearest ids. A glob may match
    nothing.
    """
    if not targets.files and not targets.patterns:
        return tuple(catalogue.by_id)
    wanted = {record.id for record in catalogue.records if record.origin in targets.files}
    systems = {record.system for record in catalogue.records}
    for pattern in targets.patterns:
        if pattern in catalogue.by_id:
            wanted.add(pattern)
        elif pattern in systems:
            wanted.update(record.id for record in catalogue.records if record.system == pattern)
        elif any(mark in pattern for mark in WILDCARDS):
            wanted.update(fnmatch.filter(catalogue.by_id, pattern))
        else:
            raise UnknownClaimError(f"no claim {pattern!r}{_nearest(pattern, catalogue)}")
    return tuple(name for name in catalogue.by_id if name in wanted)


def _nearest(pattern: str, catalogue: Catalogue) -> str:
    """Return the ids that look most like `pattern`, as the end of a sentence."""
    names = list(catalogue.by_id)
    close = difflib.get_close_matches(pattern, names, n=3, cutoff=0.5)
    by_name = {name.partition(".")[2]: name for name in names}
    close += [by_name[short] for short in difflib.get_close_matches(pattern, by_name, n=3, cutoff=0.6)]
    close = list(dict.fromkeys(close))[:3]
    return f"; nearest: {', '.join(close)}" if close else "; `lemmata list` prints them all"
