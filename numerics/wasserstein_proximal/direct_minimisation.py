"""The proximal operator by direct minimisation of a control problem on the line, discretised in time.

Over N steps of length tau = T/N an agent at x chooses where to aim, y, and lands at y + sigma sqrt(tau) Z. What is
minimised over all feedbacks y_k(x) is

    J = sum_k int (y_k(x) - x)^2/(2 tau) drho_k(x) + int V drho_N,

the discretisation of int int |v|^2/2 drho dt + int V drho_T. Neither the Cole-Hopf transform nor the kernel formula is
used, so it is an oracle for both, from which it is O(tau) away: steps of fixed aim are not the best controls.

J is linear in the laws, so its minimum over feedbacks is found state by state, from the last step to the first,

    W_N = V,   W_k(x) = min over y of (y - x)^2/(2 tau) + (G W_(k+1))(y),   G f(y) = E f(y + sigma sqrt(tau) Z),

for every x of the grid: first among the grid's own points, which finds the basin of the global minimum, then by
Newton's method. The law then follows forwards. States are atoms at the centres of the cells; where an agent lands is a
normal law restricted to them, which is as good as the normal law itself while its standard deviation is a cell or more.
Of N and 2 N steps a Richardson step leaves O(tau^2).

References: [li2023] for the problem.
"""

from dataclasses import dataclass
from functools import partial
from typing import Any, Final, NamedTuple, final

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from ..precision import in_float64
from ..solve import SolveFailed
from .grid import GridLaw, PointFunction

NEWTON_STEPS: Final = 12

STATIONARY: Final = 1e-9
"""The largest slope that is left at a minimum, relative to the largest slope of the cost-to-go, times the step."""

LEAST_SPREAD: Final = 0.8
"""The standard deviation of a step, in cells: the sum over the cells then differs from the integral by 7e-6."""


@final
class StepCount(NamedTuple):
    """What one number of steps gives: masses (n,) at the end, the objective twice, and the largest slope left.

    `objective` is J, summed forwards along the laws; `dual` is int W_0 drho_0, from the backward sweep.
    """

    masses: Any
    objective: Any
    dual: Any
    slope: Any


@final
@dataclass(frozen=True, slots=True, eq=False)
class DirectMinimum:
    """The minimum with `steps` time steps, with twice as many, and extrapolated to infinitely many.

    `coarse` and `fine` are the laws at the end with N and 2 N steps, `objectives` the minima of J; `extrapolated` (n,)
    and `objective` are 2 fine - coarse: signed masses that sum to 1. `gap` is the total variation of the two laws, and
    `duality_gap` the largest difference between J and the value of the backward sweep, which a minimum makes 0.
    """

    steps: int
    coarse: GridLaw
    fine: GridLaw
    extrapolated: Float[np.ndarray, " n"]
    objectives: tuple[float, float]
    objective: float
    gap: float
    duality_gap: float


def minimise_proximal(
    rho0: GridLaw, potential: PointFunction, *, sigma: float, horizon: float, steps: int
) -> DirectMinimum:
    """Minimise the discretised control problem with terminal cost int V drho, with `steps` and twice as many steps.

    **Arguments:** `rho0` is the law at time 0, on a grid of the line; `potential` V of points (n, 1); `sigma` > 0;
    `horizon` T > 0; `steps` N >= 1, so few that sigma sqrt(T/(2 N)) is a cell or nearly.

    **Returns:** a `DirectMinimum`.

    **Raises:** `ValueError` for malformed arguments or cells that are too wide; `SolveFailed` where Newton's method
    left a slope.
    """
    if rho0.grid.dimension != 1:
        raise ValueError(f"the minimisation is on the line, not in d = {rho0.grid.dimension}")
    if not (0 < sigma < np.inf and 0 < horizon < np.inf) or steps < 1:
        raise ValueError(f"positive sigma, horizon and steps are needed: {sigma}, {horizon}, {steps}")
    spread = sigma * np.sqrt(horizon / (2 * steps)) / rho0.grid.widths[0]
    if spread < LEAST_SPREAD:
        raise ValueError(f"noise of {spread:.3g} cells in each of {2 * steps} steps: {LEAST_SPREAD} cells are needed")
    (line,), cost = rho0.grid.axes, rho0.grid.sample(potential)
    runs = [_minimise(line, cost, rho0.masses, sigma, horizon, count) for count in (steps, 2 * steps)]
    for run in runs:
        if not float(run.slope) <= STATIONARY:
            raise SolveFailed(f"Newton's method left a relative slope of {float(run.slope):.3g}")
    coarse, fine = (np.asarray(run.masses) for run in runs)
    values = [float(run.objective) for run in runs]
    return DirectMinimum(
        steps=steps,
        coarse=GridLaw(rho0.grid, coarse),
        fine=GridLaw(rho0.grid, fine),
        extrapolated=2 * fine - coarse,
        objectives=(values[0], values[1]),
        objective=2 * values[1] - values[0],
        gap=float(np.abs(fine - coarse).sum() / 2),
        duality_gap=max(abs(float(run.objective) - float(run.dual)) for run in runs),
    )


@in_float64
def _minimise(line: Any, cost: Any, masses: Any, sigma: float, horizon: float, steps: int) -> StepCount:
    step = horizon / steps
    return _sweep(
        jnp.asarray(line),
        jnp.asarray(cost),
        jnp.asarray(masses),
        jnp.asarray(step),
        jnp.asarray(sigma**2 * step),
        steps,
    )


@partial(jax.jit, static_argnums=5)
def _sweep(line: Any, cost: Any, masses: Any, step: Any, variance: Any, steps: int) -> StepCount:
    """Sweep backwards for the feedbacks and forwards for the laws."""

    def landing(y: Any) -> Any:
        """Return the masses (n,) with which an agent who aims at y lands in each cell."""
        return jax.nn.softmax(-((line - y) ** 2) / (2 * variance))

    def smoothed(y: Any, after: Any) -> Any:
        return landing(y) @ after

    slope_of = jax.grad(smoothed)

    def aim(x: Any, start: Any, after: Any) -> tuple[Any, Any]:
        def slope(y: Any) -> Any:
            return (y - x) / step + slope_of(y, after)

        def improve(_: Any, y: Any) -> Any:
            curvature = jax.grad(slope)(y)
            # Next to the best point of the grid the function is convex; elsewhere a Newton step would go uphill.
            return y - jnp.clip(slope(y) / jnp.maximum(curvature, 0.1 / step), -width, width)

        y = jax.lax.fori_loop(0, NEWTON_STEPS, improve, start)
        return y, slope(y)

    width = line[1] - line[0]

    def backward(after: Any, _: Any) -> tuple[Any, Any]:
        offered = jax.vmap(smoothed, (0, None))(line, after)
        total = (line - line[:, None]) ** 2 / (2 * step) + offered
        aims, left = jax.vmap(aim, (0, 0, None))(line, line[jnp.argmin(total, axis=1)], after)
        value = (aims - line) ** 2 / (2 * step) + jax.vmap(smoothed, (0, None))(aims, after)
        return value, (aims, jnp.abs(left).max() * step / (line[-1] - line[0]))

    value, (feedbacks, slopes) = jax.lax.scan(backward, cost, None, length=steps)

    def forward(before: Any, aims: Any) -> tuple[Any, Any]:
        paid = before @ ((aims - line) ** 2) / (2 * step)
        return before @ jax.vmap(landing)(aims), paid

    final_masses, costs = jax.lax.scan(forward, masses, feedbacks[::-1])
    return StepCount(final_masses, costs.sum() + final_masses @ cost, masses @ value, slopes.max())
