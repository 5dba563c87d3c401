"""Gaussian integrals over the cells of a Laguerre diagram in the plane, in closed form.

Cell i of atoms y_i with potentials psi_i is `{x : <x, y_i> - psi_i >= <x, y_j> - psi_j for all j}`, an intersection of
half-planes that may be unbounded or empty. The standard normal density phi on the plane is the divergence of
`F = (1 - exp(-|x|^2/2)) x/(2 pi |x|^2)`, so the mass of a cell is the flux of F through its edges and through infinity:

- an edge at signed distance h from the origin, seen along itself from s0 to s1, gives an angle less two of Owen's
  functions, `sgn(h) ((atan(s1/|h|) - atan(s0/|h|))/(2 pi) - T(|h|, s1/|h|) + T(|h|, s0/|h|))`;
- infinity gives the angle of the cell's recession cone over 2 pi, which is that of the normal cone at y_i of the convex
  hull of the atoms and does not depend on the potentials.

Neighbours share an edge with opposite signs, so masses sum to 1 whatever the rounding. Since `grad phi = -x phi`, first
moments and derivatives need only `phi(h) (Phi(s1) - Phi(s0))`, the Gaussian length of an edge.

References: [owen1956], the function T; [kitagawa2019], derivatives of masses.
"""

from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.special import ndtr, owens_t

PAIRS_AT_ONCE = 2**20
"""Most entries (pair of atoms, third atom) of a block: an array of 8 MiB."""


@final
@dataclass(frozen=True, slots=True, eq=False)
class CellIntegrals:
    """What the cells of a Laguerre diagram hold of a law: `masses` (n,), first `moments` (n, d) and `rates` (n, n).

    `rates` off the diagonal is d mass_i / d psi_j >= 0, the Gaussian length of the common edge over |y_i - y_j|; its
    diagonal is zero.
    """

    masses: Float[np.ndarray, " n"]
    moments: Float[np.ndarray, "n d"]
    rates: Float[np.ndarray, "n n"]

    def affine(self, scale: float, shift: Float[np.ndarray, " d"]) -> "CellIntegrals":
        """Return the integrals of `shift + scale z` under psi, given those of z under (psi - <shift, y>)/scale."""
        return CellIntegrals(self.masses, scale * self.moments + self.masses[:, None] * shift, self.rates / scale)

    def times(self, weight: float) -> "CellIntegrals":
        """Return the integrals of a component of a mixture with this weight."""
        return CellIntegrals(weight * self.masses, weight * self.moments, weight * self.rates)

    def __add__(self, other: "CellIntegrals") -> "CellIntegrals":
        return CellIntegrals(self.masses + other.masses, self.moments + other.moments, self.rates + other.rates)


