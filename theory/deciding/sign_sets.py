"""Sets of possible signs, and what sums, products and powers make of them.

**Notation:** sets are bit masks, `NEGATIVE | ZERO | POSITIVE | NONREAL`; the empty set is a contradiction.
"""

from typing import Final

import sympy as sp
from flint import fmpq

NEGATIVE: Final = 1
ZERO: Final = 2
POSITIVE: Final = 4
NONREAL: Final = 8
REAL: Final = NEGATIVE | ZERO | POSITIVE
NONNEGATIVE: Final = ZERO | POSITIVE
NONPOSITIVE: Final = ZERO | NEGATIVE
NONZERO: Final = NEGATIVE | POSITIVE | NONREAL
ANY: Final = REAL | NONREAL


def is_within(sign: int, allowed: int) -> bool:
    """Say whether every possibility in `sign` is allowed."""
    return sign & ~allowed == 0


def times(a: int, b: int) -> int:
    """Return the possible signs of a product."""
    if not a or not b:
        return 0
    result = 0
    if (a | b) & ZERO:
        result |= ZERO
    a, b = a & ~ZERO, b & ~ZERO
    if a and b:
        if (a | b) & NONREAL:
            result |= NONREAL if is_within(a, NEGATIVE | POSITIVE) or is_within(b, NEGATIVE | POSITIVE) else NONZERO
        if (a & POSITIVE and b & POSITIVE) or (a & NEGATIVE and b & NEGATIVE):
            result |= POSITIVE
        if (a & POSITIVE and b & NEGATIVE) or (a & NEGATIVE and b & POSITIVE):
            result |= NEGATIVE
    return result


def plus(a: int, b: int) -> int:
    """Return the possible signs of a sum."""
    if not a or not b:
        return 0
    if (a | b) & NONREAL:
        return NONREAL if NONREAL in (a, b) and is_within(a & b, 0) else ANY
    result = (a | b) & (POSITIVE | NEGATIVE)
    if a & b & ZERO or (a & POSITIVE and b & NEGATIVE) or (a & NEGATIVE and b & POSITIVE):
        result |= ZERO
    return result


def to_power(sign: int, exponent: int) -> int:
    """Return the possible signs of an integer power with positive exponent."""
    if exponent % 2:
        return sign if not sign & NONREAL else sign | (NONZERO if exponent > 1 else 0)
    if sign & NONREAL:
        return NONZERO | (sign & ZERO)
    return (POSITIVE if sign & (POSITIVE | NEGATIVE) else 0) | (sign & ZERO)


def of_rational(value: fmpq) -> int:
    """Return the sign of a rational number."""
    return POSITIVE if value > 0 else NEGATIVE if value < 0 else ZERO


def of_symbol(symbol: sp.Basic) -> int:
    """Return what the assumptions of a symbol or applied function say of its sign."""
    sign = ANY
    if symbol.is_real:
        sign = REAL
    if symbol.is_positive:
        sign = POSITIVE
    elif symbol.is_negative:
        sign = NEGATIVE
    elif symbol.is_nonnegative:
        sign = NONNEGATIVE
    elif symbol.is_nonpositive:
        sign = NONPOSITIVE
    if symbol.is_nonzero or symbol.is_zero is False:
        sign &= NONZERO
    return sign


def is_settled(sign: int) -> bool:
    """Say whether one possibility is left."""
    return sign in (POSITIVE, NEGATIVE, ZERO, NONREAL)
