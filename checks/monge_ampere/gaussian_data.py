"""Gaussian data: the probability flow in closed form, that it is the Brenier map, and how fast its limit is reached."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, final

import flint
import numpy as np
import sympy as sp
from jaxtyping import Float
from sympy import Expr, Rational

from ...numerics.monge_ampere import probability_flow_map
from ...theory.deciding.balls import enclose_over
from ...theory.monge_ampere import gaussian as theory
from ...theory.monge_ampere.notation import eigenvalue, mean, remaining, t, x
from ...theory.verdict import Strength, Verdict
from ..builders import Check, derivation, identity, property
from ..claim import Claim, Reading, Source, false
from ..comparison import Comparison, compare_equal
from ..trial import Effort, Run
from .gaussian_laws import DIMENSION, GaussianLaw, decode_gaussian, encode_gaussian, gaussian_laws
from .posterior_checks import compare_arrays, values_of

WANG = Source("wang2024", "abstract: the limit of the probability flow, for Gaussian data", Reading.RESTATED)
NEARLY = Rational(101, 100)
METHOD = "Hypothesis over Gaussian laws in d = 1 to 5"
Compare = Callable[["GaussianFlow", GaussianLaw, Run], Comparison]


@final
@dataclass(frozen=True, slots=True)
class GaussianFlow:
    """What is claimed of an eigendirection, in x, t or a, m and l, and of the plane.

    `flow_map` takes x from the data to time t, `reverse_map` from the horizon to the data; `potential` and `conjugate`
    are convex conjugates, `jacobian` that of the flow map in any basis of the plane; `gap_squared` is
    E(Phi_T - Phi_oo)^2, `leading` and `leading_centred` the limits of e^(2T) and e^(4T) times it.
    """

    flow_map: Expr
    reverse_map: Expr
    potential: Expr
    conjugate: Expr
    jacobian: sp.Matrix
    gap_squared: Expr
    leading: Expr
    leading_centred: Expr


def _flow() -> GaussianFlow:
    """Return the flow of Gaussian data."""
    potential, conjugate = theory.legendre_pair()
    return GaussianFlow(
        flow_map=theory.flow_map(),
        reverse_map=theory.reverse_map(),
        potential=potential,
        conjugate=conjugate,
        jacobian=theory.plane_map(),
        gap_squared=theory.gap_squared(),
        leading=theory.leading_gap_squared(),
        leading_centred=theory.leading_gap_squared(centred=True),
    )


def _stretched() -> GaussianFlow:
    """Return the flow with every map stretched by one per cent around the mean."""
    known = _flow()
    return replace(
        known,
        flow_map=known.flow_map + (NEARLY - 1) * (x - mean),
        reverse_map=known.reverse_map + (NEARLY - 1) * (x - remaining * mean),
        jacobian=NEARLY * known.jacobian,
    )


def _residuals(claimed: GaussianFlow) -> dict[str, Expr]:
    """Return what the claim leaves over in one eigendirection."""
    parts = {
        "flow map": theory.flow_map_residuals(claimed.flow_map),
        "reverse map": theory.reverse_map_residuals(claimed.reverse_map),
        "convex function": theory.legendre_residuals((claimed.potential, claimed.conjugate)),
        "gap": theory.gap_squared_residuals(claimed.gap_squared),
    }
    return {f"{part}: {name}": value for part, found in parts.items() for name, value in found.items()}


ATTACKED = {x: 2, mean: 1, eigenvalue: 3, t: 1}
"""Where the Fenchel-Young inequality is looked at: on the graph of the flow map, where it is an equality."""


def _attack_conjugate(claimed: GaussianFlow) -> Iterator[Comparison]:
    """Compare x v with the claimed potential and conjugate at v = flow map, in ball arithmetic."""
    precision = 200
    excess = (x * theory.image - claimed.potential - claimed.conjugate).subs(theory.image, theory.flow_map())
    with flint.ctx.workprec(precision):
        values = {name: flint.acb(value) for name, value in ATTACKED.items()}
        found = enclose_over(excess, values, precision=precision).real
        middle, radius = float(found.mid()), float(found.rad())
    yield Comparison(
        deviation=middle,
        # The middle is rounded to a double.
        error=radius + 2.3e-16 * abs(middle),
        scale=1.0,
        observed=f"x v - phi - psi = {found.str(20)}",
        required="at most 0",
        equality=False,
        strength=Strength.CERTIFIED,
        point={str(name): str(value) for name, value in ATTACKED.items()},
    )


def _coordinates(expression: Expr, law: GaussianLaw, **more: Any) -> Any:
    """Evaluate an expression of an eigendirection in all of them, at x, t and a = e^-T."""
    values = {mean: law.mean, eigenvalue: law.eigenvalues, remaining: math.exp(-law.time), t: law.time}
    return values_of(expression, {**values, x: more.get("at", 0.0)})


def _compare_points(claimed: GaussianFlow, law: GaussianLaw, run: Run) -> Comparison:
    """Compare the images of sixteen points under the solved flow with the claimed reverse map."""
    z = np.random.default_rng(law.seed).standard_normal((16, DIMENSION))
    found = probability_flow_map(z @ law.basis.T, law.mixture(), horizon=law.time, rtol=1e-9, atol=1e-11)
    image = _coordinates(claimed.reverse_map, law, at=z) @ law.basis.T
    error = float(np.linalg.norm(found.error)) + 1e-13 * float(np.linalg.norm(image))
    return compare_arrays(found.points, image, error, names=("flow", "closed form"))


def _solve_affine(law: GaussianLaw, horizon: float) -> tuple[Float[np.ndarray, "m d"], float]:
    """Solve for the reverse map, which is affine, by its images of 0 and of the axes: image of 0, columns; error."""
    places = np.concatenate([np.zeros((1, DIMENSION)), np.eye(DIMENSION)])
    found = probability_flow_map(places, law.mixture(), horizon=horizon, rtol=1e-9, atol=1e-11)
    images = found.points.copy()
    images[1:] -= images[0]
    return images, float(np.linalg.norm(found.error) + math.sqrt(DIMENSION) * found.error[0])


def _compare_gap(claimed: GaussianFlow, law: GaussianLaw, run: Run) -> Comparison:
    """Compare the L2 distance of the solved maps from T and from infinity with the claimed one."""
    (near, near_error), (far, far_error) = _solve_affine(law, law.time), _solve_affine(law, math.inf)
    gap = math.sqrt(float(np.sum(np.broadcast_to(_coordinates(claimed.gap_squared, law), DIMENSION))))
    return compare_equal(float(np.linalg.norm(near - far)), gap, near_error + far_error + 1e-13 * (1 + gap))


def _compare_cost(claimed: GaussianFlow, law: GaussianLaw, run: Run) -> Comparison:
    """Compare E|X - flow map|^2 with the optimal cost between the law and that at time t, by Bures' formula."""
    slope, shift = sp.diff(claimed.flow_map, x), claimed.flow_map.subs(x, mean) - mean
    moved = (_coordinates(slope, law) - 1) ** 2 * law.eigenvalues + _coordinates(shift, law) ** 2
    before = law.covariance()
    a = math.exp(-law.time)
    after = a**2 * before + (1 - a**2) * np.eye(DIMENSION)
    root = _square_root(before)
    best = float(np.trace(before + after - 2 * _square_root(root @ after @ root)) + ((1 - a) ** 2 * law.mean**2).sum())
    # The trace cancels down from the variances, and a square root of a symmetric matrix is good to rounding.
    rounding = 1e-13 * float(law.eigenvalues.sum() + DIMENSION + (law.mean**2).sum())
    return compare_equal(float(np.sum(moved)), best, rounding)


