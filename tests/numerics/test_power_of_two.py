"""The polynomial power of two against NumPy's in extended precision, and at the ends of its range."""

from typing import Any

import jax
import numpy as np
import pytest

from lemmata.numerics.power_of_two import power_of_two, relative_error
from lemmata.numerics.precision import float64


def compute(exponents: Any) -> Any:
    """Return the compiled function's values."""
    with float64():
        return np.asarray(jax.jit(power_of_two)(exponents))


@pytest.mark.parametrize(("dtype", "largest"), [(np.float64, 1000.0), (np.float32, 120.0)])
def test_relative_error_is_as_stated(dtype: Any, largest: float) -> None:
    rng = np.random.default_rng(0)
    exponents = np.concatenate([rng.uniform(-largest, largest, 50_000), rng.uniform(-1, 1, 50_000)]).astype(dtype)
    exact = np.exp2(exponents.astype(np.longdouble))
    error = np.abs(compute(exponents) / exact - 1).max()
    assert error < relative_error(dtype)
    assert error > relative_error(dtype) / 8
    assert relative_error(dtype) < 5 * np.finfo(dtype).eps


@pytest.mark.parametrize(("dtype", "least"), [(np.float64, -1022), (np.float32, -126)])
def test_whole_exponents_are_exact_down_to_the_least_normal_number(dtype: Any, least: int) -> None:
    exponents = np.arange(least, -least).astype(dtype)
    np.testing.assert_array_equal(compute(exponents), np.exp2(exponents))


@pytest.mark.parametrize(("dtype", "least"), [(np.float64, -1022), (np.float32, -126)])
def test_below_the_least_normal_number_nothing_is_left(dtype: Any, least: int) -> None:
    beyond = np.array([-np.inf, 100.0 * least, least - 1], dtype)
    np.testing.assert_array_equal(compute(beyond), 0)
    between = np.linspace(least - 1, least, 101).astype(dtype)
    values = compute(between)
    assert (values >= 0).all()
    assert (values <= np.finfo(dtype).tiny).all()
