"""What many seeds of one case amount to, beside what a peer was seen to reach, and the table of all cases.

The peer's figure is that of one seed. Its excess over the true model is compared with the mean of ours, whose interval
counts our seeds alone: the peer's own spread is not known.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from lemmata.numerics.statistics import student_interval

from .coverage import markdown_table
from .jko_cases import Case, Outcome
from .measurement import MISSING

FALSE_ALARM = 0.05
"""One minus the level of the intervals."""

HEADINGS = (
    *("energies", "seeds", "W1 of the fit", "quartiles", "true energies", "standing still", "excess, 95 % interval"),
    *("peer's excess", "difference to it", "ratio", "beta", "peer's beta", "CPU s"),
)


def summarise(case: Case, outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Return medians, quartiles and the mean excess over the true energies, with its interval, as JSON.

    **Raises:** `ValueError` without outcomes.
    """
    if not outcomes:
        raise ValueError(f"{case.name}: no seed has been run")
    predicted = np.array([one.predicted for one in outcomes])
    excess = predicted - [one.true_model for one in outcomes]
    betas = [one.diffusivity for one in outcomes if one.diffusivity is not None]
    interval, difference, ratio = None, None, None
    if np.ptp(excess) > 0:
        mean = student_interval(excess, FALSE_ALARM)
        interval = [mean.low, mean.high]
    if case.peer is not None:
        ratio = float(excess.mean()) / case.peer.excess
        difference = None if interval is None else [end - case.peer.excess for end in interval]
    return {
        "case": case.name,
        "seeds": len(outcomes),
        "predicted": float(np.median(predicted)),
        "quartiles": np.quantile(predicted, (0.25, 0.75)).tolist(),
        "true_model": float(np.median([one.true_model for one in outcomes])),
        "unmoved": float(np.median([one.unmoved for one in outcomes])),
        "excess": float(excess.mean()),
        "excess_interval": interval,
        "peer_excess": None if case.peer is None else case.peer.excess,
        "difference_interval": difference,
        "ratio": ratio,
        "diffusivity": {"mean": float(np.mean(betas)), "deviation": float(np.std(betas))} if betas else None,
        "peer_diffusivity": None if case.peer is None else case.peer.diffusivity,
        "cpu_seconds": float(np.median([one.cpu_seconds for one in outcomes])),
    }


def render_table(rows: Iterable[Mapping[str, Any]]) -> str:
    """Return the rows of `summarise` as a Markdown table."""
    return markdown_table(HEADINGS, [_cells(row) for row in rows])


def _cells(row: Mapping[str, Any]) -> tuple[str, ...]:
    beta = row["diffusivity"]
    return (
        row["case"],
        str(row["seeds"]),
        _show(row["predicted"]),
        _show_range(row["quartiles"]),
        _show(row["true_model"]),
        _show(row["unmoved"]),
        f"{_show(row['excess'])}, {_show_range(row['excess_interval'])}",
        _show(row["peer_excess"]),
        _show_range(row["difference_interval"]),
        MISSING if row["ratio"] is None else f"{row['ratio']:.2g}",
        MISSING if beta is None else f"{beta['mean']:.4f} ± {beta['deviation']:.4f}",
        _show(row["peer_diffusivity"]),
        f"{row['cpu_seconds']:.2f}",
    )


def _show(number: float | None) -> str:
    return MISSING if number is None else f"{number:.3g}"


def _show_range(ends: Sequence[float] | None) -> str:
    return MISSING if ends is None else f"{ends[0]:.3g} to {ends[1]:.3g}"
