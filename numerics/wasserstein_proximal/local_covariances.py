"""Covariances of training points' neighbours, in the few directions that so many neighbours span.

About a point x the covariance is the mean of (x' - x)(x' - x)^T over its k nearest neighbours x'. It has rank
r = min(k, d) at most and is held as variances along orthonormal axes, so that a Gaussian of covariance
C + width^2 I costs r products in any dimension: with z the components along the axes,

    v^T (C + w^2 I)^(-1) v = |v|^2/w^2 - sum_a z_a^2 (1/w^2 - 1/(lambda_a + w^2)).

Differences are taken to the point and not to the neighbours' mean, as in manifold Parzen windows.
"""

from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float, Int

from .nearest import find_others


@final
@dataclass(frozen=True, slots=True, eq=False)
class LocalCovariances:
    """For each of n points `variances` (n, r) along `axes` (n, r, d), and its `neighbours` (n, k + 1), nearest first.

    The last neighbour is not part of the covariance: it comes in where one of the others is left out.
    """

    points: Float[np.ndarray, "n d"]
    variances: Float[np.ndarray, "n r"]
    axes: Float[np.ndarray, "n r d"]
    neighbours: Int[np.ndarray, "n m"]

    def matrices(self) -> Float[np.ndarray, "n d d"]:
        """Return the covariances as matrices."""
        scaled = self.axes * np.sqrt(self.variances)[..., None]
        return np.einsum("nri,nrj->nij", scaled, scaled)

    def without(self) -> tuple[Float[np.ndarray, "n k r"], Float[np.ndarray, "n k r d"]]:
        """Return variances and axes about each point as they would be if one of its k neighbours were not there."""
        used = self.neighbours.shape[1] - 1
        # Row m: all neighbours but the m-th, the one in reserve included.
        kept = np.array([[index for index in range(used + 1) if index != left_out] for left_out in range(used)])
        differences = self.points[self.neighbours[:, kept]] - self.points[:, None, None, :]
        return _principal(differences)


def local_covariances(points: Float[np.ndarray, "n d"], neighbours: int) -> LocalCovariances:
    """Compute the covariance of the `neighbours` >= 1 nearest points about each point.

    **Raises:** `ValueError` for fewer than `neighbours` + 2 points.
    """
    if neighbours < 1 or len(points) < neighbours + 2:
        raise ValueError(f"{neighbours} neighbours need at least {neighbours + 2} points, not {len(points)}")
    found = find_others(points, neighbours + 1).indices
    variances, axes = _principal(points[found[:, :neighbours]] - points[:, None, :])
    return LocalCovariances(points, variances, axes, found)


def _principal(
    differences: Float[np.ndarray, "*batch k d"],
) -> tuple[Float[np.ndarray, "*batch r"], Float[np.ndarray, "*batch r d"]]:
    """Return variances along principal axes of the mean of outer products of differences."""
    _, lengths, axes = np.linalg.svd(differences / np.sqrt(differences.shape[-2]), full_matrices=False)
    return lengths**2, axes
