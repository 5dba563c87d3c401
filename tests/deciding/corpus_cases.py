"""Absolute values, maxima, signs and Piecewise; complex parts; factorials and gamma functions."""

import sympy as sp

from .corpus_entry import NANO, Entry, R, entry, k, n, p, q, u, v, w, x, z


def cases() -> list[Entry]:
    A, Mx, Mn, sg, H = sp.Abs, sp.Max, sp.Min, sp.sign, sp.Heaviside
    step = sp.Piecewise((0, u < 0), (1, True))
    relu = sp.Piecewise((u, u > 0), (0, True))
    huber = sp.Piecewise((u**2 / 2, A(u) <= 1), (A(u) - R(1, 2), True))
    clipped = Mn(Mx(u, -1), 1)
    bump = sp.Piecewise((1, sp.Eq(n, 0)), (0, True))
    return [
        entry("max-by-abs", Mx(u, v) - (u + v + A(u - v)) / 2, Mx(u, v) - (u + v - A(u - v)) / 2),
        entry("max-plus-min", Mx(u, v) + Mn(u, v) - u - v, Mx(u, v) - Mn(u, v) - u - v),
        entry("abs-product", A(u * v) - A(u) * A(v), A(u + v) - A(u) - A(v)),
        entry("abs-squared", A(u - v) ** 2 - u**2 + 2 * u * v - v**2, A(x) ** 2 - x**2),
        entry("abs-where-positive", A(u - 1) - u + 1, A(u - 1) - u + 1, sp.Gt(u, 2), instead=(sp.Gt(u, R(1, 2)),)),
        entry("abs-at-boundary", A(u - 1) - u + 1, A(u - 1) - u + 1, sp.Ge(u, 1), instead=(sp.Ge(u, 1 - NANO),)),
        entry("sign-times-abs", sg(u) * A(u) - u, sg(u) * u - u),
        entry("sign-squared", sg(u) ** 2 - 1, sg(u) ** 2 - 1, sp.Ne(u, 0), instead=()),
        entry("relu-difference", relu - relu.subs(u, -u) - u, relu + relu.subs(u, -u) - u),
        entry("relu-as-max", relu - Mx(u, 0), relu - Mx(u, NANO)),
        entry("heaviside-step", step - (1 + sg(u)) / 2, step - (1 + sg(u)) / 2, sp.Ne(u, 0), instead=()),
        entry("heaviside-sum", H(u) + H(-u) - 1, H(u, 1) + H(-u, 1) - 1),
        entry("huber-derivative-free", huber - (clipped * u - clipped**2 / 2), huber - (clipped * u - clipped**2)),
        entry("clip-is-odd", clipped + clipped.subs(u, -u), clipped - clipped.subs(u, -u)),
        entry(
            "median-of-three",
            Mx(Mn(u, v), Mn(Mx(u, v), w)) + Mx(u, v, w) + Mn(u, v, w) - u - v - w,
            Mx(Mn(u, v), Mn(Mx(u, v), w)) + Mx(u, v, w) - Mn(u, v, w) - u - v - w,
        ),
        entry("piecewise-boundary", bump * n, bump),
        entry(
            "piecewise-boundary-real",
            sp.Piecewise((u, u >= 0), (-u, True)) - A(u),
            sp.Piecewise((u, u >= 1), (-u, True)) - A(u),
        ),
        entry(
            "isolated-point",
            sp.Piecewise((5, sp.Eq(u, 2)), (u**2 + 1, True)) - u**2 - 1,
            sp.Piecewise((6, sp.Eq(u, 2)), (u**2 + 1, True)) - u**2 - 1,
        ),
        entry("cubed-root-of-square", (u**2 - 2 * u * v + v**2) ** R(3, 2) - A(u - v) ** 3, (u**2) ** R(3, 2) - u**3),
        entry(
            "abs-of-positive-polynomial",
            A(u**2 - u + 1) - u**2 + u - 1,
            A(u**2 - u + R(1, 4) - NANO) - u**2 + u - R(1, 4) + NANO,
        ),
        entry(
            "triangle-wave",
            A(u + 1) - 2 * A(u) + A(u - 1) - 2 * Mx(0, 1 - A(u)),
            A(u + 1) - 2 * A(u) + A(u - 1) - Mx(0, 1 - A(u)),
        ),
        entry("max-under-hypothesis", Mx(p, q) - p, Mx(p, q) - p, sp.Ge(p, q), instead=(sp.Ge(2 * p, q),)),
        entry("min-of-reciprocals", Mn(1 / p, 1 / q) - 1 / Mx(p, q), Mn(1 / p, 1 / q) - 1 / Mn(p, q)),
        entry("sign-of-product", sg(u * v) - sg(u) * sg(v), sg(u + v) - sg(u) - sg(v)),
    ]


