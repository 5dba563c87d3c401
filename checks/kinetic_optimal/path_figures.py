"""Entries of the figures of data sets: separation functions, kinetic-optimal paths, and energies by path."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ...numerics.kinetic_optimal import KineticOptimalPath, VPCosine
from ...theory.verdict import Json
from .path_energies import ENERGY, PathEnergies

TIMES = np.linspace(0.0, 1.0, 201)
LINEAR, ENTROPY = r"linear floor $s^2/(1+s^2)$", "entropy bound"
SHOWN = (0.01, 30.0)
"""The range of s that the picture of all data sets shows."""


def draw_separation(found: PathEnergies, label: str) -> dict[str, Json]:
    """Return the entry of a data set's separation function between its bounds."""
    data = found.data
    low, high = data.interval
    return {
        "kind": "separation",
        "label": label,
        "s": data.curve.s.tolist(),
        "mean": data.curve.mean.tolist(),
        "lower": low.tolist(),
        "upper": high.tolist(),
        "linear_floor": data.linear_floor.tolist(),
        "entropy_bound": data.entropy_bound.tolist(),
        "png": True,
        "caption": f"Separation function of the {data.name} with its interval, above the linear floor and the entropy "
        "bound.",
        "alt": "Curve of lambda against the signal-to-noise ratio s on a logarithmic axis, rising from near 0 "
        "to 1, everywhere above the linear floor and the entropy bound.",
    }


def draw_path(found: PathEnergies) -> dict[str, Json]:
    """Return the entry of a data set's kinetic-optimal path beside Cond-OT and the cosine path."""
    alpha, sigma = np.asarray(found.path.alpha(TIMES)), np.asarray(found.path.sigma(TIMES))
    cosine = VPCosine()
    return {
        "kind": "path",
        "label": found.data.name,
        "t": TIMES.tolist(),
        "alpha": alpha.tolist(),
        "sigma": sigma.tolist(),
        "r": np.hypot(alpha, sigma).tolist(),
        "Theta": _flat_angle(found.path).tolist(),
        "cond_ot": {"sigma": (1 - TIMES).tolist(), "alpha": TIMES.tolist()},
        "vp": {
            "sigma": [float(cosine.sigma(value)) for value in TIMES],
            "alpha": [float(cosine.alpha(value)) for value in TIMES],
        },
        "png": True,
        "caption": f"Kinetic-optimal path of the {found.data.name}: between Cond-OT and the circle in the plane of the "
        "schedules, and a straight line in flat coordinates.",
        "alt": "Left: three curves from (1, 0) to (0, 1) in the (sigma, alpha) plane. Right: the "
        "kinetic-optimal path as a straight line with equally spaced time marks.",
    }


def draw_all_separations(energies: Sequence[PathEnergies]) -> dict[str, Json]:
    """Return the entry of all separation functions: together above the linear floor, and each with its bound."""
    s = np.geomspace(*SHOWN, 120)
    floor = {"label": LINEAR, "style": "reference", "x": s.tolist(), "y": (s**2 / (1 + s**2)).tolist()}
    curves = [_separation_series(found) for found in energies]
    panels: list[Json] = [{"title": "all", "xlabel": "$s$", "xscale": "log", "series": [*curves, floor]}]
    for found, curve in zip(energies, curves, strict=True):
        shown = (found.data.curve.s >= SHOWN[0]) & (found.data.curve.s <= SHOWN[1])
        bound = {
            "label": ENTROPY,
            "style": "reference",
            "x": found.data.curve.s[shown].tolist(),
            "y": found.data.entropy_bound[shown].tolist(),
        }
        bounds = [bound] if math.isfinite(found.data.entropy_rate) else []
        panels.append({"title": found.data.name, "xlabel": "$s$", "xscale": "log", "series": [curve, floor, *bounds]})
    return {
        "kind": "panels",
        "columns": 3,
        "ylabel": r"separation $\lambda(s)$",
        "ylim": [0.0, 1.03],
        "panels": panels,
        "png": True,
        "caption": r"Separation functions of five data sets with their intervals, together and one by one, above the "
        r"linear floor that all share and the bound $1 - (1 - e^{-2L})/s^2$ of each one's entropy $L$ per dimension "
        "(Gaussian data have none).",
        "alt": "Six panels with the signal-to-noise ratio s on a logarithmic axis. First all five curves rising from 0 "
        "to 1, the photographs' by far the earliest; then each curve alone, above a common floor and its own bound.",
    }


