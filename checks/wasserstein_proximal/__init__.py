"""Wasserstein proximal operators: the claims, in reading order."""

from ..claim import Claim
from . import data_processing, game, needles, reverse_time

CLAIMS: tuple[Claim, ...] = (
    *game.CLAIMS,
    *reverse_time.CLAIMS,
    *data_processing.CLAIMS,
    *needles.CLAIMS,
)
