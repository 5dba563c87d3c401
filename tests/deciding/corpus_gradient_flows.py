"""Minimising movements (JKO) and Wasserstein proximal operators: first-order conditions, closed forms, Cole-Hopf."""

import sympy as sp

from .corpus_entry import NANO, Entry, entry, p, q, r, u
from .corpus_flows import normal

t, T = sp.symbols("t T", positive=True)


def jko() -> list[Entry]:
    beta, tau, ell, s0 = sp.symbols("beta tau l s0", positive=True)
    V, U = sp.Function("V"), sp.Function("U")
    Q, Q0 = sp.Function("Q", real=True)(u), sp.Function("Q0", real=True)(u)
    a, b, c = sp.symbols("a b c", real=True)
    D = sp.Derivative
    lagrangian = V(a) - beta * sp.log(b) + (a - c) ** 2 / (2 * tau)
    at = {a: Q, b: Q.diff(u), c: Q0}
    euler = lagrangian.diff(a).subs(at).doit() - lagrangian.diff(b).subs(at).diff(u)
    slope = sp.Subs(D(V(a), a), a, Q)
    condition = slope - beta * Q.diff(u, 2) / Q.diff(u) ** 2 + (Q - Q0) / tau
    wrong = slope + beta * Q.diff(u, 2) / Q.diff(u) ** 2 + (Q - Q0) / tau
    rising = sp.Gt(Q.diff(u), 0)
    log_density = sp.log(1 / Q.diff(u))
    stiff = 1 + tau * ell
    width = (s0 + sp.sqrt(s0**2 + 4 * beta * tau * stiff)) / (2 * stiff)
    heat = (s0 + sp.sqrt(s0**2 + 4 * beta * tau)) / 2
    particles = sp.symbols("x1:4", real=True)
    interaction = sum(U(y - z) for y in particles for z in particles if y is not z) / 2

    def pull(point: sp.Expr) -> sp.Expr:
        return sp.Subs(D(U(a), a), a, point)

    force = sum(pull(particles[0] - z) - pull(z - particles[0]) for z in particles[1:]) / 2
    doubled = sum(pull(particles[0] - z) for z in particles[1:])
    variance = beta / ell + (s0**2 - beta / ell) * sp.exp(-2 * ell * t)
    density = normal(u, 0, variance)
    spreading = sp.Gt(variance, 0)
    m, C = sp.symbols("m C", positive=True)
    similar = 1 / (m + 1)
    shape = C - (m - 1) / (2 * m * (m + 1)) * u**2 * t ** (-2 * similar)
    barenblatt = t ** (-similar) * shape ** (1 / (m - 1))
    inside = (sp.Gt(shape, 0), sp.Gt(m, 1))
    shape2 = shape.subs(m, 2)
    barenblatt2 = t ** sp.Rational(-1, 3) * shape2
    decay = sp.exp(-ell * tau)
    trapezoid = 2 / tau * (1 - decay) / (1 + decay)
    return [
        entry("first-order-condition", euler - condition, euler - wrong, rising),
        entry(
            "score-of-quantile",
            D(log_density, u) / Q.diff(u) + Q.diff(u, 2) / Q.diff(u) ** 2,
            D(log_density, u) / Q.diff(u) - Q.diff(u, 2) / Q.diff(u) ** 2,
            rising,
        ),
        entry("gaussian-step", stiff * width**2 - s0 * width - beta * tau, stiff * width**2 + s0 * width - beta * tau),
        entry(
            "gaussian-fixed-point",
            width.subs(s0, sp.sqrt(beta / ell)) ** 2 - beta / ell,
            width.subs(s0, sp.sqrt(beta / ell) * (1 + NANO)) ** 2 - beta / ell,
        ),
        entry("heat-step", heat**2 - s0 * heat - beta * tau, heat**2 - s0 * heat - beta * tau * (1 + NANO)),
        entry("interaction-force", D(interaction, particles[0]) - force, D(interaction, particles[0]) - doubled),
        entry(
            "fokker-planck-gaussian",
            density.diff(t) - (density * ell * u).diff(u) - beta * density.diff(u, 2),
            density.diff(t) + (density * ell * u).diff(u) - beta * density.diff(u, 2),
            spreading,
        ),
        entry(
            "barenblatt",
            barenblatt.diff(t) - (barenblatt**m).diff(u, 2),
            barenblatt.diff(t) - (barenblatt ** (m + 1)).diff(u, 2),
            *inside,
        ),
        entry(
            "barenblatt-quadratic",
            barenblatt2.diff(t) - (barenblatt2**2).diff(u, 2),
            barenblatt2.diff(t) - (barenblatt2**2).diff(u, 2) / 2,
        ),
        entry(
            "trapezoid-estimator",
            trapezoid - 2 / tau * sp.tanh(ell * tau / 2),
            trapezoid - 2 / tau * sp.tanh(ell * tau),
        ),
        entry(
            "implicit-bias",
            (sp.exp(ell * tau) - 1) * (1 - decay) / tau**2 - 4 * sp.sinh(ell * tau / 2) ** 2 / tau**2,
            (sp.exp(ell * tau) - 1) * (1 - decay) / tau**2 - 2 * sp.sinh(ell * tau / 2) ** 2 / tau**2,
        ),
    ]


