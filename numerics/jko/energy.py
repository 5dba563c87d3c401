"""Energies of a law on R^d: what a JKO scheme descends, and the forces that drive the matching diffusion.

    J(mu) = int V dmu + 1/2 int int U(x - y) dmu(x) dmu(y) + beta int F(rho),   F = rho log rho or rho^p/(p - 1)

Its gradient flow is `d rho/dt = div(rho grad(V + U*rho)) + beta Laplace(rho^p)`, with p = 1 for rho log rho. Under the
double integral only the even part of U acts, so the force between x and y is that of (U(z) + U(-z))/2, z = x - y:
whoever means U without the factor 1/2 gives 2 U.

Notation: V the potential, U the interaction, beta >= 0 the diffusivity, p >= 1 the exponent.

References: [terpin2024] for the functional.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Final, TypeAlias, final

import jax.numpy as jnp
import sympy
from jax import Array
from jaxtyping import Float

from ...theory.jko.potentials import potential, potential_gradient
from ..compile import CompiledExpression, compile_expression

VectorFunction: TypeAlias = Callable[[Float[Array, "*n d"]], Float[Array, "*n d"]]
"""A traceable function of points, one for each."""

ENTROPY: Final = 1.0
"""The exponent p that stands for rho log rho."""


@final
@dataclass(frozen=True, slots=True)
class Forces:
    """What moves a particle: grad V, grad U of the even part (None without interaction), and the diffusivity beta."""

    potential_gradient: VectorFunction
    interaction_gradient: VectorFunction | None
    diffusivity: float

    def __post_init__(self) -> None:
        if not 0 <= self.diffusivity < float("inf"):
            raise ValueError(f"the diffusivity must be finite and not negative: {self.diffusivity}")


@final
@dataclass(frozen=True, slots=True)
class Energy:
    """An energy functional from SymPy expressions in `coordinates`, d real symbols.

    **Arguments:** `potential` V and `interaction` U, which is written in the same symbols as a function of the
    displacement x - y; `diffusivity` beta >= 0; `exponent` p >= 1 of the internal energy. `gradient` is grad V where
    differentiating V is not to be left to SymPy, as at a kink.

    **Raises:** `ValueError` for coordinates that are not distinct real symbols, other symbols in V or U, a gradient of
    the wrong length, or beta or p out of range.
    """

    coordinates: tuple[sympy.Symbol, ...]
    potential: sympy.Expr = sympy.S.Zero
    interaction: sympy.Expr = sympy.S.Zero
    diffusivity: float = 0.0
    exponent: float = ENTROPY
    gradient: tuple[sympy.Expr, ...] | None = None

    def __post_init__(self) -> None:
        real = all(isinstance(symbol, sympy.Symbol) and symbol.is_real for symbol in self.coordinates)
        if not self.coordinates or not real or len(set(self.coordinates)) != len(self.coordinates):
            raise ValueError(f"coordinates must be distinct real symbols: {self.coordinates}")
        others = (self.potential.free_symbols | self.interaction.free_symbols) - set(self.coordinates)
        if others:
            names = ", ".join(sorted(map(str, others)))
            raise ValueError(f"the energy may depend on its coordinates {self.coordinates} alone, not on {names}")
        if self.gradient is not None and len(self.gradient) != self.dimension:
            raise ValueError(f"the gradient needs {self.dimension} entries, not {len(self.gradient)}")
        if not (0 <= self.diffusivity < float("inf") and 1 <= self.exponent < float("inf")):
            raise ValueError(f"finite beta >= 0 and p >= 1 are needed: beta = {self.diffusivity}, p = {self.exponent}")

    @classmethod
    def of_test_potential(
        cls, name: str, dimension: int, *, interaction: sympy.Expr = sympy.S.Zero, diffusivity: float = 0.0
    ) -> "Energy":
        """Return the energy with one of the potentials of `theory.jko.potentials`, in the symbols v1, ..., vd."""
        coordinates = sympy.symbols(f"v1:{dimension + 1}", real=True)
        return cls(
            coordinates,
            potential(name, coordinates),
            interaction,
            diffusivity,
            gradient=potential_gradient(name, coordinates),
        )

    @property
    def dimension(self) -> int:
        """The dimension d."""
        return len(self.coordinates)

    @property
    def even_interaction(self) -> sympy.Expr:
        """The part of U that acts: (U(z) + U(-z))/2."""
        return _even_part(self.interaction, self.coordinates)

    @property
    def interacts(self) -> bool:
        """Whether particles act on each other: False where U is seen to be odd up to a constant."""
        return bool(self.even_interaction.free_symbols)

    def forces(self) -> Forces:
        """Compile grad V and grad U to functions of points (n, d)."""
        slopes = self.gradient or tuple(self.potential.diff(symbol) for symbol in self.coordinates)
        pushes = tuple(self.even_interaction.diff(symbol) for symbol in self.coordinates)
        return Forces(
            _vector_function(slopes, self.coordinates),
            _vector_function(pushes, self.coordinates) if self.interacts else None,
            self.diffusivity,
        )


@cache
def _even_part(expression: sympy.Expr, coordinates: tuple[sympy.Symbol, ...]) -> sympy.Expr:
    reflected = expression.xreplace({symbol: -symbol for symbol in coordinates})
    return sympy.expand_mul((expression + reflected) / 2)


@cache
def _vector_function(entries: tuple[sympy.Expr, ...], coordinates: tuple[sympy.Symbol, ...]) -> VectorFunction:
    compiled = compile_expression(entries, coordinates)
    return lambda points: compiled(*jnp.moveaxis(points, -1, 0))


@cache
def compile_derivatives(expression: sympy.Expr, coordinate: sympy.Symbol, order: int) -> CompiledExpression:
    """Compile a function of one coordinate with its derivatives up to `order`, along a trailing axis."""
    return compile_expression([expression.diff(coordinate, k) for k in range(order + 1)], (coordinate,))
