"""What the estimators return from Gaussian snapshots of the diffusion, and of the scheme: their bias by orders."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from types import MappingProxyType
from typing import Final, final

import sympy as sp
from sympy import Expr, Rational

from ...numerics.estimate import Estimate
from ...numerics.jko.conditions import Estimator
from ...theory.jko import bias as theory
from ...theory.jko.bias import EXPLICIT, JKO, TRAPEZOID, Estimates
from ...theory.jko.notation import beta, confinement, old_scale, tau
from ...theory.verdict import Json, Verdict
from ..builders import identity, inequality
from ..claim import Claim, Reading, Source, false
from ..comparison import Comparison, compare_equal
from ..evidence import Kind
from ..illustration import illustrated
from ..trial import Effort, Run
from .bias_figures import draw_parameters
from .gaussian_estimates import EPS, VALUES, fit_gaussian, leading_bias

NEW = Source("lemmata", "this catalogue", Reading.NEW)
NEARLY = Rational(101, 100)
STIFF = (sp.Ne(confinement, 0),)
SOLVABLE = (sp.Gt(1 + tau * confinement, 0),)
NAMES: Final[Mapping[Estimator, Expr]] = MappingProxyType({"jko": JKO, "explicit": EXPLICIT, "trapezoid": TRAPEZOID})
"""The weight of the new law, by the name that fits give an estimator."""

STEPS: Final = {
    Effort.QUICK: (0.04, 0.02, 0.01),
    Effort.STANDARD: (0.08, 0.04, 0.02, 0.01),
    Effort.DEEP: (0.16, 0.08, 0.04, 0.02, 0.01, 0.005),
}
"""Spacings of snapshots, decreasing."""


DRAWN: Final = (0.32, 0.16, 0.08, 0.04, 0.02, 0.01)
"""Spacings of the figure."""


# Expansions take longer to differentiate than to decide, and a control's witness is visited with the claim's own.
_series_residuals = cache(theory.estimates_residuals)
_trapezoid_residuals = cache(theory.trapezoid_estimates_residuals)
_scheme_residuals = cache(theory.estimates_of_scheme_residuals)


@final
@dataclass(frozen=True, slots=True)
class Bias:
    """What is claimed: estimates from the diffusion as series in tau, and that of l in closed form by estimator."""

    series: Estimates
    closed: Mapping[Expr, Expr]


def _closed(factor: Expr) -> Mapping[Expr, Expr]:
    """Return the estimates of l in closed form for the three weights, times a factor."""
    return MappingProxyType({share: factor * theory.exact_stiffness(share) for share in NAMES.values()})


def _bias() -> Bias:
    """Return the estimates from snapshots of the diffusion."""
    return Bias(theory.estimates(), _closed(sp.S.One))


def _closed_residuals(claimed: Bias) -> dict[str, Expr]:
    """Return what the closed forms leave over of the equation of means."""
    return {
        f"{name}, {label}": residual
        for name, share in NAMES.items()
        for label, residual in theory.exact_stiffness_residuals(claimed.closed[share], share).items()
    }


def _number(expression: Expr, step: float) -> float:
    """Evaluate a claimed expression for the fitted laws."""
    return float(expression.subs({**VALUES, tau: step}))


def _compare_closed(claimed: Bias, case: tuple[Estimator, float], run: Run) -> Comparison:
    """Compare a fitted l with the claimed closed form."""
    name, step = case
    found = fit_gaussian(name, step, False).stiffness
    return compare_equal(found.value, _number(claimed.closed[NAMES[name]], step), found.error)


def _coefficient(formula: Expr, name: Estimator, order: int) -> float:
    """Evaluate the coefficient of a power of tau in a claimed estimate."""
    coefficient = formula.subs(theory.weight, NAMES[name]).diff(tau, order).subs(tau, 0) / sp.factorial(order)
    return _number(coefficient, 0.0)


def _compare_leading(claimed: Estimates, name: Estimator, order: int, scheme: bool, run: Run) -> Comparison:
    """Compare the extrapolated bias of both estimates with the claimed coefficients; the one that deviates most."""
    found = leading_bias(name, STEPS[run.effort], order, scheme)
    compared = []
    for limit, formula in (
        (found.stiffness, claimed.stiffness),
        (found.diffusivity, claimed.diffusivity),
    ):
        stated = _coefficient(formula, name, order)
        compared.append(compare_equal(limit.value, stated, limit.error + 64 * EPS * abs(stated)))
    return max(compared, key=lambda one: one.deviation - one.error)


def _series_bias(claimed: Bias, name: Estimator, run: Run) -> Comparison:
    return _compare_leading(claimed.series, name, 1, False, run)


def _draw_biases(claimed: Bias, run: Run) -> Mapping[str, Json]:
    """Draw the biases of fits without noise, and the leading terms of the series."""
    fits: dict[str, dict[Estimator, list[Estimate]]] = {r"$\hat l$": {}, r"$\hat\beta$": {}}
    for name in NAMES:
        found = [fit_gaussian(name, step, False) for step in DRAWN]
        fits[r"$\hat l$"][name] = [one.stiffness - Estimate(VALUES[confinement], 0.0) for one in found]
        fits[r"$\hat\beta$"][name] = [one.diffusivity - Estimate(VALUES[beta], 0.0) for one in found]
    quadratic = theory.trapezoid_estimates()
    leading = {
        r"$\hat l$": {
            1: _coefficient(claimed.series.stiffness, "jko", 1),
            2: _coefficient(quadratic.stiffness, "trapezoid", 2),
        },
        r"$\hat\beta$": {
            1: _coefficient(claimed.series.diffusivity, "jko", 1),
            2: _coefficient(quadratic.diffusivity, "trapezoid", 2),
        },
    }
    return {"estimators": draw_parameters(DRAWN, fits, leading)}


sde_bias = Claim(
    id="jko.sde-bias",
    title="Snapshots of the diffusion bias the JKO estimator by O(tau), and the explicit one as much the other way",
    statement=r"""
