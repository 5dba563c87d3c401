"""Read an expression as a fraction over a tower, node by node, from the leaves up.

Sums, products and integer powers are carried out; every other node goes through an axiom with the advice that the
caller supplies. The same reader serves the search, which invents advice, and the replay, which looks it up in the
certificate; it believes neither. Nodes that switch (`Abs`, `sign`, `Max`, `Piecewise`) are read only where signs
settle them, else the reader asks for a case split.

**Notation:** what the expression divides by is nonzero wherever it is defined; other denominators have to be proved
nonzero.
"""

from collections.abc import Callable
from typing import Any, Final, TypeAlias, final

import sympy as sp
from flint import fmpq, fmpz
from sympy.core.function import AppliedUndef
from sympy.core.relational import Relational

from ..verdict import Json
from .algebraic import vanishes
from .axioms import ODD, call_of, exp_of, log_of, require, root_of
from .gaussian import Unsupported
from .known_functions import ARGUMENT, CALLS, CIRCULAR, CONSTANTS, REWRITTEN
from .sign_sets import NEGATIVE, NONNEGATIVE, NONPOSITIVE, NONZERO, POSITIVE, REAL, ZERO, is_within
from .signs import Signs
from .tower import Fraction, Kind, Polynomial, Tower

Adviser: TypeAlias = Callable[[str, tuple[Any, ...]], Json]
"""Gives advice for a question: its kind (`exp`, `log`, `root`, `call`) and the values it is about."""

LARGEST_POWER: Final = 2000
"""Integer powers above this are not carried out."""

LARGEST_FACTORIAL: Final = 1000
"""Factorials of larger numbers are not written out."""


@final
class SplitNeededError(Exception):
    """The sign of `expression` has to be known: `order` asks for >= 0 or < 0, `sign` for > 0, = 0 or < 0."""

    def __init__(self, kind: str, expression: sp.Expr) -> None:
        super().__init__(f"{kind} of {expression}")
        self.kind = kind
        self.expression = expression


