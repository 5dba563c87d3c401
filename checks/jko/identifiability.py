"""What snapshots cannot tell apart: null spaces of the first-order condition, in closed form and by elimination."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import final

import sympy as sp
from sympy import Expr, Rational

from ...theory.jko import identifiability as theory
from ...theory.jko.identifiability import Minor
from ...theory.verdict import Verdict
from ..builders import identity
from ..claim import Claim, Reading, Source, false
from .confounded_pairs import two_pairs
from .drawn_snapshots import Defect, eliminated_defects, null_spaces_of_fits

NEW = Source("lemmata", "this catalogue", Reading.NEW)
NEARLY = Rational(101, 100)
POWERS = (2, 3, 4, 6)


@final
@dataclass(frozen=True, slots=True)
class Ambiguity:
    """What is claimed: null vectors by case, the determinants that decide, and the rank defects in R^d."""

    vectors: Mapping[str, Mapping[str, Expr]]
    minors: Mapping[str, Minor]
    defect: Defect
    isotropic_defect: Defect


def _ambiguity() -> Ambiguity:
    """Return what quadratic energies leave undecided."""
    return Ambiguity(
        vectors=MappingProxyType(theory.null_vectors()),
        minors=MappingProxyType(theory.minors()),
        defect=theory.quadratic_defect,
        isotropic_defect=lambda _, spread: int(spread == 0),
    )


def _changed_vectors(feature: str, factor: Expr) -> Ambiguity:
    """Return the claim with one parameter of every null vector that has it times a factor."""
    vectors = {
        case: {name: factor * value if name == feature else value for name, value in vector.items()}
        for case, vector in theory.null_vectors().items()
    }
    return replace(_ambiguity(), vectors=vectors)


def _changed_minors(factor: Expr) -> Ambiguity:
    """Return the claim with every determinant times a factor."""
    minors = {case: replace(minor, value=factor * minor.value) for case, minor in theory.minors().items()}
    return replace(_ambiguity(), minors=minors)


def _mean_forgotten() -> Ambiguity:
    """Return the claim that V and U are confounded whatever the mean, without a linear term."""
    vector = theory.null_vectors()["V with U, mean 0"]
    return replace(_ambiguity(), vectors={**theory.null_vectors(), "V with U, any mean": vector})


def _null_residuals(claimed: Ambiguity) -> dict[str, Expr]:
    """Return the forces that the claimed null vectors leave, at every point."""
    return {
        f"{case}: {name}": force
        for case, vector in claimed.vectors.items()
        for name, force in theory.null_vector_residuals(case, vector).items()
    }


def _minor_residuals(claimed: Ambiguity) -> dict[str, Expr]:
    """Return what the claimed determinants leave over."""
    return {
        f"{case}: {name}": residual
        for case, minor in claimed.minors.items()
        for name, residual in theory.minor_residuals(minor).items()
    }


identifiability = Claim(
    id="jko.identifiability",
    title="Snapshots of constant mean cannot tell a quadratic potential from a quadratic interaction",
    statement=r"""
Let $`V = \langle y, A y \rangle/2 + \langle b, y \rangle`$ and $`U = \langle z, B z \rangle/2`$ with
$`c_U = \frac{1}{2}`$, and let snapshots in $`\mathbb{R}^d`$, none of them in a hyperplane, have means $`m_t`$ and,
where diffusion $`\beta`$ is sought and they are Gaussian, covariances $`S_t`$. The first-order condition is unchanged
by $`(A, B, b, \beta)`$ if and only if for every $`t`$

```math
A + B = \beta S_t^{-1} , \qquad A m_t + b = 0 .
```

So in $`d = 1`$, with parameters $`l, k, \beta, b`$ of $`V = l y^2/2 + b y`$ and $`U = k z^2/2`$,

| snapshots | null vector |
|---|---|
| mean 0 | $`l = 1`$, $`k = -1`$ |
| constant mean $`m`$, $`V`$ with a linear term | $`l = 1`$, $`k = -1`$, $`b = -m`$ |
| one Gaussian, mean 0 | $`l = 1`$, $`\beta = s^2`$ |
| one Gaussian, $`V`$ with a linear term | $`l = 1`$, $`\beta = s^2`$, $`b = -m`$ |
| one Gaussian | $`k = 1`$, $`\beta = s^2`$ |

