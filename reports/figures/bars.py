"""Named numbers with their errors: `label`, `value`, `error`, and optional `ylabel`.

A dot with an error bar on a common scale, not a filled bar: the eye then compares positions, and the axis need not
start at zero. Each dot carries its number in print.
"""

import numpy as np
from matplotlib.figure import Figure

from ..numbers import format_measured
from . import style
from .arrays import Entry


def draw_bars(entry: Entry) -> Figure:
    """Draw one row for each label: a dot at its value, a line as long as its error, and both in figures."""
    value = entry.array("value")
    error = entry.array("error", value)
    if (error < 0).any():
        raise entry.fail("error", "an error cannot be negative")
    labels = entry.texts("label")
    if len(labels) != value.size:
        raise entry.fail("label", f"want {value.size} labels, not {len(labels)}")
    rows = np.arange(value.size)
    figure = Figure(figsize=(style.SINGLE[0], 1.0 + 0.42 * value.size), layout="constrained")
    axes = figure.subplots()
    axes.errorbar(value, rows, xerr=error, fmt="o", color=style.BLUE, markersize=6, capsize=3.5, elinewidth=1.4)
    for row, number, spread in zip(rows, value.tolist(), error.tolist(), strict=True):
        text = format_measured(number, spread) + (f" ± {format_measured(spread, spread)}" if spread else "")
        axes.annotate(text, (number, row), xytext=(0, 7), textcoords="offset points", ha="center")
    axes.set_yticks(rows, labels)
    axes.set_ylim(value.size - 0.5, -0.7)
    axes.grid(visible=False, axis="y")
    axes.margins(x=0.2)
    axes.set_xlabel(entry.text("ylabel", "value (dimensionless)"))
    return figure
