"""Laws on the line as splines: the monotone map from a reference law, and quadrature against it.

A law mu is held as T with T(Z) ~ mu, Z of a reference law with density eta; for the uniform law on (0, 1) T would be
the quantile function itself. T is smooth where quantiles are not: it is linear if mu is of the reference's own family.
It is a spline of degree 5 whose pieces are halved by refinement, so that the splines of a grid are splines of the
refined one as well. In d = 1 the map is optimal between any two laws, hence

    W_2(mu, nu)^2 = int (T_mu - T_nu)^2 eta dz,    rho(T(z)) = eta(z)/T'(z),
    d log rho/dx (T(z)) = [eta'/eta - T''/T']/T'.

Two references: the normal law, cut off at +-REACH, for densities that live on the whole line, and the profile
(1 - z^2)^(1/(p - 1)) on [-1, 1], the shape of every Barenblatt solution of exponent p, for laws that end in such a way.

References: [villani2003] for transport on the line; Barenblatt's profile as in [otto2001].
"""

import abc
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final, TypeAlias, final

import numpy as np
from jaxtyping import Float
from scipy import linalg, special
from scipy.interpolate import BSpline

from ..estimate import Estimate

DEGREE: Final = 5
"""Degree of the splines."""

NODES: Final = 8
"""Gauss-Legendre nodes on each piece."""

REACH: Final = 8.0
"""Where the normal reference is cut off; the mass beyond is 1.2e-15."""

BISECTIONS: Final = 55
"""Halvings of the reference's interval after which its two ends are neighbouring doubles."""

LineFunction: TypeAlias = Callable[[Float[np.ndarray, " n"]], Float[np.ndarray, " n"]]


class AbstractReference(abc.ABC):
    """A law with a density on an interval, after which other laws on the line are modelled."""

    @abc.abstractmethod
    def place(self, share: Float[np.ndarray, " n"]) -> Float[np.ndarray, " n"]:
        """Map [0, 1] onto the interval, increasing; equal pieces of [0, 1] become the pieces of the grid."""

    @abc.abstractmethod
    def mass_rate(self, share: Float[np.ndarray, " n"]) -> Float[np.ndarray, " n"]:
        """Return eta dz per unit of share, a smooth function even where the density is not."""

    @abc.abstractmethod
    def cumulative(self, z: Float[np.ndarray, " n"]) -> Float[np.ndarray, " n"]:
        """Return the mass below z, 0 left and 1 right of the interval."""

    @abc.abstractmethod
    def log_density(self, z: Float[np.ndarray, " n"]) -> Float[np.ndarray, " n"]:
        """Return log eta inside the interval."""

    @abc.abstractmethod
    def log_density_slope(self, z: Float[np.ndarray, " n"]) -> Float[np.ndarray, " n"]:
        """Return eta'/eta inside the interval."""


@final
@dataclass(frozen=True, slots=True)
class NormalReference(AbstractReference):
    """N(0, 1), cut off at +-REACH."""

    def place(self, share: Float[np.ndarray, " n"]) -> Float[np.ndarray, " n"]:
        """Map [0, 1] onto the interval; pieces in the middle, where the mass is, are the smallest."""
        u = 2 * share - 1
        return REACH * (2 * u + 3 * u**3) / 5

    def mass_rate(self, share: Float[np.ndarray, " n"]) -> Float[np.ndarray, " n"]:
        """Return eta dz per unit of share."""
        u = 2 * share - 1
        return 2 * REACH * (2 + 9 * u**2) / 5 * np.exp(self.log_density(self.place(share)))

    def cumulative(self, z: Float[np.ndarray, " n"]) -> Float[np.ndarray, " n"]:
        """Return the mass below z."""
        return special.ndtr(z)

    def log_density(self, z: Float[np.ndarray, " n"]) -> Float[np.ndarray, " n"]:
        """Return log eta."""
        return -(z**2) / 2 - np.log(2 * np.pi) / 2

    def log_density_slope(self, z: Float[np.ndarray, " n"]) -> Float[np.ndarray, " n"]:
        """Return eta'/eta."""
        return -z


