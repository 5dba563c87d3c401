"""The velocity of a Gaussian path and its kinetic energy, from the definition, in every dimension.

Notation: x = alpha X + sigma eps with E|X|^2 = d and eps ~ N(0, I) independent of X; m = E[X | x]; alpha' and sigma'
are the slopes of the schedule; the velocity is u = (sigma'/sigma) x + (alpha' - alpha sigma'/sigma) m; the separation
is lambda = E|m|^2/d.

    derive_continuity_equation    d/dt E phi(x_t) = E<grad phi(x_t), u> for every test field phi
    derive_velocity_energy        E|u|^2/d = alpha'^2 + sigma'^2 - (1 - lambda)(alpha' - alpha sigma'/sigma)^2
"""

from functools import cache

import sympy as sp

from .coordinates import IndexSum, point
from .derivation import Derivation
from .expectation import (
    FieldMean,
    GradientMean,
    Inner,
    Mean,
    bilinearity,
    gradient_linearity,
    gradient_tower,
    independence,
    noise_second_moment,
    path_derivative,
    random_vector,
    tower,
)
from .rules import combine

d = sp.Symbol("d", integer=True, positive=True)
t = sp.Symbol("t", real=True)
alpha = sp.Symbol("alpha", positive=True)
sigma = sp.Symbol("sigma", positive=True)
alpha_dot = sp.Symbol("alpha_dot", real=True)
sigma_dot = sp.Symbol("sigma_dot", real=True)
separation = sp.Symbol("lambda", real=True)
data = random_vector("X")
noise = random_vector("epsilon")
posterior_mean = random_vector("m")


def normalisation() -> sp.Eq:
    """Return the condition E|X|^2 = d."""
    return sp.Eq(Mean(Inner(data, data)), d)


def separation_definition() -> sp.Eq:
    """Return the condition E|m|^2 = lambda d."""
    return sp.Eq(Mean(Inner(posterior_mean, posterior_mean)), separation * d)


@cache
def derive_velocity_energy() -> Derivation:
    """Derive the kinetic energy per dimension of the marginal velocity; the conclusion's right side is the formula.

    Rules: bilinearity, independence, and the tower rule E<x, X> = E<x, m>; nothing of the answer is written in but the
    final form, which is decided.
    """
    x = alpha * data + sigma * noise
    drift = sigma_dot / sigma
    gain = alpha_dot - alpha * drift
    velocity = drift * x + gain * posterior_mean
    cross_data, cross_noise = Mean(Inner(data, posterior_mean)), Mean(Inner(noise, posterior_mean))
    return (
        Derivation("Kinetic energy of the marginal velocity")
        .apply(bilinearity, mean=Mean(Inner(velocity, velocity)), name="expanded")
        .apply(tower, data=data, mean=posterior_mean, observation=x, weights=(1, 0), name="tower")
        .apply(bilinearity, mean=Mean(Inner(x, data)), name="x, X")
        .apply(bilinearity, mean=Mean(Inner(x, posterior_mean)), name="x, m")
        .assume(normalisation(), name="normalised")
        .assume(separation_definition(), name="separation")
        .apply(independence, vector=data, noise=noise, dimension=d, name="independent")
        .apply(noise_second_moment, noise=noise, dimension=d, name="noise")
        .apply(
            combine,
            *("x, m", "tower", "x, X", "independent", "normalised"),
            left=alpha * cross_data + sigma * cross_noise,
            right=alpha * d,
            factors=(-1, -1, 1, sigma, alpha),
            name="cross term",
        )
        .apply(
            combine,
            *("expanded", "cross term", "normalised", "separation", "independent", "noise"),
            left=Mean(Inner(velocity, velocity)) / d,
            right=alpha_dot**2 + sigma_dot**2 - (1 - separation) * gain**2,
            factors=(
                1 / d,
                2 * drift * gain / d,
                drift**2 * alpha**2 / d,
                gain**2 / d,
                2 * drift**2 * alpha * sigma / d,
                drift**2 * sigma**2 / d,
            ),
            name="energy",
        )
    )


_signal, _spread = (sp.Function(name, positive=True)(t) for name in ("alpha", "sigma"))
_path = _signal * data + _spread * noise
_field = IndexSum(sp.Function("phi", real=True)(point("u")), (), d)


def moves_test_field(drift: sp.Expr, gain: sp.Expr) -> sp.Expr:
    """Return E<grad phi(x_t), drift x_t + gain m>, with the schedule's symbols taken along the path."""
    along = {alpha_dot: _signal.diff(t), sigma_dot: _spread.diff(t), alpha: _signal, sigma: _spread}
    velocity = drift.subs(along, simultaneous=True) * _path + gain.subs(along, simultaneous=True) * posterior_mean
    return GradientMean(_field, velocity, _path)


@cache
def derive_continuity_equation() -> Derivation:
    """Derive the weak continuity equation of the marginal velocity for a generic test field, in every dimension."""
    signal, spread, path, field = _signal, _spread, _path, _field
    drift = spread.diff(t) / spread
    gain = signal.diff(t) - signal * drift
    velocity = drift * path + gain * posterior_mean
    moved = signal.diff(t) * data + spread.diff(t) * noise
    return (
        Derivation("Continuity equation of the marginal velocity")
        .apply(path_derivative, field=field, path=path, variable=t, data=data, name="chain rule")
        .apply(gradient_linearity, mean=GradientMean(field, moved, path), name="path velocity")
        .apply(gradient_linearity, mean=GradientMean(field, velocity, path), name="marginal velocity")
        .apply(gradient_tower, field=field, path=path, data=data, mean=posterior_mean, name="tower")
        .apply(
            combine,
            *("chain rule", "path velocity", "tower", "marginal velocity"),
            left=FieldMean(field, path).diff(t),
            right=GradientMean(field, velocity, path),
            factors=(1, 1, gain, -1),
            name="continuity equation",
        )
    )
