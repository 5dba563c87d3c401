"""Direct minimisation solves the discrete Riccati equation, and is of first order away from the kernel formula."""

from typing import Any

import numpy as np
import pytest
from jaxtyping import Float

from lemmata.numerics.solve import SolveFailed
from lemmata.numerics.wasserstein_proximal import (
    GaussianMixture,
    Grid,
    GridLaw,
    direct_minimisation,
    kernel_proximal,
    minimise_proximal,
)

from .laws import log_mixture

GRID = Grid((-6.0,), (6.0,), (128,))
TWO_WELLS = GaussianMixture([[-1.5], [1.5]], [[[0.25]], [[0.49]]], [0.4, 0.6])


def start() -> GridLaw:
    law = GaussianMixture([[0.5]], [[[0.36]]])
    return GridLaw.of_density(GRID, lambda x: np.exp(log_mixture(law, x)))


def wells(x: Float[np.ndarray, "n d"]) -> Float[np.ndarray, " n"]:
    return -log_mixture(TWO_WELLS, x)


@pytest.mark.parametrize("sigma", [0.6, 1.0])
def test_a_quadratic_cost_gives_the_discrete_riccati_equation(sigma: float) -> None:
    stiffness, steps, horizon = 1.7, 4, 1.2
    found = minimise_proximal(
        start(), lambda x: stiffness * x[:, 0] ** 2 / 2, sigma=sigma, horizon=horizon, steps=steps
    )
    masses, x = start().masses, GRID.axes[0]
    for objective, count in zip(found.objectives, (steps, 2 * steps), strict=True):
        step, a, constant = horizon / count, stiffness, 0.0
        for _ in range(count):
            constant += a * sigma**2 * step / 2
            a /= 1 + step * a
        assert objective == pytest.approx(a / 2 * masses @ x**2 + constant, abs=1e-5)
    assert found.duality_gap < 1e-12


@pytest.mark.parametrize(("sigma", "steps"), [(0.6, 16), (1.0, 32)])
def test_the_gap_to_the_kernel_formula_is_of_first_order_and_vanishes_when_extrapolated(
    sigma: float, steps: int
) -> None:
    formula = kernel_proximal(start(), wells, sigma=sigma, horizon=1.0)
    least = -(sigma**2) * float(start().masses @ formula.log_normaliser)
    found = minimise_proximal(start(), wells, sigma=sigma, horizon=1.0, steps=steps)
    gaps = [law.total_variation(formula.law) for law in (found.coarse, found.fine)]
    assert np.log2(gaps[0] / gaps[1]) == pytest.approx(1, abs=0.05)
    assert np.abs(found.extrapolated - formula.law.masses).sum() / 2 < 1e-3
    assert found.gap == pytest.approx(gaps[0] - gaps[1], rel=0.1)
    # With fewer controls than the problem has, the discrete minimum lies above the continuous one.
    assert found.objectives[0] > found.objectives[1] > least
    assert found.objective == pytest.approx(least, abs=1e-3)
    assert found.duality_gap < 1e-12


def test_another_formula_is_told_apart() -> None:
    found = minimise_proximal(start(), wells, sigma=0.6, horizon=1.0, steps=16)
    wrong = kernel_proximal(start(), lambda x: wells(x) / 0.36, sigma=0.6, horizon=1.0)
    assert np.abs(found.extrapolated - wrong.law.masses).sum() / 2 > 0.02


def test_a_minimum_that_is_not_reached_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(direct_minimisation, "STATIONARY", 0.0)
    with pytest.raises(SolveFailed, match="left a relative slope"):
        minimise_proximal(start(), wells, sigma=0.6, horizon=1.0, steps=16)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"sigma": 0.0}, "positive sigma"),
        ({"horizon": float("nan")}, "positive sigma"),
        ({"steps": 0}, "positive sigma"),
        ({"steps": 1000}, "cells are needed"),
        ({"rho0": GridLaw(Grid((0.0, 0.0), (1.0, 1.0), (8, 8)), np.full((8, 8), 1 / 64))}, "on the line"),
        ({"potential": lambda x: x}, "finite number"),
    ],
)
def test_malformed_problems_are_refused(changed: dict[str, Any], message: str) -> None:
    problem: dict[str, Any] = {"rho0": start(), "potential": wells, "sigma": 0.6, "horizon": 1.0, "steps": 4}
    with pytest.raises(ValueError, match=message):
        minimise_proximal(**(problem | changed))
