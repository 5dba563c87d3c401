"""Expectation calculus in every dimension d: bilinearity, independence, tower rule, Gaussian integration by parts.

A `RandomVector` takes values in R^d; a random vector expression is a linear combination of them with coefficients that
are not random. `Inner(a, b)` is <a, b>, `Mean(q)` the expectation of a random number q, `FieldMean(f, U)` = E f(U) for
a field f (see `theory.coordinates`), and `GradientMean(f, V, U)` = E<grad f(U), V>. What is known of random vectors is
said by conditions: `Independent`, `StandardNormal`, `ConditionalMean`, `Bounded`. A rule that needs one puts it among
the hypotheses of its conclusion.

All random vectors have finite second moments. Where a rule differentiates under an expectation or integrates by parts,
the data vector is `Bounded` and fields, with their derivatives, grow at most exponentially; then dominated convergence
applies and boundary terms vanish. Every data set with finitely many points is bounded.
"""

from typing import Any, final

import sympy as sp
from sympy.logic.boolalg import Boolean

from .coordinates import IndexSum, Point, coordinates, laplacian
from .expression_text import register_class, write_expression
from .generalisation import Opaque
from .kernel import Inference, rule
from .obligation import Obligation, nonnegative
from .rules.side_conditions import defined, join, one, require, require_relation
from .statement import Condition, Relation, Statement, at_most, equal


@final
@register_class
class RandomVector(sp.Symbol):
    """A random vector in R^d, known by its name and by the conditions on it."""

    def _latex(self, printer: Any) -> str:
        return str(printer._print(sp.Symbol(self.name)))


def random_vector(name: str) -> RandomVector:
    """Return the random vector of this name."""
    return RandomVector(name, real=True)


class _Random(Opaque):
    """A number that depends on random vectors only through their law."""

    @property
    def bound_symbols(self) -> set[sp.Basic]:
        """The random vectors, and the point that a field is evaluated at."""
        return set(self.atoms(RandomVector)) | set(self.atoms(Point))


@final
@register_class
class Inner(Opaque):
    """`Inner(a, b)`: the inner product of two vectors; symmetric."""

    def __new__(cls, first: Any, second: Any) -> "Inner":
        """Build the product with its factors in a fixed order."""
        return sp.Expr.__new__(cls, *sorted((sp.sympify(first), sp.sympify(second)), key=write_expression))

    def _latex(self, printer: Any) -> str:
        first, second = (printer._print(arg) for arg in self.args)
        return rf"|{first}|^2" if first == second else rf"\langle {first}, {second} \rangle"


@final
@register_class
class Mean(_Random):
    """`Mean(q)`: the expectation of a random number."""

    def _latex(self, printer: Any) -> str:
        body = printer._print(self.args[0])
        return rf"\mathbb{{E}} {body}" if isinstance(self.args[0], Inner) else rf"\mathbb{{E}}\left[{body}\right]"


@final
@register_class
class FieldMean(_Random):
    """`FieldMean(field, path)`: the expectation of a field at a random point."""

    def _latex(self, printer: Any) -> str:
        field, path = (printer._print(arg) for arg in self.args)
        return rf"\mathbb{{E}}\left[{field}\right]_{{u = {path}}}"


@final
@register_class
class GradientMean(_Random):
    """`GradientMean(field, vector, path)`: the expectation of <grad field(path), vector>."""

    def _latex(self, printer: Any) -> str:
        field, vector, _ = (printer._print(arg) for arg in self.args)
        return rf"\mathbb{{E}} \langle \nabla {field}, {vector} \rangle"


class _Structure(Condition):
    """A condition on random vectors."""

    def _latex(self, printer: Any) -> str:
        return rf"\mathrm{{{type(self).__name__}}}({', '.join(printer._print(arg) for arg in self.args)})"


@final
@register_class
class Independent(_Structure):
    """`Independent(X, Y)`: the two random vectors are independent."""


@final
@register_class
class StandardNormal(_Structure):
    """`StandardNormal(eps, d)`: eps is N(0, I) in R^d."""


@final
@register_class
class ConditionalMean(_Structure):
    """`ConditionalMean(m, X, Y)`: m = E[X | Y]."""


@final
@register_class
class Bounded(_Structure):
    """`Bounded(X)`: |X| stays below some number."""


def _is_fixed(factor: sp.Expr) -> bool:
    """Say whether a factor depends neither on random vectors nor on the point of a field."""
    return not (factor.atoms(RandomVector) or factor.atoms(Point))


def vector_coefficients(vector: sp.Expr) -> dict[RandomVector, sp.Expr]:
    """Write a vector as a linear combination of random vectors."""
    names = sorted(vector.atoms(RandomVector), key=lambda v: v.name)
    found = {name: vector.diff(name) for name in names}
    rest = vector.xreplace(dict.fromkeys(names, sp.S.Zero))
    fixed = all(_is_fixed(factor) for factor in found.values())
    require(fixed and rest == 0, f"{vector} is no linear combination of random vectors")
    return found


