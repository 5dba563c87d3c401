"""Values of expectations on a finite data set: exact sums over the atoms, Gauss-Hermite quadrature over the noise.

Fields are given as SymPy expressions in the coordinates `U[0], U[1]`, so that every derivative is exact. Conditional
means are computed from Bayes' formula, information from the ratio of densities: not from the rules that are tested.
"""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import sympy as sp

from lemmata.theory.coordinates import IndexSum, Point, SpaceIntegral
from lemmata.theory.expectation import FieldMean, GradientMean, Inner, Mean, RandomVector, vector_coefficients
from lemmata.theory.generalisation import Opaque
from lemmata.theory.information import Entropy, MeanSquareError, MutualInformation

U = sp.symbols("U_0 U_1", real=True)
NODES = 40
"""Gauss-Hermite nodes per dimension: polynomials are exact, log-partition functions of small data nearly so."""
STEP = 1e-3
"""Step of the central differences of fourth order."""
Array = Any


@dataclass(frozen=True)
class Sample:
    """A data set with weights, its dimension, values of symbols, and concrete fields and conditional means."""

    atoms: Array
    weights: Array
    values: Mapping[sp.Symbol, float] = field(default_factory=dict)
    fields: Mapping[str, sp.Expr] = field(default_factory=dict)
    data: RandomVector | None = None
    noise: RandomVector | None = None
    means: Mapping[RandomVector, sp.Expr] = field(default_factory=dict)

    @property
    def dimension(self) -> int:
        return int(self.atoms.shape[1])

    def at(self, **changes: Any) -> "Sample":
        return Sample(**{**self.__dict__, **changes})

    # Random vectors: arrays of shape (atoms, nodes, dimension)

    def law(self) -> tuple[Array, Array, Array]:
        """Return data, noise and the weight of each pair."""
        nodes, weights = np.polynomial.hermite_e.hermegauss(NODES)
        axes = [nodes] * self.dimension
        grid = np.stack([g.ravel() for g in np.meshgrid(*axes, indexing="ij")], -1)
        chance = np.prod(np.stack([w.ravel() for w in np.meshgrid(*[weights] * self.dimension, indexing="ij")]), 0)
        chance = chance / chance.sum()
        shape = (len(self.atoms), len(grid), self.dimension)
        joint = self.weights[:, None] * chance[None, :]
        return np.broadcast_to(self.atoms[:, None, :], shape), np.broadcast_to(grid[None], shape), joint

    def number(self, expression: Any) -> float:
        return float(sp.sympify(expression).subs(self.values))

    def vector(self, expression: Any) -> Array:
        data, noise, _ = self.law()
        total = np.zeros_like(data)
        for name, factor in vector_coefficients(sp.sympify(expression)).items():
            known = data if name == self.data else noise if name == self.noise else None
            total = total + self.number(factor) * (self.posterior_mean(self.means[name]) if known is None else known)
        return total

    def responsibilities(self, path: Any) -> tuple[Array, Array]:
        """Return the posterior weights of the atoms at the path's points, and the log of its density ratio."""
        assert self.data is not None
        assert self.noise is not None
        factors = vector_coefficients(path)
        signal, spread = self.number(factors[self.data]), self.number(factors[self.noise])
        gap = self.vector(path)[:, :, None, :] - signal * self.atoms[None, None]
        logs = -(gap**2).sum(-1) / (2 * spread**2)
        top = logs.max(-1, keepdims=True)
        mass = self.weights * np.exp(logs - top)
        density = top[..., 0] + np.log(mass.sum(-1))
        own = -(self.vector(self.noise) ** 2).sum(-1) / 2
        return mass / mass.sum(-1, keepdims=True), own - density

    def posterior_mean(self, path: Any) -> Array:
        return self.responsibilities(path)[0] @ self.atoms

    # Fields

    def summed(self, node: IndexSum) -> sp.Expr:
        """Write a sum over indices out in the coordinates."""
        summand, indices, _ = node.args
        total: sp.Expr = sp.S.Zero
        for choice in itertools.product(U[: self.dimension], repeat=len(indices)):
            total += self.concrete(summand, dict(zip(indices, choice, strict=True)))
        return total

    def concrete(self, expression: sp.Expr, place: Mapping[Any, Any]) -> sp.Expr:
        table: dict[Any, Any] = {}
        for node in sp.preorder_traversal(expression):
            applied = node.expr if isinstance(node, sp.Derivative) else node
            if getattr(applied, "args", ()) and isinstance(applied.args[0], Point):
                body = self.fields[applied.func.__name__]
                orders = node.variable_count if isinstance(node, sp.Derivative) else ()
                table[node] = body.diff(*((place.get(v, v), n) for v, n in orders)) if orders else body
        return expression.xreplace(table).xreplace(dict(place))

    def written(self, expression: sp.Expr) -> sp.Expr:
        table = {node: self.summed(node) for node in expression.atoms(IndexSum)}
        return expression.xreplace(table).subs(self.values)

    def evaluated(self, expression: sp.Expr, points: Array) -> Array:
        function = sp.lambdify(U[: self.dimension], expression, modules="numpy")
        return np.broadcast_to(function(*np.moveaxis(points, -1, 0)), points.shape[:-1])

    # Values

    def value(self, expression: Any) -> float:
        """Return the value of an expression in expectations."""
        table: dict[Any, Any] = {}

        def visit(node: Any) -> None:
            if isinstance(node, sp.Derivative) and isinstance(node.expr, Opaque):
                table[node] = sp.Float(self.slope(node.expr, node.variables[0]))
            elif isinstance(node, Opaque):
                table[node] = sp.Float(self.opaque(node))
            else:
                for argument in node.args:
                    visit(argument)

        visit(sp.sympify(expression))
        return float(sp.sympify(expression).xreplace(table).subs(self.values))

    def slope(self, expression: sp.Expr, symbol: sp.Symbol) -> float:
        here = self.values[symbol]
        at = [self.at(values={**self.values, symbol: here + k * STEP}).value(expression) for k in (-2, -1, 1, 2)]
        return (at[0] - 8 * at[1] + 8 * at[2] - at[3]) / (12 * STEP)

    def opaque(self, node: Any) -> float:
        joint = self.law()[2]
        match node:
            case Mean(args=(body,)):
                table = {inner: sp.Symbol(f"w_{k}") for k, inner in enumerate(sorted(body.atoms(Inner), key=str))}
                function = sp.lambdify(list(table.values()), body.xreplace(table).subs(self.values), modules="numpy")
                inner = [(self.vector(n.args[0]) * self.vector(n.args[1])).sum(-1) for n in table]
                return float((joint * function(*inner)).sum())
            case FieldMean(args=(body, path)):
                return float((joint * self.evaluated(self.written(body), self.vector(path))).sum())
            case GradientMean(args=(body, vector, path)):
                points, written = self.vector(path), self.written(body)
                slopes = [self.evaluated(written.diff(u), points) for u in U[: self.dimension]]
                return float((joint * (np.stack(slopes, -1) * self.vector(vector)).sum(-1)).sum())
            case MeanSquareError(args=(data, _, path)):
                return float((joint * ((self.vector(data) - self.posterior_mean(path)) ** 2).sum(-1)).sum())
            case MutualInformation(args=(_, path)):
                silent = self.data not in path.free_symbols or self.number(path.coeff(self.data)) == 0
                return 0.0 if silent else float((joint * self.responsibilities(path)[1]).sum())
            case Entropy():
                return float(-(self.weights * np.log(self.weights)).sum())
            case SpaceIntegral(args=(body,)):
                axis = np.linspace(-9, 9, 181)
                points = np.stack(np.meshgrid(*[axis] * self.dimension, indexing="ij"), -1)
                return float(self.evaluated(self.written(body), points).sum() * (axis[1] - axis[0]) ** self.dimension)
            case IndexSum():
                return float(self.evaluated(self.written(node), np.full((1, self.dimension), 0.3))[0])
        raise TypeError(type(node))


def log_partition(atoms: Array, weights: Array, ratio: sp.Symbol) -> sp.Expr:
    """Return log E exp(<u, X> - g|X|^2/2) of a data set, with exact rational atoms, as an expression in U and g."""
    total: sp.Expr = sp.S.Zero
    for atom, weight in zip(atoms, weights, strict=True):
        place = [sp.Rational(str(x)) for x in atom]
        exponent = sum((u * x - ratio * x**2 / 2 for u, x in zip(U, place, strict=False)), sp.S.Zero)
        total += sp.Rational(str(weight)) * sp.exp(exponent)
    return sp.log(total)
