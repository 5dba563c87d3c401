"""A deterministic ceiling on the mean-square error of finite data at large signal: how much the noisy atoms overlap.

With phi_i the density of Y given atom i and D_ij the squared distance of two atoms,
`mmse = sum_{i<j} D_ij int p_i p_j phi_i phi_j / sum_k p_k phi_k`. Leaving out all k but i and j, and
`a b/(a + b) <= sqrt(a b)/2`, gives

    mmse              <= sum_{i<j} D_ij sqrt(p_i p_j) exp(-s^2 D_ij/8) / 2,
    int_s^oo mmse s ds <= 2 sum_{i<j} sqrt(p_i p_j) exp(-s^2 D_ij/8).

A sample that saw no confusion between atoms cannot say how rare confusion is; this can, and it is what bounds the tail.

Equal atoms must count as one: they overlap wholly and would hide all other terms. Atoms that are told apart only by
rounding cannot be recognised by their distance, so equality is settled by the rows themselves and each distance is
taken at the worse end of its rounding. No table of distances is kept: pairs go by in blocks, each pair once.

It costs n^2 d operations, against 4 m n d of an estimate from m queries.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.sharding import PartitionSpec
from jaxtyping import Float

from ..power_of_two import power_of_two
from ..precision import in_float64
from ..sharding import ATOMS, QUERIES, place_rows
from .atom_chunks import EXPONENTIAL, AtomChunks, fold_chunks, read_rows, units_of_work
from .posterior_replica import COMPILER_OPTIONS

ROW_BLOCK, COLUMN_BLOCK = 128, 256
"""Atoms whose pairs are in memory at once: their distances take 256 KiB, which a core's cache holds."""

SUM_ROUNDING = 2**-30
"""Relative rounding error, generously, of exponentials and of sums of positive terms."""


class Overlap(NamedTuple):
    """Bounds: on the diameter of the data, on v = mmse/d at each s, and on int s' v(s') ds' beyond it, in nats."""

    diameter: float
    error_ceiling: Float[np.ndarray, " r"]
    information_ceiling: Float[np.ndarray, " r"]


class _Rows(NamedTuple):
    """Atoms whose pairs with all later atoms are taken, where they begin, and the sums so far on each device."""

    rows: Any
    roots: Any
    start: Any
    sums: Any


def bound_overlap(
    chunks: AtomChunks,
    s: Float[np.ndarray, " r"],
    *,
    scale: float = 1.0,
    advance: Callable[[int], None] = lambda pairs: None,
) -> Overlap:
    """Bound the diameter of the data, and at each `s` > 0 the error and what is still to be learnt beyond it.

    **Arguments:** the law of X is that of the atoms times `scale`; `advance(pairs)` is told how many pairs of atoms
    have been done since, `count_pairs(n)` in all.
    """
    data, mesh = chunks.data, chunks.mesh
    roots = np.sqrt(data.merged_weights())
    radius = data.largest_norm()
    # Products of d terms and three sums in float64; the rows were rounded to their own precision.
    rounding = 4 * (data.dimension + 2) * np.finfo(np.float64).eps * radius**2, np.finfo(data.dtype).eps * radius
    signals = scale * s
    of_chunk = [chunks.place(index, roots) for index in range(len(chunks))]
    size, together = units_of_work(
        chunks,
        data.n,
        ROW_BLOCK,
        work=2 * data.dimension + EXPONENTIAL * len(s),
        memory=2 * data.dtype.itemsize * data.dimension,
    )

    @in_float64
    def begin(start: int) -> _Rows:
        def bounds(first: int, last: int) -> tuple[int, int]:
            return min(start + first, data.n), min(start + last, data.n)

        def read(first: int, last: int) -> np.ndarray:
            return read_rows(data, *bounds(first, last), last - first)

        def read_roots(first: int, last: int) -> np.ndarray:
            found = np.zeros(last - first)
            present = roots[slice(*bounds(first, last))]
            found[: len(present)] = present
            return found

        rows = place_rows(mesh, QUERIES, (size, data.dimension), read)
        zeros = place_rows(mesh, QUERIES, (mesh.shape[QUERIES],), lambda first, last: np.zeros(last - first))
        sums = _start(zeros, len(signals), mesh=mesh)
        return _Rows(rows, place_rows(mesh, QUERIES, (size,), read_roots), np.int64(start), sums)

    @in_float64
    def absorb(rows: _Rows, index: int) -> _Rows:
        begins = np.int64(chunks.bounds(index)[0])
        sums = _absorb(rows, chunks.atoms(index), of_chunk[index], begins, signals, np.array(rounding), mesh=mesh)
        return rows._replace(sums=sums)

    @in_float64
    def finish(rows: _Rows) -> Any:
        return _finish(rows.sums, mesh=mesh)

    def pairs(start: int, index: int) -> int:
        first, stop = chunks.bounds(index)
        rows = np.arange(start, min(start + size, data.n))
        return int(np.maximum(stop - np.maximum(rows + 1, first), 0).sum())

    parts = fold_chunks(
        chunks,
        range(0, data.n, size),
        begin=begin,
        absorb=absorb,
        finish=finish,
        pairs=pairs,
        together=together,
        advance=advance,
    )
    weighted, overlaps, largest = (np.asarray(part) for part in zip(*parts, strict=True))
    diameter = scale * float(np.sqrt(largest.max()))
    above = (1 + SUM_ROUNDING) / data.dimension
    # Powers too small for a normal number came out as 0; the masses of all pairs add up to less than n/2.
    lost = data.n / 2 * float(np.finfo(np.float64).tiny)
    return Overlap(
        diameter=diameter,
        error_ceiling=above / 2 * (scale**2 * weighted.sum(axis=0) + diameter**2 * lost),
        information_ceiling=above * 2 * (overlaps.sum(axis=0) + lost),
    )