def _separation_series(found: PathEnergies) -> dict[str, Json]:
    curve = found.data.curve
    shown = (curve.s >= SHOWN[0]) & (curve.s <= SHOWN[1])
    low, high = found.data.interval
    return {
        "label": found.data.name,
        "x": curve.s[shown].tolist(),
        "y": curve.mean[shown].tolist(),
        "lower": low[shown].tolist(),
        "upper": high[shown].tolist(),
    }


def draw_all_energies(energies: Sequence[PathEnergies]) -> dict[str, Json]:
    """Return the entry of the energies by path, data set by data set, with the floor of the entropy."""
    names = {ENERGY: "kinetic-optimal", "Cond-OT energy": "Cond-OT", "cosine energy": "cosine"}
    groups = []
    for found in energies:
        marks: list[dict[str, Json]] = [
            {"label": names[name], "value": estimate.value, "error": estimate.error}
            for name, estimate in found.numbers.items()
            if name in names
        ]
        if math.isfinite(found.data.entropy_rate):
            marks.append({"label": "entropy floor", "value": found.floor, "error": 0.0, "style": "reference"})
        groups.append({"label": found.data.name, "marks": marks})
    return {
        "kind": "groups",
        "xlabel": "kinetic energy per dimension (dimensionless)",
        "groups": groups,
        "png": True,
        "caption": "Energies of the named paths with their errors, and the floor that the data's entropy sets to every "
        "Gaussian path: little entropy leaves little room below 2, which Cond-OT never exceeds.",
        "alt": "For each of five data sets the energies of the kinetic-optimal path, Cond-OT and the cosine path: the "
        "first is the least everywhere and above the floor; for photograph patches it is next to Cond-OT's.",
    }


def draw_all_paths(energies: Sequence[PathEnergies]) -> dict[str, Json]:
    """Return the entry of all kinetic-optimal paths: in the plane of the schedules, and in flat coordinates."""
    plane, flat = [], []
    for found in energies:
        alpha, sigma = np.asarray(found.path.alpha(TIMES)), np.asarray(found.path.sigma(TIMES))
        angle, radius = _flat_angle(found.path), np.hypot(alpha, sigma)
        label = found.data.name
        plane.append({"label": label, "x": sigma.tolist(), "y": alpha.tolist()})
        line = {"x": (radius * np.cos(angle)).tolist(), "y": (radius * np.sin(angle)).tolist()}
        flat.append({"label": label, **line})
    quarter = np.linspace(0.0, math.pi / 2, 100)
    circle: Json = {"x": np.cos(quarter).tolist(), "y": np.sin(quarter).tolist()}
    cond_ot = {"label": "Cond-OT", "style": "reference", "x": [1.0, 0.0], "y": [0.0, 1.0]}
    arc = {"label": "$r = 1$: cosine path", "style": "reference", **circle}
    return {
        "kind": "panels",
        "ylabel": r"data $\alpha$, and $r\,\sin\Theta$",
        "square": True,
        "panels": [
            {"title": "coefficients", "xlabel": r"noise $\sigma$", "series": [*plane, cond_ot, arc]},
            {"title": "flat coordinates", "xlabel": r"$r\,\cos\Theta$", "series": [*flat, arc]},
        ],
        "png": True,
        "caption": "Kinetic-optimal paths of five data sets. Left: in the plane of the schedules, between Cond-OT and "
        "the circle. Right: straight lines from $(1, 0)$ in flat coordinates, to the angle $\\Theta_m$ of each.",
        "alt": "Left: five curves from (1, 0) to (0, 1), that of the photographs next to the straight line of Cond-OT. "
        "Right: the same five as straight lines from (1, 0) to points of the unit circle.",
    }


def _flat_angle(path: KineticOptimalPath) -> np.ndarray[Any, Any]:
    """Return Theta at `TIMES`: the path is the straight line from (1, 0) to (cos Theta_m, sin Theta_m)."""
    final = path.theta_max
    return np.arctan2(TIMES * math.sin(final), 1 - TIMES + TIMES * math.cos(final))
