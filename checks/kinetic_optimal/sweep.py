"""A sweep over the shape (n, d) of data sets: what decides whether they are separated, and what does not.

At s = 1 every cloud of the sweep is placed by three numbers: n/sqrt(d), which the paper's condition sends to 0;
log(n)/d, a bound of the entropy per dimension; and I/d, the information that one noisy observation carries. Two
families: independent normal points, and four tight clusters of them, which have large entropy but little information.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import final

import numpy as np
from sympy import Expr

from ...numerics.kinetic_optimal.sampled_channel import sample_posterior_statistics
from ...numerics.kinetic_optimal.small_data import PosteriorStatistics
from ...numerics.measures import DiscreteMeasure
from ...theory.kinetic_optimal import bounds
from ...theory.kinetic_optimal.notation import gamma, information_rate
from ...theory.verdict import Json
from ..builders import Check, Formula
from ..comparison import Comparison, compare_at_most, weigh
from ..evidence import Evidence, Kind
from ..trial import Effort, Run
from .line_checks import number

NORMAL, CLUSTERED = "normal points", "four tight clusters"
SHAPES = {
    NORMAL: [(4**k, 2**j) for k in range(1, 7) for j in range(2, 11)],
    CLUSTERED: [(n, d) for n in (64, 512, 4096) for d in (4, 16, 64, 256)],
}
"""Sizes n and dimensions d by family."""

CLUSTERS, WIDTH = 4, 0.01
SWEEP_SEED = 2306

QUERIES = {Effort.QUICK: 1024, Effort.STANDARD: 8192, Effort.DEEP: 65536}
"""Queries for each cloud in d >= 32; below that a query is cheap and its terms vary more, so there are up to 4 times as
many."""


CAPTION = (
    r"How far data sets are from separated at $s = 1$. Left: as $n/\sqrt{d}$ tends to 0 they are separated, as the "
    r"paper says; but so are many with $n/\sqrt{d}$ in the hundreds. Middle: $\log(n)/d$ bounds the distance; but the "
    r"tight clusters lie far below. Right: at their information $I/d$ all lie below the sharp ceiling, and those too "
    "dense to be told from Gaussian data reach it."
)
ALT = (
    "Three scatter plots with one vertical axis, 1 minus lambda of 1, between 0 and one half. Against n over the root "
    "of d the points form no curve. Against log n over d they lie below a rising curve, the tight clusters far to its "
    "right. Against I over d all crowd below that curve, and the densest clouds touch its end at one half."
)


@final
@dataclass(frozen=True, slots=True)
class Point:
    """One cloud of the sweep at s = 1."""

    family: str
    n: int
    d: int
    found: PosteriorStatistics

    @property
    def name(self) -> str:
        """The family and the shape, as a witness carries them."""
        return f"{self.family}, n = {self.n}, d = {self.d}"

    @property
    def entropy_rate(self) -> float:
        """H(X)/d, here log(n)/d."""
        return self.found.entropy / self.d


def _cloud(family: str, n: int, d: int) -> DiscreteMeasure:
    """Return the cloud of that family and shape; it is the same in every run."""
    generator = np.random.default_rng([SWEEP_SEED, n, d])
    atoms = generator.standard_normal((n, d))
    if family == CLUSTERED:
        centres = generator.standard_normal((CLUSTERS, d))
        atoms = centres[np.arange(n) % CLUSTERS] + WIDTH * atoms
    return DiscreteMeasure(atoms).normalised()


@cache
def _sweep(effort: Effort, seed: int) -> tuple[Point, ...]:
    """Sample every cloud; once for each effort and seed of a worker."""
    run = Run(effort=effort, seed=seed)
    shapes = [(family, n, d) for family, sizes in SHAPES.items() for n, d in sizes]
    points = []
    for place, (family, n, d) in enumerate(shapes):
        found = sample_posterior_statistics(
            _cloud(family, n, d),
            1.0,
            generator=np.random.default_rng([seed, place]),
            num_queries=QUERIES[effort] * min(4, max(1, 32 // d)),
            false_alarm=run.false_alarm / len(shapes),
        )
        points.append(Point(family, n, d, found))
    return tuple(points)


def _compare(claimed: Expr, point: Point) -> Iterator[Comparison]:
    """Compare the cloud's v with its claimed ceiling at the information, at the entropy, and with the linear one."""
    v, rate = point.found.error_rate, point.found.information_rate
    at = {"cloud": point.name, "s": "1"}
    centre = number(claimed, {information_rate: max(rate.value, 1e-300)})
    spread = abs(number(claimed, {information_rate: rate.value + rate.error}) - centre)
    ceilings = {
        "information": (centre, spread),
        "entropy": (number(claimed, {information_rate: point.entropy_rate}), 0.0),
        "linear": (number(bounds.linear_ceiling(), {gamma: 1.0}), 0.0),
    }
    for name, (ceiling, doubt) in ceilings.items():
        yield compare_at_most(
            v.value, ceiling, v.error + doubt, point={**at, "ceiling": name}, data={"cloud": point.name}
        )


