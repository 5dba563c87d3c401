"""Sampling with pushforward maps: the claims, in reading order."""

from ..claim import Claim
from . import (
    density_level,
    diffusion,
    discrepancies,
    divergences,
    energy_distance,
    game,
    limit_points,
    noise_to_data,
    spectral_flow,
)

CLAIMS: tuple[Claim, ...] = (
    *discrepancies.CLAIMS,
    *game.CLAIMS,
    *energy_distance.CLAIMS,
    *limit_points.CLAIMS,
    *divergences.CLAIMS,
    *density_level.CLAIMS,
    *diffusion.CLAIMS,
    *noise_to_data.CLAIMS,
    *spectral_flow.CLAIMS,
)
