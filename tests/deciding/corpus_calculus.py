"""Unknown functions and their derivatives, Gaussians, mixtures and the equations they solve."""

import sympy as sp

from .corpus_entry import NANO, Entry, R, entry, p, q, u, v, x, y


def unknown_functions() -> list[Entry]:
    f, h = sp.Function("f"), sp.Function("h")
    g = sp.Function("g", real=True)
    D = sp.Derivative
    s, t = sp.symbols("s t", real=True)
    lam = sp.Function("lambda", real=True)
    F = sp.Function("F", real=True)
    eta = sp.Function("eta", positive=True)
    schwarz = lambda e: e.diff(t, 3) / e.diff(t) - R(3, 2) * (e.diff(t, 2) / e.diff(t)) ** 2  # noqa: E731
    moebius = (2 * F(t) + 1) / (F(t) + 3)
    regular = (sp.Ne(F(t).diff(t), 0), sp.Ne(F(t), -3))
    velocity = D(g(t), t)
    q_, q_dot = sp.symbols("q_0 q_1")
    L = q_dot**2 / 2 * lam(q_) - f(q_)
    at = {q_: g(t), q_dot: velocity}
    euler_lagrange = D(L.diff(q_dot).subs(at), t).doit() - L.diff(q_).subs(at).doit()
    slope = lambda fun, point: sp.Subs(D(fun(x), x), x, point)  # noqa: E731
    by_hand = g(t).diff(t, 2) * lam(g(t)) + slope(lam, g(t)) * velocity**2 / 2 + slope(f, g(t))
    by_hand_false = g(t).diff(t, 2) * lam(g(t)) - slope(lam, g(t)) * velocity**2 / 2 + slope(f, g(t))
    flux = eta(s, t)
    heat = sp.Eq(flux.diff(t), flux.diff(s, 2) / 2)
    wave = lambda e, c: D(e, (t, 2)) - c**2 * D(e, (s, 2))  # noqa: E731
    dalembert = f(s - p * t) + g(s + p * t)
    light = h(x + y, x - y)
    a, b = sp.symbols("a b")
    mixed = sp.Subs(D(h(a, b), a, b), (a, b), (x + y, x - y))
    rho = sp.Function("rho", positive=True)(s, t)
    return [
        entry(
            "product-rule",
            D(f(x) * g(x), x) - D(f(x), x) * g(x) - f(x) * D(g(x), x),
            D(f(x) * g(x), x) - D(f(x), x) * g(x) + f(x) * D(g(x), x),
        ),
        entry(
            "quotient-rule",
            D(f(x) / g(x), x) - (D(f(x), x) * g(x) - f(x) * D(g(x), x)) / g(x) ** 2,
            D(f(x) / g(x), x) - (D(f(x), x) * g(x) + f(x) * D(g(x), x)) / g(x) ** 2,
        ),
        entry(
            "chain-rule",
            D(f(x**2) * g(x), x) - 2 * x * slope(f, x**2) * g(x) - f(x**2) * g(x).diff(x),
            D(f(x**2) * g(x), x) - x * slope(f, x**2) * g(x) - f(x**2) * g(x).diff(x),
        ),
        entry(
            "leibniz-third",
            D(f(x) * g(x), (x, 3)) - sum(sp.binomial(3, i) * f(x).diff(x, i) * g(x).diff(x, 3 - i) for i in range(4)),
            D(f(x) * g(x), (x, 3)) - sum(f(x).diff(x, i) * g(x).diff(x, 3 - i) for i in range(4)),
        ),
        entry(
            "second-chain-rule",
            D(f(sp.sin(x)), (x, 2))
            - sp.cos(x) ** 2 * sp.Subs(D(f(y), y, y), y, sp.sin(x))
            + sp.sin(x) * slope(f, sp.sin(x)),
            D(f(sp.sin(x)), (x, 2))
            - sp.cos(x) ** 2 * sp.Subs(D(f(y), y, y), y, sp.sin(x))
            - sp.sin(x) * slope(f, sp.sin(x)),
        ),
        entry(
            "light-cone",
            D(light, (x, 2)) - D(light, (y, 2)) - 4 * mixed,
            D(light, (x, 2)) - D(light, (y, 2)) - 2 * mixed,
        ),
        entry(
            "log-derivative",
            D(sp.log(f(x)), x) * f(x) - D(f(x), x),
            D(sp.log(f(x)), x) * f(x) - D(f(x), x) * f(x),
            sp.Ne(f(x), 0),
        ),
        entry("euler-lagrange", euler_lagrange - by_hand, euler_lagrange - by_hand_false),
        entry(
            "schwarzian-moebius",
            schwarz(moebius) - schwarz(F(t)),
            schwarz(moebius) - schwarz(F(t) ** 2),
            *regular,
            instead=(*regular, sp.Ne(F(t), 0)),
        ),
        entry(
            "wronskian",
            D(f(x) * D(g(x), x) - g(x) * D(f(x), x), x) - f(x) * g(x).diff(x, 2) + g(x) * f(x).diff(x, 2),
            D(f(x) * D(g(x), x) - g(x) * D(f(x), x), x) - f(x) * g(x).diff(x, 2) - g(x) * f(x).diff(x, 2),
        ),
        entry("dalembert", wave(dalembert, p), wave(dalembert, p + NANO)),
        entry(
            "cole-hopf",
            sp.log(flux).diff(t) - sp.log(flux).diff(s, 2) / 2 - sp.log(flux).diff(s) ** 2 / 2,
            sp.log(flux).diff(t) - sp.log(flux).diff(s, 2) / 2 + sp.log(flux).diff(s) ** 2 / 2,
            heat,
        ),
        entry(
            "square-of-heat",
            (flux**2).diff(t) - (flux**2).diff(s, 2) / 2 + flux.diff(s) ** 2,
            (flux**2).diff(t) - (flux**2).diff(s, 2) / 2,
            heat,
        ),
        entry(
            "fisher-information",
            D(rho * sp.log(rho), s) - (1 + sp.log(rho)) * D(rho, s),
            D(rho * sp.log(rho), s) - (1 - sp.log(rho)) * D(rho, s),
        ),
        entry(
            "score-times-density",
            D(D(sp.log(rho), s) * rho, s) - D(rho, s, s),
            D(D(sp.log(rho), s) * rho, s) - D(rho, s, s) + NANO * D(rho, s),
        ),
        entry(
            "inverse-function",
            D(sp.exp(f(x)), x, x) - sp.exp(f(x)) * (D(f(x), x, x) + D(f(x), x) ** 2),
            D(sp.exp(f(x)), x, x) - sp.exp(f(x)) * (D(f(x), x, x) - D(f(x), x) ** 2),
        ),
        entry(
            "even-argument",
            D(f(u**2 - v**2), u) * v + D(f(u**2 - v**2), v) * u,
            f(u**2 - v**2).diff(u) * v - f(u**2 - v**2).diff(v) * u,
        ),
        entry(
            "euler-homogeneous",
            x * D(x**2 * f(y / x), x) + y * D(x**2 * f(y / x), y) - 2 * x**2 * f(y / x),
            x * D(x**2 * f(y / x), x) + y * D(x**2 * f(y / x), y) - 3 * x**2 * f(y / x),
        ),
        entry("equal-arguments", h((x + 1) ** 2, y) - h(x**2 + 2 * x + 1, y), h(x, y) - h(y, x)),
    ]


