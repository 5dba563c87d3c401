"""The first-order condition of a JKO step as rows of a least-squares problem that is linear in the energies.

On the optimal coupling of mu_k (x) and mu_(k+1) (y), tau apart, the condition of the step

    G_(k+1)(y) + (y - x)/tau = 0,    G_k = grad V + grad U * mu_k + beta grad log rho_k,

is the implicit one (`jko`). `explicit` has G_k(x) in its place, which a step of Euler's method without noise satisfies,
and `trapezoid` the mean of the two, which removes the first-order bias of both where snapshots come from the flow
itself. A step of the Euler-Maruyama method moves first, by the drift at x, to z, and then spreads like the heat flow:
`euler-maruyama` has V and U at x and, on the optimal coupling of z with y, the mean of the scores at z and y; while z
is not known, the coupling of x with y and the score at y.

Notation: J(mu) = int V dmu + (1/2) int int U(x - y) dmu dmu + beta int rho log rho, of whose U only the even part acts.

References: [terpin2024] for the quadratic loss.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, final

import numpy as np
from jaxtyping import Float, Int

from ..measures import DiscreteMeasure
from .couplings import Coupling
from .features import BLOCK_BYTES, AbstractFeatures
from .snapshots import Snapshots

Estimator: TypeAlias = Literal["trapezoid", "jko", "explicit", "euler-maruyama"]

ESTIMATORS: Final[tuple[Estimator, ...]] = ("trapezoid", "jko", "explicit", "euler-maruyama")


@final
@dataclass(frozen=True, slots=True, eq=False)
class EnergyModel:
    """What the energies are linear in: `potential` and even `interaction` features, and beta if `internal`.

    Coefficients come in this order; `labels` name them.
    """

    potential: AbstractFeatures | None
    interaction: AbstractFeatures | None
    internal: bool

    @property
    def labels(self) -> tuple[str, ...]:
        """A name for each coefficient: `V: x1^2`, `U: x1^2`, `beta`."""
        names = [] if self.potential is None else [f"V: {label}" for label in self.potential.labels]
        names += [] if self.interaction is None else [f"U: {label}" for label in self.interaction.labels]
        return (*names, "beta") if self.internal else tuple(names)

    def split(
        self, coefficients: Float[np.ndarray, "*k p"]
    ) -> tuple[Float[np.ndarray, "*k v"], Float[np.ndarray, "*k u"], Float[np.ndarray, "*k b"]]:
        """Return the coefficients of V, of U and beta."""
        first = 0 if self.potential is None else len(self.potential.labels)
        second = coefficients.shape[-1] - int(self.internal)
        return coefficients[..., :first], coefficients[..., first:second], coefficients[..., second:]


@final
@dataclass(frozen=True, slots=True, eq=False)
class Drifted:
    """Where the drift has taken the particles at the end of each interval, before the noise: z, and the score there."""

    measures: tuple[DiscreteMeasure, ...]
    scores: tuple[Float[np.ndarray, "_ d"], ...]


@final
@dataclass(frozen=True, slots=True, eq=False)
class CoupledSnapshots:
    """Snapshots with a coupling for each interval and, where beta is sought, the score at each particle.

    With `drifted`, which is for steps of the Euler-Maruyama method alone, the couplings are those of z with y.
    """

    snapshots: Snapshots
    couplings: tuple[Coupling, ...]
    scores: tuple[Float[np.ndarray, "_ d"], ...] | None
    drifted: Drifted | None = None


def condition_rows(
    data: CoupledSnapshots, model: EnergyModel, estimator: Estimator
) -> Iterator[Float[np.ndarray, "rows columns"]]:
    """Yield blocks of the rows (A, b) of `|A theta - b|^2 = sum_k E |residual of the condition|^2`, d for each pair."""
    columns = len(model.labels) + 1
    for interval, coupling in enumerate(data.couplings):
        block = max(1, BLOCK_BYTES // (8 * data.snapshots.dimension * columns))
        for start in range(0, len(coupling.masses), block):
            chosen = slice(start, start + block)
            gradients = _gradients_on_pairs(
                data, model, estimator, interval, coupling.sources[chosen], coupling.targets[chosen]
            )
            gradients *= np.sqrt(coupling.masses[chosen])[:, None, None]
            yield gradients.reshape(-1, columns)


def _gradients_on_pairs(
    data: CoupledSnapshots,
    model: EnergyModel,
    estimator: Estimator,
    interval: int,
    sources: Int[np.ndarray, " q"],
    targets: Int[np.ndarray, " q"],
) -> Float[np.ndarray, "q d columns"]:
    """Return G's coefficients and -(y - x)/tau on pairs of particles."""
    before, after = data.snapshots.measures[interval : interval + 2]
    velocity = (after.atoms[targets] - before.atoms[sources]) / data.snapshots.spacings[interval]
    if estimator == "explicit":
        rows = _gradients(data, model, interval, sources)
    elif estimator == "jko":
        rows = _gradients(data, model, interval + 1, targets)
    elif estimator == "euler-maruyama":
        rows = _gradients(data, model, interval, sources)
        if model.internal:
            assert data.scores is not None
            rows[..., -2] = data.scores[interval + 1][targets]
            if data.drifted is not None:
                rows[..., -2] += data.drifted.scores[interval][sources]
                rows[..., -2] /= 2
    else:
        rows = _gradients(data, model, interval, sources)
        rows += _gradients(data, model, interval + 1, targets)
        rows /= 2
    rows[..., -1] = -velocity
    return rows


