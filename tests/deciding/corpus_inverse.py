"""Inverse functions, roots and nested radicals, constants."""

import sympy as sp

from .corpus_entry import NANO, Entry, R, entry, p, q, u, v, x, y


def inverse_functions() -> list[Entry]:
    half = sp.pi / 2
    inside = (sp.Gt(u, -1), sp.Lt(u, 1))
    return [
        entry(
            "atan-reciprocal",
            sp.atan(u) + sp.atan(1 / u) - half,
            sp.atan(u) + sp.atan(1 / u) - half,
            sp.Gt(u, 0),
            instead=(),
        ),
        entry(
            "atan-reciprocal-negative",
            sp.atan(u) + sp.atan(1 / u) + half,
            sp.atan(u) + sp.atan(1 / u) - half,
            sp.Lt(u, 0),
        ),
        entry(
            "atan-reciprocal-positive", sp.atan(p) + sp.atan(1 / p) - half, sp.atan(p) + sp.atan(1 / p) - half - NANO
        ),
        entry("asin-acos", sp.asin(u) + sp.acos(u) - half, sp.asin(u) - sp.acos(u) + half, *inside),
        entry(
            "sin-of-acos",
            sp.sin(2 * sp.acos(u)) - 2 * u * sp.sqrt(1 - u**2),
            sp.sin(2 * sp.acos(u)) + 2 * u * sp.sqrt(1 - u**2),
            *inside,
        ),
        entry(
            "cos-of-atan",
            sp.cos(2 * sp.atan(u)) - (1 - u**2) / (1 + u**2),
            sp.cos(2 * sp.atan(u)) + (1 - u**2) / (1 + u**2),
        ),
        entry(
            "sin-of-two-atan", sp.sin(2 * sp.atan(u)) - 2 * u / (1 + u**2), sp.sin(2 * sp.atan(u)) - 2 * u / (1 - u**2)
        ),
        entry(
            "asinh-as-log",
            sp.asinh(u) - sp.log(u + sp.sqrt(u**2 + 1)),
            sp.asinh(u) - sp.log(u + sp.sqrt(u**2 + 1 + NANO)),
        ),
        entry(
            "acosh-as-log",
            sp.acosh(1 + p) - sp.log(1 + p + sp.sqrt(p * (p + 2))),
            sp.acosh(1 + p) + sp.log(1 + p + sp.sqrt(p * (p + 2))),
        ),
        entry(
            "atanh-as-log",
            sp.atanh(u) - sp.log((1 + u) / (1 - u)) / 2,
            sp.atanh(u) - sp.log((1 - u) / (1 + u)) / 2,
            *inside,
        ),
        entry(
            "atan-difference",
            sp.atan(p) - sp.atan(1 / (1 + p)) - sp.atan((p**2 + p - 1) / (2 * p + 1)),
            sp.atan(p) - sp.atan(1 / (1 + p)) - sp.atan((p**2 + p + 1) / (2 * p + 1)),
        ),
        entry(
            "atan-half-angle",
            sp.atan(u) - 2 * sp.atan(u / (1 + sp.sqrt(1 + u**2))),
            sp.atan(u) - 2 * sp.atan(u / (1 - sp.sqrt(1 + u**2))),
        ),
        entry(
            "atan-doubling",
            2 * sp.atan(u) - sp.atan(2 * u / (1 - u**2)),
            2 * sp.atan(u) - sp.atan(2 * u / (1 - u**2)),
            *inside,
            instead=(sp.Gt(u, -2), sp.Lt(u, 2)),
        ),
        entry(
            "asin-derivative",
            (1 - u**2) * (sp.asin(u) ** 2).diff(u, 2) - u * (sp.asin(u) ** 2).diff(u) - 2,
            (1 - u**2) * (sp.asin(u) ** 2).diff(u, 2) - u * (sp.asin(u) ** 2).diff(u) - 1,
            *inside,
        ),
        entry(
            "asin-of-sine",
            sp.asin(sp.sin(u)) - u,
            sp.asin(sp.sin(u)) - u,
            sp.Gt(u, -1),
            sp.Lt(u, 1),
            instead=(sp.Gt(u, -2), sp.Lt(u, 2)),
        ),
        entry(
            "tan-atan-sum",
            sp.tan(sp.atan(p) + sp.atan(q)) - (p + q) / (1 - p * q),
            sp.tan(sp.atan(p) + sp.atan(q)) - (p + q) / (1 + p * q),
        ),
        entry(
            "atan-shifted",
            sp.atan(u) - sp.atan((u - 1) / (u + 1)) - sp.pi / 4,
            sp.atan(u) - sp.atan((u - 1) / (u + 1)) - sp.pi / 4,
            sp.Gt(u, -1),
            instead=(),
        ),
        entry("acos-of-minus", sp.acos(-u) + sp.acos(u) - sp.pi, sp.acos(-u) - sp.acos(u) - sp.pi, *inside),
        entry(
            "asin-as-atan",
            sp.asin(u) - sp.atan(u / sp.sqrt(1 - u**2)),
            sp.asin(u) - sp.atan(u / sp.sqrt(1 + u**2)),
            *inside,
        ),
        entry(
            "tanh-of-log", sp.tanh(sp.log(p)) - (p**2 - 1) / (p**2 + 1), sp.tanh(sp.log(p)) - (p**2 + 1) / (p**2 - 1)
        ),
    ]


