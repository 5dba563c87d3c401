"""Reverse flows: samples of a score model by its probability-flow ODE or its reverse SDE, stopped at a given noise.

A schedule enters twice only. X_t/alpha is data with noise sigma/alpha, for every schedule, so the curve that the ODE
follows, and the law of the path that the SDE follows, depend on the ratio alone; where the ratio starts and where it
ends is all that a schedule decides. Both equations are solved in the coordinates in which their field is a posterior
mean, bounded and not stiff:

    ODE    u = x/spread, tau = 1/spread:      du/dtau = E[X_0 | tau X_0 + eps = u]
    SDE    v = s x, s = 1/spread^2:           dv = E[X | s X + B_s = v] ds + dW

for data with noise `spread`. The first is the probability flow in regular coordinates; the width of a kernel counts as
noise there, so a kernel model's flow is the empirical one, stopped earlier. The second is the innovations form of an
observation of X in Brownian motion.

A flow starts from the model's own law at the horizon, drawn exactly. Its law at the end is then the law of
alpha X + sigma eps up to the time steps alone, and nothing of it is due to a prior that is not the law at the horizon.

Points go through in blocks of one size, several at once where there are cores. The first block is solved once more,
for the ODE at a tighter tolerance, for the SDE in as many steps of other lengths along the same Brownian path, and that
tells the error.

The ODE's field makes neighbouring points part, never meet: its derivative is tau times a covariance. So a two-step
method is stable whose parasitic solution would grow along a field that contracts, and it asks for the posterior mean
once in a step: the reversible Heun method.

References: probability flow and reverse SDE, [song2021]; reverse time, [anderson1982]; the reversible Heun method,
[kidger2021].
"""

import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Literal, TypeAlias, final

import diffrax
import equinox as eqx
import jax
import jax.numpy as jnp
import lineax
import numpy as np
from jaxtyping import Array, Float, Key

from .. import denoiser
from ..precision import in_float64
from ..solve import SolveFailed, describe_result, integrate_ode
from ..threads import available_cores
from .noise_schedules import NoiseSchedule
from .score_models import AbstractScoreModel

Kind: TypeAlias = Literal["ode", "sde"]

BLOCK: Final = 1024
"""Points in one differential equation, whose steps are chosen for their root mean square."""

TIGHTER: Final = 0.2
"""Factor between the tolerance asked for and that of the run that tells the error."""

FIRST_STEP: Final = 0.1
"""The first step of tau that is tried, in reciprocals of the spread of the data."""

MAX_STEPS: Final = 20_000

UNEVEN: Final = 0.5
"""Steps of the SDE's second run are longer and shorter by up to this share."""

TREE: Final = 8
"""The Brownian tree is resolved down to this fraction of the first, shortest step."""


@final
@dataclass(frozen=True, slots=True, eq=False)
class ReverseSample:
    """Where a reverse flow has carried `points` (n, d), and how well.

    `again` (b, d) are the points of the first block by a run with other steps: the error that the steps cause in any
    statistic is the difference between its values at `points[:b]` and `again`. `steps` is the most that any block took;
    `method` names solver and settings.
    """

    points: Float[np.ndarray, "n d"]
    again: Float[np.ndarray, "b d"]
    steps: int
    method: str

    @property
    def error(self) -> float:
        """The root mean square distance of the two runs: it bounds the part of W_2 to the law that steps cause.

        It is generous: a few points near the boundary between two training points go to the other one, which moves
        them far and leaves the law nearly as it is.
        """
        apart = self.points[: len(self.again)] - self.again
        return float(np.sqrt((apart**2).sum(axis=1).mean()))


@final
@dataclass(frozen=True, slots=True)
class _Span:
    """The ratio noise/signal at the horizon and where the flow stops, and the signal there."""

    start: float
    end: float
    signal: float


