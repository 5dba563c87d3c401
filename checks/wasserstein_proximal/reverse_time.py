"""Reverse time: the running cost of a noising drift, the factorisation of the optimal flow, and where it lands."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import final

import sympy as sp
from sympy import Expr, Integer, Rational

from ...theory.verdict import Strength, Verdict
from ...theory.wasserstein_proximal import cole_hopf, factorisation, reverse_drift
from ...theory.wasserstein_proximal.factorisation import Factorisation
from ...theory.wasserstein_proximal.gaussian import Noising, component_law
from ...theory.wasserstein_proximal.mean_field_game import Game
from ...theory.wasserstein_proximal.notation import (
    DIMENSIONS,
    TerminalCost,
    divergence,
    horizon,
    laplacian,
    mean,
    scale,
    sigma,
    t,
    x,
)
from ..builders import Check, derivation, identity
from ..claim import Claim, Reading, Source, false
from ..comparison import Comparison, compare_equal
from .landing import check_landing

NEW = Source("lemmata", "this catalogue", Reading.NEW)
ABSTRACT = Source("zhang2024", "abstract: score-based models and mean-field games", Reading.RESTATED)
NEARLY = Rational(101, 100)


@final
@dataclass(frozen=True, slots=True)
class ReverseDrift:
    """What is claimed: the running cost for a noising drift, and what leaving it out does for a linear one."""

    cost: Callable[[tuple[Expr, ...]], Expr]
    multiplier: Callable[[int], Expr]


def _reverse_drift() -> ReverseDrift:
    """Return the running cost div f."""
    return ReverseDrift(reverse_drift.running_cost, reverse_drift.normalisation)


def _costs(claimed: ReverseDrift) -> dict[str, Expr]:
    """Return what the claimed cost leaves over between the two equations, and eta = p reversed of its own."""
    residuals: dict[str, Expr] = {}
    for d in DIMENSIONS:
        residuals |= reverse_drift.reversed_residuals(claimed.cost(reverse_drift.noising_drift(d)), d)
    reversal = reverse_drift.time_reversal_residuals()
    return residuals | {f"time reversal, {label}": part for label, part in reversal.items()}


def _multipliers(claimed: ReverseDrift) -> dict[str, Expr]:
    """Return what the claimed multiplier leaves over for linear drifts."""
    residuals: dict[str, Expr] = {}
    for d in DIMENSIONS:
        residuals |= reverse_drift.normalisation_residuals(claimed.multiplier(d), d)
    return residuals


reversed_drift = Claim(
    id="wasserstein-proximal.reverse-drift",
    title="To reverse a noising drift the game needs the running cost div f",
    statement=r"""
Let $`p`$ be the density of the noising process $`dX = f\, ds + \sigma\, dW`$ on $`\mathbb{R}^d`$,
$`d = 1, 2, 3`$, with a smooth drift $`f(s, x)`$, and $`\eta(t, x) = p(T - t, x)`$, which solves the reversed equation

```math
\partial_t \eta - \nabla \cdot (f \eta) + \tfrac{\sigma^2}{2} \Delta\eta = 0 .
```

It is the Cole-Hopf equation of the game with the drift $`-f`$ and the cost
$`\int \int \left( |u|^2/(2 \sigma^2) + c \right) \rho`$ if and only if

```math
c = \nabla \cdot f .
```

With the kinetic weight $`\frac{1}{2}`$ the running cost is $`\sigma^2 c`$. With $`c = 0`$ the equation is Kolmogorov's,
$`\partial_t \eta - f \cdot \nabla\eta + \frac{\sigma^2}{2} \Delta\eta = 0`$. For the Ornstein-Uhlenbeck process,
$`f = -\kappa x`$, that multiplies $`\eta`$ by $`e^{(T - t) \nabla \cdot f}`$ and leaves the velocity
$`\sigma^2 \nabla\log\eta`$ as it is; for other drifts it does not.
""",
    source=ABSTRACT,
    formula=_reverse_drift,
    controls={
        "no running cost": false(lambda: replace(_reverse_drift(), cost=lambda f: Integer(0) * sum(f))),
        "wrong sign": false(lambda: replace(_reverse_drift(), cost=lambda f: -divergence(f))),
        "kinetic weights mixed up": false(lambda: replace(_reverse_drift(), cost=lambda f: sigma**2 * divergence(f))),
        "running cost off by one per cent": false(
            lambda: replace(_reverse_drift(), cost=lambda f: NEARLY * divergence(f)), near=True
        ),
        "multiplier with d off by one per cent": false(
            lambda: replace(_reverse_drift(), multiplier=lambda d: reverse_drift.normalisation(d) ** NEARLY), near=True
        ),
    },
    checks=(
        identity(_costs, name="reversed equation"),
        identity(_multipliers, name="Ornstein-Uhlenbeck"),
    ),
    expected=Verdict.PROVED,
    dimension="d = 1, 2, 3",
    uses=("wasserstein-proximal.cole-hopf",),
    instance=lambda: "f = -x/2, sigma = 1, p = N(0, 1): eta = N(0, 1) for all t, and c = -1/2",
)


def _factored(*, diffusion: Expr = sp.S.One, running: Expr = sp.S.One, potential: Expr | None = None) -> Factorisation:
    """Return the factorisation with factors in the equation of etahat, or with another potential, in eta = h."""

    def equation(dimension: int) -> Expr:
        etahat = factorisation.forward_factor(dimension)
        heat = (1 - diffusion) * sigma**2 / 2 * laplacian(etahat, dimension)
        cost = (running - 1) / sigma**2 * Game.of(dimension).running_cost * etahat
        return factorisation.forward_equation(dimension) + heat + cost

    value = sigma**2 * sp.log(cole_hopf.factor) if potential is None else potential
    return Factorisation(sp.Lambda(cole_hopf.factor, value), equation)


factorised = Claim(
    id="wasserstein-proximal.factorisation",
    title="The density of the optimal flow is a product of a backward and a forward solution",
    statement=r"""
