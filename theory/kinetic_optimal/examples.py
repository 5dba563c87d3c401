"""Data whose separation function is known in closed form, or as a one-dimensional integral.

    standard Gaussian     lambda = s^2/(1 + s^2), h = 0
    low-rank Gaussian     a fraction k of the dimensions carries N(0, 1/k): lambda = s^2/(k + s^2)
    two points +-1        lambda = E tanh(gamma + s Z), Z ~ N(0, 1); the hypercube {-1, 1}^d has the same for every d

The low-rank Gaussian is the exact unit test of everything downstream: its optimal energy is 2 - 2 sqrt k.
"""

from dataclasses import dataclass
from typing import final

from sympy import Expr, asin, cos, pi, sqrt, tanh

from .notation import fraction, gamma, s, theta


@final
@dataclass(frozen=True, slots=True)
class LowRankGaussian:
    """Closed forms of the low-rank Gaussian, 0 < k < 1, in s, theta and k."""

    separation: Expr
    angular_speed_squared: Expr
    flat_angle: Expr
    final_angle: Expr
    energy: Expr
    cond_ot_energy: Expr


def low_rank_gaussian() -> LowRankGaussian:
    """Return the closed forms of Gaussian data supported on a fraction k of the dimensions."""
    k = fraction
    return LowRankGaussian(
        separation=s**2 / (k + s**2),
        angular_speed_squared=(1 - k) * s**2 / (k + s**2),
        flat_angle=asin(sqrt(1 - k)) - asin(sqrt(1 - k) * cos(theta)),
        final_angle=asin(sqrt(1 - k)),
        energy=2 - 2 * sqrt(k),
        cond_ot_energy=2 - pi / 2 * sqrt(k),
    )


def two_point_integrand(noise: Expr) -> Expr:
    """Return what is averaged over `noise` ~ N(0, 1) for lambda of the two points -1, 1: `tanh(gamma + s noise)`."""
    return tanh(gamma + sqrt(gamma) * noise)
