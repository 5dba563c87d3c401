"""JKO steps between Gaussian laws, and how far a step is from the flow."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import final

import sympy as sp
from sympy import Expr, Integer, Rational

from ...theory.jko import gaussian, gaussian_minimum
from ...theory.jko.gaussian import GaussianLaw
from ...theory.jko.notation import (
    attraction,
    beta,
    centre,
    confinement,
    mean,
    old_mean,
    old_scale,
    scale,
    tau,
)
from ...theory.statement import below
from ...theory.verdict import Strength, Verdict
from ..builders import derivation, identity, inequality
from ..claim import Claim, Reading, Source, false
from ..comparison import Comparison, compare_at_most, compare_equal
from ..evidence import Kind
from ..trial import Run
from .matrix_steps import drawn_matrix_steps
from .solved_steps import ROUNDING, QuadraticCase, solve_normal_step

NEW = Source("lemmata", "this catalogue", Reading.NEW)
NEARLY = Rational(101, 100)
BOUND = (sp.Gt(gaussian.total_stiffness(), 0),)


@final
@dataclass(frozen=True, slots=True)
class GaussianStep:
    """What is claimed: the law after a step, the fixed scale, and by how much at least another law exceeds it."""

    law: GaussianLaw
    fixed: Expr
    excess: Expr


def _step() -> GaussianStep:
    """Return the step under quadratic energies."""
    return GaussianStep(gaussian.gaussian_step(), gaussian.fixed_scale(), gaussian_minimum.quadratic_excess())


def _with_scale(scale: Expr) -> GaussianStep:
    """Return the step with another scale."""
    return replace(_step(), law=replace(gaussian.gaussian_step(), scale=scale))


@cache
def _step_residuals(claimed: GaussianStep) -> dict[str, Expr]:
    """Return what the claimed law leaves over of the condition at every point, and of implicit Euler steps."""
    return {**gaussian.gaussian_step_residuals(claimed.law), **gaussian.implicit_euler_residuals(claimed.law)}


def _attack_minimum(claimed: GaussianStep) -> Iterator[Comparison]:
    """Compare the claimed excess with the exact one at a law of the step's own scale, where nothing is logarithmic.

    l = k = c = m_0 = 0, s_0 = tau = 1, beta = 3/4: the step is N(0, 9/4), and N(1, 9/4) exceeds it by 1/2.
    """
    place = {
        **dict.fromkeys((confinement, attraction, centre, old_mean), Integer(0)),
        **dict.fromkeys((old_scale, tau, gaussian_minimum.other_mean), Integer(1)),
        beta: Rational(3, 4),
        mean: Integer(0),
        **dict.fromkeys((scale, gaussian_minimum.other_scale), Rational(3, 2)),
    }
    stated = claimed.excess.subs(place)
    yield compare_at_most(float(stated), 0.5, 0.0, strength=Strength.EXACT, point={"law": "N(1, 9/4)"})


CASES = {
    "confined and attracted": QuadraticCase(1.2, 0.5, 1.0, 0.4, 0.3),
    "confined, repelled": QuadraticCase(1.0, -0.6, -0.5, 0.7, 0.2),
    "saddle": QuadraticCase(-0.8, 0.3, 0.2, 0.5, 0.25),
    "free": QuadraticCase(0.0, 0.0, 0.0, 0.6, 0.5),
}


def _solved(claimed: GaussianStep, case: QuadraticCase, run: Run) -> Comparison:
    """Compare the solver's mean and standard deviation with the claimed ones: the one that deviates most."""
    found = solve_normal_step(case)
    stated = (float(part.subs(case.values)) for part in (claimed.law.mean, claimed.law.scale))
    compared = [compare_equal(one.value, value, one.error + ROUNDING) for one, value in zip(found, stated, strict=True)]
    return max(compared, key=lambda one: one.deviation - one.error)


def _some(run: Run) -> dict[str, QuadraticCase]:
    return dict(list(CASES.items())[: run.by_effort(2, 4, 4)])


