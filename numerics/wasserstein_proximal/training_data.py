"""Laws of data for memorisation: two moons, a spiral and a ring of Gaussians in the plane, and the 8 x 8 digits.

The thickness of moons and spiral decides whether they are curves or surfaces to a model of n points: curves where it is
well below the distance of neighbours along the curve.
"""

from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, final

import numpy as np
from jaxtyping import Float

from ..data import digits

Points = Float[np.ndarray, "n d"]

TURNS: Final = 1.5
"""Turns of the spiral, whose radius grows from 0 to `REACH`."""

REACH: Final = 2.0

COMPONENTS, RADIUS, DEVIATION = 8, 2.0, 0.3
"""Gaussians of the ring, its radius, and the standard deviation of each of them."""


def draw_two_moons(rng: np.random.Generator, n: int, thickness: float = 0.05) -> Points:
    """Draw n points of two interlocking half circles of radius 1, with Gaussian noise of the given deviation."""
    angles = np.pi * rng.uniform(size=n)
    lower = rng.integers(0, 2, n)
    moons = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    moons[lower == 1] = np.array([1.0, 0.5]) - moons[lower == 1]
    return moons + thickness * rng.standard_normal((n, 2))


def draw_spiral(rng: np.random.Generator, n: int, thickness: float = 0.05) -> Points:
    """Draw n points of an Archimedean spiral, nearly uniform in length, with noise of the given deviation."""
    share = np.sqrt(rng.uniform(size=n))
    angles = 2 * np.pi * TURNS * share
    curve = REACH * share[:, None] * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    return curve + thickness * rng.standard_normal((n, 2))


def draw_mixture(rng: np.random.Generator, n: int, deviation: float = DEVIATION) -> Points:
    """Draw n points of the mixture of eight equal Gaussians whose means are on a circle."""
    angles = 2 * np.pi / COMPONENTS * rng.integers(0, COMPONENTS, n)
    return RADIUS * np.stack([np.cos(angles), np.sin(angles)], axis=1) + deviation * rng.standard_normal((n, 2))


PLANE_LAWS: Final = MappingProxyType(
    {"two moons": draw_two_moons, "spiral": draw_spiral, "Gaussian mixture": draw_mixture}
)
"""Laws in the plane by name: `draw(rng, n)` returns points (n, 2)."""


@final
@dataclass(frozen=True, slots=True, eq=False)
class DataSplit:
    """Points to train on (n, d), and fresh ones (m, d) of the same law."""

    training: Points
    fresh: Float[np.ndarray, "m d"]


def split_plane_law(name: str, *, training: int, fresh: int, seed: int) -> DataSplit:
    """Draw training and fresh points of a law in the plane. **Raises:** `KeyError` for an unknown name."""
    draw: Callable[[np.random.Generator, int], Points] = PLANE_LAWS[name]
    rng = np.random.default_rng(seed)
    return DataSplit(draw(rng, training), draw(rng, fresh))


def split_digits(*, training: int, seed: int) -> DataSplit:
    """Deal the 1797 digits, d = 64, into training points and fresh ones.

    **Raises:** `ValueError` unless both get at least one.
    """
    rows = digits()
    if not 0 < training < len(rows):
        raise ValueError(f"between 1 and {len(rows) - 1} digits are for training, not {training}")
    order = np.random.default_rng(seed).permutation(len(rows))
    return DataSplit(rows[order[:training]], rows[order[training:]])
