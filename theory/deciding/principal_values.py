"""Principal values of the elementary and special functions, as SymPy reads them, in ball arithmetic.

Each function maps values to a value. On a cut whose side is a convention (asin, acos, acosh and atanh outside their
real domains, atan on the imaginary axis beyond i) it raises `Undefined`; the logarithm and the powers of negative
numbers follow arg = pi. A ball that straddles a cut raises `Indeterminate`.

**References:** Corless, Davenport, Jeffrey, Watt, "According to Abramowitz and Stegun", 2000, for the cuts.
"""

from collections.abc import Callable, Sequence
from typing import TypeAlias

import sympy as sp
from flint import acb, arb, fmpq, fmpz

from .gaussian import (
    ONE,
    ZERO,
    GaussianRational,
    Indeterminate,
    Undefined,
    Unsupported,
    Value,
    add,
    as_ball,
    exact,
    finite,
    integer_of,
    is_exact_zero,
    is_real,
    multiply,
    negate,
    off_negative_axis,
    rational_root,
    real_part,
    reciprocal,
    sign_of,
)

Rule: TypeAlias = Callable[[Sequence[Value]], Value]

LARGEST_FACTORIAL = 2000
"""Exact factorials go up to this argument."""


def _entire(name: str, at_zero: Value | None = None) -> Rule:
    """Evaluate a function without cuts by the ball method `name`; poles give balls that are not finite."""

    def rule(arguments: Sequence[Value]) -> Value:
        (argument,) = arguments
        if at_zero is not None and is_exact_zero(argument):
            return at_zero
        return finite(getattr(as_ball(argument), name)())

    return rule


def _log(arguments: Sequence[Value]) -> Value:
    value = arguments[0]
    if isinstance(value, GaussianRational) and value == ONE:
        result: Value = ZERO
    else:
        result = finite(off_negative_axis(value).log())
    if len(arguments) == 2:
        return multiply(result, reciprocal(_log(arguments[1:])))
    return result


def _beyond(value: Value, side: int) -> bool:
    """Say whether a value lies on the real axis at 1 or beyond (`side` 1) or at -1 or beyond (`side` -1)."""
    ball = as_ball(value)
    if not ball.imag.contains(0):
        return False
    distance = side * ball.real - 1
    if distance < 0:
        return False
    if is_real(value) and distance >= 0:
        return True
    raise Indeterminate("the ball straddles a branch cut")


def _endpoint(value: Value) -> int:
    """Return 1 or -1 where the value is exactly that, else 0."""
    whole = integer_of(value)
    return whole if whole in (-1, 1) else 0


def _asin(arguments: Sequence[Value]) -> Value:
    (value,) = arguments
    if is_exact_zero(value):
        return ZERO
    end = _endpoint(value)
    if end:
        return end * acb.pi() / 2
    if _beyond(value, 1) or _beyond(value, -1):
        raise Undefined("asin outside [-1, 1]")
    return finite(as_ball(value).asin())


def _acos(arguments: Sequence[Value]) -> Value:
    (value,) = arguments
    if _endpoint(value) == 1:
        return ZERO
    return acb.pi() / 2 - as_ball(_asin(arguments))


def _atan(arguments: Sequence[Value]) -> Value:
    (value,) = arguments
    if is_exact_zero(value):
        return ZERO
    turned = multiply(exact(0, 1), value)
    if _beyond(turned, 1) or _beyond(turned, -1):
        raise Undefined("atan on its cut")
    return finite(as_ball(value).atan())


def _acot(arguments: Sequence[Value]) -> Value:
    (value,) = arguments
    if is_exact_zero(value):
        return acb.pi() / 2
    return _atan([reciprocal(value)])


def _asinh(arguments: Sequence[Value]) -> Value:
    (value,) = arguments
    if is_exact_zero(value):
        return ZERO
    turned = multiply(exact(0, 1), value)
    if _beyond(turned, 1) or _beyond(turned, -1):
        raise Undefined("asinh on its cut")
    return finite(as_ball(value).asinh())


def _acosh(arguments: Sequence[Value]) -> Value:
    (value,) = arguments
    if _endpoint(value) == 1:
        return ZERO
    if _beyond(negate(add(value, exact(-2))), 1):
        raise Undefined("acosh below 1")
    return finite(as_ball(value).acosh())


def _atanh(arguments: Sequence[Value]) -> Value:
    (value,) = arguments
    if is_exact_zero(value):
        return ZERO
    if _beyond(value, 1) or _beyond(value, -1):
        raise Undefined("atanh outside (-1, 1)")
    return finite(as_ball(value).atanh())