def expand_inner(first: sp.Expr, second: sp.Expr) -> sp.Expr:
    """Expand an inner product bilinearly."""
    left, right = vector_coefficients(first), vector_coefficients(second)
    return sum((p * q * Inner(a, b) for a, p in left.items() for b, q in right.items()), sp.S.Zero)


def _linear(expression: sp.Expr, nodes: list[sp.Expr]) -> tuple[sp.Expr, dict[sp.Expr, sp.Expr]]:
    """Write an expression as a constant and a linear combination of the nodes."""
    stands = {node: sp.Dummy() for node in nodes}
    exposed = expression.xreplace(stands)
    factors = {node: sp.diff(exposed, stand) for node, stand in stands.items()}
    linear = all(_is_fixed(f) and not f.has(*stands.values()) for f in factors.values())
    require(linear, f"{expression} is not linear in {nodes}")
    return exposed.xreplace(dict.fromkeys(stands.values(), sp.S.Zero)), factors


@rule
def bilinearity(premises: tuple[Statement, ...], *, mean: Mean) -> Inference:
    """Expectation is linear and the inner product bilinear."""
    require(not premises and isinstance(mean, Mean), "an expectation is expanded, without premises")
    inner = sorted(mean.args[0].atoms(Inner), key=write_expression)
    constant, factors = _linear(mean.args[0], inner)
    require(_is_fixed(constant), f"{constant} is not a constant")
    expanded = constant + sum((f * expand_inner(*node.args) for node, f in factors.items()), sp.S.Zero)
    _, basic = _linear(expanded - constant, sorted(expanded.atoms(Inner), key=write_expression))
    return Inference(equal(mean, constant + sum((f * Mean(node) for node, f in basic.items()), sp.S.Zero)))


@rule
def field_linearity(premises: tuple[Statement, ...], *, mean: FieldMean) -> Inference:
    """The expectation of a combination of fields is the combination of the expectations."""
    require(not premises and isinstance(mean, FieldMean), "the expectation of a field is expanded, without premises")
    field, path = mean.args
    expanded = sp.expand_mul(field, deep=False)
    terms = expanded.args if isinstance(expanded, sp.Add) else (expanded,)
    total: sp.Expr = sp.S.Zero
    for term in terms:
        factor, body = term.as_independent(IndexSum, as_Add=False)
        require(_is_fixed(factor), f"{factor} depends on the point")
        total += factor * (FieldMean(body, path) if body != 1 else 1)
    return Inference(equal(mean, total))


@rule
def gradient_linearity(premises: tuple[Statement, ...], *, mean: GradientMean) -> Inference:
    """E<grad f(U), V> is linear in V."""
    require(not premises and isinstance(mean, GradientMean), "E<grad f, V> is expanded, without premises")
    field, vector, path = mean.args
    total = sum((f * GradientMean(field, v, path) for v, f in vector_coefficients(vector).items()), sp.S.Zero)
    return Inference(equal(mean, total))


@rule
def mean_of_fields(premises: tuple[Statement, ...], *, path: sp.Expr) -> Inference:
    """What holds between fields at every point holds between their expectations."""
    premise = one(premises)
    require_relation(premise, Relation.EQUAL, Relation.AT_MOST, Relation.BELOW)
    held = set().union(*(h.free_symbols for h in premise.hypotheses)) if premise.hypotheses else set()
    require(not any(isinstance(s, Point) for s in held), "the premise holds at one point only")
    require(len((premise.left - premise.right).atoms(Point)) <= 1, "the fields are at different points")
    vector_coefficients(path)
    left, right = FieldMean(premise.left, path), FieldMean(premise.right, path)
    return Inference(Statement(premise.relation, left, right, premise.hypotheses))


@rule
def independence(
    premises: tuple[Statement, ...], *, vector: RandomVector, noise: RandomVector, dimension: sp.Expr
) -> Inference:
    """E<X, eps> = 0 for centred eps independent of X."""
    require(not premises and vector != noise, "independence needs two vectors and no premises")
    given = (Independent(vector, noise), StandardNormal(noise, dimension))
    return Inference(equal(Mean(Inner(vector, noise)), 0, given))


@rule
def noise_second_moment(premises: tuple[Statement, ...], *, noise: RandomVector, dimension: sp.Expr) -> Inference:
    """E|eps|^2 = d for eps ~ N(0, I) in R^d."""
    require(not premises, "the second moment needs no premises")
    return Inference(equal(Mean(Inner(noise, noise)), dimension, (StandardNormal(noise, dimension),)))


