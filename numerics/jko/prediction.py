"""Particles moved by fitted energies, and how far the moved ones are from those that were seen.

A step in time tau follows the model behind the estimator: one step of Euler's method for `explicit` and
`euler-maruyama`, the flow itself for the others, by Heun's method in `SUBSTEPS` steps. Diffusion adds independent
normal increments.

References: Heun's method for additive noise [kloeden1992, section 15.1].
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias, final

import numpy as np
from jaxtyping import Float
from scipy.spatial.distance import cdist

from ..estimate import Estimate
from ..measures import DiscreteMeasure, Numbers
from .couplings import solve_transport
from .features import Points
from .snapshots import take_snapshots

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
    `noise_floor` between two predictions with different noise, to which the true energies would come on average.
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


@final
@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Predictor:
    """What a fit predicts with: `drift` gives each particle of a cloud its velocity, `diffusivity` is beta if any.

    `spacings` are those of the snapshots that were fitted; `euler` is as for `move_particles`.
    """

    drift: Callable[[DiscreteMeasure], Points]
    diffusivity: Estimate | None
    spacings: Float[np.ndarray, " intervals"]
    dimension: int
    euler: bool

    def predict(
        self, x: Numbers, steps: int, *, tau: float | None, weights: Numbers | None, seed: int
    ) -> Float[np.ndarray, "steps n d"]:
        """Return particles x (n, d) after each of `steps` steps in time `tau`, that of the fit if None.

        **Raises:** `ValueError` for no steps, particles of another dimension, a tau that is not positive or that is
        None where the fit had several, a diffusivity that is negative beyond its error: it is no diffusion; and where
        particles leave the range of finite numbers.
        """
        if steps < 1:
            raise ValueError(f"at least one step is needed, not {steps}")
        spacing, rng = self._spacing(tau), np.random.default_rng(seed)
        measure = DiscreteMeasure(checked_points(x, self.dimension), weights)
        moved = []
        for _ in range(steps):
            measure = self._step(measure, spacing, rng)
            moved.append(measure.atoms)
        return np.stack(moved)

    def evaluate(
        self,
        snapshots: Numbers | Sequence[Numbers],
        *,
        tau: Numbers | None,
        weights: Sequence[Numbers] | None,
        seed: int,
    ) -> Evaluation:
        """Compare one-step predictions with held-out snapshots, `tau` apart, as the fit's if None.

        **Raises:** `ValueError` as `take_snapshots` and `predict`.
        """
        held_out = take_snapshots(snapshots, self._spacing(None) if tau is None else tau, weights)
        checked_points(held_out.measures[0].atoms, self.dimension)
        found, rng = np.empty((3, held_out.intervals)), np.random.default_rng(seed)
        for index, spacing in enumerate(held_out.spacings):
            before, after = held_out.measures[index : index + 2]
            first, second = (self._step(before, float(spacing), rng) for _ in range(2))
            pairs = ((first, after), (before, after), (first, second))
            found[:, index] = [wasserstein_distance(*pair, seed=seed) for pair in pairs]
        return Evaluation(*found)

    def _spacing(self, tau: float | None) -> float:
        if tau is None:
            if np.ptp(self.spacings) > 0:
                raise ValueError("the snapshots had several spacings: give tau")
            return float(self.spacings[0])
        if not (np.isfinite(tau) and tau > 0):
            raise ValueError(f"tau must be positive and finite, not {tau}")
        return float(tau)

    def _step(self, measure: DiscreteMeasure, spacing: float, rng: np.random.Generator) -> DiscreteMeasure:
        if self.diffusivity is not None and self.diffusivity.high < 0:
            raise ValueError(f"the fitted diffusivity is negative, {self.diffusivity}: it cannot be simulated forward")

        def drift(x: Points) -> Points:
            _refuse_infinite(x)
            return self.drift(DiscreteMeasure(x, measure.weights))

        # Forces may grow without bound where no particles were: what comes of it is looked at, not warned of.
        with np.errstate(over="ignore", invalid="ignore"):
            moved = move_particles(
                drift,
                measure.atoms,
                spacing=spacing,
                diffusivity=0.0 if self.diffusivity is None else max(self.diffusivity.value, 0.0),
                euler=self.euler,
                rng=rng,
            )
        _refuse_infinite(moved)
        return DiscreteMeasure(moved, measure.weights)


def _refuse_infinite(x: Points) -> None:
    if not np.isfinite(x).all():
        raise ValueError(
            "predicted particles leave the range of finite numbers: forces grow too fast where no particles were"
        )


def checked_points(x: Numbers, dimension: int) -> Points:
    """Return x (n, d) in double precision.

    **Raises:** `ValueError` for no finite matrix, or another dimension; `TypeError` for no real numbers.
    """
    points = DiscreteMeasure(x).atoms.astype(np.float64)
    if points.shape[1] != dimension:
        raise ValueError(f"particles must have dimension {dimension}, not {points.shape[1]}")
    return points


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
