"""Data on the line: how fast the reverse map tends to the Brenier map, and with which constant."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import final

import numpy as np
from scipy.stats import norm
from sympy import Expr, Rational

from ...numerics.estimate import Estimate
from ...numerics.measures import DiscreteMeasure
from ...numerics.monge_ampere import map_gap
from ...theory.monge_ampere import one_dimension as theory
from ...theory.monge_ampere.notation import mean, variance
from ...theory.verdict import Verdict
from ..builders import Check, convergence_rate, identity, inequality
from ..claim import Claim, Quantifier, Reading, Source, false
from ..comparison import Comparison, compare_equal
from ..evidence import Scope
from ..trial import Effort, Run

WANG = Source("wang2024", "abstract: converges exponentially, for data on the line", Reading.RESTATED)
PERCENTS = Rational(102, 100)

LAWS = {
    "six atoms": (((-1.5,), (-1.0,), (-0.2,), (0.5,), (1.4,), (2.0,)), (0.1, 0.2, 0.2, 0.2, 0.2, 0.1)),
    "six atoms, one of them heavy": (
        ((-1.5,), (-1.0,), (0.0,), (0.5,), (1.5,), (2.5,)),
        (0.1, 0.5, 0.1, 0.1, 0.1, 0.1),
    ),
}
"""Atoms and weights; as many atoms as other checks on the line have, so that nothing recompiles."""

TOLERANCE = 1e-10
"""Error in mass to which the flow's jumps are looked for."""

FIRST = {False: 2.5, True: 3.0}
"""The first horizon, of data as they are and of centred ones."""

SPAN = {False: 5.0, True: 2.5}
"""From the first horizon to the last: in either case the gap falls by more than two decades."""

POINTS = {Effort.QUICK: 6, Effort.STANDARD: 10, Effort.DEEP: 24}


@final
@dataclass(frozen=True, slots=True)
class LineGap:
    """What is claimed: the tail map to second order, and rates and limits of the squared gap, per jump.

    `leading` belongs to e^(rate T), and `leading_centred` to e^(rate_centred T) for data of mean 0.
    """

    tail: Expr
    rate: Rational
    leading: Expr
    rate_centred: Rational
    leading_centred: Expr


def _gap() -> LineGap:
    """Return the leading gap on the line."""
    return LineGap(
        tail=theory.leading_tail(),
        rate=Rational(1),
        leading=theory.leading_gap_squared(),
        rate_centred=Rational(2),
        leading_centred=theory.leading_gap_squared(centred=True),
    )


def _residuals(claimed: LineGap) -> dict[str, Expr]:
    """Return what the claim leaves over of the conserved mass, and of the leading mass between a jump and its image."""
    return {
        **{f"tail, {name}": value for name, value in theory.leading_tail_residuals(claimed.tail).items()},
        **theory.leading_gap_residuals(claimed.leading),
        **{
            f"centred, {name}": value
            for name, value in theory.leading_gap_residuals(claimed.leading_centred, centred=True).items()
        },
    }


@cache
def _squared_gap(law: str, horizon: float, centred: bool) -> Estimate:
    """Compute E|Phi_T - Phi_oo|^2, Phi_oo being the Brenier map; once for all formulas."""
    return map_gap(DiscreteMeasure(*LAWS[law]), horizon=horizon, centred=centred, tolerance=TOLERANCE).l2_squared


def _horizons(effort: Effort, centred: bool) -> Sequence[float]:
    return [FIRST[centred] + SPAN[centred] * k / (POINTS[effort] - 1) for k in range(POINTS[effort])]


def _series(centred: bool) -> Callable[[Run], tuple[Sequence[float], Sequence[float], Sequence[float]]]:
    """Return the squared gaps of the first law with their errors, by horizon."""

    def gaps(run: Run) -> tuple[Sequence[float], Sequence[float], Sequence[float]]:
        horizons = _horizons(run.effort, centred)
        found = [_squared_gap(next(iter(LAWS)), horizon, centred) for horizon in horizons]
        return horizons, [gap.value for gap in found], [gap.error for gap in found]

    return gaps


def _limit(claimed: LineGap, law: str, centred: bool) -> float:
    """Evaluate the claimed limit for a law: the sum over its jumps."""
    atoms, weights = np.array(LAWS[law][0])[:, 0], np.array(LAWS[law][1])
    first = float(weights @ atoms)
    values = {mean: 0.0 if centred else first, variance: float(weights @ (atoms - first) ** 2)}
    leading = claimed.leading_centred if centred else claimed.leading
    places = norm.ppf(np.cumsum(weights)[:-1])
    return sum(
        float(leading.subs({**values, theory.jump: step, theory.quantile: place}))
        for step, place in zip(np.diff(atoms), places, strict=True)
    )