Let $`\eta, \hat\eta > 0`$ be smooth on $`[0, T] \times \mathbb{R}^d`$, $`d = 1, 2, 3`$. With
$`\rho = \eta \hat\eta`$ and the velocity $`v = \sigma^2 \nabla\log\eta`$, for every smooth $`b`$ and $`q`$

```math
\partial_t \rho + \nabla \cdot (\rho (b + v)) - \tfrac{\sigma^2}{2} \Delta\rho
= \hat\eta \left( \partial_t \eta + b \cdot \nabla\eta + \tfrac{\sigma^2}{2} \Delta\eta
- \tfrac{q}{\sigma^2} \eta \right) + \eta \left( \partial_t \hat\eta + \nabla \cdot (b \hat\eta)
- \tfrac{\sigma^2}{2} \Delta\hat\eta + \tfrac{q}{\sigma^2} \hat\eta \right) :
```

where both brackets vanish, $`\rho`$ solves the Fokker-Planck equation of the optimal flow.
""",
    source=NEW,
    formula=factorisation.factorisation,
    controls={
        "wrong sign of the velocity": false(lambda: _factored(potential=-(sigma**2) * sp.log(cole_hopf.factor))),
        "velocity without sigma^2": false(lambda: _factored(potential=sp.log(cole_hopf.factor))),
        "etahat solves the backward heat equation": false(lambda: _factored(diffusion=Integer(-1))),
        "sign of the running cost": false(lambda: _factored(running=Integer(-1))),
        "diffusion of etahat off by one per cent": false(lambda: _factored(diffusion=NEARLY), near=True),
    },
    checks=(identity(factorisation.factorisation_residuals, name="product"),),
    expected=Verdict.PROVED,
    dimension="d = 1, 2, 3",
    uses=("wasserstein-proximal.mean-field-game", "wasserstein-proximal.cole-hopf"),
    instance=lambda: "b = q = 0, eta = etahat = 1: rho = 1 is stationary and v = 0",
)


@final
@dataclass(frozen=True, slots=True)
class Landing:
    """What is claimed of the start eta_0/Z: where it ends, up to Z, and its variance for a normal target.

    `cost` is the running cost that a drift needs, by the dimension; `mass` is int eta(T)/int eta(0).
    """

    density: Mapping[TerminalCost, Expr]
    variance: Mapping[TerminalCost, Expr]
    cost: Callable[[int], Expr]
    mass: Expr


def _landing() -> Landing:
    """Return where the start eta_0/Z lands."""
    return Landing(
        density={cost: factorisation.landed_density(cost) for cost in TerminalCost},
        variance={cost: factorisation.gaussian_landing(cost) for cost in TerminalCost},
        cost=factorisation.constant_running_cost,
        mass=Integer(1),
    )


def _landing_on(cost: TerminalCost, density: Expr) -> Landing:
    """Return the claim with another end for one terminal cost."""
    known = _landing()
    return replace(known, density={**known.density, cost: density})


def _with_variances(change: Callable[[Expr], Expr]) -> Landing:
    """Return the claim with other variances."""
    known = _landing()
    return replace(known, variance={cost: change(value) for cost, value in known.variance.items()})


def _exchanged_variances() -> Landing:
    """Return the claim with the variance of each terminal cost for the other."""
    first, second = TerminalCost
    known = _landing()
    return replace(known, variance={first: known.variance[second], second: known.variance[first]})


def _ends(claimed: Landing) -> dict[str, Expr]:
    """Return what the claimed ends leave over, for both terminal costs."""
    return {
        f"{cost.value}, {label}": residual
        for cost, value in claimed.density.items()
        for label, residual in factorisation.landing_residuals(value, cost).items()
    }


def _variances(claimed: Landing) -> dict[str, Expr]:
    """Return what the claimed variances leave over for normal targets."""
    return {
        f"{cost.value}, {label}": residual
        for cost, value in claimed.variance.items()
        for label, residual in factorisation.gaussian_landing_residuals(value, cost).items()
    }


def _drifts(claimed: Landing) -> dict[str, Expr]:
    """Return what a constant etahat leaves over with the claimed running cost."""
    residuals: dict[str, Expr] = {}
    for d in DIMENSIONS:
        residuals |= factorisation.constant_factor_residuals(claimed.cost(d), d)
    return residuals


def _attack_mass(claimed: Landing) -> Iterator[Comparison]:
    """Compare the claimed ratio with that of the masses of eta for the normal target, integrated exactly."""
    law = component_law(Noising.VARIANCE_EXPLODING)
    density = sp.exp(-((x - law.mean) ** 2) / (2 * law.variance)) / sp.sqrt(2 * sp.pi * law.variance)
    place = {horizon: Integer(1), mean: Integer(0), scale: Integer(1), sigma: Rational(3, 5)}
    first, last = (sp.integrate(density.subs(place).subs(t, end), (x, -sp.oo, sp.oo)) for end in (0, 1))
    yield compare_equal(float(last / first), float(claimed.mass), 0.0, strength=Strength.EXACT, point={"pi": "N(0, 1)"})


def _mass_check(dimension: int) -> Check:
    """Return the check that eta keeps its mass in this dimension."""
    return derivation(
        lambda _: factorisation.derive_mass(dimension),
        lambda claimed: factorisation.mass_statement(claimed.mass, dimension),
        attack=_attack_mass,
        name=f"mass, d = {dimension}",
    )


lands_on_data = Claim(
    id="wasserstein-proximal.lands-on-data",
    title="From eta_0 the optimal flow lands on the normalised eta_T: on the data under the scaled cross-entropy alone",
    statement=r"""
