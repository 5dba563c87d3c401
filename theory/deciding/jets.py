"""Give every derivative of an unknown function one spelling: a key of function, multi-index and arguments.

`f(u)`, `Derivative(f(x), x)`, `Subs(Derivative(f(y), y), y, u)` and `Derivative(f(g(x)), g(x))` are all values of one
jet. A derivative with respect to f(x) treats x and the derivatives of f as independent, as the calculus of variations
does. Here a jet is an applied undefined function whose name carries the multi-index: the first derivative of f in its
second slot is the function `f{0,1}`. After that no Derivative and no Subs is left, and substitution is plain
replacement of nodes.
"""

import re

import sympy as sp
from sympy.core.function import AppliedUndef, UndefinedFunction

from .gaussian import Unsupported

LONGEST_SUM = 500
"""Sums and products with more terms are not unrolled."""

_MARKED = re.compile(r"(.*)\{([0-9,]+)\}", re.DOTALL)


def to_jets(node: sp.Basic) -> sp.Basic:
    """Return the expression or relation with every derivative and substitution of unknown functions as a jet.

    **Raises:** `Unsupported` for a derivative that cannot be carried out.
    """
    if any("{" in f.func.__name__ for f in node.atoms(AppliedUndef)):
        raise Unsupported("a function whose name contains a brace")
    return _normalise(_unrolled(node))


def _unrolled(node: sp.Basic) -> sp.Basic:
    """Write sums and products over integer ranges term by term.

    **Raises:** `Unsupported` for other ranges, and for ranges that run backwards.
    """
    if not node.has(sp.Sum, sp.Product):
        return node
    if not isinstance(node, sp.Sum | sp.Product):
        return node.func(*(_unrolled(argument) for argument in node.args))
    body = _unrolled(node.function)
    for index, low, high in node.limits:
        if not (low.is_Integer and high.is_Integer and -1 <= high - low < LONGEST_SUM):
            raise Unsupported("a sum or product whose limits are not near-by integers")
        steps = range(int(low), int(high) + 1)
        terms = [body.xreplace({index: sp.Integer(step)}) for step in steps]
        body = sp.Add(*terms) if isinstance(node, sp.Sum) else sp.Mul(*terms)
    return body


def derive(node: sp.Expr, symbol: sp.Symbol) -> sp.Expr:
    """Differentiate an expression in jets, and return its derivative in jets."""
    return _differentiate(node, symbol)


def _normalise(node: sp.Basic) -> sp.Basic:
    if not node.has(sp.Derivative, sp.Subs):
        return node
    if isinstance(node, sp.Derivative):
        return _derivative(node)
    if isinstance(node, sp.Subs):
        inner = _normalise(node.expr)
        values = dict(zip(node.variables, (_normalise(p) for p in node.point), strict=True))
        return inner.xreplace(values)
    if isinstance(node, sp.Integral | sp.Sum | sp.Product):
        raise Unsupported("a derivative below a sum, product or integral")
    return node.func(*(_normalise(argument) for argument in node.args))


def _derivative(node: sp.Derivative) -> sp.Expr:
    result = _normalise(node.expr)
    for variable, count in node.variable_count:
        if not count.is_Integer:
            raise Unsupported("a derivative of symbolic order")
        for _ in range(int(count)):
            result = _once(result, variable)
    return result


def _once(expression: sp.Expr, variable: sp.Expr) -> sp.Expr:
    if variable.is_Symbol:
        return _differentiate(expression, variable)
    variable = _normalise(variable)
    if not isinstance(variable, AppliedUndef):
        raise Unsupported(f"a derivative with respect to {variable.func.__name__}")
    slot = sp.Symbol("slot{}", **{k: v for k, v in variable.assumptions0.items() if k in ("real", "positive") and v})
    opened = expression.xreplace({variable: slot})
    return _differentiate(opened, slot).xreplace({slot: variable})


