"""Monge-Ampere: the claims, in reading order."""

from ..claim import Claim
from . import foundations, gaussian_data, line_data, prior_error, steps

CLAIMS: tuple[Claim, ...] = (
    *foundations.CLAIMS,
    *steps.CLAIMS,
    *prior_error.CLAIMS,
    *line_data.CLAIMS,
    *gaussian_data.CLAIMS,
)
