"""Measures that Hypothesis draws for the Monge-Ampere claims, and how a witness carries them.

Atoms are integers divided by `GRID` and weights integers divided by their sum, so that both shrink well. Small measures
are padded with atoms of no weight where a check compiles a function of the measure, so that nothing recompiles.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np
from jaxtyping import Float

from ...numerics.measures import DiscreteMeasure
from ...theory.verdict import Json

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

GRID = 10
"""Atoms are multiples of 1/GRID: two different ones are never closer."""

SPAN = 30
"""Coordinates of atoms are at most SPAN/GRID."""

HEAVIEST = 20
"""Weights are in proportion of integers up to this."""

PADDED_ATOMS, PADDED_DIMENSION = 6, 3
"""The shape that `pad_measure` gives."""

POINTS = 8
"""Points that are drawn with a measure."""


@final
@dataclass(frozen=True, slots=True, eq=False)
class SeenThroughNoise:
    """A measure, a signal-to-noise ratio tau, and points u in the regular coordinate, shaped (n, d)."""

    measure: DiscreteMeasure
    tau: float
    points: Float[np.ndarray, "n d"]


def encode_measure(measure: DiscreteMeasure) -> Json:
    """Write a measure as JSON, exactly: floats round-trip."""
    return {"atoms": measure.atoms.tolist(), "weights": measure.weights.tolist()}


def decode_measure(value: Json) -> DiscreteMeasure:
    """Read a measure back from `encode_measure`."""
    return DiscreteMeasure(value["atoms"], value["weights"])


def encode_noised(drawn: SeenThroughNoise) -> Json:
    """Write a measure with its points as JSON, exactly."""
    return {**encode_measure(drawn.measure), "tau": drawn.tau, "points": drawn.points.tolist()}


def decode_noised(value: Json) -> SeenThroughNoise:
    """Read a measure with its points back from `encode_noised`."""
    return SeenThroughNoise(decode_measure(value), float(value["tau"]), np.asarray(value["points"], np.float64))


def discrete_measures(dimension: int, least: int = 2, most: int = PADDED_ATOMS) -> "SearchStrategy[DiscreteMeasure]":
    """Draw `least` to `most` different atoms in R^`dimension` with weights of their own."""
    from hypothesis import strategies as st

    place = st.tuples(*[st.integers(-SPAN, SPAN)] * dimension)
    places = st.lists(place, min_size=least, max_size=most, unique=True)
    masses = st.lists(st.integers(1, HEAVIEST), min_size=most, max_size=most)
    return st.builds(_assemble, places, masses)


def _assemble(places: Sequence[Sequence[int]], masses: Sequence[int]) -> DiscreteMeasure:
    weights = np.array(masses[: len(places)], np.float64)
    return DiscreteMeasure(np.array(places, np.float64) / GRID, weights / weights.sum())


def noised_measures() -> "SearchStrategy[SeenThroughNoise]":
    """Draw measures of two to six atoms in one to three dimensions, tau from 1/8 to 4, and eight points u.

    Points are those that a sample has in the regular coordinate, tau X + eps, with the drawn seed.
    """
    from hypothesis import strategies as st

    def place(measure: DiscreteMeasure, step: int, seed: int) -> SeenThroughNoise:
        generator, tau = np.random.default_rng(seed), 2.0 ** (step / 4)
        signal = tau * measure.atoms[generator.choice(len(measure.weights), POINTS, p=measure.weights)]
        return SeenThroughNoise(measure, tau, signal + generator.standard_normal(signal.shape))

    drawn = st.integers(1, PADDED_DIMENSION).flatmap(discrete_measures)
    return st.builds(place, drawn, st.integers(-12, 8), st.integers(0, 2**20))


def pad_measure(measure: DiscreteMeasure) -> DiscreteMeasure:
    """Return the measure with atoms of no weight and coordinates that are 0, in the common shape."""
    atoms, weights = np.zeros((PADDED_ATOMS, PADDED_DIMENSION)), np.zeros(PADDED_ATOMS)
    atoms[: len(measure.atoms), : measure.dimension] = measure.atoms
    weights[: len(measure.weights)] = measure.weights
    return DiscreteMeasure(atoms, weights)


def pad_points(points: Float[np.ndarray, "n d"]) -> Float[np.ndarray, "n p"]:
    """Return the points with coordinates that are 0, in the common dimension."""
    return np.pad(points, ((0, 0), (0, PADDED_DIMENSION - points.shape[1])))
