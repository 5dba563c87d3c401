"""The formulas this project exists for: kinetic-optimal paths and the Monge-Ampere reading of the probability flow."""

import sympy as sp

from .corpus_entry import NANO, Entry, R, entry, p, q, u

t = sp.Symbol("t", positive=True)


def normal(point: sp.Expr, mean: sp.Expr, variance: sp.Expr) -> sp.Expr:
    return sp.exp(-((point - mean) ** 2) / (2 * variance)) / sp.sqrt(2 * sp.pi * variance)


def kinetic_optimal() -> list[Entry]:
    rho, theta = sp.Function("rho", positive=True)(t), sp.Function("theta", real=True)(t)
    L = sp.Symbol("L", real=True)
    alpha, sigma = rho * sp.sin(theta), rho * sp.cos(theta)
    energy = alpha.diff(t) ** 2 + sigma.diff(t) ** 2 - (1 - L) * (sigma * (alpha / sigma).diff(t)) ** 2
    h2 = 1 - (1 + sp.tan(theta) ** 2) * (1 - L)
    polar = rho.diff(t) ** 2 + rho**2 * h2 * theta.diff(t) ** 2
    upright = sp.Ne(sp.cos(theta), 0)
    big, end = sp.symbols("Theta Theta_m", real=True)
    total = sp.sin(big) + sp.sin(end - big)
    time, radius = sp.sin(big) / total, sp.sin(end) / total
    proper = sp.Ne(total, 0)
    a, b, c = sp.symbols("a b c", real=True)
    path = c + sp.atan(a + b * t)
    schwarzian = path.diff(t, 3) / path.diff(t) - R(3, 2) * (path.diff(t, 2) / path.diff(t)) ** 2
    A, S = sp.Function("A", real=True)(t), sp.Function("S", positive=True)(t)
    lam = sp.Function("lambda", real=True)
    ad, sd, aa, ss = sp.symbols("ad sd aa ss")
    lagrangian = ad**2 + sd**2 - (1 - lam(aa / ss)) * (ad - aa * sd / ss) ** 2
    at = {ad: A.diff(t), sd: S.diff(t), aa: A, ss: S}

    def on_path(expression: sp.Expr) -> sp.Expr:
        return expression.subs(at, simultaneous=True).doit()

    momentum_a, momentum_s = on_path(lagrangian.diff(ad)), on_path(lagrangian.diff(sd))
    el_a = momentum_a.diff(t) - on_path(lagrangian.diff(aa))
    el_s = momentum_s.diff(t) - on_path(lagrangian.diff(ss))
    value = on_path(lagrangian)
    scaled = (A * momentum_a + S * momentum_s).diff(t) - A * el_a - S * el_s
    k, s = sp.symbols("k s", positive=True)
    th = sp.Symbol("theta", positive=True)
    fraction = sp.Lt(k, 1)
    low_rank = 1 - (1 + s**2) * (1 - s**2 / (k + s**2))
    turned = sp.asin(sp.sqrt(1 - k)) - sp.asin(sp.sqrt(1 - k) * sp.cos(th))
    wave = [sp.sin(sp.pi * t / 2), sp.cos(sp.pi * t / 2)]
    early = sp.Lt(t, 1)
    w1, w2 = sp.symbols("w1 w2", positive=True)
    y1, y2 = sp.symbols("y1 y2", real=True)
    parts = [w1 * normal(u, A * y1, S**2), w2 * normal(u, A * y2, S**2)]
    density = sum(parts)
    mean = (parts[0] * y1 + parts[1] * y2) / density
    velocity = S.diff(t) / S * u + (A.diff(t) - A * S.diff(t) / S) * mean
    wrong = S.diff(t) / S * u + (A.diff(t) + A * S.diff(t) / S) * mean
    bound = sp.sqrt(1 - sp.exp(-2 * p))
    riccati = 1 / (1 + q * sp.exp(-s))
    return [
        entry("polar-form", energy - polar, energy - polar - NANO * rho**2 * theta.diff(t) ** 2, upright),
        entry(
            "straight-line-abscissa",
            radius * sp.cos(big) - 1 + time - time * sp.cos(end),
            radius * sp.cos(big) - 1 - time + time * sp.cos(end),
            proper,
        ),
        entry(
            "straight-line-radius",
            radius**2 - (1 - time + time * sp.cos(end)) ** 2 - (time * sp.sin(end)) ** 2,
            radius**2 - (1 - time + time * sp.cos(end)) ** 2 + (time * sp.sin(end)) ** 2,
            proper,
        ),
        entry(
            "path-ode",
            path.diff(t, 2) + 2 * sp.tan(path - c) * path.diff(t) ** 2,
            path.diff(t, 2) - 2 * sp.tan(path - c) * path.diff(t) ** 2,
        ),
        entry(
            "schwarzian", schwarzian + 2 * path.diff(t) ** 2, schwarzian + (2 + NANO) * path.diff(t) ** 2, sp.Ne(b, 0)
        ),
        entry(
            "energy-is-conserved",
            value.diff(t) - A.diff(t) * el_a - S.diff(t) * el_s,
            value.diff(t) - A.diff(t) * el_a + S.diff(t) * el_s,
        ),
        entry("virial", scaled - 2 * value, scaled - value),
        entry(
            "low-rank-metric", low_rank - (1 - k) * s**2 / (k + s**2), low_rank - (1 - k) * s**2 / (1 + s**2), fraction
        ),
        entry(
            "low-rank-angle",
            turned.diff(th) ** 2 - (1 - k) * sp.tan(th) ** 2 / (k + sp.tan(th) ** 2),
            turned.diff(th) ** 2 - k * sp.tan(th) ** 2 / (k + sp.tan(th) ** 2),
            fraction,
            sp.Lt(th, sp.pi / 2),
        ),
        entry(
            "low-rank-energy",
            sp.sin(2 * sp.asin(sp.sqrt(1 - k))) - 2 * sp.sqrt(k) * sp.sqrt(1 - k),
            sp.sin(2 * sp.asin(sp.sqrt(1 - k))) - 2 * k * sp.sqrt(1 - k),
            fraction,
        ),
        entry(
            "gaussian-metric-degenerates", 1 - (1 + s**2) * (1 - s**2 / (1 + s**2)), 1 - (1 + s**2) * (1 - s / (1 + s))
        ),
        entry(
            "riccati-bound",
            riccati.diff(s) - riccati * (1 - riccati),
            riccati.diff(s) - riccati * (1 - riccati) * (1 + NANO),
        ),
        entry(
            "cosine-schedule",
            wave[0].diff(t) ** 2 + wave[1].diff(t) ** 2 - sp.pi**2 / 4,
            wave[0].diff(t) ** 2 - wave[1].diff(t) ** 2 - sp.pi**2 / 4,
        ),
        entry(
            "cosine-signal-to-noise",
            (wave[1] * (wave[0] / wave[1]).diff(t)) ** 2 * wave[1] ** 2 - sp.pi**2 / 4,
            (wave[1] * (wave[0] / wave[1]).diff(t)) ** 2 - sp.pi**2 / 4,
            early,
        ),
        entry(
            "conditional-transport",
            ((1 - t) * (t / (1 - t)).diff(t)) ** 2 - 1 / (1 - t) ** 2,
            ((1 - t) * (t / (1 - t)).diff(t)) ** 2 - 1 / (1 - t),
            early,
        ),
        entry(
            "marginal-velocity",
            density.diff(t) + (density * velocity).diff(u),
            density.diff(t) + (density * wrong).diff(u),
        ),
        entry(
            "energy-floor",
            sp.cos(2 * sp.acos(sp.exp(-p))) - 1 + 2 * bound**2,
            sp.cos(2 * sp.acos(sp.exp(-p))) - 1 + bound**2,
        ),
        entry(
            "angle-of-entropy",
            sp.cos(2 * sp.atan(sp.sqrt(sp.exp(2 * p) - 1))) - 2 * sp.exp(-2 * p) + 1,
            sp.cos(2 * sp.atan(sp.sqrt(sp.exp(2 * p) - 1))) - 2 * sp.exp(-p) + 1,
        ),
    ]


