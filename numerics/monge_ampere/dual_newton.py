"""Damped Newton's method on the dual of semi-discrete optimal transport.

For a source law the convex function `K(psi) = E max_i (<x, y_i> - psi_i) + sum_i w_i psi_i` has the gradient
`w_i - mass_i(psi)`, and its Hessian is the Laplacian of the graph whose weights are the rates d mass_i/d psi_j. Steps
are halved until no cell falls below half of the least mass it began or ought to end with and the error falls in
proportion, which is what makes the method converge globally.

References: [kitagawa2019], algorithm and convergence.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, final

import numpy as np
from jaxtyping import Float

from .gaussian_cells import CellIntegrals

MOST_STEPS: Final = 200
SMALLEST_DAMPING: Final = 2.0**-30

Integrator = Callable[[Float[np.ndarray, " n"]], CellIntegrals]
"""From potentials to what the cells hold of the source law."""


@final
@dataclass(frozen=True, slots=True, eq=False)
class DualSolution:
    """The `potentials` (n,) with mean sum_i w_i psi_i = 0, and the `integrals` over their cells.

    `next_step` (n,) is the step that Newton's method would take from them, and `steps` how many it took.
    """

    potentials: Float[np.ndarray, " n"]
    integrals: CellIntegrals
    next_step: Float[np.ndarray, " n"]
    steps: int


def solve_dual(
    integrate: Integrator, weights: Float[np.ndarray, " n"], start: Float[np.ndarray, " n"], resolution: float = 0.0
) -> DualSolution:
    """Minimise K from potentials `start` whose cells all have mass, until rounding stops the masses' error falling.

    **Arguments:** `resolution` >= 0 is the error of masses that sampling leaves: below it only full steps are tried.

    **Raises:** `ValueError` if a cell is empty at the start: atoms are too close or too far for double precision.
    """
    potentials = start - weights @ start
    integrals = integrate(potentials)
    if not (least := float(integrals.masses.min())) > 0:
        raise ValueError(
            f"the cell of atom {int(np.argmin(integrals.masses))} has mass {least:.3g} in double precision: "
            "atoms are too close to each other for their spread"
        )
    floor = min(least, float(weights.min())) / 2
    for steps in range(MOST_STEPS + 1):
        excess = integrals.masses - weights
        error = float(np.linalg.norm(excess))
        direction = _newton_direction(integrals.rates, weights, excess)
        damping, accepted = 1.0, None
        # Once rounding is all that is left a full step may fail by it, and shorter ones would only follow it.
        shortest = 1.0 if error <= max(_rounding(weights), resolution) else SMALLEST_DAMPING
        while accepted is None and damping >= shortest:
            trial = integrate(potentials + damping * direction)
            trial_error = float(np.linalg.norm(trial.masses - weights))
            if trial.masses.min() >= floor and trial_error <= (1 - damping / 2) * error:
                accepted = trial
            else:
                damping /= 2
        if accepted is None or steps == MOST_STEPS:
            return DualSolution(potentials, integrals, direction, steps)
        potentials, integrals = potentials + damping * direction, accepted
        potentials = potentials - weights @ potentials
    raise AssertionError("unreachable")


def _newton_direction(
    rates: Float[np.ndarray, "n n"], weights: Float[np.ndarray, " n"], excess: Float[np.ndarray, " n"]
) -> Float[np.ndarray, " n"]:
    """Return the solution of `L d = excess` with sum_i w_i d_i = 0, L the Laplacian of `rates`."""
    laplacian = np.diag(rates.sum(axis=1)) - rates
    # The constant vector spans the kernel; filling it in leaves the solution of mean zero as it is.
    filled = laplacian + np.outer(weights, weights) * (np.trace(laplacian) / len(weights))
    return np.linalg.lstsq(filled, excess, rcond=None)[0]


def _rounding(weights: Float[np.ndarray, " n"]) -> float:
    return float(32 * np.finfo(np.float64).eps * np.sqrt(len(weights)))
