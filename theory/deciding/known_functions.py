"""The functions that the reader knows: generators of their own, defined by others, or read through exponentials."""

from collections.abc import Callable
from typing import Any, Final

import sympy as sp

from .tower import Fraction

CONSTANTS: Final = (sp.pi, sp.EulerGamma, sp.Catalan)
"""Numbers that are generators of their own."""

CALLS: Final[dict[Any, str]] = {
    sp.erf: "erf",
    sp.erfi: "erfi",
    sp.atan: "atan",
    sp.asin: "asin",
    sp.gamma: "gamma",
    sp.loggamma: "loggamma",
    sp.digamma: "digamma",
    sp.polygamma: "polygamma",
    sp.besselj: "besselj",
    sp.bessely: "bessely",
    sp.besseli: "besseli",
    sp.besselk: "besselk",
    sp.zeta: "zeta",
    sp.LambertW: "LambertW",
}

ARGUMENT: Final = sp.Symbol("u")
_u = ARGUMENT
REWRITTEN: Final[dict[Any, sp.Expr]] = {
    sp.acos: sp.pi / 2 - sp.asin(_u),
    sp.acot: sp.atan(1 / _u),
    sp.asec: sp.pi / 2 - sp.asin(1 / _u),
    sp.acsc: sp.asin(1 / _u),
    sp.asinh: sp.log(_u + sp.sqrt(1 + _u**2)),
    sp.acosh: sp.log(_u + sp.sqrt(_u - 1) * sp.sqrt(_u + 1)),
    sp.atanh: (sp.log(1 + _u) - sp.log(1 - _u)) / 2,
    sp.acoth: (sp.log(1 + 1 / _u) - sp.log(1 - 1 / _u)) / 2,
    sp.erfc: 1 - sp.erf(_u),
    sp.factorial: sp.gamma(_u + 1),
}
"""Functions that are defined by others on the whole of their principal branch."""


CIRCULAR: Final[dict[Any, tuple[bool, Callable[[Fraction, Fraction, Fraction], tuple[Fraction, Fraction]]]]] = {
    sp.sin: (True, lambda one, i, e: (e * e - one, (i * e).scale(2))),
    sp.cos: (True, lambda one, i, e: (e * e + one, e.scale(2))),
    sp.tan: (True, lambda one, i, e: (-i * (e * e - one), e * e + one)),
    sp.cot: (True, lambda one, i, e: (i * (e * e + one), e * e - one)),
    sp.sec: (True, lambda one, i, e: (e.scale(2), e * e + one)),
    sp.csc: (True, lambda one, i, e: ((i * e).scale(2), e * e - one)),
    sp.sinh: (False, lambda one, i, e: (e * e - one, e.scale(2))),
    sp.cosh: (False, lambda one, i, e: (e * e + one, e.scale(2))),
    sp.tanh: (False, lambda one, i, e: (e * e - one, e * e + one)),
    sp.coth: (False, lambda one, i, e: (e * e + one, e * e - one)),
    sp.sech: (False, lambda one, i, e: (e.scale(2), e * e + one)),
    sp.csch: (False, lambda one, i, e: (e.scale(2), e * e - one)),
}
"""Whether e is exp(i u) rather than exp(u), and numerator and denominator in e."""
