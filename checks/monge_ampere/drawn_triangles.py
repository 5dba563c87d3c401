"""Triangles that Hypothesis draws, and how deep the flow crosses them: pairs of points sent the wrong way round."""

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final, final

import numpy as np
from jaxtyping import Float

from ...numerics.measures import DiscreteMeasure
from ...numerics.monge_ampere import probability_flow_map
from ...numerics.monge_ampere.monotonicity import find_crossed_pair
from ...theory.verdict import Json

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

GRID: Final = 4
"""Corners of drawn triangles are multiples of 1/GRID."""

SPAN: Final = 8
"""Coordinates of corners are at most SPAN/GRID."""

RADII, ANGLES, FARTHEST = 32, 64, 4.5
"""Points at which a drawn triangle's map is looked at: a polar grid up to this radius."""

LEAST_RATIO: Final = 1.3
"""Drawn triangles have a ratio of squared sides of at least this: nearer ones cross by less than the grid shows."""

LEAST_HEIGHT: Final = 0.3
"""The least height of a drawn triangle relative to its longest side."""


@final
@dataclass(frozen=True, slots=True)
class DrawnTriangle:
    """Corners in units of 1/GRID, and integers in proportion of the weights."""

    corners: tuple[tuple[int, int], ...]
    masses: tuple[int, int, int]

    @property
    def measure(self) -> DiscreteMeasure:
        """The triangle as a measure."""
        masses = np.array(self.masses, np.float64)
        return DiscreteMeasure(np.array(self.corners, np.float64) / GRID, masses / masses.sum())

    @property
    def shape(self) -> tuple[float, float]:
        """The ratio of squared sides, and the least height relative to the longest side (0 for atoms on a line)."""
        squares, area = squared_sides(np.array(self.corners, np.float64))
        return (squares.max() / squares.min() if squares.min() > 0 else np.inf, area / max(squares.max(), 1.0))


def squared_sides(corners: Float[np.ndarray, "3 2"]) -> tuple[Float[np.ndarray, " 3"], float]:
    """Return the squared sides of a triangle and twice its area."""
    sides = corners - np.roll(corners, 1, axis=0)
    area = abs(float(sides[0, 0] * sides[1, 1] - sides[0, 1] * sides[1, 0]))
    return (sides**2).sum(axis=1), area


def drawn_triangles() -> "SearchStrategy[DrawnTriangle]":
    """Draw triangles away from the equilateral and the flat ones, half of them with equal weights."""
    from hypothesis import strategies as st

    corner = st.tuples(st.integers(-SPAN, SPAN), st.integers(-SPAN, SPAN))
    masses = st.just((1, 1, 1)) | st.tuples(*[st.integers(2, 6)] * 3)
    drawn = st.builds(DrawnTriangle, st.tuples(corner, corner, corner), masses)
    return drawn.filter(lambda one: one.shape[0] >= LEAST_RATIO and one.shape[1] >= LEAST_HEIGHT)


def encode_triangle(drawn: DrawnTriangle) -> Json:
    """Write a triangle as JSON, exactly."""
    return {"corners": [list(corner) for corner in drawn.corners], "masses": list(drawn.masses)}


def decode_triangle(value: Json) -> DrawnTriangle:
    """Read a triangle back from `encode_triangle`."""
    first, second, third = (int(mass) for mass in value["masses"])
    return DrawnTriangle(tuple((int(x), int(y)) for x, y in value["corners"]), (first, second, third))


@cache
def _polar_grid() -> Float[np.ndarray, "k 2"]:
    """Return points of a polar grid, each circle turned against the one before."""
    radii = FARTHEST * np.arange(1, RADII + 1) / RADII
    turns = (np.arange(ANGLES) + (np.arange(RADII) * (5**0.5 - 1) / 2 % 1)[:, None]) * (2 * np.pi / ANGLES)
    directions = np.stack([np.cos(turns), np.sin(turns)], axis=-1)
    return (radii[:, None, None] * directions).reshape(-1, 2)


def crossing_depth(drawn: DrawnTriangle) -> float:
    """Return how far the flow sends points of a polar grid the wrong way round: 0 where it does not.

    It is `-<x_1 - x_2, y_1 - y_2>` of the pair with the widest angle, in units of the triangle's extent. Points too
    near a border to be decided are left out.
    """
    measure, points = drawn.measure, _polar_grid()
    found = probability_flow_map(points, measure)
    assert found.labels is not None
    pair = find_crossed_pair(points[found.decided], found.labels[found.decided], measure)
    return 0.0 if pair is None else -pair.product / float(np.ptp(measure.atoms, axis=0).max())
