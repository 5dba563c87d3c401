"""Potential, interaction and diffusivity together, from particles of the diffusion: estimates against their errors.

The error of a coefficient is its standard error at the run's false-alarm probability, and what doubling the spacing
changes in it: three times the error of a second-order rule. The interaction is a choice of this catalogue.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from types import MappingProxyType
from typing import Final, final

import numpy as np
import sympy as sp
from scipy import stats

from ...numerics.jko import Energy, EnergyFit, Polynomial, RadialBasis, fit_weak_form, simulate
from ...theory.jko.potentials import potential
from ...theory.verdict import Json, Verdict
from ..builders import Check
from ..claim import Claim, Reading, Source, false
from ..comparison import Comparison, compare_equal, weigh
from ..evidence import Evidence, Kind, make_table
from ..trial import Effort, Run
from .known_snapshots import ConditionReading

SPACING: Final = 0.01
INTERVALS: Final = 10
"""The time between snapshots, and how many follow the first: even, so that every other one is a series too."""

SUBSTEPS: Final = 2
"""Steps of SRA1 in an interval: their error is to that of the trapezoidal rule as 1 to 4, or less."""

START: Final = (0.5, -0.5)
SPREAD: Final = 0.5
"""Mean and standard deviation of the first law, between the wells: the particles roll, and their law spreads."""

STRENGTH: Final = 24.0
WIDTH: Final = 2.0
DIFFUSIVITY: Final = 0.5

TEST_DEGREE: Final = 7
"""Degree of the test functions: higher than that of V, so that they tell beta from V at any one time."""

PARTICLES: Final = MappingProxyType({Effort.QUICK: 700, Effort.STANDARD: 2000, Effort.DEEP: 8000})

first, second = coordinates = sp.symbols("v1 v2", real=True)
POTENTIAL: Final = potential("styblinski_tang", coordinates)
INTERACTION: Final = STRENGTH * sp.exp(-(first**2 + second**2) / sp.Rational(WIDTH))


@final
@dataclass(frozen=True, slots=True)
class Recovered:
    """A coefficient as it was fitted: its standard error, what doubling the spacing changes in it, and the truth."""

    label: str
    value: float
    standard_error: float
    change: float
    truth: float

    def error(self, false_alarm: float) -> float:
        """Return the half-width at a false-alarm probability."""
        return float(stats.norm.isf(false_alarm / 2)) * self.standard_error + self.change

    def claimed(self, reading: ConditionReading) -> float:
        """Return the coefficient that a reading of the condition leads to."""
        if self.label[0] == "U":
            return reading.interaction * self.truth
        return reading.score * self.truth if self.label == "beta" else self.truth


def true_coefficients() -> dict[str, float]:
    """Return the coefficients other than 0, by the labels that a fit gives them."""
    found = {"beta": DIFFUSIVITY}
    for powers, coefficient in sp.Poly(POTENTIAL, *coordinates).terms():
        factors = [f"x{i + 1}" + (f"^{power}" if power > 1 else "") for i, power in enumerate(powers) if power]
        found["V: " + " ".join(factors)] = float(coefficient)
    return found


@cache
def draw_particles(count: int, seed: int) -> tuple[np.ndarray, ...]:
    """Return snapshots of `count` particles that are followed in time."""
    energy = Energy(coordinates, POTENTIAL, INTERACTION, DIFFUSIVITY)
    start = np.random.default_rng(seed).normal(START, SPREAD, (count, 2))
    # Seeds of JAX have 32 bits where double precision is not switched on.
    key = seed % 2**31
    moved = simulate(energy, start, dt=SPACING, steps=INTERVALS, key=key, substeps=SUBSTEPS, scheme="sra1")
    return tuple(moved.snapshots)


def fit_snapshots(snapshots: tuple[np.ndarray, ...], tau: float) -> EnergyFit:
    """Fit all three energies with features that contain the truth."""
    return fit_weak_form(
        snapshots,
        tau,
        potential=Polynomial(4, centre=0.0),
        interaction=RadialBasis([[0.0, 0.0]], WIDTH),
        tests=Polynomial(TEST_DEGREE, centre=0.0),
    )


@cache
def recover(count: int, seed: int, tau: float) -> tuple[Recovered, ...]:
    """Return the fitted coefficients, with time measured as if snapshots were `tau` apart."""
    snapshots, truths = draw_particles(count, seed), true_coefficients()
    fine, coarse = fit_snapshots(snapshots, tau), fit_snapshots(snapshots[::2], 2 * tau)
    changes = np.abs(coarse.coefficients - fine.coefficients)
    fitted = zip(fine.labels, fine.coefficients, fine.standard_errors, changes, strict=True)
    return tuple(
        Recovered(
            label, float(value), float(error), float(change), STRENGTH if label[0] == "U" else truths.get(label, 0.0)
        )
        for label, value, error, change in fitted
    )


def _compare(reading: ConditionReading, found: tuple[Recovered, ...], false_alarm: float) -> Iterator[Comparison]:
    for one in found:
        at = {"coefficient": one.label}
        yield compare_equal(one.value, one.claimed(reading), one.error(false_alarm), point=at, data=at)


def _examine(formula: Callable[[], ConditionReading], run: Run) -> Evidence:
    reading = formula()
    tau = 1.0 if reading.omits_spacing else reading.spacing * SPACING
    found = recover(PARTICLES[run.effort], run.seed, tau)
    share = run.false_alarm / len(found)
    compared = [
        one for one in _compare(reading, found, share) if run.at is None or dict(one.point) == dict(run.at.point)
    ]
    rows: list[list[Json]] = [
        [one.label, one.truth, [one.value, one.error(share)], one.standard_error, one.change] for one in found
    ]
    columns = ("coefficient", "truth", "fitted", "standard error", "change")
    note = "The change is that in twice the spacing; the error is the half-width at the false-alarm probability."
    return weigh(
        compared,
        run,
        check="coefficients",
        kind=Kind.STATISTICAL,
        method="SRA1 on particles, the weak form with polynomials as test functions",
        value={one.label: one.value for one in found},
        instance=f"styblinski_tang, d = 2, {PARTICLES[run.effort]} particles",
        tables=[make_table("Coefficients", columns, rows, note)],
    )


def _reading(**changes: object) -> Callable[[], ConditionReading]:
    return lambda: replace(ConditionReading(), **changes)  # type: ignore[arg-type]


recovers_all_three = Claim(
    id="jko.recovers-all-three",
    title="Particles of the diffusion tell potential, interaction and diffusivity at once",
    statement=r"""
