"""Ordinary differential equations by Diffrax, with the defaults and the suspicion of the field.

A requested tolerance is no evidence: every reported value comes with an error estimated from a second run whose
tolerances are a hundred times tighter. A failed solve is a result with a reason and without a number: its values cannot
be read.

`solve_ode` answers on the host. `integrate_ode` is the traceable step beneath it, to be mapped and differentiated.

References: solvers [tsitouras2011], [kvaerno2004]; Diffrax [kidger2021].
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, TypeAlias, final

import diffrax
import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.typing import ArrayLike
from jaxtyping import Float, Int

from .precision import float64, require_float64

Values: TypeAlias = float | Sequence[Any] | np.ndarray | Array
"""A number or an array of numbers."""

VectorField: TypeAlias = Callable[[Any, Array, Any], Array]
"""`field(t, y, args)`: the time derivative of y, of y's shape."""

NON_STIFF: Final = diffrax.Tsit5()
"""Explicit Runge-Kutta pair of order 5(4): the default."""

STIFF: Final = diffrax.Kvaerno5()
"""L-stable diagonally implicit pair of order 5(4), for stiff equations."""

TIGHTER: Final = 1e-2
"""Factor between the tolerances of the two runs of which the error is the difference."""

TIGHTEST_RTOL: Final = 1e-14
"""Below this a relative tolerance asks for less than rounding leaves, and step sizes collapse."""

ROUGH_FIRST_STEP: Final = 1e-2
FINE_FIRST_STEP: Final = 1 / 173
"""The first steps that the two runs try, as fractions of the whole interval; they differ so that no step coincides."""

CHECK_TIMES: Final = 16
"""Interior times at which the two runs are compared beside those that were asked for."""

_SUCCEEDED: Final = "The solve succeeded."
_NOT_FINITE: Final = "The solution left the range of finite numbers."


@final
class SolveFailed(RuntimeError):  # noqa: N818 - it says what happened, as the sentence it carries does
    """The values of a solve that failed were asked for; the message is the reason it failed."""


class Trajectory(NamedTuple):
    """What one integration found.

    `values` at the saved times are NaN if it failed; `result` is a member of `diffrax.RESULTS`, or an array of them
    under `jax.vmap`; `steps` is the number of steps tried.
    """

    values: Float[Array, " times *state"]
    result: Any
    steps: Int[Array, ""]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class OdeSolution:
    """The solution of an initial value problem, or the reason why there is none.

    `times` are those asked for; `result` is a sentence; `method` names solver and tolerances; `steps` counts those of
    the tighter run. `values` and `error`, its estimated absolute error for each value, are shaped (times, *state) and
    raise `SolveFailed` where `success` is False.
    """

    times: Float[np.ndarray, " times"]
    success: bool
    result: str
    method: str
    steps: int
    _values: Float[np.ndarray, " times *state"] | None = field(repr=False)
    _error: Float[np.ndarray, " times *state"] | None = field(repr=False)

    @property
    def values(self) -> Float[np.ndarray, " times *state"]:
        """The solution at `times`, from the tighter of the two runs."""
        if self._values is None:
            raise SolveFailed(self.result)
        return self._values

    @property
    def error(self) -> Float[np.ndarray, " times *state"]:
        """The estimated absolute error of each value."""
        if self._error is None:
            raise SolveFailed(self.result)
        return self._error


