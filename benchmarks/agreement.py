"""Do two devices agree? The legs of one and the same run, number by number, in units of the stated errors.

Both devices draw the same keys and the same instances, so a number differs by rounding alone where all is well. It must
not differ by more than the two stated errors together: one unit. Three kinds of numbers are compared: the deviation of
every comparison that a check made, the `value` of its evidence where that comes with an error, and the curves of its
figures that come with bounds. Errors are compared, too: one that is inflated on a device would make it agree with
anything.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, final

import numpy as np

from .legs import Json, LegRun

EXACT_ROUNDING = 64 * float(np.finfo(np.float64).eps)
"""Relative difference that two numbers may have of which the stated error is 0."""


@final
@dataclass(frozen=True, slots=True)
class Difference:
    """The largest difference of one leg: where, and how many times the stated errors together."""

    claim: str
    check: str
    control: str | None
    what: str
    units: float

    def to_json(self) -> dict[str, Json]:
        """Return the difference as JSON."""
        return {
            "claim": self.claim,
            "check": self.check,
            "control": self.control,
            "what": self.what,
            "units_of_stated_error": self.units,
        }


@final
@dataclass(slots=True)
class Agreement:
    """What a comparison of two runs found.

    `numbers` were compared in `legs`; `differences` holds the largest of each leg, the worst first; `contradictions`
    are legs whose verdicts, kills or failures differ; `apart` are legs that compared different instances (a search for
    a counterexample goes on from its last number) and share a verdict alone; `missing` are in one run only;
    `error_ratio` is the largest ratio of a leg's stated errors on the two devices.
    """

    legs: int = 0
    numbers: int = 0
    differences: list[Difference] = field(default_factory=list)
    contradictions: list[str] = field(default_factory=list)
    apart: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    error_ratio: float = 1.0

    @property
    def worst(self) -> Difference | None:
        """The largest difference of all."""
        return self.differences[0] if self.differences else None

    @property
    def agrees(self) -> bool:
        """Whether all legs are there, say the same, and differ by no more than the stated errors."""
        within = self.worst is None or self.worst.units <= 1
        return within and not self.contradictions and not self.missing

    def to_json(self) -> dict[str, Json]:
        """Return the comparison as JSON; differences of claims alone, as those of controls are many."""
        return {
            "agrees": self.agrees,
            "legs": self.legs,
            "numbers": self.numbers,
            "worst": self.worst.to_json() if self.worst else None,
            "largest_ratio_of_stated_errors": self.error_ratio,
            "contradictions": self.contradictions,
            "compared_by_verdict_alone": self.apart,
            "missing": self.missing,
            "claims": [difference.to_json() for difference in self.differences if difference.control is None],
        }


def compare_runs(first: Iterable[LegRun], second: Iterable[LegRun]) -> Agreement:
    """Compare the legs of two runs with the same seed and effort."""
    one, other = ({leg.name: leg for leg in legs} for legs in (first, second))
    found = Agreement(missing=sorted(_show(name) for name in one.keys() ^ other.keys()))
    for name in one.keys() & other.keys():
        _compare_legs(one[name], other[name], found)
    found.differences.sort(key=lambda difference: (-difference.units, difference.claim, difference.check))
    found.contradictions.sort()
    found.apart.sort()
    return found


def _show(name: tuple[str, str, str | None]) -> str:
    claim, check, control = name
    return f"{claim} / {check}" + (f" on control {control!r}" if control else "")


def _compare_legs(one: LegRun, other: LegRun, found: Agreement) -> None:
    """Add what two legs have to say of each other."""
    found.legs += 1
    said, says = (_statement(leg) for leg in (one, other))
    if said != says:
        found.contradictions.append(f"{_show(one.name)}: {_describe(said)}; {_describe(says)}")
        return
    numbers = [*_values(one, other), *_curves(one, other)]
    if len(one.comparisons) == len(other.comparisons):
        numbers += _deviations(one.comparisons, other.comparisons)
    else:
        found.apart.append(_show(one.name))
    if not numbers:
        return
    found.numbers += len(numbers)
    what, units = max(numbers, key=lambda number: number[1])
    found.differences.append(Difference(*one.name, what, units))
    errors = one.leg["evidence"]["error"], other.leg["evidence"]["error"]
    if all(errors):
        found.error_ratio = max(found.error_ratio, max(errors) / min(errors))


def _statement(leg: LegRun) -> tuple[str, bool, str]:
    return leg.leg["evidence"]["verdict"], leg.leg["kills"], leg.leg["failure"]


def _describe(statement: tuple[str, bool, str]) -> str:
    verdict, kills, failure = statement
    return failure or f"{verdict}{', kills' if kills else ''}"


def _units(one: float, other: float, errors: float, scale: float = 1.0) -> float:
    """Return a difference in units of the stated errors together; rounding alone where they are 0."""
    allowed = errors if errors > 0 else EXACT_ROUNDING * scale
    return abs(one - other) / allowed


def _deviations(
    one: Sequence[tuple[float, float, float]], other: Sequence[tuple[float, float, float]]
) -> Iterator[tuple[str, float]]:
    for index, ((a, error_a, scale), (b, error_b, _)) in enumerate(zip(one, other, strict=True)):
        yield f"comparison {index}", _units(a, b, error_a + error_b, max(scale, 1.0))


def _values(one: LegRun, other: LegRun) -> Iterator[tuple[str, float]]:
    """Compare what evidence reports: a number, or several by name, each with its error beside it."""
    first, second = one.leg["evidence"], other.leg["evidence"]
    a, b = first["value"], second["value"]
    if _is_number(a) and _is_number(b) and _is_number(first["error"]) and _is_number(second["error"]):
        yield "value", _units(a, b, first["error"] + second["error"], max(abs(a), 1.0))
    if isinstance(a, Mapping) and isinstance(b, Mapping):
        for name in a.keys() & b.keys():
            error = f"{name} error"
            if all(_is_number(value) for value in (a[name], b[name], a.get(error), b.get(error))):
                yield name, _units(a[name], b[name], a[error] + b[error], max(abs(a[name]), 1.0))


def _curves(one: LegRun, other: LegRun) -> Iterator[tuple[str, float]]:
    """Compare curves that a figure draws with bounds: `mean` between `lower` and `upper`."""
    figures = one.leg["evidence"]["figures"], other.leg["evidence"]["figures"]
    for name in figures[0].keys() & figures[1].keys():
        curves = [_banded(figure[name]) for figure in figures]
        if curves[0] is None or curves[1] is None or curves[0][0].shape != curves[1][0].shape:
            continue
        (a, width_a), (b, width_b) = curves[0], curves[1]
        units = [_units(x, y, w, max(abs(x), 1.0)) for x, y, w in zip(a, b, width_a + width_b, strict=True)]
        yield f"figure {name}", max(units)


def _banded(figure: Any) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]] | None:
    """Return a figure's curve and the wider side of its band at each point."""
    if not isinstance(figure, Mapping) or not {"mean", "lower", "upper"} <= figure.keys():
        return None
    mean, lower, upper = (np.asarray(figure[name], np.float64) for name in ("mean", "lower", "upper"))
    if mean.ndim != 1 or not mean.size or not mean.shape == lower.shape == upper.shape:
        return None
    return mean, np.maximum(upper - mean, mean - lower)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
