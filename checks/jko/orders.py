"""Checks of orders in a step tau: what pairs of gaps show, extrapolated to tau = 0, and the constant left at it.

Between two steps a gap c tau^k (1 + a tau + ...) shows the order log(g_1/g_2)/log(tau_1/tau_2), which is k plus a
multiple of tau, and so k itself in the limit. Its error is the distance that extrapolation goes, and what the errors of
the gaps add at worst.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, final

import numpy as np

from ...numerics.estimate import Estimate
from ...numerics.rates import MIN_SIGNAL, FitRefused, extrapolate_limit
from ...theory.verdict import Json, Verdict
from ..builders import Check
from ..comparison import Comparison, compare_equal, weigh
from ..evidence import Evidence, Kind, Scope, make_table
from ..trial import Run

CORRECTION: Final = 1.0
"""The power of tau in the first correction to a leading term at least: gaps are smooth functions of tau."""

METHOD: Final = "order between neighbouring steps and constant, both extrapolated to a step of 0"

COLUMNS: Final = 3
"""Panels of a figure in a row at most."""


@final
@dataclass(frozen=True, slots=True)
class Series:
    """Gaps at steps tau that decrease, and what is claimed of them: `gap/tau^order -> constant`.

    `constant` is None where none is claimed; `correction` is the power of tau in the first
    correction to the leading term; `step` and `symbol` are what figures and tables call tau.
    """

    taus: tuple[float, ...]
    gaps: tuple[Estimate, ...]
    order: float
    constant: Estimate | None = None
    correction: float = CORRECTION
    step: str = "step"
    symbol: str = r"\tau"

    def observed_orders(self) -> tuple[Estimate, ...]:
        """Return the order that each pair of neighbouring gaps shows.

        **Raises:** `FitRefused` for a gap that is below 100 times its error.
        """
        weakest = min(gap.value / max(gap.error, math.ulp(gap.value)) for gap in self.gaps)
        if weakest < MIN_SIGNAL:
            raise FitRefused(f"a gap is {weakest:.3g} times its error, {MIN_SIGNAL:g} are needed")
        logs = [Estimate(math.log(gap.value), gap.error / gap.low) for gap in self.gaps]
        spans = -np.diff(np.log(self.taus))
        return tuple((logs[i] - logs[i + 1]) * (1 / float(span)) for i, span in enumerate(spans))

    def observed_order(self) -> Estimate:
        """Return the order in the limit tau = 0; `FitRefused` says why the gaps show none."""
        middles = np.sqrt(np.multiply(self.taus[1:], self.taus[:-1]))
        return limit_at_zero(tuple(middles.tolist()), self.observed_orders(), self.correction)

    def scaled(self) -> tuple[Estimate, ...]:
        """Return gap/tau^order at each step."""
        return tuple(gap * tau**-self.order for tau, gap in zip(self.taus, self.gaps, strict=True))

    def limit(self) -> Estimate:
        """Return the limit of gap/tau^order."""
        return limit_at_zero(self.taus, self.scaled(), self.correction)


def limit_at_zero(taus: tuple[float, ...], values: tuple[Estimate, ...], correction: float = CORRECTION) -> Estimate:
    """Return the limit of values at decreasing steps tau, whose first correction is of the order `correction`.

    Its error is that of the slowest correction, `CORRECTION`, however fast the stated one is.
    """
    numbers, errors = [one.value for one in values], [one.error for one in values]
    slow, stated = (extrapolate_limit(-np.log(taus), numbers, errors, rate=rate) for rate in (CORRECTION, correction))
    return replace(slow, value=stated.value, method=stated.method)


def check_orders(name: str, cases: Callable[[Any, Run], Mapping[str, Series]]) -> Check:
    """Build a check of orders, and of constants where they are claimed: `cases(claimed, run)` are the gaps by name.

    Gaps that show no order, being below 100 times their errors, leave the claim undecided.
    """

    def examine(formula: Callable[[], Any], run: Run) -> Evidence:
        found = cases(formula(), run)
        try:
            orders = {case: series.observed_order() for case, series in found.items()}
        except FitRefused as refusal:
            return Evidence(
                check=name,
                kind=Kind.NUMERIC,
                scope=Scope.INSTANCE,
                verdict=Verdict.UNDECIDED,
                method=METHOD,
                reason=str(refusal),
            )
        compared = [one for case, series in found.items() for one in _compare(case, series, orders[case])]
        return weigh(
            [one for one in compared if run.at is None or dict(one.point) == dict(run.at.point)],
            run,
            check=name,
            kind=Kind.NUMERIC,
            method=METHOD,
            value={
                f"{case}, {quantity}": number
                for case, order in orders.items()
                for quantity, number in (("order", order.value), ("order error", order.error))
            },
            instance="; ".join(found),
            figures={"orders": draw_orders(found)},
            tables=[_tabulate(case, series, orders[case]) for case, series in found.items()],
        )

    return Check(name, Kind.NUMERIC, examine)


def _compare(case: str, series: Series, order: Estimate) -> Iterator[Comparison]:
    """Compare order and constant with the claimed ones."""
    at = {"case": case, "quantity": "order"}
    yield compare_equal(order.value, series.order, order.error, point=at, data=at)
    if series.constant is not None:
        limit, at = series.limit(), {"case": case, "quantity": "constant"}
        yield compare_equal(limit.value, series.constant.value, limit.error + series.constant.error, point=at, data=at)


def _tabulate(case: str, series: Series, order: Estimate) -> dict[str, Json]:
    """Return the table of gaps by step, bare and divided by the claimed power."""
    rows: list[list[Json]] = [
        [tau, [gap.value, gap.error], [scaled.value, scaled.error]]
        for tau, gap, scaled in zip(series.taus, series.gaps, series.scaled(), strict=True)
    ]
    note = f"Order in the limit: {order.value:.4f} ± {order.error:.2g}."
    if series.constant is not None:
        note += f" The last column should tend to {series.constant.value:.6g}."
    columns = [f"${series.symbol}$", "gap", rf"gap $/\, {series.symbol}^{{{series.order:g}}}$"]
    return make_table(f"Gap against the {series.step}: {case}", columns, rows, note)


def draw_orders(found: Mapping[str, Series]) -> dict[str, Json]:
    """Return the figure of gaps against tau on logarithmic scales, a panel for each case, beside claimed powers."""
    panels, first = [], next(iter(found.values()))
    for case, series in found.items():
        ends = [series.taus[0], series.taus[-1]]
        last = series.scaled()[-1].value
        points: dict[str, Json] = {
            "label": "measured",
            "style": "points",
            "x": list(series.taus),
            "y": [gap.value for gap in series.gaps],
            "lower": [gap.low for gap in series.gaps],
            "upper": [gap.high for gap in series.gaps],
        }
        power = {
            "label": f"order {series.order:g}",
            "style": "reference",
            "x": ends,
            "y": [last * tau**series.order for tau in ends],
        }
        panels.append(
            {"title": case, "xlabel": f"{series.step} ${series.symbol}$", "xscale": "log", "series": [points, power]}
        )
    return {
        "kind": "panels",
        "columns": min(len(panels), COLUMNS),
        "ylabel": "gap (dimensionless)",
        "yscale": "log",
        "panels": panels,
        "png": True,
        "caption": f"Gaps against the {first.step} ${first.symbol}$ on logarithmic scales, and its claimed powers "
        "through the last points.",
        "alt": "For each case points that fall along a straight line on two logarithmic axes.",
    }
