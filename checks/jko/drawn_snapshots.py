"""Drawn means of snapshots: the rank defect by exact elimination, and the null space that a fit reports."""

import random
from collections.abc import Callable
from dataclasses import astuple, dataclass
from functools import cache
from typing import TYPE_CHECKING, Protocol, TypeAlias, final

import numpy as np
from sympy import Rational

from ...numerics.jko import Polynomial, fit_energies
from ...theory.jko.identifiability import design, null_space
from ...theory.verdict import Strength
from ..builders import inequality
from ..builders import property as drawn_property
from ..comparison import Comparison, compare_equal
from ..evidence import Kind
from ..trial import Effort, Run

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

Defect: TypeAlias = Callable[[int, int], int]
"""The rank defect for a dimension d and the dimension r that the means span."""


class Defects(Protocol):
    """The rank defects that are claimed."""

    @property
    def defect(self) -> Defect:
        """That of all quadratic features."""
        ...

    @property
    def isotropic_defect(self) -> Defect:
        """That of multiples of |y|^2 and |z|^2."""
        ...


@final
@dataclass(frozen=True, slots=True)
class Means:
    """A dimension d, the dimension r <= d that rational means (or their differences, if `linear`) span, and a seed."""

    dimension: int
    spread: int
    linear: bool
    isotropic: bool
    seed: int


def _draw() -> "SearchStrategy[Means]":
    from hypothesis import strategies as st

    def of_size(dimension: int) -> "SearchStrategy[Means]":
        spread = st.integers(0, dimension)
        return st.builds(Means, st.just(dimension), spread, st.booleans(), st.booleans(), st.integers(0, 2**31))

    return st.integers(1, 4).flatmap(of_size)


def _drawn_means(drawn: Means) -> list[list[Rational]]:
    """Return r vectors that are independent, their sum and 0, moved by one more vector where V has a linear term."""
    generator = random.Random(drawn.seed)

    def vector() -> list[Rational]:
        return [Rational(generator.randint(-20, 20), generator.randint(1, 7)) for _ in range(drawn.dimension)]

    base = vector() if drawn.linear else [Rational(0)] * drawn.dimension
    # A dominant diagonal: the vectors are independent whatever else is drawn.
    span = [[entry + (200 if at == place else 0) for at, entry in enumerate(vector())] for place in range(drawn.spread)]
    total = [sum(column, Rational(0)) for column in zip(*span, strict=True)] or [Rational(0)] * drawn.dimension
    rows = [*span, total, [Rational(0)] * drawn.dimension]
    return [[a + b for a, b in zip(base, row, strict=True)] for row in rows]


@cache
def _eliminated(drawn: Means) -> int:
    """Return the dimension of the null space of the condition, by exact elimination."""
    return int(null_space(design(_drawn_means(drawn), linear=drawn.linear, isotropic=drawn.isotropic)).rows)


def _compare(claimed: Defects, drawn: Means, run: Run) -> Comparison:
    """Compare the claimed defect with the eliminated one."""
    defect = claimed.isotropic_defect if drawn.isotropic else claimed.defect
    stated = defect(drawn.dimension, drawn.spread)
    return compare_equal(
        _eliminated(drawn),
        stated,
        0.0,
        strength=Strength.EXACT,
        point={"d": str(drawn.dimension), "r": str(drawn.spread), "isotropic": str(drawn.isotropic)},
    )


eliminated_defects = drawn_property(
    _draw,
    _compare,
    encode=lambda drawn: list(astuple(drawn)),
    decode=lambda value: Means(*value),
    method="exact elimination over the rationals, d <= 4, all r",
    name="drawn means",
    examples={Effort.QUICK: 20, Effort.STANDARD: 60, Effort.DEEP: 400},
    shrink=False,
    first=(Means(3, 0, True, False, 0), Means(2, 1, True, True, 1)),
)
"""The claimed defect against the null space of the condition, exact."""

SNAPSHOTS = 6
PARTICLES = 40


@cache
def _fitted_defect(dimension: int, spread: int) -> int:
    """Return the dimension of the null space that a fit of all quadratic V and U reports, V with linear terms.

    Snapshots have unit covariance exactly and means that move in `spread` of the coordinates.
    """
    generator = np.random.default_rng(31 * dimension + spread)
    base = generator.normal(size=dimension)
    snapshots = []
    for _ in range(SNAPSHOTS):
        cloud = generator.normal(size=(PARTICLES, dimension))
        cloud -= cloud.mean(axis=0)
        cloud = cloud @ np.linalg.inv(np.linalg.cholesky(cloud.T @ cloud / PARTICLES)).T
        moved = np.where(np.arange(dimension) < spread, generator.normal(size=dimension), 0.0)
        snapshots.append(cloud + base + moved)
    fit = fit_energies(
        snapshots, 1.0, potential=Polynomial(2), interaction=Polynomial(2), internal=False, estimator="jko"
    )
    return len(fit.null_space)


def _compare_fit(claimed: Defects, case: tuple[int, int], run: Run) -> Comparison:
    """Compare the claimed defect with the size of the null space of a fit."""
    return compare_equal(_fitted_defect(*case), claimed.defect(*case), 0.0)


null_spaces_of_fits = inequality(
    _compare_fit,
    lambda run: {f"d = {d}, r = {r}": (d, r) for d in range(1, run.by_effort(2, 3, 4) + 1) for r in range(d + 1)},
    method="singular values of the least-squares problem that a fit solves",
    name="null spaces of fits",
    kind=Kind.NUMERIC,
)
"""The claimed defect against what the shipped fit says that it cannot tell."""