def integrate_ode(
    field: VectorField,
    y0: Float[Array, "*state"],
    times: Float[Array, " times"],
    *,
    t0: ArrayLike,
    t1: ArrayLike,
    args: Any = None,
    rtol: ArrayLike = 1e-8,
    atol: ArrayLike = 1e-10,
    first_step: ArrayLike | None = None,
    largest_step: ArrayLike | None = None,
    fixed_steps: int | None = None,
    solver: diffrax.AbstractSolver = NON_STIFF,
    max_steps: int = 100_000,
    adjoint: diffrax.AbstractAdjoint | None = None,
    progress: diffrax.AbstractProgressMeter | None = None,
) -> Trajectory:
    """Integrate y' = field(t, y, args) once, from t0 to t1; traceable, so that it can be mapped and differentiated.

    **Arguments:** as for `solve_ode`; `times` lie between t0 and t1. With `fixed_steps` that many equal steps are taken
    and the tolerances are ignored; otherwise `first_step` (signed like t1 - t0) is tried first and no step exceeds
    `largest_step` > 0. `adjoint` chooses how it is differentiated: recursive checkpointing unless given,
    `diffrax.ForwardMode()` for `jax.jacfwd` and few parameters.

    **Returns:** a `Trajectory`, whose values are NaN if the solve failed: there is no error estimate here.

    **Raises:** `PrecisionError` outside `precision.float64()`; `ValueError` for fixed steps with an implicit solver,
    whose root finder can then diverge without a word.
    """
    require_float64("integrate_ode")
    t0, t1 = jnp.asarray(t0, "float64"), jnp.asarray(t1, "float64")
    controller: diffrax.AbstractStepSizeController
    if fixed_steps is None:
        controller, dt0 = diffrax.PIDController(rtol=rtol, atol=atol, dtmax=largest_step), first_step
    elif isinstance(solver, diffrax.AbstractImplicitSolver):
        raise ValueError(f"{type(solver).__name__} is implicit: it is run with adaptive steps only")
    else:
        controller, dt0, max_steps = diffrax.ConstantStepSize(), (t1 - t0) / fixed_steps, fixed_steps + 1
    solution = diffrax.diffeqsolve(
        diffrax.ODETerm(field),
        solver,
        t0,
        t1,
        dt0,
        y0,
        args,
        saveat=diffrax.SaveAt(ts=times),
        stepsize_controller=controller,
        adjoint=diffrax.RecursiveCheckpointAdjoint() if adjoint is None else adjoint,
        max_steps=max_steps,
        throw=False,
        progress_meter=diffrax.NoProgressMeter() if progress is None else progress,
    )
    failed = solution.result != diffrax.RESULTS.successful
    return Trajectory(
        values=jnp.where(failed, jnp.nan, solution.ys),
        result=solution.result,
        steps=solution.stats["num_steps"].astype("int32"),
    )


_integrate = eqx.filter_jit(integrate_ode)


def describe_result(result: Any) -> str:
    """Return the sentence that belongs to the result of one `Trajectory`."""
    return str(diffrax.RESULTS[result]) or _SUCCEEDED


