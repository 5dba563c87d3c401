"""The estimator against every separation function known exactly, its intervals, its invariances, and its refusals."""

from typing import Any

import jax
import numpy as np
import pytest

from lemmata.numerics.data_set import DataSet
from lemmata.numerics.kinetic_optimal import (
    Separation,
    angular_grid,
    estimator,
    separation,
    separation_low_rank_gaussian,
    separation_product,
    separation_two_point,
)
from lemmata.numerics.kinetic_optimal.atom_chunks import AtomChunks
from lemmata.numerics.kinetic_optimal.exact import scalar_error
from lemmata.numerics.kinetic_optimal.overlap import bound_overlap
from lemmata.numerics.kinetic_optimal.sampling import sample_terms
from lemmata.numerics.kinetic_optimal.scalar_channel import solve_scalar_channel
from lemmata.numerics.measures import DiscreteMeasure, GaussianMixture
from lemmata.numerics.sharding import single_device_mesh

S = np.array([0.1, 0.3, 0.7, 1.0, 1.6, 2.5, 4.0])
TWO_POINTS = DiscreteMeasure([[-1.0], [1.0]])
SKEWED = DiscreteMeasure([[-1.3], [0.2], [0.9], [2.0]], [0.2, 0.3, 0.4, 0.1]).normalised()
QUERIES = 2048


def hypercube(dimension: int) -> DiscreteMeasure:
    """Return the corners of {-1, 1}^d."""
    return DiscreteMeasure(2.0 * np.array(list(np.ndindex(*[2] * dimension))) - 1)


def product_square(factor: DiscreteMeasure) -> DiscreteMeasure:
    """Return the product of a measure on the line with itself."""
    x, p = factor.atoms[:, 0], factor.weights
    return DiscreteMeasure(np.stack(np.meshgrid(x, x), axis=-1).reshape(-1, 2), np.outer(p, p).ravel())


def chunks_of(data: Any) -> AtomChunks:
    """Return the atoms of `data` on one device."""
    return AtomChunks(DataSet.of(data), single_device_mesh())


def estimate(data: Any, seed: int = 1, **options: Any) -> Separation:
    """Estimate with few queries, always as many, so that shapes repeat."""
    return separation(data, S, key=jax.random.key(seed), num_queries=QUERIES, **options)


@pytest.mark.parametrize(
    ("data", "exact"),
    [
        (TWO_POINTS, separation_two_point(S)),
        (hypercube(4), separation_two_point(S)),
        (SKEWED, separation_product([SKEWED], S)),
        (product_square(SKEWED), separation_product([SKEWED], S)),
    ],
    ids=["two points", "hypercube", "skewed", "square of skewed"],
)
def test_exact_references_lie_in_the_intervals(data: DiscreteMeasure, exact: Separation) -> None:
    found = estimate(data)
    lower, upper = found.h_squared_interval
    assert (lower <= exact.h_squared).all()
    assert (exact.h_squared <= upper).all()
    # The interval must not be wide for want of an argument: five standard errors hold as well, where any were seen.
    seen = found.h_squared_standard_error > 1e-4
    assert seen.sum() >= 4
    assert (np.abs(found.h_squared - exact.h_squared)[seen] < 5 * found.h_squared_standard_error[seen]).all()
    proved_lower, proved_upper = found.proved_interval
    assert (proved_lower <= exact.h_squared + 1e-12).all()
    assert (exact.h_squared <= proved_upper).all()


def test_data_on_a_line_in_four_dimensions() -> None:
    # X = (2 u, 0, 0, 0) has mmse/d = mmse of u at 2 s.
    u = DiscreteMeasure(np.random.default_rng(3).normal(size=(40, 1))).normalised()
    atoms = np.zeros((40, 4))
    atoms[:, :1] = 2 * u.atoms
    exact = 1 - solve_scalar_channel(u.atoms[:, 0], u.weights, 2 * S).mmse
    lower, upper = estimate(atoms).interval
    assert (lower <= exact).all()
    assert (exact <= upper).all()


def test_scalar_quadrature_of_atoms_agrees_with_the_rule_in_y() -> None:
    fine, coarse = scalar_error(SKEWED, S)
    channel = solve_scalar_channel(SKEWED.atoms[:, 0], SKEWED.weights, S)
    np.testing.assert_allclose(fine, channel.mmse, rtol=0, atol=1e-13)
    np.testing.assert_allclose(fine, coarse, rtol=0, atol=1e-13)


def test_scalar_quadrature_of_a_gaussian_in_pieces() -> None:
    # Equal components are one Gaussian, of error c/(1 + s^2 c).
    mixture = GaussianMixture(np.zeros((3, 1)), np.full((3, 1, 1), 0.7), [0.2, 0.3, 0.5])
    np.testing.assert_allclose(scalar_error(mixture, S)[0], 0.7 / (1 + 0.7 * S**2), rtol=1e-14)


