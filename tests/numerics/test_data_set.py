"""A data set gives its rows centred and scaled, states moments that keep their digits, and refuses what is no data."""

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from lemmata.numerics.data_set import DataSet
from lemmata.numerics.measures import DiscreteMeasure

EPS = float(np.finfo(np.float64).eps)
STORED = ["?", "u1", "i2", "<i4", ">i8", "u8", "f2", "<f4", ">f4", "<f8", ">f8"]

rows_of_any_type = st.sampled_from(STORED).flatmap(
    lambda dtype: hnp.arrays(
        np.dtype(dtype),
        hnp.array_shapes(min_dims=2, max_dims=2, max_side=9),
        elements=(
            {"min_value": -100, "max_value": 100, "allow_subnormal": False}
            if "f" in dtype
            else {}
            if dtype == "?"
            else {"min_value": 0, "max_value": 100}
        ),
    )
)


def some_weights(count: int) -> Any:
    weights = np.arange(1.0, count + 1)
    return weights / weights.sum()


@given(rows_of_any_type, st.sampled_from([np.float32, np.float64]))
def test_blocks_are_shifted_and_scaled_rows(rows: Any, dtype: Any) -> None:
    shift = np.linspace(-1, 1, rows.shape[1])
    data = DataSet(rows, some_weights(len(rows)), shift=shift, factor=1.5, dtype=dtype)
    expected = (1.5 * (rows.astype(np.float64) - shift)).astype(dtype)
    np.testing.assert_array_equal(data.block(0, data.n), expected)
    assert data.block(0, data.n).dtype == dtype
    np.testing.assert_array_equal(data.block(1, len(rows)), expected[1:])
    indices = np.arange(len(rows))[::-1].repeat(2)
    np.testing.assert_array_equal(data.take(indices), expected[indices])


@given(rows_of_any_type)
def test_moments_are_those_of_the_blocks(rows: Any) -> None:
    weights = some_weights(len(rows))
    data = DataSet(rows, weights, shift=np.full(rows.shape[1], 0.25), factor=3.0)
    atoms = data.block(0, data.n).astype(np.float64)
    np.testing.assert_allclose(data.mean(), weights @ atoms, rtol=1e-6, atol=1e-4 * float(np.abs(atoms).max()))
    exact = 3 * (rows.astype(np.float64) - 0.25)
    np.testing.assert_allclose(data.second_moment(), weights @ (exact**2).sum(axis=1), rtol=1e-13)
    np.testing.assert_allclose(data.largest_norm(), np.sqrt((exact**2).sum(axis=1).max()), rtol=1e-13)


def test_rows_are_neither_copied_nor_converted() -> None:
    rows = np.zeros((2000, 1000), np.uint8)
    rows[0] = 1
    data = DataSet(rows).normalised()
    rows[1] = 255
    np.testing.assert_allclose(data.block(1, 2) / data.factor + data.shift, 255.0, rtol=1e-12)


@pytest.mark.parametrize("centre", [True, False])
@pytest.mark.parametrize("dtype", [np.uint8, np.float32, np.float64])
def test_normalised_data_have_second_moment_d(dtype: Any, centre: bool) -> None:
    rows = np.random.default_rng(3).integers(0, 256, (500, 7)).astype(dtype)
    weights = some_weights(500)
    data = DataSet(rows, weights).normalised(centre=centre)
    atoms = data.block(0, 500)
    rounding = 64 * float(np.finfo(atoms.dtype).eps)
    np.testing.assert_allclose(weights @ (atoms.astype(np.float64) ** 2).sum(axis=1), 7.0, rtol=rounding)
    assert data.second_moment() == pytest.approx(7.0, rel=64 * EPS)
    if centre:
        assert np.abs(data.mean()).max() < 64 * EPS * 255 * data.factor
        assert np.abs(weights @ atoms.astype(np.float64)).max() < rounding * 255 * data.factor
    else:
        np.testing.assert_array_equal(data.shift, 0.0)
    if dtype != np.float32:
        assert data.largest_norm() == pytest.approx(float(np.linalg.norm(atoms, axis=1).max()), rel=64 * EPS)


