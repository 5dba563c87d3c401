"""Data in chunks and queries in batches give what one piece gives, within the memory allowed and with true progress."""

from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest

from lemmata.numerics import sharding
from lemmata.numerics.data_set import DataSet
from lemmata.numerics.kinetic_optimal import Separation, atom_chunks, overlap, separation
from lemmata.numerics.kinetic_optimal.atom_chunks import COPIES, AtomChunks
from lemmata.numerics.kinetic_optimal.estimator import PILOT_QUERIES
from lemmata.numerics.kinetic_optimal.overlap import bound_overlap, count_pairs
from lemmata.numerics.kinetic_optimal.sampling import sample_terms
from lemmata.numerics.measures import DiscreteMeasure
from lemmata.numerics.sharding import single_device_mesh

S = np.array([0.1, 0.5, 1.0, 2.0, 4.0])
N, D, QUERIES = 301, 5, 640


def draw_data(dtype: Any = np.float64) -> DataSet:
    """Return weighted rows, some of weight zero, that are no multiple of anything."""
    rng = np.random.default_rng(3)
    weights = rng.dirichlet(np.ones(N)) * (rng.uniform(size=N) > 0.1)
    return DataSet(rng.normal(size=(N, D)).astype(dtype), weights / weights.sum()).normalised()


DATA = draw_data()


def estimate(data: Any, **options: Any) -> Separation:
    return separation(data, S, key=jax.random.key(1), num_queries=QUERIES, **options)


def shrink(monkeypatch: pytest.MonkeyPatch, rows: int = 48) -> None:
    """Leave memory for few rows at a time, and little work between reports."""
    monkeypatch.setattr(sharding, "HOST_BUDGET", COPIES * 8 * D * rows)
    monkeypatch.setattr(atom_chunks, "UNIT_WORK", 1.0)


def assert_equal_to_rounding(one: Separation, other: Separation) -> None:
    assert one.method == other.method
    for name in ("h_squared", "h_squared_interval", "term_covariance", "term_width", "error_ceiling"):
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(one.tail_information, other.tail_information, rtol=1e-12)
    assert one.at_zero == other.at_zero


@pytest.fixture(scope="module")
def whole() -> Separation:
    """Return the estimate with all atoms in one chunk and all queries in one batch."""
    assert len(AtomChunks(DATA, single_device_mesh())) == 1
    found = estimate(DATA)
    assert set(found.method) == {"replica", "residual"}
    return found


