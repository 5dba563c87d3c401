"""Energies of a law that is displaced along a test field, in every dimension: their first variations as rules.

The law of Y, with density rho, is carried along by y -> y + e h(y); e is a parameter. The vector fields h are psi grad
chi for scalar fields psi, of compact support, and chi: every smooth vector field of compact support is a sum of d such,
with chi a coordinate, and all that is said here is linear in h. `TestField(H, psi, chi, Y)` says H = h(Y), with psi and
chi scaled so that h is a contraction: for |e| < 1 the displacement is a diffeomorphism, and the displaced law has a
density.

    displaced_potential        d/de E V(Y + e H) = E<grad V(Y), H>
    displaced_interaction      d/de E U(Z - Z') = E<grad (U * mu)(Y) + grad (U^- * mu)(Y), H>, Z = Y + e H, Z' a copy of
                               Z independent of it, mu the law of Y, U^-(z) = U(-z): only the even part of U acts
    displaced_internal_energy  d/de int F(rho_e) = -int P(rho) div h, with the pressure P = rho F' - F
    minimum_is_stationary      a function of e that is nowhere below its value at e = 0 has the derivative 0 there

All derivatives are at e = 0. Fields are smooth, and the energies that are written down are finite; that they stay so,
and may be differentiated inside, holds for V and F because the law moves on a compact set only, and is for U a
condition on its growth: sup over |z'| < 1 of |U(z + z')| + |grad U(z + z')| is integrable under the law of Y - Y'.

References: [jordan1998] for the argument; [villani2003, 5.2] for the energies and their pressure.
"""

from collections.abc import Iterable
from typing import Any, final

import sympy as sp
from sympy.logic.boolalg import Boolean

from .coordinates import (
    IndexSum,
    Point,
    SpaceIntegral,
    coordinates,
    is_field,
    reveal,
)
from .expectation import FieldMean, GradientMean, RandomVector
from .expression_text import register_class
from .generalisation import Opaque
from .kernel import Inference, rule
from .obligation import Obligation, positive, zero
from .rules.side_conditions import join, mentions, require, require_relation
from .statement import Condition, Relation, Statement, at_most, equal

_LENGTH = sp.S.One
"""Displacements are followed for |e| below this."""


class _Energy(Opaque):
    """An energy of the law of a random vector."""

    @property
    def bound_symbols(self) -> set[sp.Basic]:
        """The random vectors, and the point that fields are evaluated at."""
        return set(self.atoms(RandomVector)) | set(self.atoms(Point))


@final
@register_class
class InteractionEnergy(_Energy):
    """`InteractionEnergy(U(u), Z)`: E U(Z - Z') with Z' independent of Z and of the same law."""

    def _latex(self, printer: Any) -> str:
        potential, vector = (printer._print(arg) for arg in self.args)
        return rf"\mathbb{{E}}\left[{potential}\left(\xi - \xi'\right)\right]_{{\xi \sim {vector}}}"


@final
@register_class
class InternalEnergy(_Energy):
    """`InternalEnergy(F, Z)`: the integral of F(density of Z), for a function F of the density."""

    def _latex(self, printer: Any) -> str:
        function, vector = self.args
        density = sp.Symbol(rf"\rho_{{{printer._print(vector)}}}", positive=True)
        return rf"\int {printer._print(function(density))} \, du"


class _Structure(Condition):
    """A condition on laws and fields, with the point bound."""

    @property
    def free_symbols(self) -> set[sp.Basic]:
        """What the condition speaks of, other than the point."""
        return set().union(*(arg.free_symbols for arg in self.args)) - set(self.atoms(Point))

    def _latex(self, printer: Any) -> str:
        return rf"\mathrm{{{type(self).__name__}}}({', '.join(printer._print(arg) for arg in self.args)})"


@final
@register_class
class DensityOf(_Structure):
    """`DensityOf(rho(u), Y)`: the law of Y has the density rho, positive on R^d."""


@final
@register_class
class Convolved(_Structure):
    """`Convolved(W(u), U(u), Y)`: W(u) = E U(u - Y) for every u, which is U * mu for the law mu of Y."""


@final
@register_class
class Mirrored(_Structure):
    """`Mirrored(R(u), U(u))`: R(u) = U(-u) for every u; U is even where it is its own mirror image."""


