"""Any curves: `series` of `label`, `x`, `y`, optional `lower` and `upper` (an interval) and `style`.

Around them `xlabel`, `ylabel` and optional `xscale`, `yscale` (`linear` or `log`). A series' `style` is `line` (the
default), `points` (measured values, no line), or `reference` (a thin grey line, as for a bound or an exact value).
"""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from . import style
from .arrays import Array, Entry

SCALES = ("linear", "log")
STYLES = ("line", "points", "reference")


def draw_curves(entry: Entry) -> Figure:
    """Draw every series with its own colour, dash pattern and marker, and a legend below the axes."""
    series = entry.parts("series")
    if len(series) > len(style.CYCLE):
        raise entry.fail("series", f"{len(series)} series are too many to tell apart: at most {len(style.CYCLE)}")
    figure = Figure(figsize=style.SINGLE, layout="constrained")
    axes = figure.subplots()
    for one, stroke in zip(series, style.CYCLE, strict=False):
        _draw_series(axes, one, stroke)
    for name, put in (("xscale", axes.set_xscale), ("yscale", axes.set_yscale)):
        scale = entry.text(name, "linear")
        if scale not in SCALES:
            raise entry.fail(name, f"want one of {', '.join(SCALES)}, not {scale!r}")
        put(scale)
    axes.set_xlabel(entry.text("xlabel"))
    axes.set_ylabel(entry.text("ylabel"))
    axes.margins(x=0.03)
    if len(series) > 1:
        figure.legend(loc="outside lower center", ncols=2)
    return figure


def _draw_series(axes: Axes, one: Entry, stroke: style.Stroke) -> None:
    x = one.array("x")
    y, lower, upper = one.array("y", x), one.optional("lower", x), one.optional("upper", x)
    kind = one.text("style", "line")
    if kind not in STYLES:
        raise one.fail("style", f"want one of {', '.join(STYLES)}, not {kind!r}")
    label = one.text("label")
    if kind == "points":
        spread = None if lower is None or upper is None else (_clip(y - lower), _clip(upper - y))
        axes.errorbar(
            x, y, yerr=spread, label=label, linestyle="none", marker=stroke.marker, markersize=4.5, color=stroke.color,
            capsize=2.5, elinewidth=1.0,
        )  # fmt: skip
        return
    if lower is not None and upper is not None:
        axes.fill_between(x, lower, upper, color=stroke.color, alpha=0.18, linewidth=0)
    options = stroke.options() | ({"color": style.GREY, "linewidth": 1.2} if kind == "reference" else {})
    axes.plot(x, y, label=label, **options)


def _clip(widths: Array) -> Array:
    return widths.clip(min=0.0)