@final
@dataclass(frozen=True, slots=True)
class BarenblattReference(AbstractReference):
    """The density proportional to (1 - z^2)^(1/(p - 1)) on [-1, 1], p = `exponent` > 1."""

    exponent: float

    def __post_init__(self) -> None:
        if not 1 < self.exponent < float("inf"):
            raise ValueError(f"a Barenblatt profile needs a finite exponent above 1, not {self.exponent}")

    @property
    def _power(self) -> float:
        return 1 / (self.exponent - 1)

    def place(self, share: Float[np.ndarray, " n"]) -> Float[np.ndarray, " n"]:
        """Map [0, 1] onto the interval; as the sine of an angle, in which the mass is smooth up to the ends."""
        return np.sin(np.pi * (share - 0.5))

    def mass_rate(self, share: Float[np.ndarray, " n"]) -> Float[np.ndarray, " n"]:
        """Return eta dz per unit of share."""
        total = special.beta(self._power + 1, 0.5)
        return np.pi * np.cos(np.pi * (share - 0.5)) ** (2 * self._power + 1) / total

    def cumulative(self, z: Float[np.ndarray, " n"]) -> Float[np.ndarray, " n"]:
        """Return the mass below z."""
        return special.betainc(self._power + 1, self._power + 1, np.clip((1 + z) / 2, 0, 1))

    def log_density(self, z: Float[np.ndarray, " n"]) -> Float[np.ndarray, " n"]:
        """Return log eta."""
        return self._power * (np.log1p(z) + np.log1p(-z)) - np.log(special.beta(self._power + 1, 0.5))

    def log_density_slope(self, z: Float[np.ndarray, " n"]) -> Float[np.ndarray, " n"]:
        """Return eta'/eta."""
        return -2 * self._power * z / (1 - z**2)


@final
@dataclass(frozen=True)
class QuantileGrid:
    """Splines over the interval of a reference, on `elements` pieces, with quadrature nodes on each.

    Arrays over nodes run piece by piece; basis arrays are shaped (elements, NODES, DEGREE + 1), where entry j of piece
    e belongs to coefficient e + j.
    """

    reference: AbstractReference
    elements: int = 64

    def __post_init__(self) -> None:
        if self.elements < 2:
            raise ValueError(f"at least two pieces are needed, not {self.elements}")

    @property
    def size(self) -> int:
        """The number of coefficients."""
        return self.elements + DEGREE

    def refined(self) -> "QuantileGrid":
        """Return the grid with every piece halved."""
        return replace(self, elements=2 * self.elements)

    @cached_property
    def _shares(self) -> tuple[Float[np.ndarray, " q"], Float[np.ndarray, " q"]]:
        places, masses = np.polynomial.legendre.leggauss(NODES)
        start = np.arange(self.elements)[:, None]
        return ((start + (1 + places) / 2) / self.elements).ravel(), np.tile(masses / 2 / self.elements, self.elements)

    @cached_property
    def nodes(self) -> Float[np.ndarray, " q"]:
        """The quadrature nodes z."""
        return self.reference.place(self._shares[0])

    @cached_property
    def weights(self) -> Float[np.ndarray, " q"]:
        """The mass of the reference at each node; they sum to 1 up to what is cut off."""
        shares, masses = self._shares
        return self.reference.mass_rate(shares) * masses

    @cached_property
    def log_density(self) -> Float[np.ndarray, " q"]:
        """The logarithm of eta at the nodes."""
        return self.reference.log_density(self.nodes)

    @cached_property
    def knots(self) -> Float[np.ndarray, " k"]:
        """The knots of the splines, those at the ends repeated."""
        breaks = self.reference.place(np.linspace(0, 1, self.elements + 1))
        return np.concatenate([np.repeat(breaks[0], DEGREE), breaks, np.repeat(breaks[-1], DEGREE)])

    @cached_property
    def dense_basis(self) -> Float[np.ndarray, "q c"]:
        """Every basis function at every node."""
        return BSpline(self.knots, np.eye(self.size), DEGREE)(self.nodes)

    @cached_property
    def basis(self) -> tuple[Float[np.ndarray, "e n b"], Float[np.ndarray, "e n b"], Float[np.ndarray, "e n b"]]:
        """The basis functions that do not vanish at the nodes, and their first and second derivatives."""
        every = BSpline(self.knots, np.eye(self.size), DEGREE)
        first, second = (every.derivative(order)(self.nodes) for order in (1, 2))
        columns = np.arange(self.elements)[:, None, None] + np.arange(DEGREE + 1)
        shape = (self.elements, NODES, self.size)
        values, slopes, bends = (
            np.take_along_axis(dense.reshape(shape), columns, axis=2) for dense in (self.dense_basis, first, second)
        )
        return values, slopes, bends

    def expand(self, coefficients: Float[np.ndarray, " c"], order: int = 0) -> Float[np.ndarray, " q"]:
        """Return the derivative of this order (0, 1 or 2) of a spline at the nodes."""
        columns = np.arange(self.elements)[:, None] + np.arange(DEGREE + 1)
        return np.einsum("enb,eb->en", self.basis[order], coefficients[columns]).ravel()

    def collect(self, values: Float[np.ndarray, " q"], order: int = 0) -> Float[np.ndarray, " c"]:
        """Return sum_q values_q B_j^(order)(z_q) for each coefficient j: the transpose of `expand`."""
        local = np.einsum("enb,en->eb", self.basis[order], values.reshape(self.elements, NODES))
        total = np.zeros(self.size)
        for j in range(DEGREE + 1):
            total[j : j + self.elements] += local[:, j]
        return total

    def band(
        self, by_value: Float[np.ndarray, " q"], by_slope: Float[np.ndarray, " q"] | None = None
    ) -> Float[np.ndarray, "b c"]:
        """Return sum_q of by_value B_i B_j + by_slope B_i' B_j', stored by its upper band as for `solve_band`."""
        local = _products(self.basis[0], by_value.reshape(self.elements, NODES))
        if by_slope is not None:
            local += _products(self.basis[1], by_slope.reshape(self.elements, NODES))
        stored = np.zeros((DEGREE + 1, self.size))
        for i in range(DEGREE + 1):
            for j in range(i, DEGREE + 1):
                stored[DEGREE + i - j, j : j + self.elements] += local[:, i, j]
        return stored

    def fit(self, values: Float[np.ndarray, " q"]) -> Float[np.ndarray, " c"]:
        """Return the coefficients of the spline nearest to `values` at the nodes, the same everywhere on the interval.

        Weighed by the reference, the tails would be left to rounding.
        """
        _, even = self._shares
        return solve_band(self.band(even), self.collect(even * values))


