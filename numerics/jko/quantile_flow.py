"""The gradient flow that the JKO scheme approximates on the line, followed in the map from a reference law.

In the space of maps T the flow is `dT/dt = -grad E(T)` and a JKO step the implicit Euler step of it. A singly
diagonally implicit Runge-Kutta method has such steps for stages, of a quarter of its own length and from points other
than the law itself, and follows the flow to order 4. It shares splines and Newton's method with the scheme, and so the
errors of space: the distance between them is that of the scheme alone.

For the Fokker-Planck equation (p = 1) this yields snapshots of a whole population: no particle, no noise, positions and
scores to many digits. `fokker_planck` solves the same equation in fixed cells, with nothing in common.

References: the method, L-stable and stiffly accurate, is SDIRK4 of [hairer1996, section IV.6].
"""

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Final

import numpy as np
from jaxtyping import Float

from .energy import Energy
from .proximal import solve_proximal
from .quantile_grid import QuantileGrid, QuantileLaw, map_distance

DIAGONAL: Final = 0.25
"""The length of a stage's proximal step, in steps."""

STAGES: Final = tuple(
    tuple(float(Fraction(entry) / Fraction(1, 4)) for entry in row.split())
    for row in ("", "1/2", "17/50 -1/25", "371/1360 -137/2720 15/544", "25/24 -49/48 125/16 -85/12")
)
"""The entries of the tableau below its diagonal, relative to it. The last stage is the step."""


def solve_quantile_flow(
    law: QuantileLaw, energy: Energy, times: Sequence[float], *, step: float = 0.02
) -> tuple[QuantileLaw, ...]:
    """Compute the gradient flow of the energy from `law` at each of the `times`.

    **Arguments:** `energy` is one of R^1 with smooth V and U; `times` increase and are not negative; no step is longer
    than `step`.

    **Returns:** laws on the grid of `law`, from steps half as long. Their errors add the distance to the run with full
    steps, the distance of that run to one on the refined grid, what Newton's method has left, and the error of `law`
    as the least curvature met lets it grow.

    **Raises:** `ValueError` for an energy in another dimension or malformed times or steps; `SolveFailed` if a stage
    is not convex or not solved.
    """
    if energy.dimension != 1:
        raise ValueError(f"quantiles are for the line, not for an energy in d = {energy.dimension}")
    asked = np.asarray(times, dtype=np.float64)
    if asked.ndim != 1 or not asked.size or not (asked[0] >= 0 and (np.diff(asked) > 0).all()):
        raise ValueError(f"times must increase from 0 or later: {times}")
    if not 0 < step < math.inf:
        raise ValueError(f"the step must be positive and finite, not {step}")
    grid, fine = law.grid, law.grid.refined()
    refined_now = fine.fit(law(fine.nodes))
    coarse_now = halved_now = law.coefficients
    before, carried, laws = 0.0, law.error, []
    for now in asked:
        count = math.ceil((now - before) / step)
        span = now - before
        coarse_now, coarse_left, coarse_least = _integrate(grid, energy, coarse_now, span, count)
        halved_now, halved_left, halved_least = _integrate(grid, energy, halved_now, span, 2 * count)
        refined_now, refined_left, refined_least = _integrate(fine, energy, refined_now, span, count)
        growth = math.exp(-min(coarse_least, halved_least, refined_least) * span) if count else 1.0
        carried = growth * (carried + coarse_left + halved_left + refined_left)
        in_time = map_distance(grid, halved_now, grid, coarse_now)
        in_space = map_distance(fine, refined_now, grid, coarse_now)
        laws.append(QuantileLaw(grid, halved_now, carried + in_time + in_space))
        before = float(now)
    return tuple(laws)


def _integrate(
    grid: QuantileGrid, energy: Energy, now: Float[np.ndarray, " c"], span: float, steps: int
) -> tuple[Float[np.ndarray, " c"], float, float]:
    """Take equal steps; return also what Newton's method left in all stages, and the least curvature met."""
    left, least = 0.0, math.inf
    for _ in range(steps):
        moves: list[Float[np.ndarray, " c"]] = []
        reached = now
        for row in STAGES:
            base = now + sum((entry * move for entry, move in zip(row, moves, strict=True)), np.zeros_like(now))
            point = solve_proximal(grid, energy, DIAGONAL * span / steps, base, reached)
            reached = point.coefficients
            moves.append(reached - base)
            left, least = left + point.error, min(least, point.least_curvature)
        now = reached
    return now, left, least
