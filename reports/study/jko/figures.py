"""The figures of a JKO study, as entries that `reports.figures` draws."""

from collections.abc import Mapping, Sequence

from ...markdown import escape
from ...numbers import format_number
from ...stored import Json
from .stored import StoredDistances, StoredGrid, StoredJko

MOST_ROWS = 12
"""With more intervals than this, distances are drawn against time."""

MOST_PANELS = 3

MOST_LINES = 40
"""More pairs than these, for each interval, cannot be told apart on a line."""

NAMES = ("no movement", "predicted", "floor")

CAPTIONS: Mapping[str, tuple[str, str]] = {
    "potential": (
        "The potential V, up to a constant: particles move downhill.",
        "Level sets of the fitted potential, or its graph in one dimension.",
    ),
    "interaction": (
        "The interaction U, as a function of the difference of two particles: where it falls, they repel each other.",
        "Level sets of the fitted interaction, or its graph in one dimension.",
    ),
    "couplings": (
        "Optimal couplings of neighbouring snapshots, from which the energies were fitted: pairs drawn by their mass.",
        "Arrows from particles of a snapshot to those of the next one that they are coupled with.",
    ),
    "predictions": (
        "Held-out particles one interval later, as predicted and as they were; none of them was fitted to.",
        "Particles as they were and as predicted, in one panel for each interval.",
    ),
    "distances": (
        "Exact 1-Wasserstein distances to held-out snapshots by interval of time: without any movement, of the "
        "predictions, and the floor, to which the true energies would come on average.",
        "Three numbers for each interval, with error bars, and their means.",
    ),
}
"""Caption and text for those who cannot see the figure, by figure."""


def draw_entries(study: StoredJko) -> Mapping[str, Mapping[str, Json]]:
    """Return the entries of the figures, all with a raster copy; without an interaction there is none of it."""
    drawn: dict[str, dict[str, Json]] = {"potential": _energy(study, study.potential, "V", "")}
    if study.interaction is not None:
        drawn["interaction"] = _energy(study, study.interaction, "U", "difference, ")
    drawn |= {"couplings": _couplings(study), "predictions": _predictions(study), "distances": _distances(study)}
    return {
        name: {**entry, "png": True, "caption": CAPTIONS[name][0], "alt": CAPTIONS[name][1]}
        for name, entry in drawn.items()
    }


def show_figure(study: StoredJko, name: str) -> str:
    """Return the Markdown of a figure with its caption, which says what plane is shown."""
    caption, alt = CAPTIONS[name]
    if study.d > 2 and name != "distances":
        at = " through the mean" if name == "potential" else ""
        caption += f" Shown is the plane of the two leading principal axes{at}, of {study.d} dimensions."
    return f"![{escape(alt)}](figures/{name}.svg)\\\n{escape(caption)}"


def _axes(study: StoredJko) -> tuple[str, str]:
    if study.d == 1:
        return "x", ""
    kind = "coordinate" if study.d == 2 else "principal axis"
    return f"first {kind}", f"second {kind}"


def _energy(study: StoredJko, grid: StoredGrid, name: str, what: str) -> dict[str, Json]:
    first, second = _axes(study)
    if study.d == 1:
        band = {
            "lower": [value - error for value, error in zip(grid.values, grid.errors, strict=True)],
            "upper": [value + error for value, error in zip(grid.values, grid.errors, strict=True)],
        }
        curve = {"label": f"{name} and its standard error", "x": grid.ticks[0], "y": list(grid.values), **band}
        return {"kind": "curves", "xlabel": f"{what}{first}", "ylabel": f"${name}$", "series": [curve]}
    return {
        "kind": "levels",
        **_plane(grid),
        "xlabel": f"{what}{first}",
        "ylabel": f"{what}{second}",
        "square": _is_square(grid),
    }


def _plane(grid: StoredGrid) -> dict[str, Json]:
    x, y = grid.ticks
    return {"x": x, "y": y, "values": list(grid.values), "covered": [int(one) for one in grid.covered]}


def _is_square(grid: StoredGrid) -> bool:
    """Tell whether both axes fit into a figure with one unit."""
    lengths = sorted(axis[-1] - axis[0] for axis in grid.ticks)
    return bool(lengths[-1] <= 3 * lengths[0])


