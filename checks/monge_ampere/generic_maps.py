"""The readings of the abstract's sentence that are false in d >= 2: from the prior, and from the law at the horizon.

Both are refuted by one pair of points, whose labels are certified for all late horizons at once; the gap against the
horizon, which tends to a plateau, is the picture.
"""

from collections.abc import Mapping
from fractions import Fraction
from functools import partial

from ...numerics.measures import DiscreteMeasure
from ...theory.verdict import Verdict
from ..claim import Claim, Control, Quantifier, Reading, Source, false, true
from ..evidence import Scope
from ..trial import Run
from .exact_laws import EQUILATERAL, PRODUCT, TRIANGLE, ExactLaw, Family
from .monotone_pairs import Locate, MonotoneReading, label_from, label_late, monotone_pairs
from .plateau import check_plateau

ABSTRACT = Source("wang2024", "abstract", Reading.RESTATED)

LATE_HORIZONS = "every T >= 28, infinity included"
"""e^-28 is below 2^-40."""

ORDERS = {"infinity": 0, "0.51": 3, "1.62": 10, "3.91": 100, "6.21": 1000, "10.82": 100_000}
"""T = log((n^2 + 1)/(2n)) to two decimals, and n."""


def _places(law: ExactLaw, run: Run) -> Mapping[str, Locate]:
    """Return maps from late horizons, and beyond `quick` from single ones: of the counterexample, and deep of all."""
    single = {f"T = {shown}": partial(label_from, order=order) for shown, order in ORDERS.items()}
    shown = run.by_effort({}, single if law.family is Family.GENERIC else {}, single)
    return {LATE_HORIZONS: label_late, **shown}


def _planar(claimed: MonotoneReading) -> dict[str, DiscreteMeasure]:
    """Return laws in the plane whose gap is looked at; on a line it is that of `monge-ampere.prior-map-1d`."""
    shown = (TRIANGLE, EQUILATERAL, PRODUCT)
    return {law.name: law.measure for law in shown if law.family in claimed.families}


def _limit(claimed: MonotoneReading) -> float:
    return float(claimed.limit)


def _only(*families: Family, margin: str = "0", limit: str = "0") -> MonotoneReading:
    return MonotoneReading(frozenset(families), Fraction(margin), Fraction(limit))


CONTROLS: Mapping[str, Control] = {
    "atoms on a line": true(lambda: _only(Family.COLLINEAR), note="the map is the monotone one along the line"),
    "products of laws on the line": true(lambda: _only(Family.PRODUCT), note="each coordinate moves by itself"),
    "equal weights on an orbit of a reflection group": true(
        lambda: _only(Family.ORBIT), note="the equilateral triangle among them"
    ),
    "products: more than monotone, by 1/16": false(lambda: _only(Family.PRODUCT, margin="1/16"), near=True),
    "orbits: a gap that tends to 1/50": false(lambda: _only(Family.ORBIT, limit="1/50"), near=True),
}
"""Cases in which the reading is true, and stronger statements that are false even there."""

METHOD = "labels of balls of points in ball arithmetic, exact products of differences"

prior_map_generic = Claim(
    id="monge-ampere.prior-map-generic",
    title="Started from the prior, the reverse flow converges to the optimal map",
    statement=r"""
Let $`\mu`$ be a discrete law on $`\mathbb{R}^d`$, $`d \ge 2`$. As $`T \to \infty`$ the reverse probability flow
$`\Phi_T`$, started from $`N(0, I)`$ at time $`T`$, converges exponentially in $`L^2(N(0, I))`$ to the Brenier map from
$`N(0, I)`$ to $`\mu`$, the gradient of the solution of the Monge-Ampere equation.

**False.** For three atoms of equal weight at $`(-1, -\frac25)`$, $`(1, -\frac25)`$, $`(0, \frac45)`$ and every
$`T \ge 28`$, infinity included, $`\Phi_T`$ sends a ball about $`(2, \frac32)`$ to $`(1, -\frac25)`$ and one about
$`(0, -\frac25)`$ to $`(0, \frac45)`$, and
$`\langle x_1 - x_2, y_1 - y_2 \rangle = -\frac{7}{25} < 0`$. An optimal map is monotone. So from $`T = 28`$ on
$`\Phi_T`$ differs from every optimal map on a set whose mass has a positive lower bound, and converges to none. What
$`\Phi_T`$ converges to, exponentially, is $`\Phi_\infty`$.
""",
    source=ABSTRACT,
    formula=MonotoneReading,
    controls=CONTROLS,
    checks=(
        monotone_pairs(_places, method=METHOD, scope=Scope.LIMIT),
        check_plateau(_planar, limit=_limit),
    ),
    expected=Verdict.REFUTED,
    quantifier=Quantifier.ASYMPTOTIC,
    dimension="d >= 2",
    uses=("monge-ampere.late-starts", "monge-ampere.exchange", "monge-ampere.brenier"),
    correction="monge-ampere.limit-map",
    instance=lambda: "three atoms of equal weight at (-1, -2/5), (1, -2/5), (0, 4/5) in the plane",
    remark="Beyond `quick` the two points are certified at T = 0.51, 1.62, 3.91, 6.21, 10.82 and infinity as well.",
)

data_map_generic = Claim(
    id="monge-ampere.data-map-generic",
    title="Started from the law at the horizon, the reverse flow converges to the optimal map",
    statement=r"""
Let $`\mu`$ be a discrete law on $`\mathbb{R}^d`$, $`d \ge 2`$, and $`p_T`$ the law at time $`T`$. As $`T \to \infty`$
the distance in $`L^2(p_T)`$ between the reverse probability flow from $`p_T`$ to $`\mu`$ and the optimal map from
$`p_T`$ to $`\mu`$ tends to 0.

**False.** The flow from time $`T`$ is the same map $`\Phi_T`$, and $`p_T`$ has a positive density everywhere, which
tends to that of $`N(0, I)`$: so the two balls of `monge-ampere.prior-map-generic` refute this reading too, for every
$`T \ge 28`$. As a function of $`T`$ the gap starts at 0, since $`T = 0`$ leaves nothing to transport, and *grows* to
the plateau on which the gap of the other reading ends.
""",
    source=ABSTRACT,
    formula=MonotoneReading,
    controls=CONTROLS,
    checks=(
        monotone_pairs(_places, method=METHOD, scope=Scope.LIMIT),
        check_plateau(_planar, source="forward", limit=_limit),
    ),
    expected=Verdict.REFUTED,
    quantifier=Quantifier.ASYMPTOTIC,
    dimension="d >= 2",
    uses=("monge-ampere.late-starts", "monge-ampere.exchange", "monge-ampere.brenier"),
    correction="monge-ampere.limit-map",
    instance=lambda: "three atoms of equal weight at (-1, -2/5), (1, -2/5), (0, 4/5) in the plane, T = 1",
)

CLAIMS = (prior_map_generic, data_map_generic)
