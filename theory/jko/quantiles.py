"""The first-order condition of a JKO step in one dimension, by the Euler-Lagrange equation of quantile functions.

A law with the density rho > 0 is known by its quantile function Q on (0, 1): Q increases and rho(Q(u)) = 1/Q'(u). With
Q_0 the quantile function before the step,

    J + W_2^2/(2 tau) = int_0^1 V(Q) + W(Q) + Q' F(1/Q') + (Q - Q_0)^2/(2 tau) du,

where W stands for the interaction: its first variation is that of the potential 2 c_U U * mu, for even U, mu held fixed
(`pair_force`). Convex or not, a minimiser makes the integral stationary under every variation of Q that vanishes at the
ends. The momentum of the integrand, its derivative in Q', is -P(1/Q') for the pressure P = r F' - F.

    derive_quantile_condition   V'(Q) + W'(Q) + (d/du F'(1/Q'))/Q' + (Q - Q_0)/tau = 0
    density_slope               (log rho)'(Q(u)) = -Q''/Q'^2: with F = beta r log r the third term is beta (log rho)'
    pair_force                  c_U (U'(y - y') - U'(y' - y)), by particles; 2 c_U U'(y - y') where U is even

References: [terpin2024].
"""

from functools import cache

import sympy as sp
from sympy import Expr

from ..derivation import Derivation
from ..rules import combine
from ..statement import Statement, equal
from ..variation import ForEveryTest, arbitrary_test, first_variation_of_integral, fundamental_lemma
from .first_variation import entropy, pressure
from .notation import beta, constant, tau

u = sp.Symbol("u", real=True)
quantile = sp.Function("Q", real=True)(u)
old_quantile = sp.Function("Q_0", real=True)(u)
_variation = sp.Function("eta", real=True)(u)
_potential, _interaction = (sp.Function(name, real=True) for name in ("V", "W"))


def lagrangian(function: sp.Lambda | None = None) -> Expr:
    """Return the integrand of the step; `function` is the internal energy F, that of diffusion unless given."""
    energy = entropy() if function is None else function
    slope = quantile.diff(u)
    moved = (quantile - old_quantile) ** 2 / (2 * tau)
    return _potential(quantile) + _interaction(quantile) + slope * energy(1 / slope) + moved


def quantile_condition(function: sp.Lambda | None = None) -> Expr:
    """Return what vanishes at a step: `V'(Q) + W'(Q) - beta Q''/Q'^2 + (Q - Q_0)/tau` for diffusion."""
    fields = sum((f(quantile).diff(quantile) for f in (_potential, _interaction)), sp.S.Zero)
    slope = quantile.diff(u)
    if function is None:
        inside = -beta * quantile.diff(u, 2) / slope**2
    else:
        (value,) = function.variables
        inside = function(value).diff(value).subs(value, 1 / slope).doit().diff(u) / slope
    return fields + inside + (quantile - old_quantile) / tau


def quantile_statement(claimed: Expr, function: sp.Lambda | None = None) -> Statement:
    """State that `claimed` vanishes at a step."""
    return equal(claimed, 0, derive_quantile_condition(function).conclusion.hypotheses)


@cache
def derive_quantile_condition(function: sp.Lambda | None = None) -> Derivation:
    """Derive the Euler-Lagrange equation of the step."""
    integrand, force = lagrangian(function), quantile_condition(function)
    energy = entropy() if function is None else function
    (value,) = energy.variables
    momentum = -pressure(energy)(value).subs(value, 1 / quantile.diff(u))
    title = Derivation("First-order condition of a JKO step by quantile functions").apply(
        first_variation_of_integral,
        lagrangian=integrand,
        path=quantile,
        test=_variation,
        time=u,
        lower=0,
        upper=1,
        momentum=momentum,
        force=force,
        name="variation",
    )
    if title.failed:
        return title
    stationary = ForEveryTest(_variation, sp.Eq(title.conclusion.left, 0))
    return (
        title.apply(arbitrary_test, given=stationary, name="stationary")
        .apply(
            combine,
            *("variation", "stationary"),
            left=sp.Integral(force * _variation, (u, 0, 1)),
            right=0,
            factors=(-1, 1),
            name="no work",
        )
        .apply(fundamental_lemma, "no work", test=_variation, name="Euler-Lagrange equation")
    )


def density_slope() -> Expr:
    """Return `(log rho)'(Q(u))` for the density of the quantile function: `-Q''/Q'^2`."""
    return -quantile.diff(u, 2) / quantile.diff(u) ** 2


def density_slope_residuals(claimed: Expr) -> dict[str, Expr]:
    """Return what `claimed` leaves over of `d/du log rho(Q(u)) = (log rho)'(Q(u)) Q'(u)`, where rho(Q) Q' = 1."""
    return {"chain rule": sp.log(1 / quantile.diff(u)).diff(u) - claimed * quantile.diff(u)}


forward, backward = sp.symbols("U_forward U_backward", real=True)
"""U'(y - y') and U'(y' - y) at a pair of points."""


def pair_force(even: bool = True) -> Expr:
    """Return the force on y from y' in the condition: `2 c_U U'(y - y')`, or `c_U (U'(y - y') - U'(y' - y))`."""
    return 2 * constant * forward if even else constant * (forward - backward)


def pair_force_residuals(claimed: Expr, even: bool = True) -> dict[str, Expr]:
    """Return what the claimed force leaves over of the energy of three particles, for a generic U.

    The energy is c_U times the mean of U(x_i - x_j) over all pairs (i, j); its derivative in x_i, times the number of
    particles since each carries its share of the mass, is the mean of the forces of all particles on x_i. An even U
    is a function of the square of its argument.
    """
    particles = sp.symbols("x_1:4", real=True)
    generic, z = sp.Function("U", real=True), sp.Symbol("z", real=True)
    share = sp.Rational(1, len(particles))
    value = generic(z**2) if even else generic(z)
    slope = value.diff(z)
    energy = constant * share**2 * sum(value.subs(z, a - b) for a in particles for b in particles)
    residuals: dict[str, Expr] = {}
    for place, here in enumerate(particles):
        forces = (
            claimed.subs({forward: slope.subs(z, here - b), backward: slope.subs(z, b - here)}) for b in particles
        )
        residuals[f"particle {place + 1}"] = energy.diff(here) / share - share * sum(forces)
    return residuals
