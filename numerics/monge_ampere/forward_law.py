"""The law of the forward process at a horizon, an isotropic Gaussian mixture, and the space its atoms really span.

At time T the data `sum_i w_i delta_{y_i}` have become `p_T = sum_i w_i N(a y_i, (1 - a^2) I)`, a = e^{-T}; at
T = infinity this is N(0, I). Optimal transport from p_T or from N(0, I) to atoms, and the probability flow as well, see
of x only its projection onto the affine hull of the atoms: both laws are products across it, and the cost of any
coupling orthogonal to it is the same constant. So atoms on a line are transported in d = 1, and atoms in a plane in
d = 2, exactly.
"""

import math
from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float

from ..measures import DiscreteMeasure

FLAT = 64 * np.finfo(np.float64).eps
"""Singular values below this, relative to the largest, are what rounding leaves of a direction atoms do not span."""


@final
@dataclass(frozen=True, slots=True, eq=False)
class ForwardLaw:
    """The mixture of N(means_k, scale^2 I) with `weights`: `means` (k, d), `scale` > 0, `weights` (k,)."""

    means: Float[np.ndarray, "k d"]
    scale: float
    weights: Float[np.ndarray, " k"]

    def mean(self) -> Float[np.ndarray, " d"]:
        """Return the mean of the law."""
        return self.weights @ self.means

    def second_moment(self) -> float:
        """Return E|x|^2."""
        return float(self.weights @ (self.means**2).sum(axis=1)) + self.scale**2 * self.means.shape[1]


def forward_law(measure: DiscreteMeasure, horizon: float) -> ForwardLaw:
    """Return p_T of `measure` at T = `horizon`, N(0, I) where it is infinite.

    **Raises:** `ValueError` unless the horizon is positive.
    """
    if not horizon > 0:
        raise ValueError(f"the horizon must be positive, not {horizon}")
    if math.isinf(horizon):
        return ForwardLaw(np.zeros((1, measure.dimension)), 1.0, np.ones(1))
    decay = math.exp(-horizon)
    return ForwardLaw(decay * measure.atoms, math.sqrt(-math.expm1(-2 * horizon)), measure.weights)


@final
@dataclass(frozen=True, slots=True, eq=False)
class AffineHull:
    """Coordinates of the affine hull of a measure's atoms: `basis` (d, r) orthonormal, `centre` (d,) the mean."""

    centre: Float[np.ndarray, " d"]
    basis: Float[np.ndarray, "d r"]

    @classmethod
    def of(cls, measure: DiscreteMeasure) -> "AffineHull":
        """Return the hull of the atoms of `measure`; where they span the whole space the axes are kept as they are."""
        centre = measure.mean()
        _, singular, rows = np.linalg.svd(measure.atoms - centre, full_matrices=False)
        rank = int((singular > FLAT * max(float(singular[0]), float(np.abs(centre).max()))).sum())
        basis = np.eye(measure.dimension) if rank == measure.dimension else rows[:rank].T
        return cls(centre, basis)

    @property
    def rank(self) -> int:
        """The dimension r of the hull; 0 for one atom."""
        return int(self.basis.shape[1])

    def atoms(self, measure: DiscreteMeasure) -> Float[np.ndarray, "n r"]:
        """Return the atoms, relative to the centre, in coordinates of the hull."""
        return (measure.atoms - self.centre) @ self.basis

    def law(self, law: ForwardLaw) -> ForwardLaw:
        """Return the law of the projection of x, in coordinates of the hull."""
        return ForwardLaw(law.means @ self.basis, law.scale, law.weights)


def merge_in_order(measure: DiscreteMeasure) -> DiscreteMeasure:
    """Return the measure without atoms of no weight and with equal atoms merged, in the order of first appearance."""
    kept = measure.weights > 0
    atoms, first, index = np.unique(
        measure.atoms[kept].astype(np.float64), axis=0, return_index=True, return_inverse=True
    )
    weights = np.bincount(index.ravel(), weights=measure.weights[kept], minlength=len(atoms))
    order = np.argsort(first)
    return DiscreteMeasure(atoms[order], weights[order])
