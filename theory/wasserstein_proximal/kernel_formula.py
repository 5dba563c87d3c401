"""The kernel formula: the law at t = T as an integral of rho_0 against a kernel, without solving an equation.

For the game without drift and running cost and with terminal cost V, from any start rho_0,

    rho_T(x) = int K(x|y) rho_0(y) dy,   K(x|y) proportional in x to exp(-V(x)/sigma^2 - |x - y|^2/(2 sigma^2 T)).

    bridge              K(t, x|y) = eta(t, x) G_(sigma^2 t)(x - y)/eta(0, y): the controlled process started at y
    log_kernel          its exponent at t = T, in x
    gaussian_kernel     for V = (x - m)^2/(2 s^2): a normal law with mean (T m + s^2 y)/(T + s^2) and variance
                        sigma^2 T s^2/(T + s^2)
    landed_variance     (s^2/(T + s^2))^2 var rho_0 + sigma^2 T s^2/(T + s^2)

The mean of the Gaussian kernel is the proximal map argmin V(x) + |x - y|^2/(2 T), so the first term of the variance is
that of the Wasserstein proximal step without noise and the second is the bias of order sigma^2.

References: [li2023, abstract].
"""

from dataclasses import dataclass
from functools import cache
from typing import final

import sympy as sp
from sympy import Expr

from .cole_hopf import backward_factor, potential_of
from .mean_field_game import Game, fokker_planck
from .notation import as_jets, horizon, laplacian, mean, places, scale, sigma, t, x

start = sp.symbols("x_0 y_0 z_0", real=True)
"""Coordinates of the point y that the process starts from."""
old_scale = sp.Symbol("s_0", positive=True)
"""Standard deviation of a Gaussian rho_0."""
_potential = sp.Function("V", real=True)


def heat_kernel(elapsed: Expr, dimension: int) -> Expr:
    """Return the density of N(y, sigma^2 elapsed I) at x."""
    square = sum(((a - b) ** 2 for a, b in zip(places[:dimension], start, strict=False)), sp.S.Zero)
    variance = sigma**2 * elapsed
    return sp.exp(-square / (2 * variance)) / (2 * sp.pi * variance) ** sp.Rational(dimension, 2)


def bridge(dimension: int) -> Expr:
    """Return eta(t, x) G(x - y): the density at time t of the process started at y, times eta(0, y)."""
    return backward_factor(dimension) * heat_kernel(t, dimension)


@cache
def bridge_residuals(claimed: Expr, dimension: int) -> dict[str, Expr]:
    """Return what a claimed density leaves over of the controlled Fokker-Planck equation, over the heat kernel.

    The backward heat equation of eta is inserted; t > 0.
    """
    game, eta = Game.of(dimension), backward_factor(dimension)
    still: dict[Expr, Expr] = dict.fromkeys((*game.drift, game.running_cost), sp.S.Zero)
    inserted = {game.density: claimed, game.potential: potential_of()(eta), **still}
    flow = fokker_planck(dimension).subs(inserted, simultaneous=True).doit()
    heated = flow.subs(eta.diff(t), -(sigma**2) / 2 * laplacian(eta, dimension)).doit()
    return {f"d = {dimension}": as_jets(sp.expand(heated / heat_kernel(t, dimension)))}


def log_kernel() -> Expr:
    """Return the kernel's exponent in one coordinate: `-V(x)/sigma^2 - (x - y)^2/(2 sigma^2 T)`."""
    return -_potential(x) / sigma**2 - (x - start[0]) ** 2 / (2 * sigma**2 * horizon)


def log_kernel_residuals(claimed: Expr) -> dict[str, Expr]:
    """Return the slope in x of what a claimed exponent leaves over of log eta(T) + log G at t = T."""
    at_end = -_potential(x) / sigma**2 + sp.expand_log(sp.log(heat_kernel(horizon, 1)))
    return {"exponent up to its normalisation": as_jets((at_end - claimed).diff(x).doit())}


@final
@dataclass(frozen=True, slots=True)
class GaussianKernel:
    """Mean, in m and y = x_0, and variance of the kernel for V = (x - m)^2/(2 s^2)."""

    mean: Expr
    variance: Expr


def gaussian_kernel() -> GaussianKernel:
    """Return the kernel: mean `(T m + s^2 y)/(T + s^2)`, variance `sigma^2 T s^2/(T + s^2)`."""
    total = horizon + scale**2
    return GaussianKernel(
        mean=(horizon * mean + scale**2 * start[0]) / total,
        variance=sigma**2 * horizon * scale**2 / total,
    )


def gaussian_kernel_residuals(claimed: GaussianKernel) -> dict[str, Expr]:
    """Return what a claimed kernel leaves over of the exponent's slope, and of the proximal map."""
    bowl = (x - mean) ** 2 / (2 * scale**2)
    exponent = log_kernel().subs(_potential(x), bowl)
    normal = -((x - claimed.mean) ** 2) / (2 * claimed.variance)
    proximal = (bowl + (x - start[0]) ** 2 / (2 * horizon)).diff(x)
    return {
        "slope of the exponent": (exponent - normal).diff(x),
        "proximal map": proximal.subs(x, claimed.mean),
    }


def landed_variance() -> Expr:
    """Return the variance of rho_T for rho_0 of variance s_0^2: of the proximal step, and the noise's bias."""
    return (scale**2 / (horizon + scale**2)) ** 2 * old_scale**2 + sigma**2 * horizon * scale**2 / (horizon + scale**2)


def landed_variance_residuals(claimed: Expr) -> dict[str, Expr]:
    """Return what a claimed variance leaves over of slope^2 var rho_0 + kernel variance, and of its limit."""
    kernel = gaussian_kernel()
    step = kernel.mean.diff(start[0]) ** 2 * old_scale**2
    return {
        "law of total variance": step + kernel.variance - claimed,
        "without noise": claimed.subs(sigma, 0) - step,
    }
