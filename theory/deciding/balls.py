"""Enclose the value of a SymPy expression at a point in a ball: a walk over the tree in Arb arithmetic.

The walk never prints the expression to code, so that 1/3 stays a rational number. Unknown functions are instantiated
inside the walk, where their arguments are values already: SymPy never sees the composition and cannot rewrite it.
Sums with integer limits are unrolled. A branch (`Piecewise`, `sign`, a cut) is taken only where the value of its
condition is certain.

**Notation:** a point maps symbols, or whole nodes such as f(x) in jet space, to constant SymPy expressions; functions
map the class of an undefined function to a `Lambda`.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import TypeAlias, final

import sympy as sp
from flint import acb, ctx, fmpq
from sympy.core.function import AppliedUndef, UndefinedFunction
from sympy.core.relational import Relational
from sympy.logic.boolalg import Boolean

from .gaussian import (
    ONE,
    ZERO,
    Indeterminate,
    Undefined,
    Unsupported,
    Value,
    add,
    as_ball,
    exact,
    excludes_zero,
    finite,
    integer_of,
    is_exact_zero,
    multiply,
    negate,
    power,
    sign_of,
)
from .principal_values import PRINCIPAL_VALUES

__all__ = [
    "Functions",
    "Indeterminate",
    "Point",
    "Undefined",
    "Unsupported",
    "ball",
    "enclose_over",
    "evaluate",
    "holds",
]

Point: TypeAlias = Mapping[sp.Expr, sp.Expr]
Functions: TypeAlias = Mapping[UndefinedFunction, sp.Lambda]

LONGEST_SUM = 10_000
"""Sums and products with more terms are not unrolled."""

KINKED = (sp.Abs, sp.sign, sp.Max, sp.Min, sp.Heaviside, sp.Piecewise, sp.floor, sp.ceiling, sp.Mod, sp.arg)
"""Nodes that are differentiable only away from the points where they switch."""

CONSTANTS: dict[sp.Basic, str] = {
    sp.pi: "pi",
    sp.E: "const_e",
    sp.EulerGamma: "const_euler",
    sp.Catalan: "const_catalan",
}


def ball(expression: sp.Expr, point: Point, functions: Functions | None = None, *, precision: int) -> acb:
    """Enclose the value of `expression` at `point` in a complex ball.

    **Arguments:** `functions` gives the instance of every unknown function; `precision` is the working precision in
    bits, at least 2.

    **Raises:** `Undefined` off the domain, its subclass `Indeterminate` where more bits may help, and `Unsupported`
    for a node that has no evaluation here.
    """
    with ctx.workprec(precision):
        return finite(as_ball(_Walk(point, functions or {}).value(expression)))


def enclose_over(expression: sp.Expr, box: Mapping[sp.Symbol, acb], *, precision: int) -> acb:
    """Enclose all values of `expression` over a box: each symbol runs through its ball.

    **Raises:** as `ball`.
    """
    with ctx.workprec(precision):
        return finite(as_ball(_Walk({}, {}).inside(box).value(expression)))


def evaluate(expression: sp.Expr, point: Point, functions: Functions | None = None, *, precision: int) -> Value:
    """Evaluate like `ball`, but keep a Gaussian rational where every operation on the way was exact."""
    with ctx.workprec(precision):
        return _Walk(point, functions or {}).value(expression)


def holds(condition: Boolean, point: Point, functions: Functions | None = None, *, precision: int) -> bool:
    """Say whether `condition` holds at `point`; raise `Indeterminate` where the balls leave it open."""
    with ctx.workprec(precision):
        return _Walk(point, functions or {}).truth(condition)


@final
class _Walk:
    """One evaluation: the point's values, the instances, and the values of the nodes seen so far."""

    def __init__(self, point: Point, functions: Functions) -> None:
        self.functions = functions
        self.values: dict[sp.Basic, Value] = {}
        definitions = {sp.sympify(node): sp.sympify(constant) for node, constant in point.items()}
        # A value in jet space may name other nodes of the point, so the constants come first.
        for node in sorted(
            definitions, key=lambda node: (definitions[node].has(AppliedUndef), sp.default_sort_key(node))
        ):
            self.values[node] = self.value(definitions[node])

    def inside(self, values: Mapping[sp.Basic, Value]) -> "_Walk":
        """Open a scope in which only `values` are known."""
        scope = _Walk({}, self.functions)
        scope.values = dict(values)
        return scope

    def value(self, node: sp.Basic) -> Value:
        known = self.values.get(node)
        if known is None:
            known = self.values[node] = self.compute(node)
        return known

    def compute(self, node: sp.Basic) -> Value:
        if node.is_Rational:
            return exact(fmpq(int(node.p), int(node.q)))
        if node is sp.I:
            return exact(0, 1)
        if isinstance(node, sp.Add | sp.Mul):
            values = [self.value(argument) for argument in node.args]
            combine, total = (add, ZERO) if isinstance(node, sp.Add) else (multiply, ONE)
            for each in values:
                total = combine(total, each)
            return total
        if isinstance(node, sp.Pow):
            return power(self.value(node.base), self.value(node.exp))
        rule = PRINCIPAL_VALUES.get(node.func)
        if rule is not None:
            return rule([self.value(argument) for argument in node.args])
        if isinstance(node, sp.Piecewise):
            return self.piecewise(node)
        if isinstance(node, AppliedUndef):
            return self.unknown_function(node)
        if isinstance(node, sp.Derivative):
            return self.derivative(node)
        if isinstance(node, sp.Subs):
            return self.substitution(node)
        if isinstance(node, sp.Sum | sp.Product):
            return self.unrolled(node)
        return self.constant(node)

    def constant(self, node: sp.Basic) -> Value:
        if node in CONSTANTS:
            return acb(getattr(acb(0).real, CONSTANTS[node])())
        if node is sp.GoldenRatio:
            return (1 + acb(5).sqrt()) / 2
        if node in (sp.oo, -sp.oo, sp.zoo, sp.nan):
            raise Undefined(f"{node} is not a number")
        if node.is_Symbol:
            raise Unsupported(f"no value for the symbol {node}")
        if node.is_Float:
            raise Unsupported(f"the floating-point number {node} is not exact")
        raise Unsupported(f"no ball evaluation for {node.func.__name__}")

    def piecewise(self, node: sp.Piecewise) -> Value:
        for value, condition in node.args:
            if self.truth(condition):
                return self.value(value)
        raise Undefined("no case of a Piecewise applies")

    def truth(self, condition: sp.Basic) -> bool:
        """Decide a condition: relations, and their combinations by And, Or and Not."""
        if condition in (sp.true, sp.false):
            return bool(condition)
        if isinstance(condition, sp.Not):
            return not self.truth(condition.args[0])
        if isinstance(condition, sp.And | sp.Or):
            return self.junction(condition)
        if isinstance(condition, Relational):
            return self.relation(condition)
        raise Unsupported(f"no decision for the condition {condition.func.__name__}")

    def junction(self, condition: sp.And | sp.Or) -> bool:
        """Decide And and Or; one argument may settle them although another is open."""
        settles = isinstance(condition, sp.Or)
        open_question: Undefined | None = None
        for argument in sorted(condition.args, key=sp.default_sort_key):
            try:
                if self.truth(argument) is settles:
                    return settles
            except Undefined as error:
                open_question = error
        if open_question is not None:
            raise open_question
        return not settles

    def relation(self, relation: Relational) -> bool:
        difference = add(self.value(relation.lhs), negate(self.value(relation.rhs)))
        if isinstance(relation, sp.Eq | sp.Ne):
            if excludes_zero(difference):
                return isinstance(relation, sp.Ne)
            if is_exact_zero(difference):
                return isinstance(relation, sp.Eq)
            raise Indeterminate("equality is not determined at this precision")
        sign = sign_of(difference)
        if isinstance(relation, sp.StrictGreaterThan):
            return sign > 0
        if isinstance(relation, sp.GreaterThan):
            return sign >= 0
        if isinstance(relation, sp.StrictLessThan):
            return sign < 0
        return sign <= 0

    def unknown_function(self, node: AppliedUndef) -> Value:
        instance = self.functions.get(node.func)
        if instance is None:
            raise Unsupported(f"no instance of the unknown function {node.func.__name__}")
        arguments = [self.value(argument) for argument in node.args]
        return self.inside(dict(zip(instance.variables, arguments, strict=True))).value(instance.expr)

    def derivative(self, node: sp.Derivative) -> Value:
        original, derived = _differentiated(node, _table(self.functions, node))
        if original.has(*KINKED):
            self.reject_kinks(original)
        return self.value(derived)

    def reject_kinks(self, node: sp.Basic) -> None:
        """Raise where a node below is at a point where it is not differentiable."""
        for inner in sorted(node.atoms(*KINKED), key=sp.default_sort_key):
            for switch in switches_of(inner):
                if not excludes_zero(self.value(switch)):
                    raise Indeterminate("derivative of a function at its kink")

    def substitution(self, node: sp.Subs) -> Value:
        values = {variable: self.value(constant) for variable, constant in zip(node.variables, node.point, strict=True)}
        outer = {symbol: self.value(symbol) for symbol in node.free_symbols if symbol not in values}
        return self.inside(outer | values).value(node.expr)

    def unrolled(self, node: sp.Sum | sp.Product) -> Value:
        index, low, high = node.limits[-1]
        first, last = integer_of(self.value(low)), integer_of(self.value(high))
        if first is None or last is None or last - first >= LONGEST_SUM:
            raise Unsupported("a sum or product whose limits are not near-by integers")
        if last < first - 1:
            raise Undefined("a sum or product over a reversed range is a matter of convention")
        inner = node.func(node.function, *node.limits[:-1]) if len(node.limits) > 1 else node.function
        outer = {s: self.value(s) for s in sorted(inner.free_symbols - {index}, key=sp.default_sort_key)}
        combine, total = (add, ZERO) if isinstance(node, sp.Sum) else (multiply, ONE)
        for step in range(first, last + 1):
            total = combine(total, self.inside(outer | {index: exact(step)}).value(inner))
        return total


