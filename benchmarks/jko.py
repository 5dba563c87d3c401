"""Fit the fifteen test potentials from snapshots, and compare one-step predictions with what a peer was seen to reach.

Run as `python -m benchmarks.jko [--smoke] [--seeds N] [--potentials NAME...]`; it writes `build/benchmarks/jko.json`
after each potential. The settings are those of JKOnet*'s own experiments [terpin2024]: 2000 particles in the plane,
uniform on [-4, 4]^2, five steps of Euler's method of 0.01, half of the particles for training. What is reported is the
mean exact 1-Wasserstein distance between the prediction for the other half and what became of it.

Neither features nor settings depend on the potential or the seed: monomials up to degree 4, and radial functions about
a grid over the square that the training particles span.
"""

import argparse
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, final

import numpy as np
from jaxtyping import Float
from scipy import stats

from lemmata.numerics.jko import Energy, EnergyFit, Polynomial, RadialBasis, fit_energies, simulate
from lemmata.theory.jko.potentials import POTENTIAL_NAMES

from .machine import machine_facts
from .script import FOLDER, write_json

SPACING, STEPS, HALF_WIDTH = 0.01, 5, 4.0
"""The time between snapshots, the steps after the first of them, and where particles start."""

PARTICLES, GRID = 2000, 16
"""Particles, of which half are held out, and radial functions along a side of their square."""

FARTHEST = 6.0
"""Beyond this, particles that a potential throws out get no radial functions of their own."""

PEER = {"styblinski_tang": 0.00042, "wavy_plateau": 0.0162, "holder_table": 0.0474, "double_exp": 0.0045}
"""What JKOnet* reached with one seed, where it was run."""

CONFIDENCE = 0.95


@final
@dataclass(frozen=True, slots=True)
class Row:
    """One potential: distances of each seed, for the fit and for standing still, and CPU seconds of the fits."""

    potential: str
    predicted: tuple[float, ...]
    unmoved: tuple[float, ...]
    condition_numbers: tuple[float, ...]
    cpu_seconds: tuple[float, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the row with means and the confidence interval of what the fit gains on standing still."""
        gains = np.subtract(self.unmoved, self.predicted)
        gain, interval = float(gains.mean()), None
        if len(gains) > 1:
            reach = float(stats.t.ppf((1 + CONFIDENCE) / 2, len(gains) - 1) * gains.std(ddof=1) / np.sqrt(len(gains)))
            interval = [gain - reach, gain + reach]
        return {
            **asdict(self),
            "mean_predicted": float(np.mean(self.predicted)),
            "mean_unmoved": float(np.mean(self.unmoved)),
            "gain": gain,
            "gain_interval": interval,
            "peer": PEER.get(self.potential),
        }


def draw_snapshots(
    name: str, seed: int, particles: int
) -> tuple[list[Float[np.ndarray, "n d"]], list[Float[np.ndarray, "n d"]]]:
    """Return snapshots of the particles to train with, and of those held out."""
    rng = np.random.default_rng(seed)
    start = rng.uniform(-HALF_WIDTH, HALF_WIDTH, (particles, 2))
    paths = simulate(Energy.of_test_potential(name, 2), start, dt=SPACING, steps=STEPS, key=seed).snapshots
    order = rng.permutation(particles)
    halves = np.array_split(order, 2)
    return [points[halves[0]] for points in paths], [points[halves[1]] for points in paths]


def fit_potential(training: Sequence[Float[np.ndarray, "n d"]], grid: int) -> EnergyFit:
    """Fit a potential alone to steps of Euler's method."""
    reach = min(float(np.abs(np.concatenate(training)).max()), FARTHEST)
    ticks = np.linspace(-reach, reach, grid)
    centres = np.stack(np.meshgrid(ticks, ticks), axis=-1).reshape(-1, 2)
    return fit_energies(
        training,
        SPACING,
        potential=[Polynomial(4, centre=0.0), RadialBasis(centres)],
        internal=False,
        estimator="explicit",
    )


def measure_potential(name: str, seeds: Sequence[int], *, particles: int, grid: int) -> Row:
    """Fit one potential with each seed and evaluate it on the particles held out."""
    predicted, unmoved, conditions, cpu = [], [], [], []
    for seed in seeds:
        training, held_out = draw_snapshots(name, seed, particles)
        started = time.process_time()
        fit = fit_potential(training, grid)
        cpu.append(time.process_time() - started)
        judged = fit.evaluate(held_out)
        predicted.append(float(judged.predicted.mean()))
        unmoved.append(float(judged.unmoved.mean()))
        conditions.append(fit.condition_number)
    return Row(name, tuple(predicted), tuple(unmoved), tuple(conditions), tuple(cpu))


def show_row(row: dict[str, Any]) -> str:
    """Return one line of the table: the potential, distances of fit, of standing still and of the peer, CPU seconds."""
    peer = "" if row["peer"] is None else f"{row['peer']:.5f}"
    return (
        f"{row['potential']:<16} {row['mean_predicted']:9.5f} {max(row['predicted']):9.5f} "
        f"{row['mean_unmoved']:9.5f} {peer:>9} {np.median(row['cpu_seconds']):7.2f}"
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure what was named, print a line for each potential and keep the document up to date."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.jko", description=__doc__.partition("\n")[0])
    parser.add_argument("--smoke", action="store_true", help="few particles, one seed: does it run, not how well")
    parser.add_argument("--seeds", type=int, default=30, metavar="N", help="how many seeds (default: %(default)s)")
    parser.add_argument("--potentials", nargs="+", choices=POTENTIAL_NAMES, default=POTENTIAL_NAMES, metavar="NAME")
    parser.add_argument("--output", type=Path, default=FOLDER / "jko.json", help="default: %(default)s")
    chosen = parser.parse_args(arguments)
    if chosen.seeds < 1:
        parser.error("at least one seed is needed")
    seeds = range(1 if chosen.smoke else chosen.seeds)
    particles, grid = (160, 3) if chosen.smoke else (PARTICLES, GRID)
    document: dict[str, Any] = {"machine": machine_facts(), "smoke": chosen.smoke, "potentials": []}
    print(f"{'potential':<16} {'mean W1':>9} {'worst':>9} {'unmoved':>9} {'peer':>9} {'CPU s':>7}", flush=True)
    for name in chosen.potentials:
        row = measure_potential(name, seeds, particles=particles, grid=grid).to_json()
        print(show_row(row), flush=True)
        document["potentials"].append(row)
        write_json(chosen.output, document)


if __name__ == "__main__":
    main()
