"""Whether a map of the flow is monotone at exact pairs of points, whose images are enclosed in ball arithmetic.

The gradient of a convex function is monotone, `<x_1 - x_2, y_1 - y_2> >= 0`, and so is every optimal map: a pair that
is not, each point in an open set on which the map is continuous, refutes both (`monge-ampere.exchange`). The claimed
reading says so for families of laws; it may also claim more, `>= margin |y_1 - y_2|^2`, which close pairs refute.

Certificates are replayed by another method: `lemmata replay` follows the flow from each point again.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cache
from typing import Any, Final, Protocol, final

from ...theory.monge_ampere import enclose_flow_label, enclose_flow_point, late_ball
from ...theory.verdict import Certificate, Strength, Verdict
from ..builders import Check
from ..comparison import Comparison, weigh
from ..evidence import Evidence, Kind, Scope, make_table
from ..trial import Run
from .exact_laws import EVERY, ExactLaw, Family, Point, laws_of

LATE: Final = Fraction(1, 2**40)
"""tau_0 of all late horizons, and the radius of the ball of points x that is looked at."""


@final
@dataclass(frozen=True, slots=True)
class MonotoneReading:
    """What is claimed: for laws of these families the map is the gradient of a convex function.

    At pairs of points `<x_1 - x_2, y_1 - y_2> >= margin |y_1 - y_2|^2`, with `margin` = 0; the mass that the map sends
    elsewhere than the optimal one tends to `limit` = 0.
    """

    families: frozenset[Family] = field(default=EVERY)
    margin: Fraction = field(default=Fraction(0))
    limit: Fraction = field(default=Fraction(0))


@final
@dataclass(frozen=True, slots=True)
class Image:
    """A box around the image of a point, of this half width in each coordinate, with its certificate."""

    centre: Point
    half_width: Fraction
    certificate: Certificate


class AbstractReading(Protocol):
    """What every reading of this kind says: of which laws, and how much more than monotone the map is."""

    @property
    def families(self) -> frozenset[Family]:
        """The families of laws."""
        ...

    @property
    def margin(self) -> Fraction:
        """The claimed margin."""
        ...


Locate = Callable[[ExactLaw, Point], Image]
"""From a law and a point x to the image of x."""


@cache
def label_late(law: ExactLaw, place: Point) -> Image:
    """Return the atom that the flow carries all points near x to, from every horizon with tau_T <= `LATE`."""
    radius = late_ball(law.atoms, place, LATE, LATE)
    found = enclose_flow_label(law.atoms, law.weights, place, LATE, radius)
    return Image(law.atoms[found.label], Fraction(0), found.certificate)


@cache
def label_from(law: ExactLaw, place: Point, order: int) -> Image:
    """Return the atom that the flow carries x to from T with e^-T = 2n/(n^2 + 1), n = `order`; from infinity for 0.

    These horizons have a rational tau and a rational factor u/x.
    """
    signal = Fraction(2 * order, order**2 - 1) if order else Fraction(0)
    scale = Fraction(order**2 + 1, order**2 - 1) if order else Fraction(1)
    found = enclose_flow_label(law.atoms, law.weights, [scale * x for x in place], signal)
    return Image(law.atoms[found.label], Fraction(0), found.certificate)


@cache
def point_smoothed(law: ExactLaw, place: Point, sharpness: int) -> Image:
    """Return where the flow carries x from infinity to data smoothed by s_0 = 1/`sharpness`."""
    found = enclose_flow_point(law.atoms, law.weights, place, sharpness)
    return Image(tuple(u / sharpness for u in found.centre), found.half_width / sharpness, found.certificate)


def monotone_pairs(
    places: Callable[[ExactLaw, Run], Mapping[str, Locate]],
    *,
    method: str,
    laws: Callable[[frozenset[Family]], Sequence[ExactLaw]] = laws_of,
    scope: Scope = Scope.INSTANCE,
    name: str = "certified pairs",
) -> Check:
    """Build a check that a map is monotone at the pairs of points of each law that the claimed reading covers.

    **Arguments:** `places(law, run)` are maps by name, of which a witness names one, and `laws(families)` the laws
    that a reading covers. `scope` is what a refutation covers: the limit where a map stands for all late horizons.
    """

    def examine(formula: Callable[[], AbstractReading], run: Run) -> Evidence:
        claimed = formula()
        cases = {case.name: case for case in _cases(laws(claimed.families), places, run)}
        if run.at is not None:
            wanted = run.at.data.get("instance")
            if wanted not in cases:
                raise KeyError(f"{name}: no instance {wanted!r} among {sorted(cases)}")
            cases = {wanted: cases[wanted]}
        found = {label: _compare(case, claimed.margin) for label, case in cases.items()}
        evidence = weigh(
            [one.comparison for one in found.values()],
            run,
            check=name,
            kind=Kind.ENCLOSURE,
            method=method,
            tables=[make_table("Pairs of points", COLUMNS, [one.row for one in found.values()], NOTE)],
        )
        if evidence.witness is not None:
            proofs = found[evidence.witness.data["instance"]].proofs
            return replace(evidence, scope=scope, certificate=_together(proofs))
        proofs = {part: proof for one in found.values() for part, proof in one.proofs.items()}
        return replace(evidence, verdict=Verdict.CERTIFIED, certificate=_together(proofs))

    return Check(name, Kind.ENCLOSURE, examine)


@final
@dataclass(frozen=True, slots=True)
class _Case:
    """A pair of points of a law, under a map."""

    name: str
    law: ExactLaw
    where: str
    locate: Locate
    pair: tuple[Point, Point]


@final
@dataclass(frozen=True, slots=True)
class _Outcome:
    """What was found of a pair: the comparison, certificates by name, and a row of the table."""

    comparison: Comparison
    proofs: Mapping[str, Certificate]
    row: tuple[str, ...]


COLUMNS: Final = ("data", "map", "$x_1$", "$x_2$", "$y_1$", "$y_2$", r"$\langle x_1 - x_2, y_1 - y_2 \rangle$")
NOTE: Final = "A negative product is that of a pair which the map sends the wrong way round."


def _cases(
    laws: Sequence[ExactLaw], places: Callable[[ExactLaw, Run], Mapping[str, Locate]], run: Run
) -> Iterator[_Case]:
    first = {law.family: law for law in reversed(laws)}.values()
    for law in run.by_effort(first, laws, laws):
        for where, locate in places(law, run).items():
            for k, pair in enumerate(law.pairs[: run.by_effort(1, None, None)]):
                yield _Case(f"{law.name}, {where}, pair {k + 1}", law, where, locate, pair)


def _compare(case: _Case, margin: Fraction) -> _Outcome:
    """Compare the product of differences with the claimed margin, exactly but for the half widths of the images."""
    places = case.pair
    images = [case.locate(case.law, place) for place in places]
    apart = [a - b for a, b in zip(*places, strict=True)]
    moved = [a - b for a, b in zip(*(image.centre for image in images), strict=True)]
    width = sum(image.half_width for image in images)
    product = sum((a * b for a, b in zip(apart, moved, strict=True)), Fraction(0))
    square = sum((b * b for b in moved), Fraction(0))
    unsure = sum((abs(a) for a in apart), Fraction(0)) * width
    unsure += abs(margin) * sum((2 * abs(b) + width for b in moved), Fraction(0)) * width
    deviation = float(margin * square - product)
    shown = (*(f"({', '.join(map(str, place))})" for place in places), *map(_text, images))
    comparison = Comparison(
        deviation=deviation,
        error=float(unsure) + 2.0**-52 * abs(deviation),
        scale=float(square) or 1.0,
        observed=f"<x_1 - x_2, y_1 - y_2> = {_number(product)} with y_1 = {shown[2]}, y_2 = {shown[3]}",
        required=f"at least {margin} |y_1 - y_2|^2 = {_number(margin * square)}",
        equality=False,
        strength=Strength.CERTIFIED,
        point={"data": case.law.name, "map": case.where, "x_1": shown[0], "x_2": shown[1]},
        data={"instance": case.name},
    )
    proofs = {f"{case.name}, x_{k + 1}": image.certificate for k, image in enumerate(images)}
    return _Outcome(comparison, proofs, (case.law.name, case.where, *shown, _number(product)))


def _number(value: Fraction) -> str:
    """Return an exact number, or its first digits where it is long."""
    return str(value) if len(str(value)) <= 12 else f"{float(value):.9g}"


def _text(image: Image) -> str:
    return f"({', '.join(map(_number, image.centre))})"


def _together(parts: Mapping[str, Any]) -> Certificate:
    return Certificate("all", {"parts": {name: part.to_json() for name, part in parts.items()}})
