"""The catalogue: built-in systems in reading order and users' claim files, with what is wrong with them.

Identifiers are unique and permanent, every claim that a claim `uses` exists, and `uses` has no cycle. A module that
cannot be loaded is one problem with its file and line; the other modules stand.
"""

import ast
import importlib
import importlib.util
import sys
import traceback
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import final

from .claim import Claim
from .closure import is_file, locate
from .index import ClaimRecord, record_claim

SYSTEMS = ("lemmata.checks.kinetic_optimal", "lemmata.checks.monge_ampere", "lemmata.checks.jko")
"""The built-in systems, in reading order."""

LISTING = "CLAIMS"


class ClaimModuleError(Exception):
    """A claim module that cannot be loaded; the message names file, line and reason on one line."""


@final
@dataclass(frozen=True, slots=True)
class Catalogue:
    """Claims in reading order, and one line for each thing that is wrong with what was read."""

    records: tuple[ClaimRecord, ...]
    problems: tuple[str, ...] = ()
    by_id: Mapping[str, ClaimRecord] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_id", {record.id: record for record in self.records})


def load_claims(origin: str) -> tuple[Claim, ...]:
    """Import a claim module and return its claims: those of `CLAIMS` where it is defined, else all at module level.

    **Raises:** `ClaimModuleError` where the module is missing, raises, or lists what is no claim.
    """
    try:
        module = _import_file(Path(origin)) if is_file(origin) else importlib.import_module(origin)
    except (Exception, SystemExit) as error:
        raise ClaimModuleError(_blame(origin, error)) from error
    listed = getattr(module, LISTING, None)
    if listed is None:
        return tuple({id(value): value for value in vars(module).values() if isinstance(value, Claim)}.values())
    if not isinstance(listed, tuple | list) or not all(isinstance(claim, Claim) for claim in listed):
        raise ClaimModuleError(f"{show_origin(origin)}: {LISTING} must be a tuple of Claim objects")
    return tuple(listed)


def find_claim(origin: str, identifier: str) -> Claim:
    """Return one claim of a module.

    **Raises:** `ClaimModuleError` where the module cannot be loaded or does not hold the claim.
    """
    for claim in load_claims(origin):
        if claim.id == identifier:
            return claim
    raise ClaimModuleError(f"{show_origin(origin)}: no claim {identifier}")


def describe_module(origin: str) -> tuple[ClaimRecord, ...]:
    """Load a claim module and return its records.

    **Raises:** `ClaimModuleError` as `load_claims` does, and where a claim cannot be recorded.
    """
    claims = load_claims(origin)
    try:
        return tuple(record_claim(claim, origin, _defining_module(claim, origin)) for claim in claims)
    except (AttributeError, TypeError, ValueError) as error:
        raise ClaimModuleError(f"{show_origin(origin)}: {type(error).__name__}: {error}") from error


def assemble(modules: Iterable[tuple[ClaimRecord, ...]], problems: Iterable[str] = ()) -> Catalogue:
    """Put modules together into a catalogue without the claims that are declared twice or rest on nothing."""
    found: dict[str, ClaimRecord] = {}
    faults = list(problems)
    for record in (record for records in modules for record in records):
        if record.id in found:
            first = found[record.id].module
            faults.append(
                f"{show_origin(record.module)}: claim {record.id} is declared already in {show_origin(first)}"
            )
        else:
            found[record.id] = record
    for record in found.values():
        faults += [
            f"{show_origin(record.module)}: claim {record.id} uses {used}, which does not exist"
            for used in record.uses
            if used not in found
        ]
    cyclic = _on_cycles(found)
    if cyclic:
        faults.append(f"`uses` runs in a circle through {', '.join(sorted(cyclic))}")
    sound = tuple(record for record in found.values() if record.id not in cyclic)
    return Catalogue(sound, tuple(faults))


def with_dependencies(selected: Iterable[str], catalogue: Catalogue) -> tuple[ClaimRecord, ...]:
    """Return the selected claims and all that they rest on, in reading order."""
    wanted: set[str] = set()
    waiting = list(selected)
    while waiting:
        identifier = waiting.pop()
        record = catalogue.by_id.get(identifier)
        if record is not None and identifier not in wanted:
            wanted.add(identifier)
            waiting += record.uses
    return tuple(record for record in catalogue.records if record.id in wanted)


def _on_cycles(records: Mapping[str, ClaimRecord]) -> set[str]:
    """Return the claims that no order of deduction reaches: those on a cycle of `uses`, and those that rest on one."""
    remaining = {name: {used for used in record.uses if used in records} for name, record in records.items()}
    while True:
        ready = {name for name, uses in remaining.items() if not uses}
        if not ready:
            return set(remaining)
        remaining = {name: uses - ready for name, uses in remaining.items() if name not in ready}


def _import_file(path: Path) -> ModuleType:
    """Import a user's file under its own name, with its neighbours importable."""
    if str(path.parent) not in sys.path:
        sys.path.insert(0, str(path.parent))
    name = path.stem
    loaded = sys.modules.get(name)
    if loaded is not None and getattr(loaded, "__file__", None) == str(path):
        return loaded
    if loaded is not None:
        name = f"{path.stem} of {path.parent}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _defining_module(claim: Claim, origin: str) -> str:
    """Return the module under `origin` that assigns the claim to a name, or `origin` itself."""
    for name, module in sorted(sys.modules.items()):
        if not name.startswith(f"{origin}."):
            continue
        names = {bound for bound, value in vars(module).items() if value is claim}
        path = locate(name, None)
        if names and path is not None and names & _assigned(path):
            return name
    return origin


def _assigned(path: Path) -> set[str]:
    """Return the names that a module assigns at top level."""
    found: set[str] = set()
    for statement in ast.parse(path.read_bytes()).body:
        targets = statement.targets if isinstance(statement, ast.Assign) else ()
        if isinstance(statement, ast.AnnAssign):
            targets = [statement.target]
        found.update(target.id for target in targets if isinstance(target, ast.Name))
    return found


def show_origin(origin: str) -> str:
    """Name an origin as the user would: a path relative to the working directory where it lies under it."""
    path = Path(origin)
    if not is_file(origin):
        return origin
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else origin


def _blame(origin: str, error: BaseException) -> str:
    """Return `file:line: error` for a module that could not be imported, the line being the innermost of ours."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{show_origin(error.filename)}:{error.lineno}: {type(error).__name__}: {error.msg}"
    if isinstance(error, ModuleNotFoundError) and error.name == origin:
        return f"{origin}: no such module"
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if not frame.filename.startswith("<") and frame.filename not in (__file__, importlib.__file__)
    ]
    message = " ".join(str(error).split())
    what = f"{type(error).__name__}{': ' if message else ''}{message}"
    if not frames:
        return f"{show_origin(origin)}: {what}"
    # A claim's own mistakes surface inside Claim.__post_init__; the line to mend is the one that built the claim.
    ours = [frame for frame in frames if frame.name != "__post_init__" and not frame.filename.endswith("claim.py")]
    frame = (ours or frames)[-1]
    shown = show_origin(frame.filename) if is_file(frame.filename) else frame.filename
    return f"{shown}:{frame.lineno}: {what}"
