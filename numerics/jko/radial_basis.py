"""Gaussian radial basis functions, `phi_c(x) = exp(-|x - c|^2/w)`, and their mean over pairs by matrix products.

With z = x - y, `|z - c|^2 = |z|^2 - 2 <c, x> + 2 <c, y> + |c|^2`, so the mean of phi_c(x - y) over y is a product

    exp((2 <c, x> - |c|^2)/w) * sum_y exp(-|x - y|^2/w) exp(-2 <c, y>/w)

of a matrix over pairs with one over particles and centres: n^2 exponentials in place of n^2 p. All terms are positive,
so the sum loses no digits; where exponents would leave the range of doubles, pairs are evaluated one by one.
"""

from dataclasses import dataclass, replace
from typing import Final, final

import numpy as np
from jaxtyping import Float
from scipy.spatial import cKDTree
from scipy.spatial.distance import cdist

from ..measures import DiscreteMeasure, Numbers
from .features import BLOCK_BYTES, AbstractFeatures, AbstractSmoothFeatures, Gradients, Points, Values

LARGEST_EXPONENT: Final = 300.0
"""Two factors with exponents below this have a product below the largest double."""

WIDTH_FACTOR: Final = 4.0
"""The width, unless given, in squared distances of neighbouring centres (their median): phi is exp(-1/4) there."""

CLUSTERED_POINTS: Final = 20_000
"""The most particles that centres are clustered from: the means of clusters do not need more."""


@final
@dataclass(frozen=True, slots=True, eq=False)
class RadialBasis(AbstractSmoothFeatures):
    """Functions exp(-|x - c|^2/`width`) for all `centres`.

    `centres` is an array (p, d), or the number p of centres that k-means finds in the data. The width has the unit of
    |x|^2; unless given it is 4 times the squared median distance of a centre to its neighbour. `mirrored` functions
    are the even parts, (phi_c + phi_(-c))/2.

    **Raises:** `ValueError` for a width that is not positive, and fewer than one centre.
    """

    centres: int | Numbers
    width: float | None = None
    mirrored: bool = False

    def __post_init__(self) -> None:
        if self.width is not None and not self.width > 0:
            raise ValueError(f"the width must be positive, not {self.width}")
        if isinstance(self.centres, int) and self.centres < 1:
            raise ValueError(f"at least one centre is needed, not {self.centres}")

    def placed(self, measure: DiscreteMeasure, seed: int) -> "RadialBasis":
        """Return the functions about given centres, or about those that k-means finds in `measure`."""
        if isinstance(self.centres, int):
            centres = _cluster(measure, self.centres, seed)
        else:
            centres = DiscreteMeasure(self.centres).atoms.astype(np.float64)
        if centres.shape[1] != measure.dimension:
            raise ValueError(
                f"centres in dimension {centres.shape[1]} do not fit data in dimension {measure.dimension}"
            )
        return replace(self, centres=centres, width=_default_width(centres) if self.width is None else self.width)

    def even_part(self) -> "RadialBasis":
        """Return (phi_c + phi_(-c))/2, one of each pair of centres that are opposite."""
        centres, width = self._placed()
        nearest, opposite = cKDTree(centres).query(-centres)
        matched = (nearest <= 1e-9 * np.sqrt(width)) & (opposite < np.arange(len(centres)))
        return replace(self, centres=centres[~matched], mirrored=True)

    def _placed(self) -> tuple[Float[np.ndarray, "p d"], float]:
        if isinstance(self.centres, int) or self.width is None:
            raise ValueError("these features are not placed yet")
        return np.asarray(self.centres), self.width

    @property
    def labels(self) -> tuple[str, ...]:
        """The functions, such as `exp(-|x - (1, 0.5)|^2/2)`."""
        centres, width = self._placed()
        written = [
            f"exp(-|x - ({', '.join(f'{number:.4g}' for number in centre)})|^2/{width:.4g})" for centre in centres
        ]
        return tuple(f"even part of {label}" for label in written) if self.mirrored else tuple(written)

    def values(self, x: Points) -> Values:
        """Return phi_c(x_i)."""
        centres, width = self._placed()
        if self.mirrored:
            return (_gaussians(x, centres, width) + _gaussians(x, -centres, width)) / 2
        return _gaussians(x, centres, width)

    def gradients(self, x: Points) -> Gradients:
        """Return -2 (x_i - c) phi_c(x_i)/w."""
        centres, width = self._placed()
        if self.mirrored:
            return (_gaussian_gradients(x, centres, width) + _gaussian_gradients(x, -centres, width)) / 2
        return _gaussian_gradients(x, centres, width)

    def laplacians(self, x: Points) -> Values:
        """Return (4 |x_i - c|^2/w - 2 d) phi_c(x_i)/w."""
        centres, width = self._placed()
        if self.mirrored:
            return (_gaussian_laplacians(x, centres, width) + _gaussian_laplacians(x, -centres, width)) / 2
        return _gaussian_laplacians(x, centres, width)

    def mean_gradients(self, x: Points, measure: DiscreteMeasure) -> Gradients:
        """Return the mean of grad phi_c(x_i - y) over y of `measure`."""
        centres, width = self._placed()
        origin = measure.mean()
        points, atoms = x - origin, measure.atoms - origin
        reach = max(float(np.linalg.norm(points, axis=1).max()), float(np.linalg.norm(atoms, axis=1).max()))
        farthest = float(np.linalg.norm(centres, axis=1).max())
        if farthest * (2 * reach + farthest) / width > LARGEST_EXPONENT:
            return AbstractFeatures.mean_gradients(self, x, measure)
        if self.mirrored:
            both = np.concatenate([centres, -centres])
            return _mean_gradients(points, atoms, measure.weights, both, width, len(centres))
        return _mean_gradients(points, atoms, measure.weights, centres, width, len(centres))


