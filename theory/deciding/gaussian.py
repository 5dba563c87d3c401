"""Values of expressions: an exact Gaussian rational where the arithmetic is exact, else a complex ball.

A branch is chosen from a value only where the value determines it: a ball that meets both sides raises
`Indeterminate`. Exact values keep x = 0 on the boundary of a `Piecewise` decidable at every precision.

**Notation:** a value is `GaussianRational | acb`; a ball is real when its imaginary part is exactly zero.
"""

from dataclasses import dataclass
from typing import TypeAlias, final

from flint import acb, arb, fmpq, fmpz

EXACT_BITS = 20_000
"""Exact powers that would need more bits than this are evaluated as balls."""


class Unsupported(NotImplementedError):  # noqa: N818 - a finding about the node, not a fault
    """A node that has no evaluation in ball arithmetic here."""


class Undefined(ArithmeticError):  # noqa: N818 - a finding about the point, not a fault
    """The point lies outside the expression's domain, or on a cut whose side is a matter of convention."""


@final
class Indeterminate(Undefined):
    """The ball is too wide to tell whether the value is defined or which branch it takes; more bits may tell."""


@final
@dataclass(frozen=True, slots=True)
class GaussianRational:
    """The number `re + i im` with rational `re` and `im`."""

    re: fmpq
    im: fmpq

    @property
    def is_zero(self) -> bool:
        """Say whether the number is 0."""
        return bool(self.re == 0 and self.im == 0)

    def ball(self) -> acb:
        """Enclose the number in a ball at the current working precision."""
        return acb(arb(self.re), arb(self.im))


Value: TypeAlias = GaussianRational | acb


def exact(re: fmpq | fmpz | int, im: fmpq | fmpz | int = 0) -> GaussianRational:
    """Build an exact value from rational parts."""
    return GaussianRational(fmpq(re), fmpq(im))


ZERO = exact(0)
ONE = exact(1)


def as_ball(value: Value) -> acb:
    """Enclose a value in a ball."""
    return value.ball() if isinstance(value, GaussianRational) else value


def finite(ball: acb) -> acb:
    """Return `ball`, or raise `Indeterminate` where it is not finite."""
    if not ball.is_finite():
        raise Indeterminate("not a finite ball")
    return ball


def is_real(value: Value) -> bool:
    """Say whether the value is real beyond doubt."""
    return bool(value.im == 0) if isinstance(value, GaussianRational) else bool(value.imag.is_zero())


def real_part(value: Value) -> arb:
    """Return the real ball of a value that must be real."""
    if not is_real(value):
        if isinstance(value, GaussianRational) or not value.imag.contains(0):
            raise Undefined("an order is asked of a number that is not real")
        raise Indeterminate("an order is asked of a number that may not be real")
    return as_ball(value).real


def sign_of(value: Value) -> int:
    """Return the sign of a real value: -1, 0 or 1, the 0 only where the value is exactly 0."""
    if isinstance(value, GaussianRational) and value.im == 0:
        return int(value.re > 0) - int(value.re < 0)
    real = real_part(value)
    if real > 0:
        return 1
    if real < 0:
        return -1
    if real.is_zero():
        return 0
    raise Indeterminate("the sign is not determined at this precision")


def excludes_zero(value: Value) -> bool:
    """Say whether the value differs from 0 beyond doubt."""
    return not value.is_zero if isinstance(value, GaussianRational) else not value.contains(0)


def is_exact_zero(value: Value) -> bool:
    """Say whether the value is 0 beyond doubt."""
    return value.is_zero if isinstance(value, GaussianRational) else bool(value.is_zero())


def add(left: Value, right: Value) -> Value:
    """Add two values."""
    if isinstance(left, GaussianRational) and isinstance(right, GaussianRational):
        return GaussianRational(left.re + right.re, left.im + right.im)
    return as_ball(left) + as_ball(right)


def multiply(left: Value, right: Value) -> Value:
    """Multiply two values; an exact 0 annihilates."""
    if isinstance(left, GaussianRational) and isinstance(right, GaussianRational):
        return GaussianRational(left.re * right.re - left.im * right.im, left.re * right.im + left.im * right.re)
    if is_exact_zero(left) or is_exact_zero(right):
        return ZERO
    return as_ball(left) * as_ball(right)


