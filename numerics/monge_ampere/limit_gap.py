"""How far Phi_T is from Phi_oo in L^2(N(0, I)), for three atoms in the plane, and what that is at leading order.

Both maps are constant between borders, and the border of Phi_T at a node is where the flow carries that of Phi_oo. So
the maps differ in what the border sweeps, and E|Phi_T - Phi_oo|^2 is the normal mass of it, times |y_i - y_j|^2. Each
node's path is taken as straight: the swept set is that of `b + s (x - b)`, 0 < s < 1, b on the border of Phi_oo and x
on that of Phi_T, which is exact but for second-order slivers: around the corner that three borders share, and where a
border moves along itself. Both are in the error, and so is what is swept in pieces of a border that contain such a
place, where the integrand has a kink; panels are cut into such short pieces by interpolation.

At leading order `x - b = m e^-T`, or `(C - I) b e^(-2T)/2` for centred data, m and C mean and covariance of the data:
the gap tends to `e^-T sum |y_i - y_j|^2 int |<m, n>| phi`, or the like with e^(-2T), over the borders with normal n.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, final

import numpy as np
from jaxtyping import Float

from ..estimate import Estimate
from ..measures import DiscreteMeasure
from .basin_border import NODES, Borders, follow_borders

PANELS: Final = 32
"""Panels on each border; the error has the difference to the same with three quarters as many."""

PIECES: Final = 16
"""Pieces of a panel."""

_ACROSS, _ACROSS_MASSES = np.polynomial.legendre.leggauss(4)


@final
@dataclass(frozen=True, slots=True)
class LimitGap:
    """E|Phi_T - Phi_oo|^2 at some horizons, and the limit that `coefficient` is of e^(order T) times it.

    `order` is 1, or 2 for centred data.
    """

    horizons: tuple[float, ...]
    l2_squared: tuple[Estimate, ...]
    coefficient: Estimate
    order: int


def limit_gap(measure: DiscreteMeasure, horizons: Sequence[float], *, panels: int = PANELS) -> LimitGap:
    """Compute how far the flow's map from N(0, I) at finite horizons is from that at infinity.

    **Arguments:** `measure` has three atoms in the plane, not on a line; `horizons` are positive and finite.

    **Returns:** estimates whose error has the parts `quadrature`, `flow`, `corner`, `tangent` and `kinks`.

    **Raises:** as `follow_borders`; `ValueError` for a horizon that is not finite.
    """
    if not all(0 < horizon < math.inf for horizon in horizons):
        raise ValueError(f"horizons must be positive and finite, not {tuple(horizons)}")
    times = (math.inf, *map(float, horizons))
    fine, coarse = (_cut(follow_borders(measure, times, count)) for count in (panels, (3 * panels) // 4))
    jumps = np.array([((measure.atoms[i] - measure.atoms[j]) ** 2).sum() for i, j in ((1, 2), (2, 0), (0, 1))])
    gaps = []
    for index in range(1, len(times)):
        value, parts = _swept(fine, index, jumps)
        again, _ = _swept(coarse, index, jumps)
        gaps.append(Estimate.of_parts(value, {"quadrature": abs(value - again), **parts}, METHOD))
    mean = measure.mean()
    centred = measure.atoms - mean
    covariance = (measure.weights[:, None] * centred).T @ centred
    # A mean that is rounding is none.
    order = 1 if np.linalg.norm(mean) > 1e-12 * np.abs(measure.atoms).max() else 2
    (value, kinks), (again, _) = (_leading(borders, jumps, mean, covariance, order) for borders in (fine, coarse))
    coefficient = Estimate.of_parts(value, {"quadrature": abs(value - again), "kinks": kinks}, METHOD)
    return LimitGap(tuple(times[1:]), tuple(gaps), coefficient, order)


METHOD: Final = "mass swept by the borders of basins, Gauss-Legendre panels"


def _cross(a: Float[np.ndarray, "... 2"], b: Float[np.ndarray, "... 2"]) -> Float[np.ndarray, "..."]:
    return np.asarray(a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0])


def _density(x: Float[np.ndarray, "... 2"]) -> Float[np.ndarray, "..."]:
    return np.asarray(np.exp(-(x**2).sum(axis=-1) / 2) / (2 * np.pi))


def _cut(borders: Borders) -> Borders:
    """Return the borders with each panel cut into pieces, by interpolation."""
    legendre, (places, masses) = np.polynomial.legendre, np.polynomial.legendre.leggauss(NODES)
    starts = np.linspace(-1, 1, PIECES, endpoint=False)
    inner = (starts[:, None] + (1 + places) / PIECES).ravel()
    resample = np.linalg.solve(legendre.legvander(places, NODES - 1).T, legendre.legvander(inner, NODES - 1).T).T
    times, _, panels = borders.points.shape[:3]
    shape = (times, 3, panels * PIECES, NODES)
    length = borders.weights.sum(axis=2) / PIECES
    weights = np.repeat(length, PIECES, axis=1)[..., None] * masses / 2
    return Borders(
        points=np.einsum("rq,tkpqd->tkprd", resample, borders.points).reshape(*shape, 2),
        error=np.broadcast_to(np.repeat(borders.error.max(axis=3), PIECES, axis=2)[..., None], shape),
        slopes=np.einsum("rq,tkpqd->tkprd", resample, borders.slopes).reshape(*shape, 2),
        weights=weights,
    )


def _turns(rate: Float[np.ndarray, "3 p q"]) -> Float[np.ndarray, "3 p"]:
    """Return 1 for pieces in which a border changes the side to which it moves, else 0."""
    return ((rate.max(axis=2) > 0) & (rate.min(axis=2) < 0)).astype(float)


def _swept(borders: Borders, index: int, jumps: Float[np.ndarray, " 3"]) -> tuple[float, dict[str, float]]:
    """Return the squared distance at one horizon, and the parts of its error but for that of the quadrature."""
    start, slope = borders.points[0], borders.slopes[0]
    moved, turned = borders.points[index] - start, borders.slopes[index] - slope
    mass = np.zeros(start.shape[:-1])
    for place, share in zip((1 + _ACROSS) / 2, _ACROSS_MASSES / 2, strict=True):
        mass += share * _density(start + place * moved) * np.abs(_cross(slope + place * turned, moved))
    weights = jumps[:, None, None] * borders.weights
    near, length = _density(start), np.linalg.norm(slope, axis=-1)
    flow = float((weights * near * length * (borders.error[0] + borders.error[index])).sum())
    step = np.linalg.norm(moved, axis=-1)
    corner = float(jumps.max() * near[:, 0, 0].max() * step[:, 0, 0].max() ** 2)
    # Where the border moves along itself, the straight paths miss a sliver as wide as its turn over one step.
    rate = _cross(slope, moved)
    turns = _turns(rate)
    lengths = (borders.weights * length).sum(axis=2)
    bend = np.ptp(rate / np.maximum(length, np.finfo(float).tiny), axis=2) / np.maximum(lengths, np.finfo(float).tiny)
    tangent = float((jumps[:, None] * turns * bend * (near * step**2).max(axis=2)).sum())
    terms = (weights * mass).sum(axis=2)
    kinks = float((turns * terms).sum())
    return float(terms.sum()), {"flow": flow, "corner": corner, "tangent": tangent, "kinks": kinks}


def _leading(
    borders: Borders,
    jumps: Float[np.ndarray, " 3"],
    mean: Float[np.ndarray, " 2"],
    covariance: Float[np.ndarray, "2 2"],
    order: int,
) -> tuple[float, float]:
    """Return the limit of e^(order T) times the squared distance, and how much of it is in pieces with a kink."""
    start, slope = borders.points[0], borders.slopes[0]
    moved = np.broadcast_to(mean, start.shape) if order == 1 else start @ (covariance - np.eye(2)) / 2
    rate = _cross(slope, moved)
    terms = (jumps[:, None, None] * borders.weights * _density(start) * np.abs(rate)).sum(axis=2)
    return float(terms.sum()), float((_turns(rate) * terms).sum())
