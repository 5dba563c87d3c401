"""The velocity's Jacobian is tau times a covariance, steps are gradients of convex functions, compositions are not."""

import numpy as np
import pytest
import sympy as sp

from lemmata.theory.monge_ampere import gradient
from lemmata.theory.monge_ampere.notation import tau
from lemmata.theory.verdict import Verdict

from .decided import NEARLY, assert_refuted, assert_replays, assert_vanish


def test_jacobian() -> None:
    assert_vanish(gradient.denoiser_jacobian_residuals(gradient.denoiser_jacobian()))


@pytest.mark.parametrize(
    "claimed",
    [
        NEARLY * gradient.denoiser_jacobian(),
        gradient.denoiser_jacobian() / tau,
        tau * (gradient.mixed_moment + gradient.first_mean * gradient.second_mean),
    ],
)
def test_another_jacobian_is_refuted(claimed: sp.Expr) -> None:
    assert_refuted(gradient.denoiser_jacobian_residuals(claimed))


def test_jacobian_of_four_atoms_in_three_dimensions() -> None:
    rng = np.random.default_rng(0)
    atoms, weights, place, ratio = rng.normal(size=(4, 3)), rng.uniform(0.5, 1, 4), rng.normal(size=3), 0.8

    def moments(at: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        share = weights * np.exp(ratio * atoms @ at - ratio**2 * (atoms**2).sum(-1) / 2)
        share /= share.sum()
        return share @ atoms, np.einsum("a,ai,aj->ij", share, atoms, atoms)

    first, second = moments(place)
    entry = sp.lambdify(
        (tau, gradient.mixed_moment, gradient.first_mean, gradient.second_mean), gradient.denoiser_jacobian()
    )
    claimed = entry(ratio, second, first[:, None], first[None, :])
    step = 1e-5
    slopes = [(moments(place + step * e)[0] - moments(place - step * e)[0]) / (2 * step) for e in np.eye(3)]
    # Central differences of step 1e-5: truncation and rounding are both below 1e-9.
    assert np.abs(np.array(slopes).T - claimed).max() < 1e-8
    assert np.linalg.eigvalsh(claimed).min() >= 0


def test_derivations_replay() -> None:
    assert_replays(gradient.derive_monotone_velocity())
    assert_replays(gradient.derive_step_is_expanding())


def test_a_step_expands_by_no_less_than_derived() -> None:
    growth = gradient.step * gradient.quadratic_form()
    found = gradient.derive_step_is_expanding()
    assert found.concludes(gradient.step_statement(growth)).verdict is Verdict.PROVED
    assert found.concludes(gradient.step_statement(growth / NEARLY)).verdict is Verdict.UNDECIDED
    assert found.concludes(gradient.step_statement(-growth)).verdict is Verdict.UNDECIDED


def test_composition() -> None:
    assert_vanish(gradient.composition_residuals(gradient.composition_asymmetry()))
    assert_refuted(gradient.composition_residuals(sp.S.Zero))
    assert_refuted(gradient.composition_residuals(-gradient.composition_asymmetry()))
