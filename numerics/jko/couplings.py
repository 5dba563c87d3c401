"""Optimal couplings of two clouds of particles: exact, with a bound of what they may exceed the optimum by.

Small problems go to the network simplex with all costs. Large ones start from few pairs for each particle, and pairs
enter where the dual potentials u, v violate u_i + v_j <= |x_i - y_j|^2. The most violated pairs of x_i are the nearest
neighbours of (x_i, 0) among the lifted points (y_j, (max v - v_j)^(1/2)), which a k-d tree finds. The first pairs are
found likewise, with the potentials of a quarter of the particles, which are themselves found so. When no pair is left
the coupling is optimal among all n m pairs, of which only a few for each particle were ever held.

References: network simplex [bonneel2011]; the lift is that of power diagrams [aurenhammer1987].
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeAlias, final

import numpy as np
from jaxtyping import Float, Int
from scipy.sparse import coo_matrix
from scipy.spatial import cKDTree
from scipy.spatial.distance import cdist

from ..measures import DiscreteMeasure

MAX_DENSE_PAIRS: Final = 1_000_000
"""Up to so many pairs all costs are held at once."""

MAX_TREE_DIMENSION: Final = 8
"""Above this dimension a k-d tree looks at every point, and all costs are held at once."""

FIRST_NEIGHBOURS: Final = 32
NEIGHBOURS: Final = 8
"""Candidates for each particle at the start, and for each source in a round of pricing."""

COARSENING: Final = 4
FEWEST_COARSENED: Final = 1_000
"""One in so many particles finds the first potentials; so many, or fewer, start from near neighbours instead."""

MAX_ROUNDS: Final = 100
MAX_PIVOTS: Final = 10**9

ROUNDING: Final = 1e-10
"""How far, in units of the largest potential, a violation may be the rounding of the potentials."""

MAX_PARTICLES: Final = 20_000
"""Beyond so many particles "exact" couplings are computed in batches."""


@final
class CouplingFailed(RuntimeError):  # noqa: N818 - it says what happened
    """No optimal coupling was found; the message says why."""


@final
@dataclass(frozen=True, slots=True, eq=False)
class Coupling:
    """A coupling that moves `masses[q]` from particle `sources[q]` to particle `targets[q]`; the masses sum to 1.

    `cost` is the mean of |x - y|^2, which exceeds the optimum by at most `gap`.
    """

    sources: Int[np.ndarray, " q"]
    targets: Int[np.ndarray, " q"]
    masses: Float[np.ndarray, " q"]
    cost: float
    gap: float


Coupler: TypeAlias = Callable[[DiscreteMeasure, DiscreteMeasure], Coupling]


def couple_exactly(source: DiscreteMeasure, target: DiscreteMeasure) -> Coupling:
    """Solve for the coupling of least mean squared distance.

    **Raises:** `CouplingFailed` where the network simplex does not end; `ValueError` for different dimensions.
    """
    if source.dimension != target.dimension:
        raise ValueError(f"measures in dimensions {source.dimension} and {target.dimension} cannot be coupled")
    rows, columns = np.flatnonzero(source.weights), np.flatnonzero(target.weights)
    # Optimal couplings do not feel a translation of either measure; centred, costs lose fewest digits.
    x, y = source.atoms[rows] - source.mean(), target.atoms[columns] - target.mean()
    a, b = source.weights[rows], target.weights[columns]
    if len(x) * len(y) <= MAX_DENSE_PAIRS or source.dimension > MAX_TREE_DIMENSION:
        solved = _solve_dense(x, a, y, b)
    else:
        solved = _solve_sparse(x, a, y, b)
    sources, targets = rows[solved.sources], columns[solved.targets]
    masses = solved.masses / solved.masses.sum()
    squares = ((source.atoms[sources] - target.atoms[targets]) ** 2).sum(axis=1)
    return Coupling(sources, targets, masses, float(masses @ squares), solved.gap)


@final
@dataclass(frozen=True, slots=True)
class BatchedCoupler:
    """Couple at most `batch_size` particles at a time, in batches that all have the same mass.

    Particles are dealt out at random from `seed`, the same rows to the same batch where both snapshots have equally
    many of equal weights. A particle on the border of two batches is split between them, so the coupling always has
    the two measures as marginals and its mass does not depend on the number of batches.
    """

    batch_size: int
    seed: int = 0

    def __call__(self, source: DiscreteMeasure, target: DiscreteMeasure) -> Coupling:
        """Return the couplings of all batches as one."""
        count = -(-max(len(source.weights), len(target.weights)) // self.batch_size)
        if count == 1:
            return couple_exactly(source, target)
        pairs = zip(_deal(source, count, self.seed), _deal(target, count, self.seed), strict=True)
        solved = []
        for (rows, a), (columns, b) in pairs:
            part = couple_exactly(DiscreteMeasure(source.atoms[rows], a), DiscreteMeasure(target.atoms[columns], b))
            solved.append((rows[part.sources], columns[part.targets], part))
        return Coupling(
            np.concatenate([sources for sources, _, _ in solved]),
            np.concatenate([targets for _, targets, _ in solved]),
            np.concatenate([part.masses for _, _, part in solved]) / count,
            sum(part.cost for _, _, part in solved) / count,
            sum(part.gap for _, _, part in solved) / count,
        )


def _deal(
    measure: DiscreteMeasure, count: int, seed: int
) -> list[tuple[Int[np.ndarray, " q"], Float[np.ndarray, " q"]]]:
    """Return rows and weights of `count` parts of equal mass in a random order of the particles."""
    order = np.random.default_rng([seed, len(measure.weights)]).permutation(len(measure.weights))
    ends = np.cumsum(measure.weights[order])
    ends /= ends[-1]
    starts = np.concatenate([[0.0], ends[:-1]])
    parts = []
    for batch in range(count):
        low, high = batch / count, (batch + 1) / count
        inside = np.minimum(ends, high) - np.maximum(starts, low)
        # Slivers that rounding leaves at a border are no particles.
        kept = inside > 1e-9 * measure.weights[order]
        parts.append((order[kept], inside[kept] / inside[kept].sum()))
    return parts


@final
@dataclass(frozen=True, slots=True, eq=False)
class _Solved:
    """A coupling with its potentials, which violate no pair by more than `gap`."""

    sources: Int[np.ndarray, " q"]
    targets: Int[np.ndarray, " q"]
    masses: Float[np.ndarray, " q"]
    u: Float[np.ndarray, " n"]
    v: Float[np.ndarray, " m"]
    gap: float


def _solve_dense(
    x: Float[np.ndarray, "n d"], a: Float[np.ndarray, " n"], y: Float[np.ndarray, "m d"], b: Float[np.ndarray, " m"]
) -> _Solved:
    costs = cdist(x, y, "sqeuclidean")
    plan, u, v = _network_simplex(a, b, costs)
    costs -= u[:, None]
    costs -= v
    sources, targets = np.nonzero(plan)
    return _Solved(sources, targets, plan[sources, targets], u, v, max(0.0, -float(costs.min())))


def _solve_sparse(
    x: Float[np.ndarray, "n d"], a: Float[np.ndarray, " n"], y: Float[np.ndarray, "m d"], b: Float[np.ndarray, " m"]
) -> _Solved:
    """Solve among candidate pairs, price all pairs, add those that violate the potentials, and repeat."""
    count = len(y)
    u, v = _first_potentials(x, a, y, b)
    forward, backward = _least_reduced(x, y, v, FIRST_NEIGHBOURS), _least_reduced(y, x, u, FIRST_NEIGHBOURS)
    near = np.arange(len(x))[:, None] * count + forward
    back = backward * count + np.arange(count)[:, None]
    pairs = np.unique(np.concatenate([near.ravel(), back.ravel(), _feasible_pairs(x, a, y, b)]))
    for _ in range(MAX_ROUNDS):
        rows, columns = np.divmod(pairs, count)
        squares = ((x[rows] - y[columns]) ** 2).sum(axis=1)
        plan, u, v = _network_simplex(a, b, coo_matrix((squares, (rows, columns)), shape=(len(x), count)), (u, v))
        nearest = _least_reduced(x, y, v, NEIGHBOURS)
        reduced = ((x[:, None] - y[nearest]) ** 2).sum(axis=2) - u[:, None] - v[nearest]
        violation = max(0.0, -float(reduced.min()))
        fresh = (np.arange(len(x))[:, None] * count + nearest)[reduced < 0]
        enlarged = np.union1d(pairs, fresh)
        scale = float(np.abs(u).max() + np.abs(v).max())
        if violation <= ROUNDING * scale or len(enlarged) == len(pairs):
            return _Solved(plan.row, plan.col, plan.data, u, v, violation)
        pairs = enlarged
    raise CouplingFailed(f"pairs still enter after {MAX_ROUNDS} rounds: potentials are violated by {violation:.3g}")


def _first_potentials(
    x: Float[np.ndarray, "n d"], a: Float[np.ndarray, " n"], y: Float[np.ndarray, "m d"], b: Float[np.ndarray, " m"]
) -> tuple[Float[np.ndarray, " n"], Float[np.ndarray, " m"]]:
    """Return potentials that no pair violates: those of a part of the particles, carried over to all of them."""
    if min(len(x), len(y)) <= FEWEST_COARSENED:
        return np.zeros(len(x)), np.zeros(len(y))
    # What is drawn decides how long the solution takes, not what it is.
    rng = np.random.default_rng(0)
    rows, columns = (rng.permutation(len(points))[::COARSENING] for points in (x, y))
    shares = a[rows] / a[rows].sum(), b[columns] / b[columns].sum()
    small = len(rows) * len(columns) <= MAX_DENSE_PAIRS
    coarse = (_solve_dense if small else _solve_sparse)(x[rows], shares[0], y[columns], shares[1])
    u = _carry_over(x, y[columns], coarse.v)
    v = _carry_over(y, x, u)
    return _carry_over(x, y, v), v


def _carry_over(
    x: Float[np.ndarray, "n d"], y: Float[np.ndarray, "m d"], v: Float[np.ndarray, " m"]
) -> Float[np.ndarray, " n"]:
    """Return the largest u that v allows: the minimum of |x - y_j|^2 - v_j."""
    nearest = _least_reduced(x, y, v, 1)[:, 0]
    return np.asarray(((x - y[nearest]) ** 2).sum(axis=1) - v[nearest])


def _least_reduced(
    x: Float[np.ndarray, "n d"], y: Float[np.ndarray, "m d"], v: Float[np.ndarray, " m"], neighbours: int
) -> Int[np.ndarray, "n k"]:
    """Return for each x the indices j of the least |x - y_j|^2 - v_j."""
    lifted = cKDTree(np.column_stack([y, np.sqrt(v.max() - v)]))
    found = lifted.query(np.column_stack([x, np.zeros(len(x))]), min(neighbours, len(y)))[1]
    return np.asarray(found.reshape(len(x), -1))


def _feasible_pairs(
    x: Float[np.ndarray, "n d"], a: Float[np.ndarray, " n"], y: Float[np.ndarray, "m d"], b: Float[np.ndarray, " m"]
) -> Int[np.ndarray, " q"]:
    """Return the pairs of the monotone coupling along the axis of largest variance, which carry a feasible plan."""
    axis = int(np.argmax(x.var(axis=0)))
    order, other = np.argsort(x[:, axis], kind="stable"), np.argsort(y[:, axis], kind="stable")
    ends, other_ends = np.cumsum(a[order]), np.cumsum(b[other])
    cuts = np.concatenate([[0.0], np.union1d(ends[:-1], other_ends[:-1])])
    # Both a cut's left and right neighbours, so that rounding of the sums cannot leave a gap.
    rows = np.searchsorted(ends, cuts, side="right").clip(max=len(x) - 1)
    columns = np.searchsorted(other_ends, cuts, side="right").clip(max=len(y) - 1)
    left_rows, left_columns = (rows - 1).clip(min=0), (columns - 1).clip(min=0)
    steps = [(rows, columns), (left_rows, columns), (rows, left_columns), (left_rows, left_columns)]
    return np.concatenate([order[i] * len(y) + other[j] for i, j in steps])


def _network_simplex(
    a: Float[np.ndarray, " n"],
    b: Float[np.ndarray, " m"],
    costs: Any,
    start: tuple[Float[np.ndarray, " n"], Float[np.ndarray, " m"]] | None = None,
) -> tuple[Any, Float[np.ndarray, " n"], Float[np.ndarray, " m"]]:
    """Return the plan, dense or sparse as the costs are, and potentials u, v that are feasible up to rounding.

    `start` are potentials that the first pivots go by.
    """
    import warnings

    with warnings.catch_warnings():
        # POT has escape sequences that Python warns of when it compiles them for the first time.
        warnings.simplefilter("ignore", DeprecationWarning)
        warnings.simplefilter("ignore", SyntaxWarning)
        import ot

    plan, log = ot.emd(a, b, costs, numItermax=MAX_PIVOTS, log=True, center_dual=False, potentials_init=start)
    if log["warning"] is not None:
        raise CouplingFailed(f"the network simplex did not end: {log['warning']}")
    return plan, log["u"], log["v"]


def solve_transport(a: Float[np.ndarray, " n"], b: Float[np.ndarray, " m"], costs: Float[np.ndarray, "n m"]) -> float:
    """Return the least mean cost of a coupling of weights `a` and `b`.

    **Raises:** `CouplingFailed` where the network simplex does not end.
    """
    plan, _, _ = _network_simplex(a, b, costs)
    return float((plan * costs).sum())
