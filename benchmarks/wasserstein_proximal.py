"""Time reverse flows of an empirical score and the search for memorised samples, against plain NumPy and SciPy.

Run as `python -m benchmarks.wasserstein_proximal [--smoke]`; it writes `build/benchmarks/wasserstein_proximal.json`.
The flow's peer is the textbook sampler in plain NumPy: Heun's method for dx/dsigma = (x - E[X | x])/sigma on levels of
noise that are equal in log sigma, as many posterior means as the flow takes, each a matrix of squared distances, an
exponential and a product. It is run on fewer samples and its time is scaled. The note says how far either is from a run
with a far tighter tolerance, by the median over samples in units of the last noise.
"""

import argparse
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import jax
import numpy as np
from jaxtyping import Float
from scipy.spatial.distance import cdist
from scipy.special import softmax

from lemmata.numerics.wasserstein_proximal.memorisation import distance_ratios
from lemmata.numerics.wasserstein_proximal.noise_schedules import VarianceExploding
from lemmata.numerics.wasserstein_proximal.reverse_sampling import ReverseSample, reverse_flow
from lemmata.numerics.wasserstein_proximal.score_models import EmpiricalScore

from .machine import machine_facts, peak_resident_bytes
from .measurement import Measurement, text_table
from .script import FOLDER, write_json
from .timing import time_once, time_warm

DIMENSION, POINTS, STOP = 64, 10_000, 0.05
SCHEDULE = VarianceExploding(smallest=0.01, largest=50.0)

PEER_SAMPLES = 256
"""Samples that the peer carries: its time grows in proportion."""


def normal_points(n: int, seed: int) -> Float[np.ndarray, "n d"]:
    """Return n normal points in R^64."""
    return np.random.default_rng(seed).standard_normal((n, DIMENSION))


def flow_by_numpy(
    training: Float[np.ndarray, "n d"], x: Float[np.ndarray, "m d"], evaluations: int
) -> Float[np.ndarray, "m d"]:
    """Carry x from the largest noise to `STOP` by Heun's method, with the given number of posterior means."""

    def velocity(x: Float[np.ndarray, "m d"], noise: float) -> Float[np.ndarray, "m d"]:
        weights = softmax(-cdist(x, training, "sqeuclidean") / (2 * noise**2), axis=1)
        return np.asarray((x - weights @ training) / noise)

    levels = np.geomspace(SCHEDULE.largest, STOP, max(evaluations // 2, 1) + 1)
    for before, after in pairwise(levels):
        slope = velocity(x, before)
        ahead = x + (after - before) * slope
        x = x + (after - before) * (slope + velocity(ahead, after)) / 2
    return x


def median_distance(one: Float[np.ndarray, "m d"], other: Float[np.ndarray, "m d"]) -> float:
    """Return the median distance of paired points, in units of the last noise."""
    return float(np.median(np.linalg.norm(one - other, axis=1)) / STOP)


def measure_flow(smoke: bool) -> Measurement:
    """Time as many samples as there are training points."""
    count, fewer, repeats = (300, 20, 1) if smoke else (POINTS, PEER_SAMPLES, 3)
    training = normal_points(count, 0)
    model = EmpiricalScore(training)

    def run(n: int = count, tolerance: float = 5e-3) -> ReverseSample:
        return reverse_flow(model, jax.random.key(0), n, schedule=SCHEDULE, stop=STOP, tolerance=tolerance)

    timing = time_warm(run, repeats=repeats)
    found, peak = run(), peak_resident_bytes()
    # The peer starts from points of the same law: what it costs and how near it comes do not depend on which.
    start = training[:fewer] + SCHEDULE.largest * normal_points(fewer, 1)
    plain = time_once(lambda: flow_by_numpy(training, start, found.steps)).times(count / fewer)
    few = start[:32]
    by_peer = median_distance(flow_by_numpy(training, few, found.steps), flow_by_numpy(training, few, 40 * found.steps))
    by_flow = median_distance(found.points[: len(found.again)], found.again)
    return Measurement(
        what="reverse flow of an empirical score",
        size=f"{count} samples, {count} training points, d = {DIMENSION}",
        timing=timing,
        dtype="float64",
        peer=f"NumPy, Heun in log sigma, {fewer} samples scaled",
        peer_timing=plain,
        peak_bytes=peak,
        note=(
            f"{found.steps} posterior means each; the median path is {by_flow:.2g} deviations of the noise off a "
            f"tighter run, the peer's {by_peer:.2g}."
        ),
    )


def measure_ratios(smoke: bool) -> Measurement:
    """Time the ratios of distances to the two nearest training points."""
    count, repeats = (300, 1) if smoke else (POINTS, 3)
    training, samples = normal_points(count, 0), normal_points(count, 1)

    def plain() -> Any:
        nearest = np.sqrt(np.partition(cdist(samples, training, "sqeuclidean"), 1, axis=1)[:, :2])
        return nearest[:, 0] / nearest[:, 1]

    agree = float(np.abs(plain() - distance_ratios(samples, training)).max())
    return Measurement(
        what="ratios of nearest distances",
        size=f"{count} samples, {count} training points, d = {DIMENSION}",
        timing=time_warm(lambda: distance_ratios(samples, training), repeats=repeats),
        dtype="float64",
        peer="SciPy cdist and NumPy partition",
        peer_timing=time_warm(plain, repeats=repeats),
        note=f"ratios agree to {agree:.1e}.",
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print a table and write the document."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.wasserstein_proximal", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--smoke", action="store_true", help="tiny inputs: does it run, not how fast")
    parser.add_argument(
        "--output", type=Path, default=FOLDER / "wasserstein_proximal.json", help="default: %(default)s"
    )
    chosen = parser.parse_args(arguments)
    rows = [measure(chosen.smoke).to_json() for measure in (measure_flow, measure_ratios)]
    print(text_table(rows))
    write_json(chosen.output, {"machine": machine_facts(), "smoke": chosen.smoke, "measurements": rows})


if __name__ == "__main__":
    main()
