"""The empirical score memorises, and a kernel model whose width has a floor does not."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, final

import numpy as np
from scipy.stats import chi2

from ...numerics.estimate import Estimate
from ...numerics.statistics import clopper_pearson_interval, split_false_alarm
from ...numerics.wasserstein_proximal.memorisation import (
    THRESHOLD,
    distance_ratios,
    memorisation_fraction,
    memorised_share,
)
from ...numerics.wasserstein_proximal.reverse_sampling import Kind as FlowKind
from ...numerics.wasserstein_proximal.reverse_sampling import ReverseSample
from ...numerics.wasserstein_proximal.training_data import DataSplit
from ...theory.verdict import Verdict
from ..builders import Check, convergence_rate, inequality
from ..claim import Claim, Reading, Source, false
from ..comparison import Comparison, compare_at_most, compare_equal, weigh
from ..evidence import Evidence, Kind, make_table
from ..trial import Run
from .memorisation_data import (
    Points,
    empirical_flow,
    kernel_flow,
    nearest_squares,
    split,
    torus_ratios,
    wasserstein_bounds,
)

STUDIED = Source("zhang2024", "abstract: the recently studied memorization effects", Reading.RESTATED)
AVOIDED = Source("zhang2024", "abstract: explicitly constructed to avoid memorization", Reading.RESTATED)

SEPARATED: Final = 100
"""Training points of the flow whose noise is measured: few, so that the noise is far below their distances."""

CLOSE: Final = 2e-3
"""Noise at which that flow stops."""

TRAINING: Final = 400
LEVELS: Final = (0.1, 0.02, 0.004)
"""Training points of the shares, and the noise at which flows are stopped."""

PLANE: Final = ("two moons", "spiral", "Gaussian mixture")

DIMENSION: Final = 2


@final
@dataclass(frozen=True, slots=True)
class EmpiricalReading:
    """What is claimed of the law mu_N * N(0, sigma^2 I) at which the flow of N training points ends.

    W_2^2 = `constant` sigma^2 d and W_2 ~ sigma^`slope` for small sigma; `shares` are the bounds of the memorised
    share at sigma = 0.004, of 400 points of the mixture.
    """

    constant: float = 1.0
    slope: float = 1.0
    shares: tuple[float, float] = (0.9, 1.0)


def _mean_square(claimed: EmpiricalReading, kind: FlowKind, run: Run) -> Comparison:
    """Compare E d1^2/sigma^2 with the claimed W_2^2/sigma^2: squared distances over sigma^2 add up to a chi-square."""
    # Each of the SDE's many steps draws noise; the ODE takes few.
    samples = run.by_effort(4000, 8000, 80_000) // (4 if kind == "sde" else 1)
    training = split("Gaussian mixture", SEPARATED, 1, run.seed).training
    found = empirical_flow("Gaussian mixture", SEPARATED, samples, CLOSE, kind, run.seed)
    squares = nearest_squares(found.points, training) / CLOSE**2
    by_steps = abs(squares[: len(found.again)].mean() - nearest_squares(found.again, training).mean() / CLOSE**2)
    low, high = wasserstein_bounds(training, CLOSE)
    degrees = DIMENSION * samples
    alarm = split_false_alarm(run.false_alarm, 2 * 2)
    ends = chi2.isf([1 - alarm, alarm], degrees) / degrees
    sampled = float(np.abs(squares.mean() / ends - squares.mean()).max())
    return compare_equal(
        float(squares.mean()), DIMENSION * claimed.constant, sampled + float(by_steps) + (high - low) / CLOSE**2
    )


def _flows(run: Run) -> dict[str, FlowKind]:
    """Return the equations whose samples are looked at."""
    kinds: tuple[FlowKind, ...] = run.by_effort(("ode",), ("ode", "sde"), ("ode", "sde"))
    return {kind.upper(): kind for kind in kinds}


def _distances(run: Run) -> tuple[list[float], list[float], list[float]]:
    """Return noise, W_2 between training points and their noised law, and half the distance of its bounds."""
    training = split("Gaussian mixture", TRAINING, 1, run.seed).training
    levels = np.geomspace(1e-6, 1e-3, run.by_effort(7, 13, 25)).tolist()
    bounds = [np.sqrt(wasserstein_bounds(training, level)) for level in levels]
    return levels, [float(ends.mean()) for ends in bounds], [float(np.ptp(ends)) / 2 for ends in bounds]


def _check_shares() -> Check:
    """Build the check of the memorised share, with a table of it by noise."""
    name = "memorised share"

    def examine(formula: Callable[[], EmpiricalReading], run: Run) -> Evidence:
        claimed, samples = formula(), run.by_effort(8000, 16_000, 160_000)
        # The last share is what is claimed; the others and that of fresh samples are shown beside it.
        counts = dict.fromkeys(LEVELS, samples // 4) | {LEVELS[-1]: samples}
        share = split_false_alarm(run.false_alarm, len(LEVELS) + 1)
        data = split("Gaussian mixture", TRAINING, samples // 4, run.seed)
        flows = {
            level: empirical_flow("Gaussian mixture", TRAINING, count, level, "ode", run.seed)
            for level, count in counts.items()
        }
        found = {level: _share_of_flow(flow, data.training, share) for level, flow in flows.items()}
        fresh = memorised_share(data.fresh, data.training, false_alarm=share)
        last = found[LEVELS[-1]]
        low, high = claimed.shares
        return weigh(
            [compare_at_most(low, last.value, last.error), compare_at_most(last.value, high, last.error)],
            run,
            check=name,
            kind=Kind.STATISTICAL,
            method=f"probability flow of {TRAINING} points of the mixture, stopped early; {last.method}",
            value={f"sigma = {level:g}": estimate.value for level, estimate in found.items()},
            instance="Gaussian mixture",
            tables=[
                make_table(
                    "Memorised share of the empirical score by the noise at which its flow stops",
                    [r"$\sigma$", "memorised share"],
                    [
                        *([level, [estimate.value, estimate.error]] for level, estimate in found.items()),
                        ["fresh samples", [fresh.value, fresh.error]],
                    ],
                )
            ],
        )

    return Check(name, Kind.STATISTICAL, examine)


def _share_error(flow: ReverseSample, training: Points) -> float:
    """Return the error that the steps of a flow cause in the memorised share."""
    shares = [
        (distance_ratios(rows, training) < THRESHOLD).mean() for rows in (flow.points[: len(flow.again)], flow.again)
    ]
    return float(abs(shares[0] - shares[1]))


def _share_of_flow(flow: ReverseSample, training: Points, false_alarm: float) -> Estimate:
    """Return the memorised share of a flow's samples, with the error that sampling and steps cause."""
    share = memorised_share(flow.points, training, false_alarm=false_alarm)
    parts = {"sampling": share.error, "steps": _share_error(flow, training)}
    return Estimate.of_parts(share.value, parts, share.method, false_alarm)


