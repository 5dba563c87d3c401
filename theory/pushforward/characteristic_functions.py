"""Two laws whose characteristic functions agree on [-1, 1] and differ beyond, and when a limit point is enough.

    triangle            1 - |t| on [-1, 1] and 0 beyond: the transform of the density (1 - cos x)/(pi x^2)
    periodic_triangle   its continuation with the period 2: the transform of 1/2 at 0 and 2/(pi k)^2 at +-pi k, k odd
    vandermonde         det of (x_j^i), prod (x_j - x_i): masses m_j with sum m_j x_j^k exp(t x_j) = 0 for all k vanish

The first by the Fourier constant c_1 = pi of the energy distance: `(1 - cos x) cos(t x)` is a combination of three
1 - cos, of |1 + t|, |1 - t| and t. The second by its Fourier coefficients; they are summable, so that the series is the
continuous function. Neither transform is analytic at 0, although both laws have them on the whole line. Of laws with
finitely many points the transform is analytic on C: where the difference of two vanishes on a set with a limit point,
all its derivatives vanish there (identity theorem), and with them the masses.

References: [touring2024, section 2 "Characteristic function matching"].
"""

import sympy as sp
from sympy import Expr, Rational, cos, diff, pi, sin

from .energy_distance import known_constants

at = sp.Symbol("t", real=True)
"""The place of a characteristic function."""
order = sp.Symbol("j", integer=True, positive=True)
"""k = 2j - 1 runs through the odd numbers."""
LARGEST_SUPPORT = 4


def triangle(place: Expr) -> Expr:
    """Return (1 - |t|)_+ at t."""
    return sp.Max(1 - sp.Abs(place), 0)


def periodic_triangle(place: Expr) -> Expr:
    """Return the continuation of 1 - |t| from [-1, 1] with the period 2, at a rational t."""
    return sp.Abs(1 - place % 2)


def atom_mass() -> Expr:
    """Return the mass at each of +-pi (2j - 1): `2/(pi (2j - 1))^2`."""
    return 2 / (pi * (2 * order - 1)) ** 2


def triangle_residuals() -> dict[str, Expr]:
    """Return what the density's transform leaves over, by the constant c_1 of the energy distance, where t >= 0.

    `combination`: (1 - cos x) cos(t x) is half of (1 - cos((1 + t) x)) + (1 - cos((1 - t) x)) less 1 - cos(t x), each
    of which, over x^2, has the integral c_1 times the factor of x.
    """
    place, inner, outer = (
        sp.Symbol("x", real=True),
        sp.symbols("u", nonnegative=True),
        sp.symbols("w", nonnegative=True),
    )
    product = (1 - cos(place)) * cos(at * place)
    parts = ((1 - cos((1 + at) * place)) + (1 - cos((1 - at) * place))) / 2 - (1 - cos(at * place))
    constant = known_constants()[1]

    def transform(time: Expr) -> Expr:
        return constant / pi * ((sp.Abs(1 + time) + sp.Abs(1 - time)) / 2 - sp.Abs(time))

    # t = u/(1 + u) runs through [0, 1), and t = 1 + w through [1, oo).
    early = inner / (1 + inner)
    return {
        "combination": product - parts,
        "t < 1": transform(early).subs(sp.Abs(1 - early), 1 - early) - (1 - early),
        "t >= 1": transform(1 + outer),
    }


def fourier_residuals(claimed: Expr) -> dict[str, Expr]:
    """Return what `claimed`, the mass in j, leaves over of the Fourier coefficients of 1 - |t| on [-1, 1].

    The coefficient of cos(k pi t) is 2 int_0^1 (1 - t) cos(k pi t) dt: twice the mass for odd k, and 0 for even k > 0;
    the constant one is 1/2.
    """
    odd, even = (2 * order - 1) * pi, 2 * order * pi
    residuals: dict[str, Expr] = {}
    for name, rate, value in (("odd", odd, 2 * claimed), ("even", even, sp.S.Zero)):
        primitive = 2 * ((1 - at) * sin(rate * at) / rate - cos(rate * at) / rate**2)
        residuals[f"primitive, {name} k"] = diff(primitive, at) - 2 * (1 - at) * cos(rate * at)
        residuals[f"coefficient, {name} k"] = primitive.subs(at, 1) - primitive.subs(at, 0) - value
    primitive = at - at**2 / 2
    residuals["constant coefficient"] = primitive.subs(at, 1) - primitive.subs(at, 0) - Rational(1, 2)
    return residuals


def vandermonde(points: tuple[Expr, ...]) -> Expr:
    """Return `prod_(i < j) (x_j - x_i)`, which vanishes for no distinct points."""
    pairs = ((i, j) for j in range(len(points)) for i in range(j))
    return sp.prod([points[j] - points[i] for i, j in pairs])


def vandermonde_residuals(scale: Expr) -> dict[str, Expr]:
    """Return what `scale` times the product leaves over of det(x_j^i), for two to four points."""
    residuals: dict[str, Expr] = {}
    for count in range(2, LARGEST_SUPPORT + 1):
        points = sp.symbols(f"x_1:{count + 1}", real=True)
        matrix = sp.Matrix(count, count, lambda i, j, p=points: p[j] ** i)
        residuals[f"{count} points"] = matrix.det(method="berkowitz") - scale * vandermonde(points)
    return residuals