Let particles in the plane follow the diffusion of $`J(\mu) = \int V d\mu + \frac{1}{2} \iint U(x - y)\, d\mu\, d\mu
+ \beta \int \rho \log\rho`$ with $`V(v) = \frac{1}{2} \sum_i (v_i^4 - 16 v_i^2 + 5 v_i)`$,
$`U(z) = 24\, e^{-|z|^2/2}`$ and $`\beta = \frac{1}{2}`$, from $`N((0.5, -0.5), 0.25 I)`$, and let eleven snapshots be
taken, 0.01 apart. With all monomials of $`V`$ up to degree 4, $`e^{-|z|^2/2}`$ for $`U`$ and $`\beta`$ as unknowns,
the weak form of the condition gives back all sixteen coefficients within their standard errors at the false-alarm
probability of the run, to which what doubling the spacing changes is added.

The abstract speaks of all three energies, and not of these: $`U`$ and $`\beta`$ are this catalogue's, and so is the
weak form in place of the quadratic loss.
""",
    source=Source("terpin2024", "abstract: potential, interaction and internal energy", Reading.RESTATED),
    formula=ConditionReading,
    controls={
        "interaction doubled": false(_reading(interaction=2.0)),
        "score sign flipped": false(_reading(score=-1.0)),
        "tau omitted": false(_reading(omits_spacing=True)),
        "tau off by a quarter": false(_reading(spacing=1.25), near=True),
    },
    checks=(Check("coefficients", Kind.STATISTICAL, _examine),),
    expected=Verdict.SUPPORTED,
    dimension="d = 2",
    uses=("jko.interaction-constant",),
    instance=lambda: "d = 2, V = styblinski_tang, U = 24 exp(-|z|^2/2), beta = 1/2, from N((0.5, -0.5), 0.25 I)",
)

CLAIMS = (recovers_all_three,)
