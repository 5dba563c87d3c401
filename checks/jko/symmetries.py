"""What a fit must not depend on, and what it must follow: batches, order, origin and unit of time."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, final

import numpy as np
import sympy as sp
from sympy import Expr, Integer, Rational

from ...numerics.jko import BatchedCoupler, EnergyFit
from ...numerics.measures import DiscreteMeasure
from ...theory.jko.notation import tau
from ...theory.verdict import Json, Verdict
from ..builders import Check, property
from ..claim import Claim, Reading, Source, false
from ..comparison import Comparison
from ..trial import Effort, Run
from .known_snapshots import ConditionReading, Vector
from .quadratic_snapshots import ROUNDING, DrawnEnergy, decode_energy, drawn_energies, encode_energy

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

batches = sp.Symbol("B", positive=True)
"""The number of batches that couplings are computed in."""

EXAMPLES: Final = {Effort.QUICK: 6, Effort.STANDARD: 40, Effort.DEEP: 400}


@final
@dataclass(frozen=True, slots=True)
class Symmetries:
    """What is claimed of a fit, relative to the one without the change.

    Coefficients are multiplied by `by_batches` in the number of batches, by `by_order` where particles are reordered
    and by `by_spacing` in tau, the factor of all spacings; particles moved by a have energies moved by `by_origin` a.
    """

    by_batches: Expr
    by_order: Expr
    by_origin: Expr
    by_spacing: Expr


def _symmetries() -> Symmetries:
    return Symmetries(Integer(1), Integer(1), Integer(1), 1 / tau)


@final
@dataclass(frozen=True, slots=True)
class Change:
    """An energy, and the size of the change: a number of batches, a shift or a factor of time; `seed` draws orders."""

    energy: DrawnEnergy
    size: float
    seed: int


def _changes(low: float, high: float, whole: bool = False) -> "Callable[[], SearchStrategy[Change]]":
    def draw() -> "SearchStrategy[Change]":
        from hypothesis import strategies as st

        sizes = st.integers(int(low), int(high)).map(float) if whole else st.floats(low, high)
        return st.builds(Change, drawn_energies(), sizes, st.integers(0, 2**31 - 1))

    return draw


def _encode(change: Change) -> Json:
    return {"energy": encode_energy(change.energy), "size": change.size, "seed": change.seed}


def _decode(value: Json) -> Change:
    return Change(decode_energy(value["energy"]), value["size"], value["seed"])


def _compare(found: EnergyFit, base: EnergyFit, follow: Callable[[Vector], Vector], looser: float = 1.0) -> Comparison:
    """Compare fitted coefficients with those that `follow` from the fit before, outside both null spaces."""
    expected = follow(base.coefficients)
    unknown = np.concatenate([found.null_space, *(follow(vector)[None] for vector in base.null_space)])
    apart = found.coefficients - expected
    apart -= unknown.T @ np.linalg.lstsq(unknown.T, apart)[0]
    size = float(np.linalg.norm(expected))
    condition = max(found.condition_number, base.condition_number)
    return Comparison(
        deviation=float(np.linalg.norm(apart)),
        error=looser * ROUNDING * condition * (1 + size),
        scale=size,
        observed=f"coefficients {np.array2string(found.coefficients, precision=10)}",
        required=np.array2string(expected, precision=10),
    )


def _compare_batches(claimed: Symmetries, change: Change, run: Run) -> Comparison:
    """Couple in batches: steps are affine, so that each batch's optimal coupling is the whole one's."""
    known = change.energy.snapshots()
    largest = len(known.measures[0].weights)
    base = known.fit(ConditionReading())
    size = -(-largest // int(change.size))
    found = replace(known, coupler=BatchedCoupler(size, change.seed)).fit(ConditionReading())
    factor = float(claimed.by_batches.subs(batches, -(-largest // size)))
    return _compare(found, base, lambda vector: factor * vector)


def _compare_order(claimed: Symmetries, change: Change, run: Run) -> Comparison:
    """Put the particles of every snapshot into an order of its own."""
    known, rng = change.energy.snapshots(), np.random.default_rng(change.seed)
    orders = [rng.permutation(len(measure.weights)) for measure in known.measures]
    found = replace(
        known,
        measures=[DiscreteMeasure(m.atoms[order]) for m, order in zip(known.measures, orders, strict=True)],
        scores=[score[order] for score, order in zip(known.scores, orders, strict=True)],
    ).fit(ConditionReading())
    base = known.fit(ConditionReading())
    return _compare(found, base, lambda vector: float(claimed.by_order) * vector)


def _compare_origin(claimed: Symmetries, change: Change, run: Run) -> Comparison:
    """Move all particles: the linear coefficients of V follow from those before, all others stay."""
    known = change.energy.snapshots()
    shift = np.full(change.energy.dimension, change.size)
    found = replace(known, measures=[DiscreteMeasure(m.atoms + shift) for m in known.measures]).fit(ConditionReading())
    base = known.fit(ConditionReading())
    moved = float(claimed.by_origin) * shift
    # About an origin far from the particles, linear and quadratic features nearly agree.
    looser = (1 + float(np.linalg.norm(shift))) ** 2
    return _compare(found, base, lambda vector: _moved_coefficients(vector, moved), looser)


def _moved_coefficients(coefficients: Vector, shift: Vector) -> Vector:
    """Return the coefficients of V(x - shift), which change in the linear part alone."""
    d = len(shift)
    curvature = np.zeros((d, d))
    curvature[np.triu_indices(d)] = coefficients[d : d + d * (d + 1) // 2]
    found = coefficients.copy()
    found[:d] -= (curvature + curvature.T) @ shift
    return found


def _compare_spacing(claimed: Symmetries, change: Change, run: Run) -> Comparison:
    """Measure time in another unit."""
    known = change.energy.snapshots()
    base = known.fit(ConditionReading())
    found = known.fit(ConditionReading(spacing=change.size))
    factor = float(claimed.by_spacing.subs(tau, change.size))
    return _compare(found, base, lambda vector: factor * vector)


def _check(
    name: str, draw: "Callable[[], SearchStrategy[Change]]", compare: Callable[[Symmetries, Change, Run], Comparison]
) -> Check:
    return property(
        draw,
        compare,
        encode=_encode,
        decode=_decode,
        method="two fits to exact steps of drawn quadratic energies, d <= 4",
        name=name,
        examples=EXAMPLES,
        shrink=False,
    )


def _with(**changes: Expr) -> Callable[[], Symmetries]:
    return lambda: replace(_symmetries(), **changes)


fit_symmetries = Claim(
    id="jko.fit-symmetries",
    title="A fit feels neither batches nor the order of particles, moves with the origin and scales with time",
    statement=r"""
