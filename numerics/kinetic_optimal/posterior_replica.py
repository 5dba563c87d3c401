"""Sums over atoms of posterior weights, for data seen through Gaussian noise at many s at once.

A query is an atom x_i and noise eps, the same for every s: Y = s x_i + eps. Relative to the true atom's, atom j has the
log-weight `t_j = s <eps, x_j - x_i> - s^2 |x_i - x_j|^2/2`. Distances and the noise's products do not depend on s, so
all s share two matrix products, and each s costs one exponential per atom. Let X' be drawn from the posterior given Y,
which makes it a replica of X: E|X - X'|^2 = 2 mmse, so a query's term of mmse is
`sum_j m_j |x_i - x_j|^2 exp(t_j) / (2 sum_j m_j exp(t_j))`.

No maximum is taken out, so sums over chunks of atoms are plain additions. For a given pair of atoms at squared distance
D, `-s^2 D/2 + s sqrt(D) z <= z^2/2` with z ~ N(0, 1): exp(z^2/2) overflows only beyond |z| = 37 (13 in float32), an
event of probability below 1e-290 (1e-37) for each pair; and a query's own atom has weight m_i exactly, so the sum over
all atoms is not 0. Weights below the smallest normal number are 0: beside m_i, n of them are nothing.

*Rounding.* Squared distances are expanded, `|x_i|^2 + |x_j|^2 - 2 <x_i, x_j>`, and carry an absolute error of about
`2 sqrt(d) u (|x_i|^2 + |x_j|^2)`, u the unit of rounding; the chunk's mean is subtracted from all atoms first, so this
does not depend on where the data lie. Where a distance is less than a few of its errors, the atoms are taken for one:
equal rows, the query's own among them, then have distance and lead exactly 0, whatever s. `rounding_error` estimates
what remains in mmse.

The reduction runs over the major axis with queries along the minor one, a few atoms at a time inside one fused
operation, so that it is vectorised and an exponential is never stored.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Float

from ..power_of_two import power_of_two, relative_error
from ..precision import require_float64

TILE = 2**18
"""Query-atom pairs worked on at once: 4 MiB of distances and products in float64, for the caches of a few cores."""

ACCELERATOR_TILE = 2**24
"""The same for an accelerator, which needs more work at once to be busy."""

COMPILER_OPTIONS: dict[str, bool | str] = {"xla_cpu_prefer_vector_width": "512"}
"""For `jax.jit` around these kernels: all of a vector register where there is AVX-512. No effect elsewhere."""

_TOGETHER = 4
"""Atoms summed inside one fused operation: as many as the compiler unrolls."""

_SIGNALS = 4
"""Values of s that one fused operation serves while distances are at hand."""

_LANES = 16
"""Queries of a tile are a multiple of this: numbers in a vector register."""

RealArray = jax.Array | np.ndarray
Sums = Any
Kernel = Callable[..., Sums]


def replica_sums(
    atoms: Float[RealArray, "k d"],
    masses: Float[RealArray, " k"],
    truth: Float[RealArray, "q d"],
    noise: Float[RealArray, "q d"],
    s: Float[RealArray, " r"],
    *,
    tile: int = TILE,
) -> tuple[Float[Array, "r q"], Float[Array, "r q"]]:
    """Compute `sum_j m_j exp(t_j)` and `sum_j m_j |x_i - x_j|^2 exp(t_j)` for each s and query, in float64.

    Sums over chunks of atoms add up; over all atoms, their ratio is twice a query's term of mmse.

    **Arguments:** a chunk of `atoms` with `masses` >= 0, zero for padding; the atom `truth` and the `noise` of each
    query; `s` >= 0, of which those beyond the square root of the largest number count as that. Products and
    exponentials are in the type of `atoms`, which `truth` and `noise` share, and so are sums of up to four weights.
    About `tile` query-atom pairs are in memory at once, beside a copy of the atoms.

    **Raises:** `PrecisionError` if traced outside float64.
    """
    return _sum_tiles(_replica_tile, atoms, masses, truth, noise, s, tile, ())


def mean_sums(
    atoms: Float[RealArray, "k d"],
    masses: Float[RealArray, " k"],
    truth: Float[RealArray, "q d"],
    noise: Float[RealArray, "q d"],
    s: Float[RealArray, " r"],
    *,
    tile: int = TILE,
) -> tuple[Float[Array, "r q"], Float[Array, "r q d"]]:
    """Compute `sum_j m_j exp(t_j)` and `sum_j m_j x_j exp(t_j)`: over all atoms, their ratio is E[X | Y].

    Arguments and errors as for `replica_sums`; the second sum is in the type of `atoms` within a tile.
    """
    shift = _centre(atoms)
    totals, means = _sum_tiles(_mean_tile, atoms, masses, truth, noise, s, tile, (atoms.shape[1],))
    return totals, means + totals[..., None] * shift.astype(jnp.float64)


def rounding_error(
    s: Float[np.ndarray, " r"], errors: Float[np.ndarray, " r"], *, dtype: Any, dimension: int, second_moment: float
) -> Float[np.ndarray, " r"]:
    """Estimate how far at most rounding in `dtype` moves mmse, the mean over queries of `spreads/(2 totals)`.

    Log-weights that are off by at most e move a weighted mean of non-negative numbers by a factor within exp(+-2 e).
    Here e is s times the error of a product with noise, plus s^2/2 times that of a squared distance, plus what rounding
    the exponent and the sums adds. Half the error of a squared distance comes on top, which is at most half of any
    distance that is not taken for 0. Lengths are root mean squares, as the mean over queries and their replicas has
    them; the error of a product of length d is taken as `(sqrt(d)/2 + 2) u |a| |b|`, twice what is measured in
    dimensions up to 3072, since rounding errors add up like independent numbers. In these two respects it is an
    estimate and not a bound; it is generous in that the errors of all atoms and queries are taken to pull one way.

    **Arguments:** `errors` are the values of mmse = E|X - E[X | Y]|^2 at `s`, and `second_moment` is E|X - E X|^2, both
    sums over the coordinates. That atoms nearer than `merging_distance` are taken for one is not included.
    """
    unit, s = float(np.finfo(dtype).eps) / 2, np.minimum(s, 1e100)
    growth = np.sqrt(dimension) / 2 + 4
    distance = 2 * unit * growth * second_moment
    lead = unit * growth * np.sqrt(dimension * second_moment)
    # Exponents that matter are of the order of s^2 times mmse.
    exponent = 8 * unit * (1 + s**2 * errors) + relative_error(dtype)
    # Clipped where the estimate says nothing any more, and before it overflows.
    off = np.minimum(s * lead + s**2 / 2 * distance + exponent, 300.0)
    # What the weights that become 0 add up to, for up to 2^31 atoms of equal weight in float32.
    lost = np.sqrt(float(np.finfo(dtype).tiny)) * second_moment
    return np.minimum(errors * np.expm1(2 * off) + np.minimum(distance, errors) / 2 + lost, second_moment)


def merging_distance(dtype: Any, dimension: int, norm: float) -> float:
    """Return the distance below which two atoms, at most `norm` from the chunk's mean, may be taken for one."""
    return float(np.sqrt(2 * _coincidence(dtype, dimension)) * norm)


