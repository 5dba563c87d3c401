"""The Fokker-Planck equation on the line, in finite volumes: a reference that shares nothing with quantiles.

    d rho/dt = d/dx (rho d(V + U*rho)/dx + beta d rho/dx),   no flux through the ends of the domain

Cells hold masses, exchanged by the fluxes of `finite_volumes` with psi = V + U*rho and diffusivity beta: mass is kept
to rounding and the discrete Gibbs law is stationary. The error has even powers of the width h alone. Three grids, each
with half the cells of the next, are solved by Diffrax at two tolerances, and two Richardson steps leave an error of
sixth order; what the second changes is the estimate of the error of space.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, NamedTuple, final

import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import Float

from ..estimate import Estimate
from ..finite_volumes import cell_masses, mass_exchange
from ..solve import VectorField, solve_ode
from .energy import ENTROPY, Energy, compile_derivatives
from .quantile_grid import LineFunction

GRIDS: Final = 3
"""Grids, each with twice the cells of the one before."""

MAX_STEPS: Final = 200_000


@final
@dataclass(frozen=True, slots=True, eq=False)
class FokkerPlanckSolution:
    """The solution at `times`: `cumulative` (times, faces) is the mass left of each of `faces`.

    `cumulative_error` (times,) holds for every face at once. `mass_drift` is the largest change of the total mass on
    any grid; `edge_mass` the largest mass in a cell at either end, which shows whether the domain is wide enough.
    """

    times: Float[np.ndarray, " t"]
    faces: Float[np.ndarray, " f"]
    cumulative: Float[np.ndarray, "t f"]
    cumulative_error: Float[np.ndarray, " t"]
    mass_drift: float
    edge_mass: float
    _masses: tuple[tuple[Float[np.ndarray, "..."], Float[np.ndarray, "..."], Float[np.ndarray, "..."]], ...]

    def expectation(self, function: LineFunction) -> tuple[Estimate, ...]:
        """Return the mean of a smooth function of x at each time, extrapolated from the grids."""
        values = np.stack([masses @ function(centres) for centres, masses, _ in self._masses])
        in_time = [float(np.abs(function(centres)) @ error) for centres, _, error in self._masses]
        found, change = _extrapolate(values)
        return tuple(
            Estimate.of_parts(float(value), {"space": float(space), "time": AMPLIFICATION * max(in_time)}, METHOD)
            for value, space in zip(found, change, strict=True)
        )


AMPLIFICATION: Final = 1.9
"""What two Richardson steps make of an error of 1 on every grid, its signs at worst: 64/45 + 20/45 + 1/45."""

METHOD: Final = "finite volumes on three grids, extrapolated"


class _Cells(NamedTuple):
    """What the flux needs: V at the centres, U between them (empty without interaction), beta and h."""

    potential: Float[Array | np.ndarray, " n"]
    interaction: Float[Array | np.ndarray, "m m"]
    diffusivity: Float[Array | np.ndarray, ""]
    width: Float[Array | np.ndarray, ""]


def solve_fokker_planck(
    energy: Energy,
    density: LineFunction,
    times: Sequence[float],
    *,
    domain: tuple[float, float],
    cells: int = 100,
    rtol: float = 1e-9,
    atol: float = 1e-13,
) -> FokkerPlanckSolution:
    """Solve the Fokker-Planck equation from an initial density on the line.

    **Arguments:** `energy` is one of R^1 with beta > 0, rho log rho and smooth V and U; `density` integrates to 1 over
    `domain`, which should be so wide that next to no mass ever reaches its ends; `times` increase and are not negative;
    `cells` is the number of cells of the coarsest of the grids; `rtol` and `atol` are the tolerances of the first of
    two runs on each.

    **Returns:** masses with errors; see `FokkerPlanckSolution`.

    **Raises:** `ValueError` for an energy, domain, density or times out of range; `SolveFailed` if it is not solved.
    """
    _refuse(energy, domain, cells, times)
    asked = np.asarray(times, dtype=np.float64)
    (coordinate,) = energy.coordinates
    solved, drift, edge = [], 0.0, 0.0
    for level in range(GRIDS):
        faces = np.linspace(*domain, cells * 2**level + 1)
        width, centres = faces[1] - faces[0], (faces[1:] + faces[:-1]) / 2
        start = cell_masses(lambda points: density(points[:, 0]), [faces])
        value = np.asarray(compile_derivatives(energy.potential, coordinate, 0)(centres))[..., 0]
        pairs = np.zeros((0, 0))
        if energy.interacts:
            apart = centres[:, None] - centres
            pairs = np.asarray(compile_derivatives(energy.even_interaction, coordinate, 0)(apart))[..., 0]
        masses, error = np.tile(start, (len(asked), 1)), np.zeros(len(start))
        later = asked > 0
        if later.any():
            solution = solve_ode(
                _rate(energy.interacts),
                start,
                0.0,
                float(asked[-1]),
                args=_Cells(value, pairs, np.asarray(energy.diffusivity), np.asarray(width)),
                rtol=rtol,
                atol=atol,
                saveat=asked[later],
                max_steps=MAX_STEPS,
            )
            masses[later], error = solution.values, solution.error[-1]
        solved.append((centres, masses, error))
        drift = max(drift, float(np.abs(masses.sum(axis=1) - start.sum()).max()))
        edge = max(edge, float(masses[:, [0, -1]].max()))
    summed = np.stack([_sum_left(masses)[:, :: 2**level] for level, (_, masses, _) in enumerate(solved)])
    found, change = _extrapolate(summed)
    in_time = AMPLIFICATION * max(float(error.sum()) for _, _, error in solved)
    return FokkerPlanckSolution(
        times=asked,
        faces=np.linspace(*domain, cells + 1),
        cumulative=found,
        cumulative_error=change.max(axis=1) + in_time,
        mass_drift=drift,
        edge_mass=edge,
        _masses=tuple(solved),
    )


def _refuse(energy: Energy, domain: tuple[float, float], cells: int, times: Sequence[float]) -> None:
    if energy.dimension != 1:
        raise ValueError(f"the finite volumes are for the line, not for an energy in d = {energy.dimension}")
    if energy.exponent != ENTROPY or not energy.diffusivity > 0:
        raise ValueError(
            f"the flux needs the entropy and beta > 0: exponent {energy.exponent:g}, beta = {energy.diffusivity:g}"
        )
    if not (np.isfinite(domain).all() and domain[0] < domain[1]) or cells < 2:
        raise ValueError(f"a finite interval and two cells are needed, not {domain} and {cells}")
    increasing = len(times) > 0 and times[0] >= 0 and (np.diff(times) > 0).all()
    if not increasing:
        raise ValueError(f"times must increase from 0 or later: {times}")


@cache
def _rate(interacts: bool) -> VectorField:
    """Return the rate of change of the masses; one function object for either case, so that it is compiled once."""

    def rate(t: Any, masses: Array, cells: _Cells) -> Array:
        psi = cells.potential + (cells.interaction @ masses if interacts else 0.0)
        return mass_exchange(masses, jnp.diff(psi) / cells.diffusivity, cells.diffusivity, cells.width)

    return rate


def _sum_left(masses: Float[np.ndarray, "t n"]) -> Float[np.ndarray, "t f"]:
    return np.concatenate([np.zeros((len(masses), 1)), np.cumsum(masses, axis=1)], axis=1)


def _extrapolate(levels: Float[np.ndarray, "..."]) -> tuple[Float[np.ndarray, "..."], Float[np.ndarray, "..."]]:
    """Take the terms in h^2 and h^4 out of values on three grids; return also what the second of these changes."""
    coarse, fine = ((4 * levels[i + 1] - levels[i]) / 3 for i in range(2))
    found = (16 * fine - coarse) / 15
    return found, np.abs(found - fine)
