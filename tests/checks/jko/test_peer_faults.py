"""Faults met in other implementations of the quadratic loss: what each does to a fit, and that ours has none of them.

Every test computes the fault's own result beside ours, so that it would fail if the fault made no difference.
"""

from dataclasses import replace

import numpy as np
import pytest

from lemmata.checks.jko.known_snapshots import ConditionReading, KnownSnapshots
from lemmata.checks.jko.quadratic_snapshots import DrawnEnergy
from lemmata.numerics.jko import BatchedCoupler
from lemmata.numerics.jko.conditions import CoupledSnapshots, EnergyModel, condition_rows
from lemmata.numerics.jko.snapshots import take_snapshots
from lemmata.numerics.jko.standard_errors import couple_snapshots
from lemmata.numerics.measures import DiscreteMeasure

TRUE = ConditionReading()


@pytest.fixture(scope="module")
def known() -> KnownSnapshots:
    """Return exact steps in the plane from which everything is identified."""
    snapshots = DrawnEnergy(2, 11, 0.25).snapshots()
    assert len(snapshots.fit(TRUE).null_space) == 0
    return snapshots


def rows_in_batches(known: KnownSnapshots, size: int) -> list[np.ndarray]:
    """Return the rows of the least-squares problem of each interval, coupled in batches."""
    taken = take_snapshots(known.measures, known.tau)
    model = EnergyModel(
        known.potential.placed(taken.pooled(), 0), known.potential.placed(taken.pooled(), 0).even_part(), True
    )
    data = CoupledSnapshots(taken, couple_snapshots(taken, BatchedCoupler(size)), tuple(known.scores))
    return list(condition_rows(data, model, "jko"))


def test_the_energies_do_not_grow_with_the_number_of_batches(known: KnownSnapshots) -> None:
    size = len(known.measures[0].weights) // 4
    rows = np.concatenate(rows_in_batches(known, size))
    matrix, right = rows[:, :-1], rows[:, -1]
    # The left side averaged over batches and the right side summed: 4 times too large.
    faulty = np.linalg.solve(matrix.T @ matrix / 4, matrix.T @ right)
    assert faulty == pytest.approx(4 * known.truth, abs=1e-7)
    ours = replace(known, coupler=BatchedCoupler(size)).fit(TRUE)
    assert ours.coefficients == pytest.approx(known.truth, abs=1e-8)


def test_scores_belong_to_their_snapshots_in_the_order_of_time(known: KnownSnapshots) -> None:
    names = [f"density_{9 + index}" for index in range(len(known.scores))]
    listed = sorted(range(len(names)), key=lambda index: names[index])
    assert listed != sorted(listed)
    faulty = replace(known, scores=[known.scores[index] for index in listed]).fit(TRUE)
    assert float(np.abs(faulty.coefficients - known.truth).max()) > 0.01
    assert known.fit(TRUE).coefficients == pytest.approx(known.truth, abs=1e-8)


def test_single_precision_costs_no_more_than_the_rounding_of_the_data(known: KnownSnapshots) -> None:
    rounded = [DiscreteMeasure(measure.atoms.astype(np.float32)) for measure in known.measures]
    doubled = [DiscreteMeasure(measure.atoms.astype(np.float64)) for measure in rounded]
    ours, same = (replace(known, measures=measures).fit(TRUE).coefficients for measures in (rounded, doubled))
    assert ours.dtype == np.float64
    assert (ours == same).all()
    # Solved in single precision, normal equations lose more digits than the data had.
    rows = np.concatenate(rows_in_batches(replace(known, measures=doubled), 10**6)).astype(np.float32)
    faulty = np.linalg.solve(rows[:, :-1].T @ rows[:, :-1], rows[:, :-1].T @ rows[:, -1])
    assert np.abs(faulty - ours).max() > 2 * np.abs(ours - known.truth).max()


def test_particles_interact_with_those_of_their_own_time(known: KnownSnapshots) -> None:
    pooled = take_snapshots(known.measures, known.tau).pooled()
    features = known.potential.placed(pooled, 0).even_part()
    columns = slice(len(known.truth) - 1 - known.interacting, len(known.truth) - 1)
    last, weights = known.measures[-1], known.measures[-1].weights
    ours = rows_in_batches(known, 10**6)[-1][:, columns] / np.sqrt(weights[0])
    own, mixed = (features.mean_gradients(last.atoms, measure) for measure in (last, pooled))
    assert ours == pytest.approx(own.reshape(ours.shape), abs=1e-12)
    assert float(np.abs(mixed - own).max()) > 0.01


@pytest.mark.parametrize("tau", [0.05, 0.25])
def test_energies_come_in_units_of_time_and_not_of_the_spacing(tau: float) -> None:
    known = DrawnEnergy(1, 3, tau).snapshots()
    fit = known.fit(TRUE)
    assert fit.diffusivity is not None
    assert fit.diffusivity.value == pytest.approx(known.truth[-1], abs=1e-8)
    faulty = known.fit(replace(TRUE, omits_spacing=True)).coefficients
    assert faulty == pytest.approx(tau * known.truth, abs=1e-8)


def test_a_negative_diffusivity_shows(known: KnownSnapshots) -> None:
    fit = known.fit(replace(TRUE, score=-1.0))
    assert fit.diffusivity is not None
    assert fit.diffusivity.value == pytest.approx(-known.truth[-1], abs=1e-8)