def _cluster(measure: DiscreteMeasure, count: int, seed: int) -> Float[np.ndarray, "p d"]:
    """Return the centres that k-means finds."""
    from sklearn.cluster import KMeans

    rng = np.random.default_rng(seed)
    atoms, weights = measure.atoms, measure.weights
    if len(atoms) > CLUSTERED_POINTS:
        chosen = rng.choice(len(atoms), CLUSTERED_POINTS, replace=False)
        atoms, weights = atoms[chosen], weights[chosen]
    atoms, weights = atoms[weights > 0], weights[weights > 0]
    distinct = len(np.unique(atoms, axis=0))
    if distinct < count:
        raise ValueError(f"{count} centres cannot be found among {distinct} different particles")
    found = KMeans(count, n_init=1, random_state=seed).fit(atoms, sample_weight=weights * len(weights))
    return np.asarray(found.cluster_centers_, np.float64)


def _default_width(centres: Float[np.ndarray, "p d"]) -> float:
    if len(centres) < 2:
        raise ValueError("one centre alone does not suggest a width: give one")
    nearest = cKDTree(centres).query(centres, 2)[0][:, 1]
    return WIDTH_FACTOR * float(np.median(nearest)) ** 2


def _gaussians(x: Points, centres: Float[np.ndarray, "p d"], width: float) -> Values:
    exponents = cdist(x, centres, "sqeuclidean")
    exponents /= -width
    return np.exp(exponents, out=exponents)


def _gaussian_gradients(x: Points, centres: Float[np.ndarray, "p d"], width: float) -> Gradients:
    heights = _gaussians(x, centres, width)
    result = np.empty((len(x), x.shape[1], len(centres)))
    for axis in range(x.shape[1]):
        np.subtract.outer(x[:, axis], centres[:, axis], out=result[:, axis])
        result[:, axis] *= heights
    result *= -2 / width
    return result


def _gaussian_laplacians(x: Points, centres: Float[np.ndarray, "p d"], width: float) -> Values:
    shares = cdist(x, centres, "sqeuclidean") / width
    return np.asarray((4 * shares - 2 * x.shape[1]) * np.exp(-shares) / width)


def _mean_gradients(
    points: Points,
    atoms: Float[np.ndarray, "m d"],
    weights: Float[np.ndarray, " m"],
    centres: Float[np.ndarray, "q d"],
    width: float,
    count: int,
) -> Float[np.ndarray, "n d p"]:
    """Return the mean over atoms of the gradients at points - atoms, averaged over every `count`-th centre."""
    dimension = points.shape[1]
    tilted = np.exp(atoms @ centres.T * (-2 / width)) * weights[:, None]
    # The sums of the tilted weights and of their first moments, one product for all.
    moments = np.concatenate([tilted, *(tilted * atoms[:, axis, None] for axis in range(dimension))], axis=1)
    norms = (centres**2).sum(axis=1)
    result = np.empty((len(points), dimension, count))
    block = max(1, BLOCK_BYTES // (8 * max(len(atoms), moments.shape[1])))
    for start in range(0, len(points), block):
        x = points[start : start + block]
        sums = (_gaussians(x, atoms, width) @ moments).reshape(len(x), dimension + 1, len(centres))
        sums *= np.exp((2 * x @ centres.T - norms) / width)[:, None]
        for axis in range(dimension):
            shift = np.subtract.outer(x[:, axis], centres[:, axis])
            terms = (shift * sums[:, 0] - sums[:, 1 + axis]) * (-2 / width)
            result[start : start + block, axis] = terms.reshape(len(x), -1, count).mean(axis=1)
    return result
