"""Random explicit instances of unknown functions, honouring the functions' assumptions.

Complex or real functions become polynomials plus an exponential, so that no derivative vanishes; positive ones
Gaussian mixtures or exponentials of polynomials; integer-valued ones integer polynomials. All coefficients are exact.
"""

from itertools import product
from random import Random

import sympy as sp
from sympy.core.function import UndefinedFunction

DEGREE = 3


def rational(draw: Random, size: int = 3) -> sp.Rational:
    """Draw a rational number of modulus at most `size` with a small denominator, not 0."""
    denominator = draw.choice((1, 2, 3, 5, 7))
    numerator = draw.randint(1, size * denominator)
    return sp.Rational(draw.choice((-1, 1)) * numerator, denominator)


def _polynomial(variables: tuple[sp.Symbol, ...], draw: Random, *, real: bool) -> sp.Expr:
    terms = []
    for powers in product(range(DEGREE + 1), repeat=len(variables)):
        total = sum(powers)
        if total > DEGREE or (len(variables) > 2 and total > 1 and draw.random() < 0.5):
            continue
        coefficient = rational(draw, 2) if real else rational(draw, 2) + sp.I * rational(draw, 1)
        terms.append(coefficient * sp.Mul(*(v**k for v, k in zip(variables, powers, strict=True))))
    return sp.Add(*terms)


def _exponential(variables: tuple[sp.Symbol, ...], draw: Random) -> sp.Expr:
    return rational(draw, 1) * sp.exp(sp.Add(*(rational(draw, 1) * v for v in variables)))


def _gaussian_mixture(variables: tuple[sp.Symbol, ...], draw: Random) -> sp.Expr:
    return sp.Add(
        *(
            abs(rational(draw))
            * sp.exp(-sp.Add(*(abs(rational(draw, 1)) * (v - rational(draw, 1)) ** 2 for v in variables)))
            for _ in range(2)
        )
    )


def derive_instance(function: UndefinedFunction, arity: int, draw: Random, *, real: bool) -> sp.Lambda:
    """Draw an instance of `function` with `arity` arguments.

    **Arguments:** `function` is the class of an applied undefined function; its assumptions (positive, negative,
    nonnegative, nonpositive, real, integer) decide the family; `draw` is the source of randomness.
    """
    names = ["x"] if arity == 1 else [f"x{i}" for i in range(1, arity + 1)]
    variables = tuple(sp.Symbol(name) for name in names)
    known = function(*variables)
    real = real or known.is_extended_real is True
    if known.is_integer:
        body: sp.Expr = sp.Add(*(draw.randint(-3, 3) * v ** draw.randint(1, 2) for v in variables)) + draw.randint(1, 4)
    elif known.is_positive or known.is_nonnegative or known.is_negative or known.is_nonpositive:
        body = draw.choice((_gaussian_mixture, _positive_exponential))(variables, draw)
        if known.is_negative or known.is_nonpositive:
            body = -body
    elif real and draw.random() < 0.25:
        body = _gaussian_mixture(variables, draw)
    else:
        body = _polynomial(variables, draw, real=real)
        body += _exponential(variables, draw)
    return sp.Lambda(variables if arity > 1 else variables[0], body)


def _positive_exponential(variables: tuple[sp.Symbol, ...], draw: Random) -> sp.Expr:
    return sp.exp(sp.Add(*(rational(draw, 1) * v + rational(draw, 1) * v**2 / 4 for v in variables))) + sp.Rational(
        1, 7
    )
