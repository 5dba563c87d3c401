"""Comparisons with the shared denoiser: its posterior mean and Jacobian on drawn measures, against claimed formulas.

A log-weight of an atom carries a rounding error of about 1e-16 (|u| + tau |y|)^2 on either side, so posterior weights
have that relative error, means that times the atoms' size, and covariances that times its square.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np
import sympy as sp
from jaxtyping import Float
from sympy import Expr, Symbol

from ...numerics.denoiser import posterior_mean
from ...numerics.measures import DiscreteMeasure
from ...numerics.precision import in_float64
from ...theory.monge_ampere import notation
from ..builders import Check, property
from ..comparison import Comparison
from ..trial import Run
from .data_sets import SeenThroughNoise, decode_noised, encode_noised, noised_measures, pad_measure, pad_points

ROUNDINGS = 64
"""Machine epsilons that a log-weight of unit size is off by, on both sides together."""

METHOD = "Hypothesis over measures of up to 6 atoms in d = 1, 2, 3; the shared denoiser in double precision"


def values_of(expression: Expr, values: Mapping[Symbol, Any]) -> Any:
    """Evaluate a claimed expression at arrays that broadcast."""
    return sp.lambdify(tuple(values), expression, "numpy")(*values.values())


def posterior_weights(log_weight: Expr, drawn: SeenThroughNoise) -> Float[np.ndarray, "m n"]:
    """Return the posterior weights of the atoms at each point that a claimed log-weight per coordinate gives."""
    places, atoms = drawn.points[:, None, :], drawn.measure.atoms[None, :, :]
    terms = values_of(log_weight, {notation.tau: drawn.tau, notation.u: places, notation.atom: atoms})
    logs = np.log(drawn.measure.weights) + np.broadcast_to(terms, np.broadcast(places, atoms).shape).sum(axis=2)
    shares = np.exp(logs - logs.max(axis=1, keepdims=True))
    return np.asarray(shares / shares.sum(axis=1, keepdims=True))


def rounding_of_weights(drawn: SeenThroughNoise) -> float:
    """Return the relative error of posterior weights that rounding makes."""
    reach = float(np.linalg.norm(drawn.points, axis=1).max() + drawn.tau * atom_size(drawn.measure))
    return ROUNDINGS * float(np.finfo(np.float64).eps) * (1 + reach**2)


def atom_size(measure: DiscreteMeasure) -> float:
    """Return the largest norm of an atom."""
    return float(np.linalg.norm(measure.atoms, axis=1).max())


def compare_arrays(
    computed: Float[np.ndarray, "..."],
    claimed: Float[np.ndarray, "..."],
    error: float,
    *,
    names: Sequence[str] = ("computed", "claimed"),
    point: Mapping[str, str] | None = None,
) -> Comparison:
    """Compare two arrays in the Euclidean norm; `error` bounds that of their difference."""
    deviation = float(np.linalg.norm(computed - claimed))
    scale = float(np.linalg.norm(claimed)) or float(np.linalg.norm(computed)) or 1.0
    return Comparison(
        deviation=deviation,
        error=error,
        scale=scale,
        observed=f"|{names[0]} - {names[1]}| = {deviation:.3g} +- {error:.2g}",
        required="0",
        point=point or {},
    )


@cache
def _compiled_jacobian() -> Callable[[Any, DiscreteMeasure, Any], Any]:
    import jax

    def mean(u: Any, measure: DiscreteMeasure, tau: Any) -> Any:
        return posterior_mean(measure, u[None], tau)[0]

    return jax.jit(jax.vmap(jax.jacfwd(mean), in_axes=(0, None, None)))


@in_float64
def differentiate_denoiser(drawn: SeenThroughNoise) -> Float[np.ndarray, "m d d"]:
    """Differentiate the shared denoiser at each point by forward-mode automatic differentiation."""
    import jax.numpy as jnp

    jacobian = _compiled_jacobian()(
        jnp.asarray(pad_points(drawn.points)), pad_measure(drawn.measure), jnp.asarray(drawn.tau, "float64")
    )
    d = drawn.measure.dimension
    return np.asarray(jacobian)[:, :d, :d]


def shared_posterior_mean(drawn: SeenThroughNoise) -> Float[np.ndarray, "m d"]:
    """Compute E[X | u] at each point by the shared denoiser."""
    found = posterior_mean(pad_measure(drawn.measure), pad_points(drawn.points), drawn.tau)
    return np.asarray(found)[:, : drawn.measure.dimension]


def posterior_property(compare: Callable[[Any, SeenThroughNoise, Run], Comparison], name: str) -> Check:
    """Build a property check over drawn measures with points seen through noise."""
    return property(noised_measures, compare, encode=encode_noised, decode=decode_noised, method=METHOD, name=name)
