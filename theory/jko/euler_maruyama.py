"""What the diffusivity is estimated as where snapshots are steps of the Euler-Maruyama method, with Gaussian laws.

A step moves particles by the drift at their old places, z = x - tau grad V(x), and adds sqrt(2 beta tau) times a
standard normal: an explicit step, and after it the heat flow for the time tau, exactly. For V = l x^2/2 and l tau < 1
the law stays Gaussian, with

    m = (1 - l tau) m_0,    s^2 = (1 - l tau)^2 s_0^2 + 2 beta tau,

and the optimal map is affine. With the drift at x, the condition of means gives l itself. That of scales depends on
where the score is taken, at a law of scale r:

    estimate       2 beta r/(s + (1 - l tau) s_0)
    r = s_0        the explicit estimator: beta + (l - beta/(2 s_0^2)) beta tau + O(tau^2)
    r = s          the score at y, where the heat flow ends: beta + beta^2 tau/(2 s_0^2) + O(tau^2)
    r = 2 s s_z/(s + s_z)    the mean of the scores at z and y: beta - beta^3 tau^2/(4 s_0^4) + O(tau^3)

At y the bias is that of an implicit step of the heat flow alone, at most the share `2 beta tau/(2 s_z)^2` of beta with
s_z = (1 - l tau) s_0; the stiffness of V, which makes the other one large, has no part in it. With the mean of both
scores, z once known, it is the share `((s - s_z)/(s + s_z))^2`, the square of that of the score at y.
"""

import sympy as sp
from sympy import Expr, diff, sqrt

from .gaussian import GaussianLaw
from .notation import beta, confinement, old_mean, old_scale, tau

moved_scale = (1 - tau * confinement) * old_scale
"""The standard deviation between drift and noise, where l tau < 1."""


def stable() -> tuple[sp.Gt]:
    """Return the condition l tau < 1, under which the drift's step is the gradient of a convex function."""
    return (sp.Gt(1 - tau * confinement, 0),)


def euler_maruyama_law() -> GaussianLaw:
    """Return the law after one step, with c = k = 0."""
    return GaussianLaw((1 - tau * confinement) * old_mean, sqrt(moved_scale**2 + 2 * beta * tau))


def diffusivity_estimate(score_scale: Expr) -> Expr:
    """Return the estimate of beta with the drift at x and the score that of a law of scale `score_scale`."""
    return 2 * beta * score_scale / (euler_maruyama_law().scale + moved_scale)


def diffusivity_estimate_residuals(claimed: Expr, score_scale: Expr) -> dict[str, Expr]:
    """Return what l and a claimed estimate of beta leave over of the conditions of means and of scales."""
    new = euler_maruyama_law()
    return {
        "means": new.mean - old_mean + tau * confinement * old_mean,
        "scales": new.scale - old_scale + tau * (confinement * old_scale - claimed / score_scale),
    }


def mean_score_scale() -> Expr:
    """Return the scale r whose score is the mean of those at z and y: their harmonic mean."""
    scale = euler_maruyama_law().scale
    return 2 * scale * moved_scale / (scale + moved_scale)


def second_order_bias() -> Expr:
    """Return the coefficient of tau^2 in the estimate with the mean of the scores at z and y; that of tau is 0."""
    return -(beta**3) / (4 * old_scale**4)


def second_order_bias_residuals(claimed: Expr) -> dict[str, Expr]:
    """Return the estimate at tau = 0 less beta, its derivative there, and half the second less a claimed one."""
    estimate = diffusivity_estimate(mean_score_scale())
    slope = diff(estimate, tau)
    return {
        "order 0": estimate.subs(tau, 0) - beta,
        "order 1": slope.subs(tau, 0),
        "order 2": diff(slope, tau).subs(tau, 0) / 2 - claimed,
    }


def first_order_bias(*, score_at_end: bool) -> Expr:
    """Return the coefficient of tau in the estimate, with the score at y or, as the explicit estimator has it, at x."""
    implicit = beta**2 / (2 * old_scale**2)
    return implicit if score_at_end else confinement * beta - implicit


def first_order_bias_residuals(claimed: Expr, *, score_at_end: bool) -> dict[str, Expr]:
    """Return the estimate at tau = 0 less beta, and its derivative in tau there less a claimed one."""
    estimate = diffusivity_estimate(euler_maruyama_law().scale if score_at_end else old_scale)
    return {
        "order 0": estimate.subs(tau, 0) - beta,
        "order 1": diff(estimate, tau).subs(tau, 0) - claimed,
    }
