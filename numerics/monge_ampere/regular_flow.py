"""The probability flow in regular coordinates, solved by Diffrax: what all maps of this system are made of.

The change of coordinates and the velocity are those that `theory.monge_ampere.regular_flow` derives, compiled; the
posterior mean in the velocity is that of the shared denoiser at signal tau and noise 1. Points go through in blocks of
fixed size, so that memory is bounded and one compilation serves any number of points; a block is one differential
equation, whose steps are chosen for the root mean square of its points. A requested tolerance is therefore no
statement on a single point: each block is solved twice, at tolerances a hundred times apart and with different steps,
and the difference of the two runs is the error of every point.

Notation: u, tau, s_0 as in `theory.monge_ampere.notation`.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any, Final, final

import diffrax
import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import Float

from ...theory.monge_ampere import notation, regular_coordinates
from ...theory.monge_ampere import regular_velocity as derived_velocity
from ..compile import CompiledExpression, compile_expression
from ..denoiser import posterior_mean
from ..measures import DiscreteMeasure, GaussianMixture, Measure, Numbers
from ..precision import in_float64
from ..solve import TIGHTER, TIGHTEST_RTOL, SolveFailed, Trajectory, VectorField, describe_result, integrate_ode

BLOCK_SIZES: Final = (64, 512, 4096)
"""Points in one differential equation: the largest that are all filled, or the least of these."""

ACCELERATOR_BLOCK_SIZES: Final = (*BLOCK_SIZES, 2**15, 2**18)
"""As `BLOCK_SIZES`, where a step costs the same for few points and for many; a processor's caches hold 4096."""

MAX_STEPS: Final = 10_000

FIRST_STEPS: Final = (1 / 4, 1 / 11)
"""The first steps that the two runs try, as fractions of the interval."""


@final
@dataclass(frozen=True, slots=True)
class Tolerance:
    """Relative and absolute tolerance of the first of two runs, both positive; the second is 100 times tighter."""

    relative: float
    absolute: float

    def __post_init__(self) -> None:
        if not (self.relative > 0 and self.absolute > 0):
            raise ValueError(f"tolerances must be positive: rtol = {self.relative}, atol = {self.absolute}")


@final
@dataclass(frozen=True, slots=True)
class RunPair:
    """The states of two runs of many points, (n, ...) each, and the steps that the tighter one took at most.

    Points that could not be solved are NaN, and `failure` is the reason of the first of them.
    """

    rough: Float[np.ndarray, "n ..."]
    fine: Float[np.ndarray, "n ..."]
    steps: int
    failure: str | None = None

    def require_success(self) -> "RunPair":
        """Return the pair itself. **Raises:** `SolveFailed` with the reason if a point could not be solved."""
        if self.failure is not None:
            raise SolveFailed(self.failure)
        return self

    @property
    def error(self) -> Float[np.ndarray, "n ..."]:
        """The estimated absolute error of each entry of `fine`: the difference of the runs, plus rounding."""
        rounding = np.finfo(np.float64).eps * np.sqrt(self.steps + 1) * np.abs(self.fine)
        return np.abs(self.rough - self.fine) + rounding


@final
@dataclass(frozen=True, slots=True)
class RegularPoint:
    """A time in regular coordinates: tau, and the factor u/x."""

    tau: float
    scale: float


@cache
def _compiled_coordinates() -> CompiledExpression:
    chosen = regular_coordinates()
    return compile_expression((chosen.time, chosen.scale), (notation.t, notation.smoothing))


@cache
def _compiled_velocity() -> CompiledExpression:
    return compile_expression(derived_velocity(), (notation.u, notation.tau, notation.posterior_mean))


def regular_point(time: float, smoothing: float = 0.0) -> RegularPoint:
    """Return the regular coordinates of a time t > 0, infinity included, of data smoothed with s_0.

    **Raises:** `ValueError` for a negative time or smoothing, and for time 0 of data that are not smoothed, which no
    finite tau reaches.
    """
    if not smoothing >= 0:
        raise ValueError(f"smoothing must not be negative: {smoothing}")
    if not time >= 0 or (time == 0 and smoothing == 0):
        raise ValueError(f"a time must be positive, or 0 where data are smoothed, not {time}")
    tau, scale = np.asarray(_compiled_coordinates()(time, smoothing), np.float64)
    return RegularPoint(float(tau), float(scale))


