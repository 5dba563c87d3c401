"""The energy distance: its Fourier constant in every dimension, its kernel, and its Sobolev order.

    fourier_constant         int_{R^d} (1 - cos<s, z>) |s|^-(d+1) ds = c_d |z|,  c_d = pi^((d+1)/2)/Gamma((d+1)/2)
    distance_kernel          (1/c_d) int |mu^(s) - nu^(s)|^2 |s|^-(d+1) ds = E[k(X, X') + k(Y, Y') - 2 k(X, Y)]
                             with k(x, y) = -|x - y|, for laws with a first moment
    sobolev_order            the weight |s|^-(d+1) is |s|^(2 q) with q = -(d+1)/2: the homogeneous norm of that order

The constant by subordination. With a = 1/|s|^(d+1) = int u^((d-1)/2) e^(-u |s|^2) du/Gamma((d+1)/2), the definition of
Gamma, and the Fourier transform of a Gaussian (a product over coordinates), u = 1/w^2 leaves

    c_d |z| = pi^(d/2)/Gamma((d+1)/2) int_0^oo 2 (1 - exp(-|z|^2 w^2/4))/w^2 dw,

whose integrand is int_0^|z| p exp(-p^2 w^2/4) dp. The order of the two integrals of this positive function may be
exchanged (Tonelli); `derive_layers` integrates over w first, a Gaussian integral, and then over p.

References: [touring2024, section 2 "Characteristic function matching" and footnote 4].
"""

from dataclasses import dataclass
from functools import cache
from typing import final

import sympy as sp
from sympy import Expr, Integral, Lambda, diff, erf, exp, gamma, oo, pi, sqrt

from ..derivation import Derivation
from ..rules import fundamental_theorem, integrate, limit_of_error_function, limit_of_function
from ..statement import Statement, equal
from .notation import dimension, distance, frequency

precision, radius = sp.symbols("w p", positive=True)
"""w = u^(-1/2), u the rate of the Gaussian that |s|^-(d+1) is a mixture of; p runs from 0 to |z|."""
_first, _second, _cross = sp.symbols("r_xx r_yy r_xy", nonnegative=True)


def fourier_constant() -> Expr:
    """Return c_d, in d: `pi^((d+1)/2)/Gamma((d+1)/2)`, which is pi, 2 pi, pi^2 for d = 1, 2, 3."""
    return pi ** ((dimension + 1) / 2) / gamma((dimension + 1) / 2)


def known_constants() -> dict[int, Expr]:
    """Return c_1, c_2 and c_3: `pi`, `2 pi`, `pi^2`."""
    return {1: pi, 2: 2 * pi, 3: pi**2}


def _layer() -> Expr:
    """Return `p exp(-p^2 w^2/4)`."""
    return radius * exp(-((radius * precision) ** 2) / 4)


def fourier_constant_residuals(claimed: Expr) -> dict[str, Expr]:
    """Return what `claimed`, in d, leaves over of the steps that carry the Fourier integral to the layers.

    The Gaussian mixture's weight with its transform's factor, in w; the integrand as the integral of its layers over p;
    and the transform of a Gaussian on the line, by its equation `g' = -z g/(2u)` in z.
    Then `pi^(d/2)/Gamma((d+1)/2)` times the layers' total is the constant times r, with its values for d = 1, 2, 3.
    """
    rate = precision**-2
    place = sp.Symbol("z", real=True)
    transform = sqrt(pi / rate) * exp(-(place**2) / (4 * rate))
    carried = 2 * (1 - exp(-((radius * precision) ** 2) / 4)) / precision**2
    weight = rate ** ((dimension - 1) / 2) * (pi / rate) ** (dimension / 2) * 2 / precision**3
    return {
        "weight in w": weight - 2 * pi ** (dimension / 2) / precision**2,
        "layers": diff(carried, radius) - _layer(),
        "no layer at 0": carried.subs(radius, 0),
        "transform of a Gaussian": diff(transform, place) + place / (2 * rate) * transform,
        "total": claimed * distance * gamma((dimension + 1) / 2) - pi ** (dimension / 2) * layers_total(),
        **{f"d = {d}": claimed.subs(dimension, d) - value for d, value in known_constants().items()},
    }


