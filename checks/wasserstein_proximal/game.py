"""The mean-field game: its Euler-Lagrange system, the transform that makes it linear, and the terminal condition."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import final

import sympy as sp
from sympy import Expr, Integer, Rational

from ...theory.derivation import Derivation
from ...theory.statement import Statement
from ...theory.verdict import Verdict
from ...theory.wasserstein_proximal import cole_hopf as linear
from ...theory.wasserstein_proximal import mean_field_game as theory
from ...theory.wasserstein_proximal.cole_hopf import ColeHopf
from ...theory.wasserstein_proximal.mean_field_game import Game
from ...theory.wasserstein_proximal.notation import DIMENSIONS, TerminalCost, laplacian, sigma
from ..builders import Check, derivation, identity
from ..claim import Claim, Reading, Source, false, true
from .landing import check_terminal_values

ABSTRACT = Source("zhang2024", "abstract: mean-field game, Cole-Hopf transform", Reading.RESTATED)
NEARLY = Rational(101, 100)


@final
@dataclass(frozen=True, slots=True)
class System:
    """What vanishes at a stationary point, by the dimension: inside, and `terminal` at t = T."""

    hamilton_jacobi: Mapping[int, Expr]
    fokker_planck: Mapping[int, Expr]
    terminal: Mapping[int, Expr]

    def turned(self, change: "Callable[[str, Game, Expr], Expr]") -> "System":
        """Return the system with every part changed by a function of its name, its game and what vanishes."""
        return System(
            *(
                {d: change(name, Game.of(d), part) for d, part in getattr(self, name).items()}
                for name in ("hamilton_jacobi", "fokker_planck", "terminal")
            )
        )


def _system() -> System:
    """Return the Euler-Lagrange system."""
    parts = (theory.hamilton_jacobi, theory.fokker_planck, theory.terminal_condition)
    return System(*({d: part(d) for d in DIMENSIONS} for part in parts))


def _with_diffusion(potential: Expr, density: Expr) -> System:
    """Return the system with factors before the Laplacians of phi and rho."""

    def change(name: str, game: Game, part: Expr) -> Expr:
        field, factor = {
            "hamilton_jacobi": (game.potential, potential - 1),
            "fokker_planck": (game.density, 1 - density),
        }.get(name, (game.terminal, Integer(0)))
        return part + factor * sigma**2 / 2 * laplacian(field, game.dimension) if factor else part

    return _system().turned(change)


def _with_terminal_cost(factor: Expr) -> System:
    """Return the system with a factor before the terminal cost."""

    def change(name: str, game: Game, part: Expr) -> Expr:
        return part + (factor - 1) * game.terminal if name == "terminal" else part

    return _system().turned(change)


def _stated(part: str, derive: Callable[[int], Derivation], dimension: int, claimed: System) -> Statement:
    """State that the claimed part vanishes in this dimension."""
    return theory.vanishing_statement(getattr(claimed, part)[dimension], derive(dimension))


def _derive(derive: Callable[[int], Derivation], dimension: int, _: System) -> Derivation:
    """Derive in this dimension, whatever is claimed."""
    return derive(dimension)


def _derived(part: str, name: str, derive: Callable[[int], Derivation]) -> tuple[Check, ...]:
    """Return a check for each dimension that the derivation ends in the claimed part."""
    return tuple(
        derivation(partial(_derive, derive, d), partial(_stated, part, derive, d), name=f"{name}, d = {d}")
        for d in DIMENSIONS
    )


mean_field_game = Claim(
    id="wasserstein-proximal.mean-field-game",
    title="The Euler-Lagrange equations of the mean-field game are a forward and a backward equation",
    statement=r"""
Let $`b(t, x)`$, $`q(t, x)`$ and $`g(x)`$ be smooth on $`\mathbb{R}^d`$, $`d = 1, 2, 3`$, and let $`\rho > 0`$ start at
a given $`\rho_0`$. A stationary point of

