"""Fractions of polynomials over a tower of generators, reduced modulo monic triangular relations.

A tower is a list of generators g0, g1, ..., each defined by the ones before it: a symbol, pi, a root of unity, an
exponential, a logarithm, a root, or a function of arguments. Roots and roots of unity satisfy a monic relation whose
leading term is a pure power of the generator itself, so that one division by each relation, last generator first,
gives the normal form (no Groebner basis is computed, none is needed).

**Notation:** polynomials are `flint.fmpq_mpoly` in lexicographic order, later generators larger; a fraction is
numerator / denominator with a denominator of leading coefficient 1.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeAlias, final

import sympy as sp
from flint import Ordering, fmpq, fmpq_mpoly, fmpq_mpoly_ctx, fmpz_poly

Polynomial: TypeAlias = fmpq_mpoly


class VanishingDenominatorError(ZeroDivisionError):
    """A denominator is identically zero, so that the expression is defined nowhere."""


class TowerFullError(RuntimeError):
    """The tower has no room for another generator; start again with more."""


@final
class MissingGeneratorError(ValueError):
    """The tower lacks the generator of a constant: i (a root of unity), pi or another."""

    def __init__(self, constant: sp.Basic) -> None:
        super().__init__(f"the tower lacks {constant}")
        self.constant = constant


@final
class Kind(StrEnum):
    """What a generator is."""

    SYMBOL = "symbol"
    CONSTANT = "constant"
    UNITY = "unity"
    EXP = "exp"
    LOG = "log"
    ROOT = "root"
    CALL = "call"


@final
@dataclass(frozen=True, slots=True)
class Generator:
    """One generator: `symbol` of a symbol or constant, `order` of a root or root of unity, `name` and `arguments`."""

    kind: Kind
    symbol: Any = None
    order: int = 0
    name: str = ""
    arguments: tuple["Fraction", ...] = ()


@final
class Fraction:
    """An element of the tower's field of fractions."""

    __slots__ = ("denominator", "numerator", "tower")

    def __init__(self, tower: "Tower", numerator: Polynomial, denominator: Polynomial) -> None:
        self.tower = tower
        self.numerator = numerator
        self.denominator = denominator

    def __add__(self, other: "Fraction") -> "Fraction":
        a, b = self.denominator, other.denominator
        if a == b:
            return self.tower.fraction(self.numerator + other.numerator, a)
        common = a.gcd(b)
        return self.tower.fraction(self.numerator * (b / common) + other.numerator * (a / common), a * (b / common))

    def __neg__(self) -> "Fraction":
        return Fraction(self.tower, -self.numerator, self.denominator)

    def __sub__(self, other: "Fraction") -> "Fraction":
        return self + (-other)

    def __mul__(self, other: "Fraction") -> "Fraction":
        left = self.numerator.gcd(other.denominator)
        right = other.numerator.gcd(self.denominator)
        numerator = _over(self.numerator, left) * _over(other.numerator, right)
        denominator = _over(self.denominator, right) * _over(other.denominator, left)
        return self.tower.fraction(numerator, denominator)

    def scale(self, factor: fmpq | int) -> "Fraction":
        """Multiply by a rational number."""
        return Fraction(self.tower, self.numerator * factor, self.denominator)

    def inverse(self) -> "Fraction":
        """Return 1 over the fraction; raise `VanishingDenominatorError` for 0."""
        return self.tower.fraction(self.denominator, self.numerator)

    def power(self, exponent: int) -> "Fraction":
        """Raise to an integer power."""
        if exponent < 0:
            return self.inverse().power(-exponent)
        result, square = self.tower.rational(1), self
        while exponent:
            if exponent & 1:
                result = result * square
            exponent >>= 1
            if exponent:
                square = square * square
        return result

    def equals_zero(self) -> bool:
        """Say whether the numerator's normal form is 0."""
        return bool(self.numerator.is_zero())

    def same_as(self, other: "Fraction") -> bool:
        """Say whether two fractions agree in normal form."""
        cross = self.numerator * other.denominator - other.numerator * self.denominator
        return bool(self.tower.reduce(cross).is_zero())

    def as_rational(self) -> fmpq | None:
        """Return the rational number that the fraction is, or None."""
        if self.numerator.is_constant() and self.denominator.is_constant():
            return constant_term(self.numerator) / constant_term(self.denominator)
        return None