gaussian_step = Claim(
    id="jko.gaussian-step",
    title="A JKO step takes Gaussian laws to Gaussian laws, by implicit Euler, and leaves the stationary law alone",
    statement=r"""
Let $`V = l (x - c)^2/2`$, $`U = k x^2/2`$ with $`c_U = \frac{1}{2}`$, and diffusion $`\beta > 0`$, in $`d = 1`$,
with $`1 + \tau l > 0`$ and $`1 + \tau (l + k) > 0`$. From $`N(m_0, s_0^2)`$ the law $`N(m, s^2)`$ with

```math
m = \frac{m_0 + \tau l c}{1 + \tau l} , \qquad (1 + \tau (l + k))\, s^2 - s_0 s - \beta \tau = 0 , \quad
s = \frac{s_0 + \sqrt{s_0^2 + 4 \beta \tau (1 + \tau (l + k))}}{2 (1 + \tau (l + k))}
```

satisfies the first-order condition at every point, and is the only minimum among Gaussian laws: $`N(m_1, s_1^2)`$
exceeds it by at least

```math
\frac{1 + \tau l}{2 \tau} (m_1 - m)^2 + \frac{1 + \tau (l + k)}{2 \tau} (s_1 - s)^2 .
```

It is one implicit Euler step of $`m' = -l (m - c)`$ and $`s' = -(l + k) s + \beta/s`$. The interaction does not move
the mean. For $`l + k > 0`$ the scale $`s^2 = \beta/(l + k)`$ of the stationary law is fixed *exactly*, for every
$`\tau`$.
""",
    source=NEW,
    formula=_step,
    controls={
        "interaction off by 2": false(
            lambda: _with_scale(gaussian.gaussian_step().scale.subs(attraction, 2 * attraction))
        ),
        "interaction moves the mean": false(
            lambda: replace(
                _step(),
                law=replace(
                    gaussian.gaussian_step(),
                    mean=gaussian.gaussian_step().mean.subs(confinement, gaussian.total_stiffness()),
                ),
            )
        ),
        "explicit mean": false(
            lambda: replace(
                _step(),
                law=replace(gaussian.gaussian_step(), mean=old_mean - tau * confinement * (old_mean - centre)),
            )
        ),
        "scale off by one per cent": false(lambda: _with_scale(NEARLY * gaussian.gaussian_step().scale), near=True),
        "fixed scale off by one per cent": false(
            lambda: replace(_step(), fixed=NEARLY * gaussian.fixed_scale()), near=True
        ),
        "excess larger by one per cent": false(
            lambda: replace(_step(), excess=NEARLY * gaussian_minimum.quadratic_excess()), near=True
        ),
    },
    checks=(
        identity(_step_residuals, hypotheses=gaussian.solvable(), name="condition at every point"),
        identity(
            lambda claimed: gaussian.fixed_scale_residuals(claimed.fixed), hypotheses=BOUND, name="stationary law"
        ),
        derivation(
            lambda _: gaussian_minimum.derive_minimum(),
            lambda claimed: gaussian_minimum.minimum_statement(claimed.excess),
            attack=_attack_minimum,
            name="minimum",
        ),
        inequality(
            _solved,
            _some,
            method="quantile splines, Newton's method",
            name="quantile solver",
            kind=Kind.NUMERIC,
        ),
    ),
    expected=Verdict.PROVED,
    dimension="d = 1",
    uses=("jko.first-order-condition",),
    instance=lambda: "l = k = 0, m_0 = 0, s_0 = tau = 1, beta = 3/4: the step is N(0, 9/4)",
)


def _solved_heat(claimed: Expr, case: QuadraticCase, run: Run) -> Comparison:
    """Compare the solver's standard deviation without V and U with the claimed one."""
    _, spread = solve_normal_step(case)
    return compare_equal(spread.value, float(claimed.subs(case.values)), spread.error + ROUNDING)


heat_step = Claim(
    id="jko.heat-step",
    title="A JKO step of the heat flow in closed form",
    statement=r"""
Let $`V = U = 0`$ and $`\beta > 0`$. From $`N(m_0, s_0^2)`$ the JKO step for every $`\tau > 0`$ has the mean $`m_0`$ and

```math
s = \frac{s_0 + \sqrt{s_0^2 + 4 \beta \tau}}{2} ,
```

where the heat flow has $`\sqrt{s_0^2 + 2 \beta \tau}`$: for small $`\beta\tau`$ both are $`s_0 + \beta\tau/s_0`$, and
the step lies below.
""",
    source=NEW,
    formula=gaussian.heat_step,
    controls={
        "heat flow passed off as its step": false(lambda: sp.sqrt(old_scale**2 + 2 * beta * tau)),
        "beta off by one per cent": false(lambda: gaussian.heat_step().subs(beta, NEARLY * beta), near=True),
        "tau omitted": false(lambda: gaussian.heat_step().subs(tau, 1)),
    },
    checks=(
        identity(gaussian.heat_step_residuals, name="condition at every point"),
        inequality(
            _solved_heat,
            lambda run: {
                f"tau = {step:g}": QuadraticCase(0.0, 0.0, 0.0, 0.6, step)
                for step in run.by_effort((0.5,), (0.1, 0.5), (0.01, 0.1, 0.5, 2.0))
            },
            method="quantile splines, Newton's method",
            name="quantile solver",
            kind=Kind.NUMERIC,
        ),
    ),
    expected=Verdict.PROVED,
    dimension="d = 1",
    uses=("jko.gaussian-step",),
    instance=lambda: "s_0 = 1, beta = 3/4, tau = 1: s = 3/2, where the heat flow has 1.5811",
)


