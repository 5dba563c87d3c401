"""Flows of differential equations: the one rule that says solutions are unique."""

from typing import final

import sympy as sp
from sympy.core.function import AppliedUndef

from ..expression_text import register_class
from ..kernel import Inference, rule
from ..statement import Condition, Statement, equal
from .side_conditions import require


@final
@register_class
class FlowOf(Condition):
    """`FlowOf(flow(s, r, y), field(y, r))`: r -> flow(s, r, y) solves y' = field(y, r) and is y at r = s.

    The field is continuous, and Lipschitz in y uniformly on bounded intervals of r, so that there is one solution and
    it exists for ever; y is a point of R^d.
    """

    @property
    def free_symbols(self) -> set[sp.Basic]:
        """None: times and point are bound."""
        return set()


@rule
def flow_cocycle(
    premises: tuple[Statement, ...], *, flow: AppliedUndef, field: AppliedUndef, middle: sp.Expr, end: sp.Expr
) -> Inference:
    """Following a flow to a middle time and on from there is following it to the end: solutions are unique."""
    require(not premises, "the rule needs no premises")
    require(isinstance(flow, AppliedUndef) and len(flow.args) == 3, f"{flow} is not flow(start, end, point)")
    start, running, place = flow.args
    require(all(isinstance(s, sp.Symbol) for s in flow.args), f"{flow} is not applied to symbols")
    require(isinstance(field, AppliedUndef) and field.args == (place, running), f"{field} is not the field of {flow}")
    there = flow.func(start, middle, place)
    statement = equal(flow.func(middle, end, there), flow.func(start, end, place), (FlowOf(flow, field),))
    return Inference(statement)
