"""The data that every installation has are what they say: sizes, normalisation, entropy, and where pixels come from."""

import numpy as np
import pytest
from sklearn.datasets import load_digits, load_sample_images

from lemmata.numerics.data import digits, photograph_patches

EPS = float(np.finfo(np.float64).eps)


def test_digits_are_centred_scaled_and_protected() -> None:
    atoms = digits()
    assert atoms.shape == (1797, 64)
    assert np.abs(atoms.mean(axis=0)).max() < 1797 * EPS
    assert (atoms**2).sum() / 1797 == pytest.approx(64.0, rel=64 * EPS)
    assert not atoms.flags.writeable
    # One factor for all pixels: differences of atoms are proportional to those of pixels.
    pixels = load_digits().data
    ratios = (atoms[1] - atoms[0])[pixels[1] != pixels[0]] / (pixels[1] - pixels[0])[pixels[1] != pixels[0]]
    np.testing.assert_allclose(ratios, ratios[0], rtol=1e-13)


def test_patches_are_windows_of_the_photographs() -> None:
    data = photograph_patches()
    assert (data.n, data.dimension) == (4880, 3072)
    assert data.n >= 4096
    assert data.description == "4880 images of 32 x 32 x 3, flattened (uint8)"
    first, second = load_sample_images().images
    pixels = data.take(np.array([0, 1, 61, 2439, 2440])) / data.factor + data.shift
    corners = [(first, 0, 0), (first, 0, 10), (first, 10, 0), (first, 390, 600), (second, 0, 0)]
    for row, (photograph, top, left) in zip(pixels, corners, strict=True):
        window = photograph[top : top + 32, left : left + 32]
        np.testing.assert_allclose(row.reshape(32, 32, 3), window, atol=1e-10)


def test_patches_are_normalised_and_all_different() -> None:
    data = photograph_patches()
    assert data.second_moment() == pytest.approx(3072.0, rel=64 * EPS)
    assert np.abs(data.mean()).max() < 4880 * EPS * 255 * data.factor
    assert data.num_distinct == data.n
    assert data.entropy() == pytest.approx(np.log(4880), rel=64 * EPS)
    assert photograph_patches() is data
