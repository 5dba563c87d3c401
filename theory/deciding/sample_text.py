"""Write an admissible point into a certificate, and read it back.

Symbols, values in jet space and instances of unknown functions are all canonical text, sorted.
"""

import sympy as sp
from sympy.core.function import AppliedUndef, UndefinedFunction

from ..verdict import Json
from .axioms import fields, require
from .canonical_text import read_exactly, write_exactly
from .jets import from_jets, to_jets
from .sampling import Sample


def write_sample(sample: Sample) -> Json:
    """Return a point as JSON: values of symbols and jets, and instances of functions at slots u0, u1, ..."""
    values = [[write_exactly(to_jets(node)), write_exactly(to_jets(value))] for node, value in sample.values.items()]
    functions = []
    for function, instance in sample.functions.items():
        slots = [sp.Symbol(f"u{place}") for place in range(len(instance.variables))]
        body = instance.expr.xreplace(dict(zip(instance.variables, slots, strict=True)))
        functions.append([write_exactly(function(*slots)), write_exactly(body)])
    return {"values": sorted(values), "functions": sorted(functions)}


def read_sample(value: Json, functions: dict[str, UndefinedFunction]) -> Sample:
    """Read what `write_sample` wrote; `functions` are the unknown functions by name.

    **Raises:** `ValueError` for anything else.
    """
    values, instances = fields(value, "values", "functions")
    require(_is_table(values) and _is_table(instances), "a point is two sorted tables of text")
    point = {}
    for node_text, value_text in values:
        node, constant = (from_jets(read_exactly(text), functions) for text in (node_text, value_text))
        point[node] = constant
    lambdas = {}
    for applied_text, body_text in instances:
        applied = read_exactly(applied_text)
        require(isinstance(applied, AppliedUndef), "an instance of an unknown function")
        require(
            applied.args == tuple(sp.Symbol(f"u{place}") for place in range(len(applied.args))), "a function of slots"
        )
        body = read_exactly(body_text)
        require(body.free_symbols <= set(applied.args) and not body.atoms(AppliedUndef), "an explicit instance")
        variables = applied.args if len(applied.args) > 1 else applied.args[0]
        lambdas[applied.func] = sp.Lambda(variables, body)
    return Sample(point, lambdas)


def _is_table(value: Json) -> bool:
    if not isinstance(value, list) or not all(isinstance(row, list) and len(row) == 2 for row in value):
        return False
    return all(isinstance(cell, str) for row in value for cell in row) and value == sorted(value)
