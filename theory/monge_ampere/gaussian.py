"""Gaussian data: the probability flow in closed form, its optimality, and its distance from the prior map.

    flow_map            a m + sqrt(S/l) (x - m), S = a^2 l + 1 - a^2, a = e^-t      one eigenvector of the covariance
    plane_residuals     the same as matrices: a m + S^(1/2) Sigma^(-1/2) (x - m)    any basis of the plane
    derive_slope        0 < sqrt(S/l): symmetric and positive
    derive_legendre_pair    x v <= phi(x) + psi(v), with equality at v = flow map: optimal (`optimality`)
    gap_squared         E|Phi_T(z) - Phi_oo(z)|^2 for z ~ N(0, 1), exactly
    derive_gap          e^(2T) gap^2 -> l m^2; for centred data e^(4T) gap^2 -> l (l - 1)^2/4

Sigma has an orthonormal basis of eigenvectors (spectral theorem), in which coordinates do not mix; squared gaps add up
to `e^-2T |Sigma^(1/2) m|^2` and `(1/4) e^-4T sum l_i (l_i - 1)^2`. Phi_T is the reverse flow from time T, started in
place of p_T at N(0, I); Phi_oo(z) = m + Sigma^(1/2) z is the optimal map from N(0, I).
"""

from collections.abc import Callable
from functools import cache

import sympy as sp
from sympy import Expr, diff, exp, sqrt

from ..derivation import Derivation
from ..rules import combine, limit_of_function, limit_of_reciprocal, sum_of_squares, weaken
from ..statement import Statement, at_most, tends
from .notation import eigenvalue, growth, horizon, mean, remaining, t, x


def carried_variance() -> Expr:
    """Return the variance at time t of an eigendirection: `S = e^-2t l + 1 - e^-2t`."""
    return exp(-2 * t) * eigenvalue + 1 - exp(-2 * t)


def flow_map() -> Expr:
    """Return where the probability flow takes x from the data to time t: `e^-t m + sqrt(S/l) (x - m)`."""
    return exp(-t) * mean + sqrt(carried_variance() / eigenvalue) * (x - mean)


def flow_map_residuals(claimed: Expr) -> dict[str, Expr]:
    """Return what `claimed`, in x, t, m and l, leaves over of the probability flow of the Gaussian law."""
    spread = carried_variance()
    density = exp(-((x - exp(-t) * mean) ** 2) / (2 * spread))
    velocity = -x - diff(density, x) / density
    return {
        "velocity": diff(claimed, t) - velocity.subs(x, claimed),
        "starts at the data": claimed.subs(t, 0) - x,
        "carries the mean": claimed.subs(x, mean) - exp(-t) * mean,
        "carries the variance": diff(claimed, x) ** 2 * eigenvalue - spread,
        "affine": diff(claimed, x, 2),
    }


def reverse_map() -> Expr:
    """Return where the reverse flow takes x from the horizon to the data: `m + sqrt(l/S) (x - a m)`, in a = e^-T."""
    return mean + sqrt(eigenvalue / _spread()) * (x - remaining * mean)


def _spread() -> Expr:
    return remaining**2 * eigenvalue + 1 - remaining**2


def prior_map() -> Expr:
    """Return the optimal map from N(0, 1) to the data: `m + sqrt(l) x`."""
    return mean + sqrt(eigenvalue) * x


def reverse_map_residuals(claimed: Expr) -> dict[str, Expr]:
    """Return what `claimed`, in x, a, m and l, leaves over of the inverse of the flow, and of its limit at a = 0."""
    at_horizon = claimed.subs(remaining, exp(-horizon))
    return {
        "undoes the flow": at_horizon.subs(x, flow_map().subs(t, horizon)) - x,
        "tends to the prior map": claimed.subs(remaining, 0) - prior_map(),
    }


@cache
def derive_slope() -> Derivation:
    """Derive `0 < sqrt(S/l)`: every eigenvalue of the flow map's symmetric Jacobian is positive."""
    return Derivation("The flow map of Gaussian data has a positive Jacobian").below(
        0, diff(flow_map(), x), name="slope"
    )


image = sp.Symbol("v", real=True)
"""A point at time t."""


def legendre_pair() -> tuple[Expr, Expr]:
    """Return the convex function whose derivative is the flow map, in x, and its conjugate, in v.

    With the slope s = sqrt(S/l): `e^-t m x + s (x - m)^2/2` and `m (v - e^-t m) + (v - e^-t m)^2/(2 s)`.
    """
    slope, moved = diff(flow_map(), x), image - exp(-t) * mean
    return exp(-t) * mean * x + slope * (x - mean) ** 2 / 2, mean * moved + moved**2 / (2 * slope)


def legendre_statement(potential: Expr, conjugate: Expr) -> Statement:
    """State the Fenchel-Young inequality `x v <= potential + conjugate`."""
    return at_most(x * image, potential + conjugate)