```math
\int_0^T \int \left( \tfrac{1}{2} |v|^2 + q \right) \rho\, dx\, dt + \int g\, \rho_T\, dx
\quad\text{under}\quad
\partial_t \rho + \nabla \cdot (\rho (b + v)) = \tfrac{\sigma^2}{2} \Delta \rho
```

has the velocity $`v = \nabla\varphi`$, where $`\varphi`$ is the multiplier of the constraint and

```math
\partial_t \varphi + b \cdot \nabla\varphi + \tfrac{1}{2} |\nabla\varphi|^2 + \tfrac{\sigma^2}{2} \Delta\varphi = q ,
\qquad
\partial_t \rho + \nabla \cdot (\rho (b + \nabla\varphi)) = \tfrac{\sigma^2}{2} \Delta\rho , \qquad
\varphi(T, \cdot) = -g .
```

Variations have compact support in $`[0, T] \times \mathbb{R}^d`$ and vanish at $`t = 0`$. At $`t = T`$ they are free:
integration by parts in time leaves $`\varphi\, \eta`$ there, which meets the terminal cost.
""",
    source=ABSTRACT,
    formula=_system,
    controls={
        "phi diffuses forward in time": false(lambda: _with_diffusion(Integer(-1), Integer(1))),
        "value function for phi at T": false(lambda: _with_terminal_cost(Integer(-1))),
        "diffusion off by one per cent": false(lambda: _with_diffusion(NEARLY, NEARLY), near=True),
        "terminal cost off by one per cent": false(lambda: _with_terminal_cost(NEARLY), near=True),
    },
    checks=(
        *_derived("hamilton_jacobi", "Hamilton-Jacobi", theory.derive_hamilton_jacobi),
        *_derived("fokker_planck", "Fokker-Planck", theory.derive_fokker_planck),
        *_derived("terminal", "boundary term at T", theory.derive_terminal),
    ),
    expected=Verdict.PROVED,
    dimension="d = 1, 2, 3",
    instance=lambda: "d = 1, b = q = g = 0: phi = 0, v = 0, and rho solves the heat equation",
)


def _transform(potential: Expr, *, running: Expr = sp.S.One) -> ColeHopf:
    """Return the transform with another potential, in eta = h, and a factor before the running cost."""

    def equation(dimension: int) -> Expr:
        extra = (running - 1) / sigma**2 * Game.of(dimension).running_cost * linear.backward_factor(dimension)
        return linear.backward_equation(dimension) - extra

    return ColeHopf(sp.Lambda(linear.factor, potential), equation)


_log = sp.log(linear.factor)

cole_hopf = Claim(
    id="wasserstein-proximal.cole-hopf",
    title="The Cole-Hopf transform makes the Hamilton-Jacobi equation linear, without a control",
    statement=r"""
Let $`\eta(t, x) > 0`$ be smooth on $`\mathbb{R}^d`$, $`d = 1, 2, 3`$, $`\sigma > 0`$ and
$`\varphi = \sigma^2 \log\eta`$. For every smooth drift $`b`$ and running cost $`q`$

```math
\partial_t \varphi + b \cdot \nabla\varphi + \tfrac{1}{2} |\nabla\varphi|^2 + \tfrac{\sigma^2}{2} \Delta\varphi - q
= \frac{\sigma^2}{\eta} \left( \partial_t \eta + b \cdot \nabla\eta + \tfrac{\sigma^2}{2} \Delta\eta
- \frac{q}{\sigma^2}\, \eta \right) ,
```

