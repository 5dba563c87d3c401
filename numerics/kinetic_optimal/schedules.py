"""Schedules of Gaussian paths X_t = alpha(t) X1 + sigma(t) eps, from noise at t = 0 to data at t = 1.

A schedule is any object with functions `alpha` and `sigma` of a JAX array t in [0, 1]. It is admissible if it starts at
the noise and ends at the data exactly; the variance-preserving schedule with linear beta does not, since alpha(0) > 0.

References: [lipman2023, section 4.1] for Cond-OT; [shaul2023] for the setting.
"""

from dataclasses import dataclass
from typing import Protocol, final, runtime_checkable

import jax.numpy as jnp
from jaxtyping import Array, Float

from ..precision import float64

ENDS_TOLERANCE = 1e-9
"""How far an admissible schedule may be off at its ends: what rounding leaves in float64, with a margin."""


@runtime_checkable
class Schedule(Protocol):
    """The coefficients of data and noise as functions of time, differentiable by JAX."""

    def alpha(self, t: Float[Array, "*t"]) -> Float[Array, "*t"]:
        """Return the coefficient of the data."""
        ...

    def sigma(self, t: Float[Array, "*t"]) -> Float[Array, "*t"]:
        """Return the coefficient of the noise."""
        ...


@final
@dataclass(frozen=True, slots=True)
class CondOT:
    """Conditional optimal transport: alpha = t, sigma = 1 - t."""

    def alpha(self, t: Float[Array, "*t"]) -> Float[Array, "*t"]:
        """Return t."""
        return t

    def sigma(self, t: Float[Array, "*t"]) -> Float[Array, "*t"]:
        """Return 1 - t."""
        return 1 - t


@final
@dataclass(frozen=True, slots=True)
class VPCosine:
    """The variance-preserving cosine schedule: alpha = sin(pi t/2), sigma = cos(pi t/2)."""

    def alpha(self, t: Float[Array, "*t"]) -> Float[Array, "*t"]:
        """Return sin(pi t/2)."""
        return jnp.sin(jnp.pi / 2 * t)

    def sigma(self, t: Float[Array, "*t"]) -> Float[Array, "*t"]:
        """Return cos(pi t/2)."""
        return jnp.cos(jnp.pi / 2 * t)


def check_admissible(schedule: Schedule) -> None:
    """Refuse a schedule that does not lead from the noise to the data.

    **Raises:** `TypeError` without functions alpha and sigma; `ValueError` if alpha(0) = 0, sigma(0) = 1, alpha(1) = 1
    or sigma(1) = 0 does not hold.
    """
    if not isinstance(schedule, Schedule):
        raise TypeError(f"a schedule has functions alpha(t) and sigma(t); {type(schedule).__name__} has not")
    with float64():
        for name, function, wanted in (("alpha", schedule.alpha, (0.0, 1.0)), ("sigma", schedule.sigma, (1.0, 0.0))):
            for time, value in zip((0.0, 1.0), wanted, strict=True):
                found = float(function(jnp.asarray(time)))
                if not abs(found - value) <= ENDS_TOLERANCE:
                    raise ValueError(f"schedule not admissible: {name}({time:g}) = {found:.9g}, not {value:g}")
