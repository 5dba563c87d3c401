"""How far a JKO step is from the flow, and the flow from the optimal map: local and global errors, order by order."""

from dataclasses import dataclass, fields, replace
from functools import cache
from typing import final

import sympy as sp
from sympy import Expr, Rational

from ...theory.jko import barenblatt, coupling, discretisation, gaussian
from ...theory.jko.notation import beta, confinement, old_scale, scale, t
from ...theory.verdict import Verdict
from ..builders import identity
from ..claim import Claim, Reading, Source, false

NEW = Source("lemmata", "this catalogue", Reading.NEW)
NEARLY = Rational(101, 100)
STIFF = (sp.Ne(confinement, 0), sp.Ne(gaussian.total_stiffness(), 0))
FORWARD = (sp.Gt(sp.Function("f", real=True)(scale) / sp.Symbol("f_0", nonzero=True, real=True), 0),)
"""Along the flow the rate f keeps the sign that it had at first, f_0."""


@final
@dataclass(frozen=True, slots=True)
class StepErrors:
    """What is claimed: coefficients of tau^2 in one step's error, and of tau after many steps, for the rate f."""

    any_rate: Expr
    spread: Expr
    mean: Expr
    profile: Expr
    accumulated: Expr

    def scaled(self, factor: Expr) -> "StepErrors":
        """Return the claim with every coefficient times a factor."""
        return StepErrors(*(factor * getattr(self, part.name) for part in fields(self)))


def _errors() -> StepErrors:
    """Return the errors of a step against the flow."""
    return StepErrors(
        discretisation.local_error(),
        discretisation.gaussian_local_error(),
        discretisation.mean_local_error(),
        discretisation.barenblatt_local_error(),
        discretisation.global_error(),
    )


@cache
def _gaussian_residuals(claimed: StepErrors) -> dict[str, Expr]:
    """Return what the coefficients leave over of the closed forms of step and flow."""
    parts = {
        "scale": discretisation.gaussian_local_error_residuals(claimed.spread),
        "mean": discretisation.mean_local_error_residuals(claimed.mean),
    }
    return {f"{name}, {label}": residual for name, found in parts.items() for label, residual in found.items()}


@cache
def _profile_residuals(claimed: Expr) -> dict[str, Expr]:
    """Return what a coefficient leaves over of the step between profiles, once for every control that has it."""
    return discretisation.barenblatt_local_error_residuals(claimed)


local_error = Claim(
    id="jko.local-error",
    title="A JKO step between Gaussian laws or Barenblatt profiles errs by O(tau^2), many of them by O(tau)",
    statement=r"""
Between Gaussian laws, and between Barenblatt profiles, a JKO step is one of implicit Euler for a rate $`s' = f(s)`$.
For every smooth $`f`$ the step from $`s_0`$ and the flow from $`s_0`$ for the time $`\tau`$ are apart by

```math
\frac{f f'}{2}\, \tau^2 + O(\tau^3) , \qquad\text{after } t/\tau \text{ steps by }\quad
\frac{f}{2} \log\frac{f}{f(s_0)}\, \tau + O(\tau^2) , \quad f \text{ at } s(t) .
```

| coordinate | rate | coefficient of $`\tau^2`$ |
|---|---|---|
| scale of a Gaussian law | $`-(l + k) s + \beta/s`$ | $`((l + k)^2 s_0^4 - \beta^2)/(2 s_0^3)`$ |
| its mean | $`-l (m - c)`$ | $`l^2 (m_0 - c)/2`$ |
| scale of a Barenblatt profile | $`c s^{-q}`$ | $`-q c^2 s_0^{-2q-1}/2`$ |

At the stationary law the first is 0. The accumulated coefficient is that for a rate which keeps its sign; it solves
$`e' = f'(s) e + f f'/2`$, the linearised flow with the local error as its source.
""",
    source=NEW,
    formula=_errors,
    controls={
        "sign flipped": false(lambda: _errors().scaled(sp.S.NegativeOne)),
        "off by one per cent": false(lambda: _errors().scaled(NEARLY), near=True),
        "beta^2 dropped": false(
            lambda: replace(_errors(), spread=discretisation.gaussian_local_error().subs(beta, 0)), near=True
        ),
        "s_0^2 for s_0^3": false(
            lambda: replace(_errors(), spread=old_scale * discretisation.gaussian_local_error()), near=True
        ),
    },
    checks=(
        identity(lambda claimed: discretisation.local_error_residuals(claimed.any_rate), name="expansions"),
        identity(_gaussian_residuals, hypotheses=STIFF, name="Gaussian laws"),
        identity(
            lambda claimed: _profile_residuals(claimed.profile),
            hypotheses=barenblatt.inside()[1:],
            name="Barenblatt profiles",
        ),
        identity(
            lambda claimed: discretisation.global_error_residuals(claimed.accumulated),
            hypotheses=FORWARD,
            name="linearised flow",
        ),
    ),
    expected=Verdict.PROVED,
    dimension="one coordinate",
    uses=("jko.gaussian-step", "jko.barenblatt-step"),
    instance=lambda: "l = k = 0, beta = 2, s_0 = 1: a step of the heat flow errs by -2 tau^2 + O(tau^3)",
)


