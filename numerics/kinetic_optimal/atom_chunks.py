"""The atoms of a data set on the devices of a mesh, in chunks that fit into memory.

Chunks have one shape, so that what works on them is compiled once; a chunk is split over the axis "atoms" of the mesh,
and rows beyond the data are zero. Data that fit into one chunk stay on the devices; others are read again for each
batch of queries, which costs little beside the work on them: a chunk that was read serves a whole batch. They travel
as they are stored and are shifted and scaled where they arrive: pixels in a byte each stay in a byte up to there.
"""

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeVar, final

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.sharding import Mesh, PartitionSpec
from jaxtyping import Array, Float, Shaped

from ..data_set import DataSet
from ..precision import in_float64
from ..sharding import ATOMS, QUERIES, is_on_host, memory_budget, place_rows

COPIES = 3
"""Copies of a chunk at one time: as stored, shifted and scaled, and the next one on its way."""

FINEST_ROWS = 8
"""Rows of a shard are a multiple of this, and of 1/32 of their number: data sets of similar size share programs."""

EXPONENTIAL = 40
"""What an exponential costs, in floating-point operations of a matrix product."""

UNIT_WORK = 4e10
"""Operations between two reports of progress on each device: about half a second on two cores.

Smaller units would be too few queries for products at full speed where d is large.
"""

ACCELERATOR_WORK = 3e12
"""The same on an accelerator."""

Unit = TypeVar("Unit")
State = TypeVar("State")
Result = TypeVar("Result")


