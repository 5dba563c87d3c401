"""Section 2: when D_oo is a distance, phi-divergences as suprema, the MMD expansion and the pair estimator."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Final, final

import sympy as sp
from sympy import Expr, Integer, Lambda, Rational

from ...theory.pushforward import discrepancies
from ...theory.pushforward import divergences as convex
from ...theory.pushforward.discrepancies import PairWeights, Values
from ...theory.pushforward.divergences import ConjugatePair, Divergence, slope
from ...theory.verdict import Verdict
from ..builders import derivation, identity
from ..claim import Claim, false, true
from ..residual_attack import residual_attack
from .exact_instances import Outcome, exact_instances, printed
from .sources import as_printed, corrected

GENERALIZATION = 'section 2, "Generalization"'
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
        return discrepancies.integral_metric(self.functions, self.first, self.second)


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
    return Outcome(Integer(claimed(case)), ONE, f"D_oo = {case.discrepancy}, demand met: number")


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
            lambda _: discrepancies.derive_separation(),
            lambda claimed: discrepancies.separation_statement(claimed.separation),
            attack=residual_attack(lambda claimed: discrepancies.attained_residuals(claimed.separation, ONE)),
            name="separation",
        ),
        derivation(
            lambda _: discrepancies.derive_triangle(),
            lambda claimed: discrepancies.triangle_statement(claimed.triangle),
            attack=residual_attack(lambda claimed: discrepancies.attained_residuals(ONE, claimed.triangle)),
            name="triangle inequality",
        ),
    ),
    expected=Verdict.PROVED,
    instance=lambda: "X = {0, 1}, F = {1, 1_{1}, -1, -1_{1}}: the total variation",
)


@final
@dataclass(frozen=True, slots=True)
class Testing:
    """Two laws on two points with a pair of test functions f and g."""

    first: Values
    second: Values
    function: Values
    other: Values

    def divergence(self, pair: ConjugatePair) -> Expr:
        """Return D_phi of the laws."""
        masses = zip(self.first, self.second, strict=True)
        return sum((q * pair.phi(p / q) for p, q in masses), sp.S.Zero)

    def gain(self, conjugate: Lambda) -> Expr:
        """Return <f | first> - <phi*(g) | second>."""
        return discrepancies.bracket(self.function, self.first) - discrepancies.bracket(
            tuple(conjugate(value) for value in self.other), self.second
        )


_chi_squared = convex.conjugate_pair(Divergence.CHI_SQUARED)
QUARTERS: Final[Values] = (Rational(3, 4), Rational(1, 4))
BEST: Final[Values] = (ONE, -ONE)
"""phi'(r) = 2 (r - 1) for the densities 3/2 and 1/2."""
FREE: Final = "equal laws, f = 1, g = 0"
TIED: Final = "(3/4, 1/4) and fair, f = g = phi'(r)"
TESTINGS: Final[Mapping[str, Testing]] = {
    FREE: Testing(FAIR, FAIR, (ONE, ONE), (ZERO, ZERO)),
    TIED: Testing(QUARTERS, FAIR, BEST, BEST),
}


def _below_divergence(claimed: Lambda, case: Testing) -> Outcome:
    """Hold the gain of a pair of test functions, with a claimed conjugate, against the chi^2 divergence."""
    return Outcome(case.gain(claimed), case.divergence(_chi_squared), "<f | mu> - <phi*(g) | mu_1>", bound=True)


phi_divergence_class_as_printed = Claim(
    id="pushforward.phi-divergence-class-as-printed",
    title="phi-divergences are D_oo of the pairs (f, phi*(g))",
    statement=r"""
Printed: $`\varphi`$-divergences are $`D_\infty(\mu, \mu_1; \mathcal{J})`$ for
$`\mathcal{J} = \{(f, \varphi^*(g) | f : \mathcal{X} \to \mathbb{R}\}`$, where $`\varphi^*`$ is the convex conjugate
of $`f`$.

**False**: with $`f`$ and $`g`$ free of each other the supremum is infinite. For $`\mu = \mu_1`$, $`f = 1`$,
$`g = 0`$ and $`\varphi(r) = (r - 1)^2`$, where $`\varphi^*(0) = 0`$, a pair gains 1 and the divergence is 0. The
conjugate is that of $`\varphi`$, and $`g = f`$.
""",
    source=as_printed(GENERALIZATION),
    formula=lambda: printed(_chi_squared.conjugate),
    controls={
        "g = f": true(lambda: printed(_chi_squared.conjugate, TIED), note="the correction: the divergence is attained"),
        "g = f, a conjugate less by one per cent": false(
            lambda: printed(Lambda(slope, _chi_squared.conjugate(slope) - Rational(1, 100)), TIED), near=True
        ),
    },
    checks=(exact_instances(TESTINGS, _below_divergence, method="means on two points, in rational arithmetic"),),
    expected=Verdict.REFUTED,
    correction="pushforward.phi-divergence-class",
    instance=lambda: "mu = mu_1 fair on two points, phi(r) = (r - 1)^2, f = 1, g = 0",
)


