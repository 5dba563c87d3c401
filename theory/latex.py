"""Statements as LaTeX that GitHub, pandoc's Typst writer and MathML all print.

SymPy's printer with the traps removed: `\\operatorname` becomes `\\mathrm`, what cannot be printed is refused; a
statement wider than `WIDTH` is broken at its relation and at its top-level sums into lines of one `aligned` block.
"""

import re
from typing import Any

import sympy as sp
from sympy.printing.latex import LatexPrinter

from .coordinates import Coordinate, is_field
from .statement import Relation, Statement

WIDTH = 110
"""Widest line in printed characters."""

_SIGNS = {Relation.EQUAL: "=", Relation.AT_MOST: r"\le", Relation.BELOW: "<", Relation.TENDS: r"\to"}
_NOT_CONVERTED = re.compile(
    r"\\(tag|label|cfrac|over|textcolor|degree|def|bra|ket|rule|sideset|verb|mbox|phantom|otimes|bigotimes|color|!|&)"
    r"(?![A-Za-z])|\\left\\\||vmatrix|dcases|rcases|subarray"
)


class _Printer(LatexPrinter):
    """SymPy's printer with this project's conventions."""

    def __init__(self) -> None:
        super().__init__({"ln_notation": False, "inv_trig_style": "full", "mul_symbol": None, "fold_short_frac": False})

    def _print_Symbol(self, expr: Any, style: str = "plain") -> str:
        name, _, dots = expr.name.rpartition("_")
        if name and dots in ("dot", "ddot"):
            return f"{{{super()._print_Symbol(sp.Symbol(name))}{chr(39) * (len(dots) - 2)}}}"
        return str(super()._print_Symbol(expr, style=style))

    def _print_Function(self, expr: Any, exp: Any = None) -> str:
        if is_field(expr):
            name = str(self._print(sp.Symbol(expr.func.__name__)))
            return name if exp is None else f"{name}^{{{exp}}}"
        return str(super()._print_Function(expr, exp))

    def _print_Derivative(self, expr: Any) -> str:
        function = expr.expr
        if is_field(function):
            names = [v.name if isinstance(v, Coordinate) else self._print(v) for v in expr.variables]
            return "".join(rf"\partial_{{{name}}} " for name in names) + self._print(function)
        if isinstance(function, sp.core.function.AppliedUndef) and function.args == (expr.variables[0],):
            order = sum(count for _, count in expr.variable_count)
            if order <= 3:
                name = self._print(sp.Symbol(function.func.__name__))
                return rf"{name}{chr(39) * order}\left({self._print(function.args[0])}\right)"
        return super()._print_Derivative(expr)

    def _print_Subs(self, subs: Any) -> str:
        expr, old, new = subs.args
        inner = expr.expr if isinstance(expr, sp.Derivative) else None
        if isinstance(inner, sp.core.function.AppliedUndef) and inner.args == tuple(old) and len(old) == 1:
            order = sum(count for _, count in expr.variable_count)
            name = self._print(sp.Symbol(inner.func.__name__))
            return f"{name}{chr(39) * order}\\left({self._print(new[0])}\\right)"
        at = ", ".join(f"{self._print(symbol)} = {self._print(point)}" for symbol, point in zip(old, new, strict=True))
        return rf"\left[ {self._print(expr)} \right]_{{{at}}}"


def render_latex(expression: sp.Basic) -> str:
    """Print an expression, a relation or a condition as LaTeX.

    **Raises:** `ValueError` where the text holds a command that the report cannot print.
    """
    text = _Printer().doprint(expression).replace(r"\operatorname", r"\mathrm")
    if trap := _NOT_CONVERTED.search(text):
        raise ValueError(f"{trap.group()} cannot be printed, in {text}")
    return text


def printed_width(latex: str) -> int:
    """Estimate how many characters wide the LaTeX prints: a fraction is as wide as its wider part."""
    latex = re.sub(r"\\(left|right|mathrm|mathbb|text|big|Big|displaystyle)(?![A-Za-z])", "", latex)
    while True:
        fraction = re.search(r"\\[dt]?frac\{([^{}]*)\}\{([^{}]*)\}", latex)
        group = fraction or re.search(r"(?:[_^]|\\sqrt)?\{([^{}]*)\}", latex)
        if group is None:
            return len(re.sub(r"[\^_\s]", "", re.sub(r"\\[A-Za-z]+|\\.", "x", latex)))
        widest = max(group.groups(), key=printed_width) if fraction else group.group(1)
        latex = latex[: group.start()] + " " + widest + latex[group.end() :]


def _terms(side: sp.Expr) -> list[str]:
    """Return the top-level terms of a sum, each with its sign, in the order in which SymPy prints them."""
    if not isinstance(side, sp.Add):
        return [render_latex(side)]
    terms = [render_latex(term) for term in side.as_ordered_terms()]
    return [terms[0], *(f"- {t[1:].lstrip()}" if t.startswith("-") else f"+ {t}" for t in terms[1:])]


def _lines(side: sp.Expr, lead: str) -> list[str]:
    lines: list[str] = []
    current = lead
    for term in _terms(side):
        if current != lead and printed_width(f"{current} {term}") > WIDTH:
            lines.append(current)
            current = r"\quad"
        current = f"{current} {term}"
    return [*lines, current]


def render_statement(statement: Statement) -> str:
    """Print a statement without its hypotheses, broken into lines where it is wider than `WIDTH`."""
    sign = _SIGNS[statement.relation]
    tail = ""
    if statement.along:
        variable, point = statement.along
        tail = rf" \quad ({render_latex(variable)} \to {render_latex(point)})"
    whole = f"{render_latex(statement.left)} {sign} {render_latex(statement.right)}{tail}"
    if printed_width(whole) <= WIDTH:
        return whole
    lines = [*_lines(statement.left, "&"), *_lines(statement.right, f"& {sign}")]
    return r"\begin{aligned} " + r" \\ ".join(lines) + tail + r" \end{aligned}"


def render_hypotheses(statement: Statement) -> str:
    """Print a statement's hypotheses, separated by commas; empty where there are none."""
    return ", ".join(render_latex(h) for h in statement.hypotheses)
