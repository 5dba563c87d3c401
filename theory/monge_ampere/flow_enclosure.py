"""Which atom the probability flow carries a point to, enclosed in ball arithmetic, with a certificate.

In the regular coordinates the flow of weighted atoms is `du/dtau = m(u, tau) = sum_i r_i y_i` with r_i proportional to
`w_i exp(tau <u, y_i> - tau^2 |y_i|^2/2)`. Two rigorous methods follow it over a finite stretch of tau:

*Defect and Gronwall* finds. A piecewise Taylor polynomial U is compared with the field: the Jacobian of m is tau times
a XX

*Moore's interval Taylor method* replays: a box that the solution cannot leave within the step, by Picard's operator,
bounds the remainder of the Taylor series that starts from the present box.

Both end with the *trapping lemma*. Let `g_j = <u, y_i - y_j> - tau (|y_i|^2 - |y_j|^2)/2`, so that
`r_j/r_i = (w_j/w_i) exp(-tau g_j)` and `dg_j/dtau = |y_i - y_j|^2/2 + sum_k r_k <y_k - y_i, y_i - y_j>`. If at
tau_0 > 0 all g_j are at least g > 0 and, for every j,
`sum_k (w_k/w_i) exp(-tau_0 g) max(0, <y_i - y_k, y_i - y_j>) < |y_i - y_j|^2/2`, then no g_j can be the first to fall
back to g, all of them grow for ever, at last linearly, and the atom y_i wins.

References: [moore1966] for the interval Taylor method.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from fractions import Fraction
from functools import reduce
from typing import Any, TypeAlias, final

import flint

from ..replay import ReplayError, ReplayReport, register_replayer
from ..verdict import Certificate, Json

KIND = "flow label"

PRECISION = 192
"""Bits: the errors grow by the exponential of tau^2 D^2/8, up to 10^15 or so; the rest is margin."""

ORDER = 20
"""Terms of the Taylor polynomials of the finding method."""

STEP = Fraction(1, 16)
"""Step in tau of the finding method, in units of about the reciprocal of the atoms' diameter."""

REPLAY_ORDER, REPLAY_STEP = 16, Fraction(1, 24)
"""The replaying method's terms and step: other ones than those of the finding method."""

LARGEST_SIGNAL = 24
"""The flow is followed over this much of tau at most, in reciprocals of the least distance of two atoms."""

Ball: TypeAlias = flint.arb
Vector: TypeAlias = list[Ball]


class EnclosureTooWideError(ArithmeticError):
    """No atom could be told to win: the point lies too near the boundary of two basins."""


@final
@dataclass(frozen=True, slots=True)
class FlowLabel:
    """The atom, by index, that the flow carries a point to, with the certificate that says so."""

    label: int
    certificate: Certificate


@final
@dataclass(frozen=True, slots=True)
class FlowProblem:
    """Atoms y_i and weights w_i > 0 that sum to 1, and where the flow starts: u at tau >= 0. All numbers are exact.

    With a positive `radius` it starts anywhere within this distance of u.
    """

    atoms: tuple[tuple[Fraction, ...], ...]
    weights: tuple[Fraction, ...]
    start: tuple[Fraction, ...]
    signal: Fraction
    radius: Fraction = Fraction(0)

    def __post_init__(self) -> None:
        if len(self.atoms) < 2 or len({len(atom) for atom in (*self.atoms, self.start)}) != 1 or not self.start:
            raise ValueError("want two atoms or more, and a start, in one dimension")
        if len(set(self.atoms)) != len(self.atoms):
            raise ValueError("two atoms are equal: merge them")
        if len(self.weights) != len(self.atoms) or min(self.weights) <= 0 or sum(self.weights) != 1:
            raise ValueError("want one positive weight for each atom, with sum 1")
        if self.signal < 0 or self.radius < 0:
            raise ValueError(f"neither tau nor a radius may be negative: {self.signal}, {self.radius}")

    @property
    def squared_diameter(self) -> Fraction:
        """The largest squared distance of two atoms."""
        return max(_squared_distance(a, b) for a in self.atoms for b in self.atoms)

    def to_json(self) -> dict[str, Json]:
        """Return the problem with its numbers as text."""
        return {
            "atoms": [[str(x) for x in atom] for atom in self.atoms],
            "weights": [str(w) for w in self.weights],
            "start": [str(x) for x in self.start],
            "signal": str(self.signal),
            "radius": str(self.radius),
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Json]) -> "FlowProblem":
        """Read a problem back from `to_json`."""
        return cls(
            atoms=tuple(tuple(map(Fraction, atom)) for atom in value["atoms"]),
            weights=tuple(map(Fraction, value["weights"])),
            start=tuple(map(Fraction, value["start"])),
            signal=Fraction(value["signal"]),
            radius=Fraction(value["radius"]),
        )


