"""Jacobians of the probability flow's maps, and how far they are from symmetric.

A map is the gradient of a function if and only if its Jacobian is symmetric. Of the flow from one time to another the
Jacobian J in x solves the variational equation, which is integrated beside the flow, with the velocity differentiated
in forward mode. Near infinity J - J^T is of fifth order in tau and drowns in the rounding of J, of order one; so
J = factor (I + E) is not integrated but, with A the velocity's symmetric Jacobian and W = E - E^T,

    E' = A (I + E),    W' = A E - (A E)^T

whose rounding errors are relative to E and to A E.

`tail_projection_gap` is the distance in L^2(N(0, I)) from Psi_T to the nearest gradient. A field with the curl W splits
into a gradient and a rest that is fixed by W; in Hermite functions the rest has the squared norm
`sum_n |W_n|^2/(|n| + 2)`, summed over i < j, since the Laplacian of 2-forms in Gaussian L^2 has eigenvalues |n| + 2.

Notation: `theory.monge_ampere.notation`; J_ij = d_j of component i.
"""

from dataclasses import dataclass
from functools import partial
from typing import Any, Final, final

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import Float

from ..estimate import Estimate
from ..measures import Measure, Numbers
from .regular_flow import (
    RunPair,
    Tolerance,
    checked_points,
    integrate_twice,
    regular_point,
    regular_velocity,
    split_smoothing,
)

TAIL_STEPS: Final = 48
"""Equal steps of the first run along a tail, where the flow is smooth on the scale of the whole interval."""

