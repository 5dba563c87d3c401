"""Exponentials, logarithms, trigonometric and hyperbolic functions."""

import sympy as sp

from .corpus_entry import NANO, Entry, R, entry, k, n, p, q, u, v, w, x, y


def exponentials() -> list[Entry]:
    e, log = sp.exp, sp.log
    return [
        entry("exp-sum", e(x + y) - e(x) * e(y), e(x + y) - e(x) * e(y) * (1 + NANO)),
        entry(
            "exp-square",
            (e(x) + e(-x)) ** 2 - e(2 * x) - e(-2 * x) - 2,
            (e(x) + e(-x)) ** 2 - e(2 * x) - e(-2 * x) - 2 - NANO,
        ),
        entry("log-exp", log(e(2 * u) + 2 * e(u) + 1) - 2 * log(1 + e(u)), log(e(x)) - x),
        entry(
            "exp-cubed",
            (e(x) - 1) * (e(2 * x) + e(x) + 1) - e(3 * x) + 1,
            (e(x) - 1) * (e(2 * x) - e(x) + 1) - e(3 * x) + 1,
        ),
        entry("log-product", log(p * q**2) - log(p) - 2 * log(q), log(x * y) - log(x) - log(y)),
        entry("log-quotient", log((p + 1) / (q + 1)) - log(p + 1) + log(q + 1), log(u / v) - log(u) + log(v)),
        entry("log-square", log(u**2) - 2 * log(sp.Abs(u)), log(u**2) - 2 * log(u), sp.Ne(u, 0)),
        entry("log-of-power", log(p**v) - v * log(p), log(u**2) - 2 * log(u), sp.Ne(u, 0)),
        entry(
            "sigmoid-symmetry",
            1 / (1 + e(-u)) + 1 / (1 + e(u)) - 1,
            1 / (1 + e(-u)) + 1 / (1 + e(2 * u)) - 1,
        ),
        entry(
            "softplus-difference",
            log(1 + e(u)) - log(1 + e(-u)) - u,
            log(1 + e(x)) - log(1 + e(-x)) - x,
        ),
        entry(
            "log-factored",
            log(p**2 + 2 * p * q + q**2) - 2 * log(p + q),
            log(u**2 + 2 * u * v + v**2) - 2 * log(u + v),
            instead=(sp.Ne(u + v, 0),),
        ),
        entry("log-constants", log(12) - 2 * log(2) - log(3), log(12) - 2 * log(2) - log(3 + NANO)),
        entry(
            "power-of-e",
            (e(x + 1) + e(-x)) ** 2 - e(2 * x + 2) - e(-2 * x) - 2 * sp.E,
            (e(x + 1) + e(-x)) ** 2 - e(2 * x + 2) - e(-2 * x) - 2 * sp.E - NANO,
        ),
        entry("product-of-powers", p ** (u + v) - p**u * p**v, p ** (u + v) - p**u * p ** (v + NANO)),
        entry("power-of-power", (p**u + 1) ** 2 - p ** (2 * u) - 2 * p**u - 1, (x**2) ** R(1, 2) - x),
        entry("change-of-base", log(8 * p) / log(2) - 3 - log(p) / log(2), log(8 * p) / log(2) - 2 - log(p) / log(2)),
        entry(
            "exponential-derivative",
            sp.diff(e(-(x**2)) * x, x) - (1 - 2 * x**2) * e(-(x**2)),
            sp.diff(e(-(x**2)) * x, x) - (1 + 2 * x**2) * e(-(x**2)),
        ),
        entry(
            "log-sum-exp-shift",
            log(e(u + w) + e(v + w)) - w - log(e(u) + e(v)),
            log(e(u + w) + e(v + w)) + w - log(e(u) + e(v)),
        ),
    ]


