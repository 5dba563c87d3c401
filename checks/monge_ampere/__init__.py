"""Monge-Ampere: the claims, in reading order."""

from ..claim import Claim
from . import counterexample, foundations, gaussian_data, line_data, line_gap, prior_error, rates, steps

CLAIMS: tuple[Claim, ...] = (
    *foundations.CLAIMS,
    *steps.CLAIMS,
    *prior_error.CLAIMS,
    *line_data.CLAIMS,
    *line_gap.CLAIMS,
    *gaussian_data.CLAIMS,
    *counterexample.CLAIMS,
    *rates.CLAIMS,
)