def solve_ode(
    field: VectorField,
    y0: Values,
    t0: float,
    t1: float,
    *,
    args: Any = None,
    rtol: float = 1e-8,
    atol: float = 1e-10,
    saveat: Values | None = None,
    solver: diffrax.AbstractSolver = NON_STIFF,
    max_steps: int = 100_000,
    progress: diffrax.AbstractProgressMeter | None = None,
) -> OdeSolution:
    """Solve y' = field(t, y, args) from t0 to t1 in float64 and estimate the error of every value.

    **Arguments:** `field` is traceable by JAX and returns an array of y's shape; it is compiled once for each function
    object, so pass parameters through `args` rather than by a new closure. `y0` is a scalar or an array of any shape;
    t1 may lie before t0. `rtol` and `atol` are the tolerances of the first run. `saveat` are the times to report, in
    the direction of integration, t1 alone unless given. `solver`: `NON_STIFF`, `STIFF` or another of Diffrax.
    `max_steps` bounds the steps of each run. `progress`: a Diffrax progress meter.

    **Returns:** an `OdeSolution`. Its values are those of a run at tolerances 100 times tighter, with steps of at most
    half the average step of the first. The error of each component, the same at all times, is the largest difference
    of the two runs over the whole interval, plus the rounding that the steps have gathered: it overstates the error of
    the tighter run as long as errors shrink with the steps. It includes the interpolation between steps, which
    stiffness amplifies.

    **Raises:** `ValueError` if t0, t1, y0, the tolerances or `saveat` are malformed. A solve that fails raises nothing.
    """
    start = np.asarray(y0, dtype=np.float64)
    times = np.asarray([t1] if saveat is None else saveat, dtype=np.float64)
    _refuse_times(t0, t1, times)
    if not np.isfinite(start).all():
        raise ValueError(f"the initial value must be finite: {start}")
    if not (rtol > 0 and atol > 0):
        raise ValueError(f"tolerances must be positive: rtol = {rtol}, atol = {atol}")
    span = t1 - t0
    checked = np.concatenate([times, t0 + span * (np.arange(CHECK_TIMES) + 0.5) / CHECK_TIMES])
    order = np.argsort((checked - t0) / span, kind="stable")
    first_step, largest_step = span * ROUGH_FIRST_STEP, abs(span)
    runs: list[Trajectory] = []
    with float64():
        for factor in (1.0, TIGHTER):
            trajectory = _integrate(
                field,
                jnp.asarray(start),
                jnp.asarray(checked[order]),
                t0=jnp.asarray(t0, "float64"),
                t1=jnp.asarray(t1, "float64"),
                args=jax.tree.map(_as_traced, args),
                rtol=jnp.asarray(max(rtol * factor, TIGHTEST_RTOL), "float64"),
                atol=jnp.asarray(atol * factor, "float64"),
                first_step=jnp.asarray(first_step, "float64"),
                largest_step=jnp.asarray(largest_step, "float64"),
                solver=solver,
                max_steps=max_steps,
                progress=progress,
            )
            runs.append(trajectory)
            # Where a tolerance is easily met both runs would take the same steps and agree in the same error.
            largest_step = abs(span) / (2 * max(int(trajectory.steps), 1))
            first_step = np.copysign(min(abs(span) * FINE_FIRST_STEP, largest_step), span)
    rough, fine = (np.asarray(run.values)[np.argsort(order)] for run in runs)
    steps = int(runs[1].steps)
    sentences = [describe_result(run.result) for run in runs]
    failure = next((sentence for sentence in sentences if sentence != _SUCCEEDED), None)
    if failure is None and not (np.isfinite(rough).all() and np.isfinite(fine).all()):
        failure = _NOT_FINITE
    return OdeSolution(
        times=times,
        success=failure is None,
        result=_SUCCEEDED if failure is None else failure,
        method=f"{type(solver).__name__}, rtol {rtol:g} and {max(rtol * TIGHTER, TIGHTEST_RTOL):g}",
        steps=steps,
        _values=fine[: len(times)] if failure is None else None,
        _error=_estimate_error(rough, fine, steps)[: len(times)] if failure is None else None,
    )


def _as_traced(leaf: Any) -> Any:
    # A Python float would be part of the program, which would be compiled again for each value of a parameter.
    return jnp.asarray(leaf, "float64") if isinstance(leaf, float) else leaf


def _estimate_error(
    rough: Float[np.ndarray, " times *state"], fine: Float[np.ndarray, " times *state"], steps: int
) -> Float[np.ndarray, " times *state"]:
    # A difference may vanish by accident at one time, its maximum over many times does not.
    difference = np.abs(rough - fine).max(axis=0)
    rounding = np.finfo(np.float64).eps * np.sqrt(steps) * np.abs(fine).max(axis=0)
    return np.broadcast_to(difference + rounding, fine.shape)


def _refuse_times(t0: float, t1: float, times: Float[np.ndarray, "..."]) -> None:
    if not (np.isfinite(t0) and np.isfinite(t1)) or t0 == t1:
        raise ValueError(f"two different finite times are needed, not {t0} and {t1}")
    inside = (times - t0) / (t1 - t0)
    if times.ndim != 1 or times.size == 0 or not (inside[0] >= 0 and inside[-1] <= 1 and (np.diff(inside) > 0).all()):
        raise ValueError(f"saveat must run from t0 = {t0} towards t1 = {t1}, without repetition: {times}")
