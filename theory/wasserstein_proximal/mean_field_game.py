"""The Euler-Lagrange system of the mean-field game, in one, two and three dimensions.

With the multiplier phi of the Fokker-Planck equation the Lagrangian of the game is

    int int (|v|^2/2 + q) rho + phi (d_t rho + div(rho (b + v)) - (sigma^2/2) Lap rho) dx dt + int g rho dx at t = T,

for every smooth drift b(t, x), running cost q(t, x) and terminal cost g(x). It is stationary in v, rho and phi:

    derive_feedback          v = grad phi                                                        where rho > 0
    derive_hamilton_jacobi   d_t phi + b.grad phi + |grad phi|^2/2 + (sigma^2/2) Lap phi - q = 0   0 < t < T
    derive_terminal          phi + g = 0                                                         t = T
    derive_fokker_planck     d_t rho + div(rho (b + grad phi)) - (sigma^2/2) Lap rho = 0           0 < t < T

rho is given at t = 0, so its variations vanish there; at t = T they are free, and what integration by parts in time
leaves there, phi eta, meets the terminal cost. That is the boundary term; in space variations have compact support.

References: [zhang2024, abstract], [li2023, abstract].
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import final

import sympy as sp
from sympy import Expr

from ..action import Stationary, first_variation_of_action, fundamental_lemma_of_fields, stationary_action
from ..derivation import Derivation
from ..rules import combine, differentiate, solve_linear, weaken
from ..statement import Statement, equal
from .notation import (
    divergence,
    dot,
    field,
    gradient,
    horizon,
    laplacian,
    places,
    sigma,
    t,
    vector_field,
)


@final
@dataclass(frozen=True, slots=True)
class Game:
    """The fields of a mean-field game in d dimensions: what is given, and what the Euler-Lagrange system is for.

    `terminal` is g(x), an undefined function like the others.
    """

    dimension: int
    density: Expr
    potential: Expr
    velocity: tuple[Expr, ...]
    drift: tuple[Expr, ...]
    running_cost: Expr
    terminal: Expr

    @classmethod
    def of(cls, dimension: int) -> "Game":
        """Name the fields of the game in this dimension: rho, phi, v, b, q, g."""
        terminal = sp.Function("g", real=True)(*places[:dimension])
        return cls(
            dimension=dimension,
            density=field("rho", dimension),
            potential=field("phi", dimension),
            velocity=vector_field("v", dimension),
            drift=vector_field("b", dimension),
            running_cost=field("q", dimension),
            terminal=terminal,
        )

    @property
    def carried(self) -> tuple[Expr, ...]:
        """The velocity b + v with drift."""
        return tuple(b + v for b, v in zip(self.drift, self.velocity, strict=True))

    def continuity(self, velocity: tuple[Expr, ...]) -> Expr:
        """Return `d_t rho + div(rho velocity) - (sigma^2/2) Lap rho`."""
        flux = tuple(self.density * part for part in velocity)
        diffusion = sigma**2 / 2 * laplacian(self.density, self.dimension)
        return self.density.diff(t) + divergence(flux) - diffusion

    @property
    def lagrangian(self) -> Expr:
        """The integrand over time and space."""
        cost = (dot(self.velocity, self.velocity) / 2 + self.running_cost) * self.density
        fluxes = zip(self.carried, places, strict=False)
        outflow = sum((sp.Derivative(self.density * part, place) for part, place in fluxes), sp.S.Zero)
        diffusion = sigma**2 / 2 * laplacian(self.density, self.dimension)
        return cost + self.potential * (self.density.diff(t) + outflow - diffusion)

    @property
    def terminal_density(self) -> Expr:
        """The integrand over space at t = T."""
        return self.terminal * self.density

    @property
    def stationary(self) -> Stationary:
        """The condition that the action is stationary in v, rho and phi."""
        fields = sp.Tuple(*self.velocity, self.density, self.potential)
        return Stationary(fields, self.lagrangian, self.terminal_density, horizon)


def hamilton_jacobi(dimension: int) -> Expr:
    """Return what vanishes for 0 < t < T: `d_t phi + b.grad phi + |grad phi|^2/2 + (sigma^2/2) Lap phi - q`."""
    game = Game.of(dimension)
    slope = gradient(game.potential, dimension)
    transport = dot(game.drift, slope) + dot(slope, slope) / 2
    return game.potential.diff(t) + transport + sigma**2 / 2 * laplacian(game.potential, dimension) - game.running_cost


def fokker_planck(dimension: int) -> Expr:
    """Return what vanishes for 0 < t < T: `d_t rho + div(rho (b + grad phi)) - (sigma^2/2) Lap rho`."""
    game = Game.of(dimension)
    slope = gradient(game.potential, dimension)
    return game.continuity(tuple(b + p for b, p in zip(game.drift, slope, strict=True)))


def terminal_condition(dimension: int) -> Expr:
    """Return what vanishes at t = T: `phi + g`."""
    game = Game.of(dimension)
    return game.potential.subs(t, horizon) + game.terminal


def feedback(dimension: int) -> tuple[Expr, ...]:
    """Return the optimal velocity `grad phi`."""
    return gradient(Game.of(dimension).potential, dimension)


def _no_work(
    game: Game, path: Expr, *, momentum: Expr = sp.S.Zero, currents: Callable[[Expr], tuple[Expr, ...]], force: Expr
) -> Derivation:
    """Derive that the force on one field does no work along a variation eta, whose current `currents` returns."""
    test = _test(game)
    return (
        Derivation(f"Stationary action in {path.func.__name__}, d = {game.dimension}")
        .apply(
            first_variation_of_action,
            lagrangian=game.lagrangian,
            terminal=game.terminal_density,
            path=path,
            test=test,
            horizon=horizon,
            momentum=momentum,
            currents=currents(test),
            force=force,
            end_force=momentum + game.terminal_density.diff(path),
            name="variation",
        )
        .apply(stationary_action, "variation", given=game.stationary, path=path, test=test, name="no work")
    )


def _test(game: Game) -> Expr:
    return field("eta", game.dimension)


def _vanishing(found: Derivation, dimension: int, where: str = "inside") -> Derivation:
    """Derive that a force without work vanishes, inside or at t = T."""
    test = _test(Game.of(dimension))
    return found.apply(fundamental_lemma_of_fields, "no work", test=test, horizon=horizon, where=where, name="vanishes")


@cache
def derive_feedback(dimension: int, component: int = 0) -> Derivation:
    """Derive `v_i = d_i phi`, for one component."""
    game = Game.of(dimension)
    velocity, slope = game.velocity[component], feedback(dimension)[component]

    def currents(test: Expr) -> tuple[Expr, ...]:
        flux = game.potential * game.density * test
        return tuple(flux if k == component else sp.S.Zero for k in range(dimension))

    found = _no_work(game, velocity, currents=currents, force=game.density * (velocity - slope))
    return (
        _vanishing(found, dimension)
        .apply(weaken, "vanishes", hypotheses=(game.density > 0,), name="where rho > 0")
        .apply(solve_linear, "where rho > 0", left=velocity, right=slope, factor=game.density, name="feedback")
    )


@cache
def _in_density(dimension: int) -> Derivation:
    """Derive what stationarity in rho says along a variation, before the velocity is inserted."""
    game = Game.of(dimension)
    phi, diffusivity = game.potential, sigma**2 / 2
    slope = gradient(phi, dimension)

    def currents(test: Expr) -> tuple[Expr, ...]:
        return tuple(
            phi * test * moved - diffusivity * (phi * test.diff(place) - test * part)
            for moved, part, place in zip(game.carried, slope, places, strict=False)
        )

    force = (
        dot(game.velocity, game.velocity) / 2
        + game.running_cost
        - phi.diff(t)
        - dot(game.carried, slope)
        - diffusivity * laplacian(phi, dimension)
    )
    return _no_work(game, game.density, momentum=phi, currents=currents, force=force)


def _feedback_names(dimension: int) -> tuple[str, ...]:
    return tuple(f"feedback {k + 1}" for k in range(dimension))


def _with_feedback(derivation: Derivation, dimension: int) -> Derivation:
    """Add the optimal velocity, component by component."""
    for component, name in enumerate(_feedback_names(dimension)):
        derivation = derivation.lemma(derive_feedback(dimension, component), name=name)
    return derivation


@cache
def derive_hamilton_jacobi(dimension: int) -> Derivation:
    """Derive that `hamilton_jacobi` vanishes for 0 < t < T."""
    velocity, slope = Game.of(dimension).velocity, feedback(dimension)
    squares = tuple((v - p) / 2 for v, p in zip(velocity, slope, strict=True))
    return _with_feedback(_vanishing(_in_density(dimension), dimension), dimension).apply(
        combine,
        *("vanishes", *_feedback_names(dimension)),
        left=hamilton_jacobi(dimension),
        right=0,
        factors=(-1, *squares),
        name="Hamilton-Jacobi equation",
    )


@cache
def derive_terminal(dimension: int) -> Derivation:
    """Derive that `terminal_condition` vanishes at t = T: the boundary term of the integration by parts in time."""
    return _vanishing(_in_density(dimension), dimension, "end").apply(
        combine, "vanishes", left=terminal_condition(dimension), right=0, factors=(1,), name="terminal condition"
    )


@cache
def derive_fokker_planck(dimension: int) -> Derivation:
    """Derive that `fokker_planck` vanishes for 0 < t < T: stationarity in the multiplier, with v inserted."""
    game = Game.of(dimension)
    constraint = game.continuity(game.carried)

    def currents(test: Expr) -> tuple[Expr, ...]:
        return (sp.S.Zero,) * dimension

    found = _no_work(game, game.potential, currents=currents, force=constraint)
    found = _with_feedback(_vanishing(found, dimension), dimension)
    slopes = tuple(f"slope {k + 1}" for k in range(dimension))
    for place, name, slope in zip(places, _feedback_names(dimension), slopes, strict=False):
        found = found.apply(differentiate, name, variable=place, name=slope)
    return found.apply(
        combine,
        *("vanishes", *_feedback_names(dimension), *slopes),
        left=fokker_planck(dimension),
        right=0,
        factors=(1, *(-part for part in gradient(game.density, dimension)), *(-game.density for _ in slopes)),
        name="Fokker-Planck equation",
    )


def vanishing_statement(claimed: Expr, derived: Derivation) -> Statement:
    """State that `claimed` vanishes under the hypotheses of what was derived."""
    return equal(claimed, 0, derived.conclusion.hypotheses)
