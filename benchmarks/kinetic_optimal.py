"""Time the separation estimator and the kinetic-optimal path on the digits, against plain NumPy in the same process.

Run as `python -m benchmarks.kinetic_optimal`. The NumPy loop does the same work s by s, on a part of the queries; its
time is scaled up in proportion, as its work is linear in them. Operations are counted as the method needs them: two
products of 2 m n d flop, and one exponential for each query, atom and s; those of the pilot sample come on top and are
not counted. *Sampling* is the final sample alone, all of it in the replica form; *separation* is the whole call: pilot
sample, final sample with the form that suits each s, intervals and bounds.
"""

from collections.abc import Callable
from typing import Any, Literal

import jax
import numpy as np

from lemmata.numerics.data import digits
from lemmata.numerics.data_set import DataSet
from lemmata.numerics.kinetic_optimal import angular_grid, kinetic_optimal_path, separation

from .machine import GEMM_SHAPE, best_gemm_rate
from .measurement import Measurement
from .sampled import operations, time_sampling
from .script import run_script
from .timing import Timing, time_warm


def separation_by_numpy(atoms: Any, s: Any, queries: int, seed: int) -> Any:
    """Estimate lambda at each s from posterior means, one s after the other."""
    rng = np.random.default_rng(seed)
    squares = (atoms**2).sum(axis=1)
    values = []
    for signal in s:
        truth = atoms[rng.integers(len(atoms), size=queries)]
        noisy = signal * truth + rng.standard_normal(truth.shape)
        scores = signal * noisy @ atoms.T - signal**2 / 2 * squares
        posterior = np.exp(scores - scores.max(axis=1, keepdims=True))
        posterior /= posterior.sum(axis=1, keepdims=True)
        values.append(((posterior @ atoms) ** 2).sum(axis=1).mean() / atoms.shape[1])
    return np.array(values)


def measure(smoke: bool) -> list[Measurement]:
    """Time the estimator in float64 and float32 against the NumPy loop, and the path with its errors."""
    atoms = digits()[:100] if smoke else digits()
    atoms = atoms / np.sqrt((atoms**2).mean())
    s = angular_grid(4 if smoke else 32)
    queries, numpy_queries, points, repeats = (300, 100, 1000, 2) if smoke else (20_000, 1000, 200_000, 7)
    (n, d), key = atoms.shape, jax.random.key(0)

    loop = time_warm(lambda: separation_by_numpy(atoms, s, numpy_queries, 0), repeats=min(repeats, 5))

    def against_the_loop(what: str, timing: Timing, dtype: str) -> Measurement:
        return Measurement(
            what=what,
            size=f"n = {n}, d = {d}, m = {queries}, {len(s)} s",
            timing=timing,
            dtype=dtype,
            peer="NumPy loop, float64",
            peer_timing=loop.times(queries / numpy_queries),
            work=operations(n, d, queries, len(s)),
            gemm_rate=best_gemm_rate(dtype, shape=(256,) * 3 if smoke else GEMM_SHAPE, repeats=2 if smoke else 5),
        )

    def sampling() -> Measurement:
        timing = time_sampling(DataSet(atoms), s, queries=queries, repeats=repeats)
        return against_the_loop("sampling by the replica form, digits", timing, "float64")

    def estimator(precision: Literal["float64", "float32"]) -> Measurement:
        run: Callable[[], Any] = lambda: separation(atoms, s, key=key, num_queries=queries, precision=precision)  # noqa: E731
        return against_the_loop("separation, digits", time_warm(run, repeats=repeats), precision)

    found = separation(atoms, s, key=key, num_queries=queries)
    path = Measurement(
        what="kinetic-optimal path with errors",
        size=f"{points} points, {len(s)} s",
        timing=time_warm(lambda: kinetic_optimal_path(found, num_points=points), repeats=repeats),
    )
    return [sampling(), estimator("float64"), estimator("float32"), path]


if __name__ == "__main__":
    run_script("kinetic_optimal", measure)
