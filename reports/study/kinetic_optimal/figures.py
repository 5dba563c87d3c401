"""The figures of a kinetic-optimal study, as entries that `reports.figures` draws."""

from collections.abc import Mapping

from ...markdown import escape
from ...stored import Json
from .sentences import name_path
from .stored import StoredKineticOptimal

CUT = 2.0
"""The band of the information is cut at 0 and at this times the entropy, or it would flatten the curve."""

FLOOR_DIGITS = 4
"""Decimals with which the energy floor is drawn."""

CAPTIONS: Mapping[str, tuple[str, str]] = {
    "separation": (
        "Separation function with its interval, above the linear floor and the entropy bound: what these exclude is "
        "hatched.",
        "Curve of lambda against the signal-to-noise ratio s on a logarithmic axis, rising to 1, above the linear "
        "floor and the entropy bound.",
    ),
    "path": (
        "Kinetic-optimal path: between Cond-OT and the circle in the plane of the two coefficients, and a straight "
        "line at constant speed in flat coordinates. Marks stand at tenths of time.",
        "Left: three curves from (1, 0) to (0, 1) in the plane of sigma and alpha. Right: the kinetic-optimal path as "
        "a straight line with equally spaced marks.",
    ),
    "energies": (
        "Kinetic energy per dimension of the named paths, with its error, and what no Gaussian path goes below.",
        "One dot with an error bar for each path, and one for the floor.",
    ),
    "information": (
        "Information that the noisy data carry about the data, per dimension, in nats: it must come to the entropy "
        "per dimension, which no estimate enters. The band is cut at 0 and at twice the entropy.",
        "Curve of the information rate against s on a logarithmic axis, rising to a horizontal line, the entropy per "
        "dimension.",
    ),
}
"""Caption and text for those who cannot see the figure, by figure."""


def draw_entries(study: StoredKineticOptimal) -> Mapping[str, Mapping[str, Json]]:
    """Return the entries of the four figures, all with a raster copy."""
    drawn = {
        "separation": _separation(study),
        "path": _path(study),
        "energies": _energies(study),
        "information": _information(study),
    }
    return {
        name: {**entry, "png": True, "caption": CAPTIONS[name][0], "alt": CAPTIONS[name][1]}
        for name, entry in drawn.items()
    }


def show_figure(name: str) -> str:
    """Return the Markdown of a figure with its caption."""
    caption, alt = CAPTIONS[name]
    return f"![{escape(alt)}](figures/{name}.svg)\\\n{caption}"


def _separation(study: StoredKineticOptimal) -> dict[str, Json]:
    data = study.data
    kept = ("s", "mean", "lower", "upper", "linear_floor", "entropy_bound")
    return {
        "kind": "separation",
        "label": f"estimate, n = {data.n}, d = {data.d}",
        **{key: study.curve[key] for key in kept if key in study.curve},
    }


def _path(study: StoredKineticOptimal) -> dict[str, Json]:
    rivals = study.path.get("rivals", {})
    kept = {key: study.path[key] for key in ("t", "sigma", "alpha", "r", "Theta") if key in study.path}
    return {"kind": "path", **kept, "cond_ot": rivals.get("cond-ot"), "vp": rivals.get("vp-cosine")}


def _energies(study: StoredKineticOptimal) -> dict[str, Json]:
    known = {name: energy for name, energy in study.energies.items() if energy.error is not None}
    return {
        "kind": "bars",
        "label": [*(name_path(name) for name in known), "floor at this entropy"],
        # The floor has no error, and would be printed in full.
        "value": [*(energy.value for energy in known.values()), round(study.energy_floor, FLOOR_DIGITS)],
        "error": [*(energy.error for energy in known.values()), 0.0],
        "ylabel": "kinetic energy per dimension (dimensionless)",
    }


def _information(study: StoredKineticOptimal) -> dict[str, Json]:
    s, rate, error = (study.information.get(key) or [] for key in ("s", "rate", "error"))
    entropy, band = study.data.entropy_rate, {}
    if None not in error:
        ends = [(value - spread, value + spread) for value, spread in zip(rate, error, strict=True)]
        band = {
            "lower": [max(low, 0.0) for low, _ in ends],
            "upper": [min(high, CUT * entropy) for _, high in ends],
        }
    limit = {"label": r"entropy  $H/d$", "x": s[:1] + s[-1:], "y": [entropy] * 2, "style": "reference"}
    return {
        "kind": "curves",
        "xlabel": r"signal-to-noise ratio  $s=\alpha/\sigma$  (dimensionless)",
        "ylabel": "nats per dimension",
        "xscale": "log",
        "series": [{"label": r"information  $I(s)/d$", "x": s, "y": rate, **band}, limit],
    }
