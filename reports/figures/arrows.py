"""Particles that move: `panels` of `x`, `y`, where arrows start, and `to_x`, `to_y`, where they end; and `xlabel`.

A panel has an optional `title`. Around them `ylabel`, optional `ground`, a function on a grid as for `levels` whose
level sets lie below the arrows, and `square` (true where both axes have one unit).
"""

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from . import style
from .arrays import Entry
from .levels import choose_levels, read_grid

WIDTH, HEIGHT = {1: 4.6, 2: 3.0, 3: 2.5}, {1: 3.8, 2: 3.3, 3: 2.9}
"""Size of a panel by their number, in inches."""

LINES = "#B8B8B8"
"""The colour of level sets below."""

STEMS = {1: 0.0026, 2: 0.004, 3: 0.005}
"""Width of the arrows by the number of panels, as a share of a panel's width."""


def draw_arrows(entry: Entry) -> Figure:
    """Draw the arrows of each panel, above the level sets of the ground if there is one."""
    panels = entry.parts("panels")
    count = len(panels)
    if count not in WIDTH:
        raise entry.fail("panels", f"want one to three panels, not {count}")
    with mpl.rc_context(style.PANEL_TEXT):
        figure = Figure(figsize=(0.5 + WIDTH[count] * count, HEIGHT[count]), layout="constrained")
        row = figure.subplots(1, count, sharex=True, sharey=True, squeeze=False)[0]
        for axes, panel in zip(row, panels, strict=True):
            if "ground" in entry.value:
                _draw_ground(axes, entry.part("ground"))
            _draw_panel(axes, panel, STEMS[count])
            if entry.flag("square"):
                axes.set_aspect("equal")
            axes.set_xlabel(panel.text("xlabel"))
        row[0].set_ylabel(entry.text("ylabel"))
    return figure


def _draw_ground(axes: Axes, ground: Entry) -> None:
    x, y, values = read_grid(ground)
    covered = ground.array("covered", values.ravel()).reshape(values.shape) > 0
    shown = values[covered] if covered.any() else values.ravel()
    if np.ptp(shown) > 0:
        axes.contour(x, y, values, levels=choose_levels(shown), colors=LINES, linewidths=0.7, linestyles="-", zorder=1)
    axes.set_xlim(x[0], x[-1])
    axes.set_ylim(y[0], y[-1])


def _draw_panel(axes: Axes, panel: Entry, stem: float) -> None:
    x = panel.array("x")
    y, to_x, to_y = (panel.array(key, x) for key in ("y", "to_x", "to_y"))
    axes.quiver(
        x, y, to_x - x, to_y - y, angles="xy", scale_units="xy", scale=1, width=stem, color=style.BLUE, headwidth=4,
        headlength=5, headaxislength=4.5, minlength=0.1, zorder=3,
    )  # fmt: skip
    # A quiver does not count its tips when axes find their limits.
    axes.update_datalim(np.column_stack([to_x, to_y]))
    axes.autoscale_view()
    axes.set_title(panel.text("title", ""))
    axes.grid(visible=False)
