"""Estimates keep their errors apart by source, through arithmetic and across processes."""

import math
import pickle
from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lemmata.numerics.estimate import UNATTRIBUTED, Estimate

values = st.floats(-1e6, 1e6)
parts = st.dictionaries(st.sampled_from(["interpolation", "monte_carlo", "tail"]), st.floats(0, 1e3), max_size=3)


@given(a=values, b=values, left=parts, right=parts)
def test_parts_sum_to_the_error_after_every_operation(
    a: float, b: float, left: dict[str, float], right: dict[str, float]
) -> None:
    one, other = Estimate.of_parts(a, left), Estimate.of_parts(b, right)
    for found in (one + other, one - other, one * other, -one, one + 1.0, one * -2.0):
        assert sum(found.parts.values()) == pytest.approx(found.error, rel=1e-9)
    assert (one + other).parts == pytest.approx({key: left.get(key, 0) + right.get(key, 0) for key in {*left, *right}})
    assert (one * -2.0).parts == pytest.approx({key: 2 * part for key, part in left.items()})
    assert (one * other).error == pytest.approx(abs(a) * other.error + abs(b) * one.error + one.error * other.error)


def test_an_error_without_parts_keeps_its_own_place_beside_those_with_parts() -> None:
    split, whole = Estimate.of_parts(1.0, {"tail": 0.25, "monte_carlo": 0.5}), Estimate(2.0, 0.125)
    assert (split + whole).parts == {"tail": 0.25, "monte_carlo": 0.5, UNATTRIBUTED: 0.125}
    assert (whole + whole).parts == {}
    assert (split + 3.0).parts == split.parts


def test_an_unbounded_part_makes_an_unbounded_error() -> None:
    found = Estimate.of_parts(1.0, {"tail": math.inf, "monte_carlo": 0.5}) + Estimate(1.0, 0.1)
    assert found.error == math.inf
    assert found.parts["monte_carlo"] == 0.5


@pytest.mark.parametrize(
    ("given_parts", "message"),
    [({"tail": 0.4}, "do not sum"), ({"tail": 1.5, "rest": -0.5}, "not the parts"), ({"a": math.nan}, "not the parts")],
)
def test_parts_that_do_not_make_up_the_error_are_refused(given_parts: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Estimate(0.0, 1.0, parts=given_parts)


def test_estimates_travel_between_processes_and_into_json() -> None:
    found = Estimate.of_parts(1.0, {"tail": 0.25}, "method", 1e-3)
    assert pickle.loads(pickle.dumps(found)) == found
    assert asdict(found)["parts"] == {"tail": 0.25}
    assert len({found, Estimate.of_parts(1.0, {"tail": 0.25}, "method", 1e-3)}) == 1
