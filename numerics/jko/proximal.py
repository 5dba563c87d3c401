"""Proximal steps of an energy on the line, by Newton's method on the map from a reference law.

The step minimises over splines T, at the nodes z_q with masses w_q,

    sum_q w_q [V(T) + (U*mu)(T)/2 + beta I(T') + (T - T_0)^2/(2 tau)],
    I(T') = log(eta/T')  or  (eta/T')^(p-1)/(p - 1).

It is discretised first and minimised then: gradient and Hessian are those of the discrete sum, the derivative under
the internal energy coming back as its own transpose, so that the discrete energy never increases along the scheme.
The sum is convex if 1/tau exceeds the concavity of V and U; Newton's decrement then bounds what is left to go.

References: [terpin2024] for the scheme.
"""

from dataclasses import dataclass
from typing import Final, final

import numpy as np
from jaxtyping import Float
from scipy import linalg

from ..solve import SolveFailed
from .energy import Energy, compile_derivatives
from .quantile_grid import QuantileGrid, solve_band, solve_full, unpack_band

MAX_ITERATIONS: Final = 100
"""Newton steps at most; without damping fewer than ten are needed."""

TO_THE_BOUNDARY: Final = 0.9
"""A step goes at most this far towards the first node at which T' would vanish."""

SUFFICIENT_DECREASE: Final = 1e-4
"""The share of the decrease predicted by the slope that a damped step has to reach."""

QUADRATIC: Final = 1e-6
"""Newton decrement, relative to the energy's scale, below which full steps converge whatever rounding says."""


@final
@dataclass(frozen=True, slots=True)
class ProximalPoint:
    """The minimiser, a bound on its W_2 distance to the exact one of its grid, and the least curvature of E met."""

    coefficients: Float[np.ndarray, " c"]
    error: float
    least_curvature: float


@final
@dataclass(frozen=True, slots=True)
class _Problem:
    """One step: minimise over splines on `grid`, starting from the points `before` at the nodes."""

    grid: QuantileGrid
    energy: Energy
    before: Float[np.ndarray, " q"]
    tau: float


@final
@dataclass(frozen=True, slots=True)
class _State:
    """A spline with its values and slopes at the nodes, the objective, and derivatives of its parts.

    `force` and `curvature` are those of V + U*mu, `cross` the part of the Hessian that couples two points (None without
    interaction); `pressure` is minus the derivative of the internal energy by T'.
    """

    coefficients: Float[np.ndarray, " c"]
    place: Float[np.ndarray, " q"]
    slope: Float[np.ndarray, " q"]
    objective: float
    force: Float[np.ndarray, " q"]
    curvature: Float[np.ndarray, " q"]
    cross: Float[np.ndarray, "q q"] | None
    pressure: Float[np.ndarray, " q"]
    least_curvature: float


def solve_proximal(
    grid: QuantileGrid,
    energy: Energy,
    tau: float,
    before: Float[np.ndarray, " c"],
    start: Float[np.ndarray, " c"] | None = None,
) -> ProximalPoint:
    """Minimise E(T) + sum_q w_q (T - T_0)^2/(2 tau) over the increasing splines T of a grid.

    **Arguments:** `energy` is one of R^1 with smooth V and U; `tau` > 0; `before` are the coefficients of T_0, which
    need not increase; Newton's method sets out from `start`, which does, and from T_0 unless given.

    **Raises:** `SolveFailed` if the energy is not convex at this step or no minimiser is found.
    """
    problem = _Problem(grid, energy, grid.expand(before), tau)
    state = _evaluate(problem, before if start is None else start)
    smallest, least = np.inf, state.least_curvature
    size = float(np.sqrt(grid.weights @ problem.before**2 / tau))
    for _ in range(MAX_ITERATIONS):
        move, decrement = _newton_move(problem, state)
        convexity = 1 / tau + state.least_curvature
        # Where full steps are taken and the decrement no longer halves, rounding alone is left.
        full = decrement <= QUADRATIC * size
        if full and decrement >= smallest / 2 and convexity > 0:
            return ProximalPoint(state.coefficients, decrement / float(np.sqrt(convexity)), least)
        smallest = min(smallest, decrement)
        state = _advance(problem, state, move, None if full else decrement)
        least = min(least, state.least_curvature)
    raise SolveFailed(_describe_failure(problem, state))


