"""Energies fitted to snapshots: what they are, with errors, and what they predict."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float

from ..estimate import Estimate
from ..measures import DiscreteMeasure, Numbers
from .conditions import EnergyModel, Estimator
from .features import Points
from .prediction import Evaluation, move_particles, wasserstein_distance
from .snapshots import take_snapshots


@final
@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class EnergyFit:
    """Fitted energies `J(mu) = int V dmu + (1/2) int int U(x - y) dmu dmu + beta int rho log rho`.

    `coefficients`, their `standard_errors` and `labels` belong together; V and U are known up to constants.
    `null_space` (r, p) spans the combinations of coefficients that the snapshots say nothing about; of the fits that
    differ by them, this is the one of least length. `diffusivity` is beta with its error by source: `sampling` and
    `density_score`, the most that the stated error of the score can change; None if it was not sought. `loss` is the
    mean squared residual of the first-order condition.
    """

    model: EnergyModel
    estimator: Estimator
    coefficients: Float[np.ndarray, " p"]
    standard_errors: Float[np.ndarray, " p"]
    diffusivity: Estimate | None
    condition_number: float
    null_space: Float[np.ndarray, "r p"]
    loss: float
    spacings: Float[np.ndarray, " intervals"]
    dimension: int

    @property
    def labels(self) -> tuple[str, ...]:
        """A name for each coefficient."""
        return self.model.labels

    def potential(self, x: Numbers) -> Float[np.ndarray, " n"]:
        """Return V at x (n, d), up to a constant; 0 if no potential was sought."""
        points = self._points(x)
        if self.model.potential is None:
            return np.zeros(len(points))
        return self.model.potential.values(points) @ self.model.split(self.coefficients)[0]

    def interaction(self, x: Numbers) -> Float[np.ndarray, " n"]:
        """Return the even U at differences x (n, d), up to a constant; 0 if no interaction was sought."""
        points = self._points(x)
        if self.model.interaction is None:
            return np.zeros(len(points))
        return self.model.interaction.values(points) @ self.model.split(self.coefficients)[1]

    def drift(self, measure: DiscreteMeasure) -> Points:
        """Return the velocity -grad V - grad U * mu of each particle of `measure`, without diffusion."""
        of_potential, of_interaction, _ = self.model.split(self.coefficients)
        velocity = np.zeros_like(measure.atoms)
        if self.model.potential is not None:
            velocity -= self.model.potential.gradients(measure.atoms) @ of_potential
        if self.model.interaction is not None:
            velocity -= self.model.interaction.mean_gradients(measure.atoms, measure) @ of_interaction
        return velocity

    def predict(
        self, x: Numbers, steps: int = 1, *, tau: float | None = None, weights: Numbers | None = None, seed: int = 0
    ) -> Float[np.ndarray, "steps n d"]:
        """Return particles x (n, d) after each of `steps` steps in time `tau`, that of the snapshots unless given.

        **Raises:** `ValueError` for particles of another dimension, a tau that is not positive or that is not given
        where the snapshots had several, and a diffusivity that is negative beyond its error: it is no diffusion.
        """
        measure = DiscreteMeasure(self._points(x), weights)
        spacing = self._spacing(tau)
        rng = np.random.default_rng(seed)
        moved = []
        for _ in range(steps):
            measure = self._step(measure, spacing, rng)
            moved.append(measure.atoms)
        return np.stack(moved)

    def evaluate(
        self,
        snapshots: Numbers | Sequence[Numbers],
        tau: Numbers | None = None,
        *,
        weights: Sequence[Numbers] | None = None,
        seed: int = 0,
    ) -> Evaluation:
        """Compare one-step predictions with held-out snapshots; `tau` as for `fit_energies`, the fit's unless given.

        **Raises:** `ValueError` as `take_snapshots` and `predict`.
        """
        held_out = take_snapshots(snapshots, self._spacing(None) if tau is None else tau, weights)
        found = np.empty((3, held_out.intervals))
        rng = np.random.default_rng(seed)
        for index, spacing in enumerate(held_out.spacings):
            before, after = held_out.measures[index : index + 2]
            self._points(before.atoms)
            first, second = (self._step(before, float(spacing), rng) for _ in range(2))
            pairs = ((first, after), (before, after), (first, second))
            found[:, index] = [wasserstein_distance(*pair, seed=seed) for pair in pairs]
        return Evaluation(*found)

    def _points(self, x: Numbers) -> Points:
        points = DiscreteMeasure(x).atoms.astype(np.float64)
        if points.shape[1] != self.dimension:
            raise ValueError(f"particles must have dimension {self.dimension}, not {points.shape[1]}")
        return points

    def _spacing(self, tau: float | None) -> float:
        if tau is None:
            if np.ptp(self.spacings) > 0:
                raise ValueError("the snapshots had several spacings: give tau")
            return float(self.spacings[0])
        if not (np.isfinite(tau) and tau > 0):
            raise ValueError(f"tau must be positive and finite, not {tau}")
        return float(tau)

    def _step(self, measure: DiscreteMeasure, spacing: float, rng: np.random.Generator) -> DiscreteMeasure:
        diffusivity = 0.0 if self.diffusivity is None else self.diffusivity.value
        if self.diffusivity is not None and self.diffusivity.high < 0:
            raise ValueError(f"the fitted diffusivity is negative, {self.diffusivity}: it cannot be simulated forward")
        moved = move_particles(
            lambda x: self.drift(DiscreteMeasure(x, measure.weights)),
            measure.atoms,
            spacing=spacing,
            diffusivity=max(diffusivity, 0.0),
            euler=self.estimator == "explicit",
            rng=rng,
        )
        return DiscreteMeasure(moved, measure.weights)