@final
@dataclass(frozen=True, slots=True)
class FlowAndMap:
    """What is claimed: the potential of the acceleration, and the antisymmetric part of the Jacobian of the jerk."""

    acceleration: Expr
    asymmetry: Expr


def _flow_and_map() -> FlowAndMap:
    """Return how the flow of a gradient parts from the optimal map."""
    return FlowAndMap(coupling.acceleration_potential(), coupling.leading_asymmetry())


def _still() -> Expr:
    """Return the part of the acceleration's potential that has no square: d_t phi."""
    return sp.Function("phi", real=True)(t, *coupling.places).diff(t)


def _with_square(factor: Expr) -> FlowAndMap:
    """Return the claim with a factor before |grad phi|^2/2."""
    whole = coupling.acceleration_potential()
    return replace(_flow_and_map(), acceleration=_still() + factor * (whole - _still()))


flow_and_optimal_map = Claim(
    id="jko.flow-and-optimal-map",
    title="The flow between two snapshots is the optimal map up to second order in their spacing, and not to third",
    statement=r"""
Let $`\varphi(t, x)`$ be smooth and $`v = \nabla\varphi`$ the velocity of a flow of $`\mathbb{R}^d`$, as of the
Fokker-Planck equation with $`\varphi = -(V + U * \mu + \beta \log\rho)`$. For every $`d`$ the acceleration is a
gradient,

```math
\partial_t v + (v \cdot \nabla) v = \nabla\psi , \qquad \psi = \partial_t \varphi + \tfrac{1}{2} |\nabla\varphi|^2 ,
```

so that the map of the flow, $`x + \tau \nabla\varphi + \frac{\tau^2}{2} \nabla\psi + O(\tau^3)`$, is a gradient to
second order: for small $`\tau`$, on bounded sets, that of a convex function. The derivative of $`\nabla\psi`$ along the
flow has a Jacobian with the antisymmetric part

```math
\sum_k \left( \partial_{jk} \varphi\, \partial_{ik} \psi - \partial_{ik} \varphi\, \partial_{jk} \psi \right) ,
```

the commutator of two Hessians, which is 0 on the line and not in general. The optimal map and the flow part at third
order: $`(y - x)/\tau`$ is that of the flow up to $`O(\tau^2)`$, as much as the trapezoid leaves over, and nothing to
first order.
""",
    source=NEW,
    formula=_flow_and_map,
    controls={
        "the flow is always optimal": false(lambda: replace(_flow_and_map(), asymmetry=sp.S.Zero)),
        "square without one half": false(lambda: _with_square(Rational(2))),
        "square off by one per cent": false(lambda: _with_square(NEARLY), near=True),
        "commutator off by one per cent": false(
            lambda: replace(_flow_and_map(), asymmetry=NEARLY * coupling.leading_asymmetry()), near=True
        ),
    },
    checks=(
        identity(
            lambda claimed: coupling.acceleration_potential_residuals(claimed.acceleration),
            name="acceleration",
            extends="three coordinates: the identity holds term by term in the sum over the third",
        ),
        identity(
            lambda claimed: coupling.leading_asymmetry_residuals(claimed.asymmetry),
            name="curl of the jerk",
            extends="three coordinates: i, j and a third one, and the sum over k is of such terms",
        ),
    ),
    expected=Verdict.PROVED,
    instance=lambda: "phi = (x^2 + 2 y^2)/2 in the plane: the Hessians commute, the flow is optimal",
)

CLAIMS = (local_error, flow_and_optimal_map)
