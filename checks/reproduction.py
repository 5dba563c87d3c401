"""A claim of a finished run as a short script that needs SymPy alone.

Of a proof, the script evaluates every expression that was decided - to be zero, or of one sign - at exact points that
satisfy its hypotheses; that this holds at all points is what the certificate is for, and `replay` checks. Certified
points of a flow are followed again (`flow_reproduction`). Of a witness whose `data` holds an `expression` (and
`hypotheses`) as canonical text, it evaluates what has to vanish, at the witness's point, where it does not. Nothing but
the results file is read.
"""

import keyword
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Any, final

from ..theory.verdict import Json
from .flow_reproduction import DEFINITIONS, write_flows

if TYPE_CHECKING:
    import sympy as sp

    from ..theory.deciding.sampling import Sample

POINTS = 3
DRAWN = 12
SEED = 2026
DECIDED = ("identity", "sign")
"""Kinds of certificates that state an expression, its goal and its hypotheses."""

PROVED = f"What the proof decided, at {POINTS} points each. The exit code is 0 where every value is as it has to be."
REFUTED = "What has to vanish, at the point of the witness, where it does not. The exit code is 0 where that is so."
FOLLOWED = "Where the flow carries the certified points, again. The exit code is 0 where each arrives as it has to."

SCRIPT = '''\
"""{title}

{remark}
"""

from sympy import *
from sympy.core.function import AppliedUndef, UndefinedFunction

TINY = Float("1e-30")
MEETS = {{
    "=0": lambda value: abs(value) < TINY,
    "!=0": lambda value: abs(value) > TINY,
    ">0": lambda value: re(value) > 0,
    ">=0": lambda value: re(value) > -TINY,
    "<0": lambda value: re(value) < 0,
    "<=0": lambda value: re(value) < TINY,
}}
failed = 0


def check(name, expression, goal, *points):
    """Evaluate to 40 digits at points that give values of symbols and of calls, and instances of functions."""
    global failed
    for point in points:
        point = {{key: sympify(value) for key, value in point.items()}}
        instances = {{key: value for key, value in point.items() if isinstance(key, UndefinedFunction)}}
        calls = {{key: value for key, value in point.items() if isinstance(key, AppliedUndef)}}
        symbols = {{key: value for key, value in point.items() if isinstance(key, Symbol)}}
        value = sympify(expression).xreplace(calls).replace(
            lambda node: isinstance(node, AppliedUndef) and node.func in instances,
            lambda node: instances[node.func](*node.args),
        )
        value = N(value.xreplace(symbols), 40)
        met = value.is_finite is True and bool(MEETS[goal](value))
        failed += not met
        print("ok  " if met else "FAIL", f"{{name}}: {{N(value, 6)}} {{goal}}")


{checks}
raise SystemExit(1 if failed else 0)
'''


class IrreproducibleError(ValueError):
    """Evidence that no stand-alone script can show; the message says why."""


@final
@dataclass(frozen=True, slots=True)
class _Statement:
    """An expression and its hypotheses as canonical text, its goal, and the point of a witness where there is one."""

    name: str
    expression: str
    goal: str
    hypotheses: tuple[str, ...]
    point: tuple[tuple[str, str], ...] = ()


def write_script(claim: Mapping[str, Json]) -> str:
    """Return the script for one entry of `claims` in a results file.

    **Raises:** `IrreproducibleError` where nothing in the evidence is an expression that was decided.
    """
    statements = dict.fromkeys(s for evidence in claim["evidence"] for s in _statements(evidence))
    flows = [lines for evidence in claim["evidence"] if (lines := write_flows(evidence))]
    if not statements and not flows:
        kinds = ", ".join(sorted({evidence["kind"] for evidence in claim["evidence"]}))
        raise IrreproducibleError(f"{claim['id']} rests on no expression that was decided ({kinds})")
    title = f"{claim['id']}: {claim['verdict']}. {claim['title']}".replace("\\", "\\\\").replace('"""', "'''")
    remark = (REFUTED if claim["verdict"] == "refuted" else PROVED) if statements else FOLLOWED
    parts = [*map(_write_statement, statements), *([DEFINITIONS, ""] if flows else []), *flows]
    return SCRIPT.format(title=title, remark=remark, checks="\n".join(parts))


def _statements(evidence: Mapping[str, Json]) -> Iterator[_Statement]:
    """Yield what a piece of evidence decided."""
    witness = evidence["witness"]
    if witness is not None and "expression" in witness["data"]:
        data = witness["data"]
        name, point = f"{evidence['check']}, at the witness", tuple(sorted(witness["point"].items()))
        yield _Statement(name, data["expression"], "!=0", tuple(data.get("hypotheses", ())), point)
    yield from _decided(evidence["check"], evidence["certificate"])


def _decided(name: str, value: Json) -> Iterator[_Statement]:
    """Yield every decided statement inside a certificate, however deep."""
    if isinstance(value, list):
        for item in value:
            yield from _decided(name, item)
    elif isinstance(value, dict):
        payload = value.get("payload")
        if value.get("kind") in DECIDED and isinstance(payload, dict) and "claim" in payload:
            yield _Statement(name, payload["claim"], payload["goal"], tuple(payload["hypotheses"]))
        else:
            for item in value.values():
                yield from _decided(name, item)


