"""What the estimators return on snapshots of the diffusion itself, and of the JKO scheme, with Gaussian laws.

The condition, divided between the new and the old law with the weights w and 1 - w, estimates the energies:

    w G(y; mu_new) + (1 - w) G(x; mu_old) + (y - x)/tau = 0,    G(y; mu) = grad V(y) + beta grad log rho(y)

w = 1 is the JKO estimator, w = 0 the explicit one, w = 1/2 the trapezoid. With V = l x^2/2 and the optimal map between
two Gaussian laws both sides are affine, and one step from a mean m_0 other than 0 gives two equations, of means and of
scales, for the estimates of l and of beta (`estimating_equations`). k may stand beside l in the equation of scales, as
in `gaussian`; it is not identified by one step, and 0 here.

    estimates              of snapshots of the diffusion:
                           l + (2w - 1) l^2 tau/2 + (6w^2 - 6w + 1) l^3 tau^2/6
                           beta + (2w - 1) beta^2 tau/(2 s_0^2)
    trapezoid_estimates    w = 1/2: l - l^3 tau^2/12
                           beta - beta (3 beta^2 - 3 beta l s_0^2 + l^2 s_0^4) tau^2/(12 s_0^4)
    estimates_of_scheme    of snapshots of the JKO scheme: l + (w - 1) l^2 tau, beta + (w - 1) beta^2 tau/s_0^2
    exact_stiffness        of the diffusion, from means, in closed form: (e^(l tau) - 1)/tau for w = 1,
                           (1 - e^(-l tau))/tau for w = 0, (2/tau) tanh(l tau/2) for w = 1/2
    truth_residual         any law on the line: what the true energies leave over of the condition along a path q(t) of
                           the flow, (1/2 - w) tau q'' + (1/6 - w/2) tau^2 q'''; -tau^2 q'''/12 for w = 1/2

On the line the flow of the Fokker-Planck velocity -G is increasing, and so the optimal map between its laws: (x, y) are
two points of one path, and q' = -G along it. In higher dimensions that holds for commuting Gaussian laws.
"""

from dataclasses import dataclass
from typing import final

import sympy as sp
from sympy import Expr, Rational, diff, exp, tanh

from . import gaussian
from .notation import attraction, beta, centre, confinement, old_mean, old_scale, t, tau

weight = sp.Symbol("w", real=True)
"""Share of the new law in the condition."""
JKO, EXPLICIT, TRAPEZOID = sp.S.One, sp.S.Zero, Rational(1, 2)


@final
@dataclass(frozen=True, slots=True)
class Estimates:
    """What an estimator returns for l and for beta."""

    stiffness: Expr
    diffusivity: Expr


def diffusion_snapshot() -> gaussian.GaussianLaw:
    """Return the law of the diffusion after the time tau, with c = k = 0."""
    law = gaussian.fokker_planck_law()
    plain = {centre: 0, attraction: 0, t: tau}
    return gaussian.GaussianLaw(law.mean.subs(plain), law.scale.subs(plain))


def scheme_snapshot() -> gaussian.GaussianLaw:
    """Return the law after one step of the JKO scheme, with c = k = 0."""
    law = gaussian.gaussian_step()
    plain = {centre: 0, attraction: 0}
    return gaussian.GaussianLaw(law.mean.subs(plain), law.scale.subs(plain))


def estimating_equations(estimates: Estimates, new: gaussian.GaussianLaw) -> tuple[Expr, Expr]:
    """Return tau times the two coefficients of the affine condition: that of 1, and that of (x - m_0)/s_0."""
    old = gaussian.GaussianLaw(old_mean, old_scale)
    laws = ((weight, new), (1 - weight, old))
    force = sum((share * estimates.stiffness * law.mean for share, law in laws), sp.S.Zero)
    spread = sum(
        (share * (estimates.stiffness * law.scale - estimates.diffusivity / law.scale) for share, law in laws),
        sp.S.Zero,
    )
    return tau * force + new.mean - old_mean, tau * spread + new.scale - old_scale


def estimates() -> Estimates:
    """Return the estimates from snapshots of the diffusion: of l to second order in tau, of beta to first order."""
    shift = 2 * weight - 1
    return Estimates(
        stiffness=confinement
        + shift * confinement**2 * tau / 2
        + (6 * weight**2 - 6 * weight + 1) * confinement**3 * tau**2 / 6,
        diffusivity=beta + shift * beta**2 * tau / (2 * old_scale**2),
    )


