"""A gap that decays with the horizon, and what is claimed of it."""

import math
from dataclasses import dataclass
from typing import final

from ...numerics.estimate import Estimate


@final
@dataclass(frozen=True, slots=True)
class Decay:
    """A gap at some horizons, and what is claimed of it: `gap e^(rate T) -> constant`, the latter with its error."""

    horizons: tuple[float, ...]
    gaps: tuple[Estimate, ...]
    rate: float
    constant: Estimate

    def scaled(self) -> tuple[Estimate, ...]:
        """Return gap e^(rate T) at each horizon."""
        return tuple(gap * math.exp(self.rate * at) for at, gap in zip(self.horizons, self.gaps, strict=True))
