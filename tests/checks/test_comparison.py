"""A comparison is violated past its error, and its resolution is the change that would have been seen."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lemmata.checks.comparison import Comparison, compare_at_most, compare_equal, weigh
from lemmata.checks.evidence import Kind
from lemmata.checks.trial import Run
from lemmata.theory.verdict import Strength, Verdict


def test_equality_is_violated_past_its_error_only() -> None:
    assert not compare_equal(1.0, 1.05, 0.05 + 1e-12).violated
    assert compare_equal(1.0, 1.05, 0.049).violated


def test_inequality_is_one_sided() -> None:
    assert not compare_at_most(0.2, 1.0, 0.0).violated
    assert compare_at_most(1.0, 0.2, 0.1).violated


@given(
    claimed=st.floats(0.1, 10.0),
    error=st.floats(1e-6, 1e-2),
    offset=st.floats(-1.0, 1.0),
    sign=st.sampled_from([-1, 1]),
)
def test_a_change_beyond_the_resolution_is_seen(claimed: float, error: float, offset: float, sign: int) -> None:
    computed = claimed + offset * error
    resolution = compare_equal(computed, claimed, error).resolution
    changed = claimed * (1 + sign * 1.001 * resolution)
    assert compare_equal(computed, changed, error).violated


def test_the_worst_comparison_becomes_the_witness() -> None:
    run = Run(seed=7)
    evidence = weigh(
        [compare_equal(1.0, 1.0, 0.1, point={"at": "a"}), compare_equal(1.0, 3.0, 0.1, point={"at": "b"})],
        run,
        check="both",
        kind=Kind.NUMERIC,
        method="test",
    )
    assert evidence.verdict is Verdict.REFUTED
    assert evidence.witness is not None
    assert evidence.witness.point == {"at": "b"}
    assert evidence.witness.strength is Strength.STATISTICAL
    assert evidence.witness.alpha == run.false_alarm


def test_every_comparison_is_shown_to_who_observes_the_run() -> None:
    seen: list[Comparison] = []
    compared = [compare_equal(1.0, 1.1, 0.2), compare_at_most(0.2, 1.0, 0.0)]
    weigh(compared, Run(observe=seen.append), check="c", kind=Kind.NUMERIC, method="m")
    assert seen == compared


def test_nothing_compared_is_an_error() -> None:
    with pytest.raises(ValueError, match="nothing was compared"):
        weigh([], Run(), check="empty", kind=Kind.NUMERIC, method="test")


@pytest.mark.parametrize(("deviation", "error", "scale"), [(float("nan"), 0.1, 1.0), (0.1, -1.0, 1.0), (0.1, 0.1, 0.0)])
def test_meaningless_comparisons_are_refused(deviation: float, error: float, scale: float) -> None:
    with pytest.raises(ValueError, match="not a comparison"):
        Comparison(deviation=deviation, error=error, scale=scale, observed="", required="")
