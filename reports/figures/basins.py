"""Basins of a flow against cells of optimal transport in the plane: `panels`, one or two, and `xlabel` and `ylabel`.

A panel has `ticks` (m), the places along both axes; `flow` and `cells`, the atom that each map sends a place to, row by
row from below, as runs: `label` and `length`, whose sum is m^2; `atoms` with `x` and `y`; optional `arrows`, each with
`from` and `to` (two numbers) and `label`; and an optional `title`. Where the two labels differ the place is hatched.
"""

import matplotlib as mpl
import numpy as np
from matplotlib import patheffects
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from numpy.typing import NDArray

from . import style
from .arrays import Array, Entry

Labels = NDArray[np.int64]

WIDTH = {1: 4.6, 2: 6.6}
"""Width of the figure by its number of panels, in inches."""

LEGEND = 0.95
"""Height of legend and labels, in inches."""

TINTS = ("#CFE3F1", "#F7DCC8", "#CDEAE1", "#F3E1EE", "#F8E9C8", "#E4E4E4")
"""What basins are filled with, in turn: pale, so that what is drawn over them can be told."""

DIFFERENT, SHADE = "#8C1D40", "#F3B8C4"
"""The colours of the hatching where the maps differ, and of what lies behind it."""

ARROW = {"arrowstyle": "-|>", "color": style.VERMILLION, "linewidth": 1.6, "shrinkB": 5, "mutation_scale": 13}

MOST_NAMED = 12
"""More atoms than this have no names."""

BASIN = style.Stroke(style.BLUE, (0, (4, 1.6)), width=1.5)
CELL = style.Stroke(style.BLACK, "-", width=1.3)

HALO = [patheffects.withStroke(linewidth=2.6, foreground="white")]


def draw_basins(entry: Entry) -> Figure:
    """Fill the basins, draw their borders and those of the cells, hatch what differs, and mark atoms and arrows."""
    panels = entry.parts("panels")
    if len(panels) not in WIDTH:
        raise entry.fail("panels", f"want one or two panels, not {len(panels)}")
    with mpl.rc_context(style.PANEL_TEXT):
        width = WIDTH[len(panels)]
        figure = Figure(figsize=(width, width / len(panels) + LEGEND), layout="constrained")
        row = figure.subplots(1, len(panels), squeeze=False)[0]
        shown: dict[str, Artist] = {}
        for axes, panel in zip(row, panels, strict=True):
            shown |= _draw_panel(axes, panel)
            axes.set_xlabel(entry.text("xlabel"))
        row[0].set_ylabel(entry.text("ylabel"))
        figure.legend(list(shown.values()), list(shown), loc="outside lower center", ncols=2, columnspacing=1.3)
    return figure


def _draw_panel(axes: Axes, panel: Entry) -> dict[str, Artist]:
    """Draw one panel and return what its legend shows."""
    ticks = panel.array("ticks")
    if ticks.size < 2 or (np.diff(ticks) <= 0).any():
        raise panel.fail("ticks", "want two places or more that increase")
    flow, cells = (_read_labels(panel, key, ticks.size) for key in ("flow", "cells"))
    x = panel.part("atoms").array("x")
    y = panel.part("atoms").array("y", x)
    for labels, key in ((flow, "flow"), (cells, "cells")):
        if labels.max() >= x.size:
            raise panel.fail(key, f"there is no atom {labels.max()}: they are counted from 0 to {x.size - 1}")
    for label in np.unique(flow):
        tint = TINTS[label % len(TINTS)]
        axes.contourf(ticks, ticks, flow == label, levels=(0.5, 1.5), colors=[tint], antialiased=False, zorder=0.5)
    shown: dict[str, Artist] = {}
    if (flow != cells).any():
        with mpl.rc_context({"hatch.color": DIFFERENT, "hatch.linewidth": 0.7}):
            axes.contourf(ticks, ticks, flow != cells, levels=(0.5, 1.5), colors=[SHADE], hatches=["////"], zorder=1)
        shown["sent to different atoms"] = Patch(facecolor=SHADE, edgecolor=DIFFERENT, hatch="////", linewidth=0)
    for labels, stroke, name in ((cells, CELL, "border of optimal transport"), (flow, BASIN, "border of two basins")):
        _draw_borders(axes, ticks, labels, stroke)
        shown[name] = Line2D([], [], **stroke.options())
    axes.set(aspect="equal", xlim=(ticks[0], ticks[-1]), ylim=(ticks[0], ticks[-1]), title=panel.text("title", ""))
    axes.grid(visible=False)
    shown["atom"] = _draw_atoms(axes, x, y)
    if "arrows" in panel.value:
        for arrow in panel.parts("arrows"):
            _draw_arrow(axes, arrow)
        shown["where the flow sends a point"] = Line2D(
            [], [], color=style.VERMILLION, marker="D", markersize=4.5, linewidth=1.4
        )
    return shown


def _read_labels(panel: Entry, key: str, size: int) -> Labels:
    """Return labels (size, size) from their runs."""
    runs = panel.part(key)
    label = runs.array("label")
    length = runs.array("length", label)
    if (np.concatenate([label, length]) % 1).any() or (label < 0).any() or (length < 1).any():
        raise panel.fail(key, "want atoms and numbers of places: integers that are not negative, and positive ones")
    if length.sum() != size**2:
        raise panel.fail(key, f"want labels of {size} x {size} places, not of {int(length.sum())}")
    return np.repeat(label.astype(np.int64), length.astype(np.int64)).reshape(size, size)


def _draw_borders(axes: Axes, ticks: Array, labels: Labels, stroke: style.Stroke) -> None:
    present = np.unique(labels)
    # The last region's borders are those of the others.
    for label in present[:-1]:
        axes.contour(
            ticks, ticks, labels == label, levels=(0.5,), colors=[stroke.color], linestyles=[stroke.dashes],
            linewidths=[stroke.width], zorder=2,
        )  # fmt: skip


def _draw_atoms(axes: Axes, x: Array, y: Array) -> Artist:
    (mark,) = axes.plot(
        x, y, "o", color=style.BLACK, markersize=6 if x.size <= MOST_NAMED else 3, markeredgecolor="white", zorder=4
    )
    if x.size <= MOST_NAMED:
        for number, place in enumerate(zip(x.tolist(), y.tolist(), strict=True), start=1):
            if axes.viewLim.contains(*place):
                _name(axes, f"$y_{{{number}}}$", place, np.asarray(place), style.BLACK)
    return mark


def _draw_arrow(axes: Axes, arrow: Entry) -> None:
    start, end = arrow.array("from"), arrow.array("to")
    for key, place in (("from", start), ("to", end)):
        if place.size != 2:
            raise arrow.fail(key, f"want two numbers, not {place.size}")
    axes.annotate("", tuple(end), xytext=tuple(start), zorder=5, arrowprops=ARROW)
    axes.plot(*start, "D", color=style.VERMILLION, markersize=5.5, markeredgecolor="white", zorder=6)
    _name(axes, arrow.text("label"), (float(start[0]), float(start[1])), start - end, style.VERMILLION)


def _name(axes: Axes, text: str, place: tuple[float, float], towards: Array, color: str) -> None:
    """Write a name beside a place, in the direction `towards`."""
    norm = float(np.hypot(*towards))
    offset = 11 * towards / norm if norm else np.array([8.0, 8.0])
    axes.annotate(
        text, place, xytext=tuple(offset), textcoords="offset points", ha="center", va="center", color=color,
        path_effects=HALO, zorder=7,
    )  # fmt: skip
