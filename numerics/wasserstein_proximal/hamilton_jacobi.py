"""The Hamilton-Jacobi equation of a Wasserstein proximal operator, by the method of lines.

    phi_t + b.grad phi + |grad phi|^2/2 + (sigma^2/2) Laplace phi - q = 0   for 0 < t < T,   phi(T) given,

solved backwards in time. The equation is the one derived in theory, solved for phi_t and compiled; its derivatives in
space are central differences, so the error is of second order in the width of the cells. Grids of cells are continued
beyond their ends: characteristics must leave there, as they do where phi is concave.

The solution is found on the grid and on the coarsened one, whose difference gives the error of space; Diffrax solves
each at two tolerances, whose difference gives the error of time.

Notation: drift b(x), running cost q(x), potential phi; v = grad phi is the velocity, grad phi/sigma^2 the score of eta.

References: [zhang2024] for the game; [tsitouras2011] for the time stepper.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, NamedTuple, TypeAlias, final

import diffrax
import numpy as np
import sympy as sp
from jax import Array
from jaxtyping import Float

from ...theory.wasserstein_proximal import notation
from ...theory.wasserstein_proximal.mean_field_game import Game, hamilton_jacobi
from ..compile import CompiledExpression, compile_expression
from ..solve import NON_STIFF, VectorField, solve_ode
from .grid import Grid, PointFunction, average_pairs, differentiate, space_error

VectorFunction: TypeAlias = Callable[[Float[np.ndarray, "n d"]], Float[np.ndarray, "n d"]]
"""A vector field at points, evaluated on the host."""

KNOTS: Final = 33
"""Times at which the solution is kept unless they are given, closer to each other near the horizon."""

MAX_STEPS: Final = 50_000
"""Time steps at most; explicit ones are as long as the square of a width."""


class Medium(NamedTuple):
    """What the equation needs beside the potential: b (d, *cells), q (*cells), sigma and the widths (d,) of a cell."""

    drift: Float[Array | np.ndarray, " d *cells"]
    running_cost: Float[Array | np.ndarray, "*cells"]
    sigma: Float[Array | np.ndarray, ""]
    widths: Float[Array | np.ndarray, " d"]


@final
@dataclass(frozen=True, slots=True, eq=False)
class PotentialTable:
    """The potential on one grid at increasing `times`, with its derivative in time there: what can be interpolated."""

    grid: Grid
    times: Float[np.ndarray, " t"]
    values: Float[np.ndarray, " t *cells"]
    rates: Float[np.ndarray, " t *cells"]


@final
@dataclass(frozen=True, slots=True, eq=False)
class HamiltonJacobiSolution:
    """The potential (times, *cells) and its gradient (times, *cells, d) on `grid` at increasing `times`, with errors.

    `tables` are the potential on the grid and on the coarsened one; `steps` counts the time steps on the finer.
    """

    grid: Grid
    times: Float[np.ndarray, " t"]
    potential: Float[np.ndarray, " t *cells"]
    potential_error: Float[np.ndarray, " t *cells"]
    gradient: Float[np.ndarray, " t *cells d"]
    gradient_error: Float[np.ndarray, " t *cells d"]
    tables: tuple[PotentialTable, PotentialTable]
    steps: int


def solve_hjb(
    terminal: PointFunction,
    *,
    sigma: float,
    horizon: float,
    grid: Grid,
    drift: VectorFunction | None = None,
    running_cost: PointFunction | None = None,
    times: Sequence[float] | None = None,
    rtol: float = 1e-7,
    atol: float = 1e-9,
    solver: diffrax.AbstractSolver = NON_STIFF,
) -> HamiltonJacobiSolution:
    """Solve the Hamilton-Jacobi equation backwards from the potential at the horizon.

    **Arguments:** `terminal` is phi(T), `drift` b and `running_cost` q: functions of points (n, d) that do not depend
    on time; the last two are 0 unless given; `sigma` > 0; `horizon` T > 0; `grid` in one to three dimensions, so wide
    that phi is smooth and concave at its ends; `times` increase within [0, T], 33 of them unless given; `rtol` and
    `atol` are the tolerances of the first of two runs.

    **Returns:** a `HamiltonJacobiSolution`.

    **Raises:** `ValueError` for malformed arguments; `SolveFailed`, with Diffrax's reason, if it is not solved.
    """
    if not (0 < sigma < np.inf and 0 < horizon < np.inf):
        raise ValueError(f"sigma and the horizon must be positive and finite: {sigma}, {horizon}")
    if grid.dimension not in notation.DIMENSIONS:
        raise ValueError(f"the equation is derived for d = {notation.DIMENSIONS}, not for {grid.dimension}")
    asked = default_times(horizon) if times is None else np.asarray(times, dtype=np.float64)
    if asked.ndim != 1 or not len(asked) or not (asked[0] >= 0 and asked[-1] <= horizon and (np.diff(asked) > 0).all()):
        raise ValueError(f"times must increase within [0, {horizon}]: {times}")
    tables, gradients, time_errors, steps = [], [], [], 0
    rate = _rate_of_change(grid.dimension)
    for level in (grid.coarsened(), grid):
        medium = Medium(
            _sample_drift(level, drift),
            np.zeros(level.cells) if running_cost is None else level.sample(running_cost),
            np.asarray(sigma),
            level.widths,
        )
        solution = solve_ode(
            rate,
            level.sample(terminal),
            horizon,
            0.0,
            args=medium,
            rtol=rtol,
            atol=atol,
            saveat=asked[::-1],
            solver=solver,
            max_steps=MAX_STEPS,
        )
        values = solution.values[::-1]
        tables.append(PotentialTable(level, asked, values, _rates(values, medium)))
        gradients.append(np.stack(differentiate(values, level.widths)[0], axis=-1))
        time_errors.append(solution.error[::-1])
        steps = solution.steps
    coarse, fine = tables
    dimension = grid.dimension
    in_time = time_errors[1]
    apart = space_error(average_pairs(fine.values, dimension), coarse.values, dimension)
    components = [
        space_error(average_pairs(gradients[1][..., k], dimension), gradients[0][..., k], dimension)
        # The differences of an error are at most twice it, over twice the width.
        + in_time.max() / grid.widths[k]
        for k in range(dimension)
    ]
    return HamiltonJacobiSolution(
        grid=grid,
        times=asked,
        potential=fine.values,
        potential_error=apart + in_time,
        gradient=gradients[1],
        gradient_error=np.stack(components, axis=-1),
        tables=(fine, coarse),
        steps=steps,
    )


def default_times(horizon: float) -> Float[np.ndarray, " t"]:
    """Return `KNOTS` times from 0 to the horizon, whose distance to it shrinks like a square."""
    return horizon * (1 - np.linspace(1, 0, KNOTS) ** 2)


@cache
def compile_hamilton_jacobi(dimension: int) -> CompiledExpression:
    """Compile phi_t as the derived equation gives it.

    **Returns:** a function of b_1, ..., b_d, the first derivatives of phi, the second ones along the axes, q and sigma.
    """
    game, places = Game.of(dimension), notation.places[:dimension]
    first = sp.symbols(f"phi_1:{dimension + 1}", real=True)
    second = sp.symbols(f"phi_11:{dimension + 11}", real=True)
    drift = sp.symbols(f"b_1:{dimension + 1}", real=True)
    cost, rate = sp.symbols("q phi_t", real=True)
    named = {
        game.potential.diff(notation.t): rate,
        game.running_cost: cost,
        **dict(zip(game.drift, drift, strict=True)),
        **{game.potential.diff(place): symbol for place, symbol in zip(places, first, strict=True)},
        **{game.potential.diff(place, 2): symbol for place, symbol in zip(places, second, strict=True)},
    }
    residual = sp.expand(hamilton_jacobi(dimension).xreplace(named))
    solved = -residual.subs(rate, 0) / residual.coeff(rate)
    return compile_expression(solved, (*drift, *first, *second, cost, notation.sigma))


@cache
def _rate_of_change(dimension: int) -> VectorField:
    """Return the derived right-hand side on a grid; one function object, so that it is compiled once for each shape."""
    derived = compile_hamilton_jacobi(dimension)

    def rate(t: Any, potential: Array, medium: Medium) -> Array:
        first, second = differentiate(potential, medium.widths)
        return derived(*medium.drift, *first, *second, medium.running_cost, medium.sigma)

    return rate


def _rates(values: Float[np.ndarray, " t *cells"], medium: Medium) -> Float[np.ndarray, " t *cells"]:
    """Return phi_t at every time, for interpolation."""
    first, second = differentiate(values, medium.widths)
    derived = compile_hamilton_jacobi(len(medium.widths))
    return np.asarray(derived(*medium.drift, *first, *second, medium.running_cost, medium.sigma))


def _sample_drift(grid: Grid, drift: VectorFunction | None) -> Float[np.ndarray, " d *cells"]:
    if drift is None:
        return np.zeros((grid.dimension, *grid.cells))
    values = np.asarray(drift(grid.points), dtype=np.float64)
    if values.shape != grid.points.shape or not np.isfinite(values).all():
        raise ValueError(f"the drift must give a finite vector for each of {len(grid.points)} points")
    return np.moveaxis(values.reshape(*grid.cells, grid.dimension), -1, 0)