def _write_statement(statement: _Statement) -> str:
    """Return the lines that define a statement's symbols and functions and check it.

    **Raises:** `IrreproducibleError` where its text is not an expression of ours.
    """
    from ..theory.deciding.canonical_text import read_exactly

    try:
        expression = read_exactly(statement.expression)
        hypotheses = [read_exactly(text) for text in statement.hypotheses]
    except ValueError as error:
        raise IrreproducibleError(f"{statement.name}: {error}") from error
    points = [_point(expression, sample) for sample in _samples(statement, expression, hypotheses)]
    trees = [expression, *hypotheses, *(tree for point in points for pair in point.items() for tree in pair)]
    names = _Names(trees)
    under = [f"# under {names.write(hypothesis)}" for hypothesis in hypotheses]
    tables = [
        f"    {{{', '.join(f'{names.write(k)}: {names.write(v)}' for k, v in point.items())}}}," for point in points
    ]
    call = f"check({statement.name!r}, {names.write(expression)}, {statement.goal!r},"
    return "\n".join([*under, *names.definitions(), call, *tables, ")", ""])


def _samples(statement: _Statement, expression: Any, hypotheses: list[Any]) -> "list[Sample]":
    from ..theory.deciding.refute import read_sample
    from ..theory.deciding.replay import is_defined, with_derivatives
    from ..theory.deciding.sampling import admissible_points

    original, conditions = with_derivatives(expression, hypotheses)
    if statement.point:
        return [read_sample(original, conditions, dict(statement.point))]
    drawn = admissible_points(original, conditions, count=DRAWN, seed=SEED)
    return list(islice((sample for sample in drawn if is_defined(original, sample)), POINTS))


def _point(expression: Any, sample: "Sample") -> "dict[Any, sp.Basic]":
    """Return a sample as a table: values of jets and symbols, and an instance for each jet of an unknown function."""
    import sympy as sp
    from sympy.core.function import AppliedUndef

    from ..theory.deciding.jets import multi_index, to_jets

    table: dict[Any, sp.Basic] = {to_jets(node): to_jets(value) for node, value in sample.values.items()}
    instances = {function.__name__: instance for function, instance in sample.functions.items()}
    for function in sorted({node.func for node in expression.atoms(AppliedUndef)}, key=str):
        name, orders = multi_index(function)
        if name in instances:
            slots = [sp.Symbol(f"u{place}") for place in range(len(instances[name].variables))]
            body = instances[name](*slots)
            for slot, order in zip(slots, orders, strict=False):
                body = body.diff(slot, order)
            table[function] = sp.Lambda(tuple(slots), body)
    return table


@cache
def _taken() -> frozenset[str]:
    """Return the names that a script must not give to symbols: SymPy's own, Python's, and the script's."""
    import sympy as sp

    return frozenset(sp.__all__) | set(keyword.kwlist) | {"check", "failed", "TINY", "MEETS"}


@final
class _Names:
    """Python names for the symbols and unknown functions of some expressions."""

    def __init__(self, trees: Iterable[Any]) -> None:
        import sympy as sp
        from sympy.core.function import AppliedUndef, UndefinedFunction

        symbols: set[Any] = set()
        functions: set[Any] = set()
        for tree in trees:
            if isinstance(tree, UndefinedFunction):
                functions.add(tree)
            else:
                symbols |= tree.atoms(sp.Symbol)
                functions |= {node.func for node in tree.atoms(AppliedUndef)}
        self._symbols: dict[Any, Any] = {}
        self._functions: dict[Any, Any] = {}
        self._used: set[str] = set()
        for symbol in sorted(symbols, key=lambda s: (s.name, sp.srepr(s))):
            self._symbols[symbol] = sp.Symbol(self._fresh(symbol.name), **symbol._assumptions_orig)
        for function in sorted(functions, key=str):
            self._functions[function] = UndefinedFunction(self._fresh(function.__name__), **function._kwargs)

    def _fresh(self, name: str) -> str:
        plain = re.sub(r"\W+", "_", name, flags=re.ASCII).strip("_") or "s"
        plain = f"s_{plain}" if not plain.isidentifier() else plain
        while plain in _taken() or plain in self._used:
            plain += "_"
        self._used.add(plain)
        return plain

    def definitions(self) -> list[str]:
        """Return one line of Python for each symbol and function."""
        from ..theory.deciding.canonical_text import write_exactly

        lines = [f"{new.name} = {write_exactly(old)}" for old, new in self._symbols.items()]
        return lines + [f"{new.__name__} = {self._define(old)}" for old, new in self._functions.items()]

    @staticmethod
    def _define(function: Any) -> str:
        assumptions = "".join(f", {key}={value}" for key, value in sorted(function._kwargs.items()))
        return f"Function({function.__name__!r}{assumptions})"

    def write(self, tree: Any) -> str:
        """Return an expression, a relation or a function as Python over these names."""
        if tree in self._functions:
            return str(self._functions[tree].__name__)
        renamed = tree.replace(
            lambda node: node.func in self._functions, lambda node: self._functions[node.func](*node.args)
        )
        return str(_printer().doprint(renamed.xreplace(self._symbols)))


@cache
def _printer() -> Any:
    """Return SymPy's printer of Python text, with quotients of integers as exact numbers."""
    from sympy.printing.str import StrPrinter

    class ExactPrinter(StrPrinter):
        def _print_Rational(self, expr: Any) -> str:
            return f"Rational({expr.p}, {expr.q})"

    return ExactPrinter()
