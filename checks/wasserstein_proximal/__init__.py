"""Wasserstein proximal operators: the claims, in reading order."""

from ..claim import Claim
from . import closed_forms, data_processing, game, needles, reverse_time

CLAIMS: tuple[Claim, ...] = (
    *game.CLAIMS,
    *reverse_time.CLAIMS,
    *closed_forms.CLAIMS,
    *data_processing.CLAIMS,
    *needles.CLAIMS,
)
