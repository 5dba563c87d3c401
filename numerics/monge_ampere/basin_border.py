"""Borders of the flow's basins for three atoms in the plane, followed backwards from late times, where they are known.

At late times two atoms tie on the line on which their posterior weights are equal, up to O(1/tau), and the flow leaves
the border of their basins at a rate tau D^2/4, D the distance of the atoms. Backwards it is drawn to the border as
fast: points started on the tie line at `tau_end` are on the border at tau = 0 up to a factor exp(-D^2 tau_end^2/8). So
one smooth solution gives the borders of Phi_T for every T, since Phi_T = Phi_oo o Psi_T.

The tie lines of the three pairs meet where all three atoms tie, at tau_end times the circumcentre; border `k` starts
there and runs away from atom k, sigma being the distance along it. Panels of Gauss-Legendre nodes in sigma make
derivatives and integrals along borders spectral.

Notation: `theory.monge_ampere.notation`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, final

import numpy as np
from jaxtyping import Float

from ..measures import DiscreteMeasure
from .regular_flow import Tolerance, integrate_twice, regular_point, regular_velocity

NODES: Final = 12
"""Nodes of a panel."""

FORGOTTEN: Final = 40.0
"""The start is forgotten by the factor e^-40 at least."""

REACH: Final = 7.0
"""Borders are followed to this distance from the origin at tau = 0 at least; the normal mass beyond is 2e-11."""

TOLERANCE: Final = Tolerance(1e-9, 1e-12)


@final
@dataclass(frozen=True, slots=True, eq=False)
class Borders:
    """Nodes on three borders at several times; border k is that of the two atoms other than k, away from atom k.

    `points` (t, 3, p, q, 2) at time t, border, panel and node, and `error` (t, 3, p, q) of each in Euclidean norm;
    `slopes` (t, 3, p, q, 2) are derivatives in sigma, and `weights` (3, p, q) those of an integral over sigma. The
    first panel of each border begins at the corner that all three share.
    """

    points: Float[np.ndarray, "t 3 p q 2"]
    error: Float[np.ndarray, "t 3 p q"]
    slopes: Float[np.ndarray, "t 3 p q 2"]
    weights: Float[np.ndarray, "3 p q"]


def follow_borders(measure: DiscreteMeasure, horizons: Sequence[float], panels: int) -> Borders:
    """Compute the borders of the basins of Phi_T for each T in `horizons`, positive or infinite.

    **Arguments:** `measure` has three atoms in the plane, of positive weight and not on a line; `panels` is their
    number on each border.

    **Raises:** `ValueError` for other measures or horizons; `SolveFailed` if no solution is found.
    """
    atoms = measure.atoms.astype(np.float64)
    sides = atoms[[2, 0, 1]] - atoms[[1, 2, 0]] if atoms.shape == (3, 2) else np.zeros((3, 2))
    lengths = np.linalg.norm(sides, axis=1)
    area = abs(sides[0, 0] * sides[1, 1] - sides[0, 1] * sides[1, 0])
    if not (area > 1e-9 * lengths.max() ** 2 > 0 and (measure.weights > 0).all()):
        raise ValueError("borders are followed for three atoms of positive weight in the plane, not on a line")
    end = np.sqrt(8 * FORGOTTEN) / lengths.min()
    centre = np.linalg.solve(2 * sides[:2], (atoms[[2, 0]] ** 2 - atoms[[1, 2]] ** 2).sum(axis=1))
    normals = np.stack([sides[:, 1], -sides[:, 0]], axis=1) / lengths[:, None]
    normals *= np.sign(np.einsum("kd,kd->k", normals, atoms[[1, 2, 0]] - atoms))[:, None]
    # Far out the two atoms pull by their common component along the border: so far is it between the ends.
    pulled = np.einsum("kd,kd->k", normals, atoms[[1, 2, 0]] - centre)
    spread = end * np.abs(pulled) + end * np.abs(normals @ centre) + REACH
    places, masses = np.polynomial.legendre.leggauss(NODES)
    edges = np.linspace(0, 1, panels + 1)
    shares = edges[:-1, None] + (1 + places) / (2 * panels)
    sigma = spread[:, None, None] * shares
    started = end * centre + sigma[..., None] * normals[:, None, None, :]

    shape = started.shape
    state = started.reshape(-1, 2)
    regular = [regular_point(horizon) for horizon in horizons]
    order = np.argsort([-point.tau for point in regular])
    points, error = np.zeros((len(regular), *shape)), np.zeros((len(regular), *shape[:-1]))
    rough, fine, now = state, state, float(end)
    for index in order:
        point = regular[index]
        pair = integrate_twice(regular_velocity, measure, rough, fine, now, point.tau, TOLERANCE).require_success()
        rough, fine, now = pair.rough, pair.fine, point.tau
        points[index] = fine.reshape(shape) / point.scale
        error[index] = np.linalg.norm(pair.error, axis=1).reshape(shape[:-1]) / point.scale
    slopes = np.einsum("qr,tkprd->tkpqd", _differentiation(places), points) * (2 * panels / spread)[:, None, None, None]
    weights = spread[:, None, None] * np.broadcast_to(masses / (2 * panels), (3, panels, NODES))
    return Borders(points=points, error=error, slopes=slopes, weights=weights)


def _differentiation(places: Float[np.ndarray, " q"]) -> Float[np.ndarray, "q q"]:
    """Return the matrix that differentiates a polynomial given at the nodes, on [-1, 1]."""
    legendre = np.polynomial.legendre
    values = legendre.legvander(places, len(places) - 1)
    derivatives = np.stack([legendre.legval(places, legendre.legder(unit)) for unit in np.eye(len(places))], axis=1)
    return np.asarray(np.linalg.solve(values.T, derivatives.T).T)
