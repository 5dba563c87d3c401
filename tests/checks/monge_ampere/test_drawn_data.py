"""Drawn data are what they say, survive a witness digit by digit, and lose nothing where they are padded."""

import json

import numpy as np
import pytest
from hypothesis import given

from lemmata.checks.monge_ampere.data_sets import (
    PADDED_ATOMS,
    PADDED_DIMENSION,
    SeenThroughNoise,
    decode_measure,
    decode_noised,
    discrete_measures,
    encode_measure,
    encode_noised,
    noised_measures,
    pad_measure,
    pad_points,
)
from lemmata.checks.monge_ampere.gaussian_laws import (
    DIMENSION,
    GaussianLaw,
    build_gaussian,
    decode_gaussian,
    encode_gaussian,
    gaussian_laws,
)
from lemmata.numerics.denoiser import posterior_mean
from lemmata.numerics.measures import DiscreteMeasure


@given(discrete_measures(2))
def test_drawn_measures_are_apart_and_survive_a_witness(measure: DiscreteMeasure) -> None:
    assert 2 <= len(measure.atoms) <= PADDED_ATOMS
    gaps = np.linalg.norm(measure.atoms[:, None] - measure.atoms[None], axis=2) + np.eye(len(measure.atoms))
    assert gaps.min() > 0.0999
    back = decode_measure(json.loads(json.dumps(encode_measure(measure))))
    assert (back.atoms == measure.atoms).all()
    assert back.weights == pytest.approx(measure.weights, rel=1e-15)


@given(noised_measures())
def test_points_seen_through_noise_survive_a_witness(drawn: SeenThroughNoise) -> None:
    back = decode_noised(json.loads(json.dumps(encode_noised(drawn))))
    assert back.tau == drawn.tau
    assert (back.points == drawn.points).all()
    assert back.points.shape[1] == drawn.measure.dimension <= PADDED_DIMENSION


def test_padding_changes_no_posterior() -> None:
    law, points = DiscreteMeasure([[-1.0, 0.5], [2.0, 0.0]], [0.3, 0.7]), np.array([[0.4, -0.2], [3.0, 1.0]])
    padded = np.asarray(posterior_mean(pad_measure(law), pad_points(points), 0.8))
    assert padded[:, :2] == pytest.approx(np.asarray(posterior_mean(law, points, 0.8)), rel=1e-14)
    assert (padded[:, 2] == 0).all()


@given(gaussian_laws())
def test_drawn_gaussian_laws_have_their_moments(law: GaussianLaw) -> None:
    assert law.basis @ law.basis.T == pytest.approx(np.eye(DIMENSION), abs=1e-14)
    assert np.linalg.eigvalsh(law.covariance()) == pytest.approx(np.sort(law.eigenvalues), abs=1e-13)
    mixture = law.mixture()
    assert law.basis.T @ mixture.means[0] == pytest.approx(law.mean, abs=1e-13)
    back = decode_gaussian(json.loads(json.dumps(encode_gaussian(law))))
    assert (back.basis == law.basis).all()
    assert (back.time, back.seed) == (law.time, law.seed)


def test_a_law_in_fewer_dimensions_is_completed_by_standard_normal_coordinates() -> None:
    law = build_gaussian([1.0, 2.0], [0.5, 3.0], 1.0, 7)
    assert law.covariance()[2:, 2:] == pytest.approx(np.eye(DIMENSION - 2), abs=1e-15)
    assert abs(law.covariance()[:2, :2] - np.diag([0.5, 3.0])).max() > 0.1
    assert (law.mixture().means[0, 2:] == 0).all()
