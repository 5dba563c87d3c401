"""The work E<grad f(Y), H> of a field's gradient along a test field H = psi(Y) grad chi(Y), in every dimension: rules.

    along_test_field    the work is E sum_i psi d_i chi d_i f
    mean_by_density     E f(Y) = int f rho
    integral_of_fields  an identity between fields with a test field as a factor is one between their integrals
    work_of_gradient    E<W, H> is the work of grad phi where W = grad phi(Y)
    vanishing_work      a gradient that does no work along any test field is 0 (fundamental lemma)

With `coordinates.divergence_theorem` derivatives change places under these integrals. `displacement` says what a test
field is, and what the conditions are.
"""

import sympy as sp
from sympy.core.function import AppliedUndef
from sympy.logic.boolalg import Boolean

from .coordinates import (
    CompactSupport,
    Coordinate,
    IndexSum,
    Point,
    SpaceIntegral,
    coordinates,
    is_field,
    linear_combination,
    reveal,
)
from .displacement import DensityOf, TestField, require_fields, require_test_field
from .expectation import FieldMean, GradientMean, Inner, Mean, RandomVector, vector_coefficients
from .kernel import Inference, rule
from .rules.side_conditions import join, one, require, require_relation
from .statement import Relation, Statement, equal
from .transport import GradientOf


@rule
def along_test_field(premises: tuple[Statement, ...], *, field: IndexSum, test: TestField) -> Inference:
    """E<grad f(Y), H> is the expectation of sum_i psi d_i chi d_i f, for H = psi(Y) grad chi(Y)."""
    require(not premises and isinstance(field, IndexSum), "a field and no premises")
    require_test_field(test)
    summand, indices, dimension = field.args
    require(not indices, "the field is a sum over indices itself")
    (index,) = coordinates("i")
    product = IndexSum(test.component(index) * reveal(summand, index).diff(index), (index,), dimension)
    return Inference(
        equal(GradientMean(field, test.displacement, test.vector), FieldMean(product, test.vector), (test,))
    )


@rule
def integral_of_fields(premises: tuple[Statement, ...], *, test: sp.Expr) -> Inference:
    """An identity between fields that hold a test field as a factor is one between their integrals over R^d."""
    premise = one(premises)
    require_relation(premise, Relation.EQUAL)
    places = (s for h in premise.hypotheses for s in h.free_symbols if isinstance(s, Point | Coordinate))
    require(not any(places), "the premise holds at one point only")
    require(is_field(test), f"{test} is no field")

    def absent(node: sp.Basic) -> bool:
        return isinstance(node, AppliedUndef) and node.func == test.func

    def integral(side: sp.Expr) -> sp.Expr:
        total: sp.Expr = sp.S.Zero
        for factor, node in linear_combination(side):
            require(not factor.atoms(Point), f"{factor} depends on the point")
            require(node.args[0].replace(absent, lambda _: sp.S.Zero).doit() == 0, f"{node} need not be integrable")
            total += factor * SpaceIntegral(node)
        return total

    given = join(premise, (CompactSupport(test),))
    return Inference(equal(integral(premise.left), integral(premise.right), given))


@rule
def mean_by_density(
    premises: tuple[Statement, ...], *, field: IndexSum, density: sp.Expr, vector: RandomVector
) -> Inference:
    """E f(Y) is the integral of f rho."""
    require(not premises and isinstance(field, IndexSum), "a field and no premises")
    require(isinstance(vector, RandomVector), f"{vector} is no random vector")
    require_fields(density)
    summand, indices, dimension = field.args
    shown = density
    for index in indices:
        shown = reveal(shown, index)
    integral = SpaceIntegral(IndexSum(summand * shown, indices, dimension))
    return Inference(equal(FieldMean(field, vector), integral, (DensityOf(density, vector),)))


@rule
def work_of_gradient(
    premises: tuple[Statement, ...], *, vector: sp.Expr, field: sp.Expr, test: TestField, dimension: sp.Expr
) -> Inference:
    """E<W, H> = E<grad phi(Y), H> where W = grad phi(Y) for a smooth field phi."""
    require(not premises, "the rule needs no premises")
    require_test_field(test)
    require_fields(field)
    vector_coefficients(vector)
    given = (test, GradientOf(vector, field, test.vector))
    work = GradientMean(IndexSum(field, (), dimension), test.displacement, test.vector)
    return Inference(equal(Mean(Inner(vector, test.displacement)), work, given))


def _total_gradient(work: sp.Expr, test: TestField, index: Coordinate) -> sp.Expr:
    """Return the coordinate of the gradient whose work along the test field is a combination of works."""
    nodes = sorted(work.atoms(GradientMean), key=sp.default_sort_key)
    stands = {node: sp.Dummy() for node in nodes}
    exposed = work.xreplace(stands)
    total: sp.Expr = sp.S.Zero
    for node, stand in stands.items():
        field, vector, path = node.args
        ours = (vector, path) == (test.displacement, test.vector) and isinstance(field, IndexSum) and not field.args[1]
        require(ours, f"{node} is no work along {test}")
        factor = exposed.diff(stand)
        still = not factor.has(*stands.values()) and not factor.atoms(Point, RandomVector)
        require(still, f"{work} is not linear in {node}")
        total += factor * reveal(field.args[0], index).diff(index)
    require(exposed.xreplace(dict.fromkeys(stands.values(), sp.S.Zero)) == 0, f"{work} is not a work alone")
    return total


@rule
def vanishing_work(
    premises: tuple[Statement, ...], *, test: TestField, density: sp.Expr, index: Coordinate
) -> Inference:
    """A gradient that does no work along any test field is 0: each coordinate of it, at every point.

    Premise: `sum_k c_k E<grad f_k(Y), H> = 0`, where nothing is assumed of H but that it is a test field at Y. With chi
    a coordinate it says that the integral of psi rho times that coordinate of the gradient is 0 for every psi.
    """
    premise = one(premises)
    require_relation(premise, Relation.EQUAL)
    require_test_field(test)
    require_fields(density)
    require(isinstance(index, Coordinate), f"{index} is no coordinate")
    displacement, weight, along, vector = test.args
    generic: tuple[Boolean, ...] = (test, CompactSupport(weight))
    rest = [h for h in premise.hypotheses if h not in generic]
    trial = (weight.func, along.func, displacement)
    tied = [h for h in rest if h.has(*trial)]
    require(test in premise.hypotheses and not tied, f"the test field is not arbitrary: {tied}")
    gradient = _total_gradient(premise.left - premise.right, test, index)
    require(not gradient.has(*trial), "the gradient depends on the test field")
    return Inference(equal(gradient, 0, join(rest, (DensityOf(density, vector),))))