def gaussians() -> list[Entry]:
    m = sp.Symbol("m", real=True)
    D = sp.Derivative
    t = sp.Symbol("t", positive=True)
    normal = lambda z, mean, variance: sp.exp(-((z - mean) ** 2) / (2 * variance)) / sp.sqrt(2 * sp.pi * variance)  # noqa: E731
    density = normal(u, m, t)
    mixture = p * normal(u, 1, t) + q * normal(u, -2, t)
    score = sp.log(mixture).diff(u)
    half = R(1, 2)
    two = normal(u, 0, t) * normal(v, 0, t)
    cdf = (1 + sp.erf((u - m) / sp.sqrt(2 * (t + p)))) / 2
    heat = density.diff(t) - half * density.diff(u, 2)
    potential = p * sp.log(sp.exp(u / p) + sp.exp(-u / p))
    hopf = lambda e, nu: e.diff(t) + half * e.diff(u) ** 2 + nu * e.diff(u, 2)  # noqa: E731
    backward = normal(u, m, p + q - t)
    return [
        entry("heat-equation", heat, density.diff(t) - density.diff(u, 2)),
        entry("gaussian-score", sp.log(density).diff(u) + (u - m) / t, sp.log(density).diff(u) - (u - m) / t),
        entry(
            "mixture-heat",
            mixture.diff(t) - half * mixture.diff(u, 2),
            mixture.diff(t) - (half + NANO) * mixture.diff(u, 2),
        ),
        entry(
            "mixture-score-equation",
            score.diff(t) - half * score.diff(u, 2) - score * score.diff(u),
            score.diff(t) - half * score.diff(u, 2) + score * score.diff(u),
        ),
        entry(
            "heat-in-the-plane",
            two.diff(t) - half * (two.diff(u, 2) + two.diff(v, 2)),
            two.diff(t) - half * (two.diff(u, 2) - two.diff(v, 2)),
        ),
        entry(
            "product-of-gaussians",
            normal(u, 0, p) * normal(u, m, q) - normal(m, 0, p + q) * normal(u, p * m / (p + q), p * q / (p + q)),
            normal(u, 0, p) * normal(u, m, q) - normal(m, 0, p + q) * normal(u, q * m / (p + q), p * q / (p + q)),
        ),
        entry(
            "complete-the-square",
            sp.exp(-(u**2) / 2 + u * v) - sp.exp(-((u - v) ** 2) / 2) * sp.exp(v**2 / 2),
            sp.exp(-(u**2) / 2 + u * v) - sp.exp(-((u + v) ** 2) / 2) * sp.exp(v**2 / 2),
        ),
        entry(
            "erf-derivative",
            D(sp.erf(u / p), u) - 2 / (p * sp.sqrt(sp.pi)) * sp.exp(-(u**2) / p**2),
            D(sp.erf(u / p), u) - 2 / sp.sqrt(sp.pi) * sp.exp(-(u**2) / p**2),
        ),
        entry("erf-odd", sp.erf(u**2 - v**2) + sp.erf((v - u) * (v + u)), sp.erf(u - v) - sp.erf(v - u)),
        entry("erfc-sum", sp.erfc(u) + sp.erf(u) - 1, sp.erfc(u) + sp.erf(u) - 1 - NANO),
        entry("cdf-solves-heat", cdf.diff(t) - half * cdf.diff(u, 2), cdf.diff(t) + half * cdf.diff(u, 2)),
        entry("travelling-hopf-cole", hopf(potential, p / 2) - half, hopf(potential, -p / 2) - half),
        entry(
            "backward-heat",
            backward.diff(t) + half * backward.diff(u, 2),
            backward.diff(t) - half * backward.diff(u, 2),
            sp.Lt(t, p + q),
        ),
        entry(
            "hermite-three",
            sp.exp(u**2 / 2) * sp.diff(sp.exp(-(u**2) / 2), u, 3) + u**3 - 3 * u,
            sp.exp(u**2 / 2) * sp.diff(sp.exp(-(u**2) / 2), u, 3) - u**3 + 3 * u,
        ),
        entry(
            "tweedie",
            u + t * sp.log(mixture).diff(u) - (p * normal(u, 1, t) - 2 * q * normal(u, -2, t)) / mixture,
            u - t * sp.log(mixture).diff(u) - (p * normal(u, 1, t) - 2 * q * normal(u, -2, t)) / mixture,
        ),
        entry(
            "posterior-variance",
            t * (1 + t * sp.log(mixture).diff(u, 2)) - 9 * p * q * normal(u, 1, t) * normal(u, -2, t) / mixture**2,
            t * (1 + t * sp.log(mixture).diff(u, 2)) - 3 * p * q * normal(u, 1, t) * normal(u, -2, t) / mixture**2,
        ),
    ]
