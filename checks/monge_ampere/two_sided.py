"""Checks of a gap's decay from both sides: its rate over two decades, and the constant that is left at that rate."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from ...numerics.estimate import Estimate
from ...numerics.rates import FitRefused, extrapolate_limit, fit_rate
from ...theory.verdict import Json, Verdict
from ..builders import Check
from ..comparison import Comparison, compare_equal, weigh
from ..evidence import Evidence, Kind, Scope, make_table
from ..trial import Run
from .decay import Decay
from .decay_figures import draw_decays, draw_ratios

CORRECTION: Final = 1.0
"""The rate, in T, of the first correction to a leading term at least: gaps are power series in e^-T."""

METHOD: Final = "slope of the log gap over two decades; constant extrapolated from the last two horizons"


def check_decay(name: str, cases: Callable[[Any, Run], Mapping[str, Decay]]) -> Check:
    """Build a check of rate and constant on several data sets: `cases(claimed, run)` are the gaps by name.

    A gap that does not carry a rate - less than two decades, or single values below 100 times their errors - leaves the
    claim undecided.
    """

    def examine(formula: Callable[[], Any], run: Run) -> Evidence:
        decays = cases(formula(), run)
        try:
            compared = [one for law, decay in decays.items() for one in _compare(law, decay, run)]
        except FitRefused as refusal:
            return Evidence(
                check=name,
                kind=Kind.NUMERIC,
                scope=Scope.INSTANCE,
                verdict=Verdict.UNDECIDED,
                method=METHOD,
                reason=str(refusal),
            )
        visited = [one for one in compared if run.at is None or dict(one.point) == dict(run.at.point)]
        return weigh(
            visited,
            run,
            check=name,
            kind=Kind.NUMERIC,
            method=METHOD,
            value={
                f"{law}, {quantity}": number
                for law, decay in decays.items()
                for quantity, number in _measured(decay, run).items()
            },
            instance="; ".join(decays),
            figures={"decay": draw_decays(decays), "ratio": draw_ratios(decays)},
            tables=[_tabulate(law, decay) for law, decay in decays.items()],
        )

    return Check(name, Kind.NUMERIC, examine)


def _limit(decay: Decay) -> Estimate:
    """Return the limit of gap e^(rate T)."""
    scaled = decay.scaled()
    values, errors = [one.value for one in scaled], [one.error for one in scaled]
    return extrapolate_limit(decay.horizons, values, errors, rate=CORRECTION)


def _compare(law: str, decay: Decay, run: Run) -> Iterator[Comparison]:
    """Compare rate and constant with the claimed ones."""
    values, errors = [gap.value for gap in decay.gaps], [gap.error for gap in decay.gaps]
    fit = fit_rate(decay.horizons, values, errors, false_alarm=run.false_alarm)
    at = {"data": law, "quantity": "rate"}
    yield compare_equal(fit.rate, decay.rate, fit.error, point=at, data=at)
    limit, at = _limit(decay), {"data": law, "quantity": "constant"}
    yield compare_equal(limit.value, decay.constant.value, limit.error + decay.constant.error, point=at, data=at)


def _measured(decay: Decay, run: Run) -> dict[str, float]:
    values, errors = [gap.value for gap in decay.gaps], [gap.error for gap in decay.gaps]
    fit, limit = fit_rate(decay.horizons, values, errors, false_alarm=run.false_alarm), _limit(decay)
    return {"rate": fit.rate, "rate error": fit.error, "constant": limit.value, "constant error": limit.error}


def _tabulate(law: str, decay: Decay) -> dict[str, Json]:
    """Return the table of gaps by horizon, bare and times e^(rate T)."""
    rows: list[list[Json]] = [
        [at, [gap.value, gap.error], [scaled.value, scaled.error]]
        for at, gap, scaled in zip(decay.horizons, decay.gaps, decay.scaled(), strict=True)
    ]
    columns = ["$T$", "gap", rf"gap $\times\, e^{{{decay.rate:g} T}}$"]
    note = f"At leading order the last column tends to {decay.constant.value:.6g}."
    return make_table(f"Decay of the gap: {law}", columns, rows, note)
