"""Any curves in one panel: `series` (see `series`), and around them `xlabel`, `ylabel`, `xscale`, `yscale`.

Scales are `linear` (the default) or `log`.
"""

from dataclasses import replace

from matplotlib.figure import Figure

from . import style
from .arrays import Entry
from .series import draw_series, read_scale, read_style, set_scales


def draw_curves(entry: Entry) -> Figure:
    """Draw every series with its own colour, dash pattern and marker, and a legend below the axes."""
    series = entry.parts("series")
    if len(series) > len(style.CYCLE):
        raise entry.fail("series", f"{len(series)} series are too many to tell apart: at most {len(style.CYCLE)}")
    figure = Figure(figsize=style.SINGLE, layout="constrained")
    axes = figure.subplots()
    for one, stroke in zip(series, style.CYCLE, strict=False):
        thin = read_style(one) == "reference"
        draw_series(axes, one, replace(stroke, color=style.GREY, width=1.2) if thin else stroke)
    set_scales(axes, read_scale(entry, "xscale"), read_scale(entry, "yscale"))
    axes.set_xlabel(entry.text("xlabel"))
    axes.set_ylabel(entry.text("ylabel"))
    axes.margins(x=0.03)
    if len(series) > 1:
        figure.legend(loc="outside lower center", ncols=2)
    return figure
