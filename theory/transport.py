"""Quadratic optimal transport in the expectation calculus, in every dimension: the Wasserstein distance and its rules.

`Wasserstein(U, V)` is W_2 between the laws of two random vector expressions; it sees them through their laws only, and
its square is the infimum of E|U' - V'|^2 over couplings. The two halves of this definition are rules: every coupling
bounds the distance from above (`coupling_bound`), and a floor common to all couplings is a floor of the distance
(`infimum_over_couplings`). A convex function and its conjugate are a `LegendrePair`; the Fenchel-Young inequality and
its equality on the subdifferential are rules. With these the optimality of gradients of convex functions is derived,
in `theory.monge_ampere.optimality`; existence and uniqueness of the optimal map (Brenier's theorem) are not.

Random vectors have finite second moments, and expectations of phi and psi that are written down are finite. They are
where W is a gradient of phi at U: phi(U) + psi(W) = <U, W> is integrable and both terms are bounded below by affine
functions.

References: [villani2009].
"""

from collections.abc import Iterator
from typing import Any, final

import sympy as sp
from sympy.logic.boolalg import Boolean

from .coordinates import IndexSum, Point
from .expectation import (
    FieldMean,
    Independent,
    Inner,
    Mean,
    RandomVector,
    StandardNormal,
    vector_coefficients,
)
from .expression_text import register_class
from .generalisation import Opaque
from .kernel import Inference, rule
from .obligation import nonnegative, zero
from .rules.side_conditions import join, one, require, require_relation
from .statement import Condition, Relation, Statement, at_most, equal


@final
@register_class
class Wasserstein(Opaque):
    """`Wasserstein(U, V)`: the quadratic Wasserstein distance between the laws of two random vectors."""

    is_nonnegative = True
    is_extended_nonnegative = True

    @property
    def bound_symbols(self) -> set[sp.Basic]:
        """The random vectors."""
        return set(self.atoms(RandomVector))

    def _latex(self, printer: Any) -> str:
        return rf"W_2\left({printer._print(self.args[0])}, {printer._print(self.args[1])}\right)"


class _Structure(Condition):
    """A condition on random vectors or convex functions, with the point bound."""

    @property
    def free_symbols(self) -> set[sp.Basic]:
        """What the condition speaks of, other than the point."""
        return set().union(*(arg.free_symbols for arg in self.args)) - set(self.atoms(Point))

    def _latex(self, printer: Any) -> str:
        return rf"\mathrm{{{type(self).__name__}}}({', '.join(printer._print(arg) for arg in self.args)})"


@final
@register_class
class SameLaw(_Structure):
    """`SameLaw(V, W)`: the two random vectors have the same law."""


@final
@register_class
class LegendrePair(_Structure):
    """`LegendrePair(phi(u), psi(u))`: phi is convex and lower semicontinuous, and psi is its conjugate."""


@final
@register_class
class GradientOf(_Structure):
    """`GradientOf(W, phi(u), U)`: W is in the subdifferential of phi at U; W = grad phi(U) where phi is smooth."""


def _cost(first: sp.Expr, second: sp.Expr) -> sp.Expr:
    return Mean(Inner(first - second, first - second))


@rule
def coupling_bound(premises: tuple[Statement, ...], *, first: sp.Expr, second: sp.Expr) -> Inference:
    """W_2^2 is at most E|U - V|^2: two random vectors on one probability space are a coupling of their laws."""
    require(not premises, "the bound needs no premises")
    for vector in (first, second):
        vector_coefficients(vector)
    return Inference(at_most(Wasserstein(first, second) ** 2, _cost(first, second)))


def _vectors(node: sp.Basic) -> set[RandomVector]:
    return set(node.atoms(RandomVector))


def _laws(expression: sp.Basic) -> Iterator[sp.Basic]:
    """Yield the parts of an expression that depend on one joint law each."""
    if isinstance(expression, Wasserstein):
        yield from expression.args
    elif isinstance(expression, Opaque | RandomVector):
        yield expression
    else:
        for argument in expression.args:
            yield from _laws(argument)


def _is_noise(vector: RandomVector, hypotheses: tuple[Boolean, ...]) -> bool:
    """Say whether nothing but independence relates a vector to others."""
    mentioned = [h for h in hypotheses if vector in _vectors(h)]
    return all(isinstance(h, Independent) or _vectors(h) == {vector} for h in mentioned)


def _related(vector: RandomVector, groups: list[set[RandomVector]]) -> set[RandomVector]:
    """Return the vectors that a chain of groups relates to one."""
    found = {vector}
    while True:
        wider = found.union(*(group for group in groups if group & found))
        if wider == found:
            return found
        found = wider