def test_scalar_quadrature_of_a_mixture_agrees_with_many_atoms() -> None:
    # Gauss-Hermite atoms carry a Gaussian's moments up to order 79, which is all that s <= 1.6 can see.
    nodes, masses = np.polynomial.hermite_e.hermegauss(40)
    means, spreads, weights = np.array([-1.0, 0.8]), np.array([0.3, 0.5]), np.array([0.4, 0.6])
    atoms = (means[:, None] + spreads[:, None] * nodes).ravel()
    law = np.outer(weights, masses / masses.sum()).ravel()
    mixture = GaussianMixture(means[:, None], (spreads**2)[:, None, None], weights)
    low = S[:5]
    np.testing.assert_allclose(scalar_error(mixture, low)[0], solve_scalar_channel(atoms, law, low).mmse, atol=1e-10)


@pytest.fixture(scope="module")
def sampled_forms() -> tuple[np.ndarray, np.ndarray]:
    """Return the terms of h^2 by both forms for the same queries of the skewed square."""
    terms = sample_terms(chunks_of(product_square(SKEWED)), jax.random.key(5), S, S, num_queries=QUERIES)
    return 1 - (1 + S[:, None] ** 2) * terms.errors, terms.residuals


def test_both_forms_estimate_the_same_number(sampled_forms: Any) -> None:
    replica, residual = sampled_forms
    difference = replica - residual
    error = difference.std(axis=1, ddof=1) / np.sqrt(QUERIES)
    assert (np.abs(difference.mean(axis=1)) < 4.5 * error).all()


def test_the_replica_form_is_at_most_one_and_the_residual_form_not_negative(sampled_forms: Any) -> None:
    replica, residual = sampled_forms
    assert replica.max() <= 1
    assert residual.min() >= 0


def test_the_pilot_picks_the_form_with_the_narrower_interval(monkeypatch: pytest.MonkeyPatch) -> None:
    atoms = np.random.default_rng(2).normal(size=(200, 16))
    data = DiscreteMeasure(atoms - atoms.mean(axis=0)).normalised()
    free = estimate(data)
    assert free.method[0] == "residual"
    assert free.method[-1] == "replica"
    monkeypatch.setattr(estimator, "RESIDUAL_BELOW", -np.inf)
    bound = estimate(data)
    assert set(bound.method) == {"replica"}
    chosen = np.array(free.method) == "residual"
    # At the lower end both intervals are cut at lambda = 0.
    one, other = (found.h_squared_interval[1] - found.h_squared_interval[0] for found in (free, bound))
    assert (one[chosen] < other[chosen]).all()
    # Where h^2 is a few thousandths, the residual form still knows two digits of it.
    assert free.h_squared_standard_error[0] < 0.05 * free.h_squared[0]
    assert free.h_squared_standard_error[0] < 0.2 * bound.h_squared_standard_error[0]


def test_standard_errors_are_calibrated() -> None:
    exact = separation_two_point(S)
    scores = np.array(
        [
            (found.h_squared - exact.h_squared)[:5] / found.h_squared_standard_error[:5]
            for found in (estimate(TWO_POINTS, seed=seed) for seed in range(100, 180))
        ]
    )
    # 80 standard normal scores at each s: mean within 4.5/sqrt(80), mean square within 4.5 sqrt(2/80) of 1.
    assert (np.abs(scores.mean(axis=0)) < 4.5 / np.sqrt(80)).all()
    assert (np.abs((scores**2).mean(axis=0) - 1) < 4.5 * np.sqrt(2 / 80)).all()


def test_repeated_atoms_are_weights() -> None:
    rng = np.random.default_rng(7)
    atoms, counts = rng.normal(size=(700, 2)), rng.integers(1, 6, size=700)
    merged = DiscreteMeasure(atoms, counts / counts.sum()).normalised()
    # More than 2048 atoms go through in two blocks of which the last overlaps the first; the merged ones are one block.
    repeated = np.repeat(merged.atoms, counts, axis=0)
    assert len(repeated) > 2048
    # Copies stand together, so the same random numbers draw the same atoms.
    one, other = estimate(repeated), estimate(merged)
    np.testing.assert_allclose(one.h_squared, other.h_squared, atol=1e-11)
    np.testing.assert_allclose(one.at_zero, other.at_zero, atol=1e-14)


def test_translation_leaves_the_error_as_it_is() -> None:
    shifted = DiscreteMeasure(SKEWED.atoms + 3.0, SKEWED.weights)
    here, there = (
        sample_terms(chunks_of(data), jax.random.key(2), S, S[:0], num_queries=256).errors for data in (SKEWED, shifted)
    )
    np.testing.assert_allclose(here, there, atol=1e-10)


