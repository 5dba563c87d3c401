"""The kinetic-optimal Gaussian path in closed form, with the error of its energy.

In the flat angle Theta = int_0^theta h the kinetic-optimal path is a straight line at constant speed, so nothing is
solved: theta gives Theta, and Theta gives t and r by the expressions of `theory.kinetic_optimal.straight_line`. For
a given t the flat angle follows from the line, `tan Theta = t sin Theta_m/(1 - t + t cos Theta_m)`, and theta from
Theta by inversion.

Notation: alpha = r sin theta, sigma = r cos theta, s = alpha/sigma = tan theta. Energies are per dimension.

References: [shaul2023, abstract, (ii) and (iii)]; the closed form is new here.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, final

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from ...theory.kinetic_optimal import straight_line
from ...theory.kinetic_optimal.notation import final_angle, flat_angle
from ..compile import CompiledExpression, compile_expression
from ..estimate import Estimate
from ..precision import float64, in_float64, require_float64
from .angular_speed import AngularSpeed
from .functionals import evaluate_functional
from .separation_function import Separation

NUM_POINTS = 4097


@final
@dataclass(frozen=True, slots=True, eq=False)
class KineticOptimalPath:
    """The kinetic-optimal path of a separation function: a schedule, with its energy known up to an error by source.

    `energy_estimate` is per dimension; `theta_max` is Theta_m. `t`, `r`, `theta`, `Theta` are the path on a grid of
    equal steps in theta. `unique` is False for Gaussian data (Theta_m not told from 0): h = 0, every path with r = 1
    has energy 0, and the one with theta = pi t/2 is returned.
    """

    energy_estimate: Estimate
    theta_max: float
    unique: bool
    t: Float[np.ndarray, " p"]
    r: Float[np.ndarray, " p"]
    theta: Float[np.ndarray, " p"]
    Theta: Float[np.ndarray, " p"]
    speed: AngularSpeed

    @property
    def energy(self) -> float:
        """The kinetic energy per dimension."""
        return self.energy_estimate.value

    @property
    def energy_error(self) -> float:
        """The error of the energy, all sources together; `energy_estimate.parts` tells them apart."""
        return self.energy_estimate.error

    def alpha(self, t: Any) -> Any:
        """Return the coefficient of the data at times t in [0, 1].

        Numbers and arrays give a NumPy array in float64; inside a trace t is traced on, which has to be in float64.
        """
        return self._at(t, jnp.sin)

    def sigma(self, t: Any) -> Any:
        """Return the coefficient of the noise at times t in [0, 1]; as `alpha`."""
        return self._at(t, jnp.cos)

    def _at(self, t: Any, component: Callable[[Any], Any]) -> Any:
        """Return the point at time t, projected by `component` of its angle."""
        if isinstance(t, jax.core.Tracer):
            radius, theta = self._polar(t)
            return radius * component(theta)
        with float64():
            radius, theta = self._polar(np.asarray(t, np.float64))
            return np.asarray(radius * component(theta))

    def _polar(self, t: Any) -> tuple[Any, Any]:
        """Return r and theta at time t: the point of the straight line, its radius and its angle turned back."""
        require_float64("the kinetic-optimal path")
        t = jnp.asarray(t, jnp.float64)
        if not self.unique:
            return jnp.ones_like(t), jnp.pi / 2 * t
        return _point_at(self.speed, self.theta_max, t)


def kinetic_optimal_path(separation: Separation, *, num_points: int = NUM_POINTS) -> KineticOptimalPath:
    """Compute the kinetic-optimal path of a separation function, and its energy with its error.

    **Arguments:** `num_points` >= 2 is the size of the grid on which the path is tabulated; the energy does not depend
    on it.

    **Raises:** `ValueError` for fewer than two points.
    """
    if num_points < 2:
        raise ValueError(f"a path needs at least two points, not {num_points}")
    found = evaluate_functional(final_flat_angle, separation)
    angle = found.estimate
    unique = angle.value > angle.error
    t, r, theta, Theta = _tabulate(found.speed, num_points, unique)
    # |2 cos(Theta_m + e) - 2 cos Theta_m| <= 2 sin(Theta_m) |e| + e^2, split by source in proportion.
    factor = 2 * math.sin(angle.value) + angle.error
    return KineticOptimalPath(
        energy_estimate=Estimate.of_parts(
            4 * math.sin(angle.value / 2) ** 2 if unique else 0.0,
            {source: factor * part for source, part in angle.parts.items()},
            "straight line in the flat angle",
            separation.false_alarm,
        ),
        theta_max=angle.value,
        unique=unique,
        t=t,
        r=r,
        theta=theta,
        Theta=Theta,
        speed=found.speed,
    )


def final_flat_angle(speed: AngularSpeed) -> Float[Array, ""]:
    """Return Theta_m, as a functional of h."""
    return speed.final_angle


@cache
def compiled_straight_line() -> CompiledExpression:
    """Return time, radius and energy of the straight line as a JAX function of Theta and Theta_m."""
    line = straight_line()
    return compile_expression((line.time, line.radius, line.energy), (flat_angle, final_angle))


@in_float64
def _tabulate(speed: AngularSpeed, num_points: int, unique: bool) -> tuple[Float[np.ndarray, " p"], ...]:
    """Return t, r, theta and Theta on a grid of equal steps in theta."""
    theta = np.linspace(0, np.pi / 2, num_points)
    if not unique:
        return theta / (np.pi / 2), np.ones(num_points), theta, np.zeros(num_points)
    t, r, Theta = _straight_line_at(speed, theta)
    return np.asarray(t), np.asarray(r), theta, np.asarray(Theta)


@jax.jit
def _point_at(speed: AngularSpeed, theta_max: Any, t: Any) -> tuple[Any, Any]:
    """Return r and theta at t."""
    x, y = 1 - t + t * jnp.cos(theta_max), t * jnp.sin(theta_max)
    return jnp.hypot(x, y), speed.angle(jnp.arctan2(y, x))


@jax.jit
def _straight_line_at(speed: AngularSpeed, theta: Any) -> tuple[Any, Any, Any]:
    """Return t, r and Theta at theta."""
    Theta = speed.flat_angle(theta)
    points = compiled_straight_line()(Theta, speed.final_angle)
    return points[:, 0], points[:, 1], Theta
