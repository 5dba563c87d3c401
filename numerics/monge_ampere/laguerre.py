"""Semi-discrete optimal transport for the squared distance, from N(0, I) or p_T to weighted atoms.

The optimal map sends x to the atom y_i that maximises `<x, y_i> - psi_i`: the Laguerre cell of i under potentials psi,
which are those whose cells hold the atoms' weights. They are unique up to a constant, here such that
`sum_i w_i psi_i = 0`. How cells are integrated depends on the dimension of the affine hull of the atoms, to which the
problem is reduced: on a line the cells end at quantiles and in a plane everything is closed form, both up to rounding;
above, directions are scrambled Sobol points, and independent scrambles give the error.

References: [villani2003, chapter 2], duality and optimal maps; [kitagawa2019], the method.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, final

import numpy as np
from jaxtyping import Float, Int
from scipy.special import ndtr

from ..estimate import Estimate
from ..measures import DiscreteMeasure, Numbers
from ..statistics import student_interval
from .dual_newton import DualSolution, Integrator, solve_dual
from .forward_law import AffineHull, ForwardLaw, forward_law, merge_in_order
from .gaussian_cells import CellIntegrals, integrate_cells
from .ray_cells import integrate_rays, sobol_directions

SCRAMBLES: Final = 8
"""Independent scrambles to solve with, and as many to judge the solution with."""

FALSE_ALARM: Final = 1e-3
"""Probability with which an interval of quasi-Monte Carlo misses."""

BISECTIONS: Final = 70
"""Halvings of an interval of 80 standard deviations that leave nothing in double precision."""

START_SPREAD: Final = 0.1
"""How unequal potentials are at the start, relative to the law's scale times the atoms' size."""

GOLDEN: Final = (math.sqrt(5) - 1) / 2

StandardIntegrator = Callable[[Float[np.ndarray, "n r"], Float[np.ndarray, " n"]], CellIntegrals]
"""From atoms and potentials to what the cells hold of N(0, I)."""


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LaguerreDiagram:
    """The solution of a semi-discrete transport problem.

    `measure` holds the atoms with positive weight, equal ones merged, in the order given; `potentials` (n,) belong to
    them with `potential_error` (n,). `masses` (n,) are what the source law gives their cells, `rates` (n, n) the
    derivatives d mass_i/d psi_j, and `mass_residual` is the largest deviation of a mass from its weight. `cost` is
    E|x - T(x)|^2, W_2^2 between the laws; `horizon` is the T of the source p_T, N(0, I) where it is infinite; `method`
    says how cells were integrated.
    """

    measure: DiscreteMeasure
    horizon: float
    potentials: Float[np.ndarray, " n"]
    potential_error: Float[np.ndarray, " n"]
    masses: Float[np.ndarray, " n"]
    rates: Float[np.ndarray, "n n"]
    mass_residual: float
    cost: Estimate
    method: str

    def scores(self, x: Numbers) -> Float[np.ndarray, "m n"]:
        """Return `<x, y_i> - psi_i` at points x (m, d), for all atoms.

        **Raises:** `ValueError` unless x is (m, d).
        """
        points = np.asarray(x, np.float64)
        if points.ndim != 2 or points.shape[1] != self.measure.dimension:
            raise ValueError(f"points must have shape (m, {self.measure.dimension}), not {points.shape}")
        return np.asarray(points @ self.measure.atoms.T - self.potentials)

    def assign(self, x: Numbers) -> Int[np.ndarray, " m"]:
        """Return the index in `measure` of the atom whose cell each point x (m, d) is in, the first of equals."""
        return np.argmax(self.scores(x), axis=1)


def solve_semidiscrete(
    measure: DiscreteMeasure, *, horizon: float = math.inf, log2_directions: int = 11, seed: int = 0
) -> LaguerreDiagram:
    """Solve optimal transport from p_T at T = `horizon`, N(0, I) at infinity, to the atoms of `measure`.

    **Arguments:** equal atoms are merged and atoms of no weight left out. Where the atoms span more than a plane,
    `log2_directions` sets the directions of each scramble, 2^(log2_directions + 1), and `seed` the scrambles.

    **Raises:** `TypeError` unless the measure is discrete; `ValueError` for a horizon that is not positive, or if atoms
    are too close to each other for their spread, or for the number of directions.
    """
    if not isinstance(measure, DiscreteMeasure):
        raise TypeError(f"semi-discrete transport needs a DiscreteMeasure, not a {type(measure).__name__}")
    merged = merge_in_order(measure)
    hull = AffineHull.of(merged)
    law, atoms = forward_law(merged, horizon), hull.atoms(merged)
    reduced = hull.law(law)
    # What the cost is apart from the correlation E<x, T(x)> in the hull.
    constant = law.second_moment() - 2 * float(law.mean() @ hull.centre) + float(hull.centre @ hull.centre)
    constant += float(merged.weights @ (atoms**2).sum(axis=1))
    if hull.rank <= 2:
        solve, method = _EXACT[hull.rank]
        found = _exact(reduced, atoms, merged.weights, constant, solve, method)
    else:
        found = _by_scrambles(reduced, atoms, merged.weights, constant, log2_directions, seed)
    residual = float(np.abs(found.masses - merged.weights).max())
    return LaguerreDiagram(
        measure=merged,
        horizon=horizon,
        potentials=found.potentials,
        potential_error=found.potential_error,
        masses=found.masses,
        rates=found.rates,
        mass_residual=residual,
        cost=found.cost,
        method=found.method,
    )


@final
@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    """What differs between the exact and the sampled solution."""

    potentials: Float[np.ndarray, " n"]
    potential_error: Float[np.ndarray, " n"]
    masses: Float[np.ndarray, " n"]
    rates: Float[np.ndarray, "n n"]
    cost: Estimate
    method: str


def integrate_law(law: ForwardLaw, atoms: Float[np.ndarray, "n r"], standard: StandardIntegrator) -> Integrator:
    """Return the integrator over cells of a mixture, from that of N(0, I): cells shift and scale with a component."""

    def integrate(potentials: Float[np.ndarray, " n"]) -> CellIntegrals:
        total: CellIntegrals | None = None
        for mean, weight in zip(law.means, law.weights, strict=True):
            part = standard(atoms, (potentials - atoms @ mean) / law.scale).affine(law.scale, mean).times(weight)
            total = part if total is None else total + part
        assert total is not None
        return total

    return integrate


def _start(law: ForwardLaw, atoms: Float[np.ndarray, "n r"]) -> Float[np.ndarray, " n"]:
    """Return potentials whose cells are Voronoi cells of the atoms, brought to where the law has its mass."""
    mean = law.mean()
    spread = math.hypot(float(np.linalg.norm(law.means - mean, axis=1).max()), law.scale)
    squares = (atoms**2).sum(axis=1)
    return np.asarray(atoms @ mean + squares / 2 * spread / math.sqrt(float(squares.max())))


def _correlation(
    atoms: Float[np.ndarray, "n r"],
    weights: Float[np.ndarray, " n"],
    potentials: Float[np.ndarray, " n"],
    integrals: CellIntegrals,
) -> float:
    """Return the dual function K at the potentials, which at the optimum is E<x, T(x)>."""
    return float((atoms * integrals.moments).sum() + (weights - integrals.masses) @ potentials)


def _exact(
    law: ForwardLaw,
    atoms: Float[np.ndarray, "n r"],
    weights: Float[np.ndarray, " n"],
    constant: float,
    solve: Callable[[ForwardLaw, Float[np.ndarray, "n r"], Float[np.ndarray, " n"]], DualSolution],
    method: str,
) -> _Found:
    solution = solve(law, atoms, weights)
    potentials, integrals = solution.potentials, solution.integrals
    excess = np.abs(integrals.masses - weights).sum()
    spread = float(np.ptp(potentials))
    # The dual is stationary, so a wrong mass costs at most the potentials it is moved across.
    parts = {
        "masses": float(excess) * spread,
        "rounding": 64 * np.finfo(np.float64).eps * (constant + spread),
    }
    potential_error = np.abs(solution.next_step) + 8 * np.finfo(np.float64).eps * (spread + np.abs(potentials))
    cost = Estimate.of_parts(constant - 2 * _correlation(atoms, weights, potentials, integrals), parts, method)
    return _Found(potentials, potential_error, integrals.masses, integrals.rates, cost, method)


def _solve_point(law: ForwardLaw, atoms: Float[np.ndarray, "n r"], weights: Float[np.ndarray, " n"]) -> DualSolution:
    integrals = CellIntegrals(np.ones(1), np.zeros((1, 0)), np.zeros((1, 1)))
    return DualSolution(np.zeros(1), integrals, np.zeros(1), 0)


def _solve_line(law: ForwardLaw, atoms: Float[np.ndarray, "n 1"], weights: Float[np.ndarray, " n"]) -> DualSolution:
    """Solve on the line, where the cell of an atom ends at the quantile of the weights up to it."""
    order = np.argsort(atoms[:, 0])
    ends = _quantiles(law, weights[order])
    rises = np.concatenate([[0.0], np.cumsum(ends * np.diff(atoms[order, 0]))])
    potentials = np.empty(len(atoms))
    potentials[order] = rises
    potentials -= weights @ potentials
    both_ways = np.array([[1.0], [-1.0]])
    integrate = integrate_law(law, atoms, lambda y, psi: integrate_rays(y, psi, both_ways))
    return DualSolution(potentials, integrate(potentials), np.zeros(len(atoms)), 0)


def _quantiles(law: ForwardLaw, weights: Float[np.ndarray, " n"]) -> Float[np.ndarray, " n-1"]:
    """Return where the law on the line has the cumulative weights, by bisection from the nearer end."""
    below, above = np.cumsum(weights)[:-1], np.cumsum(weights[::-1])[::-1][1:]
    sign = np.where(below < above, 1.0, -1.0)
    target = np.minimum(below, above)
    low = np.full(len(target), law.means.min() - 40 * law.scale)
    high = np.full(len(target), law.means.max() + 40 * law.scale)
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        tail = ndtr(sign * (middle - law.means) / law.scale)
        short = sign * (law.weights @ tail - target) < 0
        low, high = np.where(short, middle, low), np.where(short, high, middle)
    return np.asarray((low + high) / 2)


def _solve_plane(law: ForwardLaw, atoms: Float[np.ndarray, "n 2"], weights: Float[np.ndarray, " n"]) -> DualSolution:
    return solve_dual(integrate_law(law, atoms, integrate_cells), weights, _start(law, atoms))


_EXACT: Final = {
    0: (_solve_point, "one atom"),
    1: (_solve_line, "monotone map between quantiles"),
    2: (_solve_plane, "damped Newton, closed-form cells in the plane"),
}


def _by_scrambles(
    law: ForwardLaw,
    atoms: Float[np.ndarray, "n r"],
    weights: Float[np.ndarray, " n"],
    constant: float,
    log2_directions: int,
    seed: int,
) -> _Found:
    """Solve with each of some scrambles, take the mean potentials, and judge them with as many fresh scrambles.

    On average the least value of a sampled dual lies below the optimum, and the value at other potentials above: what
    lies between the two means is the error of the potentials.
    """
    seeds: list[int] = np.random.SeedSequence(seed).generate_state(2 * SCRAMBLES).tolist()

    def integrator(scramble: int) -> Integrator:
        directions = sobol_directions(atoms.shape[1], log2_directions, scramble)
        return integrate_law(law, atoms, lambda y, psi: integrate_rays(y, psi, directions))

    # Rays never meet a boundary through their centre, so potentials must not be all equal to begin with.
    unequal = (np.arange(len(atoms)) * GOLDEN % 1 - 0.5) * START_SPREAD * law.scale * float(np.abs(atoms).max())
    start, resolution = _start(law, atoms) + unequal, 2.0 ** -(log2_directions + 1)
    solved = [solve_dual(integrator(scramble), weights, start, resolution) for scramble in seeds[:SCRAMBLES]]
    potentials = np.mean([solution.potentials for solution in solved], axis=0)
    judged = [integrator(scramble)(potentials) for scramble in seeds[SCRAMBLES:]]
    lowest = [_correlation(atoms, weights, solution.potentials, solution.integrals) for solution in solved]
    values = [_correlation(atoms, weights, potentials, integrals) for integrals in judged]
    correlation = student_interval(values, FALSE_ALARM)
    bracket = abs(float(np.mean(values)) - float(np.mean(lowest)))
    method = f"damped Newton, {SCRAMBLES} scrambles of {2 ** (log2_directions + 1)} Sobol directions"
    parts = {"monte_carlo": 2 * correlation.error, "potentials": 2 * bracket}
    return _Found(
        potentials,
        _spread([solution.potentials for solution in solved]),
        np.mean([integrals.masses for integrals in judged], axis=0),
        np.mean([integrals.rates for integrals in judged], axis=0),
        Estimate.of_parts(constant - 2 * correlation.value, parts, method, FALSE_ALARM),
        method,
    )


def _spread(samples: Sequence[Float[np.ndarray, " n"]]) -> Float[np.ndarray, " n"]:
    """Return Student's half-width of the mean of each component."""
    return np.array([student_interval(column, FALSE_ALARM).error for column in np.stack(samples, axis=1)])
