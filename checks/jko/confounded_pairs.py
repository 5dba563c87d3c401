"""Two pairs of energies that differ by a null vector: one evolution where the mean stays 0, two where it does not.

Laws on the line move by JKO steps under V = l x^2/2, U = k z^2/2 and beta, found by Newton's method in the map from a
reference law. The second pair is the first plus a multiple of the claimed null vector.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, Final, Protocol

import numpy as np
import sympy as sp
from sympy import Expr, Rational

from ...numerics.estimate import Estimate
from ...numerics.jko import Energy, NormalReference, QuantileGrid, QuantileLaw, jko_flow_quantiles
from ...theory.verdict import Json
from ..builders import Check
from ..comparison import Comparison, weigh
from ..evidence import Evidence, Kind
from ..trial import Run

CASE: Final = "V with U, mean 0"
"""The null vector that is tried."""

FIRST: Final = (Rational(1, 4), Rational(5, 4))
"""l and k of the first pair."""

MULTIPLE: Final = Rational(1)
"""Of the null vector, to the second pair."""

DIFFUSIVITY: Final = 0.1
STEP: Final = 0.2
PIECES: Final = 16
MOVED: Final = 0.6
"""Where the mean of the other law is."""

AXIS: Final = np.linspace(-2.0, 2.0, 41)
"""Where energies are drawn."""

NAMES: Final = ("first pair", "second pair")

x = sp.Symbol("x", real=True)


class Vectors(Protocol):
    """The null vectors that are claimed, by case."""

    @property
    def vectors(self) -> Mapping[str, Mapping[str, Expr]]:
        """Parameters that change no force."""
        ...


def paired_parameters(claimed: Vectors) -> tuple[tuple[Expr, Expr], tuple[Expr, Expr]]:
    """Return l and k of both pairs."""
    vector = claimed.vectors[CASE]
    stiffness, attraction = FIRST
    return FIRST, (stiffness + MULTIPLE * vector["V"], attraction + MULTIPLE * vector["U"])


@cache
def evolve(stiffness: Expr, attraction: Expr, mean: float, steps: int) -> tuple[QuantileLaw, ...]:
    """Return a law with two humps about its mean, and what the steps make of it; once for every formula."""
    grid = QuantileGrid(NormalReference(), PIECES)
    # The spline itself is the law, so that it has no error.
    start = QuantileLaw(grid, grid.fit(mean + 0.35 * grid.nodes + np.tanh(grid.nodes)))
    energy = Energy((x,), stiffness * x**2 / 2, attraction * x**2 / 2, diffusivity=DIFFUSIVITY)
    return jko_flow_quantiles(start, energy, STEP, steps)


def largest_distance(pairs: Sequence[tuple[Expr, Expr]], mean: float, steps: int) -> Estimate:
    """Return the largest W_2 between the evolutions under two pairs."""
    first, second = (evolve(*pair, mean, steps) for pair in pairs)
    return max((one.distance(other) for one, other in zip(first[1:], second[1:], strict=True)), key=lambda w: w.value)


def _examine(formula: Callable[[], Any], run: Run) -> Evidence:
    pairs, steps = paired_parameters(formula()), run.by_effort(2, 5, 10)
    found = {mean: largest_distance(pairs, mean, steps) for mean in (0.0, MOVED)}
    together = found[0.0]
    comparison = Comparison(
        deviation=together.value,
        error=together.error,
        # What forgetting to compensate the change of V would do, to the order of magnitude.
        scale=found[MOVED].value,
        observed=f"W_2 of the two evolutions {together.value:.3g} +- {together.error:.2g}",
        required="0",
    )
    return weigh(
        [comparison],
        run,
        check=TWO_PAIRS,
        kind=Kind.NUMERIC,
        method="JKO steps by Newton's method in the map from a reference law, under two pairs of energies",
        value={f"W_2, mean {mean:g}": distance.value for mean, distance in found.items()},
        instance=f"mean 0, {steps} steps of {STEP:g}",
        figures={"energies": draw_pairs(pairs), "snapshots": draw_evolutions(pairs, steps, found)},
    )


TWO_PAIRS: Final = "two pairs, one evolution"

two_pairs = Check(TWO_PAIRS, Kind.NUMERIC, _examine)
"""Evolutions under the first pair and under the first plus a multiple of the claimed null vector."""


def draw_pairs(pairs: Sequence[tuple[Expr, Expr]]) -> dict[str, Json]:
    """Return the figure of both potentials and both interactions, with what their difference means."""
    panels = [
        {
            "title": title,
            "xlabel": f"${at}$",
            "series": [
                {"label": name, "x": AXIS.tolist(), "y": (float(pair[index]) / 2 * AXIS**2).tolist()}
                for name, pair in zip(NAMES, pairs, strict=True)
            ],
        }
        for index, (title, at) in enumerate((("potential $V$", "x"), ("interaction $U$", "z")))
    ]
    named = " and ".join(
        rf"$V = {sp.latex(stiffness / 2)} x^2$, $U = {sp.latex(attraction / 2)} z^2$" for stiffness, attraction in pairs
    )
    return {
        "kind": "panels",
        "ylabel": "energy",
        "panels": panels,
        "png": True,
        "caption": f"Two pairs of energies that no snapshots of mean 0 tell apart: {named}. A particle at $x$ is "
        r"pushed by $l x$ from $V$ and, since the others' mean is all that a quadratic $U$ sees of them, by "
        r"$k (x - m)$ from $U$. For $m = 0$ the sum is $(l + k) x$: what is taken from $U$ can be given to $V$, and "
        "every snapshot stays the same. So a fit of both returns one of a line of answers, the one of least length, "
        "and says in its null space along which line; to tell them apart takes snapshots whose mean moves.",
        "alt": "Two panels of parabolas. The potential of the first pair is flatter than that of the second, its "
        "interaction steeper by as much.",
    }


def draw_evolutions(pairs: Sequence[tuple[Expr, Expr]], steps: int, found: Mapping[float, Estimate]) -> dict[str, Json]:
    """Return the figure of the last snapshots under both pairs, from both first laws."""
    panels = []
    for mean in found:
        first, second = (evolve(*pair, mean, steps) for pair in pairs)
        start: dict[str, Json] = {"label": "first snapshot", "style": "reference", **_density(first[0], 2)}
        last: list[dict[str, Json]] = [
            {"label": NAMES[0], **_density(first[-1], 1)},
            {"label": NAMES[1], "style": "points", **_density(second[-1], 7)},
        ]
        panels.append({"title": f"mean {mean:g} at first", "xlabel": "$x$", "series": [*last, start]})
    apart = {mean: f"{distance.value:.1e}" for mean, distance in found.items()}
    return {
        "kind": "panels",
        "ylabel": r"density $\rho$",
        "panels": panels,
        "png": True,
        "caption": f"The same law after {steps} JKO steps under each of the two pairs. From a law of mean 0 (left) "
        f"they reach the same snapshot, $W_2 =$ {apart[0.0]}; from the law moved to mean {MOVED:g} (right) the pair "
        f"with the steeper potential pulls it back faster, $W_2 =$ {apart[MOVED]}, and the energies are identified.",
        "alt": "Two panels of densities. In each a dashed curve with two humps is the first snapshot. Left, the line "
        "of the first pair runs through all points of the second; right, the points lie to the left of the line.",
    }


def _density(law: QuantileLaw, every: int) -> dict[str, Json]:
    """Return every so many of the places and densities of a law where there is any mass to see."""
    seen = law.density > 1e-3
    return {"x": law.positions[seen][::every].tolist(), "y": law.density[seen][::every].tolist()}