def complex_parts() -> list[Entry]:
    c, re, im, A = sp.conjugate, sp.re, sp.im, sp.Abs
    return [
        entry("modulus-squared", z * c(z) - A(z) ** 2, z**2 - A(z) ** 2),
        entry("real-part", re(z) - (z + c(z)) / 2, re(z) - (z - c(z)) / 2),
        entry("imaginary-part", im(z) - (z - c(z)) / (2 * sp.I), im(z) - (z - c(z)) / 2),
        entry(
            "parallelogram",
            A(x + z) ** 2 + A(x - z) ** 2 - 2 * A(x) ** 2 - 2 * A(z) ** 2,
            A(x + z) ** 2 - A(x - z) ** 2 - 2 * A(x) ** 2 - 2 * A(z) ** 2,
        ),
        entry("conjugate-product", (c(x) + z) * (x + c(z)) - A(x + c(z)) ** 2, (c(x) + z) * (x + c(z)) - A(x + z) ** 2),
        entry(
            "real-part-of-square",
            re((x + 1) * z) ** 2 + im((x + 1) * z) ** 2 - A(x + 1) ** 2 * A(z) ** 2,
            re((x + 1) * z) ** 2 - im((x + 1) * z) ** 2 - A(x + 1) ** 2 * A(z) ** 2,
        ),
        entry(
            "modulus-of-cosine",
            A(sp.cos(z)) ** 2 - sp.cos(re(z)) ** 2 - sp.sinh(im(z)) ** 2,
            A(sp.cos(z)) ** 2 - sp.cos(re(z)) ** 2 + sp.sinh(im(z)) ** 2,
        ),
        entry(
            "exponential-of-conjugate",
            (c(sp.exp(z)) + 1) * (sp.exp(z) + 1) - sp.exp(2 * re(z)) - 2 * sp.exp(re(z)) * sp.cos(im(z)) - 1,
            (c(sp.exp(z)) + 1) * (sp.exp(z) + 1) - sp.exp(2 * re(z)) - 2 * sp.exp(re(z)) * sp.sin(im(z)) - 1,
        ),
    ]


def factorials() -> list[Entry]:
    g, f, B = sp.gamma, sp.factorial, sp.binomial
    m = sp.Symbol("m", integer=True, positive=True)
    return [
        entry("gamma-shift", g(p + 3) - (p + 2) * (p + 1) * p * g(p), g(p + 3) - (p + 3) * (p + 1) * p * g(p)),
        entry(
            "beta-ratio",
            g(p + 1) * g(q) / g(p + q + 1) - p / (p + q) * g(p) * g(q) / g(p + q),
            g(p + 1) * g(q) / g(p + q + 1) - q / (p + q) * g(p) * g(q) / g(p + q),
        ),
        entry("factorial-ratio", f(m + 2) / f(m) - (m + 1) * (m + 2), f(m + 2) / f(m) - m * (m + 2)),
        entry("pascal", B(m + 2, m) - (m + 1) * (m + 2) / 2, B(m + 2, m) - m * (m + 2) / 2),
        entry(
            "half-integer-gamma",
            g(p + R(5, 2)) - (p + R(3, 2)) * (p + R(1, 2)) * g(p + R(1, 2)),
            g(p + R(5, 2)) - (p + R(3, 2)) * (p + R(1, 2) + NANO) * g(p + R(1, 2)),
        ),
        entry(
            "gamma-reflection",
            g(R(1, 3)) * g(R(2, 3)) - 2 * sp.pi / sp.sqrt(3),
            g(R(1, 3)) * g(R(2, 3)) - sp.pi / sp.sqrt(3),
        ),
        entry(
            "digamma-shift",
            sp.polygamma(0, p + 1) - sp.polygamma(0, p) - 1 / p,
            sp.polygamma(0, p + 1) - sp.polygamma(0, p) + 1 / p,
        ),
        entry("finite-sum", sp.Sum(k**2, (k, 1, 10)) - 385, sp.Sum(k**2, (k, 1, 10)) - 386),
        entry(
            "finite-geometric-sum",
            sp.Sum(x**k, (k, 0, 6)) * (x - 1) - x**7 + 1,
            sp.Sum(x**k, (k, 0, 6)) * (x - 1) - x**6 + 1,
        ),
    ]