def roots() -> list[Entry]:
    s = sp.sqrt
    return [
        entry("square-root-product", s(p * q + p) - s(p) * s(q + 1), s(x) * s(y) - s(x * y)),
        entry("root-of-square", s(u**2 - 2 * u * v + v**2) - sp.Abs(u - v), s(x**2) - x),
        entry("rationalised", 1 / (s(p) + s(q)) - (s(p) - s(q)) / (p - q), 1 / (s(p) + s(q)) - (s(p) + s(q)) / (p - q)),
        entry("square-of-binomial", (s(p) + s(q)) ** 2 - p - q - 2 * s(p * q), (s(p) + s(q)) ** 2 - p - q - s(p * q)),
        entry("denest-2-3", s(5 + 2 * s(6)) - s(2) - s(3), s(5 + 2 * s(6)) - s(2) - s(3) - NANO),
        entry("denest-difference", s(3 - 2 * s(2)) - s(2) + 1, s(3 - 2 * s(2)) + s(2) - 1),
        entry("golden-cube-root", sp.cbrt(2 + s(5)) - (1 + s(5)) / 2, sp.cbrt(2 + s(5)) - (1 + s(5)) / 2 - NANO),
        entry("cardano", sp.cbrt(2 + s(5)) - sp.cbrt(s(5) - 2) - 1, sp.cbrt(2 + s(5)) + sp.cbrt(s(5) - 2) - 1),
        entry(
            "ramanujan-cubes",
            sp.cbrt(sp.cbrt(2) - 1) - sp.cbrt(R(1, 9)) + sp.cbrt(R(2, 9)) - sp.cbrt(R(4, 9)),
            sp.cbrt(sp.cbrt(2) - 1) - sp.cbrt(R(1, 9)) - sp.cbrt(R(2, 9)) + sp.cbrt(R(4, 9)),
        ),
        entry(
            "sixth-root",
            (sp.root(p, 6) + 1) ** 3 - s(p) - 3 * sp.cbrt(p) - 3 * sp.root(p, 6) - 1,
            (sp.root(p, 6) + 1) ** 3 - s(p) - 3 * sp.cbrt(p) - 2 * sp.root(p, 6) - 1,
        ),
        entry(
            "root-and-cube-root",
            (s(p) - sp.cbrt(p)) * (s(p) + sp.cbrt(p)) - p + p ** R(2, 3),
            (s(p) - sp.cbrt(p)) * (s(p) + sp.cbrt(p)) - p + p ** R(2, 3) * (1 + NANO),
        ),
        entry("principal-cube-root", (-8) ** R(1, 3) - 1 - s(3) * sp.I, (-8) ** R(1, 3) + 2),
        entry(
            "root-quotient",
            s(1 / p + 1 / q) - s(p + q) / s(p * q),
            s(u / v) - s(u) / s(v),
            instead=(sp.Ne(u, 0), sp.Ne(v, 0)),
        ),
        entry("denested-quadratic", s(p + q + 2 * s(p * q)) - s(p) - s(q), s(p + q + 2 * s(p * q)) - s(p) + s(q)),
        entry(
            "heat-step",
            (s(p**2 + 4 * q) + p) * (s(p**2 + 4 * q) - p) - 4 * q,
            (s(p**2 + 4 * q) + p) * (s(p**2 + 4 * q) - p) - 2 * q,
        ),
        entry(
            "quadratic-formula",
            ((-u + s(u**2 - 4 * v)) / 2) ** 2 + u * (-u + s(u**2 - 4 * v)) / 2 + v,
            ((-u + s(u**2 - 4 * v)) / 2) ** 2 + u * (-u - s(u**2 - 4 * v)) / 2 + v,
        ),
        entry(
            "cubic-root-identity",
            (sp.cbrt(p) - sp.cbrt(q)) * (p ** R(2, 3) + sp.cbrt(p * q) + q ** R(2, 3)) - p + q,
            (sp.cbrt(p) - sp.cbrt(q)) * (p ** R(2, 3) - sp.cbrt(p * q) + q ** R(2, 3)) - p + q,
        ),
        entry(
            "rationalised-denominator",
            1 / (s(2) + s(3) + s(5)) - (2 * s(3) + 3 * s(2) - s(30)) / 12,
            1 / (s(2) + s(3) + s(5)) - (2 * s(3) + 3 * s(2) + s(30)) / 12,
        ),
        entry(
            "root-of-exponential",
            s(sp.exp(2 * u) + 2 + sp.exp(-2 * u)) - sp.exp(u) - sp.exp(-u),
            s(sp.exp(2 * u) - 2 + sp.exp(-2 * u)) - sp.exp(u) + sp.exp(-u),
        ),
        entry("root-of-perfect-trig", s(1 - sp.cos(u) ** 2) - sp.Abs(sp.sin(u)), s(1 - sp.cos(u) ** 2) - sp.sin(u)),
        entry(
            "three-roots",
            s(p + q) * s(p**2 - p * q + q**2) - s(p**3 + q**3),
            s(p + q) * s(p**2 - p * q + q**2) - s(p**3 + q**3 + NANO),
        ),
        entry(
            "root-derivative",
            sp.diff(s(1 + u**2), u, 2) * (1 + u**2) - 1 / s(1 + u**2),
            sp.diff(s(1 + u**2), u, 2) * (1 + u**2) + 1 / s(1 + u**2),
        ),
    ]


