"""Entries of the figures of maps: basins of the flow against cells of optimal transport, and their gap by horizon."""

import math
from collections.abc import Mapping, Sequence
from typing import Final

from ...numerics.estimate import Estimate
from ...numerics.monge_ampere.label_picture import LabelPicture, run_lengths
from ...theory.verdict import Json
from .gap_series import GapSeries, extrapolate_early

Arrow = tuple[str, Sequence[float], Sequence[float]]
"""A point's name, the point, and the atom that the flow sends it to."""

EARLY: Final = 3.0
"""Horizons up to this are what a short study would see."""

MEASURED, FIT, PLATEAU = "measured", f"decay fitted up to $T = {EARLY:g}$", "plateau"

BELOW: Final = 8.0
"""A fitted decay is drawn down to the least gap divided by this."""


def draw_labels(picture: LabelPicture, *, title: str = "", arrows: Sequence[Arrow] = ()) -> dict[str, Json]:
    """Return one panel of a figure of basins and cells, with the points that are sent the wrong way round."""
    named = [{"from": list(point), "to": list(atom), "label": name} for name, point, atom in arrows]
    return {
        "title": title,
        "ticks": picture.ticks.tolist(),
        "flow": run_lengths(picture.flow),
        "cells": run_lengths(picture.cells),
        "atoms": {"x": picture.atoms[:, 0].tolist(), "y": picture.atoms[:, 1].tolist()},
        **({"arrows": named} if named else {}),
    }


def draw_basins(panels: Sequence[Mapping[str, Json]], caption: str, alt: str) -> dict[str, Json]:
    """Return the figure of one or two panels of `draw_labels`."""
    return {
        "kind": "basins",
        "xlabel": "first coordinate (dimensionless)",
        "ylabel": "second coordinate (dimensionless)",
        "panels": list(panels),
        "png": True,
        "caption": caption,
        "alt": alt,
    }


def draw_gap_by_horizon(
    law: str, series: Mapping[str, GapSeries], plateau: Estimate, misleading: str = ""
) -> dict[str, Json]:
    """Return the figure of gaps against the horizon, on a log scale, with the plateau that they tend to.

    **Arguments:** `series` by title, one panel each; `plateau` is what the centred gap tends to; `misleading` is the
    title of the series whose early part looks like a decay: the fit of that part is drawn through.
    """
    panels = [
        {
            "title": title,
            "xlabel": "horizon $T$",
            "shaded": [0.0, EARLY],
            "series": [
                _measured(found),
                *([_early_fit(found)] if title == misleading else []),
                _level(found, plateau),
            ],
        }
        for title, found in series.items()
    ]
    early = (
        f"Up to $T = {EARLY:g}$ (shaded) one of them looks like a decay; the fit of that part, drawn on, fails later."
        if misleading
        else f"Horizons up to $T = {EARLY:g}$ are shaded."
    )
    what = f"Mass that flow and optimal transport send to different atoms against the horizon: {law}."
    return {
        "kind": "panels",
        "ylabel": "mass sent elsewhere",
        "yscale": "log",
        "panels": panels,
        "png": True,
        "caption": f"{what} {early} The plateau is {plateau.value:.4f}.",
        "alt": "Points on a logarithmic axis against the horizon that end on a horizontal line, the plateau"
        + (", beside a straight line that falls away from them." if misleading else "."),
    }


def _measured(found: GapSeries) -> dict[str, Json]:
    seen = [(at, gap) for at, gap in zip(found.horizons, found.mismatch, strict=True) if gap.value > gap.error]
    return {
        "label": MEASURED,
        "style": "points",
        "x": [at for at, _ in seen],
        "y": [gap.value for _, gap in seen],
        "lower": [gap.low for _, gap in seen],
        "upper": [gap.high for _, gap in seen],
    }


def _early_fit(found: GapSeries) -> dict[str, Json]:
    """Return the decay that the early part shows, from its first horizon down to below all gaps."""
    rate, _ = extrapolate_early(found, EARLY)
    first, high = found.horizons[0], found.mismatch[0].value
    least = min(gap.value for gap in found.mismatch) / BELOW
    last = min(found.horizons[-1], first + math.log(high / least) / rate)
    return {
        "label": FIT,
        "style": "reference",
        "x": [first, last],
        "y": [high, high * math.exp(-rate * (last - first))],
    }


def _level(found: GapSeries, plateau: Estimate) -> dict[str, Json]:
    return {"label": PLATEAU, "style": "reference", "x": [0.0, found.horizons[-1]], "y": [plateau.value] * 2}
