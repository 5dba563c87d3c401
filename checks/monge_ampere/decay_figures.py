"""Entries of the figures of gaps that decay: on a log scale beside their leading terms, and divided by them."""

import math
from collections.abc import Mapping, Sequence
from typing import Final

from ...numerics.estimate import Estimate
from ...theory.verdict import Json
from .decay import Decay

COLUMNS: Final = 3
"""Panels in a row at most."""


def draw_decays(decays: Mapping[str, Decay]) -> dict[str, Json]:
    """Return the figure of gaps against the horizon, a panel for each law, beside the claimed leading term."""
    panels = [
        {
            "title": law,
            "xlabel": "horizon $T$",
            "series": [_points("measured", decay.horizons, decay.gaps), _leading_term(decay)],
        }
        for law, decay in decays.items()
    ]
    return {
        "kind": "panels",
        "columns": min(len(panels), COLUMNS),
        "ylabel": "gap (dimensionless)",
        "yscale": "log",
        "panels": panels,
        "png": True,
        "caption": r"Gaps against the horizon, on a log scale, and the claimed leading terms $c\, e^{-kT}$: "
        + "; ".join(f"{law}, $k = {decay.rate:g}$" for law, decay in decays.items())
        + ".",
        "alt": "For each law points that fall along a straight line on a logarithmic axis.",
    }


def draw_ratios(decays: Mapping[str, Decay]) -> dict[str, Json]:
    """Return the figure of gaps divided by the claimed leading term, which tend to 1."""
    horizons = [at for decay in decays.values() for at in decay.horizons]
    series = [
        _points(law, decay.horizons, [scaled * (1 / decay.constant.value) for scaled in decay.scaled()])
        for law, decay in decays.items()
    ]
    one = {"label": "leading term", "style": "reference", "x": [min(horizons), max(horizons)], "y": [1.0, 1.0]}
    return {
        "kind": "curves",
        "xlabel": "horizon $T$ (dimensionless)",
        "ylabel": "gap / leading term",
        "series": [*series, one],
        "png": True,
        "caption": "The same gaps divided by their claimed leading terms. A wrong rate would show as a slope that "
        "stays, a wrong constant as another limit than 1.",
        "alt": "Points for each law that approach a horizontal line at 1.",
    }


def _points(label: str, horizons: Sequence[float], gaps: Sequence[Estimate]) -> dict[str, Json]:
    return {
        "label": label,
        "style": "points",
        "x": list(horizons),
        "y": [gap.value for gap in gaps],
        "lower": [gap.low for gap in gaps],
        "upper": [gap.high for gap in gaps],
    }


def _leading_term(decay: Decay) -> dict[str, Json]:
    """Return c e^(-kT), a straight line between the ends of the horizons."""
    ends = [decay.horizons[0], decay.horizons[-1]]
    values = [decay.constant.value * math.exp(-decay.rate * at) for at in ends]
    return {"label": "leading term", "style": "reference", "x": ends, "y": values}
