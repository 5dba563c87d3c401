"""Laws in the plane on which energies of displaced laws are computed from their definitions.

A law has atoms, or a density. Energies are sums over atoms and pairs of atoms, or quadrature over a grid, with the
density of the displaced law from the full Jacobian determinant; derivatives in the displacement are differences.
"""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy as sp
from hypothesis import strategies as st

from lemmata.theory.coordinates import IndexSum, SpaceIntegral, coordinates, point
from lemmata.theory.displacement import (
    InteractionEnergy,
    InternalEnergy,
    TestField,
)
from lemmata.theory.expectation import (
    FieldMean,
    GradientMean,
    Inner,
    Mean,
    random_vector,
    vector_coefficients,
)
from lemmata.theory.generalisation import Opaque
from lemmata.theory.statement import Relation, Statement

from .sampled import Sample
from .sampled import U as PLACE

X, Y, H, Z = (random_vector(name) for name in ("X", "Y", "H", "Z"))
d = sp.Symbol("d", integer=True, positive=True)
e, b = sp.symbols("e b", real=True)
r = sp.Symbol("r", positive=True)
u = point("u")
(i,) = coordinates("i")
NAMES = ("psi", "chi", "V", "N", "U", "R", "W", "M", "rho")
psi, chi, V, N, U, R, W, M, rho = (sp.Function(name, real=True)(u) for name in NAMES)
psi_i, chi_i, rho_i = (sp.Function(name, real=True)(u, i) for name in ("psi", "chi", "rho"))
along_field = TestField(H, psi, chi, Y)
moved = Y + e * H
STEP = 1e-3
"""Of central differences of fourth order."""
TOLERANCE = 1e-7
"""Differences of sums of order ten lose about 1e-15/STEP to rounding and STEP^4 to truncation; this is far above."""
_axis = np.linspace(-8, 8, 121)
CELL = (_axis[1] - _axis[0]) ** 2
GRID = np.stack(np.meshgrid(_axis, _axis, indexing="ij"), -1).reshape(-1, 2)


