"""The scalar Gaussian channel against closed forms, high-precision quadrature and its own slopes."""

from fractions import Fraction

import mpmath
import numpy as np
import pytest

from lemmata.numerics.kinetic_optimal.scalar_channel import solve_scalar_channel
from lemmata.theory.kinetic_optimal.enclosures import enclose_two_points


@pytest.mark.parametrize("s", [Fraction(1, 50), Fraction(1, 2), Fraction(1), Fraction(3), Fraction(8)])
def test_two_points_match_the_rigorous_enclosure(s: Fraction) -> None:
    channel = solve_scalar_channel([-1.0, 1.0], [0.5, 0.5], float(s))
    enclosed = enclose_two_points("separation", s)
    assert abs(1 - channel.mmse[0] - float(enclosed.low)) <= channel.error[0] + 1e-16


def test_three_unequal_atoms_match_mpmath() -> None:
    atoms, weights, s = [-1.5, 0.25, 2.0], [0.2, 0.5, 0.3], 0.8

    def density(y: mpmath.mpf) -> list[mpmath.mpf]:
        return [w * mpmath.npdf(y - s * x) for w, x in zip(weights, atoms, strict=True)]

    def variance(y: mpmath.mpf) -> mpmath.mpf:
        terms = density(y)
        total = mpmath.fsum(terms)
        mean = mpmath.fsum(t * x for t, x in zip(terms, atoms, strict=True)) / total
        return mpmath.fsum(t * (x - mean) ** 2 for t, x in zip(terms, atoms, strict=True))

    def information(y: mpmath.mpf) -> mpmath.mpf:
        terms = density(y)
        total = mpmath.fsum(terms)
        return mpmath.fsum(t * mpmath.log(t / (w * total)) for t, w in zip(terms, weights, strict=True))

    knots = [-14, -6, -2, 0, 2, 6, 14]
    channel = solve_scalar_channel(atoms, weights, s)
    assert abs(channel.mmse[0] - float(mpmath.quad(variance, knots))) <= channel.error[0] + 1e-13
    assert abs(channel.information[0] - float(mpmath.quad(information, knots))) <= channel.error[0] + 1e-13


def test_one_atom_leaves_nothing_unknown() -> None:
    channel = solve_scalar_channel([1.0, 0.0], [1.0, 0.0], [0.5, 2.0])
    assert np.all(channel.mmse <= channel.error)
    assert np.all(np.abs(channel.information) <= channel.error)
    assert channel.entropy == 0


def test_atoms_of_no_weight_change_nothing() -> None:
    alone = solve_scalar_channel([-1.0, 2.0], [0.25, 0.75], 1.3)
    padded = solve_scalar_channel([-1.0, 2.0, 50.0, -7.0], [0.25, 0.75, 0.0, 0.0], 1.3)
    np.testing.assert_allclose(alone.mmse, padded.mmse, atol=float(alone.error[0] + padded.error[0]), rtol=0)


@pytest.mark.parametrize(
    ("atoms", "weights", "message"),
    [
        ([1.0, 2.0], [1.0], "one length"),
        ([1.0, 2.0], [0.5, 0.6], "sum to 1"),
        ([1.0, 2.0], [1.5, -0.5], "non-negative"),
    ],
)
def test_bad_measures_are_refused(atoms: list[float], weights: list[float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        solve_scalar_channel(atoms, weights, 1.0)
