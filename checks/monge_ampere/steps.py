"""Each step of the flow is optimal: the velocity is a gradient; the composition of two steps need not be."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import final

import numpy as np
import sympy as sp
from sympy import Expr, Rational

from ...theory.expectation import Inner, Mean
from ...theory.monge_ampere import gradient
from ...theory.monge_ampere.notation import tau
from ...theory.monge_ampere.ornstein_uhlenbeck import data
from ...theory.monge_ampere.regular_flow import log_weight
from ...theory.verdict import Strength, Verdict
from ..builders import derivation, identity
from ..claim import Claim, Reading, Source, false
from ..comparison import Comparison, compare_at_most
from ..trial import Run
from .data_sets import SeenThroughNoise
from .posterior_checks import (
    atom_size,
    compare_arrays,
    differentiate_denoiser,
    posterior_property,
    posterior_weights,
    rounding_of_weights,
    values_of,
)

NEARLY = Rational(101, 100)


@final
@dataclass(frozen=True, slots=True)
class StepStructure:
    """What is claimed: an entry of the velocity's Jacobian, by what a step stretches, and when two steps commute.

    `growth` is <xi, (I + h J) xi> - |xi|^2, `asymmetry` that of the product of the Hessians of two steps.
    """

    jacobian: Expr
    growth: Expr
    asymmetry: Expr


def _structure() -> StepStructure:
    """Return the structure of a step."""
    return StepStructure(
        gradient.denoiser_jacobian(), gradient.step * gradient.quadratic_form(), gradient.composition_asymmetry()
    )


def _residuals(claimed: StepStructure) -> dict[str, Expr]:
    """Return what the claim leaves over of the Jacobian and of the composition."""
    return {
        **gradient.denoiser_jacobian_residuals(claimed.jacobian),
        **gradient.composition_residuals(claimed.asymmetry),
    }


SHARES = (Fraction(0), Fraction(1, 100), Fraction(1, 2))
"""Posterior weights of the second atom at which the growth is looked at."""


def _attack_growth(claimed: StepStructure) -> Iterator[Comparison]:
    """Compare 0 with the claimed growth where <xi, X> is 1 or 2 and one step of length 1 starts at tau = 1."""
    along = Inner(gradient.direction, data)
    for share in SHARES:
        first, second = 1 + share, 1 + 3 * share
        values = {
            Mean(along**2): Rational(second.numerator, second.denominator),
            Mean(along): Rational(first.numerator, first.denominator),
            tau: 1,
            gradient.step: 1,
        }
        growth = claimed.growth.subs(values)
        yield compare_at_most(
            0.0, float(growth), 0.0, strength=Strength.EXACT, point={"P(<xi, X> = 2 | u)": str(share), "tau": "1"}
        )


def _jacobian_of_drawn_data(claimed: StepStructure, drawn: SeenThroughNoise, run: Run) -> Comparison:
    """Compare the derivative of the shared denoiser with the claimed entry at the posterior moments."""
    shares, atoms = posterior_weights(log_weight(), drawn), drawn.measure.atoms
    mean, mixed = shares @ atoms, np.einsum("mn,ni,nj->mij", shares, atoms, atoms)
    values = {
        tau: drawn.tau,
        gradient.mixed_moment: mixed,
        gradient.first_mean: mean[:, :, None],
        gradient.second_mean: mean[:, None, :],
    }
    size = drawn.tau * atom_size(drawn.measure) ** 2
    error = np.sqrt(mixed.size) * rounding_of_weights(drawn) * size
    return compare_arrays(
        differentiate_denoiser(drawn), values_of(claimed.jacobian, values), error, names=("Jacobian", "tau Cov")
    )


step_is_optimal = Claim(
    id="monge-ampere.step-is-optimal",
    title="Every step of the probability flow is optimal; two of them need not be",
    statement=r"""
For every $`d`$, every bounded law of $`X`$ and every $`\tau > 0`$, the velocity
$`m(u) = \mathbb{E}[X \mid \tau X + \varepsilon = u]`$ of the regular flow has the Jacobian

```math
\nabla m = \tau\, \mathrm{Cov}(X \mid u) \succeq 0 .
```

So it is the gradient of the convex function $`\frac{1}{\tau} \log \mathbb{E}\, e^{\tau \langle u, X \rangle -
\tau^2 |X|^2 / 2}`$, and the step $`u + h\, m(u)`$ with $`h \ge 0`$ is the gradient of a strongly convex one:
$`\langle \xi, (I + h \nabla m) \xi \rangle \ge |\xi|^2`$ for every $`\xi`$. Each step is optimal transport between the
two laws it connects. The Jacobian of two steps in turn is a product $`A B`$ of their symmetric Jacobians, and

```math
A B - (A B)^{\mathsf T} = A B - B A ,
```

in the plane $`(a_{11} - a_{22})\, b_{12} - a_{12}\, (b_{11} - b_{22})`$: where this is not 0 the composition is no
gradient. That optimality is lost in composition, and not in any step, is what the readings of the limit turn on.
""",
    source=Source("wang2024", "abstract: the probability flow, step by step", Reading.RESTATED),
    formula=_structure,
    controls={
        "Jacobian off by one per cent": false(
            lambda: replace(_structure(), jacobian=NEARLY * gradient.denoiser_jacobian()), near=True
        ),
        "square of the mean off by one per cent in the growth": false(
            lambda: replace(
                _structure(),
                growth=gradient.step
                * (gradient.quadratic_form() - tau * (NEARLY - 1) * Mean(Inner(gradient.direction, data)) ** 2),
            ),
            near=True,
        ),
        "two steps are always a gradient": false(lambda: replace(_structure(), asymmetry=sp.S.Zero)),
    },
    checks=(
        identity(
            _residuals,
            name="Jacobian and composition",
            extends="two coordinates: an entry of a Jacobian has two indices, and a law is a superposition of atoms",
        ),
        derivation(
            lambda _: gradient.derive_step_is_expanding(),
            lambda claimed: gradient.step_statement(claimed.growth),
            attack=_attack_growth,
            name="Cauchy-Schwarz",
        ),
        posterior_property(_jacobian_of_drawn_data, "derivative of the shared denoiser"),
    ),
    expected=Verdict.PROVED,
    uses=("monge-ampere.regular-flow", "monge-ampere.gradient-is-optimal"),
    instance=lambda: "atoms -1 and 1 with equal weights, u = 0: Cov = 1, the step is (1 + h tau) u to first order",
)

CLAIMS = (step_is_optimal,)
