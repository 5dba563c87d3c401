"""SymPy nodes as JAX source: the table of functions that may be compiled, and the printer that uses it.

What is not in the table is refused. The default printer of SymPy falls back to Python's `math` for erf, gamma and
others, which fails under `jit`, and passes unknown names through, which fails at the first call.

Expressions are real-valued: where a value would leave the real line (the square root of a negative number, the
logarithm of the gamma function of one) the compiled function returns NaN. Subexpressions without symbols are evaluated
by SymPy to 30 digits and printed as the nearest double, so sqrt(2) or LambertW(1) cost nothing and lose nothing.
"""

from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import Any, Final, final

import jax.numpy as jnp
import sympy
from jax import Array
from jax.scipy import special
from sympy.codegen.cfunctions import expm1, log1p
from sympy.core.function import AppliedUndef, UndefinedFunction
from sympy.functions.special.error_functions import expint
from sympy.printing.printer import Printer

_DIGITS = 30
_INT64 = 2**63


@final
class CompileError(ValueError):
    """An expression holds something that has no faithful counterpart in JAX; the message names it."""


def _loggamma(x: Array) -> Array:
    # JAX returns log |Gamma|; SymPy's loggamma is complex left of the origin.
    return jnp.where(x > 0, special.gammaln(x), jnp.nan)


def _lowergamma(a: Array, x: Array) -> Array:
    return special.gammainc(a, x) * special.gamma(a)


def _uppergamma(a: Array, x: Array) -> Array:
    return special.gammaincc(a, x) * special.gamma(a)


def _beta(a: Array, b: Array) -> Array:
    # jax.scipy.special.beta is wrong in the sixth digit where an argument exceeds 8 (JAX 0.10).
    return jnp.exp(_loggamma(a) + _loggamma(b) - _loggamma(a + b))


def _sinc(x: Array) -> Array:
    return jnp.sinc(x / jnp.pi)  # SymPy's is sin x / x, NumPy's sin(pi x)/(pi x)


def _heaviside(x: Array, at_zero: Array | float = 0.5) -> Array:
    return jnp.where(x > 0, 1.0, jnp.where(x < 0, 0.0, at_zero))


FUNCTIONS: Final[Mapping[type[sympy.Basic], Callable[..., Array]]] = {
    sympy.Abs: jnp.abs,
    sympy.sign: jnp.sign,
    sympy.floor: jnp.floor,
    sympy.ceiling: jnp.ceil,
    sympy.Mod: jnp.mod,
    sympy.Max: jnp.maximum,
    sympy.Min: jnp.minimum,
    sympy.exp: jnp.exp,
    sympy.log: jnp.log,
    expm1: jnp.expm1,
    log1p: jnp.log1p,
    sympy.sin: jnp.sin,
    sympy.cos: jnp.cos,
    sympy.tan: jnp.tan,
    sympy.sec: lambda x: 1 / jnp.cos(x),
    sympy.csc: lambda x: 1 / jnp.sin(x),
    sympy.cot: lambda x: 1 / jnp.tan(x),
    sympy.asin: jnp.arcsin,
    sympy.acos: jnp.arccos,
    sympy.atan: jnp.arctan,
    sympy.atan2: jnp.arctan2,
    sympy.sinc: _sinc,
    sympy.sinh: jnp.sinh,
    sympy.cosh: jnp.cosh,
    sympy.tanh: jnp.tanh,
    sympy.sech: lambda x: 1 / jnp.cosh(x),
    sympy.csch: lambda x: 1 / jnp.sinh(x),
    sympy.coth: lambda x: 1 / jnp.tanh(x),
    sympy.asinh: jnp.arcsinh,
    sympy.acosh: jnp.arccosh,
    sympy.atanh: jnp.arctanh,
    sympy.Heaviside: _heaviside,
    sympy.erf: special.erf,
    sympy.erfc: special.erfc,
    sympy.erfinv: special.erfinv,
    sympy.gamma: special.gamma,
    sympy.loggamma: _loggamma,
    sympy.factorial: lambda x: special.gamma(x + 1),
    sympy.beta: _beta,
    sympy.lowergamma: _lowergamma,
    sympy.uppergamma: _uppergamma,
    sympy.Ei: special.expi,
}
"""SymPy functions of real arguments that have a JAX counterpart, differentiable in every argument or refused by JAX."""

