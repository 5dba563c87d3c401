"""The corpus by topic, and traps that no kernel may prove or refute.

Every topic lists true identities with false twins. `traps` lists statements under hypotheses that hold nowhere, or
whose expression is defined nowhere: they are neither proved nor refuted.
"""

from collections.abc import Callable
from functools import cache

import sympy as sp
from sympy.logic.boolalg import Boolean

from . import (
    corpus_algebra,
    corpus_calculus,
    corpus_cases,
    corpus_elementary,
    corpus_flows,
    corpus_gradient_flows,
    corpus_inverse,
)
from .corpus_entry import Entry, p, u, v, x

TOPICS: dict[str, Callable[[], list[Entry]]] = {
    "rational functions": corpus_algebra.rational_functions,
    "linear algebra": corpus_algebra.linear_algebra,
    "many generators": corpus_algebra.many_generators,
    "exponentials": corpus_elementary.exponentials,
    "trigonometry": corpus_elementary.trigonometry,
    "hyperbolic": corpus_elementary.hyperbolic,
    "special exponents": corpus_elementary.special_exponents,
    "inverse functions": corpus_inverse.inverse_functions,
    "roots": corpus_inverse.roots,
    "constants": corpus_inverse.constants,
    "cases": corpus_cases.cases,
    "complex parts": corpus_cases.complex_parts,
    "factorials": corpus_cases.factorials,
    "unknown functions": corpus_calculus.unknown_functions,
    "gaussians": corpus_calculus.gaussians,
    "kinetic optimal": corpus_flows.kinetic_optimal,
    "monge-ampere": corpus_flows.monge_ampere,
    "jko": corpus_gradient_flows.jko,
    "wasserstein proximal": corpus_gradient_flows.wasserstein_proximal,
}


@cache
def entries(topic: str) -> tuple[Entry, ...]:
    """Return the entries of a topic, built once."""
    return tuple(TOPICS[topic]())


def traps() -> dict[str, tuple[sp.Expr, tuple[Boolean, ...]]]:
    """Return statements that must stay undecided: no admissible point exists."""
    zero = (u + 1) ** 2 - u**2 - 2 * u - 1
    return {
        "contradictory signs": (u - 1, (sp.Gt(u, 0), sp.Lt(u, 0))),
        "contradictory chain": (u - v, (sp.Gt(u, v), sp.Gt(v, p), sp.Lt(u, 0))),
        "equality against an inequality": (u, (sp.Eq(u, 1), sp.Lt(u, 0))),
        "false outright": (u - 1, (sp.false,)),
        "negative square": (v, (sp.Lt(u**2, 0),)),
        "sum of squares below zero": (u * v, (sp.Lt(u**2 + v**2 + 1, 0),)),
        "assumption against hypothesis": (p - 1, (sp.Lt(p, 0),)),
        "hidden zero denominator": (1 / zero, ()),
        "true over a hidden zero": ((sp.sin(x) ** 2 + sp.cos(x) ** 2 - 1) / zero, ()),
        "hidden zero of sines": (u / (sp.sin(u) ** 2 + sp.cos(u) ** 2 - 1), ()),
        "logarithm of a hidden zero": (sp.log(zero) - sp.log(2 * zero), ()),
        "zero denominator by hypothesis": ((u - v) / (u - v + zero) - 1, (sp.Eq(u, v),)),
        "arc sine beyond one": (sp.asin(2 + u**2) + sp.acos(2 + u**2) - sp.pi / 2, ()),
        "hyperbolic below one": (sp.acosh(sp.Rational(1, 2) - u**2) - sp.acosh(sp.Rational(1, 2) - u**2 + zero), ()),
    }