def monge_ampere() -> list[Entry]:
    a = sp.exp(-t)
    noise = 1 - a**2
    tau = a / sp.sqrt(noise)
    w1, w2 = sp.symbols("w1 w2", positive=True)
    y1, y2 = sp.symbols("y1 y2", real=True)
    parts = [w1 * normal(u, a * y1, noise), w2 * normal(u, a * y2, noise)]
    density = sum(parts)
    flow = -u - sp.log(density).diff(u)
    stretch = 1 / sp.sqrt(noise)
    mean = (parts[0] * y1 + parts[1] * y2) / density
    lifted = flow * stretch + u * stretch.diff(t)
    m = sp.Symbol("m", real=True)
    variance = p * a**2 + 1 - a**2
    transported = a * m + sp.sqrt(variance / p) * (u - m)
    v1, v2, T = sp.symbols("v1 v2 T", real=True)
    atoms = [(-1, R(-2, 5)), (1, R(-2, 5)), (0, R(4, 5))]
    kernels = [sp.exp(T * (v1 * c + v2 * d) - T**2 * (c**2 + d**2) / 2) for c, d in atoms]
    total = sum(kernels)
    field = [sum(kern * atom[i] for kern, atom in zip(kernels, atoms, strict=True)) / total for i in (0, 1)]
    lse = sp.log(w1 * sp.exp(T * v1 * y1 - T**2 * y1**2 / 2) + w2 * sp.exp(T * v1 * y2 - T**2 * y2**2 / 2))
    weights = [w1 * sp.exp(T * v1 * y1 - T**2 * y1**2 / 2), w2 * sp.exp(T * v1 * y2 - T**2 * y2**2 / 2)]
    softmax = (weights[0] * y1 + weights[1] * y2) / sum(weights)
    smoothed = a / sp.sqrt(1 - a**2 + a**2 * q)
    spread = weights[0] * weights[1] * (y1 - y2) ** 2 / sum(weights) ** 2
    return [
        entry("stretch-by-signal", stretch - sp.sqrt(1 + a**2 / noise), stretch - sp.sqrt(1 + 2 * a**2 / noise)),
        entry("signal-to-noise-rate", tau.diff(t) + tau * (1 + tau**2), tau.diff(t) - tau * (1 + tau**2)),
        entry("regular-coordinates", lifted - tau.diff(t) * mean, lifted + tau.diff(t) * mean),
        entry(
            "gaussian-transport",
            transported.diff(t) + transported - (transported - a * m) / variance,
            transported.diff(t) + transported + (transported - a * m) / variance,
        ),
        entry("gradient-of-log-sum-exp", lse.diff(v1) - T * softmax, lse.diff(v1) - softmax),
        entry("step-is-a-gradient", field[0].diff(v2) - field[1].diff(v1), field[0].diff(v2) + field[1].diff(v1)),
        entry("posterior-covariance", softmax.diff(v1) - T * spread, softmax.diff(v1) - T**2 * spread),
        entry(
            "smoothed-coordinates", (a / smoothed) ** 2 - 1 - a**2 * (q - 1), (a / smoothed) ** 2 - 1 - a**2 * (q + 1)
        ),
        entry(
            "smoothed-rate",
            smoothed.diff(t) + smoothed / (1 - a**2 + a**2 * q),
            smoothed.diff(t) + smoothed / (1 - a**2 - a**2 * q),
            sp.Ne(1 - a**2 - a**2 * q, 0),
        ),
        entry(
            "forward-density",
            density.diff(t) - (density * u).diff(u) - density.diff(u, 2),
            density.diff(t) - (density * u).diff(u) - density.diff(u, 2) / 2,
        ),
        entry("horizon", 1 / sp.sqrt(sp.exp(2 * t) - 1) - tau, 1 / sp.sqrt(sp.exp(2 * t) + 1) - tau),
    ]
