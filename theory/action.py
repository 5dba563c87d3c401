"""Actions of fields on [0, T] x R^d, and laws of balance of their densities: the rules.

An action is `int_0^T int L dx dt + int G dx`, the second integral at t = T, for expressions L and G in an undefined
function of (t, x_1, ..., x_d). Its variations are smooth, have compact support in [0, T] x R^d and vanish at t = 0,
where the field is given; at t = T they are free, and what they meet there is a terminal condition.

    first_variation_of_action    the variation is int int (force) eta + int (end force) eta(T)
    stationary_action            the first variation of a stationary action is 0
    fundamental_lemma_of_fields  if that vanishes for every eta, so do both factors
    balance_law                  d_t h = s + div c integrates to int d_t h = int s, where c decays

The identities between integrands are decided; nothing is integrated by parts but by showing the current.

References: [vanbrunt2004], for several independent variables.
"""

from typing import Any, final

import sympy as sp
from sympy.core.function import AppliedUndef

from .expression_text import register_class
from .generalisation import Opaque
from .kernel import Inference, rule
from .obligation import zero
from .rules.side_conditions import join, one, require, require_relation
from .statement import Condition, Relation, Statement, equal
from .variation import first_variation


def space_integral(integrand: sp.Expr, places: tuple[sp.Symbol, ...]) -> sp.Integral:
    """Return the integral over R^d, not evaluated."""
    return sp.Integral(integrand, *((place, -sp.oo, sp.oo) for place in places))


def space_time_integral(
    integrand: sp.Expr, places: tuple[sp.Symbol, ...], time: sp.Symbol, horizon: sp.Expr
) -> sp.Integral:
    """Return the integral over [0, T] x R^d, not evaluated."""
    return sp.Integral(integrand, *((place, -sp.oo, sp.oo) for place in places), (time, 0, horizon))


class _OfFields(Condition):
    """A condition on fields at every time and place: what their own arguments are is bound."""

    @property
    def bound_symbols(self) -> set[sp.Basic]:
        """The arguments of the fields that it names."""
        fields = sorted(self.args[0].atoms(AppliedUndef), key=sp.default_sort_key)
        return set().union(*(node.free_symbols for node in fields))

    @property
    def free_symbols(self) -> set[sp.Basic]:
        """What the condition speaks of, time and place apart."""
        return set().union(*(arg.free_symbols for arg in self.args)) - self.bound_symbols

    def _latex(self, printer: Any) -> str:
        return rf"\mathrm{{{type(self).__name__}}}({', '.join(printer._print(arg) for arg in self.args)})"


@final
@register_class
class Variation(_OfFields):
    """`Variation(eta(t, x))`: eta is smooth, has compact support in [0, T] x R^d and vanishes at t = 0."""


@final
@register_class
class Stationary(_OfFields):
    """`Stationary(fields, L, G, T)`: the action of L and G has first variation 0 for every variation of each field."""


@final
@register_class
class FirstVariation(Opaque):
    """`FirstVariation(f(t, x), eta(t, x), L, G, T)`: the derivative at 0 in e of the action of L and G at f + e eta."""

    @property
    def bound_symbols(self) -> set[sp.Basic]:
        """Time and place."""
        return set(self.args[0].args)

    def _latex(self, printer: Any) -> str:
        path, test = (printer._print(sp.Symbol(field.func.__name__)) for field in self.args[:2])
        return rf"\delta_{{{path}}} A\left[{test}\right]"


@final
@register_class
class Evolves(_OfFields):
    """`Evolves(f(t, x), rate)`: d_t f = rate at every time and place."""


@final
@register_class
class Decays(_OfFields):
    """`Decays(c)`: c is smooth and, with its derivatives, integrable over R^d, locally uniformly in time.

    So `int d_i c dx = 0` and `d/dt int c dx = int d_t c dx`.
    """


@rule
def first_variation_of_action(
    premises: tuple[Statement, ...],
    *,
    lagrangian: sp.Expr,
    terminal: sp.Expr,
    path: sp.Expr,
    test: sp.Expr,
    horizon: sp.Expr,
    momentum: sp.Expr,
    currents: tuple[sp.Expr, ...],
    force: sp.Expr,
    end_force: sp.Expr,
) -> Inference:
    """The first variation of an action is int int (force) eta dx dt + int (end force) eta(T) dx.

    `path` is the field f(t, x_1, ..., x_d), `test` the variation eta of it, `terminal` the density G as an expression
    in f. The variation's density is decided to be force eta + d_t (momentum eta) + div(currents), where the currents
    vanish with eta; at t = T the momentum joins dG/df in the end force.
    """
    require(not premises, "the rule needs no premises")
    require(isinstance(path, AppliedUndef) and isinstance(test, AppliedUndef), "path and test are undefined functions")
    require(path.args == test.args and path.func != test.func, f"{path} and {test} are not of the same arguments")
    time, *rest = path.args
    places = tuple(rest)
    require(all(isinstance(s, sp.Symbol) for s in path.args), f"{path.args} are not symbols")
    require(len(currents) == len(places) > 0, "one current for each place")
    require(time not in horizon.free_symbols and not set(places) & horizon.free_symbols, f"{horizon} is no number")
    still = (force, momentum, end_force, lagrangian, terminal)
    require(not any(part.has(test.func) for part in still), "the test function is part of the action, or of a factor")
    silent = all(current.xreplace({test: sp.S.Zero}).doit() == 0 for current in currents)
    require(silent, "a current does not vanish with the test function")
    flow = sum((c.diff(place) for c, place in zip(currents, places, strict=True)), (momentum * test).diff(time))
    inside, at_end = (first_variation(density, {path: test}) for density in (lagrangian, terminal))
    obligations = (
        zero(inside - force * test - flow.doit()),
        zero(at_end + momentum * test - end_force * test),
    )
    parts = [space_time_integral(term * test, places, time, horizon) for term in sp.Add.make_args(force)]
    if end_force != 0:
        parts.append(space_integral((end_force * test).subs(time, horizon), places))
    variation = FirstVariation(path, test, lagrangian, terminal, horizon)
    return Inference(equal(variation, sp.Add(*parts), (Variation(test),)), obligations)


