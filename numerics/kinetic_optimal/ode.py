"""The kinetic-optimal path by solving its differential equation: the reference for the closed form.

The equations of motion of `theory.kinetic_optimal.kinetic_optimal_ode` are singular where h(theta) = 0, which for
centred data is the starting point. In the angle as independent variable, with the transverse velocity w = h theta' in
place of theta', they are regular on all of [0, pi/2] and h' drops out. SymPy carries out that change of variables on
the derived accelerations, the result is compiled, and Diffrax integrates it.

The boundary conditions r = 1 at both ends and t = 1 at the second are met by shooting, with MINPACK's hybrid method,
from r' and w at theta = 0, started from the first integral for a rough guess of the final flat angle. Neither the flat
angle nor the straight line enter the solution, so its agreement with `path` is evidence.

Notation: alpha = r sin theta, sigma = r cos theta; E is the kinetic energy per dimension. All dimensionless.

References: [shaul2023, abstract, (ii)] for the existence of such an ODE.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any, Final, final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import sympy
from jaxtyping import Array, Float
from numpy.typing import NDArray
from scipy import optimize

from ...theory.kinetic_optimal import kinetic_optimal_ode
from ...theory.kinetic_optimal.geometry import KineticOptimalOde
from ...theory.kinetic_optimal.notation import angular_speed
from ..compile import CompiledExpression, compile_expression
from ..estimate import Estimate
from ..precision import in_float64
from ..solve import OdeSolution, SolveFailed, solve_ode
from .angular_speed import AngularSpeed
from .path import kinetic_optimal_path
from .separation_function import Separation

GUESS_POINTS: Final = 16
"""Points of the midpoint rule behind the initial guess of the final flat angle."""

MAX_STEPS: Final = 20_000
MAX_SOLVES: Final = 60

DIFFERENCE: Final = 1e-8
"""Relative variance of a function's value from which the differences of the shooting take their step, its root."""

CLOSE: Final = 10
"""The boundary conditions are met to this many times the tolerance; what is missed goes into the error."""

FAR: Final = 1e3
"""The residual of a shot that no solution follows: far beyond that of every other."""

_MISSED: Final = "The shooting did not meet the boundary conditions."


@final
@dataclass(frozen=True, slots=True)
class RegularForm:
    """The equations of motion in the angle: derivatives by theta of t, r, r', w and E, and the first integral r^2 w.

    `symbols` is (h, h', r, r_dot, w), where h and h' stand for the values of h(theta) and its derivative. The true
    equations do not contain h'; others may.
    """

    symbols: tuple[sympy.Symbol, ...]
    rates: tuple[sympy.Expr, ...]
    angular_momentum: sympy.Expr


def derive_regular_form(ode: KineticOptimalOde) -> RegularForm:
    """Change variables in the equations of motion: theta for t, and w = h theta' for theta'."""
    r, theta, r_dot, theta_dot = ode.symbols
    speed = angular_speed(theta)
    h, w = sympy.Symbol("h", positive=True), sympy.Symbol("w", positive=True)
    slope, h_slope = speed.diff(theta), sympy.Symbol("h_slope", real=True)
    w_acceleration = slope * theta_dot**2 + speed * ode.angular_acceleration
    by_time = (sympy.Integer(1), r_dot, ode.radial_acceleration, w_acceleration, ode.energy)

    def in_new_variables(expression: sympy.Expr) -> sympy.Expr:
        return sympy.cancel(expression.xreplace({slope: h_slope, speed: h}).xreplace({theta_dot: w / h}))

    return RegularForm(
        symbols=(h, h_slope, r, r_dot, w),
        rates=tuple(in_new_variables(sympy.expand(rate / theta_dot)) for rate in by_time),
        angular_momentum=in_new_variables(ode.angular_momentum),
    )


@cache
def compiled_regular_form(ode: KineticOptimalOde) -> CompiledExpression:
    """Return the derivatives by theta of (t, r, r', w, E) as a JAX function of h, h', r, r' and w."""
    form = derive_regular_form(ode)
    return compile_expression(form.rates, form.symbols)


@final
class _Motion(eqx.Module):
    """What the field depends on: h, and the compiled equations of motion."""

    speed: AngularSpeed
    equations: CompiledExpression = eqx.field(static=True)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class KineticOptimalOdeSolution:
    """The kinetic-optimal path as the solution of its boundary value problem, or the reason why there is none.

    `energy` is the integral of the kinetic energy density, with all errors. Of these `integration_error` is what the
    solver and the shooting leave; the rest is that of h, shared with `kinetic_optimal_path`. `theta`, `t` and `r` are
    the path; `momentum_drift` is how far the first integral r^2 w strays from constant. All raise `SolveFailed` where
    `success` is False, except `result`, a sentence.
    """

    success: bool
    result: str
    _found: dict[str, Any]

    def _get(self, name: str) -> Any:
        if not self.success:
            raise SolveFailed(self.result)
        return self._found[name]

    @property
    def energy(self) -> Estimate:
        """The kinetic energy per dimension."""
        return self._get("energy")

    @property
    def integration_error(self) -> float:
        """The part of the energy's error that is due to solving the equation."""
        return self._get("integration_error")

    @property
    def momentum_drift(self) -> float:
        """The largest change of the first integral along the path."""
        return self._get("momentum_drift")

    @property
    def theta(self) -> Float[np.ndarray, " num"]:
        """Angles from 0 to pi/2."""
        return self._get("theta")

    @property
    def t(self) -> Float[np.ndarray, " num"]:
        """The time at each angle."""
        return self._get("t")

    @property
    def r(self) -> Float[np.ndarray, " num"]:
        """The radius at each angle."""
        return self._get("r")


