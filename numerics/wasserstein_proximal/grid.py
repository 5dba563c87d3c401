"""Uniform grids of cells in one or more dimensions, laws on them, and differences across them.

Values live at the centres of the cells. Beyond the ends a function is continued by the cubic through its last four
values, which lets waves leave and needs no boundary condition: outflow.

Two grids, one with half the cells of the other, tell the error of a scheme of second order on the finer: a third of
their difference to leading order. `space_error` states half of the largest difference nearby, which leaves room for
what follows the leading order.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeAlias, final

import jax.numpy as jnp
import numpy as np
from jaxtyping import Float
from scipy import ndimage

from ..finite_volumes import NODES, cell_masses

PointFunction: TypeAlias = Callable[[Float[np.ndarray, "n d"]], Float[np.ndarray, " n"]]
"""A function of points, evaluated on the host."""

Values: TypeAlias = Any
"""An array of NumPy or of JAX; what comes back is of the same kind."""

FEWEST_CELLS: Final = 8
"""Along each axis: half as many still carry a cubic."""

NEARBY: Final = 5
"""Coarse cells along each axis among which the largest difference is taken."""

OF_SECOND_ORDER: Final = 1 / 2
"""The share of the difference of two grids that is stated as the error on the finer; a third is the leading order."""

MASS_TOLERANCE: Final = 1e-9
"""How far the masses of a law may sum from 1."""


@final
@dataclass(frozen=True, slots=True)
class Grid:
    """A box from `lower` to `upper` in R^d, cut into `cells` equal cells along each axis.

    **Raises:** `ValueError` for corners that are not finite or not in order, tuples of different lengths, or a number
    of cells that is odd or less than `FEWEST_CELLS`.
    """

    lower: tuple[float, ...]
    upper: tuple[float, ...]
    cells: tuple[int, ...]

    def __post_init__(self) -> None:
        if not 0 < len(self.cells) == len(self.lower) == len(self.upper):
            raise ValueError(f"lower, upper and cells need one entry for each axis: {self}")
        if not (np.isfinite([self.lower, self.upper]).all() and (np.less(self.lower, self.upper)).all()):
            raise ValueError(f"the box must be finite and not empty: {self}")
        if any(count < FEWEST_CELLS or count % 2 for count in self.cells):
            raise ValueError(f"an even number of cells, at least {FEWEST_CELLS}, is needed along each axis: {self}")

    @property
    def dimension(self) -> int:
        """The dimension d."""
        return len(self.cells)

    @property
    def widths(self) -> Float[np.ndarray, " d"]:
        """The widths of a cell."""
        return (np.asarray(self.upper) - np.asarray(self.lower)) / np.asarray(self.cells)

    @property
    def volume(self) -> float:
        """The volume of a cell."""
        return float(np.prod(self.widths))

    @property
    def faces(self) -> tuple[Float[np.ndarray, " _"], ...]:
        """The ends of the cells along each axis."""
        return tuple(
            np.linspace(low, high, count + 1)
            for low, high, count in zip(self.lower, self.upper, self.cells, strict=True)
        )

    @property
    def axes(self) -> tuple[Float[np.ndarray, " n"], ...]:
        """The centres of the cells along each axis."""
        return tuple((line[1:] + line[:-1]) / 2 for line in self.faces)

    @property
    def points(self) -> Float[np.ndarray, "n d"]:
        """The centres of all cells, in the order of a flattened array of cells."""
        return np.stack(np.meshgrid(*self.axes, indexing="ij"), axis=-1).reshape(-1, self.dimension)

    def face_points(self, axis: int) -> Float[np.ndarray, "n d"]:
        """Return the middles of the inner faces across one axis."""
        lines = list(self.axes)
        lines[axis] = self.faces[axis][1:-1]
        return np.stack(np.meshgrid(*lines, indexing="ij"), axis=-1).reshape(-1, self.dimension)

    def coarsened(self) -> "Grid":
        """Return the same box with half the cells along each axis."""
        return Grid(self.lower, self.upper, tuple(count // 2 for count in self.cells))

    def sample(self, function: PointFunction) -> Float[np.ndarray, "*cells"]:
        """Return a function of points at the centres.

        **Raises:** `ValueError` unless it gives one finite number for each.
        """
        values = np.asarray(function(self.points), dtype=np.float64)
        if values.shape != (len(self.points),) or not np.isfinite(values).all():
            raise ValueError(f"the function must give a finite number for each of {len(self.points)} points")
        return values.reshape(self.cells)


@final
@dataclass(frozen=True, slots=True, eq=False)
class GridLaw:
    """A probability law that is known by the `masses` (*cells) of the cells of a grid.

    **Raises:** `ValueError` for masses of another shape, negative ones, or a sum other than 1.
    """

    grid: Grid
    masses: Float[np.ndarray, "*cells"]

    def __post_init__(self) -> None:
        if self.masses.shape != self.grid.cells:
            raise ValueError(f"there must be one mass for each of {self.grid.cells} cells, not {self.masses.shape}")
        if not ((self.masses >= 0).all() and abs(float(self.masses.sum()) - 1) <= MASS_TOLERANCE):
            raise ValueError(
                f"masses must not be negative and must sum to 1: least {self.masses.min():.3g}, "
                f"sum {self.masses.sum():.12g}"
            )

    @classmethod
    def of_density(cls, grid: Grid, density: PointFunction, *, nodes: int = NODES) -> "GridLaw":
        """Integrate a density, a function of points (n, d), over the cells; see `finite_volumes.cell_masses`."""
        return cls(grid, cell_masses(density, grid.faces, nodes=nodes))

    @property
    def density(self) -> Float[np.ndarray, "*cells"]:
        """The mean density in each cell."""
        return self.masses / self.grid.volume

    def coarsened(self) -> "GridLaw":
        """Return the same law on the coarsened grid, exactly."""
        return GridLaw(self.grid.coarsened(), sum_pairs(self.masses, self.grid.dimension))

    def total_variation(self, other: "GridLaw") -> float:
        """Return half of the sum of the differences of masses, of two laws on one grid."""
        if other.grid != self.grid:
            raise ValueError("the laws live on different grids")
        return float(np.abs(self.masses - other.masses).sum() / 2)


def sum_pairs(values: Float[np.ndarray, "..."], dimension: int) -> Float[np.ndarray, "..."]:
    """Sum pairs of neighbours along each of the last `dimension` axes."""
    for axis in range(-dimension, 0):
        values = np.add(*_split_pairs(values, axis))
    return values


def average_pairs(values: Float[np.ndarray, "..."], dimension: int) -> Float[np.ndarray, "..."]:
    """Interpolate centres to those of the coarsened grid, along each of the last `dimension` axes, to fourth order."""
    for axis in range(-dimension, 0):
        extended = extend(values, axis)
        before, after = (np.take(extended, range(k, extended.shape[axis] - 2 + k), axis) for k in (0, 2))
        first, second = _split_pairs(values, axis)
        outer = _split_pairs(before, axis)[0] + _split_pairs(after, axis)[1]
        values = (9 * (first + second) - outer) / 16
    return values


def space_error(
    fine: Float[np.ndarray, "..."], coarse: Float[np.ndarray, "..."], dimension: int
) -> Float[np.ndarray, "..."]:
    """Estimate the error of values on a grid from those of a scheme of second order on the coarsened one.

    **Arguments:** `fine` (..., *cells), already brought to the coarse cells by `average_pairs` or `sum_pairs`, and
    `coarse` (..., *cells).

    **Returns:** the error for each fine cell (..., *cells).
    """
    difference = np.abs(fine - coarse)
    size = [1] * (difference.ndim - dimension) + [NEARBY] * dimension
    largest = ndimage.maximum_filter(difference, size=size, mode="nearest")
    for axis in range(-dimension, 0):
        largest = np.repeat(largest, 2, axis)
    return OF_SECOND_ORDER * largest


def _split_pairs(values: Float[np.ndarray, "..."], axis: int) -> tuple[Float[np.ndarray, "..."], ...]:
    return tuple(np.take(values, range(k, values.shape[axis], 2), axis) for k in (0, 1))


def extend(values: Values, axis: int) -> Values:
    """Add a cell at both ends of an axis, with values on the cubic through the last four."""
    library = np if isinstance(values, np.ndarray) else jnp
    lines = library.moveaxis(values, axis, 0)
    before = 4 * lines[0] - 6 * lines[1] + 4 * lines[2] - lines[3]
    after = 4 * lines[-1] - 6 * lines[-2] + 4 * lines[-3] - lines[-4]
    return library.moveaxis(library.concatenate([before[None], lines, after[None]]), 0, axis)


def differentiate(values: Values, widths: Values) -> tuple[list[Values], list[Values]]:
    """Return the first and the second derivatives along each of the last d axes, by central differences."""
    library = np if isinstance(values, np.ndarray) else jnp
    first, second = [], []
    for axis in range(-len(widths), 0):
        width = widths[axis]
        lines = library.moveaxis(extend(values, axis), axis, 0)
        first.append(library.moveaxis((lines[2:] - lines[:-2]) / (2 * width), 0, axis))
        second.append(library.moveaxis((lines[2:] - 2 * lines[1:-1] + lines[:-2]) / width**2, 0, axis))
    return first, second