@rule
def tower(
    premises: tuple[Statement, ...],
    *,
    data: RandomVector,
    mean: RandomVector,
    observation: sp.Expr,
    weights: tuple[sp.Expr, sp.Expr],
) -> Inference:
    """E<f(Y), X> = E<f(Y), E[X | Y]>, here for f = (first weight) Y + (second weight) E[X | Y]."""
    require(not premises and len(weights) == 2, "two weights and no premises")
    require(mean not in observation.free_symbols and mean != data, "the conditional mean is a further vector")
    vector_coefficients(observation)
    field = weights[0] * observation + weights[1] * mean
    require(all(map(_is_fixed, weights)), "the weights are random")
    given = (ConditionalMean(mean, data, observation),)
    return Inference(equal(Mean(Inner(field, data)), Mean(Inner(field, mean)), given))


@rule
def jensen(
    premises: tuple[Statement, ...], *, function: sp.Lambda, mean: sp.Expr, hypotheses: tuple[Boolean, ...] = ()
) -> Inference:
    """phi(E q) <= E phi(q) for convex phi; convexity on the real line is decided by the second derivative."""
    require(not premises and isinstance(mean, Mean | FieldMean), "an expectation and no premises")
    (variable,) = function.variables
    given = join(hypotheses)
    value = sp.Symbol(variable.name + "_value", real=True)
    require(not any(value in h.free_symbols for h in given), f"{value} is taken")
    obligations = (*defined(function(value), given), nonnegative(function(value).diff(value, 2), given))
    outer = mean.func(function(mean.args[0]), *mean.args[1:])
    return Inference(at_most(function(mean), outer, given), obligations)


@rule
def cauchy_schwarz(premises: tuple[Statement, ...], *, first: sp.Expr, second: sp.Expr) -> Inference:
    """(E X Y)^2 <= E X^2 E Y^2."""
    require(not premises, "the inequality needs no premises")
    return Inference(at_most(Mean(first * second) ** 2, Mean(first**2) * Mean(second**2)))


@rule
def mean_of_square(premises: tuple[Statement, ...], *, mean: Mean) -> Inference:
    """The expectation of a squared norm, or of a square, is nonnegative."""
    require(not premises and isinstance(mean, Mean), "an expectation and no premises")
    body = mean.args[0]
    norm = isinstance(body, Inner) and body.args[0] == body.args[1]
    square = body.is_Pow and body.exp == 2
    require(norm or square, f"{body} is no square")
    return Inference(at_most(0, mean))


@rule
def path_derivative(
    premises: tuple[Statement, ...], *, field: IndexSum, path: sp.Expr, variable: sp.Symbol, data: RandomVector
) -> Inference:
    """d/dt E f(U_t, t) = E d_t f + E<grad f, U_t'> along a path that is linear in random vectors."""
    require(not premises and isinstance(field, IndexSum), "a field and no premises")
    coefficients = vector_coefficients(path)
    require(data in coefficients, f"{data} is not on the path")
    obligations: list[Obligation] = []
    for factor in coefficients.values():
        obligations += (*defined(factor, ()), *defined(factor.diff(variable), ()))
    velocity = sum((factor.diff(variable) * name for name, factor in coefficients.items()), sp.S.Zero)
    explicit = field.diff(variable)
    still = FieldMean(explicit, path) if isinstance(explicit, IndexSum) else sp.S.Zero
    left = sp.Derivative(FieldMean(field, path), variable)
    given = (Bounded(data),)
    return Inference(equal(left, still + GradientMean(field, velocity, path), given), tuple(dict.fromkeys(obligations)))


@rule
def gaussian_integration_by_parts(
    premises: tuple[Statement, ...],
    *,
    field: IndexSum,
    path: sp.Expr,
    noise: RandomVector,
    data: RandomVector,
    dimension: sp.Expr,
) -> Inference:
    """E<eps, grad f(a X + b eps)> = b E Laplacian f(a X + b eps) for eps ~ N(0, I) independent of X."""
    require(not premises and isinstance(field, IndexSum), "a field and no premises")
    coefficients = vector_coefficients(path)
    require(set(coefficients) == {data, noise}, f"the path is no combination of {data} and {noise}")
    new = next(c for c in coordinates("i j k") if c not in field.args[1])
    given = (Bounded(data), Independent(data, noise), StandardNormal(noise, dimension))
    require(field.args[2] == dimension, "the field lives in another dimension")
    right = coefficients[noise] * FieldMean(laplacian(field, new), path)
    return Inference(equal(GradientMean(field, noise, path), right, given))


@rule
def gradient_tower(
    premises: tuple[Statement, ...], *, field: IndexSum, path: sp.Expr, data: RandomVector, mean: RandomVector
) -> Inference:
    """E<grad f(U), X> = E<grad f(U), E[X | U]>."""
    require(not premises and data in vector_coefficients(path), f"{data} is not on the path")
    given = (ConditionalMean(mean, data, path),)
    return Inference(equal(GradientMean(field, data, path), GradientMean(field, mean, path), given))