def _newton_move(problem: _Problem, state: _State) -> tuple[Float[np.ndarray, " c"], float]:
    """Return the Newton step and its decrement, the root of the decrease that it promises, twice."""
    grid, tau = problem.grid, problem.tau
    pull = state.force + (state.place - problem.before) / tau
    gradient = grid.collect(grid.weights * pull) - grid.collect(grid.weights * state.pressure, 1)
    band = grid.band(
        grid.weights * (state.curvature + 1 / tau),
        grid.weights * problem.energy.exponent * state.pressure / state.slope,
    )
    try:
        if state.cross is None:
            move = -solve_band(band, gradient)
        else:
            move = -solve_full(unpack_band(band) - grid.dense_basis.T @ state.cross @ grid.dense_basis, gradient)
    except linalg.LinAlgError:
        raise SolveFailed(_describe_failure(problem, state)) from None
    return move, float(np.sqrt(max(-gradient @ move, 0.0)))


def _advance(problem: _Problem, state: _State, move: Float[np.ndarray, " c"], decrement: float | None) -> _State:
    """Take a step that keeps the map increasing and, if a decrement is given, decreases the objective enough."""
    shrinking = float((-problem.grid.expand(move, 1) / state.slope).max())
    share = min(1.0, TO_THE_BOUNDARY / max(shrinking, TO_THE_BOUNDARY))
    while share > np.finfo(np.float64).eps:
        following = _evaluate(problem, state.coefficients + share * move)
        if decrement is None or (following.objective <= state.objective - SUFFICIENT_DECREASE * share * decrement**2):
            return following
        share /= 2
    raise SolveFailed("Newton's method found no descent: V or U may not be smooth.")


def _describe_failure(problem: _Problem, state: _State) -> str:
    if 1 / problem.tau + state.least_curvature > 0:
        return "Newton's method did not converge."
    curvature = f"least curvature {state.least_curvature:.3g}"
    return f"The step is not convex, so a minimiser need not be unique: tau = {problem.tau:g}, {curvature}."


def _evaluate(problem: _Problem, coefficients: Float[np.ndarray, " c"]) -> _State:
    """Evaluate the discrete energy and its derivatives."""
    grid, energy = problem.grid, problem.energy
    place, slope = grid.expand(coefficients), grid.expand(coefficients, 1)
    (coordinate,) = energy.coordinates
    at_points = np.asarray(compile_derivatives(energy.potential, coordinate, 2)(place))
    value, force, curvature = np.moveaxis(at_points, -1, 0)
    least, cross = float(curvature.min()), None
    if energy.interacts:
        pairs = np.asarray(compile_derivatives(energy.even_interaction, coordinate, 2)(place[:, None] - place))
        pair, push, bend = np.moveaxis(pairs, -1, 0)
        value, force = value + pair @ grid.weights / 2, force + push @ grid.weights
        curvature = curvature + bend @ grid.weights
        cross = grid.weights[:, None] * bend * grid.weights
        # A convex U leaves translations flat, a concave one bends by its own curvature at most.
        least += min(0.0, float(bend.min()))
    log_density, power = grid.log_density - np.log(slope), energy.exponent - 1
    internal = log_density if power == 0 else np.exp(power * log_density) / power
    moved = (place - problem.before) ** 2 / (2 * problem.tau)
    return _State(
        coefficients=coefficients,
        place=place,
        slope=slope,
        objective=float(grid.weights @ (value + energy.diffusivity * internal + moved)),
        force=force,
        curvature=curvature,
        cross=cross,
        pressure=energy.diffusivity * np.exp(power * log_density) / slope,
        least_curvature=least,
    )
