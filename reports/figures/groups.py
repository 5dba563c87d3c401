"""Numbers with errors in groups: `groups` of `label` and `marks`, each mark of `label`, `value`, `error`; and `xlabel`.

A row for each group, within it a line for each mark; a label stands for the same thing in every group and has one
marker. A mark with `"style": "reference"` is a bound or an exact value: a thin upright stroke without a marker.
"""

import numpy as np
from matplotlib.figure import Figure

from . import style
from .arrays import Entry

WIDTH, ROW = 5.0, 0.15
"""Width of the figure and height of a mark's line, in inches."""

REFERENCE = "reference"


def draw_groups(entry: Entry) -> Figure:
    """Draw every mark at its value with its error as a bar, group below group, and a legend below."""
    groups = entry.parts("groups")
    labels = dict.fromkeys(mark.text("label") for group in groups for mark in group.parts("marks"))
    if len(labels) > len(style.CYCLE):
        raise entry.fail("groups", f"{len(labels)} labels are too many to tell apart: at most {len(style.CYCLE)}")
    strokes = dict(zip(labels, style.CYCLE, strict=False))
    height, unnamed = len(labels) + 1, set(labels)
    figure = Figure(figsize=(WIDTH, 1.2 + ROW * height * len(groups)), layout="constrained")
    axes = figure.subplots()
    for row, group in enumerate(groups):
        if row:
            axes.axhline(row * height - 1, color="#C8C8C8", linewidth=0.6)
        for mark in group.parts("marks"):
            label = mark.text("label")
            value, error = (mark.number(key) for key in ("value", "error"))
            if error < 0:
                raise mark.fail("error", "an error cannot be negative")
            line, name = row * height + list(labels).index(label), label if label in unnamed else None
            unnamed.discard(label)
            if mark.text("style", "") == REFERENCE:
                axes.plot(value, line, "|", label=name, color=strokes[label].color, markersize=8, markeredgewidth=1.8)
            else:
                axes.errorbar(
                    value, line, xerr=error, fmt=strokes[label].marker, label=name, color=strokes[label].color,
                    markersize=4.5, capsize=2.2, elinewidth=1.2,
                )  # fmt: skip
    middles = np.arange(len(groups)) * height + (len(labels) - 1) / 2
    axes.set_yticks(middles, [group.text("label") for group in groups])
    axes.set_ylim(len(groups) * height - 1, -1)
    axes.tick_params(axis="y", length=0)
    axes.grid(visible=False, axis="y")
    axes.set_xlabel(entry.text("xlabel"))
    handles, names = axes.get_legend_handles_labels()
    order = sorted(range(len(names)), key=lambda place: list(labels).index(names[place]))
    figure.legend(
        [handles[place] for place in order], [names[place] for place in order], loc="outside lower center",
        ncols=min(len(labels), 4), columnspacing=1.2, handletextpad=0.4,
    )  # fmt: skip
    return figure
