"""phi-divergences as suprema over test functions, by the convex conjugate of phi.

    fenchel_young      r y <= phi(r) + phi*(y), with equality at y = phi'(r)
    conjugate          phi*(y) = exp(y - 1) for phi(r) = r log r (Kullback-Leibler), and y + y^2/4 for (r - 1)^2 on
                       all reals (chi^2)
    legendre           phi*(phi'(r)) = r phi'(r) - phi(r), whence (phi*)'(phi'(r)) = r: a generic convex phi

For laws mu = r nu the mean under nu of Fenchel-Young at y = f(x) is `<f | mu> - <phi* o f | nu> <= D_phi(mu | nu)`, an
equality for f = phi' o r. So D_phi is the generalised discrepancy over the pairs (f, phi* o f), with the conjugate of
phi, and mu before nu: KL is D_phi of phi = r log r in this order.

References: [touring2024, section 2 "Generalization"].
"""

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import final

import sympy as sp
from sympy import Expr, Lambda, diff, exp, log

from ..derivation import Derivation
from ..rules import combine, tangent_line
from ..statement import Statement, at_most

ratio = sp.Symbol("r", positive=True)
"""The density dmu/dnu at a point."""
slope = sp.Symbol("y", real=True)
"""The value of a test function at a point."""
_generic = sp.Function("phi", real=True)


@final
class Divergence(StrEnum):
    """A phi-divergence by name."""

    KULLBACK_LEIBLER = "kullback_leibler"
    CHI_SQUARED = "chi_squared"


@final
@dataclass(frozen=True, slots=True)
class ConjugatePair:
    """A convex function `phi` of r > 0 and its conjugate in y; `touching` is r with phi'(r) = y, in y, if positive."""

    phi: Lambda
    conjugate: Lambda
    touching: Lambda


def conjugate_pair(divergence: Divergence) -> ConjugatePair:
    """Return phi and its conjugate for a named divergence."""
    match divergence:
        case Divergence.KULLBACK_LEIBLER:
            return ConjugatePair(
                phi=Lambda(ratio, ratio * log(ratio)),
                conjugate=Lambda(slope, exp(slope - 1)),
                touching=Lambda(slope, exp(slope - 1)),
            )
        case Divergence.CHI_SQUARED:
            return ConjugatePair(
                phi=Lambda(ratio, (ratio - 1) ** 2),
                conjugate=Lambda(slope, slope + slope**2 / 4),
                touching=Lambda(slope, 1 + slope / 2),
            )


def conjugate_residuals(claimed: ConjugatePair) -> dict[str, Expr]:
    """Return what a claimed conjugate leaves over of the Legendre transform, in r.

    `attained` is Fenchel-Young at y = phi'(r), `touching` says that the slope determines r, and `inverse slopes` that
    the conjugate's derivative there is r, so that it is the conjugate and not merely a bound.
    """
    at = diff(claimed.phi(ratio), ratio)
    return {
        "attained": ratio * at - claimed.phi(ratio) - claimed.conjugate(at),
        "touching": claimed.touching(at) - ratio,
        "inverse slopes": diff(claimed.conjugate(slope), slope).subs(slope, at) - ratio,
    }


def legendre_value() -> Expr:
    """Return phi*(phi'(r)) for a generic phi, in r: `r phi'(r) - phi(r)`."""
    return ratio * diff(_generic(ratio), ratio) - _generic(ratio)


def legendre_residuals(claimed: Expr) -> dict[str, Expr]:
    """Return what `claimed`, phi*(phi'(r)) for a generic phi, leaves over.

    `envelope`: where phi* has the derivative r at phi'(r), the chain rule gives d/dr phi*(phi'(r)) = r phi''(r).
    `line`: for phi(r) = m r + c the supremum of r y - phi(r) over r, finite at y = m alone, is -c.
    """
    rise, height = sp.symbols("m c", real=True)
    affine = claimed.subs(_generic(ratio), rise * ratio + height).doit()
    return {
        "envelope": diff(claimed, ratio) - ratio * diff(_generic(ratio), ratio, 2),
        "line": affine + height,
    }


def fenchel_young_statement(claimed: ConjugatePair) -> Statement:
    """State `r y <= phi(r) + phi*(y)`."""
    return at_most(ratio * slope, claimed.phi(ratio) + claimed.conjugate(slope))


@cache
def derive_fenchel_young(divergence: Divergence) -> Derivation:
    """Derive Fenchel-Young from the tangent of a convex function.

    For KL the tangent is that of phi* at 1 + log r; for chi^2 that of phi* at 2 (r - 1): phi* lies above both.
    """
    pair = conjugate_pair(divergence)
    touching = diff(pair.phi(ratio), ratio)
    bound = fenchel_young_statement(pair)
    place = sp.Symbol("v", real=True)
    return (
        Derivation(f"Fenchel-Young inequality, {divergence.value.replace('_', ' ')}")
        .apply(
            tangent_line,
            function=Lambda(place, pair.conjugate(place)),
            point=slope,
            touching=touching,
            shape="convex",
            name="tangent of the conjugate",
        )
        .apply(combine, "tangent of the conjugate", left=bound.left, right=bound.right, factors=(1,), name="inequality")
    )
