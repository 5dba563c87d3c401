"""Test functions on two laws: when D_oo is a distance, the MMD expansion and the pair estimator."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, final

import sympy as sp
from sympy import Expr, Integer, Rational

from ...theory.pushforward import discrepancies as theory
from ...theory.pushforward.discrepancies import PairWeights, Values
from ...theory.verdict import Verdict
from ..builders import derivation, identity
from ..claim import Claim, false, true
from ..residual_attack import residual_attack
from .exact_instances import Outcome, exact_instances, printed
from .sources import as_printed, corrected

NEARLY = Rational(101, 100)
ZERO, ONE, HALF = Integer(0), Integer(1), Rational(1, 2)
FAIR: Final[Values] = (HALF, HALF)


@final
@dataclass(frozen=True, slots=True)
class Separation:
    """Two laws on {0, 1} and a finite class of test functions that spans all functions there."""

    functions: frozenset[Values]
    first: Values
    second: Values

    @property
    def total_variation(self) -> Expr:
        """The total variation between the laws."""
        return abs(self.first[1] - self.second[1])

    @property
    def discrepancy(self) -> Expr:
        """D_oo of the laws."""
        return theory.integral_metric(self.functions, self.first, self.second)


LOPSIDED: Final[frozenset[Values]] = frozenset({(ONE, ONE), (ZERO, ONE)})
SYMMETRIC: Final = LOPSIDED | {tuple(-value for value in function) for function in LOPSIDED}
AT_ZERO, AT_ONE = (ONE, ZERO), (ZERO, ONE)
SEPARATIONS: Final[Mapping[str, Separation]] = {
    "F = {1, 1_{1}}, point masses at 0 and 1": Separation(LOPSIDED, AT_ZERO, AT_ONE),
    "F = {1, 1_{1}, -1, -1_{1}}, point masses at 0 and 1": Separation(SYMMETRIC, AT_ZERO, AT_ONE),
    "F = {1, 1_{1}, -1, -1_{1}}, point masses at 1 and 0": Separation(SYMMETRIC, AT_ONE, AT_ZERO),
    "F = {1, 1_{1}, -1, -1_{1}}, fair and 1": Separation(SYMMETRIC, FAIR, AT_ONE),
}
OF_SYMMETRIC: Final = tuple(name for name, case in SEPARATIONS.items() if case.functions == SYMMETRIC)


Demand = Callable[[Separation], bool]


def _separated(claimed: Demand, case: Separation) -> Outcome:
    """Hold what is claimed of D_oo of two different laws against its value."""
    return Outcome(Integer(claimed(case)), ONE, f"met, 1 or 0, by D_oo = {case.discrepancy}")


def _positive(case: Separation) -> bool:
    """Say whether D_oo tells the laws apart."""
    return bool(case.discrepancy > 0)


def _above_total_variation(case: Separation) -> bool:
    """Say whether D_oo is at least 1.01 times the total variation."""
    return bool(case.discrepancy >= NEARLY * case.total_variation)


ipm_distance_as_printed = Claim(
    id="pushforward.ipm-distance-as-printed",
    title="D_oo is a distance if the span of F is dense in the 1-Lipschitz functions",
    statement=r"""
Printed: $`D_\infty(\mu, \mu_1; \mathcal{F}) = \sup_{f \in \mathcal{F}} \langle f \,|\, \mu - \mu_1 \rangle`$ is a
distance as soon as $`\mathcal{F}`$ has a span that is dense in $`\mathcal{C}^{0,1}_1`$.

**False**: on $`\{0, 1\}`$ the span of $`\mathcal{F} = \{1, \mathbf{1}_{\{1\}}\}`$ is everything, and
$`D_\infty(\delta_0, \delta_1) = \max(0, -1) = 0`$ although the laws differ, while
$`D_\infty(\delta_1, \delta_0) = 1`$. A supremum over $`\mathcal{F}`$ is not one over its span.
""",
    source=as_printed('section 2, "Guarantees"'),
    formula=lambda: printed(_positive),
    controls={
        "F symmetric": true(lambda: printed(_positive, *OF_SYMMETRIC), note="the correction"),
        "F symmetric, 1.01 times the total variation": false(
            lambda: printed(_above_total_variation, *OF_SYMMETRIC), near=True
        ),
    },
    checks=(exact_instances(SEPARATIONS, _separated, method="maxima over finite classes on two points"),),
    expected=Verdict.REFUTED,
    correction="pushforward.ipm-distance",
    instance=lambda: "X = {0, 1}, F = {1, 1_{1}}: the span has dimension 2",
)


@final
@dataclass(frozen=True, slots=True)
class Shares:
    """Claimed factors of the two inequalities that make D_oo a distance; both are 1."""

    separation: Expr = ONE
    triangle: Expr = ONE


ipm_distance = Claim(
    id="pushforward.ipm-distance",
    title="D_oo is a distance if F is symmetric, its span is dense and D_oo is finite",
    statement=r"""
Let $`-f \in \mathcal{F}`$ with every $`f \in \mathcal{F}`$, and let $`D_\infty`$ be finite. Then
$`D_\infty(\mu, \nu) = D_\infty(\nu, \mu)`$, and for every $`f \in \mathcal{F}`$

```math
\langle f \,|\, \mu - \nu \rangle^2 \le D_\infty(\mu, \nu)^2 , \qquad
\langle f \,|\, \mu - \nu \rangle \le D_\infty(\mu, \kappa) + D_\infty(\kappa, \nu) .
```

