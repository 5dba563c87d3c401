"""Section 4 and footnote 9: the flow as a gradient flow of D_2, by the spectrum of its generator."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final, final

from sympy import Expr, Integer, Rational

from ...theory.pushforward import spectrum as theory
from ...theory.pushforward.notation import variance, x
from ...theory.verdict import Verdict
from ..builders import identity
from ..claim import Claim, false, true
from .exact_instances import Outcome, exact_instances, printed
from .sources import as_printed, corrected

FOOTNOTE = 'section 4, "From network to optimization architecture", and footnote 9'
NEARLY = Rational(101, 100)
SAME: Final = "V = 1, x = 1"
Operator = Callable[[Expr, Expr], Expr]

PLACES: Final[Mapping[str, tuple[Rational, Rational]]] = {
    "V = 2, x = 1": (Integer(2), Integer(1)),
    SAME: (Integer(1), Integer(1)),
    "V = 1/2, x = 1": (Rational(1, 2), Integer(1)),
}


def _on_the_line(claimed: Operator, place: tuple[Rational, Rational]) -> Outcome:
    """Compare minus the rate of f = x under the flow that leaves N(0, V) unchanged with the claimed operator on f."""
    spread, at = place
    return Outcome(theory.pure_operator(at, spread), claimed(at, spread), "-(f'' - E' f') for f = x")


def _mixed(at: Expr, spread: Expr) -> Expr:
    """Return the printed operator, with N(0, 1) in the form and N(0, V) in the space, on f = x."""
    return theory.mixed_operator().subs({x: at, variance: spread}, simultaneous=True)


def _nearly_mixed(at: Expr, spread: Expr) -> Expr:
    """Return a multiple of the printed operator."""
    return NEARLY * _mixed(at, spread)


spectral_gradient_flow_as_printed = Claim(
    id="pushforward.spectral-gradient-flow-as-printed",
    title="Means under (5) decay by the eigenvalues of the form of mu_0 in L^2(mu_1)",
    statement=r"""
Printed: let $`(\lambda_i, f_i)`$ be the eigenpairs of the operator of
$`f \mapsto \langle \|\nabla f\|^2 \,|\, \mu_0 \rangle`$ in $`L^2(\mu_1)`$, $`\mu_1 \propto \exp(-E(x)) dx`$; then
$`d \langle f_i \,|\, \rho_t \rangle = -\lambda_i \langle f_i \,|\, \rho_t \rangle dt`$, $`i \in \mathbb{N}`$, for the
law $`\rho_t`$ of (5) with $`U_t = \nabla E`$. So the operator would be minus the generator $`f'' - E' f'`$.

**False** if $`\mu_0 \ne \mu_1`$. For $`\mu_0 = N(0, 1)`$, $`E = x^2/4`$ and $`f = x`$, at $`x = 1`$, the operator is
$`\sqrt2\, e^{-1/4}`$ and minus the generator $`\frac12`$. The first is no multiple of $`f`$. Nor is
$`\langle f_0 \,|\, \mu_0 \rangle = 0`$: it is 1 for $`f_0 = 1`$.
""",
    source=as_printed(FOOTNOTE),
    formula=lambda: printed(_mixed),
    controls={
        "the same measure twice": true(lambda: printed(theory.pure_operator), note="the correction"),
        "V = 1": true(lambda: printed(_mixed, SAME), note="the same measure twice"),
        "V = 1, off by one per cent": false(lambda: printed(_nearly_mixed, SAME), near=True),
    },
    checks=(exact_instances(PLACES, _on_the_line, method="operators on f = x at rational places, decided"),),
    expected=Verdict.REFUTED,
    correction="pushforward.spectral-gradient-flow",
    instance=lambda: "d = 1, E = x^2/4, mu_0 = N(0, 1)",
)


@final
@dataclass(frozen=True, slots=True)
class SpectralFlow:
    """What is claimed: the form's energy, the factor of He_n in n, the multiple of D^2, D^2 in q, and the mixed form.

    `mixed` is the operator of the form of N(0, 1) in L^2(N(0, V)) on f = x.
    """

    energy: Expr
    rate: Expr
    share: Expr
    discrepancy: Expr
    mixed: Expr


def _spectral_flow() -> SpectralFlow:
    """Return the spectrum and the gradient flow."""
    return SpectralFlow(
        energy=theory.own_energy(),
        rate=theory.hermite_rate(),
        share=theory.gradient_share(),
        discrepancy=theory.discrepancy_squared(),
        mixed=theory.mixed_operator(),
    )


def _forms(claimed: SpectralFlow) -> dict[str, Expr]:
    """Return what the claim leaves over of the operators of the two forms."""
    return {**theory.dirichlet_residuals(claimed.energy), **theory.mixed_operator_residuals(claimed.mixed)}


spectral_gradient_flow = Claim(
    id="pushforward.spectral-gradient-flow",
    title="Means under (5) decay by the spectrum of its own Dirichlet form: a gradient flow of D^2/2",
    statement=r"""