def estimates_residuals(claimed: Estimates) -> dict[str, Expr]:
    """Return what claimed estimates leave over of their equations on the diffusion: to order 3 for l, 2 for beta.

    The equations carry a factor tau: an order of theirs fixes the order of the estimates before it.
    """
    return _orders(claimed, diffusion_snapshot(), 3, 2)


def trapezoid_estimates() -> Estimates:
    """Return the estimates of the trapezoid from snapshots of the diffusion, to second order in tau."""
    drift, noise = confinement * old_scale**2, beta
    spread = 3 * noise**2 - 3 * noise * drift + drift**2
    return Estimates(
        stiffness=confinement - confinement**3 * tau**2 / 12,
        diffusivity=beta - beta * spread * tau**2 / (12 * old_scale**4),
    )


def trapezoid_estimates_residuals(claimed: Estimates) -> dict[str, Expr]:
    """Return what claimed estimates leave over of the trapezoid's equations on the diffusion, to order 3."""
    found = _orders(claimed, diffusion_snapshot(), 3, 3)
    return {name: residual.subs(weight, TRAPEZOID) for name, residual in found.items()}


def estimates_of_scheme() -> Estimates:
    """Return the estimates from snapshots of the JKO scheme to first order in tau: exact for w = 1."""
    return Estimates(
        stiffness=confinement + (weight - 1) * confinement**2 * tau,
        diffusivity=beta + (weight - 1) * beta**2 * tau / old_scale**2,
    )


def estimates_of_scheme_residuals(claimed: Estimates) -> dict[str, Expr]:
    """Return what claimed estimates leave over of their equations on the scheme, to order 2.

    At w = 1 the true energies, which `claimed` must be there, solve them to all orders.
    """
    new = scheme_snapshot()
    exact = estimating_equations(claimed, new)
    return {
        **_orders(claimed, new, 2, 2),
        "JKO estimator, means": exact[0].subs(weight, JKO),
        "JKO estimator, scales": exact[1].subs(weight, JKO),
    }


def _orders(claimed: Estimates, new: gaussian.GaussianLaw, means: int, scales: int) -> dict[str, Expr]:
    """Return the derivatives in tau at 0 of both equations, up to an order for each."""
    found: dict[str, Expr] = {}
    for name, equation, last in zip(
        ("means", "scales"), estimating_equations(claimed, new), (means, scales), strict=True
    ):
        derivative = equation
        for order in range(last + 1):
            found[f"{name}, order {order}"] = derivative.subs(tau, 0)
            derivative = diff(derivative, tau)
    return found


def exact_stiffness(share: Expr) -> Expr:
    """Return the estimate of l from the means of the diffusion, in closed form, for w = 1, 0 or 1/2.

    **Raises:** `ValueError` for another weight.
    """
    product = confinement * tau
    closed = {
        JKO: (exp(product) - 1) / tau,
        EXPLICIT: (1 - exp(-product)) / tau,
        TRAPEZOID: 2 * tanh(product / 2) / tau,
    }
    if share not in closed:
        raise ValueError(f"the weight is 1, 0 or 1/2, not {share}")
    return closed[share]


def exact_stiffness_residuals(claimed: Expr, share: Expr) -> dict[str, Expr]:
    """Return what `claimed` leaves over of the equation of means on the diffusion."""
    equation, _ = estimating_equations(Estimates(claimed, beta), diffusion_snapshot())
    return {"means": equation.subs(weight, share)}


_path = sp.Function("q", real=True)


def truth_residual() -> Expr:
    """Return what the true energies leave over along a path q: `(1/2 - w) tau q'' + (1/6 - w/2) tau^2 q'''` at 0."""
    second, third = (_path(t).diff(t, k).subs(t, 0) for k in (2, 3))
    return (Rational(1, 2) - weight) * tau * second + (Rational(1, 6) - weight / 2) * tau**2 * third


def truth_residual_residuals(claimed: Expr) -> dict[str, Expr]:
    """Return what `claimed` leaves over of `(q(tau) - q(0))/tau - w q'(tau) - (1 - w) q'(0)`, order by order.

    The orders are those of tau times both, up to 3.
    """
    velocity = _path(t).diff(t)
    condition = _path(tau) - _path(0) - tau * (weight * velocity.subs(t, tau) + (1 - weight) * velocity.subs(t, 0))
    difference = condition.doit() - tau * claimed
    return {f"order {k}": diff(difference, tau, k).subs(tau, 0).doit() for k in range(4)}
