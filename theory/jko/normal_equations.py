"""The quadratic loss of energies that are linear in their parameters, and its minimum, in every dimension.

With features f_j = grad V_j(Y), grad (U_j * mu)(Y), grad log rho(Y), ..., all at one snapshot pair (X, Y), the loss is

    L(theta) = E|r|^2,    r = sum_j theta_j f_j + (Y - X)/tau.

Several snapshots, with weights, are one pair (X, Y) whose time is random as well. A change of the parameters moves r
along a direction g, a combination of the f_j; since g is any of them nothing depends on how many features there are.

    derive_stationarity     L least in the direction g:      E<g, r> = 0
    derive_optimum          E<g, r> = 0:                     L(r + g) = L(r) + E|g|^2, and so L(r) <= L(r + g)
    derive_normal_equation  E<f_i, r> = 0 for each i:        sum_j theta_j E<f_i, f_j> = -E<f_i, Y - X>/tau

So the loss is least where the normal equations hold, and only there up to combinations g with E|g|^2 = 0, the null
space of `identifiability`. The right side carries 1/tau, the left side no tau: energies scale with 1/tau exactly.
"""

from functools import cache

import sympy as sp
from sympy import Expr

from ..derivation import Derivation
from ..displacement import minimum_is_stationary
from ..expectation import Inner, Mean, bilinearity, mean_of_square, random_vector
from ..rules import combine
from ..statement import ForAll, Statement, at_most, equal
from .first_variation import new, old
from .notation import tau

residual = random_vector("r")
direction = random_vector("g")
features = tuple(random_vector(f"f_{index}") for index in (1, 2, 3))
parameters = sp.symbols("theta_1:4", real=True)
_e = sp.Symbol("e", real=True)


def loss(vector: Expr) -> Expr:
    """Return the loss of a residual: `E|r|^2`."""
    return Mean(Inner(vector, vector))


def stationarity_statement(work: Expr) -> Statement:
    """State that `work` vanishes where the loss is least along the direction g."""
    return equal(work, 0, derive_stationarity().conclusion.hypotheses)


def work_of_residual() -> Expr:
    """Return what vanishes at the minimum: `2 E<g, r>`."""
    return 2 * Mean(Inner(direction, residual))


@cache
def derive_stationarity() -> Derivation:
    """Derive `2 E<g, r> = 0` where no multiple of g lowers the loss."""
    moved = residual + _e * direction
    least = ForAll(_e, sp.Le(loss(residual), loss(moved), evaluate=False))
    expanded = loss(residual) + _e * work_of_residual() + _e**2 * loss(direction)
    return (
        Derivation("The loss is stationary at its minimum")
        .assume(least, name="least")
        .apply(bilinearity, mean=loss(moved), name="expanded")
        .apply(combine, "least", "expanded", left=loss(residual), right=expanded, factors=(1, 1), name="polynomial")
        .apply(minimum_is_stationary, "polynomial", parameter=_e, name="stationary")
    )


def optimum_statement(ceiling: Expr) -> Statement:
    """State that the loss of r is at most `ceiling` where E<g, r> = 0."""
    return at_most(loss(residual), ceiling, (sp.Eq(Mean(Inner(direction, residual)), 0),))


def excess() -> Expr:
    """Return by how much the loss rises when the normal equations' residual moves along g: `E|g|^2`."""
    return loss(direction)


def excess_statement(claimed: Expr) -> Statement:
    """State that the loss of r + g is that of r and `claimed`, where E<g, r> = 0."""
    orthogonal = sp.Eq(Mean(Inner(direction, residual)), 0)
    return equal(loss(residual + direction), loss(residual) + claimed, (orthogonal,))


@cache
def derive_excess() -> Derivation:
    """Derive `L(r + g) = L(r) + E|g|^2` where E<g, r> = 0."""
    stated = excess_statement(excess())
    return (
        Derivation("The loss beside its minimum")
        .assume(sp.Eq(Mean(Inner(direction, residual)), 0), name="normal equation")
        .apply(bilinearity, mean=stated.left, name="expanded")
        .apply(
            combine,
            *("expanded", "normal equation"),
            left=stated.left,
            right=stated.right,
            factors=(1, 2),
            name="excess",
        )
    )


@cache
def derive_optimum() -> Derivation:
    """Derive `L(r) <= L(r + g)` where E<g, r> = 0: a solution of the normal equations is a minimum."""
    return (
        Derivation("The normal equations give the minimum")
        .lemma(derive_excess(), name="excess")
        .apply(mean_of_square, mean=loss(direction), name="square")
        .apply(
            combine,
            *("excess", "square"),
            left=loss(residual),
            right=loss(residual + direction),
            factors=(-1, 1),
            name="minimum",
        )
    )


def model_residual() -> Expr:
    """Return the residual of three features: `sum_j theta_j f_j + (Y - X)/tau`."""
    return sum((p * f for p, f in zip(parameters, features, strict=True)), sp.S.Zero) + (new - old) / tau


def normal_equation(index: int) -> tuple[Expr, Expr]:
    """Return both sides of the equation of a feature: `sum_j theta_j E<f_i, f_j>` and `-E<f_i, Y - X>/tau`."""
    own = features[index]
    left = sum((p * Mean(Inner(own, f)) for p, f in zip(parameters, features, strict=True)), sp.S.Zero)
    return left, (Mean(Inner(own, old)) - Mean(Inner(own, new))) / tau


def normal_equation_statement(index: int, right: Expr) -> Statement:
    """State the equation of a feature with `right` for its right side."""
    given = (sp.Eq(Mean(Inner(features[index], model_residual())), 0),)
    return equal(normal_equation(index)[0], right, given)


@cache
def derive_normal_equation(index: int) -> Derivation:
    """Derive the normal equation of a feature from `E<f_i, r> = 0`."""
    work = Mean(Inner(features[index], model_residual()))
    left, right = normal_equation(index)
    return (
        Derivation(f"Normal equation of feature {index + 1}")
        .assume(sp.Eq(work, 0), name="orthogonal")
        .apply(bilinearity, mean=work, name="expanded")
        .apply(combine, "orthogonal", "expanded", left=left, right=right, factors=(1, -1), name="normal equation")
    )