@final
@register_class
class TestField(_Structure):
    """`TestField(H, psi(u), chi(u), Y)`: H = psi(Y) grad chi(Y).

    psi has compact support, and u -> psi(u) grad chi(u) has a Lipschitz constant below 1.
    """

    __test__ = False
    """Not for pytest to collect."""

    @property
    def displacement(self) -> RandomVector:
        """H."""
        return self.args[0]

    @property
    def vector(self) -> RandomVector:
        """Y."""
        return self.args[3]

    def displaced(self, parameter: sp.Symbol) -> sp.Expr:
        """Return Y + e H."""
        return self.vector + parameter * self.displacement

    def component(self, index: sp.Symbol) -> sp.Expr:
        """Return psi d_i chi."""
        weight, along = (reveal(field, index) for field in self.args[1:3])
        return weight * along.diff(index)


@final
@register_class
class ForEveryLaw(Condition):
    """`ForEveryLaw(Z, relation)`: it holds for every random vector Z for which both of its sides are finite."""

    @property
    def free_symbols(self) -> set[sp.Basic]:
        """The symbols of the relation other than Z."""
        return set(self.args[1].free_symbols) - {self.args[0]}


def rate_at_rest(quantity: sp.Expr, parameter: sp.Symbol) -> sp.Subs:
    """Return the derivative of a quantity in the parameter, at 0."""
    return sp.Subs(sp.Derivative(quantity, parameter), parameter, sp.S.Zero)


_TELLING = ("positive", "negative", "nonnegative", "nonpositive", "zero", "rational")


def _require_free(parameter: sp.Symbol) -> None:
    """Demand that the parameter runs through all real numbers near 0."""
    free = bool(parameter.is_real) and all(getattr(parameter, f"is_{name}") is None for name in _TELLING)
    require(type(parameter) is sp.Symbol and free, f"{parameter} does not run through the numbers near 0")


def require_test_field(test: Boolean, parameter: sp.Symbol | None = None) -> None:
    """Demand a condition `TestField` on two vectors and two fields, and a parameter that is free to vary near 0."""
    require(isinstance(test, TestField), f"{test} is no test field")
    displacement, weight, along, vector = test.args
    vectors = isinstance(displacement, RandomVector) and isinstance(vector, RandomVector) and displacement != vector
    fields = all(is_field(f) and len(f.args) == 1 for f in (weight, along)) and weight.args == along.args
    require(vectors and fields, f"{test} is not made of two vectors and two fields at one point")
    if parameter is not None:
        _require_free(parameter)


def require_fields(*fields: sp.Expr) -> None:
    """Demand fields of one point alone, without visible coordinates."""
    require(all(is_field(f) and len(f.args) == 1 for f in fields), f"{fields} are not all fields of the point alone")
    require(len({f.args for f in fields}) == 1, "the fields are at different points")


@rule
def displaced_law(
    premises: tuple[Statement, ...], *, given: ForEveryLaw, test: TestField, parameter: sp.Symbol
) -> Inference:
    """What is given for every law holds for the law of Y + e H, |e| < 1, where H is a test field at Y."""
    require(not premises and isinstance(given, ForEveryLaw), "a condition for every law and no premises")
    require_test_field(test, parameter)
    law, relation = given.args
    require(isinstance(relation, sp.LessThan), f"{relation} is not written with <=")
    require(parameter not in relation.free_symbols, f"{parameter} is taken")
    moved = {law: test.displaced(parameter)}
    near = (parameter > -_LENGTH, parameter < _LENGTH)
    return Inference(at_most(relation.lhs.xreplace(moved), relation.rhs.xreplace(moved), join((given, test), near)))


@rule
def displaced_potential(
    premises: tuple[Statement, ...], *, field: IndexSum, test: TestField, parameter: sp.Symbol
) -> Inference:
    """d/de E V(Y + e H) = E<grad V(Y), H> at e = 0."""
    require(not premises and isinstance(field, IndexSum), "a field and no premises")
    require_test_field(test, parameter)
    require(parameter not in field.free_symbols, f"{parameter} is taken")
    left = rate_at_rest(FieldMean(field, test.displaced(parameter)), parameter)
    return Inference(equal(left, GradientMean(field, test.displacement, test.vector), (test,)))


@rule
def displaced_interaction(
    premises: tuple[Statement, ...],
    *,
    potential: sp.Expr,
    mirrored: sp.Expr,
    convolved: sp.Expr,
    mirrored_convolved: sp.Expr,
    test: TestField,
    parameter: sp.Symbol,
    dimension: sp.Expr,
) -> Inference:
    """d/de E U(Z - Z') = E<grad (U * mu)(Y) + grad (U^- * mu)(Y), H> at e = 0, for Z = Y + e H and a copy Z' of it.

    The derivative is E<grad U(Y - Y'), H - H'>, and in the term with H' the two copies change places.
    """
    require(not premises, "the rule needs no premises")
    require_test_field(test, parameter)
    require_fields(potential, mirrored, convolved, mirrored_convolved)
    mu = test.vector
    given = (
        test,
        Mirrored(mirrored, potential),
        Convolved(convolved, potential, mu),
        Convolved(mirrored_convolved, mirrored, mu),
    )
    left = rate_at_rest(InteractionEnergy(potential, test.displaced(parameter)), parameter)
    forces = (IndexSum(field, (), dimension) for field in (convolved, mirrored_convolved))
    return Inference(equal(left, sum((GradientMean(f, test.displacement, mu) for f in forces), sp.S.Zero), given))


