"""Data sets of any size: rows in R^d that stay where they are and are centred and scaled on the way out.

A `DataSet` holds its rows as they came, whatever their type of number, memory-mapped files included, and hands out
blocks of `factor * (row - shift)` in the precision asked for. The convention is E|X|^2 = d [shaul2023].

Statistics are streamed: blocks of at most 8 MiB, sums in double precision. Moments are taken about the shift, so that
data with a large mean keep their digits: the mean comes first, the spread about it in a second pass.
What a file costs: `normalised()` reads it twice, after which `mean()`, `second_moment()` and `largest_norm()` read
nothing; `entropy()` and `num_distinct` read it once more, together. An entry that is not finite is found by whichever
of these comes first; `block` and `take` alone do not look for it.

References: [shaul2023], normalisation.
"""

import copy
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import final

import numpy as np
from jaxtyping import Float, Int, Shaped
from numpy.typing import DTypeLike

from .measures import DiscreteMeasure, Numbers, checked_weights

BLOCK_BYTES = 2**23
"""Most bytes of a block in double precision: larger blocks leave the cache and gain nothing."""

BLOCK_ROWS = 4096
"""Most rows of a block: the rounding error of a sum of n rows is that of BLOCK_ROWS + n/BLOCK_ROWS terms."""

DIGEST_BYTES = 16
"""Rows are told apart by digests of this length: two of n different rows coincide with probability n^2 / 2^129."""


