"""The kernel formula: the regularised Wasserstein proximal operator of a potential, in closed form.

    rho_T(x) = int K(x|y) rho_0(y) dy,   K(x|y) = exp(-V(x)/sigma^2 - |x - y|^2/(2 sigma^2 T))/Z(y),

with Z(y) such that K(.|y) integrates to 1.

It is where the game with terminal cost int V drho ends that starts at rho_0: rho_T = eta_T etahat_T with
eta_T = exp(-V/sigma^2) and etahat_0 = rho_0/eta_0, both moved by the heat kernel G of variance sigma^2 T:

    rho_T(x) = eta_T(x) int G(x - y) rho_0(y)/eta_0(y) dy,   eta_0(y) = int G(x - y) eta_T(x) dx.

Integrals are sums over the centres of a grid: spectrally accurate for eta_0, once the cells are narrower than G and
eta_T is smooth and inside the box, and of second order in the widths where masses of cells come in or go out.
Everything is a logarithm until the end. The coarsened grid gives the error.

References: [li2023] for the formula.
"""

from dataclasses import dataclass
from typing import Any, final, overload

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.scipy.special import logsumexp
from jaxtyping import Float

from ..denoiser import log_density, posterior_mean
from ..measures import DiscreteMeasure, Numbers
from ..precision import in_float64
from .grid import Grid, GridLaw, PointFunction, average_pairs, space_error, sum_pairs

ATOMS_AT_ONCE = 64
"""Atoms for which sums over the whole grid are taken at once."""


@final
@dataclass(frozen=True, slots=True, eq=False)
class ProximalLaw:
    """The image of a law on a grid: `law`, the error of each mass, and the normaliser log eta_0 with its error.

    `edge_mass` is the largest sum of masses along a side of the box: it should be next to nothing.
    """

    law: GridLaw
    error: Float[np.ndarray, "*cells"]
    log_normaliser: Float[np.ndarray, "*cells"]
    log_normaliser_error: Float[np.ndarray, "*cells"]
    edge_mass: float


@final
@dataclass(frozen=True, slots=True, eq=False)
class ProximalMixture:
    """The image of weighted atoms: a density on R^d, eta_T times a kernel density with tilted weights.

    `log_normalisers` are log eta_0 at the atoms and `log_normaliser_errors` what each may be off; the largest bounds
    the relative error of the density everywhere.
    """

    potential: PointFunction
    tilted: DiscreteMeasure
    log_total: float
    log_normalisers: Float[np.ndarray, " n"]
    log_normaliser_errors: Float[np.ndarray, " n"]
    sigma: float
    horizon: float

    def log_density(self, x: Numbers) -> Float[np.ndarray, " m"]:
        """Return log rho_T at points (m, d)."""
        points = np.asarray(x, dtype=np.float64)
        spread = self.sigma * np.sqrt(self.horizon)
        kernel = np.asarray(log_density(self.tilted, points, 1.0, spread))
        return kernel + self.log_total - np.asarray(self.potential(points)) / self.sigma**2

    def kernel_score(self, x: Numbers) -> Float[np.ndarray, "m d"]:
        """Return grad log etahat_T at points (m, d): the score of rho_T but for -grad V/sigma^2."""
        points = np.asarray(x, dtype=np.float64)
        variance = self.sigma**2 * self.horizon
        return (np.asarray(posterior_mean(self.tilted, points, 1.0, np.sqrt(variance))) - points) / variance


@overload
def kernel_proximal(
    rho0: GridLaw, potential: PointFunction, *, sigma: float, horizon: float, grid: None = None
) -> ProximalLaw: ...


@overload
def kernel_proximal(
    rho0: DiscreteMeasure, potential: PointFunction, *, sigma: float, horizon: float, grid: Grid
) -> ProximalMixture: ...


def kernel_proximal(
    rho0: GridLaw | DiscreteMeasure,
    potential: PointFunction,
    *,
    sigma: float,
    horizon: float,
    grid: Grid | None = None,
) -> ProximalLaw | ProximalMixture:
    """Apply the kernel formula to a law on a grid or to weighted atoms.

    **Arguments:** `rho0` is the law at time 0; `potential` V of points (n, d); `sigma` > 0; `horizon` T > 0; `grid`
    is what integrals are taken over for atoms: it holds nearly all of exp(-V/sigma^2) G(. - y) for every atom y.

    **Returns:** a `ProximalLaw` on the grid of `rho0`, or a `ProximalMixture`.

    **Raises:** `ValueError` for malformed arguments, or cells that are wider than the kernel.
    """
    if not (0 < sigma < np.inf and 0 < horizon < np.inf):
        raise ValueError(f"sigma and the horizon must be positive and finite: {sigma}, {horizon}")
    on_grid = isinstance(rho0, GridLaw)
    if on_grid != (grid is None):
        raise ValueError("a law on a grid brings its own; atoms need one to integrate over")
    domain = rho0.grid if isinstance(rho0, GridLaw) else grid
    assert domain is not None
    spread = sigma * np.sqrt(horizon)
    if (domain.coarsened().widths > spread).any():
        raise ValueError(f"two cells, {2 * domain.widths}, must not be wider than the kernel, {spread:.3g}")
    if isinstance(rho0, GridLaw):
        return _move_law(rho0, potential, sigma, horizon)
    if rho0.dimension != domain.dimension:
        raise ValueError(f"atoms in d = {rho0.dimension} need a grid there, not in d = {domain.dimension}")
    return _move_atoms(rho0, potential, domain, sigma, horizon)


