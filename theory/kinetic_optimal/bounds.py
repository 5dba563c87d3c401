"""What holds for every data set: floors and ceilings of the separation function and of the optimal energy.

With gamma = s^2, v = 1 - lambda, L = H(X1)/d and i = I(X1; s X1 + eps)/d, all dimensionless and in nats:

    v <= 1/(1 + gamma)                          the scalar linear estimator        linear_ceiling
    gamma v <= 1 - exp(-2 i)                    the sharp bound                    information_ceiling
    gamma v <= 1 - exp(-2 L)  (<= 2 L)          since i <= L                       entropy_ceiling
    J = int v ds <= arctan sqrt(exp(2 L) - 1)   rearrangement under both           (energy_bounds)
    energy >= 2 - 2 sqrt(1 - exp(-2 L))         what no path can go below          energy_floor

All are new in this form: sharper than [shaul2023, abstract, (iv)].
"""

from sympy import Expr, exp, sqrt

from .notation import (
    earlier_separation,
    entropy_rate,
    error,
    gamma,
    information_rate,
    later_separation,
    squared_covariance,
)


def linear_ceiling() -> Expr:
    """Return the ceiling of v at gamma: the error of the best scalar linear estimator, `1/(1 + gamma)`."""
    return 1 / (1 + gamma)


def information_ceiling() -> Expr:
    """Return the ceiling of gamma v at information rate i: `1 - exp(-2 i)`; Gaussian data attain it."""
    return 1 - exp(-2 * information_rate)


def entropy_ceiling() -> Expr:
    """Return the ceiling of v at gamma for entropy per dimension L: `(1 - exp(-2 L))/gamma`."""
    return (1 - exp(-2 * entropy_rate)) / gamma


def energy_floor() -> Expr:
    """Return the floor of the kinetic energy of every path for entropy per dimension L: `2 - 2 sqrt(1 - exp(-2 L))`."""
    return 2 - 2 * sqrt(1 - exp(-2 * entropy_rate))


def information_slope() -> Expr:
    """Return d(I/d)/dgamma in terms of v: half the minimum mean-square error per dimension."""
    return error / 2


def error_slope() -> Expr:
    """Return dv/dgamma in terms of q = E tr Cov^2/d: `-q`."""
    return -squared_covariance


def error_slope_ceiling() -> Expr:
    """Return the ceiling of dv/dgamma in terms of v: `-v^2`, a Riccati inequality, sharp for Gaussian data."""
    return -(error**2)


def separation_growth() -> Expr:
    """Return what is never negative where lambda_1 = lambda(s_1), lambda_2 = lambda(s_2), s_1 <= s_2."""
    return later_separation - earlier_separation
