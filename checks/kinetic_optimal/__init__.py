"""Kinetic-optimal Gaussian paths: the claims, in reading order."""

from ..claim import Claim
from . import data_paths, energy, examples, geometry, information, limits, optimality, posterior

CLAIMS: tuple[Claim, ...] = (
    *posterior.CLAIMS,
    *energy.CLAIMS,
    *geometry.CLAIMS,
    *optimality.CLAIMS,
    *information.CLAIMS,
    *limits.CLAIMS,
    *examples.CLAIMS,
    *data_paths.CLAIMS,
)
