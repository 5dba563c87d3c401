"""The probability flow in the textbook's time: an oracle that shares no coordinates with `flow`.

`x' = -x - score(x, t)` is integrated backward from the horizon T to a small time, each point with steps of its own. The
velocity is the one that `theory.monge_ampere.ornstein_uhlenbeck` derives, compiled; the score is that of the shared
denoiser at signal e^-t. Near the data the equation is stiff, with a rate of 1/(1 - e^-2t), and infinity is out of
reach: both are why `flow` uses other coordinates.

Notation: `theory.monge_ampere.notation`.

References: [wang2024, abstract].
"""

from functools import cache
from typing import Any, Final

import diffrax
import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import Float

from ...theory.monge_ampere import notation
from ...theory.monge_ampere.ornstein_uhlenbeck import flow_velocity
from ..compile import CompiledExpression, compile_expression
from ..denoiser import score
from ..measures import DiscreteMeasure, Measure, Numbers
from ..precision import in_float64
from ..solve import NON_STIFF, TIGHTER, TIGHTEST_RTOL, SolveFailed, Trajectory, describe_result, integrate_ode
from .flow import FlowMap, merge_atoms
from .regular_flow import Tolerance, checked_points, regular_point
from .trapping import find_winners

BLOCK: Final = 256
"""Points that are integrated at once."""

MAX_STEPS: Final = 20_000


def original_time_flow_map(
    x: Numbers,
    measure: Measure,
    *,
    horizon: float,
    final_time: float = 1e-3,
    smoothing: float = 0.0,
    rtol: float = 1e-6,
    atol: float = 1e-8,
    solver: diffrax.AbstractSolver = NON_STIFF,
) -> FlowMap:
    """Integrate the probability flow backward from time T to `final_time`.

    **Arguments:** `x` (n, d); `measure` the data, convolved with N(0, smoothing^2 I); `final_time` in (0, T), or 0
    where smoothing > 0; `horizon` T is finite. `rtol` and `atol` are the tolerances of the first of two runs for each
    point, the second is 100 times tighter; `solver`: `NON_STIFF`, `STIFF` or another of Diffrax.

    **Returns:** the points at `final_time`, with the difference of the runs as error. For a `DiscreteMeasure` without
    smoothing `labels` are the atoms that lead there, `decided` where the trapping lemma holds. It is asked at that one
    time: of a point so near a boundary that both runs left it on the wrong side, nothing is noticed.

    **Raises:** `ValueError` for malformed points, times, smoothing or tolerances; `SolveFailed` if a point cannot be
    solved.
    """
    points, tolerance = checked_points(x, measure.dimension), Tolerance(rtol, atol)
    reached = regular_point(final_time, smoothing)
    if not final_time < horizon < np.inf:
        raise ValueError(f"the horizon must be finite and beyond {final_time}, not {horizon}")
    rough, fine = (
        _integrate_points(points, measure, horizon, final_time, smoothing, run, solver)
        for run in (tolerance, Tolerance(max(rtol * TIGHTER, TIGHTEST_RTOL), atol * TIGHTER))
    )
    error = np.linalg.norm(rough - fine, axis=1) + np.finfo(np.float64).eps * np.linalg.norm(fine, axis=1)
    labels, decided = None, np.ones(len(points), dtype=bool)
    if isinstance(measure, DiscreteMeasure) and smoothing == 0:
        merged, original = merge_atoms(measure)
        found = find_winners(merged, fine * reached.scale, reached.tau, error * reached.scale)
        labels, decided = original[found.labels], found.certain
    method = f"{type(solver).__name__} in the original time, twice, rtol {rtol:g} and 100 times tighter"
    return FlowMap(points=fine, error=error, labels=labels, decided=decided, method=method)


@cache
def _compiled_velocity() -> CompiledExpression:
    return compile_expression(flow_velocity(), (notation.x, notation.score))


def _velocity(t: Any, x: Any, law: tuple[Measure, Any]) -> Array:
    """Compute -x - score(x, t) at one point (d,)."""
    measure, smoothing = law
    signal = jnp.exp(-t)
    # 1 - e^-2t loses the digits of a small t.
    noise = jnp.sqrt(-jnp.expm1(-2 * t) + (signal * smoothing) ** 2)
    return _compiled_velocity()(x, score(measure, x, signal, noise))


@in_float64
def _integrate_points(
    points: Float[np.ndarray, "n d"],
    measure: Measure,
    horizon: float,
    final_time: float,
    smoothing: float,
    tolerance: Tolerance,
    solver: diffrax.AbstractSolver,
) -> Float[np.ndarray, "n d"]:
    """Return where one run carries each point."""
    images = []
    for first in range(0, len(points), BLOCK):
        count = min(BLOCK, len(points) - first)
        # The last block is filled up with its first point: what is done there is thrown away.
        block = points[first + np.where(np.arange(BLOCK) < count, np.arange(BLOCK), 0)]
        trajectory = _integrate_block(
            jnp.asarray(block),
            measure,
            jnp.asarray(horizon, "float64"),
            jnp.asarray(final_time, "float64"),
            jnp.asarray(smoothing, "float64"),
            jnp.asarray(tolerance.relative, "float64"),
            jnp.asarray(tolerance.absolute, "float64"),
            solver,
        )
        values = np.asarray(trajectory.values)[:count, 0]
        if not (solved := np.isfinite(values).all(axis=1)).all():
            first_failed = int(np.argmin(solved))
            raise SolveFailed(describe_result(jax.tree.map(lambda leaf, at=first_failed: leaf[at], trajectory.result)))
        images.append(values)
    return np.concatenate(images)


@eqx.filter_jit
def _integrate_block(
    block: Any, measure: Measure, start: Any, end: Any, smoothing: Any, rtol: Any, atol: Any, solver: Any
) -> Trajectory:
    def integrate(point: Any) -> Trajectory:
        return integrate_ode(
            _velocity,
            point,
            end[None],
            t0=start,
            t1=end,
            args=(measure, smoothing),
            rtol=rtol,
            atol=atol,
            solver=solver,
            max_steps=MAX_STEPS,
            adjoint=diffrax.ForwardMode(),
        )

    return jax.vmap(integrate)(block)