BY_ORDER: Final[Mapping[tuple[type[sympy.Basic], int], Callable[[Array], Array]]] = {
    (sympy.besseli, 0): special.i0,
    (sympy.besseli, 1): special.i1,
    (sympy.polygamma, 0): special.digamma,
    (expint, 1): special.exp1,
    **{(sympy.polygamma, order): partial(special.polygamma, order) for order in range(1, 9)},
}
"""Functions whose first argument is an order: only these orders have a JAX counterpart."""

_OPERATORS: Final = {
    sympy.Eq: "==",
    sympy.Ne: "!=",
    sympy.StrictLessThan: "<",
    sympy.LessThan: "<=",
    sympy.StrictGreaterThan: ">",
    sympy.GreaterThan: ">=",
}


def _name(function: type[sympy.Basic], order: int | None = None) -> str:
    return f"jax_{function.__name__}" + ("" if order is None else f"_{order}")


def namespace() -> dict[str, Any]:
    """Return the names that printed source may use, apart from its arguments and the functions that a caller gives."""
    return {
        **{_name(function): implementation for function, implementation in FUNCTIONS.items()},
        **{_name(function, order): implementation for (function, order), implementation in BY_ORDER.items()},
        "jax_sqrt": jnp.sqrt,
        "jax_where": jnp.where,
        "jax_and": jnp.logical_and,
        "jax_or": jnp.logical_or,
        "jax_not": jnp.logical_not,
        "jax_nan": float("nan"),
    }


@final
class JaxPrinter(Printer):
    """Print a real expression as Python source over `namespace()`.

    **Arguments:** `given` maps each undefined function of the expression to the name under which it is called.

    **Raises:** `CompileError` from `doprint` for every node that has no counterpart.
    """

    def __init__(self, given: Mapping[UndefinedFunction, str]) -> None:
        super().__init__()
        self._given = given

    def _print(self, expr: Any, **kwargs: Any) -> str:
        if isinstance(expr, sympy.Expr) and not expr.free_symbols and not expr.atoms(AppliedUndef):
            return print_constant(expr)
        if isinstance(expr, sympy.Basic) and type(expr) in FUNCTIONS:
            return self._call(_name(type(expr)), expr.args, nested=isinstance(expr, sympy.Max | sympy.Min))
        return str(super()._print(expr, **kwargs))

    def _call(self, name: str, args: tuple[sympy.Basic, ...], *, nested: bool = False) -> str:
        printed = [self._print(argument) for argument in args]
        if not nested:
            return f"{name}({', '.join(printed)})"
        # JAX's maximum and the logical functions take two arguments, and broadcast them.
        result = printed[0]
        for following in printed[1:]:
            result = f"{name}({result}, {following})"
        return result

    def _print_Symbol(self, expr: sympy.Symbol) -> str:
        return str(expr.name)

    def _print_Add(self, expr: sympy.Add) -> str:
        return "(" + " + ".join(self._print(term) for term in expr.args) + ")"

    def _print_Mul(self, expr: sympy.Mul) -> str:
        return "(" + "*".join(self._print(factor) for factor in expr.args) + ")"

    def _print_Pow(self, expr: sympy.Pow) -> str:
        base, exponent = expr.args
        printed = self._print(base)
        if exponent.is_Integer:
            # An integer exponent is kept as one: a float would make negative bases NaN.
            return f"({printed}**({int(exponent)}))"
        if exponent == sympy.Rational(1, 2):
            return f"jax_sqrt({printed})"
        if exponent == -sympy.Rational(1, 2):
            return f"(1/jax_sqrt({printed}))"
        return f"({printed}**{self._print(exponent)})"

    def _print_Piecewise(self, expr: sympy.Expr) -> str:
        result = "jax_nan"
        for value, condition in reversed(expr.args):
            printed = self._print(value)
            result = printed if condition is sympy.true else f"jax_where({self._print(condition)}, {printed}, {result})"
        return result

    def _print_Relational(self, expr: sympy.core.relational.Relational) -> str:
        return f"({self._print(expr.lhs)} {_OPERATORS[type(expr)]} {self._print(expr.rhs)})"

    def _print_And(self, expr: sympy.Basic) -> str:
        return self._call("jax_and", expr.args, nested=True)

    def _print_Or(self, expr: sympy.Basic) -> str:
        return self._call("jax_or", expr.args, nested=True)

    def _print_Not(self, expr: sympy.Basic) -> str:
        return self._call("jax_not", expr.args)

    def _print_BooleanTrue(self, expr: sympy.Basic) -> str:
        return "True"

    def _print_BooleanFalse(self, expr: sympy.Basic) -> str:
        return "False"

    def _print_Function(self, expr: sympy.Expr) -> str:
        if expr.func in self._given:
            return self._call(self._given[expr.func], expr.args)
        if not _has_order(expr):
            raise CompileError(describe_refusal(expr))
        return self._call(_name(type(expr), int(expr.args[0])), expr.args[1:])

    def _print_list(self, expr: list[sympy.Expr]) -> str:
        return "[" + ", ".join(self._print(member) for member in expr) + "]"

    def emptyPrinter(self, expr: Any) -> str:  # noqa: D102
        raise CompileError(describe_refusal(expr))


