"""Where the controlled flow lands, solved forwards; and what the potential of drawn games is at the end.

Both are checks for claims that are stated elsewhere, by the power of the target density that eta_T is. Controlled by
the solved potential, the flow from eta_0 has an error of second order in the width of the cells, so that it lands on
the claimed law if and only if the two draw closer with that order.
"""

from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any, Final

import numpy as np
import sympy as sp
from jaxtyping import Float
from sympy import Expr

from ...numerics.estimate import Estimate
from ...numerics.wasserstein_proximal import GridLaw, cole_hopf_potential, solve_controlled_fokker_planck
from ...theory.wasserstein_proximal.cole_hopf import target
from ...theory.wasserstein_proximal.notation import TerminalCost, sigma
from ..builders import Check, property
from ..comparison import Comparison
from ..jko.orders import Series, check_orders
from ..trial import Effort, Run
from .drawn_games import ROUNDING, DrawnGame, decode_game, drawn_games, encode_game
from .line_game import HALF_WIDTH, HORIZON, SIGMA, LineGame, landed_law, log_density, solve_game

Factors = Callable[[Any], Mapping[TerminalCost, Expr]]
"""Reads from a claimed formula eta_T, up to a constant, as a function of the target density for each terminal cost."""

CELLS: Final = (56, 112, 224)

ORDER: Final = 2.0
"""That of central differences and of the fluxes between cells, and of the first correction to their errors."""

QUADRATURE: Final = 1e-9
"""What total variations owe to quadrature: of eta_0 and eta_T over cells, and to the steps in time of phi."""

EXAMPLES: Final = {Effort.QUICK: 25, Effort.STANDARD: 100, Effort.DEEP: 1000}


def check_landing(factors: Factors) -> Check:
    """Build the check that the flow from eta_0 lands on the claimed eta_T: its distance is of order 2 in the width."""
    widths = tuple(2 * HALF_WIDTH / cells for cells in CELLS)

    def series(claimed: Any, run: Run) -> dict[str, Series]:
        found = {}
        for cost, factor in factors(claimed).items():
            game = LineGame(cost)
            landed = solve_landing(game)
            expected = landed_law(landed[-1].grid, partial(_log_factor, factor=factor, noise=SIGMA))
            gaps = []
            for law in reversed(landed):
                gaps.append(Estimate(law.total_variation(expected), QUADRATURE))
                expected = expected.coarsened()
            found[game.title] = Series(
                widths, tuple(reversed(gaps)), ORDER, correction=ORDER, step="width of a cell", symbol=r"\Delta x"
            )
        return found

    return check_orders("forward flow", series)


@cache
def solve_landing(game: LineGame) -> tuple[GridLaw, ...]:
    """Return where the flow from eta_0 lands on grids of more and more cells, controlled by the solved potential."""
    solutions = [solve_game(game, cells) for cells in CELLS]
    starts = [game.start(solutions[-1].grid)]
    while len(starts) < len(CELLS):
        starts.append(starts[-1].coarsened())
    return tuple(
        solve_controlled_fokker_planck(start, solution, sigma=game.sigma, horizon=HORIZON).final
        for start, solution in zip(reversed(starts), solutions, strict=True)
    )


def check_terminal_values(factors: Factors) -> Check:
    """Build the check that phi(T) of drawn mixtures is sigma^2 log of the claimed eta_T."""

    def compare(claimed: Any, drawn: DrawnGame, run: Run) -> Comparison:
        mixture, points = drawn.mixture(), drawn.points()
        logs = log_density(mixture, points)
        found = cole_hopf_potential(
            mixture, drawn.horizon, points, horizon=drawn.horizon, sigma=drawn.sigma, terminal_cost=drawn.cost.value
        )
        expected = drawn.sigma**2 * _log_factor(logs, factor=factors(claimed)[drawn.cost], noise=drawn.sigma)
        # The tolerance of the potential, and the rounding of squares that are summed up to log pi.
        condition = float(np.linalg.cond(mixture.covariances).max())
        error = 1e-10 * (1 + np.abs(found)) + ROUNDING * condition * (1 + np.abs(logs)) / min(1.0, drawn.sigma**2)
        worst = int(np.argmax(np.abs(found - expected) / error))
        return Comparison(
            deviation=float(np.abs(found - expected)[worst]),
            error=float(error[worst]),
            scale=float(np.abs(expected)[worst]),
            observed=f"{found[worst]:.12g}",
            required=f"{expected[worst]:.12g} +- {error[worst]:.2g}",
            point={"cost": drawn.cost.value, "sigma": f"{drawn.sigma:.6g}", "x": str(points[worst].tolist())},
        )

    return property(
        drawn_games,
        compare,
        encode=encode_game,
        decode=decode_game,
        method="the Cole-Hopf potential of drawn mixtures at t = T, d <= 3",
        name="drawn mixtures",
        examples=EXAMPLES,
        shrink=False,
    )


def _log_factor(logs: Float[np.ndarray, " n"], *, factor: Expr, noise: float) -> Float[np.ndarray, " n"]:
    """Return log eta_T where log pi is `logs`, at a value of sigma: densities underflow where logarithms do not."""
    logarithm = sp.Symbol("l", real=True)
    inserted = sp.expand_log(sp.log(factor.subs(target, sp.exp(logarithm))), force=True)
    return np.asarray(sp.lambdify(logarithm, inserted.subs(sigma, noise), "numpy")(logs), dtype=np.float64)
