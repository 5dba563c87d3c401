"""The data separation function, estimated from samples with intervals, for data of any size on any mesh of devices.

The estimator samples each s by one of the two forms in `posterior_replica`. Which one is settled on a pilot sample
independent of the final one: chosen by the final standard error, a form whose rare events were not sampled would win.
Terms of both forms are bounded for finite data, so intervals are empirical-Bernstein.

Atoms and queries pass through the devices in parts that fit into memory, so data may be larger than it.

Notation: `separation_function`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, final

import jax
import numpy as np
from jax.sharding import Mesh
from jaxtyping import Array, Float, Key
from scipy import stats

from ..data_set import DataSet
from ..measures import DiscreteMeasure, Numbers
from ..sharding import check_mesh, single_device_mesh
from ..statistics import empirical_bernstein_half_width, split_false_alarm
from .atom_chunks import AtomChunks
from .overlap import bound_overlap, count_pairs
from .sampling import QUERY_BLOCK, sample_terms
from .separation_function import Separation, checked_grid

NUM_QUERIES = 20_000
PILOT_QUERIES = 4 * QUERY_BLOCK
FALSE_ALARM = 1e-6

RESIDUAL_BELOW = 0.1
"""Where the pilot finds h^2 below this, the residual form is worth its cost if its interval is the narrower one."""

CEILING_ABOVE = 0.9
"""The overlap ceiling is computed where the pilot finds h^2 above this: elsewhere it exceeds 1."""

CUT_OFF_PROBABILITY = 1e-12
"""Probability of the noise being so long that the residual form's term is cut off to bound it."""

NORMALISATION_ROUNDING = 64
"""How many units of rounding E|X|^2/d may be away from 1: what pairwise sums of 2^50 terms can leave, with a margin."""

Precision = Literal["float64", "float32"]


def separation(
    data: Numbers | DiscreteMeasure | DataSet,
    s: Numbers,
    *,
    weights: Numbers | None = None,
    num_queries: int = NUM_QUERIES,
    key: Key[Array, ""],
    false_alarm: float = FALSE_ALARM,
    mesh: Mesh | None = None,
    precision: Precision = "float64",
    progress: Callable[[int, int], None] | None = None,
) -> Separation:
    """Estimate the separation function of a data set.

    **Arguments:** `data` (n, d) with E|X|^2 = d as an array, which may be memory-mapped, a `DiscreteMeasure` or a
    `DataSet`; `s` > 0 increasing; `weights` (n,) of the atoms, equal if not given; `num_queries` noisy observations are
    drawn with `key` (after a pilot sample of 512); all intervals hold together except with probability `false_alarm`.

    `mesh` has the axes "queries" and "atoms", as `sharding.estimation_mesh` makes it; without one JAX's default device
    does all the work. The result is the same to rounding, and every process of a mesh gets it. `precision` is that of
    products and exponentials; sums are in float64. `progress(done, total)` is told of finished work about every second,
    in pairs of a query and an atom.

    The ceiling by overlap costs n^2 d operations against 4 m n d for m queries: it is left out where n > 4 m.

    **Raises:** `ValueError` if the data are no measure or not normalised, s does not increase, there are fewer than
    two queries, or the mesh has other axes.
    """
    rows = DataSet.of(data, weights)
    if num_queries < 2:
        raise ValueError(f"at least two queries are needed, not {num_queries}")
    grid = checked_grid(s)
    if grid[0] == 0:
        raise ValueError("s must be positive: at s = 0 the separation function is |E X|^2/d, exactly")
    if mesh is not None:
        check_mesh(mesh)
    n, d = rows.n, rows.dimension
    scale = _exact_scale(rows)
    cut_off = float(stats.chi2.isf(CUT_OFF_PROBABILITY, d))
    chunks = AtomChunks(rows.astype(precision), mesh or single_device_mesh())
    bounded = n <= 4 * num_queries
    meter = _Meter(n * (2 * PILOT_QUERIES + num_queries) + bounded * count_pairs(n), progress)
    pilot_key, final_key = jax.random.split(key)

    def sample(sample_key: Any, replica: Any, residual: Any, count: int) -> Any:
        return sample_terms(
            chunks,
            sample_key,
            replica,
            residual,
            num_queries=count,
            scale=scale,
            cut_off=cut_off,
            advance=meter.advance,
        )

    pilot_terms = 1 - (1 + grid[:, None] ** 2) * sample(pilot_key, grid, grid[:0], PILOT_QUERIES).errors
    pilot = pilot_terms.mean(axis=1)
    residual = pilot < RESIDUAL_BELOW
    other_terms = sample(pilot_key, grid[:0], grid[residual], PILOT_QUERIES).residuals if residual.any() else None
    meter.reach(2 * PILOT_QUERIES * n)

    radius = scale * rows.largest_norm()
    diameter, ceiling, tail = 2 * radius, np.full(len(grid), np.inf), np.inf
    if bounded:
        high = pilot > CEILING_ABOVE
        high[-1] = True
        overlap = bound_overlap(chunks, grid[high], scale=scale, advance=meter.advance)
        diameter, tail = min(diameter, overlap.diameter), float(overlap.information_ceiling[-1])
        ceiling[high] = overlap.error_ceiling
    geometry = _Geometry(radius, diameter)

    share = split_false_alarm(false_alarm, len(grid))
    widths = [_term_bounds(grid, np.full(len(grid), form), geometry, cut_off, d)[0] for form in (0, 1)]
    if other_terms is not None:
        predicted = [
            empirical_bernstein_half_width(terms.var(axis=1, ddof=1), np.asarray(num_queries), width[residual], share)
            for terms, width in zip((pilot_terms[residual], other_terms), widths, strict=True)
        ]
        residual[residual] = predicted[1] < predicted[0]
    errors, residuals = sample(final_key, grid[~residual], grid[residual], num_queries)
    terms = np.empty((len(grid), num_queries))
    terms[~residual] = 1 - (1 + grid[~residual, None] ** 2) * errors
    terms[residual] = residuals
    if not np.isfinite(terms).all():
        raise FloatingPointError("a posterior weight overflowed: the data are too far from E|X|^2 = d for these s")

    width, cut = _term_bounds(grid, residual, geometry, cut_off, d)
    h_squared = terms.mean(axis=1)
    half_width = np.zeros(len(grid))
    covariance = np.atleast_2d(np.cov(terms))
    varied = width > 0
    half_width[varied] = empirical_bernstein_half_width(
        np.diag(covariance)[varied], np.asarray(num_queries), width[varied], share
    )
    mean = scale * rows.mean()
    return Separation(
        s=grid,
        h_squared=h_squared,
        h_squared_interval=(
            np.maximum(h_squared - half_width, -(grid**2)),
            np.minimum(h_squared + half_width + cut, 1.0),
        ),
        term_covariance=covariance,
        term_width=width,
        error_ceiling=ceiling,
        tail_information=tail,
        at_zero=float(mean @ mean) / d,
        method=tuple("residual" if chosen else "replica" for chosen in residual),
        num_queries=num_queries,
        n=n,
        d=d,
        false_alarm=false_alarm,
    )