@final
@dataclass(frozen=True, slots=True)
class MatrixStep:
    """What is claimed: the eigenvalues of R by those of M^(-1/2) S_0 M^(-1/2), and the factor of S by L and R."""

    growth: Expr
    stretch: Expr
    floor: Expr


def _matrix_step() -> MatrixStep:
    """Return the step of matrices."""
    return MatrixStep(gaussian.eigenvalue_step(), Integer(1), tau * beta)


@cache
def _matrix_residuals(claimed: MatrixStep) -> dict[str, Expr]:
    """Return what the claim leaves over of the equation of eigenvalues, and of T S T = S_0 in the plane."""
    root, spectrum = gaussian.plane_matrices()
    covariance = claimed.stretch * gaussian.plane_covariance(root, spectrum)
    return {
        **gaussian.eigenvalue_step_residuals(claimed.growth),
        **gaussian.plane_residuals(covariance, root, spectrum),
    }


def _attack_floor(claimed: MatrixStep) -> Iterator[Comparison]:
    """Compare the floor with g at kappa = 10^-6 and 4 beta tau = 1 - kappa, where g = (1.001/2)^2 is rational."""
    kappa, product = Rational(1, 1000) ** 2, (1 - Rational(1, 1000) ** 2) / 4
    place = {gaussian.eigenvalue: kappa, tau: Integer(1), beta: product}
    floor, value = claimed.floor.subs(place), gaussian.eigenvalue_step().subs(place)
    yield compare_at_most(float(floor), float(value), 0.0, strength=Strength.EXACT, point={"kappa": str(kappa)})


matrix_step = Claim(
    id="jko.gaussian-matrix-step",
    title="The covariance after a JKO step in closed form, for matrices that do not commute",
    statement=r"""
Let $`V = \langle x, A x \rangle/2`$ and $`U = \langle z, B z \rangle/2`$ with symmetric $`A`$, $`B`$,
$`c_U = \frac{1}{2}`$, $`\beta > 0`$ and $`M = I + \tau (A + B)`$ positive. The step from a Gaussian law with the
covariance $`S_0`$ has the covariance

```math
S = M^{-1/2}\, g\left( M^{-1/2} S_0 M^{-1/2} \right)\, M^{-1/2} , \qquad
g(\kappa) = \left( \frac{\sqrt{\kappa} + \sqrt{\kappa + 4 \beta\tau}}{2} \right)^2 ,
```

whether or not $`A`$, $`B`$ and $`S_0`$ commute: the map $`T = M - \tau\beta S^{-1}`$ back satisfies
$`T S T = S_0`$, the first-order condition, and $`g(\kappa) > \beta\tau`$ makes it positive, and so optimal.
""",
    source=NEW,
    formula=_matrix_step,
    controls={
        "the smaller root": false(
            lambda: replace(
                _matrix_step(),
                growth=((sp.sqrt(gaussian.eigenvalue + 4 * beta * tau) - sp.sqrt(gaussian.eigenvalue)) / 2) ** 2,
            )
        ),
        "eigenvalues off by one per cent": false(
            lambda: replace(_matrix_step(), growth=NEARLY * gaussian.eigenvalue_step()), near=True
        ),
        "covariance off by one per cent": false(lambda: replace(_matrix_step(), stretch=NEARLY), near=True),
        "floor higher by one per cent": false(lambda: replace(_matrix_step(), floor=NEARLY * tau * beta), near=True),
    },
    checks=(
        identity(
            _matrix_residuals,
            name="map back",
            extends="the plane: products of L, R and their inverses are the same words in every dimension",
        ),
        derivation(
            lambda _: gaussian.derive_optimal_root(),
            lambda claimed: below(claimed.floor, gaussian.eigenvalue_step()),
            attack=_attack_floor,
            name="positive map",
        ),
        drawn_matrix_steps,
    ),
    expected=Verdict.PROVED,
    uses=("jko.gaussian-step",),
    instance=lambda: "S_0 = I, A = B = 0, beta tau = 3/4 in the plane: g(1) = 9/4, S = 9/4 I",
)

CLAIMS = (gaussian_step, heat_step, matrix_step)