def _products(basis: Float[np.ndarray, "e n b"], factors: Float[np.ndarray, "e n"]) -> Float[np.ndarray, "e b b"]:
    return np.swapaxes(basis, 1, 2) @ (factors[:, :, None] * basis)


def solve_band(stored: Float[np.ndarray, "b c"], right: Float[np.ndarray, " c"]) -> Float[np.ndarray, " c"]:
    """Solve a positive definite banded system in upper storage, scaled to a unit diagonal.

    The scaling takes out how much less the reference weighs in its tails. **Raises:** `LinAlgError` if the matrix is
    not positive definite.
    """
    diagonal = stored[-1]
    if not (diagonal > 0).all():
        raise linalg.LinAlgError("a diagonal entry is not positive")
    scale = 1 / np.sqrt(diagonal)
    scaled = stored * scale
    for above in range(len(stored)):
        scaled[-1 - above, above:] *= scale[: len(scale) - above]
    return scale * linalg.solveh_banded(scaled, scale * right)


def solve_full(matrix: Float[np.ndarray, "c c"], right: Float[np.ndarray, " c"]) -> Float[np.ndarray, " c"]:
    """Solve a positive definite system as `solve_band` does, from the full matrix."""
    diagonal = np.diag(matrix)
    if not (diagonal > 0).all():
        raise linalg.LinAlgError("a diagonal entry is not positive")
    scale = 1 / np.sqrt(diagonal)
    return scale * linalg.cho_solve(linalg.cho_factor(scale[:, None] * matrix * scale), scale * right)


def unpack_band(stored: Float[np.ndarray, "b c"]) -> Float[np.ndarray, "c c"]:
    """Return the full symmetric matrix behind upper band storage."""
    above = len(stored) - 1
    upper = sum(np.diag(stored[above - k, k:], k) for k in range(1, above + 1))
    return np.diag(stored[above]) + upper + np.transpose(upper)


