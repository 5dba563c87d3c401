"""Entries of the figures of this system: basins against cells, gaps by horizon, and how the tail closes."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Int

from ...numerics.monge_ampere.label_picture import LabelPicture
from ...theory.verdict import Json

Arrow = tuple[Sequence[float], Sequence[float]]
"""A point and the atom that the flow sends it to."""


def draw_labels(picture: LabelPicture, *, title: str = "", arrows: Sequence[Arrow] = ()) -> dict[str, Json]:
    """Return one panel of a figure of basins and cells; points of the `arrows` are named in their order."""
    named = [
        {"from": list(point), "to": list(atom), "label": f"$x_{number}$"}
        for number, (point, atom) in enumerate(arrows, start=1)
    ]
    return {
        "title": title,
        "ticks": picture.ticks.tolist(),
        "flow": _runs(picture.flow),
        "cells": _runs(picture.cells),
        "atoms": {"x": picture.atoms[:, 0].tolist(), "y": picture.atoms[:, 1].tolist()},
        **({"arrows": named} if named else {}),
    }


def _runs(labels: Int[np.ndarray, "m m"]) -> dict[str, Json]:
    """Return labels, row by row, as runs of equal ones: a grid of 10^5 places has a few hundred of them."""
    flat = labels.ravel()
    starts = np.flatnonzero(np.concatenate([[True], flat[1:] != flat[:-1]]))
    return {"label": flat[starts].tolist(), "length": np.diff(np.append(starts, flat.size)).tolist()}