Without drift and running cost let $`\eta > 0`$ solve the backward heat equation on $`\mathbb{R}^d`$, $`d = 1, 2, 3`$,
and decay with its derivatives; $`Z = \int \eta`$ is then the same at all times. The density

```math
\rho = \frac{\eta}{Z} \quad\text{with}\quad v = \sigma^2 \nabla\log\eta
```

solves the Fokker-Planck equation of the optimal flow: started at $`\eta_0/Z`$ it lands on $`\eta_T/Z`$, which is

| terminal cost | lands on | for $`\pi = N(m, s^2)`$ |
|---|---|---|
| cross-entropy | $`\pi^{1/\sigma^2}/Z`$ | $`N(m, \sigma^2 s^2)`$ |
| scaled cross-entropy | $`\pi`$ | $`N(m, s^2)`$ |

With a drift $`b`$ the same holds if and only if the running cost is $`q = -\sigma^2\, \nabla \cdot b`$, as in the
reversed noising process: $`\hat\eta = 1/Z`$ then solves the forward equation.
""",
    source=ABSTRACT,
    formula=_landing,
    controls={
        "on pi under cross-entropy": false(lambda: _landing_on(TerminalCost.CROSS_ENTROPY, cole_hopf.target)),
        "variances exchanged": false(_exchanged_variances),
        "no running cost": false(lambda: replace(_landing(), cost=lambda d: Integer(0))),
        "exponent off by one per cent": false(
            lambda: _landing_on(TerminalCost.SCALED_CROSS_ENTROPY, cole_hopf.target**NEARLY), near=True
        ),
        "variance off by one per cent": false(lambda: _with_variances(lambda v: NEARLY * v), near=True),
        "running cost off by one per cent": false(
            lambda: replace(_landing(), cost=lambda d: NEARLY * factorisation.constant_running_cost(d)), near=True
        ),
        "mass grows by one per cent": false(lambda: replace(_landing(), mass=NEARLY), near=True),
    },
    checks=(
        identity(_ends, name="ends"),
        identity(_variances, name="normal targets"),
        identity(_drifts, name="drift"),
        *map(_mass_check, DIMENSIONS),
        check_landing(lambda claimed: claimed.density),
    ),
    expected=Verdict.PROVED,
    dimension="d = 1, 2, 3",
    uses=("wasserstein-proximal.factorisation", "wasserstein-proximal.terminal-condition"),
    instance=lambda: "pi = N(0, 1), sigma = 3/5, T = 1: cross-entropy lands on N(0, 9/25)",
)

CLAIMS = (reversed_drift, factorised, lands_on_data)
