"""Noising processes of score-based models: variance exploding and variance preserving.

Data X become X_t = alpha(t) X + sigma(t) eps, which is the law of dX = f(t) X dt + g(t) dB at time t in [0, 1], from
data at t = 0 to noise at t = 1:

    f = alpha'/alpha,    g^2 = (sigma^2)' - 2 f sigma^2.

Where a reverse flow is stopped is told by its noise sigma, not by a time: times depend on the schedule's clock, and the
law at a given ratio sigma/alpha does not.

References: [song2021] for the processes and their names; their time runs the same way.
"""

import math
from dataclasses import dataclass
from typing import Protocol, final, runtime_checkable

import jax.numpy as jnp
from jaxtyping import Array, Float

Time = Float[Array, "*t"]


@runtime_checkable
class NoiseSchedule(Protocol):
    """The coefficients of a noising process as functions of time in [0, 1], differentiable by JAX."""

    def signal(self, t: Time) -> Time:
        """Return alpha, the coefficient of the data."""
        ...

    def noise(self, t: Time) -> Time:
        """Return sigma, the standard deviation of the noise."""
        ...

    def drift(self, t: Time) -> Time:
        """Return f, the rate in the drift f X of the noising process."""
        ...

    def diffusion(self, t: Time) -> Time:
        """Return g, the coefficient of the Brownian motion."""
        ...

    @property
    def range(self) -> tuple[float, float]:
        """The least and the largest noise, at t = 0 and t = 1."""
        ...

    def signal_at(self, noise: float) -> float:
        """Return alpha where the noise is the given number."""
        ...


@final
@dataclass(frozen=True, slots=True)
class VarianceExploding:
    """The signal stays and the noise grows geometrically: alpha = 1, sigma = smallest (largest/smallest)^t.

    `smallest` and `largest` are in the units of the data. **Raises:** `ValueError` unless 0 < smallest < largest.
    """

    smallest: float = 1e-3
    largest: float = 50.0

    def __post_init__(self) -> None:
        if not 0 < self.smallest < self.largest < math.inf:
            raise ValueError(f"0 < smallest < largest is needed, not {self.smallest} and {self.largest}")

    @property
    def _growth(self) -> float:
        return math.log(self.largest / self.smallest)

    def signal(self, t: Time) -> Time:
        """Return 1."""
        return jnp.ones_like(t)

    def noise(self, t: Time) -> Time:
        """Return smallest (largest/smallest)^t."""
        return self.smallest * jnp.exp(self._growth * t)

    def drift(self, t: Time) -> Time:
        """Return 0."""
        return jnp.zeros_like(t)

    def diffusion(self, t: Time) -> Time:
        """Return sigma sqrt(2 log(largest/smallest))."""
        return self.noise(t) * math.sqrt(2 * self._growth)

    @property
    def range(self) -> tuple[float, float]:
        """The least and the largest noise."""
        return self.smallest, self.largest

    def signal_at(self, noise: float) -> float:
        """Return 1."""
        return 1.0


@final
@dataclass(frozen=True, slots=True)
class VariancePreserving:
    """An Ornstein-Uhlenbeck process, beta growing linearly from `slowest` to `fastest`: f = -beta/2, g^2 = beta.

    alpha = exp(-1/2 int beta) and alpha^2 + sigma^2 = 1, so data of unit variance keep it.

    **Raises:** `ValueError` unless 0 <= slowest <= fastest and fastest > 0.
    """

    slowest: float = 0.1
    fastest: float = 20.0

    def __post_init__(self) -> None:
        if not (0 <= self.slowest <= self.fastest < math.inf and self.fastest > 0):
            raise ValueError(f"0 <= slowest <= fastest is needed, not {self.slowest} and {self.fastest}")

    def _elapsed(self, t: Time) -> Time:
        return self.slowest * t + (self.fastest - self.slowest) * t**2 / 2

    def signal(self, t: Time) -> Time:
        """Return exp(-1/2 int beta)."""
        return jnp.exp(-self._elapsed(t) / 2)

    def noise(self, t: Time) -> Time:
        """Return sqrt(1 - exp(-int beta))."""
        return jnp.sqrt(-jnp.expm1(-self._elapsed(t)))

    def drift(self, t: Time) -> Time:
        """Return -beta/2."""
        return -(self.slowest + (self.fastest - self.slowest) * t) / 2

    def diffusion(self, t: Time) -> Time:
        """Return sqrt(beta)."""
        return jnp.sqrt(-2 * self.drift(t))

    @property
    def range(self) -> tuple[float, float]:
        """The least and the largest noise: 0, and what is left of 1 at the horizon."""
        return 0.0, math.sqrt(-math.expm1(-(self.slowest + self.fastest) / 2))

    def signal_at(self, noise: float) -> float:
        """Return sqrt(1 - noise^2)."""
        return math.sqrt((1 - noise) * (1 + noise))
