"""One dimension: the flow from N(0, 1) to the data is the monotone rearrangement.

    derive_slope            J' = tau Var J gives J = J(0) exp(int_0^tau s Var ds) for the slope of the map
    derive_increasing       1 <= J, with J(0) = 1: the map increases
    carried_mass            P(tau X + eps <= u) is constant along du/dtau = xhat                    any law of X
    derive_cumulative       its limit at u = tau r is the weight of the atoms below r               atoms on the line
    derive_cell             a point that is beyond tau r at some late times has P(N(0, 1) <= z) >= that weight
    leading_tail            Psi_T(x) = x - m tau + (1 - c) x tau^2/2 + ..., T large
    leading_gap_squared     e^T E|Phi_T - Phi_oo|^2 -> |m| sum D_k^2 phi(q_k); centred: e^(2T) and |q_k (1 - c)|/2

Let w_k be the weights of atoms in increasing order and W_k = w_1 + ... + w_k. The flow F from z keeps
sum w_i Phi(F - tau y_i) at its first value Phi(z). At u = tau r it tends to W_k for y_k < r < y_(k+1), and it increases
in u; so along no sequence of late times can F be beyond tau r if Phi(z) < W_k, nor before it if Phi(z) > W_k
(`derive_cell`). So F/tau -> y_k for W_(k-1) < Phi(z) < W_k: the map jumps at the Gaussian quantiles
q_k of the cumulative weights. A map that does not decrease is the derivative of a convex function, and so optimal
(`optimality`); in one dimension there is only one such map between two laws of which the first has a density.

The leading gap: between a quantile q_k and its image under the tail map the two maps differ by the jump D_k =
y_(k+1) - y_k, and elsewhere by nothing; the mass between them is phi(q_k) |Psi_T(q_k) - q_k| to leading order. The tail
map is derived as a series in tau; that the mass follows is the fundamental theorem of calculus.
"""

from functools import cache

import sympy as sp
from sympy import Expr, diff, erf, exp, pi, sqrt

from ..derivation import Derivation
from ..rules import (
    combine,
    integrate,
    limit_along,
    limit_at_most,
    limit_of_constant,
    limit_of_error_function,
    limit_of_function,
    monotone,
)
from ..statement import Approaches, ForAll, Statement, at_most, equal, tends
from .notation import atom, mean, tau, u, variance, x

_s = sp.Symbol("s", positive=True)
_variance = sp.Function("Var", nonnegative=True)
_slope = sp.Function("J", real=True)
_exponent = sp.Function("A", real=True)


def slope_statement(claimed: Expr) -> Statement:
    """State that the slope J of the flow map at tau is `claimed`."""
    return equal(_slope(tau), claimed)


def slope() -> Expr:
    """Return the slope of the flow map at tau, where A' = s Var(X | u_s): `J(0) exp(A(tau) - A(0))`."""
    return _slope(0) * exp(_exponent(tau) - _exponent(0))


@cache
def derive_slope() -> Derivation:
    """Derive `J = J(0) exp(A - A(0))` from the linearised flow: J' = s Var J, since dxhat/du = s Var (`gradient`)."""
    j, a, rate = _slope(_s), _exponent(_s), _s * _variance(_s)
    return (
        Derivation("Slope of the flow map on the line")
        .assume(ForAll(_s, sp.Eq(j.diff(_s), rate * j)), name="linearised flow")
        .assume(_exponent_equation(), name="exponent")
        .apply(
            combine,
            *("linearised flow", "exponent"),
            left=(j * exp(-a)).diff(_s),
            right=0,
            factors=(exp(-a), -j * exp(-a)),
            name="constant",
        )
        .apply(integrate, "constant", variable=_s, lower=0, upper=tau, left=j * exp(-a), right=0, name="kept")
        .apply(combine, "kept", left=_slope(tau), right=slope(), factors=(exp(_exponent(tau)),), name="slope")
    )


def _exponent_equation() -> ForAll:
    return ForAll(_s, sp.Eq(_exponent(_s).diff(_s), _s * _variance(_s)))