def layers_statement(total: Expr) -> Statement:
    """State that the layers, over w and over p up to r, add up to `total`, in r."""
    return equal(Integral(Integral(_layer(), (precision, 0, oo)), (radius, 0, distance)), total)


def layers_total() -> Expr:
    """Return what the layers add up to: `sqrt(pi) r`."""
    return sqrt(pi) * distance


@cache
def derive_layers() -> Derivation:
    """Derive `int_0^oo p exp(-p^2 w^2/4) dw = sqrt(pi)` for every p > 0, and integrate it over p from 0 to r."""
    value = sp.Symbol("value", real=True)
    whole = Lambda(value, sqrt(pi) * value)
    return (
        Derivation("Layers of the Fourier constant of the energy distance")
        .apply(limit_of_error_function, variable=precision, scale=radius / 2, name="error function")
        .apply(limit_of_function, "error function", function=whole, name="at infinity")
        .apply(
            fundamental_theorem,
            "at infinity",
            integrand=_layer(),
            variable=precision,
            lower=sp.S.Zero,
            upper=oo,
            antiderivative=sqrt(pi) * erf(radius * precision / 2),
            name="over w",
        )
        .apply(
            integrate,
            "over w",
            variable=radius,
            lower=sp.S.Zero,
            upper=distance,
            right=sqrt(pi) * radius,
            name="over p",
        )
    )


@final
@dataclass(frozen=True, slots=True)
class Expansion:
    """An expansion `E[a k(X, X') + b k(Y, Y') + c k(X, Y)]`: `kernel` in the distance r, `cross` is c; a = b = 1."""

    kernel: Expr
    cross: Expr

    def value(self, first: Expr, second: Expr, cross: Expr) -> Expr:
        """Return the expansion for distances |x - x'|, |y - y'| and |x - y|, in any units that the kernel takes."""
        shape = Lambda(distance, self.kernel)
        return shape(first) + shape(second) + self.cross * shape(cross)


def distance_kernel() -> Expansion:
    """Return the expansion of the energy distance over c_d: `k(x, y) = -|x - y|`, with the cross term -2."""
    return Expansion(kernel=-distance, cross=sp.Integer(-2))


def distance_kernel_residuals(claimed: Expansion) -> dict[str, Expr]:
    """Return what the claimed expansion leaves over of `|mu^ - nu^|^2`, integrated with the weight over c_d.

    For independent X, X' ~ mu and Y, Y' ~ nu the integrand is the mean of `cos<s, X - X'> + cos<s, Y - Y'> -
    2 cos<s, X - Y>`, where 1 + 1 - 2 = 0 lets every cosine be taken from 1: `integrand`. Each 1 - cos gives c_d |z|.
    """
    angles = sp.symbols("theta_xx theta_yy theta_xy", real=True)
    cosines = [sp.cos(angle) for angle in angles]
    taken = -(1 - cosines[0]) - (1 - cosines[1]) + 2 * (1 - cosines[2])
    return {
        "integrand": cosines[0] + cosines[1] - 2 * cosines[2] - taken,
        "two points": 2 * distance - claimed.value(sp.S.Zero, sp.S.Zero, distance),
        "any laws": 2 * _cross - _first - _second - claimed.value(_first, _second, _cross),
    }


def sobolev_order() -> Expr:
    """Return the order q of the homogeneous Sobolev norm that the energy distance is, in d: `-(d+1)/2`."""
    return -(dimension + 1) / 2


def sobolev_order_residuals(claimed: Expr) -> dict[str, Expr]:
    """Return what `claimed`, in d, leaves over: of the weight, and of the degree in r for point masses r apart.

    The squared norm of order q of delta_0 - delta_z, where finite, has the degree -2 q - d in |z|; the energy distance
    2 c_d |z| has the degree 1.
    """
    return {
        "weight": frequency ** (2 * claimed) - frequency ** (-dimension - 1),
        "degree": -2 * claimed - dimension - 1,
    }
