"""The coordinates in which the probability flow is regular, and the flow in them.

    regular_coordinates           u = tau e^t x with tau = e^-t/sqrt(1 - e^-2t): du/dtau = xhat, nothing stiff
    log_weight                    tau <u, y> - tau^2 |y|^2/2, the posterior's exponent at an atom y
    derive_regular_flow           the flow du/dtau = E[X | u] carries the law of tau X + eps, in every dimension
    derive_horizon_rate           e^T tau_T -> 1: infinite time is the regular point tau = 0
    derive_reverse_map_identity   Phi_T = Phi_oo o Psi_T: from N(0, I) at time T, or to infinity and back

Smoothed data `X + s_0 Z` have the same regular flow, with xhat the posterior mean of the unsmoothed X, and another tau:
the flow ends at tau = 1/s_0 in place of infinity. Coordinates and exponents are sums over coordinates of R^d.

References: [wang2024, abstract] for the flow; the regular coordinates are new here.
"""

from dataclasses import dataclass
from functools import cache
from typing import final

import sympy as sp
from sympy import Expr, diff, exp, sqrt

from ..coordinates import IndexSum, point
from ..derivation import Derivation
from ..expectation import FieldMean, GradientMean, gradient_tower, path_derivative
from ..rules import combine, flow_cocycle, limit_of_function, limit_of_reciprocal, weaken
from ..statement import Statement, equal, tends
from .notation import atom, growth, horizon, posterior_mean, smoothing, t, tau, u, x
from .ornstein_uhlenbeck import d, data, denoised, noise

_field = IndexSum(sp.Function("phi", real=True)(point("u")), (), d)


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


def horizon_rate_statement(limit: Expr) -> Statement:
    """State that `e^T tau_T -> limit` as q = e^T tends to infinity."""
    return tends(growth / sqrt(growth**2 - 1), growth, sp.oo, limit, (growth > 1,))


@cache
def derive_horizon_rate() -> Derivation:
    """Derive `e^T tau_T -> 1`: what decays like tau_T^k decays like e^(-kT), and T = oo is tau = 0."""
    z = sp.Symbol("z", real=True)
    return (
        Derivation("Regular time of a far horizon")
        .apply(limit_of_reciprocal, variable=growth)
        .apply(weaken, -1, hypotheses=(growth > 1,), name="e^-T")
        .apply(limit_of_function, "e^-T", function=sp.Lambda(z, 1 / sqrt(1 - z**2)), name="rate")
    )


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
