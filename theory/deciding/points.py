"""Carry points of a claim through the steps of its proof, so that every leaf is compared at points of its own."""

from collections.abc import Sequence

import sympy as sp

from .balls import Undefined, holds
from .binding import unknown_functions
from .gaussian import Unsupported
from .goals import Fact, shift_coordinate
from .jets import from_jets
from .sampling import Sample

PRECISION = 128


def shifted(samples: Sequence[Sample], fact: Fact, symbol: sp.Symbol, style: str, new: sp.Symbol) -> list[Sample]:
    """Replace the coordinate of a bounded symbol by that of the shift's new symbol."""
    return _recoordinated(samples, symbol, {new: shift_coordinate(fact, symbol, style)})


def without(samples: Sequence[Sample], symbol: sp.Basic) -> list[Sample]:
    """Drop a coordinate."""
    return [Sample({k: v for k, v in each.values.items() if k != symbol}, each.functions) for each in samples]


def in_parts(samples: Sequence[Sample], symbol: sp.Symbol, names: Sequence[str]) -> list[Sample]:
    """Replace a complex coordinate by its real and imaginary part."""
    real, imaginary = (sp.Symbol(name, real=True) for name in names)
    return _recoordinated(samples, symbol, {real: sp.re(symbol), imaginary: sp.im(symbol)})


def _recoordinated(samples: Sequence[Sample], symbol: sp.Symbol, coordinates: dict[sp.Symbol, sp.Expr]) -> list[Sample]:
    moved = []
    for sample in samples:
        numbers = {node: value for node, value in sample.values.items() if node.is_Symbol}
        images = {new: expression.xreplace(numbers) for new, expression in coordinates.items()}
        if all(image.is_number for image in images.values()):
            rest = {node: value for node, value in sample.values.items() if node != symbol}
            moved.append(Sample({**rest, **images}, sample.functions))
    return moved


def satisfying(samples: Sequence[Sample], fact: Fact) -> list[Sample]:
    """Keep the points at which a fact holds beyond doubt."""
    relation = from_jets(fact.as_relation(), unknown_functions(fact.expression))
    kept = []
    for sample in samples:
        try:
            if holds(relation, sample.values, sample.functions, precision=PRECISION):
                kept.append(sample)
        except (Undefined, Unsupported):
            continue
    return kept
