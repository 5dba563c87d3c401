"""The Brenier map of a discrete measure: the gradient of the convex function `phi(x) = max_i (<x, y_i> - psi_i)`.

References: [villani2003, chapter 2].
"""

import math
from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float

from ..measures import DiscreteMeasure, Numbers
from .laguerre import LaguerreDiagram, solve_semidiscrete


@final
@dataclass(frozen=True, slots=True, eq=False)
class BrenierMap:
    """The optimal transport map from the source of a `diagram` to its atoms."""

    diagram: LaguerreDiagram

    def __call__(self, x: Numbers) -> Float[np.ndarray, "m d"]:
        """Return the atoms that the points x (m, d) are sent to; on boundaries of cells, one of those that tie."""
        return np.asarray(self.diagram.measure.atoms[self.diagram.assign(x)])

    def potential(self, x: Numbers) -> Float[np.ndarray, " m"]:
        """Return phi at the points x (m, d): convex, with this map for its gradient off the boundaries of cells."""
        return self.diagram.scores(x).max(axis=1)


def brenier_map(measure: DiscreteMeasure, *, horizon: float = math.inf) -> BrenierMap:
    """Solve for the optimal map from p_T at T = `horizon`, N(0, I) at infinity, to `measure`.

    Errors raised are those of `solve_semidiscrete`.
    """
    return BrenierMap(solve_semidiscrete(measure, horizon=horizon))
