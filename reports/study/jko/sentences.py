"""What a JKO study says in words: plain sentences that the page and the summary share."""

from collections.abc import Sequence

from ...markdown import count
from ...numbers import format_measured, format_number
from ..estimates import with_error
from .stored import StoredGrid, StoredJko

SHOWN_COMBINATIONS = 3
SHOWN_TERMS = 4
"""Of combinations that are not identified, and of the terms of one, only so many are written out."""

NEGLIGIBLE = 0.05
"""Terms of a combination smaller than this share of the largest are left out."""

ILL_CONDITIONED = 6.7e7
"""Beyond this condition number, the root of that of doubles, half of the digits are lost."""

METHODS = {
    "trapezoid": "snapshots of a flow (trapezoid)",
    "jko": "exact JKO steps",
    "explicit": "Euler steps without noise (explicit)",
    "euler-maruyama": "Euler steps with noise (euler-maruyama)",
}
"""What each estimator takes snapshots for."""

FLOORS = {
    "noise": "two predictions with different noise",
    "sampling": "two samples of the same snapshot",
}
"""What the true energies would come to on average."""


def describe_particles(study: StoredJko) -> str:
    """Say how many particles there are, how far apart in time, and whether they were followed."""
    spacings = [later - earlier for earlier, later in zip(study.times, study.times[1:], strict=False)]
    low, high = min(spacings), max(spacings)
    even = high - low <= 1e-9 * high
    apart = format_number(low, 4) if even else f"{format_number(low, 4)} to {format_number(high, 4)}"
    rows = "the same particles at each time" if study.followed else "particles drawn anew at each time"
    return (
        f"d = {study.d}, {count(len(spacings), 'interval')} of {apart}; fitted to {_range(study.fitted)} particles of "
        f"each snapshot, {_range(study.held_out)} are held out; rows are {rows}"
    )


def describe_model(study: StoredJko) -> str:
    """Say what was sought, and what snapshots were taken for."""
    chosen = study.chosen
    parts = []
    if chosen.degree:
        short = " without products of coordinates" if chosen.separable else ""
        parts.append(f"polynomials of degree {chosen.degree}{short}")
    if chosen.centres:
        parts.append(count(chosen.centres, "Gaussian"))
    sought = "V and U" if chosen.interaction else "V"
    noise = "and beta" if chosen.diffusion else "without diffusion"
    method = METHODS.get(chosen.estimator, chosen.estimator)
    unknowns = count(len(study.coefficients), "coefficient")
    return f"{sought} of {' and '.join(parts)}, {noise}: {unknowns}; taken for {method}"


def judge_predictions(study: StoredJko, plus_minus: str) -> str:
    """Say how predictions of held-out particles compare with no movement and with the floor."""
    mean = study.mean
    predicted, floor = with_error(mean.predicted, plus_minus), with_error(mean.floor, plus_minus)
    unmoved = format_measured(mean.unmoved, mean.predicted.error or None)
    numbers = f"W1 is {predicted} on average, {unmoved} without any movement"
    least = f"the floor, {FLOORS[study.floor_kind]}, is {floor}"
    if study.outcome == "at the floor":
        return f"held-out particles are predicted as well as can be told: {numbers}; {least}"
    if study.outcome == "better than no movement":
        return f"held-out particles are predicted better than by no movement, not as well as can be: {numbers}; {least}"
    if study.outcome == "no better than no movement":
        return f"held-out particles are predicted NO BETTER than by no movement: {numbers}; {least}"
    return (
        f"too little moves to tell how good the predictions are, for no movement comes to the floor itself: {numbers}; "
        f"{least}; take more particles, or snapshots farther apart"
    )


def describe_diffusivity(study: StoredJko, plus_minus: str) -> str:
    """Say what beta is, with its standard error and its error by source."""
    beta = study.diffusivity
    if beta is None:
        return "beta was taken to be 0"
    known = (
        f"beta = {with_error(beta, plus_minus)}, standard error {format_number(study.diffusivity_standard_error, 2)}"
    )
    names = {"sampling": "sampling", "density_score": "score of the density"}
    parts = ", ".join(f"{names.get(name, name)} {format_number(part or 0.0, 2)}" for name, part in beta.parts.items())
    unclear = "; not told from 0" if beta.error is not None and abs(beta.value) <= beta.error else ""
    return f"{known} (error: {parts}){unclear}"


