"""JKO: the claims, in reading order."""

from ..claim import Claim
from . import (
    estimator_bias,
    first_order,
    gaussian_steps,
    identifiability,
    normal_equations,
    porous_steps,
    step_errors,
)

CLAIMS: tuple[Claim, ...] = (
    *first_order.CLAIMS,
    *gaussian_steps.CLAIMS,
    *porous_steps.CLAIMS,
    *step_errors.CLAIMS,
    *normal_equations.CLAIMS,
    *identifiability.CLAIMS,
    *estimator_bias.CLAIMS,
)
