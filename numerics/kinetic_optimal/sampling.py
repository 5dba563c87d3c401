"""Samples of the minimum mean-square error and of h^2 over the atoms of a data set of any size, on a mesh of devices.

A query is an atom drawn by its weight and noise, the same for every s. Queries are drawn in blocks, each with a key of
its own, so that a sample does not depend on how queries and atoms are split over chunks, devices or processes, and
a longer sample begins with a shorter one. The sums over atoms are those of `posterior_replica`.

*Replica.* `mmse = E spreads/(2 totals)`. *Residual.* `h^2 = (1 + s^2) E|E[X | Y] - s Y/(1 + s^2)|^2/d`.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.sharding import PartitionSpec
from jaxtyping import Array, Float, Int, Key

from ..precision import in_float64
from ..sharding import ATOMS, QUERIES, is_on_host, place_rows
from .atom_chunks import EXPONENTIAL, AtomChunks, fold_chunks, units_of_work
from .posterior_replica import ACCELERATOR_TILE, COMPILER_OPTIONS, TILE, mean_sums, replica_sums

QUERY_BLOCK = 128
"""Queries drawn with one key."""

BLOCKS_AT_ONCE = 64
"""Blocks whose atoms are drawn at once, so that one program serves samples of any size."""


class QueryTerms(NamedTuple):
    """Rows for s, columns for queries: `errors` are terms of mmse/d, `residuals` are terms of h^2."""

    errors: Float[np.ndarray, "r m"]
    residuals: Float[np.ndarray, "q m"]


class _Queries(NamedTuple):
    """Queries on the devices and their sums over the atoms so far, apart for each shard of atoms."""

    truth: Any
    noise: Any
    sums: Any


def sample_terms(
    chunks: AtomChunks,
    key: Key[Array, ""],
    s_replica: Float[np.ndarray, " r"],
    s_residual: Float[np.ndarray, " q"],
    *,
    num_queries: int,
    scale: float = 1.0,
    cut_off: float = np.inf,
    advance: Callable[[int], None] = lambda pairs: None,
) -> QueryTerms:
    """Sample the replica form at `s_replica` and the residual form at `s_residual`, with common random numbers.

    **Arguments:** the law of X is that of the atoms times `scale`; terms of the residual form with |eps|^2 > `cut_off`
    are set to 0, which bounds the others; `advance(pairs)` is told how many query-atom pairs have been done since.
    """
    data, mesh = chunks.data, chunks.mesh
    indices = _draw_indices(key, data.weights, num_queries)
    key_data, implementation = np.asarray(jax.random.key_data(key)), str(jax.random.key_impl(key))
    replicas, residuals, dimension = len(s_replica), len(s_residual), data.dimension
    products = 4 * dimension * ((replicas > 0) + (residuals > 0)) + 2 * dimension * residuals
    rows, together = units_of_work(
        chunks,
        num_queries,
        QUERY_BLOCK,
        work=products + EXPONENTIAL * (replicas + residuals),
        # Truth, noise and the next unit's truth; the residual form's sums before and after a chunk.
        memory=dimension * (3 * data.dtype.itemsize + 16 * residuals) + 48 * (replicas + residuals),
    )
    # Scaling the atoms is scaling s: the atoms are used as they are with s * scale, and what comes out is scaled back.
    signals = scale * s_replica, scale * s_residual
    masses = [chunks.place(index, data.weights) for index in range(len(chunks))]

    @in_float64
    def begin(start: int) -> _Queries:
        def take(first: int, last: int) -> np.ndarray:
            # What is beyond the sample repeats the first atom and is left out at the end.
            chosen = np.zeros(last - first, np.int64)
            present = indices[start + first : start + last]
            chosen[: len(present)] = present
            return data.take(chosen)

        numbers = start // QUERY_BLOCK + np.arange(rows // QUERY_BLOCK)
        blocks = place_rows(mesh, QUERIES, numbers.shape, lambda first, last: numbers[first:last])
        options = {"mesh": mesh, "dimension": data.dimension, "dtype": data.dtype, "implementation": implementation}
        noise = _draw_noise(key_data, blocks, **options)
        truth = place_rows(mesh, QUERIES, (rows, data.dimension), take)
        return _Queries(truth, noise, _start_sums(noise, *signals, mesh=mesh))

    @in_float64
    def absorb(queries: _Queries, index: int) -> _Queries:
        atoms = chunks.atoms(index)
        return queries._replace(sums=_absorb(queries, atoms, masses[index], *signals, mesh=mesh))

    @in_float64
    def finish(queries: _Queries) -> Any:
        return _finish(queries, s_residual, np.float64(scale), np.float64(cut_off), mesh=mesh)

    def pairs(start: int, index: int) -> int:
        first, last = chunks.bounds(index)
        return (last - first) * (min(start + rows, num_queries) - start)

    starts = range(0, num_queries, rows)
    parts = fold_chunks(
        chunks,
        starts,
        begin=begin,
        absorb=absorb,
        finish=finish,
        pairs=pairs,
        together=together,
        advance=advance,
    )
    return QueryTerms(*(np.concatenate(part, axis=1)[:, :num_queries] for part in zip(*parts, strict=True)))


@in_float64
def _draw_indices(key: Key[Array, ""], weights: Float[np.ndarray, " n"], count: int) -> Int[np.ndarray, " m"]:
    """Draw the atoms of all queries by their weights."""
    cumulative = np.cumsum(weights)
    starts = range(0, -(-count // QUERY_BLOCK), BLOCKS_AT_ONCE)
    # What is drawn beyond the sample is left out.
    parts = [np.asarray(_draw_positions(key, start + np.arange(BLOCKS_AT_ONCE))) for start in starts]
    positions = np.concatenate(parts).ravel()[:count]
    return np.searchsorted(cumulative, positions * cumulative[-1], side="right")


def _keys_of_block(key: Any, block: Any) -> Any:
    """Return the keys of a block's indices and noise."""
    return jax.random.split(jax.random.fold_in(key, block))


