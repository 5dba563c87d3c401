"""Characteristic functions on a set with a limit point: when they determine a law, and when they do not."""

from collections.abc import Mapping
from typing import Final

import sympy as sp
from sympy import Expr, Integer, Lambda, Rational

from ...theory.pushforward import characteristic_functions as analytic
from ...theory.verdict import Verdict
from ..builders import identity
from ..claim import Claim, Reading, Source, false, true
from .exact_instances import Outcome, exact_instances, printed
from .sources import as_printed, corrected

MATCHING = 'section 2, "Characteristic function matching"'
NEARLY = Rational(101, 100)
INSIDE: Final = "t = 1/2"
PLACES: Final[Mapping[str, Expr]] = {"t = 3/2": Rational(3, 2), INSIDE: Rational(1, 2), "t = 5/4": Rational(5, 4)}


def _transforms(claimed: Lambda, place: Expr) -> Outcome:
    """Compare the transform (1 - |t|)_+ with that of the other law as claimed, at a rational t."""
    return Outcome(analytic.triangle(place), claimed(place), "(1 - |t|)_+")


_place = sp.Symbol("t", real=True)
_same = Lambda(_place, analytic.periodic_triangle(_place))
"""The transform of the other law, which is the same on [-1, 1]."""

characteristic_limit_point_as_printed = Claim(
    id="pushforward.characteristic-limit-point-as-printed",
    title="Transforms that agree on a set with a limit point belong to one law",
    statement=r"""
Printed: for every $`T \in \mathbb{C}^{\mathbb{N}}`$ with a limit point, $`\mathcal{F} = \{f_t \,|\, t \in T\}`$,
$`f_t : x \mapsto e^{tx}`$, defines a metric through (2) or (3). So laws whose means of all these functions agree would
be equal, and have the same characteristic function everywhere.

**False.** The density $`(1 - \cos x)/(\pi x^2)`$ has the characteristic function $`(1 - |t|)_+`$, and the law with the
mass $`\frac12`$ at 0 and $`2/(\pi k)^2`$ at $`\pm \pi k`$, $`k`$ odd, its continuation from $`[-1, 1]`$ with the
period 2. They agree for every $`T \subset i [-1, 1]`$; at $`t = \frac32`$ the one is 0 and the other $`\frac12`$.
""",
    source=as_printed(MATCHING),
    formula=lambda: printed(_same),
    controls={
        "on [-1, 1]": true(lambda: printed(_same, INSIDE), note="where the two transforms agree"),
        "on [-1, 1], off by one per cent": false(
            lambda: printed(Lambda(_place, NEARLY * _same(_place)), INSIDE), near=True
        ),
    },
    checks=(exact_instances(PLACES, _transforms, method="transforms in closed form at rational places"),),
    expected=Verdict.REFUTED,
    uses=("pushforward.two-transforms",),
    correction="pushforward.characteristic-limit-point",
    instance=lambda: "T = i/n, n = 1, 2, ...: the limit point is 0",
)


def _transforms_left_over(mass: Expr) -> dict[str, Expr]:
    """Return what both transforms leave over: that of the density, and the Fourier coefficients of the other."""
    return {**analytic.triangle_residuals(), **analytic.fourier_residuals(mass)}


two_transforms = Claim(
    id="pushforward.two-transforms",
    title="(1 - |t|)_+ and its continuation with the period 2 are characteristic functions",
    statement=r"""
For every $`t \ge 0`$, and by symmetry for every $`t`$,

```math
\int \frac{1 - \cos x}{\pi x^2} \cos(t x)\, dx = (1 - |t|)_+ , \qquad
\frac12 + \sum_{j \ge 1} \frac{4}{\pi^2 (2j - 1)^2} \cos((2j - 1) \pi t) = 1 - |t| \quad\text{on } [-1, 1] ,
```

and the sum has the period 2. The first by $`\int (1 - \cos(z x))\, x^{-2} dx = \pi |z|`$; in the second the Fourier
coefficients are summable, and positive: masses of a law, which add up to 1 at $`t = 0`$.
""",
    source=Source("lemmata", "this catalogue", Reading.NEW),
    formula=analytic.atom_mass,
    controls={
        "half the masses": false(lambda: analytic.atom_mass() / 2),
        "masses off by one per cent": false(lambda: NEARLY * analytic.atom_mass(), near=True),
    },
    checks=(identity(_transforms_left_over, name="transforms"),),
    expected=Verdict.PROVED,
    dimension="d = 1",
    uses=("pushforward.energy-distance-kernel",),
    instance=lambda: "j = 1: the mass 2/pi^2 at pi and at -pi",
)

characteristic_limit_point = Claim(
    id="pushforward.characteristic-limit-point",
    title="A limit point is enough where the transforms are analytic",
    statement=r"""
Let $`\mu`$ and $`\nu`$ be laws on the line with at most four points between them, $`m_j`$ the differences of their
masses at the points $`x_j`$. Then $`\sum_j m_j e^{t x_j}`$ is analytic on $`\mathbb{C}`$. If it vanishes on a set with
a limit point $`t_0`$ all its derivatives vanish there, by the identity theorem:
$`\sum_j x_j^k\, m_j e^{t_0 x_j} = 0`$ for every $`k`$. The determinant of the first of these equations is

```math
\det (x_j^i) = c \prod_{i < j} (x_j - x_i) \ne 0 \quad\text{with } c = 1 ,
```

so that every $`m_j = 0`$ and $`\mu = \nu`$. The same theorem serves all laws whose transforms are analytic in a
connected neighbourhood of the set and of the imaginary axis.
""",
    source=corrected(MATCHING),
    formula=lambda: Integer(1),
    controls={
        "c = 0": false(lambda: Integer(0)),
        "c = 1.01": false(lambda: NEARLY, near=True),
    },
    checks=(identity(analytic.vandermonde_residuals, name="determinants of two to four points"),),
    expected=Verdict.PROVED,
    dimension="d = 1",
    instance=lambda: "point masses at 0 and 1: 1 - e^t vanishes at the isolated points 2 pi i k",
)

CLAIMS = (two_transforms, characteristic_limit_point_as_printed, characteristic_limit_point)