def _square_root(matrix: Float[np.ndarray, "d d"]) -> Float[np.ndarray, "d d"]:
    """Return the square root of a symmetric positive semidefinite matrix."""
    values, vectors = np.linalg.eigh(matrix)
    return np.asarray(vectors * np.sqrt(np.maximum(values, 0.0)) @ vectors.T)


EXAMPLES = {Effort.QUICK: 8, Effort.STANDARD: 40, Effort.DEEP: 500}
"""Laws that are drawn: the flow of each is solved for anew."""


def _gaussian_property(compare: Compare, name: str, method: str) -> Check:
    """Build a property check over drawn Gaussian laws."""
    return property(
        gaussian_laws,
        compare,
        encode=encode_gaussian,
        decode=decode_gaussian,
        method=f"{METHOD}; {method}",
        name=name,
        examples=EXAMPLES,
    )


prior_map_gaussian = Claim(
    id="monge-ampere.prior-map-gaussian",
    title="For Gaussian data the probability flow is the Brenier map, and tends to its limit like e^-T",
    statement=r"""
Let $`\mu = N(m, \Sigma)`$ on $`\mathbb{R}^d`$, $`\Sigma`$ positive definite with eigenvalues $`l_i`$,
$`S_t = e^{-2t} \Sigma + (1 - e^{-2t}) I`$. For every $`d`$ the probability flow takes $`x`$ from the data to time $`t`$
by

```math
e^{-t} m + S_t^{1/2} \Sigma^{-1/2} (x - m) ,
```

whose Jacobian is symmetric and positive, since everything commutes: it is the gradient of a convex function, and
the Brenier map from $`\mu`$ to $`p_t`$. The reverse map $`\Phi_T(x) = m + \Sigma^{1/2} S_T^{-1/2} (x - e^{-T} m)`$ is
that from $`p_T`$ to $`\mu`$, and tends to the Brenier map $`\Phi_\infty(x) = m + \Sigma^{1/2} x`$ from $`N(0, I)`$;
with $`z \sim N(0, I)`$

```math
e^{2T}\, \mathbb{E}|\Phi_T(z) - \Phi_\infty(z)|^2 \to |\Sigma^{1/2} m|^2 , \qquad
e^{4T}\, \mathbb{E}|\Phi_T(z) - \Phi_\infty(z)|^2 \to \tfrac14 \textstyle\sum_i l_i (l_i - 1)^2
\quad\text{if } m = 0 .
```

So for these data, and in the $`L^2`$ sense, the sentence of the abstract holds with the rate $`e^{-T}`$, or $`e^{-2T}`$
where they are centred. In an orthonormal basis of eigenvectors coordinates do not mix and squares add up.
""",
    source=WANG,
    formula=_flow,
    controls={
        "maps stretched by one per cent": false(_stretched, near=True),
        "conjugate off by one per cent": false(
            lambda: replace(_flow(), conjugate=theory.legendre_pair()[1] / NEARLY), near=True
        ),
        "gap off by two per cent": false(
            lambda: replace(_flow(), gap_squared=theory.gap_squared() * Rational(102, 100)), near=True
        ),
        "limits off by two per cent": false(
            lambda: replace(
                _flow(),
                leading=theory.leading_gap_squared() * Rational(102, 100),
                leading_centred=theory.leading_gap_squared(centred=True) * Rational(102, 100),
            ),
            near=True,
        ),
        "l - 1 in place of l (l - 1)^2": false(lambda: replace(_flow(), leading_centred=(eigenvalue - 1) ** 2 / 4)),
    },
    checks=(
        identity(
            _residuals,
            hypotheses=(sp.Lt(remaining, 1),),
            name="one eigendirection",
            extends="every d: coordinates in an orthonormal basis of eigenvectors",
        ),
        identity(
            lambda claimed: theory.plane_residuals(claimed.jacobian),
            hypotheses=(sp.Lt(remaining, 1),),
            name="matrices of the plane",
        ),
        derivation(
            lambda _: theory.derive_legendre_pair(),
            lambda claimed: theory.legendre_statement(claimed.potential, claimed.conjugate),
            attack=_attack_conjugate,
            name="Fenchel-Young",
        ),
        derivation(
            lambda _: theory.derive_gap(),
            lambda claimed: theory.leading_gap_statement(claimed.leading),
            name="leading gap",
        ),
        derivation(
            lambda _: theory.derive_gap(centred=True),
            lambda claimed: theory.leading_gap_statement(claimed.leading_centred, centred=True),
            name="leading gap, centred",
        ),
        _gaussian_property(_compare_points, "images of points", "the flow by Diffrax against the closed form"),
        _gaussian_property(_compare_gap, "distance of the maps", "the flow by Diffrax from T and from infinity"),
        _gaussian_property(_compare_cost, "cost of the flow map", "Bures' formula for the optimal cost"),
    ),
    expected=Verdict.PROVED,
    uses=("monge-ampere.gradient-is-optimal", "monge-ampere.brenier"),
    instance=lambda: "d = 1, N(1, 4): Phi_oo(x) = 1 + 2 x, and e^T times the gap tends to 2",
)

CLAIMS = (prior_map_gaussian,)
