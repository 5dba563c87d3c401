"""Jacobians are those of the maps, symmetric where the map is a gradient, and the tail's gap has its derived rate."""

import numpy as np
import pytest

from lemmata.numerics.measures import DiscreteMeasure, GaussianMixture
from lemmata.numerics.monge_ampere import jacobian_asymmetry, probability_flow_map, tail_map, tail_projection_gap
from lemmata.numerics.rates import fit_rate

TRIANGLE = DiscreteMeasure([[-1, -0.4], [1, -0.4], [0, 0.8]])
LAW = DiscreteMeasure(np.random.default_rng(3).standard_normal((4, 2)), [0.1, 0.2, 0.3, 0.4])
POINTS = np.random.default_rng(4).standard_normal((4, 2))
STEP = 1e-4


def _commutator(law: DiscreteMeasure) -> np.ndarray:
    """Return [C, kappa_3(., ., k)]_ij by the moments of the atoms."""
    centred = law.atoms - law.mean()
    covariance = np.einsum("n,ni,nj->ij", law.weights, centred, centred)
    third = np.einsum("n,ni,nj,nk->ijk", law.weights, centred, centred, centred)
    return np.einsum("il,ljk->ijk", covariance, third) - np.einsum("ilk,lj->ijk", third, covariance)


def test_jacobians_are_difference_quotients_of_the_maps() -> None:
    def reverse(x: np.ndarray) -> np.ndarray:
        return probability_flow_map(x, LAW, horizon=1.0, smoothing=0.5, rtol=1e-10, atol=1e-12).points

    def tail(x: np.ndarray) -> np.ndarray:
        return tail_map(x, LAW, horizon=1.0, rtol=1e-11, atol=1e-13).points

    for end, smoothing, function in ((0.0, 0.5, reverse), (np.inf, 0.0, tail)):
        found = jacobian_asymmetry(POINTS, LAW, start=1.0, end=end, smoothing=smoothing)
        quotients = np.stack(
            [(function(POINTS + STEP * e) - function(POINTS - STEP * e)) / (2 * STEP) for e in np.eye(2)], axis=-1
        )
        assert np.abs(found.jacobian - quotients).max() < 1e-5
        of_jacobian = found.jacobian - found.jacobian.swapaxes(1, 2)
        allowed = found.asymmetry_error + 2 * found.jacobian_error
        assert (np.abs(found.asymmetry - of_jacobian) <= allowed).all()


def test_errors_cover_and_shrink_with_the_tolerance() -> None:
    exact = jacobian_asymmetry(POINTS, LAW, start=np.inf, end=0.0, smoothing=0.4, rtol=1e-12, atol=1e-14)
    errors = []
    for rtol in (1e-4, 1e-7):
        found = jacobian_asymmetry(POINTS, LAW, start=np.inf, end=0.0, smoothing=0.4, rtol=rtol, atol=rtol / 100)
        assert (np.abs(found.jacobian - exact.jacobian) <= found.jacobian_error + exact.jacobian_error).all()
        assert (np.abs(found.asymmetry - exact.asymmetry) <= found.asymmetry_error + exact.asymmetry_error).all()
        errors.append(found.asymmetry_error.max())
    assert errors[1] < errors[0] / 100


def test_the_map_of_one_gaussian_has_a_symmetric_jacobian_and_that_of_smoothed_atoms_has_not() -> None:
    gaussian = GaussianMixture([[0.3, -1]], [[[2.0, 0.5], [0.5, 0.4]]])
    of_gaussian = jacobian_asymmetry(POINTS, gaussian, start=np.inf, end=0.0)
    assert (np.abs(of_gaussian.asymmetry) <= of_gaussian.asymmetry_error).all()
    of_atoms = jacobian_asymmetry(POINTS, TRIANGLE, start=np.inf, end=0.0, smoothing=0.3)
    assert np.abs(of_atoms.asymmetry).max() > 1e6 * of_atoms.asymmetry_error.max()
    assert (of_atoms.asymmetry == -of_atoms.asymmetry.swapaxes(1, 2)).all()


