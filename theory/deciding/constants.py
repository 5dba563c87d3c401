"""Enclose polynomials over constant generators in balls: pi, roots of unity, and what is built from them."""

import sympy as sp
from flint import acb, arb, ctx, fmpq

from .tower import Fraction, Generator, Kind, Polynomial, Tower


def enclose_constant(tower: Tower, polynomial: Polynomial, precision: int) -> acb | None:
    """Enclose a polynomial whose generators are all constants; return None for any other, or where no ball results.

    **Arguments:** `precision` is the working precision in bits.
    """
    with ctx.workprec(precision):
        return _polynomial(tower, polynomial, {})


def _polynomial(tower: Tower, polynomial: Polynomial, known: dict[int, acb | None]) -> acb | None:
    total = acb(0)
    for coefficient, powers in tower.terms(polynomial):
        term = acb(_ball(coefficient))
        for index, exponent in powers:
            value = _generator(tower, index, known)
            if value is None:
                return None
            term *= value**exponent
        total += term
    return total


def _ball(value: fmpq) -> arb:
    return arb(value.p) / arb(value.q)


def _generator(tower: Tower, index: int, known: dict[int, acb | None]) -> acb | None:
    if index not in known:
        known[index] = None
        known[index] = _definition(tower, tower.generators[index], known)
    return known[index]


def _definition(tower: Tower, generator: Generator, known: dict[int, acb | None]) -> acb | None:
    if generator.kind is Kind.UNITY:
        return acb(fmpq(2, generator.order)).exp_pi_i()
    if generator.kind is Kind.CONSTANT:
        return {sp.pi: acb.pi, sp.EulerGamma: _euler, sp.Catalan: _catalan}[generator.symbol]()
    if generator.kind in (Kind.SYMBOL, Kind.CALL):
        return None
    argument = _fraction(tower, generator.arguments[0], known)
    if argument is None:
        return None
    return of_definition(generator, argument)


def of_definition(generator: Generator, argument: acb) -> acb | None:
    """Enclose an exponential, logarithm or root at an enclosed argument; None where the ball is not conclusive."""
    if generator.kind is Kind.EXP:
        return argument.exp()
    if argument.contains(0) or (argument.imag.contains(0) and not argument.imag.is_zero() and not argument.real > 0):
        return None
    if generator.kind is Kind.LOG:
        return argument.log()
    if argument.imag.is_zero() and argument.real > 0:
        return acb(argument.real.root(generator.order))
    return (argument.log() / generator.order).exp()


def _fraction(tower: Tower, value: Fraction, known: dict[int, acb | None]) -> acb | None:
    top, bottom = (_polynomial(tower, p, known) for p in (value.numerator, value.denominator))
    if top is None or bottom is None or bottom.contains(0):
        return None
    return top / bottom


def _euler() -> acb:
    return acb(arb.const_euler())


def _catalan() -> acb:
    return acb(arb.const_catalan())
