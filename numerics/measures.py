"""Probability measures on R^d: weighted atoms, and mixtures of Gaussians.

Both hold NumPy arrays in double precision (atoms may stay in single precision to save memory), so that a measure keeps
its digits wherever it is made; functions take them into JAX inside `precision.float64()`. They are PyTrees: a measure
can be an argument of a compiled function. Second moments are raw, E|X|^2, because the papers normalise E|X|^2 = d.
"""

from collections.abc import Sequence
from typing import Any, TypeAlias, final

import equinox as eqx
import jax
import numpy as np
from jaxtyping import Float
from numpy import ndarray

Numbers: TypeAlias = jax.typing.ArrayLike | Sequence[Any]
"""A number, an array of NumPy or JAX, or a nested sequence of numbers."""

WEIGHT_TOLERANCE = 1e-6
"""How far weights may sum from 1: they are divided by their sum, so this guards against mistakes, not rounding."""


def _checked(name: str, values: Numbers, shape: str, rank: int) -> Float[ndarray, "..."]:
    """Return `values` as a finite array of `rank` axes, none of them empty, in float64 unless it came in float32."""
    array = np.asarray(values)
    if array.dtype.kind not in "fiub":
        raise TypeError(f"{name} must hold real numbers, not {array.dtype}")
    if array.dtype != np.float32:
        array = array.astype(np.float64)
    if array.ndim != rank or 0 in array.shape:
        raise ValueError(f"{name} must have shape {shape} with no empty axis, not {array.shape}")
    if not np.isfinite(array).all():
        where = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
        raise ValueError(f"{name} must be finite: entry {where} is {array[where]}")
    return array


def checked_weights(weights: Numbers | None, count: int) -> Float[ndarray, " n"]:
    """Return `weights` divided by their sum, or equal ones if there are none.

    **Raises:** `ValueError` unless there are `count` finite, non-negative weights that sum to 1; `TypeError` if they
    are no real numbers.
    """
    if weights is None:
        return np.full(count, 1 / count)
    array = _checked("weights", weights, "(n,)", 1).astype(np.float64)
    if array.shape != (count,):
        raise ValueError(f"weights must have shape ({count},), one for each atom or component, not {array.shape}")
    if (array < 0).any():
        worst = int(np.argmin(array))
        raise ValueError(f"weights must not be negative: entry {worst} is {array[worst]}")
    total = float(array.sum())
    if abs(total - 1) > WEIGHT_TOLERANCE:
        raise ValueError(f"weights must sum to 1, not {total:.9g}: divide them by their sum")
    return array / total


@final
class DiscreteMeasure(eqx.Module):
    """Weighted atoms in R^d."""

    atoms: Float[ndarray, "n d"]
    weights: Float[ndarray, " n"]

    def __init__(self, atoms: Numbers, weights: Numbers | None = None) -> None:
        """Hold `atoms` (n, d) with `weights` (n,), equal if not given.

        **Raises:** `ValueError` for a wrong rank or shape, an entry that is not finite, weights that are negative or do
        not sum to 1; `TypeError` for entries that are not real numbers.
        """
        self.atoms = _checked("atoms", atoms, "(n, d)", 2)
        self.weights = checked_weights(weights, len(self.atoms))

    @property
    def dimension(self) -> int:
        """The dimension d."""
        return int(self.atoms.shape[1])

    def mean(self) -> Float[ndarray, " d"]:
        """Return E[X]."""
        return self.weights @ self.atoms

    def second_moment(self) -> float:
        """Return E|X|^2, accumulated in double precision."""
        return float(self.weights @ np.einsum("nd,nd->n", self.atoms, self.atoms, dtype=np.float64))

    def normalised(self) -> "DiscreteMeasure":
        """Return the measure scaled so that E|X|^2 = d, the convention of [shaul2023].

        **Raises:** `ValueError` if all the mass is at the origin, which no factor scales to E|X|^2 = d.
        """
        factor = _normalising_factor(self.second_moment(), self.dimension)
        return DiscreteMeasure(self.atoms * self.atoms.dtype.type(factor), self.weights)

    def merged(self) -> "DiscreteMeasure":
        """Return the same measure with equal atoms merged and atoms of no weight left out."""
        kept = self.weights > 0
        atoms, index = np.unique(self.atoms[kept], axis=0, return_inverse=True)
        return DiscreteMeasure(atoms, np.bincount(index.ravel(), weights=self.weights[kept], minlength=len(atoms)))

    def entropy(self) -> float:
        """Return the Shannon entropy of the measure in nats; equal atoms count as one."""
        weights = self.merged().weights
        return float(-(weights * np.log(weights)).sum())


@final
class GaussianMixture(eqx.Module):
    """A mixture of Gaussians in R^d; covariances may be singular, so atoms and subspaces are included."""

    means: Float[ndarray, "k d"]
    covariances: Float[ndarray, "k d d"]
    weights: Float[ndarray, " k"]

    def __init__(self, means: Numbers, covariances: Numbers, weights: Numbers | None = None) -> None:
        """Hold components with `means` (k, d), `covariances` (k, d, d) and `weights` (k,), equal if not given.

        **Raises:** `ValueError` for a wrong rank or shape, an entry that is not finite, a covariance that is not
        symmetric or not positive semidefinite beyond rounding, weights that are negative or do not sum to 1;
        `TypeError` for entries that are not real numbers.
        """
        self.means = _checked("means", means, "(k, d)", 2).astype(np.float64)
        given = _checked("covariances", covariances, "(k, d, d)", 3)
        count, dimension = self.means.shape
        if given.shape != (count, dimension, dimension):
            raise ValueError(f"covariances must have shape {(count, dimension, dimension)}, not {given.shape}")
        # The rounding of a product of d terms in the precision in which the covariances came.
        allowed = 8 * dimension * np.finfo(given.dtype).eps * max(float(np.abs(given).max()), np.finfo(np.float64).tiny)
        self.covariances = (given + given.transpose(0, 2, 1)).astype(np.float64) / 2
        if np.abs(given - self.covariances).max() > allowed:
            raise ValueError("covariances must be symmetric")
        if (lowest := float(np.linalg.eigvalsh(self.covariances).min())) < -allowed:
            raise ValueError(f"covariances must be positive semidefinite: an eigenvalue is {lowest:.3g}")
        self.weights = checked_weights(weights, count)

    @property
    def dimension(self) -> int:
        """The dimension d."""
        return int(self.means.shape[1])

    def mean(self) -> Float[ndarray, " d"]:
        """Return E[X]."""
        return self.weights @ self.means

    def second_moment(self) -> float:
        """Return E|X|^2."""
        spread = np.trace(self.covariances, axis1=1, axis2=2)
        return float(self.weights @ ((self.means**2).sum(axis=1) + spread))

    def normalised(self) -> "GaussianMixture":
        """Return the measure scaled so that E|X|^2 = d, the convention of [shaul2023].

        **Raises:** `ValueError` if all the mass is at the origin, which no factor scales to E|X|^2 = d.
        """
        factor = _normalising_factor(self.second_moment(), self.dimension)
        return GaussianMixture(factor * self.means, factor**2 * self.covariances, self.weights)


def _normalising_factor(second_moment: float, dimension: int) -> float:
    """Return the factor that brings `second_moment` to `dimension`."""
    if second_moment == 0:
        raise ValueError("all the mass is at the origin: no factor brings it to E|X|^2 = d")
    return float(np.sqrt(dimension / second_moment))


Measure = DiscreteMeasure | GaussianMixture
"""What the denoiser, the separation function and the solvers accept as data."""
