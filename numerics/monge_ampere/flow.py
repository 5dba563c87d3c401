"""Maps of the probability flow: from a sample at the horizon to data, along the tail, and between two times.

    probability_flow_map    Phi_T: discrete data by the atom that wins, smoothed data and Gaussian mixtures by the point
    tail_map                Psi_T: from time T to infinity
    flow_between            from one time to another

All are solved in the regular coordinates, where infinite time is the regular point tau = 0 and nothing is stiff. A
point of discrete data is followed in stages of tau and left as soon as the trapping lemma holds for it: most points
need few stages, and only those near the boundary of two basins go on. All are followed with few steps first, since most
points are trapped however large their error; those for which the lemma does not hold within it start again, at the
tolerance that is asked for. Points for which it does not hold within that error either are not decided, and the answer
says which.

Notation: `theory.monge_ampere.notation`; Phi_T is started in x at time T, whatever law x was drawn from.

References: [wang2024, abstract] for the flow.
"""

from dataclasses import dataclass
from typing import Final, final

import numpy as np
from jaxtyping import Bool, Float, Int

from ..measures import DiscreteMeasure, Measure, Numbers
from .regular_flow import (
    FIRST_STEPS,
    RegularPoint,
    Tolerance,
    checked_points,
    integrate_twice,
    regular_point,
    regular_velocity,
    split_smoothing,
)
from .trapping import find_winners

LARGEST_SIGNAL: Final = 24.0
"""Discrete data are followed over this much of tau at most, in reciprocals of the least distance of two atoms."""

SHORTEST_STAGE: Final = 2.0
"""The least length in tau of a stage, after which decided points are left, in reciprocals of the atoms' diameter."""

MOST_ENTRIES: Final = 2**22
"""Points times atoms that are in memory at once, about: 32 MiB of log-weights."""

COARSE: Final = Tolerance(1e-2, 1e-4)
"""Tolerance at which all points are followed first: few steps, whose error leaves few points undecided."""

COARSE_FIRST_STEPS: Final = (1.0, 0.5)
"""The first steps of the two runs at that tolerance, which a stage seldom needs more of."""

COARSE_STAGES: Final = 3
"""Stages after which a point that is not trapped is in doubt."""

ROUNDING: Final = 64 * np.finfo(np.float64).eps
"""By this much, relatively, the two runs of a point of discrete data start apart."""

