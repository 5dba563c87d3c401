"""The claims of JKO that are proved, by identifier."""

from lemmata.checks.claim import Claim
from lemmata.checks.jko import (
    estimator_bias,
    first_order,
    gaussian_steps,
    identifiability,
    normal_equations,
    porous_steps,
    step_errors,
)

MODULES = (first_order, gaussian_steps, porous_steps, step_errors, normal_equations, identifiability, estimator_bias)
PROVED: dict[str, Claim] = {claim.id: claim for module in MODULES for claim in module.CLAIMS}