def negate(value: Value) -> Value:
    """Return the negative of a value."""
    return multiply(exact(-1), value)


def reciprocal(value: Value) -> Value:
    """Invert a value; raise where it is, or may be, 0."""
    if isinstance(value, GaussianRational):
        if value.is_zero:
            raise Undefined("division by zero")
        norm = value.re * value.re + value.im * value.im
        return GaussianRational(value.re / norm, -value.im / norm)
    if value.contains(0):
        raise Indeterminate("division by a ball that contains zero")
    return 1 / value


def height(value: GaussianRational) -> int:
    """Return the number of bits of the largest integer in the value."""
    parts = (value.re.p, value.re.q, value.im.p, value.im.q)
    return max(int(part).bit_length() for part in parts)


def integer_power(base: Value, exponent: int) -> Value:
    """Raise a value to an integer power by exact or ball arithmetic."""
    if exponent < 0:
        return reciprocal(integer_power(base, -exponent))
    if not isinstance(base, GaussianRational):
        return base**exponent
    if base.is_zero:
        return ONE if exponent == 0 else ZERO
    if height(base) * exponent > EXACT_BITS:
        return finite(base.ball() ** exponent)
    result, square = ONE, base
    while exponent:
        if exponent & 1:
            result = _product(result, square)
        square, exponent = _product(square, square), exponent >> 1
    return result


def _product(left: GaussianRational, right: GaussianRational) -> GaussianRational:
    return GaussianRational(left.re * right.re - left.im * right.im, left.re * right.im + left.im * right.re)


def integer_of(value: Value) -> int | None:
    """Return the integer that an exact value is, or None."""
    if isinstance(value, GaussianRational) and value.im == 0 and value.re.q == 1:
        return int(value.re.p)
    return None


def rational_root(value: fmpq, degree: int) -> fmpq | None:
    """Return the rational `degree`-th root of a rational number >= 0, or None where it is irrational."""
    if degree > EXACT_BITS:
        # No other number of so few bits is such a power.
        return value if value in (0, 1) else None
    numerator, denominator = fmpz(value.p).root(degree), fmpz(value.q).root(degree)
    if numerator**degree == value.p and denominator**degree == value.q:
        return fmpq(numerator, denominator)
    return None


def off_negative_axis(value: Value, *, zero_allowed: bool = False) -> acb:
    """Return the ball of `value` where one side of the cut (-oo, 0) is certain; exact negative reals are certain.

    **Raises:** `Undefined` at 0 unless `zero_allowed`; `Indeterminate` where the ball straddles the cut or may be 0.
    """
    if is_exact_zero(value):
        if zero_allowed:
            return acb(0)
        raise Undefined("singular at zero")
    ball = as_ball(value)
    if ball.contains(0):
        raise Indeterminate("the ball contains the branch point")
    if not is_real(value) and ball.imag.contains(0) and not ball.real > 0:
        raise Indeterminate("the ball straddles a branch cut")
    return ball


def power(base: Value, exponent: Value) -> Value:
    """Raise `base` to `exponent`, principal branch: `exp(exponent log base)`, and 0 to a positive power is 0."""
    whole = integer_of(exponent)
    if whole is not None:
        return integer_power(base, whole)
    if is_exact_zero(base):
        if is_real(exponent) and sign_of(exponent) > 0:
            return ZERO
        raise Undefined("zero to a power that is not positive")
    if isinstance(exponent, GaussianRational) and exponent.im == 0 and isinstance(base, GaussianRational):
        root = _exact_root(base, int(exponent.re.q))
        if root is not None:
            return integer_power(root, int(exponent.re.p))
    ball = off_negative_axis(base)
    if isinstance(exponent, GaussianRational) and exponent.re == fmpq(1, 2) and exponent.im == 0:
        return finite(ball.sqrt())
    return finite(ball ** as_ball(exponent))


def _exact_root(base: GaussianRational, degree: int) -> GaussianRational | None:
    """Return the principal root of a real number where it is a Gaussian rational."""
    if base.im != 0 or (base.re < 0 and degree != 2):
        return None
    root = rational_root(abs(base.re), degree)
    if root is None:
        return None
    return GaussianRational(root, fmpq(0)) if base.re > 0 else GaussianRational(fmpq(0), root)
