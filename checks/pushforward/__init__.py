"""Sampling with pushforward maps: the claims, in reading order."""

from ..claim import Claim
from . import characteristic_functions, density_level, flows, game, spectral_flow, statistics_matching

CLAIMS: tuple[Claim, ...] = (
    *statistics_matching.CLAIMS,
    *game.CLAIMS,
    *characteristic_functions.CLAIMS,
    *density_level.CLAIMS,
    *flows.CLAIMS,
    *spectral_flow.CLAIMS,
)