def switches_of(node: sp.Basic) -> list[sp.Expr]:
    """List the expressions at whose zeros a kinked node switches."""
    if isinstance(node, sp.Max | sp.Min):
        arguments = sorted(node.args, key=sp.default_sort_key)
        return [a - b for i, a in enumerate(arguments) for b in arguments[:i]]
    if isinstance(node, sp.Piecewise):
        relations = {r for _, condition in node.args for r in condition.atoms(Relational)}
        return [r.lhs - r.rhs for r in sorted(relations, key=sp.default_sort_key)]
    if isinstance(node, sp.floor | sp.ceiling):
        return [sp.sin(sp.pi * node.args[0])]
    if isinstance(node, sp.Mod):
        return [sp.sin(sp.pi * node.args[0] / node.args[1])]
    if isinstance(node, sp.arg):
        return [sp.im(node.args[0])]
    return [node.args[0]]


def _table(functions: Functions, node: sp.Basic) -> tuple[tuple[UndefinedFunction, sp.Lambda], ...]:
    """Return the instances of the functions in `node` alone, so that its derivatives are found in the cache."""
    occurring = {applied.func for applied in node.atoms(AppliedUndef)}
    return tuple(sorted((item for item in functions.items() if item[0] in occurring), key=lambda item: str(item[0])))