def _differentiate(expression: sp.Basic, symbol: sp.Symbol) -> sp.Basic:
    """Differentiate by the chain rule over the tree; nodes other than jets are left to SymPy, argument by argument."""
    if symbol not in expression.free_symbols:
        return sp.S.Zero
    if isinstance(expression, AppliedUndef):
        terms = []
        for place, argument in enumerate(expression.args):
            inner = _differentiate(argument, symbol)
            if inner != 0:
                terms.append(raise_index(expression.func, place, len(expression.args))(*expression.args) * inner)
        return sp.Add(*terms)
    if not expression.has(AppliedUndef):
        derived = expression.diff(symbol)
        if derived.has(sp.Derivative, sp.Subs, sp.DiracDelta):
            raise Unsupported(f"no derivative of {expression.func.__name__}")
        return derived
    if isinstance(expression, sp.Piecewise | sp.Integral | sp.Sum | sp.Product):
        raise Unsupported(f"a derivative of {expression.func.__name__} around an unknown function")
    slots = [sp.Symbol(f"slot{{{place}}}") for place in range(len(expression.args))]
    if isinstance(expression, sp.Add):
        return sp.Add(*(_differentiate(argument, symbol) for argument in expression.args))
    if isinstance(expression, sp.Mul):
        return sp.Add(
            *(
                sp.Mul(*(_differentiate(a, symbol) if k == place else a for k, a in enumerate(expression.args)))
                for place in range(len(expression.args))
            )
        )
    shape = expression.func(*slots)
    back = dict(zip(slots, expression.args, strict=True))
    terms = []
    for slot, argument in back.items():
        inner = _differentiate(argument, symbol)
        if inner != 0:
            partial = shape.diff(slot)
            if partial.has(sp.Derivative, sp.Subs, sp.DiracDelta):
                raise Unsupported(f"no derivative of {expression.func.__name__}")
            terms.append(partial.xreplace(back) * inner)
    return sp.Add(*terms)


def multi_index(function: UndefinedFunction) -> tuple[str, tuple[int, ...]]:
    """Return the name of the function of which `function` is a jet, and the orders of differentiation."""
    match = _MARKED.fullmatch(function.__name__)
    if match is None:
        return function.__name__, ()
    return match[1], tuple(int(order) for order in match[2].split(","))


def raise_index(function: UndefinedFunction, place: int, arity: int) -> UndefinedFunction:
    """Return the jet of one order more in argument number `place`."""
    name, orders = multi_index(function)
    raised = list(orders or (0,) * arity)
    raised[place] += 1
    real = function(*(sp.Symbol("x") for _ in range(arity))).is_real
    return UndefinedFunction(f"{name}{{{','.join(map(str, raised))}}}", **({"real": True} if real else {}))


def from_jets(node: sp.Basic, functions: dict[str, UndefinedFunction]) -> sp.Basic:
    """Return the expression with jets written as derivatives of `functions` again, for evaluation at points."""
    table = {}
    for jet in sorted(node.atoms(AppliedUndef), key=lambda j: (j.count_ops(), sp.default_sort_key(j))):
        name, orders = multi_index(jet.func)
        if orders:
            if len(set(jet.args)) == len(jet.args) and all(argument.is_Symbol for argument in jet.args):
                counts = [(symbol, order) for symbol, order in zip(jet.args, orders, strict=True) if order]
                table[jet] = sp.Derivative(functions[name](*jet.args), *counts)
                continue
            slots = [sp.Symbol(f"slot{{{place}}}") for place in range(len(orders))]
            counts = [(slot, order) for slot, order in zip(slots, orders, strict=True) if order]
            table[jet] = sp.Subs(sp.Derivative(functions[name](*slots), *counts), tuple(slots), jet.args)
    return _replace(node, table)


def _replace(node: sp.Basic, table: dict[sp.Basic, sp.Expr]) -> sp.Basic:
    if node in table:
        subs = table[node]
        if isinstance(subs, sp.Derivative):
            return subs
        return sp.Subs(subs.expr, subs.variables, tuple(_replace(p, table) for p in subs.point))
    if not node.args or not node.has(AppliedUndef):
        return node
    return node.func(*(_replace(argument, table) for argument in node.args))