def wasserstein_proximal() -> list[Entry]:
    X, Y, m = sp.symbols("x y m", real=True)
    sigma, s = sp.symbols("sigma s", positive=True)
    eta, hat = sp.Function("eta", positive=True)(t, X), sp.Function("etahat", positive=True)(t, X)
    drift, cost = sp.Function("b", real=True)(t, X), sp.Function("q", real=True)(t, X)
    phi = sigma**2 * sp.log(eta)
    half = sigma**2 / 2
    hjb = phi.diff(t) + drift * phi.diff(X) + phi.diff(X) ** 2 / 2 + half * phi.diff(X, 2) - cost
    linear = eta.diff(t) + drift * eta.diff(X) + half * eta.diff(X, 2) - cost * eta / sigma**2
    missing = eta.diff(t) + drift * eta.diff(X) + half * eta.diff(X, 2) - cost * eta
    rho = eta * hat
    planck = rho.diff(t) + (rho * phi.diff(X)).diff(X) - half * rho.diff(X, 2)
    factors = hat * (eta.diff(t) + half * eta.diff(X, 2)) + eta * (hat.diff(t) - half * hat.diff(X, 2))
    later = sp.Gt(T, t)
    width = s**2 + T - t
    gaussian = -((X - m) ** 2) / (2 * width) - sp.log(2 * sp.pi * s**2) / 2 - half * sp.log(width / s**2)
    hj = gaussian.diff(t) + gaussian.diff(X) ** 2 / 2 + half * gaussian.diff(X, 2)
    hj_wrong = gaussian.diff(t) + gaussian.diff(X) ** 2 / 2 - half * gaussian.diff(X, 2)
    kernel = sp.exp(-((X - m) ** 2) / (2 * s**2 * sigma**2) - (X - Y) ** 2 / (2 * sigma**2 * T))
    target = normal(X, (T * m + s**2 * Y) / (T + s**2), sigma**2 * T * s**2 / (T + s**2))
    swapped = normal(X, (s**2 * m + T * Y) / (T + s**2), sigma**2 * T * s**2 / (T + s**2))
    widths = [p + sigma**2 * (T - t), q + sigma**2 * (T - t)]
    mixture = r * normal(X, m, widths[0]) + normal(X, -m, widths[1])
    value = sigma**2 * sp.log(mixture)
    density = sp.Function("pi", positive=True)(X)
    field = sp.Function("f", real=True)(t, X)
    reverse = eta.diff(t) - sp.Derivative(field * eta, X) + half * eta.diff(X, 2)
    kolmogorov = eta.diff(t) - field * eta.diff(X) + half * eta.diff(X, 2)
    Z = sp.Symbol("z", real=True)
    flat = sp.Function("eta2", positive=True)(t, X, Z)
    plane = sigma**2 * sp.log(flat)
    hjb_plane = (
        plane.diff(t) + (plane.diff(X) ** 2 + plane.diff(Z) ** 2) / 2 + half * (plane.diff(X, 2) + plane.diff(Z, 2))
    )
    heat_plane = flat.diff(t) + half * (flat.diff(X, 2) + flat.diff(Z, 2))
    solves = sp.Eq(eta.diff(t), -half * eta.diff(X, 2))
    return [
        entry("cole-hopf-general", hjb - sigma**2 / eta * linear, hjb - sigma**2 / eta * missing),
        entry("cole-hopf-plane", hjb_plane - sigma**2 / flat * heat_plane, hjb_plane + sigma**2 / flat * heat_plane),
        entry(
            "cole-hopf-under-heat",
            phi.diff(t) + phi.diff(X) ** 2 / 2 + half * phi.diff(X, 2),
            phi.diff(t) + phi.diff(X) ** 2 + half * phi.diff(X, 2),
            solves,
        ),
        entry("factorisation", planck - factors, planck + factors),
        entry("gaussian-value", hj, hj_wrong, later),
        entry("kernel-formula", sp.log(kernel / target).diff(X), sp.log(kernel / swapped).diff(X)),
        entry(
            "mixture-backward-heat",
            mixture.diff(t) + half * mixture.diff(X, 2),
            mixture.diff(t) - half * mixture.diff(X, 2),
            later,
        ),
        entry(
            "mixture-value",
            value.diff(t) + value.diff(X) ** 2 / 2 + half * value.diff(X, 2),
            value.diff(t) + value.diff(X) ** 2 / 2 - half * value.diff(X, 2),
            later,
        ),
        entry(
            "terminal-condition",
            sigma**2 * sp.log(density ** (1 / sigma**2)) - sp.log(density),
            sigma**2 * sp.log(density) - sp.log(density),
        ),
        entry("reverse-drift", reverse - kolmogorov + field.diff(X) * eta, reverse - kolmogorov - field.diff(X) * eta),
        entry(
            "optimal-velocity",
            sp.Derivative(phi, X) * eta - sigma**2 * eta.diff(X),
            sp.Derivative(phi, X) * eta - sigma * eta.diff(X),
        ),
    ]
