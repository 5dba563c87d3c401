"""The particles of equation (5) and their law: stationarity, current velocity, and the clock from noise to data.

    stationary_density    exp(-E) is stationary under dX = -grad E dt + sqrt(2) dB, in d = 1, 2, 3
    gaussian_rate         of exp(-c |x|^2) the Fokker-Planck operator of E = |x|^2/2 leaves (2c - 1)(2c x^2 - 1) in each
                          coordinate, relative to the density: c = 1/2
    current_velocity      v = -U - grad log r is the velocity of the continuity equation (6)
    mean_velocities       conditional means of the particle's own increments at x: forward -U, backward
                          -U - 2 grad log r, the current velocity halfway between
    clocks                mu_t is the law of X at time -log t, or 1/t - 1: noise at t = 0, data at t = 1

The forward mean is the drift, by the definition of (5). The backward one follows from Bayes' formula for the kernel of
a short step: `bayes_rate` derives it for Gaussian laws of the Ornstein-Uhlenbeck process, where it is exact.

References: [touring2024, section 4, equations (5)-(7)].
"""

from dataclasses import dataclass
from typing import final

import sympy as sp
from sympy import Expr, exp, log

from ..wasserstein_proximal.notation import as_jets, divergence, gradient, laplacian
from .notation import places, t, variance, x

coefficient = sp.Symbol("c", real=True)
"""Of |x|^2 in a Gaussian's exponent."""
score = sp.Symbol("score", real=True)
drift = sp.Symbol("U", real=True)
_energy = sp.Function("E", real=True)
_density = sp.Function("r", positive=True)


def _fokker_planck(density: Expr, energy: Expr, dimension: int) -> Expr:
    """Return `div(density grad E) + Laplacian density`, the rate of the density under (5)."""
    carried = tuple(density * part for part in gradient(energy, dimension))
    return divergence(carried) + laplacian(density, dimension)


def stationary_density(energy: Expr) -> Expr:
    """Return the stationary density of (5) up to a factor: `exp(-E)`."""
    return exp(-energy)


def stationary_residuals(claimed: sp.Lambda) -> dict[str, Expr]:
    """Return what `claimed`, a function of the energy, leaves over of stationarity for a generic energy."""
    residuals: dict[str, Expr] = {}
    for d in (1, 2, 3):
        energy = _energy(*places[:d])
        residuals[f"d = {d}"] = as_jets((_fokker_planck(claimed(energy), energy, d) / claimed(energy)).doit())
    return residuals


def gaussian_rate(scale: Expr, at: Expr) -> Expr:
    """Return the relative rate of exp(-c x^2) under the Ornstein-Uhlenbeck process: `(2c - 1)(2c x^2 - 1)`.

    **Arguments:** `scale` is c, `at` the place x. In d dimensions the rates of the coordinates add up.
    """
    return (2 * scale - 1) * (2 * scale * at**2 - 1)


def gaussian_rate_residuals(claimed: Expr) -> dict[str, Expr]:
    """Return what `claimed`, in c and x, leaves over of the Fokker-Planck operator on exp(-c x^2)."""
    density = exp(-coefficient * x**2)
    return {"relative rate": _fokker_planck(density, x**2 / 2, 1) / density - claimed}


def current_velocity() -> Expr:
    """Return the velocity of (6) for the law of (5), in U and the score grad log r: `-U - score`."""
    return -drift - score


def continuity_residuals(claimed: Expr) -> dict[str, Expr]:
    """Return what `claimed`, in U and the score, leaves over of (6) for a generic density and a generic energy.

    The Fokker-Planck equation of (5) has the rate `div(r U) + Laplacian r`, decided in d = 1, 2, 3.
    """
    residuals: dict[str, Expr] = {}
    for d in (1, 2, 3):
        density, energy = _density(*places[:d]), _energy(*places[:d])
        slopes = zip(gradient(energy, d), gradient(log(density), d), strict=True)
        flux = tuple(density * claimed.subs({drift: u, score: g}, simultaneous=True) for u, g in slopes)
        residuals[f"d = {d}"] = as_jets((_fokker_planck(density, energy, d) + divergence(flux)).doit())
    return residuals


