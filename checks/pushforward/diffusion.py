"""The law that noise is, and the velocity of its flow."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, final

import sympy as sp
from sympy import Expr, Integer, Lambda, Rational

from ...theory.pushforward import diffusion as theory
from ...theory.pushforward.notation import x
from ...theory.verdict import Verdict
from ..builders import identity
from ..claim import Claim, false, true
from .exact_instances import Outcome, exact_instances, printed
from .sources import as_printed, corrected

OPTIMISATION = 'section 4, "From network to optimization architecture"'
TRANSPORT = 'section 4, "From stochastic particle evolution to transport map", equation (6)'
NEARLY = Rational(101, 100)
STILL: Final = "x = 1/sqrt(2)"

PLACES: Final[Mapping[str, Expr]] = {"x = 0": Integer(0), "x = 1": Integer(1), STILL: 1 / sp.sqrt(2)}


def _still(claimed: Expr, place: Expr) -> Outcome:
    """Compare the relative rate of the claimed density exp(-c x^2) at a place with 0."""
    return Outcome(theory.gaussian_rate(claimed, place), Integer(0), "relative rate of the density")


ou_stationary_law_as_printed = Claim(
    id="pushforward.ou-stationary-law-as-printed",
    title="The base law of the Ornstein-Uhlenbeck process is proportional to exp(-x^2)",
    statement=r"""
Printed: for the Ornstein-Uhlenbeck process, $`E_t(x) = \|x\|^2/2`$ in (5), the base law is
$`\mu_0(dx) \propto \exp(-x^2)`$.

**False**: of $`r = \exp(-x^2)`$ the Fokker-Planck operator of (5) leaves $`\partial_t r / r = 2 x^2 - 1`$, which is
$`-1`$ at $`x = 0`$. The law moves, and is not what $`X_t`$ tends to.
""",
    source=as_printed(OPTIMISATION),
    formula=lambda: printed(Integer(1)),
    controls={
        "exp(-x^2/2)": true(lambda: printed(Rational(1, 2)), note="the correction"),
        "at x^2 = 1/2": true(lambda: printed(Integer(1), STILL), note="where 2 x^2 = 1"),
        "exp(-1.01 x^2) at x^2 = 1/2": false(lambda: printed(NEARLY, STILL), near=True),
    },
    checks=(exact_instances(PLACES, _still, method="Fokker-Planck operator at exact places"),),
    expected=Verdict.REFUTED,
    correction="pushforward.ou-stationary-law",
    instance=lambda: "d = 1, x = 0: the density falls at the relative rate 1",
)


@final
@dataclass(frozen=True, slots=True)
class Stationary:
    """What is claimed to be stationary: a density as a function of the energy, and the relative rate of exp(-c x^2)."""

    density: Lambda
    rate: Expr


_energy = sp.Symbol("energy", real=True)


def _stationary() -> Stationary:
    """Return exp(-E) and the rate of exp(-c x^2), which vanishes for c = 1/2."""
    return Stationary(Lambda(_energy, theory.stationary_density(_energy)), theory.gaussian_rate(theory.coefficient, x))


ou_stationary_law = Claim(
    id="pushforward.ou-stationary-law",
    title="The stationary law of (5) is exp(-E): exp(-|x|^2/2) for the Ornstein-Uhlenbeck process",
    statement=r"""
For every smooth $`E`$ on $`\mathbb{R}^d`$, $`d = 1, 2, 3`$, the density $`e^{-E}`$, where it can be normalised, is
stationary under $`dX = -\nabla E(X)\, dt + \sqrt2\, dB`$: $`\nabla \cdot (e^{-E} \nabla E) + \Delta e^{-E} = 0`$. For
$`E = |x|^2/2`$ it is that of $`N(0, I)`$. Of $`\exp(-c |x|^2)`$ each coordinate leaves the relative rate
$`(2c - 1)(2c x^2 - 1)`$, which vanishes at every $`x`$ for $`c = \frac12`$ alone.
""",
    source=corrected(OPTIMISATION),
    formula=_stationary,
    controls={
        "exp(-2E)": false(lambda: replace(_stationary(), density=Lambda(_energy, sp.exp(-2 * _energy)))),
        "exp(-1.01 E)": false(
            lambda: replace(_stationary(), density=Lambda(_energy, sp.exp(-NEARLY * _energy))), near=True
        ),
        "rate off by one per cent": false(
            lambda: replace(_stationary(), rate=NEARLY * theory.gaussian_rate(theory.coefficient, x)), near=True
        ),
    },
    checks=(
        identity(lambda claimed: theory.stationary_residuals(claimed.density), name="generic energy"),
        identity(lambda claimed: theory.gaussian_rate_residuals(claimed.rate), name="Gaussian densities"),
    ),
    expected=Verdict.PROVED,
    dimension="d = 1, 2, 3",
    instance=lambda: "d = 1, E = x^2/2: N(0, 1)",
)


CENTRE: Final = "V = 2, x = 0"
GAUSSIAN_PLACES: Final[Mapping[str, tuple[Rational, Rational]]] = {
    "V = 2, x = 1": (Integer(2), Integer(1)),
    "V = 1, x = 1": (Integer(1), Integer(1)),
    CENTRE: (Integer(2), Integer(0)),
}


def _forward(claimed: Expr, place: tuple[Rational, Rational]) -> Outcome:
    """Compare the forward mean velocity of the Ornstein-Uhlenbeck process in N(0, V) at x, -x, with the claimed one."""
    spread, at = place
    value = claimed.subs({theory.drift: at, theory.score: -at / spread}, simultaneous=True)
    return Outcome(-at, value, "forward mean velocity")


expected_velocity_as_printed = Claim(
    id="pushforward.expected-velocity-as-printed",
    title="v_t(x) is the expected velocity of X_t at x",
    statement=r"""