def constants() -> list[Entry]:
    a, s = sp.atan, sp.sqrt
    return [
        entry("machin", 4 * a(R(1, 5)) - a(R(1, 239)) - sp.pi / 4, 4 * a(R(1, 5)) - a(R(1, 238)) - sp.pi / 4),
        entry("euler-machin", a(R(1, 2)) + a(R(1, 3)) - sp.pi / 4, a(R(1, 2)) + a(R(1, 3) + NANO) - sp.pi / 4),
        entry(
            "gauss-machin",
            12 * a(R(1, 18)) + 8 * a(R(1, 57)) - 5 * a(R(1, 239)) - sp.pi / 4,
            12 * a(R(1, 18)) + 8 * a(R(1, 57)) + 5 * a(R(1, 239)) - sp.pi / 4,
        ),
        entry("hutton", 2 * a(R(1, 3)) + a(R(1, 7)) - sp.pi / 4, 3 * a(R(1, 3)) + a(R(1, 7)) - sp.pi / 4),
        entry("three-atans", a(1) + a(2) + a(3) - sp.pi, a(1) + a(2) + a(3)),
        entry("golden-ratio", sp.GoldenRatio**2 - sp.GoldenRatio - 1, sp.GoldenRatio**2 - sp.GoldenRatio - 1 - NANO),
        entry("golden-cosine", 2 * sp.cos(sp.pi / 5) - sp.GoldenRatio, 2 * sp.cos(2 * sp.pi / 5) - sp.GoldenRatio),
        entry(
            "roots-of-unity",
            sum(sp.exp(2 * sp.pi * sp.I * j / 7) for j in range(7)),
            sum(sp.exp(2 * sp.pi * sp.I * j / 7) for j in range(1, 7)),
        ),
        entry("i-to-the-i", sp.I**sp.I - sp.exp(-sp.pi / 2), sp.I**sp.I - sp.exp(sp.pi / 2)),
        entry(
            "log-of-golden",
            sp.log(sp.GoldenRatio) - sp.asinh(R(1, 2)),
            sp.log(sp.GoldenRatio) - sp.asinh(R(1, 2) + NANO),
        ),
        entry(
            "product-of-sines",
            sp.sin(sp.pi / 7) * sp.sin(2 * sp.pi / 7) * sp.sin(3 * sp.pi / 7) - s(7) / 8,
            sp.sin(sp.pi / 7) * sp.sin(2 * sp.pi / 7) * sp.sin(4 * sp.pi / 7) - s(7) / 9,
        ),
        entry(
            "logs-of-integers",
            sp.log(6) + sp.log(35) - sp.log(14) - sp.log(15),
            sp.log(6) + sp.log(35) - sp.log(14) - sp.log(16),
        ),
        entry(
            "pi-with-roots",
            (sp.pi + s(2)) * (sp.pi - s(2)) - sp.pi**2 + 2,
            (sp.pi + s(2)) * (sp.pi - s(2)) - sp.pi**2 + 2 + NANO,
        ),
        entry(
            "euler-gamma",
            (sp.EulerGamma + 1) ** 2 - sp.EulerGamma**2 - 2 * sp.EulerGamma - 1,
            (sp.EulerGamma + 1) ** 2 - R(5772156649, 10**10) ** 2 - 2 * sp.EulerGamma - 1,
        ),
        entry(
            "almost-integer",
            sp.exp(sp.pi * s(163)) * sp.exp(-sp.pi * s(163)) - 1 + (sp.sqrt(2) + 1) * (sp.sqrt(2) - 1) - 1,
            sp.exp(sp.pi * s(163)) - 262537412640768744,
        ),
        entry("atan-of-root", 2 * a(1 / s(2)) - a(2 * s(2)), 2 * a(1 / s(2)) - a(2 * s(2) + NANO)),
    ]