@final
@dataclass(slots=True)
class _Meter:
    """Work done and in all; `report` is told at each step."""

    total: int
    report: Callable[[int, int], None] | None
    done: int = 0

    def advance(self, work: int) -> None:
        self.done += work
        if self.report is not None:
            self.report(self.done, self.total)

    def reach(self, done: int) -> None:
        """Count work that turned out not to be needed as done."""
        if done > self.done:
            self.advance(done - self.done)


@dataclass(frozen=True, slots=True)
class _Geometry:
    """Of the scaled data: the largest norm and a bound on the diameter."""

    radius: float
    diameter: float


def _term_bounds(
    s: Float[np.ndarray, " m"], residual: Any, geometry: _Geometry, cut_off: float, dimension: int
) -> tuple[Float[np.ndarray, " m"], Float[np.ndarray, " m"]]:
    """Return the length of the interval in which one query's term of h^2 lies, and what cutting off takes at most.

    Replica: at most (1 + s^2) D/(2 d) below 1, D the squared diameter. Residual: |E[X | Y] - c Y|^2 with
    c = s/(1 + s^2) is at most (a + c |eps|)^2, where a bounds |E[X | Y] - c s x_i|: E[X | Y] is in the convex hull.
    """
    c = s / (1 + s**2)
    reach = np.minimum(geometry.radius * (1 + c * s), geometry.diameter + geometry.radius * (1 - c * s))
    bounded = (1 + s**2) / dimension * (reach + c * np.sqrt(cut_off)) ** 2
    beyond = 2 * reach**2 * CUT_OFF_PROBABILITY + 2 * c**2 * dimension * stats.chi2.sf(cut_off, dimension + 2)
    width = np.where(residual, bounded, (1 + s**2) * geometry.diameter**2 / (2 * dimension))
    return width, np.where(residual, (1 + s**2) / dimension * beyond, 0.0)


def _exact_scale(data: DataSet) -> float:
    """Return the factor, 1 up to rounding, that makes E|X|^2 = d hold in float64."""
    ratio = data.second_moment() / data.dimension
    allowed = NORMALISATION_ROUNDING * float(np.finfo(data.dtype).eps)
    if not abs(ratio - 1) <= allowed:
        raise ValueError(
            f"the data must have E|X|^2 = d, but E|X|^2/d = {ratio:.9g}: use DiscreteMeasure.normalised() or "
            "DataSet.normalised()"
        )
    return float(1 / np.sqrt(ratio))