@final
class DataSet:
    """Weighted rows in R^d, read in blocks as `factor * (row - shift)`.

    `rows` (n, d) are as they are stored, `n` and `dimension` their numbers of rows and columns; `weights` (n,) sum to
    1, `weight_total` is what they summed to as they came; `shift` (d,) and `factor` are in double precision; `dtype` is
    that of blocks, float32 or float64; `description` says in words what the rows are.
    """

    rows: Shaped[np.ndarray, "n d"]
    n: int
    dimension: int
    weights: Float[np.ndarray, " n"]
    weight_total: float
    shift: Float[np.ndarray, " d"]
    factor: float
    dtype: np.dtype[np.floating]
    description: str

    def __init__(
        self,
        rows: Numbers,
        weights: Numbers | None = None,
        *,
        shift: Numbers | None = None,
        factor: float = 1.0,
        dtype: DTypeLike | None = None,
        description: str | None = None,
        weight_total: float = 1.0,
    ) -> None:
        """Hold `rows` (n, d) of any real type, neither copied nor converted, with `weights` (n,), equal if not given.

        **Arguments:** `shift` (d,) is subtracted from rows as they are stored (nothing if not given), and `factor` > 0
        multiplies the difference; `dtype` of blocks is float32 or float64, if not given float32 for rows in float32
        and float64 for all others; `weight_total` is on record only, for whom it is a mistake that weights had to be
        divided by it.

        **Raises:** `ValueError` for a wrong rank or shape, no rows or columns, wrong weights, shift, factor or dtype;
        `TypeError` for rows that are not real numbers.
        """
        stored = np.asarray(rows)
        if stored.dtype.kind not in "fiub":
            raise TypeError(f"rows must hold real numbers, not {stored.dtype}")
        if stored.ndim != 2 or 0 in stored.shape:
            raise ValueError(f"rows must have shape (n, d) with no empty axis, not {stored.shape}")
        self.rows = stored
        self.n, self.dimension = stored.shape
        self.weights = checked_weights(weights, self.n)
        self.weight_total = weight_total
        self.shift = np.zeros(self.dimension) if shift is None else np.asarray(shift, np.float64)
        if self.shift.shape != (self.dimension,) or not np.isfinite(self.shift).all():
            raise ValueError(f"shift must hold {self.dimension} finite numbers, one for each column")
        if not (np.isfinite(factor) and factor > 0):
            raise ValueError(f"factor must be positive and finite, not {factor}")
        self.factor = float(factor)
        # Compared by kind and size: a float32 of the other byte order is a float32.
        single = (stored.dtype.kind, stored.dtype.itemsize) == ("f", 4)
        self.dtype = _checked_dtype(("float32" if single else "float64") if dtype is None else dtype)
        self.description = description or f"{self.n} rows of {self.dimension} numbers"

    @staticmethod
    def of(data: "Numbers | DiscreteMeasure | DataSet", weights: Numbers | None = None) -> "DataSet":
        """Take `data` as a data set: an array (n, d) with `weights` (n,), a measure, or a data set as it is.

        **Raises:** `ValueError` if `weights` are given beside a measure or a data set, and as the constructor does.
        """
        if not isinstance(data, DataSet | DiscreteMeasure):
            return DataSet(data, weights)
        if weights is not None:
            raise ValueError("a measure or a data set carries its own weights: give none beside it")
        return data if isinstance(data, DataSet) else DataSet(data.atoms, data.weights)

    def __repr__(self) -> str:
        return f"DataSet({self.description}; n = {self.n}, d = {self.dimension}, {self.dtype})"

    def block(self, start: int, stop: int) -> Float[np.ndarray, "k d"]:
        """Return rows `start` to `stop - 1`, shifted and scaled.

        **Raises:** `IndexError` unless 0 <= start <= stop <= n.
        """
        if not 0 <= start <= stop <= self.n:
            raise IndexError(f"rows {start} to {stop} are not within 0 to {self.n}")
        return self._moved(self.rows[start:stop])

    def take(self, indices: Int[np.ndarray, " k"]) -> Float[np.ndarray, "k d"]:
        """Return the rows with these `indices`, shifted and scaled, in their order; repetitions are allowed.

        **Raises:** `IndexError` for an index beyond the rows.
        """
        return self._moved(self.rows[np.asarray(indices)])

    def astype(self, dtype: DTypeLike) -> "DataSet":
        """Return the same data set with blocks in `dtype`, float32 or float64; what was streamed is kept."""
        other = copy.copy(self)
        other.dtype = _checked_dtype(dtype)
        return other

    def mean(self) -> Float[np.ndarray, " d"]:
        """Return E[X].

        **Raises:** `ValueError` for an entry that is not finite, naming row and column.
        """
        return self.factor * self._moments.mean

    def second_moment(self) -> float:
        """Return E|X|^2, of the rows before they are rounded to `dtype`.

        **Raises:** `ValueError` for an entry that is not finite, naming row and column.
        """
        return self.factor**2 * self._moments.second

    def largest_norm(self) -> float:
        """Return the largest |x| of all rows, those of no weight included.

        **Raises:** `ValueError` for an entry that is not finite, naming row and column.
        """
        return self.factor * self._moments.largest

    def normalised(self, *, centre: bool = True) -> "DataSet":
        """Return the data set centred by its mean, unless `centre` is false, and scaled by one factor to E|X|^2 = d.

        **Raises:** `ValueError` if nothing is left to scale (a single row, equal rows, or without centring all rows
        at the origin), and for an entry that is not finite, naming row and column.
        """
        moments, shift = self._moments, self.shift
        if centre and self.n == 1:
            raise ValueError("there is only one row: centred, it is the origin, and no factor scales it to E|X|^2 = d")
        if centre and not np.array_equal(moved := shift + moments.mean, shift):
            shift, moments = moved, self._moments_about(moved)
        # Equal rows leave the rounding of their mean, which the mean about that mean reveals.
        if centre and not moments.second > 2 * float(moments.mean @ moments.mean):
            raise ValueError("all rows are equal up to rounding: centred, no factor scales them to E|X|^2 = d")
        if moments.second == 0:
            raise ValueError("all rows are at the origin: no factor scales them to E|X|^2 = d")
        other = copy.copy(self)
        other.shift, other._moments = shift, moments
        other.factor = float(np.sqrt(self.dimension / moments.second))
        return other

    def merged_weights(self) -> Float[np.ndarray, " n"]:
        """Return the weights with those of rows that are stored equal moved to the first of them; the others have 0.

        **Raises:** `ValueError` for an entry that is not finite, naming row and column.
        """
        return self._merged_weights.copy()

    def entropy(self) -> float:
        """Return the Shannon entropy H(X) in nats; rows that are stored equal count as one.

        **Raises:** `ValueError` for an entry that is not finite, naming row and column.
        """
        masses = self._merged_weights[self._merged_weights > 0]
        return float(-(masses * np.log(masses)).sum())

    @property
    def num_distinct(self) -> int:
        """The number of different rows among those that carry weight."""
        return int(np.count_nonzero(self._merged_weights))

    def measure(self) -> DiscreteMeasure:
        """Return the measure, with all rows in memory."""
        return DiscreteMeasure(self.block(0, self.n), self.weights)

    def _moved(self, rows: Shaped[np.ndarray, "k d"]) -> Float[np.ndarray, "k d"]:
        """Return `factor * (rows - shift)`, computed in double precision without a second array of that size."""
        result = np.empty(rows.shape, self.dtype)
        for part in _spans(len(rows), self.dimension):
            moved = np.subtract(rows[part], self.shift, dtype=np.float64, casting="same_kind")
            np.multiply(moved, self.factor, out=result[part], casting="same_kind")
        return result

    @cached_property
    def _moments(self) -> "_Moments":
        return self._moments_about(self.shift)

    def _moments_about(self, origin: Float[np.ndarray, " d"]) -> "_Moments":
        """Stream the stored rows once and return their moments about `origin`."""
        mean, second, largest = np.zeros(self.dimension), 0.0, 0.0
        for part in _spans(self.n, self.dimension):
            moved = np.subtract(self.rows[part], origin, dtype=np.float64, casting="same_kind")
            squares = np.einsum("nd,nd->n", moved, moved)
            if not np.isfinite(squares).all():
                self._refuse(part)
            mean += self.weights[part] @ moved
            second += float(self.weights[part] @ squares)
            largest = max(largest, float(squares.max()))
        return _Moments(mean, second, float(np.sqrt(largest)))

    @cached_property
    def _merged_weights(self) -> Float[np.ndarray, " n"]:
        """The weights with those of equal rows, found by their digests, moved to one of them."""
        digests = np.empty((self.n, DIGEST_BYTES // 8), np.uint64)
        for part in _spans(self.n, self.dimension):
            rows = self.rows[part]
            if not np.isfinite(rows).all():
                self._refuse(part)
            joined = b"".join(hashlib.blake2b(row, digest_size=DIGEST_BYTES).digest() for row in _comparable(rows))
            digests[part] = np.frombuffer(joined, np.uint64).reshape(len(rows), -1)
        carrying = np.flatnonzero(self.weights)
        order = carrying[np.lexsort(digests[carrying].T)]
        digests = digests[order]
        first = np.flatnonzero(np.concatenate([[True], (digests[1:] != digests[:-1]).any(axis=1)]))
        merged = np.zeros(self.n)
        merged[order[first]] = np.add.reduceat(self.weights[order], first)
        return merged

    def _refuse(self, part: slice) -> None:
        """Raise the error that names what is not finite in these rows."""
        rows = self.rows[part]
        if not (finite := np.isfinite(rows)).all():
            row, column = (int(index) for index in np.argwhere(~finite)[0])
            raise ValueError(
                f"rows must be finite: row {part.start + row}, column {column} is {rows[row, column]} (counted from 0)"
            )
        raise ValueError(f"rows {part.start} to {part.stop - 1} hold numbers so large that |x|^2 overflows")


@dataclass(frozen=True, slots=True)
class _Moments:
    """Of stored rows about an origin: weighted mean, weighted mean square, largest norm; in the rows' own unit."""

    mean: Float[np.ndarray, " d"]
    second: float
    largest: float


def _spans(count: int, dimension: int) -> Iterator[slice]:
    """Yield slices of `count` rows, each within `BLOCK_ROWS` and, in double precision, `BLOCK_BYTES`."""
    size = min(BLOCK_ROWS, max(1, BLOCK_BYTES // (8 * dimension)))
    for start in range(0, count, size):
        yield slice(start, min(start + size, count))


def _comparable(rows: Shaped[np.ndarray, "k d"]) -> Shaped[np.ndarray, "k d"]:
    """Return `rows` so that equal numbers have equal bytes: one sign of zero, no bytes that mean nothing."""
    if rows.dtype.kind == "f":
        # Longer floats have bytes of padding, and come out in double precision anyway.
        rows = (rows if rows.dtype.itemsize <= 8 else rows.astype(np.float64)) + 0.0
    return np.ascontiguousarray(rows)


def _checked_dtype(dtype: DTypeLike) -> np.dtype[np.floating]:
    """Return `dtype` if blocks can have it."""
    for allowed in (np.dtype(np.float32), np.dtype(np.float64)):
        if np.dtype(dtype) == allowed:
            return allowed
    raise ValueError(f"dtype must be float32 or float64, not {np.dtype(dtype)}")
