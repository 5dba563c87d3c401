"""Two devices agree where numbers differ by no more than the stated errors, and where they say the same."""

from typing import Any

import pytest
from benchmarks.agreement import compare_runs
from benchmarks.legs import LegRun


def leg(
    deviation: float = 0.5,
    *,
    error: float = 1.0,
    control: str | None = None,
    verdict: str = "supported",
    value: Any = None,
    value_error: float | None = 0.1,
    figures: Any = None,
    comparisons: int = 1,
) -> LegRun:
    evidence = {"verdict": verdict, "value": value, "error": value_error, "figures": figures or {}}
    return LegRun(
        claim="toy.claim",
        leg={"check": "check", "control": control, "evidence": evidence, "kills": False, "failure": ""},
        comparisons=((deviation, error, 2.0),) * comparisons,
        cpu_seconds=1.0,
        seconds=1.0,
    )


def worst(one: LegRun, other: LegRun) -> tuple[str, float]:
    found = compare_runs([one], [other]).worst
    assert found is not None
    return found.what, found.units


def test_a_run_agrees_with_itself() -> None:
    found = compare_runs([leg(), leg(control="false")], [leg(control="false"), leg()])
    assert found.agrees
    assert (found.legs, found.numbers) == (2, 2)
    assert found.worst is not None
    assert found.worst.units == 0


@pytest.mark.parametrize(("other", "agrees"), [(1.4, True), (2.4, True), (2.6, False)])
def test_deviations_may_differ_by_both_errors(other: float, agrees: bool) -> None:
    found = compare_runs([leg(0.5)], [leg(other)])
    assert found.agrees is agrees
    assert found.worst is not None
    assert found.worst.units == pytest.approx((other - 0.5) / 2)


def test_numbers_without_an_error_may_differ_by_rounding_alone() -> None:
    assert compare_runs([leg(0.5, error=0.0)], [leg(0.5 + 1e-15, error=0.0)]).agrees
    assert not compare_runs([leg(0.5, error=0.0)], [leg(0.5 + 1e-12, error=0.0)]).agrees


def test_reported_values_are_compared() -> None:
    what, units = worst(leg(value=1.0), leg(value=1.5))
    assert what == "value"
    assert units == pytest.approx(2.5)
    first, second = ({"a": a, "a error": 0.5, "n": 7} for a in (1.0, 4.0))
    what, units = worst(leg(value=first), leg(value=second))
    assert what == "a"
    assert units == pytest.approx(3.0)


def test_curves_with_bounds_are_compared_at_their_worst_point() -> None:
    def figure(mean: list[float]) -> dict[str, Any]:
        return {"f": {"mean": mean, "lower": [m - 0.1 for m in mean], "upper": [m + 0.2 for m in mean]}}

    what, units = worst(leg(figures=figure([0.0, 1.0])), leg(figures=figure([0.0, 1.8])))
    assert what == "figure f"
    assert units == pytest.approx(2.0)


def test_another_verdict_is_a_contradiction() -> None:
    found = compare_runs([leg()], [leg(verdict="refuted")])
    assert not found.agrees
    assert found.contradictions == ["toy.claim / check: supported; refuted"]


def test_a_leg_of_one_run_alone_is_missing() -> None:
    found = compare_runs([leg(), leg(control="false")], [leg()])
    assert not found.agrees
    assert found.missing == ["toy.claim / check on control 'false'"]


def test_legs_that_compared_different_instances_share_a_verdict_alone() -> None:
    found = compare_runs([leg(comparisons=2)], [leg(9.0, comparisons=3)])
    assert found.agrees
    assert found.apart == ["toy.claim / check"]
    assert found.numbers == 0


def test_an_inflated_error_is_seen() -> None:
    found = compare_runs([leg(value_error=0.1)], [leg(value_error=10.0)])
    assert found.error_ratio == pytest.approx(100)
    assert found.to_json()["largest_ratio_of_stated_errors"] == found.error_ratio
