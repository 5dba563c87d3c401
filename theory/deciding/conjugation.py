"""Complex conjugates of fractions: real generators stay, roots of unity and exp(i t) go to their reciprocals."""

from collections.abc import Callable, Collection
from typing import final

from flint import fmpq

from .sign_sets import REAL, is_within
from .tower import Fraction, Kind, Polynomial, Tower, VanishingDenominatorError


@final
class Conjugation:
    """Conjugation over one tower; `sign_of_generator` says which generators are real."""

    def __init__(self, tower: Tower, sign_of_generator: Callable[[int], int]) -> None:
        self.tower = tower
        self.sign_of_generator = sign_of_generator
        self.conjugates: dict[int, Fraction | None] = {}

    def of(self, value: Fraction) -> Fraction | None:
        """Return the complex conjugate of a fraction, or None where a generator has no known conjugate."""
        top, bottom = (self._conjugate_polynomial(p) for p in (value.numerator, value.denominator))
        if top is None or bottom is None:
            return None
        try:
            return top * bottom.inverse()
        except VanishingDenominatorError:
            return None

    def _conjugate_polynomial(self, polynomial: Polynomial) -> Fraction | None:
        mirrors = {index: self._conjugate_generator(index) for index in self.tower.occurring(polynomial)}
        if any(mirror is None for mirror in mirrors.values()):
            return None
        moved = {i: m for i, m in mirrors.items() if m is not None and m.numerator != self.tower.variables[i]}
        if not moved:
            return self.tower.polynomial(polynomial)
        total = self.tower.rational(0)
        for still, powers in self._grouped(polynomial, moved):
            term = self.tower.polynomial(still)
            for index, exponent in powers:
                term = term * moved[index].power(exponent)
            total = total + term
        return total

    def _grouped(
        self, polynomial: Polynomial, moved: Collection[int]
    ) -> list[tuple[Polynomial, tuple[tuple[int, int], ...]]]:
        """Group the terms by their powers of the generators in `moved`; the rest of each group is a polynomial."""
        groups: dict[tuple[tuple[int, int], ...], dict[tuple[int, ...], fmpq]] = {}
        positions = sorted((self.tower.position(index), index) for index in moved)
        for monomial, coefficient in polynomial.to_dict().items():
            powers = tuple((index, monomial[place]) for place, index in positions if monomial[place])
            rest = list(monomial)
            for place, _ in positions:
                rest[place] = 0
            groups.setdefault(powers, {})[tuple(rest)] = coefficient
        return [(self.tower.context.from_dict(part), powers) for powers, part in groups.items()]

    def _conjugate_generator(self, index: int) -> Fraction | None:
        if index not in self.conjugates:
            self.conjugates[index] = None
            self.conjugates[index] = self._find_conjugate(index)
        return self.conjugates[index]

    def _find_conjugate(self, index: int) -> Fraction | None:
        generator = self.tower.generators[index]
        itself = self.tower.generator(index)
        if generator.kind is Kind.UNITY:
            return itself.power(generator.order - 1)
        if is_within(self.sign_of_generator(index), REAL):
            return itself
        if generator.kind is Kind.EXP:
            mirrored = self.of(generator.arguments[0])
            if mirrored is not None and mirrored.same_as(-generator.arguments[0]):
                return itself.inverse()
        return None

    def is_unimodular(self, factor: Polynomial) -> bool:
        """Say whether a polynomial is a generator exp(i t) with real t."""
        for index in self.tower.occurring(factor):
            generator = self.tower.generators[index]
            if factor == self.tower.variables[index] and generator.kind is Kind.EXP:
                mirrored = self._conjugate_generator(index)
                return mirrored is not None and mirrored.same_as(self.tower.generator(index).inverse())
        return False