@jax.jit
def _draw_positions(key: Any, blocks: Any) -> Any:
    return jax.vmap(lambda block: jax.random.uniform(_keys_of_block(key, block)[0], (QUERY_BLOCK,)))(blocks)


@partial(jax.jit, static_argnames=("mesh", "dimension", "dtype", "implementation"))
def _draw_noise(key_data: Any, blocks: Any, *, mesh: Any, dimension: int, dtype: Any, implementation: str) -> Any:
    def local(key_data: Any, blocks: Any) -> Any:
        key = jax.random.wrap_key_data(key_data, impl=implementation)

        def draw(block: Any) -> Any:
            return jax.random.normal(_keys_of_block(key, block)[1], (QUERY_BLOCK, dimension)).astype(dtype)

        return lax.map(draw, blocks).reshape(-1, dimension)

    specs = PartitionSpec(), PartitionSpec(QUERIES)
    return jax.shard_map(local, mesh=mesh, in_specs=specs, out_specs=PartitionSpec(QUERIES), check_vma=False)(
        key_data, blocks
    )


_SUMS = PartitionSpec(ATOMS, None, QUERIES)
_ROWS = PartitionSpec(QUERIES)
_EVERYWHERE = PartitionSpec()


@partial(jax.jit, static_argnames="mesh")
def _start_sums(noise: Any, s_replica: Any, s_residual: Any, *, mesh: Any) -> Any:
    def local(noise: Any, s_replica: Any, s_residual: Any) -> Any:
        replica, residual = ((1, len(s), len(noise)) for s in (s_replica, s_residual))
        return jnp.zeros(replica), jnp.zeros(replica), jnp.zeros(residual), jnp.zeros((*residual, noise.shape[1]))

    specs = _ROWS, _EVERYWHERE, _EVERYWHERE
    return jax.shard_map(local, mesh=mesh, in_specs=specs, out_specs=_SUMS, check_vma=False)(
        noise, s_replica, s_residual
    )


@partial(jax.jit, static_argnames="mesh", compiler_options=COMPILER_OPTIONS)
def _absorb(queries: Any, atoms: Any, masses: Any, s_replica: Any, s_residual: Any, *, mesh: Any) -> Any:
    tile = TILE if is_on_host(mesh) else ACCELERATOR_TILE

    def local(queries: Any, atoms: Any, masses: Any, s_replica: Any, s_residual: Any) -> Any:
        truth, noise, (totals, spreads, mean_totals, means) = queries
        if len(s_replica):
            total, spread = replica_sums(atoms, masses, truth, noise, s_replica, tile=tile)
            totals, spreads = totals + total, spreads + spread
        if len(s_residual):
            total, mean = mean_sums(atoms, masses, truth, noise, s_residual, tile=tile)
            mean_totals, means = mean_totals + total, means + mean
        return totals, spreads, mean_totals, means

    specs = _Queries(_ROWS, _ROWS, _SUMS), PartitionSpec(ATOMS), PartitionSpec(ATOMS), _EVERYWHERE, _EVERYWHERE
    return jax.shard_map(local, mesh=mesh, in_specs=specs, out_specs=_SUMS, check_vma=False)(
        queries, atoms, masses, s_replica, s_residual
    )


@partial(jax.jit, static_argnames="mesh")
def _finish(queries: Any, s_residual: Any, scale: Any, cut_off: Any, *, mesh: Any) -> Any:
    """Return the terms of both forms, on every device."""

    def local(queries: Any, s_residual: Any, scale: Any, cut_off: Any) -> Any:
        truth, noise = (rows.astype(jnp.float64) for rows in (queries.truth, queries.noise))
        totals, spreads, mean_totals, means = (lax.psum(part[0], ATOMS) for part in queries.sums)
        dimension = truth.shape[1]
        errors = scale**2 / dimension * spreads / (2 * totals)
        within = (noise**2).sum(axis=1) <= cut_off

        def residual(sums: Any) -> Any:
            s, total, mean = sums
            gap = scale * mean / total[:, None] - s / (1 + s**2) * (s * scale * truth + noise)
            return jnp.where(within, (1 + s**2) / dimension * (gap**2).sum(axis=1), 0.0)

        residuals = lax.map(residual, (s_residual, mean_totals, means))
        return tuple(lax.all_gather(part, QUERIES, axis=1, tiled=True) for part in (errors, residuals))

    specs = _Queries(_ROWS, _ROWS, _SUMS), _EVERYWHERE, _EVERYWHERE, _EVERYWHERE
    return jax.shard_map(local, mesh=mesh, in_specs=specs, out_specs=_EVERYWHERE, check_vma=False)(
        queries, s_residual, scale, cut_off
    )