def solve_kinetic_optimal_ode(
    separation: Separation, *, equations: KineticOptimalOde | None = None, rtol: float = 1e-9, num: int = 65
) -> KineticOptimalOdeSolution:
    """Solve the boundary value problem of the kinetic-optimal path for a separation function.

    **Arguments:** `equations` are the equations of motion, the derived ones unless given; `rtol` is the relative
    tolerance of the solver's first run; `num` >= 2 is the number of angles, equally spaced in [0, pi/2], at which the
    path is returned.

    **Raises:** `ValueError` for fewer than two angles, or if h vanishes identically (Gaussian data): every path with
    r = 1 is then optimal. Shooting or solves that fail raise nothing; see `KineticOptimalOdeSolution`.
    """
    if num < 2:
        raise ValueError(f"a path needs at least two angles, not {num}")
    path = kinetic_optimal_path(separation)
    if not path.unique:
        raise ValueError("h vanishes identically: every path with r = 1 is optimal, and the equation has no solution")
    motion = _Motion(path.speed, compiled_regular_form(equations or kinetic_optimal_ode()))
    theta = np.linspace(0, np.pi / 2, num)
    shot = _shoot(motion, rtol, theta)
    slopes = None if shot is None else _end_slopes(motion, shot, rtol, theta)
    if slopes is None:
        return KineticOptimalOdeSolution(success=False, result=_MISSED, _found={})
    solution = _solve_from(motion, shot, rtol, theta)
    if not solution.success:
        return KineticOptimalOdeSolution(success=False, result=solution.result, _found={})
    t, r, _, w, energy = solution.values.T
    missed = np.abs([t[-1] - 1, r[-1] - 1]) + solution.error[-1, :2]
    aim_error = np.abs(np.linalg.inv(slopes[:2])) @ missed
    integration_error = float(solution.error[-1, 4] + np.abs(slopes[4]) @ aim_error)
    momentum = r**2 * w
    return KineticOptimalOdeSolution(
        success=True,
        result=solution.result,
        _found={
            "energy": Estimate(
                float(energy[-1]),
                integration_error + path.energy_error,
                f"boundary value problem by shooting, {solution.method}",
                separation.false_alarm,
            ),
            "integration_error": integration_error,
            "momentum_drift": float(np.abs(momentum - momentum[0]).max()),
            "theta": theta,
            "t": t,
            "r": r,
        },
    )


def _field(theta: Array, state: Array, motion: _Motion) -> Array:
    _, r, r_dot, w, _ = state
    h, h_slope = jax.jvp(motion.speed, (theta,), (jnp.ones_like(theta),))
    return motion.equations(h, h_slope, r, r_dot, w)


def _solve_from(motion: _Motion, shot: Any, rtol: float, theta: Any) -> OdeSolution:
    """Solve the initial value problem with r' and w at theta = 0 given by `shot`."""
    start = np.array([0.0, 1.0, shot[0], shot[1], 0.0])
    return solve_ode(
        _field, start, 0.0, np.pi / 2, args=motion, rtol=rtol, atol=rtol, saveat=theta, max_steps=MAX_STEPS
    )


def _shoot(motion: _Motion, rtol: float, theta: Any) -> NDArray[np.float64] | None:
    """Find r' and w at theta = 0 for which t = 1 and r = 1 at theta = pi/2; None where the search fails.

    Every solve is of the shape of the final one, so that the field is compiled once and not differentiated.
    """

    def missed(shot: Any) -> NDArray[np.float64]:
        solution = _solve_from(motion, shot, rtol, theta)
        # MINPACK steps back from a residual that is far too large; it does not from NaN.
        return solution.values[-1, :2] - 1 if solution.success else np.full(2, FAR)

    angle = _guess_final_angle(motion.speed)
    options = {"xtol": rtol, "eps": DIFFERENCE, "maxfev": MAX_SOLVES}
    found = optimize.root(missed, [np.cos(angle) - 1, np.sin(angle)], method="hybr", options=options)
    return found.x if np.abs(found.fun).max() <= CLOSE * rtol else None


def _end_slopes(motion: _Motion, shot: Any, rtol: float, theta: Any) -> Float[np.ndarray, "5 2"] | None:
    """Return the derivatives of (t, r, r', w, E) at theta = pi/2 by r' and w at theta = 0; None where a solve fails."""
    columns = []
    for step in np.eye(2) * np.sqrt(DIFFERENCE):
        ahead, back = (_solve_from(motion, shot + sign * step, rtol, theta) for sign in (1, -1))
        if not (ahead.success and back.success):
            return None
        columns.append((ahead.values[-1] - back.values[-1]) / (2 * step.sum()))
    return np.column_stack(columns)


@in_float64
def _guess_final_angle(speed: AngularSpeed) -> float:
    middles = (jnp.arange(GUESS_POINTS, dtype="float64") + 0.5) * (jnp.pi / 2 / GUESS_POINTS)
    return float(speed(middles).mean()) * np.pi / 2
