"""SymPy expression to JAX function: what theory derives is what numerics evaluates.

`compile_expression` refuses whatever it cannot carry over faithfully and says what that was. The result can be jitted,
mapped and differentiated; gradients through `Piecewise`, `Abs` or `Max` can be NaN where an unused branch is singular,
so differentiate in SymPy first and compile the derivative.

The digest names the expression that was evaluated, up to the names of its arguments; it belongs in the provenance of
every number computed with it.
"""

import hashlib
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias, final

import jax
import jax.numpy as jnp
import numpy as np
import sympy
from jax import Array
from jax.typing import ArrayLike
from sympy.core.function import AppliedUndef, UndefinedFunction

from .jax_code import (
    CompileError,
    JaxPrinter,
    describe_refusal,
    has_counterpart,
    is_too_big,
    is_unevaluated,
    namespace,
)
from .precision import float64, require_float64

__all__ = ["CompileError", "CompiledExpression", "compile_expression"]

Dtype: TypeAlias = Literal["float32", "float64"]
JaxFunction: TypeAlias = Callable[[Array], Array]

MAX_TERMS = 10_000
"""A finite sum or product of more terms than this is refused: it would be unrolled."""


@final
@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class CompiledExpression:
    """A SymPy expression, or several that share their subexpressions, as one function of JAX arrays.

    Called with one array or number for each of `arguments`, it broadcasts them against each other and returns an array
    of their common shape, with a trailing axis of length m if it was compiled from a sequence of m expressions.
    Concrete arguments are cast to `dtype`, so it is compiled once for each shape whatever kind of number comes in.

    Called while JAX traces, it needs the double precision of `precision.float64()` to be on already and raises
    `PrecisionError` otherwise; elsewhere it switches it on by itself.
    """

    expression: sympy.Expr | tuple[sympy.Expr, ...]
    arguments: tuple[sympy.Symbol, ...]
    dtype: Dtype
    source: str
    digest: str
    _evaluate: Callable[..., Array] = field(repr=False)

    def __call__(self, *values: ArrayLike) -> Array:
        """Evaluate at `values`, one for each argument, broadcast against each other."""
        if len(values) != len(self.arguments):
            raise TypeError(f"{len(self.arguments)} arguments are needed, {self.arguments}, not {len(values)}")
        if self.dtype == "float32":
            return self._evaluate(*(jnp.asarray(value, self.dtype) for value in values))
        if any(isinstance(value, jax.core.Tracer) for value in values):
            require_float64("an expression compiled for float64")
            return self._evaluate(*(jnp.asarray(value, self.dtype) for value in values))
        with float64():
            # Arrays of the host go in as they are: moving them first costs more than a small call.
            return self._evaluate(
                *(
                    jnp.asarray(value, self.dtype) if isinstance(value, Array) else np.asarray(value, self.dtype)
                    for value in values
                )
            )


def compile_expression(
    expression: Any,
    arguments: Sequence[sympy.Basic],
    *,
    functions: Mapping[type[sympy.Basic], JaxFunction | Sequence[JaxFunction]] | None = None,
    dtype: Dtype = "float64",
) -> CompiledExpression:
    """Compile a real SymPy expression, or a sequence of them, to a JAX function of `arguments`.

    **Arguments:** `expression` is what SymPy takes for a scalar, or a sequence of such; `arguments` are distinct
    symbols, in the order of the call; `functions` gives each undefined function of one argument as JAX code,
    elementwise: either f alone or the sequence (f, f', f'', ...) as far as derivatives of it occur in the expression.

    **Returns:** a function of as many arrays; see `CompiledExpression`.

    **Raises:** `CompileError`, naming the culprit, for unbound symbols, undefined and host functions, functions without
    a JAX counterpart, derivatives that were not supplied, unevaluated integrals and limits, integers beyond 64 bits,
    matrices and arrays, and values that are not finite real numbers.
    """
    several = isinstance(expression, Sequence) and not isinstance(expression, str)
    members = tuple(_as_scalar(member) for member in (expression if several else (expression,)))
    _refuse_arguments(arguments)
    # Fresh names: two symbols may share a name and differ in their assumptions, and a name may be a Python keyword.
    renaming = {
        symbol: sympy.Symbol(f"a{position}", **symbol.assumptions0) for position, symbol in enumerate(arguments)
    }
    given, implementations = _name_functions(functions or {})
    names = {function: name for derivatives in given.values() for function, name in derivatives}
    prepared = []
    for member in members:
        named = _name_derivatives(_unroll(member), given)
        _refuse_expression(named, arguments, names)
        prepared.append(named.xreplace(renaming))
    renamed = tuple(renaming.values())
    generated = sympy.lambdify(
        renamed,
        prepared,
        modules=[namespace() | implementations],
        printer=JaxPrinter(names),
        cse=True,
    )

    def evaluate(*values: Array) -> Array:
        shape = jnp.broadcast_shapes(*(value.shape for value in values))
        results = [jnp.broadcast_to(jnp.asarray(result, dtype), shape) for result in generated(*values)]
        return jnp.stack(results, axis=-1) if several else results[0]

    written = "\n".join([*map(sympy.srepr, prepared), *map(sympy.srepr, renamed), dtype, str(several)])
    return CompiledExpression(
        expression=members if several else members[0],
        arguments=tuple(arguments),
        dtype=dtype,
        source=inspect.getsource(generated),
        digest=hashlib.sha256(written.encode()).hexdigest(),
        _evaluate=jax.jit(evaluate),
    )


