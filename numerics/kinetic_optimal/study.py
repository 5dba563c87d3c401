"""The kinetic-optimal study of a data set: all that this layer knows of it, each number with its error by source.

For data X in R^d with E|X|^2 = d: the separation function lambda(s) between its bounds, the kinetic-optimal path, the
energies of the named paths, the share of Cond-OT's energy that can be saved, and the information rate, whose limit
`int_0^oo s v ds = H(X)/d` is known without any estimator and checks the estimate.

Notation: v = 1 - lambda, L = H(X)/d in nats; Theta_m is the final flat angle, r = 1 a path on the unit circle.

References: [shaul2023, abstract, (iii)]; the bounds are those of `theory.kinetic_optimal.bounds`.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, final

import jax
import numpy as np
from jax.sharding import Mesh
from jaxtyping import Array, Float

from ..data_set import DataSet
from ..device import describe_device
from ..estimate import Estimate
from ..measures import DiscreteMeasure, Numbers
from ..statistics import empirical_bernstein_half_width, split_false_alarm
from ..study_input import Normalisation, StudyData, StudyError, prepare_data
from .adapted_grid import adapted_grid
from .angular_speed import AngularSpeed
from .check_sum import COUNTING, CheckSum
from .energy import information_rate, path_energy, saving_over_cond_ot, separation_integral
from .entropy_bounds import bound_energy, bound_separation
from .estimator import NUM_QUERIES, Precision, separation
from .functionals import evaluate_functional
from .path import KineticOptimalPath, final_flat_angle, kinetic_optimal_path
from .schedules import CondOT, VPCosine
from .separation_function import Separation

FALSE_ALARM = 1e-3
"""Probability that any of a study's intervals misses."""

ROUNDING = 1e-12
"""Rounding error of lambda."""

NUM_SIGNALS = 32
"""Values of s, unless told otherwise."""

FEWEST_SIGNALS = 4
"""Below this the interpolation error, which leaves out every other s, means nothing."""


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Study:
    """The study of a data set; it displays itself in a notebook.

    `energies` are per dimension, by name of the path: `kinetic-optimal`, `unit-circle` (the best one with r = 1),
    `cond-ot`, `vp-cosine`. `saving` is the share of Cond-OT's energy that the kinetic-optimal path saves;
    `energy_floor` is what no Gaussian path goes below at this entropy, and `saving_ceiling` what any could save at
    most. `information` is I(s)/d in nats at each s; `separation.tail_information` bounds what lies beyond the last.
    `interval` is where lambda lies at each s: what the sample says, narrowed by what is proved of all data; `mean` is
    the sample's estimate, brought into it.
    """

    data: StudyData
    separation: Separation
    interval: tuple[Float[np.ndarray, " m"], Float[np.ndarray, " m"]]
    path: KineticOptimalPath
    energies: Mapping[str, Estimate]
    saving: Estimate
    error_integral: Estimate
    information: tuple[Estimate, ...]
    linear_floor: Float[np.ndarray, " m"]
    entropy_bound: Float[np.ndarray, " m"]
    energy_floor: float
    saving_ceiling: float
    seed: int
    device: Mapping[str, Any]
    seconds: float

    @property
    def mean(self) -> Float[np.ndarray, " m"]:
        """The estimate of lambda at each s, within what is proved."""
        return np.clip(self.separation.mean, *self.interval)

    @property
    def respects_bounds(self) -> bool:
        """Whether the sample leaves lambda room within what is proved: a sound estimate fails with `false_alarm`."""
        lower, upper = self.interval
        return bool((lower <= upper + ROUNDING).all())

    @property
    def check_sum(self) -> CheckSum:
        """The information up to the last s against the entropy rate; what lies beyond may not be bounded."""
        rate = self.data.entropy_rate
        expected = Estimate(rate, COUNTING * (1 + rate), "counted")
        return CheckSum(sampled=self.information[-1], beyond=self.separation.tail_information, expected=expected)

    def to_json(self) -> dict[str, Any]:
        """Return the study as JSON, arrays as lists; `docs/study.md` documents it."""
        from .study_record import record_study

        return record_study(self)

    def _repr_markdown_(self) -> str:
        from .study_record import display_study

        return display_study(self)