@final
class Reader:
    """Reads nodes over one tower; `advise` answers its questions and `observe` sees each answered node."""

    def __init__(self, tower: Tower, signs: Signs, advise: Adviser) -> None:
        self.tower = tower
        self.signs = signs
        self.advise = advise
        self.values: dict[sp.Basic, Fraction] = {}
        self.transcendental: list[tuple[sp.Expr, Fraction]] = []
        self.divisors: list[Polynomial] = []

    def value(self, node: sp.Basic) -> Fraction:
        """Return the value of a node, read at its first occurrence.

        **Raises:** `Unsupported`, `UnprovedError`, `SplitNeededError` or `VanishingDenominatorError`.
        """
        known = self.values.get(node)
        if known is None:
            known = self.values[node] = self._read(node)
        return known

    def assume(self, expression: sp.Expr, sign: int) -> None:
        """Take a hypothesis on the sign of an expression as a fact."""
        self.signs.add_fact(self.value(expression), sign)

    def settles(self, value: Fraction, sign: int) -> bool:
        """Say whether a value is proved to have one of the signs, or the facts contradict each other."""
        found = self.signs.of(value)
        if found == 0 and not self.signs.facts and not self.signs.fraction_facts:
            raise Unsupported("signs that contradict each other without any fact")
        if self.signs.contradictory or is_within(found, sign):
            return True
        return sign == ZERO and vanishes(self.tower, value.numerator)

    def undischarged(self) -> list[Polynomial]:
        """List the denominators that are neither proved nonzero nor among what the expression divides by."""
        candidates = list(self.signs.owed)
        for generator in self.tower.generators:
            candidates += [argument.denominator for argument in generator.arguments]
        return [p for p in candidates if not p.is_constant() and not self._is_nonzero(p)]

    def _is_nonzero(self, polynomial: Polynomial) -> bool:
        if is_within(self.signs.of_polynomial(polynomial), NONZERO):
            return True
        rest = polynomial
        for index in self.tower.occurring(polynomial):
            generator = self.tower.generators[index]
            if generator.kind is Kind.ROOT:
                # A root vanishes only where what is under it does.
                common = rest.gcd(self.tower.variables[index] ** generator.order)
                if not common.is_constant():
                    rest = rest / common * generator.arguments[0].numerator
        for divisor in self.divisors:
            common = rest.gcd(divisor)
            while not common.is_constant():
                rest = rest / common
                common = rest.gcd(divisor)
        return is_within(self.signs.of_polynomial(rest), NONZERO)

    def _read(self, node: sp.Basic) -> Fraction:
        if isinstance(node, sp.Rational):
            return self.tower.rational(fmpq(int(node.p), int(node.q)))
        if isinstance(node, sp.Symbol):
            index = self.tower.find(Kind.SYMBOL, node)
            require(index is not None, f"the symbol {node} is not among the generators")
            assert index is not None
            return self.tower.generator(index)
        if isinstance(node, sp.Add):
            return self._sum([self.value(argument) for argument in node.args])
        if isinstance(node, sp.Mul):
            total = self.tower.rational(1)
            for argument in node.args:
                total = total * self.value(argument)
            return total
        if node.is_Atom:
            return self._constant(node)
        value = self._power(node.base, node.exp) if isinstance(node, sp.Pow) else self._function(node)
        if not (isinstance(node, sp.Pow) and node.exp.is_Integer):
            self.transcendental.append((node, value))
        return value

    def _sum(self, values: list[Fraction]) -> Fraction:
        total = self.tower.rational(0)
        for each in sorted(values, key=lambda value: len(value.denominator)):
            total = total + each
        return total

    def _constant(self, node: sp.Basic) -> Fraction:
        if node is sp.I:
            return self.tower.imaginary_unit()
        if node is sp.E:
            return self.exponential(self.tower.rational(1))
        if node is sp.GoldenRatio:
            return self.value((1 + sp.sqrt(5)) / 2)
        if node in CONSTANTS:
            return self.tower.constant(node)
        raise Unsupported(f"no value for {node}")

    def exponential(self, exponent: Fraction) -> Fraction:
        """Return exp(u) for a value u."""
        if exponent.equals_zero():
            return self.tower.rational(1)
        return exp_of(self.tower, self.signs, exponent, self.advise("exp", (exponent,)))

    def logarithm(self, value: Fraction) -> Fraction:
        """Return the principal log(u) for a value u."""
        if value.same_as(self.tower.rational(1)):
            return self.tower.rational(0)
        return log_of(self.tower, self.signs, value, self.advise("log", (value,)))

    def root(self, base: Fraction, exponent: fmpq) -> Fraction:
        """Return the principal u^(a/s) for a value u."""
        return root_of(self.tower, self.signs, base, exponent, self.advise("root", (base, exponent)))

    def call(self, name: str, symbol: Any, arguments: list[Fraction]) -> Fraction:
        """Return a named or unknown function of values."""
        if name in ODD and arguments[0].equals_zero():
            return self.tower.rational(0)
        number = arguments[0].as_rational() if name == "gamma" else None
        if number is not None and number.q == 1 and 1 <= number <= LARGEST_FACTORIAL:
            return self.tower.rational(fmpq(fmpz.fac_ui(int(number.p) - 1)))
        advice = self.advise("call", (name, symbol, arguments))
        return call_of(self.tower, self.signs, (name, symbol), arguments, advice)

    def _power(self, base: sp.Expr, exponent: sp.Expr) -> Fraction:
        if base is sp.E:
            return self.exponential(self.value(exponent))
        of_base = self.value(base)
        rational = self.value(exponent).as_rational()
        if rational is not None and rational.q == 1:
            if abs(rational) > LARGEST_POWER:
                raise Unsupported(f"a power of {rational}")
            if rational < 0:
                self.divisors.append(of_base.numerator)
            return of_base.power(int(rational.p))
        if rational is not None:
            if rational < 0:
                self.divisors.append(of_base.numerator)
            return self.root(of_base, rational)
        self.signs.owed.append(of_base.numerator)
        return self.exponential(self.value(exponent) * self.logarithm(of_base))

    def _function(self, node: sp.Basic) -> Fraction:
        function = node.func
        if function is sp.exp:
            return self.exponential(self.value(node.args[0]))
        if function is sp.log and len(node.args) == 1:
            return self.logarithm(self.value(node.args[0]))
        if function in CIRCULAR:
            return self._circular(function, self.value(node.args[0]))
        if function in REWRITTEN:
            if function in (sp.acot, sp.acoth):
                # SymPy gives these a value at 0, where 1/u has none.
                self.signs.owed.append(self.value(node.args[0]).numerator)
                require(is_within(self.signs.of(self.value(node.args[0])), NONZERO), "acot and acoth away from 0 only")
            return self.value(REWRITTEN[function].xreplace({ARGUMENT: node.args[0]}))
        if function is sp.binomial:
            return self._binomial(*(self.value(argument) for argument in node.args))
        if function in CALLS:
            return self.call(CALLS[function], None, [self.value(argument) for argument in node.args])
        if isinstance(node, AppliedUndef):
            return self.call(function.__name__, function, [self.value(argument) for argument in node.args])
        if function in SWITCHES:
            return SWITCHES[function](self, node)
        raise Unsupported(f"no rule for {function.__name__}")

    def _binomial(self, n: Fraction, k: Fraction) -> Fraction:
        """Return a binomial coefficient through gamma, where all three arguments of gamma are positive."""
        one = self.tower.rational(1)
        arguments = [n + one, k + one, n - k + one]
        if not all(self.signs.is_positive(argument) for argument in arguments):
            raise Unsupported("a binomial coefficient outside 0 <= k <= n")
        top, left, right = (self.call("gamma", None, [argument]) for argument in arguments)
        return top * (left * right).inverse()

    def _circular(self, function: Any, argument: Fraction) -> Fraction:
        """Read sin, tanh and their kin through e = exp(i u) or exp(u)."""
        turned, build = CIRCULAR[function]
        i = self.tower.imaginary_unit()
        e = self.exponential(i * argument if turned else argument)
        top, bottom = build(self.tower.rational(1), i, e)
        self.divisors.append(bottom.numerator)
        return top * bottom.inverse()

    def real_sign(self, expression: sp.Expr) -> tuple[Fraction, int]:
        """Return the value and possible signs of an expression that has to be real."""
        value = self.value(expression)
        sign = self.signs.of(value)
        if not is_within(sign, REAL):
            raise Unsupported(f"{expression} is not proved real")
        return value, sign

    def truth(self, condition: sp.Basic) -> bool:
        """Decide a condition; raise `SplitNeededError` where a sign is open."""
        if condition in (sp.true, sp.false):
            return condition is sp.true
        if isinstance(condition, sp.Not):
            return not self.truth(condition.args[0])
        if isinstance(condition, sp.And | sp.Or):
            return self._junction(condition)
        if not isinstance(condition, Relational):
            raise Unsupported(f"a condition of class {type(condition).__name__}")
        difference = condition.lhs - condition.rhs
        if isinstance(condition, sp.Eq | sp.Ne):
            sign = self.signs.of(self.value(difference))
            if is_within(sign, ZERO) or is_within(sign, NONZERO):
                return is_within(sign, ZERO) is isinstance(condition, sp.Eq)
            raise SplitNeededError("sign", difference)
        _, sign = self.real_sign(difference)
        yes, no = ORDERS[type(condition)]
        if is_within(sign, yes):
            return True
        if is_within(sign, no):
            return False
        raise SplitNeededError("order" if yes in (NONNEGATIVE, NEGATIVE) else "reverse", difference)

    def _junction(self, condition: sp.And | sp.Or) -> bool:
        settles = isinstance(condition, sp.Or)
        asked: SplitNeededError | None = None
        for argument in sorted(condition.args, key=sp.default_sort_key):
            try:
                if self.truth(argument) is settles:
                    return settles
            except SplitNeededError as error:
                asked = asked or error
        if asked is not None:
            raise asked
        return not settles