def trigonometry() -> list[Entry]:
    s, c, t = sp.sin, sp.cos, sp.tan
    return [
        entry("pythagoras", s(x) ** 2 + c(x) ** 2 - 1, s(x) ** 2 + c(x) ** 2 - 1 - NANO),
        entry("double-angle", c(2 * x) - 1 + 2 * s(x) ** 2, c(2 * x) - 1 - 2 * s(x) ** 2),
        entry("sum-of-angles", s(x + y) - s(x) * c(y) - c(x) * s(y), s(x + y) - s(x) * c(y) + c(x) * s(y)),
        entry(
            "tangent-sum", t(x + y) - (t(x) + t(y)) / (1 - t(x) * t(y)), t(x + y) - (t(x) + t(y)) / (1 + t(x) * t(y))
        ),
        entry("triple-angle", s(3 * x) - 3 * s(x) + 4 * s(x) ** 3, s(3 * x) - 3 * s(x) + 4 * s(x) ** 3 + NANO * s(x)),
        entry("product-to-sum", 2 * s(x) * c(y) - s(x + y) - s(x - y), 2 * s(x) * c(y) - s(x + y) + s(x - y)),
        entry(
            "fifth-power",
            16 * s(x) ** 5 - 10 * s(x) + 5 * s(3 * x) - s(5 * x),
            16 * s(x) ** 5 - 10 * s(x) + 5 * s(3 * x) + s(5 * x),
        ),
        entry("half-angle-tangent", t(x / 2) - s(x) / (1 + c(x)), t(x / 2) - s(x) / (1 - c(x))),
        entry(
            "weierstrass",
            c(x) - (1 - t(x / 2) ** 2) / (1 + t(x / 2) ** 2),
            c(x) - (1 - t(x / 2) ** 2) / (1 + t(x / 2) ** 2) + NANO,
        ),
        entry("euler-formula", sp.exp(sp.I * x) - c(x) - sp.I * s(x), sp.exp(sp.I * x) - c(x) + sp.I * s(x)),
        entry(
            "de-moivre",
            (c(x) + sp.I * s(x)) ** 6 - c(6 * x) - sp.I * s(6 * x),
            (c(x) + sp.I * s(x)) ** 6 - c(6 * x) - sp.I * s(5 * x),
        ),
        entry(
            "three-angles-of-a-triangle",
            t(x) + t(y) + t(sp.pi - x - y) - t(x) * t(y) * t(sp.pi - x - y),
            t(x) + t(y) + t(sp.pi / 2 - x - y) - t(x) * t(y) * t(sp.pi / 2 - x - y),
        ),
        entry("secant-tangent", sp.sec(x) ** 2 - t(x) ** 2 - 1, sp.csc(x) ** 2 - t(x) ** 2 - 1),
        entry(
            "morrie", s(8 * x) - 8 * s(x) * c(x) * c(2 * x) * c(4 * x), s(8 * x) - 8 * s(x) * c(x) * c(2 * x) * c(3 * x)
        ),
        entry(
            "cos-ninth-pi",
            c(sp.pi / 9) * c(2 * sp.pi / 9) * c(4 * sp.pi / 9) - R(1, 8),
            c(sp.pi / 9) * c(2 * sp.pi / 9) * c(4 * sp.pi / 9) - R(1, 8) - NANO,
        ),
        entry(
            "cos-seventh-pi",
            c(sp.pi / 7) - c(2 * sp.pi / 7) + c(3 * sp.pi / 7) - R(1, 2),
            c(sp.pi / 7) + c(2 * sp.pi / 7) + c(3 * sp.pi / 7) - R(1, 2),
        ),
        entry("parity", (1 + (-1) ** n) * (1 - (-1) ** n), (1 + (-1) ** n) * (2 - (-1) ** n)),
        entry(
            "shifted-sixth",
            s(x) + s(x + 2 * sp.pi / 3) + s(x + 4 * sp.pi / 3),
            s(x) + s(x + 2 * sp.pi / 3) - s(x + 4 * sp.pi / 3),
        ),
        entry(
            "chebyshev",
            sp.chebyshevt(6, c(x)) - c(6 * x),
            sp.chebyshevt(6, s(x)) - c(6 * x),
        ),
        entry(
            "dirichlet-kernel",
            s(x / 2) * (1 + 2 * c(x) + 2 * c(2 * x)) - s(5 * x / 2),
            s(x / 2) * (1 + 2 * c(x) + 2 * c(2 * x)) - s(7 * x / 2),
        ),
    ]


def hyperbolic() -> list[Entry]:
    s, c, t = sp.sinh, sp.cosh, sp.tanh
    return [
        entry("unit-hyperbola", c(x) ** 2 - s(x) ** 2 - 1, c(x) ** 2 + s(x) ** 2 - 1),
        entry("cosh-sum", c(x + y) - c(x) * c(y) - s(x) * s(y), c(x + y) - c(x) * c(y) + s(x) * s(y)),
        entry("tanh-double", t(2 * x) - 2 * t(x) / (1 + t(x) ** 2), t(2 * x) - 2 * t(x) / (1 - t(x) ** 2)),
        entry("tanh-as-sigmoid", t(u / 2) - 2 / (1 + sp.exp(-u)) + 1, t(u / 2) - 2 / (1 + sp.exp(u)) + 1),
        entry("sinh-triple", s(3 * x) - 4 * s(x) ** 3 - 3 * s(x), s(3 * x) - 4 * s(x) ** 3 + 3 * s(x)),
        entry(
            "circular-hyperbolic",
            c(x + sp.I * y) - c(x) * sp.cos(y) - sp.I * s(x) * sp.sin(y),
            c(x + sp.I * y) - c(x) * sp.cos(y) + sp.I * s(x) * sp.sin(y),
        ),
        entry(
            "sin-of-complex",
            sp.sin(u + sp.I * v) - sp.sin(u) * c(v) - sp.I * sp.cos(u) * s(v),
            sp.sin(u + sp.I * v) - sp.sin(u) * c(v) + sp.I * sp.cos(u) * s(v),
        ),
        entry("gudermannian", sp.sech(u) ** 2 + t(u) ** 2 - 1, sp.sech(u) ** 2 + t(u) ** 2 - 1 + NANO * sp.sech(u)),
        entry("half-angle", s(x / 2) ** 2 - (c(x) - 1) / 2, s(x / 2) ** 2 - (c(x) + 1) / 2),
        entry(
            "sum-of-cosh",
            c(x) + c(y) - 2 * c((x + y) / 2) * c((x - y) / 2),
            c(x) + c(y) - 2 * c((x + y) / 2) * s((x - y) / 2),
        ),
        entry("coth-difference", sp.coth(x) - t(x) - 2 / s(2 * x), sp.coth(x) - t(x) - 1 / s(2 * x)),
        entry("tanh-derivative", sp.diff(t(x), x) - sp.sech(x) ** 2, sp.diff(t(x), x) + sp.sech(x) ** 2),
        entry("exp-split", sp.exp(x) - c(x) - s(x), sp.exp(x) - c(x) + s(x)),
        entry(
            "log-cosh",
            sp.log(c(u)) - u + sp.log(2) - sp.log(1 + sp.exp(-2 * u)),
            sp.log(c(u)) + u + sp.log(2) - sp.log(1 + sp.exp(-2 * u)),
        ),
    ]


