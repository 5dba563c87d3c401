"""Closed forms for Gaussian targets and their mixtures, for both terminal costs and with Ornstein-Uhlenbeck noising.

    curvature, gaussian_potential    phi = -a (x - m)^2/2 + ..., where a' = a^2 (Riccati), one coordinate
    component_law                    a component N(m, s^2) of the target at time t: its mean and variance
    component_covariance             the same in the plane, for any covariance S

Under `cross_entropy` a(T) = 1/s^2, so a = 1/(s^2 + T - t) whatever sigma is; under `scaled_cross_entropy` a(T) =
sigma^2/s^2. Under `scaled_cross_entropy` eta is linear in the target, so that mixtures keep their weights:

    variance exploding (VE)    without drift: mean m, covariance S + sigma^2 (T - t) I
    variance preserving (VP)   noising drift -sigma^2 x/2: mean alpha m, covariance alpha^2 S + (1 - alpha^2) I,
                               alpha = exp(-sigma^2 (T - t)/2)

A covariance has an orthonormal basis of eigenvectors, in which coordinates do not mix: one coordinate is every d.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import final

import sympy as sp
from sympy import Expr, Rational, exp, log

from .cole_hopf import target as target_value
from .cole_hopf import terminal_potential
from .notation import TerminalCost, horizon, mean, scale, sigma, t, x
from .reverse_drift import reversed_operator


@final
class Noising(StrEnum):
    """The noising process: without drift, or with the drift -sigma^2 x/2."""

    VARIANCE_EXPLODING = "variance exploding"
    VARIANCE_PRESERVING = "variance preserving"

    def drift(self) -> Expr:
        """Return the noising drift of one coordinate."""
        return sp.S.Zero if self is Noising.VARIANCE_EXPLODING else -(sigma**2) * x / 2


def target_density() -> Expr:
    """Return the target N(m, s^2) as a function of x."""
    return exp(-((x - mean) ** 2) / (2 * scale**2)) / sp.sqrt(2 * sp.pi * scale**2)


def curvature(cost: TerminalCost) -> Expr:
    """Return a(t), minus the second derivative of phi: `1/(s^2 + T - t)`, or `sigma^2/(s^2 + sigma^2 (T - t))`."""
    left = horizon - t
    if cost is TerminalCost.CROSS_ENTROPY:
        return 1 / (scale**2 + left)
    return sigma**2 / (scale**2 + sigma**2 * left)


def curvature_residuals(claimed: Expr, cost: TerminalCost) -> dict[str, Expr]:
    """Return what the claimed a(t) leaves over of the Riccati equation a' = a^2 and of its terminal value."""
    at_end = -terminal_potential(cost).subs(target_value, target_density()).diff(x, 2)
    return {"Riccati": claimed.diff(t) - claimed**2, "terminal curvature": claimed.subs(t, horizon) - at_end}


def gaussian_potential(cost: TerminalCost) -> Expr:
    """Return phi(t, x) for the target N(m, s^2).

    `cross_entropy`: -(x - m)^2/(2 (s^2 + T - t)) - log(2 pi s^2)/2 - (sigma^2/2) log((s^2 + T - t)/s^2);
    `scaled_cross_entropy`: sigma^2 log of the density of N(m, s^2 + sigma^2 (T - t)).
    """
    bowl = -curvature(cost) * (x - mean) ** 2 / 2
    if cost is TerminalCost.CROSS_ENTROPY:
        grown = (scale**2 + horizon - t) / scale**2
        return bowl - log(2 * sp.pi * scale**2) / 2 - sigma**2 / 2 * log(grown)
    return bowl - sigma**2 / 2 * log(2 * sp.pi * (scale**2 + sigma**2 * (horizon - t)))


def gaussian_potential_residuals(claimed: Expr, cost: TerminalCost) -> dict[str, Expr]:
    """Return what the claimed phi leaves over of the Hamilton-Jacobi equation and of its terminal value."""
    slope = claimed.diff(x)
    at_end = terminal_potential(cost).subs(target_value, target_density())
    return {
        "Hamilton-Jacobi": claimed.diff(t) + slope**2 / 2 + sigma**2 / 2 * slope.diff(x),
        "terminal": claimed.subs(t, horizon) - sp.expand_log(at_end),
    }


