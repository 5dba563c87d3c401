"""Invent the advice that the axioms ask for, adding generators to the tower as they are needed.

Exponents are written on a basis that is independent over the rationals, logarithms and i pi included; arguments of
logarithms and roots are factored over the rationals and split where signs are proved. A choice that turns out too
coarse (an exponent is needed by halves, a root of higher order) is noted in the plan, and the reading starts again.
Nothing here is trusted: whatever comes out is checked by the axioms.
"""

from collections.abc import Callable
from math import lcm
from typing import Any, final

import sympy as sp
from flint import fmpq

from ..verdict import Json
from .axioms import ARC, ODD, SHIFTED, shifts_of
from .factoring import expression_of, factors_of
from .gaussian import Unsupported
from .gaussian_integers import split_arc_tangent
from .plan import Plan
from .rational_span import decompose
from .reading import SplitNeededError
from .sign_sets import NEGATIVE, NONNEGATIVE, NONPOSITIVE, POSITIVE, REAL, is_within
from .signs import Signs
from .tower import Fraction, Generator, Kind, MissingGeneratorError, Polynomial, Tower, TowerFullError

HIGHEST_ORDER = 120
"""Roots and roots of unity of higher order are not introduced."""


@final
class Adviser:
    """Answers a reader's questions and remembers the answers in order."""

    def __init__(self, tower: Tower, signs: Signs, plan: Plan) -> None:
        self.tower = tower
        self.signs = signs
        self.plan = plan
        self.answers: list[Json] = []

    def __call__(self, kind: str, question: tuple[Any, ...]) -> Json:
        """Answer one question and record the answer."""
        answers: dict[str, Callable[..., Json]] = {
            "exp": self._exp,
            "log": self._log,
            "root": self._root,
            "call": self._call,
        }
        answer = answers[kind](*question)
        self.answers.append(answer)
        return answer

    def add(self, generator: Generator) -> int:
        """Add a generator; where there is no room, start again with more."""
        try:
            return self.tower.add_generator(generator)
        except TowerFullError:
            self.plan.capacity *= 2
            raise self.plan.refine() from None

    def _indices(self, kind: Kind) -> list[int]:
        return [index for index, generator in enumerate(self.tower.generators) if generator.kind is kind]

    # Exponentials

    def _exp(self, exponent: Fraction) -> Json:
        tower = self.tower
        unity = tower.find(Kind.UNITY)
        pi = tower.find(Kind.CONSTANT, sp.pi)
        logs, arcs, exps = self._indices(Kind.LOG), [], self._indices(Kind.EXP)
        whole_turn = tower.rational(0)
        if unity is not None:
            arcs = [index for index in self._indices(Kind.CALL) if tower.generators[index].name in ARC]
            if pi is not None:
                whole_turn = (tower.generator(pi) * tower.imaginary_unit()).scale(2)
        basis = [whole_turn, *(tower.generator(index) for index in logs)]
        basis += [tower.generator(index) * tower.imaginary_unit() for index in arcs]
        basis += [tower.generators[index].arguments[0] for index in exps]
        coefficients, exact = decompose(tower, exponent, basis)
        turn, rest = coefficients[0], coefficients[1:]
        of_logs, of_arcs, of_exps = rest[: len(logs)], rest[len(logs) :][: len(arcs)], rest[len(logs) + len(arcs) :]
        for place, c in enumerate(of_exps):
            if c.q != 1 and exact:
                divisor = self.plan.divisors.get(place, 1) * int(c.q)
                self.plan.divisors[place] = divisor
                raise self.plan.refine()
        powers: list[list[int]] = []
        roots: dict[str, Json] = {}
        if turn != 0 and unity is not None:
            powers.append([unity, self._turn(turn)])
        for index, c in zip(logs, of_logs, strict=True):
            if c != 0:
                powers.append(self._power_of_log(index, c))
        for index, c in zip(arcs, of_arcs, strict=True):
            if c.q != 1:
                raise Unsupported("the exponential of a fraction of an arc tangent or arc sine")
            if c != 0:
                powers.append([index, int(c.p)])
                self._root_for_arc(index, int(c.p), roots)
        for index, c in zip(exps, of_exps, strict=True):
            if c != 0 and c.q == 1:
                powers.append([index, int(c.p)])
        if not exact:
            covered = tower.rational(0)
            whole = [turn, *of_logs, *of_arcs, *(c if c.q == 1 else fmpq(0) for c in of_exps)]
            for c, member in zip(whole, basis, strict=True):
                if c != 0:
                    covered = covered + member.scale(c)
            divisor = self.plan.divisors.get(len(exps), 1)
            fresh = self.add(Generator(Kind.EXP, arguments=((exponent - covered).scale(fmpq(1, divisor)),)))
            powers.append([fresh, divisor])
        return {"powers": powers, "roots": roots}

    def _turn(self, turn: fmpq) -> int:
        order = lcm(self.plan.unity, int(turn.q))
        if order != self.plan.unity:
            if order > HIGHEST_ORDER:
                raise Unsupported("a root of unity of high order")
            self.plan.unity = order
            raise self.plan.refine()
        return int(turn.p) * (order // int(turn.q))

    def _power_of_log(self, index: int, c: fmpq) -> list[int]:
        if c.q == 1:
            return [index, int(c.p)]
        base = self.tower.generators[index].arguments[0]
        if not base.denominator.is_one():
            raise Unsupported("a root of a fraction of no known sign")
        root, order = self._root_of_base(base.numerator, int(c.q))
        return [root, int(c.p) * (order // int(c.q))]

    def _root_for_arc(self, index: int, count: int, roots: dict[str, Json]) -> None:
        generator = self.tower.generators[index]
        one, v = self.tower.rational(1), generator.arguments[0]
        if generator.name == "asin":
            roots[str(index)] = self._root(one - v * v, fmpq(1, 2))
        elif count % 2:
            roots[str(index)] = self._root(one + v * v, fmpq(1, 2))

    # Logarithms

    def _log(self, value: Fraction) -> Json:
        negative = is_within(self.signs.of(value), NEGATIVE)
        if negative and not self.plan.unity:
            raise MissingGeneratorError(sp.I)
        powers, rest = self._positive_factors(-value if negative else value)
        turn, other = self.plan.unity // 2 if negative else 0, None
        angle = self._angle(rest)
        if angle is not None:
            turn = angle or turn
        elif self.signs.is_positive(rest):
            powers.append([self._log_generator(rest), 1])
        elif negative:
            raise Unsupported("the logarithm of a negative number with factors of unknown sign")
        else:
            other = self._log_generator(rest)
        return {"powers": powers, "other": other, "turn": turn}

    def _angle(self, value: Fraction) -> int | None:
        """Return k with -N/2 < k <= N/2 where a value is the k-th power of the N-th root of unity."""
        order = self.plan.unity
        if value.same_as(self.tower.rational(1)):
            return 0
        for turn in range(1 - order // 2, order // 2 + 1):
            if value.same_as(self.tower.unity(turn % order, order)):
                return turn
        return None

    def _log_generator(self, argument: Fraction) -> int:
        for index in self._indices(Kind.LOG):
            if self.tower.generators[index].arguments[0].same_as(argument):
                return index
        return self.add(Generator(Kind.LOG, arguments=(argument,)))

    def _positive_factors(self, value: Fraction) -> tuple[list[list[int]], Fraction]:
        """Split off positive factors, as powers of generators whose logarithm is known; return the rest as well."""
        tower = self.tower
        counts: dict[int, int] = {}
        rest = tower.rational(1)
        for factor, exponent in factors_of(tower, value):
            if factor.is_constant():
                number = tower.polynomial(factor)
                if is_within(self.signs.of(number), POSITIVE):
                    index = self._log_generator(number)
                    counts[index] = counts.get(index, 0) + exponent
                else:
                    rest = rest * number.power(exponent)
                continue
            sign = self.signs.of_polynomial(factor)
            if not is_within(sign, POSITIVE) and not is_within(sign, NEGATIVE):
                rest = rest * tower.polynomial(factor).power(exponent)
                continue
            if is_within(sign, NEGATIVE) and exponent % 2:
                rest = -rest
            index = self._own_logarithm(factor if is_within(sign, POSITIVE) else -factor)
            counts[index] = counts.get(index, 0) + exponent
        return [[index, count] for index, count in sorted(counts.items()) if count], rest

    def _own_logarithm(self, factor: Polynomial) -> int:
        """Return the generator whose element is a positive irreducible factor."""
        for index in self.tower.occurring(factor):
            generator = self.tower.generators[index]
            if factor == self.tower.variables[index]:
                if generator.kind is Kind.EXP and self.signs.is_real(generator.arguments[0]):
                    return index
                if generator.kind is Kind.ROOT and self.signs.is_positive(generator.arguments[0]):
                    self._log_generator(generator.arguments[0])
                    return index
        return self._log_generator(self.tower.polynomial(factor))

    # Roots

    def _root(self, base: Fraction, exponent: fmpq) -> Json:
        tower = self.tower
        order, numerator = int(exponent.q), abs(int(exponent.p))
        candidate, unknown = tower.rational(1), tower.rational(1)
        sign = 1
        for factor, multiplicity in factors_of(tower, self._lifted(base)):
            known = self.signs.of_polynomial(factor)
            if is_within(known, NEGATIVE):
                # The multiplicity of a factor of the denominator is negative, and (-1)**-1 would be a float.
                sign = -sign if multiplicity % 2 else sign
            elif not is_within(known, NONNEGATIVE):
                unknown = unknown * tower.polynomial(factor).power(multiplicity)
                continue
            size = -factor if is_within(known, NEGATIVE) else factor
            if not size.is_one():
                candidate = candidate * self._fractional_power(size, fmpq(multiplicity * numerator, order))
        unknown = unknown.scale(sign)
        if unknown.same_as(tower.rational(1)):
            return {"factor": tower.write_fraction(candidate), "root": None}
        return self._opaque_root(unknown, candidate, numerator, order)

    def _lifted(self, value: Fraction) -> Fraction:
        """Write generators p through their roots r, p = r^q, so that p + 2 sqrt(p q) + q is seen to be a square.

        The result is not in normal form; it is there to be factored.
        """
        tower = self.tower
        images = list(tower.variables)
        occurring = {*tower.occurring(value.numerator), *tower.occurring(value.denominator)}
        for root in self._indices(Kind.ROOT):
            generator = tower.generators[root]
            for index in tower.occurring(generator.arguments[0].numerator):
                if root in occurring and generator.arguments[0].numerator == tower.variables[index]:
                    images[index] = tower.variables[root] ** generator.order
        ordered = list(reversed(images))
        return Fraction(tower, value.numerator.compose(*ordered), value.denominator.compose(*ordered))

    def _fractional_power(self, factor: Polynomial, exponent: fmpq) -> Fraction:
        tower = self.tower
        if exponent.q == 1:
            return tower.polynomial(factor).power(int(exponent.p))
        for index in tower.occurring(factor):
            generator = tower.generators[index]
            if factor == tower.variables[index] and generator.kind is Kind.EXP:
                place = self._indices(Kind.EXP).index(index)
                self.plan.divisors[place] = self.plan.divisors.get(place, 1) * int(exponent.q)
                raise self.plan.refine()
            if factor == tower.variables[index] and generator.kind is Kind.ROOT:
                self._raise_root_order(index, generator.order * int(exponent.q))
        root, order = self._root_of_base(factor, int(exponent.q))
        return tower.generator(root).power(int(exponent.p) * (order // int(exponent.q)))

    def _root_of_base(self, base: Polynomial, order: int) -> tuple[int, int]:
        """Return a root generator of a base whose order is a multiple of `order`, and that order."""
        value = self.tower.polynomial(base)
        for index in self._indices(Kind.ROOT):
            generator = self.tower.generators[index]
            if generator.arguments[0].same_as(value):
                if generator.order % order:
                    self._raise_root_order(index, lcm(generator.order, order))
                return index, generator.order
        order = lcm(order, self.plan.root_orders.get(self.tower.write(base), 1))
        return self.add(Generator(Kind.ROOT, order=order, arguments=(value,))), order

    def _raise_root_order(self, index: int, order: int) -> None:
        if order > HIGHEST_ORDER:
            raise Unsupported("a root of high order")
        self.plan.root_orders[self.tower.write(self.tower.generators[index].arguments[0].numerator)] = order
        raise self.plan.refine()

    def _opaque_root(self, unknown: Fraction, candidate: Fraction, numerator: int, order: int) -> Json:
        tower = self.tower
        square = self._square_root(unknown) if order == 2 else None
        if square is not None:
            candidate = candidate * square.power(numerator)
            return {"factor": tower.write_fraction(candidate), "root": None}
        self._ask_for_signs(unknown, order)
        denominator = unknown.denominator
        if not denominator.is_one():
            if not is_within(self.signs.of_polynomial(denominator), REAL):
                raise Unsupported("a root of a fraction that is not proved real")
            squared = denominator * denominator
            unknown = tower.polynomial(unknown.numerator * denominator)
            candidate = candidate * self._even_root(squared, fmpq(numerator, order)).inverse()
        root, _ = self._root_of_base(unknown.numerator, order)
        return {"factor": tower.write_fraction(candidate), "root": root}

    def _square_root(self, value: Fraction) -> Fraction | None:
        """Return c >= 0 with c^2 = value where the value is the square of a real c; ask for the sign of c."""
        tower = self.tower
        root, constant = tower.rational(1), tower.rational(1)
        for factor, multiplicity in factors_of(tower, value):
            if factor.is_constant():
                constant = constant * tower.polynomial(factor).power(multiplicity)
            elif multiplicity % 2:
                return None
            else:
                root = root * tower.polynomial(factor).power(multiplicity // 2)
        if self.plan.unity and self.signs.is_real(tower.imaginary_unit() * root):
            root, constant = tower.imaginary_unit() * root, -constant
        size = constant.as_rational()
        if not self.signs.is_real(root) or size is None or size <= 0:
            return None
        scale = tower.rational(1)
        for prime, multiplicity in factors_of(tower, tower.rational(size)):
            scale = scale * self._fractional_power(prime, fmpq(multiplicity, 2))
        sign = self.signs.of(root)
        if is_within(sign, NONNEGATIVE) or is_within(sign, NONPOSITIVE):
            return scale * (root if is_within(sign, NONNEGATIVE) else -root)
        top, bottom = (expression_of(tower, p) for p in (root.numerator, root.denominator))
        raise SplitNeededError("order", top / bottom)

    def _even_root(self, squared: Polynomial, exponent: fmpq) -> Fraction:
        total = self.tower.rational(1)
        for factor, multiplicity in factors_of(self.tower, self.tower.polynomial(squared)):
            if not is_within(self.signs.of_polynomial(factor), NONNEGATIVE):
                raise Unsupported("a root of a fraction of no known sign")
            total = total * self._fractional_power(factor, exponent * multiplicity)
        return total

    def _ask_for_signs(self, unknown: Fraction, order: int) -> None:
        """Ask for the sign of a real factor that is there as a whole power of the root's order."""
        for factor, multiplicity in factors_of(self.tower, unknown):
            if multiplicity % order == 0 and is_within(self.signs.of_polynomial(factor), REAL):
                raise SplitNeededError("order", expression_of(self.tower, factor))

    # Functions

    def _call(self, name: str, symbol: Any, arguments: list[Fraction]) -> Json:
        if name == "atan" and (rational := arguments[0].as_rational()) is not None:
            return self._arc_tangent(rational)
        place = 0
        for index in self._indices(Kind.CALL):
            generator = self.tower.generators[index]
            if (generator.name, generator.symbol) != (name, symbol) or len(generator.arguments) != len(arguments):
                continue
            if all(a.same_as(b) for a, b in zip(arguments, generator.arguments, strict=True)):
                return {"call": index, "sign": 1, "shift": 0}
            if name in ODD and (-arguments[0]).same_as(generator.arguments[0]):
                return {"call": index, "sign": -1, "shift": 0}
            if name in SHIFTED and all(
                a.same_as(b) for a, b in zip(arguments[:-1], generator.arguments[:-1], strict=True)
            ):
                shift = (generator.arguments[-1] - arguments[-1]).as_rational()
                if shift is not None and shift.q == 1 and abs(shift) < 200:
                    if shift > 0:
                        return {"call": index, "sign": 1, "shift": int(shift.p)}
                    self.plan.shifts[place] = self.plan.shifts.get(place, 0) - int(shift.p)
                    raise self.plan.refine()
                place += 1
        shift = self.plan.shifts.get(place, 0) if name in SHIFTED else 0
        by = shifts_of(name, shift, len(arguments))
        held = tuple(a + self.tower.rational(step) for a, step in zip(arguments, by, strict=True))
        index = self.add(Generator(Kind.CALL, symbol=symbol, name=name, arguments=held))
        return {"call": index, "sign": 1, "shift": shift}

    def _arc_tangent(self, rational: fmpq) -> Json:
        parts, quarters = split_arc_tangent(rational)
        powers = []
        for tangent, count in parts:
            value = self.tower.rational(tangent)
            for index in self._indices(Kind.CALL):
                generator = self.tower.generators[index]
                if generator.name == "atan" and generator.arguments[0].same_as(value):
                    powers.append([index, count])
                    break
            else:
                powers.append([self.add(Generator(Kind.CALL, name="atan", arguments=(value,))), count])
        return {"powers": powers, "quarters": quarters}
