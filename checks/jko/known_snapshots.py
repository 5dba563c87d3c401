"""Snapshots whose energies are known, and what a reading of the first-order condition makes of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, final

import numpy as np
from jaxtyping import Float

from ...numerics.jko import AbstractFeatures, EnergyFit, fit_energies
from ...numerics.jko.conditions import CoupledSnapshots, EnergyModel, Estimator, condition_rows
from ...numerics.jko.couplings import Coupler, couple_exactly
from ...numerics.jko.snapshots import take_snapshots
from ...numerics.jko.standard_errors import couple_snapshots
from ...numerics.measures import DiscreteMeasure

Vector = Float[np.ndarray, " p"]

IDENTIFIED: Final = 1e-5
"""Combinations of coefficients whose singular value is below this share of the largest count as unidentified."""


@final
@dataclass(frozen=True, slots=True)
class ConditionReading:
    """How the condition is read: at the new points (`jko`), the old ones (`explicit`) or both (`trapezoid`).

    `interaction` multiplies U, `score` the scores and `spacing` tau; `omits_spacing` has 1 in place of tau.
    """

    estimator: Estimator = "jko"
    interaction: float = 1.0
    score: float = 1.0
    spacing: float = 1.0
    omits_spacing: bool = False


@final
@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class KnownSnapshots:
    """Snapshots `tau` apart with scores, and the coefficients `truth` of V, of U (`interacting` of them) and beta."""

    measures: Sequence[DiscreteMeasure]
    tau: float
    scores: Sequence[Float[np.ndarray, "n d"]]
    potential: AbstractFeatures
    interaction: AbstractFeatures | None
    truth: Vector
    interacting: int
    coupler: Coupler | Literal["exact"] = "exact"

    def claimed(self, reading: ConditionReading) -> Vector:
        """Return the coefficients that a fit should give back according to a reading."""
        found = self.truth.copy()
        found[len(found) - 1 - self.interacting : len(found) - 1] *= reading.interaction
        return found

    def spacing(self, reading: ConditionReading) -> float:
        """Return what a reading divides displacements by."""
        return 1.0 if reading.omits_spacing else reading.spacing * self.tau

    def fit(self, reading: ConditionReading) -> EnergyFit:
        """Fit the energies."""
        return fit_energies(
            self.measures,
            self.spacing(reading),
            potential=self.potential,
            interaction=self.interaction,
            estimator=reading.estimator,
            couplings=self.coupler,
            density_score=[reading.score * score for score in self.scores],
            rank_tolerance=IDENTIFIED,
        )

    def residual(self, reading: ConditionReading) -> tuple[Vector, float]:
        """Return what the claimed coefficients leave over at each pair, and the root mean square of (y - x)/tau.

        Entries are weighted so that their squares sum to the loss of one interval.
        """
        taken = take_snapshots(self.measures, self.spacing(reading))
        placed = self.potential.placed(taken.pooled(), 0)
        interaction = None if self.interaction is None else self.interaction.placed(taken.pooled(), 0).even_part()
        coupler = couple_exactly if self.coupler == "exact" else self.coupler
        scores = tuple(reading.score * score for score in self.scores)
        data = CoupledSnapshots(taken, couple_snapshots(taken, coupler), scores)
        rows = np.concatenate(list(condition_rows(data, EnergyModel(placed, interaction, True), reading.estimator)))
        share = 1 / np.sqrt(taken.intervals)
        residual = share * (rows @ np.append(self.claimed(reading), -1.0))
        return residual, float(share * np.linalg.norm(rows[:, -1]))
