"""rho = eta etahat: the Fokker-Planck equation factorises, and where a start at eta_0 lands.

    forward_equation      d_t g + div(b g) - (sigma^2/2) Lap g + (q/sigma^2) g = 0, for g = etahat
    factorisation         of rho = eta etahat and v = sigma^2 grad log eta the Fokker-Planck operator is
                          etahat (backward operator of eta) + eta (forward operator of etahat)
    constant_factor       a constant etahat solves the forward equation iff q = -sigma^2 div b: without drift and
                          running cost, and in the reversed noising process (b = -f, q = sigma^2 div f)
    landing               then rho_t = eta_t/Z: the start rho_0 = eta_0/Z lands on eta_T/Z
    derive_mass           int eta(t) = int eta(0): Z is the same at both ends

Under `cross_entropy` eta_T/Z is pi^(1/sigma^2)/Z, not pi; for pi = N(m, s^2) it is N(m, sigma^2 s^2). Under
`scaled_cross_entropy` it is pi, the true score-based model.

References: [zhang2024, abstract].
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import final

import sympy as sp
from sympy import Expr

from ..action import balance_law, space_integral
from ..derivation import Derivation
from ..rules import combine, integrate
from ..statement import Statement, equal
from .cole_hopf import (
    SMALL_NOISE,
    backward_factor,
    backward_operator,
    potential_of,
    target,
    terminal_factor,
    terminal_potential,
)
from .mean_field_game import Game, fokker_planck
from .notation import (
    DIMENSIONS,
    TerminalCost,
    as_jets,
    divergence,
    field,
    gradient,
    horizon,
    laplacian,
    mean,
    places,
    scale,
    sigma,
    t,
    x,
)

mass = sp.Symbol("Z", positive=True)
"""The integral of eta."""


def forward_factor(dimension: int) -> Expr:
    """Return etahat, as an undefined positive function of time and place."""
    return field("etahat", dimension, positive=True)


def forward_operator(function: Expr, drift: tuple[Expr, ...], running_cost: Expr) -> Expr:
    """Return `d_t h + div(b h) - (sigma^2/2) Lap h + (q/sigma^2) h` of a function of t and the first coordinates."""
    carried = divergence(tuple(part * function for part in drift))
    diffused = sigma**2 / 2 * laplacian(function, len(drift))
    return function.diff(t) + carried - diffused + running_cost / sigma**2 * function


def forward_equation(dimension: int) -> Expr:
    """Return what vanishes for etahat with the drift and running cost of the game."""
    game = Game.of(dimension)
    return forward_operator(forward_factor(dimension), game.drift, game.running_cost)


@final
@dataclass(frozen=True, slots=True)
class Factorisation:
    """What is claimed: the potential as a function of eta, and the equation that etahat solves in d dimensions."""

    potential: sp.Lambda
    equation: Callable[[int], Expr]


def factorisation() -> Factorisation:
    """Return the factorisation."""
    return Factorisation(potential_of(), forward_equation)


@cache
def _fokker_planck_of(potential: sp.Lambda, dimension: int) -> Expr:
    """Return the Fokker-Planck operator of rho = eta etahat for phi = potential(eta)."""
    game, eta, etahat = Game.of(dimension), backward_factor(dimension), forward_factor(dimension)
    inserted = {game.density: eta * etahat, game.potential: potential(eta)}
    return fokker_planck(dimension).subs(inserted, simultaneous=True).doit()


def factorisation_residuals(claimed: Factorisation) -> dict[str, Expr]:
    """Return what a factorisation leaves over of the Fokker-Planck operator, in one to three dimensions."""
    residuals: dict[str, Expr] = {}
    for dimension in DIMENSIONS:
        game, eta, etahat = Game.of(dimension), backward_factor(dimension), forward_factor(dimension)
        backward = backward_operator(eta, game.drift, game.running_cost)
        split = etahat * backward + eta * claimed.equation(dimension)
        residuals[f"d = {dimension}"] = as_jets((_fokker_planck_of(claimed.potential, dimension) - split).doit())
    return residuals


def constant_running_cost(dimension: int) -> Expr:
    """Return the running cost q for which a constant etahat solves the forward equation: `-sigma^2 div b`."""
    return -(sigma**2) * divergence(Game.of(dimension).drift)


def constant_factor_residuals(claimed: Expr, dimension: int) -> dict[str, Expr]:
    """Return what a constant etahat leaves over of the forward equation with the claimed running cost."""
    return {f"d = {dimension}": as_jets(forward_operator(1 / mass, Game.of(dimension).drift, claimed).doit())}


def landed_density(cost: TerminalCost) -> Expr:
    """Return what the start eta_0/Z lands on, times Z, as a function of the target density."""
    return terminal_factor(cost)


def landing_residuals(claimed: Expr, cost: TerminalCost) -> dict[str, Expr]:
    """Return what the claimed landing leaves over of eta_T, and the flow rho = eta/Z of the Fokker-Planck equation.

    Without drift and running cost; the backward heat equation of eta is inserted.
    """
    missed = claimed - sp.exp(_terminal_exponent(cost))
    return {
        "lands on eta(T)": missed,
        f"lands on eta(T), sigma = {SMALL_NOISE}": missed.subs(sigma, SMALL_NOISE),
        **{f"rho = eta/Z, d = {d}": _normalised_flow(d) for d in DIMENSIONS},
    }


def _terminal_exponent(cost: TerminalCost) -> Expr:
    """Return phi(T)/sigma^2 from the terminal cost."""
    return terminal_potential(cost) / sigma**2


@cache
def _normalised_flow(dimension: int) -> Expr:
    game, eta = Game.of(dimension), backward_factor(dimension)
    still: dict[Expr, Expr] = dict.fromkeys((*game.drift, game.running_cost), sp.S.Zero)
    inserted = {game.density: eta / mass, game.potential: potential_of()(eta), **still}
    flow = fokker_planck(dimension).subs(inserted, simultaneous=True).doit()
    return as_jets(flow.subs(eta.diff(t), -(sigma**2) / 2 * laplacian(eta, dimension)).doit())


def gaussian_landing(cost: TerminalCost) -> Expr:
    """Return the variance of what the start lands on for pi = N(m, s^2): `sigma^2 s^2`, or s^2."""
    return sigma**2 * scale**2 if cost is TerminalCost.CROSS_ENTROPY else scale**2


def gaussian_landing_residuals(claimed: Expr, cost: TerminalCost) -> dict[str, Expr]:
    """Return what the claimed variance leaves over: the ratio of the landed density to the normal one is constant."""
    density = sp.exp(-((x - mean) ** 2) / (2 * scale**2))
    landed = landed_density(cost).subs(target, density)
    normal = -((x - mean) ** 2) / (2 * claimed)
    return {"slope of the log-density": (sp.log(landed).diff(x) - normal.diff(x)).doit()}


def mass_statement(factor: Expr, dimension: int) -> Statement:
    """State `int eta(T) - factor int eta(0) = 0`."""
    eta = backward_factor(dimension)
    total = space_integral(eta, places[:dimension])
    return equal(total.subs(t, horizon) - factor * total.subs(t, 0), 0, derive_mass(dimension).conclusion.hypotheses)


@cache
def derive_mass(dimension: int) -> Derivation:
    """Derive `int eta(T) = int eta(0)` for solutions of the backward heat equation that decay."""
    eta, here = backward_factor(dimension), places[:dimension]
    heat = -(sigma**2) / 2 * laplacian(eta, dimension)
    total = space_integral(eta, here)
    return (
        Derivation(f"Mass of eta, d = {dimension}")
        .apply(
            balance_law,
            density=eta,
            source=sp.S.Zero,
            currents=tuple(-(sigma**2) / 2 * part for part in gradient(eta, dimension)),
            time=t,
            places=here,
            evolutions=((eta, heat),),
            name="balance",
        )
        .apply(integrate, "balance", variable=t, lower=0, upper=horizon, left=total, right=sp.S.Zero, name="in time")
        .apply(
            combine,
            "in time",
            left=total.subs(t, horizon) - total.subs(t, 0),
            right=0,
            factors=(1,),
            name="mass",
        )
    )