def map_distance(
    fine: QuantileGrid,
    fine_coefficients: Float[np.ndarray, " c"],
    coarse: QuantileGrid,
    coarse_coefficients: Float[np.ndarray, " k"],
) -> float:
    """Return the distance in L^2(eta) of two splines over the same reference: W_2 of the laws they are maps to."""
    apart = fine.expand(fine_coefficients) - BSpline(coarse.knots, coarse_coefficients, DEGREE)(fine.nodes)
    return float(np.sqrt(fine.weights @ apart**2))


@final
@dataclass(frozen=True, eq=False)
class QuantileLaw:
    """A law on the line, T(Z) with the spline T of `coefficients` on `grid`, T' > 0 at the nodes.

    `error` estimates the W_2 distance to the law that is meant.

    **Raises:** `ValueError` for the wrong number of coefficients or a map that does not increase.
    """

    grid: QuantileGrid
    coefficients: Float[np.ndarray, " c"]
    error: float = 0.0

    def __post_init__(self) -> None:
        if self.coefficients.shape != (self.grid.size,):
            raise ValueError(f"{self.grid.size} coefficients are needed, not {self.coefficients.shape}")
        if not (self.slopes > 0).all():
            raise ValueError("the map from the reference must increase")

    @classmethod
    def of(cls, grid: QuantileGrid, function: LineFunction) -> "QuantileLaw":
        """Hold the law of f(Z) for an increasing function f on the reference's interval.

        The error is the distance of f from its spline, seen at the nodes of the refined grid.
        """
        coefficients = grid.fit(function(grid.nodes))
        fine = grid.refined()
        missed = function(fine.nodes) - BSpline(grid.knots, coefficients, DEGREE)(fine.nodes)
        return cls(grid, coefficients, float(np.sqrt(fine.weights @ missed**2)))

    def __call__(self, z: Float[np.ndarray, " n"]) -> Float[np.ndarray, " n"]:
        """Return T(z), the point with as much mass below it as the reference has below z."""
        return BSpline(self.grid.knots, self.coefficients, DEGREE, extrapolate=False)(z)

    @cached_property
    def positions(self) -> Float[np.ndarray, " q"]:
        """The points T(z) at the nodes; with the grid's `weights` they are a quadrature for the law."""
        return self.grid.expand(self.coefficients)

    @cached_property
    def slopes(self) -> Float[np.ndarray, " q"]:
        """T' at the nodes."""
        return self.grid.expand(self.coefficients, 1)

    @property
    def density(self) -> Float[np.ndarray, " q"]:
        """The density rho at `positions`."""
        return np.exp(self.grid.log_density) / self.slopes

    @property
    def score(self) -> Float[np.ndarray, " q"]:
        """The score d log rho/dx at `positions`."""
        bend = self.grid.expand(self.coefficients, 2) / self.slopes
        return (self.grid.reference.log_density_slope(self.grid.nodes) - bend) / self.slopes

    def cumulative(self, x: Float[np.ndarray, " n"]) -> Float[np.ndarray, " n"]:
        """Return the mass below each of the points x, by bisection."""
        low, high = (np.full(x.shape, end) for end in self.grid.knots[[0, -1]])
        for _ in range(BISECTIONS):
            middle = (low + high) / 2
            below = self(middle) < x
            low, high = np.where(below, middle, low), np.where(below, high, middle)
        return self.grid.reference.cumulative((low + high) / 2)

    def mean(self) -> Estimate:
        """Return the mean, which moves by no more than W_2."""
        return Estimate(float(self.grid.weights @ self.positions), self.error, "quadrature over quantiles")

    def standard_deviation(self) -> Estimate:
        """Return the standard deviation, which moves by no more than W_2."""
        centred = self.positions - self.mean().value
        return Estimate(float(np.sqrt(self.grid.weights @ centred**2)), self.error, "quadrature over quantiles")

    def distance(self, other: "QuantileLaw") -> Estimate:
        """Return W_2 to another law over the same reference, on either grid."""
        if self.grid.reference != other.grid.reference:
            raise ValueError("laws over different references have different nodes")
        finer, coarser = (self, other) if self.grid.elements >= other.grid.elements else (other, self)
        value = map_distance(finer.grid, finer.coefficients, coarser.grid, coarser.coefficients)
        return Estimate(value, self.error + other.error, "monotone map by quantiles")
