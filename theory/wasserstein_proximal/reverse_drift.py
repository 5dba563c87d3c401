"""A noising process with a drift: reversed, it is the mean-field game with the running cost c = div f.

The noising process dX = f ds + sigma dW has the density p(s, x); the game runs in t = T - s with the reverse drift
b = -f. With kinetic weight 1/(2 sigma^2) its running cost is `int int (|u|^2/(2 sigma^2) + c) rho`; times sigma^2 that
is the kinetic weight 1/2 of the other modules, with q = sigma^2 c, and the same minimiser.

    noising_equation     d_s p + div(f p) - (sigma^2/2) Lap p = 0
    reversed_equation    d_t eta - div(f eta) + (sigma^2/2) Lap eta = 0 for eta(t, x) = p(T - t, x)
    running_cost         c = div f: then Cole-Hopf's equation for eta is the reversed one
    without_cost         c = 0: Kolmogorov's backward equation d_t eta - f.grad eta + (sigma^2/2) Lap eta = 0

For a linear drift, the Ornstein-Uhlenbeck process, div f is constant: c = 0 multiplies eta by exp((T - t) div f), and
the velocity is the same. For other drifts it is not.

References: [zhang2024, abstract].
"""

import sympy as sp
from sympy import Expr

from .cole_hopf import backward_factor, backward_operator
from .notation import (
    DIMENSIONS,
    as_jets,
    divergence,
    field,
    gradient,
    horizon,
    laplacian,
    places,
    sigma,
    t,
    vector_field,
)

rate = sp.Symbol("kappa", real=True)
"""Rate of a linear noising drift -kappa x."""


def noising_drift(dimension: int) -> tuple[Expr, ...]:
    """Return an undefined drift f(t, x) of the noising process."""
    return vector_field("f", dimension)


def linear_drift(dimension: int) -> tuple[Expr, ...]:
    """Return the drift -kappa x of the Ornstein-Uhlenbeck process."""
    return tuple(-rate * place for place in places[:dimension])


def running_cost(drift: tuple[Expr, ...]) -> Expr:
    """Return the running cost c for kinetic weight 1/(2 sigma^2): `div f`."""
    return divergence(drift)


def reversed_operator(function: Expr, drift: tuple[Expr, ...]) -> Expr:
    """Return `d_t h - div(f h) + (sigma^2/2) Lap h`, the noising process's Fokker-Planck operator in reversed time."""
    carried = divergence(tuple(part * function for part in drift))
    return function.diff(t) - carried + sigma**2 / 2 * laplacian(function, len(drift))


def noising_operator(function: Expr, drift: tuple[Expr, ...]) -> Expr:
    """Return `d_s p + div(f p) - (sigma^2/2) Lap p`, with s written t."""
    carried = divergence(tuple(part * function for part in drift))
    return function.diff(t) + carried - sigma**2 / 2 * laplacian(function, len(drift))


def without_cost(drift: tuple[Expr, ...]) -> Expr:
    """Return the running cost 0, which gives Kolmogorov's backward equation."""
    return sp.S.Zero * sum(drift)


def reversed_residuals(claimed: Expr, dimension: int) -> dict[str, Expr]:
    """Return what the claimed running cost c, in f_1, f_2, ..., leaves over between the two equations of eta."""
    eta, drift = backward_factor(dimension), noising_drift(dimension)
    game = backward_operator(eta, tuple(-part for part in drift), sigma**2 * claimed)
    return {f"d = {dimension}": as_jets((game - reversed_operator(eta, drift)).doit())}


def time_reversal_residuals() -> dict[str, Expr]:
    """Return what eta(t, x) = p(T - t, x) leaves over: the reversed operator of it is minus the noising one of p."""
    residuals: dict[str, Expr] = {}
    for dimension in DIMENSIONS:
        density, drift = field("p", dimension, positive=True), noising_drift(dimension)
        back = {t: horizon - t}
        turned = reversed_operator(density.subs(back), tuple(part.subs(back) for part in drift)).doit()
        residuals[f"d = {dimension}"] = as_jets(turned.subs(back).doit() + noising_operator(density, drift).doit())
    return residuals


def normalisation(dimension: int) -> Expr:
    """Return by what eta is multiplied where a linear drift's running cost is left out: `exp((T - t) div f)`."""
    return sp.exp((horizon - t) * divergence(linear_drift(dimension)))


def normalisation_residuals(claimed: Expr, dimension: int) -> dict[str, Expr]:
    """Return what the claimed multiplier leaves over: it turns solutions into those without running cost.

    Without the cost the operator of (multiplier eta) is the multiplier times the reversed operator of eta; the velocity
    does not change.
    """
    eta, drift = backward_factor(dimension), linear_drift(dimension)
    uncosted = backward_operator(claimed * eta, tuple(-part for part in drift), sp.S.Zero).doit()
    change = gradient(sp.log(claimed * eta), dimension)[0] - gradient(sp.log(eta), dimension)[0]
    missed = (uncosted / claimed - reversed_operator(eta, drift)).doit()
    return {f"equation, d = {dimension}": as_jets(missed), f"velocity, d = {dimension}": as_jets(change)}
