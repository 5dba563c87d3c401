"""Figures, drawn from arrays that the evidence holds; nothing is recomputed.

An entry of `Evidence.figures` is `{"kind": ..., "caption": ..., "alt": ..., arrays}`; each kind has a module of its own
that says which arrays it wants. `"png": true` asks for a raster copy too, as a page that cannot show SVG needs.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

from matplotlib.figure import Figure

from ..stored import Json, ReportError
from .arrays import Entry
from .bars import draw_bars
from .curves import draw_curves
from .path import draw_path
from .separation import draw_separation
from .style import house_style

KINDS: Mapping[str, Callable[[Entry], Figure]] = {
    "separation": draw_separation,
    "path": draw_path,
    "curves": draw_curves,
    "bars": draw_bars,
}


def render_figure(entry: Json, folder: Path, stem: str, where: str) -> Path:
    """Draw `entry` into `folder/stem.svg` (and `.png` where it asks for that) and return the path of the SVG.

    The bytes depend on the entry alone. **Raises:** `ReportError` with `where`, the entry's path in the results, if the
    entry lacks an array, holds one of the wrong length, or a label is not mathematics that matplotlib can set.
    """
    figure_entry = Entry(entry, where)
    kind = figure_entry.text("kind")
    if kind not in KINDS:
        raise figure_entry.fail("kind", f"want one of {', '.join(sorted(KINDS))}, not {kind!r}")
    path = folder / f"{stem}.svg"
    with house_style():
        figure = KINDS[kind](figure_entry)
        try:
            figure.savefig(path, metadata={"Date": None, "Creator": "lemmata", "Title": figure_entry.text("alt")})
            if figure_entry.flag("png"):
                figure.savefig(path.with_suffix(".png"), dpi=200, metadata={"Software": "lemmata"})
        except ValueError as error:
            raise ReportError(f"{where}: a label cannot be set: {error}") from error
    return path
