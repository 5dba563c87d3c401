"""A check of what the gap between flow and transport tends to: zero, as a reading claims, or a plateau."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from ...numerics.measures import DiscreteMeasure
from ...numerics.monge_ampere.gap import Source
from ...theory.verdict import Json, Verdict
from ..builders import Check
from ..comparison import Comparison, weigh
from ..evidence import Evidence, Kind, Scope, make_table
from ..trial import Effort, Run
from .gap_series import GapOutcome, GapSeries, extrapolate_early, gap_series, judge_gap
from .map_figures import EARLY, draw_gap_by_horizon

MOVED: Final = (2.0, 1.0)
"""By this the data are moved, so that their mean is not 0, in a series that is not centred."""


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

    The gap is that of centred data; from N(0, I), and beyond `quick`, that of the data moved by `MOVED` is shown
    beside it, for in the plane that is the series that misleads. The refutation is statistical, at finite horizons: it
    is the picture of a refutation, which an asymptotic claim needs a certified witness for.
    """

    def examine(formula: Callable[[], Any], run: Run) -> Evidence:
        claimed = formula()
        cases = dict(laws(claimed))
        if run.at is not None:
            wanted = run.at.data.get("instance")
            if wanted not in cases:
                raise KeyError(f"{name}: no data {wanted!r} among {sorted(cases)}")
            cases = {wanted: cases[wanted]}
        series = {law: gap_series(measure, run.effort, source=source) for law, measure in cases.items()}
        outcomes = {law: judge_gap(*found.judged(), run.false_alarm) for law, found in series.items()}
        compared = list(_compare(outcomes, limit(claimed)))
        unknown = [f"{law}: {outcome.reason}" for law, outcome in outcomes.items() if outcome.limit is None]
        if unknown and not any(one.violated for one in compared):
            return Evidence(
                check=name,
                kind=Kind.NUMERIC,
                scope=Scope.INSTANCE,
                verdict=Verdict.UNDECIDED,
                method=METHOD,
                reason="; ".join(unknown),
            )
        raw = {} if source == "forward" or run.effort is Effort.QUICK else _moved_series(cases, run.effort)
        return weigh(
            compared,
            run,
            check=name,
            kind=Kind.NUMERIC,
            method=METHOD,
            value={law: outcome.limit.value for law, outcome in outcomes.items() if outcome.limit is not None},
            instance="; ".join(cases),
            figures=_draw(series, raw, outcomes),
            tables=[_tabulate(law, found, raw.get(law)) for law, found in series.items()],
        )

    return Check(name, Kind.NUMERIC, examine)


MISLEADING: Final = f"mean {MOVED}"
"""The title of the panel of moved data."""

METHOD: Final = "mass between basins and cells along rays; a decay against a plateau on horizons from 2 to 8 and beyond"


def _compare(outcomes: Mapping[str, GapOutcome], claimed: float) -> "list[Comparison]":
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


def _moved_series(cases: Mapping[str, DiscreteMeasure], effort: Effort) -> dict[str, GapSeries]:
    """Return the series of the data in the plane, moved so that their mean is not 0."""
    return {
        law: gap_series(DiscreteMeasure(measure.atoms + MOVED, measure.weights), effort, centred=False)
        for law, measure in cases.items()
        if measure.dimension == len(MOVED)
    }


def _draw(
    series: Mapping[str, GapSeries], raw: Mapping[str, GapSeries], outcomes: Mapping[str, GapOutcome]
) -> dict[str, Json]:
    """Return a figure for each law whose gap tends to a plateau: the series that misleads beside the others."""
    figures: dict[str, Json] = {}
    for law, outcome in outcomes.items():
        if outcome.outcome == "plateau" and outcome.limit is not None:
            moved = {MISLEADING: raw[law]} if law in raw else {}
            panels = {**moved, "mean 0": series[law]}
            figures[law] = draw_gap_by_horizon(law, panels, outcome.limit, MISLEADING if moved else "")
    return figures


def _tabulate(law: str, series: GapSeries, raw: GapSeries | None) -> dict[str, Json]:
    """Return the table of a law's gaps by horizon, and what the first of them would have predicted of the last."""
    columns = ["$T$", "mismatch", r"$L^2$ gap squared", "excess of cost"]
    rows: list[list[Json]] = [
        [at, *([gap.value, gap.error] for gap in gaps)]
        for at, *gaps in zip(series.horizons, series.mismatch, series.l2_squared, series.cost_excess, strict=True)
    ]
    note = ""
    if raw is not None:
        columns.append(f"mismatch, moved by {MOVED}")
        rows = [[*row, [gap.value, gap.error]] for row, gap in zip(rows, raw.mismatch, strict=True)]
        rate, predicted = extrapolate_early(raw, EARLY)
        note = (
            f"Up to $T = {EARLY:g}$ the gap of the moved data falls at the rate {rate:.2f}, which predicts "
            f"{predicted:.2g} at $T = {raw.horizons[-1]:g}$; there it is {raw.mismatch[-1].value:.4f}."
        )
    return make_table(f"Gap between flow and transport: {law}", columns, rows, note)
