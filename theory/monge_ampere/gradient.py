"""Why every step of the regular flow is optimal, and why their composition need not be.

    denoiser_jacobian        d m_i/du_j = tau Cov(X_i, X_j | u)                         every d, every bounded law
    derive_monotone_velocity 0 <= tau Var(<xi, X> | u), the Jacobian's quadratic form   every d
    derive_step_is_expanding |xi|^2 <= <xi, (I + h J) xi> for h >= 0: the step u + h m(u) is the gradient of a convex
                             function, that of |u|^2/2 + (h/tau) log Z
    composition_asymmetry    J_12 - J_21 of the composition of two gradient steps: the commutator of their Hessians

Here Z(u) = E exp(tau <u, X> - tau^2 |X|^2/2) and m = grad log Z/tau. A law is a superposition of atoms and Z, with its
derivatives, is linear in it: `one atom` decides how the derivatives of Z are posterior moments, and a generic Z carries
the rest. Two coordinates suffice for every d, since an entry of the Jacobian has two indices; a direction xi is a
coordinate of some orthonormal basis, so that the entry on the diagonal is the quadratic form.

The steps are gradients of convex functions and so optimal (`optimality`); the product of two symmetric matrices is
symmetric where they commute and nowhere else.
"""

from functools import cache

import sympy as sp
from sympy import Expr, diff, exp

from ..derivation import Derivation
from ..expectation import Inner, Mean, bilinearity, cauchy_schwarz, random_vector
from ..rules import combine
from ..statement import Statement, at_most
from .notation import tau
from .ornstein_uhlenbeck import data

first_place, second_place = sp.symbols("u_1 u_2", real=True)
first_mean, second_mean = sp.symbols("mu_1 mu_2", real=True)
"""E[X_1 | u] and E[X_2 | u]."""
mixed_moment = sp.Symbol("q_12", real=True)
"""E[X_1 X_2 | u]."""
step = sp.Symbol("h", nonnegative=True)


def denoiser_jacobian() -> Expr:
    """Return d m_1/du_2 in posterior moments: `tau (E[X_1 X_2 | u] - E[X_1 | u] E[X_2 | u])`."""
    return tau * (mixed_moment - first_mean * second_mean)


def denoiser_jacobian_residuals(claimed: Expr) -> dict[str, Expr]:
    """Return what `claimed` leaves over of the Jacobian, off the diagonal, on it, and for three atoms of the plane."""
    places, y = (first_place, second_place), sp.symbols("y_1 y_2", real=True)
    one = exp(sum(tau * place * at - tau**2 * at**2 / 2 for place, at in zip(places, y, strict=True)))
    plane, line = sp.Function("Z", positive=True)(*places), sp.Function("Z", positive=True)(first_place)
    atoms = [sp.symbols(f"y_{k}1 y_{k}2", real=True) for k in range(3)]
    weights = sp.symbols("w_0:3", positive=True)
    mass = [weight * one.subs(dict(zip(y, atom, strict=True))) for weight, atom in zip(weights, atoms, strict=True)]

    def posterior(values: list[Expr]) -> Expr:
        return sum(v * term for v, term in zip(values, mass, strict=True)) / sum(mass)

    of_three = {
        mixed_moment: posterior([a * b for a, b in atoms]),
        first_mean: posterior([a for a, _ in atoms]),
        second_mean: posterior([b for _, b in atoms]),
    }
    return {
        "first moment of one atom": diff(one, first_place) - tau * y[0] * one,
        "mixed moment of one atom": diff(one, first_place, second_place) - tau**2 * y[0] * y[1] * one,
        "second moment of one atom": diff(one, first_place, 2) - tau**2 * y[0] ** 2 * one,
        "off the diagonal": diff(diff(plane, first_place) / (tau * plane), second_place)
        - claimed.subs(_moments(plane, first_place, second_place), simultaneous=True),
        "on the diagonal": diff(diff(line, first_place) / (tau * line), first_place)
        - claimed.subs(_moments(line, first_place, first_place), simultaneous=True),
        "three atoms": diff(of_three[first_mean], second_place) - claimed.subs(of_three, simultaneous=True),
    }


def _moments(partition: Expr, first: sp.Symbol, second: sp.Symbol) -> dict[Expr, Expr]:
    """Return the posterior moments as derivatives of the partition function."""
    return {
        mixed_moment: diff(partition, first, second) / (tau**2 * partition),
        first_mean: diff(partition, first) / (tau * partition),
        second_mean: diff(partition, second) / (tau * partition),
    }


direction = random_vector("xi")
"""A vector that is not random, or any other: it is the same on both sides."""
_along = Inner(direction, data)
_length = Mean(Inner(direction, direction))


def quadratic_form() -> Expr:
    """Return <xi, J xi> with J = tau Cov: `tau (E<xi, X>^2 - (E<xi, X>)^2)`, expectations under the posterior."""
    return tau * (Mean(_along**2) - Mean(_along) ** 2)


@cache
def derive_monotone_velocity() -> Derivation:
    """Derive `0 <= <xi, J xi>`: the velocity is monotone, so it is the gradient of a convex function."""
    return (
        Derivation("The velocity is monotone")
        .apply(cauchy_schwarz, first=_along, second=1, name="Cauchy-Schwarz")
        .apply(bilinearity, mean=Mean(sp.S.One), name="total mass")
        .equal(Mean(_along**2) * Mean(sp.S.One), Mean(_along**2), using=("total mass",), name="normalised")
        .apply(
            combine,
            *("Cauchy-Schwarz", "normalised"),
            left=0,
            right=quadratic_form(),
            factors=(tau, tau),
            name="quadratic form",
        )
    )


def step_statement(growth: Expr) -> Statement:
    """State that a step from tau of length h stretches no direction by less than 1: `|xi|^2 <= |xi|^2 + growth`."""
    return at_most(_length, _length + growth)


@cache
def derive_step_is_expanding() -> Derivation:
    """Derive `|xi|^2 <= <xi, (I + h J) xi>` for a step of length h >= 0 towards the data."""
    return (
        Derivation("A step of the flow is the gradient of a convex function")
        .lemma(derive_monotone_velocity(), name="monotone")
        .apply(combine, "monotone", left=_length, right=_length + step * quadratic_form(), factors=(step,), name="step")
    )


_hessians = tuple(sp.symbols(f"{name}_11 {name}_12 {name}_22", real=True) for name in ("A", "B"))


def composition_asymmetry() -> Expr:
    """Return (A B)_12 - (B^T A^T)_12 for symmetric A and B of the plane, in their entries.

    A is the Hessian of the later step, B of the earlier one, and A B the Jacobian of their composition.
    """
    (a11, a12, a22), (b11, b12, b22) = _hessians
    return (a11 - a22) * b12 - a12 * (b11 - b22)


def composition_residuals(claimed: Expr) -> dict[str, Expr]:
    """Return what `claimed` leaves over of the composition's asymmetry, which is the commutator of the Hessians."""
    later, earlier = (sp.Matrix([[p, q], [q, r]]) for p, q, r in _hessians)
    product = later * earlier
    commutator = later * earlier - earlier * later
    return {
        "asymmetry": product[0, 1] - product[1, 0] - claimed,
        "commutator": commutator[0, 1] - claimed,
        "the commutator of symmetric matrices is antisymmetric": commutator[0, 0],
    }
