"""Working at density level: the change of variables (4) and the evidence lower bound with footnote 6.

    pushed_density       p(x) = p_0(psi^-1(x)) |det D psi^-1(x)|
    evidence_split       log p(x) = E_q[log p(x, Z)/q(Z)] + KL(q | p(. | x)), at every z already before the mean over q
    derive_gap           q log(q/p) >= q - p, whose integral over z is KL(q | p(. | x)) >= 0

With the substitution x = psi(z), of a diffeomorphism psi of R^d, (4) says that p(psi(z)) |det D psi(z)| = p_0(z): the
mass of a set is that of its preimage. The Jacobian of the inverse map is the inverse matrix, which is decided for
generic matrices of d = 1, 2, 3; on the line, with the sign of the slope, from the distribution functions.

References: [touring2024, section 3, equation (4) and footnote 6].
"""

from functools import cache

import sympy as sp
from sympy import Expr, Lambda, log

from ..derivation import Derivation
from ..rules import combine, tangent_line
from ..statement import Statement, at_most
from .notation import DIMENSIONS

base, jacobian = sp.Symbol("p_0", positive=True), sp.Symbol("J", real=True, nonzero=True)
"""p_0(psi^-1(x)), and det D psi^-1(x)."""
joint, evidence, encoder = sp.symbols("p_xz p_x q", positive=True)
"""p(x, z), p(x) and q(z) at one x and z."""


def pushed_density() -> Expr:
    """Return the density of psi_# mu_0 at x, in p_0(psi^-1(x)) and det D psi^-1(x): `p_0 |J|`."""
    return base * sp.Abs(jacobian)


def pushed_density_residuals(claimed: Expr) -> dict[str, Expr]:
    """Return what `claimed` leaves over of conserved mass: on the line by distribution functions, and by matrices.

    On the line P(x) = P_0(psi^-1(x)) for an increasing map and 1 - P_0(psi^-1(x)) for a decreasing one; the chain rule
    gives the density. In d = 1, 2, 3 the density times |det D psi| has to be p_0, for either sign of the determinant,
    and the determinant of the inverse A^-1 = adj A/det A of a generic matrix A is 1/det A, as that of adj A is
    (det A)^(d-1).
    """
    size = sp.Symbol("size", positive=True)
    residuals: dict[str, Expr] = {}
    for turn, name in ((1, "increasing"), (-1, "decreasing")):
        density = claimed.subs(jacobian, turn * size)
        residuals[f"distribution function, {name}"] = turn * base * (turn * size) - density
        residuals[f"mass, {name}"] = claimed.subs(jacobian, turn / size) * size - base
    for d in DIMENSIONS:
        matrix = sp.Matrix(d, d, lambda i, j: sp.Symbol(f"a_{i + 1}{j + 1}", real=True))
        forward = matrix.det(method="berkowitz")
        adjugate = matrix.adjugate()
        residuals[f"adjugate, d = {d}"] = (matrix * adjugate)[0, 0] - forward
        residuals[f"its determinant, d = {d}"] = adjugate.det(method="berkowitz") - forward ** (d - 1)
    return residuals


def posterior() -> Expr:
    """Return p(z | x) by Bayes' formula: `p(x, z)/p(x)`."""
    return joint / evidence


def bound_term() -> Expr:
    """Return the term of the evidence lower bound at z: `log(p(x, z)/q(z))`."""
    return log(joint / encoder)


def divergence_term() -> Expr:
    """Return the term of KL(q | p(. | x)) at z: `log(q(z)/p(z | x))`."""
    return log(encoder / posterior())


def evidence_residuals(claimed: Expr) -> dict[str, Expr]:
    """Return what `claimed`, the term beside the bound's at z, leaves over of log p(x), at z and so in the mean."""
    return {
        "evidence at z": log(evidence) - bound_term() - claimed,
        "footnote 6": log(evidence) - log(joint / posterior()),
        "maximum": claimed.subs(encoder, posterior()),
    }


def gap_statement(share: Expr) -> Statement:
    """State `share (q - p) <= q log(q/p)` for the posterior p at z; for share 1 both sides' integrals give KL >= 0."""
    return at_most(share * (encoder - posterior()), encoder * divergence_term())


@cache
def derive_gap() -> Derivation:
    """Derive `q - p <= q log(q/p)` from the tangent of -log at 1."""
    place = sp.Symbol("v", positive=True)
    stated = gap_statement(sp.S.One)
    return (
        Derivation("The divergence from the posterior is not negative")
        .apply(
            tangent_line,
            function=Lambda(place, -log(place)),
            point=posterior() / encoder,
            touching=sp.S.One,
            shape="convex",
            lower=sp.S.Zero,
            name="tangent of -log at 1",
        )
        .apply(combine, "tangent of -log at 1", left=stated.left, right=stated.right, factors=(encoder,), name="gap")
    )


def gap_slope_residuals(share: Expr) -> dict[str, Expr]:
    """Return what `share` leaves over where both sides of the bound vanish, at q = p: their slopes in q have to agree.

    A difference that vanishes at a point and is nonnegative beside it has no slope there.
    """
    stated = gap_statement(share)
    return {"slope in q at q = p": sp.diff(stated.right - stated.left, encoder).subs(encoder, posterior())}
