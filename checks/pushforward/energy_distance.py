"""The energy distance: its kernel, its Fourier constant and its Sobolev order."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, final

import sympy as sp
from sympy import Expr, Integer, Rational

from ...theory.pushforward import energy_distance as theory
from ...theory.pushforward.discrepancies import Values
from ...theory.pushforward.energy_distance import Expansion
from ...theory.pushforward.notation import dimension, distance
from ...theory.verdict import Verdict
from ..builders import derivation, identity
from ..claim import Claim, false, true
from .exact_instances import Outcome, exact_instances, printed
from .sources import as_printed, corrected

MATCHING = 'section 2, "Characteristic function matching"'
NEARLY = Rational(101, 100)
HALVES: Final = (Rational(1, 2), Rational(1, 2))


@final
@dataclass(frozen=True, slots=True)
class TwoLaws:
    """Two laws on the same points of the line."""

    points: Values
    first: Values
    second: Values

    def mean_distance(self, one: Values, other: Values) -> Expr:
        """Return E|X - Y| for independent X and Y with these laws."""
        weighted = list(zip(other, self.points, strict=True))
        return sum((p * q * abs(a - b) for p, a in zip(one, self.points, strict=True) for q, b in weighted), sp.S.Zero)


ZERO_ONE: Final = (Integer(0), Integer(1))
TWO_LAWS: Final[Mapping[str, TwoLaws]] = {
    "point masses at 0 and 1": TwoLaws(ZERO_ONE, (Integer(1), Integer(0)), (Integer(0), Integer(1))),
    "the same law twice: fair on {0, 1}": TwoLaws(ZERO_ONE, HALVES, HALVES),
    "1/3 and 2/3 on {0, 1} against fair": TwoLaws(ZERO_ONE, (Rational(1, 3), Rational(2, 3)), HALVES),
}
SAME_LAW: Final = "the same law twice: fair on {0, 1}"


def _expanded(claimed: Expansion, laws: TwoLaws) -> Outcome:
    """Compare a claimed expansion with the energy distance over c_1: for a kernel linear in the distance.

    On two points the energy distance over c_1 is 2 (p - q)^2 |x - y|, from |mu^ - nu^|^2 = 2 (p - q)^2 (1 - cos s).
    """
    means = (
        laws.mean_distance(laws.first, laws.first),
        laws.mean_distance(laws.second, laws.second),
        laws.mean_distance(laws.first, laws.second),
    )
    found = 2 * (laws.first[0] - laws.second[0]) ** 2 * abs(laws.points[0] - laws.points[1])
    return Outcome(found, claimed.value(*means), "energy distance over c_1")


def _sign_of_print() -> Expansion:
    """Return the expansion with the printed kernel, `|x - y|`."""
    return replace(theory.distance_kernel(), kernel=distance)


energy_distance_kernel_as_printed = Claim(
    id="pushforward.energy-distance-kernel-as-printed",
    title="The energy distance is an MMD with the kernel k(x, y) = ||x - y||",
    statement=r"""
Printed: $`D_2`$ with $`\mathcal{F} = \mathbb{R} \cdot i`$, $`\tau(df_{i \cdot s}) = |s|^{-(d+1)} ds`$ is an MMD, with
$`k(x, y) = \|x - y\|`$; up to a positive factor that is

```math
D_2^2(\mu, \mu_1; \tau) = \mathbb{E}[k(X, X') + k(Y, Y') - 2 k(X, Y)] .
```

**False**: the sign is the other one. For the point masses at 0 and 1 the left side is positive and the right side
$`0 + 0 - 2 \cdot 1 = -2`$. For $`N(0, 1)`$ and $`N(1, 1)`$ it is
$`\frac{4}{\sqrt\pi} (1 - e^{-1/4}) - 2\, \mathrm{erf}\, \frac12 = -0.54181\ldots`$: no choice of a factor mends it.
""",
    source=as_printed(MATCHING),
    formula=lambda: printed(_sign_of_print()),
    controls={
        "k = -|x - y|": true(lambda: printed(theory.distance_kernel()), note="the correction"),
        "two equal laws": true(lambda: printed(_sign_of_print(), SAME_LAW), note="0 with either sign"),
        "two equal laws, cross term -1.99": false(
            lambda: printed(replace(_sign_of_print(), cross=Rational(-199, 100)), SAME_LAW), near=True
        ),
    },
    checks=(exact_instances(TWO_LAWS, _expanded, method="laws on two points, in rational arithmetic"),),
    expected=Verdict.REFUTED,
    correction="pushforward.energy-distance-kernel",
    instance=lambda: "d = 1, the point masses at 0 and 1",
)


@final
@dataclass(frozen=True, slots=True)
class EnergyDistance:
    """What is claimed of the energy distance: its expansion, its Fourier constant in d, and what the layers add to."""

    expansion: Expansion
    constant: Expr
    layers: Expr


def _energy_distance() -> EnergyDistance:
    """Return the kernel, the constant and the layers of the energy distance."""
    return EnergyDistance(theory.distance_kernel(), theory.fourier_constant(), theory.layers_total())


energy_distance_kernel = Claim(
    id="pushforward.energy-distance-kernel",
    title="The energy distance is the MMD with the kernel -||x - y||, up to the factor c_d",
    statement=r"""
For every $`d`$ and all $`\mu`$, $`\nu`$ on $`\mathbb{R}^d`$ with first moments, $`X, X' \sim \mu`$ and
$`Y, Y' \sim \nu`$ independent,

```math
\frac{1}{c_d} \int_{\mathbb{R}^d} \left| \mathbb{E} e^{i \langle s, X \rangle} - \mathbb{E} e^{i \langle s, Y \rangle}
\right|^2 \frac{ds}{|s|^{d+1}} = \mathbb{E} \left[ 2 |X - Y| - |X - X'| - |Y - Y'| \right] , \qquad
c_d = \frac{\pi^{(d+1)/2}}{\Gamma(\frac{d+1}{2})} ,
```