STRETCH: Final = 0.25
"""The least length of a stage relative to its tau."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class FlowMap:
    """Where the flow carries points to.

    `points` (n, d) are the images and `error` (n,) bounds their estimated Euclidean errors. For discrete data `labels`
    are the atoms that win, by index in the measure (the first of equal atoms), and None otherwise; a point too near
    the boundary of two basins is not `decided`: its label is the atom that leads, its error the distance to the
    farthest atom. `method` names the solver and its tolerances.
    """

    points: Float[np.ndarray, "n d"]
    error: Float[np.ndarray, " n"]
    labels: Int[np.ndarray, " n"] | None
    decided: Bool[np.ndarray, " n"]
    method: str


def probability_flow_map(
    x: Numbers,
    measure: Measure,
    *,
    horizon: float = np.inf,
    smoothing: float = 0.0,
    rtol: float = 1e-6,
    atol: float = 1e-8,
) -> FlowMap:
    """Compute Phi_T(x), the reverse probability flow from the sample x at time T to data.

    **Arguments:** `x` (n, d); `measure` the data, which `smoothing` = s_0 >= 0 convolves with N(0, s_0^2 I); `horizon`
    T > 0, infinity included. `rtol` and `atol` are the tolerances of the first of two runs.

    **Returns:** labels for a `DiscreteMeasure` without smoothing, points otherwise; see `FlowMap`.

    **Raises:** `ValueError` for malformed points, horizon, smoothing or tolerances, and for a mixture with a singular
    covariance that is not smoothed: its flow ends at no finite tau; `SolveFailed` where points are asked for and no
    solution is found.
    """
    if not isinstance(measure, DiscreteMeasure) or smoothing != 0:
        return flow_between(x, measure, start=horizon, end=0.0, smoothing=smoothing, rtol=rtol, atol=atol)
    points = checked_points(x, measure.dimension)
    started, tolerance = regular_point(horizon), Tolerance(rtol, atol)
    merged, original = merge_atoms(measure)
    count = max(1, len(points) * len(merged.atoms) // MOST_ENTRIES)
    followed = [_follow(merged, some * started.scale, started, tolerance) for some in np.array_split(points, count)]
    labels, decided = (np.concatenate(parts) for parts in zip(*followed, strict=True))
    # Per label, for there are few: the distance to the atom that is farthest from it.
    farthest = np.zeros(len(merged.atoms))
    for label in np.unique(labels[~decided]):
        farthest[label] = np.linalg.norm(merged.atoms - merged.atoms[label], axis=1).max()
    return FlowMap(
        points=merged.atoms[labels].astype(np.float64),
        error=np.where(decided, 0.0, farthest[labels]),
        labels=original[labels],
        decided=decided,
        method=_method(tolerance),
    )


def tail_map(
    x: Numbers,
    measure: Measure,
    *,
    horizon: float,
    smoothing: float = 0.0,
    rtol: float = 1e-8,
    atol: float = 1e-12,
) -> FlowMap:
    """Compute Psi_T(x), the forward flow from time T to infinity; arguments and errors as for `probability_flow_map`.

    Reversed, from N(0, I) at infinity, it is what distinguishes the prior from the law at the horizon:
    Phi_T = Phi_oo(Psi_T).
    """
    return flow_between(x, measure, start=horizon, end=np.inf, smoothing=smoothing, rtol=rtol, atol=atol)


def flow_between(
    x: Numbers,
    measure: Measure,
    *,
    start: float,
    end: float,
    smoothing: float = 0.0,
    rtol: float = 1e-8,
    atol: float = 1e-12,
) -> FlowMap:
    """Compute where the flow carries x from time `start` to time `end`, in either direction.

    **Arguments:** times are positive or infinite; 0 too for smoothed data and mixtures of regular Gaussians. The others
    are as for `probability_flow_map`, and so are the errors that are raised.
    """
    points, tolerance = checked_points(x, measure.dimension), Tolerance(rtol, atol)
    core, spread = split_smoothing(measure, smoothing)
    first, last = regular_point(start, spread), regular_point(end, spread)
    u = points * first.scale
    pair = integrate_twice(regular_velocity, core, u, u, first.tau, last.tau, tolerance).require_success()
    return FlowMap(
        points=pair.fine / last.scale,
        error=np.linalg.norm(pair.error, axis=1) / last.scale,
        labels=None,
        decided=np.ones(len(points), dtype=bool),
        method=_method(tolerance),
    )


def _method(tolerance: Tolerance) -> str:
    return f"Tsit5 in regular time, twice, rtol {tolerance.relative:g} and 100 times tighter"


def merge_atoms(measure: DiscreteMeasure) -> tuple[DiscreteMeasure, Int[np.ndarray, " m"]]:
    """Return the measure without atoms of no weight and with equal atoms merged, and the first index of each."""
    kept = np.flatnonzero(measure.weights > 0)
    atoms, first, index = np.unique(measure.atoms[kept], axis=0, return_index=True, return_inverse=True)
    weights = np.bincount(index.ravel(), weights=measure.weights[kept], minlength=len(atoms))
    return DiscreteMeasure(atoms, weights), kept[first]


@final
@dataclass(frozen=True, slots=True)
class _Pass:
    """From which tau to which points are followed, the least length of a stage, and how exactly."""

    start: float
    end: float
    stage: float
    tolerance: Tolerance
    first_steps: tuple[float, float]


def _follow(
    measure: DiscreteMeasure, u: Float[np.ndarray, "n d"], start: RegularPoint, tolerance: Tolerance
) -> tuple[Int[np.ndarray, " n"], Bool[np.ndarray, " n"]]:
    """Follow points from u at `start` until an atom has trapped each: coarsely, then those in doubt to `tolerance`."""
    first = find_winners(measure, u, start.tau, np.zeros(len(u)))
    labels, decided = first.labels, first.certain
    if decided.all():
        return labels, decided
    diameter, nearest = _extent(measure)
    stage = SHORTEST_STAGE / diameter
    coarse = Tolerance(max(tolerance.relative, COARSE.relative), max(tolerance.absolute, COARSE.absolute))
    for pass_tolerance, first_steps, length in (
        (coarse, COARSE_FIRST_STEPS, COARSE_STAGES * stage),
        (tolerance, FIRST_STEPS, LARGEST_SIGNAL / nearest),
    ):
        doubtful = np.flatnonzero(~decided)
        if len(doubtful):
            run = _Pass(start.tau, start.tau + length, stage, pass_tolerance, first_steps)
            found = _follow_within(run, measure, u[doubtful], labels[doubtful])
            labels[doubtful], decided[doubtful] = found
    return labels, decided


def _follow_within(
    run: _Pass, measure: DiscreteMeasure, u: Float[np.ndarray, "n d"], leading: Int[np.ndarray, " n"]
) -> tuple[Int[np.ndarray, " n"], Bool[np.ndarray, " n"]]:
    """Follow points in one pass; `leading` labels those without a solution."""
    labels, decided, pending = leading.copy(), np.zeros(len(u), bool), np.arange(len(u))
    tau = run.start
    # The runs start apart by some rounding, so that their difference has in it what the flow makes of rounding.
    aside = ROUNDING * (1 + np.abs(u).max(axis=1, keepdims=True))
    rough, fine = u + aside * np.cos(1 + np.arange(measure.dimension)), u
    while len(pending) and tau < run.end:
        end = min(run.end, tau + max(run.stage, STRETCH * tau))
        pair = integrate_twice(
            regular_velocity, measure, rough, fine, tau, end, run.tolerance, first_steps=run.first_steps
        )
        tau = end
        # What cannot be solved any more stays undecided, with the label it had.
        error = np.linalg.norm(pair.error, axis=1)
        solved = np.isfinite(error)
        pending, rough, fine = pending[solved], pair.rough[solved], pair.fine[solved]
        found = find_winners(measure, fine, tau, error[solved])
        labels[pending], decided[pending] = found.labels, found.certain
        left = ~found.trapped
        pending, rough, fine = pending[left], rough[left], fine[left]
    return labels, decided


def _extent(measure: DiscreteMeasure) -> tuple[float, float]:
    """Return the largest and the least distance of two different atoms, the largest up to a factor of 2."""
    atoms = measure.atoms.astype(np.float64)
    diameter = float(np.linalg.norm(atoms - atoms[0], axis=1).max())
    nearest = min(float(np.linalg.norm(atoms[i + 1 :] - atoms[i], axis=1).min()) for i in range(len(atoms) - 1))
    return diameter, nearest