def _compare_limit(claimed: LineGap, case: tuple[str, bool], run: Run) -> Comparison:
    """Compare the claimed limit with the scaled gap at the last horizons, extrapolated.

    What the scaled gap is off by falls like the relative order of the next term, at least e^-T; its last change, over a
    unit of T and more, is then more than what is left.
    """
    law, centred = case
    rate = float(claimed.rate_centred if centred else claimed.rate)
    last = FIRST[centred] + SPAN[centred]
    scaled = [_squared_gap(law, horizon, centred) * math.exp(rate * horizon) for horizon in (last - 1, last)]
    change = abs(scaled[1].value - scaled[0].value)
    return compare_equal(scaled[1].value, _limit(claimed, law, centred), change + scaled[0].error + scaled[1].error)


def _rate(centred: bool) -> Check:
    """Build the check of a rate."""
    return convergence_rate(
        _series(centred),
        lambda claimed: float(claimed.rate_centred if centred else claimed.rate),
        method="fit of log E|Phi_T - Phi_oo|^2 against T, two decades; the flow by Diffrax, six atoms",
        model="exponential",
        name="rate, centred" if centred else "rate",
    )


prior_map_1d_gap = Claim(
    id="monge-ampere.prior-map-1d-gap",
    title="On the line the flow's map converges exponentially to the Brenier map, with known constants",
    statement=r"""
Let $`d = 1`$ and $`\mu`$ have finitely many atoms, mean $`m`$, variance $`c`$, jumps $`D_k = y_{k+1} - y_k`$ and
Gaussian quantiles $`q_k`$ of its cumulative weights, $`\phi`$ the density of $`z \sim N(0, 1)`$. As $`T \to \infty`$,

```math
e^{T}\, \mathbb{E}|\Phi_T(z) - \Phi_\infty(z)|^2 \to |m| \sum_k D_k^2\, \phi(q_k) , \qquad
e^{2T}\, \mathbb{E}|\Phi_T(z) - \Phi_\infty(z)|^2 \to \frac{|1 - c|}{2} \sum_k D_k^2\, |q_k|\, \phi(q_k)
\quad\text{if } m = 0 ,
```

since the tail map is $`\Psi_T(x) = x - m \tau + (1 - c)\, x \tau^2/2 + O(\tau^3)`$ with $`\tau \sim e^{-T}`$, and the
two maps differ by $`D_k`$ between $`q_k`$ and its image. The maps are discontinuous, so their $`L^2`$ distance decays
at half of these rates: $`e^{-T/2}`$, or $`e^{-T}`$ for centred data. The expansion is decided; that the mass between a
quantile and its image is $`\phi(q_k)`$ times their distance to leading order is the fundamental theorem of calculus.
""",
    source=WANG,
    formula=_gap,
    controls={
        "limits off by two per cent": false(
            lambda: replace(
                _gap(),
                leading=PERCENTS * theory.leading_gap_squared(),
                leading_centred=PERCENTS * theory.leading_gap_squared(centred=True),
            ),
            near=True,
        ),
        "rates 0.95 and 1.9": false(
            lambda: replace(_gap(), rate=Rational(95, 100), rate_centred=Rational(19, 10)), near=True
        ),
        "rates 1.05 and 2.1": false(
            lambda: replace(_gap(), rate=Rational(105, 100), rate_centred=Rational(21, 10)), near=True
        ),
        "tail without the variance": false(lambda: replace(_gap(), tail=theory.leading_tail().subs(variance, 0))),
        "tail moved by the mean the other way": false(
            lambda: replace(_gap(), tail=theory.leading_tail().subs(mean, -mean)), near=True
        ),
    },
    checks=(
        identity(_residuals, name="leading terms", scope=Scope.INSTANCE),
        _rate(False),
        _rate(True),
        inequality(
            _compare_limit,
            lambda run: {
                f"{law}, {'centred' if centred else 'as they are'}": (law, centred)
                for law in LAWS
                for centred in (False, True)
            },
            method="the flow by Diffrax against the monotone map, at the two last horizons",
            name="limits",
        ),
    ),
    expected=Verdict.SUPPORTED,
    quantifier=Quantifier.ASYMPTOTIC,
    dimension="d = 1",
    uses=("monge-ampere.prior-map-1d",),
    instance=lambda: "atoms 0 and 2 with equal weights, m = 1: e^T times the squared gap tends to 4 phi(0) = 1.596",
)

CLAIMS = (prior_map_1d_gap,)
