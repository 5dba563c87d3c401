"""The Fokker-Planck equation that a potential controls, in finite volumes with positive masses.

    d_t rho + div(rho (b + grad phi)) = (sigma^2/2) Laplace rho,   no flux through the ends of the box

In space: cells that exchange masses by the fluxes of `finite_volumes`, with diffusivity sigma^2/2 and the differences
of phi between neighbours; mass is kept to rounding. In time: Heun's method, two forward Euler steps averaged, in equal
steps so short that no cell gives away more than it holds; then both Euler steps, and their average, are positive. Such
steps are as long as the square of a width, so the error of time, of second order, is of fourth order in the widths.

The equation is solved on the grid and on the coarsened one, with the potential's own values there; the difference gives
the error of everything: time, space, and that of a potential which was itself solved for on these two grids.

References: [shu1988] for the positivity of Heun's method.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias, final

import diffrax
import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import Float

from ..finite_volumes import mass_exchange, outflow_rate
from ..precision import float64
from ..solve import SolveFailed, describe_result, integrate_ode
from .cole_hopf import ColeHopf
from .grid import Grid, GridLaw, space_error, sum_pairs
from .hamilton_jacobi import HamiltonJacobiSolution, PotentialTable, VectorFunction, default_times

SAFETY: Final = 1.25
"""How much shorter steps are than positivity needs at the times at which the outflow is looked at."""

FEWEST_STEPS: Final = 64

MOST_STEPS: Final = 2**20


@final
class InterpolatedPotential(eqx.Module):
    """A potential on the cells of one grid, between times by cubics that match values and derivatives."""

    times: Array | np.ndarray
    values: Array | np.ndarray
    rates: Array | np.ndarray

    def __call__(self, t: Float[Array, ""], x: Float[Array, "n d"]) -> Float[Array, " n"]:
        """Return the potential at time t in the cells whose centres are x."""
        times, values, rates = (jnp.asarray(part) for part in (self.times, self.values, self.rates))
        before = jnp.clip(jnp.searchsorted(times, t, side="right") - 1, 0, len(times) - 2)
        span = times[before + 1] - times[before]
        s = (t - times[before]) / span
        bends = span * (rates[before] * s * (1 - s) ** 2 - rates[before + 1] * s**2 * (1 - s))
        found = values[before] + (values[before + 1] - values[before]) * s**2 * (3 - 2 * s) + bends
        return found.reshape(len(x))


@final
class _Control(eqx.Module):
    """What the flux needs at any time: the potential, the centres, h b at the faces by axis, sigma^2/2 and h."""

    potential: ColeHopf | InterpolatedPotential
    centres: Array | np.ndarray
    carried: tuple[Array | np.ndarray, ...]
    diffusivity: Array | np.ndarray
    widths: Array | np.ndarray
    cells: tuple[int, ...] = eqx.field(static=True)

    def steepness(self, t: Array) -> list[Array]:
        """Return minus (the difference of phi + h b)/(sigma^2/2) at the inner faces, by axis."""
        phi = self.potential(t, jnp.asarray(self.centres)).reshape(self.cells)
        return [-(jnp.diff(phi, axis=axis) + carried) / self.diffusivity for axis, carried in enumerate(self.carried)]


@final
@dataclass(frozen=True, slots=True, eq=False)
class FokkerPlanckSolution:
    """The masses (times, *cells) on `grid` at increasing `times`, and the error of each.

    `mass_drift` is the largest change of the total mass on either grid, `edge_mass` the largest sum of the masses along
    a side of the box, which shows whether it is wide enough, and `steps` the number of time steps on the finer grid.
    """

    grid: Grid
    times: Float[np.ndarray, " t"]
    masses: Float[np.ndarray, " t *cells"]
    error: Float[np.ndarray, " t *cells"]
    mass_drift: float
    edge_mass: float
    steps: int

    @property
    def final(self) -> GridLaw:
        """The law at the last of the times."""
        return GridLaw(self.grid, self.masses[-1])


Potential: TypeAlias = ColeHopf | HamiltonJacobiSolution
"""What controls: the closed form, or a solution of the Hamilton-Jacobi equation on the same grid."""


def solve_controlled_fokker_planck(
    initial: GridLaw,
    potential: Potential,
    *,
    sigma: float,
    horizon: float,
    drift: VectorFunction | None = None,
    times: Sequence[float] | None = None,
) -> FokkerPlanckSolution:
    """Solve the Fokker-Planck equation with velocity b + grad phi from a law on a grid.

    **Arguments:** `initial` is the law at time 0; `potential` phi is a `ColeHopf`, or a solution on the grid of
    `initial` with times from 0 to T; `sigma` > 0; `horizon` T > 0; `drift` b of points (n, d), 0 unless given; `times`
    increase within [0, T] and are T alone unless given.

    **Returns:** a `FokkerPlanckSolution`, whose masses are positive and keep their sum to rounding.

    **Raises:** `ValueError` for malformed arguments or more than `MOST_STEPS` steps; `SolveFailed` if a mass turned
    negative or infinite.
    """
    if not (0 < sigma < np.inf and 0 < horizon < np.inf):
        raise ValueError(f"sigma and the horizon must be positive and finite: {sigma}, {horizon}")
    asked = np.asarray([horizon] if times is None else times, dtype=np.float64)
    if asked.ndim != 1 or not len(asked) or not (asked[0] >= 0 and asked[-1] <= horizon and (np.diff(asked) > 0).all()):
        raise ValueError(f"times must increase within [0, {horizon}]: {times}")
    grid, dimension = initial.grid, initial.grid.dimension
    runs, drifted, steps = [], 0.0, 0
    for law, control in zip(
        (initial.coarsened(), initial), _controls(potential, grid, sigma, horizon, drift), strict=True
    ):
        masses, steps = _integrate(law, control, horizon, asked)
        runs.append(masses)
        drifted = max(drifted, float(np.abs(masses.reshape(len(asked), -1).sum(axis=1) - law.masses.sum()).max()))
    coarse, fine = runs
    sides = [
        np.take(fine, end, axis).reshape(len(asked), -1).sum(axis=1) for axis in range(-dimension, 0) for end in (0, -1)
    ]
    return FokkerPlanckSolution(
        grid=grid,
        times=asked,
        masses=fine,
        # A coarse cell's difference is spread over the 2^d fine cells it holds.
        error=space_error(sum_pairs(fine, dimension), coarse, dimension) / 2**dimension,
        mass_drift=drifted,
        edge_mass=float(np.max(sides)),
        steps=steps,
    )


def _controls(
    potential: Potential, grid: Grid, sigma: float, horizon: float, drift: VectorFunction | None
) -> tuple[_Control, _Control]:
    """Return the control on the coarsened grid and on the grid."""
    fine: ColeHopf | InterpolatedPotential
    coarse: ColeHopf | InterpolatedPotential
    if isinstance(potential, HamiltonJacobiSolution):
        if potential.grid != grid:
            raise ValueError("the potential and the initial law live on different grids")
        if len(potential.times) < 2 or potential.times[0] > 0 or potential.times[-1] < horizon:
            raise ValueError(f"the potential is needed from 0 to {horizon}, at two times at least: {potential.times}")
        fine, coarse = (_interpolate(table) for table in potential.tables)
    else:
        if potential.power.means.shape[1] != grid.dimension:
            raise ValueError(f"the potential is not one of d = {grid.dimension}")
        if potential.sigma != sigma or potential.horizon != horizon:
            raise ValueError(f"the potential is one of sigma = {potential.sigma} and T = {potential.horizon}")
        fine = coarse = potential

    def control(level: Grid, on_level: ColeHopf | InterpolatedPotential) -> _Control:
        diffusivity = np.asarray(sigma**2 / 2)
        return _Control(on_level, level.points, _carried(level, drift), diffusivity, level.widths, level.cells)

    return control(grid.coarsened(), coarse), control(grid, fine)


def _interpolate(table: PotentialTable) -> InterpolatedPotential:
    return InterpolatedPotential(table.times, table.values, table.rates)


def _carried(grid: Grid, drift: VectorFunction | None) -> tuple[Float[np.ndarray, "..."], ...]:
    """Return the width times the drift across the inner faces, by axis."""
    if drift is None:
        return (np.zeros((1,) * grid.dimension),) * grid.dimension
    shapes = [tuple(count - (axis == k) for k, count in enumerate(grid.cells)) for axis in range(grid.dimension)]
    return tuple(
        grid.widths[axis] * np.asarray(drift(grid.face_points(axis)), dtype=np.float64)[:, axis].reshape(shape)
        for axis, shape in enumerate(shapes)
    )


def _integrate(
    law: GridLaw, control: _Control, horizon: float, times: Float[np.ndarray, " t"]
) -> tuple[Float[np.ndarray, " t *cells"], int]:
    """Return the masses at `times` and the number of steps."""
    with float64():
        outflow = float(np.asarray(_largest_outflow(control, jnp.asarray(default_times(horizon)))))
    # A power of two, so that few programs are compiled.
    steps = 2 ** math.ceil(math.log2(max(FEWEST_STEPS, SAFETY * horizon * outflow)))
    if steps > MOST_STEPS:
        raise ValueError(f"positive masses need {steps} steps on a grid as fine as this, more than {MOST_STEPS}")
    with float64():
        run = _integrate_steps(
            control, jnp.asarray(law.masses), jnp.asarray(times), jnp.asarray(horizon, "float64"), steps
        )
        masses = np.asarray(run.values)
    if not ((masses >= 0).all() and np.isfinite(masses).all()):
        raise SolveFailed(f"a mass left the positive numbers in {steps} steps: {describe_result(run.result)}")
    return masses, steps


@eqx.filter_jit
def _largest_outflow(control: _Control, times: Array) -> Array:
    def at(t: Array) -> Array:
        rates = [
            outflow_rate(s, control.diffusivity, jnp.asarray(control.widths)[axis], axis)
            for axis, s in enumerate(control.steepness(t))
        ]
        return sum(rates[1:], rates[0]).max()

    return jax.lax.map(at, times).max()


@eqx.filter_jit
def _integrate_steps(control: _Control, masses: Array, times: Array, horizon: Array, steps: int) -> Any:
    def rate(t: Any, masses: Array, control: _Control) -> Array:
        parts = [
            mass_exchange(masses, s, control.diffusivity, jnp.asarray(control.widths)[axis], axis)
            for axis, s in enumerate(control.steepness(t))
        ]
        return sum(parts[1:], parts[0])

    return integrate_ode(
        rate, masses, times, t0=0.0, t1=horizon, args=control, fixed_steps=steps, solver=diffrax.Heun()
    )
