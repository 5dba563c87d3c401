"""How every figure looks: Okabe-Ito colours, DejaVu Sans, a white card, and nothing told by colour alone.

Each role has a colour, a line style and a width, so that a figure survives grey-scale printing and any colour vision;
the card is white so that it reads on a dark page too. Sizes are chosen for a width of 80 mm in print: text that is
10 pt in the file is then still about 7 pt.

Reference: Okabe and Ito, "Color universal design" (the palette).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, final

import matplotlib as mpl

BLACK, GREY, BLUE, VERMILLION = "#000000", "#5F5F5F", "#0072B2", "#D55E00"
GREEN, PURPLE, SKY, ORANGE = "#009E73", "#CC79A7", "#56B4E9", "#E69F00"

SINGLE = (4.6, 3.25)
"""Size of a figure with one panel, in inches."""

TALL = (4.6, 3.75)
"""Size of a figure with one panel and a legend above it, in inches."""

DOUBLE = (5.7, 3.6)
"""Size of a figure with two square panels, in inches."""

DOUBLE_TEXT = {"font.size": 11.5, "axes.labelsize": 11.5, "axes.titlesize": 11.5, "legend.fontsize": 11.0}
"""Settings for a figure of two panels, which is scaled down further to reach the same width in print."""

PLATE = {"facecolor": "#F3F3F3", "edgecolor": "none", "pad": 2.5}
"""What lies behind a label on a hatched region."""


@final
@dataclass(frozen=True, slots=True)
class Stroke:
    """Colour, dash pattern, marker and width of one curve."""

    color: str
    dashes: Any = "-"
    marker: str = ""
    width: float = 1.8

    def options(self) -> dict[str, Any]:
        """Return the keyword arguments that `Axes.plot` takes."""
        return {"color": self.color, "linestyle": self.dashes, "linewidth": self.width}


MAIN = Stroke(BLUE, width=2.2)
FLOOR = Stroke(BLACK, (0, (5, 2)), width=1.5)
BOUND = Stroke(VERMILLION, (0, (6, 1.6, 1.2, 1.6)), width=1.7)
RIVAL = Stroke(VERMILLION, (0, (5, 2)), width=1.7)
THIRD = Stroke(GREEN, (0, (1.2, 1.4)), width=2.0)

CYCLE = (
    Stroke(BLUE, "-", "o"),
    Stroke(VERMILLION, (0, (5, 2)), "s"),
    Stroke(GREEN, (0, (1.2, 1.4)), "^", 2.0),
    Stroke(BLACK, (0, (6, 1.6, 1.2, 1.6)), "D"),
    Stroke(PURPLE, (0, (9, 2)), "v"),
    Stroke(ORANGE, (0, (3, 1.2, 1.2, 1.2, 1.2, 1.2)), "P"),
)
"""Strokes for the series of a generic figure, in order; seven or more series belong into two figures."""

REFERENCES = (
    Stroke(GREY, (0, (4, 1.5)), width=1.3),
    Stroke(SKY, (0, (8, 1.5, 1, 1.5, 1, 1.5)), width=1.8),
    Stroke(BLACK, (0, (1, 3)), width=1.3),
)
"""Strokes for bounds and exact values in a figure of several panels, where data carry markers and these do not."""

PANEL_TEXT = {"font.size": 9.5, "axes.labelsize": 9.5, "axes.titlesize": 9.5, "legend.fontsize": 9.0}
"""Settings for a figure of several small panels."""

_SETTINGS = {
    "font.family": "DejaVu Sans",
    "mathtext.fontset": "dejavusans",
    "font.size": 10.0,
    "axes.labelsize": 10.0,
    "axes.titlesize": 10.0,
    "xtick.labelsize": 9.0,
    "ytick.labelsize": 9.0,
    "legend.fontsize": 9.0,
    "legend.frameon": False,
    "legend.handlelength": 2.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#404040",
    "axes.linewidth": 0.8,
    "axes.labelcolor": "#202020",
    "axes.axisbelow": True,
    "axes.formatter.use_mathtext": True,
    "axes.formatter.useoffset": False,
    "xtick.color": "#404040",
    "ytick.color": "#404040",
    "axes.grid": True,
    "grid.color": "#E4E4E4",
    "grid.linewidth": 0.6,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "savefig.bbox": "tight",
    "savefig.pad_inches": 0.14,
    "svg.hashsalt": "lemmata",
    "svg.fonttype": "path",
    "path.simplify_threshold": 0.05,
}


@contextmanager
def house_style() -> Iterator[None]:
    """Draw inside this block in the house style, whatever the user's own matplotlib configuration says."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(_SETTINGS)
        yield
