"""Evidence: what one check found, in a form that is stored, compared and printed.

JSON schema version 1 (documented in `docs/json.md`): every field below, in this order.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import final

from ..theory.verdict import Certificate, Json, Verdict, Witness


@final
class Kind(StrEnum):
    """By what means a check argues."""

    DERIVATION = "derivation"
    ENCLOSURE = "enclosure"
    NUMERIC = "numeric"
    STATISTICAL = "statistical"
    PROPERTY = "property"


@final
class Scope(StrEnum):
    """How much of the statement a piece of evidence covers.

    `general`: all that the claim quantifies over; `instance`: one instance of it, or several; `limit`: the limit of an
    asymptotic claim, reached by a certified witness and a claim that transfers it.
    """

    GENERAL = "general"
    INSTANCE = "instance"
    LIMIT = "limit"


def make_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[Json]], note: str = "") -> dict[str, Json]:
    """Return a table as evidence stores it.

    **Arguments:** `title`, `columns` and `note` are lines of text with LaTeX. A cell is such a line, a number that is
    exact or printed to six digits, or a pair of a number and its error, printed to the digits that the error warrants.

    **Raises:** `ValueError` where a row has more or fewer cells than there are columns.
    """
    cells = [list(row) for row in rows]
    if any(len(row) != len(columns) for row in cells):
        raise ValueError(f"table {title!r}: want {len(columns)} cells in every row, not {[len(row) for row in cells]}")
    return {"title": title, "columns": list(columns), "rows": cells, "note": note}


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What one check found.

    **Arguments:** `value` is the reported number (or numbers, by name), `error` its stated error and `tolerance` the
    largest deviation that still supports the claim, derived from that error; `resolution` is the smallest relative
    change of the formula that the check still refutes with power 0.99 (0 for an exact argument, None where nothing
    was decided); `instance` names the instance looked at, so that two legs about the same one can contradict each
    other; `derivation` is the list of steps as LaTeX; `figures` holds the arrays that a figure draws, by name; `tables`
    what `make_table` returns; `provenance` the device, dtype, digest of the compiled expression and the like.
    """

    check: str
    kind: Kind
    scope: Scope
    verdict: Verdict
    method: str
    value: Json = None
    error: float | None = None
    tolerance: float | None = None
    resolution: float | None = None
    witness: Witness | None = None
    certificate: Certificate | None = None
    instance: str = ""
    reason: str = ""
    seed: int | None = None
    seconds: float = 0.0
    derivation: tuple[Mapping[str, Json], ...] = ()
    figures: Mapping[str, Json] = field(default_factory=dict)
    tables: tuple[Mapping[str, Json], ...] = ()
    provenance: Mapping[str, Json] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if (self.verdict is Verdict.REFUTED) != (self.witness is not None):
            raise ValueError(f"{self.check}: a refutation carries a witness, and nothing else does")
        if self.verdict in (Verdict.PROVED, Verdict.CERTIFIED) and self.certificate is None:
            raise ValueError(f"{self.check}: {self.verdict} without a certificate")
        if self.verdict is Verdict.UNDECIDED and not self.reason:
            raise ValueError(f"{self.check}: undecided without a reason")
        if self.verdict is Verdict.CONFLICT:
            raise ValueError(f"{self.check}: a single check cannot be in conflict")
        if self.verdict is Verdict.SUPPORTED and (self.error is None or self.resolution is None):
            raise ValueError(f"{self.check}: supported without an error and a resolution")

    def to_json(self) -> dict[str, Json]:
        """Return the evidence as JSON."""
        return {
            "check": self.check,
            "kind": self.kind.value,
            "scope": self.scope.value,
            "verdict": self.verdict.value,
            "method": self.method,
            "value": self.value,
            "error": self.error,
            "tolerance": self.tolerance,
            "resolution": self.resolution,
            "witness": self.witness.to_json() if self.witness else None,
            "certificate": self.certificate.to_json() if self.certificate else None,
            "instance": self.instance,
            "reason": self.reason,
            "seed": self.seed,
            "seconds": self.seconds,
            "derivation": [dict(step) for step in self.derivation],
            "figures": dict(self.figures),
            "tables": [dict(table) for table in self.tables],
            "provenance": dict(self.provenance),
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Json]) -> "Evidence":
        """Read evidence back from `to_json`."""
        return cls(
            **{
                **value,
                "kind": Kind(value["kind"]),
                "scope": Scope(value["scope"]),
                "verdict": Verdict(value["verdict"]),
                "witness": Witness.from_json(value["witness"]) if value["witness"] else None,
                "certificate": Certificate.from_json(value["certificate"]) if value["certificate"] else None,
                "derivation": tuple(value["derivation"]),
                "tables": tuple(value["tables"]),
            }
        )
