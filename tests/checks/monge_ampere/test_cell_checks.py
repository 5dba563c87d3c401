"""Costs of maps to atoms by masses and moments of cells agree with sampling, and a turned map costs more."""

import numpy as np
import pytest

from lemmata.checks.monge_ampere.cell_checks import cost_of_cells, gradient_costs, turned_maps
from lemmata.checks.trial import Effort, Run
from lemmata.numerics.monge_ampere.gaussian_cells import integrate_cells
from lemmata.theory.verdict import Verdict

ATOMS, POTENTIALS = np.array([[-1.0, -0.4], [1.0, -0.4], [0.0, 0.8]]), np.array([0.2, -0.1, 0.0])
RUN = Run(effort=Effort.QUICK, seed=3)


@pytest.mark.parametrize("angle", [0.0, 0.7])
def test_the_cost_is_what_sampling_finds(angle: float) -> None:
    cells = integrate_cells(ATOMS, POTENTIALS)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    found = cost_of_cells(ATOMS, cells, cells.moments @ turn)
    x = np.random.default_rng(0).standard_normal((400_000, 2))
    images = ATOMS[np.argmax(x @ turn.T @ ATOMS.T - POTENTIALS, axis=1)]
    costs = ((x - images) ** 2).sum(axis=1)
    # Five standard errors.
    assert abs(costs.mean() - found.value) <= found.error + 5 * costs.std() / np.sqrt(len(x))


@pytest.mark.parametrize("check", [gradient_costs, turned_maps])
def test_only_the_true_multiple_passes(check: object) -> None:
    assert callable(check)
    assert check(lambda: 1, RUN).verdict is Verdict.SUPPORTED
    refuted = check(lambda: 1.01, RUN)
    assert refuted.verdict is Verdict.REFUTED
    assert check(lambda: 1.01, RUN.revisit(refuted.witness)).verdict is Verdict.REFUTED
    assert check(lambda: 1, RUN.revisit(refuted.witness)).verdict is Verdict.SUPPORTED
