"""Steps on the line by the quantile solver, which knows no closed form: normal laws and Barenblatt profiles.

Each step is solved once for all formulas. A scale is known up to the solver's error in W_2, by which no standard
deviation can be off more.
"""

from dataclasses import dataclass
from functools import cache
from typing import Final, final

import numpy as np
import sympy as sp

from ...numerics.estimate import Estimate
from ...numerics.jko import (
    BarenblattReference,
    Energy,
    NormalReference,
    QuantileGrid,
    QuantileLaw,
    jko_step_quantiles,
)
from ...theory.jko.barenblatt import curvature
from ...theory.jko.notation import (
    attraction,
    beta,
    centre,
    confinement,
    dimension,
    exponent,
    old_mean,
    old_scale,
    tau,
)

PIECES: Final = 16
ROUNDING: Final = 1e-12
"""Relative rounding error of the solver's quadratures and of a formula's evaluation, generously."""

_x = sp.Symbol("x", real=True)


@final
@dataclass(frozen=True, slots=True)
class QuadraticCase:
    """V = l (x - c)^2/2, U = k x^2/2 and beta, and a step of length tau from N(m_0, s_0^2)."""

    confinement: float
    attraction: float
    centre: float
    diffusivity: float
    step: float
    mean: float = -0.3
    scale: float = 0.8

    @property
    def values(self) -> dict[sp.Symbol, float]:
        """The values of the theory's symbols."""
        return {
            confinement: self.confinement,
            attraction: self.attraction,
            centre: self.centre,
            beta: self.diffusivity,
            tau: self.step,
            old_mean: self.mean,
            old_scale: self.scale,
        }


@cache
def solve_normal_step(case: QuadraticCase) -> tuple[Estimate, Estimate]:
    """Solve for mean and standard deviation after a step from a normal law."""
    grid = QuantileGrid(NormalReference(), PIECES)
    law = QuantileLaw.of(grid, lambda z: case.mean + case.scale * z)
    energy = Energy(
        (_x,), case.confinement * (_x - case.centre) ** 2 / 2, case.attraction * _x**2 / 2, case.diffusivity
    )
    after = jko_step_quantiles(law, energy, case.step)
    return after.mean(), after.standard_deviation()


@final
@dataclass(frozen=True, slots=True)
class ProfileCase:
    """A step of length tau of the porous medium with exponent p, from the profile of scale s_0."""

    exponent: float
    step: float = 0.2
    scale: float = 0.7

    @property
    def values(self) -> dict[sp.Symbol, float]:
        """The values of the theory's symbols, on the line; the mass is 1 where C = kappa is the reference's height."""
        reference = BarenblattReference(self.exponent)
        height = float(np.exp(reference.log_density(np.zeros(1))[0] * (self.exponent - 1)))
        return {
            exponent: self.exponent,
            dimension: 1,
            curvature: height,
            tau: self.step,
            old_scale: self.scale,
        }


@cache
def solve_profile_step(case: ProfileCase) -> Estimate:
    """Solve for the scale after a step from a Barenblatt profile, by its standard deviation over that of scale 1."""
    grid = QuantileGrid(BarenblattReference(case.exponent), PIECES)
    law = QuantileLaw.of(grid, lambda z: case.scale * z)
    after = jko_step_quantiles(law, Energy((_x,), diffusivity=1.0, exponent=case.exponent), case.step)
    unit = float(np.sqrt(grid.weights @ grid.nodes**2))
    spread = after.standard_deviation()
    return Estimate(spread.value / unit, spread.error / unit, spread.method)
