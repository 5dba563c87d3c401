"""Time the maps of the Monge-Ampere system: the gap of a triangle, the semi-discrete solver, and the flow.

Run as `python -m benchmarks.monge_ampere`. The solver's peer is the exact linear program of POT on samples, which gets
about the same time or more and is off by its sampling error, said in the note. The flow's peer is the textbook equation
in original time, solved for the same points to the labels of the same atoms.
"""

from typing import Any

import numpy as np
import ot

from lemmata.numerics.monge_ampere import (
    DiscreteMeasure,
    map_gap,
    original_time_flow_map,
    probability_flow_map,
    solve_semidiscrete,
)

from .measurement import Measurement
from .script import run_script
from .timing import time_once, time_warm

TRIANGLE = DiscreteMeasure([[-1.0, -0.4], [1.0, -0.4], [0.0, 0.8]])


def random_measure(n: int) -> DiscreteMeasure:
    """Return n normal atoms in the plane with random weights."""
    rng = np.random.default_rng(0)
    return DiscreteMeasure(rng.standard_normal((n, 2)), rng.dirichlet(np.full(n, 3.0)))


def measure_gap(smoke: bool) -> Measurement:
    """Time the mismatch of the triangle of the counterexample at infinite horizon."""
    tolerance, repeats = (1e-3, 1) if smoke else (4e-6, 5)
    gap = map_gap(TRIANGLE, tolerance=tolerance)
    return Measurement(
        what="mismatch of flow and transport",
        size=f"triangle, T = inf, tolerance {tolerance:g}",
        timing=time_warm(lambda: map_gap(TRIANGLE, tolerance=tolerance), repeats=repeats),
        dtype="float64",
        note=f"mismatch {gap.mismatch.value:.8f} with error {gap.mismatch.error:.1e}; {gap.mismatch.method}.",
    )


def measure_solver(smoke: bool) -> list[Measurement]:
    """Time semi-discrete transport against a linear program on samples."""
    return [
        _solver_against_samples(n, samples, repeats=1 if smoke else 5)
        for n, samples in (((5, 200),) if smoke else ((3, 1000), (30, 4000), (100, 10_000)))
    ]


def _solver_against_samples(n: int, samples: int, *, repeats: int) -> Measurement:
    measure = random_measure(n)
    x = np.random.default_rng(1).standard_normal((samples, 2))

    def by_samples() -> Any:
        return ot.emd2(np.full(samples, 1 / samples), measure.weights, ot.dist(x, measure.atoms))

    diagram = solve_semidiscrete(measure)
    off = abs(float(by_samples()) - diagram.cost.value)
    return Measurement(
        what="semi-discrete transport",
        size=f"{n} atoms in the plane",
        timing=time_warm(lambda: solve_semidiscrete(measure), repeats=repeats),
        dtype="float64",
        peer=f"POT, {samples} samples",
        peer_timing=time_warm(by_samples, repeats=repeats),
        note=(
            f"masses to {diagram.mass_residual:.1e} and cost to {diagram.cost.error:.1e}; "
            f"the sampled program's cost is off by {off:.1e}."
        ),
    )


def measure_flow(smoke: bool) -> Measurement:
    """Time labels of many points in regular time against the equation in original time."""
    points, fewer = (500, 50) if smoke else (100_000, 2000)
    x = np.random.default_rng(2).standard_normal((points, 2))
    horizon = 3.0
    regular = probability_flow_map(x[:fewer], TRIANGLE, horizon=horizon)
    original = original_time_flow_map(x[:fewer], TRIANGLE, horizon=horizon)
    assert regular.labels is not None
    differ = int((regular.labels != original.labels).sum())
    return Measurement(
        what="flow to data",
        size=f"triangle, T = {horizon:g}, {points} points",
        timing=time_warm(lambda: probability_flow_map(x, TRIANGLE, horizon=horizon), repeats=1 if smoke else 5),
        dtype="float64",
        peer="original time",
        peer_timing=time_once(lambda: original_time_flow_map(x[:fewer], TRIANGLE, horizon=horizon)).times(
            points / fewer
        ),
        note=f"the peer's time is that of {fewer} points, scaled; {differ} of them end at another atom.",
    )


def measure(smoke: bool) -> list[Measurement]:
    """Return all measurements of the system."""
    return [measure_gap(smoke), *measure_solver(smoke), measure_flow(smoke)]


if __name__ == "__main__":
    run_script("monge_ampere", measure)
