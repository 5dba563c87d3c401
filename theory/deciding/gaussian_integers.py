"""Split arc tangents of rationals over Gaussian primes, so that Machin's formulas become linear algebra.

**Notation:** atan(b/a) is the argument of a + i b; a prime p = x^2 + y^2, x > y > 0, contributes atan(y/x).
"""

from flint import arb, fmpq, fmpz

LARGEST_NORM = 10**24
"""Norms above this are not factored."""


def split_arc_tangent(value: fmpq) -> tuple[list[tuple[fmpq, int]], int]:
    """Return ([(t, n), ...], m) with atan(value) = sum n atan(t) + m pi/4, each t in (0, 1) from a Gaussian prime."""
    a, b = int(value.q), int(value.p)
    norm = a * a + b * b
    if norm > LARGEST_NORM:
        return [(value, 1)], 0
    parts: list[tuple[fmpq, int]] = []
    angle = (arb(value.p) / arb(value.q)).atan()
    for prime, exponent in fmpz(norm).factor():
        if prime == 2:
            continue
        x, y = sum_of_two_squares(int(prime))
        # a + i b and i b - a never share both conjugates, as b/a is in lowest terms.
        count = int(exponent) if (a * x + b * y) % int(prime) == 0 else -int(exponent)
        parts.append((fmpq(y, x), count))
        angle -= count * (arb(y) / arb(x)).atan()
    quarters = (4 * angle / arb.pi() + arb(1) / 2).floor().unique_fmpz()
    return sorted(parts), int(quarters)


def sum_of_two_squares(prime: int) -> tuple[int, int]:
    """Return x > y > 0 with x^2 + y^2 = prime, for a prime that is 1 modulo 4 (Hermite and Serret's algorithm)."""
    base = 2
    while pow(base, (prime - 1) // 2, prime) != prime - 1:
        base += 1
    a, b = prime, pow(base, (prime - 1) // 4, prime)
    while b * b > prime:
        a, b = b, a % b
    return b, a % b
