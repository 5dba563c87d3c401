"""Gradients of features meet difference quotients, and sums over pairs meet their short cuts."""

import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from lemmata.numerics.jko import AbstractFeatures, Polynomial, RadialBasis, SymbolicFeatures
from lemmata.numerics.jko.features import AbstractSmoothFeatures, join_features
from lemmata.numerics.measures import DiscreteMeasure

X, Y = sp.symbols("x y", real=True)
CLOUD = DiscreteMeasure(np.random.default_rng(0).normal(size=(30, 2)) + 0.5)

FEATURES: dict[str, AbstractFeatures] = {
    "polynomial": Polynomial(4),
    "polynomial about a point": Polynomial(3, centre=[1.0, -2.0]),
    "separable polynomial": Polynomial(3, separable=True),
    "given centres": RadialBasis([[0.0, 0.0], [1.0, 0.5], [-1.0, 2.0]], 1.5),
    "clustered centres": RadialBasis(5),
    "symbolic": SymbolicFeatures([X**2 * Y, sp.exp(-(X**2)) + Y, sp.cos(X + Y)], [X, Y]),
    "several": join_features([Polynomial(2), RadialBasis(4)]),
}


@pytest.mark.parametrize("features", FEATURES.values(), ids=FEATURES.keys())
@pytest.mark.parametrize("even", [False, True])
def test_gradients_are_those_of_the_values(features: AbstractFeatures, even: bool) -> None:
    placed = features.placed(CLOUD, 0)
    placed = placed.even_part() if even else placed
    x, step = np.random.default_rng(1).normal(size=(7, 2)), 1e-5
    gradients = placed.gradients(x)
    assert gradients.shape == (7, 2, len(placed.labels))
    for axis, shift in enumerate(step * np.eye(2)):
        quotient = (placed.values(x + shift) - placed.values(x - shift)) / (2 * step)
        # A central quotient errs by h^2 f'''/6, and by eps f/h in rounding.
        np.testing.assert_allclose(gradients[:, axis], quotient, atol=2e-8, rtol=1e-8)


@pytest.mark.parametrize("features", FEATURES.values(), ids=FEATURES.keys())
@pytest.mark.parametrize("even", [False, True])
def test_means_over_pairs_are_sums_over_pairs(features: AbstractFeatures, even: bool) -> None:
    rng = np.random.default_rng(2)
    placed = features.placed(CLOUD, 0)
    placed = placed.even_part() if even else placed
    atoms = DiscreteMeasure(rng.normal(size=(40, 2)) + 3, rng.dirichlet(np.ones(40)))
    x = rng.normal(size=(15, 2))
    expected = sum(weight * placed.gradients(x - atom) for atom, weight in zip(atoms.atoms, atoms.weights, strict=True))
    np.testing.assert_allclose(placed.mean_gradients(x, atoms), expected, atol=1e-11, rtol=1e-11)


def test_narrow_functions_do_not_overflow() -> None:
    rng = np.random.default_rng(3)
    centres = rng.uniform(-9, 9, size=(6, 2))
    placed = RadialBasis(centres, 0.05).placed(CLOUD, 0)
    points = rng.uniform(-9, 9, size=(50, 2))
    atoms, x = DiscreteMeasure(points), points[:5] + centres[0]
    np.testing.assert_allclose(
        placed.mean_gradients(x, atoms), AbstractFeatures.mean_gradients(placed, x, atoms), rtol=1e-12
    )
    assert np.abs(placed.mean_gradients(x, atoms)).max() < np.inf


@given(st.integers(0, 2**31), st.integers(1, 3), st.integers(2, 4))
def test_even_parts_are_even(seed: int, dimension: int, degree: int) -> None:
    rng = np.random.default_rng(seed)
    cloud = DiscreteMeasure(rng.normal(size=(20, dimension)))
    both = join_features([Polynomial(degree), RadialBasis(6)]).placed(cloud, 0).even_part()
    x = rng.normal(size=(5, dimension))
    np.testing.assert_allclose(both.values(x), both.values(-x), atol=1e-13)


