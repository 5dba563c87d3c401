"""The sums of posterior weights against a direct computation in extended precision, and what they promise."""

from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax
from jax.sharding import Mesh, PartitionSpec

from lemmata.numerics.data import digits
from lemmata.numerics.denoiser import posterior_mean
from lemmata.numerics.kinetic_optimal.posterior_replica import (
    COMPILER_OPTIONS,
    mean_sums,
    merging_distance,
    replica_sums,
    rounding_error,
)
from lemmata.numerics.measures import DiscreteMeasure
from lemmata.numerics.precision import PrecisionError, float64

S = np.array([0.0, 0.2, 1.0, 2.0, 5.0])
TILE = 512
TRACES: list[str] = []


class Problem(NamedTuple):
    """The arguments of the kernels."""

    atoms: Any
    masses: Any
    truth: Any
    noise: Any
    s: Any


def problem(atoms: Any, num_queries: int = 37, weights: Any = None, seed: int = 0, s: Any = S) -> Problem:
    """Draw queries for these atoms."""
    rng = np.random.default_rng(seed)
    masses = np.full(len(atoms), 1 / len(atoms)) if weights is None else weights
    chosen = rng.choice(len(atoms), size=num_queries, p=masses)
    return Problem(atoms, masses, atoms[chosen], rng.normal(size=(num_queries, atoms.shape[1])), s)


def single(given: Problem) -> Problem:
    """Return the problem in float32 but for weights and s."""
    atoms, truth, noise = (part.astype(np.float32) for part in (given.atoms, given.truth, given.noise))
    return Problem(atoms, given.masses, truth, noise, given.s)


@partial(jax.jit, static_argnames="tile", compiler_options=COMPILER_OPTIONS)
def _sum_all(given: Problem, *, tile: int) -> Any:
    TRACES.append(str(jax.tree.map(jnp.shape, given)))
    totals, spreads = replica_sums(*given, tile=tile)
    same, means = mean_sums(*given, tile=tile)
    return totals, spreads, same, means


def sum_all(given: Problem, tile: int = TILE) -> tuple[np.ndarray, ...]:
    """Run both kernels: totals, spreads, totals again, means."""
    with float64():
        return tuple(np.asarray(part) for part in _sum_all(given, tile=tile))


def sum_directly(given: Problem) -> tuple[np.ndarray, ...]:
    """Compute totals, spreads and means from differences, in extended precision."""
    atoms, masses, truth, noise, s = (np.asarray(part, np.longdouble) for part in given)
    differences = atoms - truth[:, None]
    distances, leads = (differences**2).sum(axis=2), (differences * noise[:, None]).sum(axis=2)
    weights = masses * np.exp(s[:, None, None] * leads - s[:, None, None] ** 2 / 2 * distances)
    return weights.sum(axis=2), (weights * distances).sum(axis=2), weights @ atoms


def allowance(given: Problem) -> np.ndarray:
    """Return the relative error of a weight that products of this size and length leave, for each s."""
    centred = given.atoms - given.atoms.mean(axis=0)
    radius = np.sqrt((centred**2).sum(axis=1).max()) + 1e-300
    length = np.sqrt((given.noise**2).sum(axis=1).max())
    unit = np.finfo(given.atoms.dtype).eps
    return unit * (16 + 2 * given.atoms.shape[1]) * (1 + given.s * radius * length + given.s**2 * radius**2)[:, None]


