"""A kinetic-optimal path twice: in the plane of its two coefficients, and in the coordinates that make it straight.

Entry: `t`, `sigma`, `alpha`, `r`, `Theta` along the path; `cond_ot` (the straight line) and `vp` (the circle arc) with
`sigma` and `alpha` each, for comparison. The flat coordinates are (r cos Theta, r sin Theta).
"""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from . import style
from .arrays import Array, Entry

MARKS = np.linspace(0.0, 1.0, 11)
"""The times at which a path carries a mark: tenths."""


def draw_path(entry: Entry) -> Figure:
    """Draw the path in the (sigma, alpha) plane and, beside it, as a straight line in flat coordinates."""
    t = entry.array("t")
    sigma, alpha, r, flat = (entry.array(key, t) for key in ("sigma", "alpha", "r", "Theta"))
    if (np.diff(t) <= 0).any():
        raise entry.fail("t", "times must increase")
    figure = Figure(figsize=style.DOUBLE, layout="constrained")
    plane, cone = figure.subplots(1, 2)
    _draw_plane(plane, entry, t, sigma, alpha)
    _draw_flat(cone, t, r, flat)
    for axes in (plane, cone):
        axes.set_aspect("equal")
        axes.set_xlim(-0.04, 1.09)
        axes.set_ylim(-0.04, 1.09)
        axes.set_xticks((0, 0.5, 1))
        axes.set_yticks((0, 0.5, 1))
    return figure


def _marks(axes: Axes, t: Array, x: Array, y: Array) -> None:
    axes.plot(
        np.interp(MARKS, t, x), np.interp(MARKS, t, y), "o", markersize=4.5, color="white", markeredgecolor=style.BLUE,
        markeredgewidth=1.3, zorder=4, clip_on=False,
    )  # fmt: skip


def _draw_plane(axes: Axes, entry: Entry, t: Array, sigma: Array, alpha: Array) -> None:
    for key, stroke, label in (("vp", style.THIRD, "variance-preserving"), ("cond_ot", style.RIVAL, "Cond-OT")):
        rival = entry.part(key)
        x = rival.array("sigma")
        axes.plot(x, rival.array("alpha", x), label=label, **stroke.options())
    axes.plot(sigma, alpha, label="kinetic-optimal", **style.MAIN.options())
    _marks(axes, t, sigma, alpha)
    axes.set_xlabel(r"noise  $\sigma$")
    axes.set_ylabel(r"data  $\alpha$")
    axes.set_title("coefficients of the path", pad=8)
    axes.annotate("$t=0$", (1, 0), xytext=(-6, 8), textcoords="offset points", ha="right")
    axes.annotate("$t=1$", (0, 1), xytext=(9, 3), textcoords="offset points", va="bottom")
    handles, labels = axes.get_legend_handles_labels()
    axes.legend(handles[::-1], labels[::-1], loc="lower left", handlelength=2.2, borderpad=0.2)


def _draw_flat(axes: Axes, t: Array, r: Array, flat: Array) -> None:
    arc = np.linspace(0.0, flat[-1], 200)
    axes.plot(np.cos(arc), np.sin(arc), label="unit circle", **style.THIRD.options())
    for angle in (0.0, flat[-1]):
        axes.plot((0, np.cos(angle)), (0, np.sin(angle)), color=style.GREY, linewidth=0.9, zorder=1.5)
    wedge = np.linspace(0.0, flat[-1], 60)
    axes.plot(0.26 * np.cos(wedge), 0.26 * np.sin(wedge), color=style.GREY, linewidth=0.9)
    middle = flat[-1] / 2
    axes.text(0.31 * np.cos(middle), 0.31 * np.sin(middle), r"$\Theta_m$", va="center")
    axes.plot(r * np.cos(flat), r * np.sin(flat), label="kinetic-optimal", **style.MAIN.options())
    _marks(axes, t, r * np.cos(flat), r * np.sin(flat))
    axes.set_xlabel(r"$r\,\cos\Theta$")
    axes.set_ylabel(r"$r\,\sin\Theta$")
    axes.set_title("flat coordinates", pad=8)
