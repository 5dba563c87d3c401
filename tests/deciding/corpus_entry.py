"""One entry of the corpus: an expression that is zero under its hypotheses, and a twin that is subtly not."""

from dataclasses import dataclass
from typing import final

import sympy as sp
from sympy.logic.boolalg import Boolean

NANO = sp.Rational(1, 10**9)
"""The smallest change of a constant in the corpus."""

x, y, z = sp.symbols("x y z")
u, v, w = sp.symbols("u v w", real=True)
p, q, r = sp.symbols("p q r", positive=True)
n, k = sp.symbols("n k", integer=True)


R = sp.Rational


@final
@dataclass(frozen=True, slots=True)
class Entry:
    """A true identity `true = 0` and a false twin `false = 0`, each with its hypotheses."""

    id: str
    true: sp.Expr
    false: sp.Expr
    hypotheses: tuple[Boolean, ...] = ()
    false_hypotheses: tuple[Boolean, ...] = ()


def entry(
    name: str, true: sp.Expr, false: sp.Expr, *hypotheses: Boolean, instead: tuple[Boolean, ...] | None = None
) -> Entry:
    """Build an entry; the twin stands under the same hypotheses unless `instead` gives others."""
    return Entry(name, sp.sympify(true), sp.sympify(false), hypotheses, hypotheses if instead is None else instead)
