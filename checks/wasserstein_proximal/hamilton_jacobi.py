"""The Hamilton-Jacobi equation: its Cole-Hopf solution at drawn points, and the order of the solver that reaches it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import Final, TypeAlias, final

import numpy as np
from jaxtyping import Float
from sympy import Expr, Integer, Rational

from ...numerics.estimate import Estimate
from ...numerics.wasserstein_proximal.grid import differentiate
from ...theory.verdict import Verdict
from ...theory.wasserstein_proximal.notation import TerminalCost, sigma
from ..builders import property
from ..claim import Claim, Reading, Source, false
from ..comparison import Comparison
from ..illustration import illustrated
from ..jko.orders import Series, check_orders
from ..trial import Effort, Run
from .drawn_games import DrawnGame, decode_game, differentiate_potential, drawn_games, encode_game
from .line_game import HALF_WIDTH, LineGame, solve_game
from .solution_figures import draw_solution

Values: TypeAlias = Float[np.ndarray, " n"]

CELLS: Final = 112
"""Cells of the middle one of three grids, each with half the width of the one before."""

WIDTHS: Final = tuple(2 * HALF_WIDTH / (factor * CELLS) for factor in (0.5, 1, 2))

EVEN: Final = 2.0
"""The error of central differences is a series in even powers of the width."""

TOLERANCES: Final = (1e-7, 1e-8)
"""Relative tolerances of the steps in time; what the two differ by is the error of the rougher one."""

GAMES: Final = (
    LineGame(TerminalCost.CROSS_ENTROPY),
    LineGame(TerminalCost.CROSS_ENTROPY, 1.0),
    LineGame(TerminalCost.SCALED_CROSS_ENTROPY),
)

EXAMPLES: Final = {Effort.QUICK: 25, Effort.STANDARD: 100, Effort.DEEP: 1000}


@final
@dataclass(frozen=True, slots=True)
class Solution:
    """What is claimed: the factors of |grad phi|^2 and of Laplace phi, and the orders of the solver."""

    speed: Expr
    diffusivity: Expr
    potential_order: Rational
    velocity_order: Rational


def _solution() -> Solution:
    return Solution(Rational(1, 2), sigma**2 / 2, Rational(2), Rational(2))


def _with(**changes: Expr) -> Callable[[], Solution]:
    return lambda: replace(_solution(), **changes)


def _compare_residual(claimed: Solution, drawn: DrawnGame, run: Run) -> Comparison:
    """Compare phi_t with what the claimed equation gives, at the drawn point where it misses by most of its error."""
    found = differentiate_potential(drawn)
    factors = [float(part.subs(sigma, drawn.sigma)) for part in (claimed.speed, claimed.diffusivity)]
    rest = factors[0] * found.squared_speed + factors[1] * found.laplacian
    in_rate, in_speed, in_laplacian = found.errors
    errors = in_rate + abs(factors[0]) * in_speed + abs(factors[1]) * in_laplacian
    missed = np.abs(found.rate + rest)
    worst = int(np.argmax(missed / errors))
    return Comparison(
        deviation=float(missed[worst]),
        error=float(errors[worst]),
        scale=float(abs(factors[0]) * found.squared_speed[worst] + abs(factors[1] * found.laplacian[worst])),
        observed=f"phi_t = {found.rate[worst]:.12g} +- {errors[worst]:.2g}",
        required=f"{-rest[worst]:.12g}",
        point={"cost": drawn.cost.value, "t": f"{drawn.time:.6g}", "x": str(drawn.points()[worst].tolist())},
    )


@cache
def _errors(game: LineGame) -> dict[str, tuple[Estimate, ...]]:
    """Return the root mean squares over the box of the errors of phi and of grad phi at t = 0, from coarse to fine."""
    runs = []
    for rtol in TOLERANCES:
        middle, fine = (solve_game(game, cells, rtol=rtol).tables for cells in (CELLS, 2 * CELLS))
        runs.append([*reversed(middle), fine[0]])
    grids = [table.grid for table in runs[0]]
    # At all points at once: few programs are compiled.
    known = game.estimate(0.0, np.concatenate([grid.points for grid in grids]))
    ends = np.cumsum([len(grid.points) for grid in grids])[:-1]
    potentials, gradients, potential_errors, gradient_errors = (
        np.split(part.ravel(), ends)
        for part in (known.potential, known.gradient, known.potential_error, known.gradient_error)
    )
    found: dict[str, list[Estimate]] = {"potential": [], "velocity": []}
    for k, (rough, table) in enumerate(zip(*runs, strict=True)):
        found["potential"].append(_error(rough.values[0], table.values[0], potentials[k], potential_errors[k]))
        first, second = (differentiate(one.values[0], table.grid.widths)[0][0] for one in (rough, table))
        found["velocity"].append(_error(first, second, gradients[k], gradient_errors[k]))
    return {name: tuple(values) for name, values in found.items()}


def _error(rough: Values, solved: Values, exact: Values, error: Values) -> Estimate:
    """Return the root mean square of what is missed, which tolerances and the exact values' errors may change."""
    return Estimate(_norm(solved - exact), _norm(rough - solved) + _norm(error))