def special_exponents() -> list[Entry]:
    m = sp.Symbol("m", positive=True)
    F, G = sp.symbols("F G", positive=True)
    power = 1 / (m - 1)
    barenblatt = F**power
    pressure = m / (m - 1) * barenblatt ** (m - 1)
    profile = (1 - k * u**2) ** power
    bend = 4 * k**2 * u**2 * power * (power - 1) - 2 * k * power * (1 - k * u**2)
    inside = (sp.Gt(1 - k * u**2, 0), sp.Gt(m, 1))
    return [
        entry("power-cancels", barenblatt ** (m - 1) - F, barenblatt**m - F, sp.Gt(m, 1)),
        entry("power-m", barenblatt**m - F * barenblatt, barenblatt**m - F**2 * barenblatt, sp.Gt(m, 1)),
        entry("pressure", pressure - m * F / (m - 1), pressure - m * F / (m + 1), sp.Gt(m, 1)),
        entry(
            "profile-derivative",
            sp.diff(profile, u, 2) * (1 - k * u**2) ** 2 - profile * bend,
            sp.diff(profile, u, 2) * (1 - k * u**2) ** 2 + profile * bend,
            *inside,
        ),
        entry(
            "darcy-law",
            sp.diff(profile**m, u) - profile * sp.diff(m / (m - 1) * (1 - k * u**2), u),
            sp.diff(profile**m, u) - profile * sp.diff((m - 1) / m * (1 - k * u**2), u),
            *inside,
        ),
        entry("exponent-algebra", F ** (m + 1) / F ** (m - 1) - F**2, F ** (m + 1) / F ** (m - 1) - F ** (2 + NANO)),
        entry("two-bases", (F * G) ** power - F**power * G**power, (F + G) ** power - F**power - G**power, sp.Gt(m, 1)),
        entry(
            "reciprocal-exponent",
            (F + 1 / F) ** power * F**power - (F**2 + 1) ** power,
            (F + 1 / F) ** power / F**power - (F**2 + 1) ** power,
            sp.Gt(m, 1),
        ),
        entry(
            "holder-conjugate",
            F ** (1 / m) * F ** ((m - 1) / m) - F,
            F ** (1 / m) * F ** ((m - 2) / m) - F,
        ),
        entry(
            "log-of-symbolic-power",
            sp.log(F**power * G) - sp.log(F) / (m - 1) - sp.log(G),
            sp.log(F**power * G) - sp.log(F) / m - sp.log(G),
            sp.Gt(m, 1),
        ),
        entry("exponential-of-log", sp.exp(m * sp.log(F)) - F**m, sp.exp(m * sp.log(F)) - F ** (m + NANO)),
        entry("two-to-the-n", 2 ** (n + 2) - 4 * 2**n, 2 ** (n + 2) - 4 * 2 ** (n - 1)),
        entry(
            "powers-of-two",
            (2**n + 2 ** (-n)) ** 2 - 2 ** (2 * n) - 2 ** (-2 * n) - 2,
            (2**n + 2 ** (-n)) ** 2 - 2 ** (2 * n) - 2 ** (-2 * n) - 2 * (-1) ** n,
        ),
        entry("root-of-square", (F**2 + 2 * F + 1) ** (m / 2) - (F + 1) ** m, (u**2) ** R(1, 2) - u),
        entry("power-of-quotient", (p / q) ** m * q**m - p**m, (p / q) ** m * q ** (m + NANO) - p**m),
    ]