def _over(polynomial: Polynomial, divisor: Polynomial) -> Polynomial:
    return polynomial if divisor.is_one() else polynomial / divisor


def constant_term(polynomial: Polynomial) -> fmpq:
    """Return the value of a constant polynomial."""
    return fmpq(polynomial.leading_coefficient()) if not polynomial.is_zero() else fmpq(0)


@final
class Tower:
    """The generators, their relations, and arithmetic over them. `capacity` is the most generators it can hold."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.context = fmpq_mpoly_ctx.get(
            tuple(f"g{index}" for index in reversed(range(capacity))) or ("g0",), Ordering.lex
        )
        self.variables = list(reversed(self.context.gens()))
        self.generators: list[Generator] = []
        self.relations: list[tuple[int, int, Polynomial]] = []
        self.one = self.context.constant(1)

    def add_generator(self, generator: Generator) -> int:
        """Append a generator and its relation; return its index."""
        index = len(self.generators)
        if index >= self.capacity:
            raise TowerFullError(f"more than {self.capacity} generators")
        self.generators.append(generator)
        variable = self.variables[index]
        if generator.kind is Kind.ROOT:
            (base,) = generator.arguments
            if not base.denominator.is_one() or generator.order < 2:
                raise ValueError("a root generator has a polynomial under a root of order at least 2")
            self._add_relation(index, variable**generator.order - base.numerator)
        if generator.kind is Kind.UNITY:
            if generator.order < 4 or generator.order % 4 or any(g.kind is Kind.UNITY for g in self.generators[:-1]):
                raise ValueError("one root of unity of an order divisible by 4")
            coefficients = fmpz_poly.cyclotomic(generator.order).coeffs()
            relation = self.context.constant(0)
            for degree, coefficient in enumerate(coefficients):
                relation += int(coefficient) * variable**degree
            self._add_relation(index, relation)
        return index

    def _add_relation(self, index: int, relation: Polynomial) -> None:
        degree = relation.degrees()[self.position(index)]
        self.relations.insert(0, (self.position(index), degree, relation))

    def position(self, index: int) -> int:
        """Return where generator `index` stands in flint's exponent vectors."""
        return self.capacity - 1 - index

    def reduce(self, polynomial: Polynomial) -> Polynomial:
        """Return the normal form modulo the relations."""
        if self.relations:
            for position, degree, relation in self.relations:
                if polynomial.degrees()[position] >= degree:
                    polynomial = polynomial % relation
        return polynomial

    def fraction(self, numerator: Polynomial, denominator: Polynomial) -> Fraction:
        """Reduce, cancel the common factor and normalise; raise `VanishingDenominatorError`."""
        numerator, denominator = self.reduce(numerator), self.reduce(denominator)
        if denominator.is_zero():
            raise VanishingDenominatorError("a denominator is identically zero")
        if not denominator.is_constant():
            common = numerator.gcd(denominator)
            numerator, denominator = _over(numerator, common), _over(denominator, common)
        leading = denominator.leading_coefficient()
        if leading != 1:
            numerator, denominator = numerator / leading, denominator / leading
        return Fraction(self, numerator, denominator)

    def rational(self, value: fmpq | int) -> Fraction:
        """Return a rational number."""
        return Fraction(self, self.context.constant(value), self.one)

    def polynomial(self, value: Polynomial) -> Fraction:
        """Return a polynomial as a fraction, reduced."""
        return Fraction(self, self.reduce(value), self.one)

    def generator(self, index: int) -> Fraction:
        """Return generator `index`."""
        return Fraction(self, self.variables[index], self.one)

    def find(self, kind: Kind, symbol: sp.Basic | None = None) -> int | None:
        """Return the index of the first generator of a kind, and of a symbol where one is given."""
        for index, generator in enumerate(self.generators):
            if generator.kind is kind and (symbol is None or generator.symbol == symbol):
                return index
        return None

    def unity(self, numerator: int, denominator: int) -> Fraction:
        """Return exp(2 pi i numerator / denominator).

        **Raises:** `MissingGeneratorError` without a root of unity, `ValueError` where it has no such power.
        """
        index = self.find(Kind.UNITY)
        if index is None:
            raise MissingGeneratorError(sp.I)
        order = self.generators[index].order
        if order % denominator:
            raise ValueError(f"no root of unity of order {denominator} among those of order {order}")
        return self.polynomial(self.variables[index] ** (numerator * (order // denominator) % order))

    def constant(self, symbol: sp.Basic) -> Fraction:
        """Return the generator of a constant other than i; raise `MissingGeneratorError` where there is none."""
        index = self.find(Kind.CONSTANT, symbol)
        if index is None:
            raise MissingGeneratorError(symbol)
        return self.generator(index)

    def imaginary_unit(self) -> Fraction:
        """Return i."""
        return self.unity(1, 4)

    def occurring(self, polynomial: Polynomial) -> list[int]:
        """List the indices of the generators in a polynomial, smallest first."""
        degrees = polynomial.degrees()
        return [index for index in range(len(self.generators)) if degrees[self.position(index)] > 0]

    def terms(self, polynomial: Polynomial) -> list[tuple[fmpq, list[tuple[int, int]]]]:
        """List the terms as (coefficient, [(generator, exponent), ...])."""
        return [
            (fmpq(c), [(self.capacity - 1 - p, e) for p, e in reversed(list(enumerate(m))) if e])
            for m, c in polynomial.terms()
        ]

    def coefficients(self, polynomial: Polynomial, index: int) -> dict[int, Polynomial]:
        """Return the coefficients of the powers of one generator."""
        position = self.position(index)
        parts: dict[int, dict[tuple[int, ...], fmpq]] = {}
        for monomial, coefficient in polynomial.to_dict().items():
            rest = (*monomial[:position], 0, *monomial[position + 1 :])
            parts.setdefault(monomial[position], {})[rest] = coefficient
        return {degree: self.context.from_dict(part) for degree, part in parts.items()}

    def write(self, polynomial: Polynomial) -> str:
        """Return the polynomial as text in g0, g1, ...: `3/2*g0^2*g1-1`."""
        pieces = []
        for coefficient, powers in self.terms(polynomial):
            factors = [f"g{g}^{e}" if e > 1 else f"g{g}" for g, e in powers]
            if abs(coefficient) != 1 or not factors:
                factors.insert(0, str(abs(coefficient)))
            pieces.append(("-" if coefficient < 0 else "+") + "*".join(factors))
        return "".join(pieces).removeprefix("+") or "0"

    def write_fraction(self, value: Fraction) -> str:
        """Return the fraction as the text of its numerator, and of its denominator after a slash."""
        if value.denominator.is_one():
            return self.write(value.numerator)
        return f"({self.write(value.numerator)})/({self.write(value.denominator)})"

    def read(self, text: str) -> Polynomial:
        """Read what `write` wrote, over the generators that are there; raise `ValueError` for other text."""
        total = self.context.constant(0)
        for sign, body in re.findall(r"([+-]?)([^+-]+)", text):
            term = self.context.constant(-1 if sign == "-" else 1)
            for factor in body.split("*"):
                if match := re.fullmatch(r"g(\d+)(?:\^(\d+))?", factor, re.ASCII):
                    index, exponent = int(match[1]), int(match[2] or 1)
                    if index >= len(self.generators) or exponent > MOST_DEGREE:
                        raise ValueError(f"no such power: {factor}")
                    term *= self.variables[index] ** exponent
                elif match := re.fullmatch(r"(\d+)(?:/(\d+))?", factor, re.ASCII):
                    term *= fmpq(int(match[1]), int(match[2] or 1))
                else:
                    raise ValueError(f"not a factor: {factor[:40]}")
            total += term
        if self.write(total) != text:
            raise ValueError(f"not the canonical text of a polynomial: {text[:80]}")
        return total

    def read_fraction(self, text: str) -> Fraction:
        """Read what `write_fraction` wrote; raise `ValueError` for other text."""
        match = re.fullmatch(r"\((.*)\)/\((.*)\)", text)
        value = self.fraction(self.read(match[1]), self.read(match[2])) if match else self.polynomial(self.read(text))
        if self.write_fraction(value) != text:
            raise ValueError(f"not a fraction in normal form: {text[:80]}")
        return value


MOST_DEGREE = 10_000
"""Powers above this are refused when a certificate is read."""


def product(tower: Tower, factors: Sequence[Fraction]) -> Fraction:
    """Multiply fractions."""
    total = tower.rational(1)
    for factor in factors:
        total = total * factor
    return total
