"""The estimator and the flow on an accelerator.

The estimator is timed for n = 200000, d = 3072 and 8192 queries against the device's own matrix product.
Products and exponentials are in float32 and sums in float64. The matrix product is timed in the same run at precision
HIGHEST, that is in float32 throughout and not in TF32, for the product that the estimator makes: both factors in the
same precision, with the same inner length. Then ten million points are sent through the flow of the counterexample,
in float64 throughout.
"""

from typing import Literal

import jax
import numpy as np

from lemmata.numerics.data import digits
from lemmata.numerics.data_set import DataSet
from lemmata.numerics.kinetic_optimal import angular_grid, separation
from lemmata.numerics.kinetic_optimal.estimator import PILOT_QUERIES
from lemmata.numerics.monge_ampere import probability_flow_map

from .machine import best_gemm_rate
from .measurement import Measurement
from .sampled import fill_clusters, operations, time_sampling
from .timing import time_warm
from .triangle import HORIZON, TRIANGLE, normal_points

SIZE = (200_000, 3072, 8192)
SMALL = (4000, 64, 512)
"""Atoms, dimension and queries; the small size is for rehearsals."""

NUM_SIGNALS = 32

DIGITS_QUERIES, FEW_QUERIES = 20_000, 1000
POINTS, FEW_POINTS = 10_000_000, 20_000
"""Queries of the digits and points through the flow; the few are for rehearsals."""


def measure_device(*, small: bool) -> tuple[dict[str, float], list[Measurement]]:
    """Return the device's GEMM rates by precision, and the measurements."""
    n, d, queries = SMALL if small else SIZE
    shape = (256, d, 256) if small else (16384, d, 16384)
    repeats = 2 if small else 5
    gemm = {dtype: best_gemm_rate(dtype, shape=shape, repeats=repeats) for dtype in ("float32", "float64")}
    rows = [
        *_large(n, d, queries, repeats, gemm["float32"]),
        *_digits(gemm, FEW_QUERIES if small else DIGITS_QUERIES, repeats),
    ]
    return gemm, [*rows, _flow(FEW_POINTS if small else POINTS)]


def _large(n: int, d: int, queries: int, repeats: int, gemm_rate: float) -> list[Measurement]:
    rows = np.empty((n, d), np.float32)
    fill_clusters(rows)
    data = DataSet(rows).normalised()
    s = np.geomspace(0.2, 5.0, NUM_SIGNALS)
    sampling = Measurement(
        what="sampling, atoms on the device",
        size=f"n = {n}, d = {d}, m = {queries}, {NUM_SIGNALS} s",
        timing=time_sampling(data, s, queries=queries, repeats=repeats),
        dtype="float32",
        work=operations(n, d, queries, NUM_SIGNALS),
        gemm_rate=gemm_rate,
    )
    drawn = queries + PILOT_QUERIES
    whole = Measurement(
        what="separation, from memory",
        size=f"n = {n}, d = {d}, m = {drawn}, {NUM_SIGNALS} s",
        timing=time_warm(
            lambda: separation(data, s, key=jax.random.key(0), num_queries=queries, precision="float32"), repeats=2
        ),
        dtype="float32",
        work=operations(n, d, drawn, NUM_SIGNALS),
        gemm_rate=gemm_rate,
        note="the whole call: the atoms are normalised on the processor and sent to the device, a pilot sample is "
        "drawn and counted, bounds are computed",
    )
    return [sampling, whole]


def _digits(gemm: dict[str, float], queries: int, repeats: int) -> list[Measurement]:
    atoms, s = digits(), angular_grid(NUM_SIGNALS)
    n, d = atoms.shape

    def at(precision: Literal["float64", "float32"]) -> Measurement:
        return Measurement(
            what="separation, digits",
            size=f"n = {n}, d = {d}, m = {queries}, {NUM_SIGNALS} s",
            timing=time_warm(
                lambda: separation(atoms, s, key=jax.random.key(0), num_queries=queries, precision=precision),
                repeats=repeats,
            ),
            dtype=precision,
            work=operations(n, d, queries, NUM_SIGNALS),
            gemm_rate=gemm[precision],
        )

    return [at("float64"), at("float32")]


def _flow(points: int) -> Measurement:
    x = normal_points(points)
    doubtful = int((~probability_flow_map(x, TRIANGLE, horizon=HORIZON).decided).sum())
    return Measurement(
        what="flow to data",
        size=f"triangle, T = {HORIZON:g}, {points} points",
        timing=time_warm(lambda: probability_flow_map(x, TRIANGLE, horizon=HORIZON), repeats=2),
        dtype="float64",
        note=f"{doubtful} points are too near to a boundary to be decided",
    )
