"""A game on the line for checks of the solvers: three components, sigma = 3/5, T = 1, either terminal cost.

Densities are evaluated here from the components, without the Cole-Hopf transform that checks hold against them.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, final

import numpy as np
from jaxtyping import Float

from ...numerics.wasserstein_proximal import (
    GaussianMixture,
    Grid,
    GridLaw,
    HamiltonJacobiSolution,
    PotentialEstimate,
    estimate_potential,
    solve_hjb,
)
from ...numerics.wasserstein_proximal.cole_hopf import terminal_power
from ...theory.wasserstein_proximal.notation import TerminalCost

SIGMA: Final = 0.6
HORIZON: Final = 1.0

TARGET: Final = GaussianMixture([[-2.0], [0.3], [1.8]], [[[0.4]], [[0.25]], [[0.3]]], [0.3, 0.4, 0.3])
"""pi, with the narrowest mode in the middle: towards either end one component takes over, and phi is quadratic."""

HALF_WIDTH: Final = 7.0
"""The box of the Hamilton-Jacobi equation ends here."""

TIMES: Final = tuple(float(t) for t in HORIZON * (1 - np.linspace(1, 0, 21) ** 2))
"""Times at which solutions are kept, closer to each other near the horizon."""

TAILS: Final = 40.0
"""Beyond this the target and its powers down to 1/4 are 0 in double precision."""

NODES: Final = 8001
"""Of the trapezoidal rule within the tails: a hundredth apart, far narrower than any power of the target."""


def log_density(mixture: GaussianMixture, points: Float[np.ndarray, "n d"]) -> Float[np.ndarray, " n"]:
    """Return log pi at points, from Cholesky factors of the covariances."""
    logs = []
    for mean, covariance, weight in zip(mixture.means, mixture.covariances, mixture.weights, strict=True):
        factor = np.linalg.cholesky(covariance)
        whitened = np.linalg.solve(factor, (points - mean).T)
        volume = mixture.dimension / 2 * math.log(2 * math.pi) + np.log(np.diag(factor)).sum()
        logs.append(math.log(weight) - volume - (whitened**2).sum(axis=0) / 2)
    return np.asarray(np.logaddexp.reduce(logs, axis=0))


@final
@dataclass(frozen=True, slots=True)
class LineGame:
    """The game with one terminal cost."""

    cost: TerminalCost
    sigma: float = SIGMA

    @property
    def title(self) -> str:
        """What figures and tables call the game."""
        name = "scaled" if self.cost is TerminalCost.SCALED_CROSS_ENTROPY else "cross-entropy"
        return rf"{name}, $\sigma = {self.sigma:g}$"

    @property
    def power(self) -> float:
        """The power of the target that eta_T is."""
        return terminal_power(self.sigma, self.cost.value)

    def terminal(self, points: Float[np.ndarray, "n 1"]) -> Float[np.ndarray, " n"]:
        """Return phi(T): log pi, or sigma^2 log pi."""
        factor = 1.0 if self.cost is TerminalCost.CROSS_ENTROPY else self.sigma**2
        return factor * log_density(TARGET, points)

    def estimate(self, t: float, points: Float[np.ndarray, "n 1"]) -> PotentialEstimate:
        """Return phi(t) by the Cole-Hopf transform, with its gradient and errors."""
        return estimate_potential(TARGET, t, points, horizon=HORIZON, sigma=self.sigma, terminal_cost=self.cost.value)

    def start(self, grid: Grid) -> GridLaw:
        """Return eta_0, normalised, on a grid."""
        total = _integrate(lambda x: np.exp(self.power * log_density(TARGET, x)))
        return GridLaw.of_density(grid, lambda x: np.exp(self.estimate(0.0, x).potential / self.sigma**2) / total)


def solve_game(game: LineGame, cells: int, *, rtol: float = 1e-7) -> HamiltonJacobiSolution:
    """Solve the game's Hamilton-Jacobi equation on the line at `TIMES`, with absolute tolerances of `rtol`/100."""
    return solve_hjb(
        game.terminal,
        sigma=game.sigma,
        horizon=HORIZON,
        grid=Grid((-HALF_WIDTH,), (HALF_WIDTH,), (cells,)),
        times=TIMES,
        rtol=rtol,
        atol=rtol / 100,
    )


def landed_law(grid: Grid, log_factor: Callable[[np.ndarray], np.ndarray]) -> GridLaw:
    """Return the law whose density is exp(log_factor(log pi)), normalised, on a grid."""
    total = _integrate(lambda points: np.exp(log_factor(log_density(TARGET, points))))
    return GridLaw.of_density(grid, lambda points: np.exp(log_factor(log_density(TARGET, points))) / total)


def _integrate(density: Callable[[np.ndarray], np.ndarray]) -> float:
    """Integrate over the line, by the trapezoidal rule: spectrally accurate, and exact to rounding for Gaussians."""
    places, spacing = np.linspace(-TAILS, TAILS, NODES, retstep=True)
    return float(density(places[:, None]).sum() * spacing)
