"""The weak form gives back what it should without noise, and with noise is as far off as its errors say."""

import math

import numpy as np
import pytest
from jaxtyping import Float
from scipy import stats

from lemmata.numerics.jko import EnergyFit, Polynomial, RadialBasis, fit_weak_form

SQUARE = Polynomial(2, centre=0.0, even=True)


def ornstein_uhlenbeck(
    seed: int, count: int, stiffness: float, beta: float, tau: float, steps: int
) -> list[Float[np.ndarray, "n d"]]:
    """Return snapshots of particles of V = l |x|^2/2 in the plane, exactly in law, from N((2, 2), 0.25 I)."""
    rng = np.random.default_rng(seed)
    x = rng.normal(2.0, 0.5, size=(count, 2))
    snapshots, decay = [x], math.exp(-stiffness * tau)
    spread = math.sqrt(beta * (1 - decay**2) / stiffness)
    for _ in range(steps):
        snapshots.append(decay * snapshots[-1] + spread * rng.normal(size=x.shape))
    return snapshots


@pytest.mark.parametrize("tau", [0.1, 0.4])
def test_without_noise_the_stiffness_is_that_of_the_trapezoidal_rule(tau: float) -> None:
    x = np.random.default_rng(0).normal(size=(30, 1)) + 1
    flow = [x * math.exp(-1.5 * tau * k) for k in range(4)]
    fit = fit_weak_form(flow, tau, potential=SQUARE, internal=False, tests=Polynomial(1, centre=0.0))
    # V = theta x^2 and psi = x: the rule is solved by 2 theta = (2/tau) tanh(l tau/2).
    assert fit.coefficients == pytest.approx([math.tanh(1.5 * tau / 2) / tau], rel=1e-12)
    assert fit.loss < 1e-24
    assert fit.standard_errors.max() < 1e-12
    assert fit.diffusivity is None


def fit_noisy(seed: int, tests: Polynomial | RadialBasis) -> EnergyFit:
    return fit_weak_form(
        ornstein_uhlenbeck(seed, 200, 1.2, 0.3, 0.05, 8), 0.05, potential=Polynomial(2, centre=0.0), tests=tests
    )


@pytest.mark.parametrize("tests", [Polynomial(4), RadialBasis(12)], ids=["polynomials", "radial functions"])
def test_estimates_are_as_far_off_as_their_errors_say(tests: Polynomial | RadialBasis) -> None:
    fits = [fit_noisy(seed, tests) for seed in range(60)]
    truth = np.array([0.0, 0.0, 0.6, 0.0, 0.6, 0.3])
    scores = np.array([(fit.coefficients - truth) / fit.standard_errors for fit in fits])
    # Each coefficient's squares sum to chi-square, were the errors known; they are, to a tenth, from 200 particles.
    squares = (scores**2).sum(axis=0)
    low, high = stats.chi2.ppf([1e-5, 1 - 1e-5], len(fits))
    assert (squares > low / 1.2).all()
    assert (squares < high * 1.2).all()
    assert np.abs(scores.mean(axis=0)).max() < stats.norm.isf(1e-5) / math.sqrt(len(fits))
    assert all(fit.diffusivity is not None and fit.diffusivity.parts.keys() == {"sampling"} for fit in fits)


def test_what_snapshots_cannot_tell_is_in_the_null_space() -> None:
    x = np.random.default_rng(1).normal(size=(20, 1))
    # The mean is 0 throughout: quadratic V and quadratic U act alike.
    x = np.concatenate([x, -x])
    flow = [x * math.exp(-0.1 * k) for k in range(3)]
    fit = fit_weak_form(flow, 0.1, potential=SQUARE, interaction=SQUARE, internal=False, tests=SQUARE)
    assert np.abs(fit.null_space) == pytest.approx(np.full((1, 2), math.sqrt(0.5)))
    assert fit.coefficients.sum() == pytest.approx(0.5, rel=0.01)


def test_particles_that_come_and_go_are_refused() -> None:
    flow = ornstein_uhlenbeck(0, 20, 1.0, 0.1, 0.1, 2)
    with pytest.raises(ValueError, match="keep their number"):
        fit_weak_form([flow[0], flow[1][:-1]], 0.1, potential=SQUARE, tests=SQUARE)
    with pytest.raises(ValueError, match="nothing is sought"):
        fit_weak_form(flow, 0.1, potential=None, internal=False, tests=SQUARE)
