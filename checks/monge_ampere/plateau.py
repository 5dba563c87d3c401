"""A check of what the gap between flow and transport tends to: zero, as a reading claims, or a plateau."""

import math
from collections.abc import Callable, Mapping
from typing import Any, Final

from ...numerics.measures import DiscreteMeasure
from ...numerics.monge_ampere.gap import Source
from ...theory.verdict import Json, Verdict
from ..builders import Check
from ..comparison import Comparison, weigh
from ..evidence import Evidence, Kind, Scope, make_table
from ..trial import Effort, Run
from .gap_series import GapOutcome, GapSeries, extrapolate_early, judge_gap, late_series, whole_series
from .map_figures import EARLY, draw_gap_by_horizon

MOVED: Final = (2.0, 1.0)
"""By this the data are moved, so that their mean is not 0, in a series that is not centred."""

MOST_ATOMS_AT_ONCE: Final = 3
"""Data of more atoms are left out at `quick`: each number of atoms is compiled for."""

MEAN_ZERO, MISLEADING, FORWARD = "mean 0", f"mean {MOVED}", "from the law at the horizon"
"""Titles of series."""


def check_plateau(
    laws: Callable[[Any], Mapping[str, DiscreteMeasure]],
    *,
    source: Source = "normal",
    limit: Callable[[Any], float] = lambda _: 0.0,
    name: str = "gap against the horizon",
) -> Check:
    """Build a check of the limit of the mass that flow and transport send to different atoms, as T grows.

    **Arguments:** `laws(claimed)` are the data that the claimed reading covers, by name, of which a witness names one;
    `limit(claimed)` is the claimed limit of the mass. `source` is the law of x: `"normal"` for maps from N(0, I),
    `"forward"` for maps from p_T.

    The gap is that of centred data. Where there is a plateau, and beyond `quick`, early horizons are shown beside it,
    and from N(0, I) the gap of data moved by `MOVED`: the series that misleads. The refutation is statistical, at
    finite horizons: the picture of a refutation, for which an asymptotic claim needs a certified witness.
    """

    def examine(formula: Callable[[], Any], run: Run) -> Evidence:
        claimed = formula()
        cases = _chosen(laws(claimed), run)
        series = {law: late_series(measure, run.effort, source=source) for law, measure in cases.items()}
        outcomes = {
            law: judge_gap(found.horizons, found.mismatch, run.false_alarm / len(series))
            for law, found in series.items()
        }
        compared = _compare(outcomes, limit(claimed))
        unknown = [f"{law}: {outcome.reason}" for law, outcome in outcomes.items() if outcome.limit is None]
        if not cases or (unknown and not any(one.violated for one in compared)):
            return Evidence(
                check=name,
                kind=Kind.NUMERIC,
                scope=Scope.INSTANCE,
                verdict=Verdict.UNDECIDED,
                method=METHOD,
                reason="; ".join(unknown) or "no data of this reading are looked at with this effort",
            )
        plateaus = {law: found.limit for law, found in outcomes.items() if found.outcome == "plateau" and found.limit}
        shown = {law: _shown_series(cases[law], source, run.effort) for law in plateaus}
        return weigh(
            compared,
            run,
            check=name,
            kind=Kind.NUMERIC,
            method=METHOD,
            value={law: outcome.limit.value for law, outcome in outcomes.items() if outcome.limit is not None},
            instance="; ".join(cases),
            figures={
                law: draw_gap_by_horizon(law, shown[law], plateau, MISLEADING if MISLEADING in shown[law] else "")
                for law, plateau in plateaus.items()
            },
            tables=[
                *(_tabulate(law, title, found) for law, some in shown.items() for title, found in some.items()),
                _tabulate_limits(outcomes),
            ],
        )

    return Check(name, Kind.NUMERIC, examine)


def _chosen(cases: Mapping[str, DiscreteMeasure], run: Run) -> dict[str, DiscreteMeasure]:
    """Return the data of a witness, or all that this effort looks at."""
    if run.at is not None:
        wanted = str(run.at.data.get("instance"))
        if wanted not in cases:
            raise KeyError(f"no data {wanted!r} among {sorted(cases)}")
        return {wanted: cases[wanted]}
    most = run.by_effort(MOST_ATOMS_AT_ONCE, math.inf, math.inf)
    return {law: measure for law, measure in cases.items() if len(measure.atoms) <= most}


METHOD: Final = "mass between basins and cells along rays; a decay against a plateau on horizons from 2 to 8 and beyond"


def _compare(outcomes: Mapping[str, GapOutcome], claimed: float) -> list[Comparison]:
    """Compare the limits that are known with the claimed one; masses are shares of 1."""
    return [
        Comparison(
            deviation=abs(outcome.limit.value - claimed),
            error=outcome.limit.error,
            scale=claimed or 1.0,
            observed=f"{outcome.outcome}: limit {outcome.limit}",
            required=f"{claimed:.6g}",
            point={"data": law},
            data={"instance": law},
        )
        for law, outcome in outcomes.items()
        if outcome.limit is not None
    ]


def _shown_series(measure: DiscreteMeasure, source: Source, effort: Effort) -> dict[str, GapSeries]:
    """Return the series to show of data with a plateau, by title."""
    title = FORWARD if source == "forward" else MEAN_ZERO
    if effort is Effort.QUICK:
        return {title: late_series(measure, effort, source=source)}
    found = {title: whole_series(measure, effort, source=source)}
    if source == "normal" and measure.dimension == len(MOVED):
        moved = DiscreteMeasure(measure.atoms + MOVED, measure.weights)
        found[MISLEADING] = whole_series(moved, effort, centred=False)
    return found


def _tabulate(law: str, title: str, series: GapSeries) -> dict[str, Json]:
    """Return the table of a law's gaps by horizon; of moved data, with what the first of them would have predicted."""
    rows: list[list[Json]] = [
        [at, *([gap.value, gap.error] for gap in gaps)]
        for at, *gaps in zip(series.horizons, series.mismatch, series.l2_squared, series.cost_excess, strict=True)
    ]
    note = ""
    if title == MISLEADING:
        rate, predicted = extrapolate_early(series, EARLY)
        note = (
            f"Up to $T = {EARLY:g}$ the mismatch falls at the rate {rate:.2f}, which predicts {predicted:.2g} at "
            f"$T = {series.horizons[-1]:g}$; there it is {series.mismatch[-1].value:.4f}."
        )
    columns = ["$T$", "mismatch", "squared distance", "excess of cost"]
    return make_table(f"Gap between flow and transport: {law}, {title}", columns, rows, note)


def _tabulate_limits(outcomes: Mapping[str, GapOutcome]) -> dict[str, Json]:
    """Return the table of what becomes of each law's mismatch."""
    rows: list[list[Json]] = [
        [law, found.outcome, "unknown" if found.limit is None else [found.limit.value, found.limit.error]]
        for law, found in outcomes.items()
    ]
    return make_table("What the mismatch tends to as the horizon grows", ["data", "outcome", "limit"], rows)