RNG = np.random.default_rng(5)
CLOUD = RNG.normal(size=(101, 3))
WEIGHTS = RNG.dirichlet(np.ones(101)) * (np.arange(101) % 3 > 0)
REPEATED = CLOUD[np.arange(101) // 5]
PROBLEMS = {
    "weights, some zero": problem(CLOUD, weights=WEIGHTS / WEIGHTS.sum()),
    "repeated atoms": problem(REPEATED),
    "far atoms": problem(CLOUD + 1e3 * (np.arange(101) % 2)[:, None]),
    "one atom": problem(CLOUD[:1]),
    "one query, one value of s": problem(CLOUD[:7], num_queries=1, s=S[2:3]),
}


@pytest.mark.parametrize("name", PROBLEMS)
def test_sums_are_those_of_a_direct_computation(name: str) -> None:
    given = PROBLEMS[name]
    totals, spreads, same, means = sum_all(given)
    exact = sum_directly(given)
    allowed = allowance(given)
    radius = np.abs(given.atoms).max()
    assert (np.abs(totals / exact[0] - 1) <= allowed).all()
    assert (np.abs(same / exact[0] - 1) <= allowed).all()
    # A squared distance has an absolute error besides.
    assert (np.abs(spreads - exact[1]) <= allowed * exact[1] + 1e-13 * radius**2 * exact[0]).all()
    assert (np.abs(means - exact[2]) <= (4 * allowed * radius * exact[0])[..., None]).all()


def test_tiles_and_chunks_add_up() -> None:
    given = PROBLEMS["weights, some zero"]
    whole = sum_all(given, tile=2**18)
    chunk = np.arange(101) // 40
    parts = [sum_all(given._replace(masses=given.masses * (chunk == number))) for number in range(3)]
    for one, *others in zip(whole, *parts, strict=True):
        total = sum(others)
        scale = np.abs(total) if one.ndim == 2 else whole[0][..., None]
        assert (np.abs(one - total) <= 8 * allowance(given).reshape(-1, *[1] * (one.ndim - 1)) * scale + 1e-14).all()


def test_the_same_input_gives_the_same_bits() -> None:
    given = PROBLEMS["repeated atoms"]
    for one, other in zip(sum_all(given), sum_all(given), strict=True):
        np.testing.assert_array_equal(one, other)


def test_values_do_not_cause_a_trace() -> None:
    sum_all(PROBLEMS["repeated atoms"])
    before = len(TRACES)
    for seed in range(3):
        given = problem(CLOUD + seed, seed=seed, s=S + seed)
        sum_all(given)
    assert len(TRACES) == before


def test_the_kernels_can_be_mapped() -> None:
    given = PROBLEMS["one query, one value of s"]
    batch = np.stack([given.noise, -given.noise, 2 * given.noise])
    with float64():
        mapped = jax.jit(jax.vmap(lambda noise: replica_sums(*given._replace(noise=noise))))(batch)
    for index, noise in enumerate(batch):
        exact = sum_directly(given._replace(noise=noise))
        for part, expected in zip(mapped, exact, strict=False):
            np.testing.assert_allclose(np.asarray(part)[index], expected.astype(np.float64), rtol=1e-12, atol=1e-14)


def test_the_kernels_run_inside_a_checked_shard_map() -> None:
    given = PROBLEMS["repeated atoms"]
    mesh = Mesh(np.array(jax.devices()[:1]), ("atoms",))
    split, whole = PartitionSpec("atoms"), PartitionSpec()

    @jax.jit
    def run(given: Problem) -> Any:
        def local(given: Problem) -> Any:
            return lax.psum((replica_sums(*given), mean_sums(*given)), "atoms")

        return jax.shard_map(local, mesh=mesh, in_specs=(Problem(split, split, whole, whole, whole),), out_specs=whole)(
            given
        )

    with float64():
        (totals, _), (_, means) = run(given)
    exact = sum_directly(given)
    assert (np.abs(np.asarray(totals) / exact[0] - 1) <= allowance(given)).all()
    assert means.shape == exact[2].shape


def test_where_the_data_lie_does_not_matter() -> None:
    # Sixteenths, so that the data themselves are moved without rounding.
    atoms = np.round(16 * CLOUD) / 16
    here, there = (sum_all(problem(atoms + offset)) for offset in (0.0, 2.0**20))
    allowed = allowance(problem(atoms))
    assert (np.abs(here[0] / there[0] - 1) <= 2 * allowed).all()
    assert (np.abs(here[1] - there[1]) <= 2 * allowed * here[1] + 1e-12 * here[0]).all()


@pytest.mark.parametrize("convert", [lambda given: given, single], ids=["float64", "float32"])
def test_however_large_s_is_a_query_knows_its_own_atom(convert: Any) -> None:
    repeated = problem(REPEATED, s=np.array([1e3, 1e8, 1e20, 1e200, np.finfo(np.float64).max]))
    given = convert(repeated._replace(noise=5 * repeated.noise))
    totals, spreads, _, means = sum_all(given)
    own = (given.truth[:, None] == given.atoms).all(axis=2).sum(axis=1) / 101
    np.testing.assert_allclose(totals, np.broadcast_to(own, totals.shape), rtol=1e-6)
    np.testing.assert_array_equal(spreads, 0)
    np.testing.assert_allclose(means / totals[..., None], np.broadcast_to(given.truth, means.shape), atol=1e-6)


def test_rounding_in_float32_stays_within_its_estimate() -> None:
    s = np.array([0.05, 0.1, 0.2, 0.4, 0.8, 1.2, 1.6])
    data = digits()
    given = single(problem(data, 64, s=s))
    terms = []
    with float64():
        for dtype in (np.float32, np.float64):
            atoms, truth, noise = (part.astype(dtype) for part in (given.atoms, given.truth, given.noise))
            totals, spreads = jax.jit(replica_sums)(atoms, given.masses, truth, noise, s)
            terms.append(np.asarray(spreads / (2 * totals)))
    second_moment = float(((data - data.mean(axis=0)) ** 2).sum(axis=1).mean())
    estimate = rounding_error(s, terms[1].mean(axis=1), dtype=np.float32, dimension=64, second_moment=second_moment)
    off = np.abs(terms[0] - terms[1]).mean(axis=1)
    assert (off < estimate).all()
    # All errors are taken to pull in one direction, which costs a factor of some hundreds.
    assert (estimate < 5e3 * off).all()


def test_rounding_estimates_are_ordered_and_finite() -> None:
    s, errors = np.array([0.1, 1.0, 10.0, 1e6, 1e200]), np.array([60.0, 5.0, 1e-3, 0.0, 0.0])
    single_precision, double_precision = (
        rounding_error(s, errors, dtype=dtype, dimension=64, second_moment=64.0) for dtype in (np.float32, np.float64)
    )
    assert (double_precision < single_precision).all()
    assert (single_precision <= 64).all()
    assert double_precision[0] < 1e-11
    assert 0 < merging_distance(np.float64, 64, 8.0) < 1e-5 < merging_distance(np.float32, 64, 8.0) < 0.05


def test_atoms_that_rounding_tells_apart_are_not_merged() -> None:
    nearest = 4 * merging_distance(np.float64, 2, 1.0)
    atoms = np.array([[1.0, 0.0], [1.0, nearest], [-1.0, 0.0]])
    given = problem(atoms, s=np.array([1.0, 3.0]))
    _, spreads, *_ = sum_all(given)
    exact = sum_directly(given)[1]
    near = given.truth[:, 0] > 0
    assert (spreads[:, near] >= 0.3 * nearest**2 * 0.9).all()
    np.testing.assert_allclose(spreads, exact.astype(np.float64), atol=1e-13)


def test_means_are_those_of_the_denoiser() -> None:
    given = PROBLEMS["weights, some zero"]
    _, _, totals, means = sum_all(given)
    for index, s in enumerate(given.s):
        expected = posterior_mean(DiscreteMeasure(given.atoms, given.masses), s * given.truth + given.noise, s)
        np.testing.assert_allclose(means[index] / totals[index, :, None], expected, rtol=0, atol=1e-12)


def test_single_precision_of_the_process_is_refused() -> None:
    with pytest.raises(PrecisionError, match="posterior's sums"):
        jax.jit(replica_sums)(*single(PROBLEMS["one query, one value of s"]))
