"""The sampling of posterior terms as something to be timed, and the clustered data that large sizes are timed on."""

from collections.abc import Mapping
from typing import Any

import jax
import numpy as np

from lemmata.numerics.data_set import DataSet
from lemmata.numerics.kinetic_optimal.atom_chunks import AtomChunks
from lemmata.numerics.kinetic_optimal.sampling import sample_terms
from lemmata.numerics.sharding import single_device_mesh

from .timing import Timing, time_warm

CENTRES = 100
SPREAD = 0.1
"""Standard deviation of a cluster's coordinates, where those of the centres are standard normal."""


def fill_clusters(rows: Any, *, block: int = 2048, seed: int = 0) -> None:
    """Fill `rows` (n, d), which may be memory-mapped, block by block with points around `CENTRES` centres.

    Near neighbours in a high dimension, as images have them: independent points would all be far apart.
    """
    rng = np.random.default_rng(seed)
    n, d = rows.shape
    centres = rng.standard_normal((CENTRES, d), np.float32)
    for start in range(0, n, block):
        noise = rng.standard_normal((min(block, n - start), d), np.float32)
        noise *= SPREAD
        noise += centres[rng.integers(CENTRES, size=len(noise))]
        rows[start : start + len(noise)] = noise


def operations(n: int, d: int, queries: int, signals: int) -> Mapping[str, float]:
    """Count what the method needs: two products of 2 m n d flop, and an exponential for each query, atom and s."""
    return {"flop": 4.0 * queries * n * d, "exp": 1.0 * queries * n * signals}


def time_sampling(data: DataSet, s: Any, *, queries: int, repeats: int) -> Timing:
    """Time the replica form's terms of `queries` queries at all `s`, in the precision of `data`.

    Atoms that fit on the device are there already, as they are from the estimator's pilot sample on.
    """
    chunks = AtomChunks(data, single_device_mesh())
    key = jax.random.key(0)
    return time_warm(lambda: sample_terms(chunks, key, s, s[:0], num_queries=queries), repeats=repeats)