def study_data(
    data: Numbers | DiscreteMeasure | DataSet,
    *,
    normalise: Normalisation | str = Normalisation.CENTRE,
    num_queries: int = NUM_QUERIES,
    num_signals: int = NUM_SIGNALS,
    seed: int = 0,
    precision: Precision = "float64",
    false_alarm: float = FALSE_ALARM,
    mesh: Mesh | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Study:
    """Study the kinetic-optimal path of a data set.

    **Arguments:** `data` (n, d), not necessarily normalised: `normalise` centres it and scales it by one factor to
    E|X|^2 = d (`centre`), scales it only (`scale`), or takes it as it is (`none`); `num_queries` noisy observations at
    `num_signals` values of s, which a pilot chooses, are drawn from `seed`; all intervals hold together except with
    probability `false_alarm`; `precision`, `mesh` and `progress` are those of `separation`.

    **Raises:** `StudyError` for data that are no finite real matrix, have one row, or equal rows alone, or are not
    normalised where they should be, whose posterior weights overflow, and for too few queries or values of s.
    """
    started = time.perf_counter()
    _refuse_settings(num_queries, num_signals, false_alarm)
    described, normalised = prepare_data(data, Normalisation(normalise))
    grid_key, key = jax.random.split(jax.random.key(seed))
    try:
        grid = adapted_grid(normalised, num_signals, key=grid_key, mesh=mesh, precision=precision)
        curve = separation(
            normalised,
            grid,
            num_queries=num_queries,
            key=key,
            false_alarm=false_alarm,
            mesh=mesh,
            precision=precision,
            progress=progress,
        )
    except FloatingPointError as error:
        raise StudyError(str(error)) from error
    path = kinetic_optimal_path(curve)
    floor = bound_energy(described.entropy_rate)
    linear, entropic = bound_separation(curve.s, described.entropy_rate)
    return Study(
        data=described,
        separation=curve,
        interval=_narrow_interval(curve, entropic),
        path=path,
        energies={
            "kinetic-optimal": path.energy_estimate,
            "unit-circle": evaluate_functional(_circle_energy, curve).estimate,
            "cond-ot": path_energy(CondOT(), curve),
            "vp-cosine": path_energy(VPCosine(), curve),
        },
        saving=saving_over_cond_ot(curve),
        error_integral=separation_integral(curve),
        information=tuple(information_rate(curve, float(s)) for s in curve.s),
        linear_floor=linear,
        entropy_bound=entropic,
        energy_floor=floor,
        # No path costs less than the floor, and Cond-OT, which costs 2 - J, at most 2.
        saving_ceiling=1 - floor / 2,
        seed=seed,
        device=describe_device(precision),
        seconds=time.perf_counter() - started,
    )


def _refuse_settings(num_queries: int, num_signals: int, false_alarm: float) -> None:
    """Refuse settings with which no interval says anything, whatever is drawn."""
    if num_signals < FEWEST_SIGNALS:
        raise StudyError(f"{num_signals} values of s are too few to interpolate: at least {FEWEST_SIGNALS} are needed")
    share = split_false_alarm(false_alarm, num_signals)
    counts = np.arange(2, 10_000)
    fewest = int(counts[empirical_bernstein_half_width(0.0, counts, 1.0, share) < 1][0])
    if num_queries < fewest:
        raise StudyError(f"{num_queries} queries are too few for any interval: at least {fewest} are needed")


def _circle_energy(speed: AngularSpeed) -> Float[Array, ""]:
    """Return the energy of the best path with r = 1 as a functional of h: it runs through Theta at constant speed."""
    return final_flat_angle(speed) ** 2


def _narrow_interval(
    curve: Separation, floor: Float[np.ndarray, " m"]
) -> tuple[Float[np.ndarray, " m"], Float[np.ndarray, " m"]]:
    """Narrow the interval of lambda by its floor, the overlap ceiling of v, and that lambda never decreases."""
    lower, upper = curve.interval
    lower = np.maximum.accumulate(np.maximum.reduce([lower, floor, 1 - curve.error_ceiling]))
    return lower, np.minimum.accumulate(np.minimum(upper, 1.0)[::-1])[::-1]