def _has_order(expr: sympy.Expr) -> bool:
    order = expr.args[0]
    return bool(order.is_Integer) and (type(expr), int(order)) in BY_ORDER


def has_counterpart(expr: sympy.Expr, given: Collection[UndefinedFunction]) -> bool:
    """Tell whether an applied function can be printed: from the table, by its order, or because it is `given`."""
    known = type(expr) in FUNCTIONS or isinstance(expr, sympy.Piecewise) or expr.func in given
    return known or not expr.free_symbols or _has_order(expr)


def print_constant(expr: sympy.Expr) -> str:
    """Print an expression without symbols as the double nearest to it.

    **Raises:** `CompileError` if it is not a finite real number.
    """
    value = expr if expr.is_Rational or expr.is_Float else expr.evalf(_DIGITS)
    if not (value.is_Rational or value.is_Float):
        raise CompileError(f"{expr} is not a finite real number")
    number = float(value)
    if abs(number) == float("inf"):
        raise CompileError(f"{expr} is beyond the range of a double")
    return f"({number!r})"


def is_unevaluated(node: object) -> bool:
    """Tell whether a node stands for an operation that SymPy has not carried out."""
    kinds = sympy.Derivative | sympy.Integral | sympy.Sum | sympy.Product | sympy.Limit | sympy.Subs
    return isinstance(node, kinds)


def is_too_big(node: object) -> bool:
    """Tell whether a node is an integer that does not fit in 64 bits."""
    return isinstance(node, sympy.Integer) and not -_INT64 <= int(node) < _INT64


def describe_refusal(expr: Any) -> str:
    """Say in one sentence why a node is not compiled."""
    kind = type(expr).__name__
    if isinstance(expr, AppliedUndef):
        if getattr(expr.func, "_imp_", None) is not None:
            return f"{expr.func} calls a Python function on the host; give its JAX form in `functions`"
        return f"the function {expr.func} is undefined; give its JAX form in `functions`"
    if is_too_big(expr):
        return f"the integer {expr} does not fit in 64 bits; write it as a Float if rounding is meant"
    if isinstance(expr, sympy.MatrixBase | sympy.MatrixExpr) or "Array" in kind:
        return f"{kind} is not a scalar; compile its entries"
    if is_unevaluated(expr):
        return f"{expr} is unevaluated; carry it out in SymPy first"
    return f"{expr} has no JAX counterpart ({kind})"
