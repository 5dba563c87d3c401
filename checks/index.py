"""What is known of every claim without importing it: an index on disk, keyed by the sources it was read from.

`list`, `show` and the planning of a run read this index alone; SymPy and JAX are imported by the worker that rebuilds
the entries of a module whose sources have changed.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import final

from ..theory.verdict import Json, Verdict
from .cache import write_atomically
from .claim import Claim, Lowered, Must, Quantifier, Reading, Source
from .closure import RUNNER, ImportGraph
from .evidence import Kind

INDEX_FILE = "index.json"
INDEX_VERSION = 1


@final
@dataclass(frozen=True, slots=True)
class ControlRecord:
    """A control without its formula."""

    name: str
    must: Must
    near: bool
    note: str
    miss: float


@final
@dataclass(frozen=True, slots=True)
class CheckRecord:
    """A check's name and the means by which it argues."""

    name: str
    kind: Kind


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimRecord:
    """A claim without its callables.

    **Arguments:** `origin` is the module or file to load the claim from, `module` the module (or file) that defines it:
    what the claim depends on is the import closure of `module`. The other fields are the claim's own.
    """

    id: str
    title: str
    statement: str
    source: Source
    quantifier: Quantifier
    dimension: str
    expected: Verdict
    uses: tuple[str, ...]
    data: tuple[str, ...]
    correction: str
    lowered: Lowered | None
    remark: str
    controls: tuple[ControlRecord, ...]
    checks: tuple[CheckRecord, ...]
    origin: str
    module: str

    @property
    def system(self) -> str:
        """The system that the claim belongs to."""
        return self.id.partition(".")[0]

    def to_json(self) -> dict[str, Json]:
        """Return the record as JSON."""
        return {
            "id": self.id,
            "title": self.title,
            "statement": self.statement,
            "source": source_to_json(self.source),
            "quantifier": self.quantifier.value,
            "dimension": self.dimension,
            "expected": self.expected.value,
            "uses": list(self.uses),
            "data": list(self.data),
            "correction": self.correction,
            "lowered": lowered_to_json(self.lowered),
            "remark": self.remark,
            "controls": [[c.name, c.must.value, c.near, c.note, c.miss] for c in self.controls],
            "checks": [[c.name, c.kind.value] for c in self.checks],
            "origin": self.origin,
            "module": self.module,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Json]) -> "ClaimRecord":
        """Read a record back from `to_json`."""
        source, lowered = value["source"], value["lowered"]
        return cls(
            **{
                **value,
                "source": Source(source["key"], source["locator"], Reading(source["reading"])),
                "quantifier": Quantifier(value["quantifier"]),
                "expected": Verdict(value["expected"]),
                "uses": tuple(value["uses"]),
                "data": tuple(value["data"]),
                "lowered": (
                    Lowered(lowered["date"], lowered["reason"], Verdict(lowered["previous"])) if lowered else None
                ),
                "controls": tuple(
                    ControlRecord(name, Must(must), near, note, miss)
                    for name, must, near, note, miss in value["controls"]
                ),
                "checks": tuple(CheckRecord(name, Kind(kind)) for name, kind in value["checks"]),
            }
        )


def source_to_json(source: Source) -> dict[str, str]:
    """Return a source as JSON."""
    return {"key": source.key, "locator": source.locator, "reading": source.reading.value}


def lowered_to_json(lowered: Lowered | None) -> dict[str, str] | None:
    """Return a lowered expectation as JSON."""
    if lowered is None:
        return None
    return {"date": lowered.date, "reason": lowered.reason, "previous": lowered.previous.value}


def record_claim(claim: Claim, origin: str, module: str) -> ClaimRecord:
    """Return what the index holds of `claim`, loaded from `origin` and defined in `module`."""
    return ClaimRecord(
        id=claim.id,
        title=claim.title,
        statement=claim.statement,
        source=claim.source,
        quantifier=claim.quantifier,
        dimension=claim.dimension,
        expected=claim.expected,
        uses=claim.uses,
        data=claim.data,
        correction=claim.correction,
        lowered=claim.lowered,
        remark=claim.remark,
        controls=tuple(ControlRecord(name, c.must, c.near, c.note, c.miss) for name, c in claim.controls.items()),
        checks=tuple(CheckRecord(check.name, Kind(check.kind)) for check in claim.checks),
        origin=origin,
        module=module,
    )


@final
class Index:
    """The index of one cache directory: claim records by origin, valid while the origin's sources stay as they were.

    A file that is missing, damaged or of another version is an empty index.
    """

    def __init__(self, directory: Path) -> None:
        self._path = directory / INDEX_FILE
        try:
            stored = json.loads(self._path.read_text(encoding="utf-8"))
            valid = stored["version"] == INDEX_VERSION
            remembered = {
                digest: tuple((level, module, tuple(names)) for level, module, names in imports)
                for digest, imports in (stored["imports"] if valid else {}).items()
            }
            self._origins: dict[str, Json] = dict(stored["origins"]) if valid else {}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            remembered, self._origins = {}, {}
        self._changed = False
        self.graph = ImportGraph(remembered)

    def records(self, origin: str) -> tuple[ClaimRecord, ...] | None:
        """Return the claims of `origin`, or None where its sources have changed since they were read.

        **Raises:** `OSError` where a source cannot be read.
        """
        digest = self._digest(origin)
        entry = self._origins.get(origin)
        if entry is None or entry["digest"] != digest:
            return None
        return tuple(ClaimRecord.from_json(record) for record in entry["claims"])

    def remember(self, origin: str, records: Iterable[ClaimRecord]) -> None:
        """Replace what the index holds of `origin`."""
        self._origins[origin] = {
            "digest": self._digest(origin),
            "claims": [record.to_json() for record in records],
        }
        self._changed = True

    def save(self) -> None:
        """Write the index if it has changed; files that this run did not read are forgotten.

        **Raises:** `OSError` where the directory cannot be written.
        """
        if not self._changed:
            return
        content = {"version": INDEX_VERSION, "imports": self.graph.known, "origins": self._origins}
        write_atomically(self._path, json.dumps(content))

    def _digest(self, origin: str) -> str:
        return self.graph.digest(origin, RUNNER)