def _as_scalar(member: object) -> sympy.Expr:
    try:
        scalar = sympy.sympify(member, strict=True)
    except sympy.SympifyError:
        scalar = member
    if not isinstance(scalar, sympy.Expr) or isinstance(scalar, sympy.MatrixExpr):
        raise CompileError(describe_refusal(scalar))
    return scalar


def _refuse_arguments(arguments: Sequence[sympy.Basic]) -> None:
    for argument in arguments:
        if not isinstance(argument, sympy.Symbol):
            raise CompileError(f"the argument {argument} is no symbol ({type(argument).__name__})")
    if len(set(arguments)) != len(arguments):
        raise CompileError(f"an argument is repeated in {tuple(arguments)}")


def _refuse_expression(
    expression: sympy.Expr, arguments: Sequence[sympy.Symbol], given: Mapping[UndefinedFunction, str]
) -> None:
    # Refused here rather than in the printer, which sees the renamed arguments: the message keeps the caller's names.
    for node in sympy.preorder_traversal(expression):
        refused = isinstance(node, sympy.Function) and not has_counterpart(node, given)
        if refused or is_unevaluated(node) or is_too_big(node):
            raise CompileError(describe_refusal(node))
        if node in (sympy.nan, sympy.zoo, sympy.oo, -sympy.oo):
            raise CompileError(f"{node} in {expression} is not a finite real number")
    unbound = expression.free_symbols - set(arguments)
    if unbound:
        names = ", ".join(sorted(map(str, unbound)))
        raise CompileError(f"unbound: {names} (a symbol with other assumptions is another symbol)")


_Given: TypeAlias = dict[UndefinedFunction, list[tuple[UndefinedFunction, str]]]


def _name_functions(
    functions: Mapping[type[sympy.Basic], JaxFunction | Sequence[JaxFunction]],
) -> tuple[_Given, dict[str, JaxFunction]]:
    """Name each function and its derivatives: a symbol to stand for each in the expression, and its implementation."""
    given: _Given = {}
    implementations: dict[str, JaxFunction] = {}
    for position, (function, supplied) in enumerate(functions.items()):
        if not isinstance(function, UndefinedFunction):
            raise CompileError(f"{function} is not an undefined function; only those can be given")
        given[function] = []
        for order, implementation in enumerate(supplied if isinstance(supplied, Sequence) else (supplied,)):
            name = f"given{position}_{order}"
            given[function].append((function if order == 0 else sympy.Function(name), name))
            implementations[name] = implementation
    return given, implementations


def _name_derivatives(expression: sympy.Expr, given: _Given) -> sympy.Expr:
    """Replace each derivative of a given function by the symbol that stands for it."""

    def is_known(node: sympy.Basic) -> bool:
        return isinstance(node, sympy.Derivative) and isinstance(node.expr, AppliedUndef) and node.expr.func in given

    def name(node: sympy.Derivative) -> sympy.Expr:
        function, variables = node.expr.func, set(node.variables)
        if variables != set(node.expr.args):
            raise CompileError(f"{node} is not the derivative of a function of one argument by that argument")
        order = len(node.variables)
        if order >= len(given[function]):
            raise CompileError(f"derivative {order} of {function} is needed; give (f, f', ...) in `functions`")
        return given[function][order][0](*node.expr.args)

    named = expression.replace(is_known, name)
    return named.replace(lambda node: isinstance(node, sympy.Subs), lambda node: node.doit())


def _unroll(expression: sympy.Expr) -> sympy.Expr:
    """Write out finite sums and products over integers."""
    if not expression.has(sympy.Sum, sympy.Product):
        return expression
    if not isinstance(expression, sympy.Sum | sympy.Product):
        return expression.func(*(_unroll(argument) for argument in expression.args))
    *inner, (index, first, last) = expression.limits
    if not (first.is_Integer and last.is_Integer):
        raise CompileError(f"{expression} does not run between two integers")
    if last - first >= MAX_TERMS:
        raise CompileError(f"{expression} has more than {MAX_TERMS} terms")
    body = expression.func(expression.function, *inner) if inner else expression.function
    terms = [_unroll(body.xreplace({index: sympy.Integer(k)})) for k in range(int(first), int(last) + 1)]
    return sympy.Add(*terms) if isinstance(expression, sympy.Sum) else sympy.Mul(*terms)
