"""Smoothed data: the flow between data and a late law is smooth, and for most data no gradient either.

    certified pairs   points that the map sends the wrong way round, enclosed in ball arithmetic
    asymmetry         the Jacobian's off-diagonal entries in the plane differ, by automatic differentiation

The second is finer: where smoothing is strong the map is monotone, and yet not the gradient of a function.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import partial
from typing import Final, final

import numpy as np
from jaxtyping import Float

from ...numerics.measures import DiscreteMeasure
from ...numerics.monge_ampere import jacobian_asymmetry
from ...theory.verdict import Verdict
from ..builders import Check
from ..claim import Claim, Reading, Source, false, true
from ..comparison import Comparison, weigh
from ..evidence import Evidence, Kind
from ..trial import Run
from .exact_laws import COLLINEAR, EVERY, PRODUCT, TRIANGLE, ExactLaw, Family, laws_of, point
from .monotone_pairs import Locate, monotone_pairs, point_smoothed

SHARPNESS: Final = {Family.GENERIC: 8, Family.COLLINEAR: 2, Family.PRODUCT: 2}
"""1/s_0 of the certified pairs: no more than shows what is to be shown."""

SMOOTHING: Final = {"s_0 = 1/4": 0.25, "s_0 = 1/2": 0.5, "s_0 = 1": 1.0}
"""Smoothings at which Jacobians are looked at, the first at every effort."""

NEAR_BORDERS: Final = replace(TRIANGLE, pairs=((point(0, "-1/2"), point("1/20", "-7/20")),))
"""The counterexample with points whose smoothed images are the wrong way round."""

TURN: Final = np.array([[0.6, -0.8], [0.8, 0.6]])
"""Turns a product out of its axes, where its Jacobian is not diagonal."""

PADDED: Final = 4
"""Atoms of every law whose Jacobian is computed, some of no weight: one compilation serves all."""

POINTS: Final = 6

ROUNDING: Final = 64 * float(np.finfo(np.float64).eps)
"""By so much of the Jacobian its entries are off by rounding along the way, and by that of atoms that are turned."""


@final
@dataclass(frozen=True, slots=True)
class SmoothedReading:
    """What is claimed: for smoothed laws of these families the map is the gradient of a convex function.

    At pairs of points `<x_1 - x_2, y_1 - y_2> >= margin |y_1 - y_2|^2`, with `margin` = 0, and in the plane
    `J_12 = ratio J_21`, with `ratio` = 1.
    """

    families: frozenset[Family] = field(default=EVERY)
    margin: Fraction = field(default=Fraction(0))
    ratio: Fraction = field(default=Fraction(1))


def _places(law: ExactLaw, run: Run) -> Mapping[str, Locate]:
    sharpness = SHARPNESS[law.family]
    return {f"from infinity to data, s_0 = 1/{sharpness}": partial(point_smoothed, sharpness=sharpness)}


def _laws(families: frozenset[Family]) -> Sequence[ExactLaw]:
    """Return the laws of these families; the border of the triangle is seen by other points than without smoothing."""
    return [NEAR_BORDERS if law is TRIANGLE else law for law in laws_of(families & SHARPNESS.keys())]


def _planar(families: frozenset[Family]) -> dict[str, DiscreteMeasure]:
    """Return laws in the plane: the orbit is the equilateral triangle, of which the discrete map is optimal."""
    turned = [2 * np.pi * k / 3 + 0.2 for k in range(3)]
    equilateral = DiscreteMeasure([[np.cos(angle), np.sin(angle)] for angle in turned])
    product = DiscreteMeasure(PRODUCT.measure.atoms @ TURN.T, PRODUCT.measure.weights)
    found = {
        Family.GENERIC: (TRIANGLE.name, TRIANGLE.measure),
        Family.ORBIT: ("equilateral triangle", equilateral),
        Family.COLLINEAR: (COLLINEAR.name, COLLINEAR.measure),
        Family.PRODUCT: ("turned product", product),
    }
    return dict(found[family] for family in Family if family in families)


def _pad(measure: DiscreteMeasure) -> DiscreteMeasure:
    """Return the measure with atoms of no weight up to the common number."""
    atoms, weights = np.zeros((PADDED, measure.dimension)), np.zeros(PADDED)
    atoms[: len(measure.atoms)], weights[: len(measure.weights)] = measure.atoms, measure.weights
    return DiscreteMeasure(atoms, weights)


def _compare(
    law: str, measure: DiscreteMeasure, smoothing: str, claimed: SmoothedReading, points: Float[np.ndarray, "n 2"]
) -> Iterator[Comparison]:
    """Compare J_12 with the claimed multiple of J_21 at some points."""
    found = jacobian_asymmetry(points, _pad(measure), start=np.inf, end=0.0, smoothing=SMOOTHING[smoothing])
    excess = float(claimed.ratio - 1)
    for k, place in enumerate(points):
        below = found.jacobian[k, 1, 0]
        # The asymmetry is known better than the entries that it is the difference of.
        deviation = found.asymmetry[k, 0, 1] - excess * below
        error = found.asymmetry_error[k, 0, 1] + abs(excess) * found.jacobian_error[k, 1, 0]
        error += ROUNDING * np.abs(found.jacobian[k]).max()
        yield Comparison(
            deviation=abs(float(deviation)),
            error=float(error),
            scale=max(abs(float(below)), float(np.finfo(np.float64).tiny)),
            observed=f"J_12 - {claimed.ratio} J_21 = {deviation:.6g} +- {error:.2g}, J_21 = {below:.6g}",
            required="0",
            point={"data": law, "map": smoothing, "x": f"({place[0]:.6g}, {place[1]:.6g})"},
            data={"law": law, "smoothing": smoothing, "x": place.tolist()},
        )


def _check_asymmetry(formula: Callable[[], SmoothedReading], run: Run) -> Evidence:
    """Compare the off-diagonal entries of Jacobians at normal points, for each law that the reading covers."""
    claimed = formula()
    laws = _planar(claimed.families)
    if run.at is not None:
        law, smoothing, place = (run.at.data[name] for name in ("law", "smoothing", "x"))
        found = list(_compare(law, laws[law], smoothing, claimed, np.array([place])))
    else:
        points = 1.2 * run.generator().standard_normal((POINTS, 2))
        several = list(SMOOTHING)[: run.by_effort(1, 2, 3)]
        found = [
            one
            for law, measure in laws.items()
            for smoothing in several
            for one in _compare(law, measure, smoothing, claimed, points)
        ]
    return weigh(
        found,
        run,
        check="asymmetry",
        kind=Kind.NUMERIC,
        method="variational equation beside the flow, twice at tolerances a hundred times apart",
    )


def _only(*families: Family, margin: str = "0", ratio: str = "1") -> SmoothedReading:
    return SmoothedReading(frozenset(families), Fraction(margin), Fraction(ratio))


smoothed_map_generic = Claim(
    id="monge-ampere.smoothed-map-generic",
    title="For smoothed data the flow's map is the gradient of a convex function",
    statement=r"""