@pytest.mark.parametrize("change", ["rotation", "permutation"])
def test_rotation_and_permutation_leave_the_separation_function_as_it_is(change: str) -> None:
    rng = np.random.default_rng(11)
    data = DiscreteMeasure(rng.normal(size=(30, 3)), rng.dirichlet(np.ones(30))).normalised()
    order, rotation = rng.permutation(30), np.linalg.qr(rng.normal(size=(3, 3)))[0]
    changed = (
        DiscreteMeasure(data.atoms @ rotation, data.weights)
        if change == "rotation"
        else DiscreteMeasure(data.atoms[order], data.weights[order])
    )
    one, other = estimate(data), estimate(changed, seed=2)
    error = np.hypot(one.h_squared_standard_error, other.h_squared_standard_error)
    seen = error > 1e-4
    assert (np.abs(one.h_squared - other.h_squared)[seen] < 4.5 * error[seen]).all()
    np.testing.assert_allclose(one.error_ceiling, other.error_ceiling, rtol=1e-10)


def test_single_precision_data_give_the_same_estimate() -> None:
    data = DiscreteMeasure(np.random.default_rng(1).normal(size=(50, 8))).normalised()
    single, double = estimate(data.atoms.astype(np.float32)), estimate(data)
    assert single.h_squared.dtype == np.float64
    np.testing.assert_allclose(single.h_squared, double.h_squared, atol=2e-5)


def test_one_atom_is_known_from_the_start() -> None:
    found = estimate([[1.0, 1.0]])
    np.testing.assert_allclose(found.h_squared, 1.0, atol=1e-13)
    np.testing.assert_allclose(found.h_squared_interval, 1.0, atol=1e-13)


@pytest.mark.parametrize("measure", [TWO_POINTS, SKEWED], ids=["two points", "skewed"])
def test_the_overlap_bounds_error_and_missing_information(measure: DiscreteMeasure) -> None:
    s = np.array([0.2, 1.0, 2.0, 4.0, 6.0])
    channel = solve_scalar_channel(measure.atoms[:, 0], measure.weights, s)
    found = bound_overlap(chunks_of(measure), s)
    assert (found.error_ceiling >= channel.mmse - channel.error).all()
    # It is of the right exponential order, else it would not settle the tail.
    assert found.error_ceiling[3] < 30 * channel.mmse[3]
    assert (found.information_ceiling >= channel.entropy - channel.information - channel.error).all()


@pytest.mark.parametrize(
    ("data", "s", "options", "message"),
    [
        (np.ones((3, 2)) * 2, S, {}, r"E\|X\|\^2/d = 4: use DiscreteMeasure.normalised"),
        ([[np.nan]], S, {}, "rows must be finite"),
        ([1.0, 1.0], S, {}, "rows must have shape"),
        ([[1.0]], [1.0, 0.5], {}, "s must be a vector of finite, non-negative, increasing"),
        ([[1.0]], [0.0, 0.5], {}, "s must be positive"),
        ([[1.0]], S, {"num_queries": 1}, "at least two queries"),
        (TWO_POINTS, S, {"weights": [0.5, 0.5]}, "carries its own weights"),
    ],
)
def test_bad_input_is_refused(data: Any, s: Any, options: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        separation(data, s, key=jax.random.key(0), **options)


def test_what_is_no_separation_function_is_refused() -> None:
    with pytest.raises(ValueError, match=r"h\^2 = 1\.2 at s = 0\.1"):
        Separation.from_function(None, S, error=lambda s: -0.2 / (1 + s**2) * (s == 0.1))
    with pytest.raises(ValueError, match="either for lambda or for v"):
        Separation.from_function(None, S)
    with pytest.raises(ValueError, match=r"E\|X\|\^2/d = 4"):
        separation_product([DiscreteMeasure([[-2.0], [2.0]])], S)
    with pytest.raises(ValueError, match="one-dimensional"):
        separation_product([hypercube(2)], S)
    with pytest.raises(ValueError, match="fraction"):
        separation_low_rank_gaussian(0.0, S)


def test_formula_from_lambda_and_from_its_complement_agree() -> None:
    grid = angular_grid(16)
    one = Separation.from_function(lambda s: s**2 / (0.25 + s**2), grid)
    other = separation_low_rank_gaussian(0.25, grid)
    np.testing.assert_allclose(one.h_squared, other.h_squared, atol=1e-12)
    np.testing.assert_allclose(other.h_squared, 0.75 * grid**2 / (0.25 + grid**2), rtol=1e-12)
    assert (other.standard_error == 0).all()