empirical_score_memorises = Claim(
    id="wasserstein-proximal.empirical-score-memorises",
    title="The exact score of the training points leads back to them as the noise goes to zero",
    statement=r"""
Let $`\mu_N`$ be the uniform law on $`N`$ training points in $`\mathbb{R}^d`$ and let the reverse flow of its exact
score, by the probability-flow equation or the reverse stochastic equation, start in the law of the noised training
points and stop at the noise $`\sigma > 0`$. Its samples have the law $`\mu_N * N(0, \sigma^2 I)`$, so that

```math
W_2(\mu_N * N(0, \sigma^2 I), \mu_N) \le \sigma \sqrt{d} , \qquad \frac{W_2^2}{\sigma^2} \to d \quad (\sigma \to 0),
```

and for different points the share of samples that are three times nearer to one training point than to the next tends
to 1. At $`\sigma = 1/250`$ it is above $`9/10`$ for $`N = 400`$ points of a mixture of eight Gaussians of deviation
$`3/10`$ on a circle of radius 2; for fresh samples of the mixture it is about $`1/9`$.
""",
    source=STUDIED,
    formula=EmpiricalReading,
    controls={
        "empirical score does not memorise": false(lambda: EmpiricalReading(shares=(0.0, 0.2))),
        "199 of 200 at this noise": false(lambda: EmpiricalReading(shares=(0.995, 1.0)), near=True, miss=1e-3),
        "noise a tenth larger": false(lambda: EmpiricalReading(constant=1.21), near=True, miss=1e-3),
        "d replaced by 1": false(lambda: EmpiricalReading(constant=1 / DIMENSION)),
        "W_2 of order sigma^(101/100)": false(lambda: EmpiricalReading(slope=1.01), near=True),
        "W_2 of order sigma^2": false(lambda: EmpiricalReading(slope=2.0)),
    },
    checks=(
        inequality(
            _mean_square,
            _flows,
            method=f"flows of {SEPARATED} points to the noise {CLOSE:g}: squared distances to the nearest of them",
            name="noise at the end",
            kind=Kind.STATISTICAL,
        ),
        convergence_rate(
            _distances,
            lambda claimed: claimed.slope,
            method="bounds of W_2 by the identity coupling and by nearest training points, over three decades of noise",
            name="distance to the training points",
        ),
        _check_shares(),
    ),
    expected=Verdict.SUPPORTED,
    instance=lambda: "N = 1, the point 0: the flow ends in N(0, sigma^2 I), at W_2 = sigma sqrt(d) from it",
)


@final
@dataclass(frozen=True, slots=True)
class KernelReading:
    """What is claimed of a kernel model: its share is within `margin` of that of the truth, threshold^k in dimension k.

    `baseline(k)` is the share of fresh samples; the width is the leave-one-out choice divided by `narrowing`.
    """

    margin: float = 0.05
    baseline: Callable[[int], float] = lambda k: THRESHOLD**k
    narrowing: float = 1.0