Let $`V = l y^2/2`$, $`l \ne 0`$, diffusion $`\beta > 0`$, and let two Gaussian snapshots of
$`dX = -V'(X)\, dt + \sqrt{2 \beta}\, dB`$ be $`\tau`$ apart, the first $`N(m_0, s_0^2)`$ with $`m_0 \ne 0`$. The
condition with the share $`w`$ at the new law and $`1 - w`$ at the old one,

```math
w\, G(y; \mu_{new}) + (1 - w)\, G(x; \mu_{old}) + \frac{y - x}{\tau} = 0 , \qquad
G(y; \mu) = \hat l y + \hat\beta (\log\rho_\mu)'(y) ,
```

has exactly one solution for small $`\tau`$, with

```math
\hat l = l + (2w - 1) \frac{l^2 \tau}{2} + (6 w^2 - 6 w + 1) \frac{l^3 \tau^2}{6} + O(\tau^3) , \qquad
\hat\beta = \beta + (2w - 1) \frac{\beta^2 \tau}{2 s_0^2} + O(\tau^2) .
```

So the JKO estimator ($`w = 1`$) returns $`l + l^2\tau/2 + l^3\tau^2/6 + \dots = (e^{l\tau} - 1)/\tau`$, the explicit
one ($`w = 0`$) $`(1 - e^{-l\tau})/\tau`$, the trapezoid ($`w = \frac{1}{2}`$)
$`\frac{2}{\tau} \tanh \frac{l \tau}{2}`$. The first-order bias vanishes for $`w = \frac{1}{2}`$ alone.
""",
    source=NEW,
    formula=_bias,
    controls={
        "no bias": false(lambda: replace(_bias(), series=Estimates(confinement, beta))),
        "bias of the JKO estimator O(tau^2)": false(
            lambda: replace(
                _bias(),
                series=Estimates(
                    confinement + (2 * theory.weight - 1) * confinement**2 * tau**2 / 2,
                    beta + (2 * theory.weight - 1) * beta**2 * tau**2 / (2 * old_scale**2),
                ),
            )
        ),
        "explicit passed off as implicit": false(
            lambda: replace(
                _bias(),
                series=Estimates(
                    *(
                        part.subs(theory.weight, 1 - theory.weight)
                        for part in (theory.estimates().stiffness, theory.estimates().diffusivity)
                    )
                ),
                closed={**_closed(sp.S.One), JKO: theory.exact_stiffness(EXPLICIT)},
            )
        ),
        "first-order bias off by one per cent": false(
            lambda: replace(
                _bias(),
                series=replace(
                    theory.estimates(),
                    stiffness=theory.estimates().stiffness
                    + (NEARLY - 1) * (2 * theory.weight - 1) * confinement**2 * tau / 2,
                ),
            ),
            near=True,
        ),
        "bias of beta off by one per cent": false(
            lambda: replace(
                _bias(),
                series=replace(
                    theory.estimates(),
                    diffusivity=theory.estimates().diffusivity
                    + (NEARLY - 1) * (2 * theory.weight - 1) * beta**2 * tau / (2 * old_scale**2),
                ),
            ),
            near=True,
        ),
        "closed forms off by one per cent": false(lambda: replace(_bias(), closed=_closed(NEARLY)), near=True),
    },
    checks=(
        identity(
            lambda claimed: _series_residuals(claimed.series),
            hypotheses=STIFF,
            name="means and scales, order by order",
        ),
        identity(_closed_residuals, hypotheses=STIFF, name="closed forms"),
        inequality(
            _compare_closed,
            lambda run: {f"{name}, tau = {step:g}": (name, step) for name in NAMES for step in STEPS[run.effort][:2]},
            method="least squares on clouds with the laws' moments and scores",
            name="fits",
            kind=Kind.NUMERIC,
        ),
        illustrated(
            inequality(
                _series_bias,
                lambda run: {name: name for name in ("jko", "explicit")},
                method="bias over tau of fits without noise, extrapolated to tau = 0",
                name="bias of fits",
                kind=Kind.NUMERIC,
            ),
            _draw_biases,
        ),
    ),
    expected=Verdict.PROVED,
    dimension="d = 1",
    uses=("jko.quantile-condition",),
    instance=lambda: "l = 1, tau = 1/10: the JKO estimator of l returns 1.0517, the explicit one 0.9516",
)


def _trapezoid(*, stiffness: Expr = sp.S.One, diffusivity: Expr = sp.S.One) -> Estimates:
    """Return the estimates of the trapezoid with factors before their biases."""
    found = theory.trapezoid_estimates()
    return Estimates(
        confinement + stiffness * (found.stiffness - confinement), beta + diffusivity * (found.diffusivity - beta)
    )


trapezoid_estimator = Claim(
    id="jko.trapezoid-estimator",
    title="Averaging the condition over the old and the new law removes the first-order bias",
    statement=r"""
