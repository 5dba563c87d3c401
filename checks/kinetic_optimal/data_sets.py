"""Data sets that Hypothesis draws for the kinetic-optimal claims, and how a witness carries them.

Not only nice ones: clusters, duplicates, heavy directions, unequal weights, single atoms. All are normalised to
E|X|^2 = d.
"""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, final

import numpy as np
from jaxtyping import Float
from scipy.special import erfinv

from ...theory.verdict import Json

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

LINE_ATOMS = 8
"""Most atoms of a drawn measure on the line; smaller ones are padded with atoms of no weight, so nothing recompiles."""

CLOUD_ATOMS, CLOUD_DIMENSION = 32, 8
"""Most atoms and dimensions of a drawn data set."""


@final
@dataclass(frozen=True, slots=True)
class LineData:
    """A measure on the line, E X^2 = 1, and a signal-to-noise ratio."""

    atoms: Float[np.ndarray, " n"]
    weights: Float[np.ndarray, " n"]
    s: float


@final
@dataclass(frozen=True, slots=True)
class CloudData:
    """A weighted data set (n, d) with E|X|^2 = d, and a signal-to-noise ratio."""

    atoms: Float[np.ndarray, "n d"]
    weights: Float[np.ndarray, " n"]
    s: float


def two_point_data(s: float = 1.0) -> LineData:
    """Return the two points -1 and 1 with equal weights, padded to the shape of the drawn measures."""
    atoms, weights = np.zeros(LINE_ATOMS), np.zeros(LINE_ATOMS)
    atoms[:2], weights[:2] = (-1.0, 1.0), (0.5, 0.5)
    return LineData(atoms, weights, s)


def nearly_gaussian_data(s: float = 2.0) -> CloudData:
    """Return eight normal quantiles in d = 1, whose error is close to the largest that any data have."""
    atoms = np.sqrt(2) * erfinv(2 * (np.arange(8) + 0.5) / 8 - 1)
    return CloudData((atoms / np.sqrt(np.mean(atoms**2)))[:, None], np.full(8, 1 / 8), s)


def encode_data(data: LineData | CloudData) -> Json:
    """Write a drawn data set as JSON, exactly: floats round-trip."""
    return {"atoms": data.atoms.tolist(), "weights": data.weights.tolist(), "s": data.s}


def decode_line(value: Json) -> LineData:
    """Read a measure on the line back from `encode_data`."""
    return LineData(np.asarray(value["atoms"]), np.asarray(value["weights"]), float(value["s"]))


def decode_cloud(value: Json) -> CloudData:
    """Read a data set back from `encode_data`."""
    return CloudData(np.asarray(value["atoms"]), np.asarray(value["weights"]), float(value["s"]))


def line_data(low: float = 1 / 64, high: float = 8.0, span: int = 40) -> "SearchStrategy[LineData]":
    """Draw measures on the line with 2 to 8 atoms, and s between `low` and `high` on a logarithmic scale.

    Atoms are integers in [-span, span] before they are normalised: a large span allows tight clusters.
    """
    from hypothesis import strategies as st

    positions = st.lists(st.integers(-span, span), min_size=2, max_size=LINE_ATOMS).filter(any)
    steps = round(8 * math.log2(high / low))

    def assemble(positions: list[int], masses: list[int], step: int) -> LineData:
        atoms = np.zeros(LINE_ATOMS)
        weights = np.zeros(LINE_ATOMS)
        atoms[: len(positions)] = positions
        weights[: len(positions)] = masses[: len(positions)]
        weights /= weights.sum()
        return LineData(atoms / math.sqrt(weights @ atoms**2), weights, low * 2 ** (step / 8))

    masses = st.lists(st.integers(1, 20), min_size=LINE_ATOMS, max_size=LINE_ATOMS)
    return st.builds(assemble, positions, masses, st.integers(0, steps))


def cloud_data(low: float = 1 / 8, high: float = 4.0) -> "SearchStrategy[CloudData]":
    """Draw data sets of up to 32 atoms in up to 8 dimensions, from a seed and a few switches that shrink well.

    Cluster count, cluster width, one heavy direction, duplicated atoms and unequal weights are drawn; the coordinates
    follow from the drawn seed.
    """
    from hypothesis import strategies as st

    steps = round(4 * math.log2(high / low))
    return st.builds(
        _cloud,
        seed=st.integers(0, 2**20),
        n=st.integers(1, CLOUD_ATOMS),
        d=st.integers(1, CLOUD_DIMENSION),
        clusters=st.integers(0, 4),
        width=st.sampled_from([1.0, 0.3, 0.01]),
        heavy=st.sampled_from([1.0, 5.0, 50.0]),
        duplicated=st.booleans(),
        unequal=st.booleans(),
        s=st.integers(0, steps).map(lambda step: low * 2 ** (step / 4)),
    )


def _cloud(**drawn: Any) -> CloudData:
    """Build the data set that the drawn switches describe."""
    generator = np.random.default_rng(drawn["seed"])
    n, d = drawn["n"], drawn["d"]
    atoms = generator.standard_normal((n, d))
    if drawn["clusters"]:
        centres = 3 * generator.standard_normal((drawn["clusters"], d))
        atoms = centres[generator.integers(0, drawn["clusters"], n)] + drawn["width"] * atoms
    atoms[:, 0] *= drawn["heavy"]
    if drawn["duplicated"] and n > 1:
        atoms[n // 2 :] = atoms[: n - n // 2]
    weights = generator.dirichlet(np.full(n, 0.5)) if drawn["unequal"] else np.full(n, 1 / n)
    weights /= weights.sum()
    scale = math.sqrt(d / float(weights @ (atoms**2).sum(axis=1)))
    return CloudData(atoms * scale, weights, drawn["s"])
