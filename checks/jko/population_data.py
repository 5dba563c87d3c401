"""Snapshots of whole populations on the line: every quantile moves along its own path, and there is no noise.

A law is the image of a reference law under an increasing map, so two of them are coupled optimally node by node, and
their scores are known. `PopulationPair` holds two such laws and fits energies to them; every fit is made twice, on the
grid and on the refined one, and the distance of the two is its error.
"""

from dataclasses import dataclass
from functools import cache
from typing import Final, final

import numpy as np
import sympy as sp

from ...numerics.estimate import Estimate
from ...numerics.jko import (
    Coupling,
    Energy,
    NormalReference,
    Polynomial,
    QuantileGrid,
    QuantileLaw,
    SymbolicFeatures,
    jko_step_quantiles,
    solve_quantile_flow,
)
from ...numerics.measures import DiscreteMeasure
from .known_snapshots import ConditionReading, KnownSnapshots, Vector

x = sp.Symbol("x", real=True)
WELL: Final = x**4 / 4 - x**2 / 2
DIFFUSIVITY: Final = 0.4
BUMP: Final = sp.exp(-(x**2))

ENERGIES: Final = {
    "double well": Energy((x,), WELL, diffusivity=DIFFUSIVITY),
    "double well, interacting": Energy((x,), WELL, sp.Rational(3, 5) * BUMP, diffusivity=DIFFUSIVITY),
}

TRUTHS: Final = {
    "double well": np.array([0.0, -0.5, 0.0, 0.25, DIFFUSIVITY]),
    "double well, interacting": np.array([0.0, -0.5, 0.0, 0.25, 0.6, DIFFUSIVITY]),
}
"""The coefficients of x, x^2, x^3, x^4 in V, of exp(-z^2) in U if there is one, and beta."""

EARLIER: Final = 0.3
"""How long the first law has moved in the double well from N(1/2, 0.8^2): Gaussian no more, it tells V from beta."""

FLOW_STEP: Final = 0.05


@cache
def start_law(pieces: int) -> QuantileLaw:
    """Return the first law: a spline, taken as it is."""
    grid = QuantileGrid(NormalReference(), pieces)
    before = QuantileLaw.of(grid, lambda z: 0.5 + 0.8 * z)
    (reached,) = solve_quantile_flow(before, ENERGIES["double well"], [EARLIER], step=FLOW_STEP)
    return QuantileLaw(grid, reached.coefficients)


def _refined(law: QuantileLaw) -> QuantileLaw:
    """Return the same law on the refined grid, whose splines contain those of the grid."""
    fine = law.grid.refined()
    return QuantileLaw(fine, fine.fit(law(fine.nodes)))


@final
@dataclass(frozen=True, slots=True, eq=False)
class PopulationPair:
    """Two laws `tau` apart on a grid, and again on the refined one: (before, after) on each."""

    name: str
    tau: float
    coarse: tuple[QuantileLaw, QuantileLaw]
    fine: tuple[QuantileLaw, QuantileLaw]

    def fit(self, reading: ConditionReading) -> tuple[Vector, float]:
        """Return the coefficients that are fitted on the refined grid, and their distance to those on the other."""
        coarse, fine = (self._snapshots(laws).fit(reading).coefficients for laws in (self.coarse, self.fine))
        return fine, float(np.linalg.norm(fine - coarse))

    def claimed(self, reading: ConditionReading) -> Vector:
        """Return the coefficients that a fit should give back according to a reading."""
        return self._snapshots(self.fine).claimed(reading)

    def residual(self, reading: ConditionReading) -> tuple[Estimate, float]:
        """Return the root of the loss at the claimed coefficients, and the root mean square velocity.

        The error is the distance of the residuals on the two grids, at the nodes of the refined one.
        """
        before, after = (_refined(law) for law in self.coarse)
        (coarse, _), (fine, speed) = (self._snapshots(laws).residual(reading) for laws in ((before, after), self.fine))
        return Estimate(float(np.linalg.norm(fine)), float(np.linalg.norm(fine - coarse))), speed

    def _snapshots(self, laws: tuple[QuantileLaw, QuantileLaw]) -> KnownSnapshots:
        weights = laws[0].grid.weights / laws[0].grid.weights.sum()
        interacts = ENERGIES[self.name].interacts
        return KnownSnapshots(
            measures=[DiscreteMeasure(law.positions[:, None], weights) for law in laws],
            tau=self.tau,
            scores=[law.score[:, None] for law in laws],
            potential=Polynomial(4, centre=0.0),
            interaction=SymbolicFeatures([BUMP], [x]) if interacts else None,
            truth=TRUTHS[self.name],
            interacting=int(interacts),
            coupler=couple_in_order,
        )


def couple_in_order(source: DiscreteMeasure, target: DiscreteMeasure) -> Coupling:
    """Couple each node with itself: on the line increasing maps are optimal, whatever lies between them."""
    order = np.arange(len(source.weights))
    cost = float(source.weights @ ((source.atoms - target.atoms) ** 2).sum(axis=1))
    return Coupling(order, order, source.weights, cost, 0.0)


@cache
def diffusion_pair(name: str, pieces: int, tau: float) -> PopulationPair:
    """Return the first law and what the Fokker-Planck equation makes of it within tau; once for every formula."""
    laws = [start_law(pieces)]
    laws.append(_refined(laws[0]))
    pairs = [(law, solve_quantile_flow(law, ENERGIES[name], [tau], step=FLOW_STEP)[0]) for law in laws]
    return PopulationPair(name, tau, *pairs)


@cache
def scheme_pair(name: str, pieces: int, tau: float) -> PopulationPair:
    """Return the first law and its JKO step of length tau; once for every formula."""
    laws = [start_law(pieces)]
    laws.append(_refined(laws[0]))
    pairs = [(law, jko_step_quantiles(law, ENERGIES[name], tau)) for law in laws]
    return PopulationPair(name, tau, *pairs)