@lru_cache(maxsize=4096)
def _differentiated(
    node: sp.Derivative, functions: tuple[tuple[UndefinedFunction, sp.Lambda], ...]
) -> tuple[sp.Expr, sp.Expr]:
    """Return the instantiated function and its derivative, both in the node's own variables."""
    table = dict(functions)
    expression = node.expr
    stand_ins: dict[sp.Expr, sp.Dummy] = {}
    variables = []
    for variable, count in node.variable_count:
        if variable.is_Symbol:
            variables.append((variable, count))
            continue
        stand_in = stand_ins.setdefault(variable, sp.Dummy("slot"))
        expression = expression.xreplace({variable: stand_in})
        if any(inner.has(stand_in) for inner in expression.atoms(sp.Derivative)):
            raise Unsupported("derivative with respect to a function whose derivatives occur as well")
        variables.append((stand_in, count))
    original = instantiate(expression, table)
    derived = original
    for variable, count in variables:
        if not count.is_Integer:
            raise Unsupported("derivative of symbolic order")
        derived = derived.diff((variable, int(count)))
    if derived.has(sp.Derivative, sp.Subs):
        raise Unsupported("derivative that has no closed form")
    back = {stand_in: instantiate(variable, table) for variable, stand_in in stand_ins.items()}
    return original.xreplace(back), derived.xreplace(back)


def instantiate(node: sp.Basic, functions: Functions) -> sp.Expr:
    """Replace unknown functions by their instances, and carry out the derivatives and substitutions around them."""
    if not node.has(AppliedUndef, sp.Derivative, sp.Subs):
        return node
    if isinstance(node, sp.Derivative):
        original, derived = _differentiated(node, _table(functions, node))
        if original.has(*KINKED):
            raise Unsupported("derivative of a function with kinks inside another derivative")
        return derived
    if isinstance(node, sp.Subs):
        inner = instantiate(node.expr, functions)
        images = [instantiate(constant, functions) for constant in node.point]
        return inner.xreplace(dict(zip(node.variables, images, strict=True)))
    arguments = [instantiate(argument, functions) for argument in node.args]
    if isinstance(node, AppliedUndef):
        instance = functions.get(node.func)
        if instance is None:
            raise Unsupported(f"no instance of the unknown function {node.func.__name__}")
        return instance.expr.xreplace(dict(zip(instance.variables, arguments, strict=True)))
    return node.func(*arguments)
