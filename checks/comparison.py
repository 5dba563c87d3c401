"""One comparison of a number with what a formula claims, and the evidence that many of them make.

A comparison holds a signed deviation (how far the statement is violated, negative where there is slack), the error of
that deviation, and the scale against which a relative change of the formula is measured. It is violated where the
deviation exceeds the error. The smallest relative change that would still have been refuted follows without extra
runs: the change has to carry the deviation past twice the error, once for the interval and once for power.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import final

from ..theory.verdict import Json, Strength, Verdict, Witness
from .evidence import Evidence, Kind, Scope
from .trial import Run


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A claimed number against a computed one.

    **Arguments:** `deviation` is |computed - claimed| for an equality and left - right for `left <= right`; `error` is
    its half-width at the run's false-alarm probability, or a bound; `scale` > 0 is the magnitude of the claimed side;
    `equality` says which of the two it is; `strength` is `statistical` unless the error is a rigorous enclosure.
    """

    deviation: float
    error: float
    scale: float
    observed: str
    required: str
    equality: bool = True
    strength: Strength = Strength.STATISTICAL
    point: Mapping[str, str] = field(default_factory=dict)
    data: Mapping[str, Json] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not (math.isfinite(self.deviation) and math.isfinite(self.error) and self.error >= 0 and self.scale > 0):
            raise ValueError(f"not a comparison: deviation {self.deviation}, error {self.error}, scale {self.scale}")

    @property
    def violated(self) -> bool:
        """Whether the deviation exceeds its error."""
        return self.deviation > self.error

    @property
    def resolution(self) -> float:
        """The smallest relative change of the claimed side that would have been refuted with power 0.99."""
        slack = 0.0 if self.equality else -self.deviation
        return max(slack + 2 * self.error, 0.0) / self.scale

    def witness(self, false_alarm: float) -> Witness:
        """Return the violated comparison as a witness."""
        statistical = self.strength is Strength.STATISTICAL
        return Witness(
            point=self.point,
            strength=self.strength,
            alpha=false_alarm if statistical else None,
            observed=self.observed,
            required=self.required,
            data=self.data,
        )


def compare_equal(
    computed: float,
    claimed: float,
    error: float,
    *,
    point: Mapping[str, str] | None = None,
    data: Mapping[str, Json] | None = None,
    strength: Strength = Strength.STATISTICAL,
) -> Comparison:
    """Compare a computed number, known up to `error`, with the claimed one."""
    return Comparison(
        deviation=abs(computed - claimed),
        error=error,
        scale=abs(claimed) or abs(computed) or 1.0,
        observed=f"{computed:.12g} +- {error:.2g}",
        required=f"{claimed:.12g}",
        strength=strength,
        point=point or {},
        data=data or {},
    )


def compare_at_most(
    left: float,
    right: float,
    error: float,
    *,
    point: Mapping[str, str] | None = None,
    data: Mapping[str, Json] | None = None,
    strength: Strength = Strength.STATISTICAL,
) -> Comparison:
    """Compare `left <= right`, where `error` bounds the error of left - right."""
    return Comparison(
        deviation=left - right,
        error=error,
        scale=max(abs(left), abs(right)) or 1.0,
        observed=f"{left:.12g} - {right:.12g} = {left - right:.3g} +- {error:.2g}",
        required="at most 0",
        equality=False,
        strength=strength,
        point=point or {},
        data=data or {},
    )


def weigh(
    comparisons: Iterable[Comparison],
    run: Run,
    *,
    check: str,
    kind: Kind,
    method: str,
    value: Json = None,
    instance: str = "",
    figures: Mapping[str, Json] | None = None,
    tables: Sequence[Mapping[str, Json]] = (),
    provenance: Mapping[str, Json] | None = None,
) -> Evidence:
    """Make evidence of comparisons: refuted by the worst violated one, else supported with the best resolution.

    **Raises:** `ValueError` where there is nothing to compare.
    """
    found = tuple(comparisons)
    if not found:
        raise ValueError(f"{check}: nothing was compared")
    for one in found:
        run.observe(one)
    worst = max(found, key=lambda one: (one.deviation - one.error) / one.scale)
    sharpest = min(found, key=lambda one: one.resolution)
    return Evidence(
        check=check,
        kind=kind,
        scope=Scope.INSTANCE,
        verdict=Verdict.REFUTED if worst.violated else Verdict.SUPPORTED,
        method=method,
        value=value,
        error=max(one.error for one in found),
        tolerance=worst.error,
        resolution=sharpest.resolution,
        witness=worst.witness(run.false_alarm) if worst.violated else None,
        instance=instance,
        seed=run.seed,
        figures=figures or {},
        tables=tuple(tables),
        provenance=provenance or {},
    )