and they are identified where the determinants $`m_1`$ ($`V, U`$), $`m_1 - m_2`$ (with a linear term),
$`-m_1/s_1^2`$ ($`V, \beta`$), $`(m_1 - m_2)(s_2^{-2} - s_1^{-2})`$ (all four) do not vanish. In $`\mathbb{R}^d`$,
without $`\beta`$, the rank defect of all quadratic features is

```math
\frac{(d - r)(d - r + 1)}{2} ,
```

where $`r`$ is the dimension of the span of the means, or of their differences if $`V`$ has a linear term:
$`d (d + 1)/2`$ for a constant mean. With isotropic features it is 1 for $`r = 0`$, and 0 otherwise.
""",
    source=NEW,
    formula=_ambiguity,
    controls={
        "the mean forgotten": false(_mean_forgotten, near=True),
        "interaction off by one per cent": false(lambda: _changed_vectors("U", NEARLY), near=True),
        "beta with the wrong sign": false(lambda: _changed_vectors("beta", Rational(-1))),
        "beta off by one per cent": false(lambda: _changed_vectors("beta", NEARLY), near=True),
        "determinants off by one per cent": false(lambda: _changed_minors(NEARLY), near=True),
        "defect d - r": false(lambda: replace(_ambiguity(), defect=lambda d, r: d - r), near=True),
        "isotropic features confounded whatever the means": false(
            lambda: replace(_ambiguity(), isotropic_defect=lambda d, r: 1), near=True
        ),
        "defect 1 whatever d": false(lambda: replace(_ambiguity(), defect=lambda d, r: int(r < d)), near=True),
    },
    checks=(
        identity(
            _null_residuals,
            name="null vectors",
            extends="the five cases of the table, at every point, mean and scale",
        ),
        identity(_minor_residuals, name="determinants"),
        eliminated_defects,
        null_spaces_of_fits,
        two_pairs,
    ),
    expected=Verdict.PROVED,
    uses=("jko.first-order-condition",),
    instance=lambda: "one snapshot N(0, 1) in d = 1: V = y^2/2 and U = z^2/2 both push with y",
)


def _forces(factor: Expr = sp.S.One) -> Mapping[int, Expr]:
    """Return the force of U = z^n/n on a point for each degree n, times a factor."""
    return {power: factor * theory.confounded_force(power) for power in POWERS}


def _sign_lost() -> Mapping[int, Expr]:
    """Return the forces with the mean's sign flipped."""
    first = theory.moments[0]
    return {power: force.subs(first, -first) for power, force in _forces().items()}


confounded_polynomials = Claim(
    id="jko.confounded-polynomials",
    title="An interaction of degree n acts as a potential made of the law's first moments",
    statement=r"""
On the line $`U = z^n/n`$ acts on a law with the moments $`M_j`$, $`M_0 = 1`$, as the potential with

```math
V'(y) = \sum_{j=0}^{n-1} \binom{n-1}{j} (-1)^j M_j\, y^{n-1-j} ,
```

here for $`n = 2, 3, 4, 6`$. Where the first $`n - 1`$ moments do not change from snapshot to snapshot, a potential and
an interaction of degree $`n`$ are confounded: for $`n = 2`$ where the mean is constant. With $`c_U = \frac{1}{2}`$ the
even part alone acts, so this is for even $`n`$.
""",
    source=NEW,
    formula=_forces,
    controls={
        "sign of the mean": false(_sign_lost),
        "off by one per cent": false(lambda: _forces(NEARLY), near=True),
    },
    checks=(
        identity(
            lambda claimed: {
                f"n = {power}, {name}": residual
                for power, force in claimed.items()
                for name, residual in theory.confounded_force_residuals(power, force).items()
            },
            name="atoms and superposition",
        ),
    ),
    expected=Verdict.PROVED,
    dimension="d = 1",
    uses=("jko.identifiability",),
    instance=lambda: "n = 2 and mean 0: U = z^2/2 acts as V = y^2/2",
)

CLAIMS = (identifiability, confounded_polynomials)