def _of_reciprocal(rule: Rule) -> Rule:
    return lambda arguments: rule([reciprocal(arguments[0])])


def _atan2(arguments: Sequence[Value]) -> Value:
    y, x = arguments
    real_part(y)
    real_part(x)
    return _arg([add(x, multiply(exact(0, 1), y))])


def _arg(arguments: Sequence[Value]) -> Value:
    (value,) = arguments
    if is_exact_zero(value):
        raise Undefined("arg of zero")
    if isinstance(value, GaussianRational) and value.im == 0 and value.re > 0:
        return ZERO
    return acb(off_negative_axis(value).arg())


def _abs(arguments: Sequence[Value]) -> Value:
    (value,) = arguments
    if isinstance(value, GaussianRational):
        if value.im == 0:
            return exact(abs(value.re))
        norm = value.re * value.re + value.im * value.im
        root = rational_root(norm, 2)
        return acb(arb(norm).sqrt()) if root is None else exact(root)
    return acb(abs(value))


def _sign(arguments: Sequence[Value]) -> Value:
    (value,) = arguments
    if is_real(value):
        return exact(sign_of(value))
    ball = as_ball(value)
    if ball.contains(0):
        raise Indeterminate("sign of a ball that contains zero")
    return ball / abs(ball)


def _re(arguments: Sequence[Value]) -> Value:
    (value,) = arguments
    return exact(value.re) if isinstance(value, GaussianRational) else acb(value.real)


def _im(arguments: Sequence[Value]) -> Value:
    (value,) = arguments
    return exact(value.im) if isinstance(value, GaussianRational) else acb(value.imag)


def _conjugate(arguments: Sequence[Value]) -> Value:
    (value,) = arguments
    return exact(value.re, -value.im) if isinstance(value, GaussianRational) else acb(value.real, -value.imag)


def _extreme(largest: bool) -> Rule:
    def rule(arguments: Sequence[Value]) -> Value:
        reals = [real_part(value) for value in arguments]
        if all(isinstance(value, GaussianRational) for value in arguments):
            return exact((max if largest else min)(value.re for value in arguments))
        result = reals[0]
        for real in reals[1:]:
            result = result.max(real) if largest else result.min(real)
        return acb(result)

    return rule