@cache
def derive_increasing() -> Derivation:
    """Derive `1 <= J` where J(0) = 1: the flow map increases, and spreads points."""
    z = sp.Symbol("z", real=True)
    grown = _exponent(tau) - _exponent(0)
    return (
        Derivation("The flow map on the line increases")
        .lemma(derive_slope(), name="slope")
        .assume(_exponent_equation(), name="exponent")
        .assume(sp.Eq(_slope(0), 1), name="identity at first")
        .at_most(0, _exponent(_s).diff(_s), using=("exponent",), name="growth")
        .apply(integrate, "growth", variable=_s, lower=0, upper=tau, left=0, right=_exponent(_s), name="grown")
        .apply(monotone, "grown", function=sp.Lambda(z, exp(z)), name="at least 1")
        .apply(
            combine,
            *("at least 1", "slope", "identity at first"),
            left=1,
            right=_slope(tau),
            factors=(1, -1, exp(grown)),
            name="increasing",
        )
    )


def increasing_statement(floor: Expr) -> Statement:
    """State that the slope of the flow map is at least `floor`."""
    return at_most(floor, _slope(tau))


def _normal_mass(place: Expr) -> Expr:
    """Return P(N(0, 1) <= place)."""
    return (1 + erf(place / sqrt(2))) / 2


def carried_mass() -> Expr:
    """Return one atom's share of P(tau X + eps <= u), without its weight: `Phi(u - tau y)`, in u, tau and y."""
    return _normal_mass(u - tau * atom)


def carried_mass_residuals(claimed: Expr) -> dict[str, Expr]:
    """Return what `claimed`, in u, tau and y, leaves over of a mass that the flow du/dtau = xhat conserves.

    The mass of a law is the superposition of those of its atoms; the velocity is the average of the atoms weighted
    with the densities `d claimed/du`, so that conservation for a law is the sum of its atoms' equations.
    """
    atoms, weights = sp.symbols("y_0 y_1", real=True), sp.symbols("w_0 w_1", positive=True)
    total = sum(w * claimed.subs(atom, y) for w, y in zip(weights, atoms, strict=True))
    posterior = [w * exp(tau * u * y - tau**2 * y**2 / 2) for w, y in zip(weights, atoms, strict=True)]
    velocity = sum(y * r for y, r in zip(atoms, posterior, strict=True)) / sum(posterior)
    return {
        "starts as that of N(0, 1)": claimed.subs(tau, 0) - _normal_mass(u),
        "density": diff(claimed, u) - exp(-((u - tau * atom) ** 2) / 2) / sqrt(2 * pi),
        "one atom": diff(claimed, tau) + atom * diff(claimed, u),
        "two atoms": diff(total, tau) + velocity * diff(total, u),
    }


_weights = sp.symbols("w_0 w_1 w_2", positive=True)
_below = sp.symbols("b_0 b_1", positive=True)
_above = sp.Symbol("b_2", positive=True)
_border = sp.Symbol("r", real=True)
_line_atoms = (*(_border - gap for gap in _below), _border + _above)


def _mass(place: Expr) -> Expr:
    """Return P(tau X + eps <= place) for three atoms of the line, the first two of them below r and the last above."""
    return sum((w * _normal_mass(place - tau * y) for w, y in zip(_weights, _line_atoms, strict=True)), sp.S.Zero)


def cumulative_weight() -> Expr:
    """Return the weight of the atoms below r, which is P(N(0, 1) <= q) at the quantile q where the map jumps over r."""
    return _weights[0] + _weights[1]


def cumulative_statement(limit: Expr) -> Statement:
    """State that the mass up to u = tau r tends to `limit`."""
    return tends(_mass(tau * _border), tau, sp.oo, limit)


@cache
def derive_cumulative() -> Derivation:
    """Derive that the mass up to u = tau r tends to the weight of the atoms below r: each atom's share to 0 or 1."""
    shares = sp.symbols("e_0 e_1 e_2", real=True)
    signs = (1, 1, -1)
    total = sum((w * (1 + s * e) / 2 for w, s, e in zip(_weights, signs, shares, strict=True)), sp.S.Zero)
    started = Derivation("Mass below a point of the data")
    for gap in (*_below, _above):
        started = started.apply(limit_of_error_function, variable=tau, scale=gap / sqrt(2), name=str(gap))
    names = tuple(str(gap) for gap in (*_below, _above))
    return started.apply(limit_of_function, *names, function=sp.Lambda(shares, total), name="cumulative")


_place = sp.Symbol("n", positive=True)
_late = sp.Function("tau", positive=True)(_place)
"""A time along a sequence that tends to infinity."""
_label = sp.Function("F", real=True)(_place)
"""The flow of the point at that time."""
_first_mass = sp.Symbol("p", positive=True)
"""P(N(0, 1) <= z) at the point z that the flow starts from."""


