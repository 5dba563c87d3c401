"""The kinetic-optimal ODE, solved without the closed form, gives the closed form's energies and path."""

from dataclasses import replace

import numpy as np
import pytest
import sympy
from jaxtyping import TypeCheckError

from lemmata.numerics.kinetic_optimal.exact import separation_low_rank_gaussian, separation_two_point
from lemmata.numerics.kinetic_optimal.ode import (
    RegularForm,
    compiled_regular_form,
    derive_regular_form,
    solve_kinetic_optimal_ode,
)
from lemmata.numerics.kinetic_optimal.path import kinetic_optimal_path
from lemmata.numerics.kinetic_optimal.separation_function import Separation, angular_grid
from lemmata.numerics.solve import SolveFailed
from lemmata.theory.kinetic_optimal import kinetic_optimal_ode

GRID = angular_grid(32)


def test_the_regular_form_is_free_of_the_singularity() -> None:
    form = derive_regular_form(kinetic_optimal_ode())
    h, _, r, r_dot, w = form.symbols
    for rate in form.rates:
        assert sympy.denom(sympy.together(rate)).free_symbols <= {r, w}
        assert rate.free_symbols <= {h, r, r_dot, w}
    assert form.angular_momentum == r**2 * w


def test_the_first_integrals_are_constant_along_the_regular_form() -> None:
    form: RegularForm = derive_regular_form(kinetic_optimal_ode())
    _, _, r, r_dot, w = form.symbols
    _, r_rate, r_dot_rate, w_rate, _ = form.rates

    def rate(quantity: sympy.Expr) -> sympy.Expr:
        return sympy.cancel(quantity.diff(r) * r_rate + quantity.diff(r_dot) * r_dot_rate + quantity.diff(w) * w_rate)

    assert rate(form.angular_momentum) == 0
    assert rate(r_dot**2 + r**2 * w**2) == 0
    assert rate(r * w) != 0


@pytest.mark.parametrize("fraction", [0.1, 0.5, 0.9])
def test_the_low_rank_gaussian_has_its_exact_energy(fraction: float) -> None:
    solution = solve_kinetic_optimal_ode(separation_low_rank_gaussian(fraction, GRID))
    assert solution.success, solution.result
    assert solution.energy.contains(2 - 2 * np.sqrt(fraction))
    assert solution.energy.error < 1e-6


def test_the_solution_is_the_straight_line() -> None:
    separation = separation_two_point(GRID)
    solution, path = solve_kinetic_optimal_ode(separation, num=33), kinetic_optimal_path(separation, num_points=33)
    assert abs(solution.energy.value - path.energy) <= solution.integration_error < 1e-6
    assert np.allclose(solution.theta, path.theta, rtol=0, atol=1e-15)
    assert np.allclose(solution.t, path.t, rtol=0, atol=1e-7)
    assert np.allclose(solution.r, path.r, rtol=0, atol=1e-7)
    assert solution.momentum_drift < 1e-7


def test_a_tighter_tolerance_leaves_a_smaller_error() -> None:
    separation = separation_low_rank_gaussian(0.3, GRID)
    loose, tight = (solve_kinetic_optimal_ode(separation, rtol=rtol) for rtol in (1e-5, 1e-8))
    assert tight.integration_error < loose.integration_error / 10
    for solution in (loose, tight):
        assert abs(solution.energy.value - (2 - 2 * np.sqrt(0.3))) <= solution.energy.error


def test_a_shooting_that_cannot_succeed_has_a_reason_and_no_number() -> None:
    # No integration meets this tolerance within rounding, so the boundary conditions are never met to it.
    solution = solve_kinetic_optimal_ode(separation_low_rank_gaussian(0.5, GRID), rtol=1e-18)
    assert not solution.success
    assert "boundary conditions" in solution.result
    with pytest.raises(SolveFailed, match="boundary conditions"):
        _ = solution.energy


def test_gaussian_data_and_single_points_are_refused() -> None:
    with pytest.raises(ValueError, match="h vanishes identically"):
        solve_kinetic_optimal_ode(Separation.from_function(lambda s: s**2 / (1 + s**2), GRID))
    with pytest.raises(ValueError, match="at least two angles"):
        solve_kinetic_optimal_ode(separation_low_rank_gaussian(0.5, GRID), num=1)


def test_the_equation_is_compiled_once() -> None:
    assert compiled_regular_form(kinetic_optimal_ode()) is compiled_regular_form(kinetic_optimal_ode())


def test_other_equations_of_motion_give_another_energy() -> None:
    true = kinetic_optimal_ode()
    r, _, r_dot, theta_dot = true.symbols
    false = replace(true, angular_acceleration=true.angular_acceleration + r_dot * theta_dot / (20 * r))
    separation = separation_low_rank_gaussian(0.5, GRID)
    solution = solve_kinetic_optimal_ode(separation, equations=false)
    assert solution.success, solution.result
    assert not solution.energy.contains(2 - 2 * np.sqrt(0.5))


def test_annotations_of_the_subpackage_are_checked_at_run_time() -> None:
    # A canary: the import hook of tests/conftest.py has to reach subpackages too.
    with pytest.raises(TypeCheckError):
        solve_kinetic_optimal_ode(separation_low_rank_gaussian(0.5, GRID), num=2.5)  # type: ignore[arg-type]
