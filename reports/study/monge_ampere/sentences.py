"""What a Monge-Ampere study says in words: plain sentences that the page and the summary share."""

from collections.abc import Sequence

from ...numbers import format_measured, format_number
from ..estimates import StoredEstimate, with_error
from .stored import StoredMongeAmpere

COMPARISONS = {
    "raw": "from N(0, I)",
    "centred": "from N(0, I), data centred",
    "forward": "from p_T",
}
"""What is compared with what at a finite horizon, in plain text."""

SHOWN_COORDINATES = 3
"""Of a point with more coordinates only so many are shown."""


def percent(estimate: StoredEstimate, plus_minus: str) -> str:
    """Return a share of 1 in per cent, with its error."""
    error = estimate.error
    if error is None:
        return f"{format_number(100 * estimate.value, 3)} %, error not bounded"
    if error == 0:
        return f"{format_number(100 * estimate.value)} %"
    value, spread = (format_measured(100 * number, 100 * error) for number in (estimate.value, error))
    return f"{value} {plus_minus} {spread} %"


def describe_atoms(study: StoredMongeAmpere) -> str:
    """Say how many atoms there are, of what dimension, and what they span."""
    spans = {1: "a line", 2: "a plane"}.get(study.rank, f"{study.rank} dimensions")
    return f"n = {study.n}, d = {study.d}; the atoms span {spans}"


def judge_flow(study: StoredMongeAmpere, plus_minus: str) -> str:
    """Say whether the flow's map from N(0, I) is the optimal one, and how that is known."""
    mass = percent(study.gap.mismatch, plus_minus)
    if study.outcome == "optimal":
        return "the flow's map is optimal: the atoms lie on a line, where it always is"
    if study.outcome == "refuted":
        return (
            f"the flow's map is NOT optimal: it sends two points the wrong way round, which is proved; {mass} of the "
            "mass goes to another atom than it should"
        )
    if study.outcome == "different":
        return f"the flow's map differs from the optimal one: {mass} of the mass goes to another atom than it should"
    return f"no difference from the optimal map was found: the mass that goes to another atom is {mass}"


def judge_horizons(study: StoredMongeAmpere, plus_minus: str) -> str:
    """Say what becomes of the gap as the horizon grows: it tends to the one at infinity, which is 0 or not."""
    name, values = ("centred", study.by_horizon["centred"])
    horizon, gap = max(values, key=lambda value: value[0])
    last = f"at T = {format_number(horizon, 3)} ({COMPARISONS[name]}) it is {percent(gap.mismatch, plus_minus)}"
    if study.outcome in ("refuted", "different"):
        return f"a longer horizon T does not help: the mismatch tends to the one at infinity; {last}"
    return f"the mismatch tends to that at infinity as the horizon T grows; {last}"


def describe_witness(study: StoredMongeAmpere) -> str:
    """Say which points are sent the wrong way round; atoms are counted from 1."""
    witness = study.witness
    if witness is None:
        return "no two points of the picture are sent the wrong way round"
    first, second = (_show_point(point) for point in witness.points)
    i, j = (atom + 1 for atom in witness.atoms)
    how = "proved in ball arithmetic" if witness.certified else "in floating-point numbers"
    product = format_number(witness.product, 3)
    return (
        f"the flow sends x_1 = {first} to y_{i} and x_2 = {second} to y_{j}, the wrong way round: "
        f"<x_1 - x_2, y_{i} - y_{j}> = {product}, {how}"
    )


def _show_point(point: Sequence[float]) -> str:
    shown = [format_number(number, 4) for number in point[:SHOWN_COORDINATES]]
    return f"({', '.join([*shown, *(['...'] if len(point) > SHOWN_COORDINATES else [])])})"


def gap_rows(study: StoredMongeAmpere, plus_minus: str) -> dict[str, str]:
    """Return the three numbers of the gap at infinite horizon, and the cost that they compare with, by name."""
    return {
        "mass sent elsewhere": with_error(study.gap.mismatch, plus_minus),
        "mean squared distance": with_error(study.gap.l2_squared, plus_minus),
        "excess of cost": with_error(study.gap.cost_excess, plus_minus),
        "optimal cost": with_error(study.cost, plus_minus),
    }
