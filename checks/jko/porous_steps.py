"""JKO steps of the porous medium equation between Barenblatt profiles."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import final

import sympy as sp
from sympy import Expr, Rational

from ...theory.jko import barenblatt as theory
from ...theory.jko.notation import dimension, exponent, old_scale, scale, t, tau
from ...theory.verdict import Strength, Verdict
from ..builders import derivation, identity, inequality
from ..claim import Claim, Reading, Source, false
from ..comparison import Comparison, compare_at_most, compare_equal
from ..evidence import Kind
from ..trial import Run
from .solved_steps import ROUNDING, ProfileCase, solve_profile_step

NEW = Source("lemmata", "this catalogue", Reading.NEW)
NEARLY = Rational(101, 100)


@final
@dataclass(frozen=True, slots=True)
class BarenblattStep:
    """What is claimed: the step equation, the rate of the scale, the scale at time t, a floor of the slope in s."""

    step: Expr
    rate: Expr
    scale: Expr
    floor: Expr


def _barenblatt() -> BarenblattStep:
    """Return the step and the flow between profiles."""
    return BarenblattStep(theory.step_equation(), theory.scale_rate(), theory.exact_scale(), sp.S.Zero)


def _explicit_step() -> Expr:
    """Return the equation of an explicit step: the rate at the old scale."""
    return old_scale ** theory.power() * (scale - old_scale) - tau * theory.growth()


@cache
def _profile_residuals(claimed: BarenblattStep) -> dict[str, Expr]:
    """Return what the claim leaves over of the condition at a step, and of the velocity of the flow."""
    return {**theory.step_equation_residuals(claimed.step), **theory.scale_rate_residuals(claimed.rate)}


def _attack_slope(claimed: BarenblattStep) -> Iterator[Comparison]:
    """Compare the floor with the slope of the equation on the line, p = 2, s_0 = 1: 1 + 4 h + 3 h^2 at s = 1 + h."""
    slope = theory.increasing_statement(sp.S.Zero).right
    (increment,) = slope.free_symbols - {exponent, dimension, old_scale}
    for h in (Rational(1, 1000), Rational(1)):
        place = {increment: h, exponent: 2, dimension: 1, old_scale: 1}
        left, right = claimed.floor.subs(place), slope.subs(place)
        yield compare_at_most(float(left), float(right), 0.0, strength=Strength.EXACT, point={"s - s_0": str(h)})


def _solved(claimed: BarenblattStep, case: ProfileCase, run: Run) -> Comparison:
    """Compare the solver's scale with the root of the claimed equation, which is one Newton step away from it."""
    found = solve_profile_step(case)
    place = {**case.values, scale: found.value}
    value, slope = (float(part.subs(place)) for part in (claimed.step, claimed.step.diff(scale)))
    return compare_equal(found.value, found.value - value / slope, found.error + ROUNDING * found.value)


barenblatt_step = Claim(
    id="jko.barenblatt-step",
    title="A JKO step of the porous medium takes Barenblatt profiles to Barenblatt profiles, by implicit Euler",
    statement=r"""
Let $`V = U = 0`$, $`F(r) = r^p/(p - 1)`$, $`p > 1`$, and $`\rho`$ the profile of scale $`s > 0`$ on $`\mathbb{R}^d`$,

```math
\rho(y) = s^{-d} \left( C - \kappa \frac{|y|^2}{s^2} \right)_+^{1/(p-1)} .
```

For every $`d`$, every $`C, \kappa > 0`$ and $`\tau > 0`$ the first-order condition holds at every point of the support,
with the map $`y \mapsto s_0 y/s`$ back to the profile of scale $`s_0`$, if and only if

```math
s^q (s - s_0) = \tau c , \qquad q = d (p - 1) + 1, \quad c = \frac{2 \kappa p}{p - 1} .
```

The left side vanishes at $`s_0`$ and increases above it: there is one root $`s > s_0`$. It is one implicit Euler step
of $`s' = c s^{-q}`$, the rate of the porous medium equation $`\partial_t \rho = \Delta \rho^p`$, whose profiles have

```math
s(t)^{q+1} = s_0^{q+1} + (q + 1)\, c\, t .
```
""",
    source=NEW,
    formula=_barenblatt,
    controls={
        "explicit passed off as implicit": false(lambda: replace(_barenblatt(), step=_explicit_step())),
        "tau omitted": false(lambda: replace(_barenblatt(), step=theory.step_equation().subs(tau, 1))),
        "tau off by one per cent": false(
            lambda: replace(_barenblatt(), step=theory.step_equation().subs(tau, NEARLY * tau)), near=True
        ),
        "exponent of the line in every dimension": false(
            lambda: replace(_barenblatt(), step=theory.step_equation().subs(dimension, 1)), near=True
        ),
        "time off by one per cent": false(
            lambda: replace(_barenblatt(), scale=theory.exact_scale().subs(t, NEARLY * t)), near=True
        ),
        "slope at least 1.01 s_0^q": false(
            lambda: replace(_barenblatt(), floor=NEARLY * old_scale ** theory.power()), near=True
        ),
    },
    checks=(
        identity(
            _profile_residuals,
            hypotheses=theory.inside(),
            name="condition at every point",
            extends="one coordinate of d: the others enter through the sum of their squares",
        ),
        identity(
            lambda claimed: theory.exact_scale_residuals(claimed.scale),
            hypotheses=theory.inside()[1:],
            name="flow",
        ),
        derivation(
            lambda _: theory.derive_increasing(),
            lambda claimed: theory.increasing_statement(claimed.floor),
            attack=_attack_slope,
            name="one root",
        ),
        inequality(
            _solved,
            lambda run: {f"p = {p:g}": ProfileCase(p) for p in run.by_effort((2.0,), (2.0, 3.0), (1.5, 2.0, 2.5, 3.0))},
            method="quantile splines, Newton's method",
            name="quantile solver",
            kind=Kind.NUMERIC,
        ),
    ),
    expected=Verdict.PROVED,
    uses=("jko.first-order-condition",),
    instance=lambda: "d = 1, p = 2, kappa = 1/4: c = 1, q = 2, and s_0 = 1, tau = 4 give s = 2",
)

CLAIMS = (barenblatt_step,)