so that one side vanishes where the other does; the optimal velocity is $`v = \sigma^2 \nabla\log\eta`$.
""",
    source=ABSTRACT,
    formula=linear.cole_hopf,
    controls={
        "wrong sign": false(lambda: _transform(-(sigma**2) * _log)),
        "missing sigma^2": false(lambda: _transform(_log)),
        "sigma for sigma^2": false(lambda: _transform(sigma * _log)),
        "running cost not divided by sigma^2": false(lambda: _transform(sigma**2 * _log, running=sigma**2)),
        "potential off by one per cent": false(lambda: _transform(NEARLY * sigma**2 * _log), near=True),
        "a constant factor of eta": true(
            lambda: _transform(sigma**2 * (_log + 1)), note="phi is known up to a constant"
        ),
    },
    checks=(identity(linear.cole_hopf_residuals, name="change of variables"),),
    expected=Verdict.PROVED,
    dimension="d = 1, 2, 3",
    uses=("wasserstein-proximal.mean-field-game",),
    instance=lambda: "d = 1, b = q = 0, eta = exp(x + sigma^2 (T - t)/2): phi = sigma^2 x + sigma^4 (T - t)/2",
)


def _factors() -> dict[TerminalCost, Expr]:
    """Return eta(T) by the terminal cost."""
    return {cost: linear.terminal_factor(cost) for cost in TerminalCost}


def _with_factor(cost: TerminalCost, value: Expr) -> dict[TerminalCost, Expr]:
    """Return eta(T) with another one for one terminal cost."""
    return {**_factors(), cost: value}


def _terminal_residuals(claimed: Mapping[TerminalCost, Expr]) -> dict[str, Expr]:
    """Return what each claimed eta(T) leaves over of its terminal cost."""
    return {
        f"{cost.value}, {label}": residual
        for cost, value in claimed.items()
        for label, residual in linear.terminal_residuals(value, cost).items()
    }


terminal_condition = Claim(
    id="wasserstein-proximal.terminal-condition",
    title="Under cross-entropy eta ends at pi^(1/sigma^2), under the scaled cross-entropy at pi",
    statement=r"""
Let $`\pi > 0`$ be the target density, $`\varphi = \sigma^2 \log\eta`$ and $`\varphi(T) = -g`$ for the terminal cost
$`\int g \rho_T`$. For every $`\sigma > 0`$

| terminal cost | $`\varphi(T)`$ | $`\eta(T)`$ |
|---|---|---|
| cross-entropy, $`-\int \log\pi\, \rho_T`$ | $`\log\pi`$ | $`\pi^{1/\sigma^2}`$ |
| scaled cross-entropy, $`-\sigma^2 \int \log\pi\, \rho_T`$ | $`\sigma^2 \log\pi`$ | $`\pi`$ |

The two agree at $`\sigma = 1`$ alone. The scaled cost is the cross-entropy with the kinetic energy weighted by
$`1/(2\sigma^2)`$.
""",
    source=Source("zhang2024", "abstract: the proximal operator of cross-entropy", Reading.RESTATED),
    formula=_factors,
    controls={
        "eta_T = pi under cross-entropy": false(lambda: _with_factor(TerminalCost.CROSS_ENTROPY, linear.target)),
        "eta_T = pi^(1/sigma^2) under the scaled cost": false(
            lambda: _with_factor(TerminalCost.SCALED_CROSS_ENTROPY, linear.terminal_factor(TerminalCost.CROSS_ENTROPY))
        ),
        "eta_T = pi^(1/sigma)": false(lambda: _with_factor(TerminalCost.CROSS_ENTROPY, linear.target ** (1 / sigma))),
        "exponent off by one per cent": false(
            lambda: _with_factor(TerminalCost.CROSS_ENTROPY, linear.target ** (NEARLY / sigma**2)), near=True
        ),
    },
    checks=(identity(_terminal_residuals, name="terminal values"), check_terminal_values(lambda factors: factors)),
    expected=Verdict.PROVED,
    uses=("wasserstein-proximal.mean-field-game", "wasserstein-proximal.cole-hopf"),
    instance=lambda: "pi = N(0, 1), sigma = 3/5: cross-entropy has eta(T) proportional to N(0, 9/25)",
)

CLAIMS = (mean_field_game, cole_hopf, terminal_condition)
