"""Features that a user writes as SymPy expressions: differentiated by SymPy, compiled to JAX.

Derivatives are taken before compiling, so `Abs`, `Max` and `Piecewise` have the gradient that SymPy gives them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import final

import numpy as np
import sympy

from ..compile import CompiledExpression, compile_expression
from ..measures import DiscreteMeasure
from .features import AbstractFeatures, Gradients, Points, Values


@final
@dataclass(frozen=True, eq=False)
class SymbolicFeatures(AbstractFeatures):
    """The functions given by `expressions` in the real symbols `coordinates`, one for each dimension.

    **Raises:** `ValueError` without expressions, and for coordinates that are not distinct real symbols; `CompileError`
    for what has no counterpart in JAX.
    """

    expressions: Sequence[sympy.Expr]
    coordinates: Sequence[sympy.Symbol]
    _values: CompiledExpression = field(init=False, repr=False)
    _gradients: CompiledExpression = field(init=False, repr=False)

    def __post_init__(self) -> None:
        expressions = tuple(map(sympy.sympify, self.expressions))
        coordinates = tuple(self.coordinates)
        if not expressions:
            raise ValueError("at least one expression is needed")
        for symbol in coordinates:
            if not (isinstance(symbol, sympy.Symbol) and symbol.is_real):
                raise ValueError(f"the coordinate {symbol} is no real symbol: its derivatives would be complex ones")
        gradients = [sympy.diff(phi, symbol) for symbol in coordinates for phi in expressions]
        object.__setattr__(self, "expressions", expressions)
        object.__setattr__(self, "coordinates", coordinates)
        object.__setattr__(self, "_values", compile_expression(expressions, coordinates))
        object.__setattr__(self, "_gradients", compile_expression(gradients, coordinates))

    def placed(self, measure: DiscreteMeasure, seed: int) -> "SymbolicFeatures":
        """Return these features: they depend on no data."""
        if measure.dimension != len(self.coordinates):
            raise ValueError(f"{len(self.coordinates)} coordinates do not fit data in dimension {measure.dimension}")
        return self

    def even_part(self) -> "SymbolicFeatures":
        """Return (phi(z) + phi(-z))/2 of each expression, without those that SymPy expands to 0.

        **Raises:** `ValueError` if nothing is left.
        """
        reflection = {symbol: -symbol for symbol in self.coordinates}
        halves = [sympy.expand((phi + phi.subs(reflection, simultaneous=True)) / 2).doit() for phi in self.expressions]
        kept = [half for half in halves if half.free_symbols]
        if not kept:
            raise ValueError("none of the expressions has an even part: they cannot be an interaction")
        return SymbolicFeatures(kept, self.coordinates)

    @property
    def labels(self) -> tuple[str, ...]:
        """The expressions."""
        return tuple(map(str, self.expressions))

    def values(self, x: Points) -> Values:
        """Return phi_j(x_i)."""
        return np.asarray(self._values(*x.T))

    def gradients(self, x: Points) -> Gradients:
        """Return the partial derivatives of phi_j at x_i."""
        return np.asarray(self._gradients(*x.T)).reshape(len(x), len(self.coordinates), len(self.expressions))