def _heaviside(arguments: Sequence[Value]) -> Value:
    sign = sign_of(arguments[0])
    if sign == 0:
        return arguments[1]
    return exact((1 + sign) // 2)


def _dirac_delta(arguments: Sequence[Value]) -> Value:
    if sign_of(arguments[0]) == 0:
        raise Undefined("delta distribution at its support")
    return ZERO


def _kronecker_delta(arguments: Sequence[Value]) -> Value:
    difference = add(arguments[0], negate(arguments[1]))
    if is_exact_zero(difference):
        return ONE
    if as_ball(difference).contains(0):
        raise Indeterminate("equality is not determined at this precision")
    return ZERO


def _floor(arguments: Sequence[Value]) -> Value:
    (value,) = arguments
    real = real_part(value)
    if isinstance(value, GaussianRational):
        return exact(fmpz(value.re.p) // fmpz(value.re.q))
    whole = real.floor().unique_fmpz()
    if whole is None:
        raise Indeterminate("floor is not determined at this precision")
    return exact(whole)


def _mod(arguments: Sequence[Value]) -> Value:
    dividend, divisor = arguments
    quotient = _floor([multiply(dividend, reciprocal(divisor))])
    return add(dividend, negate(multiply(divisor, quotient)))


def _gamma(arguments: Sequence[Value]) -> Value:
    (value,) = arguments
    whole = integer_of(value)
    if whole is not None:
        if whole <= 0:
            raise Undefined("gamma at a pole")
        if whole <= LARGEST_FACTORIAL:
            return exact(fmpz(int(sp.factorial(whole - 1))))
    return finite(as_ball(value).gamma())


def _factorial(arguments: Sequence[Value]) -> Value:
    return _gamma([add(arguments[0], ONE)])


def _reciprocal_gamma(value: Value) -> Value:
    whole = integer_of(value)
    if whole is not None and whole <= 0:
        return ZERO
    return reciprocal(_gamma([value])) if whole is not None else finite(as_ball(value).rgamma())


def _binomial(arguments: Sequence[Value]) -> Value:
    n, k = arguments
    lower = integer_of(k)
    if lower is not None and abs(lower) <= LARGEST_FACTORIAL:
        if lower < 0:
            if is_real(n) and sign_of(n) >= 0:
                return ZERO
            raise Undefined("binomial of two negative arguments is a matter of convention")
        result: Value = ONE
        for step in range(lower):
            result = multiply(multiply(result, add(n, exact(-step))), exact(fmpq(1, step + 1)))
        return result
    top = _gamma([add(n, ONE)])
    return multiply(top, multiply(_reciprocal_gamma(add(k, ONE)), _reciprocal_gamma(add(add(n, negate(k)), ONE))))


def _beta(arguments: Sequence[Value]) -> Value:
    x, y = arguments[0], arguments[-1]
    return multiply(multiply(_gamma([x]), _gamma([y])), _reciprocal_gamma(add(x, y)))


def _loggamma(arguments: Sequence[Value]) -> Value:
    ball = off_negative_axis(arguments[0])
    if is_real(arguments[0]) and not ball.real > 0:
        raise Undefined("loggamma on its cut")
    return finite(ball.lgamma())


def _polygamma(arguments: Sequence[Value]) -> Value:
    order, value = arguments
    whole = integer_of(order)
    if whole is None or whole < 0:
        raise Unsupported("polygamma of an order that is not a natural number")
    return finite(as_ball(value).polygamma(acb(whole)))


def _bessel(name: str) -> Rule:
    def rule(arguments: Sequence[Value]) -> Value:
        order, value = arguments
        entire = name in ("bessel_i", "bessel_j") and integer_of(order) is not None
        ball = as_ball(value) if entire else off_negative_axis(value)
        if not entire and is_real(value) and not ball.real > 0:
            raise Undefined("Bessel function on its cut")
        return finite(getattr(ball, name)(as_ball(order)))

    return rule


def _lambert_w(arguments: Sequence[Value]) -> Value:
    if len(arguments) == 2 and not is_exact_zero(arguments[1]):
        raise Unsupported("branches of LambertW other than the principal one")
    if is_exact_zero(arguments[0]):
        return ZERO
    ball = as_ball(arguments[0])
    if not (is_real(arguments[0]) and ball.real * arb(1).exp() > -1):
        raise Undefined("LambertW outside (-1/e, oo)")
    return finite(ball.lambertw())


PRINCIPAL_VALUES: dict[type[sp.Basic], Rule] = {
    sp.exp: _entire("exp", ONE),
    sp.log: _log,
    sp.sin: _entire("sin", ZERO),
    sp.cos: _entire("cos", ONE),
    sp.tan: _entire("tan", ZERO),
    sp.cot: _entire("cot"),
    sp.sec: _entire("sec", ONE),
    sp.csc: _entire("csc"),
    sp.sinc: _entire("sinc", ONE),
    sp.sinh: _entire("sinh", ZERO),
    sp.cosh: _entire("cosh", ONE),
    sp.tanh: _entire("tanh", ZERO),
    sp.coth: _entire("coth"),
    sp.sech: _entire("sech", ONE),
    sp.csch: _entire("csch"),
    sp.asin: _asin,
    sp.acos: _acos,
    sp.atan: _atan,
    sp.acot: _acot,
    sp.asec: _of_reciprocal(_acos),
    sp.acsc: _of_reciprocal(_asin),
    sp.atan2: _atan2,
    sp.asinh: _asinh,
    sp.acosh: _acosh,
    sp.atanh: _atanh,
    sp.acoth: _of_reciprocal(_atanh),
    sp.asech: _of_reciprocal(_acosh),
    sp.acsch: _of_reciprocal(_asinh),
    sp.Abs: _abs,
    sp.sign: _sign,
    sp.arg: _arg,
    sp.re: _re,
    sp.im: _im,
    sp.conjugate: _conjugate,
    sp.Max: _extreme(largest=True),
    sp.Min: _extreme(largest=False),
    sp.Heaviside: _heaviside,
    sp.DiracDelta: _dirac_delta,
    sp.KroneckerDelta: _kronecker_delta,
    sp.floor: _floor,
    sp.ceiling: lambda arguments: negate(_floor([negate(arguments[0])])),
    sp.Mod: _mod,
    sp.erf: _entire("erf", ZERO),
    sp.erfc: _entire("erfc", ONE),
    sp.erfi: _entire("erfi", ZERO),
    sp.gamma: _gamma,
    sp.factorial: _factorial,
    sp.binomial: _binomial,
    sp.beta: _beta,
    sp.loggamma: _loggamma,
    sp.polygamma: _polygamma,
    sp.besseli: _bessel("bessel_i"),
    sp.besselj: _bessel("bessel_j"),
    sp.besselk: _bessel("bessel_k"),
    sp.bessely: _bessel("bessel_y"),
    sp.LambertW: _lambert_w,
}
"""Rules by SymPy class; `Piecewise`, relations, sums, derivatives and unknown functions are the walker's."""
