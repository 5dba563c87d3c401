"""A number shows what its error warrants: no digit more, none less."""

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from lemmata.reports.numbers import format_measured, format_number, format_point, format_value, is_bulky


@pytest.mark.parametrize(
    ("value", "error", "shown"),
    [
        (1.0, 0.004, "1.0000"),
        (1.2146018, 0.003, "1.2146"),
        (123456.789, 45.0, "123457"),
        (1.234e-7, 2e-9, "1.234e-7"),
        (3.14159e12, 2e8, "3.14159e12"),
        (0.0, 1e-5, "0"),
        (0.5, None, "0.5"),
        (1 / 3, None, "0.333333"),
        (1 / 3, 0.0, "0.333333333333333"),
        (5, 0.1, "5"),
    ],
)
def test_digits_follow_the_error(value: float, error: float | None, shown: str) -> None:
    assert format_measured(value, error) == shown


@given(st.floats(-1e12, 1e12), st.floats(1e-12, 1e6))
def test_rounding_stays_within_a_tenth_of_the_error(value: float, error: float) -> None:
    assume(abs(value) < error * 1e14)
    assert abs(float(format_measured(value, error)) - value) <= error / 10 + 2 * math.ulp(value)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_an_exponent_is_short_and_reads_back(value: float) -> None:
    text = format_number(value, 17)
    assert float(text) == value
    assert "e+" not in text
    assert "e0" not in text


def test_values_of_every_type_have_a_line() -> None:
    assert format_value(None, None, "c") == "–"
    assert format_value(True, None, "c") == "yes"
    assert format_value("a_b", None, "c") == r"a\_b"
    assert format_value({"x": 1.25, "x error": 0.011, "y": [1, 2]}, None, "c") == "x = 1.250, y = 1, 2"
    assert format_point({}) == "–"
    assert format_point({"s": "3/7", "d": "2"}) == "`s = 3/7, d = 2`"


def test_values_with_structure_are_bulky() -> None:
    assert not is_bulky({"x": 1.0, "y": 2.0})
    assert is_bulky({"x": [1, 2]})
    assert is_bulky([1, 2, 3, 4])
    assert not is_bulky("text that is long enough to have more than three letters")
