"""How far the probability flow's map is from the optimal one: mass sent elsewhere, distance in L2, excess of cost.

Both maps send x to an atom, Phi_T(x) by the basin of the flow and T(x) by the Laguerre cell, so all three are integrals
over the set where labels differ. Two readings of the flow have two sources:

- `"normal"`: x of N(0, I), as samplers start, against the optimal map from N(0, I). At finite T the flow's images are
  not exactly distributed as the data, and its cost may be the lower one.
- `"forward"`: x of p_T, against the optimal map from p_T; the flow then has the data's law for every T.

Translation: for data y_i + c the flow in regular coordinates from u is that of y_i from u - tau c, moved by tau c, so
`Phi_T[mu + c](x) = c + Phi_T[mu](x - a c)`, a = e^{-T}, and optimal maps from a fixed source only move by c. From p_T,
which itself moves by a c, and from N(0, I) at T = infinity the gap therefore does not depend on the data's mean; from
N(0, I) at finite T it does, and `centred` says whether the mean is removed first.

References: [wang2024, abstract], the claim that the maps converge to each other.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, final

import numpy as np
from jaxtyping import Float, Int

from ..estimate import Estimate
from ..measures import DiscreteMeasure
from ..statistics import student_interval
from .angular_quadrature import mean_over_circle
from .flow import probability_flow_map
from .forward_law import AffineHull, ForwardLaw, forward_law
from .laguerre import FALSE_ALARM, SCRAMBLES, LaguerreDiagram, solve_semidiscrete
from .ray_cells import sobol_directions
from .ray_gap import OUTSIDE, Labels, RayProblem, integrate_gap, largest_radius

Source = Literal["normal", "forward"]

BRACKET: Final = 2.0
"""Widths of brackets in tolerances, of which a density below one leaves about a half in doubt."""

LOG2_DIRECTIONS: Final = 7
"""Directions of a scramble, as a power of 2, each with its opposite, where atoms span more than a plane."""


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MapGap:
    """The distance of the flow's map from the optimal one.

    `mismatch` is the source's mass of the points that the maps send to different atoms, `l2_squared` the mean of
    |Phi - T|^2, and `cost_excess` that of |x - Phi|^2 - |x - T|^2; `diagram` is the optimal map that was compared with.
    """

    mismatch: Estimate
    l2_squared: Estimate
    cost_excess: Estimate
    diagram: LaguerreDiagram


def map_gap(
    measure: DiscreteMeasure,
    *,
    horizon: float = math.inf,
    centred: bool = True,
    source: Source = "normal",
    tolerance: float = 4e-6,
    seed: int = 0,
) -> MapGap:
    """Compute how far the reverse flow from T = `horizon` is from optimal transport.

    **Arguments:** `centred` removes the data's mean first; `source` is the law of x, see above. `tolerance` is the
    error in mass to which angles are resolved where the atoms span a plane, times the squared diameter of the atoms for
    the other two; `seed` is that of directions where they span more.

    **Returns:** estimates whose error has the parts `angles` (or `monte_carlo`), `radii`, `outside` and `diagram`: of
    the mean over directions, the changes of the flow's label along a ray, radii beyond the last, and the optimal map.

    **Raises:** `TypeError` and `ValueError` as `solve_semidiscrete`; `ValueError` for another source or a tolerance
    that is not positive; `SolveFailed` if the flow finds no solution.
    """
    if source not in ("normal", "forward"):
        raise ValueError(f"the source is 'normal' or 'forward', not {source!r}")
    if not tolerance > 0:
        raise ValueError(f"the tolerance must be positive, not {tolerance}")
    diagram = solve_semidiscrete(measure, horizon=horizon if source == "forward" else math.inf, seed=seed)
    hull = AffineHull.of(diagram.measure)
    if hull.rank == 0:
        nothing = Estimate(0.0, 0.0, "one atom")
        return MapGap(mismatch=nothing, l2_squared=nothing, cost_excess=nothing, diagram=diagram)
    reduced = DiscreteMeasure(hull.atoms(diagram.measure), diagram.measure.weights)
    mean = hull.centre @ hull.basis
    offset = np.zeros(hull.rank) if centred or source == "forward" else mean
    # The source is seen relative to its own mean, which for p_T moves with the data.
    law = forward_law(reduced, diagram.horizon)
    potentials = diagram.potentials - math.exp(-diagram.horizon) * reduced.atoms @ mean
    flow = _flow_labels(reduced, horizon, math.exp(-horizon) * offset)
    problems = [RayProblem(reduced.atoms, potentials, flow, centre, law.scale, offset) for centre in law.means]
    scales = _largest_integrands(reduced, law, offset)
    if hull.rank <= 2:
        found = _integrate_by_angles(problems, law, tolerance, np.array([1.0, scales[1], scales[1]]))
    else:
        found = _integrate_by_scrambles(problems, law, scales, BRACKET * tolerance, seed)
    score_range = float(np.ptp(((reduced.atoms + offset) ** 2).sum(axis=1) - 2 * potentials))
    return _assemble(found, scales, diagram, score_range)


def _largest_integrands(
    measure: DiscreteMeasure, law: ForwardLaw, offset: Float[np.ndarray, " r"]
) -> Float[np.ndarray, " 3"]:
    """Return how large the three integrands can be where labels differ, at all radii that are looked at."""
    atoms = measure.atoms
    diameter = float(np.linalg.norm(atoms[:, None] - atoms[None], axis=2).max())
    farthest = float(np.linalg.norm(atoms + offset, axis=1).max())
    reach = float(np.linalg.norm(law.means, axis=1).max()) + law.scale * largest_radius(measure.dimension)
    return np.array([1.0, diameter**2, 2 * diameter * (farthest + reach)])


def _flow_labels(measure: DiscreteMeasure, horizon: float, shift: Float[np.ndarray, " r"]) -> Labels:
    """Return the labelling of points by the flow of the centred data, which sees them moved by `shift`."""

    def labels(x: Float[np.ndarray, "m r"]) -> Int[np.ndarray, " m"]:
        found = probability_flow_map(x - shift, measure, horizon=horizon).labels
        assert found is not None
        return found

    return labels


@final
@dataclass(frozen=True, slots=True, eq=False)
class _Integrals:
    """Means over the source of the mismatch, the squared distance and the excess (3,), and their errors.

    `blurred` is what is in doubt within brackets around the flow's changes, in mass and in cost.
    """

    value: Float[np.ndarray, " 3"]
    error: Float[np.ndarray, " 3"]
    blurred: Float[np.ndarray, " 2"]
    error_source: str
    method: str
    false_alarm: float


def _integrate_by_angles(
    problems: Sequence[RayProblem], law: ForwardLaw, tolerance: float, scales: Float[np.ndarray, " 3"]
) -> _Integrals:
    """Integrate over both directions of a line or all angles of a plane, each integral to `tolerance` of its scale."""
    width = BRACKET * tolerance
    if law.means.shape[1] == 1:
        both_ways = np.array([[1.0], [-1.0]])
        terms = [integrate_gap(problem, both_ways, width).mean(axis=0) for problem in problems]
        total = law.weights @ np.stack(terms)
        return _Integrals(total[:3], np.zeros(3), total[3:], "angles", "both ways along a line", 0.0)

    def along(theta: Float[np.ndarray, " m"]) -> Float[np.ndarray, "m 5"]:
        directions = np.stack([np.cos(theta), np.sin(theta)], axis=1)
        terms = np.stack([integrate_gap(problem, directions, width) for problem in problems])
        return np.einsum("k,kmt->mt", law.weights, terms)

    # The brackets' mass is itself an error: how well its mean is known matters to none.
    mean = mean_over_circle(along, np.append(tolerance * scales, [np.inf, np.inf]))
    method = f"rays at {mean.angles} angles, adaptive Gauss-Kronrod"
    return _Integrals(mean.value[:3], mean.error[:3], mean.value[3:], "angles", method, 0.0)


def _integrate_by_scrambles(
    problems: Sequence[RayProblem], law: ForwardLaw, scales: Float[np.ndarray, " 3"], width: float, seed: int
) -> _Integrals:
    """Integrate over directions of independent scrambles, whose spread is the error."""
    means = []
    for scramble in np.random.SeedSequence([seed, 1]).generate_state(SCRAMBLES):
        directions = sobol_directions(law.means.shape[1], LOG2_DIRECTIONS, int(scramble))
        terms = [integrate_gap(problem, directions, width).mean(axis=0) for problem in problems]
        means.append(law.weights @ np.stack(terms))
    samples = np.stack(means)
    # Where no ray has shown a difference, it has a mass that as many independent rays would have met.
    unseen = -math.log(FALSE_ALARM) / (SCRAMBLES * 2 ** (LOG2_DIRECTIONS + 1))
    error = [
        student_interval(column, FALSE_ALARM).error if np.ptp(column) > 0 else unseen * scale
        for column, scale in zip(samples[:, :3].T, scales, strict=True)
    ]
    method = f"rays, {SCRAMBLES} scrambles of {2 ** (LOG2_DIRECTIONS + 1)} Sobol directions"
    value = samples.mean(axis=0)
    return _Integrals(value[:3], np.array(error), value[3:], "monte_carlo", method, FALSE_ALARM)


def _assemble(
    found: _Integrals, scales: Float[np.ndarray, " 3"], diagram: LaguerreDiagram, score_range: float
) -> MapGap:
    """Add to the integrals' errors what brackets, far radii and the diagram's potentials may move.

    Where potentials are off by delta, mass moves between atoms whose scores differ by 2 delta at most. There
    |x - y_i|^2 - |x - y_j|^2 is the difference of |y_i|^2 - 2 psi_i, whose range is `score_range`, up to 4 delta.
    """
    moved = float(diagram.rates.sum(axis=1) @ diagram.potential_error)
    unbalanced = float(np.abs(diagram.masses - diagram.measure.weights).sum())
    by_scores = unbalanced * score_range + 4 * moved * float(diagram.potential_error.max())
    wrong = [moved, float(scales[1]) * moved, min(float(scales[2]) * moved, by_scores)]

    in_doubt = [float(found.blurred[0]), float(scales[1] * found.blurred[0]), float(found.blurred[1])]

    def estimate(index: int) -> Estimate:
        parts = {
            found.error_source: float(found.error[index]),
            "radii": in_doubt[index],
            "outside": float(scales[index]) * OUTSIDE,
            "diagram": wrong[index],
        }
        return Estimate.of_parts(float(found.value[index]), parts, found.method, found.false_alarm)

    return MapGap(mismatch=estimate(0), l2_squared=estimate(1), cost_excess=estimate(2), diagram=diagram)
