"""Time the maps of the Monge-Ampere system: the gap of a triangle, the semi-discrete solver, and the flow.

Run as `python -m benchmarks.monge_ampere`. The solver's peers get about the same time or more: the exact linear program
of POT on samples, and the stochastic ascent of OTT-JAX on the same semi-discrete problem; the notes say how far off the
masses of the cells are that they find, which are integrated here. The flow's peer is the textbook equation in original
time, at the loosest tolerance at which its labels are right and decided as near to the boundary as the flow's.
"""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import ot
from ott.geometry.semidiscrete_pointcloud import SemidiscretePointCloud
from ott.problems.linear.semidiscrete_linear_problem import SemidiscreteLinearProblem
from ott.solvers.linear.semidiscrete import SemidiscreteSolver

from lemmata.numerics.monge_ampere import (
    DiscreteMeasure,
    map_gap,
    original_time_flow_map,
    probability_flow_map,
    solve_semidiscrete,
)
from lemmata.numerics.monge_ampere.gaussian_cells import integrate_cells
from lemmata.numerics.precision import in_float64

from .flow_accuracy import points_near_boundaries, resolved_distance
from .measurement import Measurement
from .script import run_script
from .timing import time_once, time_warm
from .triangle import HORIZON, TRIANGLE, normal_points

PEER_TOLERANCES = (1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8)
"""Relative tolerances that are tried for the equation in original time, the absolute ones a hundredth of them."""

BATCH, RATE = 1024, 1.0
"""Samples of a step of stochastic ascent, and the rate of its first step, which falls to 0."""


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
    """Time semi-discrete transport against a linear program on samples and stochastic ascent."""
    sizes = ((5, 200, 20),) if smoke else ((3, 1000, 200), (30, 4000, 1000), (100, 10_000, 4000))
    repeats = 1 if smoke else 5
    return [row for size in sizes for row in _solver_against_peers(*size, repeats=repeats)]


def _solver_against_peers(n: int, samples: int, steps: int, *, repeats: int) -> list[Measurement]:
    measure = random_measure(n)
    x = np.random.default_rng(1).standard_normal((samples, 2))
    diagram = solve_semidiscrete(measure)
    timing = time_warm(lambda: solve_semidiscrete(measure), repeats=repeats)

    def by_samples() -> Any:
        _, log = ot.emd(np.full(samples, 1 / samples), measure.weights, ot.dist(x, measure.atoms), log=True)
        return log["v"]

    rows = []
    for peer, solve in (
        (f"POT, {samples} samples", by_samples),
        (f"OTT-JAX, {steps} steps", lambda: ascend(measure, steps)),
    ):
        off = _mass_error(measure, np.asarray(solve()))
        rows.append(
            Measurement(
                what="semi-discrete transport",
                size=f"{n} atoms in the plane",
                timing=timing,
                dtype="float64",
                peer=peer,
                peer_timing=time_warm(solve, repeats=repeats),
                note=f"masses to {diagram.mass_residual:.1e}, those of {peer} to {off:.1e}.",
            )
        )
    return rows


@in_float64
def ascend(measure: DiscreteMeasure, steps: int) -> Any:
    """Return the potentials (n,) of the atoms, for the cost |x - y|^2, by OTT-JAX."""
    return _ascend(jnp.asarray(measure.atoms), jnp.asarray(measure.weights), steps)


@partial(jax.jit, static_argnums=2)
def _ascend(atoms: Any, weights: Any, steps: int) -> Any:
    geometry = SemidiscretePointCloud(jax.random.normal, atoms, epsilon=0.0)
    solver = SemidiscreteSolver(
        num_iterations=steps,
        batch_size=BATCH,
        optimizer=optax.sgd(optax.linear_schedule(RATE, 0.0, steps)),
        error_eval_every=steps,
        threshold=0.0,
    )
    return solver(jax.random.key(0), SemidiscreteLinearProblem(geometry, b=weights)).g


def _mass_error(measure: DiscreteMeasure, potentials: Any) -> float:
    """Return by how much the mass of a cell is off at most, under potentials for the cost |x - y|^2."""
    squares = (measure.atoms**2).sum(axis=1)
    masses = integrate_cells(measure.atoms, (squares - potentials) / 2).masses
    return float(np.abs(masses - measure.weights).max())


def measure_flow(smoke: bool) -> Measurement:
    """Time labels of many points in regular time against the equation in original time, at the same accuracy."""
    points, fewer, pairs = (500, 50, 10) if smoke else (100_000, 2000, 300)
    x = normal_points(points)
    near = points_near_boundaries(TRIANGLE, HORIZON, pairs)

    def regular(x: Any) -> Any:
        return probability_flow_map(x, TRIANGLE, horizon=HORIZON)

    def original(x: Any, rtol: float) -> Any:
        return original_time_flow_map(x, TRIANGLE, horizon=HORIZON, rtol=rtol, atol=rtol / 100)

    resolved = resolved_distance(regular, near)
    for rtol in PEER_TOLERANCES:
        by_peer = resolved_distance(partial(original, rtol=rtol), near)
        if by_peer <= resolved:
            break
    return Measurement(
        what="flow to data",
        size=f"triangle, T = {HORIZON:g}, {points} points",
        timing=time_warm(lambda: regular(x), repeats=1 if smoke else 5),
        dtype="float64",
        peer=f"original time, rtol {rtol:g}",
        peer_timing=time_once(lambda: original(x[:fewer], rtol)).times(points / fewer),
        note=(
            f"no label is wrong, and they are decided down to {resolved:.0e} from the boundary, the peer's to "
            f"{by_peer:.0e}; "
            f"its time is that of {fewer} points, scaled."
        ),
    )


def measure(smoke: bool) -> list[Measurement]:
    """Return all measurements of the system."""
    return [measure_gap(smoke), *measure_solver(smoke), measure_flow(smoke)]


if __name__ == "__main__":
    run_script("monge_ampere", measure)
