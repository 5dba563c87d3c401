"""Stored results, schema version 1: read from disk and checked key by key before anything is written.

The runner writes one JSON object with `schema_version`, `run` and `claims`. Here it becomes frozen dataclasses, so that
every renderer behind this module may rely on what it finds. Keys that the schema adds later are ignored; a key that is
missing, or whose value is of the wrong type, is one `ReportError` that names the file and the key.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, TypeAlias, TypeVar, final

from ..checks.claim import Must, Quantifier, Reading
from ..checks.evidence import Evidence

Json: TypeAlias = Any

SCHEMA_VERSION = 1

VERDICTS = ("proved", "certified", "supported", "refuted", "undecided", "conflict")
"""Every verdict, in the order in which the tables print them."""

T = TypeVar("T")


class ReportError(ValueError):
    """A report cannot be written; the message names the file and the key, or the claim and the fragment."""


@final
@dataclass(frozen=True, slots=True)
class StoredRun:
    """The run that produced the results; `started` is ISO 8601, `seconds` wall-clock time."""

    version: str
    seed: int
    effort: str
    device: str
    dtype: str
    versions: Mapping[str, str]
    started: str
    seconds: float
    command: str


@final
@dataclass(frozen=True, slots=True)
class StoredSource:
    """Where a statement stands: bibliography key, locator, reading."""

    key: str
    locator: str
    reading: Reading


@final
@dataclass(frozen=True, slots=True)
class StoredControl:
    """A variant of a claim and what the checks said of it.

    `behaved` says whether a false variant was refuted, or a true one survived; `witness` is the one that killed it.
    """

    name: str
    must: Must
    near: bool
    note: str
    verdict: str
    behaved: bool
    killed_by: tuple[str, ...]
    witness: Mapping[str, Json] | None


@final
@dataclass(frozen=True, slots=True)
class StoredLowering:
    """Why a claim is held to less than before."""

    date: str
    reason: str
    previous: str


@final
@dataclass(frozen=True, slots=True)
class StoredClaim:
    """One claim as it was checked.

    `standing` is the verdict that is left once everything in `uses` is accounted for, and `axioms` the cited theorems
    underneath; `correction` names the claim that corrects this one, or is empty.
    """

    id: str
    title: str
    system: str
    statement: str
    source: StoredSource
    quantifier: Quantifier
    dimension: str
    expected: str
    verdict: str
    standing: str
    axioms: tuple[str, ...]
    as_expected: bool
    seconds: float
    uses: tuple[str, ...]
    evidence: tuple[Evidence, ...]
    controls: tuple[StoredControl, ...]
    lowered: StoredLowering | None
    remark: str
    correction: str

    @property
    def in_order(self) -> bool:
        """Whether the verdict meets the expectation and every control behaved."""
        return self.as_expected and all(control.behaved for control in self.controls)


@final
@dataclass(frozen=True, slots=True)
class StoredResults:
    """All that a report is made of.

    `origin` is the file it came from, for messages; `problems` is what the run could not load or repeat.
    """

    origin: str
    run: StoredRun
    problems: tuple[str, ...]
    claims: tuple[StoredClaim, ...]


@final
class Reader:
    """One JSON value and the path that leads to it, so that every complaint says where."""

    def __init__(self, value: Json, origin: str, where: str = "") -> None:
        self.value, self.origin, self.where = value, origin, where

    def fail(self, problem: str, key: str = "") -> ReportError:
        """Return the error that names file, key and problem."""
        path = f"{self.where}.{key}" if self.where and key else self.where or key
        return ReportError(f"{self.origin}: {path}: {problem}" if path else f"{self.origin}: {problem}")

    def at(self, key: str) -> "Reader":
        """Return the value under `key`, which must be there."""
        if not isinstance(self.value, dict):
            raise self.fail(f"want an object, not {type(self.value).__name__}")
        if key not in self.value:
            raise self.fail("missing key", key)
        return Reader(self.value[key], self.origin, f"{self.where}.{key}" if self.where else key)

    def get(self, key: str, kind: type[T]) -> T:
        """Return the value under `key`, which must be of type `kind`; an integer passes as a float."""
        item = self.at(key)
        value = float(item.value) if kind is float and type(item.value) is int else item.value
        if not isinstance(value, kind) or (kind is not bool and isinstance(value, bool)):
            raise item.fail(f"want {kind.__name__}, not {type(item.value).__name__}")
        return value

    def choice(self, key: str, allowed: tuple[str, ...]) -> str:
        """Return the text under `key`, which must be one of `allowed`."""
        text = self.get(key, str)
        if text not in allowed:
            raise self.fail(f"want one of {', '.join(allowed)}, not {text!r}", key)
        return text

    def texts(self, key: str) -> tuple[str, ...]:
        """Return the list of texts under `key`."""
        for item in (items := self.items(key)):
            if not isinstance(item.value, str):
                raise item.fail(f"want str, not {type(item.value).__name__}")
        return tuple(item.value for item in items)

    def items(self, key: str) -> tuple["Reader", ...]:
        """Return the entries of the list under `key`."""
        item = self.at(key)
        values = self.get(key, list)
        return tuple(Reader(value, self.origin, f"{item.where}[{index}]") for index, value in enumerate(values))


def read_results(path: Path) -> StoredResults:
    """Read the results file at `path`.

    **Raises:** `ReportError` where the file cannot be read, is not JSON, or does not follow schema version 1.
    """
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ReportError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ReportError(f"{path}: not UTF-8 text (byte {error.start})") from error
    except json.JSONDecodeError as error:
        raise ReportError(f"{path}: not JSON: {error.msg} at line {error.lineno}") from error
    return parse_results(value, str(path))


def parse_results(value: Json, origin: str = "results") -> StoredResults:
    """Check `value`, the JSON of a run, and return it typed; `origin` is the file that messages name.

    **Raises:** `ReportError` naming `origin` and the key.
    """
    top = Reader(value, origin)
    if (version := top.get("schema_version", int)) != SCHEMA_VERSION:
        raise top.fail(f"this lemmata reads version {SCHEMA_VERSION}, not {version}", "schema_version")
    claims = tuple(_claim(item) for item in top.items("claims"))
    seen: set[str] = set()
    for index, claim in enumerate(claims):
        if claim.id in seen:
            raise top.fail(f"{claim.id!r} appears twice", f"claims[{index}].id")
        seen.add(claim.id)
    return StoredResults(origin, _run(top.at("run")), top.texts("problems"), claims)


def _run(reader: Reader) -> StoredRun:
    versions = reader.get("versions", dict)
    return StoredRun(
        version=reader.get("version", str),
        seed=reader.get("seed", int),
        effort=reader.get("effort", str),
        device=reader.get("device", str),
        dtype=reader.get("dtype", str),
        versions={str(name): str(version) for name, version in versions.items()},
        started=reader.get("started", str),
        seconds=reader.get("seconds", float),
        command=reader.get("command", str),
    )


def _claim(reader: Reader) -> StoredClaim:
    source = reader.at("source")
    lowered = reader.at("lowered")
    return StoredClaim(
        id=reader.get("id", str),
        title=reader.get("title", str),
        system=reader.get("system", str),
        statement=reader.get("statement", str),
        source=StoredSource(
            key=source.get("key", str),
            locator=source.get("locator", str),
            reading=Reading(source.choice("reading", tuple(Reading))),
        ),
        quantifier=Quantifier(reader.choice("quantifier", tuple(Quantifier))),
        dimension=reader.get("dimension", str),
        expected=reader.choice("expected", VERDICTS),
        verdict=reader.choice("verdict", VERDICTS),
        standing=_standing(reader),
        axioms=reader.texts("axioms"),
        as_expected=reader.get("as_expected", bool),
        seconds=reader.get("seconds", float),
        uses=reader.texts("uses"),
        evidence=tuple(_evidence(item) for item in reader.items("evidence")),
        controls=tuple(_control(item) for item in reader.items("controls")),
        lowered=None
        if lowered.value is None
        else StoredLowering(lowered.get("date", str), lowered.get("reason", str), lowered.choice("previous", VERDICTS)),
        remark=reader.get("remark", str),
        correction=reader.get("correction", str),
    )


def _standing(reader: Reader) -> str:
    """Return the verdict in front of `from {...}`, whose braces repeat `axioms`."""
    text = reader.get("standing", str)
    if (verdict := text.partition(" from ")[0]) not in VERDICTS:
        raise reader.fail(f"want a verdict, and the axioms it is from, not {text!r}", "standing")
    return verdict


def _control(reader: Reader) -> StoredControl:
    witness = reader.at("witness")
    return StoredControl(
        name=reader.get("name", str),
        must=Must(reader.choice("must", tuple(Must))),
        near=reader.get("near", bool),
        note=reader.get("note", str),
        verdict=reader.choice("verdict", VERDICTS),
        behaved=reader.get("as_it_must", bool),
        killed_by=reader.texts("killed_by"),
        witness=None if witness.value is None else reader.get("witness", dict),
    )


def _evidence(reader: Reader) -> Evidence:
    names = [field.name for field in fields(Evidence)]
    known = {name: reader.at(name).value for name in names}
    for name, kind in (("derivation", list), ("figures", dict), ("provenance", dict)):
        reader.get(name, kind)
    try:
        return Evidence.from_json(known)
    except (KeyError, TypeError, ValueError) as error:
        raise reader.fail(f"not evidence: {error}") from error
