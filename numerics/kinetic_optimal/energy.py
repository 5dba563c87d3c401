"""Kinetic energies of Gaussian paths, and integrals of the error v = 1 - lambda over s.

The energy of a path is the integral over t of `theory.kinetic_optimal.kinetic_energy_density`, the derived expression
itself, compiled; a schedule's derivatives come from JAX. In theta = arctan s, with v = (1 - h^2)/(1 + s^2):

    J           int_0^oo v ds = int_0^{pi/2} (1 - h^2) dtheta
    information I(s^2)/d = int_0^s sigma v dsigma = int_0^{arctan s} tan(theta) (1 - h^2) dtheta     (I-MMSE)

so that the information at s = oo is the entropy H(X)/d: a check on an estimate that no estimator enters.

References: [shaul2023, abstract, (i)]; [guo2005, theorem 1] for I-MMSE.
"""

from functools import cache
from itertools import pairwise
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from ...theory.kinetic_optimal import kinetic_energy_density, notation
from ..compile import CompiledExpression, compile_expression
from ..estimate import Estimate
from ..precision import float64, in_float64
from .angular_speed import AngularSpeed
from .functionals import evaluate_at, evaluate_functional
from .path import final_flat_angle
from .schedules import Schedule, check_admissible
from .separation_function import Separation

ORDER = 8
"""Nodes of the Gauss-Legendre rule on each panel."""

HALVINGS = 24
"""Panels halve in length this often towards either end of [0, 1], where a schedule's derivative may be singular."""

PANELS_PER_HALVING = 8
"""Panels between one halving and the next on the fine grid; the coarse grid has half as many."""


def path_energy(schedule: Schedule, separation: Separation) -> Estimate:
    """Compute the kinetic energy per dimension of the Gaussian path with this schedule.

    **Arguments:** `schedule` has functions alpha(t) and sigma(t) that JAX can trace and differentiate.

    **Returns:** the energy; its error adds that of the quadrature to those of the separation function.

    **Raises:** `TypeError` if the schedule lacks a function; `ValueError` if it is not admissible or its energy is not
    finite.
    """
    check_admissible(schedule)
    fine, coarse = (_sample_schedule(schedule, panels) for panels in (PANELS_PER_HALVING, PANELS_PER_HALVING // 2))
    found = evaluate_functional(_energy, separation, *fine)
    energy = found.estimate
    with float64():
        quadrature = abs(energy.value - float(evaluate_at(_energy, found.speed.values, found.speed.nodes, coarse)))
    parts = {**energy.parts, "quadrature": quadrature}
    return Estimate.of_parts(energy.value, parts, "quadrature of the derived density", separation.false_alarm)


def separation_integral(separation: Separation) -> Estimate:
    """Compute J = int_0^oo (1 - lambda) ds, on which the energies of the named paths depend."""
    return evaluate_functional(integrate_error, separation).estimate


def saving_over_cond_ot(separation: Separation) -> Estimate:
    """Compute the share of Cond-OT's energy that the kinetic-optimal path saves: 1 - (2 - 2 cos Theta_m)/(2 - J).

    Both energies move together with the separation function, so this is known better than either.
    """
    return evaluate_functional(share_saved, separation).estimate


def information_rate(separation: Separation, s: float = np.inf) -> Estimate:
    """Compute the mutual information of X and s X + eps per dimension, in nats, by I-MMSE.

    At the default s = oo it is the check sum: the entropy per dimension H(X)/d. Beyond the last s of a sample the
    integral is not continued, and what is left out is bounded by the overlap of the noisy atoms; the error is infinite
    where that bound was not computed.

    **Raises:** `ValueError` if s is not positive.
    """
    if not s > 0:
        raise ValueError(f"s must be positive, not {s}")
    beyond = 0.0
    if separation.error_function is None and s > separation.s[-1]:
        s, beyond = float(separation.s[-1]), separation.tail_information
    found = evaluate_functional(integrate_information, separation, float(np.arctan(s))).estimate
    parts = {**found.parts, "tail": found.parts.get("tail", 0.0) + beyond}
    return Estimate.of_parts(found.value, parts, f"I-MMSE, {found.method}", separation.false_alarm)


@cache
def compiled_energy_density() -> CompiledExpression:
    """Return the kinetic energy density as a JAX function of alpha, sigma, their time derivatives, and v = 1 - lambda.

    Written in v, the density loses no digits where lambda is near 1.
    """
    separation = notation.separation(notation.alpha / notation.sigma)
    density = kinetic_energy_density().subs(separation, 1 - notation.error)
    arguments = (notation.alpha, notation.sigma, notation.alpha_dot, notation.sigma_dot, notation.error)
    return compile_expression(density, arguments)


@in_float64
def _sample_schedule(schedule: Schedule, panels: int) -> tuple[Any, ...]:
    """Return alpha, sigma, their time derivatives and the weights at the nodes of the quadrature in t."""
    times, weights = _graded_rule(panels)
    t = jnp.asarray(times)
    alpha, alpha_dot = jax.jvp(schedule.alpha, (t,), (jnp.ones_like(t),))
    sigma, sigma_dot = jax.jvp(schedule.sigma, (t,), (jnp.ones_like(t),))
    return alpha, sigma, alpha_dot, sigma_dot, jnp.asarray(weights)


def _energy(
    speed: AngularSpeed, alpha: Array, sigma: Array, alpha_dot: Array, sigma_dot: Array, weights: Array
) -> Float[Array, ""]:
    """Return the energy of a sampled schedule as a functional of h."""
    v = (1 - speed(jnp.arctan2(alpha, sigma)) ** 2) * sigma**2 / (alpha**2 + sigma**2)
    return weights @ compiled_energy_density()(alpha, sigma, alpha_dot, sigma_dot, v)


def _graded_rule(panels: int) -> tuple[Float[np.ndarray, " q"], Float[np.ndarray, " q"]]:
    """Return nodes and weights on [0, 1] of Gauss-Legendre panels that shrink towards both ends."""
    halves = np.concatenate([[0.0], 0.5 ** np.arange(HALVINGS, 0, -1)])
    left = np.concatenate([np.linspace(a, b, panels, endpoint=False) for a, b in pairwise(halves)])
    edges = np.concatenate([left, [0.5], 1 - left[::-1]])
    nodes, weights = np.polynomial.legendre.leggauss(ORDER)
    lengths = np.diff(edges)[:, None]
    return (edges[:-1, None] + lengths * (1 + nodes) / 2).ravel(), (lengths * weights / 2).ravel()


def integrate_error(speed: AngularSpeed) -> Float[Array, ""]:
    """Return J as a functional of h."""
    return speed.integrate(lambda theta, h: 1 - h**2)


def share_saved(speed: AngularSpeed) -> Float[Array, ""]:
    """Return the saving over Cond-OT as a functional of h."""
    return 1 - (2 - 2 * jnp.cos(final_flat_angle(speed))) / (2 - integrate_error(speed))


def integrate_information(speed: AngularSpeed, end: Array) -> Float[Array, ""]:
    """Return the information up to theta = `end` as a functional of h."""
    return speed.integrate(lambda theta, h: jnp.tan(theta) * (1 - h**2), end)