def legendre_residuals(claimed: tuple[Expr, Expr]) -> dict[str, Expr]:
    """Return what the claimed pair leaves over of equality at v = flow map, where the potential has that derivative."""
    potential, conjugate = claimed
    return {
        "derivative": diff(potential, x) - flow_map(),
        "equality on the graph": potential + conjugate.subs(image, flow_map()) - x * flow_map(),
    }


@cache
def derive_legendre_pair() -> Derivation:
    """Derive `x v <= phi(x) + psi(v)`: the difference is (v - flow map)^2/(2 s), so that phi and psi are conjugate.

    With `optimality` the flow map of Gaussian data, coordinate by coordinate in the eigenbasis, is optimal.
    """
    potential, conjugate = legendre_pair()
    slope = diff(flow_map(), x)
    return (
        Derivation("Convex potential of Gaussian data")
        .apply(
            sum_of_squares,
            expression=potential + conjugate - x * image,
            squares=((1 / (2 * slope), image - flow_map()),),
            name="square",
        )
        .apply(combine, "square", left=x * image, right=potential + conjugate, factors=(1,), name="Fenchel-Young")
    )


def plane_map() -> sp.Matrix:
    """Return the flow map's Jacobian in the plane, for eigenvalues l_1, l_2 and eigenvectors at the angle theta.

    It is `S^(1/2) Sigma^(-1/2)`, with a = e^-t.
    """
    return _in_basis(lambda own: sqrt(_spread().subs(eigenvalue, own) / own))


def _in_basis(function: Callable[[Expr], Expr]) -> sp.Matrix:
    turn = sp.Matrix([[sp.cos(_angle), -sp.sin(_angle)], [sp.sin(_angle), sp.cos(_angle)]])
    return turn * sp.diag(*(function(own) for own in _pair)) * turn.T


_angle = sp.Symbol("theta", real=True)
_pair = sp.symbols("l_1 l_2", positive=True)


def plane_residuals(claimed: sp.Matrix) -> dict[str, Expr]:
    """Return what the claimed Jacobian leaves over: symmetric, commuting with Sigma, and J Sigma J = S."""
    covariance = _in_basis(lambda own: own)
    spread = remaining**2 * covariance + (1 - remaining**2) * sp.eye(2)
    carried = claimed * covariance * claimed - spread
    commutator = claimed * covariance - covariance * claimed
    return {
        "symmetric": claimed[0, 1] - claimed[1, 0],
        "commutes with the covariance": commutator[0, 1],
        "variance of the first coordinate": carried[0, 0],
        "covariance": carried[0, 1],
        "variance of the second coordinate": carried[1, 1],
    }


def gap_squared() -> Expr:
    """Return E(Phi_T(z) - Phi_oo(z))^2 for z ~ N(0, 1), in a, m and l: `l ((S^(-1/2) - 1)^2 + a^2 m^2/S)`."""
    spread = _spread()
    return eigenvalue * ((1 / sqrt(spread) - 1) ** 2 + remaining**2 * mean**2 / spread)


def gap_squared_residuals(claimed: Expr) -> dict[str, Expr]:
    """Return what `claimed` leaves over of the squared gap; the difference of the maps is affine in z, E z^2 = 1."""
    difference = reverse_map() - prior_map()
    slope, constant = diff(difference, x), difference.subs(x, 0)
    return {"affine": diff(difference, x, 2), "mean square": slope**2 + constant**2 - claimed}


def leading_gap_squared(centred: bool = False) -> Expr:
    """Return the limit of `e^(2T) gap^2`, which is l m^2; of centred data that of `e^(4T) gap^2`, l (l - 1)^2/4."""
    return eigenvalue * (eigenvalue - 1) ** 2 / 4 if centred else eigenvalue * mean**2


def leading_gap_statement(limit: Expr, centred: bool = False) -> Statement:
    """State that `q^2 gap^2 -> limit` as q = e^T tends to infinity; for centred data with q^4."""
    scaled = gap_squared().subs(remaining, 1 / growth)
    scaled = growth**4 * scaled.subs(mean, 0) if centred else growth**2 * scaled
    return tends(scaled, growth, sp.oo, limit, (growth > 1,))


@cache
def derive_gap(centred: bool = False) -> Derivation:
    """Derive the leading term of the squared gap, two-sided: the limit of the gap over its rate is known.

    With `S^(-1/2) - 1 = -a^2 (l - 1)/(S^(1/2) (1 + S^(1/2)))` nothing cancels: the scaled gap is continuous at a = 0.
    """
    a = sp.Symbol("a", real=True)
    spread = 1 + a**2 * (eigenvalue - 1)
    from_variance = (eigenvalue - 1) ** 2 / (spread * (1 + sqrt(spread)) ** 2)
    scaled = from_variance if centred else a**2 * from_variance + mean**2 / spread
    return (
        Derivation("Leading gap of Gaussian data" + (", centred" if centred else ""))
        .apply(limit_of_reciprocal, variable=growth)
        .apply(weaken, -1, hypotheses=(growth > 1,), name="e^-T")
        .apply(limit_of_function, "e^-T", function=sp.Lambda(a, eigenvalue * scaled), name="scaled gap")
    )
