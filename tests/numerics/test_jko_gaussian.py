"""Gaussian steps are minimisers in every dimension and follow the diffusion to first order, by the derived constant."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, linalg

from lemmata.numerics.compile import compile_expression
from lemmata.numerics.jko import GaussianLaw, QuadraticEnergy, gaussian_diffusion, jko_step_gaussian
from lemmata.numerics.rates import fit_rate
from lemmata.theory.jko import gaussian
from lemmata.theory.jko.discretisation import global_error
from lemmata.theory.jko.notation import attraction, beta, confinement, old_scale, scale, tau


def draw_problem(seed: int, d: int) -> tuple[GaussianLaw, QuadraticEnergy]:
    """Return matrices that do not commute: A and K of either sign, S_0 positive definite."""
    rng = np.random.default_rng(seed)
    a, k, root = rng.normal(size=(3, d, d))
    energy = QuadraticEnergy.of(
        a + a.T, slope=rng.normal(size=d), attraction=(k + k.T) / 2, diffusivity=float(rng.uniform(0, 2))
    )
    return GaussianLaw(rng.normal(size=d), root @ root.T + 0.1 * np.eye(d)), energy


def objective(law: GaussianLaw, before: GaussianLaw, energy: QuadraticEnergy, step: float) -> float:
    """Return J + W_2^2/(2 tau), up to a constant, from moments and the Bures distance."""
    root = np.real(linalg.sqrtm(before.covariance))
    overlap = np.trace(np.real(linalg.sqrtm(root @ law.covariance @ root)))
    distance = ((law.mean - before.mean) ** 2).sum() + np.trace(law.covariance + before.covariance) - 2 * overlap
    potential = law.mean @ energy.curvature @ law.mean / 2 + energy.slope @ law.mean
    spread = np.trace((energy.curvature + energy.attraction) @ law.covariance) / 2
    entropy = -energy.diffusivity * np.linalg.slogdet(law.covariance)[1] / 2
    return float(potential + spread + entropy + distance / (2 * step))


@given(seed=st.integers(0, 2**32 - 1), d=st.integers(1, 4))
def test_the_map_back_to_the_law_before_is_optimal_and_satisfies_the_first_order_condition(seed: int, d: int) -> None:
    before, energy = draw_problem(seed, d)
    step = 0.05
    after = jko_step_gaussian(before, energy, step)
    back = np.eye(d) + step * (energy.curvature + energy.attraction)
    back -= step * energy.diffusivity * np.linalg.inv(after.covariance)
    size = np.abs(before.covariance).max()
    # The map is M, so an error of S goes through M twice and through the inverse of S.
    allowed = 1e-12 * size * np.linalg.cond(after.covariance)
    assert np.abs(back @ after.covariance @ back - before.covariance).max() <= allowed
    assert np.linalg.eigvalsh(back)[0] > 0
    force = energy.curvature @ after.mean + energy.slope + (after.mean - before.mean) / step
    assert np.abs(force).max() <= 1e-12 * (1 + np.abs(before.mean).max() + np.abs(energy.slope).max()) / step


@pytest.mark.parametrize("seed", range(3))
def test_no_other_gaussian_is_better(seed: int) -> None:
    before, energy = draw_problem(seed, 3)
    after = jko_step_gaussian(before, energy, 0.05)
    least = objective(after, before, energy, 0.05)
    rng = np.random.default_rng(seed)
    for size in (1e-3, 1e-1):
        for _ in range(20):
            bend = np.eye(3) + size * rng.normal(size=(3, 3))
            other = GaussianLaw(after.mean + size * rng.normal(size=3), bend @ after.covariance @ bend.T)
            assert objective(other, before, energy, 0.05) > least + 1e-3 * size**2


def test_on_the_line_it_is_the_derived_step() -> None:
    closed = compile_expression(gaussian.gaussian_step().scale, (old_scale, confinement, attraction, beta, tau))
    for s, stiff, k, b, step in ((0.7, 1.3, 0.4, 0.5, 0.2), (2.0, -1.0, 0.3, 0.0, 0.1), (0.3, 0.0, 0.0, 1.0, 3.0)):
        energy = QuadraticEnergy.of([[stiff]], attraction=[[k]], diffusivity=b)
        found = jko_step_gaussian(GaussianLaw(np.zeros(1), np.array([[s**2]])), energy, step)
        assert float(np.sqrt(found.covariance[0, 0])) == pytest.approx(float(closed(s, stiff, k, b, step)), rel=1e-14)
        assert found.error < 1e-12


@pytest.mark.parametrize("step", [0.01, 1.0, 100.0])
def test_the_stationary_law_is_fixed_for_every_step(step: float) -> None:
    a = np.array([[2.0, 0.3], [0.3, 1.0]])
    k = np.array([[0.5, -0.2], [-0.2, 0.1]])
    energy = QuadraticEnergy.of(a, attraction=k, diffusivity=0.4)
    fixed = GaussianLaw(np.zeros(2), 0.4 * np.linalg.inv(a + k))
    for law in (jko_step_gaussian(fixed, energy, step), gaussian_diffusion(fixed, energy, step)):
        assert np.abs(law.covariance - fixed.covariance).max() <= law.error
        assert law.error < 1e-11


def test_the_diffusion_solves_its_moment_equations() -> None:
    before, energy = draw_problem(5, 3)
    stiffness = energy.curvature + energy.attraction

    def rates(t: float, moments: np.ndarray) -> np.ndarray:
        mean, covariance = moments[:3], moments[3:].reshape(3, 3)
        change = -stiffness @ covariance - covariance @ stiffness + 2 * energy.diffusivity * np.eye(3)
        return np.concatenate([-energy.curvature @ mean - energy.slope, change.ravel()])

    start = np.concatenate([before.mean, before.covariance.ravel()])
    solved = integrate.solve_ivp(rates, (0, 0.7), start, method="DOP853", rtol=1e-12, atol=1e-13).y[:, -1]
    found = gaussian_diffusion(before, energy, 0.7)
    assert np.allclose(found.mean, solved[:3], rtol=1e-9, atol=1e-10)
    assert np.allclose(found.covariance.ravel(), solved[3:], rtol=1e-9, atol=1e-10)


def test_flat_directions_diffuse_without_drift() -> None:
    energy = QuadraticEnergy.of(np.diag([0.0, 1.0]), slope=[2.0, 0.0], diffusivity=0.5)
    found = gaussian_diffusion(GaussianLaw(np.ones(2), np.eye(2)), energy, 3.0)
    assert found.mean == pytest.approx([1 - 6.0, np.exp(-3.0)], rel=1e-14)
    assert found.covariance[0, 0] == pytest.approx(1 + 3.0, rel=1e-14)


def test_the_scheme_is_of_first_order_with_the_derived_constant() -> None:
    stiff, k, b, s0, time = 1.2, 0.5, 0.4, 1.5, 1.0
    energy = QuadraticEnergy.of([[stiff]], attraction=[[k]], diffusivity=b)
    start = GaussianLaw(np.zeros(1), np.array([[s0**2]]))
    exact = float(np.sqrt(gaussian_diffusion(start, energy, time).covariance[0, 0]))
    steps, gaps, errors = [4 * 3**i for i in range(6)], [], []
    for count in steps:
        law = start
        for _ in range(count):
            law = jko_step_gaussian(law, energy, time / count)
        gaps.append(float(np.sqrt(law.covariance[0, 0])) - exact)
        errors.append(law.error)
    # The scheme lags behind a shrinking law.
    assert min(gaps) > 0
    taus = [time / count for count in steps]
    order = fit_rate(taus, gaps, errors, model="power", false_alarm=1e-4)
    assert order.contains(1.0)
    assert order.error < 0.1
    f_0 = next(iter(global_error().free_symbols - {scale}))
    rate = compile_expression(gaussian.scale_rate(), (scale, confinement, attraction, beta))
    constant = compile_expression(global_error(gaussian.scale_rate()), (scale, confinement, attraction, beta, f_0))
    expected = float(constant(exact, stiff, k, b, float(rate(s0, stiff, k, b))))
    # Extrapolated from the two smallest steps, what is left is of second order.
    extrapolated = (3 * gaps[-1] / taus[-1] - gaps[-2] / taus[-2]) / 2
    assert extrapolated == pytest.approx(expected, rel=1e-3)


def test_a_singular_law_spreads_and_its_error_says_what_rounding_does() -> None:
    start = GaussianLaw(np.zeros(2), np.outer([1.0, 2.0], [1.0, 2.0]))
    found = jko_step_gaussian(start, QuadraticEnergy.of(np.eye(2), diffusivity=0.5), 0.1)
    across = np.array([2.0, -1.0]) / np.sqrt(5)
    # From nothing, s^2 (1 + tau l) = tau beta.
    assert abs(across @ found.covariance @ across - 0.05 / 1.1) <= found.error
    assert 1e-12 < found.error < 1e-6


def test_malformed_problems_are_refused() -> None:
    law, energy = draw_problem(0, 2)
    for step, message in ((0.0, "step must be positive"), (np.inf, "step must be positive"), (10.0, "no minimiser")):
        with pytest.raises(ValueError, match=message):
            jko_step_gaussian(law, QuadraticEnergy.of(-np.eye(2)), step)
    with pytest.raises(ValueError, match=r"one of R\^2, the law one of R\^1"):
        jko_step_gaussian(GaussianLaw(np.zeros(1), np.eye(1)), energy, 0.1)
    with pytest.raises(ValueError, match=r"one of R\^2, the law one of R\^1"):
        gaussian_diffusion(GaussianLaw(np.zeros(1), np.eye(1)), energy, 0.1)
    with pytest.raises(ValueError, match="not negative"):
        gaussian_diffusion(law, energy, -1.0)
    with pytest.raises(ValueError, match="curvature must be a symmetric"):
        QuadraticEnergy.of([[1.0, 0.5], [0.0, 1.0]])
    with pytest.raises(ValueError, match="diffusivity"):
        QuadraticEnergy.of(np.eye(2), diffusivity=-1.0)
    with pytest.raises(ValueError, match="positive semidefinite"):
        GaussianLaw(np.zeros(2), np.diag([1.0, -1.0]))
