"""Write expressions as text that determines them, and read them back without evaluating Python.

The text is SymPy's `srepr` with one addition: the assumptions of an undefined function are written, which `srepr`
drops. Derivatives and substitutions are not in the grammar: SymPy compares them up to renaming of what they bind, so
that their text would depend on what was built before; they are written as jets (`jets.py`). Only text that
`write_exactly` itself produces is read, so that a certificate has one spelling.
"""

import ast
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any

import sympy as sp
from sympy.core.function import AppliedUndef, UndefinedFunction

from .gaussian import Unsupported

_NAMES = """
    Add Mul Pow Tuple Abs Min Max Piecewise Equality Unequality LessThan StrictLessThan GreaterThan StrictGreaterThan
    And Or Not exp log sin cos tan cot sec csc sinh cosh tanh coth sech csch asin acos atan acot asec acsc asinh acosh
    atanh acoth sign Heaviside gamma loggamma digamma polygamma beta erf erfc erfi re im conjugate factorial binomial
    besselj bessely besseli besselk zeta LambertW
"""
_OPERATIONS: dict[str, Callable[..., Any]] = {name: getattr(sp, name) for name in _NAMES.split()}
_OPERATIONS["ExprCondPair"] = sp.functions.elementary.piecewise.ExprCondPair
_CONSTANTS: dict[str, Any] = {
    "pi": sp.pi,
    "E": sp.E,
    "I": sp.I,
    "EulerGamma": sp.EulerGamma,
    "Catalan": sp.Catalan,
    "GoldenRatio": sp.GoldenRatio,
    "oo": sp.oo,
    "true": sp.true,
    "false": sp.false,
}
_CONSTANT_NAMES = {value: name for name, value in _CONSTANTS.items()}
_OPERATION_CLASSES = set(_OPERATIONS.values())
_IMPLIED = {"commutative": True}
_TELLING = ("integer", "negative", "nonnegative", "nonpositive", "positive", "real")


def write_exactly(node: sp.Basic, dummies: Mapping[sp.Basic, str] | None = None) -> str:
    """Return the text of an expression or relation; `dummies` gives names to dummy symbols.

    **Raises:** `Unsupported` for a node outside the grammar, such as a Float.
    """
    if node in _CONSTANT_NAMES:
        return _CONSTANT_NAMES[node]
    if isinstance(node, sp.Integer):
        return f"Integer({int(node)})"
    if isinstance(node, sp.Rational):
        return f"Rational({int(node.p)}, {int(node.q)})"
    if type(node) is sp.Symbol or (dummies and node in dummies):
        name = dummies[node] if dummies and node in dummies else node.name
        return f"Symbol({name!r}{_assumptions(node._assumptions_orig)})"
    arguments = ", ".join(write_exactly(argument, dummies) for argument in node.args)
    if isinstance(node, AppliedUndef):
        function = node.func
        given = _assumptions(_generating(function))
        return f"Function({function.__name__!r}{given})({arguments})"
    if node.func in _OPERATION_CLASSES:
        return f"{node.func.__name__}({arguments})"
    raise Unsupported(f"no text for a node of class {type(node).__name__}")


@lru_cache(maxsize=1024)
def _generating(function: UndefinedFunction) -> dict[str, Any]:
    """Return a smallest set of assumptions from which SymPy deduces all those of an undefined function."""
    whole = {k: v for k, v in getattr(function, "_kwargs", {}).items() if v is not None}
    kept = dict(whole)
    for key in sorted(whole, key=lambda key: (key in _TELLING, key)):
        fewer = {k: v for k, v in kept.items() if k != key}
        if UndefinedFunction(function.__name__, **fewer)._kwargs == function._kwargs:
            kept = fewer
    return kept


def _assumptions(given: dict[str, Any]) -> str:
    pairs = sorted((k, v) for k, v in given.items() if _IMPLIED.get(k) != v and v is not None)
    return "".join(f", {key}={bool(value)}" for key, value in pairs)


def read_exactly(text: str) -> Any:
    """Read what `write_exactly` wrote.

    **Raises:** `ValueError` for any other text.
    """
    try:
        node = _build(ast.parse(text, mode="eval").body)
        spelled = write_exactly(node)
    except (SyntaxError, RecursionError, TypeError, AttributeError, Unsupported) as error:
        raise ValueError(f"not an expression: {text[:80]}") from error
    if spelled != text:
        raise ValueError(f"not the canonical text of its expression: {text[:80]}")
    return node


def _build(node: ast.expr) -> Any:
    match node:
        case ast.Name(id=name) if name in _CONSTANTS:
            return _CONSTANTS[name]
        case ast.Call(func=ast.Name(id="Integer"), args=[value], keywords=[]):
            return sp.Integer(_integer(value))
        case ast.Call(func=ast.Name(id="Rational"), args=[numerator, denominator], keywords=[]):
            return sp.Rational(_integer(numerator), _integer(denominator))
        case ast.Call(func=ast.Name(id="Symbol"), args=[ast.Constant(value=str(name))], keywords=given):
            return sp.Symbol(name, **_keywords(given))
        case ast.Call(
            func=ast.Call(func=ast.Name(id="Function"), args=[ast.Constant(value=str(name))], keywords=given)
        ):
            function = UndefinedFunction(name, **_keywords(given))
            return function(*(_build(argument) for argument in node.args))
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]) if name in _OPERATIONS:
            return _OPERATIONS[name](*(_build(argument) for argument in arguments))
    raise ValueError(f"not an expression: {ast.unparse(node)[:80]}")


def _integer(node: ast.expr) -> int:
    match node:
        case ast.Constant(value=int(value)) if not isinstance(value, bool):
            return value
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int(value))) if not isinstance(value, bool):
            return -value
    raise ValueError(f"not an integer: {ast.unparse(node)[:80]}")


def _keywords(given: list[ast.keyword]) -> dict[str, bool]:
    pairs = {}
    for keyword in given:
        match keyword:
            case ast.keyword(arg=str(name), value=ast.Constant(value=bool(value))):
                pairs[name] = value
            case _:
                raise ValueError("an assumption is True or False")
    return pairs


def rebuild(node: sp.Basic) -> sp.Basic:
    """Return the expression with fresh dummies renamed to symbols and every node evaluated as SymPy builds it.

    **Raises:** `Unsupported` for a node outside the grammar or an expression that SymPy does not rebuild alike.
    """
    found = list(dict.fromkeys(inner for inner in _preorder(node) if isinstance(inner, sp.Dummy)))
    taken = {inner.name for inner in node.atoms(sp.Symbol)}
    names: dict[sp.Basic, str] = {}
    for dummy in found:
        name = f"{dummy.name.lstrip('_')}_{len(names) + 1}"
        while name in taken:
            name += "_"
        taken.add(name)
        names[dummy] = name
    first = _build(ast.parse(write_exactly(node, names), mode="eval").body)
    text = write_exactly(first)
    second = _build(ast.parse(text, mode="eval").body)
    if write_exactly(second) != text:
        raise Unsupported("an expression that SymPy rewrites each time it is built")
    return second


def _preorder(node: sp.Basic) -> Iterator[sp.Basic]:
    yield node
    for argument in node.args:
        yield from _preorder(argument)
