"""How often the intervals of the separation function, and of what follows from it, miss the exact value.

One long sample of each form is cut into repetitions, each with a pilot of its own, and goes through the same functions
as an estimate does: `intervals` for h^2 and `functionals` for the derived numbers. Of the latter only the Monte Carlo
part is measured, against the same interpolant on exact values, since the other parts would cover its misses.

A repetition misses where any of its intervals of h^2 does: they hold for all s together.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, final

import jax
import numpy as np
from jaxtyping import Array, Float, Key
from scipy import stats

from ..data_set import DataSet
from ..measures import DiscreteMeasure, Numbers
from ..precision import in_float64
from ..sharding import single_device_mesh
from ..statistics import clopper_pearson_interval
from .atom_chunks import AtomChunks
from .energy import integrate_error, integrate_information, share_saved
from .estimator import PILOT_QUERIES, RESIDUAL_BELOW
from .exact import separation_product
from .functionals import Functional, spread_of_functional
from .intervals import enclose_h_squared, settle_forms
from .path import final_flat_angle
from .sampling import sample_terms
from .separation_function import checked_grid
from .term_bounds import Geometry, bound_terms, noise_cut_off

Form = Literal["replica", "residual", "pilot"]
"""The form used at every s, or the pilot's choice."""

CERTAINTY = 1 - 1e-6
"""Of the binomial interval of a measured coverage."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """How often intervals with a stated probability of missing did miss.

    `width_ratio` is the median half-width over 1.96 standard errors of the estimate, infinite where it has none.
    """

    misses: int
    repetitions: int
    false_alarm: float
    width_ratio: float

    @property
    def measured(self) -> float:
        """The share of the repetitions that did not miss."""
        return 1 - self.misses / self.repetitions

    @property
    def interval(self) -> tuple[float, float]:
        """The binomial interval of the coverage, except with probability 1e-6."""
        low, high = clopper_pearson_interval(self.misses, self.repetitions, 1 - CERTAINTY)
        return 1 - high, 1 - low

    @property
    def chance(self) -> float:
        """The probability of so many misses or more, if intervals miss as often as they may."""
        return float(stats.binom.sf(self.misses - 1, self.repetitions, self.false_alarm))


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TermPool:
    """Terms of h^2 of both forms (rows for s) for `repetitions` repetitions and their pilots, and the exact h^2."""

    s: Float[np.ndarray, " r"]
    exact: Float[np.ndarray, " r"]
    at_zero: float
    geometry: Geometry
    repetitions: int
    forms: tuple[Float[np.ndarray, "r q"], Float[np.ndarray, "r q"]]
    pilots: tuple[Float[np.ndarray, "b r p"], Float[np.ndarray, "b r p"]]


def exact_cases() -> dict[str, tuple[DiscreteMeasure, ...]]:
    """Return data sets by name whose separation function is known exactly, as the laws of independent coordinates."""
    two_points = DiscreteMeasure([[-1.0], [1.0]])
    atoms, weights = np.array([[-1.3], [0.2], [0.9], [2.0]]), np.array([0.2, 0.3, 0.4, 0.1])
    four_points = DiscreteMeasure(atoms, weights).normalised()
    copies = np.repeat(np.arange(4), [2, 1, 1, 2])
    return {
        "two points": (two_points,),
        "hypercube, d = 3": (two_points,) * 3,
        "four points of unequal weight, squared": (four_points, four_points),
        "a rare point": (DiscreteMeasure([[0.0], [1.0]], [0.98, 0.02]).normalised(),),
        "duplicates": (DiscreteMeasure(four_points.atoms[copies], [0.15, 0.05, 0.3, 0.4, 0.04, 0.06]),),
        "one atom": (DiscreteMeasure([[1.0]]),),
    }


def product_measure(factors: tuple[DiscreteMeasure, ...]) -> DiscreteMeasure:
    """Return the law of independent coordinates with these laws on the line."""
    atoms = np.stack([axis.ravel() for axis in np.meshgrid(*(factor.atoms[:, 0] for factor in factors))], axis=1)
    weights = np.prod([axis.ravel() for axis in np.meshgrid(*(factor.weights for factor in factors))], axis=0)
    return DiscreteMeasure(atoms, weights / weights.sum())


def draw_pool(
    factors: tuple[DiscreteMeasure, ...], s: Numbers, *, most_queries: int, repetitions: int, key: Key[Array, ""]
) -> TermPool:
    """Draw terms for `repetitions` estimates with up to `most_queries` queries, for independent coordinates.

    **Arguments:** `factors` are the laws of the coordinates, with E|X|^2 = d; `s` > 0 increases.
    """
    grid, data = checked_grid(s), product_measure(factors)
    dimension = data.dimension
    cut_off = noise_cut_off(dimension)
    chunks = AtomChunks(DataSet.of(data), single_device_mesh())

    def draw(part: Key[Array, ""], count: int) -> tuple[Float[np.ndarray, "r q"], Float[np.ndarray, "r q"]]:
        terms = sample_terms(chunks, part, grid, grid, num_queries=count, cut_off=cut_off)
        return 1 - (1 + grid[:, None] ** 2) * terms.errors, terms.residuals

    pilot_key, final_key = jax.random.split(key)
    replica, residual = (_repeat(pilot, repetitions) for pilot in draw(pilot_key, repetitions * PILOT_QUERIES))
    gaps = data.atoms[:, None] - data.atoms[None]
    radius, diameter = (float(np.sqrt((rows**2).sum(axis=-1).max())) for rows in (data.atoms, gaps))
    mean = data.mean()
    return TermPool(
        s=grid,
        exact=separation_product(factors, grid).h_squared,
        at_zero=float(mean @ mean) / dimension,
        geometry=Geometry(dimension=dimension, radius=radius, diameter=diameter, cut_off=cut_off),
        repetitions=repetitions,
        forms=draw(final_key, repetitions * most_queries),
        pilots=(replica, residual),
    )


def measure_coverage(pool: TermPool, form: Form, num_queries: int, false_alarm: float) -> Mapping[str, Coverage]:
    """Count the misses of the intervals of h^2 and of the derived numbers, by name.

    **Raises:** `ValueError` if the pool is too small for so many queries.
    """
    if pool.repetitions * num_queries > pool.forms[0].shape[1]:
        raise ValueError(f"the pool has not {num_queries} queries for each of {pool.repetitions} repetitions")
    variances = [pilot.var(axis=-1, ddof=1) for pilot in pool.pilots]
    if form == "pilot":
        candidate = pool.pilots[0].mean(axis=-1) < RESIDUAL_BELOW
        lengths = [bound_terms(pool.s, np.full(len(pool.s), one), pool.geometry)[0] for one in (False, True)]
        residual, variance = settle_forms(
            variances[0], np.where(candidate, variances[1], np.nan), (lengths[0], lengths[1]), num_queries, false_alarm
        )
    else:
        residual = np.full(variances[0].shape, form == "residual")
        variance = variances[int(form == "residual")]
    replica_terms, residual_terms = (
        _repeat(terms[:, : pool.repetitions * num_queries], pool.repetitions) for terms in pool.forms
    )
    terms = np.where(residual[..., None], residual_terms, replica_terms)
    bound = bound_terms(pool.s, residual, pool.geometry)
    low, high = enclose_h_squared(terms, residual, variance, *bound, false_alarm)
    low, high = np.maximum(low, -(pool.s**2)), np.minimum(high, 1.0)
    h_squared = terms.mean(axis=-1)
    allowed = 64 * float(np.finfo(np.float64).eps) * (1 + pool.s**2)
    misses = ((pool.exact < low - allowed) | (pool.exact > high + allowed)).any(axis=-1)
    found = {"h^2": _count(misses, (high - low) / 2, h_squared, false_alarm)}
    for name, (functional, parameters) in _derived(pool.s).items():
        value, half_width, exact = _evaluate(pool, functional, parameters, h_squared, low, high)
        misses = np.abs(value - exact) > half_width + allowed.max()
        found[name] = _count(misses, half_width[:, None], value[:, None], false_alarm)
    return found


def _derived(s: Float[np.ndarray, " r"]) -> dict[str, tuple[Functional, tuple[Any, ...]]]:
    return {
        "final flat angle": (final_flat_angle, ()),
        "J": (integrate_error, ()),
        "saving": (share_saved, ()),
        "information": (integrate_information, (np.arctan(s[-1]),)),
    }


@in_float64
def _evaluate(
    pool: TermPool, functional: Functional, parameters: Any, h_squared: Any, low: Any, high: Any
) -> tuple[Float[np.ndarray, " b"], Float[np.ndarray, " b"], float]:
    """Return the functional of each repetition with its Monte Carlo error, and on the exact values."""
    first = np.full((pool.repetitions, 1), pool.at_zero)
    exact = np.append(pool.at_zero, pool.exact)
    rows = [np.concatenate([first, part], axis=1) for part in (h_squared, np.maximum(low, 0.0), high)]
    rows = [np.concatenate([part, exact[None]]) for part in rows]
    spread = jax.vmap(partial(spread_of_functional, functional), (None, 0, 0, 0, None))(pool.s, *rows, parameters)
    values, errors = np.asarray(spread.value), np.asarray(spread.monte_carlo)
    return values[:-1], errors[:-1], float(values[-1])


def _repeat(terms: Float[np.ndarray, "r q"], repetitions: int) -> Float[np.ndarray, "b r m"]:
    """Cut rows of terms into repetitions."""
    return np.moveaxis(terms.reshape(len(terms), repetitions, -1), 1, 0)


def _count(misses: Any, half_widths: Any, values: Any, false_alarm: float) -> Coverage:
    standard_error = values.std(axis=0, ddof=1)
    ratios = half_widths / np.where(standard_error > 0, 1.96 * standard_error, np.nan)
    return Coverage(
        misses=int(misses.sum()),
        repetitions=len(misses),
        false_alarm=false_alarm,
        width_ratio=float(np.nanmedian(ratios)) if (standard_error > 0).any() else np.inf,
    )
