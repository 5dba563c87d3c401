"""The separation function of a data set between its bounds: lambda(s) on a logarithmic axis of s = alpha/sigma.

Entry: `s`, `mean`, `lower`, `upper` (the estimate with its interval), `linear_floor` (s^2/(1+s^2), for every data set),
`entropy_bound` (1 - (1 - exp(-2L))/s^2, clipped at the floor), `label`.
"""

from matplotlib.figure import Figure

from . import style
from .arrays import Entry


def draw_separation(entry: Entry) -> Figure:
    """Draw lambda(s) with its error band, the linear floor and the entropy bound; what they exclude is hatched."""
    s = entry.array("s")
    if (s <= 0).any():
        raise entry.fail("s", "a logarithmic axis wants positive numbers")
    mean, lower, upper = (entry.array(key, s) for key in ("mean", "lower", "upper"))
    floor, bound = entry.array("linear_floor", s), entry.array("entropy_bound", s)
    figure = Figure(figsize=style.TALL, layout="constrained")
    axes = figure.subplots()
    axes.fill_between(s, 0, bound, facecolor="#F3F3F3", edgecolor="#D8D8D8", hatch="///", linewidth=0, zorder=0.5)
    axes.fill_between(s, lower, upper, color=style.SKY, alpha=0.45, linewidth=0)
    axes.plot(s, mean, label=entry.text("label"), **style.MAIN.options())
    axes.plot(s, bound, label=r"entropy bound  $1-(1-e^{-2L})/s^2$", **style.BOUND.options())
    axes.plot(s, floor, label=r"linear floor  $s^2/(1+s^2)$", **style.FLOOR.options())
    axes.set_xscale("log")
    axes.set_xlim(s[0], s[-1])
    axes.set_ylim(0, 1.02)
    axes.set_xlabel(r"signal-to-noise ratio  $s=\alpha/\sigma$  (dimensionless)")
    axes.set_ylabel(r"separation  $\lambda$  (dimensionless)")
    axes.text(0.8, 0.3, "excluded", transform=axes.transAxes, ha="center", color=style.GREY, bbox=style.PLATE)
    axes.legend(loc="lower left", bbox_to_anchor=(-0.02, 1.0), borderaxespad=0.2, labelspacing=0.35)
    return figure