Let energies be fitted to exact JKO snapshots by least squares in the first-order condition, with features that span a
space invariant under translations. Up to the null space of the problem, the fitted coefficients

- are the same for every number $`B`$ of batches that couplings are computed in, if the optimal map is affine: each
  batch is then coupled as in the whole;
- are the same whatever the order of the particles in each snapshot;
- are those of $`V(x - a)`$, of the same $`U`$ and the same $`\beta`$ where all particles are moved by $`a`$;
- are divided by $`c`$, all of them, where all spacings are multiplied by $`c`$.

Normal equations whose right side is a sum over batches of means, and whose left side is one mean, scale with $`B`$.
""",
    source=Source("lemmata", "this catalogue", Reading.NEW),
    formula=_symmetries,
    controls={
        "scales with the number of batches": false(_with(by_batches=batches)),
        "batches count by their hundredth power": false(_with(by_batches=batches ** Rational(1, 100)), near=True),
        "order counts by one part in a million": false(_with(by_order=1 + Rational(1, 10**6)), near=True),
        "energies stay where they are": false(_with(by_origin=Integer(0))),
        "energies move one per cent too far": false(_with(by_origin=Rational(101, 100)), near=True),
        "coefficients in units of the spacing": false(_with(by_spacing=Integer(1))),
        "power 1.01 of the spacing": false(_with(by_spacing=tau ** Rational(-101, 100)), near=True),
    },
    checks=(
        _check("batches", _changes(2, 4, whole=True), _compare_batches),
        _check("order", _changes(1, 1), _compare_order),
        _check("origin", _changes(1, 4), _compare_origin),
        _check("unit of time", _changes(1.5, 10), _compare_spacing),
    ),
    expected=Verdict.SUPPORTED,
    dimension="d <= 4",
    uses=("jko.recovery",),
    instance=lambda: "d = 1, V = x^2/2 + x, beta = 1, N(0, 4) with tau = 1, 12 particles in 2 batches",
)

CLAIMS = (fit_symmetries,)
