"""Errors of JKO steps against the flow that they approximate, to leading order in tau.

Between Gaussian laws, and between Barenblatt profiles, a step is one of implicit Euler for an equation s' = f(s) of the
mean or of the scale (`gaussian.implicit_euler_residuals`, `barenblatt.step_equation_residuals`). Against the flow
through the same point s_0:

    local_error             s_step(tau) - s(tau) = tau^2 f f'/2 + O(tau^3)               any smooth f
    gaussian_local_error    tau^2 (l^2 s_0^4 - beta^2)/(2 s_0^3), with l + k for l       f = -(l + k) s + beta/s
    mean_local_error        tau^2 l^2 (m_0 - c)/2                                        f = -l (m - c)
    barenblatt_local_error  -tau^2 q c^2 s_0^(-2q - 1)/2                                 f = c s^(-q)
    global_error            t/tau steps: s_step - s(t) = tau f log(f/f(s_0))/2 + O(tau^2), f at s(t)

The functions of tau are smooth near 0, so that Taylor coefficients are what the O(.) says. The coefficient of the
global error solves the linearised flow with the local error as its source [hairer1993, II.8].
"""

import sympy as sp
from sympy import Expr, diff, log

from . import barenblatt, gaussian
from .notation import beta, centre, confinement, mean, old_mean, old_scale, scale, t, tau

_rate = sp.Function("f", real=True)


def step_expansion() -> Expr:
    """Return the implicit step from s to second order in tau, in the generic rate f: `s + tau f + tau^2 f f'`."""
    return scale + tau * _rate(scale) + tau**2 * _rate(scale) * diff(_rate(scale), scale)


def step_expansion_residuals(claimed: Expr) -> dict[str, Expr]:
    """Return what `claimed` leaves over of `S = s + tau f(S)`, order by order in tau up to 2."""
    return _orders(claimed - scale - tau * _rate(claimed), 2)


def flow_expansion() -> Expr:
    """Return the flow from s to second order in the time tau: `s + tau f + tau^2 f f'/2`."""
    return scale + tau * _rate(scale) + tau**2 * _rate(scale) * diff(_rate(scale), scale) / 2


def flow_expansion_residuals(claimed: Expr) -> dict[str, Expr]:
    """Return what `claimed` leaves over of `S' = f(S)`, `S(0) = s`, order by order in tau up to 1."""
    return {"start": claimed.subs(tau, 0) - scale, **_orders(diff(claimed, tau) - _rate(claimed), 1)}


def _orders(expression: Expr, last: int) -> dict[str, Expr]:
    """Return the derivatives in tau at 0, each behind its order."""
    return {f"order {k}": diff(expression, tau, k).subs(tau, 0).doit() for k in range(last + 1)}


def local_error(rate: Expr | None = None, state: sp.Symbol = scale) -> Expr:
    """Return the coefficient of tau^2 in one step's error for the rate f(state), generic unless given: `f f'/2`."""
    given = _rate(state) if rate is None else rate
    return given * diff(given, state) / 2


def local_error_residuals(claimed: Expr) -> dict[str, Expr]:
    """Return what `claimed`, in s and f(s), leaves over of the difference of the two expansions."""
    orders = _orders(step_expansion() - flow_expansion(), 2)
    return {**orders, "order 2": orders["order 2"] / 2 - claimed}


def gaussian_local_error() -> Expr:
    """Return the coefficient for the scale of a Gaussian law: `((l + k)^2 s_0^4 - beta^2)/(2 s_0^3)`."""
    return (gaussian.total_stiffness() ** 2 * old_scale**4 - beta**2) / (2 * old_scale**3)


def gaussian_local_error_residuals(claimed: Expr) -> dict[str, Expr]:
    """Return what `claimed` leaves over of the closed forms of step and flow, and of `f f'/2`."""
    return _against_closed_forms(
        gaussian.gaussian_step().scale - gaussian.fokker_planck_law().scale.subs(t, tau),
        claimed,
        local_error(gaussian.scale_rate()).subs(scale, old_scale),
    )


def mean_local_error() -> Expr:
    """Return the coefficient for the mean of a Gaussian law: `l^2 (m_0 - c)/2`."""
    return confinement**2 * (old_mean - centre) / 2


def mean_local_error_residuals(claimed: Expr) -> dict[str, Expr]:
    """Return what `claimed` leaves over of the closed forms of step and flow, and of `f f'/2`."""
    return _against_closed_forms(
        gaussian.gaussian_step().mean - gaussian.fokker_planck_law().mean.subs(t, tau),
        claimed,
        local_error(gaussian.mean_rate(), mean).subs(mean, old_mean),
    )


def _against_closed_forms(difference: Expr, claimed: Expr, by_rate: Expr) -> dict[str, Expr]:
    orders = _orders(difference, 2)
    return {**orders, "order 2": orders["order 2"] / 2 - claimed, "by the rate": by_rate - claimed}


def barenblatt_local_error() -> Expr:
    """Return the coefficient for the scale of a Barenblatt profile: `-q c^2 s_0^(-2q - 1)/2`."""
    q = barenblatt.power()
    return -q * barenblatt.growth() ** 2 * old_scale ** (-2 * q - 1) / 2


def barenblatt_local_error_residuals(claimed: Expr) -> dict[str, Expr]:
    """Return what `claimed` leaves over of step and flow: the step as a root of its equation, the flow in closed form.

    The root is tested to second order, with the flow's expansion corrected by `claimed`.
    """
    flow = barenblatt.exact_scale().subs(t, tau)
    step = sum((diff(flow, tau, k).subs(tau, 0) * tau**k / sp.factorial(k) for k in range(3)), claimed * tau**2)
    orders = _orders(barenblatt.step_equation().subs(scale, step), 2)
    return {**orders, "by the rate": local_error(barenblatt.scale_rate()).subs(scale, old_scale) - claimed}


_start = sp.Symbol("f_0", nonzero=True, real=True)
"""The rate f(s_0) at the start."""


def global_error(rate: Expr | None = None) -> Expr:
    """Return the coefficient of tau in the error after many steps, at s(t): `f log(f/f_0)/2`, f_0 the first rate."""
    given = _rate(scale) if rate is None else rate
    return given * log(given / _start) / 2


def global_error_residuals(claimed: Expr) -> dict[str, Expr]:
    """Return what `claimed`, in s, f(s) and f_0, leaves over of `e' = f'(s) e + f f'/2`, `e = 0` at first.

    Along the flow d/dt is f d/ds; f keeps its sign, so that f/f_0 > 0.
    """
    f = _rate(scale)
    at_start = claimed.xreplace({f: _start})
    return {
        "linearised flow": f * diff(claimed, scale) - diff(f, scale) * claimed - local_error(),
        "start": at_start,
    }