def describe_grid(name: str, grid: StoredGrid) -> str:
    """Say over what range an energy varies where there are particles, and how well it is known there."""
    shown = _where_covered(grid)
    if not shown:
        return f"{name} has no place with particles near"
    values, errors = zip(*shown, strict=True)
    low, high, worst = min(values), max(values), max(errors)
    if _is_unknown(grid):
        return (
            f"WARNING: {name} is NOT known: its standard error is up to {format_number(worst, 2)} where particles are, "
            f"more than {name} varies there ({format_number(high - low, 2)})"
        )
    return (
        f"{name} runs from {format_measured(low, worst)} to {format_measured(high, worst)} where particles are, its "
        f"standard error is at most {format_number(worst, 2)}"
    )


def _where_covered(grid: StoredGrid) -> list[tuple[float, float]]:
    """Return values and standard errors where there are particles."""
    numbers = zip(grid.values, grid.errors, grid.covered, strict=True)
    return [(value, error) for value, error, covered in numbers if covered]


def _is_unknown(grid: StoredGrid) -> bool:
    """Tell whether the standard error is as large as the whole range of an energy."""
    shown = _where_covered(grid)
    values = [value for value, _ in shown]
    return bool(shown) and max(error for _, error in shown) >= max(values) - min(values)


def describe_identification(study: StoredJko) -> str:
    """Say what the snapshots leave open: combinations that they say nothing about, and how well the rest is told."""
    condition = f"condition number {format_number(study.condition_number, 3)}"
    if study.condition_number > ILL_CONDITIONED:
        condition += ": the features are so nearly dependent that half of the digits are lost; take fewer"
    if not study.null_space and study.interaction and _is_unknown(study.potential) and _is_unknown(study.interaction):
        return (
            "WARNING: V and U are hardly told apart: what they do together is known better than either of them; "
            f"{condition}"
        )
    if not study.null_space:
        return f"all coefficients are identified; {condition}"
    number = len(study.null_space)
    involved = _involved(study)
    apart = ""
    if {"V", "U"} <= involved:
        apart = ": V and U are not told apart"
    if "beta" in involved:
        apart += (" and beta is not identified" if apart else ": beta is not identified") + " by itself"
    shown = "; ".join(_combination(study, row) for row in study.null_space[:SHOWN_COMBINATIONS])
    more = f"; and {number - SHOWN_COMBINATIONS} more" if number > SHOWN_COMBINATIONS else ""
    return (
        f"WARNING: the snapshots say nothing of {count(number, 'combination')} of coefficients{apart}. Any amount of "
        f"{shown}{more} fits as well; the fit shown is the shortest. On the others, {condition}"
    )


def _involved(study: StoredJko) -> set[str]:
    """Return which of V, U and beta appear in a combination that is not identified."""
    largest = max(abs(entry) for row in study.null_space for entry in row)
    return {
        one.label.partition(":")[0]
        for row in study.null_space
        for entry, one in zip(row, study.coefficients, strict=True)
        if abs(entry) > NEGLIGIBLE * largest
    }


def _combination(study: StoredJko, row: Sequence[float]) -> str:
    """Write a combination out, as multiples of its largest term: `[V: x1^2] - 0.5 [U: x1^2]`."""
    order = sorted(range(len(row)), key=lambda index: -abs(row[index]))
    largest = row[order[0]]
    kept = [index for index in order if abs(row[index]) > NEGLIGIBLE * abs(largest)]
    text = f"[{study.coefficients[order[0]].label}]"
    for index in kept[1:SHOWN_TERMS]:
        ratio = row[index] / largest
        factor = "" if format_number(abs(ratio), 2) == "1" else f"{format_number(abs(ratio), 2)} "
        text += f" {'-' if ratio < 0 else '+'} {factor}[{study.coefficients[index].label}]"
    return text + (" + ..." if len(kept) > SHOWN_TERMS else "")


def _range(sizes: Sequence[int]) -> str:
    low, high = min(sizes), max(sizes)
    return f"{low}" if low == high else f"{low} to {high}"
