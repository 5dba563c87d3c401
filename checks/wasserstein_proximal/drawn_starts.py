"""Data processing at drawn starts: divergences at both ends of the controlled flow, by the kernel formula on the line.

A check for the claim that is stated elsewhere. Densities live at the centres of cells, where sums of smooth functions
are spectrally accurate: what half as many cells give differs by more than the error.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final, final

import numpy as np
from jaxtyping import Float
from scipy.special import xlogy
from sympy import Expr

from ...numerics.measures import GaussianMixture
from ...numerics.wasserstein_proximal import Grid, GridLaw, kernel_proximal
from ...numerics.wasserstein_proximal.cole_hopf import terminal_power
from ...theory.verdict import Json
from ...theory.wasserstein_proximal.notation import TerminalCost
from ..builders import Check, property
from ..comparison import Comparison, compare_at_most
from ..trial import Effort, Run
from .line_game import log_density

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

HALF_WIDTH: Final = 12.0
CELLS: Final = (384, 768)
"""The coarser grid still resolves the narrowest heat kernel that is drawn."""

MOST_COMPONENTS: Final = 4
ROUNDING: Final = 1e-12
"""What rounding changes in a divergence, relative to 1 and to its size."""

EXAMPLES: Final = {Effort.QUICK: 12, Effort.STANDARD: 60, Effort.DEEP: 600}

Component = tuple[float, float, float]
"""Mean, standard deviation and weight, up to a factor."""


@final
@dataclass(frozen=True, slots=True)
class DrawnStart:
    """A game on the line with the target pi and the start nu, both mixtures, each given by its components."""

    cost: TerminalCost
    sigma: float
    horizon: float
    target: tuple[Component, ...]
    start: tuple[Component, ...]


def drawn_starts() -> "SearchStrategy[DrawnStart]":
    """Return a strategy for starts; under the cross-entropy sigma <= 1.2, so that pi^(1/sigma^2) is in the box."""
    from hypothesis import strategies as st

    component = st.tuples(st.floats(-2, 2), st.floats(0.5, 1.2), st.floats(0.1, 1))
    mixture = st.lists(component, min_size=1, max_size=MOST_COMPONENTS).map(tuple)
    return st.one_of(
        *(
            st.builds(
                DrawnStart,
                cost=st.just(cost),
                sigma=st.floats(0.4, largest),
                horizon=st.floats(0.1, 4.0),
                target=mixture,
                start=mixture,
            )
            for cost, largest in ((TerminalCost.SCALED_CROSS_ENTROPY, 2.0), (TerminalCost.CROSS_ENTROPY, 1.2))
        )
    )


TIGHT: Final = DrawnStart(
    TerminalCost.SCALED_CROSS_ENTROPY, 0.4, 0.1, ((0.0, 1.5, 1.0),), ((0.5, (2.25 + 0.016) ** 0.5, 1.0),)
)
"""A normal target, and a start shifted against eta_0: the divergence falls by 2.25/2.266 only."""


def encode_start(drawn: DrawnStart) -> Json:
    """Return what `decode_start` reads back."""
    rows = {name: [list(one) for one in getattr(drawn, name)] for name in ("target", "start")}
    return asdict(drawn) | {"cost": drawn.cost.value} | rows


def decode_start(value: Json) -> DrawnStart:
    """Read back what `encode_start` returned."""
    rows = {name: tuple(tuple(one) for one in value[name]) for name in ("target", "start")}
    return DrawnStart(**{**value, **rows, "cost": TerminalCost(value["cost"])})


def check_drawn_starts(ratio: Callable[[Any], Expr]) -> Check:
    """Build the check that KL(rho_T|eta_T) is at most the claimed ratio of KL(nu|eta_0), at drawn pi and nu."""

    def compare(claimed: Any, drawn: DrawnStart, run: Run) -> Comparison:
        (first, last), (coarse_first, coarse_last) = (divergences(drawn, cells) for cells in reversed(CELLS))
        factor = float(ratio(claimed))
        error = factor * abs(first - coarse_first) + abs(last - coarse_last) + ROUNDING * (1 + first + last)
        at = {"cost": drawn.cost.value, "sigma": f"{drawn.sigma:.6g}", "T": f"{drawn.horizon:.6g}"}
        return compare_at_most(last, factor * first, error, point=at)

    return property(
        drawn_starts,
        compare,
        encode=encode_start,
        decode=decode_start,
        method="divergences at both ends, by the kernel formula for drawn mixtures on the line",
        name="drawn starts",
        examples=EXAMPLES,
        first=(TIGHT,),
        shrink=False,
    )


def divergences(drawn: DrawnStart, cells: int) -> tuple[float, float]:
    """Return KL(nu|eta_0) and KL(rho_T|eta_T), with eta normalised, on a number of cells."""
    grid = Grid((-HALF_WIDTH,), (HALF_WIDTH,), (cells,))
    target, start = _mixture(drawn.target), _mixture(drawn.start)
    power = terminal_power(drawn.sigma, drawn.cost.value)
    log_end = power * log_density(target, grid.points)
    total = float(np.log(np.exp(log_end).sum() * grid.volume))
    masses = np.exp(log_density(start, grid.points)) * grid.volume
    image = kernel_proximal(
        GridLaw(grid, masses / masses.sum()),
        lambda points: -(drawn.sigma**2) * power * log_density(target, points),
        sigma=drawn.sigma,
        horizon=drawn.horizon,
    )
    return (
        _divergence(masses / masses.sum(), image.log_normaliser - total, grid.volume),
        _divergence(image.law.masses, log_end - total, grid.volume),
    )


def _divergence(masses: Float[np.ndarray, " n"], log_density: Float[np.ndarray, " n"], volume: float) -> float:
    """Return the relative entropy of masses on cells with respect to a density at their centres."""
    return float((xlogy(masses, masses / volume) - masses * log_density).sum())


def _mixture(components: tuple[Component, ...]) -> GaussianMixture:
    means, deviations, weights = (np.array(part) for part in zip(*components, strict=True))
    return GaussianMixture(means[:, None], deviations[:, None, None] ** 2, weights / weights.sum())