@final
class AtomChunks:
    """The atoms in chunks `0 <= index < len(chunks)`; `size` rows each, of which those beyond the data are zero.

    `data` hands out rows in the precision of the products; `budget` is the number of bytes for chunks on each device,
    and as many are for queries.
    """

    data: DataSet
    mesh: Mesh
    budget: int
    size: int

    def __init__(self, data: DataSet, mesh: Mesh, budget: int | None = None) -> None:
        """Cut `data` into chunks for `mesh`, by default within `sharding.memory_budget`."""
        self.data, self.mesh = data, mesh
        self.budget = memory_budget(mesh) if budget is None else budget
        shards = mesh.shape[ATOMS]
        most = max(FINEST_ROWS, self.budget // (COPIES * data.dtype.itemsize * data.dimension))
        rows = -(-data.n // shards)
        rows = -(-rows // -(-rows // most))
        step = max(FINEST_ROWS, 2 ** (rows.bit_length() - 6))
        self.size = -(-rows // step) * step * shards
        self._latest: tuple[int, Float[Array, "k d"]] | None = None

    def __len__(self) -> int:
        return math.ceil(self.data.n / self.size)

    def bounds(self, index: int) -> tuple[int, int]:
        """Return the first atom of a chunk and the one after its last."""
        return index * self.size, min((index + 1) * self.size, self.data.n)

    def atoms(self, index: int) -> Float[Array, "k d"]:
        """Return the rows of a chunk, kept until another one is asked for."""
        if self._latest is None or self._latest[0] != index:
            self._latest = index, self._load(index)
        return self._latest[1]

    @in_float64
    def place(self, index: int, values: Float[np.ndarray, " n"]) -> Float[Array, " k"]:
        """Return the part of `values`, one for each atom, that belongs to a chunk; zero beyond the data."""
        start, stop = self.bounds(index)
        padded = np.zeros(self.size)
        padded[: stop - start] = values[start:stop]
        return place_rows(self.mesh, ATOMS, padded.shape, lambda first, last: padded[first:last])

    @in_float64
    def _load(self, index: int) -> Float[Array, "k d"]:
        begin, end = self.bounds(index)

        def read(start: int, stop: int) -> np.ndarray:
            return read_stored(self.data, min(begin + start, end), min(begin + stop, end), stop - start)

        data, mesh = self.data, self.mesh
        stored = place_rows(mesh, ATOMS, (self.size, data.dimension), read)
        move = data.shift, np.float64(data.factor), np.int64(end - begin)
        return _normalise(stored, *move, dtype=data.dtype, mesh=mesh)


@partial(jax.jit, static_argnames=("dtype", "mesh"))
def _normalise(stored: Any, shift: Any, factor: Any, present: Any, *, dtype: Any, mesh: Mesh) -> Any:
    """Shift and scale stored rows as `DataSet.block` does, on the devices; rows from `present` on are zero."""

    def local(stored: Any, shift: Any, factor: Any, present: Any) -> Any:
        rows = lax.axis_index(ATOMS).astype(jnp.int64) * len(stored) + jnp.arange(len(stored))
        moved = factor * (stored.astype(jnp.float64) - shift)
        return jnp.where((rows < present)[:, None], moved, 0.0).astype(dtype)

    everywhere = PartitionSpec()
    specs = PartitionSpec(ATOMS), everywhere, everywhere, everywhere
    return jax.shard_map(local, mesh=mesh, in_specs=specs, out_specs=PartitionSpec(ATOMS), check_vma=False)(
        stored, shift, factor, present
    )


def read_stored(data: DataSet, start: int, stop: int, count: int) -> Shaped[np.ndarray, "count d"]:
    """Return rows `start` to `stop - 1` as they are stored, followed by rows of zeros, `count` in all."""
    rows = data.rows[start:stop]
    # Devices know the machine's own byte order, and no type longer than double precision.
    native = rows.dtype.newbyteorder("=") if rows.dtype.itemsize <= 8 else np.dtype(np.float64)
    if len(rows) == count:
        return np.ascontiguousarray(rows, native)
    padded = np.zeros((count, data.dimension), native)
    padded[: len(rows)] = rows
    return padded


def read_rows(data: DataSet, start: int, stop: int, count: int) -> Float[np.ndarray, "count d"]:
    """Return rows `start` to `stop - 1` followed by rows of zeros, `count` in all."""
    if stop - start == count:
        return data.block(start, stop)
    rows = np.zeros((count, data.dimension), data.dtype)
    rows[: stop - start] = data.block(start, stop)
    return rows


def units_of_work(chunks: AtomChunks, count: int, block: int, *, work: float, memory: int) -> tuple[int, int]:
    """Return how many of `count` rows make a unit of work, over all devices, and how many units are held together.

    **Arguments:** rows of a device come in multiples of `block`; `work` is the number of operations for a row and an
    atom, `memory` the number of bytes that a row takes while the atoms pass by.
    """
    shards = chunks.mesh.shape[QUERIES]
    operations = UNIT_WORK if is_on_host(chunks.mesh) else ACCELERATOR_WORK
    within_work = int(operations / (work * block * chunks.size // chunks.mesh.shape[ATOMS]))
    within_memory = max(1, chunks.budget // (memory * block))
    blocks = -(-count // (block * shards))
    units = -(-blocks // max(1, min(within_work, within_memory)))
    blocks = -(-blocks // units)
    return blocks * block * shards, max(1, within_memory // blocks)


def fold_chunks(
    chunks: AtomChunks,
    units: Sequence[Unit],
    *,
    begin: Callable[[Unit], State],
    absorb: Callable[[State, int], State],
    finish: Callable[[State], Result],
    pairs: Callable[[Unit, int], int],
    together: int,
    advance: Callable[[int], None],
) -> list[Result]:
    """Fold all chunks into the state of each unit of work and return what `finish` makes of the states.

    **Arguments:** `begin` makes the state of a unit, `absorb` takes the chunk of an index in, `pairs` counts the work
    of that, 0 to leave it out; `together` units are in memory while the chunks pass by; `advance` is told of pairs when
    they are done. Devices work on one step while the next is prepared.
    """
    results: list[Result] = []
    under_way: tuple[State, int] | None = None
    # If the only chunk stays where it is, nothing is gained by holding units together.
    together = together if len(chunks) > 1 else 1
    for first in range(0, len(units), together):
        batch = units[first : first + together]
        states = [begin(unit) for unit in batch]
        for index in range(len(chunks)):
            for position, unit in enumerate(batch):
                if not (count := pairs(unit, index)):
                    continue
                states[position] = absorb(states[position], index)
                if under_way is not None:
                    jax.block_until_ready(under_way[0])
                    advance(under_way[1])
                under_way = states[position], count
        results += map(finish, states)
        # The next batch needs the memory of this one.
        del states
    jax.block_until_ready(results)
    if under_way is not None:
        advance(under_way[1])
    return results
