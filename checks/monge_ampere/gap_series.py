"""The gap between the flow's map and the optimal one against the horizon, and whether it decays.

A short horizon misleads: seen from N(0, I), data whose mean is not 0 have a gap that falls like e^-T at first, since
the map is moved by e^-T m, and only then shows what does not go away. So a series of gaps is judged on horizons from
2 to 8 and beyond, by a model that decays at a rate of `SLOWEST` at least against one with a plateau.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final, Literal, final

from ...numerics.estimate import Estimate
from ...numerics.measures import DiscreteMeasure
from ...numerics.monge_ampere import map_gap
from ...numerics.monge_ampere.gap import Source
from ...numerics.rates import FitRefused, compare_decay_with_plateau
from ..trial import Effort

SLOWEST: Final = 0.25
"""The least rate in T that counts as exponential decay; the gap's own transients have rates of 1 and 2."""

NEGLIGIBLE: Final = 0.005
"""A limit that is known to be below this share of the mass is none: plateaus that are claimed are larger."""

LATE_HORIZONS: Final = {
    Effort.QUICK: (2.0, 3.0, 4.0, 6.0, 8.0),
    Effort.STANDARD: (2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0),
    Effort.DEEP: (2.0, 2.5, 3.0, 3.5, 4.0, 5.0, 6.0, 7.0, 8.0, 10.0, 12.0),
}
"""Horizons on which a series is judged, by effort: below 2 the transient is no single exponential."""

EARLY_HORIZONS: Final = (0.25, 0.5, 0.75, 1.0, 1.5)
"""Horizons that are only looked at, with twice the tolerance."""

TOLERANCES: Final = {
    "normal": {Effort.QUICK: 2e-3, Effort.STANDARD: 1e-3, Effort.DEEP: 2e-5},
    "forward": {Effort.QUICK: 4e-3, Effort.STANDARD: 2e-3, Effort.DEEP: 5e-5},
}
"""Error in mass to which angles are resolved, by source and effort: the law at the horizon has several components."""

Outcome = Literal["decay", "plateau", "zero", "undecided"]


@final
@dataclass(frozen=True, slots=True)
class GapSeries:
    """Gaps by horizon: the mass that flow and transport send to different atoms, and the mean squared distance."""

    horizons: tuple[float, ...]
    mismatch: tuple[Estimate, ...]
    l2_squared: tuple[Estimate, ...]
    cost_excess: tuple[Estimate, ...]

    def __add__(self, other: "GapSeries") -> "GapSeries":
        """Return both series, one after the other."""
        return GapSeries(
            self.horizons + other.horizons,
            self.mismatch + other.mismatch,
            self.l2_squared + other.l2_squared,
            self.cost_excess + other.cost_excess,
        )


@final
@dataclass(frozen=True, slots=True)
class GapOutcome:
    """What becomes of a gap: it decays, stays on a plateau, is zero within its errors all along, or cannot be told.

    `limit` is the gap's limit with its error (None where it is undecided) and `reason` says what was compared.
    """

    outcome: Outcome
    limit: Estimate | None
    reason: str


def late_series(
    measure: DiscreteMeasure, effort: Effort, *, source: Source = "normal", centred: bool = True
) -> GapSeries:
    """Compute the gap at the horizons that it is judged on; once for each series, as every formula meets the same."""
    return _series(*_hashable(measure), LATE_HORIZONS[effort], TOLERANCES[source][effort], source, centred)


def whole_series(
    measure: DiscreteMeasure, effort: Effort, *, source: Source = "normal", centred: bool = True
) -> GapSeries:
    """Compute the gap at early horizons as well."""
    early = _series(*_hashable(measure), EARLY_HORIZONS, 2 * TOLERANCES[source][effort], source, centred)
    return early + late_series(measure, effort, source=source, centred=centred)


def _hashable(measure: DiscreteMeasure) -> tuple[tuple[tuple[float, ...], ...], tuple[float, ...]]:
    return tuple(tuple(map(float, atom)) for atom in measure.atoms), tuple(map(float, measure.weights))


@cache
def _series(
    atoms: tuple[tuple[float, ...], ...],
    weights: tuple[float, ...],
    horizons: tuple[float, ...],
    tolerance: float,
    source: Source,
    centred: bool,
) -> GapSeries:
    measure = DiscreteMeasure(atoms, weights)
    gaps = [
        map_gap(measure, horizon=horizon, centred=centred, source=source, tolerance=tolerance) for horizon in horizons
    ]
    return GapSeries(
        horizons,
        tuple(gap.mismatch for gap in gaps),
        tuple(gap.l2_squared for gap in gaps),
        tuple(gap.cost_excess for gap in gaps),
    )


def judge_gap(horizons: Sequence[float], gaps: Sequence[Estimate], false_alarm: float) -> GapOutcome:
    """Tell whether a gap decays to zero as the horizon grows, or to a plateau.

    **Arguments:** the gap, a share of mass, at five late horizons at least, in increasing order; `false_alarm` is the
    probability at which the limit's interval may miss.

    A gap that is zero within its errors at every horizon tends to no more than what those at the longest half allow.
    """
    values, errors = [gap.value for gap in gaps], [gap.error for gap in gaps]
    if all(value <= error for value, error in zip(values, errors, strict=True)):
        late = gaps[len(gaps) // 2 :]
        limit = Estimate(0.0, max(gap.high for gap in late), "zero within the error of every gap")
        return GapOutcome("zero", limit, f"no gap exceeds its error of up to {max(errors):.2g}")
    floored = [max(error, 2.0**-52 * max(values)) for error in errors]
    try:
        found = compare_decay_with_plateau(horizons, values, floored, slowest=SLOWEST, false_alarm=false_alarm)
    except FitRefused as refusal:
        return GapOutcome("undecided", None, str(refusal))
    reason = f"plateau {found.plateau}, against a decay at a rate of {SLOWEST} or more: evidence {found.evidence:.3g}"
    if found.preferred == "plateau":
        return GapOutcome("plateau", found.plateau, reason)
    if found.preferred == "decay" or (found.plateau.low <= 0 and found.plateau.high <= NEGLIGIBLE):
        return GapOutcome("decay", found.plateau, reason)
    return GapOutcome("undecided", None, reason)


def extrapolate_early(series: GapSeries, until: float) -> tuple[float, float]:
    """Return the rate at which the gap falls up to the horizon `until`, and what that predicts at the last horizon.

    It is what a short study would say: the slope between the first and the last of these horizons, on a log scale.
    """
    early = [(at, gap.value) for at, gap in zip(series.horizons, series.mismatch, strict=True) if at <= until]
    (first, high), (last, low) = early[0], early[-1]
    rate = math.log(high / low) / (last - first)
    return rate, low * math.exp(-rate * (series.horizons[-1] - last))
