"""Write the values of a witness as text a reader can check by hand, and read them back without evaluating Python.

A value is a constant such as `-3/7 + 5*I` or `exp(1/2)`; an unknown function's instance is a `Lambda` such as
`Lambda((x,), x**2 + 1)`; a value in jet space may name the other entries of the point.

**Raises:** `ValueError` for text outside this grammar.
"""

import ast
import operator
from collections.abc import Mapping

import sympy as sp

from .principal_values import PRINCIPAL_VALUES

_OPERATORS = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}
_CONSTANTS: dict[str, sp.Expr] = {"I": sp.I, "pi": sp.pi, "E": sp.E}
_FUNCTIONS = {cls.__name__: cls for cls in PRINCIPAL_VALUES} | {"sqrt": sp.sqrt}


def write_value(value: sp.Basic) -> str:
    """Return SymPy's text of a value or instance."""
    return str(sp.sstr(value, full_prec=False))


def read_value(text: str, names: Mapping[str, sp.Expr] | None = None) -> sp.Expr:
    """Read what `write_value` wrote; `names` gives the meaning of further names and calls."""
    return _build(_parse(text), dict(names or {}))


def read_instance(text: str) -> sp.Lambda:
    """Read the `Lambda` of an unknown function's instance."""
    match _parse(text):
        case ast.Call(func=ast.Name(id="Lambda"), args=[ast.Tuple(elts=parameters), body], keywords=[]):
            symbols = {p.id: sp.Symbol(p.id) for p in parameters if isinstance(p, ast.Name)}
            if len(symbols) == len(parameters):
                return sp.Lambda(tuple(symbols.values()), _build(body, symbols))
        case ast.Call(func=ast.Name(id="Lambda"), args=[ast.Name(id=name), body], keywords=[]):
            symbol = sp.Symbol(name)
            return sp.Lambda(symbol, _build(body, {name: symbol}))
    raise ValueError(f"not an instance of a function: {text[:80]}")


def _parse(text: str) -> ast.expr:
    try:
        return ast.parse(text, mode="eval").body
    except (SyntaxError, RecursionError) as error:
        raise ValueError(f"not a value: {text[:80]}") from error


def _build(node: ast.expr, names: dict[str, sp.Expr]) -> sp.Expr:
    known = names.get(ast.unparse(node))
    if known is not None:
        return known
    match node:
        case ast.Constant(value=int() as value) if not isinstance(value, bool):
            return sp.Integer(value)
        case ast.Name(id=name) if name in _CONSTANTS:
            return _CONSTANTS[name]
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_build(operand, names)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            return _OPERATORS[type(op)](_build(left, names), _build(right, names))
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]) if name in _FUNCTIONS:
            return _FUNCTIONS[name](*(_build(argument, names) for argument in arguments))
    raise ValueError(f"not a value: {ast.unparse(node)[:80]}")