Printed of $`v_t(x) = -U_t(x) - \nabla \log r_t(x)`$: that it is what $`X_t`$ moves by on average, given $`X_t = x`$.
Read as $`v_t(x) = \lim_{h \to 0} \mathbb{E}[X_{t+h} - X_t \,|\, X_t = x]/h`$, $`h > 0`$.

**False**: that limit is the drift $`-U_t(x)`$. For the Ornstein-Uhlenbeck process in the law $`N(0, V)`$ it is $`-x`$,
and $`v_t(x) = (-1 + 1/V)\, x`$: for $`V = 2`$ the slopes are $`-1`$ and $`-\frac12`$.
""",
    source=as_printed(TRANSPORT),
    formula=lambda: printed(theory.current_velocity()),
    controls={
        "-U": true(lambda: printed(-theory.drift), note="the correction"),
        "at x = 0": true(lambda: printed(theory.current_velocity(), CENTRE), note="both vanish"),
        "at x = 0, faster by 1/100": false(
            lambda: printed(theory.current_velocity() + Rational(1, 100), CENTRE), near=True
        ),
    },
    checks=(exact_instances(GAUSSIAN_PLACES, _forward, method="regressions in Gaussian laws"),),
    expected=Verdict.REFUTED,
    correction="pushforward.expected-velocity",
    instance=lambda: "V = 2, x = 1: -1 and -1/2",
)

expected_velocity = Claim(
    id="pushforward.expected-velocity",
    title="v_t is the current velocity, halfway between the forward and the backward mean",
    statement=r"""
Let $`r_t > 0`$ be the smooth density of (5) in $`d = 1, 2, 3`$ and $`U = \nabla E`$. Then $`v = -U - \nabla\log r`$
solves the continuity equation (6), $`\partial_t r = -\nabla \cdot (v r)`$. For the Ornstein-Uhlenbeck process in
$`N(0, V)`$ the conditional mean velocities of the particle at $`x`$, per $`x`$, are

| forward, $`-U`$ | current, $`v`$ | backward, $`-U - 2 \nabla\log r`$ |
|---|---|---|
| $`-1`$ | $`-1 + 1/V`$ | $`-1 + 2/V`$ |

and $`v`$ is halfway between the other two.
""",
    source=corrected(TRANSPORT),
    formula=theory.mean_velocities,
    controls={
        "forward mean v": false(lambda: replace(theory.mean_velocities(), forward=theory.current_velocity())),
        "current velocity -U": false(lambda: replace(theory.mean_velocities(), current=-theory.drift)),
        "score off by one per cent": false(
            lambda: replace(theory.mean_velocities(), current=-theory.drift - NEARLY * theory.score), near=True
        ),
        "backward mean off by one per cent": false(
            lambda: replace(theory.mean_velocities(), backward=NEARLY * theory.mean_velocities().backward), near=True
        ),
    },
    checks=(
        identity(lambda claimed: theory.continuity_residuals(claimed.current), name="continuity equation"),
        identity(theory.mean_velocities_residuals, name="regressions in Gaussian laws"),
    ),
    expected=Verdict.PROVED,
    dimension="d = 1, 2, 3",
    instance=lambda: "V = 2: slopes -1, -1/2, 0",
)

CLAIMS = (ou_stationary_law_as_printed, ou_stationary_law, expected_velocity_as_printed, expected_velocity)
