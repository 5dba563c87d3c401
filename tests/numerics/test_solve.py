"""The solver converges at its order, its error estimates hold, and a failed solve yields no number."""

from itertools import pairwise

import diffrax
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import sympy
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lemmata.numerics.compile import compile_expression
from lemmata.numerics.precision import PrecisionError, float64
from lemmata.numerics.solve import (
    NON_STIFF,
    STIFF,
    SolveFailed,
    describe_result,
    integrate_ode,
    solve_ode,
)


def _oscillating_growth(t: jax.Array, y: jax.Array, rate: jax.Array) -> jax.Array:
    return rate * y * jnp.cos(t)


def _decay(t: jax.Array, y: jax.Array, rate: jax.Array) -> jax.Array:
    return -rate * y


def _blow_up(t: jax.Array, y: jax.Array, args: None) -> jax.Array:
    return y**2


def _relaxation(t: jax.Array, y: jax.Array, stiffness: jax.Array) -> jax.Array:
    return -stiffness * (y - jnp.cos(t)) - jnp.sin(t)


@pytest.mark.parametrize(
    ("solver", "order", "coarsest"),
    [(diffrax.Heun(), 2, 160), (diffrax.Dopri5(), 5, 40), (diffrax.Tsit5(), 5, 40)],
    ids=["Heun", "Dopri5", "Tsit5"],
)
def test_solvers_converge_at_their_nominal_order(solver: diffrax.AbstractSolver, order: int, coarsest: int) -> None:
    steps = coarsest * np.array([1.0, 1.4, 2.0, 2.8, 4.0])
    errors = []
    with float64():
        for count in steps:
            run = integrate_ode(
                _oscillating_growth,
                jnp.asarray(1.0),
                jnp.asarray([3.0]),
                t0=0.0,
                t1=3.0,
                args=jnp.asarray(1.0),
                fixed_steps=int(count),
                solver=solver,
            )
            assert (describe_result(run.result), int(run.steps)) == ("The solve succeeded.", int(count))
            errors.append(abs(float(run.values[0]) - np.exp(np.sin(3.0))))
    slope = np.polyfit(np.log(steps), np.log(errors), 1)[0]
    assert -slope == pytest.approx(order, abs=0.1)


@settings(max_examples=20)
@example(rate=1.0, end=0.5, digits=3)  # both runs meet the tolerance in the same three steps
@given(rate=st.floats(-2, 2), end=st.floats(0.1, 10), digits=st.integers(3, 10))
@pytest.mark.parametrize("solver", [NON_STIFF, STIFF], ids=["non-stiff", "stiff"])
def test_the_estimated_error_covers_the_true_one(
    solver: diffrax.AbstractSolver, rate: float, end: float, digits: int
) -> None:
    times = np.linspace(0, end, 9)
    solution = solve_ode(
        _oscillating_growth,
        1.0,
        0.0,
        end,
        args=rate,
        rtol=10.0**-digits,
        atol=10.0**-digits,
        saveat=times,
        solver=solver,
    )
    assert solution.success
    assert (np.abs(solution.values - np.exp(rate * np.sin(times))) <= solution.error).all()


def test_the_error_shrinks_with_the_tolerance_and_never_vanishes() -> None:
    errors = [
        solve_ode(_oscillating_growth, 1.0, 0.0, 5.0, args=1.0, rtol=rtol, atol=rtol).error.max()
        for rtol in (1e-4, 1e-6, 1e-8, 1e-10)
    ]
    assert all(later < earlier / 5 for earlier, later in pairwise(errors))
    still = solve_ode(lambda t, y, args: 0 * y, 1.0, 0.0, 1.0)
    assert still.values[0] == 1.0
    assert 0 < still.error[0] < 1e-14


def test_a_failed_solve_has_a_reason_and_no_number() -> None:
    solution = solve_ode(_blow_up, 1.0, 0.0, 2.0, max_steps=500)
    assert not solution.success
    assert "maximum number of solver steps" in solution.result
    with pytest.raises(SolveFailed, match="maximum number of solver steps"):
        _ = solution.values
    with pytest.raises(SolveFailed):
        _ = solution.error