@given(rows_of_any_type.filter(lambda rows: len(rows) > 1 and float(np.ptp(rows.astype(np.float64))) > 1))
def test_normalising_forgets_an_earlier_shift_and_factor(rows: Any) -> None:
    weights = some_weights(len(rows))
    try:
        plain = DataSet(rows, weights).normalised()
    except ValueError:
        # Columns that differ, of rows that do not.
        assert (rows == rows[0]).all()
        return
    moved = DataSet(rows, weights, shift=np.full(rows.shape[1], 20.0), factor=0.3).normalised()
    scale = 1 + np.abs(rows.astype(np.float64)).max()
    np.testing.assert_allclose(moved.shift, plain.shift, atol=64 * EPS * scale)
    np.testing.assert_allclose(moved.factor, plain.factor, rtol=1e-9)


def test_a_large_mean_costs_no_digits_of_the_spread() -> None:
    # Spread of order 1 about a mean of 2^30: |x|^2 has no digit left that tells; the exact value is by fractions.
    noise = np.random.default_rng(5).integers(-1000, 1000, (300, 2)) / 512
    rows = 2.0**30 + noise
    data = DataSet(rows)
    fractions = [[Fraction(float(entry)) for entry in row] for row in noise]
    means = [sum(column) / 300 for column in zip(*fractions, strict=True)]
    spread = sum((entry - means[j]) ** 2 for row in fractions for j, entry in enumerate(row)) / 300
    normalised = data.normalised()
    # The mean itself is rounded by a few 2^30 EPS, which enter the spread squared.
    assert normalised.factor == pytest.approx(float(np.sqrt(2 / float(spread))), rel=1e-12)
    assert np.abs(data.mean() - 2.0**30 - [float(mean) for mean in means]).max() < 300 * EPS * 2**30


def test_rows_are_read_twice_to_normalise_and_once_to_count(monkeypatch: pytest.MonkeyPatch) -> None:
    data = DataSet(np.random.default_rng(1).normal(size=(50, 3)) + 5)
    reads: list[Any] = []
    once = DataSet._moments_about

    def counted(self: DataSet, origin: Any) -> Any:
        reads.append(origin)
        return once(self, origin)

    monkeypatch.setattr(DataSet, "_moments_about", counted)
    normalised = data.normalised()
    values = normalised.mean(), normalised.second_moment(), normalised.largest_norm(), normalised.astype(np.float32)
    assert len(values) == 4
    assert len(reads) == 2
    assert normalised.normalised().factor == pytest.approx(normalised.factor, rel=8 * EPS)


@given(
    hnp.arrays(
        st.sampled_from(["<f8", ">f4", "u1", "f2"]),
        hnp.array_shapes(min_dims=2, max_dims=2, max_side=12),
        elements=st.integers(0, 2),
    ),
    st.data(),
)
def test_entropy_merges_equal_rows(rows: Any, draw: Any) -> None:
    weights = np.array(draw.draw(st.lists(st.integers(0, 3), min_size=len(rows), max_size=len(rows)))) + 0.0
    weights[0] += 1
    weights /= weights.sum()
    if rows.dtype.kind == "f":
        rows = np.where(rows == 0, draw.draw(st.sampled_from([0.0, -0.0])), rows).astype(rows.dtype)
        rows[0] = np.where(rows[0] == 0, -rows[0], rows[0])
    measure, data = DiscreteMeasure(rows, weights), DataSet(rows, weights)
    assert data.num_distinct == len(measure.merged().atoms)
    merged = data.merged_weights()
    kept = DiscreteMeasure(rows[merged > 0], merged[merged > 0]).merged()
    assert len(kept.atoms) == np.count_nonzero(merged)
    np.testing.assert_allclose(kept.weights, measure.merged().weights, rtol=1e-14)
    assert data.entropy() == pytest.approx(measure.entropy(), abs=1e-13)


