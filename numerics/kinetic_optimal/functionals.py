"""Numbers that depend on the data through h, each with its error by source.

A functional maps an `AngularSpeed` to a number (the final flat angle, an energy, an integral of v). On samples its
error has three parts, reported apart:

* interpolation: the larger of the changes when every odd and when every even s is left out. An interpolant of second
  order or better is at least three times as far off on the doubled step, so this is an upper estimate, not a bound;
* Monte Carlo: the intervals of h^2 hold for all s at once, so the farthest that the functional gets when every h moves
  within its own is a bound, whatever the number of queries, however close h is to 0, and whatever follows from the
  same sample. The proved ceiling and floor of h^2 narrow the intervals;
* tail: beyond the last s, h lies between 1 and the lowest curve that v' <= -v^2 in s^2 allows; the functional is taken
  on both.

On a formula they are interpolation, the change at the last doubling of the nodes, and formula, its own uncertainty.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple, final

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Float

from ..estimate import Estimate
from ..measures import Numbers
from ..precision import in_float64
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

COMPILER_OPTIONS: dict[str, bool | int | str] = {"xla_backend_optimization_level": 0}
"""A functional takes a millisecond a few times, its compiler seconds: a third less than with full optimisation."""

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


@partial(jax.jit, static_argnums=0, compiler_options=COMPILER_OPTIONS)
def evaluate_at(functional: Functional, values: Any, nodes: Any, parameters: Any) -> Any:
    """Return the functional for `values` of h at `nodes`."""
    return functional(AngularSpeed(nodes, values), *parameters)


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


@final
class _Spread(NamedTuple):
    """The value of a functional of sampled h, and how far each source of error can carry it."""

    value: Any
    interpolation: Any
    monte_carlo: Any
    tail: Any


def _evaluate_on_samples(functional: Functional, separation: Separation, parameters: Any) -> FunctionalValue:
    low, high = (np.append(separation.at_zero, end) for end in separation.proved_interval)
    h_squared = np.append(separation.at_zero, separation.h_squared)
    spread = spread_of_functional(functional, separation.s, h_squared, low, high, parameters)
    value = float(spread.value)
    parts = {
        "interpolation": float(spread.interpolation) + ROUNDING * (1 + abs(value)),
        "monte_carlo": float(spread.monte_carlo),
        "tail": float(spread.tail),
    }
    nodes, tail = place_nodes(separation.s)
    speed = AngularSpeed(jnp.asarray(nodes), _continue(np.sqrt(np.clip(h_squared, 0, 1)), tail))
    return FunctionalValue(Estimate.of_parts(value, parts, METHOD, separation.false_alarm), speed)


def place_nodes(s: Float[np.ndarray, " m"]) -> tuple[Float[np.ndarray, " k"], Float[np.ndarray, " l"]]:
    """Return all nodes of the interpolant of h at the grid `s`, and those of them that lie strictly in the tail."""
    last = np.arctan(s[-1])
    tail = last + TAIL_FRACTIONS * (np.pi / 2 - last)
    return np.concatenate([[0], np.arctan(s), tail, [np.pi / 2]]), tail


@partial(jax.jit, static_argnums=0, compiler_options=COMPILER_OPTIONS)
def spread_of_functional(functional: Functional, s: Any, h_squared: Any, low: Any, high: Any, parameters: Any) -> Any:
    """Return the functional of sampled h^2 and its errors by source; the first entry of all arrays is s = 0."""
    last = jnp.arctan(s[-1])
    tail = last + TAIL_FRACTIONS * (jnp.pi / 2 - last)
    nodes = jnp.concatenate([jnp.zeros(1), jnp.arctan(s), tail, jnp.full(1, jnp.pi / 2)])
    known, lowest, highest = (jnp.sqrt(jnp.clip(part, 0, 1)) for part in (h_squared, low, high))

    def at(values: Any) -> Any:
        return functional(AngularSpeed(nodes, values), *parameters)

    slope = jax.vmap(jax.grad(lambda inner: at(_continue(inner, tail))))
    signs = jnp.array([[1.0], [-1.0]])

    def move(h: Any, _: Any) -> tuple[Any, Any]:
        """Move every h to the end of its interval that raises the functional most, in the second row lowers it."""
        rise = signs * slope(h)
        # What depends on h^2 has no slope at h = 0: such an h stays where it was moved.
        corners = jnp.where(rise > 0, highest, jnp.where(rise < 0, lowest, h))
        return corners, corners

    # The second round has the slopes of the corners themselves: a functional that is monotone in every h needs one.
    middle = (lowest + highest) / 2
    corners = lax.scan(move, jnp.stack([middle, middle]), length=2)[1].reshape(4, -1)
    values = _continue(known, tail)
    coarse = []
    for first in (1, 2):
        kept = np.ones(len(nodes), bool)
        kept[first : len(known) - 1 : 2] = False
        coarse.append(AngularSpeed(nodes[kept], values[kept])(nodes))
    rests = (jnp.ones(len(tail) + 1), _lowest_tail(s[-1], lowest[-1], tail))
    tails = [jnp.concatenate([known, rest]) for rest in rests]
    moved = jnp.concatenate([jax.vmap(_continue, (0, None))(corners, tail), jnp.stack([*coarse, *tails, values])])
    found = jax.vmap(at)(moved)
    changes = jnp.abs(found[:-1] - found[-1])
    return _Spread(found[-1], interpolation=changes[4:6].max(), monte_carlo=changes[:4].max(), tail=changes[6:].sum())


def _continue(known: Any, tail: Any) -> Any:
    """Append h beyond the last s: finite data have h = 1 at pi/2, since their error decays faster than any power."""
    rising = known[-1] + 2 * TAIL_FRACTIONS[0] * (1 - known[-1])
    return jnp.concatenate([known, rising[None], jnp.ones(len(tail))])


def _lowest_tail(last: Any, floor: Any, tail: Any) -> Any:
    """Return the lowest h that is possible at the nodes `tail` and at pi/2, where h >= `floor` at the `last` s.

    v' <= -v^2 in gamma = s^2 makes 1/v - gamma non-decreasing, so v <= 1/(b + gamma) with b its lowest value at the
    last s, and then h^2 >= (b - 1)/(b + gamma).
    """
    # b - 1, which is 0 at floor 0 and must not come out below it.
    excess = (1 + last**2) * floor**2 / jnp.maximum(1 - floor**2, jnp.finfo(jnp.float64).eps)
    cosine = jnp.cos(tail) ** 2
    return jnp.append(jnp.sqrt(excess * cosine / (1 + excess * cosine)), 0.0)
