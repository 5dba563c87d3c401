"""Linear algebra over the rationals between fractions of a tower: is u a rational combination of v1, ..., vn?

Fractions are brought over one denominator, reduced, and compared monomial by monomial; in normal form monomials are
independent, so the answer is exact.
"""

from collections.abc import Sequence

from flint import fmpq

from .tower import Fraction, Polynomial, Tower

Vector = dict[tuple[int, ...], fmpq]


def decompose(tower: Tower, target: Fraction, basis: Sequence[Fraction]) -> tuple[list[fmpq], bool]:
    """Return rational coefficients c, and whether target = c1 v1 + ... + cn vn exactly.

    Where it is not exact the combination is the one that clears the pivots of the echelon form: the rest has no
    monomial in common with them.
    """
    common = target.denominator
    for member in basis:
        common = common * (member.denominator / common.gcd(member.denominator))
    rows = [_vector(tower, member, common) for member in basis]
    echelon: list[tuple[tuple[int, ...], Vector, list[fmpq]]] = []
    for place, row in enumerate(rows):
        combination = [fmpq(0)] * len(basis)
        combination[place] = fmpq(1)
        reduced, combination = _eliminate(row, combination, echelon)
        if reduced:
            echelon.append((max(reduced), reduced, combination))
    rest, negated = _eliminate(_vector(tower, target, common), [fmpq(0)] * len(basis), echelon)
    return [-c for c in negated], not rest


def _vector(tower: Tower, value: Fraction, common: Polynomial) -> Vector:
    scaled = tower.reduce(value.numerator * (common / value.denominator))
    return {monomial: fmpq(c) for monomial, c in scaled.to_dict().items()}


def _eliminate(
    row: Vector, combination: list[fmpq], echelon: Sequence[tuple[tuple[int, ...], Vector, list[fmpq]]]
) -> tuple[Vector, list[fmpq]]:
    row = dict(row)
    for pivot, other, coefficients in echelon:
        if pivot in row:
            factor = row[pivot] / other[pivot]
            for monomial, c in other.items():
                left = row.get(monomial, fmpq(0)) - factor * c
                if left == 0:
                    row.pop(monomial, None)
                else:
                    row[monomial] = left
            combination = [a - factor * b for a, b in zip(combination, coefficients, strict=True)]
    return row, combination
