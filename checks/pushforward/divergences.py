"""phi-divergences as suprema over pairs of test functions, by the convex conjugate."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Final, final

import sympy as sp
from sympy import Expr, Integer, Lambda, Rational

from ...theory.pushforward import discrepancies
from ...theory.pushforward import divergences as convex
from ...theory.pushforward.discrepancies import Values
from ...theory.pushforward.divergences import ConjugatePair, Divergence, slope
from ...theory.verdict import Verdict
from ..builders import Check, derivation, identity
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


def _fenchel_young(name: Divergence) -> Check:
    """Return the check of the Fenchel-Young inequality of one divergence."""
    return derivation(
        lambda _: convex.derive_fenchel_young(name),
        lambda claimed: convex.fenchel_young_statement(claimed.pairs[name]),
        attack=residual_attack(partial(_attained, name)),
        name=f"Fenchel-Young, {name.value.replace('_', ' ')}",
    )


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
        *map(_fenchel_young, Divergence),
    ),
    expected=Verdict.PROVED,
    instance=lambda: "mu = (3/4, 1/4), nu fair, chi^2: f = (1, -1) attains 1/4",
)

CLAIMS = (phi_divergence_class_as_printed, phi_divergence_class)