def _coincidence(dtype: Any, dimension: int) -> float:
    """Return the squared distance, relative to the sum of squared norms, that rounding cannot tell from 0."""
    # Four times the largest error among a million pairs, in dimensions from 3 to 3072.
    return (16 + 4 * float(np.sqrt(dimension))) * float(np.finfo(dtype).eps) / 2


class _Queries(NamedTuple):
    """A tile's queries: truth above noise, |x_i|^2, and <eps, x_i>."""

    rows: Any
    squares: Any
    products: Any


class _Atoms(NamedTuple):
    """A tile's atoms, |x_j|^2, and binary logarithms of masses."""

    rows: Any
    squares: Any
    log_masses: Any


def _sum_tiles(
    kernel: Kernel, atoms: Any, masses: Any, truth: Any, noise: Any, s: Any, tile: int, extra: tuple[int, ...]
) -> Sums:
    """Add up what `kernel` finds for tiles of queries and atoms: (r, q) and (r, q, *extra)."""
    require_float64("the posterior's sums")
    real, (count, dimension), number = atoms.dtype, atoms.shape, len(truth)
    # A tile is as long in queries as its products need to be fast, and longer where there are few atoms.
    most = max(min(2 * dimension, 1024), 128, tile // max(count, 1))
    query_tiles, queries_each = _split(number, most, _LANES)
    atom_tiles, atoms_each = _split(count, max(tile // queries_each, _TOGETHER), _TOGETHER)

    shift = _centre(atoms)
    atoms, masses = (_pad(part, max(atoms_each - count, 0)) for part in (atoms, masses))
    starts = atoms_each * jnp.arange(atom_tiles)
    signals = jnp.minimum(s, float(np.sqrt(np.finfo(real).max))).astype(real)
    # Only its type is used: inside `shard_map`, the axes over which any of the arguments varies.
    varying = sum(array.astype(jnp.float64).sum() for array in (atoms, masses, truth, noise, s))

    def block_at(start: Any) -> _Atoms:
        # The last block is moved back inside the array and what it repeats gets no weight: no copy to pad.
        begin = jnp.minimum(start, len(atoms) - atoms_each)
        rows = lax.dynamic_slice_in_dim(atoms, begin, atoms_each) - shift
        log_masses = jnp.log2(lax.dynamic_slice_in_dim(masses, begin, atoms_each)).astype(real)
        repeated = begin + jnp.arange(atoms_each) < start
        return _Atoms(rows, _inner(rows, rows), jnp.where(repeated, real.type(-np.inf), log_masses))

    def at(pair: tuple[Any, Any]) -> Sums:
        truth, noise = pair
        queries = _Queries(jnp.concatenate([truth, noise]), _inner(truth, truth), _inner(noise, truth))
        zero = tuple(lax.full_like(varying, 0, shape=(len(s), queries_each, *axes)) for axes in ((), extra))

        def absorb(sums: Sums, start: Any) -> tuple[Sums, None]:
            return jax.tree.map(jnp.add, sums, kernel(block_at(start), queries, signals)), None

        return lax.scan(absorb, zero, starts)[0]

    padded = (_pad(rows, query_tiles * queries_each - number) for rows in (truth - shift, noise))
    sums = lax.map(at, tuple(rows.reshape(query_tiles, queries_each, dimension) for rows in padded))
    return jax.tree.map(lambda part: jnp.moveaxis(part, 0, 1).reshape(len(s), -1, *part.shape[3:])[:, :number], sums)


def _centre(atoms: Any) -> Any:
    """Return the mean of the atoms, which distances are taken from."""
    mean, finfo = atoms.mean(axis=0), np.finfo(atoms.dtype)
    # Rounded once more, it cannot be fused into one of the subtractions by a multiply-add, which rounds it otherwise.
    return lax.reduce_precision(mean, exponent_bits=finfo.nexp, mantissa_bits=finfo.nmant - 1)


def _pad(rows: Any, more: int) -> Any:
    """Append `more` rows of zeros."""
    return jnp.pad(rows, [(0, more)] + [(0, 0)] * (rows.ndim - 1))


def _split(length: int, most: int, multiple: int) -> tuple[int, int]:
    """Return a number of tiles and their common length, a multiple, which is at most `most` rounded to a multiple."""
    tiles = max(-(-length // max(most // multiple * multiple, multiple)), 1)
    return tiles, -(-length // (tiles * multiple)) * multiple


def _inner(one: Any, other: Any) -> Any:
    """Return the inner products of rows, summed in float64."""
    return (one.astype(jnp.float64) * other.astype(jnp.float64)).sum(axis=1).astype(one.dtype)


def _measure_pairs(atoms: _Atoms, queries: _Queries) -> tuple[Any, Any]:
    """Return |x_i - x_j|^2 and <eps, x_j - x_i>, queries along the minor axis."""
    width = len(queries.squares)
    products = jnp.matmul(atoms.rows, queries.rows.T, precision=lax.Precision.HIGHEST)
    norms = atoms.squares[:, None] + queries.squares
    distances = norms - 2 * products[:, :width]
    apart = distances > _coincidence(norms.dtype, atoms.rows.shape[1]) * norms
    return jnp.where(apart, distances, 0), jnp.where(apart, products[:, width:] - queries.products, 0)


def _weigh(distances: Any, leads: Any, log_masses: Any, s: Any) -> Any:
    """Return `m exp(s lead - s^2 distance/2)`, multiplied out so that no s makes it infinity times 0."""
    return power_of_two(s * float(np.log2(np.e)) * (leads - s / 2 * distances) + log_masses)


def _replica_tile(atoms: _Atoms, queries: _Queries, s: Any) -> Sums:
    """Return the sums of weights and of weighted squared distances over a tile's atoms, both (r, q)."""
    pairs = (*_measure_pairs(atoms, queries), atoms.log_masses)
    distances, leads, log_masses = (part.reshape(-1, 1, _TOGETHER, *part.shape[1:]) for part in pairs)
    zero = np.zeros((), distances.dtype)

    def at(signals: Any) -> Sums:
        weights = _weigh(distances, leads, log_masses[..., None], signals[None, :, None, None])
        sums = lax.reduce((weights, weights * distances), (zero, zero), lambda a, b: (a[0] + b[0], a[1] + b[1]), (2,))
        return tuple(part.sum(axis=0, dtype=jnp.float64) for part in sums)

    groups, each = _split(len(s), _SIGNALS, 1)
    sums = lax.map(at, jnp.pad(s, (0, groups * each - len(s))).reshape(groups, each))
    return tuple(part.reshape(groups * each, -1)[: len(s)] for part in sums)


def _mean_tile(atoms: _Atoms, queries: _Queries, s: Any) -> Sums:
    """Return the sums of weights (r, q) and of weighted centred atoms (r, q, d) over a tile's atoms."""
    distances, leads = _measure_pairs(atoms, queries)

    def at(signal: Any) -> Sums:
        weights = _weigh(distances, leads, atoms.log_masses[:, None], signal)
        means = jnp.matmul(weights.T, atoms.rows, precision=lax.Precision.HIGHEST)
        return weights.sum(axis=0, dtype=jnp.float64), means.astype(jnp.float64)

    return lax.map(at, s)
