"""Learned precisions help where data are thin, and nowhere else."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import final

import numpy as np

from ...numerics.statistics import median_interval, split_false_alarm
from ...theory.verdict import Verdict
from ..builders import Check
from ..claim import Claim, Reading, Source, false
from ..comparison import compare_at_most, weigh
from ..evidence import Evidence, Kind, make_table
from ..trial import Run
from .memorisation_data import FULL_LAWS, THIN_LAWS, precision_gains

NEW = Source("lemmata", "this catalogue", Reading.NEW)

TRAINING, FRESH = 100, 200
"""Points of one draw that are trained on, and that judge."""


@final
@dataclass(frozen=True, slots=True)
class PrecisionReading:
    """What is claimed of the median gain, in nats: bounds on thin data, and bounds on data of full dimension."""

    thin: tuple[float, float] = (0.1, np.inf)
    full: tuple[float, float] = (-np.inf, 0.0)


def _check_gains() -> Check:
    """Build the check of the median gain on every law, with a table of them."""
    name = "gain on held-out points"

    def examine(formula: Callable[[], PrecisionReading], run: Run) -> Evidence:
        claimed, laws = formula(), (*THIN_LAWS, *FULL_LAWS)
        draws = run.by_effort(48, 96, 960)
        share = split_false_alarm(run.false_alarm, len(laws))
        gains = {
            law: median_interval(precision_gains(law, TRAINING, FRESH, draws, run.seed), share)
            for law in laws
            if run.at is None or run.at.data.get("instance") == law
        }
        compared = []
        for law, gain in gains.items():
            low, high = claimed.thin if law in THIN_LAWS else claimed.full
            where = {"law": law, "seed": str(run.seed)}
            if low > -np.inf:
                compared.append(compare_at_most(low, gain.value, gain.error, point=where, data={"instance": law}))
            if high < np.inf:
                compared.append(compare_at_most(gain.value, high, gain.error, point=where, data={"instance": law}))
        return weigh(
            compared,
            run,
            check=name,
            kind=Kind.STATISTICAL,
            method=f"{draws} draws of {TRAINING} training and {FRESH} held-out points; intervals by order statistics",
            value={law: gain.value for law, gain in gains.items()},
            instance="; ".join(gains),
            tables=[
                make_table(
                    "Median gain of learned precisions over an isotropic kernel",
                    ["data", "dimension to the model", "gain, nats per held-out point"],
                    [[law, "1" if law in THIN_LAWS else "2", [gain.value, gain.error]] for law, gain in gains.items()],
                )
            ],
        )

    return Check(name, Kind.STATISTICAL, examine)


precision_helps_on_manifolds = Claim(
    id="wasserstein-proximal.precision-helps-on-manifolds",
    title="Learned precisions beat an isotropic kernel on held-out points of thin data, and on no others here",
    statement=r"""
Two kernel models of $`N = 100`$ points in the plane, both with the width $`w`$ of their largest leave-one-out
likelihood: $`\frac{1}{N} \sum_i N(x_i, w^2 I)`$, and the same with precisions learned from neighbours,
$`\frac{1}{N} \sum_i N(x_i, C_i + w^2 I)`$, where $`C_i`$ is the mean of $`(x - x_i)(x - x_i)^T`$ over the five nearest
points. Over draws of the data, the median of the gain in mean log-likelihood of held-out points that the learned
precisions bring is

- at least $`1/10`$ nat on two moons and a spiral of thickness $`1/100`$, below the distance of neighbours;
- at most 0 on the same curves of thickness $`1/5`$ and on a mixture of eight isotropic Gaussians.

So it is thin data that learned precisions are for; a general advantage is not to be had from them.
""",
    source=NEW,
    formula=PrecisionReading,
    controls={
        "learned precision always generalises better": false(lambda: PrecisionReading(full=(0.0, np.inf))),
        "it never does": false(lambda: PrecisionReading(thin=(-np.inf, 0.0))),
        "at least three halves of a nat on thin data": false(
            lambda: PrecisionReading(thin=(1.5, np.inf)), near=True, miss=1e-3
        ),
        "at least a tenth of a nat lost on others": false(
            lambda: PrecisionReading(full=(-np.inf, -0.1)), near=True, miss=1e-3
        ),
    },
    checks=(_check_gains(),),
    expected=Verdict.SUPPORTED,
    uses=("wasserstein-proximal.needle-degeneracy",),
    dimension="d = 2",
    instance=lambda: "100 points of a spiral of thickness 1/100, w = 0.009: a gain of 0.7 nat per point",
)

CLAIMS = (precision_helps_on_manifolds,)
