"""One series of a generic figure: `label`, `x`, `y`, optional `lower` and `upper` (an interval) and `style`.

`style` is `line` (the default), `points` (measured values, no line), or `reference` (a thin line without markers, as
for a bound or an exact value).
"""

import math
from functools import partial

from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.ticker import FuncFormatter

from . import style
from .arrays import Array, Entry

SCALES = ("linear", "log")
STYLES = ("line", "points", "reference")

MARKED = 0.125
"""Distance between the markers of a line, as a share of the axes' diagonal."""

CROWD = 10
"""Points beyond which they are drawn small and their bars thin."""


SHORT = 12.0
"""An axis whose ends are in a smaller ratio has too few powers of ten to be read by."""


def read_style(one: Entry) -> str:
    """Return the style of a series, which has to be one of `STYLES`."""
    return _choose(one, "style", "line", STYLES)


def read_scale(entry: Entry, key: str) -> str:
    """Return the scale of an axis, `linear` unless the entry says otherwise."""
    return _choose(entry, key, "linear", SCALES)


def set_scales(axes: Axes, x: str, y: str) -> None:
    """Set the scales of both axes; between powers of ten at most 2 and 5 times them are labelled, on short axes."""
    axes.set_xscale(x)
    axes.set_yscale(y)
    for axis in (axes.xaxis, axes.yaxis):
        if axis.get_scale() == "log":
            axis.set_minor_formatter(FuncFormatter(partial(_label_between, axis)))


def _label_between(axis: Axis, value: float, _position: int | None) -> str:
    low, high = axis.get_view_interval()
    exponent = math.floor(math.log10(value) + 1e-9)
    digit = round(value / 10**exponent)
    return rf"$\mathdefault{{{digit} \times 10^{{{exponent}}}}}$" if high < SHORT * low and digit in (2, 5) else ""


def _choose(entry: Entry, key: str, default: str, allowed: tuple[str, ...]) -> str:
    chosen = entry.text(key, default)
    if chosen not in allowed:
        raise entry.fail(key, f"want one of {', '.join(allowed)}, not {chosen!r}")
    return chosen


def draw_series(axes: Axes, one: Entry, stroke: style.Stroke, *, marked: bool = False) -> None:
    """Draw a series in the strokes given: an interval as a band, or as bars where the values are points.

    With `marked`, a line carries its stroke's marker now and then.
    """
    x = one.array("x")
    y, lower, upper = one.array("y", x), one.optional("lower", x), one.optional("upper", x)
    kind, label = read_style(one), one.text("label")
    if kind == "points":
        spread = None if lower is None or upper is None else (_clip(y - lower), _clip(upper - y))
        size, cap, thin = (3.2, 0.0, 0.6) if x.size > CROWD else (4.5, 2.5, 1.0)
        axes.errorbar(
            x, y, yerr=spread, label=label, linestyle="none", marker=stroke.marker, markersize=size, color=stroke.color,
            capsize=cap, elinewidth=thin,
        )  # fmt: skip
        return
    if lower is not None and upper is not None:
        axes.fill_between(x, lower, upper, color=stroke.color, alpha=0.18, linewidth=0)
    options = stroke.options()
    if marked and kind == "line":
        options |= {"marker": stroke.marker, "markevery": MARKED, "markersize": 4.5}
    axes.plot(x, y, label=label, **options)


def _clip(widths: Array) -> Array:
    return widths.clip(min=0.0)
