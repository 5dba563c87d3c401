"""Discrepancies of laws by test functions: on finite spaces exactly, by kernels, and their unbiased estimate.

    integral_metric        D_oo(mu, nu; F) = max over a finite class F of <f | mu - nu>, equation (2)
    is_symmetric           -f is in F with every f; with a class that spans all functions and D finite, D is a distance
    separation, triangle   what makes it one: <f | mu - nu>^2 <= D_oo(mu, nu)^2, and
                           <f | mu - nu> <= D_oo(mu, kappa) + D_oo(kappa, nu)
    positive_part          f (mu - nu) <= (mu - nu)_+ for 0 <= f <= 1, with equality for f = 1 where mu > nu: D_oo of
                           all such f is the total variation
    expansion              |E Phi(X) - E Phi(Y)|^2 = E<Phi(X), Phi(X')> + E<Phi(Y), Phi(Y')> - 2 E<Phi(X), Phi(Y)>
    pair_mean              E sum c_ij f(X_i) f(X_j) = (sum off the diagonal) <f | mu>^2 + (sum on it) <f^2 | mu>
    estimator_weights      1/(n (n - 1)) off the diagonal, 0 on it: unbiased; 1/n^2 everywhere: bias Var f(X)/n

On a finite space functions and laws are tuples of values. In the kernel expansion X, X', Y, Y' stand for the images
under the feature map Phi, <Phi(x), Phi(y)> = k(x, y); X', Y' are independent copies, so that
E<Phi(X'), Phi(Y)> = E<Phi(X), Phi(Y)>.

References: [touring2024, section 2, equations (1)-(3)].
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TypeAlias, final

import sympy as sp
from sympy import Expr

from ..derivation import Derivation
from ..expectation import Inner, Mean, bilinearity, random_vector
from ..rules import combine
from ..statement import Statement, at_most, equal

Values: TypeAlias = tuple[Expr, ...]
"""A function, or a law, on a finite space by its values."""

size = sp.Symbol("n", integer=True, positive=True)
"""Size of a sample, 2 at least where pairs are formed."""
mean_value, mean_square = sp.symbols("m s", real=True)
"""<f | mu> and <f^2 | mu>."""
_first, _first_copy, _second, _second_copy = (random_vector(name) for name in ("X", "X'", "Y", "Y'"))
_copies = sp.Eq(Mean(Inner(_first_copy, _second)), Mean(Inner(_first, _second)))
_both_copies = sp.Eq(Mean(Inner(_first, _second_copy)), Mean(Inner(_first, _second)))


def bracket(function: Sequence[Expr], law: Sequence[Expr]) -> Expr:
    """Return <f | mu> on a finite space; mu may be signed."""
    return sum((value * mass for value, mass in zip(function, law, strict=True)), sp.S.Zero)


def integral_metric(functions: Collection[Values], first: Values, second: Values) -> Expr:
    """Return D_oo(first, second; functions): the largest <f | first - second> over a finite class of numbers."""
    signed = tuple(p - q for p, q in zip(first, second, strict=True))
    return max(bracket(function, signed) for function in functions)


def is_symmetric(functions: Collection[Values]) -> bool:
    """Say whether the class holds -f with every f."""
    return all(tuple(-value for value in function) in functions for function in functions)


def spans(functions: Collection[Values], points: int) -> bool:
    """Say whether the class spans all functions on a space of so many points."""
    return bool(sp.Matrix([list(function) for function in functions]).rank() == points)


def kernel_expansion(kernel: sp.Lambda, places: Sequence[Expr], first: Values, second: Values) -> Expr:
    """Return `E[k(X, X') + k(Y, Y') - 2 k(X, Y)]` for laws on the line with the same finite support.

    `kernel` takes two places.
    """
    signed = tuple(p - q for p, q in zip(first, second, strict=True))
    return sum(
        (
            p * q * kernel(a, b)
            for p, a in zip(signed, places, strict=True)
            for q, b in zip(signed, places, strict=True)
        ),
        sp.S.Zero,
    )


def expansion_statement(cross: Expr) -> Statement:
    """State `E<X - Y, X' - Y'> = E<X, X'> + E<Y, Y'> + cross E<X, Y>` for independent copies."""
    right = Mean(Inner(_first, _first_copy)) + Mean(Inner(_second, _second_copy)) + cross * Mean(Inner(_first, _second))
    return equal(Mean(Inner(_first - _second, _first_copy - _second_copy)), right, (_copies, _both_copies))


@cache
def derive_expansion() -> Derivation:
    """Derive the kernel expansion of the squared distance of mean features, with the cross term -2."""
    stated = expansion_statement(sp.Integer(-2))
    return (
        Derivation("Expansion of the maximum mean discrepancy")
        .assume(_copies, name="first copy")
        .assume(_both_copies, name="second copy")
        .apply(bilinearity, mean=stated.left, name="expanded")
        .apply(
            combine,
            *("expanded", "first copy", "second copy"),
            left=stated.left,
            right=stated.right,
            factors=(1, -1, -1),
            name="expansion",
        )
    )


@final
@dataclass(frozen=True, slots=True)
class PairWeights:
    """Weights of an estimate `sum c_ij f(X_i) f(X_j)` over a sample: for each pair i != j, and for each i = j, in n."""

    pair: Expr
    diagonal: Expr


def estimator_weights() -> PairWeights:
    """Return the weights of the unbiased estimate of <f | mu>^2: `1/(n (n - 1))` off the diagonal, 0 on it."""
    return PairWeights(pair=1 / (size * (size - 1)), diagonal=sp.S.Zero)


def all_pairs_weights() -> PairWeights:
    """Return the weights of the squared sample mean: `1/n^2` for every pair, the same index twice included."""
    return PairWeights(pair=size**-2, diagonal=size**-2)


def pair_mean(weights: PairWeights) -> Expr:
    """Return the mean of an estimate over independent samples, in n, <f | mu> and <f^2 | mu>.

    There are n (n - 1) ordered pairs of independent samples and n of the same sample twice.
    """
    return size * (size - 1) * weights.pair * mean_value**2 + size * weights.diagonal * mean_square


def estimator_residuals(weights: PairWeights) -> dict[str, Expr]:
    """Return what claimed weights leave over of an unbiased estimate of <f | mu>^2, for every law and every n >= 2."""
    return {"bias": pair_mean(weights) - mean_value**2}


def all_pairs_bias() -> Expr:
    """Return the bias of the squared sample mean: `Var f(X)/n`."""
    return (mean_square - mean_value**2) / size


def all_pairs_bias_residuals(claimed: Expr) -> dict[str, Expr]:
    """Return what `claimed` leaves over of the bias of the squared sample mean."""
    return {"bias": pair_mean(all_pairs_weights()) - mean_value**2 - claimed}


_value, _further, _whole, _rest = sp.symbols("b b_2 D D_2", real=True)
"""<f | mu - kappa> and <f | kappa - nu> for one f of the class, and D_oo of these pairs of laws."""


def separation_statement(share: Expr) -> Statement:
    """State `share <f | mu - nu>^2 <= D_oo^2` for f and -f in the class."""
    return at_most(share * _value**2, _whole**2, (_value <= _whole, -_value <= _whole))


@cache
def derive_separation() -> Derivation:
    """Derive `<f | mu - nu>^2 <= D_oo(mu, nu)^2` from what D_oo bounds: <f | mu - nu> and <-f | mu - nu>.

    So where D_oo vanishes every f of the class has the same mean under both laws, and so has every f of the closure of
    its span, which determine the laws.
    """
    stated = separation_statement(sp.S.One)
    return Derivation("A symmetric class separates").at_most(
        stated.left, stated.right, given=stated.hypotheses, name="separation"
    )


def triangle_statement(share: Expr) -> Statement:
    """State `<f | mu - nu> <= share (D_oo(mu, kappa) + D_oo(kappa, nu))` for f in the class."""
    return at_most(_value + _further, share * (_whole + _rest), (_value <= _whole, _further <= _rest))


@cache
def derive_triangle() -> Derivation:
    """Derive the triangle inequality for one f, and so for the supremum over the class."""
    stated = triangle_statement(sp.S.One)
    return (
        Derivation("Triangle inequality of D_oo")
        .assume(_value <= _whole, name="first pair")
        .assume(_further <= _rest, name="second pair")
        .apply(combine, "first pair", "second pair", left=stated.left, right=stated.right, factors=(1, 1), name="sum")
    )


def attained_residuals(separation: Expr, triangle: Expr) -> dict[str, Expr]:
    """Return what claimed shares leave over where both bounds are attained: by f with the means D_oo and D_oo."""
    at = {_value: _whole, _further: _rest}
    bounds = {"separation": separation_statement(separation), "triangle": triangle_statement(triangle)}
    return {name: (stated.right - stated.left).subs(at, simultaneous=True) for name, stated in bounds.items()}


_test, _signed = sp.Symbol("f", nonnegative=True), sp.Symbol("sigma", real=True)
"""A test function with values in [0, 1] and the signed density mu - nu, at one point."""


def positive_part_statement(share: Expr) -> Statement:
    """State `f sigma <= share (sigma + |sigma|)/2` at a point, for 0 <= f <= 1."""
    return at_most(_test * _signed, share * (_signed + sp.Abs(_signed)) / 2, (_test <= 1,))


@cache
def derive_positive_part() -> Derivation:
    """Derive that no test function with values in [0, 1] gains more than the positive part of mu - nu.

    The integral of the positive part is (mu - nu)(A) for A where it is positive, and (nu - mu)(A) of the complement,
    since both laws have the mass 1: the largest |mu(A) - nu(A)|.
    """
    stated = positive_part_statement(sp.S.One)
    return Derivation("Test functions with values in [0, 1]").at_most(
        stated.left, stated.right, given=stated.hypotheses, name="positive part"
    )


def positive_part_residuals(share: Expr) -> dict[str, Expr]:
    """Return what `share` leaves over where the bound is attained: f = 1 and mu - nu positive."""
    gain = sp.Symbol("gain", positive=True)
    stated = positive_part_statement(share)
    return {"on A": (stated.right - stated.left).subs({_test: 1, _signed: gain}, simultaneous=True)}


def total_variation(first: Values, second: Values) -> Expr:
    """Return the total variation between laws on a finite space: the mass of the positive part of first - second."""
    return sum((sp.Max(p - q, 0) for p, q in zip(first, second, strict=True)), sp.S.Zero)