@final
@dataclass(frozen=True, slots=True)
class Conjugates:
    """Claimed pairs of phi and its conjugate, and phi*(phi'(r)) of a generic phi."""

    pairs: Mapping[Divergence, ConjugatePair]
    generic: Expr


def _conjugates() -> Conjugates:
    """Return the conjugates of the divergences by name, and the Legendre transform."""
    return Conjugates({name: convex.conjugate_pair(name) for name in Divergence}, convex.legendre_value())


def _with_conjugates(change: Callable[[Expr], Expr]) -> Conjugates:
    """Return the claim with every conjugate changed as a function of y."""
    known = _conjugates()
    changed = {
        name: replace(pair, conjugate=Lambda(slope, change(pair.conjugate(slope))))
        for name, pair in known.pairs.items()
    }
    return replace(known, pairs=changed)


def _conjugate_residuals(claimed: Conjugates) -> dict[str, Expr]:
    """Return what claimed conjugates leave over where the supremum is attained."""
    found = {
        f"{name.value}, {label}": residual
        for name, pair in claimed.pairs.items()
        for label, residual in convex.conjugate_residuals(pair).items()
    }
    generic = convex.legendre_residuals(claimed.generic)
    return found | {f"generic phi, {label}": residual for label, residual in generic.items()}


def _attained(name: Divergence, claimed: Conjugates) -> dict[str, Expr]:
    """Return what the claimed conjugate of one divergence leaves over of Fenchel-Young where it is an equality."""
    return convex.conjugate_residuals(claimed.pairs[name])


phi_divergence_class = Claim(
    id="pushforward.phi-divergence-class",
    title="phi-divergences are D_oo of the pairs (f, phi* o f), phi* the conjugate of phi",
    statement=r"""
Let $`\varphi`$ be convex with the conjugate $`\varphi^*(y) = \sup_r (r y - \varphi(r))`$, and $`\mu = r \nu`$. The
mean of $`r y \le \varphi(r) + \varphi^*(y)`$ at $`y = f(x)`$ is

```math
\langle f \,|\, \mu \rangle - \langle \varphi^* \circ f \,|\, \nu \rangle \le
\langle \varphi(r) \,|\, \nu \rangle = D_\varphi(\mu \| \nu) ,
```

an equality for $`f = \varphi' \circ r`$, where $`\varphi^*(\varphi'(r)) = r \varphi'(r) - \varphi(r)`$. For
$`\varphi(r) = r \log r`$, $`\varphi^*(y) = e^{y - 1}`$, this is the Kullback-Leibler divergence of $`\mu`$ from
$`\nu`$, in this order; for $`(r - 1)^2`$ on all reals, $`\varphi^*(y) = y + y^2/4`$, the $`\chi^2`$ divergence.
""",
    source=corrected(GENERALIZATION),
    formula=_conjugates,
    controls={
        "phi itself in place of its conjugate": false(
            lambda: replace(
                _conjugates(),
                pairs={
                    name: replace(
                        pair, conjugate=Lambda(slope, pair.phi(slope) if name is Divergence.CHI_SQUARED else slope)
                    )
                    for name, pair in _conjugates().pairs.items()
                },
            )
        ),
        "conjugates less by 1/100": false(lambda: _with_conjugates(lambda value: value - Rational(1, 100)), near=True),
        "generic conjugate off by one per cent": false(
            lambda: replace(_conjugates(), generic=NEARLY * convex.legendre_value()), near=True
        ),
    },
    checks=(
        identity(_conjugate_residuals, name="attained"),
        *(
            derivation(
                lambda _, name=name: convex.derive_fenchel_young(name),
                lambda claimed, name=name: convex.fenchel_young_statement(claimed.pairs[name]),
                attack=residual_attack(partial(_attained, name)),
                name=f"Fenchel-Young, {name.value.replace('_', ' ')}",
            )
            for name in Divergence
        ),
    ),
    expected=Verdict.PROVED,
    instance=lambda: "mu = (3/4, 1/4), nu fair, chi^2: f = (1, -1) attains 1/4",
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
    formula=discrepancies.estimator_weights,
    controls={
        "all pairs: copies that are not independent": false(discrepancies.all_pairs_weights),
        "weights off by one per cent": false(
            lambda: PairWeights(NEARLY * discrepancies.estimator_weights().pair, ZERO), near=True
        ),
    },
    checks=(
        identity(discrepancies.estimator_residuals, hypotheses=(sp.Gt(discrepancies.size, 1),), name="expectation"),
    ),
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
            lambda _: discrepancies.derive_expansion(),
            discrepancies.expansion_statement,
            name="expansion",
        ),
    ),
    expected=Verdict.PROVED,
    instance=lambda: "Phi(x) = x, X and Y constant 0 and 1: both sides are 1",
)

CLAIMS = (
    kernel_expansion,
    ipm_distance_as_printed,
    ipm_distance,
    phi_divergence_class_as_printed,
    phi_divergence_class,
    pair_estimator,
)
