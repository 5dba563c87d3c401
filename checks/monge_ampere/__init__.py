"""Monge-Ampere: the claims, in reading order."""

from ..claim import Claim
from . import foundations, gaussian_data, steps

CLAIMS: tuple[Claim, ...] = (
    *foundations.CLAIMS,
    *steps.CLAIMS,
    *gaussian_data.CLAIMS,
)