The second gives the triangle inequality. By the first, $`D_\infty(\mu, \nu) = 0`$ gives $`\mu`$ and $`\nu`$ the same
means of all $`f \in \mathcal{F}`$, and of their span: where that is dense in the bounded 1-Lipschitz functions, which
determine a law, $`\mu = \nu`$.
""",
    source=corrected('section 2, "Guarantees"'),
    formula=Shares,
    controls={
        "1.01 times the square": false(lambda: Shares(separation=NEARLY), near=True),
        "the sum over 1.01": false(lambda: Shares(triangle=1 / NEARLY), near=True),
    },
    checks=(
        derivation(
            lambda _: theory.derive_separation(),
            lambda claimed: theory.separation_statement(claimed.separation),
            attack=residual_attack(lambda claimed: theory.attained_residuals(claimed.separation, ONE)),
            name="separation",
        ),
        derivation(
            lambda _: theory.derive_triangle(),
            lambda claimed: theory.triangle_statement(claimed.triangle),
            attack=residual_attack(lambda claimed: theory.attained_residuals(ONE, claimed.triangle)),
            name="triangle inequality",
        ),
    ),
    expected=Verdict.PROVED,
    instance=lambda: "X = {0, 1}, F = {1, 1_{1}, -1, -1_{1}}: the total variation",
)


pair_estimator = Claim(
    id="pushforward.pair-estimator",
    title="Products over pairs of independent samples estimate <f | mu>^2 without bias",
    statement=r"""
Printed, for estimates of $`D_2^2`$ without bias:
$`\langle f \,|\, \mu \rangle^2 = \mathbb{E}_{X_1, X_2 \sim \mu}[f(X_1) f(X_2)]`$, with $`X_1`$, $`X_2`$ independent.
For $`n \ge 2`$ independent samples of any law with a finite second moment of $`f`$ the mean over ordered pairs,
$`\frac{1}{n (n-1)} \sum_{i \ne j} f(X_i) f(X_j)`$, has this expectation. With the pairs $`i = j`$, the squared sample
mean, it is larger by $`\mathrm{Var} f(X)/n`$.
""",
    source=as_printed('section 2, "Mean formulation", below equation (3)'),
    formula=theory.estimator_weights,
    controls={
        "all pairs: copies that are not independent": false(theory.all_pairs_weights),
        "weights off by one per cent": false(
            lambda: PairWeights(NEARLY * theory.estimator_weights().pair, ZERO), near=True
        ),
    },
    checks=(identity(theory.estimator_residuals, hypotheses=(sp.Gt(theory.size, 1),), name="expectation"),),
    expected=Verdict.PROVED,
    instance=lambda: "n = 2, f(X) = +-1 with equal chances: 0, and 1/2 with the pairs i = j",
)

kernel_expansion = Claim(
    id="pushforward.kernel-expansion",
    title="The squared MMD is E[k(X, X') + k(Y, Y') - 2 k(X, Y)]",
    statement=r"""
Printed: $`D_\infty^2(\mu, \mu_1; \mathcal{B}_k) = \mathbb{E}[k(X, X') + k(Y, Y') - 2 k(X, Y)]`$ for the unit ball of
the space with the reproducing kernel $`k`$. Let $`k(x, y) = \langle \Phi(x), \Phi(y) \rangle`$ with features in
$`\mathbb{R}^d`$, $`d`$ arbitrary, with second moments; all four variables independent. The supremum of
$`\langle h, \mathbb{E} \Phi(X) - \mathbb{E} \Phi(Y) \rangle`$ over $`|h| \le 1`$ is the norm of the difference of
means, and its square $`\mathbb{E} \langle \Phi(X) - \Phi(Y), \Phi(X') - \Phi(Y') \rangle`$ is expanded.
""",
    source=as_printed('section 2, "Maximum formulation"'),
    formula=lambda: Integer(-2),
    controls={
        "cross term once": false(lambda: Integer(-1)),
        "cross term off by one per cent": false(lambda: -2 * NEARLY, near=True),
    },
    checks=(
        derivation(
            lambda _: theory.derive_expansion(),
            theory.expansion_statement,
            name="expansion",
        ),
    ),
    expected=Verdict.PROVED,
    instance=lambda: "Phi(x) = x, X and Y constant 0 and 1: both sides are 1",
)

total_variation = Claim(
    id="pushforward.total-variation",
    title="D_oo over all test functions with values in [0, 1] is the total variation",
    statement=r"""
Printed: $`D_\infty(\mu, \mu_1; [0, 1]^{\mathcal{X}}) = \max_{A \subset \mathcal{X}} |\mu(A) - \mu_1(A)|`$. Let $`A`$
and the test functions be measurable and $`\sigma`$ the density of $`\mu - \mu_1`$ with respect to $`\mu + \mu_1`$. At
every point $`f \sigma \le \sigma_+`$, with equality for $`f = 1`$ where $`\sigma > 0`$ and $`f = 0`$ elsewhere; the
integral of $`\sigma_+`$ is $`(\mu - \mu_1)(A)`$ for $`A = \{\sigma > 0\}`$, and $`(\mu_1 - \mu)(A^c)`$, since both laws
have the mass 1. Indicators of sets and of their complements are among the test functions, so that no set differs by
more.
""",
    source=as_printed('section 2, "Maximum formulation"'),
    formula=lambda: ONE,
    controls={
        "half of it": false(lambda: HALF),
        "less by one per cent": false(lambda: 1 / NEARLY, near=True),
    },
    checks=(
        derivation(
            lambda _: theory.derive_positive_part(),
            theory.positive_part_statement,
            attack=residual_attack(theory.positive_part_residuals),
            name="positive part",
        ),
    ),
    expected=Verdict.PROVED,
    dimension="every measurable space",
    instance=lambda: "(1/2, 1/3, 1/6) and (1/5, 1/5, 3/5): 13/30",
)

CLAIMS = (total_variation, kernel_expansion, ipm_distance_as_printed, ipm_distance, pair_estimator)
