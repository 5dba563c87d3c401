"""Time the least squares of fitted energies: features and solve, from couplings and scores that are given.

Run as `python -m benchmarks.jko_fit`. Six snapshots of n particles in the plane, monomials up to degree 4 and 110
radial functions in V, beta, and the even radial functions in U where there is an interaction; the condition is that of
the JKO step. The peer is the same least squares in plain NumPy and scikit-learn: gradients by broadcasting, for an
interaction the mean over all pairs a particle at a time, then `LinearRegression`. Each of the two runs in a process of
its own.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float
from sklearn.linear_model import LinearRegression

from lemmata.numerics.jko import Coupling, Polynomial, RadialBasis
from lemmata.numerics.jko.conditions import CoupledSnapshots, EnergyModel, condition_rows
from lemmata.numerics.jko.features import join_features
from lemmata.numerics.jko.least_squares import solve_triangle, triangularise
from lemmata.numerics.jko.snapshots import take_snapshots

from .machine import peak_resident_bytes
from .measurement import Measurement
from .script import run_script
from .timing import Timing, time_once, time_warm

SPACING, INTERVALS = 0.01, 5
DEGREE, SHAPE, SMALL_SHAPE = 4, (11, 10), (3, 2)
"""The degree of monomials, and radial functions along the sides of a grid over [-4, 4]^2."""

SOLVERS = ("lemmata", "plain")


def radial_centres(shape: tuple[int, int]) -> Float[np.ndarray, "p 2"]:
    """Return the places of a grid over [-4, 4]^2 that no reflection at 0 maps into itself."""
    ticks = [np.linspace(-4.0, 3.9, count) for count in shape]
    return np.stack(np.meshgrid(*ticks), axis=-1).reshape(-1, 2)


def draw_data(n: int) -> tuple[list[Any], list[Any]]:
    """Return snapshots of n particles, and scores that no monomial can stand for."""
    rng = np.random.default_rng(0)
    start = rng.uniform(-4, 4, (n, 2))
    clouds = [start + SPACING * step * rng.standard_normal((n, 2)) for step in range(INTERVALS + 1)]
    return clouds, [-np.tanh(cloud) for cloud in clouds]


def fit_ours(clouds: Sequence[Any], scores: Sequence[Any], shape: tuple[int, int], interacts: bool) -> float:
    """Fit by the rows that `fit_energies` solves, particle i coupled with i, and return the mean squared residual."""
    taken = take_snapshots(clouds, SPACING)
    radial = RadialBasis(radial_centres(shape)).placed(taken.pooled(), 0)
    monomials = Polynomial(DEGREE, centre=0.0).placed(taken.pooled(), 0)
    model = EnergyModel(join_features([monomials, radial]), radial.even_part() if interacts else None, True)
    order, masses = np.arange(len(clouds[0])), np.full(len(clouds[0]), 1 / len(clouds[0]))
    couplings = tuple(Coupling(order, order, masses, 0.0, 0.0) for _ in range(INTERVALS))
    data = CoupledSnapshots(taken, couplings, tuple(scores))
    return solve_triangle(triangularise(condition_rows(data, model, "jko"))).residual / INTERVALS


def fit_plainly(clouds: Sequence[Any], scores: Sequence[Any], shape: tuple[int, int], interacts: bool) -> float:
    """Fit by broadcasting and scikit-learn, and return the mean squared residual."""
    centres = radial_centres(shape)
    width = RadialBasis(centres).placed(take_snapshots(clouds, SPACING).pooled(), 0).width
    rows, sides = [], []
    for (before, after), score in zip(pairwise(clouds), scores[1:], strict=True):
        parts = [_monomial_gradients(after), _radial_gradients(after, centres, width)]
        if interacts:
            parts.append(np.stack([_mean_push(x, after, centres, width) for x in after]))
        rows.append(np.concatenate([*parts, score[:, :, None]], axis=2).reshape(2 * len(after), -1))
        sides.append(-((after - before) / SPACING).ravel())
    matrix, right = np.concatenate(rows), np.concatenate(sides)
    fitted = LinearRegression(fit_intercept=False).fit(matrix, right)
    return 2 * float(np.mean((fitted.predict(matrix) - right) ** 2))


def _monomial_gradients(x: Any) -> Any:
    first, second = x.T
    powers = [(total - k, k) for total in range(1, DEGREE + 1) for k in range(total + 1)]
    slopes = [
        [
            a * first ** max(a - 1, 0) * second**b if axis == 0 else b * first**a * second ** max(b - 1, 0)
            for a, b in powers
        ]
        for axis in (0, 1)
    ]
    return np.moveaxis(np.array(slopes), -1, 0)


def _radial_gradients(x: Any, centres: Any, width: Any) -> Any:
    apart = x[:, :, None] - centres.T
    return -2 / width * apart * np.exp(-(apart**2).sum(axis=1, keepdims=True) / width)


def _mean_push(x: Any, cloud: Any, centres: Any, width: Any) -> Any:
    """Return the mean gradient of the even parts at x - y; where y is x itself it is 0 by symmetry."""
    apart = x - cloud
    both = _radial_gradients(apart, centres, width) + _radial_gradients(apart, -centres, width)
    return both.mean(axis=0) / 2


def measure_fits(smoke: bool) -> list[Measurement]:
    """Return the time of both fits, with and without an interaction."""
    n, shape, repeats = (40, SMALL_SHAPE, 1) if smoke else (1000, SHAPE, 5)
    found = []
    for interacts in (False, True):
        # Pair by pair an interaction takes the peer a minute: once is enough.
        tries = (repeats, 1 if interacts else repeats)
        ours, plain = (
            _in_fresh_process(solver, n, shape, interacts, count) for solver, count in zip(SOLVERS, tries, strict=True)
        )
        above = plain["residual"] / ours["residual"] - 1
        sought = f"V{', U' if interacts else ''} and beta"
        found.append(
            Measurement(
                what=f"features and solve, {sought}",
                size=f"n = {n}, d = 2, {INTERVALS} intervals, {14 + shape[0] * shape[1]} functions",
                timing=Timing(tuple(ours["wall"]), tuple(ours["cpu"])),
                dtype="float64",
                peer="NumPy and scikit-learn",
                peer_timing=Timing(tuple(plain["wall"]), tuple(plain["cpu"])),
                peak_bytes=ours["peak"],
                note=(
                    f"the peer does not scale columns, and its least mean square is {above:.1e} above ours; its peak "
                    f"memory is {plain['peak'] / 1e9:.2f} GB. "
                    f"{_SEEN[interacts]}"
                ),
            )
        )
    return found


_SEEN = {
    False: "JKOnet* took 3.2 to 4.5 CPU s for features and solve at this size, where it was run.",
    True: "JKOnet* took about 42 CPU s and 4.5 GB, extrapolated from fewer particles.",
}


def measure_one(solver: str, n: int, shape: tuple[int, int], interacts: bool, repeats: int) -> dict[str, Any]:
    """Time one solver in this process."""
    clouds, scores = draw_data(n)
    fit: Callable[..., float] = fit_ours if solver == "lemmata" else fit_plainly
    solved: list[float] = []

    def solve() -> None:
        solved[:] = [fit(clouds, scores, shape, interacts)]

    timing = time_once(solve) if repeats == 1 else time_warm(solve, repeats=repeats)
    return {
        "wall": timing.wall,
        "cpu": timing.cpu,
        "peak": peak_resident_bytes(),
        "residual": solved[0],
    }


def _in_fresh_process(solver: str, n: int, shape: tuple[int, int], interacts: bool, repeats: int) -> dict[str, Any]:
    settings = json.dumps({"n": n, "shape": shape, "interacts": interacts, "repeats": repeats})
    command = [sys.executable, "-m", "benchmarks.jko_fit", "--solver", solver, "--settings", settings]
    return dict(json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout))


def main(arguments: Sequence[str] | None = None) -> None:
    """Time one solver where it is named, else everything."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--solver", choices=SOLVERS)
    parser.add_argument("--settings", type=json.loads)
    chosen, rest = parser.parse_known_args(arguments)
    if chosen.solver is None:
        run_script(Path(__file__).stem, measure_fits, rest)
    else:
        settings = {**chosen.settings, "shape": tuple(chosen.settings["shape"])}
        print(json.dumps(measure_one(chosen.solver, **settings)))


if __name__ == "__main__":
    main()
