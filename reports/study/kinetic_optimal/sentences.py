"""What a kinetic-optimal study says in words: plain sentences that the page and the summary share."""

from ...numbers import format_measured, format_number
from .stored import StoredKineticOptimal

PATHS = {
    "kinetic-optimal": "kinetic-optimal",
    "unit-circle": "best on the unit circle",
    "cond-ot": "Cond-OT",
    "vp-cosine": "variance-preserving cosine",
}
"""The paths as they are called in print."""

SOURCES = {
    "interpolation": "interpolation",
    "monte_carlo": "Monte Carlo",
    "tail": "tail",
    "quadrature": "quadrature",
}
"""The sources of error as they are called in print."""


def name_path(key: str) -> str:
    """Return a path's name in print."""
    return PATHS.get(key, key)


def name_source(key: str) -> str:
    """Return the name of a source of error in print."""
    return SOURCES.get(key, key.replace("_", " "))


def percent(share: float, error: float | None = None) -> str:
    """Return a share of 1 in per cent, to the second digit of its error, or to three digits."""
    if error is None:
        return f"{format_number(100 * share, 3)} %"
    return f"{100 * share:.0f} %" if error >= 0.1 else f"{format_measured(100 * share, 100 * error)} %"


def describe_rows(study: StoredKineticOptimal) -> str:
    """Say how many rows there are, of what dimension, and how many of them differ."""
    data = study.data
    differ = "no two rows equal" if data.distinct == data.n else f"{data.distinct} distinct rows"
    return f"n = {data.n}, d = {data.d}, {differ}"


def describe_normalisation(study: StoredKineticOptimal) -> str:
    """Say what was done to the data."""
    data = study.data
    spread, mean = format_number(data.mean_square, 4), format_number(data.squared_mean, 4)
    factor = format_number(data.factor, 4)
    if data.normalisation == "centre":
        return f"centred and multiplied by {factor}: E|X|^2/d was {spread} and |E X|^2/d was {mean}"
    if data.normalisation == "scale":
        return f"not centred, multiplied by {factor}: E|X|^2/d was {spread} and |E X|^2/d was {mean}"
    return f"taken as they are: E|X|^2/d is {format_number(data.mean_square, 7)} and |E X|^2/d is {mean}"


def judge_saving(study: StoredKineticOptimal) -> str:
    """Say what the saving amounts to, and what it could at most."""
    saving = study.saving
    ceiling = f"at this entropy no Gaussian path saves more than {percent(study.saving_ceiling)}"
    if not study.unique:
        return f"these queries do not tell the data from Gaussian data; {ceiling}"
    if saving.error is None or saving.error >= saving.value:
        return f"these queries do not tell it from 0; {ceiling}"
    return ceiling


def judge_check_sum(study: StoredKineticOptimal) -> str:
    """Say whether the estimate passes its checks, and how much that says."""
    check, error = study.check_sum, study.check_sum.estimate.error
    if not study.respected:
        return "the intervals of lambda contradict a proved bound: DO NOT RELY on this estimate"
    if not check.agrees:
        return (
            "check sum and entropy DO NOT AGREE within the error: do not rely on this estimate; more values of s, "
            "more queries or float64 may mend it"
        )
    if error is None or error >= check.expected:
        return "check sum and entropy agree, but the error is as large as they are: take more queries"
    if check.beyond is None:
        share, queries = percent(check.estimate.value / check.expected), -(-study.data.n // 4)
        return f"the check sum is {share} of the entropy; {queries} queries or more would bound what lies beyond"
    return "check sum and entropy agree within the error"
