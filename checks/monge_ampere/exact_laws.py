"""Data with exact coordinates, by what is known of the flow's map for them, and pairs of points to look at.

    generic      nothing: the triangle of the counterexample
    collinear    atoms on a line: the map is monotone along it
    product      a product of laws on the line
    orbit        equal weights on an orbit of a finite reflection group: the square, the equilateral triangle, the
                 regular tetrahedron

The equilateral triangle has no exact coordinates in the plane: it stands in R^3, in the plane where coordinates sum to
0. In a pair the points x lie in two basins; close pairs lie on either side of the border, where a claim of the least
more than monotony fails.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from typing import Final, final

from ...numerics.measures import DiscreteMeasure

Point = tuple[Fraction, ...]


@final
class Family(StrEnum):
    """What is known of the flow's map for a law."""

    GENERIC = "generic"
    COLLINEAR = "collinear"
    PRODUCT = "product"
    ORBIT = "orbit"


EVERY: Final = frozenset(Family)


@final
@dataclass(frozen=True, slots=True)
class ExactLaw:
    """Atoms with weights that sum to 1, and pairs of points x to look at, the first of them at every effort."""

    name: str
    family: Family
    atoms: tuple[Point, ...]
    weights: tuple[Fraction, ...]
    pairs: tuple[tuple[Point, Point], ...] = field(default=())

    @property
    def measure(self) -> DiscreteMeasure:
        """The law in floating point."""
        return DiscreteMeasure(
            [[float(x) for x in atom] for atom in self.atoms], [float(weight) for weight in self.weights]
        )


def point(*coordinates: Fraction | int | str) -> Point:
    """Return a point by its coordinates, which may be text such as `-2/5`."""
    return tuple(Fraction(coordinate) for coordinate in coordinates)


def equal_weights(count: int) -> tuple[Fraction, ...]:
    """Return `count` equal weights."""
    return (Fraction(1, count),) * count


TRIANGLE: Final = ExactLaw(
    "isosceles triangle",
    Family.GENERIC,
    (point(-1, "-2/5"), point(1, "-2/5"), point(0, "4/5")),
    equal_weights(3),
    ((point(2, "3/2"), point(0, "-2/5")),),
)
"""The counterexample, which holds at every horizon that was tried, with the two points that show it."""

FLATTER: Final = ExactLaw(
    "triangle near the equilateral one",
    Family.GENERIC,
    (point(-1, "-1/2"), point(1, "-1/2"), point(0, 1)),
    equal_weights(3),
    ((point("7/5", "9/10"), point(0, "-1/10")),),
)

RIGHT: Final = ExactLaw(
    "right triangle",
    Family.GENERIC,
    (point(0, 0), point(3, 0), point(0, 4)),
    equal_weights(3),
    ((point(0, "1/4"), point(-4, "1/10")),),
)

OBTUSE: Final = ExactLaw(
    "obtuse triangle",
    Family.GENERIC,
    (point(0, 0), point(3, 0), point(-2, 1)),
    equal_weights(3),
    ((point("1/2", "23/10"), point(-2, "-16/5")),),
)

SQUARE: Final = ExactLaw(
    "square",
    Family.ORBIT,
    (point(1, 1), point(-1, 1), point(-1, -1), point(1, -1)),
    equal_weights(4),
    (
        (point("1/2", 2), point(-1, "-1/5")),
        (point("1/50", 1), point("-1/50", 1)),
    ),
)

EQUILATERAL: Final = ExactLaw(
    "equilateral triangle",
    Family.ORBIT,
    (point(1, "-1/2", "-1/2"), point("-1/2", 1, "-1/2"), point("-1/2", "-1/2", 1)),
    equal_weights(3),
    ((point(1, "1/2", "-3/2"), point("1/2", 1, "-3/2")), (point(2, -1, -1), point("-1/2", "-1/2", 1))),
)

TETRAHEDRON: Final = ExactLaw(
    "regular tetrahedron",
    Family.ORBIT,
    (point(1, 1, 1), point(1, -1, -1), point(-1, 1, -1), point(-1, -1, 1)),
    equal_weights(4),
    ((point(1, "1/5", "-1/10"), point("-1/2", 1, 0)),),
)

COLLINEAR: Final = ExactLaw(
    "three atoms on a line",
    Family.COLLINEAR,
    (point(-1, "-1/2"), point(0, 0), point(2, 1)),
    (Fraction(1, 2), Fraction(1, 3), Fraction(1, 6)),
    ((point(-3, 2), point(3, "-1/2")), (point("-1/2", 0), point(1, "1/5"))),
)

PRODUCT: Final = ExactLaw(
    "product of two pairs of atoms",
    Family.PRODUCT,
    (point(-1, 0), point(-1, 1), point(2, 0), point(2, 1)),
    (Fraction(3, 25), Fraction(7, 25), Fraction(9, 50), Fraction(21, 50)),
    ((point("-3/10", 1), point("-1/5", 1)), (point("1/2", 1), point("-3/2", "-6/5"))),
)

LAWS: Final = (TRIANGLE, EQUILATERAL, SQUARE, TETRAHEDRON, COLLINEAR, PRODUCT)
"""The first of each family at every effort."""


def laws_of(families: Collection[Family]) -> Sequence[ExactLaw]:
    """Return the laws of these families, in the order of `LAWS`."""
    return [law for law in LAWS if law.family in families]