In the setting of the bias on Gaussian snapshots of the diffusion, with $`w = \frac{1}{2}`$,

```math
\hat l = l - \frac{l^3 \tau^2}{12} + O(\tau^3) , \qquad
\hat\beta = \beta - \beta\, \frac{3 \beta^2 - 3 \beta l s_0^2 + l^2 s_0^4}{12\, s_0^4}\, \tau^2 + O(\tau^3) :
```

the bias is of second order in $`\tau`$. That of $`\beta`$ is always downward: $`3 \beta^2 - 3 \beta a + a^2 > 0`$.
""",
    source=NEW,
    formula=_trapezoid,
    controls={
        "first-order bias of the JKO estimator": false(
            lambda: Estimates(
                *(
                    part.subs(theory.weight, JKO)
                    for part in (theory.estimates().stiffness, theory.estimates().diffusivity)
                )
            )
        ),
        "no bias of second order": false(lambda: _trapezoid(stiffness=sp.S.Zero, diffusivity=sp.S.Zero)),
        "upward": false(lambda: _trapezoid(stiffness=-sp.S.One)),
        "bias of l off by one per cent": false(lambda: _trapezoid(stiffness=NEARLY), near=True),
        "bias of beta off by one per cent": false(lambda: _trapezoid(diffusivity=NEARLY), near=True),
    },
    checks=(
        identity(_trapezoid_residuals, hypotheses=STIFF, name="means and scales, order by order"),
        inequality(
            lambda claimed, name, run: _compare_leading(claimed, name, 2, False, run),
            lambda run: {"trapezoid": "trapezoid"},
            method="bias over tau^2 of fits without noise, extrapolated to tau = 0",
            name="bias of fits",
            kind=Kind.NUMERIC,
        ),
    ),
    expected=Verdict.PROVED,
    dimension="d = 1",
    uses=("jko.sde-bias",),
    instance=lambda: "l = beta = s_0 = 1, tau = 1/10: l falls by 0.00083, beta by 0.00083",
)


def _scheme(factor: Expr = sp.S.One) -> Estimates:
    """Return the estimates from snapshots of the scheme, with a factor before their biases."""
    found = theory.estimates_of_scheme()
    return Estimates(confinement + factor * (found.stiffness - confinement), beta + factor * (found.diffusivity - beta))


scheme_bias = Claim(
    id="jko.scheme-bias",
    title="On snapshots of the scheme the JKO estimator is exact and the others are biased",
    statement=r"""
Let the two Gaussian snapshots be one JKO step apart instead, $`1 + \tau l > 0`$. Then the condition with the share
$`w`$ at the new law has the solution

```math
\hat l = l + (w - 1)\, l^2 \tau + O(\tau^2) , \qquad
\hat\beta = \beta + (w - 1) \frac{\beta^2 \tau}{s_0^2} + O(\tau^2) ,
```

and for $`w = 1`$ exactly $`l`$ and $`\beta`$, for every $`\tau`$: which estimator is free of bias depends on where the
snapshots come from.
""",
    source=NEW,
    formula=_scheme,
    controls={
        "bias as on the diffusion": false(theory.estimates),
        "no bias": false(lambda: _scheme(sp.S.Zero)),
        "bias off by one per cent": false(lambda: _scheme(NEARLY), near=True),
    },
    checks=(
        identity(_scheme_residuals, hypotheses=SOLVABLE, name="means and scales, order by order"),
        inequality(
            lambda claimed, name, run: _compare_leading(claimed, name, 1, True, run),
            lambda run: {name: name for name in ("explicit", "trapezoid")},
            method="bias over tau of fits without noise, extrapolated to tau = 0",
            name="bias of fits",
            kind=Kind.NUMERIC,
        ),
    ),
    expected=Verdict.PROVED,
    dimension="d = 1",
    uses=("jko.gaussian-step", "jko.quantile-condition"),
    instance=lambda: "l = 1, tau = 1/10: the JKO estimator of l returns 1, the trapezoid 0.9545",
)

CLAIMS = (sde_bias, trapezoid_estimator, scheme_bias)