def _move_law(rho0: GridLaw, potential: PointFunction, sigma: float, horizon: float) -> ProximalLaw:
    dimension = rho0.grid.dimension
    runs = []
    for law in (rho0.coarsened(), rho0):
        with np.errstate(divide="ignore"):
            log_masses = np.log(law.masses)
        found = _log_kernel_formula(
            law.grid.sample(potential) / sigma**2, log_masses, law.grid.axes, np.asarray(sigma**2 * horizon)
        )
        runs.append(tuple(np.asarray(part) for part in found))
    (coarse, coarse_normaliser), (fine, normaliser) = runs
    masses = fine / fine.sum()
    sides = [np.take(masses, end, axis).sum() for axis in range(dimension) for end in (0, -1)]
    return ProximalLaw(
        law=GridLaw(rho0.grid, masses),
        error=space_error(sum_pairs(masses, dimension), coarse / coarse.sum(), dimension) / 2**dimension
        + abs(float(fine.sum()) - 1) * masses,
        log_normaliser=normaliser,
        log_normaliser_error=space_error(average_pairs(normaliser, dimension), coarse_normaliser, dimension),
        edge_mass=float(max(sides)),
    )


def _move_atoms(
    rho0: DiscreteMeasure, potential: PointFunction, grid: Grid, sigma: float, horizon: float
) -> ProximalMixture:
    atoms = np.asarray(rho0.atoms, dtype=np.float64)
    fine, coarse = (
        np.asarray(
            _log_normalisers(
                level.sample(potential).ravel() / sigma**2, level.points, atoms, np.asarray(sigma**2 * horizon)
            )
        )
        + np.log(level.volume)
        for level in (grid, grid.coarsened())
    )
    logs = np.log(np.maximum(rho0.weights, np.finfo(np.float64).tiny)) - fine
    total = float(logs.max() + np.log(np.exp(logs - logs.max()).sum()))
    return ProximalMixture(
        potential=potential,
        tilted=DiscreteMeasure(atoms, np.exp(logs - total)),
        log_total=total,
        log_normalisers=fine,
        log_normaliser_errors=np.abs(fine - coarse),
        sigma=sigma,
        horizon=horizon,
    )


@in_float64
def _log_kernel_formula(cost: Any, log_masses: Any, axes: Any, variance: Any) -> tuple[Any, Any]:
    return _compiled_formula(cost, log_masses, axes, variance)


@jax.jit
def _compiled_formula(cost: Any, log_masses: Any, axes: Any, variance: Any) -> tuple[Any, Any]:
    """Return the masses of rho_T, before they are divided by their sum, and log eta_0."""
    kernels = []
    volume = jnp.asarray(0.0)
    for line in axes:
        width = line[1] - line[0]
        kernels.append(-((line[:, None] - line) ** 2) / (2 * variance) - jnp.log(2 * jnp.pi * variance) / 2)
        volume = volume + jnp.log(width)
    normaliser = _smooth(-cost, kernels) + volume
    return jnp.exp(_smooth(log_masses - normaliser, kernels) - cost + volume), normaliser


def _smooth(logs: Any, kernels: list[Any]) -> Any:
    """Return the logarithm of the sum against the product of the kernels, one axis after the other."""
    for axis, kernel in enumerate(kernels):
        lines = jnp.moveaxis(logs, axis, -1)
        smoothed = lax.map(lambda row, lines=lines: logsumexp(lines + row, axis=-1), kernel)
        logs = jnp.moveaxis(smoothed, 0, axis)
    return logs


@in_float64
def _log_normalisers(cost: Any, points: Any, atoms: Any, variance: Any) -> Any:
    return _compiled_normalisers(cost, points, atoms, variance)


@jax.jit
def _compiled_normalisers(cost: Any, points: Any, atoms: Any, variance: Any) -> Any:
    constant = points.shape[1] / 2 * jnp.log(2 * jnp.pi * variance)

    def at(atom: Any) -> Any:
        return logsumexp(-cost - ((points - atom) ** 2).sum(axis=1) / (2 * variance)) - constant

    return lax.map(at, atoms, batch_size=ATOMS_AT_ONCE)
