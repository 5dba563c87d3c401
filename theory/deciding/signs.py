"""Prove signs of fractions over a tower: which of negative, zero, positive and non-real a value can be.

A sign is the set of possibilities that could not be excluded, so a proof of u > 0 is the set {positive}. Sources, all
sound: the assumptions of symbols, the sign of each term, factors, given facts matched up to a sign-definite factor,
quadratics of negative discriminant, conjugates on both sides of a square root, and balls for constants.
"""

from collections.abc import Callable
from typing import Final, TypeVar, final

import sympy as sp
from flint import acb, fmpq

from .algebraic import vanishes
from .conjugation import Conjugation
from .constants import enclose_constant
from .sign_sets import (
    ANY,
    NEGATIVE,
    NONNEGATIVE,
    NONPOSITIVE,
    NONREAL,
    NONZERO,
    POSITIVE,
    REAL,
    ZERO,
    is_settled,
    is_within,
    of_rational,
    of_symbol,
    plus,
    times,
    to_power,
)
from .tower import Fraction, Generator, Kind, Polynomial, Tower, constant_term

OPEN: Final = -1

Key = TypeVar("Key", str, int)

REAL_ON_REALS = frozenset(("erf", "erfi", "atan", "asinh", "gamma"))
"""Functions that are real (where defined) at every real argument."""

DEEPEST = 12
"""Questions within questions beyond this depth are answered with ANY."""

MOST_TERMS_FACTORED = 400
PRECISIONS = (64, 256, 1024)


