"""Where the probability flow carries a point by a given tau, enclosed in ball arithmetic, with a certificate.

Smoothed data are reached at the finite tau = 1/s_0, where x = s_0 u: so two points of the smoothed map are known, up to
a box, from their starts. The methods are those of `flow_enclosure`: the defect of a Taylor polynomial finds the box,
Moore's interval Taylor method replays it with other steps; the box of the certificate holds both.

    late_ball    every start at a horizon T >= T_0 is in one ball at tau_0 = tau_(T_0), whatever T is

The ball is that of `late_start`, so that what is certified of it holds for all T >= T_0, infinity included, and does
not depend on a limit T -> oo.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from fractions import Fraction
from typing import final

import flint

from ..replay import ReplayError, ReplayReport, register_replayer
from ..verdict import Certificate, Json
from .flow_enclosure import (
    REPLAY_STEP,
    STEP,
    EnclosureTooWideError,
    FlowProblem,
    Method,
    Vector,
    ball_arithmetic,
    follow_by_defect,
    follow_by_moore,
    scale_of_time,
)

KIND = "flow point"

HALF_WIDTH = Fraction(1, 10**9)
"""Of the box that is certified, in each coordinate."""

DIGITS = 12
"""Decimal digits to which the centre of the box is rounded."""


REPLAY_PARTS = (1, 2, 4)
"""Into how many parts a step of the replaying method is cut, one after the other, until its box is narrow enough.

Near a saddle the flow stretches the box, and with it the remainders of all earlier steps.
"""


@final
@dataclass(frozen=True, slots=True)
class FlowPoint:
    """The centre of a box around u at the end, which has `half_width` in each coordinate, with its certificate."""

    centre: tuple[Fraction, ...]
    half_width: Fraction
    certificate: Certificate


def enclose_flow_point(
    atoms: Sequence[Sequence[Fraction | int]],
    weights: Sequence[Fraction],
    start: Sequence[Fraction | int],
    end: Fraction | int,
    *,
    signal: Fraction | int = 0,
) -> FlowPoint:
    """Enclose u at tau = `end`, where the flow starts at `start` at tau = `signal` < end.

    **Arguments:** as for `enclose_flow_label`.

    **Raises:** `ValueError` for a malformed problem; `EnclosureTooWideError` where the flow cannot be followed closely.
    """
    problem = FlowProblem(
        tuple(tuple(map(Fraction, atom)) for atom in atoms),
        tuple(map(Fraction, weights)),
        tuple(map(Fraction, start)),
        Fraction(signal),
    )
    with ball_arithmetic():
        box = _follow_to(problem, Fraction(end), follow_by_defect, STEP)
        centre = tuple(Fraction(round(float(x) * 10**DIGITS), 10**DIGITS) for x in box)
        _require_inside(box, centre)
    payload = problem.to_json() | {"end": str(Fraction(end)), "centre": [str(x) for x in centre]}
    return FlowPoint(centre, HALF_WIDTH, Certificate(KIND, payload | {"half_width": str(HALF_WIDTH)}))


@register_replayer(KIND)
def replay_flow_point(payload: Mapping[str, Json]) -> ReplayReport:
    """Follow the flow again by Moore's method, and compare the box.

    **Raises:** `ReplayError` where it is not inside, or the payload is not one.
    """
    if set(payload) != {field.name for field in fields(FlowProblem)} | {"end", "centre", "half_width"}:
        raise ReplayError("not the certificate of a point of the flow")
    try:
        problem, end = FlowProblem.from_json(payload), Fraction(payload["end"])
        centre = tuple(Fraction(x) for x in payload["centre"])
        if len(centre) != len(problem.start) or Fraction(payload["half_width"]) != HALF_WIDTH:
            raise ReplayError("not a box around a point of the flow")
        with ball_arithmetic():
            _require_inside_as_steps_shrink(problem, end, centre)
    except (TypeError, ValueError, ZeroDivisionError, EnclosureTooWideError) as error:
        raise ReplayError(f"not the certificate of a point of the flow: {error}") from error
    start, place = (", ".join(payload[name]) for name in ("start", "centre"))
    return ReplayReport(
        KIND, f"the flow from u = ({start}) at tau = {problem.signal}", f"is near ({place}) at tau = {end}", ()
    )


def _require_inside_as_steps_shrink(problem: FlowProblem, end: Fraction, centre: Sequence[Fraction]) -> None:
    """Follow the flow by Moore's method with ever shorter steps, until its box is inside that about the centre."""
    for parts in REPLAY_PARTS:
        box = _follow_to(problem, end, follow_by_moore, REPLAY_STEP, parts)
        try:
            _require_inside(box, centre)
        except EnclosureTooWideError:
            if parts == REPLAY_PARTS[-1]:
                raise
        else:
            break


def _follow_to(problem: FlowProblem, end: Fraction, method: Method, step: Fraction, parts: int = 1) -> Vector:
    """Return the box at tau = `end`, reached in equal steps, none longer than the method's own divided by `parts`."""
    span = end - problem.signal
    if span <= 0:
        raise ValueError(f"the end must come after the start, not at {end}")
    count = parts * math.ceil(span / (step * scale_of_time(problem)))
    for tau, box in method(problem, span / (count * step)):
        if tau == end:
            return box
    raise EnclosureTooWideError("a method has no end")


def _require_inside(box: Vector, centre: Sequence[Fraction]) -> None:
    for x, c in zip(box, centre, strict=True):
        if not abs(x - flint.arb(flint.fmpq(c.numerator, c.denominator))) < flint.arb(
            flint.fmpq(HALF_WIDTH.numerator, HALF_WIDTH.denominator)
        ):
            raise EnclosureTooWideError(f"{x.str(20)} is not known to be within {float(HALF_WIDTH)} of {float(c)}")


def late_ball(
    atoms: Sequence[Sequence[Fraction | int]], place: Sequence[Fraction | int], signal: Fraction, nearby: Fraction
) -> Fraction:
    """Return a radius about `place` in which the flow is at tau = `signal`, for every horizon that starts before it.

    It holds for every start x within `nearby` of `place`. Norms are bounded by sums of absolute values.
    """
    longest = max(sum(abs(Fraction(x)) for x in atom) for atom in atoms)
    far = sum(abs(Fraction(x)) for x in place) + nearby
    return nearby + far * signal**2 / 2 + longest * signal
