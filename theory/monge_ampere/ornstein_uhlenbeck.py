"""The Ornstein-Uhlenbeck process and its probability flow.

    moment_rates         m' = -m, c' = 2 - 2c                                from the generator -x d/dx + d^2/dx^2
    noising_channel      X_t = e^-t X + sqrt(1 - e^-2t) eps in law           solves the Fokker-Planck equation
    flow_velocity        x' = -x - score                                     the continuity equation
    denoiser_velocity    x' = -x + (x - e^-t xhat)/(1 - e^-2t)               Tweedie's formula

In d dimensions each formula holds coordinate by coordinate: the Gaussian kernel is a product over coordinates. The
derivations of the Fokker-Planck and continuity equations are in every dimension.

That the law of the stochastic equation solves the Fokker-Planck equation (Ito's formula), and is its only solution, is
the standard theorem; what is derived here is that the channel's law solves it.

References: [wang2024, abstract] for the process and its probability flow.
"""

from dataclasses import dataclass
from functools import cache
from typing import final

import sympy as sp
from sympy import Expr, diff, exp, sqrt

from ..coordinates import IndexSum, coordinates, laplacian, point
from ..derivation import Derivation
from ..expectation import (
    FieldMean,
    GradientMean,
    gaussian_integration_by_parts,
    gradient_linearity,
    gradient_tower,
    path_derivative,
    random_vector,
)
from ..rules import combine
from ..statement import Statement, equal
from .notation import atom, mean, posterior_mean, score, t, variance, x

d = sp.Symbol("d", integer=True, positive=True)
data = random_vector("X")
noise = random_vector("epsilon")
denoised = random_vector("m")
"""E[X | X_t], or E[X | U]."""
_field = IndexSum(sp.Function("phi", real=True)(point("u")), (), d)
_channel = {"data": data, "noise": noise, "dimension": d}


@final
@dataclass(frozen=True, slots=True)
class MomentRates:
    """Time derivatives of the mean m and the variance c of a coordinate, in m and c."""

    mean: Expr
    variance: Expr


def moment_rates() -> MomentRates:
    """Return the rates of the moments: `m' = -m` and `c' = 2 - 2c`."""
    return MomentRates(mean=-mean, variance=2 - 2 * variance)


def generator(observable: Expr) -> Expr:
    """Return the generator of `dX = -X dt + sqrt(2) dB` applied to an observable f(x): `-x f' + f''`."""
    return -x * diff(observable, x) + diff(observable, x, 2)


def moment_rates_residuals(claimed: MomentRates) -> dict[str, Expr]:
    """Return what the claimed rates leave over of d/dt E f(X_t) = E (generator f)(X_t) for f = x and f = x^2.

    Both generators are affine in x and x^2, so that their expectations are known from m and c.
    """
    first, second = generator(x), generator(x**2)
    square = sp.Symbol("square", nonnegative=True)
    of_square = second.expand().subs(x**2, square)
    return {
        "generator of x is affine": diff(first, x, 2),
        "generator of x^2 is affine in x^2": diff(of_square, square, 2),
        "mean": first.subs(x, mean) - claimed.mean,
        "second moment": of_square.subs(square, variance + mean**2) - claimed.variance - 2 * mean * claimed.mean,
    }


@final
@dataclass(frozen=True, slots=True)
class NoisingChannel:
    """The law of X_t as a channel `signal X + spread eps`, both in t."""

    signal: Expr
    spread: Expr


def noising_channel() -> NoisingChannel:
    """Return the channel `e^-t X + sqrt(1 - e^-2t) eps` of the Ornstein-Uhlenbeck process."""
    return NoisingChannel(signal=exp(-t), spread=sqrt(1 - exp(-2 * t)))


def noising_channel_residuals(claimed: NoisingChannel) -> dict[str, Expr]:
    """Return what the claimed channel leaves over of the moments' rates and of the Fokker-Planck equation."""
    rates = moment_rates()
    carried_mean, carried_variance = claimed.signal * mean, claimed.signal**2 * variance + claimed.spread**2
    kernel = exp(-((x - claimed.signal * atom) ** 2) / (2 * claimed.spread**2)) / claimed.spread
    return {
        "mean": diff(carried_mean, t) - rates.mean.subs(mean, carried_mean),
        "variance": diff(carried_variance, t) - rates.variance.subs(variance, carried_variance),
        "starts at the data": claimed.signal.subs(t, 0) - 1,
        "starts without noise": claimed.spread.subs(t, 0),
        "Fokker-Planck equation of one atom": diff(kernel, t) - diff(x * kernel, x) - diff(kernel, x, 2),
    }


def _path(channel: NoisingChannel) -> Expr:
    return channel.signal * data + channel.spread * noise


def fokker_planck_statement(channel: NoisingChannel) -> Statement:
    """State `d/dt E phi(X_t) = E Laplacian phi(X_t) - E<grad phi(X_t), X_t>` for the channel's law."""
    path = _path(channel)
    (i,) = coordinates("i")
    right = FieldMean(laplacian(_field, i), path) - GradientMean(_field, path, path)
    return equal(sp.Derivative(FieldMean(_field, path), t), right)


