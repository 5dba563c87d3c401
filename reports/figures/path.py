"""A kinetic-optimal path twice: in the plane of its two coefficients, and in the coordinates that make it straight.

Entry: `t`, `sigma`, `alpha`, `r`, `Theta` along the path; `cond_ot` (the straight line) and `vp` (the circle arc) with
`sigma` and `alpha` each, for comparison. The flat coordinates are (r cos Theta, r sin Theta), where the kinetic energy
is the squared Euclidean speed: the straight line is the shortest path, and its equal steps are equal times.
"""

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from . import style
from .arrays import Array, Entry

MARKS = np.linspace(0.0, 1.0, 11)
"""The times at which the path carries a mark: tenths."""

ROUNDING = 1e-9
"""How far an angle may fall back from one point to the next, in radians."""

RIVALS = (("vp", style.THIRD, "variance-preserving"), ("cond_ot", style.RIVAL, "Cond-OT"))


def draw_path(entry: Entry) -> Figure:
    """Draw the path and its rivals in the (sigma, alpha) plane and, beside it, in flat coordinates."""
    t = entry.array("t")
    sigma, alpha, r, flat = (entry.array(key, t) for key in ("sigma", "alpha", "r", "Theta"))
    if (np.diff(t) <= 0).any():
        raise entry.fail("t", "times must increase")
    angle = np.arctan2(alpha, sigma)
    if (np.diff(angle) < -ROUNDING).any():
        raise entry.fail("alpha", "the angle of (sigma, alpha) must not decrease along the path")
    with mpl.rc_context(style.DOUBLE_TEXT):
        figure = Figure(figsize=style.DOUBLE, layout="constrained")
        plane, cone = figure.subplots(1, 2)
        _draw_wedge(cone, flat[-1])
        for key, stroke, label in RIVALS:
            rival = entry.part(key)
            noise = rival.array("sigma")
            data = rival.array("alpha", noise)
            plane.plot(noise, data, label=label, **stroke.options())
            # Theta depends on the angle alone, so the path's own table of it serves its rivals.
            radius, turned = np.hypot(noise, data), np.interp(np.arctan2(data, noise), angle, flat)
            cone.plot(radius * np.cos(turned), radius * np.sin(turned), **stroke.options())
        _draw_marked(plane, t, sigma, alpha)
        _draw_marked(cone, t, r * np.cos(flat), r * np.sin(flat))
        plane.set(title="coefficients of the path", xlabel=r"noise  $\sigma$", ylabel=r"data  $\alpha$")
        cone.set(title="flat coordinates", xlabel=r"$r\,\cos\Theta$", ylabel=r"$r\,\sin\Theta$")
        handles, labels = plane.get_legend_handles_labels()
        figure.legend(
            handles[::-1], labels[::-1], loc="outside lower center", ncols=3, columnspacing=1.3, handlelength=2.2
        )
    return figure


def _draw_marked(axes: Axes, t: Array, x: Array, y: Array) -> None:
    axes.plot(x, y, label="kinetic-optimal", **style.MAIN.options())
    marks = (np.interp(MARKS, t, x), np.interp(MARKS, t, y))
    axes.plot(*marks, "o", markersize=4.5, color="white", markeredgecolor=style.BLUE, markeredgewidth=1.3, zorder=4)
    axes.annotate("$t=0$", (x[0], y[0]), xytext=(7, 5), textcoords="offset points")
    axes.annotate("$t=1$", (x[-1], y[-1]), xytext=(2, 8), textcoords="offset points")
    axes.set(aspect="equal", xlim=(-0.04, 1.26), ylim=(-0.04, 1.16), xticks=(0, 0.5, 1), yticks=(0, 0.5, 1))


def _draw_wedge(axes: Axes, widest: float) -> None:
    for angle in (0.0, widest):
        axes.plot((0, np.cos(angle)), (0, np.sin(angle)), color=style.GREY, linewidth=0.9)
    arc = np.linspace(0.0, widest, 60)
    axes.plot(0.2 * np.cos(arc), 0.2 * np.sin(arc), color=style.GREY, linewidth=0.9)
    middle = widest / 2
    axes.text(0.24 * np.cos(middle), 0.24 * np.sin(middle), rf"$\Theta_m={widest:.2f}$", va="center")