@in_float64
def reverse_flow(
    model: AbstractScoreModel,
    key: Key[Array, ""],
    n: int,
    *,
    schedule: NoiseSchedule,
    stop: float,
    kind: Kind = "ode",
    tolerance: float = 5e-3,
    steps: int = 256,
) -> ReverseSample:
    """Draw n points by running a score model's noise backwards until it is `stop`.

    **Arguments:** `stop` is the schedule's noise sigma at which to end, in its range and, for an ODE of a model without
    width, positive. `tolerance` is that of one step of the ODE, in units of the noise that is left. The `steps` of the
    SDE are equal in log s.

    **Returns:** a `ReverseSample`, whose law is that of alpha X + sigma eps at sigma = `stop`, X drawn from the model.

    **Raises:** `ValueError` for a number of points, stop, tolerance or steps out of range; `SolveFailed` if a block
    cannot be solved.
    """
    if n < 1 or not 0 < tolerance < 1 or steps < 2 or kind not in ("ode", "sde"):
        raise ValueError(f"n >= 1, 0 < tolerance < 1, steps >= 2, ode or sde, not {n}, {tolerance}, {steps}, {kind!r}")
    span = _checked_span(model, schedule, stop, kind)
    data_key, noise_key, path_key = jax.random.split(key, 3)
    noise = np.asarray(jax.random.normal(noise_key, (n, model.dimension)))
    start = model.sample(data_key, n) + span.start * noise
    solve = partial(_solve_ode, model, span) if kind == "ode" else partial(_solve_sde, model, span, path_key, steps)
    asked, other = (tolerance, tolerance * TIGHTER) if kind == "ode" else (0.0, UNEVEN)
    size = min(BLOCK, n)

    @in_float64
    def carry(number: int, setting: float) -> tuple[Float[np.ndarray, "b d"], int]:
        # The last block is filled up from its start: what is done there is thrown away.
        index = number * size + np.arange(size)
        points, used = solve(start[np.where(index < n, index, number * size)], number, setting)
        return points[: n - number * size], used

    with ThreadPoolExecutor(min(available_cores(), -(-n // size) + 1)) as pool:
        # The run that tells the error is the longest of all, so it comes first.
        judge = pool.submit(carry, 0, other)
        running = [pool.submit(carry, number, asked) for number in range(-(-n // size))]
        blocks, judged = [task.result() for task in running], judge.result()[0]
    return ReverseSample(
        points=span.signal * np.concatenate([points for points, _ in blocks]),
        again=span.signal * judged,
        steps=max(used for _, used in blocks),
        method=f"reversible Heun in tau, tolerance {tolerance:g}" if kind == "ode" else f"SRA1 in s, {steps} steps",
    )


def _checked_span(model: AbstractScoreModel, schedule: NoiseSchedule, stop: float, kind: Kind) -> _Span:
    least, largest = schedule.range
    if not least <= stop < largest:
        raise ValueError(f"the flow stops at a noise from {least:g} up to below {largest:g}, not at {stop}")
    if stop == 0 and not (kind == "ode" and float(model.width) > 0):
        raise ValueError("only the ODE of a model with a width reaches a law without noise: stop at a positive noise")
    signal = schedule.signal_at(stop)
    return _Span(largest / schedule.signal_at(largest), stop / signal, signal)


def _solve_ode(
    model: AbstractScoreModel, span: _Span, x: Float[np.ndarray, "b d"], number: int, tolerance: float
) -> tuple[Float[np.ndarray, "b d"], int]:
    """Carry data with noise `span.start` to noise `span.end` along the probability flow."""
    # Variances of the kernel and of the noise add up before the flow, and are one thing in it.
    first, last = (math.hypot(ratio, float(model.width)) for ratio in (span.start, span.end))
    spread = math.sqrt(model.measure.second_moment() / model.dimension) + last
    step = min(FIRST_STEP / spread, 1 / last - 1 / first)
    start, end, step, allowed = np.array([1 / first, 1 / last, step, tolerance])
    ends, result, steps = _integrate_ode(model.measure, start, end, step, allowed, x / first)
    return last * _finite(ends, result), int(steps)


@eqx.filter_jit
def _integrate_ode(measure: Any, start: Any, end: Any, step: Any, tolerance: Any, u: Any) -> tuple[Any, Any, Any]:
    found = integrate_ode(
        lambda tau, u, measure: jnp.asarray(denoiser.posterior_mean(measure, u, tau)),
        u,
        end[None],
        t0=start,
        t1=end,
        args=measure,
        # In these coordinates the noise is 1 and points run away with tau: only the absolute tolerance has a meaning.
        rtol=0.0,
        atol=tolerance,
        first_step=step,
        solver=diffrax.ReversibleHeun(),
        max_steps=MAX_STEPS,
        adjoint=diffrax.ForwardMode(),
    )
    return found.values[0], found.result, found.steps


def _solve_sde(
    model: AbstractScoreModel,
    span: _Span,
    key: Any,
    steps: int,
    x: Float[np.ndarray, "b d"],
    number: int,
    uneven: float,
) -> tuple[Float[np.ndarray, "b d"], int]:
    """Carry data with noise `span.start` to noise `span.end` along the reverse SDE."""
    first, last = span.start**-2, span.end**-2
    even = np.arange(steps + 1) / steps
    places = even + uneven * np.sin(2 * np.pi * even) / (2 * np.pi)
    times = first * (last / first) ** places
    # One tree for both runs, so that they see the same path.
    resolution = np.float64(first * ((last / first) ** ((1 - UNEVEN) / steps) - 1) / TREE)
    times[[0, -1]] = first, last
    ends, result = _integrate_sde(model, jax.random.fold_in(key, number), times, resolution, first * x)
    return _finite(ends, result) / last, steps


@eqx.filter_jit
def _integrate_sde(model: Any, key: Any, times: Any, resolution: Any, v: Any) -> tuple[Any, Any]:
    shape = jax.ShapeDtypeStruct(v.shape, v.dtype)
    tree = diffrax.VirtualBrownianTree(times[0], times[-1], resolution, shape, key, levy_area=diffrax.SpaceTimeLevyArea)
    unit = lineax.DiagonalLinearOperator(jnp.ones_like(v))

    def drift(s: Any, v: Any, model: Any) -> Any:
        root = jnp.sqrt(s)
        return model.posterior_mean(v / root, root, 1.0)

    solution = diffrax.diffeqsolve(
        diffrax.MultiTerm(diffrax.ODETerm(drift), diffrax.ControlTerm(lambda s, v, model: unit, tree)),
        diffrax.SRA1(),
        times[0],
        times[-1],
        None,
        v,
        args=model,
        stepsize_controller=diffrax.StepTo(times),
        adjoint=diffrax.ForwardMode(),
        max_steps=None,
        throw=False,
    )
    return solution.ys[-1], solution.result


def _finite(ends: Any, result: Any) -> Float[np.ndarray, "b d"]:
    """Return where points have arrived. **Raises:** `SolveFailed` with the reason if they have not."""
    if result != diffrax.RESULTS.successful or not np.isfinite(ends).all():
        raise SolveFailed(describe_result(result))
    return np.asarray(ends)