@rule
def displaced_internal_energy(
    premises: tuple[Statement, ...],
    *,
    function: sp.Lambda,
    pressure: sp.Lambda,
    density: sp.Expr,
    test: TestField,
    parameter: sp.Symbol,
    dimension: sp.Expr,
) -> Inference:
    """d/de int F(rho_e) = -int P(rho) div h at e = 0: where volume grows by the factor j, F(rho) becomes j F(rho/j).

    The factor is det(1 + e Dh), whose derivative at e = 0 is div h; that of j F(rho/j) at j = 1 is decided to be -P.
    """
    require(not premises and len(function.variables) == 1, "a function of the density and no premises")
    require_test_field(test, parameter)
    require_fields(density, test.args[1])
    growth, value = (sp.Symbol(name, positive=True) for name in ("growth", "density"))
    taken = function.free_symbols | pressure.free_symbols
    require(not taken & {growth, value, parameter}, f"one of {growth}, {value}, {parameter} is taken")
    require(not any(isinstance(s, Point) for s in taken), f"{function} depends on more than the density")
    stretched = (growth * function(value / growth)).diff(growth).subs(growth, 1).doit()
    (index,) = coordinates("i")
    weight, along, shown = (reveal(field, index) for field in (test.args[1], test.args[2], density))
    divergence = weight.diff(index) * along.diff(index) + weight * along.diff(index, 2)
    left = rate_at_rest(InternalEnergy(function, test.displaced(parameter)), parameter)
    right = -SpaceIntegral(IndexSum(pressure(shown) * divergence, (index,), dimension))
    given = (test, DensityOf(density, test.vector))
    return Inference(equal(left, right, given), (zero(stretched + pressure(value)),))


def _bounds(hypotheses: Iterable[Boolean], parameter: sp.Symbol) -> tuple[tuple[Boolean, ...], tuple[Obligation, ...]]:
    """Split off the hypotheses at the parameter, and demand that they hold near 0."""
    rest, found = [], []
    for h in hypotheses:
        if not mentions(h, parameter):
            rest.append(h)
            continue
        require(isinstance(h, sp.StrictLessThan | sp.StrictGreaterThan), f"{h} need not hold near 0")
        found.append(positive((h.gts - h.lts).subs(parameter, 0)))
    return tuple(rest), tuple(found)


@rule
def minimum_is_stationary(premises: tuple[Statement, ...], *, parameter: sp.Symbol) -> Inference:
    """A differentiable function of a parameter that is nowhere below its value at 0 has the derivative 0 there.

    Premises: `G(0) <= G(e)` for every e near 0, and the derivatives at 0 of the quantities in which G is a polynomial,
    as `rate_at_rest` writes them.
    """
    require(bool(premises), "premises: the minimum, and derivatives at 0")
    _require_free(parameter)
    floor, *rates = premises
    require_relation(floor, Relation.AT_MOST)
    require(parameter not in floor.left.free_symbols, f"the floor depends on {parameter}")
    given, near = _bounds(floor.hypotheses, parameter)
    known: dict[sp.Basic, sp.Expr] = {}
    for rate in rates:
        require_relation(rate, Relation.EQUAL)
        node = rate.left.expr.expr if isinstance(rate.left, sp.Subs) else None
        require(node is not None and rate.left == rate_at_rest(node, parameter), f"{rate} is no derivative at 0")
        require(not mentions(rate.as_hypothesis(), parameter), f"{rate} depends on {parameter}")
        require(not any(mentions(h, parameter) for h in rate.hypotheses), f"{rate} holds for some {parameter} only")
        known[node] = rate.right
    stands = {node: sp.Dummy(real=True) for node in known}
    function = floor.right.xreplace(stands)
    require(function.is_polynomial(parameter, *stands.values()), f"a derivative at 0 is missing of {function}")
    slope = function.diff(parameter) + sum((function.diff(stand) * known[n] for n, stand in stands.items()), sp.S.Zero)
    back = {stand: node for node, stand in stands.items()}
    at_rest = slope.xreplace(back).subs(parameter, 0)
    every = join(given, *rates)
    return Inference(equal(at_rest, 0, every), (zero(floor.left - floor.right.subs(parameter, 0), every), *near))