@final
@dataclass(frozen=True, slots=True)
class ComponentLaw:
    """Mean and variance at time t of a Gaussian component of the target, one coordinate."""

    mean: Expr
    variance: Expr


def signal() -> Expr:
    """Return alpha = exp(-sigma^2 (T - t)/2), by which the variance preserving process scales data."""
    return exp(-(sigma**2) * (horizon - t) / 2)


def component_law(noising: Noising) -> ComponentLaw:
    """Return the law at time t of a component N(m, s^2) under the noising process."""
    if noising is Noising.VARIANCE_EXPLODING:
        return ComponentLaw(mean, scale**2 + sigma**2 * (horizon - t))
    return ComponentLaw(signal() * mean, signal() ** 2 * scale**2 + 1 - signal() ** 2)


def component_law_residuals(claimed: ComponentLaw, noising: Noising) -> dict[str, Expr]:
    """Return what a claimed law leaves over of the reversed Fokker-Planck equation, over its density, and at t = T."""
    spread = claimed.variance
    density = exp(-((x - claimed.mean) ** 2) / (2 * spread)) / sp.sqrt(2 * sp.pi * spread)
    return {
        "equation": (reversed_operator(density, (noising.drift(),)) / density).doit(),
        "mean at T": claimed.mean.subs(t, horizon) - mean,
        "variance at T": spread.subs(t, horizon) - scale**2,
    }


_entries = sp.symbols("S_11 S_12 S_22", real=True)
_gain = sp.Symbol("alpha", positive=True)
_middle = sp.Matrix(sp.symbols("m_1 m_2", real=True))


def target_covariance() -> sp.Matrix:
    """Return a covariance S in the plane."""
    first, cross, second = _entries
    return sp.Matrix([[first, cross], [cross, second]])


def component_covariance(noising: Noising) -> sp.Matrix:
    """Return the covariance in the plane at time t; under VP in terms of alpha, with alpha' = sigma^2 alpha/2."""
    unit = sp.eye(2)
    if noising is Noising.VARIANCE_EXPLODING:
        return target_covariance() + sigma**2 * (horizon - t) * unit
    return _gain**2 * target_covariance() + (1 - _gain**2) * unit


def _rate(entry: Expr) -> Expr:
    """Return the time derivative of an expression in t and alpha."""
    return entry.diff(t) + entry.diff(_gain) * sigma**2 * _gain / 2


def plane_residuals(claimed: sp.Matrix, noising: Noising) -> dict[str, Expr]:
    """Return what a claimed covariance C in the plane leaves over of the equation of a component's log-density.

    The log-density is -log(det C)/2 - <x - alpha m, C^-1 (x - alpha m)>/2, with alpha = 1 under VE; the reversed
    equation over the density is `d_t L - f.grad L - div f + (sigma^2/2)(Lap L + |grad L|^2) = 0`.
    """
    place = sp.Matrix(sp.symbols("x y", real=True))
    exploding = noising is Noising.VARIANCE_EXPLODING
    offset = place - (1 if exploding else _gain) * _middle
    precision, volume = claimed.adjugate() / claimed.det(), claimed.det()
    shape = -(offset.T * precision * offset)[0, 0] / 2
    slope = [shape.diff(v) for v in place]
    drift = [sp.S.Zero if exploding else -(sigma**2) * v / 2 for v in place]
    moved = sum((f * s for f, s in zip(drift, slope, strict=True)), sp.S.Zero)
    spreading = sum((f.diff(v) for f, v in zip(drift, place, strict=True)), sp.S.Zero)
    curved = sum((s.diff(v) + s**2 for s, v in zip(slope, place, strict=True)), sp.S.Zero)
    equation = _rate(shape) - _rate(volume) / (2 * volume) - moved - spreading + sigma**2 / 2 * curved
    start = claimed.subs({t: horizon, _gain: 1})
    ends = {f"S_{i + 1}{j + 1} at T": start[i, j] - target_covariance()[i, j] for i, j in ((0, 0), (0, 1), (1, 1))}
    return {"equation in the plane": equation, **ends}


def definite() -> tuple[sp.Basic, ...]:
    """Return the conditions that the covariance in the plane is positive definite, and time inside the interval."""
    first, cross, second = _entries
    return (
        sp.Gt(first, 0),
        sp.Gt(first * second - cross**2, 0),
        sp.Lt(t, horizon),
        sp.Gt(t, 0),
        sp.Lt(_gain, Rational(1)),
    )
