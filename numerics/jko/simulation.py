"""Particles of the diffusion that a JKO scheme follows, each driven by V, by all the others and by noise.

    dX_i = -[grad V(X_i) + (1/n) sum_j grad U(X_i - X_j)] dt + sqrt(2 beta) dB_i

Snapshots are dt apart. With Euler's method and one step between snapshots they are what is called explicit data:
x - dt grad V(x) plus noise. The path of the noise is a Brownian tree, of which a second run with steps half as
long sees more; it tells the error of the first.

References: Brownian trees as in Diffrax [kidger2021]; SRA1, of strong order 1.5 for additive noise [roessler2010].
"""

import math
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, Literal, TypeAlias, final

import diffrax
import equinox as eqx
import jax
import jax.numpy as jnp
import lineax
import numpy as np
from jax import Array
from jaxtyping import Float

from ..measures import Numbers
from ..precision import in_float64
from ..solve import SolveFailed, describe_result
from .energy import Energy, Forces

Scheme: TypeAlias = Literal["euler", "sra1"]

STRONG_ORDER: Final = MappingProxyType({"euler": 1.0, "sra1": 1.5})
"""Strong order of each scheme for additive noise."""

PAIRS_AT_ONCE: Final = 2**20
"""Pairs of particles whose interaction is in memory at once."""

TREE: Final = 8
"""The Brownian tree is resolved down to this fraction of the step."""


@final
@dataclass(frozen=True, slots=True, eq=False)
class Simulation:
    """Particles at `times`: `snapshots` (steps + 1, n, d), the first of them where they started.

    `error` (steps + 1,) estimates how far particles are from the exact paths with the same noise, root mean square: it
    bounds W_2 to a sample of the law of the interacting particles themselves.
    """

    times: Float[np.ndarray, " t"]
    snapshots: Float[np.ndarray, "t n d"]
    error: Float[np.ndarray, " t"]


@in_float64
def simulate(
    energy: Energy | Forces,
    x0: Numbers,
    *,
    dt: float,
    steps: int,
    key: int,
    substeps: int = 1,
    scheme: Scheme = "euler",
) -> Simulation:
    """Move particles for `steps` intervals of length `dt` and estimate the error of the time steps.

    **Arguments:** `x0` (n, d) particles; `key` the seed of the noise; `substeps` the number of steps of the scheme in
    each interval. Forces at a kink are those of `Energy`; coinciding particles do not act on each other.

    **Returns:** the particles of the steps asked for, not of those half as long that estimate their error.

    **Raises:** `ValueError` for particles, steps or an energy that do not fit together or internal energies other than
    the entropy; `SolveFailed` if particles leave the range of finite numbers.
    """
    start = np.asarray(x0, dtype=np.float64)
    if start.ndim != 2 or 0 in start.shape or not np.isfinite(start).all():
        raise ValueError(f"particles are a finite array (n, d) without empty axes, not one of shape {start.shape}")
    if not (0 < dt < math.inf and steps >= 0 and substeps >= 1):
        raise ValueError(f"dt > 0, steps >= 0 and substeps >= 1 are needed, not {dt}, {steps}, {substeps}")
    if scheme not in STRONG_ORDER:
        raise ValueError(f"{scheme!r} is none of the schemes {', '.join(STRONG_ORDER)}")
    if isinstance(energy, Energy):
        if energy.dimension != start.shape[1]:
            raise ValueError(f"the energy is one of R^{energy.dimension}, the particles are in R^{start.shape[1]}")
        if energy.exponent != 1 and energy.diffusivity > 0:
            raise ValueError("independent noise belongs to the entropy alone, not to a porous medium")
    forces = energy.forces() if isinstance(energy, Energy) else energy
    times = dt * np.arange(steps + 1)
    if steps == 0:
        return Simulation(times, start[None], np.zeros(1))
    path = jax.random.key(key)
    runs = []
    for count in (substeps, 2 * substeps):
        # One program for both: only the length of the step changes, and the tree's resolution does not.
        values, result = _integrate(
            forces,
            jnp.asarray(start),
            path,
            jnp.asarray(times),
            jnp.asarray(dt / count, "float64"),
            jnp.asarray(dt / (substeps * TREE), "float64"),
            scheme,
        )
        runs.append(np.asarray(values))
        if not np.isfinite(runs[-1]).all():
            reason = "" if result == diffrax.RESULTS.successful else f" ({describe_result(result)})"
            raise SolveFailed(f"The particles left the range of finite numbers{reason}.")
    apart = np.sqrt(((runs[0] - runs[1]) ** 2).sum(axis=2).mean(axis=1))
    # The errors of the runs are in the ratio 2^order, so their difference is this much less than that of the first.
    return Simulation(times, runs[0], apart / (1 - 2 ** -STRONG_ORDER[scheme]))


@eqx.filter_jit
def _integrate(
    forces: Forces,
    start: Array,
    path: Any,
    times: Array,
    step: Array,
    resolution: Array,
    scheme: Scheme,
) -> tuple[Array, Any]:
    """Return the particles at `times` of one run and how it went."""
    terms: Any = diffrax.ODETerm(lambda t, x, args: -_total_force(forces, x))
    # SRA1 is defined by its noise, be it 0.
    if forces.diffusivity > 0 or scheme == "sra1":
        tree = diffrax.VirtualBrownianTree(
            times[0],
            times[-1],
            resolution,
            jax.ShapeDtypeStruct(start.shape, start.dtype),
            path,
            levy_area=diffrax.BrownianIncrement if scheme == "euler" else diffrax.SpaceTimeLevyArea,
        )
        spread = lineax.DiagonalLinearOperator(jnp.full_like(start, math.sqrt(2 * forces.diffusivity)))
        terms = diffrax.MultiTerm(terms, diffrax.ControlTerm(lambda t, x, args: spread, tree))
    solution = diffrax.diffeqsolve(
        terms,
        diffrax.Euler() if scheme == "euler" else diffrax.SRA1(),
        times[0],
        times[-1],
        step,
        start,
        saveat=diffrax.SaveAt(ts=times),
        stepsize_controller=diffrax.ConstantStepSize(),
        adjoint=diffrax.ForwardMode(),
        max_steps=None,
        throw=False,
    )
    return solution.ys, solution.result


def _total_force(forces: Forces, x: Array) -> Array:
    """Return grad V plus the mean of grad U over all displacements, a block of particles at a time."""
    force = forces.potential_gradient(x)
    if (push := forces.interaction_gradient) is None:
        return force

    def mean_push(particle: Array) -> Array:
        apart = particle - x
        # Where grad U is singular at 0, a particle must not act on itself.
        together = (apart == 0).all(axis=-1, keepdims=True)
        return jnp.where(together, 0.0, push(apart)).mean(axis=0)

    block = max(1, PAIRS_AT_ONCE // len(x))
    return force + jax.lax.map(mean_push, x, batch_size=block)
