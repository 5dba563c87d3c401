"""Functions of the plane by their contours: `panels`, `columns` of them in a row, and `xlabel` and `ylabel`.

A panel has `ticks` (m), the places along both axes; `values`, m^2 of them, row by row from below; `levels`, which
increase and are written on the lines; and an optional `title`. Lines below 0 are dashed.
"""

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from . import style
from .arrays import Entry

WIDTH, HEIGHT = 2.35, 2.5
"""Size of one panel, in inches."""


def draw_contours(entry: Entry) -> Figure:
    """Draw the labelled contours of every panel over a pale filling between them."""
    panels = entry.parts("panels")
    columns = entry.count("columns", len(panels))
    rows = -(-len(panels) // columns)
    with mpl.rc_context(style.PANEL_TEXT):
        figure = Figure(figsize=(0.45 + WIDTH * columns, 0.3 + HEIGHT * rows), layout="constrained")
        grid = figure.subplots(rows, columns, squeeze=False)
        for place, axes in enumerate(grid.flat):
            if place >= len(panels):
                axes.remove()
                continue
            _draw_panel(axes, panels[place])
            if place + columns >= len(panels):
                axes.set_xlabel(entry.text("xlabel"))
            if place % columns == 0:
                axes.set_ylabel(entry.text("ylabel"))
    return figure


def _draw_panel(axes: Axes, panel: Entry) -> None:
    ticks, values, levels = (panel.array(key) for key in ("ticks", "values", "levels"))
    if ticks.size < 2 or (np.diff(ticks) <= 0).any():
        raise panel.fail("ticks", "want two places or more that increase")
    if values.size != ticks.size**2:
        raise panel.fail("values", f"want {ticks.size} x {ticks.size} numbers, not {values.size}")
    if levels.size < 2 or (np.diff(levels) <= 0).any():
        raise panel.fail("levels", "want two numbers or more that increase")
    surface = values.reshape(ticks.size, ticks.size)
    axes.contourf(ticks, ticks, surface, levels=levels, cmap="Blues_r", alpha=0.5, extend="both", zorder=0.5)
    lines = axes.contour(ticks, ticks, surface, levels=levels, colors=style.BLACK, linewidths=0.9, zorder=2)
    axes.clabel(lines, fmt="%g", fontsize=7, inline=True, inline_spacing=2)
    axes.set(aspect="equal", title=panel.text("title", ""))
    axes.grid(visible=False)
