"""Where the probability flow and optimal transport disagree along rays, integrated in closed form.

On a ray x = centre + scale r v both maps are piecewise constant in r. Transport changes atoms where the upper envelope
of its scores does; the flow is asked at many radii, those of transport's own changes among them as the two differ
near by, and every change of its label is narrowed down. Between changes the radius has the chi law.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, final

import numpy as np
from jaxtyping import Float, Int
from scipy.special import gammainccinv

from .ray_cells import chi_density, chi_first_moment, chi_mass, envelope

OUTSIDE: Final = 1e-11
"""Mass of the radii that are not looked at; flow and transport count as different there in the error."""

SCAN: Final = 40
"""Radii at which the flow is asked on every ray before its changes are narrowed down."""

SECTIONS: Final = 8
"""Parts into which a bracket is divided in each round: fewer rounds than by halves, for twice the points."""

GOLDEN: Final = (5**0.5 - 1) / 2

Labels = Callable[[Float[np.ndarray, "m d"]], Int[np.ndarray, " m"]]
"""From points to the atoms that a map sends them to, by index."""


@final
@dataclass(frozen=True, slots=True, eq=False)
class RayProblem:
    """Two maps to the same `atoms` (n, d), seen from one component N(centre, scale^2 I) of the source.

    `flow` labels points; transport has `potentials` (n,). The data is `atoms + offset`, which only the cost sees.
    """

    atoms: Float[np.ndarray, "n d"]
    potentials: Float[np.ndarray, " n"]
    flow: Labels
    centre: Float[np.ndarray, " d"]
    scale: float
    offset: Float[np.ndarray, " d"]


def integrate_gap(problem: RayProblem, directions: Float[np.ndarray, "m d"], width: float) -> Float[np.ndarray, "m 5"]:
    """Integrate over the radius, on each ray, what mass is sent to different atoms and what that amounts to.

    **Arguments:** unit `directions` (m, d); `width` > 0, down to which the brackets of the flow's changes are narrowed.

    **Returns:** for each direction the mass where labels differ, the integral of |y_flow - y_transport|^2, that of
    |x - y_flow|^2 - |x - y_transport|^2, the mass that is in doubt within brackets, and what it is worth in the third.
    """
    atoms, dimension = problem.atoms, problem.atoms.shape[1]
    slopes = problem.scale * directions @ atoms.T
    pieces, starts = envelope(slopes, problem.potentials - atoms @ problem.centre)
    radius = largest_radius(dimension)
    changes = np.minimum(starts[:, 1:-1], radius)
    first, breaks, after, widths = _flow_changes(problem, directions, changes, radius, width)

    rays = len(directions)
    inside = [np.zeros((rays, 1)), changes, np.minimum(breaks, radius), np.full((rays, 1), radius)]
    ends = np.sort(np.concatenate(inside, axis=1), axis=1)
    low, high = ends[:, :-1], ends[:, 1:]
    middle = (low + high) / 2
    transport = np.take_along_axis(pieces, _count_below(starts[:, 1:-1], middle), axis=1)
    flow_pieces = np.concatenate([first[:, None], after], axis=1)
    flow = np.take_along_axis(flow_pieces, _count_below(breaks, middle), axis=1)

    differ = flow != transport
    mass = np.where(differ, chi_mass(dimension, low, high), 0.0)
    moment = np.where(differ, chi_first_moment(dimension, low, high), 0.0)
    jump = atoms[flow] - atoms[transport]
    squares = (atoms**2).sum(axis=1)
    along = np.einsum("mpd,md->mp", jump, directions)
    constant = squares[flow] - squares[transport] + 2 * jump @ (problem.offset - problem.centre)
    excess = mass * constant - 2 * problem.scale * moment * along
    within = np.minimum(breaks, radius)
    # The middle of a bracket is off by half of it at most; the other half is for the density to change over it.
    blurred = chi_density(dimension, within) * widths
    step = atoms[flow_pieces[:, 1:]] - atoms[flow_pieces[:, :-1]]
    rise = squares[flow_pieces[:, 1:]] - squares[flow_pieces[:, :-1]] + 2 * step @ (problem.offset - problem.centre)
    rise -= 2 * problem.scale * within * np.einsum("mpd,md->mp", step, directions)
    columns = [mass, mass * (jump**2).sum(axis=2), excess, blurred, blurred * np.abs(rise)]
    return np.stack([column.sum(axis=1) for column in columns], axis=1)


def largest_radius(dimension: int) -> float:
    """Return the radius outside which N(0, I) has the mass `OUTSIDE`."""
    return float(np.sqrt(2 * gammainccinv(dimension / 2, OUTSIDE)))


def _count_below(breaks: Float[np.ndarray, "m b"], radii: Float[np.ndarray, "m p"]) -> Int[np.ndarray, "m p"]:
    return (breaks[:, None, :] <= radii[:, :, None]).sum(axis=2)


def _flow_changes(
    problem: RayProblem,
    directions: Float[np.ndarray, "m d"],
    changes: Float[np.ndarray, "m c"],
    radius: float,
    width: float,
) -> tuple[Int[np.ndarray, " m"], Float[np.ndarray, "m b"], Int[np.ndarray, "m b"], Float[np.ndarray, "m b"]]:
    """Find where the flow's label changes on each ray.

    **Returns:** the label at the centre; the radii of changes in order, infinite where a ray has fewer; the label after
    each; and the width of the bracket that each was found in, zero where there is none.
    """
    rays = len(directions)
    # Each ray has its own grid: what one misses by its spacing shows as roughness between rays.
    shift = (np.arange(rays) * GOLDEN % 1)[:, None]
    grid = (np.arange(SCAN) + shift) * (radius / SCAN)
    radii = np.sort(np.concatenate([np.zeros((rays, 1)), grid, changes, np.full((rays, 1), radius)], axis=1), axis=1)
    owner = np.repeat(np.arange(rays), radii.shape[1])
    labels = _labels_at(problem, directions, owner, radii.ravel()).reshape(radii.shape)
    ray, step = np.nonzero(labels[:, 1:] != labels[:, :-1])
    low, high = radii[ray, step], radii[ray, step + 1]
    before, after = labels[ray, step], labels[ray, step + 1]
    while len(ray) and (high - low).max() > width:
        fractions = np.arange(1, SECTIONS) / SECTIONS
        inner = low[:, None] + (high - low)[:, None] * fractions
        found = _labels_at(problem, directions, np.repeat(ray, SECTIONS - 1), inner.ravel()).reshape(inner.shape)
        radii_here = np.concatenate([low[:, None], inner, high[:, None]], axis=1)
        labels_here = np.concatenate([before[:, None], found, after[:, None]], axis=1)
        bracket, step = np.nonzero(labels_here[:, 1:] != labels_here[:, :-1])
        ray, low, high = ray[bracket], radii_here[bracket, step], radii_here[bracket, step + 1]
        before, after = labels_here[bracket, step], labels_here[bracket, step + 1]
    most = int(np.bincount(ray, minlength=1).max()) if len(ray) else 0
    breaks, following = np.full((rays, most), np.inf), np.zeros((rays, most), int)
    widths = np.zeros((rays, most))
    # Brackets stay in the order of rays and, on each, of radii.
    position = np.arange(len(ray)) - np.searchsorted(ray, ray)
    breaks[ray, position], following[ray, position], widths[ray, position] = (low + high) / 2, after, high - low
    return labels[:, 0], breaks, following, widths


def _labels_at(
    problem: RayProblem,
    directions: Float[np.ndarray, "m d"],
    ray: Int[np.ndarray, " k"],
    radii: Float[np.ndarray, " k"],
) -> Int[np.ndarray, " k"]:
    return problem.flow(problem.centre + problem.scale * radii[:, None] * directions[ray])
