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
from .prediction import Evaluation, Predictor, checked_points


@final
@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class EnergyFit:
    """Fitted energies `J(mu) = int V dmu + (1/2) int int U(x - y) dmu dmu + beta int rho log rho`.

    `coefficients`, their `standard_errors` and `labels` belong together; V and U are known up to constants.
    `covariance` is that of the coefficients, None in a fit that was loaded from a file.
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
    covariance: Float[np.ndarray, "p p"] | None = None

    @property
    def labels(self) -> tuple[str, ...]:
        """A name for each coefficient."""
        return self.model.labels

    def potential(self, x: Numbers) -> Float[np.ndarray, " n"]:
        """Return V at x (n, d), up to a constant; 0 if no potential was sought."""
        points = checked_points(x, self.dimension)
        if self.model.potential is None:
            return np.zeros(len(points))
        return self.model.potential.values(points) @ self.model.split(self.coefficients)[0]

    def interaction(self, x: Numbers) -> Float[np.ndarray, " n"]:
        """Return the even U at differences x (n, d), up to a constant; 0 if no interaction was sought."""
        points = checked_points(x, self.dimension)
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

        Errors raised are those of `Predictor.predict`.
        """
        return self._predictor().predict(x, steps, tau=tau, weights=weights, seed=seed)

    def evaluate(
        self,
        snapshots: Numbers | Sequence[Numbers],
        tau: Numbers | None = None,
        *,
        weights: Sequence[Numbers] | None = None,
        seed: int = 0,
    ) -> Evaluation:
        """Compare one-step predictions with held-out snapshots; `tau` is that of the fit unless given.

        Errors raised are those of `Predictor.evaluate`.
        """
        return self._predictor().evaluate(snapshots, tau=tau, weights=weights, seed=seed)

    def _predictor(self) -> Predictor:
        return Predictor(
            drift=self.drift,
            diffusivity=self.diffusivity,
            spacings=self.spacings,
            dimension=self.dimension,
            euler=self.estimator in ("explicit", "euler-maruyama"),
        )
