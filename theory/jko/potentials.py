"""Fifteen potentials on which the learning of energies from snapshots is tested, with their gradients.

They are the usual test functions of optimisation, scaled by the authors of the method. V is a function of v in R^d;
a and b stand for the means of the first d // 2 coordinates and of the others, p for 2 (a - 7), q for b - 7, r for |v|.

    double_exp         200 [exp(-|v - 3|^2/20) + exp(-|v + 3|^2/20)], 3 in each coordinate
    rotational         -500 [atan2(b + 5, a + 5) + pi]
    relu               -50 sum max(v_i, 0)
    flat               0
    wavy_plateau       sum cos(pi v_i) + v_i^4/2 - 3 v_i^2 + 1
    friedman           [10 sin(pi p q) + 20 (p sin q - 1/2)^2 + 10 (p cos q - 1)^2 + q sin(p)/10]/100
    watershed          sum_(i<d) [v_i + v_i^2 (v_(i+1) + 4)]/10
    ishigami           sin a + 7 sin^2 b + ((a + b)/2)^4 sin(a)/10
    flowers            sum v_i + 2 sin(|v_i|^(6/5))
    bohachevsky        10 [a^2 + 2 b^2 - 3 cos(3 pi a)/10 - 2 cos(4 pi b)/5]
    holder_table       10 |sin(a) cos(b)| exp(|1 - r/pi|)
    zigzag_ridge       sum_(i<d) (v_i - v_(i+1))^2 + cos(v_i) (v_i + v_(i+1)) + v_i^2 v_(i+1)
    oakley_ohagan      5 sum sin v_i + cos v_i + v_i^2 + v_i
    sphere             -10 r^2
    styblinski_tang    sum (v_i^4 - 16 v_i^2 + 5 v_i)/2

Four are not smooth, and their gradients are defined everywhere all the same: at a kink, coordinate by coordinate, as
the symmetric derivative lim [V(v + h e_i) - V(v - h e_i)]/2h, which is the mean of the two one-sided ones (relu at
v_i = 0; holder_table where sin a = 0, cos b = 0, r = pi or r = 0). That of flowers is continuous. `rotational` is an
angle: it jumps by 1000 pi across the half line b = -5, a < -5, along which its gradient is continuous, and at the
centre of rotation, where no derivative exists, the gradient is set to 0, its mean over a small circle. The
max(0, angle + pi) under which the angle is found in print never acts, since atan2 > -pi.

References: [terpin2024], whose public code makes the choice and sets the scales.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType
from typing import Final, TypeAlias, final

import sympy as sp

Point: TypeAlias = tuple[sp.Expr, ...]


@final
@dataclass(frozen=True, slots=True)
class _Formula:
    """A potential as a function of the coordinates, defined from `least_dimension` on; `pole` is 0 at its pole."""

    value: Callable[[Point], sp.Expr]
    least_dimension: int = 1
    pole: Callable[[Point], sp.Expr] | None = None


def potential(name: str, coordinates: Sequence[sp.Symbol]) -> sp.Expr:
    """Return the potential V of this name as an expression in the coordinates.

    **Arguments:** `name` is one of `POTENTIAL_NAMES`; `coordinates` are d real symbols.

    **Raises:** `ValueError` for an unknown name, coordinates that are not real symbols, or too few of them: potentials
    of a and b or of neighbours need d >= 2.
    """
    return _formula(name, coordinates).value(tuple(coordinates))


def potential_gradient(name: str, coordinates: Sequence[sp.Symbol]) -> tuple[sp.Expr, ...]:
    """Return the gradient of the potential of this name; arguments and errors are those of `potential`.

    At kinks it is the symmetric derivative, at the pole of a potential 0.
    """
    formula = _formula(name, coordinates)
    value = formula.value(tuple(coordinates))
    gradient = tuple(value.diff(coordinate) for coordinate in coordinates)
    if formula.pole is None:
        return gradient
    distance = formula.pole(tuple(coordinates))
    return tuple(sp.Piecewise((slope, distance > 0), (0, True)) for slope in gradient)


def _formula(name: str, coordinates: Sequence[sp.Symbol]) -> _Formula:
    if name not in _FORMULAS:
        raise ValueError(f"{name!r} is none of the test potentials: {', '.join(POTENTIAL_NAMES)}")
    if not all(isinstance(coordinate, sp.Symbol) and coordinate.is_real for coordinate in coordinates):
        raise ValueError(f"coordinates must be real symbols: {tuple(coordinates)}")
    formula = _FORMULAS[name]
    if len(coordinates) < formula.least_dimension:
        raise ValueError(f"{name} is defined for d >= {formula.least_dimension}, not d = {len(coordinates)}")
    return formula


def _half_means(v: Point) -> tuple[sp.Expr, sp.Expr]:
    half = len(v) // 2
    return sp.Add(*v[:half]) / half, sp.Add(*v[half:]) / (len(v) - half)


def _squared_norm(v: Point) -> sp.Expr:
    return sp.Add(*(c**2 for c in v))


def _double_exp(v: Point) -> sp.Expr:
    return 200 * sp.Add(*(sp.exp(-_squared_norm(tuple(c - centre for c in v)) / 20) for centre in (3, -3)))


def _rotational(v: Point) -> sp.Expr:
    a, b = _half_means(v)
    return -500 * (sp.atan2(b + 5, a + 5) + sp.pi)


def _rotation_centre(v: Point) -> sp.Expr:
    a, b = _half_means(v)
    return (a + 5) ** 2 + (b + 5) ** 2


def _relu(v: Point) -> sp.Expr:
    return -50 * sp.Add(*(sp.Max(c, 0) for c in v))


def _flat(v: Point) -> sp.Expr:
    return sp.S.Zero


def _wavy_plateau(v: Point) -> sp.Expr:
    return sp.Add(*(sp.cos(sp.pi * c) + c**4 / 2 - 3 * c**2 + 1 for c in v))


def _friedman(v: Point) -> sp.Expr:
    a, b = _half_means(v)
    p, q = 2 * (a - 7), b - 7
    squares = 20 * (p * sp.sin(q) - sp.Rational(1, 2)) ** 2 + 10 * (p * sp.cos(q) - 1) ** 2
    return (10 * sp.sin(sp.pi * p * q) + squares + q * sp.sin(p) / 10) / 100


def _watershed(v: Point) -> sp.Expr:
    return sp.Add(*(c + c**2 * (following + 4) for c, following in pairwise(v))) / 10


def _ishigami(v: Point) -> sp.Expr:
    a, b = _half_means(v)
    return sp.sin(a) + 7 * sp.sin(b) ** 2 + ((a + b) / 2) ** 4 * sp.sin(a) / 10


def _flowers(v: Point) -> sp.Expr:
    return sp.Add(*(c + 2 * sp.sin(sp.Abs(c) ** sp.Rational(6, 5)) for c in v))


def _bohachevsky(v: Point) -> sp.Expr:
    a, b = _half_means(v)
    waves = sp.Rational(3, 10) * sp.cos(3 * sp.pi * a) + sp.Rational(2, 5) * sp.cos(4 * sp.pi * b)
    return 10 * (a**2 + 2 * b**2 - waves)


def _holder_table(v: Point) -> sp.Expr:
    a, b = _half_means(v)
    growth = sp.exp(sp.Abs(1 - sp.sqrt(_squared_norm(v)) / sp.pi))
    return 10 * sp.Abs(sp.sin(a)) * sp.Abs(sp.cos(b)) * growth


def _zigzag_ridge(v: Point) -> sp.Expr:
    pairs = pairwise(v)
    return sp.Add(*((c - after) ** 2 + sp.cos(c) * (c + after) + c**2 * after for c, after in pairs))


def _oakley_ohagan(v: Point) -> sp.Expr:
    return 5 * sp.Add(*(sp.sin(c) + sp.cos(c) + c**2 + c for c in v))


def _sphere(v: Point) -> sp.Expr:
    return -10 * _squared_norm(v)


def _styblinski_tang(v: Point) -> sp.Expr:
    return sp.Add(*(c**4 - 16 * c**2 + 5 * c for c in v)) / 2


_FORMULAS: Final[Mapping[str, _Formula]] = MappingProxyType(
    {
        "double_exp": _Formula(_double_exp),
        "rotational": _Formula(_rotational, 2, _rotation_centre),
        "relu": _Formula(_relu),
        "flat": _Formula(_flat),
        "wavy_plateau": _Formula(_wavy_plateau),
        "friedman": _Formula(_friedman, 2),
        "watershed": _Formula(_watershed, 2),
        "ishigami": _Formula(_ishigami, 2),
        "flowers": _Formula(_flowers),
        "bohachevsky": _Formula(_bohachevsky, 2),
        "holder_table": _Formula(_holder_table, 2, _squared_norm),
        "zigzag_ridge": _Formula(_zigzag_ridge, 2),
        "oakley_ohagan": _Formula(_oakley_ohagan),
        "sphere": _Formula(_sphere),
        "styblinski_tang": _Formula(_styblinski_tang),
    }
)

POTENTIAL_NAMES: Final = tuple(_FORMULAS)
"""The names of the test potentials."""
