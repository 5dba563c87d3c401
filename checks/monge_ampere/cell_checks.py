"""Costs of maps from N(0, I) of the plane to atoms, from the masses and first moments of their cells.

A map T to atoms y_i costs E|x - T|^2 = 2 + sum_i m_i |y_i|^2 - 2 sum_i <b_i, y_i>, with m_i the mass of the cell of y_i
and b_i its first moment; turned by R, x -> T(R x), it has the same masses and the moments R^T b_i.
"""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, final

import numpy as np
from jaxtyping import Float

from ...numerics.estimate import Estimate
from ...numerics.measures import DiscreteMeasure
from ...numerics.monge_ampere import solve_semidiscrete
from ...numerics.monge_ampere.gaussian_cells import CellIntegrals, integrate_cells
from ...theory.verdict import Json
from ..builders import property
from ..comparison import Comparison, compare_at_most, compare_equal
from ..trial import Run
from .data_sets import decode_measure, discrete_measures, encode_measure

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

LEAST_MASS = 0.01
"""Cells with less are left out: the optimal map is solved for again from the masses."""

ROUNDING = 1e-14
"""Absolute error of a cell's mass and moment, ten times what the quadrature states."""

TURNS = 64
"""Drawn rotations are by multiples of a full turn over this."""


@final
@dataclass(frozen=True, slots=True, eq=False)
class Tilted:
    """Atoms and potentials of a convex function max_i (<x, y_i> - psi_i)."""

    atoms: Float[np.ndarray, "n 2"]
    potentials: Float[np.ndarray, " n"]


@final
@dataclass(frozen=True, slots=True, eq=False)
class Turned:
    """A measure, and the angle by which its optimal map is turned."""

    measure: DiscreteMeasure
    angle: float


def cost_of_cells(atoms: Float[np.ndarray, "n 2"], cells: CellIntegrals, moments: Float[np.ndarray, "n 2"]) -> Estimate:
    """Compute E|x - S|^2 for a map S to the atoms with the cells' masses and the given first moments."""
    squares = (atoms**2).sum(axis=1)
    value = 2 + float(cells.masses @ squares) - 2 * float((moments * atoms).sum())
    return Estimate(value, ROUNDING * (1 + float((squares + 2 * np.abs(atoms).sum(axis=1)).sum())), "cells")


def _gradient_cost(claimed: Any, drawn: Tilted, run: Run) -> Comparison:
    """Compare the least cost between the map's two laws, solved for anew, with the claimed multiple of its cost."""
    cells = integrate_cells(drawn.atoms, drawn.potentials)
    kept = cells.masses > LEAST_MASS
    atoms = drawn.atoms[kept]
    cells = integrate_cells(atoms, drawn.potentials[kept])
    own = cost_of_cells(atoms, cells, cells.moments)
    least = solve_semidiscrete(DiscreteMeasure(atoms, cells.masses / cells.masses.sum())).cost
    multiple = float(claimed)
    return compare_equal(least.value, multiple * own.value, least.error + multiple * own.error)


def _tilted() -> "SearchStrategy[Tilted]":
    from hypothesis import strategies as st

    potentials = st.lists(st.integers(-10, 10), min_size=6, max_size=6)
    return st.builds(
        lambda measure, heights: Tilted(measure.atoms, np.array(heights[: len(measure.atoms)]) / 10),
        discrete_measures(2),
        potentials,
    )


gradient_costs = property(
    _tilted,
    _gradient_cost,
    encode=lambda drawn: {"atoms": drawn.atoms.tolist(), "potentials": drawn.potentials.tolist()},
    decode=lambda value: Tilted(np.asarray(value["atoms"]), np.asarray(value["potentials"])),
    method="Hypothesis over convex functions max_i (<x, y_i> - psi_i); semi-discrete transport in the plane",
    name="drawn convex functions",
)


def _turned_cost(claimed: Any, drawn: Turned, run: Run) -> Comparison:
    """Compare the claimed multiple of the optimal cost with that of the same map, turned."""
    diagram = solve_semidiscrete(drawn.measure)
    atoms = diagram.measure.atoms
    cells = integrate_cells(atoms, diagram.potentials)
    c, s = math.cos(drawn.angle), math.sin(drawn.angle)
    turned = cells.moments @ np.array([[c, -s], [s, c]])
    best, other = cost_of_cells(atoms, cells, cells.moments), cost_of_cells(atoms, cells, turned)
    multiple = float(claimed)
    return compare_at_most(multiple * best.value, other.value, multiple * best.error + other.error)


def _turned() -> "SearchStrategy[Turned]":
    from hypothesis import strategies as st

    angle = st.integers(0, TURNS - 1).map(lambda step: 2 * math.pi * step / TURNS)
    return st.builds(Turned, discrete_measures(2), angle)


def _encode_turned(drawn: Turned) -> Json:
    return {**encode_measure(drawn.measure), "angle": drawn.angle}


turned_maps = property(
    _turned,
    _turned_cost,
    encode=_encode_turned,
    decode=lambda value: Turned(decode_measure(value), float(value["angle"])),
    method="Hypothesis over planar atoms and rotations; masses and moments of Laguerre cells in closed form",
    name="turned maps",
    first=(Turned(DiscreteMeasure([[-1.0, 0.0], [1.0, 0.5]], [0.4, 0.6]), 2 * math.pi / TURNS),),
)
