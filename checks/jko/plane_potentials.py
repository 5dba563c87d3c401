"""Two of the test potentials in the plane, given back by exact JKO steps of particles: true, recovered and difference.

A step is drawn backwards: particles y of a logistic law came from x = y + tau (grad V(y) + beta s(y)), s the score of
that law at y. Where tau is short this is the gradient of a convex function, and so the optimal map. A Gaussian law
would not do: its score is that of a quadratic potential, and beta would be confounded with V.
"""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final

import numpy as np
import sympy as sp
from jaxtyping import Float

from ...numerics.compile import compile_expression
from ...numerics.jko import SymbolicFeatures
from ...numerics.measures import DiscreteMeasure
from ...theory.jko.potentials import potential, potential_gradient
from ...theory.verdict import Json
from ..builders import Check
from ..comparison import Comparison, weigh
from ..evidence import Evidence, Kind
from ..trial import Run
from .known_snapshots import ConditionReading, KnownSnapshots, Vector

POTENTIALS: Final = ("styblinski_tang", "wavy_plateau")

v1, v2 = COORDINATES = sp.symbols("v1 v2", real=True)
FEATURES: Final = tuple(feature for v in COORDINATES for feature in (v, v**2, v**3, v**4, sp.cos(sp.pi * v)))
"""What both potentials are sought in: each is in their span, and needs but a few of them."""

DIFFUSIVITY: Final = 0.4
TAU: Final = 0.01
PARTICLES: Final = 200
SCALE: Final = 0.8
"""b of the logistic law of the new particles' coordinates, with density 1/(4 b cosh^2(y/2b))."""

TICKS: Final = np.linspace(-3.0, 3.0, 31)
LEVELS: Final = 7
"""Level sets of a potential, and of a difference."""


@cache
def _features() -> SymbolicFeatures:
    return SymbolicFeatures(FEATURES, COORDINATES)


def true_coefficients(name: str) -> Vector:
    """Return the true coefficients of a potential's features."""
    terms = sp.expand(potential(name, COORDINATES)).as_coefficients_dict()
    return np.array([float(terms[feature]) for feature in FEATURES])


@cache
def backward_step(name: str, seed: int) -> KnownSnapshots:
    """Return particles before and after a step with the potential of this name; once for every formula."""
    y = np.random.default_rng(seed).logistic(scale=SCALE, size=(PARTICLES, 2))
    score = -np.tanh(y / (2 * SCALE)) / SCALE
    gradient = compile_expression(potential_gradient(name, COORDINATES), COORDINATES)
    force = np.asarray(gradient(*y.T)) + DIFFUSIVITY * score
    return KnownSnapshots(
        measures=[DiscreteMeasure(y + TAU * force), DiscreteMeasure(y)],
        tau=TAU,
        # The condition at the new points asks for no score of the old law; other readings get that of the new one.
        scores=[score, score],
        potential=_features(),
        interaction=None,
        truth=np.append(true_coefficients(name), DIFFUSIVITY),
        interacting=0,
    )


def recovered_potentials(compare: Callable[[KnownSnapshots, ConditionReading], Comparison]) -> Check:
    """Build the check of both potentials, with their figure; `compare` holds a fit to the claimed coefficients."""

    def examine(formula: Callable[[], Any], run: Run) -> Evidence:
        reading, known = formula(), {name: backward_step(name, run.seed) for name in POTENTIALS}
        return weigh(
            [compare(snapshots, reading) for snapshots in known.values()],
            run,
            check=NAME,
            kind=Kind.NUMERIC,
            method="steps drawn backwards from logistic particles, couplings by POT",
            instance=", ".join(known),
            figures={
                "potentials": draw_recovered({name: one.fit(reading).coefficients for name, one in known.items()})
            },
        )

    return Check(NAME, Kind.NUMERIC, examine)


NAME: Final = "test potentials in the plane"


def draw_recovered(fitted: Mapping[str, Vector]) -> dict[str, Json]:
    """Return the figure of true and recovered potentials and their difference, from fitted coefficients by name."""
    panels = []
    for name, coefficients in fitted.items():
        truth = true_coefficients(name)
        true, found = (_surface(values) for values in (truth, coefficients[:-1]))
        # The difference of two large numbers is taken of the coefficients, before they are rounded away.
        apart = _surface(coefficients[:-1] - truth)
        title = name.replace("_", " ")
        panels += [
            _panel(f"{title}: true", true, _levels(true)),
            _panel("recovered", found, _levels(true)),
            _panel(rf"difference, below ${_power_of_ten(np.abs(apart).max())}$", apart, _levels(apart)),
        ]
    return {
        "kind": "contours",
        "columns": 3,
        "xlabel": "$v_1$",
        "ylabel": "$v_2$",
        "panels": panels,
        "png": True,
        "caption": f"Two test potentials, and what a fit gives back from {PARTICLES} particles before and after one "
        rf"exact JKO step of length {TAU:g} with $\beta = {DIFFUSIVITY:g}$, not told which particle is which: "
        "level sets of $V$, all made 0 at the origin, of the recovered one at the same levels, and of the difference.",
        "alt": "Two rows of three contour maps. Left and middle are alike: four wells at the corners for styblinski "
        "tang, a plateau with four dents for wavy plateau. The levels of the differences are many orders smaller.",
    }


@cache
def _feature_values() -> Float[np.ndarray, "q p"]:
    """Return the features on the grid of the figure, less their values at the origin."""
    grid = np.stack(np.meshgrid(TICKS, TICKS), axis=-1).reshape(-1, 2)
    return np.asarray(_features().values(grid) - _features().values(np.zeros((1, 2))))


def _surface(coefficients: Vector) -> Float[np.ndarray, " q"]:
    return np.asarray(_feature_values() @ coefficients)


def _levels(values: Float[np.ndarray, " q"]) -> list[float]:
    """Return levels evenly between the least and the largest value, to two digits."""
    low, high = float(values.min()), float(values.max())
    return sorted({float(f"{level:.1e}") for level in np.linspace(low, high, LEVELS + 2)[1:-1]})


def _power_of_ten(value: float) -> str:
    return rf"10^{{{int(np.ceil(np.log10(max(value, np.finfo(float).tiny))))}}}"


def _panel(title: str, values: Float[np.ndarray, " q"], levels: list[float]) -> dict[str, Json]:
    return {"title": title, "ticks": TICKS.tolist(), "values": [float(f"{v:.6g}") for v in values], "levels": levels}
