"""The Ornstein-Uhlenbeck process, its probability flow, and the coordinates in which the flow is regular.

    moment_rates            m' = -m, c' = 2 - 2c                                from the generator -x d/dx + d^2/dx^2
    noising_channel         X_t = e^-t X + sqrt(1 - e^-2t) eps in law           solves the Fokker-Planck equation
    flow_velocity           x' = -x - score = -x + (x - e^-t xhat)/(1 - e^-2t)  continuity equation, Tweedie's formula
    regular_coordinates     u = tau e^t x: du/dtau = xhat                       no stiffness, and T = oo is tau = 0
    log_weight              tau <u, y> - tau^2 |y|^2/2                          the posterior's exponent at an atom y

Smoothed data `X + s_0 Z` have the same regular flow, with xhat the posterior mean of the unsmoothed X, and another tau:
the flow ends at tau = 1/s_0 in place of infinity. In d dimensions each formula holds coordinate by coordinate: the
Gaussian kernel is a product, exponents are sums over coordinates. The derivations are in every dimension.

That the law of the stochastic equation solves the Fokker-Planck equation (Ito's formula), and is its only solution, is
the standard theorem; what is derived here is that the channel's law solves it.

References: [wang2024, abstract] for the process and its probability flow; the regular coordinates are new here.
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
from ..rules import combine, flow_cocycle
from ..statement import Statement, equal
from .notation import atom, horizon, mean, posterior_mean, score, smoothing, t, tau, u, variance, x

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


@final
@dataclass(frozen=True, slots=True)
class RegularCoordinates:
    """The regular time tau and the factor u/x, both in t and s_0."""

    time: Expr
    scale: Expr


def regular_coordinates() -> RegularCoordinates:
    """Return `tau = a/sqrt(v)` and `u = x/sqrt(v)` with a = e^-t and v = 1 - a^2 + a^2 s_0^2.

    For discrete data, s_0 = 0, the factor is sqrt(1 + tau^2); in general it is tau e^t.
    """
    spread = 1 - exp(-2 * t) + exp(-2 * t) * smoothing**2
    return RegularCoordinates(time=exp(-t) / sqrt(spread), scale=1 / sqrt(spread))


def regular_velocity() -> Expr:
    """Return du/dtau: the posterior mean of the unsmoothed data."""
    return posterior_mean


def regular_velocity_residuals(claimed: Expr, within: RegularCoordinates | None = None) -> dict[str, Expr]:
    """Return what `claimed`, in u, tau and xhat, leaves over of the probability flow in regular coordinates.

    The posterior mean is an undefined function of u and tau. `within` are the coordinates, by default those of
    `regular_coordinates`.
    """
    chosen = within or regular_coordinates()
    spread = 1 - exp(-2 * t) + exp(-2 * t) * smoothing**2
    xhat = sp.Function("xhat", real=True)(u, tau)
    velocity = -x + (x - exp(-t) * xhat) / spread
    moving = (
        velocity * chosen.scale + x * diff(chosen.scale, t) - claimed.subs(posterior_mean, xhat) * diff(chosen.time, t)
    )
    smooth = sp.Symbol("s_1", positive=True)
    return {
        "du/dtau": moving.subs({u: chosen.scale * x, tau: chosen.time}),
        "scale is tau e^t": chosen.scale - chosen.time * exp(t),
        "square of the scale of discrete data": (chosen.scale**2 - 1 - chosen.time**2).subs(smoothing, 0),
        "smoothed data are reached at 1/s_0": chosen.time.subs({t: 0, smoothing: smooth}) - 1 / smooth,
    }


def log_weight() -> Expr:
    """Return the posterior's log-weight of an atom, per coordinate and without log w: `tau u y - tau^2 y^2/2`."""
    return tau * u * atom - tau**2 * atom**2 / 2


def log_weight_residuals(claimed: Expr) -> dict[str, Expr]:
    """Return what `claimed`, in u, tau and y, leaves over of the Gaussian exponent, up to a part common to all atoms.

    The exponent of an atom in d dimensions, and its part common to all atoms, are sums over coordinates.
    """
    spread = 1 - exp(-2 * t) + exp(-2 * t) * smoothing**2
    chosen = regular_coordinates()
    exponent = -((x - exp(-t) * atom) ** 2) / (2 * spread)
    common = -(x**2) / (2 * spread)
    return {"exponent": exponent - common - claimed.subs({u: chosen.scale * x, tau: chosen.time}, simultaneous=True)}


def regular_continuity_statement(gain: Expr) -> Statement:
    """State `d/dtau E phi(U) = gain E<grad phi(U), E[X | U]>` for U = tau X + eps."""
    path = tau * data + noise
    return equal(sp.Derivative(FieldMean(_field, path), tau), GradientMean(_field, gain * denoised, path))


@cache
def derive_regular_flow() -> Derivation:
    """Derive that du/dtau = E[X | u] carries the law of tau X + eps, in every dimension.

    At tau = 0 this is N(0, I), so the flow from tau = 0 carries N(0, I) to the data seen through ever less noise.
    """
    path = tau * data + noise
    stated = regular_continuity_statement(sp.S.One)
    return (
        Derivation("Continuity equation in regular coordinates")
        .apply(path_derivative, field=_field, path=path, variable=tau, data=data, name="chain rule")
        .apply(gradient_tower, field=_field, path=path, data=data, mean=denoised, name="tower")
        .apply(
            combine,
            *("chain rule", "tower"),
            left=stated.left,
            right=stated.right,
            factors=(1, 1),
            name="continuity equation",
        )
    )


_flow = sp.Function("flow", real=True)
_start, _end = sp.symbols("r_0 r_1", nonnegative=True)
_place = sp.Symbol("z", real=True)


def horizon_time() -> Expr:
    """Return the regular time at which the reverse flow starts from the horizon: `(e^(2T) - 1)^(-1/2)`."""
    return 1 / sqrt(exp(2 * horizon) - 1)


def reverse_map(start: Expr, at: Expr) -> Expr:
    """Return the flow in regular time from `start` to a late tau, from the sample `at` in the coordinate x."""
    return _flow(start, tau, at * sqrt(1 + start**2))


def tail_map(at: Expr) -> Expr:
    """Return Psi_T, the forward flow from the horizon to t = oo, that is from tau_T to 0, of the point `at`."""
    return _flow(horizon_time(), 0, at * sqrt(1 + horizon_time() ** 2))


@cache
def derive_reverse_map_identity() -> Derivation:
    """Derive `Phi_oo(Psi_T(x)) = Phi_T(x)`: from N(0, I) at time T, or along the tail and back from infinity.

    At infinity u is x. Both sides are points at a late tau, whatever it is, and so have the same limit.
    """
    field = sp.Function("xhat", real=True)(_place, _end)
    flow = _flow(_start, _end, _place)
    moved = x * sqrt(1 + horizon_time() ** 2)
    return (
        Derivation("Reverse map through infinity")
        .apply(flow_cocycle, flow=flow, field=field, middle=0, end=tau, name="cocycle")
        .apply("instance", "cocycle", values={_start: horizon_time(), _place: moved}, name="from the horizon")
        .equal(reverse_map(sp.S.Zero, tail_map(x)), _flow(0, tau, tail_map(x)), name="at infinity u is x")
        .apply("chain", "at infinity u is x", "from the horizon", name="reverse map")
    )
