"""Time the separation estimator and the kinetic-optimal path against plain NumPy, in the same process.

Run `python benchmarks/kinetic_optimal.py`. Every figure is the median of warm runs; ratios compare with a NumPy loop
that does the same work, s by s, on a part of the queries. Wall and CPU seconds differ by the threads at work.
"""

import time
from collections.abc import Callable
from typing import Any

import jax
import numpy as np

from lemmata.numerics.data import digits
from lemmata.numerics.kinetic_optimal import angular_grid, kinetic_optimal_path, separation

QUERIES, NUMPY_QUERIES, REPEATS, POINTS = 20_000, 500, 3, 200_000


def time_warm(function: Callable[[], Any], repeats: int = REPEATS) -> tuple[float, float]:
    """Return the median wall and CPU seconds of `function` after one call that is not counted."""
    function()
    taken = []
    for _ in range(repeats):
        wall, cpu = time.perf_counter(), time.process_time()
        jax.block_until_ready(function())
        taken.append((time.perf_counter() - wall, time.process_time() - cpu))
    wall, cpu = np.median(taken, axis=0)
    return float(wall), float(cpu)


def separation_by_numpy(atoms: Any, s: Any, queries: int, seed: int) -> Any:
    """Estimate lambda at each s from posterior means, one s after the other."""
    rng = np.random.default_rng(seed)
    values = []
    for signal in s:
        truth = atoms[rng.integers(len(atoms), size=queries)]
        noisy = signal * truth + rng.normal(size=truth.shape)
        scores = signal * noisy @ atoms.T - signal**2 / 2 * (atoms**2).sum(axis=1)
        posterior = np.exp(scores - scores.max(axis=1, keepdims=True))
        posterior /= posterior.sum(axis=1, keepdims=True)
        values.append(((posterior @ atoms) ** 2).sum(axis=1).mean() / atoms.shape[1])
    return np.array(values)


def main() -> None:
    atoms, s = digits(), angular_grid(32)
    n, d = atoms.shape
    print(f"data n = {n}, d = {d}; {len(s)} values of s, {QUERIES} queries, float64")
    ours, cpu = time_warm(lambda: separation(atoms, s, key=jax.random.key(0), num_queries=QUERIES))
    theirs, numpy_cpu = time_warm(lambda: separation_by_numpy(atoms, s, NUMPY_QUERIES, 0))
    scale = QUERIES / NUMPY_QUERIES
    print(f"separation   wall {ours:.2f} s, CPU {cpu:.2f} s")
    print(f"NumPy loop   wall {theirs * scale:.2f} s, CPU {numpy_cpu * scale:.2f} s (from {NUMPY_QUERIES} queries)")
    print(f"ratio        wall {theirs * scale / ours:.1f}, CPU {numpy_cpu * scale / cpu:.1f}")

    found = separation(atoms, s, key=jax.random.key(0), num_queries=QUERIES)
    path, path_cpu = time_warm(lambda: kinetic_optimal_path(found, num_points=POINTS))
    print(f"path with errors on {POINTS} points: wall {1e3 * path:.1f} ms, CPU {1e3 * path_cpu:.1f} ms")


if __name__ == "__main__":
    main()
