"""Verdicts and what they carry: witness, certificate, decision.

Every layer speaks in these words. A refutation without a witness and a proof without a certificate cannot be
constructed, so neither can reach a report.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeAlias, final

Json: TypeAlias = Any
"""What `json.dumps` takes: None, bool, int, float, str, and lists and dicts of these."""


@final
class Verdict(StrEnum):
    """What is known of a statement after it was checked."""

    PROVED = "proved"
    CERTIFIED = "certified"
    SUPPORTED = "supported"
    REFUTED = "refuted"
    UNDECIDED = "undecided"
    CONFLICT = "conflict"


@final
class Strength(StrEnum):
    """How firm a witness is."""

    EXACT = "exact"
    CERTIFIED = "certified"
    STATISTICAL = "statistical"


def canonical_json(value: Json) -> str:
    """Write `value` as JSON text that depends on its content alone (sorted keys, no spaces, no NaN)."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """A point inside the hypotheses at which a statement fails.

    **Arguments:** `point` maps each name to its exact value as text (`"3/7"`, or a function of its arguments as
    SymPy text); `observed` and `required` say what was found there and what the statement demands; `strength` is
    `exact`, `certified` or `statistical`, the last with its false-alarm probability `alpha` in (0, 1); `data` holds
    whatever else a check needs to visit the point again (a data set, a seed).
    """

    point: Mapping[str, str]
    strength: Strength
    observed: str
    required: str
    alpha: float | None = None
    note: str = ""
    data: Mapping[str, Json] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if (self.strength is Strength.STATISTICAL) != (self.alpha is not None):
            raise ValueError("a statistical witness states alpha, and no other does")
        if self.alpha is not None and not 0 < self.alpha < 1:
            raise ValueError(f"alpha must lie in (0, 1), not {self.alpha}")

    def to_json(self) -> dict[str, Json]:
        """Return the witness as JSON."""
        return {
            "point": dict(self.point),
            "strength": self.strength.value,
            "alpha": self.alpha,
            "observed": self.observed,
            "required": self.required,
            "note": self.note,
            "data": dict(self.data),
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Json]) -> "Witness":
        """Read a witness back from `to_json`."""
        return cls(
            point=value["point"],
            strength=Strength(value["strength"]),
            alpha=value["alpha"],
            observed=value["observed"],
            required=value["required"],
            note=value["note"],
            data=value["data"],
        )


@final
@dataclass(frozen=True, slots=True)
class Certificate:
    """A proof in a form that is replayed without the code that found it.

    `kind` names the replayer (`identity`, `derivation`, `enclosure`); `payload` is JSON.
    """

    kind: str
    payload: Mapping[str, Json]

    @property
    def digest(self) -> str:
        """SHA-256 of the certificate's canonical JSON, in hexadecimal."""
        return hashlib.sha256(canonical_json(self.to_json()).encode()).hexdigest()

    def to_json(self) -> dict[str, Json]:
        """Return the certificate as JSON."""
        return {"kind": self.kind, "payload": dict(self.payload)}

    @classmethod
    def from_json(cls, value: Mapping[str, Json]) -> "Certificate":
        """Read a certificate back from `to_json`."""
        return cls(kind=value["kind"], payload=value["payload"])


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The answer to one question of the form "does this hold?".

    `proved` comes with a certificate, `refuted` with a witness, `undecided` with a reason; nothing else is an answer.
    """

    verdict: Verdict
    method: str
    certificate: Certificate | None = None
    witness: Witness | None = None
    reason: str = ""

    def __post_init__(self) -> None:
        if self.verdict not in (Verdict.PROVED, Verdict.REFUTED, Verdict.UNDECIDED):
            raise ValueError(f"a decision is proved, refuted or undecided, not {self.verdict}")
        if (self.verdict is Verdict.PROVED) != (self.certificate is not None):
            raise ValueError("a proof carries a certificate, and nothing else does")
        if (self.verdict is Verdict.REFUTED) != (self.witness is not None):
            raise ValueError("a refutation carries a witness, and nothing else does")
        if self.verdict is Verdict.UNDECIDED and not self.reason:
            raise ValueError("an undecided question says why")