def test_of_opposite_centres_one_is_kept() -> None:
    line = np.linspace(-2, 2, 4)
    grid = np.stack(np.meshgrid(line, line), axis=-1).reshape(-1, 2)
    even = RadialBasis(grid, 1.0).placed(CLOUD, 0).even_part()
    assert len(even.labels) == len(grid) // 2
    values = even.values(np.random.default_rng(4).normal(size=(60, 2)))
    assert np.linalg.matrix_rank(values) == len(grid) // 2


def test_symbolic_monomials_are_the_polynomial() -> None:
    polynomial = Polynomial(2, centre=0.0).placed(CLOUD, 0)
    symbolic = SymbolicFeatures([X, Y, X**2, X * Y, Y**2], [X, Y])
    x = np.random.default_rng(5).normal(size=(9, 2))
    np.testing.assert_allclose(symbolic.gradients(x), polynomial.gradients(x), atol=1e-14)
    np.testing.assert_allclose(symbolic.values(x), polynomial.values(x), atol=1e-14)
    assert polynomial.labels == ("x1", "x2", "x1^2", "x1 x2", "x2^2")


def test_a_kink_at_coinciding_particles_pulls_nowhere() -> None:
    distance = SymbolicFeatures([sp.sqrt(X**2 + Y**2)], [X, Y]).even_part()
    atoms = DiscreteMeasure([[0.0, 0.0], [3.0, 4.0]])
    pulls = distance.mean_gradients(atoms.atoms, atoms)[:, :, 0]
    np.testing.assert_allclose(pulls, [[-0.3, -0.4], [0.3, 0.4]], atol=1e-15)


def test_clusters_reach_high_dimension() -> None:
    cloud = DiscreteMeasure(np.random.default_rng(6).normal(size=(400, 50)))
    placed = RadialBasis(20).placed(cloud, 0)
    heights = placed.values(cloud.atoms)
    # Every particle feels a centre, and the functions tell particles apart.
    assert heights.max(axis=1).min() > 1e-3
    assert np.linalg.matrix_rank(heights) == 20


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Polynomial(0), "degree 1 at least"),
        (lambda: Polynomial(1).placed(CLOUD, 0).even_part(), "no even part"),
        (lambda: RadialBasis(3, -1.0), "width must be positive"),
        (lambda: RadialBasis(0), "at least one centre"),
        (lambda: RadialBasis(31).placed(CLOUD, 0), "31 centres"),
        (lambda: RadialBasis([[0.0]], 1.0).placed(CLOUD, 0), "dimension 1"),
        (lambda: RadialBasis(3).values(CLOUD.atoms), "not placed"),
        (lambda: SymbolicFeatures([X], [X]).placed(CLOUD, 0), "1 coordinates"),
        (lambda: SymbolicFeatures([X**3], [X]).even_part(), "even part"),
        (lambda: SymbolicFeatures([sp.Symbol("z")], [sp.Symbol("z")]), "real symbol"),
        (lambda: join_features([]), "at least one"),
    ],
)
def test_what_makes_no_sense_is_refused(make: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()  # type: ignore[operator]


@pytest.mark.parametrize(
    "name", ["polynomial", "polynomial about a point", "separable polynomial", "clustered centres"]
)
@pytest.mark.parametrize("even", [False, True])
def test_laplacians_are_divergences_of_the_gradients(name: str, even: bool) -> None:
    placed = FEATURES[name].placed(CLOUD, 0)
    placed = placed.even_part() if even else placed
    assert isinstance(placed, AbstractSmoothFeatures)
    x, step = np.random.default_rng(1).normal(size=(7, 2)), 1e-5
    quotient = sum(
        (placed.gradients(x + shift)[:, axis] - placed.gradients(x - shift)[:, axis]) / (2 * step)
        for axis, shift in enumerate(step * np.eye(2))
    )
    np.testing.assert_allclose(placed.laplacians(x), quotient, atol=4e-8, rtol=1e-8)
