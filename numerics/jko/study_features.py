"""What a study of snapshots spans V and U with: monomials, and Gaussians about centres that k-means finds."""

import math
from dataclasses import dataclass
from typing import Final, final

from .features import AbstractFeatures, join_features
from .polynomial import Polynomial
from .radial_basis import RadialBasis
from .snapshots import Snapshots

MOST_MONOMIALS: Final = 400
"""Where all monomials of a degree would be more, products of different coordinates are left out."""


@final
@dataclass(frozen=True, slots=True)
class FeatureChoice:
    """What V is spanned by, and U if `interaction`: monomials up to `degree` (0 for none) and `centres` Gaussians."""

    degree: int
    centres: int
    interaction: bool

    def is_separable(self, dimension: int) -> bool:
        """Tell whether products of different coordinates are left out because they would be too many."""
        return self.degree > 0 and math.comb(dimension + self.degree, self.degree) - 1 > MOST_MONOMIALS

    def features(self, dimension: int) -> tuple[AbstractFeatures, ...]:
        """Return the features, not yet placed."""
        chosen: list[AbstractFeatures] = []
        if self.degree:
            chosen.append(Polynomial(self.degree, separable=self.is_separable(dimension)))
        if self.centres:
            chosen.append(RadialBasis(self.centres))
        return tuple(chosen)

    def place(self, snapshots: Snapshots, seed: int) -> tuple[AbstractFeatures, int]:
        """Return the features of V, placed by the particles, and the number of coefficients of V and U together.

        **Raises:** `ValueError` for features that the particles do not allow, and if there are none.
        """
        placed = join_features(self.features(snapshots.dimension)).placed(snapshots.pooled(), seed)
        count = len(placed.labels)
        return placed, count + (len(placed.even_part().labels) if self.interaction else 0)
