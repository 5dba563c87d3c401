"""One leg: a check run on a claim's formula, or on a control's, and what a refutation there is worth.

A refutation of the claim counts only if revisiting its witness refutes again. A control is killed by a check only if
the check refutes it with a witness at which the unaltered claim passes: then the check tells the two apart, and does
not merely reject that point. Exceptions, wrong shapes, time-outs and violated hypotheses kill nothing.
"""

import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, final

from ..theory.verdict import Json, Verdict, canonical_json
from .claim import AbstractCheck, Claim, Must
from .evidence import Evidence, Kind, Scope
from .trial import Run

PASSES = (Verdict.SUPPORTED, Verdict.CERTIFIED, Verdict.PROVED)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """What one check found of one formula.

    **Arguments:** `control` names the variant (None for the claim itself); `kills` says whether the check told a false
    control from the claim; `remark` says why a refutation does not count; `failure` is empty, `crash`, `timeout` or
    `skipped` (the check had failed on the claim itself), and a leg that failed is never stored.
    """

    check: str
    control: str | None
    evidence: Evidence
    kills: bool = False
    remark: str = ""
    failure: str = ""

    def to_json(self) -> dict[str, Json]:
        """Return the leg as JSON."""
        return {
            "check": self.check,
            "control": self.control,
            "evidence": self.evidence.to_json(),
            "kills": self.kills,
            "remark": self.remark,
            "failure": self.failure,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Json]) -> "Leg":
        """Read a leg back from `to_json`."""
        return cls(
            check=value["check"],
            control=value["control"],
            evidence=Evidence.from_json(value["evidence"]),
            kills=value["kills"],
            remark=value["remark"],
            failure=value["failure"],
        )


class InvalidEvidenceError(TypeError):
    """A check returned something that is not evidence, or evidence that is not JSON."""


def unfinished(check: str, kind: Kind, control: str | None, failure: str, reason: str) -> Leg:
    """Return the leg of a check that has no result: undecided, with the reason."""
    evidence = Evidence(
        check=check, kind=kind, scope=Scope.INSTANCE, verdict=Verdict.UNDECIDED, method="none", reason=reason
    )
    return Leg(check=check, control=control, evidence=evidence, failure=failure)


def examine(claim: Claim, check: AbstractCheck, control: str | None, run: Run) -> Leg:
    """Run `check` on the claim's formula (`control` None) or on that of a control; whatever it raises is a crash."""
    started = time.perf_counter()
    try:
        leg = _examine_claim(claim, check, run) if control is None else _examine_control(claim, check, control, run)
    except (Exception, SystemExit) as error:
        leg = unfinished(check.name, check.kind, control, "crash", describe_exception(error))
    return replace(leg, evidence=replace(leg.evidence, seconds=time.perf_counter() - started))


def _examine_claim(claim: Claim, check: AbstractCheck, run: Run) -> Leg:
    evidence = _call(check, claim.formula, run)
    remark = ""
    if evidence.witness is not None:
        again = _call(check, claim.formula, run.revisit(evidence.witness))
        if again.verdict is not Verdict.REFUTED:
            remark = f"the witness does not refute when it is visited again: {again.verdict}"
            withdrawn = {**evidence.provenance, "withdrawn_witness": evidence.witness.to_json()}
            evidence = replace(evidence, verdict=Verdict.UNDECIDED, witness=None, reason=remark, provenance=withdrawn)
    return Leg(check=check.name, control=None, evidence=evidence, remark=remark)


def _examine_control(claim: Claim, check: AbstractCheck, name: str, run: Run) -> Leg:
    control = claim.controls[name]
    evidence = _call(check, control.formula, run)
    kills, remark = False, ""
    if evidence.witness is not None and control.must is Must.REFUTED:
        try:
            there = _call(check, claim.formula, run.revisit(evidence.witness))
            kills = there.verdict in PASSES
            remark = "" if kills else f"the claim itself does not pass at the witness: {there.verdict}"
        except (Exception, SystemExit) as error:
            remark = f"the claim itself fails at the witness: {describe_exception(error)}"
    return Leg(check=check.name, control=name, evidence=evidence, kills=kills, remark=remark)


def _call(check: AbstractCheck, formula: Callable[[], Any], run: Run) -> Evidence:
    """Call a check and make sure that what it returns is evidence, of its own name, and plain JSON."""
    evidence = check(formula, run)
    if not isinstance(evidence, Evidence):
        raise InvalidEvidenceError(f"{check.name} returned {type(evidence).__name__}, not Evidence")
    evidence = replace(evidence, check=check.name, seed=run.seed if evidence.seed is None else evidence.seed)
    try:
        canonical_json(evidence.to_json())
    except (TypeError, ValueError) as error:
        raise InvalidEvidenceError(f"{check.name} returned evidence that is not JSON: {error}") from error
    return evidence


def describe_exception(error: BaseException) -> str:
    """Return type, message and the innermost place of an exception, on one line."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" ({frames[-1].filename}:{frames[-1].lineno})" if frames else ""
    message = " ".join(str(error).split())
    return f"{type(error).__name__}{': ' if message else ''}{message}{place}"
