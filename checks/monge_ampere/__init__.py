"""Monge-Ampere: the claims, in reading order."""

from ..claim import Claim
from . import foundations, steps

CLAIMS: tuple[Claim, ...] = (
    *foundations.CLAIMS,
    *steps.CLAIMS,
)
