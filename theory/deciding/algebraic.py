"""Decide whether a polynomial in algebraic numbers is zero, although its generators are not independent.

Nested radicals and roots of unity satisfy relations beyond those of the tower. Multiplication by the number acts on the
finite-dimensional quotient by the tower's relations; the number is a root of the characteristic polynomial of that map.
Its nonzero roots are bounded away from 0 by Cauchy's bound, so that a ball inside the bound leaves only 0.

**References:** Mignotte, "Mathematics for Computer Algebra", 1992, chapter 4, for root bounds.
"""

from itertools import product

from flint import acb, arb, ctx, fmpq, fmpq_mat

from .constants import enclose_constant
from .tower import Kind, Polynomial, Tower

LARGEST_DIMENSION = 128
PRECISIONS = (128, 512, 2048, 8192)


def vanishes(tower: Tower, polynomial: Polynomial) -> bool:
    """Say whether a polynomial in normal form is proved to be 0, coefficient by algebraic coefficient."""
    if polynomial.is_zero():
        return True
    algebraic = _algebraic_generators(tower)
    positions = {tower.position(index) for index in algebraic}
    if not positions:
        return False
    parts: dict[tuple[int, ...], dict[tuple[int, ...], fmpq]] = {}
    for monomial, coefficient in polynomial.to_dict().items():
        outer = tuple(0 if place in positions else e for place, e in enumerate(monomial))
        inner = tuple(e if place in positions else 0 for place, e in enumerate(monomial))
        parts.setdefault(outer, {})[inner] = coefficient
    return all(_is_zero(tower, tower.context.from_dict(part)) for part in parts.values())


def _algebraic_generators(tower: Tower) -> list[int]:
    """List roots of unity and roots of polynomials in such."""
    found: list[int] = []
    for index, generator in enumerate(tower.generators):
        if generator.kind is Kind.UNITY or (
            generator.kind is Kind.ROOT and set(tower.occurring(generator.arguments[0].numerator)) <= set(found)
        ):
            found.append(index)
    return found


def _needed(tower: Tower, number: Polynomial) -> list[int]:
    """List the generators in a number and, below their roots, those that these need."""
    pending, found = tower.occurring(number), set()
    while pending:
        index = pending.pop()
        if index not in found:
            found.add(index)
            if tower.generators[index].kind is Kind.ROOT:
                pending += tower.occurring(tower.generators[index].arguments[0].numerator)
    return sorted(found)


def _is_zero(tower: Tower, number: Polynomial) -> bool:
    with ctx.workprec(PRECISIONS[0]):
        ball = enclose_constant(tower, number, PRECISIONS[0])
        if ball is None or not ball.contains(0):
            return False
    bound = _bound(tower, number)
    if bound is None:
        return False
    for precision in PRECISIONS:
        with ctx.workprec(precision):
            ball = enclose_constant(tower, number, precision)
            if ball is None or not ball.contains(0):
                return False
            if _is_inside(ball, bound):
                return True
    return False


def _is_inside(ball: acb, bound: fmpq) -> bool:
    return bool(arb(ball.abs_upper()) < arb(bound.p) / arb(bound.q))


def _bound(tower: Tower, number: Polynomial) -> fmpq | None:
    """Return a positive number that no nonzero root of the characteristic polynomial is smaller than."""
    indices = _needed(tower, number)
    degrees = {position: degree for position, degree, _ in tower.relations}
    ranges = [range(degrees[tower.position(index)]) for index in indices]
    basis = []
    for exponents in product(*ranges):
        powers = [0] * tower.capacity
        for index, exponent in zip(indices, exponents, strict=True):
            powers[tower.position(index)] = exponent
        basis.append(tuple(powers))
    if len(basis) > LARGEST_DIMENSION:
        return None
    places = {monomial: place for place, monomial in enumerate(basis)}
    matrix = fmpq_mat(len(basis), len(basis))
    for row, monomial in enumerate(basis):
        image = tower.reduce(number * tower.context.from_dict({monomial: fmpq(1)}))
        for other, coefficient in image.to_dict().items():
            matrix[row, places[other]] = coefficient
    coefficients = [fmpq(c) for c in matrix.charpoly().coeffs()]
    while coefficients and coefficients[0] == 0:
        coefficients.pop(0)
    lowest = abs(coefficients[0])
    others = [abs(c) for c in coefficients[1:]]
    return fmpq(1) if not others else lowest / (lowest + max(others))