def integrate_cells(atoms: Float[np.ndarray, "n 2"], potentials: Float[np.ndarray, " n"]) -> CellIntegrals:
    """Integrate the standard normal law of the plane over the cells of `atoms` under `potentials`.

    The work grows with n^3. Absolute errors are those of rounding, about 1e-15, as long as atoms are not much closer to
    each other than to the farthest one.

    **Raises:** `ValueError` if atoms are not (n, 2) or two of them are equal: merge them first.
    """
    if atoms.ndim != 2 or atoms.shape[1] != 2 or potentials.shape != atoms.shape[:1]:
        raise ValueError(f"atoms (n, 2) and potentials (n,) are needed, not {atoms.shape} and {potentials.shape}")
    n = len(atoms)
    first, second = np.triu_indices(n, 1)
    difference = atoms[second] - atoms[first]
    distance = np.hypot(difference[:, 0], difference[:, 1])
    if (distance == 0).any():
        raise ValueError("equal atoms have no cells of their own: merge them")
    masses = recession_angles(atoms) / (2 * np.pi)
    moments, rates = np.zeros((n, 2)), np.zeros((n, n))
    block = max(1, PAIRS_AT_ONCE // max(n, 1))
    for start in range(0, len(first), block):
        part = slice(start, start + block)
        i, j, length = first[part], second[part], distance[part]
        normal = difference[part] / length[:, None]
        height = (potentials[j] - potentials[i]) / length
        low, high = _edge_ends(atoms, potentials, i, j, normal, height)
        there = low < high
        i, j, length, normal, height = i[there], j[there], length[there], normal[there], height[there]
        low, high = low[there], high[there]
        flux = _edge_flux(height, low, high)
        gaussian_length = np.exp(-(height**2) / 2) / np.sqrt(2 * np.pi) * _normal_mass(low, high)
        np.add.at(masses, i, flux)
        np.add.at(masses, j, -flux)
        np.add.at(moments, i, -normal * gaussian_length[:, None])
        np.add.at(moments, j, normal * gaussian_length[:, None])
        rates[i, j] = rates[j, i] = gaussian_length / length
    return CellIntegrals(masses, moments, rates)


def recession_angles(atoms: Float[np.ndarray, "n 2"]) -> Float[np.ndarray, " n"]:
    """Return the angles of the recession cones of the cells: 2 pi for one atom, and they always sum to 2 pi.

    Directions in which cell i is unbounded make no acute angle with any y_j - y_i, so the widest gap between the
    directions to the other atoms, less pi, is the cone's angle.
    """
    n = len(atoms)
    if n == 1:
        return np.array([2 * np.pi])
    others: Bool[np.ndarray, "n n"] = ~np.eye(n, dtype=bool)
    difference = (atoms[None, :] - atoms[:, None])[others].reshape(n, n - 1, 2)
    angles = np.sort(np.arctan2(difference[..., 1], difference[..., 0]), axis=1)
    gaps = np.diff(angles, axis=1, append=angles[:, :1] + 2 * np.pi)
    return np.asarray(np.maximum(gaps.max(axis=1) - np.pi, 0.0))


def _edge_ends(
    atoms: Float[np.ndarray, "n 2"],
    potentials: Float[np.ndarray, " n"],
    i: Int[np.ndarray, " pairs"],
    j: Int[np.ndarray, " pairs"],
    normal: Float[np.ndarray, "pairs 2"],
    height: Float[np.ndarray, " pairs"],
) -> tuple[Float[np.ndarray, " pairs"], Float[np.ndarray, " pairs"]]:
    """Return where the edges of pairs (i, j) begin and end on their lines `height * normal + s * tangent`."""
    tangent = np.stack([-normal[:, 1], normal[:, 0]], axis=1)
    to_third = atoms[None, :] - atoms[i][:, None]
    slope = np.einsum("pkd,pd->pk", to_third, tangent)
    room = potentials[None, :] - potentials[i][:, None] - height[:, None] * np.einsum("pkd,pd->pk", to_third, normal)
    # What rounding leaves of a slope that is zero would send the bound to infinity on either side.
    parallel = np.abs(slope) <= 4 * np.finfo(float).eps * np.abs(to_third).sum(axis=2)
    # Both atoms of the pair bound nothing.
    pairs = np.arange(len(i))
    room[pairs, i] = room[pairs, j] = 0.0
    parallel[pairs, i] = parallel[pairs, j] = True
    bound = room / np.where(parallel, 1.0, slope)
    high = np.where(~parallel & (slope > 0), bound, np.inf).min(axis=1)
    low = np.where(~parallel & (slope < 0), bound, -np.inf).max(axis=1)
    hidden = (parallel & (room < 0)).any(axis=1)
    return low, np.where(hidden, -np.inf, high)


def _edge_flux(
    height: Float[np.ndarray, " edges"], low: Float[np.ndarray, " edges"], high: Float[np.ndarray, " edges"]
) -> Float[np.ndarray, " edges"]:
    """Return the flux of F through edges, from the side of the origin outwards where `height` > 0."""
    distance = np.abs(height)

    def seen(end: Float[np.ndarray, " edges"]) -> Float[np.ndarray, " edges"]:
        with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
            ratio = np.where(distance > 0, end / distance, 0.0)
        return np.asarray(np.arctan2(end, distance) / (2 * np.pi) - owens_t(distance, ratio))

    return np.asarray(np.sign(height) * (seen(high) - seen(low)))


def _normal_mass(low: Float[np.ndarray, " m"], high: Float[np.ndarray, " m"]) -> Float[np.ndarray, " m"]:
    """Return Phi(high) - Phi(low) without cancellation in the upper tail."""
    return np.where(low > 0, ndtr(-low) - ndtr(-high), ndtr(high) - ndtr(low))
