"""Factor fractions over the rationals, and write polynomials over a tower as expressions again."""

from math import gcd, lcm

import sympy as sp
from flint import fmpq, fmpz

from .gaussian import Unsupported
from .tower import Fraction, Kind, Polynomial, Tower


def factors_of(tower: Tower, value: Fraction) -> list[tuple[Polynomial, int]]:
    """Factor a fraction over the rationals: irreducible polynomials and rational primes, with exponents."""
    factors: list[tuple[Polynomial, int]] = []
    for polynomial, side in ((value.numerator, 1), (value.denominator, -1)):
        if polynomial.is_zero():
            return [(polynomial, 1)]
        content, irreducible = polynomial.factor()
        number = fmpq(content)
        for part, exponent in irreducible:
            if not part.is_constant():
                whole = lcm(*(int(fmpq(c).q) for c in part.coeffs()))
                divisor = gcd(*(int((fmpq(c) * whole).p) for c in part.coeffs()))
                scale = fmpq(whole, divisor)
                factors.append((part * scale, side * exponent))
                number /= scale**exponent
            else:
                number *= fmpq(part.leading_coefficient()) ** exponent
        if number < 0:
            factors.append((tower.context.constant(-1), 1))
        for integer, sign in ((number.p, side), (number.q, -side)):
            if abs(integer) > 1:
                factors += [
                    (tower.context.constant(int(prime)), sign * int(e)) for prime, e in fmpz(abs(integer)).factor()
                ]
    return factors


def expression_of(tower: Tower, polynomial: Polynomial) -> sp.Expr:
    """Return a polynomial in symbols and constants as an expression; other generators are `Unsupported`."""
    total = sp.S.Zero
    for coefficient, powers in tower.terms(polynomial):
        term: sp.Expr = sp.Rational(int(coefficient.p), int(coefficient.q))
        for index, exponent in powers:
            term *= _generator_expression(tower, index) ** exponent
        total += term
    return total


def _generator_expression(tower: Tower, index: int) -> sp.Expr:
    generator = tower.generators[index]
    if generator.kind in (Kind.SYMBOL, Kind.CONSTANT):
        return generator.symbol
    if generator.kind is Kind.UNITY and generator.order == 4:
        return sp.I
    arguments = [expression_of(tower, a.numerator) / expression_of(tower, a.denominator) for a in generator.arguments]
    match generator.kind:
        case Kind.EXP:
            return sp.exp(arguments[0])
        case Kind.LOG:
            return sp.log(arguments[0])
        case Kind.ROOT:
            return sp.root(arguments[0], generator.order)
        case Kind.CALL if generator.symbol is not None:
            return generator.symbol(*arguments)
    raise Unsupported("a sign of an expression in special functions")
