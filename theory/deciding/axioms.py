"""The axioms by which a transcendental node becomes a fraction over the tower; each instance is checked here.

An axiom takes the values of a node's arguments and an *advice*, JSON that says which generators to use and how often.
Advice is never believed: `exp(u)` equals a product of powers of generators only if the logarithms of those powers sum
to u in the tower, a root only if the power of the candidate gives the base and both are proved nonnegative. Axioms hold
for principal values on the whole complex plane unless a sign is asked for.

**References:** Corless, Davenport, Jeffrey, Watt, "According to Abramowitz and Stegun", 2000, for principal values.
"""

from typing import Any, Final

import sympy as sp
from flint import arb, ctx, fmpq

from ..verdict import Json
from .signs import Signs
from .tower import Fraction, Generator, Kind, MissingGeneratorError, Tower

ODD: Final = frozenset(("erf", "erfi", "atan", "asin", "asinh", "atanh"))
"""Functions of one argument with F(-u) = -F(u) on their principal branch."""

ARC: Final = frozenset(("atan", "asin"))
"""Functions A for which exp(i A(v)) is algebraic in v."""

SHIFTED: Final = frozenset(("gamma", "polygamma"))
"""gamma(u) = gamma(u + 1)/u, and polygamma(0, u) = polygamma(0, u + 1) - 1/u: a generator has the larger argument."""

MACHIN_PRECISION: Final = 128


class UnprovedError(ValueError):
    """An axiom's premise is not proved, so that its advice is refused."""


def require(premise: bool, sentence: str) -> None:
    """Raise `UnprovedError` unless the premise holds."""
    if not premise:
        raise UnprovedError(sentence)


def generator_at(tower: Tower, index: Json) -> Generator:
    """Return generator `index` of the tower, refusing anything that is not an index."""
    require(isinstance(index, int) and not isinstance(index, bool), "a generator is named by its index")
    require(0 <= index < len(tower.generators), "no such generator")
    return tower.generators[index]


def pairs_of(advice: Json) -> list[tuple[int, int]]:
    """Return advice of the form [[generator, exponent], ...]; refuse anything else."""
    require(isinstance(advice, list), "powers are a list")
    for pair in advice:
        require(
            isinstance(pair, list) and len(pair) == 2 and all(type(part) is int for part in pair) and pair[1] != 0,
            "a power is a pair of integers",
        )
    require(len({pair[0] for pair in advice}) == len(advice), "a generator occurs twice")
    return [(pair[0], pair[1]) for pair in advice]


def fields(advice: Json, *names: str) -> list[Json]:
    """Return the named fields of advice that has these and no others."""
    require(isinstance(advice, dict) and set(advice) == set(names), f"advice has the fields {', '.join(names)}")
    return [advice[name] for name in names]


def logarithm_of(tower: Tower, index: int) -> Fraction:
    """Return the value whose exponential is the element that generator `index` stands for.

    That element is exp(b) for itself, p for the logarithm of p, r for a root r, and the root of unity for itself; the
    value is a principal logarithm for all but exp(b).
    """
    generator = generator_at(tower, index)
    match generator.kind:
        case Kind.EXP:
            return generator.arguments[0]
        case Kind.LOG:
            return tower.generator(index)
        case Kind.ROOT:
            base = generator.arguments[0]
            for place, other in enumerate(tower.generators):
                if other.kind is Kind.LOG and other.arguments[0].same_as(base):
                    return tower.generator(place).scale(fmpq(1, generator.order))
        case Kind.UNITY:
            return (tower.constant(sp.pi) * tower.imaginary_unit()).scale(fmpq(2, generator.order))
        case Kind.CALL if generator.name in ARC:
            return tower.generator(index) * tower.imaginary_unit()
    raise UnprovedError("a generator without a logarithm")