def _absolute(reader: Reader, node: sp.Expr) -> Fraction:
    value = reader.value(node.args[0])
    sign = reader.signs.of(value)
    if is_within(sign, NONNEGATIVE):
        return value
    if is_within(sign, NONPOSITIVE):
        return -value
    if is_within(sign, REAL):
        raise SplitNeededError("order", node.args[0])
    return reader.root(value * _conjugate_value(reader, value), fmpq(1, 2))


def _conjugate_value(reader: Reader, value: Fraction) -> Fraction:
    mirrored = reader.signs.conjugation.of(value)
    if mirrored is None:
        raise Unsupported("no conjugate of a value that is not proved real")
    return mirrored


def _signum(reader: Reader, node: sp.Expr) -> Fraction:
    _, sign = reader.real_sign(node.args[0])
    for known, result in ((POSITIVE, fmpq(1)), (NEGATIVE, fmpq(-1)), (ZERO, fmpq(0))):
        if is_within(sign, known):
            return reader.tower.rational(result)
    raise SplitNeededError("sign", node.args[0])


def _step(reader: Reader, node: sp.Expr) -> Fraction:
    _, sign = reader.real_sign(node.args[0])
    if is_within(sign, POSITIVE) or is_within(sign, NEGATIVE):
        return reader.tower.rational(1 if is_within(sign, POSITIVE) else 0)
    if is_within(sign, ZERO):
        return reader.value(node.args[1])
    raise SplitNeededError("sign", node.args[0])


