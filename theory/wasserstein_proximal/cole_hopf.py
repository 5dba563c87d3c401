"""Cole-Hopf: with phi = sigma^2 log eta the Hamilton-Jacobi equation is linear, and what eta is at t = T.

    potential_of           phi = sigma^2 log eta
    velocity_of            v = grad phi = sigma^2 grad log eta
    backward_equation      d_t eta + b.grad eta + (sigma^2/2) Lap eta - (q/sigma^2) eta = 0: no control is left in it
    terminal_potential     phi(T): log pi under `cross_entropy`, sigma^2 log pi under `scaled_cross_entropy`
    terminal_factor        eta(T): pi^(1/sigma^2) under `cross_entropy`, pi under `scaled_cross_entropy`

The Hamilton-Jacobi operator of phi is sigma^2/eta times the linear operator of eta, for every eta > 0, so one vanishes
where the other does. The two terminal costs agree at sigma = 1 alone.

References: [zhang2024, abstract], [li2023, abstract].
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import final

import sympy as sp
from sympy import Expr

from .mean_field_game import Game, hamilton_jacobi
from .notation import DIMENSIONS, TerminalCost, as_jets, dot, field, gradient, laplacian, sigma, t

factor = sp.Symbol("h", positive=True)
"""A value of eta."""
target = sp.Symbol("pi_0", positive=True)
"""A value of the target density."""


def potential_of() -> sp.Lambda:
    """Return phi as a function of eta: `sigma^2 log eta`."""
    return sp.Lambda(factor, sigma**2 * sp.log(factor))


def velocity_of(dimension: int) -> tuple[Expr, ...]:
    """Return the optimal velocity `sigma^2 grad log eta`, component by component."""
    return gradient(potential_of()(backward_factor(dimension)), dimension)


def backward_factor(dimension: int) -> Expr:
    """Return eta, as an undefined positive function of time and place."""
    return field("eta", dimension, positive=True)


def backward_equation(dimension: int) -> Expr:
    """Return what vanishes: `d_t eta + b.grad eta + (sigma^2/2) Lap eta - (q/sigma^2) eta`."""
    return backward_operator(backward_factor(dimension), Game.of(dimension).drift, Game.of(dimension).running_cost)


def backward_operator(function: Expr, drift: tuple[Expr, ...], running_cost: Expr) -> Expr:
    """Return `d_t h + b.grad h + (sigma^2/2) Lap h - (q/sigma^2) h` of a function h of t and the first coordinates."""
    dimension = len(drift)
    moved = function.diff(t) + dot(drift, gradient(function, dimension))
    return moved + sigma**2 / 2 * laplacian(function, dimension) - running_cost / sigma**2 * function


@final
@dataclass(frozen=True, slots=True)
class ColeHopf:
    """What is claimed: the potential as a function of eta, and the equation that eta solves in d dimensions."""

    potential: sp.Lambda
    equation: Callable[[int], Expr]


def cole_hopf() -> ColeHopf:
    """Return the transform."""
    return ColeHopf(potential_of(), backward_equation)


@cache
def _hamilton_jacobi_of(potential: sp.Lambda, dimension: int) -> Expr:
    """Return the Hamilton-Jacobi operator of phi = potential(eta)."""
    eta, phi = backward_factor(dimension), Game.of(dimension).potential
    return hamilton_jacobi(dimension).subs(phi, potential(eta)).doit()


def cole_hopf_residuals(claimed: ColeHopf) -> dict[str, Expr]:
    """Return what a transform leaves over: the Hamilton-Jacobi operator minus sigma^2/eta times its equation."""
    residuals: dict[str, Expr] = {}
    for dimension in DIMENSIONS:
        linear = sigma**2 / backward_factor(dimension) * claimed.equation(dimension)
        residuals[f"d = {dimension}"] = as_jets(_hamilton_jacobi_of(claimed.potential, dimension) - linear)
    return residuals


def terminal_potential(cost: TerminalCost) -> Expr:
    """Return phi(T) as a function of the target density: minus the density of the terminal cost."""
    return sp.log(target) if cost is TerminalCost.CROSS_ENTROPY else sigma**2 * sp.log(target)


def terminal_factor(cost: TerminalCost) -> Expr:
    """Return eta(T) as a function of the target density: `pi^(1/sigma^2)`, or pi itself."""
    return target ** (1 / sigma**2) if cost is TerminalCost.CROSS_ENTROPY else target


SMALL_NOISE = sp.Rational(3, 5)
"""A sigma at which the two terminal costs differ."""


def terminal_residuals(claimed: Expr, cost: TerminalCost) -> dict[str, Expr]:
    """Return what the claimed eta(T) leaves over of phi(T), at every sigma and at one other than 1."""
    missed = potential_of()(claimed) - terminal_potential(cost)
    return {"phi(T)": missed, f"sigma = {SMALL_NOISE}": missed.subs(sigma, SMALL_NOISE)}