def split_smoothing(measure: Measure, smoothing: float) -> tuple[Measure, float]:
    """Return a law and s_0 such that law * N(0, s_0^2 I) is the measure smoothed by `smoothing`.

    All that a mixture's covariances share, their least eigenvalue times I, is moved into s_0: so the flow of Gaussian
    mixtures ends at a finite tau too.
    """
    if not smoothing >= 0:
        raise ValueError(f"smoothing must not be negative: {smoothing}")
    if isinstance(measure, DiscreteMeasure):
        return measure, smoothing
    eigenvalues = np.linalg.eigvalsh(measure.covariances)
    # The margin keeps what is left positive semidefinite, however little that is.
    margin = 4 * measure.dimension * np.finfo(np.float64).eps * float(eigenvalues.max())
    shared = float(eigenvalues.min()) - margin
    if shared <= 0:
        return measure, smoothing
    rest = measure.covariances - shared * np.eye(measure.dimension)
    return GaussianMixture(measure.means, rest, measure.weights), float(np.sqrt(smoothing**2 + shared))


def checked_points(x: Numbers, dimension: int) -> Float[np.ndarray, "n d"]:
    """Return `x` as finite points (n, d) in float64, n >= 1. **Raises:** `ValueError` if it is none."""
    points = np.asarray(x, np.float64)
    if points.ndim != 2 or points.shape[1] != dimension or len(points) == 0:
        raise ValueError(f"points must have shape (n, {dimension}), n at least 1, not {points.shape}")
    if not np.isfinite(points).all():
        raise ValueError("points must be finite")
    return points


def regular_velocity(tau: Any, u: Any, measure: Measure) -> Array:
    """Compute the velocity du/dtau at points (..., d); a vector field for `solve`, traceable only."""
    return _compiled_velocity()(u, tau, posterior_mean(measure, u, tau))


@in_float64
def integrate_twice(
    field: VectorField,
    measure: Measure,
    rough: Float[np.ndarray, "n ..."],
    fine: Float[np.ndarray, "n ..."],
    start: float,
    end: float,
    tolerance: Tolerance,
    fixed_steps: int | None = None,
    first_steps: tuple[float, float] = FIRST_STEPS,
) -> RunPair:
    """Carry two runs of many points on from tau = `start` to `end`, each from its own states.

    **Arguments:** `field(tau, states, measure)` acts on states (b, ...). With `fixed_steps` the first run takes that
    many equal steps and the second twice as many; otherwise they keep to `tolerance` and try `first_steps` first, as
    fractions of the interval.

    Where a block cannot be solved all its points are NaN.
    """
    if start == end:
        return RunPair(rough, fine, 0)
    sizes = BLOCK_SIZES if jax.default_backend() == "cpu" else ACCELERATOR_BLOCK_SIZES
    size = max(size for size in sizes if size <= max(len(fine), sizes[0]))
    span, most, failure = end - start, 0, None
    ends: tuple[list[Any], list[Any]] = ([], [])
    for first in range(0, len(fine), size):
        count, step, largest = min(size, len(fine) - first), span * first_steps[0], abs(span)
        for run, states in enumerate((rough, fine)):
            factor = TIGHTER**run
            # The last block is filled up with its first point: what is done there is thrown away.
            block = states[first + np.where(np.arange(size) < count, np.arange(size), 0)]
            trajectory = _integrate(
                field,
                measure,
                jnp.asarray(block),
                np.asarray(start, np.float64),
                np.asarray(end, np.float64),
                np.asarray(step, np.float64),
                np.asarray(largest, np.float64),
                np.asarray(max(tolerance.relative * factor, TIGHTEST_RTOL), np.float64),
                np.asarray(tolerance.absolute * factor, np.float64),
                None if fixed_steps is None else fixed_steps * 2**run,
            )
            values, steps = np.asarray(trajectory.values)[0, :count], int(trajectory.steps)
            if failure is None and not np.isfinite(values).all():
                failure = describe_result(trajectory.result)
            ends[run].append(values)
            # A tolerance that is easily met would have both runs take the same steps and agree in the same error.
            largest = abs(span) / (2 * max(steps, 1))
            step = np.copysign(min(abs(span) * first_steps[1], largest), span)
        most = max(most, steps)
    return RunPair(np.concatenate(ends[0]), np.concatenate(ends[1]), most, failure)


@eqx.filter_jit
def _integrate(
    field: VectorField,
    measure: Measure,
    states: Any,
    start: Any,
    end: Any,
    first_step: Any,
    largest_step: Any,
    rtol: Any,
    atol: Any,
    fixed_steps: int | None,
) -> Trajectory:
    return integrate_ode(
        field,
        states,
        end[None],
        t0=start,
        t1=end,
        args=measure,
        rtol=rtol,
        atol=atol,
        first_step=first_step,
        largest_step=largest_step,
        fixed_steps=fixed_steps,
        max_steps=MAX_STEPS,
        adjoint=diffrax.ForwardMode(),
    )
