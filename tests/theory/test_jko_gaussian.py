"""JKO steps between Gaussian laws; the matrix form against the optimality of its own step."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeAlias

import numpy as np
import pytest
import sympy as sp

from lemmata.theory.jko import gaussian
from lemmata.theory.jko.notation import attraction, beta, centre, confinement, old_mean, old_scale, scale, t, tau
from lemmata.theory.statement import below
from lemmata.theory.verdict import Verdict

from .decided import NEARLY, assert_refuted, assert_replays, assert_vanish

Matrix: TypeAlias = Any
"""A square array of numbers."""
SOLVABLE = gaussian.solvable()
BOUND = (sp.Gt(gaussian.total_stiffness(), 0),)


def test_gaussian_step() -> None:
    assert_vanish(gaussian.gaussian_step_residuals(gaussian.gaussian_step()), SOLVABLE)


STEP = gaussian.gaussian_step()
WRONG_STEPS = {
    "scale nearly right": replace(STEP, scale=NEARLY * STEP.scale),
    "beta doubled": replace(STEP, scale=STEP.scale.subs(beta, 2 * beta)),
    "interaction off by 2": replace(STEP, scale=STEP.scale.subs(attraction, 2 * attraction)),
    "interaction dropped": replace(STEP, scale=STEP.scale.subs(attraction, 0)),
    "interaction moves the mean": replace(STEP, mean=STEP.mean.subs(confinement, confinement + attraction)),
    "explicit mean": replace(STEP, mean=old_mean - tau * confinement * (old_mean - centre)),
}


@pytest.mark.parametrize("name", sorted(WRONG_STEPS))
def test_other_steps_are_refuted(name: str) -> None:
    assert_refuted(gaussian.gaussian_step_residuals(WRONG_STEPS[name]), SOLVABLE)


def test_one_root_is_positive() -> None:
    found = gaussian.derive_positive_root()
    assert_replays(found)
    assert found.concludes(gaussian.other_root_statement(sp.S.Zero)).verdict is Verdict.PROVED
    assert found.concludes(gaussian.other_root_statement(-old_scale)).verdict is Verdict.UNDECIDED


def test_heat_step() -> None:
    assert_vanish(gaussian.heat_step_residuals(gaussian.heat_step()))
    assert_refuted(gaussian.heat_step_residuals(sp.sqrt(old_scale**2 + 2 * beta * tau)))
    assert_refuted(gaussian.heat_step_residuals(gaussian.heat_step().subs(tau, NEARLY * tau)))


def test_steps_do_not_bias_the_stationary_law() -> None:
    assert_vanish(gaussian.fixed_scale_residuals(gaussian.fixed_scale()), BOUND)
    assert_refuted(gaussian.fixed_scale_residuals(NEARLY * gaussian.fixed_scale()), BOUND)
    shifted = sp.sqrt(beta / (gaussian.total_stiffness() * (1 + tau * gaussian.total_stiffness() / 2)))
    assert_refuted(gaussian.fixed_scale_residuals(shifted), BOUND)


def test_rates_are_those_of_the_fokker_planck_equation() -> None:
    rates = gaussian.GaussianLaw(gaussian.mean_rate(), gaussian.scale_rate())
    assert_vanish(gaussian.rate_residuals(rates))
    assert_refuted(gaussian.rate_residuals(replace(rates, scale=rates.scale + beta / scale)))
    assert_refuted(gaussian.rate_residuals(replace(rates, mean=NEARLY * rates.mean)))


def test_a_step_is_one_of_implicit_euler() -> None:
    assert_vanish(gaussian.implicit_euler_residuals(STEP), SOLVABLE)
    assert_refuted(gaussian.implicit_euler_residuals(replace(STEP, scale=NEARLY * STEP.scale)), SOLVABLE)


def test_fokker_planck_law() -> None:
    law = gaussian.fokker_planck_law()
    assert_vanish(gaussian.fokker_planck_law_residuals(law), BOUND)
    assert_refuted(gaussian.fokker_planck_law_residuals(replace(law, scale=law.scale.subs(t, t / 2))), BOUND)
    assert_refuted(gaussian.fokker_planck_law_residuals(replace(law, mean=law.mean.subs(t, NEARLY * t))), BOUND)


def test_eigenvalue_step() -> None:
    step = gaussian.eigenvalue_step()
    assert_vanish(gaussian.eigenvalue_step_residuals(step))
    assert_refuted(gaussian.eigenvalue_step_residuals(NEARLY * step))
    smaller = ((sp.sqrt(gaussian.eigenvalue + 4 * beta * tau) - sp.sqrt(gaussian.eigenvalue)) / 2) ** 2
    assert_refuted(gaussian.eigenvalue_step_residuals(smaller))
    optimal = gaussian.derive_optimal_root()
    assert_replays(optimal)
    assert optimal.concludes(below(tau * beta, step)).verdict is Verdict.PROVED
    assert optimal.concludes(below(NEARLY * tau * beta, step)).verdict is Verdict.UNDECIDED


def test_step_of_matrices_that_do_not_commute() -> None:
    root, spectrum = gaussian.plane_matrices()
    covariance = gaussian.plane_covariance(root, spectrum)
    assert_vanish(gaussian.plane_residuals(covariance, root, spectrum))
    assert_refuted(gaussian.plane_residuals(NEARLY * covariance, root, spectrum))
    as_if_they_commuted = spectrum * (root * root).inv()
    assert_refuted(gaussian.plane_residuals(as_if_they_commuted, root, spectrum))


def test_matrix_step_in_words_that_do_not_commute() -> None:
    """Expanded in the free algebra, T S T is S_0 whatever the dimension: words with inverses have one normal form."""
    root, spectrum = sp.symbols("L R", commutative=False)
    covariance, precision = root**-1 * spectrum * root**-1, root * spectrum**-1 * root
    start = root * (spectrum - 2 * tau * beta + (tau * beta) ** 2 * spectrum**-1) * root
    for stretch, holds in ((sp.S.One, True), (NEARLY, False)):
        carried = root**2 - stretch * tau * beta * precision
        assert (sp.expand(carried * covariance * carried - start) == 0) is holds
    assert sp.expand(covariance * precision) == 1


def matrix_step(stiffness: Matrix, start: Matrix, diffusion: float, step: float) -> Matrix:
    """Return the covariance after a step by the closed form, in any dimension."""

    def function(matrix: Matrix, of: Callable[[Matrix], Matrix]) -> Matrix:
        values, vectors = np.linalg.eigh(matrix)
        return (vectors * of(values)) @ vectors.T

    growth = sp.lambdify(gaussian.eigenvalue, gaussian.eigenvalue_step().subs({beta: diffusion, tau: step}))
    stiff = np.eye(len(start)) + step * stiffness
    inverse = function(stiff, lambda v: v**-0.5)
    return inverse @ function(inverse @ start @ inverse, growth) @ inverse


def objective(covariance: Matrix, stiffness: Matrix, start: Matrix, diffusion: float, step: float) -> float:
    """Return J + W_2^2/(2 tau) of centred Gaussian laws, with Bures' formula for the distance."""
    values, vectors = np.linalg.eigh(start)
    root = (vectors * np.sqrt(values)) @ vectors.T
    cross = np.sqrt(np.linalg.eigvalsh(root @ covariance @ root)).sum()
    distance = np.trace(covariance) + np.trace(start) - 2 * cross
    entropy = -np.linalg.slogdet(covariance)[1] / 2
    return float(np.trace(stiffness @ covariance) / 2 + diffusion * entropy + distance / (2 * step))


@pytest.mark.parametrize("dimension", [2, 4])
def test_matrix_step_minimises_the_objective(dimension: int) -> None:
    generator = np.random.default_rng(5)
    first, second, change = generator.normal(size=(3, dimension, dimension))
    stiffness, start = first @ first.T / 4, second @ second.T / 4 + 0.2 * np.eye(dimension)
    problem = (stiffness, start, 0.7, 0.3)
    found = matrix_step(*problem)
    least = objective(found, *problem)
    for size in (0.05, 0.01):
        for sign in (-1, 1):
            moved = np.eye(dimension) + sign * size * (change + change.T) / 2
            # The minimum is quadratic: what is not a minimum differs to first order in the size of the change.
            assert least < objective(moved @ found @ moved, *problem) < least + 50 * size**2


def test_means_do_not_feel_the_interaction() -> None:
    assert attraction not in gaussian.gaussian_step().mean.free_symbols
