"""Integrals over Laguerre cells in any dimension by rays: a cell is convex, so it meets a ray in one interval.

Along x = r v, |v| = 1, the scores `r <v, y_i> - psi_i` are lines in r, and the cells that the ray meets are the pieces
of their upper envelope. The radius of N(0, I) has the chi law with d degrees of freedom, in closed form on every piece;
only the mean over directions is left to quasi-Monte Carlo: scrambled Sobol points, made normal and then unit vectors,
each with its opposite. Masses are smooth in the potentials, which counts of samples are not: Newton's method applies.

References: [owen1997], scrambling.
"""

import math

import numpy as np
from jaxtyping import Float, Int
from scipy.special import gammainc, gammaincc, gammaln, ndtri
from scipy.stats import qmc

from .gaussian_cells import CellIntegrals


def sobol_directions(dimension: int, log2_count: int, seed: int) -> Float[np.ndarray, "m d"]:
    """Return 2^(log2_count + 1) unit vectors, with each its opposite, from one scramble of Sobol's sequence."""
    points = qmc.Sobol(dimension, scramble=True, rng=np.random.default_rng(seed)).random_base2(log2_count)
    # The first point of a scramble may be 0, which has no quantile.
    normals = ndtri(np.clip(points, 2.0**-40, 1 - 2.0**-40))
    directions = normals / np.linalg.norm(normals, axis=1, keepdims=True)
    return np.concatenate([directions, -directions])


def envelope(
    slopes: Float[np.ndarray, "m n"], potentials: Float[np.ndarray, " n"]
) -> tuple[Int[np.ndarray, "m steps"], Float[np.ndarray, "m steps+1"]]:
    """Return the pieces of `r -> max_i (r slopes_i - potentials_i)` on r >= 0.

    **Returns:** the indices of the pieces in order, and the radii where they begin, with infinity at the end; rays
    that have fewer pieces than others repeat their last one with no length.
    """
    rays = np.arange(len(slopes))
    # Among the lowest potentials the steepest wins at once.
    lowest = potentials == potentials.min()
    current = np.argmax(np.where(lowest, slopes, -np.inf), axis=1)
    radius = np.zeros(len(slopes))
    pieces, starts = [current], [radius]
    while True:
        steeper = slopes - slopes[rays, current][:, None]
        rise = potentials[None, :] - potentials[current][:, None]
        crossing = np.where(steeper > 0, rise / np.where(steeper > 0, steeper, 1.0), np.inf)
        following = np.argmin(crossing, axis=1)
        reached = crossing[rays, following]
        if np.isinf(reached).all():
            return np.stack(pieces, axis=1), np.stack([*starts, np.full(len(slopes), np.inf)], axis=1)
        # Crossings of one point come one after the other, if need be a rounding error early.
        radius = np.maximum(radius, reached)
        current = np.where(np.isinf(reached), current, following)
        pieces.append(current)
        starts.append(radius)


def integrate_rays(
    atoms: Float[np.ndarray, "n d"], potentials: Float[np.ndarray, " n"], directions: Float[np.ndarray, "m d"]
) -> CellIntegrals:
    """Integrate N(0, I) over the cells of `atoms` under `potentials`, the mean over `directions` for that over all."""
    n, dimension = atoms.shape
    slopes = directions @ atoms.T
    pieces, radii = envelope(slopes, potentials)
    share = 1 / len(directions)
    masses, rates = np.zeros(n), np.zeros((n, n))
    moments = np.zeros((n, dimension))
    rays = np.arange(len(directions))
    for step in range(pieces.shape[1]):
        piece, start, end = pieces[:, step], radii[:, step], radii[:, step + 1]
        np.add.at(masses, piece, share * chi_mass(dimension, start, end))
        np.add.at(moments, piece, share * chi_first_moment(dimension, start, end)[:, None] * directions)
        if step + 1 < pieces.shape[1]:
            following = pieces[:, step + 1]
            crossed = np.isfinite(end) & (following != piece)
            gain = slopes[rays, following] - slopes[rays, piece]
            flow = share * chi_density(dimension, np.where(crossed, end, 1.0)) / np.where(crossed, gain, 1.0)
            np.add.at(rates, (piece[crossed], following[crossed]), flow[crossed])
    return CellIntegrals(masses, moments, rates + rates.T)


def chi_mass(dimension: int, start: Float[np.ndarray, "*m"], end: Float[np.ndarray, "*m"]) -> Float[np.ndarray, "*m"]:
    """Return P(start < |z| < end) for z of N(0, I) in `dimension`."""
    half, low, high = dimension / 2, start**2 / 2, end**2 / 2
    return np.where(
        low > half, gammaincc(half, low) - gammaincc(half, high), gammainc(half, high) - gammainc(half, low)
    )


def chi_first_moment(
    dimension: int, start: Float[np.ndarray, "*m"], end: Float[np.ndarray, "*m"]
) -> Float[np.ndarray, "*m"]:
    """Return E[|z|; start < |z| < end] for z of N(0, I) in `dimension`."""
    mean = math.sqrt(2) * math.exp(gammaln((dimension + 1) / 2) - gammaln(dimension / 2))
    return mean * chi_mass(dimension + 1, start, end)


def chi_density(dimension: int, radius: Float[np.ndarray, "*m"]) -> Float[np.ndarray, "*m"]:
    """Return the density of |z| at `radius` for z of N(0, I) in `dimension`."""
    constant = (1 - dimension / 2) * math.log(2) - gammaln(dimension / 2)
    return np.asarray(radius ** (dimension - 1) * np.exp(constant - radius**2 / 2))
