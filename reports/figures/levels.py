"""Level sets of a function in the plane: `x`, `y`, `values` row by row from below, `covered`, `xlabel` and `ylabel`.

`covered` holds 1 where data support the value and 0 where it is extrapolated: there the ground is hatched, and levels
are those of the covered values. `square` is true where both axes have one unit.
"""

import matplotlib as mpl
import numpy as np
from matplotlib.artist import Artist
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from . import style
from .arrays import Array, Entry
from .basins import HALO

WIDTH, HEIGHTS, LEGEND = 4.6, (2.0, 7.0), 0.9
"""Width of the figure, least and greatest height of its axes, and height of legend and labels, in inches."""

LEVELS = 11
"""The most level sets."""

BORDER = 0.05
"""Share of either axis, from its ends, where level sets have no labels."""

GROUND = "#E2E2E2"
"""The colour of the hatching where nothing supports a value."""


def draw_levels(entry: Entry) -> Figure:
    """Fill between the level sets, draw and label them, and hatch what is extrapolated."""
    x, y, values = read_grid(entry)
    covered = entry.array("covered", values.ravel()).reshape(values.shape) > 0
    if not covered.any() or np.ptp(values[covered]) == 0:
        raise entry.fail("values", "want values that differ where they are covered: there are no level sets")
    levels = choose_levels(values[covered])
    # With one unit on both axes, as high as their lengths ask for: otherwise square.
    height = (WIDTH - 0.7) * ((y[-1] - y[0]) / (x[-1] - x[0]) if entry.flag("square") else 1.0)
    figure = Figure(figsize=(WIDTH, float(np.clip(height, *HEIGHTS)) + LEGEND), layout="constrained")
    axes = figure.subplots()
    axes.contourf(x, y, values, levels=levels, cmap="Blues_r", alpha=0.55, extend="both", zorder=0.5)
    stroke = {"levels": levels, "colors": style.BLUE, "linewidths": 1.1, "linestyles": "-"}
    axes.contour(x, y, values, zorder=2, **stroke)
    shown: dict[str, Artist] = {"level sets": Line2D([], [], color=style.BLUE, linewidth=1.1)}
    if not covered.all():
        with mpl.rc_context({"hatch.color": GROUND, "hatch.linewidth": 0.8}):
            axes.contourf(x, y, covered, levels=(-0.5, 0.5), colors=["white"], alpha=0.75, zorder=2.2)
            axes.contourf(x, y, covered, levels=(-0.5, 0.5), colors=["none"], hatches=["////"], zorder=2.3)
        axes.contour(x, y, covered, levels=(0.5,), colors=style.GREY, linewidths=0.8, zorder=2.4)
        shown["no data: extrapolated"] = Patch(facecolor="white", edgecolor="#B0B0B0", hatch="////", linewidth=0)
    # Only what is supported is labelled, and nothing so near the frame that a label would be cut.
    lines = axes.contour(x, y, np.ma.masked_where(~(covered & _is_inside(covered)), values), zorder=2.5, **stroke)
    for text in axes.clabel(lines, levels[::2], fontsize=8, inline=False, colors=style.BLACK, zorder=3):
        text.set_path_effects([*HALO])
    axes.set_xlabel(entry.text("xlabel"))
    axes.set_ylabel(entry.text("ylabel"))
    axes.grid(visible=False)
    if entry.flag("square"):
        axes.set_aspect("equal")
    figure.legend(list(shown.values()), list(shown), loc="outside lower center", ncols=2)
    return figure


def _is_inside(covered: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Tell which places are not at the border of the grid."""
    inside = np.zeros_like(covered)
    rows, columns = (round(BORDER * size) for size in covered.shape)
    inside[rows : covered.shape[0] - rows, columns : covered.shape[1] - columns] = True
    return inside


def read_grid(entry: Entry) -> tuple[Array, Array, Array]:
    """Return the places along both axes and the values (y, x) there."""
    x, y, values = (entry.array(key) for key in ("x", "y", "values"))
    for key, ticks in (("x", x), ("y", y)):
        if ticks.size < 2 or (np.diff(ticks) <= 0).any():
            raise entry.fail(key, "want two places or more that increase")
    if values.size != x.size * y.size:
        raise entry.fail("values", f"want {y.size} rows of {x.size} numbers, not {values.size} numbers")
    return x, y, values.reshape(y.size, x.size)


def choose_levels(values: Array) -> Array:
    """Return round numbers between the least and the largest value."""
    return np.asarray(MaxNLocator(LEVELS).tick_values(float(values.min()), float(values.max())))