@rule
def stationary_action(premises: tuple[Statement, ...], *, given: Stationary, path: sp.Expr, test: sp.Expr) -> Inference:
    """Where an action is stationary, what its first variation is equal to is 0.

    Premise: the first variation of this action, in the field `path` along the variation `test`.
    """
    premise = one(premises)
    require_relation(premise, Relation.EQUAL)
    require(isinstance(given, Stationary), f"{given} is no stationary action")
    fields, *action = given.args
    require(path in fields, f"the action need not be stationary in {path}")
    require(Variation(test) in premise.hypotheses and not given.has(test.func), f"{test} is no variation")
    require(
        premise.left == FirstVariation(path, test, *action), "the premise is not the first variation of this action"
    )
    return Inference(equal(premise.right, 0, join(premise, (given,))))


def _linear_factor(integrand: sp.Expr, test: sp.Expr) -> sp.Expr:
    """Return the factor before the test function in an integrand that is linear in it."""
    mark = sp.Dummy()
    factor = sp.diff(integrand.xreplace({test: mark}), mark)
    require(not factor.has(mark, test.func), "the integrand is not linear in the test function")
    return factor


@rule
def fundamental_lemma_of_fields(
    premises: tuple[Statement, ...], *, test: sp.Expr, horizon: sp.Expr, where: str
) -> Inference:
    """Continuous factors whose integrals against every variation vanish are zero, inside and at the end.

    Premise: `int_0^T int F eta dx dt + int B eta(T) dx = 0`, where nothing is assumed of eta but that it is a
    variation. Those that vanish near T show that F is 0 for 0 < t < T (`where` is "inside"), and then the others
    that B is 0 (`where` is "end").
    """
    premise = one(premises)
    require_relation(premise, Relation.EQUAL)
    require(where in ("inside", "end"), f"{where!r} is neither inside nor end")
    require(isinstance(test, AppliedUndef) and premise.right == 0, "the premise says that an integral is 0")
    time, *rest = test.args
    last = test.subs(time, horizon)
    whole = tuple(space_time_integral(test, tuple(rest), time, horizon).limits)
    ending = tuple(space_integral(test, tuple(rest)).limits)
    factors = {"inside": sp.S.Zero, "end": sp.S.Zero}
    obligations = []
    for term in sp.Add.make_args(premise.left):
        require(
            isinstance(term, sp.Integral) and term.limits in (whole, ending), f"{term} is no integral of a variation"
        )
        part, against = ("inside", test) if term.limits == whole else ("end", last)
        factor = _linear_factor(term.function, against)
        factors[part] += factor
        obligations.append(zero(term.function - factor * against))
    kept = [h for h in premise.hypotheses if h != Variation(test)]
    assumed = [h for h in kept if h.has(test.func)]
    placed = [h for h in kept if h.free_symbols & set(test.args)]
    require(Variation(test) in premise.hypotheses and not assumed, f"the variation is not arbitrary: {assumed}")
    require(not placed, f"{placed} hold at one time or place only")
    inside = (sp.S.Zero < time, time < horizon) if where == "inside" else ()
    return Inference(equal(factors[where], 0, join(kept, inside)), tuple(obligations))


@rule
def balance_law(
    premises: tuple[Statement, ...],
    *,
    density: sp.Expr,
    source: sp.Expr,
    currents: tuple[sp.Expr, ...],
    time: sp.Symbol,
    places: tuple[sp.Symbol, ...],
    evolutions: tuple[tuple[sp.Expr, sp.Expr], ...],
) -> Inference:
    """A density that changes by a source and a divergence changes in total by the source: int d_t h = int s.

    `evolutions` are pairs of a field and its rate of change, which is inserted into d_t h; d_t h = s + div(currents)
    is decided.
    """
    require(not premises and len(currents) == len(places) > 0, "one current for each place, and no premises")
    require(all(field.args == (time, *places) for field, _ in evolutions), "the fields are of other arguments")
    rates = {field.diff(time): rate for field, rate in evolutions}
    slope = density.diff(time).doit()
    known = slope.xreplace(rates).doit()
    flow = sum((c.diff(place) for c, place in zip(currents, places, strict=True)), sp.S.Zero)
    given = join(
        (Evolves(field, rate) for field, rate in evolutions), (Decays(c) for c in (density, *currents) if c != 0)
    )
    left = space_integral(slope, places)
    right = space_integral(source, places) if source != 0 else sp.S.Zero
    return Inference(equal(left, right, given), (zero(known - source - flow.doit()),))