def test_a_traced_failure_is_nan_with_a_code() -> None:
    with float64():
        run = jax.vmap(lambda start: integrate_ode(_blow_up, start, jnp.asarray([2.0]), t0=0.0, t1=2.0, max_steps=300))(
            jnp.asarray([0.1, 1.0])
        )
    done, stopped = (jax.tree.map(lambda leaf, at=at: leaf[at], run.result) for at in (0, 1))
    assert describe_result(done) == "The solve succeeded."
    assert float(run.values[0, 0]) == pytest.approx(1 / (1 / 0.1 - 2), rel=1e-7)
    assert "maximum number of solver steps" in describe_result(stopped)
    assert np.isnan(run.values[1, 0])


def test_a_stiff_equation_needs_few_implicit_steps() -> None:
    stiff = solve_ode(_relaxation, 0.0, 0.0, 1.0, args=1e5, solver=STIFF, rtol=1e-6, atol=1e-8)
    # The error covers the dense output in between, which stiffness amplifies.
    assert abs(stiff.values[0] - np.cos(1.0)) <= stiff.error[0] < 1e-2
    assert abs(stiff.values[0] - np.cos(1.0)) < 1e-6
    explicit = solve_ode(_relaxation, 0.0, 0.0, 1.0, args=1e5, rtol=1e-6, atol=1e-8, max_steps=2000)
    assert stiff.steps < 2000
    assert not explicit.success


def test_time_runs_backwards_and_states_have_any_shape() -> None:
    solution = solve_ode(_decay, np.ones((2, 3)), 1.0, 0.0, args=2.0, saveat=np.array([1.0, 0.5, 0.0]))
    assert solution.values.shape == (3, 2, 3)
    expected = np.exp(2 * (1 - solution.times))[:, None, None]
    assert (np.abs(solution.values - expected) <= solution.error).all()


def test_solutions_are_differentiable_in_their_parameters() -> None:
    def final(rate: jax.Array, adjoint: diffrax.AbstractAdjoint | None = None) -> jax.Array:
        run = integrate_ode(
            _decay, jnp.asarray(1.0), jnp.asarray([2.0]), t0=0.0, t1=2.0, args=rate, rtol=1e-10, adjoint=adjoint
        )
        return run.values[0]

    with float64():
        backward = jax.grad(final)(jnp.asarray(0.7))
        forward = jax.jacfwd(lambda rate: final(rate, diffrax.ForwardMode()))(jnp.asarray(0.7))
    for slope in (backward, forward):
        assert float(slope) == pytest.approx(-2 * np.exp(-1.4), rel=1e-7)


def test_a_new_parameter_does_not_compile_again() -> None:
    traces: list[int] = []

    def field(t: jax.Array, y: jax.Array, args: jax.Array) -> jax.Array:
        traces.append(0)
        return -args * y

    solve_ode(field, 1.0, 0.0, 1.0, args=1.0)
    before = len(traces)
    solve_ode(field, 2.0, 0.5, 3.0, args=2.0, rtol=1e-5)
    assert len(traces) == before


def test_compiled_expressions_are_vector_fields() -> None:
    t, y = sympy.symbols("t y")
    compiled = compile_expression(y * sympy.cos(t), (t, y))
    solution = solve_ode(lambda time, state, args: compiled(time, state), 1.0, 0.0, 3.0)
    assert abs(solution.values[0] - np.exp(np.sin(3.0))) <= solution.error[0]


def test_implicit_solvers_refuse_fixed_steps_and_single_precision_is_refused() -> None:
    with float64(), pytest.raises(ValueError, match="Kvaerno5 is implicit"):
        integrate_ode(_decay, jnp.ones(()), jnp.ones(1), t0=0.0, t1=1.0, args=1.0, fixed_steps=5, solver=STIFF)
    with pytest.raises(PrecisionError):
        integrate_ode(_decay, jnp.ones(()), jnp.ones(1), t0=0.0, t1=1.0)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"t1": 0.0}, "two different finite times"),
        ({"t1": np.inf}, "two different finite times"),
        ({"y0": np.nan}, "initial value must be finite"),
        ({"rtol": 0.0}, "tolerances must be positive"),
        ({"saveat": [0.5, 0.2]}, "saveat must run"),
        ({"saveat": [0.5, 2.0]}, "saveat must run"),
        ({"saveat": []}, "saveat must run"),
        ({"saveat": [0.5, np.nan]}, "saveat must run"),
    ],
)
def test_malformed_problems_are_refused(change: dict[str, object], message: str) -> None:
    problem: dict[str, object] = {"y0": 1.0, "t0": 0.0, "t1": 1.0, "args": 1.0} | change
    with pytest.raises(ValueError, match=message):
        solve_ode(_decay, **problem)  # type: ignore[arg-type]
