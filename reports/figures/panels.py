"""Several panels with one vertical axis: `panels` of `series` (see `series`) and `xlabel`.

A panel has an optional `title`, `xscale`, and `shaded`: two numbers between which its ground is grey. Around them
`ylabel`, optional `yscale`, `ylim` (two numbers), `columns` (all panels in one row if absent) and `square` (true where
both axes have one unit). A label stands for the same thing wherever it occurs: it keeps its stroke from panel to panel
and has one entry in the legend.
"""

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from . import style
from .arrays import Entry
from .series import draw_series, read_scale, read_style, set_scales

WIDTH, HEIGHT = 2.55, 2.5
"""Size of one panel, in inches."""

GROUND = "#EFEFEF"
"""The colour of a shaded ground."""


def draw_panels(entry: Entry) -> Figure:
    """Draw the panels side by side, or in rows, with one legend below them."""
    panels = entry.parts("panels")
    columns = entry.count("columns", len(panels))
    rows = -(-len(panels) // columns)
    strokes = _assign_strokes(entry, panels)
    with mpl.rc_context(style.PANEL_TEXT):
        figure = Figure(figsize=(0.55 + WIDTH * columns, 0.75 + HEIGHT * rows), layout="constrained")
        grid = figure.subplots(rows, columns, sharey=True, squeeze=False)
        for place, axes in enumerate(grid.flat):
            if place < len(panels):
                _draw_panel(axes, entry, panels[place], strokes)
                axes.xaxis.set_tick_params(labelbottom=True)
            else:
                axes.remove()
        for row in grid:
            row[0].set_ylabel(entry.text("ylabel"))
        found = {
            label: handle
            for axes in figure.axes
            for handle, label in zip(*axes.get_legend_handles_labels(), strict=True)
        }
        names = [name for name in strokes if name in found]
        figure.legend(
            [found[name] for name in names], names, loc="outside lower center", ncols=min(columns, 3), columnspacing=1.3
        )
    return figure


def _draw_panel(axes: Axes, entry: Entry, panel: Entry, strokes: dict[str, style.Stroke]) -> None:
    if "shaded" in panel.value:
        ends = panel.array("shaded")
        if ends.size != 2:
            raise panel.fail("shaded", f"want two numbers, not {ends.size}")
        axes.axvspan(ends[0], ends[1], color=GROUND, linewidth=0, zorder=0.2)
    for one in panel.parts("series"):
        draw_series(axes, one, strokes[one.text("label")], marked=True)
    set_scales(axes, read_scale(panel, "xscale"), read_scale(entry, "yscale"))
    if "ylim" in entry.value:
        low, high = entry.array("ylim")
        axes.set_ylim(low, high)
    if entry.flag("square"):
        axes.set_aspect("equal")
    axes.set_title(panel.text("title", ""))
    axes.set_xlabel(panel.text("xlabel"))


def _assign_strokes(entry: Entry, panels: list[Entry]) -> dict[str, style.Stroke]:
    """Return a stroke for each label, in the order of their first appearance: data first, then references."""
    kinds = {one.text("label"): read_style(one) for panel in panels for one in panel.parts("series")}
    strokes: dict[str, style.Stroke] = {}
    for reference, supply in ((False, style.CYCLE), (True, style.REFERENCES)):
        labels = [label for label, kind in kinds.items() if (kind == "reference") is reference]
        if len(labels) > len(supply):
            raise entry.fail("panels", f"{len(labels)} labels are too many to tell apart: at most {len(supply)}")
        strokes |= dict(zip(labels, supply, strict=False))
    return strokes