def enclose_flow_label(
    atoms: Sequence[Sequence[Fraction | int]],
    weights: Sequence[Fraction],
    start: Sequence[Fraction | int],
    signal: Fraction | int = 0,
    radius: Fraction | int = 0,
) -> FlowLabel:
    """Find the atom that the flow carries a point, or all points of a ball, to, and prove it.

    **Arguments:** `atoms` (n, d) and `weights` (n,) are exact and centred or not; `start` (d,) is the point in the
    coordinate u at tau = `signal`; tau = 0 is the prior at infinite horizon, where u is the point itself. All points
    within `radius` of it go to the same atom.

    **Raises:** `ValueError` for a malformed problem; `EnclosureTooWideError` for a point too near a boundary.
    """
    problem = FlowProblem(
        tuple(tuple(map(Fraction, atom)) for atom in atoms),
        tuple(map(Fraction, weights)),
        tuple(map(Fraction, start)),
        Fraction(signal),
        Fraction(radius),
    )
    label = _find_winner(problem, follow_by_defect)
    return FlowLabel(label, Certificate(KIND, problem.to_json() | {"label": label}))


@register_replayer(KIND)
def replay_flow_label(payload: Mapping[str, Json]) -> ReplayReport:
    """Follow the flow again by Moore's method, and compare the atom.

    **Raises:** `ReplayError` where another atom wins, or the payload is not one.
    """
    if set(payload) != {field.name for field in fields(FlowProblem)} | {"label"} or type(payload["label"]) is not int:
        raise ReplayError("not the certificate of a flow label")
    try:
        problem = FlowProblem.from_json(payload)
        if problem.to_json() | {"label": payload["label"]} != dict(payload):
            raise ReplayError("a number is not written in lowest terms")
        label = _find_winner(problem, follow_by_moore)
    except (TypeError, ValueError, ZeroDivisionError, EnclosureTooWideError) as error:
        raise ReplayError(f"not the certificate of a flow label: {error}") from error
    if label != payload["label"]:
        raise ReplayError(f"Moore's method ends at atom {label}, the certificate says {payload['label']}")
    start = ", ".join(payload["start"])
    around = f" and from within {problem.radius} of it" if problem.radius else ""
    return ReplayReport(
        KIND, f"the flow from u = ({start}) at tau = {problem.signal}{around}", f"ends at atom {label}", ()
    )


Method: TypeAlias = Callable[[FlowProblem, Fraction], Iterator[tuple[Fraction, Vector]]]
"""`method(problem, scale)`: boxes that hold the solution at growing tau, in steps measured in units of `scale`."""


def scale_of_time(problem: FlowProblem) -> Fraction:
    """Return a power of two near the reciprocal of the diameter, the scale of tau."""
    scale = Fraction(1)
    while scale * scale * problem.squared_diameter > 1:
        scale /= 2
    while 4 * scale * scale * problem.squared_diameter <= 1:
        scale *= 2
    return scale


def _find_winner(problem: FlowProblem, method: Method) -> int:
    """Follow the flow until an atom has trapped it, and return its index."""
    scale = scale_of_time(problem)
    nearest = min(_squared_distance(a, b) for a in problem.atoms for b in problem.atoms if a != b)
    last = float(problem.signal) + LARGEST_SIGNAL / math.sqrt(nearest)
    with ball_arithmetic():
        for tau, box in method(problem, scale):
            if tau > last or not all(x.rad() * _ball(scale) < 1 for x in box):
                break
            label = _trapping_atom(problem, box, tau)
            if label is not None:
                return label
    raise EnclosureTooWideError(f"no atom is certain to win from u = ({', '.join(map(str, problem.start))})")


@contextmanager
def ball_arithmetic() -> Iterator[None]:
    """Give balls enough bits, and power series enough terms: flint cuts every result at its context's cap."""
    before = flint.ctx.cap
    flint.ctx.cap = max(ORDER, REPLAY_ORDER) + 1
    try:
        with flint.ctx.workprec(PRECISION):
            yield
    finally:
        flint.ctx.cap = before


def _trapping_atom(problem: FlowProblem, u: Vector, tau: Fraction) -> int | None:
    """Return the atom for which the trapping lemma holds at (u, tau), if there is one."""
    leading = _leading_atom(problem, u, _ball(tau))
    others = [j for j in range(len(problem.atoms)) if j != leading]
    least = reduce(flint.arb.min, (_advantage(problem, u, _ball(tau), leading, j) for j in others))
    if not least > 0:
        return None
    y, w = problem.atoms, problem.weights
    share = (-_ball(tau) * least).exp()
    for j in others:
        away = [a - b for a, b in zip(y[leading], y[j], strict=True)]
        pull = sum(
            (w[k] / w[leading] * max(Fraction(0), _inner([a - b for a, b in zip(y[leading], y[k], strict=True)], away)))
            for k in others
        )
        if not _ball(Fraction(pull)) * share < _ball(_squared_distance(y[leading], y[j]) / 2):
            return None
    return leading


