"""The spectrum of the flow of equation (5) and the gradient flow of footnote 9.

    hermite_rate           f'' - x f' = -n f for f = He_n: to order 8, for every n by the generating function and by the
                           recurrence He_(n+1) = x He_n - He_n'
    dirichlet_operator     the form <|f'|^2 | p> in L^2(q) belongs to the operator -(p f')'/q; for p = q = exp(-E) it is
                           minus the generator of (5), and for p = exp(-F), q = exp(-E) it is not
    mixed_operator         on f = x, p = N(0, 1), q = N(0, V): x sqrt(V) exp((1/V - 1) x^2/2), minus the generator's
                           x/V only for V = 1
    gradient_share         the flow c_i' = -l_i c_i of c_i = <f_i | rho> is the gradient flow of D^2/2, where
                           D^2 = sum l_i c_i^2
    discrepancy_squared    D^2 from N(0, V) to N(0, 1): q^2/(1 - q^2)^(3/2), q = V - 1, finite for |q| < 1 alone

f_i = He_i/sqrt(i!) and i >= 1: f_0 = 1 has the mean 1 under every law, not 0, and the weight l_0 = 0. Its terms for
N(0, V) are 2m binomial(2m, m) (q^2/4)^m, by the generating function E exp(xi Z - xi^2/2) = exp(q xi^2/2); each is at
least (2m + 1)/(2m) q^2 times the one before, so that for V >= 2 they do not tend to 0.

References: [touring2024, section 4 and footnote 9].
"""

import sympy as sp
from sympy import Expr, Rational, diff, exp, factorial, gamma, pi, sqrt

from ..monge_ampere.hermite import generator, hermite
from ..wasserstein_proximal.notation import as_jets
from .notation import degree, variance, x

LARGEST_DEGREE = 8
_forcing = sp.Symbol("xi", real=True)
shift = sp.Symbol("q", real=True)
"""V - 1."""
_order, _square = sp.Symbol("m", integer=True, positive=True), sp.Symbol("u", positive=True)
weights = sp.symbols("l_1:4", positive=True)
means = sp.symbols("c_1:4", real=True)
"""Rates of decay and means of three test functions; any number of them is a sum of such terms."""


def hermite_rate() -> Expr:
    """Return the factor of He_n under the generator, in n: `-n`."""
    return -degree


def hermite_rate_residuals(claimed: Expr) -> dict[str, Expr]:
    """Return what `claimed`, in n, leaves over of `f'' - x f' = claimed f` for Hermite polynomials.

    To order 8 the polynomials themselves. For every n: the generating function g has `L g = -xi dg/dxi`, whose powers
    of xi give -n; and where f = He_n satisfies its equation, so does x f - f' with n + 1.
    """
    residuals = {
        f"order {n}": sp.expand(generator(hermite(n, x)) - claimed.subs(degree, n) * hermite(n, x))
        for n in range(1, LARGEST_DEGREE + 1)
    }
    generating = exp(_forcing * x - _forcing**2 / 2)
    residuals["generating function"] = generator(generating) + _forcing * diff(generating, _forcing)
    residuals["powers of xi"] = -_forcing * diff(_forcing**degree, _forcing) - claimed * _forcing**degree
    function = sp.Function("f", real=True)(x)
    equation = generator(function) - claimed * function
    following = x * function - diff(function, x)
    next_equation = generator(following) - claimed.subs(degree, degree + 1) * following
    residuals["recurrence"] = as_jets((next_equation - x * equation + diff(equation, x)).doit())
    return residuals


def energy_generator(function: Expr, energy: Expr) -> Expr:
    """Return the generator of (5) on the line: `f'' - E' f'`."""
    return diff(function, x, 2) - diff(energy, x) * diff(function, x)


def dirichlet_operator(function: Expr, outer: Expr, inner: Expr) -> Expr:
    """Return the operator of the form <|f'|^2 | exp(-outer)> in L^2(exp(-inner)): `-(exp(-outer) f')' exp(inner)`."""
    return -diff(exp(-outer) * diff(function, x), x) * exp(inner)


