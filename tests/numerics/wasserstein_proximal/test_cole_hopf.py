"""The Cole-Hopf potential solves the derived equation and ends where its terminal cost says, within its errors."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lemmata.numerics import denoiser
from lemmata.numerics.precision import float64
from lemmata.numerics.wasserstein_proximal import (
    ColeHopf,
    GaussianMixture,
    QuadratureFailed,
    cole_hopf_gradient,
    cole_hopf_potential,
    estimate_potential,
)
from lemmata.numerics.wasserstein_proximal.hamilton_jacobi import compile_hamilton_jacobi
from lemmata.numerics.wasserstein_proximal.mixture_power import NormalNodes

from .laws import THREE, log_mixture, mixtures

POINTS = np.linspace(-4, 4, 9)[:, None]


@eqx.filter_jit
def residual(game: ColeHopf, factor: Any, t: Any, x: Any) -> Any:
    """Return what factor * phi leaves over of the derived equation at a point, by differentiating the closed form."""

    def phi(t: Any, x: Any) -> Any:
        return factor * game(t, x[None])[0]

    slope, bend = jax.grad(phi, 1)(t, x), jnp.diagonal(jax.hessian(phi, 1)(t, x))
    still = [jnp.zeros(())] * x.size
    return jax.grad(phi)(t, x) - compile_hamilton_jacobi(x.size)(*still, *slope, *bend, jnp.zeros(()), game.sigma)


def padded(nodes: NormalNodes, count: int) -> NormalNodes:
    """Add nodes without weight, so that one program serves two spacings."""
    added = count - len(nodes.places)
    places = np.pad(nodes.places, [(0, added), (0, 0)])
    return NormalNodes(places, np.pad(nodes.log_weights, (0, added), constant_values=-np.inf))


def residual_with_error(
    mixture: GaussianMixture,
    t: float,
    x: Any,
    *,
    horizon: float,
    sigma: float,
    cost: str,
    spacing: float = 0.125,
    factor: float = 1.0,
) -> tuple[float, float]:
    """Return the residual and its error: what halving the spacing changes, and rounding."""
    game = ColeHopf(mixture, horizon=horizon, sigma=sigma, terminal_cost=cost, spacing=spacing)
    games = [game]
    if not game.power.is_closed:
        wider = ColeHopf(mixture, horizon=horizon, sigma=sigma, terminal_cost=cost, spacing=2 * spacing)
        games.append(eqx.tree_at(lambda g: g.nodes, wider, padded(wider.nodes, len(game.nodes.places))))
    with float64():
        arguments = [jnp.asarray(value, "float64") for value in (factor, t, x)]
        found = [float(residual(each, *arguments)) for each in games]
    with float64():
        rounding = game.value_and_gradient(jnp.asarray(t, "float64"), jnp.asarray(x, "float64")[None])[2]
    pulls = np.einsum("kij,kj->ki", game.power.precisions, x - game.power.means)
    # Second derivatives of the logarithm of a sum hold squares of slopes of its terms, in all d^2 directions.
    steepness = 1 + (pulls**2).sum(axis=1).max() + np.abs(game.power.precisions).max()
    return found[0], abs(found[0] - found[-1]) + 10 * float(np.asarray(rounding)[0]) * len(x) ** 2 * steepness


# Each ceil(1/sigma^2) is a program of its own: 1, 2, 3 and 7 on the line. In space the nodes are few, so the powers are
# those whose factors are nearly flat.
CASES = [
    (1, "cross_entropy", st.floats(0.6, 2) | st.just(0.4), 0.125, 20),
    (2, "cross_entropy", st.floats(0.75, 2), 0.125, 6),
    (3, "cross_entropy", st.floats(0.95, 1.1), 0.5, 4),
    *((d, "scaled_cross_entropy", st.floats(0.4, 2), 1.0, 30) for d in (1, 2, 3)),
]


@pytest.mark.parametrize(("d", "cost", "sigmas", "spacing", "examples"), CASES)
def test_the_equation_holds_and_the_terminal_value_is_right(
    d: int, cost: str, sigmas: st.SearchStrategy[float], spacing: float, examples: int
) -> None:
    @settings(max_examples=examples)
    @given(
        mixture=mixtures(d),
        sigma=sigmas,
        horizon=st.floats(0.1, 4),
        share=st.floats(0, 0.95),
        seed=st.integers(0, 2**32 - 1),
    )
    def holds(mixture: GaussianMixture, sigma: float, horizon: float, share: float, seed: int) -> None:
        x = np.random.default_rng(seed).uniform(-3, 3, size=d)
        left, error = residual_with_error(
            mixture, share * horizon, x, horizon=horizon, sigma=sigma, cost=cost, spacing=spacing
        )
        assert abs(left) <= error
        assert error < 1e-2
        found = estimate_potential(mixture, horizon, x[None], horizon=horizon, sigma=sigma, terminal_cost=cost)
        end = log_mixture(mixture, x[None]) * (1 if cost == "cross_entropy" else sigma**2)
        assert abs(found.potential - end)[0] <= found.potential_error[0] + 1e-13 * (1 + abs(end[0]))
        assert found.potential_error[0] < 1e-8

    holds()


@pytest.mark.parametrize("cost", ["cross_entropy", "scaled_cross_entropy"])
def test_a_multiple_of_the_potential_does_not_solve_the_equation(cost: str) -> None:
    left, error = residual_with_error(THREE, 0.4, np.array([0.7]), horizon=1.0, sigma=0.6, cost=cost, factor=1.001)
    assert abs(left) > 100 * error


def test_the_costs_agree_at_sigma_one_only() -> None:
    for sigma, same in ((1.0, True), (0.6, False)):
        found = [
            cole_hopf_potential(THREE, 0.3, POINTS, horizon=1.0, sigma=sigma, terminal_cost=cost)
            for cost in ("cross_entropy", "scaled_cross_entropy")
        ]
        assert bool(np.abs(found[0] - found[1]).max() < 1e-12) is same


@pytest.mark.parametrize("sigma", [0.4, 0.6, 1.4])
def test_quadrature_agrees_with_a_fine_sum_within_its_error(sigma: float) -> None:
    places, width = np.linspace(-16, 16, 100_001), 32 / 100_000
    powers = np.exp(log_mixture(THREE, places[:, None]) / sigma**2)
    variance = 0.7 * sigma**2
    kernel = np.exp(-((places - POINTS) ** 2) / (2 * variance)) / np.sqrt(2 * np.pi * variance)
    smoothed = kernel @ powers * width
    slope = (kernel * (places - POINTS) / variance) @ powers * width / smoothed
    found = estimate_potential(THREE, 0.3, POINTS, horizon=1.0, sigma=sigma)
    assert (np.abs(found.potential - sigma**2 * np.log(smoothed)) <= found.potential_error + 1e-13).all()
    assert (np.abs(found.gradient[:, 0] - sigma**2 * slope) <= found.gradient_error[:, 0] + 1e-12).all()
    assert found.potential_error.max() < 1e-9
    assert found.gradient_error.max() < 1e-8


@pytest.mark.parametrize("sigma", [0.6, 1.0])
def test_one_gaussian_has_the_riccati_solution(sigma: float) -> None:
    m, s, t, horizon = 0.4, 0.8, 0.3, 1.2
    mixture = GaussianMixture([[m]], [[[s**2]]])
    widened = s**2 + horizon - t
    exact = -((POINTS[:, 0] - m) ** 2) / (2 * widened) - np.log(2 * np.pi * s**2) / 2
    exact -= sigma**2 / 2 * np.log(widened / s**2)
    found = estimate_potential(mixture, t, POINTS, horizon=horizon, sigma=sigma)
    assert (np.abs(found.potential - exact) <= found.potential_error).all()
    assert (np.abs(found.gradient[:, 0] + (POINTS[:, 0] - m) / widened) <= found.gradient_error[:, 0]).all()


@given(mixture=mixtures(2), sigma=st.floats(0.4, 2), seed=st.integers(0, 2**32 - 1))
@settings(max_examples=20)
def test_the_scaled_cost_is_the_score_of_the_denoiser(mixture: GaussianMixture, sigma: float, seed: int) -> None:
    x = np.random.default_rng(seed).uniform(-3, 3, size=(5, 2))
    noise = sigma * np.sqrt(0.7)
    found = estimate_potential(mixture, 0.3, x, horizon=1.0, sigma=sigma, terminal_cost="scaled_cross_entropy")
    density, score = denoiser.log_density(mixture, x, 1.0, noise), denoiser.score(mixture, x, 1.0, noise)
    assert np.abs(found.potential - sigma**2 * density).max() < 1e-11
    assert np.abs(found.gradient - sigma**2 * score).max() < 1e-10


def test_whole_powers_are_closed_and_continue_the_integrals_beside_them() -> None:
    sigma = np.sqrt(0.5)
    assert ColeHopf(THREE, horizon=1.0, sigma=sigma).power.is_closed
    assert not ColeHopf(THREE, horizon=1.0, sigma=sigma * (1 + 1e-9)).power.is_closed
    closed, beside = (
        cole_hopf_gradient(THREE, 0.2, POINTS, horizon=1.0, sigma=sigma * factor) for factor in (1.0, 1 + 1e-9)
    )
    assert np.abs(closed - beside).max() < 1e-7


def test_an_error_above_the_tolerance_is_not_kept_quiet() -> None:
    mixture = GaussianMixture([[-1.0, 0, 0], [1.0, 0, 0]], [np.eye(3) * 0.3] * 2)
    with pytest.raises(QuadratureFailed, match="more than the tolerance"):
        cole_hopf_potential(mixture, 0.0, [[0.1, 0.2, 0.3]], horizon=1.0, sigma=0.8, tolerance=1e-300)


SINGULAR = GaussianMixture([[0.0]], [[[0.0]]])


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"t": 1.5}, "t must lie in"),
        ({"x": [[0.0, 1.0]]}, "shape"),
        ({"x": [[float("nan")]]}, "finite"),
        ({"sigma": 0.0}, "positive and finite"),
        ({"horizon": float("inf")}, "positive and finite"),
        ({"terminal_cost": "entropy"}, "terminal cost is one of"),
        ({"tolerance": 0.0}, "tolerance must be positive"),
        ({"mixture": SINGULAR}, "singular"),
        ({"sigma": 0.005}, "terms"),
    ],
)
def test_malformed_questions_are_refused(changed: dict[str, Any], message: str) -> None:
    question: dict[str, Any] = {"mixture": THREE, "t": 0.5, "x": [[0.0]], "horizon": 1.0, "sigma": 1.0}
    with pytest.raises(ValueError, match=message):
        cole_hopf_potential(**(question | changed))
