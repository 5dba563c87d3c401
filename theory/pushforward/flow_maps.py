"""The flow (7) of Gaussian data: which way its map runs, and that the inverse is the sampler.

    flow_slope         chi_t(x) = sqrt(V_t/V) x from N(0, V), with V_t = 1 + (V - 1) e^(-2t), solves (7)
    whitening_slope    chi_oo(x) = x/sqrt(V): it takes the data N(0, V) to the noise N(0, 1)
    sampling_slope     psi = chi_oo^-1, psi(z) = sqrt(V) z, takes the noise to the data; chi_oo takes it to N(0, 1/V)

Where the data have an atom no map takes them to noise: the image of an atom is an atom of at least its mass.

References: [touring2024, section 4, equation (7)].
"""

import sympy as sp
from sympy import Expr, diff, exp, sqrt

from .diffusion import gaussian_slopes, mean_velocities
from .notation import t, variance

remaining = sp.Symbol("a", nonnegative=True)
"""e^-t; 0 at t = oo."""


def _variance_at(signal: Expr) -> Expr:
    """Return the variance where the data are left with the factor `signal`."""
    return 1 + (variance - 1) * signal**2


def flow_slope() -> Expr:
    """Return the slope of chi_t, in V and a = e^-t: `sqrt(V_t/V)`."""
    return sqrt(_variance_at(remaining) / variance)


def flow_slope_residuals(claimed: Expr) -> dict[str, Expr]:
    """Return what `claimed`, in V and a = e^-t, leaves over: of (7), of its start, and of the law that is carried."""
    along = claimed.subs(remaining, exp(-t))
    velocity = gaussian_slopes(mean_velocities())["current"].subs(variance, _variance_at(exp(-t)))
    return {
        "equation (7)": diff(along, t) - velocity * along,
        "starts at the identity": claimed.subs(remaining, 1) - 1,
        "carries the law": claimed**2 * variance - _variance_at(remaining),
    }


def whitening_slope() -> Expr:
    """Return the slope of chi_oo, in V: `1/sqrt(V)`."""
    return flow_slope().subs(remaining, 0)


def sampling_slope() -> Expr:
    """Return the slope of psi = chi_oo^-1, in V: `sqrt(V)`."""
    return sqrt(variance)


def sampling_residuals(claimed: Expr) -> dict[str, Expr]:
    """Return what `claimed`, the slope of psi, leaves over of the inverse of chi_oo and of the law of the data."""
    return {
        "inverse": claimed * whitening_slope() - 1,
        "noise to data": claimed**2 - variance,
    }


def image_variance(slope: Expr, spread: Expr) -> Expr:
    """Return the variance of the image of N(0, 1) under a map of this slope, in V, for data N(0, `spread`)."""
    return (slope**2).subs(variance, spread)