def _torus(claimed: KernelReading, dimension: int, run: Run) -> Comparison:
    """Compare the share of fresh points of a torus with the claimed one, each with training points of its own."""
    trials = run.by_effort(40_000, 100_000, 1_000_000)
    memorised = int((torus_ratios(dimension, trials, run.seed) < THRESHOLD).sum())
    low, high = clopper_pearson_interval(memorised, trials, split_false_alarm(run.false_alarm, 3))
    share = memorised / trials
    return compare_equal(share, claimed.baseline(dimension), max(high - share, share - low))


def _kernel_samples(claimed: KernelReading, law: str, run: Run) -> tuple[ReverseSample, DataSplit, float]:
    """Return samples of a kernel model, its data, and the false-alarm probability of one comparison."""
    samples = run.by_effort(8000, 16_000, 160_000)
    flow = kernel_flow(law, TRAINING, samples, claimed.narrowing, run.seed)
    return flow, split(law, TRAINING, samples, run.seed), split_false_alarm(run.false_alarm, 2 * len(PLANE))


def _against_fresh(claimed: KernelReading, law: str, run: Run) -> Comparison:
    """Compare the kernel model's share with that of fresh samples."""
    flow, data, alarm = _kernel_samples(claimed, law, run)
    excess = memorisation_fraction(flow.points, data.training, data.fresh, false_alarm=alarm)
    fresh = float((distance_ratios(data.fresh, data.training) < THRESHOLD).mean())
    return _within(claimed.margin, fresh, excess.value, excess.error + _share_error(flow, data.training))


def _against_truth(claimed: KernelReading, law: str, run: Run) -> Comparison:
    """Compare the kernel model's share with what the truth's is claimed to be on data of full dimension."""
    flow, data, alarm = _kernel_samples(claimed, law, run)
    share, truth = _share_of_flow(flow, data.training, alarm), claimed.baseline(DIMENSION)
    return _within(claimed.margin, truth, share.value - truth, share.error)


def _within(margin: float, share: float, excess: float, error: float) -> Comparison:
    """Compare how far one is from a share, above or below it, with the margin, on the scale of the share."""
    return compare_at_most(share + abs(excess), share + margin, error)


def _kernel_cases(run: Run) -> dict[str, tuple[Callable[[KernelReading, str, Run], Comparison], str]]:
    """Return every law in the plane, against fresh samples and against the share of the truth."""
    looks = {"fresh samples": _against_fresh, "the truth": _against_truth}
    return {f"{law} against {name}": (look, law) for law in PLANE for name, look in looks.items()}


kernel_model_does_not = Claim(
    id="wasserstein-proximal.kernel-model-does-not",
    title="A kernel model with a floor on its width repeats training points no more than fresh samples do",
    statement=r"""
Call a sample memorised if it is three times nearer to one training point than to the next. Where training points are
uniform about a sample on data of dimension $`k`$, a sample of the truth is memorised with the probability $`3^{-k}`$,
not 0: the nearer of the two points is uniform in the ball up to the other.

The kernel model $`\frac{1}{N} \sum_i N(x_i, w^2 I)`$ with the width $`w`$ of the largest leave-one-out likelihood,
sampled by its reverse flow down to far less noise, has a memorised share within $`1/20`$ of that of fresh samples
of the truth, and of $`3^{-2}`$, for $`N = 400`$ points of two moons and a spiral of thickness $`1/20`$ and of a mixture
of eight Gaussians in the plane. With a third of that width it has not.
""",
    source=AVOIDED,
    formula=KernelReading,
    controls={
        "a threshold that ignores the truth's own 3^-k": false(lambda: KernelReading(baseline=lambda k: 0.0)),
        "a third of the width": false(lambda: KernelReading(narrowing=3.0), near=True, miss=1e-3),
        "one dimension too many": false(lambda: KernelReading(baseline=lambda k: THRESHOLD ** (k + 1))),
        "threshold of three tenths": false(lambda: KernelReading(baseline=lambda k: 0.3**k), near=True, miss=1e-3),
    },
    checks=(
        inequality(
            _torus,
            lambda run: {f"torus of dimension {k}": k for k in (1, 2, 3)},
            method="independent draws of 64 uniform points, exact intervals of a proportion",
            name="share of the truth",
            kind=Kind.STATISTICAL,
        ),
        inequality(
            lambda claimed, case, run: case[0](claimed, case[1], run),
            _kernel_cases,
            method=f"probability flow of kernel models of {TRAINING} points, exact intervals of proportions",
            name="share of the kernel model",
            kind=Kind.STATISTICAL,
        ),
    ),
    expected=Verdict.SUPPORTED,
    uses=("wasserstein-proximal.empirical-score-memorises",),
    dimension="shares of the truth: d = 1, 2, 3; kernel models: d = 2",
    instance=lambda: "400 points of the mixture, w = 0.19: 0.12 of the kernel model's samples, 0.11 of fresh ones",
)

CLAIMS = (empirical_score_memorises, kernel_model_does_not)