def _mass_at(place: Expr) -> Expr:
    return _mass(place).subs(tau, _late)


def cell_statement(weight: Expr, side: str = "beyond") -> Statement:
    """State on which side of the quantile of `weight` a point started whose flow stays on that side of tau r."""
    return at_most(weight, _first_mass) if side == "beyond" else at_most(_first_mass, weight)


@cache
def derive_cell(side: str = "beyond") -> Derivation:
    """Derive `w_0 + w_1 <= P(N(0, 1) <= z)` for a point z whose flow is beyond tau r along some late times.

    With `side="before"`, the reverse of both. So a point with less mass below it than w_0 + w_1 is before tau r at
    every late time, and a point with more beyond it.
    """
    at = sp.Symbol("z", real=True)
    border, beyond = _late * _border, side == "beyond"
    at_border, at_label = _mass_at(tau * _border), _mass_at(_label)
    masses = (at_border, _first_mass) if beyond else (_first_mass, at_border)
    limits = ("cumulative", "constant") if beyond else ("constant", "cumulative")
    return (
        Derivation("Cells of the flow map on the line")
        .assume(ForAll(_place, border <= _label if beyond else _label <= border), name="order")
        .assume(ForAll(_place, sp.Eq(at_label, _first_mass)), name="conserved mass")
        .assume(Approaches(1 / _late, _place, sp.oo, 0), name="late times")
        .apply(monotone, "order", function=sp.Lambda(at, _mass_at(at)), name="masses")
        .apply(
            combine,
            *("masses", "conserved mass"),
            left=masses[0],
            right=masses[1],
            factors=(1, 1 if beyond else -1),
            name="masses at the border",
        )
        .lemma(derive_cumulative(), name="at infinity")
        .apply(limit_along, "at infinity", "late times", inner=_late, name="cumulative")
        .apply(limit_of_constant, value=_first_mass, variable=_place, point=sp.oo, name="constant")
        .apply(limit_at_most, "masses at the border", *limits, name="cell")
    )


def leading_tail() -> Expr:
    """Return the tail map at the horizon to second order: `x - m tau + (1 - c) x tau^2/2`, in x and tau = tau_T."""
    return x - mean * tau + (1 - variance) * x * tau**2 / 2


def leading_tail_residuals(claimed: Expr) -> dict[str, Expr]:
    """Return what `claimed`, in x, tau, m and c, leaves over of the conserved mass, order by order in tau up to 2.

    The tail map takes x to z with P(N(0, 1) <= z) = P(tau X + eps <= x sqrt(1 + tau^2)). The share of an atom y is a
    polynomial in y at each order, whose expectation the first two moments give.
    """
    share = carried_mass().subs(u, x * sqrt(1 + tau**2))
    residuals: dict[str, Expr] = {}
    for order in range(3):
        at_noise = diff(share, tau, order).subs(tau, 0)
        moments = (1, mean, variance + mean**2)
        expected = sum(
            (diff(at_noise, atom, k).subs(atom, 0) * moments[k] / sp.factorial(k) for k in range(3)), sp.S.Zero
        )
        residuals[f"order {order}, degree in the atom"] = diff(at_noise, atom, order + 1)
        residuals[f"order {order}"] = diff(_normal_mass(claimed), tau, order).subs(tau, 0) - expected
    return residuals


jump, quantile = sp.Symbol("D", positive=True), sp.Symbol("q", real=True)


def leading_gap_squared(centred: bool = False) -> Expr:
    """Return one jump's share of the limit of e^T E|Phi_T - Phi_oo|^2; for centred data of e^(2T) times it.

    In the jump D, its quantile q, and m or c: `|m| D^2 phi(q)`, or `|q (1 - c)| D^2 phi(q)/2`.
    """
    density = exp(-(quantile**2) / 2) / sqrt(2 * pi)
    return jump**2 * density * (sp.Abs(quantile * (1 - variance)) / 2 if centred else sp.Abs(mean))


def leading_gap_residuals(claimed: Expr, centred: bool = False) -> dict[str, Expr]:
    """Return what `claimed` leaves over of D^2 times the leading mass between a quantile and its image."""
    moved = leading_tail().subs(x, quantile)
    coefficient = diff(moved.subs(mean, 0), tau, 2) / 2 if centred else diff(moved, tau)
    leading = coefficient.subs(tau, 0)
    return {"mass times the squared jump": claimed - jump**2 * sp.Abs(leading) * diff(_normal_mass(quantile), quantile)}
