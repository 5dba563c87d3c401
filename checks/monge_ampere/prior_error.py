"""How far the law at the horizon is from the prior: a contraction, attained by a shifted normal law."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import flint
from sympy import Expr, Rational, exp

from ...numerics.line_transport import solve_normal_transport_cost
from ...numerics.measures import DiscreteMeasure
from ...numerics.monge_ampere import prior_error
from ...theory.deciding.balls import enclose_over
from ...theory.monge_ampere import coupling as theory
from ...theory.monge_ampere.notation import horizon
from ...theory.verdict import Json, Strength, Verdict
from ..builders import derivation, property
from ..claim import Claim, Reading, Source, false
from ..comparison import Comparison, compare_at_most
from ..trial import Run
from .data_sets import decode_measure, discrete_measures, encode_measure
from .gaussian_laws import GaussianLaw, build_gaussian, decode_gaussian, encode_gaussian, gaussian_laws

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

NEARLY = Rational(101, 100)
ATTACKED = (Rational(1, 2), Rational(1), Rational(4))
"""Horizons at which the claimed factor is compared with that of a shifted normal law."""

PRECISION = 200


@final
@dataclass(frozen=True, slots=True, eq=False)
class LineLaw:
    """Weighted atoms on the line, and a horizon."""

    measure: DiscreteMeasure
    horizon: float


def _attack_shift(claimed: Expr) -> Iterator[Comparison]:
    """Compare e^-T, by which the distance of N(m, I) falls exactly, with the claimed factor."""
    for time in ATTACKED:
        with flint.ctx.workprec(PRECISION):
            excess = enclose_over((exp(-horizon) - claimed).subs(horizon, time), {}, precision=PRECISION).real
            middle, radius = float(excess.mid()), float(excess.rad())
        yield Comparison(
            deviation=middle,
            # The middle is rounded to a double.
            error=radius + 2.3e-16 * abs(middle),
            scale=math.exp(-float(time)),
            observed=f"e^-T - factor = {excess.str(20)}",
            required="at most 0",
            equality=False,
            strength=Strength.CERTIFIED,
            point={"data": "N(m, I), any m other than 0", "T": str(time)},
        )


def _factor(claimed: Expr, time: float) -> float:
    return float(claimed.subs(horizon, time))


def _line_contraction(claimed: Expr, law: LineLaw, run: Run) -> Comparison:
    """Compare the distance at the horizon with the claimed multiple of the first one, both by quantiles."""
    cost = solve_normal_transport_cost(law.measure.atoms[:, 0], law.measure.weights)
    found, factor = prior_error(law.measure, law.horizon), _factor(claimed, law.horizon)
    # No atoms are at distance 0 of a law with a density.
    before = math.sqrt(cost.value)
    error = found.error + factor * cost.error / before
    return compare_at_most(found.value, factor * before, error, point={"T": repr(law.horizon), "data": "see example"})


def _gaussian_contraction(claimed: Expr, law: GaussianLaw, run: Run) -> Comparison:
    """Compare the distance of a Gaussian law at the horizon with the claimed multiple of the first one."""
    before = math.sqrt(float((law.mean**2).sum() + ((law.eigenvalues**0.5 - 1) ** 2).sum()))
    found, factor = prior_error(law.mixture(), law.time), _factor(claimed, law.time)
    # The covariance is a product of three matrices with entries of the size of its eigenvalues.
    rounding = 1e-14 * (float(law.eigenvalues.max()) + before)
    return compare_at_most(
        found.value, factor * before, found.error + rounding, point={"T": repr(law.time), "data": "see example"}
    )


def _line_laws() -> "SearchStrategy[LineLaw]":
    from hypothesis import strategies as st

    return st.builds(LineLaw, discrete_measures(1), st.integers(1, 32).map(lambda step: step / 8))


def _encode(law: LineLaw) -> Json:
    return {**encode_measure(law.measure), "horizon": law.horizon}


def _decode(value: Json) -> LineLaw:
    return LineLaw(decode_measure(value), float(value["horizon"]))


prior_error_decay = Claim(
    id="monge-ampere.prior-error-decay",
    title="The law at the horizon tends to the prior at least like e^-T",
    statement=r"""
For every $`d`$, every law $`\mu`$ with finite second moment and every $`T > 0`$, the law $`p_T`$ at time $`T`$ of the
Ornstein-Uhlenbeck process that starts from $`\mu`$ has

```math
W_2(p_T, N(0, I)) \le e^{-T}\, W_2(\mu, N(0, I)) ,
```

by the coupling with the same noise. $`N(m, I)`$ attains it. It bounds what starting at the prior in place of $`p_T`$
does to the law that the flow ends in; that the flow's map is optimal does not follow.
""",
    source=Source("wang2024", "title: the mismatch of the prior distribution", Reading.RESTATED),
    formula=theory.contraction,
    controls={
        "factor smaller by one per cent": false(lambda: exp(-horizon) / NEARLY, near=True),
        "rate 1.01": false(lambda: exp(-NEARLY * horizon), near=True),
        "rate 2": false(lambda: exp(-2 * horizon)),
    },
    checks=(
        derivation(
            lambda _: theory.derive_prior_error(),
            theory.prior_error_statement,
            attack=_attack_shift,
            name="coupling",
        ),
        property(
            _line_laws,
            _line_contraction,
            encode=_encode,
            decode=_decode,
            method="Hypothesis over atoms on the line and horizons; monotone maps by quantiles",
            name="atoms on the line",
            first=(LineLaw(DiscreteMeasure([[9.0], [11.0]]), 2.0),),
        ),
        property(
            gaussian_laws,
            _gaussian_contraction,
            encode=encode_gaussian,
            decode=decode_gaussian,
            method="Hypothesis over Gaussian laws in d = 1 to 5; the distance of Gaussian laws in closed form",
            name="Gaussian laws",
            first=(build_gaussian([1.0, -2.0], [1.0, 1.0], 1.5, 1),),
        ),
    ),
    expected=Verdict.PROVED,
    instance=lambda: "N(1, 1) in d = 1: the distance is 1 at first and e^-T at time T",
)

CLAIMS = (prior_error_decay,)
