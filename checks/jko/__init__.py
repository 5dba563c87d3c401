"""JKO: the claims, in reading order."""

from ..claim import Claim
from . import (
    convergence,
    estimator_bias,
    first_order,
    full_recovery,
    gaussian_steps,
    identifiability,
    normal_equations,
    population_bias,
    porous_steps,
    recovery,
    step_errors,
    symmetries,
)

CLAIMS: tuple[Claim, ...] = (
    *first_order.CLAIMS,
    *gaussian_steps.CLAIMS,
    *porous_steps.CLAIMS,
    *step_errors.CLAIMS,
    *convergence.CLAIMS,
    *normal_equations.CLAIMS,
    *identifiability.CLAIMS,
    *recovery.CLAIMS,
    *symmetries.CLAIMS,
    *estimator_bias.CLAIMS,
    *population_bias.CLAIMS,
    *full_recovery.CLAIMS,
)
