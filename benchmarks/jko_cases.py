"""Energies to be learned from snapshots, the settings of a fit, and how far its predictions are from what happened.

The data are those of JKOnet*'s own experiments [terpin2024]: 2000 particles in the plane, uniform on [-4, 4]^2, five
steps of Euler's method of 0.01, half of the particles for training. A prediction is one step of each snapshot of the
other half; it is judged by the mean exact 1-Wasserstein distance to the next snapshot. With diffusion even the true
energies predict up to their noise only, so they are judged beside the fit, with the same noise for both.

Features and settings depend on whether there is diffusion, never on the energies or the seed: monomials up to degree 4,
and radial functions about a grid over the square that the training particles span, coarser where there is noise.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from types import MappingProxyType
from typing import Any, Final, final

import numpy as np
import sympy as sp
from jaxtyping import Float

from lemmata.numerics.jko import AbstractFeatures, Energy, EnergyFit, Polynomial, RadialBasis, fit_energies, simulate
from lemmata.numerics.jko.prediction import wasserstein_distance
from lemmata.numerics.measures import DiscreteMeasure
from lemmata.theory.jko.potentials import POTENTIAL_NAMES

Points = Float[np.ndarray, "n d"]

SPACING, STEPS, HALF_WIDTH = 0.01, 5, 4.0
"""The time between snapshots, the steps after the first of them, and where particles start."""

FARTHEST = 6.0
"""Beyond this, particles that a potential throws out get no radial functions of their own."""

DIFFUSIVITY = 0.1

z1, z2 = sp.symbols("v1:3", real=True)
ATTRACTION: Final = -20 * sp.exp(-(z1**2 + z2**2) / 4)
"""The interaction: which one the peer was seen with is not recorded, so this is ours."""


@final
@dataclass(frozen=True, slots=True)
class Peer:
    """What JKOnet* reached with one seed, where it was run: distances of its fit and of the true model, and beta."""

    predicted: float
    true_model: float = 0.0
    diffusivity: float | None = None

    @property
    def excess(self) -> float:
        """What the fit's distance has over that of the true model."""
        return self.predicted - self.true_model


@final
@dataclass(frozen=True, slots=True)
class Case:
    """A test potential V, an interaction U and a diffusivity beta."""

    potential: str
    interaction: sp.Expr = sp.S.Zero
    diffusivity: float = 0.0
    peer: Peer | None = None

    @property
    def name(self) -> str:
        """The potential's name, and what there is beside it."""
        parts = [self.potential, *(["interaction"] if self.interaction != 0 else [])]
        return " + ".join([*parts, *(["diffusion"] if self.diffusivity > 0 else [])])

    def energy(self) -> Energy:
        """Return the energy in the plane."""
        return Energy.of_test_potential(self.potential, 2, interaction=self.interaction, diffusivity=self.diffusivity)


SEEN: Final = MappingProxyType(
    {
        "styblinski_tang": Peer(0.00042),
        "wavy_plateau": Peer(0.0162),
        "holder_table": Peer(0.0474),
        "double_exp": Peer(0.0045),
    }
)
"""The potentials alone that the peer was run with."""

STIFF = "styblinski_tang"

CASES: Final[Mapping[str, Case]] = MappingProxyType(
    {
        case.name: case
        for case in (
            *(Case(name, peer=SEEN.get(name)) for name in POTENTIAL_NAMES),
            Case(STIFF, diffusivity=DIFFUSIVITY, peer=Peer(0.0667, 0.0657, 0.112)),
            Case(STIFF, ATTRACTION, DIFFUSIVITY, Peer(0.0648, 0.0540, 0.077)),
        )
    }
)
"""All cases by name."""


@final
@dataclass(frozen=True, slots=True)
class Sizes:
    """Particles, of which half are held out, and radial functions along a side without and with diffusion."""

    particles: int
    grid: int
    coarse_grid: int


FULL, SMOKE = Sizes(2000, 24, 4), Sizes(160, 3, 3)