MOST_NODES: Final = 40_000
"""Nodes of a quadrature at most."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class FlowJacobian:
    """Jacobians of a map of the flow and twice their antisymmetric parts, at n points.

    `jacobian` J and `asymmetry` J - J^T are shaped (n, d, d), and so are the estimated absolute errors of their
    entries, `jacobian_error` and `asymmetry_error`.
    """

    jacobian: Float[np.ndarray, "n d d"]
    jacobian_error: Float[np.ndarray, "n d d"]
    asymmetry: Float[np.ndarray, "n d d"]
    asymmetry_error: Float[np.ndarray, "n d d"]


def jacobian_asymmetry(
    x: Numbers,
    measure: Measure,
    *,
    start: float,
    end: float,
    smoothing: float = 0.0,
    rtol: float = 1e-8,
    atol: float = 1e-12,
    fixed_steps: int | None = None,
) -> FlowJacobian:
    """Compute the Jacobian at x of the flow from time `start` to time `end`, and its asymmetry J - J^T.

    **Arguments:** as for `flow_between`: `start` = T and `end` = oo is the tail Psi_T, `start` = T and `end` = 0 the
    reverse map to smoothed data. With `fixed_steps` the first run takes that many equal steps in tau, the second twice
    as many, and the tolerances are ignored: right where the asymmetry lies far below `atol`.

    **Raises:** `ValueError` for malformed points, times, smoothing or tolerances, for discrete data at time 0, or
    fewer than one step; `SolveFailed` if no solution is found.
    """
    if fixed_steps is not None and fixed_steps < 1:
        raise ValueError(f"at least one step is needed, not {fixed_steps}")
    points, tolerance = checked_points(x, measure.dimension), Tolerance(rtol, atol)
    core, spread = split_smoothing(measure, smoothing)
    first, last = regular_point(start, spread), regular_point(end, spread)
    states = np.zeros((len(points), 1 + 2 * measure.dimension, measure.dimension))
    states[:, 0] = points * first.scale
    pair = integrate_twice(
        _variational_field, core, states, states, first.tau, last.tau, tolerance, fixed_steps
    ).require_success()
    factor = first.scale / last.scale
    departure, curl = np.split(pair.fine[:, 1:], 2, axis=1)
    departure_error, curl_error = np.split(pair.error[:, 1:], 2, axis=1)
    return FlowJacobian(
        jacobian=factor * (np.eye(measure.dimension) + departure),
        jacobian_error=factor * (departure_error + np.finfo(np.float64).eps),
        asymmetry=factor * curl,
        asymmetry_error=factor * (curl_error + _rounding(pair, measure.dimension)),
    )


def tail_projection_gap(
    measure: Measure, *, horizon: float, smoothing: float = 0.0, nodes: int = 16, fixed_steps: int = TAIL_STEPS
) -> Estimate:
    """Compute the distance in L^2(N(0, I)) from the tail map Psi_T to the nearest gradient of a function.

    **Arguments:** `horizon` T > 0 is finite; `nodes` >= 4 of the Gauss-Hermite rule in each of the d >= 2 dimensions,
    of which there are few: nodes^d is at most 40000. `fixed_steps`: see `jacobian_asymmetry`.

    **Returns:** the distance. Its error adds that of the flow; what Hermite functions beyond half the nodes' degree
    leave out; and the difference to the same with fewer nodes.

    **Raises:** `ValueError` for d = 1, where every map is a gradient, too many nodes, or as `jacobian_asymmetry`.
    """
    d = measure.dimension
    if d < 2 or nodes < 4 or nodes**d > MOST_NODES:
        raise ValueError(f"want d >= 2 and from 4 nodes to {MOST_NODES} in all, not {nodes} in each of {d} dimensions")
    if not 0 < horizon < np.inf:
        raise ValueError(f"the horizon must be positive and finite, not {horizon}")
    fine, flow, left_out = _projection_norm(measure, horizon, smoothing, nodes, fixed_steps)
    coarse, _, _ = _projection_norm(measure, horizon, smoothing, (3 * nodes) // 4, fixed_steps)
    parts = {"flow": flow, "degree": left_out, "quadrature": abs(fine - coarse)}
    return Estimate.of_parts(fine, parts, f"Hermite projection, {nodes} nodes in each dimension")


def _projection_norm(
    measure: Measure, horizon: float, smoothing: float, nodes: int, fixed_steps: int
) -> tuple[float, float, float]:
    """Return the distance by one rule, what the flow's errors change in it, and what higher degrees add at most."""
    d, degree = measure.dimension, nodes // 2
    places, masses = np.polynomial.hermite_e.hermegauss(nodes)
    masses = masses / masses.sum()
    grid = np.stack(np.meshgrid(*[places] * d, indexing="ij"), axis=-1).reshape(-1, d)
    at = jacobian_asymmetry(grid, measure, start=horizon, end=np.inf, smoothing=smoothing, fixed_steps=fixed_steps)
    # Orthonormal Hermite polynomials at the nodes, times the masses: one matrix for each axis of the grid.
    norms = np.sqrt(np.cumprod([1.0, *range(1, degree + 1)]))
    analysis = (np.polynomial.hermite_e.hermevander(places, degree) / norms).T * masses
    totals = np.sum(np.meshgrid(*[np.arange(degree + 1.0)] * d, indexing="ij"), axis=0)
    kept = totals <= degree
    square = unseen = error_square = 0.0
    weights = np.prod(np.stack(np.meshgrid(*[masses] * d, indexing="ij"), axis=-1), axis=-1).ravel()
    for i, j in zip(*np.triu_indices(d, 1), strict=True):
        coefficients = at.asymmetry[:, i, j].reshape([nodes] * d)
        for axis in range(d):
            coefficients = np.moveaxis(np.tensordot(analysis, coefficients, axes=(1, axis)), 0, axis)
        square += float((coefficients[kept] ** 2 / (totals[kept] + 2)).sum())
        whole, found = float(weights @ at.asymmetry[:, i, j] ** 2), float((coefficients[kept] ** 2).sum())
        unseen += max(whole - found, nodes * np.finfo(np.float64).eps * whole)
        error_square += float(weights @ at.asymmetry_error[:, i, j] ** 2)
    norm = np.sqrt(square)
    # Degrees beyond the kept have a divisor of degree + 3 at least; the flow's error counts with 2 at least.
    beyond = np.sqrt(square + unseen / (degree + 3)) - norm
    return float(norm), float(np.sqrt(error_square / 2)), float(beyond)


def _variational_field(tau: Any, states: Any, measure: Measure) -> Array:
    """Compute the derivative of (u, E, W), stacked along the rows of states (b, 1 + 2d, d)."""
    d = states.shape[-1]
    velocity = partial(regular_velocity, tau, measure=measure)

    def single(state: Any) -> Array:
        u, departure = state[0], state[1 : d + 1]
        rate = jax.jacfwd(velocity)(u)
        # The derivative is tau times a covariance; what rounding leaves of asymmetry is not the map's.
        rate = (rate + rate.T) / 2
        bent = rate @ departure
        return jnp.concatenate([velocity(u)[None], rate + bent, bent - bent.T])

    return jax.vmap(single)(states)


def _rounding(pair: RunPair, d: int) -> Float[np.ndarray, "n d d"]:
    """Return the rounding of W: relative to the products A E from which it is the difference, at most |E|^2."""
    departure = np.abs(pair.fine[:, 1 : d + 1])
    return np.finfo(np.float64).eps * (departure @ departure + (departure @ departure).swapaxes(1, 2))