def test_the_tail_is_asymmetric_at_fifth_order_and_with_the_derived_sign() -> None:
    horizon = 6.0
    tau = 1 / np.sqrt(np.exp(2 * horizon) - 1)
    centred = DiscreteMeasure(LAW.atoms - LAW.mean(), LAW.weights)
    found = jacobian_asymmetry(POINTS, centred, start=horizon, end=np.inf, fixed_steps=48)
    expected = tau**5 / 30 * np.einsum("ijk,nk->nij", _commutator(centred), POINTS)
    assert np.abs(found.asymmetry - expected).max() < 0.02 * np.abs(expected).max()
    assert found.asymmetry_error.max() < 1e-6 * np.abs(expected).max()


def test_the_gap_of_the_tail_decays_at_rate_five_with_the_derived_constant() -> None:
    horizons = np.linspace(4, 6, 6)
    gaps = [tail_projection_gap(LAW, horizon=float(horizon)) for horizon in horizons]
    fit = fit_rate(horizons, [gap.value for gap in gaps], [gap.error for gap in gaps])
    constant = np.sqrt((_commutator(LAW)[0, 1] ** 2).sum()) / (30 * np.sqrt(3))
    assert fit.decades > 2
    assert fit.contains(5)
    assert abs(fit.rate - 5) < 0.02
    assert gaps[-1].value * np.exp(5 * horizons[-1]) == pytest.approx(constant, rel=1e-3)
    assert max(gap.error / gap.value for gap in gaps) < 1e-6


def test_the_projection_has_converged_and_says_so() -> None:
    coarse, fine = (tail_projection_gap(TRIANGLE, horizon=0.7, nodes=nodes) for nodes in (8, 16))
    assert abs(coarse.value - fine.value) <= coarse.error + fine.error
    assert fine.error < coarse.error / 10
    assert set(fine.parts) == {"flow", "degree", "quadrature"}


def test_the_gap_is_below_that_to_the_identity_and_vanishes_where_the_tail_is_a_gradient() -> None:
    nodes, masses = np.polynomial.hermite_e.hermegauss(16)
    grid = np.stack(np.meshgrid(nodes, nodes, indexing="ij"), axis=-1).reshape(-1, 2)
    weights = np.outer(masses, masses).ravel() / masses.sum() ** 2
    moved = tail_map(grid, LAW, horizon=1.0).points - grid
    gap = tail_projection_gap(LAW, horizon=1.0)
    assert gap.low > 0
    assert gap.high < np.sqrt(weights @ (moved**2).sum(axis=1))
    square = DiscreteMeasure([[1, 2], [1, -2], [-1, 2], [-1, -2]])
    assert tail_projection_gap(square, horizon=1.0).contains(0)


def test_three_dimensions_sum_over_pairs_of_coordinates() -> None:
    law = DiscreteMeasure(np.random.default_rng(8).standard_normal((5, 3)))
    horizon = 6.0
    expected = np.sqrt(sum((_commutator(law)[i, j] ** 2).sum() for i, j in ((0, 1), (0, 2), (1, 2))))
    gap = tail_projection_gap(law, horizon=horizon, nodes=6)
    assert gap.value * np.exp(5 * horizon) * 30 * np.sqrt(3) == pytest.approx(expected, rel=1e-2)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"measure": DiscreteMeasure([[0.0], [1.0]])}, "want d >= 2"),
        ({"nodes": 3}, "from 4 nodes"),
        ({"nodes": 400}, "from 4 nodes"),
        ({"horizon": np.inf}, "positive and finite"),
        ({"horizon": 0.0}, "positive and finite"),
        ({"fixed_steps": 0}, "at least one step"),
    ],
)
def test_malformed_problems_are_refused(change: dict[str, object], message: str) -> None:
    problem: dict[str, object] = {"measure": TRIANGLE, "horizon": 1.0} | change
    with pytest.raises(ValueError, match=message):
        tail_projection_gap(**problem)  # type: ignore[arg-type]


def test_discrete_data_have_no_jacobian() -> None:
    with pytest.raises(ValueError, match="0 where data are smoothed"):
        jacobian_asymmetry(POINTS, TRIANGLE, start=1.0, end=0.0)
