"""The speed h(theta) of the flat angle, interpolated: what turns values of the separation function into a path.

h is interpolated by a monotone piecewise cubic (PCHIP) in theta = arctan s on [0, pi/2]; its integral, the flat angle
Theta, is then a piecewise quartic, exact. PCHIP keeps h within its data, so 0 <= h <= 1 and Theta increases.

References: [fritsch1984] for the slopes.
"""

from collections.abc import Callable
from typing import Any, final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Float

GAUSS_POINTS = 4
"""Points between two nodes: the rule is exact up to degree 7, and h^2 is of degree 6."""

BISECTIONS = 52
"""Halvings that bring an interval of nodes down to the rounding of theta."""


@final
class AngularSpeed(eqx.Module):
    """h as a piecewise cubic in theta, with its integral; to be used inside `precision.float64()`.

    `nodes` run from 0 to pi/2; `values` and `slopes` are h and h' there, and `flat_angles` is Theta.
    """

    nodes: Float[Array, " k"]
    values: Float[Array, " k"]
    slopes: Float[Array, " k"]
    flat_angles: Float[Array, " k"]

    def __init__(self, nodes: Float[Array, " k"], values: Float[Array, " k"]) -> None:
        """Interpolate `values` of h at increasing `nodes`."""
        self.nodes, self.values = jnp.asarray(nodes), jnp.asarray(values)
        self.slopes, self.flat_angles = _interpolate(self.nodes, self.values)

    @property
    def final_angle(self) -> Float[Array, ""]:
        """Theta_m, the flat angle at theta = pi/2."""
        return self.flat_angles[-1]

    def __call__(self, theta: Float[Array, "*t"]) -> Float[Array, "*t"]:
        """Return h at theta in [0, pi/2]."""
        index = self._locate(self.nodes, theta)
        piece = self._piece(index)
        return _cubic(piece, (theta - self.nodes[index]) / piece[0])

    def flat_angle(self, theta: Float[Array, "*t"]) -> Float[Array, "*t"]:
        """Return Theta at theta in [0, pi/2]."""
        index = self._locate(self.nodes, theta)
        piece = self._piece(index)
        return self.flat_angles[index] + _integral(piece, (theta - self.nodes[index]) / piece[0])

    def separation(self, s: Float[Array, "*t"]) -> Float[Array, "*t"]:
        """Return lambda at s >= 0: `1 - (1 - h^2)/(1 + s^2)`."""
        return 1 - (1 - self(jnp.arctan(s)) ** 2) / (1 + s**2)

    def integrate(self, integrand: Callable[[Array, Array], Array], end: float | Array = np.pi / 2) -> Float[Array, ""]:
        """Integrate a function of theta and h over theta from 0 to `end`, by Gauss-Legendre between the nodes.

        Exact for polynomials in h up to degree 2 whose coefficients do not depend on theta.
        """
        points, weights = np.polynomial.legendre.leggauss(GAUSS_POINTS)
        edges = jnp.minimum(self.nodes, end)
        lengths = jnp.diff(edges)[:, None]
        theta = edges[:-1, None] + lengths * (1 + jnp.asarray(points)) / 2
        pieces = jax.tree.map(lambda part: part[:, None], self._piece(np.arange(len(self.nodes) - 1)))
        h = _cubic(pieces, (theta - self.nodes[:-1, None]) / pieces[0])
        return (lengths / 2 * jnp.asarray(weights) * integrand(theta, h)).sum()

    def angle(self, flat_angle: Float[Array, "*t"]) -> Float[Array, "*t"]:
        """Return theta at Theta in [0, Theta_m]; differentiable where h > 0, by the implicit function theorem."""
        target = lax.stop_gradient(flat_angle)
        # From the left: where h = 0 the flat angle stays, and the path starts before such a stretch, not after it.
        index = self._locate(self.flat_angles, target, side="left")
        piece = lax.stop_gradient(self._piece(index))
        remainder = target - self.flat_angles[index]

        def halve(_: Any, bracket: tuple[Any, Any]) -> tuple[Any, Any]:
            low, high = bracket
            middle = (low + high) / 2
            below = _integral(piece, middle) < remainder
            return jnp.where(below, middle, low), jnp.where(below, high, middle)

        low, high = lax.fori_loop(0, BISECTIONS, halve, (jnp.zeros_like(target), jnp.ones_like(target)))
        found = self.nodes[index] + (low + high) / 2 * piece[0]
        speed = jnp.maximum(_cubic(piece, (low + high) / 2), jnp.finfo(jnp.float64).tiny)
        return found + (flat_angle - target) / lax.stop_gradient(speed)

    def _piece(self, index: Any) -> tuple[Any, Any, Any, Any, Any]:
        """Return length, end values and end slopes of the interval after node `index`."""
        return (
            self.nodes[index + 1] - self.nodes[index],
            self.values[index],
            self.values[index + 1],
            self.slopes[index],
            self.slopes[index + 1],
        )

    def _locate(self, grid: Any, points: Any, side: str = "right") -> Any:
        """Return the index of the interval of `grid` that holds each point."""
        return jnp.clip(jnp.searchsorted(grid, points, side=side) - 1, 0, len(grid) - 2)