@dataclass(frozen=True)
class World:
    """Fields in the coordinates, and a law: atoms of equal weight, or the density rho on a grid (no atoms)."""

    fields: Mapping[str, sp.Expr]
    atoms: Any = None
    number: float = 0.0
    """The value of b."""
    displaced: float = 0.0
    """The value of e."""

    @property
    def points(self) -> Any:
        return GRID if self.atoms is None else self.atoms

    @property
    def weights(self) -> Any:
        if self.atoms is None:
            return self.evaluated(self.fields["rho"], GRID) * CELL
        return np.full(len(self.atoms), 1 / len(self.atoms))

    def sample(self) -> Sample:
        return Sample(np.zeros((1, 2)), np.ones(1), fields=self.fields)

    def evaluated(self, expression: sp.Expr, places: Any) -> Any:
        return self.sample().evaluated(expression, places)

    def gradient(self, expression: sp.Expr, places: Any) -> Any:
        return np.stack([self.evaluated(expression.diff(c), places) for c in PLACE], -1)

    def displacement(self, places: Any) -> Any:
        return self.evaluated(self.fields["psi"], places)[:, None] * self.gradient(self.fields["chi"], places)

    def vector(self, expression: Any) -> Any:
        known = {Y: self.points, H: self.displacement(self.points)}
        known[X] = self.points - self.gradient(self.fields["V"], self.points)
        terms = vector_coefficients(sp.sympify(expression)).items()
        return sum((self.scalar(factor) * known[name] for name, factor in terms), np.zeros_like(self.points))

    def scalar(self, expression: Any) -> float:
        return float(sp.sympify(expression).subs({e: self.displaced, b: self.number, d: 2}))

    def at(self, displaced: float) -> "World":
        return World(self.fields, self.atoms, self.number, displaced)

    def written(self, body: Any) -> sp.Expr:
        return self.sample().written(body)

    def opaque(self, node: Any) -> float:
        match node:
            case FieldMean(args=(body, path)):
                return float(self.weights @ self.evaluated(self.written(body), self.vector(path)))
            case GradientMean(args=(body, vector, path)):
                slopes = self.gradient(self.written(body), self.vector(path))
                return float(self.weights @ (slopes * self.vector(vector)).sum(-1))
            case Mean(args=(Inner(args=(first, second)),)):
                return float(self.weights @ (self.vector(first) * self.vector(second)).sum(-1))
            case InteractionEnergy(args=(potential, path)):
                places = self.vector(path)
                pairs = (places[:, None] - places[None]).reshape(-1, 2)
                return float(self.evaluated(self.fields[potential.func.__name__], pairs).mean())
            case InternalEnergy(args=(function, path)):
                return self.internal(function, self.scalar(vector_coefficients(path).get(H, sp.S.Zero)))
            case SpaceIntegral(args=(body,)):
                return float(self.evaluated(self.written(body), GRID).sum() * CELL)
        raise TypeError(type(node))

    def internal(self, function: sp.Lambda, shift: float) -> float:
        shifts = [self.fields["psi"] * self.fields["chi"].diff(c) for c in PLACE]
        jacobian = sp.eye(2) + shift * sp.Matrix(2, 2, [s.diff(c) for s, c in itertools.product(shifts, PLACE)])
        volume = self.evaluated(jacobian.det(), GRID)
        assert volume.min() > 0
        density = self.evaluated(self.fields["rho"], GRID) / volume
        return float((sp.lambdify(r, function(r))(density) * volume).sum() * CELL)

    def value(self, expression: sp.Expr) -> float:
        table: dict[Any, Any] = {}

        def visit(node: Any) -> None:
            if isinstance(node, sp.Subs):
                inner = node.expr.expr
                low, under, over, high = (self.at(k * STEP).opaque(inner) for k in (-2, -1, 1, 2))
                table[node] = sp.Float((low - 8 * under + 8 * over - high) / (12 * STEP))
            elif isinstance(node, Opaque):
                table[node] = sp.Float(self.opaque(node))
            else:
                for argument in node.args:
                    visit(argument)

        visit(expression)
        return self.scalar(expression.xreplace(table))

    def holds(self, statement: Statement) -> bool:
        left, right = self.value(statement.left), self.value(statement.right)
        slack = TOLERANCE * (1 + abs(left))
        return abs(left - right) < slack if statement.relation is Relation.EQUAL else left <= right + slack


numbers = st.integers(-2, 2).map(lambda k: sp.Rational(k, 2))


def fields_of(p: sp.Rational, q: sp.Rational) -> dict[str, sp.Expr]:
    """Return fields in two coordinates; psi decays fast enough for integration by parts."""
    x, y = PLACE
    bell = sp.exp(-(x**2 + y**2) / 2)
    pair = p * x**3 + x**2 * y + (x - q * y) ** 2 + x
    return {
        "psi": bell * (1 + p * x) / 4,
        "chi": x + q * x * y + p * y**2,
        "V": (x**2 + (q + 1) ** 2 * y**2) / 2,
        "U": pair,
        "N": 1 - (x**2 + (q + 1) ** 2 * y**2) / 2,
        "R": pair.subs({x: -x, y: -y}, simultaneous=True),
        "rho": (1 + q * x / (2 + x**2 + y**2)) * bell / (2 * sp.pi),
    }


@st.composite
def atomic(draw: st.DrawFn) -> World:
    """Draw atoms, with the convolutions of U and R with their law, and b = E<grad V(Y), H>."""
    places = draw(st.lists(st.tuples(numbers, numbers), min_size=2, max_size=4))
    fields = fields_of(draw(numbers), draw(numbers))
    x, y = PLACE
    for name, kernel in (("W", "U"), ("M", "R")):
        shifted = (fields[kernel].subs({x: x - a, y: y - c}, simultaneous=True) for a, c in places)
        fields[name] = sum(shifted, sp.S.Zero) / len(places)
    world = World(fields, np.array(places, dtype=float))
    work = world.value(GradientMean(IndexSum(V, (), d), H, Y))
    return World(fields, world.atoms, work, draw(st.sampled_from((-0.9, 0.3, 0.8))))


@st.composite
def smooth(draw: st.DrawFn) -> World:
    """Draw a law with a density."""
    return World(fields_of(draw(numbers), draw(numbers)))