Let $`\mu \propto e^{-E}`$ on the line. The operator of $`\langle |f'|^2 \,|\, \mu \rangle`$ in $`L^2(\mu)`$, the same
measure twice, is $`-(f'' - E' f')`$, minus the generator of (5); with eigenpairs $`(\lambda_i, f_i)`$, $`i \ge 1`$,
means decay as $`c_i' = -\lambda_i c_i`$, $`c_i = \langle f_i \,|\, \rho_t \rangle`$, the gradient flow of
$`\frac12 D^2`$ in the coordinates $`c_i`$,

```math
D^2 = \sum_{i \ge 1} \lambda_i \langle f_i \,|\, \rho \rangle^2 .
```

For the Ornstein-Uhlenbeck process $`f_n = He_n/\sqrt{n!}`$ and $`\lambda_n = n`$, for every $`n`$. Then
$`D^2 = q^2/(1 - q^2)^{3/2}`$ for $`\rho = N(0, V)`$, $`q = V - 1`$, if $`|q| < 1`$; the terms of the series grow for
$`V \ge 2`$, where $`D^2`$ is infinite: the sum is the objective of a flow from laws close enough to $`\mu`$ only.
""",
    source=corrected(FOOTNOTE),
    formula=_spectral_flow,
    controls={
        "another measure in the form": false(lambda: replace(_spectral_flow(), energy=x**2 / 2)),
        "the flow of D^2": false(lambda: replace(_spectral_flow(), share=Integer(1))),
        "energy off by one per cent": false(
            lambda: replace(_spectral_flow(), energy=NEARLY * theory.own_energy()), near=True
        ),
        "rates off by one per cent": false(
            lambda: replace(_spectral_flow(), rate=NEARLY * theory.hermite_rate()), near=True
        ),
        "share off by one per cent": false(lambda: replace(_spectral_flow(), share=NEARLY / 2), near=True),
        "D^2 off by one per cent": false(
            lambda: replace(_spectral_flow(), discrepancy=NEARLY * theory.discrepancy_squared()), near=True
        ),
    },
    checks=(
        identity(_forms, name="Dirichlet forms"),
        identity(
            lambda claimed: theory.hermite_rate_residuals(claimed.rate),
            name="Hermite polynomials",
            extends="every n: the generating function, and the recurrence from n to n + 1",
        ),
        identity(lambda claimed: theory.gradient_flow_residuals(claimed.share), name="gradient flow"),
        identity(lambda claimed: theory.discrepancy_residuals(claimed.discrepancy), name="discrepancy"),
    ),
    expected=Verdict.PROVED,
    dimension="d = 1",
    uses=("pushforward.ou-stationary-law",),
    instance=lambda: "E = x^2/2, rho = N(0, 3/2): D^2 = 2/(3 sqrt(3))",
)

CLAIMS = (spectral_gradient_flow_as_printed, spectral_gradient_flow)
