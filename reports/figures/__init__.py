"""Figures, drawn from arrays that the evidence holds; nothing is recomputed.

An entry of `Evidence.figures` is `{"kind": ..., "caption": ..., "alt": ..., arrays}`; each kind has a module of its own
that says which arrays it wants. `"png": true` asks for a raster copy too, as a page that cannot show SVG needs.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

from matplotlib.figure import Figure

from ..stored import ReportError
from .arrays import Entry
from .arrows import draw_arrows
from .bars import draw_bars
from .basins import draw_basins
from .contours import draw_contours
from .curves import draw_curves
from .groups import draw_groups
from .levels import draw_levels
from .panels import draw_panels
from .path import draw_path
from .separation import draw_separation
from .style import house_style

__all__ = ["KINDS", "Entry", "render_figure"]

KINDS: Mapping[str, Callable[[Entry], Figure]] = {
    "separation": draw_separation,
    "path": draw_path,
    "curves": draw_curves,
    "groups": draw_groups,
    "panels": draw_panels,
    "bars": draw_bars,
    "basins": draw_basins,
    "contours": draw_contours,
    "levels": draw_levels,
    "arrows": draw_arrows,
}


def render_figure(entry: Entry, path: Path) -> None:
    """Draw `entry` into the SVG file `path`, and into a PNG beside it where the entry asks for that.

    The bytes depend on the entry alone. **Raises:** `ReportError` naming the key if the entry lacks an array, holds one
    of the wrong length, or has a label that is not mathematics which matplotlib can set.
    """
    kind = entry.text("kind")
    if kind not in KINDS:
        raise entry.fail("kind", f"want one of {', '.join(sorted(KINDS))}, not {kind!r}")
    title, raster = entry.text("alt"), entry.flag("png")
    with house_style():
        figure = KINDS[kind](entry)
        try:
            figure.savefig(path, metadata={"Date": None, "Creator": "lemmata", "Title": title})
            if raster:
                figure.savefig(path.with_suffix(".png"), dpi=200, metadata={"Software": "lemmata"})
        except ValueError as error:
            raise ReportError(f"{entry.where}: a label cannot be set: {error}") from error
