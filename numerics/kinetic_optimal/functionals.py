"""Numbers that depend on the data through h, each with its error by source.

A functional maps an `AngularSpeed` to a number (the final flat angle, an energy, an integral of v). Its error has three
parts, reported apart:

* interpolation: for samples, the change when every other s is left out; for a formula, the change at the last doubling
  of the nodes;
* Monte Carlo: the empirical-Bernstein half-width of the functional linearised in h^2 (one number for each query, so the
  correlation between the s is in it). Where h^2 is not told from 0 the square root is not linear and the farther end of
  its interval is used; where the overlap ceiling pins h^2 better than the sample does, it is used instead;
* tail: beyond the last s, h lies between 1 and the lowest curve that v' <= -v^2 in s^2 allows; the functional is taken
  on both.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, final

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from ..estimate import Estimate
from ..measures import Numbers
from ..precision import in_float64
from ..statistics import empirical_bernstein_half_width
from .angular_speed import AngularSpeed
from .separation_function import Separation

FEWEST_NODES, MOST_NODES = 2**9 + 1, 2**15 + 1
"""Where the doubling of nodes starts and ends for a separation function given by a formula."""

ACCURACY = 1e-11
"""Doubling ends when the functional moves by less than this, or than the error of the formula moves it.

It is also the least error that is stated, since a single change may be small by chance."""

TAIL_FRACTIONS = np.concatenate([[1e-3], 1 - 0.5 ** np.arange(1, 40)])
"""Nodes beyond the last s, as fractions of what is left of [0, pi/2]; they halve the distance to pi/2 each time."""

S_LARGEST = 1e4
"""Beyond this h is continued unchanged: rounding times s^2, which is what 1 - lambda loses, has reached 1e-8."""

ROUNDING = 64 * float(np.finfo(np.float64).eps)
"""Rounding error of a functional, relative to 1 + its value."""

METHOD = "quadrature in theta"

Functional = Callable[..., Float[Array, ""]]
"""`functional(speed, *parameters)`: a number."""


@final
@dataclass(frozen=True, slots=True, eq=False)
class FunctionalValue:
    """The value of a functional with its error by source, and the interpolant on which it was taken."""

    estimate: Estimate
    speed: AngularSpeed


@in_float64
def evaluate_functional(functional: Functional, separation: Separation, *parameters: Numbers) -> FunctionalValue:
    """Evaluate `functional` on the separation function and estimate its error.

    **Arguments:** `functional(speed, *parameters)` can be traced by JAX; it is compiled once, so it should be a
    function of a module, with `parameters` as arrays.
    """
    if separation.error_function is not None:
        return _evaluate_on_formula(functional, separation, parameters)
    return _evaluate_on_samples(functional, separation, parameters)


@partial(jax.jit, static_argnums=0)
def evaluate_at(functional: Functional, values: Any, nodes: Any, parameters: Any) -> Any:
    """Return the functional for `values` of h at `nodes`."""
    return functional(AngularSpeed(nodes, values), *parameters)


_gradient_at = jax.jit(jax.grad(evaluate_at, argnums=1), static_argnums=0)


def _evaluate_on_formula(functional: Functional, separation: Separation, parameters: Any) -> FunctionalValue:
    def at(h_squared: Any, nodes: Any) -> float:
        return float(evaluate_at(functional, np.sqrt(np.clip(h_squared, 0, 1)), nodes, parameters))

    count = FEWEST_NODES
    nodes, h_squared, uncertainty = _draw_formula(separation, count)
    value = at(h_squared, nodes)
    while True:
        count = 2 * count - 1
        nodes, h_squared, uncertainty = _draw_formula(separation, count)
        previous, value = value, at(h_squared, nodes)
        change = abs(value - previous)
        spread = max(abs(at(h_squared + sign * uncertainty, nodes) - value) for sign in (-1, 1))
        if change < max(ACCURACY, spread) or count >= MOST_NODES:
            break
    rounding = ROUNDING * (1 + abs(value))
    speed = AngularSpeed(jnp.asarray(nodes), jnp.sqrt(jnp.clip(jnp.asarray(h_squared), 0, 1)))
    parts = {"interpolation": max(change, ACCURACY) + rounding, "formula": spread}
    return FunctionalValue(Estimate.of_parts(value, parts, METHOD), speed)


def _draw_formula(separation: Separation, count: int) -> tuple[Any, Any, Any]:
    """Return `count` equally spaced nodes of [0, pi/2], h^2 of the formula there, and its uncertainty.

    What is within its uncertainty of 0 is 0: so Gaussian data come out with h = 0 and not with the root of a rounding.
    """
    assert separation.error_function is not None
    assert separation.h_squared_uncertainty is not None
    nodes = np.linspace(0, np.pi / 2, count)
    s = np.minimum(np.append(np.tan(nodes[:-1]), np.inf), S_LARGEST)
    h_squared = 1 - (1 + s**2) * np.asarray(separation.error_function(s), np.float64)
    uncertainty = np.asarray(separation.h_squared_uncertainty(s), np.float64)
    return nodes, np.where(np.abs(h_squared) <= uncertainty, 0.0, h_squared), uncertainty


def _evaluate_on_samples(functional: Functional, separation: Separation, parameters: Any) -> FunctionalValue:
    last = np.arctan(separation.s[-1])
    tail = last + TAIL_FRACTIONS * (np.pi / 2 - last)
    nodes = np.concatenate([[0], np.arctan(separation.s), tail, [np.pi / 2]])
    known = np.sqrt(np.clip(np.append(separation.at_zero, separation.h_squared), 0, 1))

    # Finite data have h = 1 at pi/2, since their error decays faster than every power of s.
    rising = np.append(known[-1] + 2 * TAIL_FRACTIONS[0] * (1 - known[-1]), np.ones(len(tail)))
    values = np.append(known, rising)
    value = float(evaluate_at(functional, values, nodes, parameters))
    gradient = np.asarray(_gradient_at(functional, values, nodes, parameters))

    def change(other: Any) -> float:
        return abs(float(evaluate_at(functional, other, nodes, parameters)) - value)

    kept = np.ones(len(nodes), bool)
    kept[1 : len(known) - 1 : 2] = False
    coarse = _interpolate(nodes[kept], values[kept], nodes)
    inner = gradient[1 : len(known)]
    parts = {
        "interpolation": change(coarse) + ROUNDING * (1 + abs(value)),
        "monte_carlo": _monte_carlo_error(separation, known[1:], inner),
        "tail": change(np.append(known, np.ones(len(rising))))
        + change(np.append(known, _lowest_tail(separation, tail))),
    }
    estimate = Estimate.of_parts(value, parts, METHOD, separation.false_alarm)
    return FunctionalValue(estimate, AngularSpeed(jnp.asarray(nodes), jnp.asarray(values)))


@jax.jit
def _interpolate(nodes: Any, values: Any, points: Any) -> Any:
    """Return the monotone cubic through `values` at `points`."""
    return AngularSpeed(nodes, values)(points)


def _lowest_tail(separation: Separation, tail: Float[np.ndarray, " k"]) -> Float[np.ndarray, " k+1"]:
    """Return the lowest h that is possible at the nodes `tail` and at pi/2.

    v' <= -v^2 in gamma = s^2 makes 1/v - gamma non-decreasing, so v <= 1/(b + gamma) with b its lowest value at the
    last s, and then h^2 >= (b - 1)/(b + gamma).
    """
    floor = max(float(separation.proved_interval[0][-1]), 0.0)
    gamma = float(separation.s[-1]) ** 2
    b = (1 + gamma) / max(1 - floor, float(np.finfo(np.float64).eps)) - gamma
    cosine = np.cos(tail) ** 2
    return np.append(np.sqrt((b - 1) * cosine / (b * cosine + np.sin(tail) ** 2)), 0.0)


def _monte_carlo_error(separation: Separation, h: Any, gradient: Any) -> float:
    """Return the Monte Carlo error of a functional with `gradient` by h at the grid of s, to first order."""
    low, high = (np.sqrt(np.clip(end, 0, 1)) for end in separation.proved_interval)
    unresolved = low == 0
    jump = np.abs(gradient) * np.where(unresolved, np.maximum(high - h, h - low), 0.0)
    slope = np.where(unresolved, 0.0, gradient / (2 * np.where(unresolved, 1.0, h)))

    # Each s is charged to the sample or, where that costs less, to the ceiling.
    count = np.asarray(separation.num_queries)
    rare = float(empirical_bernstein_half_width(np.zeros(()), count, np.ones(()), separation.false_alarm))
    floor = separation.proved_interval[0]
    pinned = np.maximum(separation.h_squared - floor, 1 - separation.h_squared)
    ceiled = np.isfinite(separation.error_ceiling) & (pinned < rare * separation.term_width)
    deterministic = float((np.abs(slope) * np.where(ceiled, pinned, 0.0)).sum())
    sampled = np.where(ceiled, 0.0, slope)
    width = float(np.abs(sampled) @ separation.term_width)
    if width == 0:
        return float(jump.sum()) + deterministic
    variance = max(float(sampled @ separation.term_covariance @ sampled), 0.0)
    spread = np.asarray(variance), count, np.asarray(width)
    return float(jump.sum()) + deterministic + float(empirical_bernstein_half_width(*spread, separation.false_alarm))