def dirichlet_residuals(measure: Expr) -> dict[str, Expr]:
    """Return what a claimed energy of the form's measure, in E(x), leaves over: the operator is minus the generator.

    The form and its operator: `f' g' p = (g p f')' + (operator f) g q` for densities p and q, a divergence.
    """
    energy, function, test = (sp.Function(name, real=True)(x) for name in ("E", "f", "g"))
    operator = dirichlet_operator(function, measure, energy)
    form = diff(function, x) * diff(test, x) * exp(-measure)
    parts = diff(test * exp(-measure) * diff(function, x), x) + operator * test * exp(-energy)
    return {
        "form": as_jets((form - parts).doit()),
        "generator": as_jets((operator + energy_generator(function, energy)).doit()),
    }


def own_energy() -> Expr:
    """Return the energy of the measure that the form has to be taken with: that of the flow itself, `E(x)`."""
    return sp.Function("E", real=True)(x)


def mixed_operator() -> Expr:
    """Return the operator of <|f'|^2 | N(0, 1)> in L^2(N(0, V)) on f = x: `x sqrt(V) exp((1/V - 1) x^2/2)`."""
    return x * sqrt(variance) * exp((1 / variance - 1) * x**2 / 2)


def mixed_operator_residuals(claimed: Expr) -> dict[str, Expr]:
    """Return what `claimed`, in x and V, leaves over of the mixed operator, densities normalised."""
    outer, inner = (value**2 / 2 + sp.log(scale) / 2 for value, scale in _normalised())
    return {"on f = x": dirichlet_operator(x, outer, inner) - claimed}


def _normalised() -> tuple[tuple[Expr, Expr], tuple[Expr, Expr]]:
    """Return the standardised place and the variance for N(0, 1) and N(0, V); the factor 2 pi cancels."""
    return (x, sp.S.One), (x / sqrt(variance), variance)


def pure_operator(at: Expr, scale: Expr) -> Expr:
    """Return minus the generator of the flow that leaves N(0, V) unchanged, on f = x, at x and V: `x/V`."""
    return at / scale


def flow_potential(share: Expr) -> Expr:
    """Return `share` times D^2 for three test functions, in their means and rates."""
    return share * sum((rate * mean**2 for rate, mean in zip(weights, means, strict=True)), sp.S.Zero)


def gradient_share() -> Expr:
    """Return the multiple of D^2 whose gradient flow is the flow of the means: `1/2`."""
    return Rational(1, 2)


def gradient_flow_residuals(claimed: Expr) -> dict[str, Expr]:
    """Return what `claimed`, the multiple of D^2, leaves over of `c_i' = -l_i c_i` as its gradient flow."""
    potential = flow_potential(claimed)
    return {f"mean {k + 1}": weights[k] * means[k] - diff(potential, means[k]) for k in range(len(means))}


def discrepancy_squared() -> Expr:
    """Return D^2 between N(0, V) and N(0, 1), in q = V - 1 with |q| < 1: `q^2/(1 - q^2)^(3/2)`."""
    return shift**2 / (1 - shift**2) ** Rational(3, 2)


def discrepancy_term(order: Expr | int, square: Expr) -> Expr:
    """Return the term of D^2 of He_(2m), in u = q^2: `2m binomial(2m, m) (u/4)^m`, the binomial through Gamma."""
    return 2 * order * gamma(order + Rational(1, 2)) / (sqrt(pi) * gamma(order + 1)) * square**order


def discrepancy_residuals(claimed: Expr) -> dict[str, Expr]:
    """Return what `claimed`, in q, leaves over of the terms of D^2.

    Moments of He_(2m) come from the generating function, to m = 4. In u = q^2 the sum S of binomial(2m, m) (u/4)^m is
    the solution of `2 (1 - u) S' = S`, S(0) = 1, decided for (1 - u)^(-1/2); a factor 2m is 2 u d/du.
    """
    total = (1 - _square) ** Rational(-1, 2)
    residuals: dict[str, Expr] = {
        "sum": 2 * (1 - _square) * diff(total, _square) - total,
        "starts at 1": total.subs(_square, 0) - 1,
        "closed form": claimed - (2 * _square * diff(total, _square)).subs(_square, shift**2),
    }
    transform = exp(shift * _forcing**2 / 2)
    for m in range(1, 5):
        moment = diff(transform, _forcing, 2 * m).subs(_forcing, 0)
        residuals[f"term {m}"] = 2 * m * moment**2 / factorial(2 * m) - discrepancy_term(m, shift**2)
    terms = [discrepancy_term(_order + k, _square) for k in (0, 1)]
    residuals["ratio"] = terms[1] - (2 * _order + 1) / (2 * _order) * _square * terms[0]
    return residuals
