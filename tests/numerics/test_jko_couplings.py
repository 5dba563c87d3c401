"""Couplings are optimal whichever way they are found, keep their marginals, and weigh the same in all batches."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lemmata.numerics.jko import BatchedCoupler, couple_exactly, couplings
from lemmata.numerics.jko.couplings import Coupling
from lemmata.numerics.measures import DiscreteMeasure


def cloud(seed: int, count: int, dimension: int, *, weighted: bool) -> DiscreteMeasure:
    rng = np.random.default_rng(seed)
    weights = rng.dirichlet(np.ones(count)) if weighted else None
    return DiscreteMeasure(rng.normal(size=(count, dimension)) + rng.normal(size=dimension), weights)


def assert_marginals(coupling: Coupling, source: DiscreteMeasure, target: DiscreteMeasure) -> None:
    for rows, measure in ((coupling.sources, source), (coupling.targets, target)):
        masses = np.bincount(rows, coupling.masses, len(measure.weights))
        np.testing.assert_allclose(masses, measure.weights, atol=1e-12)


@pytest.mark.parametrize("weighted", [False, True])
@given(seed=st.integers(0, 2**31), sizes=st.tuples(*[st.integers(2, 60)] * 2), dimension=st.integers(1, 3))
def test_pricing_pairs_finds_the_cost_of_the_full_problem(
    weighted: bool, seed: int, sizes: tuple[int, int], dimension: int
) -> None:
    source = cloud(seed, sizes[0], dimension, weighted=weighted)
    target = cloud(seed + 1, sizes[1], dimension, weighted=weighted)
    dense = couple_exactly(source, target)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(couplings, "MAX_DENSE_PAIRS", 0)
        sparse = couple_exactly(source, target)
    for coupling in (dense, sparse):
        assert_marginals(coupling, source, target)
        assert coupling.gap <= 1e-9
    assert sparse.cost == pytest.approx(dense.cost, abs=1e-11 + dense.gap + sparse.gap)


def test_particles_on_a_line_are_coupled_in_order() -> None:
    source, target = cloud(0, 40, 1, weighted=False), cloud(1, 40, 1, weighted=False)
    coupling = couple_exactly(source, target)
    order = np.argsort(source.atoms[coupling.sources, 0])
    assert (np.diff(target.atoms[coupling.targets[order], 0]) >= 0).all()


@given(st.integers(0, 2**31), st.integers(3, 40))
def test_batches_keep_marginals_and_mass(seed: int, batch_size: int) -> None:
    source, target = cloud(seed, 70, 2, weighted=True), cloud(seed + 1, 55, 2, weighted=True)
    coupling = BatchedCoupler(batch_size, seed)(source, target)
    assert_marginals(coupling, source, target)
    # Any coupling costs at least the optimal one.
    assert coupling.cost >= couple_exactly(source, target).cost - 1e-11


def test_batches_keep_together_what_moved_along_the_gradient_of_a_convex_function() -> None:
    source = cloud(3, 90, 2, weighted=False)
    target = DiscreteMeasure(source.atoms @ np.array([[1.2, 0.1], [0.1, 0.8]]) + 1)
    for coupler in (couple_exactly, BatchedCoupler(20)):
        coupling = coupler(source, target)
        np.testing.assert_array_equal(coupling.sources, coupling.targets)


def test_particles_without_weight_are_left_out() -> None:
    source = DiscreteMeasure([[0.0], [50.0], [1.0]], [0.5, 0.0, 0.5])
    coupling = couple_exactly(source, DiscreteMeasure([[0.1], [1.1]]))
    assert sorted(coupling.sources) == [0, 2]
    assert coupling.cost == pytest.approx(0.01, abs=1e-15)


def test_dimensions_must_agree() -> None:
    with pytest.raises(ValueError, match="dimensions 1 and 2"):
        couple_exactly(cloud(0, 3, 1, weighted=False), cloud(0, 3, 2, weighted=False))