def _norm(values: Values) -> float:
    return float(np.sqrt(np.mean(values**2)))


def _series(claimed: Solution, run: Run) -> dict[str, Series]:
    """Return the errors of the solver by the width of the cells."""
    orders = {"potential": claimed.potential_order, "velocity": claimed.velocity_order}
    return {
        f"{name}: {game.title}": Series(
            WIDTHS, gaps, float(orders[name]), correction=EVEN, step="width of a cell", symbol=r"\Delta x"
        )
        for game in GAMES
        for name, gaps in _errors(game).items()
    }


hjb_solution = Claim(
    id="wasserstein-proximal.hjb-solution",
    title="The method of lines reaches the Cole-Hopf solution of the Hamilton-Jacobi equation with order 2",
    statement=r"""
Let $`\pi`$ be a mixture of Gaussians with regular covariances on $`\mathbb{R}^d`$, $`d \le 3`$, and $`\eta_T`$ what
the terminal cost makes of it. With $`Z \sim N(0, I)`$,

```math
\varphi(t, x) = \sigma^2 \log E\, \eta_T(x + \sigma \sqrt{T - t}\, Z)
\quad\text{solves}\quad
\partial_t \varphi + \tfrac{1}{2} |\nabla\varphi|^2 + \tfrac{\sigma^2}{2} \Delta\varphi = 0 .
```

On the line, central differences on cells of width $`\Delta x`$ with outflow at the ends, and steps in time that adapt,
find $`\varphi(0)`$ and the velocity $`\partial_x \varphi(0)`$ up to errors $`c\, \Delta x^2 + o(\Delta x^2)`$, in the
root mean square over the box. This is looked at for three components, $`T = 1`$, $`\sigma = 3/5`$ and $`1`$.
""",
    source=Source("zhang2024", "abstract: Cole-Hopf transform of the Hamilton-Jacobi equation", Reading.RESTATED),
    formula=_solution,
    controls={
        "diffusion without sigma^2": false(_with(diffusivity=Rational(1, 2))),
        "wrong sign of the diffusion": false(_with(diffusivity=-(sigma**2) / 2)),
        "kinetic energy without one half": false(_with(speed=Integer(1))),
        "diffusion off by one per cent": false(_with(diffusivity=Rational(101, 200) * sigma**2), near=True),
        "phi of order 1": false(_with(potential_order=Rational(1))),
        "phi of order 1.95": false(_with(potential_order=Rational(39, 20)), near=True),
        "phi of order 2.05": false(_with(potential_order=Rational(41, 20)), near=True),
        "velocity of order 1.9": false(_with(velocity_order=Rational(19, 10)), near=True),
        "velocity of order 2.1": false(_with(velocity_order=Rational(21, 10)), near=True),
    },
    checks=(
        property(
            drawn_games,
            _compare_residual,
            encode=encode_game,
            decode=decode_game,
            method="automatic derivatives of the Cole-Hopf potential of drawn mixtures, d <= 3",
            name="drawn mixtures",
            examples=EXAMPLES,
            shrink=False,
        ),
        illustrated(check_orders("error by width", _series), draw_solution),
    ),
    expected=Verdict.SUPPORTED,
    dimension="d <= 3; the solver's order on the line",
    uses=("wasserstein-proximal.cole-hopf", "wasserstein-proximal.terminal-condition"),
    instance=lambda: "pi = N(0, 1), sigma = T = 1: phi = -x^2/(2 (2 - t)) - log(2 pi (2 - t))/2",
)

CLAIMS = (hjb_solution,)
