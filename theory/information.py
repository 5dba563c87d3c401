"""Information about data seen through Gaussian noise: the rules.

Notation: a path U = a X + b eps with data X in R^d and eps ~ N(0, I) independent of it; F(u, g) = log E exp(<u, X> -
g |X|^2/2) is the log-partition function of the posterior of X given U = u where a = b^2 = g, so that grad F is the
posterior mean and Hess F the posterior covariance. Information and entropy are in nats.

The rules use Bayes' formula, the tower rule and the heat equation of the partition function; the derivations that rest
on them are in `theory.gaussian_channel`.
"""

from typing import Any, final

import sympy as sp

from .coordinates import IndexSum, Point, coordinates, gradient_product
from .expectation import (
    Bounded,
    FieldMean,
    GradientMean,
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
from .obligation import zero
from .rules.side_conditions import require
from .statement import Condition, Statement, at_most, equal


@final
@register_class
class LogPartition(Condition):
    """`LogPartition(F(u, g), X)`: F(u, g) = log E exp(<u, X> - g |X|^2/2) for every u and g > 0."""

    @property
    def free_symbols(self) -> set[sp.Basic]:
        """The data vector: point and parameter are bound."""
        return set(self.args[1].free_symbols)

    @property
    def bound_symbols(self) -> set[sp.Basic]:
        """The point and the parameter."""
        return set(self.args[0].args)


@final
@register_class
class MeanSquareError(Opaque):
    """`MeanSquareError(X, F, U)`: E|X - grad F(U)|^2."""

    @property
    def bound_symbols(self) -> set[sp.Basic]:
        """Random vectors and the point."""
        return set(self.atoms(RandomVector)) | set(self.atoms(Point))

    def _latex(self, printer: Any) -> str:
        return rf"\mathbb{{E}} |{self.args[0].name} - \nabla F(U)|^2"


@final
@register_class
class MutualInformation(Opaque):
    """`MutualInformation(X, Y)`, in nats."""

    @property
    def bound_symbols(self) -> set[sp.Basic]:
        """The random vectors."""
        return set(self.atoms(RandomVector))

    def _latex(self, printer: Any) -> str:
        return rf"I\left({printer._print(self.args[0])}; {printer._print(self.args[1])}\right)"


@final
@register_class
class Entropy(Opaque):
    """`Entropy(X)`: the entropy of discrete data, in nats."""

    @property
    def bound_symbols(self) -> set[sp.Basic]:
        """The random vectors."""
        return set(self.atoms(RandomVector))

    def _latex(self, printer: Any) -> str:
        return rf"H\left({printer._print(self.args[0])}\right)"


@final
@register_class
class Atoms(Condition):
    """`Atoms(X, n)`: X takes at most n values."""


@final
@register_class
class Markov(Condition):
    """`Markov(X, Y, Z)`: X and Z are independent given Y."""


def _channel(path: sp.Expr, data: RandomVector, noise: RandomVector) -> tuple[sp.Expr, sp.Expr]:
    coefficients = vector_coefficients(path)
    require(set(coefficients) == {data, noise}, f"the path is no combination of {data} and {noise}")
    return coefficients[data], coefficients[noise]


def _bayes(potential: sp.Expr, path: sp.Expr, data: RandomVector, noise: RandomVector) -> tuple[Any, ...]:
    """Demand that F is the log-partition function of the posterior.

    Given a X + b eps = u the posterior density is proportional to exp(a <u, X>/b^2 - a^2 |X|^2/(2 b^2)).
    """
    signal, spread = _channel(path, data, noise)
    require(len(potential.args) == 2 and isinstance(potential.args[0], Point), f"{potential} is not F(u, g)")
    ratio = potential.args[1]
    return (zero(signal / spread**2 - 1), zero(signal**2 / spread**2 - ratio))


def _given(potential: sp.Expr, data: RandomVector, noise: RandomVector, dimension: sp.Expr) -> tuple[Condition, ...]:
    return (
        Bounded(data),
        Independent(data, noise),
        LogPartition(potential, data),
        StandardNormal(noise, dimension),
    )


@rule
def log_partition_equation(
    premises: tuple[Statement, ...], *, potential: sp.Expr, data: RandomVector, dimension: sp.Expr
) -> Inference:
    """d_g F + Laplacian F/2 + |grad F|^2/2 = 0: each factor of the partition function solves a heat equation."""
    require(not premises and len(potential.args) == 2, "F(u, g) and no premises")
    parameter = potential.args[1]
    (i,) = coordinates("i")
    shown = potential.func(potential.args[0], i, parameter)
    atom = sp.Symbol("xi", real=True)
    factor = sp.exp(i * atom - parameter * atom**2 / 2)
    partition = sp.Function("Z", positive=True)(i, parameter)
    cole_hopf = sp.log(partition)
    obligations = (
        zero(factor.diff(parameter) + factor.diff(i, 2) / 2),
        zero(cole_hopf.diff(i, 2) + cole_hopf.diff(i) ** 2 - partition.diff(i, 2) / partition),
        zero(cole_hopf.diff(parameter) - partition.diff(parameter) / partition),
    )
    left = IndexSum(potential.diff(parameter), (), dimension)
    right = -IndexSum(shown.diff(i, 2) + shown.diff(i) ** 2, (i,), dimension) / 2
    return Inference(equal(left, right, (Bounded(data), LogPartition(potential, data))), obligations)


@rule
def posterior_mean_is_gradient(
    premises: tuple[Statement, ...],
    *,
    field: IndexSum,
    potential: sp.Expr,
    path: sp.Expr,
    data: RandomVector,
    noise: RandomVector,
) -> Inference:
    """E<grad f(U), X> = E<grad f(U), grad F(U)>: the tower rule with Bayes' formula for the posterior mean."""
    require(not premises, "the rule needs no premises")
    dimension = field.args[2]
    new = next(c for c in coordinates("i j k") if c not in field.args[1])
    product = gradient_product(IndexSum(potential, (), dimension), field, new)
    statement = equal(
        GradientMean(field, data, path), FieldMean(product, path), _given(potential, data, noise, dimension)
    )
    return Inference(statement, _bayes(potential, path, data, noise))


@rule
def posterior_second_moment(
    premises: tuple[Statement, ...],
    *,
    potential: sp.Expr,
    path: sp.Expr,
    data: RandomVector,
    noise: RandomVector,
    dimension: sp.Expr,
) -> Inference:
    """E d_g F(U) = -E|X|^2/2: d_g F is the posterior mean of -|X|^2/2, and the tower rule averages it."""
    require(not premises, "the rule needs no premises")
    slope = IndexSum(potential.diff(potential.args[1]), (), dimension)
    right = -Mean(Inner(data, data)) / 2
    return Inference(
        equal(FieldMean(slope, path), right, _given(potential, data, noise, dimension)),
        _bayes(potential, path, data, noise),
    )


@rule
def mean_square_error(
    premises: tuple[Statement, ...], *, potential: sp.Expr, path: sp.Expr, data: RandomVector, dimension: sp.Expr
) -> Inference:
    """E|X - grad F(U)|^2 = E|X|^2 - 2 E<grad F(U), X> + E|grad F(U)|^2."""
    require(not premises, "the rule needs no premises")
    field = IndexSum(potential, (), dimension)
    (i,) = coordinates("i")
    shown = potential.func(potential.args[0], i, *potential.args[1:])
    norm = FieldMean(IndexSum(shown.diff(i) ** 2, (i,), dimension), path)
    expanded = Mean(Inner(data, data)) - 2 * GradientMean(field, data, path) + norm
    return Inference(equal(MeanSquareError(data, potential, path), expanded))


@rule
def channel_information(
    premises: tuple[Statement, ...],
    *,
    potential: sp.Expr,
    path: sp.Expr,
    data: RandomVector,
    noise: RandomVector,
    dimension: sp.Expr,
) -> Inference:
    """I(X; U) = E[<U, X> - g|X|^2/2] - E F(U): the expectation of log p(U|X)/p(U), by Bayes' formula."""
    require(not premises, "the rule needs no premises")
    ratio = potential.args[1]
    likelihood = Mean(Inner(path, data) - ratio * Inner(data, data) / 2)
    free_energy = FieldMean(IndexSum(potential, (), dimension), path)
    statement = equal(
        MutualInformation(data, path), likelihood - free_energy, _given(potential, data, noise, dimension)
    )
    return Inference(statement, _bayes(potential, path, data, noise))


@rule
def information_of_nothing(premises: tuple[Statement, ...], *, data: RandomVector, observation: sp.Expr) -> Inference:
    """An observation that is one independent vector, or none, holds no information about the data."""
    require(not premises, "the rule needs no premises")
    others = set(vector_coefficients(observation))
    require(data not in others, f"{observation} depends on {data}")
    require(len(others) <= 1, "vectors that are independent of the data one by one need not be together")
    return Inference(equal(MutualInformation(data, observation), 0, tuple(Independent(data, v) for v in others)))


@rule
def information_at_most_entropy(
    premises: tuple[Statement, ...], *, data: RandomVector, count: sp.Expr, observation: sp.Expr
) -> Inference:
    """I(X; Y) <= H(X) for discrete X: the conditional entropy is nonnegative."""
    require(not premises, "the rule needs no premises")
    return Inference(at_most(MutualInformation(data, observation), Entropy(data), (Atoms(data, count),)))


@rule
def entropy_at_most_log_count(premises: tuple[Statement, ...], *, data: RandomVector, count: sp.Expr) -> Inference:
    """H(X) <= log n for data with n values: Jensen for the logarithm."""
    require(not premises, "the rule needs no premises")
    return Inference(at_most(Entropy(data), sp.log(count), (Atoms(data, count),)))


@rule
def data_processing(
    premises: tuple[Statement, ...], *, data: RandomVector, observation: sp.Expr, processed: sp.Expr
) -> Inference:
    """I(X; Z) <= I(X; Y) where Z depends on X only through Y."""
    require(not premises, "the rule needs no premises")
    given = (Markov(data, observation, processed),)
    return Inference(at_most(MutualInformation(data, processed), MutualInformation(data, observation), given))
