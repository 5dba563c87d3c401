"""Search for a proof of a goal: solve equations, shift bounds, read the normal form, split cases, differentiate.

**Notation:** a proof is JSON as described in `certificate.py`. Every step is taken through `goals.py`, which checks it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import final

import sympy as sp
from sympy.core.function import AppliedUndef

from ..verdict import Json
from .axioms import UnprovedError
from .balls import Undefined
from .canonical_text import write_exactly
from .gaussian import Unsupported
from .goals import Fact, Goal, along, circle, parts, plain_sign, shift, slope, solve, split
from .normal_form import read_normal_form
from .reading import SplitNeededError
from .sign_sets import ZERO

MOST_SPLITS = 6
MOST_DERIVATIVES = 3
MOST_LEAVES = 80
TRANSCENDENTAL = (
    sp.atan, sp.asin, sp.acos, sp.acot, sp.asinh, sp.acosh, sp.atanh, sp.log, sp.erf, sp.erfc, sp.erfi,
)  # fmt: skip
BASES = (sp.S.Zero, sp.S.One, sp.S.NegativeOne, sp.Rational(1, 2), sp.Rational(-1, 2))


@final
@dataclass(slots=True)
class Search:
    """One search: the leaves read so far and the reasons met for not deciding."""

    leaves: int = 0
    reasons: list[str] = field(default_factory=list)

    def find(self, goal: Goal, splits: int = MOST_SPLITS, derivatives: int = MOST_DERIVATIVES) -> Json | None:
        """Return a proof of the goal, or None."""
        for step in (_solve_step, _parts_step, _shift_step):
            taken = step(goal)
            if taken is not None:
                written, next_goal = taken
                then = self.find(next_goal, splits, derivatives)
                return None if then is None else {**written, "then": then}
        return self._leaf(goal, splits, derivatives)

    def _leaf(self, goal: Goal, splits: int, derivatives: int) -> Json | None:
        self.leaves += 1
        if self.leaves > MOST_LEAVES:
            self.reasons.append("too many cases")
            return None
        try:
            reading = read_normal_form(goal)
        except SplitNeededError as needed:
            return self._split(goal, needed, splits, derivatives)
        except Unsupported as error:
            self.reasons.append(str(error))
        else:
            if reading.proof is not None:
                return reading.proof
            self.reasons.append(reading.summary)
        if goal.sign == ZERO and not goal.symbols and goal.expression.has(sp.atan, sp.asin, sp.acos):
            return self._circle(goal)
        if goal.sign == ZERO and derivatives > 0 and goal.expression.has(*TRANSCENDENTAL):
            return self._along(goal, splits, derivatives - 1)
        return None

    @staticmethod
    def _circle(goal: Goal) -> Json | None:
        try:
            reading = read_normal_form(circle(goal))
        except (UnprovedError, Undefined, Unsupported, SplitNeededError):
            return None
        return None if reading.proof is None else {"rule": "circle", "then": reading.proof}

    def _split(self, goal: Goal, needed: SplitNeededError, splits: int, derivatives: int) -> Json | None:
        if splits == 0:
            self.reasons.append(f"more cases than {MOST_SPLITS} deep")
            return None
        real_goal, goals = split(goal, needed.kind, needed.expression)
        if any(fact == other for fact in goal.facts for case in goals for other in case.facts[-1:]):
            self.reasons.append(f"the case {needed.expression} comes back")
            return None
        real = self._leaf(real_goal, 0, 0)
        cases = []
        for case in goals:
            proof = None if real is None else self.find(case, splits - 1, derivatives)
            if proof is None:
                return None
            cases.append(proof)
        expression = write_exactly(needed.expression)
        return {"rule": "split", "kind": needed.kind, "expression": expression, "real": real, "cases": cases}

    def _along(self, goal: Goal, splits: int, derivatives: int) -> Json | None:
        for symbol in goal.symbols:
            if symbol not in goal.expression.free_symbols:
                continue
            for base in BASES:
                proof = self._along_one(goal, symbol, base, splits, derivatives)
                if proof is not None:
                    return proof
        return None

    def _along_one(
        self, goal: Goal, symbol: sp.Symbol, base: sp.Rational, splits: int, derivatives: int
    ) -> Json | None:
        try:
            obligations, slope_goal, start = along(goal, symbol, base)
        except (Unsupported, UnprovedError):
            return None
        if start.expression.has(sp.nan, sp.zoo, sp.oo, -sp.oo):
            return None
        smooth = []
        for obligation in obligations:
            proof = self.find(obligation, 0, 0)
            if proof is None:
                return None
            smooth.append(proof)
        derivative = self.find(slope_goal, splits, 0)
        then = None if derivative is None else self.find(start, splits, derivatives)
        if then is None:
            return None
        return {
            "rule": "along",
            "symbol": write_exactly(symbol),
            "base": write_exactly(base),
            "smooth": smooth,
            "derivative": derivative,
            "then": then,
        }


Step = Callable[[Goal], tuple[dict[str, Json], Goal] | None]


def _solve_step(goal: Goal) -> tuple[dict[str, Json], Goal] | None:
    """Solve the first equation that is linear in a symbol or jet with a plainly nonzero coefficient."""
    for place, fact in enumerate(goal.facts):
        if fact.relation != "=":
            continue
        jets = sorted(fact.expression.atoms(AppliedUndef), key=lambda j: (-len(j.func.__name__), write_exactly(j)))
        symbols = sorted(fact.expression.free_symbols, key=lambda s: (_is_signed(s), write_exactly(s)))
        for node in [*jets, *symbols]:
            try:
                return {"rule": "solve", "fact": place, "node": write_exactly(node)}, solve(goal, fact, node)
            except UnprovedError:
                continue
    return None


def _is_signed(symbol: sp.Symbol) -> bool:
    return symbol.is_nonnegative is not None or symbol.is_nonpositive is not None


def _parts_step(goal: Goal) -> tuple[dict[str, Json], Goal] | None:
    """Write a complex symbol below a conjugate, a part or a modulus as x + i y."""
    nodes = goal.expression.atoms(sp.Abs, sp.conjugate, sp.re, sp.im)
    below = set().union(*(node.free_symbols for node in nodes)) if nodes else set()
    taken = {symbol.name for symbol in goal.symbols}
    for symbol in goal.symbols:
        if symbol not in below or symbol.assumptions0 != sp.Symbol(symbol.name).assumptions0:
            continue
        names = [_fresh(f"{symbol.name}_re", taken), _fresh(f"{symbol.name}_im", taken)]
        try:
            next_goal = parts(goal, symbol, (names[0], names[1]))
        except UnprovedError:
            continue
        return {"rule": "parts", "symbol": write_exactly(symbol), "names": names}, next_goal
    return None


def _shift_step(goal: Goal) -> tuple[dict[str, Json], Goal] | None:
    """Turn the first bound on a symbol into a positive or nonnegative new symbol."""
    taken = {symbol.name for symbol in goal.symbols}
    for place, fact in enumerate(goal.facts):
        if fact.relation not in (">", ">=") or fact.expression.atoms(AppliedUndef):
            continue
        for symbol in sorted(fact.expression.free_symbols, key=write_exactly):
            style = _style(goal, fact, symbol)
            if style is None:
                continue
            name = _fresh(f"{symbol.name}_", taken)
            written = {"rule": "shift", "fact": place, "symbol": write_exactly(symbol), "style": style, "name": name}
            try:
                return written, shift(goal, fact, symbol, style, name)[0]
            except UnprovedError:
                continue
    return None


def _style(goal: Goal, fact: Fact, symbol: sp.Symbol) -> str | None:
    """Choose how a fact bounds a symbol, so that no sign that was assumed gets lost; None where it would."""
    try:
        c, r = slope(fact.expression, symbol)
    except UnprovedError:
        return None
    sign = plain_sign(c)
    bound = -r / c
    if symbol.is_positive and sign < 0 and symbol.is_integer is None:
        return "ratio"
    if not isinstance(c, sp.Rational):
        return None
    if sign > 0 and (symbol.is_nonnegative is None or bound.is_nonnegative):
        return "offset"
    if sign < 0 and symbol.is_nonnegative is None and symbol.is_nonpositive is None:
        return "offset"
    if sign < 0 and symbol.is_nonpositive and bound.is_nonpositive:
        return "offset"
    return None


def _fresh(stem: str, taken: set[str]) -> str:
    name, number = stem, 1
    while name in taken:
        number += 1
        name = f"{stem}{number}"
    return name
