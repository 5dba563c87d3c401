"""Particles moved by fitted energies, and how far the moved ones are from those that were seen.

A step in time tau follows the model behind the estimator: one step of Euler's method for `explicit`, the flow itself
for the others, by Heun's method in `SUBSTEPS` steps. Diffusion adds independent normal increments.

References: Heun's method for additive noise [kloeden1992, section 15.1].
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias, final

import numpy as np
from jaxtyping import Float
from scipy.spatial.distance import cdist

from ..measures import DiscreteMeasure
from .couplings import solve_transport
from .features import Points

Drift: TypeAlias = Callable[[Points], Points]

SUBSTEPS: Final = 4
"""Steps of Heun's method in one interval: its error is that of second order in a quarter of tau."""

MAX_COMPARED: Final = 5_000
"""The most particles between which a distance is computed; more are thinned at random to so many."""


@final
@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """Exact 1-Wasserstein distances to the next snapshot, one for each interval.

    `predicted` from the model's prediction; `unmoved` from the snapshot before, which a model has to beat;
    `noise_floor` between two predictions with different noise, which no model can beat on average.
    """

    predicted: Float[np.ndarray, " intervals"]
    unmoved: Float[np.ndarray, " intervals"]
    noise_floor: Float[np.ndarray, " intervals"]


def move_particles(
    drift: Drift, x: Points, *, spacing: float, diffusivity: float, euler: bool, rng: np.random.Generator
) -> Points:
    """Return particles after a time `spacing` of dX = drift(X) dt + (2 beta)^(1/2) dW.

    **Arguments:** `euler` asks for one step of Euler's method in place of the flow.
    """
    substeps = 1 if euler else SUBSTEPS
    step = spacing / substeps
    for _ in range(substeps):
        noise = np.sqrt(2 * diffusivity * step) * rng.standard_normal(x.shape) if diffusivity > 0 else 0.0
        first = drift(x)
        x = x + step * (first if euler else (first + drift(x + step * first + noise)) / 2) + noise
    return x


def wasserstein_distance(first: DiscreteMeasure, second: DiscreteMeasure, *, seed: int = 0) -> float:
    """Return the 1-Wasserstein distance of two measures, of at most `MAX_COMPARED` particles drawn from each.

    **Raises:** `CouplingFailed` where the network simplex does not end.
    """
    thinned = [_thin(measure, seed) for measure in (first, second)]
    costs = cdist(thinned[0].atoms, thinned[1].atoms)
    return solve_transport(thinned[0].weights, thinned[1].weights, costs)


def _thin(measure: DiscreteMeasure, seed: int) -> DiscreteMeasure:
    count = len(measure.weights)
    if count <= MAX_COMPARED:
        return measure
    # The same rows of measures of the same size: a prediction meets what became of its own particles.
    kept = np.random.default_rng([seed, count]).choice(count, MAX_COMPARED, replace=False)
    return DiscreteMeasure(measure.atoms[kept], measure.weights[kept] / measure.weights[kept].sum())