the MMD expansion of $`k(x, y) = -|x - y|`$, with the index set $`i\, \mathbb{R}^d`$; $`c_1 = \pi`$, $`c_2 = 2 \pi`$,
$`c_3 = \pi^2`$. Any positive semidefinite kernel that differs from $`-|x - y|`$ by $`h(x) + h(y)`$, such as
$`|x| + |y| - |x - y|`$, gives the same. Integrals of positive functions are exchanged by Tonelli's theorem.
""",
    source=corrected(MATCHING),
    formula=_energy_distance,
    controls={
        "k = |x - y|": false(lambda: replace(_energy_distance(), expansion=_sign_of_print())),
        "weight without its constant": false(lambda: replace(_energy_distance(), constant=Integer(1))),
        "kernel off by one per cent": false(
            lambda: replace(_energy_distance(), expansion=Expansion(-NEARLY * distance, Integer(-2))), near=True
        ),
        "constant off by one per cent": false(
            lambda: replace(_energy_distance(), constant=NEARLY * theory.fourier_constant()), near=True
        ),
        "layers off by one per cent": false(
            lambda: replace(_energy_distance(), layers=NEARLY * theory.layers_total()), near=True
        ),
    },
    checks=(
        identity(lambda claimed: theory.distance_kernel_residuals(claimed.expansion), name="expansion"),
        identity(lambda claimed: theory.fourier_constant_residuals(claimed.constant), name="constant"),
        derivation(
            lambda _: theory.derive_layers(),
            lambda claimed: theory.layers_statement(claimed.layers),
            name="layers",
        ),
    ),
    expected=Verdict.PROVED,
    instance=lambda: "d = 1, the point masses at 0 and 1: both sides are 2",
)


@final
@dataclass(frozen=True, slots=True)
class Weight:
    """A weight |s|^(2 order) times a factor, `order` in d."""

    order: Expr
    factor: Expr = sp.S.One


FREQUENCIES: Final[Mapping[str, tuple[int, int]]] = {
    "d = 1, |s| = 2": (1, 2),
    "d = 1, |s| = 1": (1, 1),
    "d = 3, |s| = 2": (3, 2),
}


def _weighted(claimed: Weight, place: tuple[int, int]) -> Outcome:
    """Compare the claimed weight with |s|^-(d+1)."""
    d, size = place
    weight = claimed.factor * Integer(size) ** (2 * claimed.order.subs(dimension, d))
    return Outcome(Integer(size) ** (-d - 1), weight, "weight of the energy distance")


sobolev_order_as_printed = Claim(
    id="pushforward.sobolev-order-as-printed",
    title="The energy distance is the negative Sobolev norm H^(-d-1)",
    statement=r"""
Printed: $`D_2`$ with $`\tau(df_{i \cdot s}) = |s|^{-(d+1)} ds`$ is the Sobolev norm of $`H^{-d-1}`$.

**False**: a norm of order $`q`$ has the weight $`|s|^{2q}`$ under its square, here $`|s|^{-2(d+1)}`$. For $`d = 1`$ and
$`|s| = 2`$ that is $`\frac1{16}`$ and the weight of $`D_2^2`$ is $`\frac14`$. The quotient $`|s|^{d+1}`$ of the two is
bounded neither from above nor from below, so they are not equivalent either; nor is $`D_2`$ equivalent to an
inhomogeneous norm, whose weight stays bounded where $`s \to 0`$.
""",
    source=as_printed("footnote 4"),
    formula=lambda: printed(Weight(-dimension - 1)),
    controls={
        "order -(d+1)/2": true(lambda: printed(Weight(theory.sobolev_order())), note="the correction"),
        "at |s| = 1": true(lambda: printed(Weight(-dimension - 1), "d = 1, |s| = 1")),
        "at |s| = 1, weight off by one per cent": false(
            lambda: printed(Weight(-dimension - 1, NEARLY), "d = 1, |s| = 1"), near=True
        ),
    },
    checks=(exact_instances(FREQUENCIES, _weighted, method="weights at rational frequencies"),),
    expected=Verdict.REFUTED,
    correction="pushforward.sobolev-order",
    instance=lambda: "d = 1, |s| = 2: weights 1/4 and 1/16",
)

sobolev_order = Claim(
    id="pushforward.sobolev-order",
    title="The energy distance is the homogeneous Sobolev norm of order -(d+1)/2",
    statement=r"""
For every $`d`$ the weight of $`D_2^2`$ is that of the homogeneous Sobolev norm $`\dot H^{-(d+1)/2}`$,
$`|s|^{2q} = |s|^{-(d+1)}`$ with $`q = -\frac{d+1}{2}`$. The squared norm of order $`q`$ of $`\delta_0 - \delta_z`$ has
the degree $`-2q - d`$ in $`|z|`$, and that of the energy distance $`2 c_d |z|`$ is 1.
""",
    source=corrected("footnote 4"),
    formula=theory.sobolev_order,
    controls={
        "order -d-1": false(lambda: -dimension - 1),
        "order -d/2": false(lambda: -dimension / 2),
        "order off by one per cent": false(lambda: NEARLY * theory.sobolev_order(), near=True),
    },
    checks=(identity(theory.sobolev_order_residuals, name="weight and degree"),),
    expected=Verdict.PROVED,
    uses=("pushforward.energy-distance-kernel",),
    instance=lambda: "d = 1: order -1",
)

CLAIMS = (energy_distance_kernel_as_printed, energy_distance_kernel, sobolev_order_as_printed, sobolev_order)