def _leading_atom(problem: FlowProblem, u: Sequence[Ball], tau: Ball) -> int:
    """Return the atom with the largest advantage over the others at the centre of a box; any choice is sound."""
    gains = [_advantage(problem, u, tau, i, 0).mid() for i in range(len(problem.atoms))]
    return max(range(len(gains)), key=lambda i: float(gains[i]))


def _advantage(problem: FlowProblem, u: Sequence[Ball], tau: Ball, i: int, j: int) -> Ball:
    """Return g_j of the atom i: <u, y_i - y_j> - tau (|y_i|^2 - |y_j|^2)/2."""
    first, second = problem.atoms[i], problem.atoms[j]
    linear = sum((_ball(a - b) * x for a, b, x in zip(first, second, u, strict=True)), _ball(Fraction(0)))
    return linear - tau * _ball((_inner(first, first) - _inner(second, second)) / 2)


def _field_series(problem: FlowProblem, u: Sequence[Any], tau: Any) -> list[Any]:
    """Return the Taylor series of m(u, tau) along series of u and tau.

    The weights are taken relative to the atom that leads: what is uncertain is then multiplied by what is small.
    """
    leading = _leading_atom(problem, [x[0] for x in u], tau[0])
    reference = problem.atoms[leading]
    total = flint.arb_series([1], prec=tau.prec)
    sums = [flint.arb_series([0], prec=tau.prec) for _ in reference]
    for k, (atom, weight) in enumerate(zip(problem.atoms, problem.weights, strict=True)):
        if k == leading:
            continue
        away = [a - b for a, b in zip(atom, reference, strict=True)]
        rate = tau * _ball((_inner(reference, reference) - _inner(atom, atom)) / 2)
        for x, difference in zip(u, away, strict=True):
            rate = rate + x * _ball(difference)
        share = (tau * rate).exp() * _ball(weight / problem.weights[leading])
        total = total + share
        sums = [old + share * _ball(difference) for old, difference in zip(sums, away, strict=True)]
    if not total[0] > 0:
        raise EnclosureTooWideError("a box has grown too wide for the weights of the atoms")
    return [component / total + _ball(a) for component, a in zip(sums, reference, strict=True)]


def _solution_series(problem: FlowProblem, u: Vector, tau: Ball, length: int) -> list[Any]:
    """Return the Taylor coefficients, `length` of them, of the solution through (u, tau), by Picard iteration."""
    series = [flint.arb_series([x], prec=1) for x in u]
    for terms in range(1, length):
        rates = _field_series(problem, series, flint.arb_series([tau, 1], prec=terms))
        series = [
            flint.arb_series([x, *(c / n for n, c in enumerate(_coefficients(rate, terms), 1))], prec=terms + 1)
            for x, rate in zip(u, rates, strict=True)
        ]
    return series


def follow_by_defect(problem: FlowProblem, scale: Fraction) -> Iterator[tuple[Fraction, Vector]]:
    """Follow a polynomial from exact centres, and bound its Euclidean distance to the solution."""
    h, tau = STEP * scale, problem.signal
    centres = [_ball(x).mid() for x in problem.start]
    rounded = _norm([_ball(x) - centre for x, centre in zip(problem.start, centres, strict=True)])
    radius = (rounded + _ball(problem.radius)).upper()
    step = _ball(h)
    while True:
        polynomials = [
            [c.mid() for c in _coefficients(series, ORDER)]
            for series in _solution_series(problem, centres, _ball(tau), ORDER)
        ]
        # Taylor's theorem for the defect: its terms at the start, and the last one over the whole step.
        at_start = _defect(problem, polynomials, _ball(Fraction(0)), tau)
        throughout = _defect(problem, polynomials, _interval(h), tau)
        defect = _norm(
            [
                sum((abs(low[n]) * step**n for n in range(ORDER - 1)), abs(high[-1]) * step ** (ORDER - 1))
                for low, high in zip(at_start, throughout, strict=True)
            ]
        )
        area, error = _ball(h * tau + h * h / 2), radius + defect * step
        widest = error * (area * _ball(problem.squared_diameter / 4)).exp()
        tube = [_evaluate(p, _interval(h)) + flint.arb(0, 1) * widest for p in polynomials]
        error *= (area * _spread(problem, tube, _ball(tau) + _interval(h))).exp()
        ends = [_evaluate(p, step) for p in polynomials]
        centres = [end.mid() for end in ends]
        moved = _norm([end - centre for end, centre in zip(ends, centres, strict=True)])
        radius = (error.min(widest) + moved).upper()
        tau += h
        yield tau, [centre + flint.arb(0, 1) * radius for centre in centres]


