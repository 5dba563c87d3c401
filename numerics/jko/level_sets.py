"""Fitted energies on a grid: V on the line, in the plane, or in the plane of the two leading principal axes.

V is known up to a constant: its mean over the particles is taken to be 0. The even U is 0 at the origin, and its grid
is one of differences of particles.
"""

from dataclasses import dataclass
from typing import Final, final

import numpy as np
from jaxtyping import Bool, Float
from scipy.spatial import cKDTree

from ..measures import DiscreteMeasure
from .energy_fit import EnergyFit
from .features import AbstractFeatures, Points
from .snapshots import Snapshots

MARGIN: Final = 0.05
OUTLIERS: Final = 0.002
"""The grid reaches beyond all particles but this share on either side, by this share of its length."""

COVERED: Final = 0.99
REACH: Final = 2.0
"""A place is covered where a particle is so many times as near as this share of particles have their neighbour."""

MOST_COMPARED: Final = 4_000
"""Particles, and differences of particles, that say which places are covered."""


@final
@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """A line or a plane in R^d: an `origin` (d,) and orthonormal columns `basis` (d, k), k = 1 or 2."""

    origin: Float[np.ndarray, " d"]
    basis: Float[np.ndarray, "d k"]

    def project(self, x: Points) -> Float[np.ndarray, "n k"]:
        """Return the coordinates of points in the frame."""
        return np.asarray((x - self.origin) @ self.basis)

    def embed(self, coordinates: Float[np.ndarray, "n k"]) -> Points:
        """Return the points with these coordinates."""
        return np.asarray(self.origin + coordinates @ self.basis.T)


@final
@dataclass(frozen=True, slots=True, eq=False)
class LevelSets:
    """An energy on the grid of `ticks`, one array for each axis: `values` with their standard `errors`, y before x.

    `covered` says where there are particles, or differences of them; elsewhere the features extrapolate.
    """

    ticks: tuple[Float[np.ndarray, " m"], ...]
    values: Float[np.ndarray, "..."]
    errors: Float[np.ndarray, "..."]
    covered: Bool[np.ndarray, "..."]


def find_frame(snapshots: Snapshots) -> Frame:
    """Return R^d itself for d <= 2, else the plane through the mean along the two leading principal axes."""
    dimension, pooled = snapshots.dimension, snapshots.pooled()
    if dimension <= 2:
        return Frame(np.zeros(dimension), np.eye(dimension))
    centred = pooled.atoms - pooled.mean()
    directions = np.linalg.eigh(centred.T @ (centred * pooled.weights[:, None]))[1][:, ::-1][:, :2]
    # Either sign of an axis is one: the largest coordinate is positive.
    signs = np.sign(directions[np.argmax(np.abs(directions), axis=0), range(2)])
    return Frame(pooled.mean(), directions * signs)


def potential_levels(fit: EnergyFit, frame: Frame, particles: DiscreteMeasure, resolution: int) -> LevelSets:
    """Return the level sets of V about where the particles are."""
    assert fit.model.potential is not None
    features = fit.model.potential
    mean = particles.weights @ features.values(particles.atoms)
    chosen = _thin(particles.atoms[particles.weights > 0])
    return _on_grid(fit, 0, features, mean, frame, frame.project(chosen), resolution)


def interaction_levels(fit: EnergyFit, frame: Frame, differences: DiscreteMeasure, resolution: int) -> LevelSets:
    """Return the level sets of the even U about where differences of particles are."""
    assert fit.model.interaction is not None
    features, origin = fit.model.interaction, np.zeros((1, fit.dimension))
    centred = Frame(origin[0], frame.basis)
    shown = centred.project(_thin(differences.atoms))
    return _on_grid(fit, 1, features, features.values(origin)[0], centred, np.concatenate([shown, -shown]), resolution)


def _thin(points: Points) -> Float[np.ndarray, "_ d"]:
    return points[:: -(-len(points) // MOST_COMPARED)]


def _on_grid(
    fit: EnergyFit,
    part: int,
    features: AbstractFeatures,
    reference: Float[np.ndarray, " p"],
    frame: Frame,
    shown: Float[np.ndarray, "n k"],
    resolution: int,
) -> LevelSets:
    """Return sum_j theta_j (phi_j - `reference`_j) on a grid about points `shown`; `part` is 0 for V and 1 for U."""
    ticks = tuple(_reach(shown[:, axis], resolution) for axis in range(shown.shape[1]))
    shape = tuple(len(axis) for axis in ticks[::-1])
    coordinates = np.stack([axis.ravel() for axis in np.meshgrid(*ticks)], axis=-1)
    rows = features.values(frame.embed(coordinates)) - reference
    own = fit.model.split(np.arange(len(fit.coefficients), dtype=np.float64))[part].astype(int)
    assert fit.covariance is not None
    variances = np.einsum("np,pq,nq->n", rows, fit.covariance[np.ix_(own, own)], rows, optimize=True)
    return LevelSets(
        ticks,
        (rows @ fit.coefficients[own]).reshape(shape),
        np.sqrt(variances.clip(min=0)).reshape(shape),
        _cover(coordinates, shown).reshape(shape),
    )


def _reach(shown: Float[np.ndarray, " n"], resolution: int) -> Float[np.ndarray, " m"]:
    low, high = np.quantile(shown, [OUTLIERS, 1 - OUTLIERS])
    # Particles that do not move along an axis leave it without a length.
    margin = MARGIN * (high - low) or MARGIN * max(1.0, abs(high))
    return np.linspace(low - margin, high + margin, resolution)


def _cover(places: Float[np.ndarray, "n k"], shown: Float[np.ndarray, "q k"]) -> Bool[np.ndarray, " n"]:
    """Tell which places are near a particle, axes measured by the spread of the particles."""
    scales = np.ptp(shown, axis=0)
    scales[scales == 0] = 1.0
    tree = cKDTree(shown / scales)
    near = np.quantile(tree.query(shown / scales, min(2, len(shown)))[0].reshape(len(shown), -1)[:, -1], COVERED)
    return np.asarray(tree.query(places / scales)[0] <= REACH * near)