def element_of(tower: Tower, signs: Signs, index: int, exponent: int, roots: dict[str, Json]) -> Fraction:
    """Return the element that generator `index` stands for, raised to `exponent`."""
    generator = generator_at(tower, index)
    if generator.kind is Kind.LOG:
        return generator.arguments[0].power(exponent)
    if generator.kind is not Kind.CALL:
        return tower.generator(index).power(exponent)
    one, i, v = tower.rational(1), tower.imaginary_unit(), generator.arguments[0]
    if generator.name == "asin":
        root = root_of(tower, signs, one - v * v, fmpq(1, 2), roots.get(str(index)))
        return (root + i * v).power(exponent)
    if exponent % 2 == 0:
        return ((one + i * v) * (one - i * v).inverse()).power(exponent // 2)
    require(signs.is_real(v), "exp(i atan v) as (1 + i v)/sqrt(1 + v^2) needs a real v")
    root = root_of(tower, signs, one + v * v, fmpq(1, 2), roots.get(str(index)))
    return ((one + i * v) * root.inverse()).power(exponent)


def exp_of(tower: Tower, signs: Signs, exponent: Fraction, advice: Json) -> Fraction:
    """Return exp(u) as a product of powers whose logarithms sum to u."""
    powers, roots = fields(advice, "powers", "roots")
    require(isinstance(roots, dict), "advice for roots is given by generator")
    total, result = tower.rational(0), tower.rational(1)
    used = set()
    for index, count in pairs_of(powers):
        total = total + logarithm_of(tower, index).scale(count)
        result = result * element_of(tower, signs, index, count, roots)
        used.add(str(index))
    require(set(roots) <= used, "advice for a root that does not occur")
    require(total.same_as(exponent), "the logarithms of the factors do not sum to the exponent")
    return result


def log_of(tower: Tower, signs: Signs, value: Fraction, advice: Json) -> Fraction:
    """Return log(u) as a sum of logarithms of positive elements, and of at most one other or a root of unity.

    `u = product of powers * w`, the powers positive, w = exp(i t) with -pi < t <= pi a power of the tower's root of
    unity; or `u = product * p` with the logarithm of any p a generator.
    """
    powers, other, turn = fields(advice, "powers", "other", "turn")
    require(type(turn) is int and (turn == 0 or other is None), "advice for a logarithm")
    total, argument = tower.rational(0), tower.rational(1)
    for index, count in pairs_of(powers):
        generator = generator_at(tower, index)
        if generator.kind is Kind.EXP:
            require(signs.is_real(generator.arguments[0]), "log exp b = b needs a real b")
        else:
            require(generator.kind in (Kind.LOG, Kind.ROOT), "a logarithm splits into logarithms")
            require(signs.is_positive(generator.arguments[0]), "a logarithm splits over positive factors")
        total = total + logarithm_of(tower, index).scale(count)
        argument = argument * element_of(tower, signs, index, count, {})
    if other is not None:
        generator = generator_at(tower, other)
        require(generator.kind is Kind.LOG, "a logarithm splits into logarithms")
        argument = argument * generator.arguments[0]
        total = total + tower.generator(other)
    if turn:
        unity = tower.find(Kind.UNITY)
        if unity is None:
            raise MissingGeneratorError(sp.I)
        order = tower.generators[unity].order
        require(-order < 2 * turn <= order, "a principal logarithm has an angle in (-pi, pi]")
        argument = argument * tower.unity(turn % order, order)
        total = total + logarithm_of(tower, unity).scale(turn)
    require(argument.same_as(value), "the factors of a logarithm do not multiply to its argument")
    return total


def root_of(tower: Tower, signs: Signs, base: Fraction, exponent: fmpq, advice: Json) -> Fraction:
    """Return the principal power u^(a/s), a/s not an integer, as c r^k.

    r is a root generator of any base p, or absent; u = v p with v nonnegative (proved positive next to r), c proved
    nonnegative and c^s = v^|a|.
    """
    candidate_text, other = fields(advice, "factor", "root")
    require(isinstance(candidate_text, str), "a factor is text")
    candidate = tower.read_fraction(candidate_text)
    numerator, order = abs(int(exponent.p)), int(exponent.q)
    rest, result = base, candidate
    if other is not None:
        generator = generator_at(tower, other)
        require(generator.kind is Kind.ROOT and generator.order % order == 0, "a root of another order")
        rest = base * generator.arguments[0].inverse()
        result = result * tower.generator(other).power(numerator * generator.order // order)
        require(signs.is_positive(rest), "a root splits off positive factors only")
    elif numerator > 1:
        # For a numerator of 1 it follows: u is then a power of the candidate.
        require(signs.is_nonnegative(rest), "the argument of a root is not proved nonnegative")
    require(signs.is_nonnegative(candidate), "a candidate for a root is not proved nonnegative")
    signs.owed.append(candidate.denominator)
    require(candidate.power(order).same_as(rest.power(numerator)), "the candidate's power is not the base")
    return result.inverse() if exponent < 0 else result


def call_of(tower: Tower, signs: Signs, function: tuple[str, Any], arguments: list[Fraction], advice: Json) -> Fraction:
    """Return a function of arguments as a generator: equal arguments give equal values, odd functions change sign.

    gamma and digamma are shifted by a natural number, and the arc tangent of a rational splits over others.
    """
    name, symbol = function
    if name == "atan" and isinstance(advice, dict) and "quarters" in advice:
        return _machin(tower, arguments[0], advice)
    index, sign, shift = fields(advice, "call", "sign", "shift")
    generator = generator_at(tower, index)
    require(
        generator.kind is Kind.CALL and generator.name == name and generator.symbol == symbol,
        "a generator of another function",
    )
    require(len(generator.arguments) == len(arguments), "a generator with another number of arguments")
    require(sign == 1 or (sign == -1 and name in ODD), "a sign is changed only by an odd function")
    require(type(shift) is int and (shift == 0 or (name in SHIFTED and shift > 0)), "gamma and digamma are shifted")
    result = tower.generator(index).scale(sign)
    for given, held, by in zip(arguments, generator.arguments, shifts_of(name, shift, len(arguments)), strict=True):
        require((given.scale(sign) + tower.rational(by)).same_as(held), "the arguments differ")
    for step in range(shift):
        factor = (arguments[-1] + tower.rational(step)).inverse()
        result = result * factor if name == "gamma" else result - factor
    if name == "polygamma" and shift:
        require(arguments[0].equals_zero(), "only the digamma function is shifted")
    return result


def shifts_of(name: str, shift: int, arity: int) -> list[int]:
    """Return by how much each argument of a shifted call differs from the generator's."""
    return [0] * (arity - 1) + [shift] if name in SHIFTED else [0] * arity


def _machin(tower: Tower, argument: Fraction, advice: Json) -> Fraction:
    """Return atan(q) = sum n_k atan(q_k) + m pi/4 for rationals: a Gaussian product is positive, and a ball fixes m."""
    powers, quarters = fields(advice, "powers", "quarters")
    require(type(quarters) is int and abs(quarters) <= 8, "a number of quarters of pi")
    q = argument.as_rational()
    require(q is not None, "the arc tangent of a rational splits, no other")
    assert q is not None
    real, imaginary = fmpq(1), fmpq(0)
    real, imaginary = _turn(real, imaginary, q, 1)
    total = tower.rational(0)
    with ctx.workprec(MACHIN_PRECISION):
        difference = _atan(q)
        for index, count in pairs_of(powers):
            generator = generator_at(tower, index)
            part = generator.arguments[0].as_rational() if generator.name == "atan" else None
            require(part is not None and abs(count) < 10_000, "the arc tangent of a rational splits into such")
            assert part is not None
            real, imaginary = _turn(real, imaginary, part, -count)
            difference -= count * _atan(part)
            total = total + tower.generator(index).scale(count)
        real, imaginary = _turn(real, imaginary, fmpq(1), -quarters)
        difference -= arb.pi() * quarters / 4
        require(imaginary == 0 and real > 0, "the Gaussian product is not a positive number")
        require(bool(abs(difference) < 3), "the arc tangents differ by a turn")
    return total + tower.constant(sp.pi).scale(fmpq(quarters, 4)) if quarters else total


def _turn(real: fmpq, imaginary: fmpq, tangent: fmpq, count: int) -> tuple[fmpq, fmpq]:
    for _ in range(abs(count)):
        t = tangent if count > 0 else -tangent
        real, imaginary = real - imaginary * t, imaginary + real * t
    return real, imaginary


def _atan(q: fmpq) -> arb:
    return (arb(q.p) / arb(q.q)).atan()
