"""Write expressions of derivations as text, and read them back without evaluating Python.

A certificate is a file that anyone may hand us, so its expressions are parsed with `ast` and only calls of the
classes named here, with constants or further such calls as arguments, are built. Beside the expressions that the
deciding code knows, rules have parameters such as `Lambda`, and modules that define their own classes (expectations,
sums over coordinates) make them known with `register_class`.
"""

import ast
from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeVar

import sympy as sp
from sympy.core.assumptions import StdFactKB
from sympy.core.function import UndefinedFunction
from sympy.printing.repr import ReprPrinter

Class = TypeVar("Class", bound=type)

_NAMES = """
Symbol Integer Rational Add Mul Pow Function Derivative Subs Integral Tuple Lambda Abs Min Max Piecewise
Equality Unequality LessThan StrictLessThan GreaterThan StrictGreaterThan And Or Not
exp log sin cos tan cot sec csc sinh cosh tanh coth asin acos atan atan2 asinh acosh atanh sign
gamma loggamma beta erf erfc erfi re im conjugate factorial binomial
"""
_CLASSES: dict[str, Callable[..., Any]] = {name: getattr(sp, name) for name in _NAMES.split()} | {
    "ExprCondPair": sp.functions.elementary.piecewise.ExprCondPair
}
_CONSTANTS: dict[str, Any] = {
    "pi": sp.pi,
    "E": sp.E,
    "I": sp.I,
    "oo": sp.oo,
    "EulerGamma": sp.EulerGamma,
    "true": sp.true,
    "false": sp.false,
    "True": True,
    "False": False,
    "None": None,
}


_TELLING = ("positive", "negative", "nonnegative", "nonpositive", "integer", "real")


def register_class(cls: Class) -> Class:
    """Make an expression class readable; used as a decorator."""
    _CLASSES[cls.__name__] = cls
    return cls


def _build(node: ast.expr) -> Any:
    match node:
        case ast.Constant(value=value) if isinstance(value, int | str | bool) or value is None:
            return value
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_build(operand)
        case ast.Name(id=name) if name in _CONSTANTS:
            return _CONSTANTS[name]
        case ast.Tuple(elts=items):
            return tuple(_build(item) for item in items)
        case ast.Call(func=ast.Name(id=name), args=args, keywords=keywords) if name in _CLASSES:
            named = {str(k.arg): _build(k.value) for k in keywords}
            return _CLASSES[name](*(_build(arg) for arg in args), **named)
        case ast.Call(func=ast.Call() as head, args=args, keywords=[]):
            function = _build(head)
            if isinstance(function, UndefinedFunction):
                return function(*(_build(arg) for arg in args))
    raise ValueError(f"not an expression that lemmata writes: {ast.unparse(node)[:80]}")


def read_expression(text: str) -> sp.Basic:
    """Return the expression that `write_expression` wrote as `text`.

    **Raises:** `ValueError` where the text is not one, or names a class that is not known here.
    """
    try:
        tree = ast.parse(text, mode="eval").body
    except (SyntaxError, RecursionError) as error:
        raise ValueError(f"not an expression: {text[:80]}") from error
    return sp.sympify(_build(tree))


class _Writer(ReprPrinter):
    """SymPy's `srepr`, which forgets the assumptions of undefined functions, with these added."""

    def _print_AppliedUndef(self, expr: Any) -> str:
        return f"{self._undefined(expr.func)}({', '.join(self._print(arg) for arg in expr.args)})"

    def _print_FunctionClass(self, expr: Any) -> str:
        return self._undefined(expr) if isinstance(expr, UndefinedFunction) else str(expr.__name__)

    def _undefined(self, function: Any) -> str:
        extra = "".join(f", {key}={value}" for key, value in _stated(getattr(function, "_kwargs", {})).items())
        return f"Function({function.__name__!r}{extra})"


def _stated(assumptions: dict[str, bool | None]) -> dict[str, bool]:
    """Return few assumptions from which the given ones, which SymPy stores with all that they imply, follow."""
    known = StdFactKB({})
    stated: dict[str, bool] = {}
    for key in (*_TELLING, *sorted(assumptions)):
        value = assumptions.get(key)
        if value is not None and known.get(key) is None and (key, value) != ("commutative", True):
            stated[key] = value
            known.deduce_all_facts({key: value})
    return stated


@lru_cache(maxsize=4096)
def write_expression(expression: sp.Basic) -> str:
    """Return the text that `read_expression` reads."""
    return str(_Writer().doprint(expression))


def canonical(expression: sp.Basic) -> sp.Basic:
    """Return the expression as it is read back: every node built again from its parts until nothing changes."""
    for _ in range(8):
        rebuilt = _rebuilt(expression)
        if rebuilt == expression:
            return expression
        expression = rebuilt
    raise ValueError(f"SymPy rewrites {expression} each time it is built")


def _rebuilt(node: sp.Basic) -> sp.Basic:
    if not node.args:
        return node
    return node.func(*(_rebuilt(arg) if isinstance(arg, sp.Basic) else arg for arg in node.args))
