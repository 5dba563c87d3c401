"""What the entropy of data says about their separation function and their paths: theory's bounds, compiled.

Notation: L = H(X)/d in nats, gamma = s^2; sources are those of `theory.kinetic_optimal.bounds`.
"""

from functools import cache

import numpy as np
from jaxtyping import Float

from ...theory.kinetic_optimal import bounds, notation
from ..compile import CompiledExpression, compile_expression


def bound_separation(
    s: Float[np.ndarray, " m"], entropy_rate: float
) -> tuple[Float[np.ndarray, " m"], Float[np.ndarray, " m"]]:
    """Return the floors of lambda at s > 0: the one of all data, and the one of data with this L, never lower."""
    floors = 1 - np.asarray(_compiled_ceilings()(s**2, entropy_rate))
    return floors[:, 0], floors.max(axis=1)


def bound_energy(entropy_rate: float) -> float:
    """Return the kinetic energy per dimension below which no Gaussian path goes for data with this L."""
    return float(_compiled_floor()(entropy_rate))


@cache
def _compiled_ceilings() -> CompiledExpression:
    ceilings = (bounds.linear_ceiling(), bounds.entropy_ceiling())
    return compile_expression(ceilings, (notation.gamma, notation.entropy_rate))


@cache
def _compiled_floor() -> CompiledExpression:
    return compile_expression(bounds.energy_floor(), (notation.entropy_rate,))