def _spread(problem: FlowProblem, box: Vector, tau: Ball) -> Ball:
    """Return an upper bound of the posterior's mean squared distance to one atom, over a box."""
    leading = _leading_atom(problem, box, tau)
    total = _ball(Fraction(0))
    for k, atom in enumerate(problem.atoms):
        if k != leading:
            share = (-tau * _advantage(problem, box, tau, leading, k)).exp() * _ball(
                problem.weights[k] / problem.weights[leading]
            )
            total += share.min(flint.arb(1)) * _ball(_squared_distance(atom, problem.atoms[leading]))
    return total.upper()


def _defect(problem: FlowProblem, polynomials: Sequence[Vector], offset: Ball, tau: Fraction) -> list[Vector]:
    """Return the Taylor coefficients about tau + `offset` of U' - m(U, tau)."""
    shifted = [_shift(p, offset) for p in polynomials]
    series = [flint.arb_series(p, prec=ORDER) for p in shifted]
    rates = [flint.arb_series([n * c for n, c in enumerate(p)][1:], prec=ORDER) for p in shifted]
    field = _field_series(problem, series, flint.arb_series([_ball(tau) + offset, 1], prec=ORDER))
    return [_coefficients(rate - value, ORDER) for rate, value in zip(rates, field, strict=True)]


def follow_by_moore(problem: FlowProblem, scale: Fraction) -> Iterator[tuple[Fraction, Vector]]:
    """Follow a box: Taylor coefficients of all its points at once, and a remainder over an a-priori box."""
    h, tau = REPLAY_STEP * scale, problem.signal
    # m is a mean of the atoms, so that within a step no solution leaves the box by more than h times their hull.
    hull = [_ball(min(column)).union(_ball(max(column))) for column in zip(*problem.atoms, strict=True)]
    around = flint.arb(0, 1) * _ball(problem.radius)
    box, step, span = [_ball(x) + around for x in problem.start], _ball(h), _interval(h)
    while True:
        around = [x + span * values for x, values in zip(box, hull, strict=True)]
        inner = _solution_series(problem, box, _ball(tau), REPLAY_ORDER)
        outer = _solution_series(problem, around, _ball(tau) + span, REPLAY_ORDER + 1)
        box = [
            _evaluate(_coefficients(series, REPLAY_ORDER), step)
            + _coefficients(last, REPLAY_ORDER + 1)[-1] * step**REPLAY_ORDER
            for series, last in zip(inner, outer, strict=True)
        ]
        tau += h
        yield tau, box


def _coefficients(series: Any, length: int) -> Vector:
    """Return the first coefficients of a series that knows as many."""
    if series.prec < length:
        raise EnclosureTooWideError(f"a series of {series.prec} terms has no term {length - 1}")
    return [series[n] for n in range(length)]


def _evaluate(coefficients: Sequence[Ball], point: Ball) -> Ball:
    """Evaluate a polynomial by Horner's rule."""
    value = _ball(Fraction(0))
    for coefficient in reversed(coefficients):
        value = value * point + coefficient
    return value


def _shift(coefficients: Sequence[Ball], offset: Ball) -> Vector:
    """Return the coefficients of p(x + offset)."""
    shifted = list(coefficients)
    for first in range(len(shifted) - 1):
        for n in range(len(shifted) - 2, first - 1, -1):
            shifted[n] += offset * shifted[n + 1]
    return shifted


def _norm(vector: Sequence[Ball]) -> Ball:
    """Return an upper bound of the Euclidean norm."""
    # Squares of upper bounds: the square of a ball about 0 reaches below 0, where there is no root.
    return sum((abs(x).upper() ** 2 for x in vector), _ball(Fraction(0))).sqrt().upper()


def _interval(h: Fraction) -> Ball:
    """Return a ball that holds [0, h]."""
    return _ball(Fraction(0)).union(_ball(h))


def _ball(value: Fraction) -> Ball:
    return flint.arb(flint.fmpq(value.numerator, value.denominator))


def _inner(first: Sequence[Fraction], second: Sequence[Fraction]) -> Fraction:
    return sum((a * b for a, b in zip(first, second, strict=True)), Fraction(0))


def _squared_distance(first: Sequence[Fraction], second: Sequence[Fraction]) -> Fraction:
    return sum(((a - b) ** 2 for a, b in zip(first, second, strict=True)), Fraction(0))