def _gradients(
    data: CoupledSnapshots, model: EnergyModel, index: int, particles: Int[np.ndarray, " q"]
) -> Float[np.ndarray, "q d columns"]:
    """Return the coefficients of G at particles of a snapshot, with a last column left to the right side."""
    measure = data.snapshots.measures[index]
    x = measure.atoms[particles]
    parts: list[Float[np.ndarray, "q d p"]] = []
    if model.potential is not None:
        parts.append(model.potential.gradients(x))
    if model.interaction is not None:
        parts.append(model.interaction.mean_gradients(x, measure))
    if model.internal:
        assert data.scores is not None
        parts.append(data.scores[index][particles][:, :, None])
    parts.append(np.zeros((*x.shape, 1)))
    return np.concatenate(parts, axis=-1)


def carry_by_drift(
    data: CoupledSnapshots, model: EnergyModel, theta: Float[np.ndarray, " p"]
) -> tuple[DiscreteMeasure, ...]:
    """Return the laws of z = x - tau (grad V + grad U * mu)(x), one for each interval, for the energies of `theta`."""
    carried = []
    for index, (measure, spacing) in enumerate(zip(data.snapshots.measures, data.snapshots.spacings, strict=False)):
        block = max(1, BLOCK_BYTES // (8 * data.snapshots.dimension * (len(theta) + 1)))
        parts = []
        for start in range(0, len(measure.weights), block):
            particles = np.arange(start, min(start + block, len(measure.weights)))
            rows = _gradients(data, model, index, particles)[..., :-1]
            if model.internal:
                rows[..., -1] = 0.0
            parts.append(measure.atoms[particles] - spacing * (rows @ theta))
        carried.append(DiscreteMeasure(np.concatenate(parts), measure.weights))
    return tuple(carried)


def normal_residuals(
    parts: Sequence[CoupledSnapshots], model: EnergyModel, estimator: Estimator, theta: Float[np.ndarray, " p"]
) -> Float[np.ndarray, "parts p"]:
    """Return A^T (b - A theta) for each of several data sets."""
    signed = np.append(theta, -1.0)
    totals = np.zeros((len(parts), len(theta)))
    for index, part in enumerate(parts):
        for rows in condition_rows(part, model, estimator):
            totals[index] -= (rows @ signed) @ rows[:, :-1]
    return totals