@final
class Signs:
    """The sign prover over one tower, with the facts given so far."""

    def __init__(self, tower: Tower) -> None:
        self.tower = tower
        self.facts: list[tuple[Polynomial, int]] = []
        self.fraction_facts: list[tuple[Fraction, int]] = []
        """Reciprocals of fractions over nonreal denominators, and the signs of the fractions."""
        self.owed: list[Polynomial] = []
        """Denominators that were introduced on the way and have to be shown nonzero in the end."""
        self.known: dict[str, int] = {}
        self.of_generators: dict[int, int] = {}
        self.conjugation = Conjugation(tower, self.of_generator)
        self.contradictory = False
        """Whether two facts exclude each other, so that no point satisfies them."""
        self.cuts = 0
        self.depth = 0

    def of(self, value: Fraction) -> int:
        """Return the possible signs of a fraction, where it is defined."""
        sign = times(self.of_polynomial(value.numerator), self.of_polynomial(value.denominator) & NONZERO)
        if not is_settled(sign):
            for fact, known in self.fraction_facts:
                ratio = (value * fact).as_rational()
                if ratio is not None:
                    sign &= times(known, of_rational(ratio))
        if sign & NONREAL and sign != NONREAL:
            mirrored = self.conjugation.of(value)
            if mirrored is not None and mirrored.same_as(value):
                sign &= REAL & self._of_square(value)
        return sign

    def _of_square(self, value: Fraction) -> int:
        """Return the sign of a real fraction c w^2 from its factors, where w is real or imaginary.

        A factor e = exp(i t) may occur to an odd power: it is the square of exp(i t/2), whose conjugate over itself is
        1/e. So 1 - cos t = -(e - 1)^2/(2 e) is seen to be nonnegative.
        """
        rest, turn, constant = self.tower.rational(1), self.tower.rational(1), POSITIVE
        for polynomial, side in ((value.numerator, 1), (value.denominator, -1)):
            content, factors = polynomial.factor()
            constant = times(constant, of_rational(fmpq(content)))
            for factor, multiplicity in factors:
                each = self.tower.polynomial(factor)
                if multiplicity % 2 == 0:
                    rest = rest * each.power(side * (multiplicity // 2))
                elif self.conjugation.is_unimodular(factor):
                    turn = turn * each.power(-side * multiplicity)
                else:
                    return ANY
        mirrored = self.conjugation.of(rest)
        if mirrored is None or rest.equals_zero():
            return ANY
        ratio = (mirrored * turn * rest.inverse()).as_rational()
        if ratio is None or ratio not in (1, -1):
            return ANY
        return times(constant, NONNEGATIVE if ratio == 1 else NONPOSITIVE)

    def is_positive(self, value: Fraction) -> bool:
        """Say whether a fraction is proved positive."""
        return is_within(self.of(value), POSITIVE)

    def is_nonnegative(self, value: Fraction) -> bool:
        """Say whether a fraction is proved real and at least 0."""
        return is_within(self.of(value), NONNEGATIVE)

    def is_real(self, value: Fraction) -> bool:
        """Say whether a fraction is proved real."""
        return is_within(self.of(value), REAL)

    def add_fact(self, value: Fraction, sign: int) -> None:
        """Assume that `value` has one of the signs in `sign`."""
        denominator = self.of_polynomial(value.denominator) & NONZERO
        if denominator & NONREAL:
            if not value.equals_zero():
                self.fraction_facts.append((value.inverse(), sign))
                self.known.clear()
                self.of_generators.clear()
            return
        if is_within(denominator, POSITIVE) or is_within(denominator, NEGATIVE):
            self._record(value.numerator, times(sign, denominator))
        else:
            self._record(value.numerator * value.denominator, sign)

    def _record(self, polynomial: Polynomial, sign: int) -> None:
        if not sign & self.of_polynomial(polynomial):
            self.contradictory = True
        if polynomial.is_constant():
            return
        self.facts.append((polynomial / polynomial.leading_coefficient(), self._scaled(polynomial, sign)))
        content, factors = polynomial.factor()
        open_factors = []
        rest = of_rational(fmpq(content))
        for factor, exponent in factors:
            each = to_power(self.of_polynomial(factor), exponent)
            if each in (POSITIVE, NEGATIVE):
                rest = times(rest, each)
            else:
                open_factors.append((factor, exponent))
        if len(open_factors) == 1 and self._has_sign_of_power(*open_factors[0]):
            factor = open_factors[0][0]
            self.facts.append((factor / factor.leading_coefficient(), self._scaled(factor, times(sign, rest))))
        elif is_within(sign, NONZERO):
            for factor, _ in open_factors:
                self.facts.append((factor / factor.leading_coefficient(), NONZERO))
        self.known.clear()
        self.of_generators.clear()

    def _has_sign_of_power(self, factor: Polynomial, exponent: int) -> bool:
        """Say whether a factor has the sign of its power: it does to the power 1, and to an odd power if it is real."""
        return exponent == 1 or (exponent % 2 == 1 and is_within(self.of_polynomial(factor), REAL))

    def _scaled(self, polynomial: Polynomial, sign: int) -> int:
        return times(sign, of_rational(fmpq(polynomial.leading_coefficient())))

    def of_polynomial(self, polynomial: Polynomial) -> int:
        """Return the possible signs of a polynomial in normal form."""
        if polynomial.is_constant():
            return of_rational(constant_term(polynomial))
        return self._remember(self.known, str(polynomial), lambda: self._find(polynomial))

    def _remember(self, table: dict[Key, int], key: Key, find: Callable[[], int]) -> int:
        """Return what `find` finds, looked up where it was found before.

        A question that comes back while it is open is answered with ANY; answers that rest on such a cut are kept only
        for the outermost question, as they might be sharper when asked on their own.
        """
        if key in table and table[key] != OPEN:
            return table[key]
        if key in table or self.depth >= DEEPEST:
            self.cuts += 1
            return ANY
        table[key] = OPEN
        before, self.depth = self.cuts, self.depth + 1
        try:
            sign = find()
        finally:
            self.depth -= 1
            del table[key]
        if self.cuts == before or self.depth == 0:
            table[key] = sign
        return sign

    def _find(self, polynomial: Polynomial) -> int:
        sign = self._of_terms(polynomial) & self._of_facts(polynomial)
        if is_settled(sign):
            return sign
        constant = self._of_constant(polynomial)
        if constant is not None:
            return sign & constant
        if len(polynomial) > MOST_TERMS_FACTORED:
            return sign
        content, factors = polynomial.factor()
        if len(factors) > 1 or factors[0][1] > 1:
            whole = of_rational(fmpq(content))
            for factor, exponent in factors:
                whole = times(whole, to_power(self.of_polynomial(factor), exponent))
            return sign & whole
        sign &= self._of_quadratic(polynomial)
        if not is_settled(sign):
            sign &= self._beyond_facts(polynomial)
        if sign & NONREAL and self._is_self_conjugate(polynomial):
            sign &= REAL
        return sign

    def _of_terms(self, polynomial: Polynomial) -> int:
        total = ZERO
        for coefficient, powers in self.tower.terms(polynomial):
            sign = of_rational(coefficient)
            for index, exponent in powers:
                sign = times(sign, to_power(self.of_generator(index), exponent))
            total = plus(total, sign)
        return total

    def _of_facts(self, polynomial: Polynomial) -> int:
        leading = fmpq(polynomial.leading_coefficient())
        monic = polynomial / leading
        sign = ANY
        for fact, known in self.facts:
            if fact == monic:
                sign &= times(known, of_rational(leading))
        return sign

    def _beyond_facts(self, polynomial: Polynomial) -> int:
        """Subtract a multiple of one fact so that a monomial cancels, and look at the terms that are left."""
        sign = ANY
        for fact, known in self.facts + self._bounds():
            if known & NONREAL or not len(fact) > 1:
                continue
            mine = polynomial.to_dict()
            ratios = {fmpq(mine[m]) / fmpq(c) for m, c in fact.to_dict().items() if m in mine}
            for ratio in sorted(ratios, key=str):
                rest = polynomial - fact * ratio
                sign &= plus(times(known, of_rational(ratio)), self._of_terms(rest))
        return sign

    def _bounds(self) -> list[tuple[Polynomial, int]]:
        """List facts that hold by definition: e^u - 1 has the sign of a real u, and |erf u| < 1."""
        bounds = []
        for index, generator in enumerate(self.tower.generators):
            variable = self.tower.variables[index]
            if generator.kind is Kind.EXP and is_within(sign := self.of(generator.arguments[0]), REAL):
                bounds.append((variable - 1, sign))
            elif generator.name == "erf" and self.is_real(generator.arguments[0]):
                bounds += [(variable - 1, NEGATIVE), (variable + 1, POSITIVE)]
        return bounds

    def _of_constant(self, polynomial: Polynomial) -> int | None:
        """Return the sign of a polynomial in constants from its ball, or None for any other."""
        sign = ANY
        for precision in PRECISIONS:
            ball = enclose_constant(self.tower, polynomial, precision)
            if ball is None:
                return None
            sign = self._of_ball(ball)
            if sign not in (ANY, REAL):
                break
        if sign in (ANY, REAL) and vanishes(self.tower, polynomial):
            return ZERO
        return sign & REAL if sign & NONREAL and self._is_self_conjugate(polynomial) else sign

    @staticmethod
    def _of_ball(ball: acb) -> int:
        if not ball.imag.contains(0):
            return NONREAL
        exactly_real = ball.imag.is_zero()
        if ball.real > 0:
            return POSITIVE | (0 if exactly_real else NONREAL)
        if ball.real < 0:
            return NEGATIVE | (0 if exactly_real else NONREAL)
        return REAL if exactly_real else ANY

    def _of_quadratic(self, polynomial: Polynomial) -> int:
        sign = ANY
        for index in self.tower.occurring(polynomial):
            if not is_within(self.of_generator(index), REAL):
                continue
            parts = self.tower.coefficients(polynomial, index)
            degree = max(parts)
            zero = self.tower.context.constant(0)
            step = degree // 2 if degree % 2 == 0 and set(parts) <= {0, degree // 2, degree} else 1
            a, b, c = (parts.get(k, zero) for k in (2 * step, step, 0))
            if degree == 2 * step:
                sign &= self._of_trinomial(a, b, c)
            elif degree == 1 and self._is_square_root(index) and self._are_real(b, c):
                sign &= self._across_root(index, b, c)
            if is_settled(sign):
                break
        return sign

    def _are_real(self, *polynomials: Polynomial) -> bool:
        return all(is_within(self.of_polynomial(polynomial), REAL) for polynomial in polynomials)

    def _of_trinomial(self, a: Polynomial, b: Polynomial, c: Polynomial) -> int:
        """Return the sign of a y^2 + b y + c for every real y, where the discriminant shows one."""
        leading = self.of_polynomial(a)
        if leading not in (POSITIVE, NEGATIVE) or not self._are_real(b, c):
            return ANY
        discriminant = self.of_polynomial(self.tower.reduce(b * b - 4 * a * c))
        if is_within(discriminant, NEGATIVE):
            return leading
        return leading | ZERO if is_within(discriminant, NONPOSITIVE) else ANY

    def _is_square_root(self, index: int) -> bool:
        generator = self.tower.generators[index]
        return generator.kind is Kind.ROOT and generator.order == 2 and is_within(self.of_generator(index), NONNEGATIVE)

    def _across_root(self, index: int, b: Polynomial, c: Polynomial) -> int:
        """Return the sign of b r + c for a square root r, from the sign of b^2 r^2 - c^2."""
        base = self.tower.generators[index].arguments[0].numerator
        larger = self.of_polynomial(self.tower.reduce(b * b * base - c * c))
        winner = b if larger == POSITIVE else c if larger == NEGATIVE else None
        sign = ANY if winner is None else self.of_polynomial(winner)
        return sign & (REAL & ~ZERO) if winner is not None and is_within(sign, REAL) else ANY

    def of_generator(self, index: int) -> int:
        """Return the possible signs of a generator."""
        generator, variable = self.tower.generators[index], self.tower.variables[index]
        return self._remember(
            self.of_generators, index, lambda: self._of_definition(generator) & self._of_facts(variable)
        )

    def _of_definition(self, generator: Generator) -> int:
        arguments = [self.of(argument) for argument in generator.arguments]
        match generator.kind:
            case Kind.SYMBOL | Kind.CONSTANT:
                return of_symbol(generator.symbol)
            case Kind.UNITY:
                return NONREAL if generator.order == 4 else NONZERO
            case Kind.EXP:
                return POSITIVE if is_within(arguments[0], REAL) else NONZERO
            case Kind.LOG:
                return self._of_log(generator, arguments[0])
            case Kind.ROOT:
                if is_within(arguments[0], NONNEGATIVE):
                    return arguments[0]
                return NONZERO if is_within(arguments[0], NONZERO) else ANY
            case Kind.CALL:
                return self._of_call(generator, arguments)

    def _of_log(self, generator: Generator, argument: int) -> int:
        if not is_within(argument, POSITIVE):
            return ANY
        above_one = self.of(generator.arguments[0] - self.tower.rational(1))
        return REAL if above_one & NONREAL else above_one

    def _of_call(self, generator: Generator, arguments: list[int]) -> int:
        if generator.symbol is not None:
            sign = of_symbol(generator.symbol(*(sp.Symbol("u") for _ in arguments)))
            real = all(is_within(a, REAL) for a in arguments)
            return sign if real else ANY
        if generator.name == "gamma":
            return POSITIVE if is_within(arguments[0], POSITIVE) else REAL if is_within(arguments[0], REAL) else ANY
        if generator.name in REAL_ON_REALS and is_within(arguments[0], REAL):
            return arguments[0] if generator.name in ("erf", "erfi", "atan", "asinh") else REAL
        if generator.name == "asin":
            one = self.tower.rational(1)
            inside = [self.of(one - generator.arguments[0]), self.of(one + generator.arguments[0])]
            if all(is_within(side, NONNEGATIVE) for side in inside):
                return arguments[0]
        return ANY

    def _is_self_conjugate(self, polynomial: Polynomial) -> bool:
        value = self.tower.polynomial(polynomial)
        mirrored = self.conjugation.of(value)
        return mirrored is not None and mirrored.same_as(value)
