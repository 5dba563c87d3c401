"""Results of a run: verdicts, standings and controls of every claim, and the JSON that stores them (schema version 1).

`docs/json.md` explains the fields, `schema-v1.json` beside this file is the schema.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import final

from ..theory.verdict import Json, Verdict, Witness
from .claim import Must, Quantifier
from .combine import Standing, as_expected, combine, standings
from .controls import PASSES, Leg
from .index import ClaimRecord, ControlRecord, lowered_to_json, source_to_json

SCHEMA_VERSION = 1


@final
@dataclass(frozen=True, slots=True)
class ControlResult:
    """What the checks said of a control; `witness` is that of the first check that killed it."""

    record: ControlRecord
    verdict: Verdict
    killed_by: tuple[str, ...]
    witness: Witness | None
    legs: tuple[Leg, ...]

    @property
    def holds(self) -> bool:
        """Whether the control is as it must be."""
        return self.verdict is Verdict.REFUTED if self.record.must is Must.REFUTED else self.verdict in PASSES

    def to_json(self) -> dict[str, Json]:
        """Return the result as JSON."""
        return {
            "name": self.record.name,
            "must": self.record.must.value,
            "near": self.record.near,
            "note": self.record.note,
            "miss": self.record.miss,
            "verdict": self.verdict.value,
            "as_it_must": self.holds,
            "killed_by": list(self.killed_by),
            "witness": self.witness.to_json() if self.witness else None,
            "legs": [
                {
                    "check": leg.check,
                    "verdict": leg.evidence.verdict.value,
                    "kills": leg.kills,
                    "reason": leg.remark or leg.evidence.reason,
                    "failure": leg.failure,
                    "seconds": leg.evidence.seconds,
                }
                for leg in self.legs
            ],
        }


@final
@dataclass(frozen=True, slots=True)
class ClaimResult:
    """What is known of a claim after a run: its legs in the order of its checks, verdict, standing and controls."""

    record: ClaimRecord
    legs: tuple[Leg, ...]
    verdict: Verdict
    standing: Standing
    controls: tuple[ControlResult, ...]

    @property
    def as_expected(self) -> bool:
        """Whether the verdict meets what the claim is held to."""
        return as_expected(self.record, self.verdict)

    @property
    def resolution(self) -> float | None:
        """The finest resolution among the checks that speak for the claim, or refute it."""
        stated = [leg.evidence.resolution for leg in self.legs if leg.evidence.resolution is not None]
        return min(stated, default=None)

    @property
    def seconds(self) -> float:
        """Time that the claim's checks took on it and on its controls, whenever that was."""
        return sum(leg.evidence.seconds for leg in self.all_legs)

    @property
    def all_legs(self) -> tuple[Leg, ...]:
        """The legs of the claim and of its controls."""
        return (*self.legs, *(leg for control in self.controls for leg in control.legs))

    def to_json(self) -> dict[str, Json]:
        """Return the result as JSON."""
        record = self.record
        return {
            "id": record.id,
            "title": record.title,
            "system": record.system,
            "statement": record.statement,
            "reading": record.source.reading.value,
            "source": source_to_json(record.source),
            "quantifier": record.quantifier.value,
            "dimension": record.dimension,
            "expected": record.expected.value,
            "verdict": self.verdict.value,
            "standing": str(self.standing),
            "axioms": list(self.standing.axioms),
            "as_expected": self.as_expected,
            "seconds": self.seconds,
            "uses": list(record.uses),
            "correction": record.correction,
            "evidence": [leg.evidence.to_json() for leg in self.legs],
            "controls": [control.to_json() for control in self.controls],
            "lowered": lowered_to_json(record.lowered),
            "remark": record.remark,
        }


def judge_control(record: ControlRecord, legs: Sequence[Leg], quantifier: Quantifier) -> ControlResult:
    """Judge a control by its legs: a false one by its kills, a true one by any refutation."""
    against = [leg for leg in legs if (leg.kills if record.must is Must.REFUTED else leg.evidence.witness is not None)]
    rest = [leg.evidence for leg in legs if leg.evidence.witness is None]
    verdict = Verdict.REFUTED if against else combine(rest, quantifier)
    witness = against[0].evidence.witness if against else None
    return ControlResult(record, verdict, tuple(leg.check for leg in against), witness, tuple(legs))


def judge_claims(
    records: Iterable[ClaimRecord], legs: Mapping[tuple[str, str, str | None], Leg]
) -> tuple[ClaimResult, ...]:
    """Judge claims by all their legs, keyed by claim, check and control, in the order of `records`."""
    records = tuple(records)

    def of(record: ClaimRecord, control: str | None) -> tuple[Leg, ...]:
        return tuple(legs[record.id, check.name, control] for check in record.checks)

    verdicts = {record.id: combine((leg.evidence for leg in of(record, None)), record.quantifier) for record in records}
    standing = standings(records, verdicts)
    return tuple(
        ClaimResult(
            record,
            of(record, None),
            verdicts[record.id],
            standing[record.id],
            tuple(judge_control(control, of(record, control.name), record.quantifier) for control in record.controls),
        )
        for record in records
    )