@rule
def infimum_over_couplings(
    premises: tuple[Statement, ...], *, first: RandomVector, second: RandomVector, factor: sp.Expr
) -> Inference:
    """A floor common to all couplings is a floor of the distance: L <= c E|X - Y|^2 gives L <= c W_2(X, Y)^2.

    The premise has to hold for every joint law of X and Y with the given laws. So L sees X and Y in separate laws, and
    no hypothesis, nor a chain of them through further vectors, relates X to Y. A further vector that meets both is a
    noise: it may be taken independent of the pair, and each law that it enters is that of a vector and this noise.
    """
    premise = one(premises)
    require_relation(premise, Relation.AT_MOST, Relation.EQUAL)
    given = premise.hypotheses
    require(not _vectors(factor) and not factor.atoms(Opaque), f"{factor} is no number")
    laws = list(_laws(premise.left))
    noises = {v for v in _vectors(premise.left).union(*map(_vectors, given)) - {first, second} if _is_noise(v, given)}
    for law in laws:
        inside = _vectors(law) & noises
        require(len(inside) <= 1, f"{law} holds more than one noise")
        for noise in inside:
            others = _vectors(law) - {noise}
            independent = all(Independent(v, noise) in given or Independent(noise, v) in given for v in others)
            require(independent and len(others) <= 1, f"{noise} is not one noise added to one independent vector")
    related = [_vectors(law) - noises for law in laws]
    related += [_vectors(h) - noises for h in given if not isinstance(h, SameLaw)]
    require(second not in _related(first, related), f"{first} and {second} are not free to be coupled")
    conclusion = at_most(premise.left, factor * Wasserstein(first, second) ** 2, given)
    return Inference(
        conclusion, (nonnegative(factor, given), zero(premise.right - factor * _cost(first, second), given))
    )


@rule
def sum_of_normals(
    premises: tuple[Statement, ...],
    *,
    vector: sp.Expr,
    first: RandomVector,
    second: RandomVector,
    weights: tuple[sp.Expr, sp.Expr],
    dimension: sp.Expr,
    hypotheses: tuple[Boolean, ...] = (),
) -> Inference:
    """A combination a Y + b eps of independent standard normal vectors with a^2 + b^2 = 1 has the law of Y."""
    require(not premises and len(weights) == 2 and first != second, "two vectors, two weights and no premises")
    require(not any(_vectors(weight) for weight in weights), "the weights are random")
    normal = (StandardNormal(first, dimension), StandardNormal(second, dimension))
    given = join(hypotheses, (*normal, Independent(first, second)))
    mixed = weights[0] * first + weights[1] * second
    statement = equal(Wasserstein(vector, mixed), Wasserstein(vector, first), given)
    return Inference(statement, (zero(weights[0] ** 2 + weights[1] ** 2 - 1, given),))


@rule
def same_law(
    premises: tuple[Statement, ...], *, node: sp.Expr, copy: RandomVector, original: RandomVector
) -> Inference:
    """What depends on a vector through its law alone is the same for a vector of the same law."""
    require(not premises and isinstance(node, Opaque), "a number that depends on laws, and no premises")
    for law in _laws(node):
        require(copy not in _vectors(law) or _vectors(law) == {copy}, f"{law} depends on more than the law of {copy}")
    return Inference(equal(node, node.xreplace({copy: original}), (SameLaw(copy, original),)))


@rule
def drop_copy(premises: tuple[Statement, ...], *, copy: RandomVector, original: RandomVector) -> Inference:
    """A copy that nothing else mentions is dropped: the vector itself is one."""
    premise = one(premises)
    known = SameLaw(copy, original)
    rest = tuple(h for h in premise.hypotheses if h != known)
    require(known in premise.hypotheses and copy != original, f"{known} is no hypothesis")
    mentioned = (premise.left, premise.right, *rest)
    require(not any(copy in _vectors(part) for part in mentioned), f"{copy} is mentioned elsewhere")
    return Inference(premise.under(rest))


def _pair(potential: sp.Expr, conjugate: sp.Expr) -> None:
    shapes = all(len(f.args) == 1 and isinstance(f.args[0], Point) for f in (potential, conjugate))
    require(shapes and potential.args == conjugate.args, "potential and conjugate are fields at one point")


@rule
def fenchel_young(
    premises: tuple[Statement, ...],
    *,
    potential: sp.Expr,
    conjugate: sp.Expr,
    first: sp.Expr,
    second: sp.Expr,
    dimension: sp.Expr,
) -> Inference:
    """E<U, V> <= E phi(U) + E psi(V) for a convex function and its conjugate."""
    require(not premises, "the inequality needs no premises")
    _pair(potential, conjugate)
    fields = (IndexSum(f, (), dimension) for f in (potential, conjugate))
    total = sum((FieldMean(f, v) for f, v in zip(fields, (first, second), strict=True)), sp.S.Zero)
    return Inference(at_most(Mean(Inner(first, second)), total, (LegendrePair(potential, conjugate),)))


@rule
def fenchel_equality(
    premises: tuple[Statement, ...],
    *,
    potential: sp.Expr,
    conjugate: sp.Expr,
    vector: sp.Expr,
    image: RandomVector,
    dimension: sp.Expr,
) -> Inference:
    """E<U, W> = E phi(U) + E psi(W) where W is in the subdifferential of phi at U."""
    require(not premises, "the equality needs no premises")
    _pair(potential, conjugate)
    fields = (IndexSum(f, (), dimension) for f in (potential, conjugate))
    total = sum((FieldMean(f, v) for f, v in zip(fields, (vector, image), strict=True)), sp.S.Zero)
    given = (LegendrePair(potential, conjugate), GradientOf(image, potential, vector))
    return Inference(equal(Mean(Inner(vector, image)), total, given))
