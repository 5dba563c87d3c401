"""Wasserstein proximal operators: the claims, in reading order."""

from ..claim import Claim
from . import closed_forms, data_processing, direct_minimisation, game, hamilton_jacobi, needles, reverse_time

CLAIMS: tuple[Claim, ...] = (
    *game.CLAIMS,
    *reverse_time.CLAIMS,
    *closed_forms.CLAIMS,
    *hamilton_jacobi.CLAIMS,
    *direct_minimisation.CLAIMS,
    *data_processing.CLAIMS,
    *needles.CLAIMS,
)
