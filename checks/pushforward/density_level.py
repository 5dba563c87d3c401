"""Section 3: the change of variables and the evidence lower bound."""

from dataclasses import dataclass, replace
from typing import final

import sympy as sp
from sympy import Expr, Rational

from ...theory.pushforward import densities as theory
from ...theory.verdict import Verdict
from ..builders import derivation, identity
from ..claim import Claim, false
from ..residual_attack import residual_attack
from .sources import as_printed

NEARLY = Rational(101, 100)

change_of_variables = Claim(
    id="pushforward.change-of-variables",
    title="The density of a pushforward is p_0(psi^-1(x)) |det D psi^-1(x)|",
    statement=r"""
Printed: $`p(x) = p_0(\psi^{-1}(x)) |\det(D\psi^{-1}(x))|`$, (4). Let $`\psi`$ be a diffeomorphism of $`\mathbb{R}^d`$,
$`d = 1, 2, 3`$, with either sign of $`\det D\psi`$. On the line it is the derivative of the distribution function, for
an increasing map and for a decreasing one. In $`\mathbb{R}^d`$ it is $`p(\psi(z)) |\det D\psi(z)| = p_0(z)`$: by the
substitution rule for integrals every set has the mass of its preimage.
""",
    source=as_printed("section 3, equation (4)"),
    formula=theory.pushed_density,
    controls={
        "without the absolute value": false(lambda: theory.base * theory.jacobian),
        "Jacobian of psi in place of its inverse": false(lambda: theory.base / sp.Abs(theory.jacobian)),
        "off by one per cent": false(lambda: NEARLY * theory.pushed_density(), near=True),
    },
    checks=(identity(theory.pushed_density_residuals, name="conserved mass"),),
    expected=Verdict.PROVED,
    dimension="d = 1, 2, 3",
    instance=lambda: "d = 1, psi(z) = -2 z: p(x) = p_0(-x/2)/2",
)


@final
@dataclass(frozen=True, slots=True)
class EvidenceBound:
    """What is claimed: the term at z beside the bound's, and the share of q - p that it is at least."""

    gap: Expr
    share: Expr = sp.S.One


def _evidence_bound() -> EvidenceBound:
    """Return footnote 6: beside the bound stands the divergence of q from the posterior."""
    return EvidenceBound(theory.divergence_term())


evidence_lower_bound = Claim(
    id="pushforward.evidence-lower-bound",
    title="log p(x) is the evidence lower bound plus KL(q | p(z | x)), and its maximum over q",
    statement=r"""
Printed: for an arbitrary $`q_x \in \Delta_{\mathcal{Z}}`$,
$`\log p(x) = \mathbb{E}_{z \sim q_x}[\log(\frac{p(x,z)}{p(z|x)})] =
\mathbb{E}_z[\log(\frac{p(x,z)}{q_x(z)})] + D_{KL}(q_x \| p(z|x))`$, and
$`\log p(x) = \max_{q_x} \mathbb{E}_{Z \sim q_x}[\log(\frac{p(x, Z)}{q_x(Z)})]`$, reached for $`q_x = p(z|x)`$. Let the
densities be positive and the means exist. The first holds at every $`z`$ before the mean, and
$`q \log(q/p) \ge q - p`$ makes the divergence nonnegative, since $`q`$ and $`p(\cdot | x)`$ both have the mass 1.
""",
    source=as_printed("section 3, footnote 6"),
    formula=_evidence_bound,
    controls={
        "KL reversed": false(lambda: EvidenceBound(sp.log(theory.posterior() / theory.encoder))),
        "KL from the joint density": false(lambda: EvidenceBound(sp.log(theory.encoder / theory.joint))),
        "divergence off by one per cent": false(
            lambda: replace(_evidence_bound(), gap=NEARLY * theory.divergence_term()), near=True
        ),
        "1.01 (q - p)": false(lambda: replace(_evidence_bound(), share=NEARLY), near=True),
    },
    checks=(
        identity(lambda claimed: theory.evidence_residuals(claimed.gap), name="at every z"),
        derivation(
            lambda _: theory.derive_gap(),
            lambda claimed: theory.gap_statement(claimed.share),
            attack=residual_attack(lambda claimed: theory.gap_slope_residuals(claimed.share)),
            name="the divergence is not negative",
        ),
    ),
    expected=Verdict.PROVED,
    instance=lambda: "p(x, z) = 1/4 for two z, q = (3/4, 1/4): log(1/2) = log(1/4) + 3/4 log(4/3) + 1/4 log 4 + KL",
)

CLAIMS = (change_of_variables, evidence_lower_bound)