@pytest.mark.parametrize("rows", [48, 100])
def test_many_chunks_give_what_one_gives(whole: Separation, rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    shrink(monkeypatch, rows)
    chunks = AtomChunks(DATA, single_device_mesh())
    assert len(chunks) > 2
    assert N % chunks.size
    assert_equal_to_rounding(estimate(DATA), whole)


def test_chunks_cover_the_atoms_once_and_end_in_zeros() -> None:
    chunks = AtomChunks(DATA, single_device_mesh(), COPIES * 8 * D * 48)
    atoms = np.concatenate([np.asarray(chunks.atoms(index)) for index in range(len(chunks))])
    masses = np.concatenate([np.asarray(chunks.place(index, DATA.weights)) for index in range(len(chunks))])
    np.testing.assert_array_equal(atoms[:N], DATA.block(0, N))
    np.testing.assert_array_equal(masses[:N], DATA.weights)
    assert len(atoms) > N
    assert not atoms[N:].any()
    assert not masses[N:].any()


def test_a_mapped_file_gives_what_memory_gives_and_is_never_read_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows, weights = draw_data(np.float32).block(0, N), DATA.weights
    np.save(tmp_path / "rows.npy", rows)
    shrink(monkeypatch)
    in_memory = estimate(DataSet(rows, weights).normalised())
    sizes = []
    for reader in ("read_stored", "read_rows"):
        read = getattr(atom_chunks, reader)

        def record(data: DataSet, start: int, stop: int, count: int, read: Any = read) -> Any:
            sizes.append(stop - start)
            return read(data, start, stop, count)

        for module in (atom_chunks, overlap):
            monkeypatch.setattr(module, reader, record, raising=False)
    mapped = np.load(tmp_path / "rows.npy", mmap_mode="r")
    found = estimate(DataSet(mapped, weights).normalised())
    np.testing.assert_array_equal(found.h_squared, in_memory.h_squared)
    np.testing.assert_array_equal(found.term_covariance, in_memory.term_covariance)
    np.testing.assert_array_equal(found.error_ceiling, in_memory.error_ceiling)
    assert sum(sizes) > 2 * N
    assert max(sizes) <= 128


@pytest.mark.parametrize("stored", ["u1", ">i2", ">f4", "f2", "?", "longdouble"])
def test_atoms_are_those_of_the_data_set_whatever_is_stored(stored: str) -> None:
    rows = np.random.default_rng(8).integers(0, 2 if stored == "?" else 200, size=(37, 3)).astype(stored)
    for dtype in (np.float32, np.float64):
        data = DataSet(rows).normalised().astype(dtype)
        chunks = AtomChunks(data, single_device_mesh(), COPIES * 8 * 3 * 16)
        assert len(chunks) > 1
        atoms = np.concatenate([np.asarray(chunks.atoms(index)) for index in range(len(chunks))])
        assert atoms.dtype == dtype
        np.testing.assert_array_equal(atoms[:37], data.block(0, 37))


def test_the_same_key_gives_the_same_numbers_and_another_key_others(whole: Separation) -> None:
    again = estimate(DATA)
    np.testing.assert_array_equal(again.h_squared, whole.h_squared)
    np.testing.assert_array_equal(again.term_covariance, whole.term_covariance)
    other = separation(DATA, S, key=jax.random.key(2), num_queries=QUERIES)
    assert (other.h_squared != whole.h_squared).all()


def test_a_longer_sample_begins_with_a_shorter_one() -> None:
    chunks = AtomChunks(DATA, single_device_mesh())
    short, long = (sample_terms(chunks, jax.random.key(4), S, S[:1], num_queries=count) for count in (200, 700))
    np.testing.assert_allclose(long.errors[:, :200], short.errors, rtol=1e-12)
    np.testing.assert_allclose(long.residuals[:, :200], short.residuals, rtol=1e-12)


def test_atoms_are_drawn_by_their_weights() -> None:
    # Two atoms so far apart that no noise confuses them: a query is of the first if its error is that of the first.
    weights = np.array([0.25, 0.0, 0.75])
    pair = DataSet([[0.0], [5.0], [0.1]], weights)
    errors = sample_terms(AtomChunks(pair, single_device_mesh()), jax.random.key(0), S[:1], S[:0], num_queries=4096)
    # With s = 0.1 the posterior is the prior nearly: the error is 0.75 |x|^2/2 at the first, 0.25 |x|^2/2 at the last.
    share = (errors.errors[0] > 0.005 / 2).mean()
    assert abs(share - 0.25) < 4.5 * np.sqrt(0.25 * 0.75 / 4096)


def overlap_by_table(data: DataSet) -> tuple[float, Any, Any]:
    """Return the diameter and both bounds from the table of all distances between different rows."""
    measure = data.measure().merged()
    distances = ((measure.atoms[:, None] - measure.atoms[None]) ** 2).sum(axis=-1)
    roots = np.sqrt(np.outer(measure.weights, measure.weights))
    np.fill_diagonal(roots, 0.0)
    falls = np.exp(-(S[:, None, None] ** 2) / 8 * distances)
    ceiling = (roots * distances * falls).sum(axis=(1, 2)) / 4 / data.dimension
    return float(np.sqrt(distances.max())), ceiling, (roots * falls).sum(axis=(1, 2)) / data.dimension


@pytest.mark.parametrize("budget", [None, COPIES * 8 * D * 48])
@pytest.mark.parametrize("repeats", [1, 3])
def test_overlap_is_that_of_all_pairs_of_different_rows(budget: int | None, repeats: int) -> None:
    rows = np.concatenate([DATA.block(0, 150)] * repeats)
    data = DataSet(rows, np.tile(DATA.weights[:150], repeats) / DATA.weights[:150].sum() / repeats)
    seen: list[int] = []
    chunks = AtomChunks(data, single_device_mesh(), budget)
    diameter, ceiling, missing = overlap_by_table(data)
    found = bound_overlap(chunks, S, advance=seen.append)
    np.testing.assert_allclose(found.diameter, diameter, rtol=1e-12)
    # Rounding is on the safe side, and of its own order.
    assert (found.error_ceiling >= ceiling).all()
    assert (found.information_ceiling >= missing).all()
    np.testing.assert_allclose(found.error_ceiling, ceiling, rtol=1e-8)
    np.testing.assert_allclose(found.information_ceiling, missing, rtol=1e-8)
    assert sum(seen) == count_pairs(data.n)


def test_rows_that_nearly_agree_are_not_taken_as_equal() -> None:
    # Their distance is lost to rounding, but they are two: what is to be learnt never falls to 0.
    rows = np.array([[1.0], [1.0 + 4e-16 * 2], [-1.0]])
    found = bound_overlap(AtomChunks(DataSet(rows), single_device_mesh()), np.array([20.0]))
    assert found.information_ceiling[0] >= 2 / 3
    assert found.error_ceiling[0] < 1e-14
    twice = bound_overlap(AtomChunks(DataSet(rows[[0, 0, 2]]), single_device_mesh()), np.array([20.0]))
    assert twice.information_ceiling[0] < 1e-80


def test_the_ceiling_is_left_out_where_it_would_cost_more_than_the_estimate(whole: Separation) -> None:
    assert np.isfinite(whole.tail_information)
    few = separation(DATA, S, key=jax.random.key(1), num_queries=N // 5)
    assert np.isinf(few.tail_information)
    assert np.isinf(few.error_ceiling).all()
    assert (few.term_width >= whole.term_width)[np.array(few.method) == "replica"].all()


@pytest.mark.parametrize("queries", [QUERIES, N // 5])
def test_progress_counts_every_pair(queries: int, monkeypatch: pytest.MonkeyPatch) -> None:
    shrink(monkeypatch)
    seen: list[tuple[int, int]] = []
    separation(DATA, S, key=jax.random.key(1), num_queries=queries, progress=lambda *told: seen.append(told))
    done = [told[0] for told in seen]
    total = N * (2 * PILOT_QUERIES + queries) + (count_pairs(N) if queries == QUERIES else 0)
    assert {told[1] for told in seen} == {total}
    assert done == sorted(set(done))
    assert done[-1] == total
    assert len(done) > 20


def test_an_interrupt_from_progress_leaves_nothing_behind(whole: Separation) -> None:
    def interrupt(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        estimate(DATA, progress=interrupt)
    assert jax.numpy.zeros(()).dtype == np.float32
    np.testing.assert_array_equal(estimate(DATA).h_squared, whole.h_squared)


def test_data_come_as_array_measure_or_set(whole: Separation) -> None:
    rows = DATA.block(0, N)
    for found in (estimate(rows, weights=DATA.weights), estimate(DiscreteMeasure(rows, DATA.weights))):
        np.testing.assert_allclose(found.h_squared, whole.h_squared, atol=1e-12)


@pytest.mark.parametrize("rows", [None, 48])
def test_single_precision_stays_within_its_stated_rounding(
    whole: Separation, rows: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    if rows is not None:
        shrink(monkeypatch, rows)
    single = estimate(DATA, precision="float32")
    assert single.method == whole.method
    assert (np.abs(single.h_squared - whole.h_squared) <= single.rounding).all()
    # It does compute in single precision, and says so, without drowning the estimate in its bound.
    assert np.abs(single.h_squared - whole.h_squared).max() > 1e-9
    assert (single.rounding < 1e-3).all()
    assert (whole.rounding < 1e-11).all()
    lower, upper = single.h_squared_interval
    assert (lower <= whole.h_squared_interval[0] + single.rounding).all()
    assert (upper >= np.minimum(whole.h_squared_interval[1], 1.0) - single.rounding).all()
