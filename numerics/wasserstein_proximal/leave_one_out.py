"""The width of kernel models by leave-one-out likelihood, with or without local covariances.

    L(w) = mean over i of log (1/(n - 1)) sum_(j != i) N(x_i; x_j, C_j^(-i) + w^2 I)

C_j^(-i) is the local covariance about x_j as it would be without x_i: the model that judges a point has not seen it.
If x_i stayed among the neighbours that C_j is learned from, each kernel would reach out for the points that judge it,
and with free precisions the likelihood would have no maximum at all. Copies of a point count once: a copy that stays
would let the likelihood grow without bound as w falls.

References: likelihood cross-validation, [duin1976].
"""

from dataclasses import dataclass
from typing import Final, final

import numpy as np
from jaxtyping import Float
from scipy.optimize import minimize_scalar
from scipy.spatial.distance import cdist
from scipy.special import logsumexp

from ..measures import DiscreteMeasure, Numbers
from .local_covariances import local_covariances
from .nearest import find_others

NEIGHBOURS: Final = 5
"""Neighbours that a local covariance is learned from, unless told otherwise."""

ENTRIES: Final = 2**24
"""Pairs of points times components in memory: as many points judge as fit in, drawn if those are not all."""

FEWEST_JUDGES: Final = 256

GRID: Final = 24
"""Widths that are tried before the best of them is refined."""

NARROWEST: Final = 1 / 64
"""The least width that is tried, in units of the median distance to the nearest other point."""

TOLERANCE: Final = 1e-3
"""Relative error of a width."""


@final
@dataclass(frozen=True, slots=True)
class WidthChoice:
    """The width that maximises the leave-one-out log-likelihood, found to `error`, and that maximum (nats per point).

    `at_edge` tells that it is the least width that was tried: the likelihood still grew.
    """

    width: float
    error: float
    log_likelihood: float
    at_edge: bool


def choose_width(training: Numbers, *, neighbours: int = 0, seed: int = 0) -> WidthChoice:
    """Choose the width w of a kernel model by leave-one-out likelihood.

    **Arguments:** `training` (n, d); `neighbours` that local covariances are learned from, none for an isotropic
    kernel; `seed` draws the points that judge where there are too many for all to do so.

    **Raises:** `ValueError` for fewer than three different points, or too few for so many neighbours.
    """
    points = np.unique(DiscreteMeasure(training).atoms.astype(np.float64), axis=0)
    if len(points) < 3:
        raise ValueError(f"a width needs at least three different points, not {len(points)}")
    likelihood = _LeaveOneOut(points, neighbours, seed)
    apart = float(np.median(find_others(points, 1).distances))
    largest = float(np.sqrt(((points - points.mean(axis=0)) ** 2).sum(axis=1).mean()))
    grid = np.geomspace(NARROWEST * apart, max(largest, apart), GRID)
    values = [likelihood(width) for width in grid]
    best = int(np.argmax(values))
    if best == 0:
        return WidthChoice(float(grid[0]), float(grid[0]) * TOLERANCE, values[0], True)
    bracket = np.log(grid[best - 1]), np.log(grid[min(best + 1, GRID - 1)])
    found = minimize_scalar(
        lambda log_width: -likelihood(np.exp(log_width)), bounds=bracket, method="bounded", options={"xatol": TOLERANCE}
    )
    width = float(np.exp(found.x))
    return WidthChoice(width, width * TOLERANCE, -float(found.fun), False)


class _LeaveOneOut:
    """The leave-one-out log-likelihood as a function of the width."""

    def __init__(self, points: Float[np.ndarray, "n d"], neighbours: int, seed: int) -> None:
        count, self.dimension = points.shape
        rank = min(neighbours, self.dimension)
        judges = max(FEWEST_JUDGES, ENTRIES // (count * max(rank, 1)))
        rows = np.arange(count)
        if judges < count:
            rows = np.sort(np.random.default_rng(seed).choice(count, judges, replace=False))
        self.squares = cdist(points[rows], points, "sqeuclidean")
        # What a point is left out of is its own kernel.
        self.squares[np.arange(len(rows)), rows] = np.inf
        self.others = count - 1
        self.variances = np.zeros((count, 0))
        self.components = np.zeros((len(rows), count, 0))
        self.judge = self.kernel = np.zeros(0, np.intp)
        self.pair_variances = self.pair_components = np.zeros((0, 0))
        if neighbours:
            self._learn(points, rows, neighbours)

    def _learn(self, points: Float[np.ndarray, "n d"], rows: np.ndarray, neighbours: int) -> None:
        """Take the local covariances in, and for pairs of a point and its neighbour those without the neighbour."""
        local = local_covariances(points, neighbours)
        self.variances = local.variances
        own = np.einsum("nrd,nd->nr", local.axes, points)
        self.components = (np.einsum("qd,nrd->qnr", points[rows], local.axes, optimize=True) - own) ** 2
        position = np.full(len(points), -1)
        position[rows] = np.arange(len(rows))
        judge = position[local.neighbours[:, :neighbours]]
        kernel, place = np.nonzero(judge >= 0)
        self.judge, self.kernel = judge[kernel, place], kernel
        variances, axes = local.without()
        apart = points[rows[self.judge]] - points[kernel]
        self.pair_variances = variances[kernel, place]
        self.pair_components = np.einsum("prd,pd->pr", axes[kernel, place], apart) ** 2

    def __call__(self, width: float) -> float:
        """Return the likelihood in nats per point."""
        floor = width**2
        logs = self._log_kernels(self.squares, self.variances, self.components, floor)
        if len(self.judge):
            squares = self.squares[self.judge, self.kernel]
            logs[self.judge, self.kernel] = self._log_kernels(squares, self.pair_variances, self.pair_components, floor)
        return float(logsumexp(logs, axis=1).mean() - np.log(self.others))

    def _log_kernels(
        self,
        squares: Float[np.ndarray, "*pairs"],
        variances: Float[np.ndarray, "... r"],
        components: Float[np.ndarray, "*pairs r"],
        floor: float,
    ) -> Float[np.ndarray, "*pairs"]:
        """Return log N(v; 0, C + floor I) from |v|^2, and variances and squared components along the axes of C."""
        along = np.einsum("...r,...r->...", components, 1 / floor - 1 / (variances + floor))
        log_volume = self.dimension * np.log(2 * np.pi * floor) + np.log1p(variances / floor).sum(axis=-1)
        return -(squares / floor - along + log_volume) / 2