def _extremum(reader: Reader, node: sp.Expr) -> Fraction:
    best, *others = sorted(node.args, key=sp.default_sort_key)
    for other in others:
        _, sign = reader.real_sign(best - other)
        if is_within(sign, NONPOSITIVE):
            best = other if isinstance(node, sp.Max) else best
        elif is_within(sign, NONNEGATIVE):
            best = best if isinstance(node, sp.Max) else other
        else:
            raise SplitNeededError("order", best - other)
    return reader.value(best)


def _piecewise(reader: Reader, node: sp.Expr) -> Fraction:
    for value, condition in node.args:
        if reader.truth(condition):
            return reader.value(value)
    raise Unsupported("no case of a Piecewise applies")


def _conjugation(reader: Reader, node: sp.Expr) -> Fraction:
    return _conjugate_value(reader, reader.value(node.args[0]))


def _part(reader: Reader, node: sp.Expr) -> Fraction:
    value = reader.value(node.args[0])
    mirrored = _conjugate_value(reader, value)
    if isinstance(node, sp.re):
        return (value + mirrored).scale(fmpq(1, 2))
    return (mirrored - value).scale(fmpq(1, 2)) * reader.tower.imaginary_unit()


SWITCHES: Final[dict[Any, Callable[[Reader, sp.Expr], Fraction]]] = {
    sp.Abs: _absolute,
    sp.sign: _signum,
    sp.Heaviside: _step,
    sp.Max: _extremum,
    sp.Min: _extremum,
    sp.Piecewise: _piecewise,
    sp.conjugate: _conjugation,
    sp.re: _part,
    sp.im: _part,
}

ORDERS: Final[dict[Any, tuple[int, int]]] = {
    sp.StrictGreaterThan: (POSITIVE, NONPOSITIVE),
    sp.GreaterThan: (NONNEGATIVE, NEGATIVE),
    sp.StrictLessThan: (NEGATIVE, NONNEGATIVE),
    sp.LessThan: (NONPOSITIVE, POSITIVE),
}
