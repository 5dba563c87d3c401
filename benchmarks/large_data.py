"""Time the separation estimator at n = 50000, d = 3072 against the machine's own matrix product, with peak memory.

Run as `python -m benchmarks.large_data`. Each precision is measured in a fresh process that opens the data as a
memory-mapped file, so that the peak of its resident memory is that of the estimator (pages of the file count as long as
they are resident). Fewer queries than a study would take suffice: the work is linear in them. The flop are 4 n d for
each query, those of the pilot sample included.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jax
import numpy as np

from lemmata.numerics.data_set import DataSet
from lemmata.numerics.kinetic_optimal import separation
from lemmata.numerics.kinetic_optimal.estimator import PILOT_QUERIES

from .machine import best_gemm_rate, peak_resident_bytes
from .measurement import Measurement
from .script import run_script
from .timing import Timing, time_warm

PRECISIONS = ("float64", "float32")
NUM_SIGNALS = 32


def write_clusters(path: Path, n: int, d: int, *, rows: int = 2048) -> None:
    """Write n points around 100 centres as float32, block by block: near neighbours, as images have them."""
    rng = np.random.default_rng(0)
    centres = rng.standard_normal((100, d), np.float32)
    stored = np.lib.format.open_memmap(path, mode="w+", dtype=np.float32, shape=(n, d))
    for start in range(0, n, rows):
        block = rng.standard_normal((min(rows, n - start), d), np.float32)
        stored[start : start + len(block)] = centres[rng.integers(len(centres), size=len(block))] + 0.1 * block
    stored.flush()


def measure_file(path: Path, precision: str, queries: int, repeats: int) -> dict[str, Any]:
    """Time the estimator on a data file in this process: samples, peak memory, and the rate of the matrix product."""
    data = DataSet(np.load(path, mmap_mode="r")).astype(precision).normalised()
    s = np.geomspace(0.2, 5.0, NUM_SIGNALS)
    timing = time_warm(lambda: separation(data, s, key=jax.random.key(0), num_queries=queries), repeats=repeats)
    peak = peak_resident_bytes()
    shape = (256, data.dimension, 2048)
    return {"wall": timing.wall, "cpu": timing.cpu, "peak": peak, "gemm": best_gemm_rate(precision, shape=shape)}


def measure(smoke: bool) -> list[Measurement]:
    """Measure each precision in a process of its own, on the same file."""
    n, d, queries, repeats = (3000, 48, 256, 1) if smoke else (50_000, 3072, 1024, 3)
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "data.npy")
        write_clusters(path, n, d)
        for precision in PRECISIONS:
            found = _in_fresh_process(path, precision, queries, repeats)
            flop = 4.0 * (queries + PILOT_QUERIES) * n * d
            rows.append(
                Measurement(
                    what=f"separation, {precision}, memory-mapped",
                    size=f"n = {n}, d = {d}, m = {queries} + {PILOT_QUERIES} pilot, {NUM_SIGNALS} s",
                    timing=Timing(tuple(found["wall"]), tuple(found["cpu"])),
                    work={"flop": flop, "exp": flop / (4 * d) * NUM_SIGNALS},
                    gemm_rate=found["gemm"],
                    peak_bytes=found["peak"],
                )
            )
    return rows


def _in_fresh_process(path: Path, precision: str, queries: int, repeats: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.large_data", "--file", str(path), "--precision", precision]
    command += ["--queries", str(queries), "--repeats", str(repeats)]
    return dict(json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))


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