@cache
def derive_fokker_planck() -> Derivation:
    """Derive the weak Fokker-Planck equation of the channel for a generic test field, in every dimension.

    Rules: the derivative of E phi along the path, and Gaussian integration by parts.
    """
    channel = noising_channel()
    path, b = _path(channel), channel.spread
    stated = fokker_planck_statement(channel)
    moved = diff(channel.signal, t) * data + diff(b, t) * noise
    return (
        Derivation("Fokker-Planck equation of the Ornstein-Uhlenbeck law")
        .apply(path_derivative, field=_field, path=path, variable=t, data=data, name="chain rule")
        .apply(gradient_linearity, mean=GradientMean(_field, moved, path), name="path velocity")
        .apply(gradient_linearity, mean=GradientMean(_field, path, path), name="drift")
        .apply(gaussian_integration_by_parts, field=_field, path=path, **_channel, name="noise")
        .apply(
            combine,
            *("chain rule", "path velocity", "drift", "noise"),
            left=stated.left,
            right=stated.right,
            factors=(1, 1, 1, 1 / b),
            name="Fokker-Planck equation",
        )
    )


def flow_velocity() -> Expr:
    """Return the velocity of the probability flow in x and the score: `-x - score`."""
    return -x - score


def flow_velocity_residuals(claimed: Expr) -> dict[str, Expr]:
    """Return what `claimed`, in x and the score, leaves over of the continuity equation of a generic density.

    The density p(x) at the time at hand is an undefined function; its time derivative is (x p)' + p''.
    """
    density = sp.Function("p", positive=True)(x)
    rate = diff(x * density, x) + diff(density, x, 2)
    flux = claimed.subs(score, diff(density, x) / density) * density
    return {"continuity equation": rate + diff(flux, x)}


def denoiser_velocity() -> Expr:
    """Return the velocity in x, t and the posterior mean: `-x + (x - e^-t xhat)/(1 - e^-2t)`."""
    channel = noising_channel()
    return -x + (x - channel.signal * posterior_mean) / channel.spread**2


def denoiser_velocity_residuals(claimed: Expr) -> dict[str, Expr]:
    """Return what `claimed`, in x, t and xhat, leaves over of `-x - score`, by Tweedie's formula.

    Tweedie's formula `score = (e^-t xhat - x)/spread^2` is decided for one atom; it is affine in the posterior mean,
    and the score of a mixture is the posterior average of the scores of its atoms, which is decided for two.
    """
    channel = noising_channel()
    tweedie = (channel.signal * posterior_mean - x) / channel.spread**2
    atoms = sp.symbols("y_0 y_1", real=True)
    weights = sp.symbols("w_0 w_1", positive=True)
    kernels = [exp(-((x - channel.signal * y) ** 2) / (2 * channel.spread**2)) for y in (*atoms, atom)]
    terms = [w * kernel for w, kernel in zip(weights, kernels, strict=False)]
    density = sum(terms)
    found = sum(y * term for y, term in zip(atoms, terms, strict=True)) / density
    return {
        "Tweedie's formula, one atom": diff(kernels[-1], x) / kernels[-1] - tweedie.subs(posterior_mean, atom),
        "Tweedie's formula, two atoms": diff(density, x) / density - tweedie.subs(posterior_mean, found),
        "velocity": claimed - flow_velocity().subs(score, tweedie),
    }


def continuity_statement(drift: Expr, gain: Expr) -> Statement:
    """State `d/dt E phi(X_t) = E<grad phi(X_t), drift X_t + gain m>`, with m = E[X | X_t]; drift and gain are in t."""
    path = _path(noising_channel())
    right = GradientMean(_field, drift * path + gain * denoised, path)
    return equal(sp.Derivative(FieldMean(_field, path), t), right)


def flow_coefficients() -> tuple[Expr, Expr]:
    """Return drift and gain of the probability flow `x' = drift x + gain xhat`, in t."""
    velocity = denoiser_velocity()
    return diff(velocity, x), diff(velocity, posterior_mean)


@cache
def derive_continuity_equation() -> Derivation:
    """Derive that the probability flow carries the law of X_t: the weak continuity equation, in every dimension."""
    channel = noising_channel()
    path = _path(channel)
    drift, gain = flow_coefficients()
    moved = diff(channel.signal, t) * data + diff(channel.spread, t) * noise
    stated = continuity_statement(drift, gain)
    return (
        Derivation("Continuity equation of the probability flow")
        .apply(path_derivative, field=_field, path=path, variable=t, data=data, name="chain rule")
        .apply(gradient_linearity, mean=GradientMean(_field, moved, path), name="path velocity")
        .apply(gradient_linearity, mean=stated.right, name="flow velocity")
        .apply(gradient_tower, field=_field, path=path, data=data, mean=denoised, name="tower")
        .apply(
            combine,
            *("chain rule", "path velocity", "tower", "flow velocity"),
            left=stated.left,
            right=stated.right,
            factors=(1, 1, gain, -1),
            name="continuity equation",
        )
    )