@final
@dataclass(frozen=True, slots=True)
class Outcome:
    """One case with one seed: mean distances of the fit, of the true energies and of standing still; the fitted beta.

    `cpu_seconds` are those of the fit, from snapshots to energies with standard errors.
    """

    case: str
    seed: int
    predicted: float
    true_model: float
    unmoved: float
    diffusivity: float | None
    condition_number: float
    cpu_seconds: float

    def to_json(self) -> dict[str, Any]:
        """Return the outcome as JSON."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Outcome":
        """Read an outcome back from `to_json`."""
        return cls(**value)


def draw_snapshots(energy: Energy, seed: int, particles: int) -> tuple[list[Points], list[Points]]:
    """Return snapshots of the particles to train with, and of those held out."""
    rng = np.random.default_rng(seed)
    start = rng.uniform(-HALF_WIDTH, HALF_WIDTH, (particles, 2))
    paths = simulate(energy, start, dt=SPACING, steps=STEPS, key=seed).snapshots
    halves = np.array_split(rng.permutation(particles), 2)
    return [points[halves[0]] for points in paths], [points[halves[1]] for points in paths]


def fit_case(case: Case, training: Sequence[Points], sizes: Sizes) -> EnergyFit:
    """Fit what the case has, V and where they are there U and beta, to steps of Euler's method."""
    noisy = case.diffusivity > 0
    reach = min(float(np.abs(np.concatenate(training)).max()), FARTHEST)
    radial = radial_grid(reach, sizes.coarse_grid if noisy else sizes.grid)
    return fit_energies(
        training,
        SPACING,
        potential=[Polynomial(4, centre=0.0), radial],
        interaction=radial if case.interaction != 0 else None,
        internal=noisy,
        estimator="euler-maruyama" if noisy else "explicit",
    )


def radial_grid(reach: float, side: int) -> AbstractFeatures:
    """Return radial functions about a grid of `side`^2 places over [-reach, reach]^2."""
    ticks = np.linspace(-reach, reach, side)
    return RadialBasis(np.stack(np.meshgrid(ticks, ticks), axis=-1).reshape(-1, 2))


def run_case(case: Case, seed: int, sizes: Sizes) -> Outcome:
    """Fit one case with one seed and evaluate it on the particles held out."""
    energy = case.energy()
    training, held_out = draw_snapshots(energy, seed, sizes.particles)
    started = time.process_time()
    fit = fit_case(case, training, sizes)
    spent = time.process_time() - started
    distances = np.empty((STEPS, 3))
    for index in range(STEPS):
        before, after = held_out[index : index + 2]
        noise = np.random.default_rng([seed, index]).standard_normal(before.shape)
        models = (
            before + SPACING * fit.drift(DiscreteMeasure(before)) + _spread(fitted_diffusivity(fit)) * noise,
            drift_exactly(energy, before) + _spread(energy.diffusivity) * noise,
            before,
        )
        distances[index] = [wasserstein_distance(DiscreteMeasure(x), DiscreteMeasure(after)) for x in models]
    predicted, true_model, unmoved = distances.mean(axis=0).tolist()
    return Outcome(
        case=case.name,
        seed=seed,
        predicted=predicted,
        true_model=true_model,
        unmoved=unmoved,
        diffusivity=None if fit.diffusivity is None else fit.diffusivity.value,
        condition_number=fit.condition_number,
        cpu_seconds=spent,
    )


def fitted_diffusivity(fit: EnergyFit) -> float:
    """Return beta to predict with: 0 where none was sought or it came out negative."""
    return 0.0 if fit.diffusivity is None else max(fit.diffusivity.value, 0.0)


def drift_exactly(energy: Energy, x: Points) -> Points:
    """Return particles after one step of Euler's method in the true energies, without the noise."""
    return simulate(replace(energy, diffusivity=0.0), x, dt=SPACING, steps=1, key=0).snapshots[-1]


def _spread(diffusivity: float) -> float:
    """Return the standard deviation of a step's noise in each coordinate."""
    return float(np.sqrt(2 * diffusivity * SPACING))
