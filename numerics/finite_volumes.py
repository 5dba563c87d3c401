"""Drift and diffusion between the cells of a grid: fluxes that keep mass exactly and masses positive.

Cells hold masses m, and what leaves one enters its neighbour. Between neighbours at distance h the flux is that of
Scharfetter and Gummel, exact where drift and flux are constant: with diffusivity D and the drift's potential psi,

    J = (D/h^2) [m_i B(s) - m_(i+1) B(-s)],   s = (psi_(i+1) - psi_i)/D,   B(s) = s/(e^s - 1).

It leaves exp(-psi/D) at rest, its error is of second order in h, and no mass crosses the ends.

References: [scharfetter1969] for the flux.
"""

from collections.abc import Callable, Sequence
from typing import Final

import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.typing import ArrayLike
from jaxtyping import Float

NODES: Final = 6
"""Gauss-Legendre nodes with which a density is averaged over a cell, along each axis."""

CUT_OFF: Final = 1e-6
"""The mass that the domain may miss of a law."""


def mass_exchange(
    masses: Float[Array, "*cells"],
    steepness: Float[Array, "*faces"],
    diffusivity: ArrayLike,
    width: ArrayLike,
    axis: int = 0,
) -> Float[Array, "*cells"]:
    """Return the rate of change of the masses by fluxes along one axis.

    **Arguments:** `steepness` s at the inner faces, one fewer than cells along `axis`; `width` h along it.
    """
    cells = jnp.moveaxis(masses, axis, 0)
    s = jnp.moveaxis(steepness, axis, 0)
    flux = jnp.asarray(diffusivity) / jnp.asarray(width) ** 2 * (cells[:-1] * bernoulli(s) - cells[1:] * bernoulli(-s))
    padded = jnp.pad(flux, [(1, 1)] + [(0, 0)] * (flux.ndim - 1))
    return jnp.moveaxis(padded[:-1] - padded[1:], 0, axis)


def outflow_rate(
    steepness: Float[Array, "*faces"], diffusivity: ArrayLike, width: ArrayLike, axis: int = 0
) -> Float[Array, "*cells"]:
    """Return the rate at which each cell loses its mass along one axis; a step of time h needs h times it below 1."""
    s = jnp.moveaxis(steepness, axis, 0)
    ends = [(0, 0)] * (s.ndim - 1)
    leaving = jnp.pad(bernoulli(s), [(0, 1), *ends]) + jnp.pad(bernoulli(-s), [(1, 0), *ends])
    return jnp.moveaxis(jnp.asarray(diffusivity) / jnp.asarray(width) ** 2 * leaving, 0, axis)


def bernoulli(s: Array) -> Array:
    """Return s/(e^s - 1), 1 at 0."""
    safe = jnp.where(s == 0, 1.0, s)
    return jnp.where(s == 0, 1.0, safe / jnp.expm1(safe))


def cell_masses(
    density: Callable[[Float[np.ndarray, "n d"]], Float[np.ndarray, " n"]],
    faces: Sequence[Float[np.ndarray, " _"]],
    *,
    nodes: int = NODES,
) -> Float[np.ndarray, "*cells"]:
    """Integrate a density over each cell of a product of intervals and divide by the sum.

    **Arguments:** `density` of points (n, d); `faces` along each of the d axes, increasing; Gauss-Legendre `nodes`.

    **Raises:** `ValueError` unless the density is non-negative and integrates to 1 over the cells, up to `CUT_OFF`.
    """
    places, weights = np.polynomial.legendre.leggauss(nodes)
    halves = [np.diff(line) / 2 for line in faces]
    lines = [
        ((line[1:] + line[:-1]) / 2)[:, None] + half[:, None] * places for line, half in zip(faces, halves, strict=True)
    ]
    points = np.stack(np.meshgrid(*[line.ravel() for line in lines], indexing="ij"), axis=-1)
    masses = np.asarray(density(points.reshape(-1, len(faces)))).reshape(points.shape[:-1])
    for axis, half in enumerate(halves):
        split = np.moveaxis(masses, axis, -1)
        summed = split.reshape(*split.shape[:-1], len(half), nodes) @ weights * half
        masses = np.moveaxis(summed, -1, axis)
    total = float(masses.sum())
    if not ((masses >= 0).all() and abs(total - 1) <= CUT_OFF):
        raise ValueError(f"the density must be non-negative and integrate to 1 over the domain, not to {total:.9g}")
    return masses / total
