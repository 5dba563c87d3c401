"""Figures of the game on the line: the solved potential beside Cole-Hopf, a map of its error, and the velocity in time.

Maps have place along x and time along y; their level sets are drawn by `reports.figures.levels`.
"""

from typing import Any, Final

import numpy as np
from jaxtyping import Float

from ...theory.verdict import Json
from ...theory.wasserstein_proximal.notation import TerminalCost
from ..trial import Run
from .line_game import TIMES, LineGame, solve_game

GAME: Final = LineGame(TerminalCost.CROSS_ENTROPY)
CELLS: Final = 112

SHOWN: Final = 4.0
"""Figures end at this distance from 0, beyond which the target has no mass to speak of."""

SNAPSHOTS: Final = (0, 10, 20)
"""Indices of the times at which the potential is shown."""

EVERY: Final = 2
"""Every second cell is shown as a point."""

LEAST_ERROR: Final = 1e-6
"""Errors below this are drawn as this: at t = T there is none."""

DIGITS: Final = 6


def draw_solution(claimed: Any, run: Run) -> dict[str, Json]:
    """Return the figures of the game under cross-entropy at sigma = 3/5, whatever is claimed."""
    solution = solve_game(GAME, CELLS)
    (line,) = solution.grid.axes
    places, solved = line[np.abs(line) <= SHOWN], solution.potential[:, np.abs(line) <= SHOWN]
    known = [GAME.estimate(t, places[:, None]) for t in TIMES]
    exact = np.stack([one.potential for one in known])
    velocity = np.stack([one.gradient[:, 0] for one in known])
    missed = np.log10(np.maximum(np.abs(solved - exact), LEAST_ERROR))
    return {
        "solution": _snapshots(places, solved, exact),
        "error map": _map(
            places,
            missed,
            r"$\log_{10}$ of the error of $\varphi$, solved with cells of width $1/8$ under the cross-entropy, over "
            f"place and time; errors below $10^{{{np.log10(LEAST_ERROR):.0f}}}$ are cut off. Time runs backwards from "
            "$T = 1$, where there is none; it is largest where one component takes over from another.",
            "Level sets of the error's logarithm over place and time: ridges between the modes, and a steep rise away "
            "from the final time.",
        ),
        "drift field": _map(
            places,
            velocity,
            r"The velocity $v = \partial_x \varphi$ of the optimal flow under the cross-entropy, $\sigma = 3/5$, over "
            r"place and time. At first it points to one of two places; near $t = T$ to the nearest of three modes, "
            r"where it changes sign.",
            "Level sets of the velocity over place and time: nearly straight at the start, folded near three modes "
            "at the end.",
        ),
    }


def _snapshots(
    places: Float[np.ndarray, " n"], solved: Float[np.ndarray, "t n"], exact: Float[np.ndarray, "t n"]
) -> dict[str, Json]:
    """Return the figure of the solved potential at some times beside the closed form."""
    panels = [
        {
            "title": f"$t = {TIMES[index]:g}$",
            "xlabel": "place $x$",
            "series": [
                {
                    "label": "method of lines",
                    "style": "points",
                    "x": _listed(places[::EVERY]),
                    "y": _listed(solved[index, ::EVERY]),
                },
                {"label": "Cole-Hopf", "style": "reference", "x": _listed(places), "y": _listed(exact[index])},
            ],
        }
        for index in SNAPSHOTS
    ]
    return {
        "kind": "panels",
        "ylabel": r"potential $\varphi$",
        "panels": panels,
        "png": True,
        "caption": r"The potential $\varphi$ of the game with three components under the cross-entropy, "
        r"$\sigma = 3/5$, $T = 1$: solved by the method of lines, and in closed form.",
        "alt": "Three panels of points that lie on a curve: two low humps at the start, three at the end.",
    }


def _map(places: Float[np.ndarray, " n"], values: Float[np.ndarray, "t n"], caption: str, alt: str) -> dict[str, Json]:
    return {
        "kind": "levels",
        "xlabel": "place $x$ (dimensionless)",
        "ylabel": "time $t$ (dimensionless)",
        "x": _listed(places),
        "y": list(TIMES),
        "values": _listed(values.ravel()),
        "covered": [1] * values.size,
        "png": True,
        "caption": caption,
        "alt": alt,
    }


def _listed(values: Float[np.ndarray, " n"]) -> list[float]:
    return [float(f"{value:.{DIGITS}g}") for value in values]