@pytest.mark.parametrize(
    ("rows", "options", "message"),
    [
        ([1.0, 2.0], {}, r"shape \(n, d\) with no empty axis, not \(2,\)"),
        (np.zeros((0, 3)), {}, r"not \(0, 3\)"),
        (np.zeros((3, 0)), {}, r"not \(3, 0\)"),
        (np.zeros((2, 2, 2)), {}, r"not \(2, 2, 2\)"),
        ([[1.0], [2.0]], {"weights": [0.7, 0.4]}, r"weights must sum to 1, not 1\.1"),
        ([[1.0], [2.0]], {"weights": [1.0]}, r"weights must have shape \(2,\)"),
        ([[1.0], [2.0]], {"shift": [1.0, 2.0]}, "shift must hold 1 finite numbers"),
        ([[1.0], [2.0]], {"shift": [np.nan]}, "shift must hold 1 finite numbers"),
        ([[1.0], [2.0]], {"factor": 0.0}, r"factor must be positive and finite, not 0\.0"),
        ([[1.0], [2.0]], {"factor": np.inf}, "factor must be positive"),
        ([[1.0], [2.0]], {"dtype": np.float16}, "dtype must be float32 or float64, not float16"),
    ],
)
def test_no_data_set_is_refused(rows: Any, options: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        DataSet(rows, **options)


@pytest.mark.parametrize("rows", [np.array([[1j]]), np.array([["a"]]), np.array([[None]], object)])
def test_rows_that_are_no_numbers_are_refused(rows: Any) -> None:
    with pytest.raises(TypeError, match="rows must hold real numbers"):
        DataSet(rows)


@pytest.mark.parametrize("statistic", ["mean", "second_moment", "largest_norm", "normalised", "entropy"])
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("dtype", ["<f4", ">f8"])
def test_an_entry_that_is_not_finite_is_named(statistic: str, bad: float, dtype: str) -> None:
    rows = np.ones((9000, 3), dtype)
    rows[8500, 1] = bad
    with pytest.raises(ValueError, match=rf"row 8500, column 1 is {bad}"):
        getattr(DataSet(rows), statistic)()


def test_numbers_too_large_to_square_are_refused() -> None:
    with pytest.raises(ValueError, match="so large that"):
        DataSet([[1e200], [0.0]]).second_moment()


@pytest.mark.parametrize(
    ("rows", "centre", "message"),
    [
        ([[1.0, 2.0]], True, "only one row"),
        (np.full((7000, 3), 0.1), True, "all rows are equal"),
        (np.full((5, 3), 7, np.uint8), True, "all rows are equal"),
        (np.full((7, 1), 1e15) + 0.1, True, "all rows are equal"),
        (np.zeros((4, 2)), True, "all rows are equal"),
        (np.zeros((4, 2)), False, "at the origin"),
    ],
)
def test_data_with_nothing_to_scale_cannot_be_normalised(rows: Any, centre: bool, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        DataSet(rows).normalised(centre=centre)


def test_a_single_row_is_data_where_it_is_not_centred() -> None:
    data = DataSet([[3.0, 4.0]]).normalised(centre=False)
    np.testing.assert_allclose(data.block(0, 1), np.sqrt(2) * np.array([[0.6, 0.8]]), rtol=4 * EPS)
    assert data.entropy() == 0
    assert data.num_distinct == 1


@pytest.mark.parametrize(("start", "stop"), [(-1, 2), (2, 1), (0, 4)])
def test_blocks_beyond_the_rows_are_refused(start: int, stop: int) -> None:
    with pytest.raises(IndexError, match="not within 0 to 3"):
        DataSet(np.ones((3, 1))).block(start, stop)


def test_a_measure_and_its_data_set_are_the_same() -> None:
    measure = DiscreteMeasure([[1.0, 2.0], [3.0, 5.0]], [0.25, 0.75])
    data = DataSet.of(measure)
    assert DataSet.of(data) is data
    np.testing.assert_array_equal(data.measure().atoms, measure.atoms)
    np.testing.assert_array_equal(data.measure().weights, measure.weights)
    np.testing.assert_array_equal(DataSet.of([[1.0]], [1.0]).weights, [1.0])
    for carrier in (measure, data):
        with pytest.raises(ValueError, match="its own weights"):
            DataSet.of(carrier, [0.5, 0.5])


def test_other_precision_keeps_what_was_streamed() -> None:
    data = DataSet(np.arange(12.0).reshape(4, 3), description="twelve numbers").normalised()
    single = data.astype(np.float32)
    assert single.block(0, 4).dtype == np.float32
    np.testing.assert_allclose(single.block(0, 4), data.block(0, 4), rtol=1e-6)
    assert data.dtype == np.float64
    assert single.description == "twelve numbers"
    assert repr(single) == "DataSet(twelve numbers; n = 4, d = 3, float32)"