@final
@dataclass(frozen=True, slots=True)
class MeanVelocities:
    """Conditional mean velocities of the particle at x, in U and the score."""

    forward: Expr
    backward: Expr
    current: Expr


def mean_velocities() -> MeanVelocities:
    """Return the forward mean -U, the backward mean -U - 2 score and the current velocity between them."""
    return MeanVelocities(forward=-drift, backward=-drift - 2 * score, current=current_velocity())


def gaussian_slopes(velocities: MeanVelocities) -> dict[str, Expr]:
    """Return the velocities per x of the Ornstein-Uhlenbeck process in the law N(0, V), in V."""
    place = {drift: x, score: -x / variance}
    named = {"forward": velocities.forward, "backward": velocities.backward, "current": velocities.current}
    return {name: sp.cancel(value.subs(place, simultaneous=True) / x) for name, value in named.items()}


def mean_velocities_residuals(claimed: MeanVelocities) -> dict[str, Expr]:
    """Return what claimed velocities leave over: of exact regressions in Gaussian laws, and of their mean.

    In N(0, V) the particle a time h later is e^-h X + sqrt(1 - e^-2h) eps, with the variance V_h = e^-2h V + 1 - e^-2h.
    Given where it is, its later place has the mean e^-h x; given where it arrives, at y, its earlier one has the mean
    e^-h V y/V_h. The velocities are the derivatives of these means, of the second with a minus sign, at h = 0.
    """
    step = sp.Symbol("h", real=True)
    later = exp(-2 * step) * variance + 1 - exp(-2 * step)
    slopes = gaussian_slopes(claimed)
    earlier = exp(-step) * variance / later
    return {
        "forward": slopes["forward"] - sp.diff(exp(-step), step).subs(step, 0),
        "backward": slopes["backward"] + sp.diff(earlier, step).subs(step, 0),
        "halfway": claimed.current - (claimed.forward + claimed.backward) / 2,
        "continuity": continuity_residuals(claimed.current)["d = 1"],
    }


@final
@dataclass(frozen=True, slots=True)
class Clock:
    """The particle's time at the flow's time t in (0, 1), in t, and what it leaves of the data, the factor of X_0.

    `signal` is e^(-time) as a function that is continuous on [0, 1]: 0 is noise and 1 is data.
    """

    time: Expr
    signal: Expr


def logarithmic_clock() -> Clock:
    """Return the clock `-log t`: mu_t is the law of t X + sqrt(1 - t^2) eps."""
    return Clock(time=-log(t), signal=t)


def clock_residuals(claimed: Clock) -> dict[str, Expr]:
    """Return what a claimed clock leaves over: its signal, and that mu_0 is noise and mu_1 is data."""
    return {
        "signal": exp(-claimed.time) - claimed.signal,
        "t = 0 is noise": claimed.signal.subs(t, 0),
        "t = 1 is data": claimed.signal.subs(t, 1) - 1,
    }


def clock_share(time: Expr, at: Expr) -> Expr:
    """Return 1/(1 + time) at `at`, for a rational clock: 0 where the time is infinite (noise), 1 where it is 0 (data).

    The fraction is cancelled, so that it has a value where the time has a pole.
    """
    return sp.cancel(1 / (1 + time)).subs(t, at)


def rational_clock() -> Expr:
    """Return the clock `1/t - 1`, in t."""
    return 1 / t - 1


def rational_clock_residuals(claimed: Expr) -> dict[str, Expr]:
    """Return what `claimed`, a rational function of t, leaves over of noise at t = 0 and data at t = 1."""
    return {"t = 0 is noise": clock_share(claimed, sp.S.Zero), "t = 1 is data": clock_share(claimed, sp.S.One) - 1}
