"""Basins of the probability flow and cells of optimal transport on a grid in a plane: what a picture of both shows.

Both maps from N(0, I) send every point to an atom. The grid consists of equal squares around the origin; a square
carries the labels of its midpoint.

For atoms in more dimensions the plane is that of their two leading principal axes, through the origin; on a line the
second axis is one that nothing depends on. The data's mean is removed: neither map from N(0, I) at infinite horizon
depends on it but for a translation of the images.
"""

from dataclasses import dataclass
from typing import Final, final

import numpy as np
from jaxtyping import Bool, Float, Int

from ..measures import DiscreteMeasure
from .flow import probability_flow_map
from .forward_law import AffineHull
from .laguerre import LaguerreDiagram

HALF_WIDTH: Final = 3.6
"""Half the width of the grid, in standard deviations: outside of it lies a mass of 6e-4."""

INNER: Final = 0.8
"""Share of the half width within which a point is not at the edge."""

FARTHEST: Final = 6.0
"""Up to this distance atoms have the grid grow to show them."""


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LabelPicture:
    """Labels of both maps at the midpoints of a grid of m x m squares.

    `ticks` (m,) are the midpoints along both axes and `step` is the width of a square; `flow` and `cells` (m, m) are
    atoms by index in `measure`, whose atoms are centred, rows running along the second axis; `decided` says where the
    flow's label is certain; `basis` (d, 2) takes points of R^d to the plane.
    """

    measure: DiscreteMeasure
    ticks: Float[np.ndarray, " m"]
    step: float
    flow: Int[np.ndarray, "m m"]
    cells: Int[np.ndarray, "m m"]
    decided: Bool[np.ndarray, "m m"]
    basis: Float[np.ndarray, "d 2"]

    @property
    def points(self) -> Float[np.ndarray, "k d"]:
        """The midpoints as points of R^d, row by row."""
        first, second = np.meshgrid(self.ticks, self.ticks)
        return np.stack([first.ravel(), second.ravel()], axis=1) @ self.basis.T

    @property
    def atoms(self) -> Float[np.ndarray, "n 2"]:
        """The centred atoms, projected on the plane."""
        return np.asarray(self.measure.atoms @ self.basis)

    @property
    def differs(self) -> Bool[np.ndarray, "m m"]:
        """Where the two maps send a midpoint to different atoms."""
        return self.flow != self.cells

    @property
    def inner(self) -> Bool[np.ndarray, "m m"]:
        """Where the flow's label is certain, away from the picture's edge."""
        near = np.abs(self.ticks) <= INNER * np.abs(self.ticks).max()
        return self.decided & np.outer(near, near)


def label_picture(diagram: LaguerreDiagram, *, resolution: int, half_width: float | None = None) -> LabelPicture:
    """Label the midpoints of `resolution` x `resolution` squares by the flow and by the optimal map from N(0, I).

    **Arguments:** `half_width` is half the width of the grid; if not given, `HALF_WIDTH`, or what shows the atoms.

    **Raises:** `ValueError` for fewer than two squares along an axis, a width that is not positive, or a diagram whose
    source is not N(0, I).
    """
    if half_width is not None and not half_width > 0:
        raise ValueError(f"the width must be positive, not {half_width}")
    if resolution < 2:
        raise ValueError(f"want two squares or more along an axis, not {resolution}")
    if np.isfinite(diagram.horizon):
        raise ValueError(f"the source must be N(0, I), not p_T with T = {diagram.horizon}")
    hull = AffineHull.of(diagram.measure)
    centred = DiscreteMeasure(diagram.measure.atoms - hull.centre, diagram.measure.weights)
    basis = _principal_plane(centred)
    if half_width is None:
        reach = np.abs(centred.atoms @ basis).max(axis=1)
        half_width = max(HALF_WIDTH, 1.1 * float(reach[reach <= FARTHEST].max(initial=0.0)))
    step = 2 * half_width / resolution
    ticks = -half_width + step * (np.arange(resolution) + 0.5)
    first, second = np.meshgrid(ticks, ticks)
    points = np.stack([first.ravel(), second.ravel()], axis=1) @ basis.T
    found = probability_flow_map(points, centred)
    assert found.labels is not None
    shape = (resolution, resolution)
    return LabelPicture(
        measure=centred,
        ticks=ticks,
        step=step,
        flow=found.labels.reshape(shape),
        cells=diagram.assign(points).reshape(shape),
        decided=found.decided.reshape(shape),
        basis=basis,
    )


def run_lengths(labels: Int[np.ndarray, "m m"]) -> dict[str, list[int]]:
    """Return labels, row by row, as runs of equal ones, as JSON: a grid of 10^5 places has a few hundred of them."""
    flat = labels.ravel()
    starts = np.flatnonzero(np.concatenate([[True], flat[1:] != flat[:-1]]))
    return {"label": flat[starts].tolist(), "length": np.diff(np.append(starts, flat.size)).tolist()}


def _principal_plane(centred: DiscreteMeasure) -> Float[np.ndarray, "d 2"]:
    """Return an orthonormal basis of the plane: the axes themselves in R^1 and R^2, else the principal ones."""
    d = centred.dimension
    if d <= 2:
        return np.eye(d, 2)
    _, _, rows = np.linalg.svd(np.sqrt(centred.weights)[:, None] * centred.atoms, full_matrices=True)
    # Singular vectors have no sign of their own: the largest entry is made positive, so that pictures repeat.
    plane = rows[:2].T
    return np.asarray(plane * np.sign(plane[np.abs(plane).argmax(axis=0), [0, 1]]))
