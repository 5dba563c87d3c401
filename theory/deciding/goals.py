"""Goals, and the sound ways to exchange one for others: shift, solve, split, take a derivative.

A goal says that an expression in jets has a sign (zero included) wherever its facts hold and it is defined. A step
returns the goals that together imply it, and checks its own side conditions; it is applied alike when a proof is
searched and when a certificate is replayed.

**Notation:** a fact is (expression, relation to 0); relations are `>`, `>=`, `=`, `!=`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import Final, final

import sympy as sp
from sympy.core.function import AppliedUndef
from sympy.core.relational import Relational
from sympy.logic.boolalg import Boolean

from .axioms import require
from .balls import ball
from .gaussian import Unsupported
from .jets import derive
from .sign_sets import NEGATIVE, NONNEGATIVE, NONPOSITIVE, NONZERO, POSITIVE, ZERO

RELATION_SIGNS: Final = {">": POSITIVE, ">=": NONNEGATIVE, "=": ZERO, "!=": NONZERO}
GOAL_SIGNS: Final = {
    "=0": ZERO,
    "!=0": NONZERO,
    ">0": POSITIVE,
    ">=0": NONNEGATIVE,
    "<0": NEGATIVE,
    "<=0": NONPOSITIVE,
}
SPLITS: Final = {
    "order": (">=", "<"),
    "reverse": (">", "<="),
    "sign": (">", "=", "<"),
}
"""How the real line is covered; every split covers all of it, the point 0 included."""

CIRCLE_PRECISION: Final = 128

_SIGN_ASSUMPTIONS: Final = (
    ("positive", ">"),
    ("negative", "<"),
    ("nonnegative", ">="),
    ("nonpositive", "<="),
    ("nonzero", "!="),
)


@final
@dataclass(frozen=True, slots=True)
class Fact:
    """`expression relation 0`."""

    expression: sp.Expr
    relation: str

    @classmethod
    def of(cls, expression: sp.Expr, relation: str) -> "Fact":
        """Write `<` and `<=` as `>` and `>=` of the negative."""
        if relation.startswith("<"):
            return cls(-expression, relation.replace("<", ">"))
        return cls(expression, relation)

    def as_relation(self) -> Boolean:
        """Return the fact as SymPy writes it, unevaluated."""
        build = {">": sp.Gt, ">=": sp.Ge, "=": sp.Eq, "!=": sp.Ne}[self.relation]
        return build(self.expression, 0, evaluate=False)


@final
@dataclass(frozen=True, slots=True)
class Goal:
    """`expression` has one of the signs in `sign` wherever the facts hold and it is defined."""

    expression: sp.Expr
    facts: tuple[Fact, ...]
    sign: int

    @property
    def symbols(self) -> list[sp.Symbol]:
        """Free symbols of the expression and the facts, in a fixed order."""
        trees = [self.expression, *(fact.expression for fact in self.facts)]
        return sorted(set().union(*(tree.free_symbols for tree in trees)), key=sp.default_sort_key)

    def replaced(self, table: dict[sp.Expr, sp.Expr]) -> "Goal":
        """Replace nodes in the expression and the facts."""
        facts = tuple(Fact(fact.expression.xreplace(table), fact.relation) for fact in self.facts)
        return replace(self, expression=self.expression.xreplace(table), facts=facts)

    def without(self, fact: Fact) -> "Goal":
        """Drop one fact."""
        return replace(self, facts=tuple(other for other in self.facts if other != fact))

    def given(self, facts: Iterable[Fact]) -> "Goal":
        """Add facts."""
        return replace(self, facts=(*self.facts, *facts))


def facts_of(hypotheses: Sequence[Boolean]) -> tuple[Fact, ...]:
    """Read hypotheses in jets as facts.

    **Raises:** `Unsupported` for a hypothesis that is no relation, or is false.
    """
    facts: list[Fact] = []
    for hypothesis in hypotheses:
        if hypothesis is sp.true:
            continue
        if isinstance(hypothesis, sp.And):
            facts += facts_of(sorted(hypothesis.args, key=sp.default_sort_key))
        elif isinstance(hypothesis, Relational) and hypothesis.rel_op in ("<", "<=", ">", ">=", "==", "!="):
            relation = "=" if hypothesis.rel_op == "==" else hypothesis.rel_op
            facts.append(Fact.of(hypothesis.lhs - hypothesis.rhs, relation))
        else:
            raise Unsupported(f"the hypothesis {hypothesis}")
    return tuple(facts)


def slope(expression: sp.Expr, node: sp.Expr) -> tuple[sp.Expr, sp.Expr]:
    """Return c and r with expression = c node + r, both free of `node`; refuse an expression that is not so."""
    stand_in = sp.Symbol("linear{}")
    terms = sp.Add.make_args(expression.xreplace({node: stand_in}).expand())
    inside = [term for term in terms if term.has(stand_in)]
    c = sp.Add(*(term / stand_in for term in inside))
    r = sp.Add(*(term for term in terms if not term.has(stand_in)))
    require(not c.has(stand_in) and c != 0, "the expression is not linear in the node")
    return c, r


def is_plainly_nonzero(expression: sp.Expr) -> bool:
    """Say whether an expression is a product of nonzero rationals and of symbols or jets assumed nonzero."""
    if isinstance(expression, sp.Rational):
        return bool(expression != 0)
    if isinstance(expression, sp.Mul):
        return all(is_plainly_nonzero(factor) for factor in expression.args)
    if isinstance(expression, sp.Pow):
        return bool(expression.exp.is_Rational) and is_plainly_nonzero(expression.base)
    if expression in (sp.pi, sp.E, sp.I) or isinstance(expression, sp.exp):
        return True
    return isinstance(expression, sp.Symbol) and expression.is_zero is False


def plain_sign(expression: sp.Expr) -> int:
    """Return 1 or -1 for a product of rationals and symbols of assumed sign, 0 for anything else."""
    if isinstance(expression, sp.Rational):
        return int(sp.sign(expression))
    if isinstance(expression, sp.Mul):
        return prod(plain_sign(factor) for factor in expression.args)
    if isinstance(expression, sp.Pow) and expression.exp.is_Integer:
        return plain_sign(expression.base) ** (int(expression.exp) % 2 or 2)
    return 1 if expression.is_Symbol and expression.is_positive else 0


def shift(goal: Goal, fact: Fact, symbol: sp.Symbol, style: str, name: str) -> tuple[Goal, sp.Symbol]:
    """Use a fact c s + r > 0 (or >= 0) with c of plain sign to write s through a new positive (nonnegative) symbol d.

    Returns the new goal and d. `offset`: s = a + d or s = a - d at a = -r/c; `ratio`: s = a/(1 + d), for 0 < s < a.
    """
    require(fact in goal.facts and fact.relation in (">", ">="), "a shift needs a fact of the goal")
    require(all(name != other.name for other in goal.symbols), "the new symbol is not new")
    c, r = slope(fact.expression, symbol)
    sign = plain_sign(c)
    require(sign != 0, "a shift needs a slope of plain sign")
    bound = -r / c
    assumptions = {"positive": True} if fact.relation == ">" else {"nonnegative": True}
    lost = [Fact.of(symbol, relation) for wanted, relation in _SIGN_ASSUMPTIONS if getattr(symbol, f"is_{wanted}")][:1]
    if style == "ratio":
        require(sign < 0 and bool(symbol.is_positive), "0 < s < a is needed")
        new = sp.Symbol(name, **assumptions)
        image, extra = bound / (1 + new), [Fact(bound, ">")]
    else:
        require(style == "offset", "a style of shift")
        if symbol.is_integer and bound.is_integer:
            assumptions["integer"] = True
        new = sp.Symbol(name, **assumptions)
        image = bound + new if sign > 0 else bound - new
        extra = [each for each in lost if not _is_evident(symbol, image)]
        extra = [Fact(each.expression.xreplace({symbol: image}), each.relation) for each in extra]
    return goal.without(fact).replaced({symbol: image}).given(extra), new


def shift_coordinate(fact: Fact, symbol: sp.Symbol, style: str) -> sp.Expr:
    """Return the new symbol of a shift in terms of the old one."""
    c, r = slope(fact.expression, symbol)
    if style == "ratio":
        return -r / c / symbol - 1
    return fact.expression / (plain_sign(c) * c)


def _is_evident(symbol: sp.Symbol, image: sp.Expr) -> bool:
    """Say whether the image of a shift shows the sign that was assumed of the symbol."""
    return all(getattr(image, f"is_{wanted}") for wanted, _ in _SIGN_ASSUMPTIONS if getattr(symbol, f"is_{wanted}"))


def solve(goal: Goal, fact: Fact, node: sp.Expr) -> Goal:
    """Use a fact c n + r = 0 with c plainly nonzero to replace the symbol or jet n by -r/c."""
    require(fact in goal.facts and fact.relation == "=", "an equation of the goal is needed")
    require(isinstance(node, sp.Symbol | AppliedUndef), "a symbol or a jet is solved for")
    c, r = slope(fact.expression, node)
    require(is_plainly_nonzero(c), "the coefficient of what is solved for is not plainly nonzero")
    image = -r / c
    known = [Fact.of(node, relation) for wanted, relation in _SIGN_ASSUMPTIONS if getattr(node, f"is_{wanted}")][:1]
    kept = [Fact(each.expression.xreplace({node: image}), each.relation) for each in known]
    return goal.without(fact).replaced({node: image}).given(each for each in kept if not each.expression.is_number)


def split(goal: Goal, kind: str, expression: sp.Expr) -> tuple[Goal, list[Goal]]:
    """Cover the real line of values of an expression; return the goal that it is real, and one goal for each part."""
    require(kind in SPLITS, "a kind of split")
    real = Goal(expression, goal.facts, NONNEGATIVE | NEGATIVE)
    return real, [goal.given([Fact.of(expression, relation)]) for relation in SPLITS[kind]]


def parts(goal: Goal, symbol: sp.Symbol, names: tuple[str, str]) -> Goal:
    """Write a complex symbol as x + i y with new real symbols x and y."""
    taken = {other.name for other in goal.symbols}
    require(symbol in goal.symbols and len({*names} - taken) == 2, "the new symbols are not new")
    unlimited = sp.Symbol(symbol.name)
    require(symbol.assumptions0 == unlimited.assumptions0, "a symbol without assumptions")
    real, imaginary = (sp.Symbol(name, real=True) for name in names)
    return goal.replaced({symbol: real + sp.I * imaginary})


def along(goal: Goal, symbol: sp.Symbol, base: sp.Rational) -> tuple[list[Goal], Goal, Goal]:
    """Exchange "F = 0" for "F is smooth in s, dF/ds = 0, and F = 0 at s = base".

    The symbol ranges over an interval that contains `base`, with the other symbols fixed, and no fact that mentions it
    is kept: so the segment from `base` to any s stays inside the hypotheses. Returns the obligations for smoothness,
    the goal for the derivative and the goal at the base.
    """
    require(goal.sign == ZERO, "a derivative decides identities only")
    require(isinstance(base, sp.Rational), "a rational base point")
    require(bool(symbol.is_real) and symbol.is_integer is None, "a real symbol")
    interval = {
        name: value for name, value in symbol.assumptions0.items() if symbol.assumptions0 != {} and value is not None
    }
    plain = [sp.Symbol(symbol.name, **{kind: True}) for kind in ("real", "positive", "negative")]
    plain += [sp.Symbol(symbol.name, **{kind: True}) for kind in ("nonnegative", "nonpositive")]
    require(any(interval == other.assumptions0 for other in plain), "a symbol that ranges over an interval")
    require(all(getattr(base, f"is_{name}") == value for name, value in interval.items()), "a base in the interval")
    facts = tuple(fact for fact in goal.facts if symbol not in fact.expression.free_symbols)
    obligations = [Goal(node, facts, sign) for node, sign in smoothness(goal.expression, symbol)]
    slope_goal = Goal(derive(goal.expression, symbol), facts, ZERO)
    return obligations, slope_goal, Goal(goal.expression.xreplace({symbol: base}), facts, ZERO)


def circle(goal: Goal) -> Goal:
    """Exchange "F = 0" for a number F with |F| < 6 for "exp(i F) = 1"."""
    require(goal.sign == ZERO, "the circle decides identities only")
    number = goal.expression
    require(not number.free_symbols and not number.atoms(AppliedUndef), "a number")
    require(bool(ball(number, {}, precision=CIRCLE_PRECISION).abs_upper() < 6), "a number below a full turn")
    return replace(goal, expression=sp.exp(sp.I * number) - 1)


_ENTIRE: Final = (sp.exp, sp.sin, sp.cos, sp.sinh, sp.cosh, sp.erf, sp.erfc, sp.erfi)
_SMOOTH_ON_REALS: Final = (sp.atan, sp.asinh, sp.tanh, sp.sech)
_REAL: Final = NONNEGATIVE | NEGATIVE


def smoothness(expression: sp.Expr, symbol: sp.Symbol) -> list[tuple[sp.Expr, int]]:
    """List the signs on which it rests that an expression is defined and differentiable in a real symbol.

    **Raises:** `Unsupported` for a node without such a rule.
    """
    wanted: dict[tuple[sp.Expr, int], None] = {}
    pending = [expression]
    while pending:
        node = pending.pop()
        if symbol not in node.free_symbols and not node.is_Atom:
            continue
        pending += node.args
        function = node.func
        if node.is_Atom or isinstance(node, sp.Add | sp.Mul | AppliedUndef) or function in _ENTIRE:
            continue
        inner = node.args[0]
        if isinstance(node, sp.Pow):
            if node.exp.is_Integer:
                if node.exp < 0:
                    wanted[inner, NONZERO] = None
            else:
                wanted[inner, POSITIVE] = None
        elif function is sp.log:
            wanted[inner, POSITIVE] = None
        elif function in _SMOOTH_ON_REALS:
            wanted[inner, _REAL] = None
        elif function is sp.acot:
            wanted[inner, _REAL] = None
            wanted[inner, NONZERO] = None
        elif function in (sp.asin, sp.acos, sp.atanh):
            wanted[1 - inner, POSITIVE] = None
            wanted[1 + inner, POSITIVE] = None
        elif function is sp.acosh:
            wanted[inner - 1, POSITIVE] = None
        else:
            raise Unsupported(f"no rule says where {function.__name__} is smooth")
    return list(wanted)
