"""A deterministic ceiling on the mean-square error of finite data at large signal: how much the noisy atoms overlap.

With phi_i the density of Y given atom i and D_ij the squared distance of two atoms,
`mmse = sum_{i<j} D_ij int p_i p_j phi_i phi_j / sum_k p_k phi_k`. Leaving out all k but i and j, and
`a b/(a + b) <= sqrt(a b)/2`, gives

    mmse              <= sum_{i<j} D_ij sqrt(p_i p_j) exp(-s^2 D_ij/8) / 2,
    int_s^oo mmse s ds <= 2 sum_{i<j, D_ij > 0} sqrt(p_i p_j) exp(-s^2 D_ij/8).

A sample that saw no confusion between atoms cannot say how rare confusion is; this can, and it is what bounds the tail.
"""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Float

from ..measures import DiscreteMeasure
from ..precision import float64

MOST_ATOMS = 4096
"""Data sets beyond this size are not given a ceiling: the table of their distances would take more than 128 MiB."""


def squared_distances(measure: DiscreteMeasure) -> Float[np.ndarray, "n n"]:
    """Return the squared distances between all atoms, zero where they are zero up to rounding."""
    atoms = np.asarray(measure.atoms, np.float64)
    atoms = atoms - measure.mean()
    squares = (atoms**2).sum(axis=1)
    distances = squares[:, None] + squares - 2 * atoms @ atoms.T
    # Rounding of a sum of d products; what is below it may be a pair of equal atoms.
    distances[distances < 4 * atoms.shape[1] * np.finfo(np.float64).eps * squares.max()] = 0.0
    return distances


def error_ceiling(
    distances: Float[np.ndarray, "n n"], weights: Float[np.ndarray, " n"], dimension: int, s: Float[np.ndarray, " m"]
) -> Float[np.ndarray, " m"]:
    """Return the ceiling on mmse/d at each s > 0 from the squared distances of the atoms."""
    with float64():
        return np.asarray(_ceiling(distances, np.sqrt(weights), np.asarray(s, np.float64))) / dimension


def information_ceiling(
    distances: Float[np.ndarray, "n n"], weights: Float[np.ndarray, " n"], dimension: int, s: float
) -> float:
    """Return the ceiling on what is still to be learnt beyond s > 0, int_s^oo s' v(s') ds', in nats per dimension."""
    roots = np.sqrt(weights)
    overlaps = np.where(distances > 0, np.exp(-(s**2) / 8 * distances), 0.0)
    return float(roots @ overlaps @ roots) / dimension


@jax.jit
def _ceiling(distances: Any, roots: Any, s: Any) -> Any:
    """Sum over ordered pairs, which counts each pair twice."""

    def at(signal: Any) -> Any:
        return roots @ (distances * jnp.exp(-(signal**2) / 8 * distances)) @ roots / 4

    return lax.map(at, s)
