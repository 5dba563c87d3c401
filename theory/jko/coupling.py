"""How near the flow of a gradient velocity is to the optimal map, in every dimension: they part at third order.

The flow T of the Fokker-Planck equation from one snapshot to the next follows the velocity v = grad phi(., t), here
with phi = -(V + U * mu + beta log rho). Along it

    acceleration            d_t v + (v . grad) v = grad psi,  psi = d_t phi + |grad phi|^2/2          a gradient
    jerk                    d_t (grad psi) + (v . grad) grad psi
    leading_asymmetry       d_j jerk_i - d_i jerk_j = sum_k (d_jk phi d_ik psi - d_ik phi d_jk psi)   not 0 in general

so that T = id + tau grad phi + tau^2 grad psi/2 + O(tau^3): up to the second order T is the gradient of a convex
function for small tau, and so optimal between its ends. The third order has an antisymmetric Jacobian, the commutator
of the Hessians of phi and psi over 6, and is no gradient unless they commute, as they do on the line and for Gaussian
laws with commuting covariances. The optimal map is then T + tau^3 w to leading order, with the w that makes it a
gradient and leaves the law alone, div(mu w) = 0. So (y - x)/tau is that of the flow up to O(tau^2): as much as the
residual of the trapezoid along the flow, and nothing to first order (`bias`).

The identities hold term by term in the sum over k, which may be i, j or a third coordinate: three coordinates are every
dimension.
"""

import sympy as sp
from sympy import Expr, diff

from .notation import t

places = sp.symbols("x_1:4", real=True)
_phi = sp.Function("phi", real=True)(t, *places)
_psi = sp.Function("psi", real=True)(t, *places)


def velocity() -> tuple[Expr, ...]:
    """Return the coordinates of grad phi."""
    return tuple(diff(_phi, x) for x in places)


def along_flow(quantity: Expr) -> Expr:
    """Return the derivative of a quantity along the flow: `d_t q + <v, grad q>`."""
    return diff(quantity, t) + sum((v * diff(quantity, x) for v, x in zip(velocity(), places, strict=True)), sp.S.Zero)


def acceleration_potential() -> Expr:
    """Return psi in terms of phi: `d_t phi + |grad phi|^2/2`."""
    return diff(_phi, t) + sum((v**2 for v in velocity()), sp.S.Zero) / 2


def acceleration_potential_residuals(claimed: Expr) -> dict[str, Expr]:
    """Return what the gradient of `claimed` leaves over of the acceleration, coordinate by coordinate."""
    pairs = zip(velocity(), places, strict=True)
    return {f"coordinate {x}": along_flow(v) - diff(claimed, x) for v, x in pairs}


def leading_asymmetry() -> Expr:
    """Return `d_2 jerk_1 - d_1 jerk_2` in phi and psi: `sum_k (d_2k phi d_1k psi - d_1k phi d_2k psi)`."""
    first, second, _ = places
    terms = (
        diff(_phi, second, x) * diff(_psi, first, x) - diff(_phi, first, x) * diff(_psi, second, x) for x in places
    )
    return sum(terms, sp.S.Zero)


def leading_asymmetry_residuals(claimed: Expr) -> dict[str, Expr]:
    """Return what `claimed` leaves over of the antisymmetric part of the Jacobian of the jerk."""
    first, second, _ = places
    jerk = {x: along_flow(diff(_psi, x)) for x in places}
    return {"curl of the jerk": diff(jerk[first], second) - diff(jerk[second], first) - claimed}