def count_pairs(n: int) -> int:
    """Return the number of pairs of n atoms."""
    return n * (n - 1) // 2


_ROWS_SPEC = PartitionSpec(QUERIES)
_SUMS = PartitionSpec((QUERIES, ATOMS))
_EVERYWHERE = PartitionSpec()


@partial(jax.jit, static_argnames=("signals", "mesh"))
def _start(zeros: Any, signals: int, *, mesh: Any) -> Any:
    """Return sums of nothing, one set for each device."""

    def local(zeros: Any) -> Any:
        return *(jnp.zeros((len(zeros), signals)) for _ in range(2)), zeros

    return jax.shard_map(local, mesh=mesh, in_specs=_ROWS_SPEC, out_specs=_SUMS, check_vma=False)(zeros)


@partial(jax.jit, static_argnames="mesh", compiler_options=COMPILER_OPTIONS)
def _absorb(rows: Any, atoms: Any, roots: Any, begin: Any, s: Any, rounding: Any, *, mesh: Any) -> Any:
    """Add the pairs of the rows with the atoms of a chunk that come later."""

    def local(rows: Any, atoms: Any, roots: Any, begin: Any, s: Any, rounding: Any) -> Any:
        first_row = rows.start + lax.axis_index(QUERIES).astype(jnp.int64) * len(rows.rows)
        first_column = begin + lax.axis_index(ATOMS).astype(jnp.int64) * len(atoms)
        width = min(COLUMN_BLOCK, len(atoms))
        blocks = -(-len(atoms) // width)

        def with_rows(block: Any) -> Any:
            block_rows, block_roots, row = block
            block_rows = block_rows.astype(jnp.float64)
            row_squares = (block_rows**2).sum(axis=1)

            def with_columns(number: Any, sums: Any) -> Any:
                # The last block is moved back inside the chunk, and what it repeats gets no weight.
                start = jnp.minimum(number * width, len(atoms) - width)
                columns = lax.dynamic_slice_in_dim(atoms, start, width).astype(jnp.float64)
                ids = first_column + start + jnp.arange(width)
                later = (ids >= first_column + number * width) & (ids > (row + jnp.arange(ROW_BLOCK))[:, None])
                masses = jnp.where(later, block_roots[:, None] * lax.dynamic_slice_in_dim(roots, start, width), 0.0)
                squares = row_squares[:, None] + (columns**2).sum(axis=1) - 2 * block_rows @ columns.T
                nearest = jnp.maximum(jnp.sqrt(jnp.maximum(squares - rounding[0], 0.0)) - rounding[1], 0.0) ** 2
                farthest = (jnp.sqrt(jnp.maximum(squares, 0.0) + rounding[0]) + rounding[1]) ** 2

                # Sums along the major axis are the ones that the compiler vectorises.
                def at(signal: Any) -> Any:
                    overlaps = masses * power_of_two(-(signal**2) / 8 * float(np.log2(np.e)) * nearest)
                    return (farthest * overlaps).sum(axis=0), overlaps.sum(axis=0)

                largest = jnp.where(masses > 0, farthest, 0.0).max(axis=0)
                return _joined(sums, (*lax.map(at, s), largest))

            # Blocks whose last atom comes no later than the first row have no pair.
            first = jnp.clip((row + 1 - first_column) // width, 0, blocks)
            nothing = jnp.zeros((len(s), width)), jnp.zeros((len(s), width)), jnp.zeros(width)
            weighted, overlap, largest = lax.fori_loop(first, blocks, with_columns, nothing)
            return weighted.sum(axis=1), overlap.sum(axis=1), largest.max()

        count = len(rows.rows) // ROW_BLOCK
        starts = first_row + ROW_BLOCK * jnp.arange(count)
        weighted, overlap, largest = lax.map(
            with_rows,
            (rows.rows.reshape(count, ROW_BLOCK, -1), rows.roots.reshape(count, ROW_BLOCK), starts),
        )
        return _joined(rows.sums, (weighted.sum(axis=0), overlap.sum(axis=0), largest.max()))

    specs = (
        _Rows(_ROWS_SPEC, _ROWS_SPEC, _EVERYWHERE, _SUMS),
        PartitionSpec(ATOMS),
        PartitionSpec(ATOMS),
        _EVERYWHERE,
        _EVERYWHERE,
        _EVERYWHERE,
    )
    return jax.shard_map(local, mesh=mesh, in_specs=specs, out_specs=_SUMS, check_vma=False)(
        rows, atoms, roots, begin, s, rounding
    )


def _joined(one: Any, other: Any) -> Any:
    """Add sums up and keep the larger maximum."""
    return one[0] + other[0], one[1] + other[1], jnp.maximum(one[2], other[2])


@partial(jax.jit, static_argnames="mesh")
def _finish(sums: Any, *, mesh: Any) -> Any:
    """Return the sums and the maximum over all devices, on every device."""

    def local(sums: Any) -> Any:
        weighted, overlap, largest = (part[0] for part in sums)
        axes = QUERIES, ATOMS
        return lax.psum(weighted, axes), lax.psum(overlap, axes), lax.pmax(largest, axes)

    return jax.shard_map(local, mesh=mesh, in_specs=(_SUMS,), out_specs=_EVERYWHERE, check_vma=False)(sums)
