"""The figures of a Monge-Ampere study, as entries that `reports.figures` draws."""

from collections.abc import Mapping, Sequence

from ...markdown import escape
from ...stored import Json
from .stored import StoredGap, StoredMongeAmpere, StoredWitness

LABELS = {
    "raw": r"from $N(0, I)$",
    "centred": r"from $N(0, I)$, data centred",
    "forward": r"from $p_T$",
}

CAPTIONS: Mapping[str, tuple[str, str]] = {
    "basins": (
        "Basins of the probability flow, filled, against the cells of optimal transport, both from N(0, I). Where the "
        "two send a point to different atoms it is hatched. Atoms are shown about their mean; in more than two "
        "dimensions the plane is that of their two leading principal axes.",
        "Regions of a plane, one for each atom, with the borders of the cells of optimal transport beside those of the "
        "flow's basins.",
    ),
    "gap": (
        "Mass that is sent to another atom than by optimal transport against the horizon T, with what it tends to. "
        "Values that are not larger than their error are left out.",
        "Points on a logarithmic axis against the horizon, and a horizontal line at the value for an infinite one.",
    ),
}
"""Caption and text for those who cannot see the figure, by figure."""


def draw_entries(study: StoredMongeAmpere) -> Mapping[str, Mapping[str, Json]]:
    """Return the entries of the figures, all with a raster copy; without a gap above its error there is none of it."""
    drawn: dict[str, dict[str, Json]] = {"basins": _basins(study)}
    if series := _series(study):
        drawn["gap"] = {
            "kind": "curves",
            "xlabel": "horizon  $T$  (dimensionless)",
            "ylabel": "mass sent elsewhere (dimensionless)",
            "yscale": "log",
            "series": series,
        }
    return {
        name: {**entry, "png": True, "caption": CAPTIONS[name][0], "alt": CAPTIONS[name][1]}
        for name, entry in drawn.items()
    }


def show_figure(name: str) -> str:
    """Return the Markdown of a figure with its caption."""
    caption, alt = CAPTIONS[name]
    return f"![{escape(alt)}](figures/{name}.svg)\\\n{escape(caption)}"


def _basins(study: StoredMongeAmpere) -> dict[str, Json]:
    picture = study.picture
    atoms = picture.get("atoms") or []
    panel = {key: picture[key] for key in ("ticks", "flow", "cells") if key in picture}
    panel["atoms"] = {"x": [atom[0] for atom in atoms], "y": [atom[1] for atom in atoms]}
    if study.witness is not None:
        panel["arrows"] = _arrows(study.witness, picture.get("basis") or [], atoms)
    plane = study.d <= 2
    return {
        "kind": "basins",
        "panels": [panel],
        "xlabel": "first coordinate" if plane else "first principal axis",
        "ylabel": "second coordinate" if plane else "second principal axis",
    }


def _arrows(witness: StoredWitness, basis: Sequence[Sequence[float]], atoms: Sequence[Json]) -> list[Json]:
    """Return the arrows from the two points, seen in the plane of `basis`, to the atoms that they are sent to."""
    return [
        {
            "from": [sum(x * row[axis] for x, row in zip(point, basis, strict=True)) for axis in range(2)],
            "to": list(atoms[atom]),
            "label": f"$x_{number}$",
        }
        for number, (point, atom) in enumerate(zip(witness.points, witness.atoms, strict=True), start=1)
    ]


def _series(study: StoredMongeAmpere) -> list[Json]:
    """Return the gaps by horizon that are larger than their error, and what they tend to if that is."""
    series: list[Json] = []
    for name, values in study.by_horizon.items():
        shown = [(horizon, gap) for horizon, gap in values if _is_seen(gap)]
        if not shown or (name == "raw" and study.is_centred):
            continue
        numbers = [(gap.mismatch.value, gap.mismatch.error or 0.0) for _, gap in shown]
        series.append(
            {
                "label": LABELS[name],
                "style": "points",
                "x": [horizon for horizon, _ in shown],
                "y": [value for value, _ in numbers],
                "lower": [value - error for value, error in numbers],
                "upper": [value + error for value, error in numbers],
            }
        )
    if series and _is_seen(study.gap):
        ends = sorted(horizon for horizon, _ in study.by_horizon["centred"])
        limit = {"label": r"$T = \infty$", "style": "reference", "x": [0.0, ends[-1]]}
        series.append({**limit, "y": [study.gap.mismatch.value] * 2})
    return series


def _is_seen(gap: StoredGap) -> bool:
    """Tell whether the mismatch is larger than its error: else there is nothing to show on a logarithmic axis."""
    return gap.mismatch.error is not None and gap.mismatch.value > gap.mismatch.error
