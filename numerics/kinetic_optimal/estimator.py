"""The data separation function, estimated from samples with intervals, for data of any size on any mesh of devices.

The estimator samples each s by one of the two forms in `posterior_replica`. Which one is settled on a pilot sample
independent of the final one: chosen by the final standard error, a form whose rare events were not sampled would win.
Terms of both forms are bounded for finite data, so `intervals` can bet on their means.

Atoms and queries pass through the devices in parts that fit into memory, so data may be larger than it.

Notation: `separation_function`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, final

import jax
import numpy as np
from jax.sharding import Mesh
from jaxtyping import Array, Key

from ..data_set import DataSet
from ..measures import DiscreteMeasure, Numbers
from ..sharding import check_mesh, single_device_mesh
from .atom_chunks import AtomChunks
from .intervals import enclose_h_squared, settle_forms
from .overlap import bound_overlap, count_pairs
from .sampling import QUERY_BLOCK, sample_terms
from .separation_function import Separation, checked_grid
from .term_bounds import Geometry, bound_terms, estimate_rounding, noise_cut_off

NUM_QUERIES = 20_000
PILOT_QUERIES = 4 * QUERY_BLOCK
FALSE_ALARM = 1e-6

RESIDUAL_BELOW = 0.1
"""Where the pilot finds h^2 below this, the residual form is worth its cost if its interval is the narrower one."""

CEILING_ABOVE = 0.9
"""The overlap ceiling is computed where the pilot finds h^2 above this: elsewhere it exceeds 1."""

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
    products and exponentials; sums are in float64. In "float32" atoms nearer to each other than
    `posterior_replica.merging_distance` count as one. `progress(done, total)` is told of finished work about every
    second, in pairs of a query and an atom.

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
    cut_off = noise_cut_off(d)
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
    geometry = Geometry(dimension=d, radius=radius, diameter=diameter, cut_off=cut_off)

    residual_variance = np.full(len(grid), np.nan)
    if other_terms is not None:
        residual_variance[residual] = other_terms.var(axis=1, ddof=1)
    lengths = [bound_terms(grid, np.full(len(grid), form), geometry)[0] for form in (False, True)]
    residual, pilot_variance = settle_forms(
        pilot_terms.var(axis=1, ddof=1), residual_variance, (lengths[0], lengths[1]), num_queries, false_alarm
    )
    errors, residuals = sample(final_key, grid[~residual], grid[residual], num_queries)
    terms = np.empty((len(grid), num_queries))
    terms[~residual] = 1 - (1 + grid[~residual, None] ** 2) * errors
    terms[residual] = residuals
    if not np.isfinite(terms).all():
        raise FloatingPointError("a posterior weight overflowed: the data are too far from E|X|^2 = d for these s")

    width, cut = bound_terms(grid, residual, geometry)
    lower, upper = enclose_h_squared(terms, residual, pilot_variance, width, cut, false_alarm)
    mean = scale * rows.mean()
    at_zero = float(mean @ mean) / d
    rounding = estimate_rounding(
        grid,
        residual,
        (lower, upper),
        dtype=precision,
        dimension=d,
        second_moment=d * max(1 - at_zero, 0.0),
        summed=chunks.size,
    )
    return Separation(
        s=grid,
        h_squared=terms.mean(axis=1),
        h_squared_interval=(np.maximum(lower - rounding, -(grid**2)), np.minimum(upper + rounding, 1.0)),
        rounding=rounding,
        term_covariance=np.atleast_2d(np.cov(terms)),
        term_width=width,
        error_ceiling=ceiling,
        tail_information=tail,
        at_zero=at_zero,
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