def _check_sweep(formula: Formula, run: Run) -> Evidence:
    """Compare every cloud of the sweep with the claimed ceiling, and keep the picture of all."""
    claimed: Expr = formula()
    points = _sweep(run.effort, run.seed)
    visited = [one for one in points if run.at is None or one.name == run.at.data.get("cloud")]
    return weigh(
        [comparison for one in visited for comparison in _compare(claimed, one)],
        run,
        check="sweep",
        kind=Kind.STATISTICAL,
        method="posterior sampling of v and I at s = 1, empirical-Bernstein intervals",
        value={"clouds": len(visited)},
        instance="normal points with n from 4 to 4096 and d from 4 to 1024; four tight clusters with n from 64 to 4096",
        figures={"sweep": _draw_sweep(claimed, points)},
    )


def _draw_sweep(claimed: Expr, points: tuple[Point, ...]) -> dict[str, Json]:
    """Return the entry of the picture: 1 - lambda(1) against n/sqrt(d), log(n)/d and I/d."""
    x = np.geomspace(min(one.found.information_rate.value for one in points), 2.2, 120)
    ceiling = {
        "label": "proved ceiling $1-e^{-2x}$",
        "style": "reference",
        "x": x.tolist(),
        "y": [number(claimed, {information_rate: value}) for value in x.tolist()],
    }
    linear = number(bounds.linear_ceiling(), {gamma: 1.0})
    axes: tuple[tuple[str, str, Callable[[Point], float], bool], ...] = (
        ("paper's condition", r"$n/\sqrt{d}$", lambda one: one.n / math.sqrt(one.d), False),
        ("entropy bound", r"$\log(n)/d$", lambda one: one.entropy_rate, True),
        ("sharp bound", r"$I/d$", lambda one: one.found.information_rate.value, True),
    )
    panels = []
    for title, xlabel, place, curved in axes:
        series = [_series(family, [one for one in points if one.family == family], place) for family in SHAPES]
        ends = [min(map(place, points)), max(map(place, points))]
        floor = {"label": r"linear ceiling $1/(1+s^2)$", "style": "reference", "x": ends, "y": [linear, linear]}
        panels.append(
            {"title": title, "xlabel": xlabel, "xscale": "log", "series": [*series, *([ceiling] * curved), floor]}
        )
    return {
        "kind": "panels",
        "ylabel": r"$1-\lambda(1)$  (dimensionless)",
        "ylim": [-0.02, 0.62],
        "panels": panels,
        "png": True,
        "caption": CAPTION,
        "alt": ALT,
    }


def _series(family: str, points: list[Point], place: Callable[[Point], float]) -> dict[str, Json]:
    v = [one.found.error_rate for one in points]
    return {
        "label": family,
        "style": "points",
        "x": [place(one) for one in points],
        "y": [one.value for one in v],
        "lower": [max(one.low, 0.0) for one in v],
        "upper": [one.high for one in v],
    }


sweep = Check("sweep", Kind.STATISTICAL, _check_sweep)
"""The sweep, for the claim that separation is controlled by information."""