def _cubic(piece: Any, x: Any) -> Any:
    """Return the Hermite cubic at the fraction x of its interval."""
    length, left, right, left_slope, right_slope = piece
    rise = right - left
    second = 3 * rise - length * (2 * left_slope + right_slope)
    third = length * (left_slope + right_slope) - 2 * rise
    return left + x * (length * left_slope + x * (second + x * third))


def _integral(piece: Any, x: Any) -> Any:
    """Return the integral of the Hermite cubic from 0 to the fraction x of its interval."""
    length, left, right, left_slope, right_slope = piece
    rise = right - left
    second = 3 * rise - length * (2 * left_slope + right_slope)
    third = length * (left_slope + right_slope) - 2 * rise
    return length * x * (left + x * (length * left_slope / 2 + x * (second / 3 + x * third / 4)))


@jax.jit
def _interpolate(nodes: Any, values: Any) -> tuple[Any, Any]:
    """Return the slopes of the interpolant and its integrals up to each node."""
    slopes = _pchip_slopes(nodes, values)
    pieces = _integral((jnp.diff(nodes), values[:-1], values[1:], slopes[:-1], slopes[1:]), 1.0)
    return slopes, jnp.concatenate([jnp.zeros(1), jnp.cumsum(pieces)])


def _pchip_slopes(nodes: Any, values: Any) -> Any:
    """Return the slopes of the monotone interpolant: weighted harmonic means, 0 at extrema, one-sided at the ends."""
    steps = jnp.diff(nodes)
    secants = jnp.diff(values) / steps
    before, after = steps[:-1], steps[1:]
    left, right = secants[:-1], secants[1:]
    monotone = left * right > 0
    # The inner where keeps the unused branch, and its gradient, finite.
    safe_left, safe_right = jnp.where(monotone, left, 1.0), jnp.where(monotone, right, 1.0)
    left_weight, right_weight = 2 * after + before, after + 2 * before
    mean = (left_weight + right_weight) / (left_weight / safe_left + right_weight / safe_right)
    first = _end_slope(steps[0], steps[1], secants[0], secants[1])
    last = _end_slope(steps[-1], steps[-2], secants[-1], secants[-2])
    return jnp.concatenate([first[None], jnp.where(monotone, mean, 0.0), last[None]])


def _end_slope(near: Any, far: Any, near_secant: Any, far_secant: Any) -> Any:
    """Return the slope at an end: that of the parabola through three points, limited so that the piece is monotone."""
    slope = ((2 * near + far) * near_secant - near * far_secant) / (near + far)
    limited = jnp.where(
        near_secant * far_secant < 0, jnp.clip(slope, -3 * abs(near_secant), 3 * abs(near_secant)), slope
    )
    return jnp.where(slope * near_secant <= 0, 0.0, limited)
