"""Time the separation estimator at n = 50000, d = 3072 against the machine's own matrix product, with peak memory.

Run as `python -m benchmarks.large_data`. Each precision is measured in a fresh process that opens the data as a
memory-mapped file, so that the peak of its resident memory is that of the estimator (pages of the file count as long as
they are resident). Fewer queries than a study would take suffice: the work is linear in them. *Sampling* is that of the
final sample alone; *separation* is the whole call, with a pilot sample, which is counted, and bounds.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import jax
import numpy as np

from lemmata.numerics.data_set import DataSet
from lemmata.numerics.kinetic_optimal import separation
from lemmata.numerics.kinetic_optimal.estimator import PILOT_QUERIES

from .machine import best_gemm_rate, peak_resident_bytes
from .measurement import Measurement
from .sampled import fill_clusters, operations, time_sampling
from .script import run_script
from .timing import Timing, time_warm

PRECISIONS: tuple[Literal["float64", "float32"], ...] = ("float64", "float32")
NUM_SIGNALS = 32


def measure_file(path: Path, precision: Literal["float64", "float32"], queries: int, repeats: int) -> dict[str, Any]:
    """Time sampling and estimator on a data file in this process; return samples, peak memory and the GEMM rate."""
    data = DataSet(np.load(path, mmap_mode="r")).normalised()
    s = np.geomspace(0.2, 5.0, NUM_SIGNALS)
    sampling = time_sampling(data.astype(precision), s, queries=queries, repeats=repeats)
    whole = time_warm(
        lambda: separation(data, s, key=jax.random.key(0), num_queries=queries, precision=precision), repeats=1
    )
    peak = peak_resident_bytes()
    gemm = best_gemm_rate(precision, shape=(2048, data.dimension, 2048), repeats=repeats)
    return {
        "sampling": [sampling.wall, sampling.cpu],
        "separation": [whole.wall, whole.cpu],
        "peak": peak,
        "gemm": gemm,
    }


def measure(smoke: bool) -> list[Measurement]:
    """Measure each precision in a process of its own, on the same file."""
    n, d, queries, repeats = (3000, 48, 256, 1) if smoke else (50_000, 3072, 1024, 3)
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "data.npy")
        stored = np.lib.format.open_memmap(path, mode="w+", dtype=np.float32, shape=(n, d))
        fill_clusters(stored)
        stored.flush()
        del stored
        for precision in PRECISIONS[-1:] if smoke else PRECISIONS:
            found = _in_fresh_process(path, precision, queries, repeats)
            for what, drawn in (("sampling", queries), ("separation", queries + PILOT_QUERIES)):
                wall, cpu = found[what]
                rows.append(
                    Measurement(
                        what=f"{what}, memory-mapped",
                        size=f"n = {n}, d = {d}, m = {drawn}, {NUM_SIGNALS} s",
                        timing=Timing(tuple(wall), tuple(cpu)),
                        dtype=precision,
                        work=operations(n, d, drawn, NUM_SIGNALS),
                        gemm_rate=found["gemm"],
                        peak_bytes=found["peak"],
                    )
                )
    return rows


def _in_fresh_process(path: Path, precision: str, queries: int, repeats: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.large_data", "--file", str(path), "--precision", precision]
    command += ["--queries", str(queries), "--repeats", str(repeats)]
    return dict(json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout))


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure one file where it is named, else everything."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--file", type=Path)
    parser.add_argument("--precision", choices=PRECISIONS, default="float64")
    parser.add_argument("--queries", type=int, default=1024)
    parser.add_argument("--repeats", type=int, default=3)
    chosen, rest = parser.parse_known_args(arguments)
    if chosen.file is None:
        run_script("large_data", measure, rest)
    else:
        print(json.dumps(measure_file(chosen.file, chosen.precision, chosen.queries, chosen.repeats)))


if __name__ == "__main__":
    main()
