"""Energies from the weak form of a diffusion: moments of test functions, without couplings and without scores.

Along the diffusion, for a test function psi,

    d/dt E psi(X) = -E grad psi . (grad V + grad U * mu) + beta E Laplace psi,

which is linear in V, U and beta. Integration by parts has moved the gradient from log rho to psi, so nothing is
estimated of the density. Rows of all snapshots are the same particles: their moments solve the weak form themselves,
also where particles interact, up to the noise M of each,

    E psi(X_(k+1)) - E psi(X_k) = tau/2 (a_k + a_(k+1)) theta + M_k,

with the right side averaged by the trapezoidal rule, whose error is of second order in tau. M_k is no multiple of
what was known before it: the equations are solved with a_k as instruments, a_k^T G^(-1) (...) = 0 summed over k. With
a_k + a_(k+1) in its place, as in least squares, what M_k adds to a_(k+1) would pull beta towards 0, the more the more
test functions there are. G is the mean of grad psi_i . grad psi_j over all snapshots, the covariance of M_k up to a
factor, so that the residual counts in the metric of the gradients that test functions span.

References: instrumental variables and the covariance of their estimates [hansen1982].
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from jaxtyping import Float
from scipy import stats

from ..estimate import Estimate
from ..measures import DiscreteMeasure, Numbers
from .conditions import EnergyModel
from .energy_fit import EnergyFit
from .features import AbstractSmoothFeatures
from .fit import FALSE_ALARM, Features, place_model
from .least_squares import RANK_TOLERANCE
from .snapshots import Snapshots, take_snapshots

DEPENDENT: Final = 1e-10
"""Combinations of test functions with a smaller share of the largest mean square gradient are left out."""


def fit_weak_form(
    snapshots: Numbers | Sequence[Numbers],
    tau: Numbers,
    *,
    potential: Features | None,
    interaction: Features | None = None,
    internal: bool = True,
    tests: AbstractSmoothFeatures,
    weights: Sequence[Numbers] | None = None,
    rank_tolerance: float = RANK_TOLERANCE,
    seed: int = 0,
) -> EnergyFit:
    """Fit potential, interaction and diffusivity to moments of `tests` of particles that are followed in time.

    **Arguments:** as for `fit_energies`, with row i of every snapshot the same particle; `tests` are the test
    functions. The estimator of the fit is `trapezoid`, and its loss the mean square of the equations' residual.

    **Raises:** `ValueError` for snapshots, spacings and features that do not fit together, particles that change in
    number or weight, and if nothing is sought.
    """
    taken = take_snapshots(snapshots, tau, weights)
    if any(not np.array_equal(measure.weights, taken.measures[0].weights) for measure in taken.measures):
        raise ValueError("particles that are followed in time keep their number and their weights")
    model = place_model(taken, potential, interaction, internal, seed)
    pooled = taken.pooled()
    placed = tests.placed(pooled, seed)
    whitening = _whiten(placed, pooled)
    moments, rates = (
        np.array(part) for part in zip(*(_moments(m, model, placed, whitening) for m in taken.measures), strict=True)
    )
    spacings = taken.spacings[:, None, None]
    matrix = np.einsum("krp,krq->pq", rates[:-1], spacings * (rates[:-1] + rates[1:]) / 2)
    target = np.einsum("krp,kr->p", rates[:-1], np.diff(moments, axis=0))
    inverse, null_space, condition = _invert(matrix, rank_tolerance)
    theta = inverse @ target
    influences = _influences(taken, model, placed, whitening, theta, rates[:-1] @ inverse.T)
    covariance = len(influences) * np.atleast_2d(np.cov(influences, rowvar=False))
    errors = np.sqrt(np.diag(covariance))
    residual = np.diff(moments, axis=0) / spacings[:, 0] - (rates[:-1] + rates[1:]) @ theta / 2
    diffusivity = None
    if internal:
        sampling = float(stats.norm.isf(FALSE_ALARM / 2) * errors[-1])
        diffusivity = Estimate.of_parts(float(theta[-1]), {"sampling": sampling}, "weak form", FALSE_ALARM)
    return EnergyFit(
        model=model,
        estimator="trapezoid",
        coefficients=theta,
        standard_errors=errors,
        diffusivity=diffusivity,
        condition_number=condition,
        null_space=null_space,
        loss=float((residual**2).sum(axis=1).mean()),
        spacings=taken.spacings,
        dimension=taken.dimension,
        covariance=covariance,
    )


def _invert(
    matrix: Float[np.ndarray, "p p"], rank_tolerance: float
) -> tuple[Float[np.ndarray, "p p"], Float[np.ndarray, "r p"], float]:
    """Return the inverse on the complement of the null space, an orthonormal basis of that, and the condition number.

    Rows and columns are scaled alike before singular values are looked at: units of features do not count.
    """
    lengths = np.sqrt(np.abs(np.diag(matrix)))
    scales = np.where(lengths > 0, lengths, 1.0)
    left, singular, right = np.linalg.svd(matrix / np.outer(scales, scales))
    kept = singular > rank_tolerance * max(float(singular[0]), np.finfo(np.float64).tiny)
    inverse = (right[kept].T / singular[kept]) @ left.T[kept] / np.outer(scales, scales)
    null_space = np.linalg.qr((right[~kept] / scales).T)[0].T
    return inverse, null_space, float(singular[0] / singular[kept][-1]) if kept.any() else np.inf


def _whiten(tests: AbstractSmoothFeatures, measure: DiscreteMeasure) -> Float[np.ndarray, "q r"]:
    """Return combinations of test functions whose gradients are orthonormal in the mean over `measure`."""
    gradients = tests.gradients(measure.atoms) * np.sqrt(measure.weights)[:, None, None]
    flat = gradients.reshape(-1, gradients.shape[-1])
    lengths = np.linalg.norm(flat, axis=0)
    lengths[lengths == 0] = 1.0
    squares, vectors = np.linalg.eigh((flat / lengths).T @ (flat / lengths))
    kept = squares > DEPENDENT * squares[-1]
    return np.asarray(vectors[:, kept] / np.sqrt(squares[kept]) / lengths[:, None])


def _forces(measure: DiscreteMeasure, model: EnergyModel) -> Float[np.ndarray, "n d p"]:
    """Return the gradients of the features of V, and of U averaged over the particles, at each particle."""
    parts = []
    if model.potential is not None:
        parts.append(model.potential.gradients(measure.atoms))
    if model.interaction is not None:
        parts.append(model.interaction.mean_gradients(measure.atoms, measure))
    return np.concatenate([*parts, np.empty((*measure.atoms.shape, 0))], axis=2)


def _moments(
    measure: DiscreteMeasure, model: EnergyModel, tests: AbstractSmoothFeatures, whitening: Float[np.ndarray, "q r"]
) -> tuple[Float[np.ndarray, " r"], Float[np.ndarray, "r p"]]:
    """Return the means of the test functions and of what each coefficient adds to their rates of change."""
    x, weights = measure.atoms, measure.weights
    forces = _forces(measure, model)
    slopes = tests.gradients(x) * weights[:, None, None]
    rates = -slopes.reshape(-1, len(whitening)).T @ forces.reshape(-1, forces.shape[2])
    if model.internal:
        rates = np.column_stack([rates, weights @ tests.laplacians(x)])
    return weights @ tests.values(x) @ whitening, whitening.T @ rates


def _influences(
    snapshots: Snapshots,
    model: EnergyModel,
    tests: AbstractSmoothFeatures,
    whitening: Float[np.ndarray, "q r"],
    theta: Float[np.ndarray, " p"],
    pulls: Float[np.ndarray, "intervals r p"],
) -> Float[np.ndarray, "n p"]:
    """Return what the noise of each particle adds to theta; `pulls` carry the equations' residuals to it."""
    total = np.zeros((len(snapshots.measures[0].weights), len(theta)))
    for index, measure in enumerate(snapshots.measures):
        values = tests.values(measure.atoms) @ whitening
        rates = _rates(measure, model, tests, theta) @ whitening
        for interval, sign in ((index - 1, 1.0), (index, -1.0)):
            if 0 <= interval < snapshots.intervals:
                total += (sign * values - snapshots.spacings[interval] * rates / 2) @ pulls[interval]
    return snapshots.measures[0].weights[:, None] * total


def _rates(
    measure: DiscreteMeasure, model: EnergyModel, tests: AbstractSmoothFeatures, theta: Float[np.ndarray, " p"]
) -> Float[np.ndarray, "n q"]:
    """Return the generator of the fitted diffusion applied to the test functions, at each particle."""
    forces = _forces(measure, model)
    force = forces @ theta[: forces.shape[2]]
    rates = -np.einsum("ndq,nd->nq", tests.gradients(measure.atoms), force)
    return rates + theta[-1] * tests.laplacians(measure.atoms) if model.internal else rates