def _couplings(study: StoredJko) -> dict[str, Json]:
    first, second = _axes(study)
    if study.d == 1:
        arrows: dict[str, list[float]] = {"x": [], "y": [], "to_x": [], "to_y": []}
        for number, coupling in enumerate(study.couplings):
            start, end = study.times[number : number + 2]
            shown = slice(None, None, -(-len(coupling["from"]) // MOST_LINES))
            starts, ends = _column(coupling["from"][shown], 0), _column(coupling["to"][shown], 0)
            arrows["x"] += [start] * len(starts)
            arrows["to_x"] += [end] * len(ends)
            arrows["y"] += starts
            arrows["to_y"] += ends
        return {"kind": "arrows", "ylabel": first, "panels": [{**arrows, "xlabel": "time"}]}
    last = len(study.couplings) - 1
    chosen = sorted({round(index * last / (MOST_PANELS - 1)) for index in range(MOST_PANELS)})
    panels = [
        {
            "title": _title(study, number),
            "x": _column(study.couplings[number]["from"], 0),
            "y": _column(study.couplings[number]["from"], 1),
            "to_x": _column(study.couplings[number]["to"], 0),
            "to_y": _column(study.couplings[number]["to"], 1),
            "xlabel": first,
        }
        for number in chosen
    ]
    square = _is_square(study.potential)
    return {"kind": "arrows", "ylabel": second, "panels": panels, "ground": _plane(study.potential), "square": square}


def _predictions(study: StoredJko) -> dict[str, Json]:
    first, second = _axes(study)
    panels = []
    for one in study.predictions:
        # In the plane a third cloud would hide the other two.
        clouds = {"as they were": one["after"], "as predicted": one["predicted"]}
        clouds |= {"before": one["before"]} if study.d == 1 else {}
        panels.append(
            {
                "title": _title(study, one["interval"]),
                "xlabel": first,
                "series": [_cloud(name, points, study.d) for name, points in clouds.items()],
            }
        )
    ylabel = "share of particles below" if study.d == 1 else second
    return {"kind": "panels", "ylabel": ylabel, "panels": panels}


def _cloud(name: str, points: Json, dimension: int) -> dict[str, Json]:
    """Return particles as points of a plane, or on a line as their distribution function."""
    if dimension == 1:
        ordered = sorted(_column(points, 0))
        shares = [(place + 0.5) / len(ordered) for place in range(len(ordered))]
        return {"label": name, "style": "line", "x": ordered, "y": shares}
    return {"label": name, "style": "points", "x": _column(points, 0), "y": _column(points, 1)}


def _distances(study: StoredJko) -> dict[str, Json]:
    if len(study.intervals) <= MOST_ROWS:
        rows = [(_title(study, number), one) for number, one in enumerate(study.intervals)]
        groups = [{"label": label, "marks": _marks(one)} for label, one in [*rows, ("mean", study.mean)]]
        return {"kind": "groups", "xlabel": "1-Wasserstein distance (unit of the data)", "groups": groups}
    marks = [_marks(one) for one in study.intervals]
    series = [
        {
            "label": name,
            "style": "points",
            "x": list(study.times[1:]),
            "y": [row[place]["value"] for row in marks],
            "lower": [row[place]["value"] - row[place]["error"] for row in marks],
            "upper": [row[place]["value"] + row[place]["error"] for row in marks],
        }
        for place, name in enumerate(NAMES)
    ]
    ylabel = "1-Wasserstein distance (unit of the data)"
    return {"kind": "curves", "xlabel": "time", "ylabel": ylabel, "series": series}


def _marks(distances: StoredDistances) -> list[dict[str, Json]]:
    numbers = (
        (distances.unmoved, 0.0),
        (distances.predicted.value, distances.predicted.error or 0.0),
        (distances.floor.value, distances.floor.error or 0.0),
    )
    return [
        {"label": name, "value": value, "error": error} for name, (value, error) in zip(NAMES, numbers, strict=True)
    ]


def _title(study: StoredJko, interval: int) -> str:
    start, end = study.times[interval : interval + 2]
    return f"{format_number(start, 3)} to {format_number(end, 3)}"


def _column(points: Sequence[Sequence[float]], axis: int) -> list[float]:
    return [point[axis] for point in points]