Let $`\mu`$ be a discrete law on $`\mathbb{R}^d`$, $`d \ge 2`$, smoothed by $`N(0, s_0^2 I)`$ with $`s_0 > 0`$. For
every $`T`$, infinity included, the reverse probability flow from $`p_T`$ to $`p_0`$ is the gradient of a convex
function.

**False**, for the composition of optimal steps is not optimal. For three atoms of equal weight at
$`(-1, -\frac25)`$, $`(1, -\frac25)`$, $`(0, \frac45)`$, with $`s_0 = \frac18`$ and $`T = \infty`$, the points
$`(0, -\frac12)`$ and $`(\frac1{20}, -\frac7{20})`$ are sent the wrong way round: the product of their differences with
those of their images is negative. For $`s_0 = \frac14`$ the map is monotone, as far as was seen, but its Jacobian is
not symmetric; nor is it for the equilateral triangle of equal weights, whose map without smoothing is optimal.
Products of laws on the line, and data on a line, keep a symmetric Jacobian.
""",
    source=Source("wang2024", "abstract", Reading.RESTATED),
    formula=SmoothedReading,
    controls={
        "atoms on a line": true(lambda: _only(Family.COLLINEAR)),
        "products of laws on the line": true(lambda: _only(Family.PRODUCT)),
        "products: more than monotone, by 1/10": false(lambda: _only(Family.PRODUCT, margin="1/10"), near=True),
        "products: J_12 = 1.001 J_21": false(lambda: _only(Family.PRODUCT, ratio="1001/1000"), near=True),
    },
    checks=(
        monotone_pairs(_places, laws=_laws, method="points in ball arithmetic, exact products of differences"),
        Check("asymmetry", Kind.NUMERIC, _check_asymmetry),
    ),
    expected=Verdict.REFUTED,
    dimension="d >= 2",
    uses=("monge-ampere.regular-flow", "monge-ampere.exchange", "monge-ampere.step-is-optimal"),
    correction="monge-ampere.step-is-optimal",
    instance=lambda: "three atoms of equal weight at (-1, -2/5), (1, -2/5), (0, 4/5), s_0 = 1/8, T infinite",
)

CLAIMS = (smoothed_map_generic,)
