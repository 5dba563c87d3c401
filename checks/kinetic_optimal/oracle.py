"""The kinetic-optimal ODE, solved by Diffrax as the compiled derived expression, against the closed form.

Two solutions that share nothing but the separation function: shooting on the claimed equations of motion, and the
straight line in flat coordinates.
"""

import numpy as np
from sympy import lambdify

from ...numerics.device import describe_device
from ...numerics.kinetic_optimal import kinetic_optimal_path
from ...numerics.kinetic_optimal.ode import (
    KineticOptimalOdeSolution,
    compiled_regular_form,
    solve_kinetic_optimal_ode,
)
from ...theory.kinetic_optimal import kinetic_optimal_ode
from ...theory.kinetic_optimal.geometry import KineticOptimalOde, StraightLine
from ...theory.kinetic_optimal.notation import final_angle, flat_angle
from ...theory.verdict import Verdict
from ..builders import Check, Formula
from ..comparison import compare_equal, weigh
from ..evidence import Evidence, Kind, Scope
from ..trial import Run
from .separations import EXACT

METHOD = "Diffrax shooting on the compiled equations of motion, error from a tighter run; closed-form straight line"


SOLVED: dict[tuple[str, str], KineticOptimalOdeSolution] = {}
"""Solutions of this worker, by data set and digest: claims that differ elsewhere share their equations of motion."""


def _solve(data: str, equations: KineticOptimalOde) -> KineticOptimalOdeSolution:
    """Solve the claimed equations, once for each data set."""
    key = data, compiled_regular_form(equations).digest
    if key not in SOLVED:
        SOLVED[key] = solve_kinetic_optimal_ode(EXACT[data](), equations=equations)
    return SOLVED[key]


def _unsolved(check: str, solution: KineticOptimalOdeSolution) -> Evidence:
    return Evidence(
        check=check,
        kind=Kind.NUMERIC,
        scope=Scope.INSTANCE,
        verdict=Verdict.UNDECIDED,
        method=METHOD,
        reason=solution.result,
    )


def _check_ode(formula: Formula, run: Run) -> Evidence:
    """Compare the energy of the claimed equations' solution with the closed form's."""
    equations: KineticOptimalOde = formula()
    comparisons = []
    for data, curve in EXACT.items():
        solution = _solve(data, equations)
        if not solution.success:
            return _unsolved("Diffrax", solution)
        best = kinetic_optimal_path(curve())
        error = solution.energy.error + best.energy_error
        comparisons.append(compare_equal(solution.energy.value, best.energy, error, point={"data": data}))
    return weigh(
        comparisons,
        run,
        check="Diffrax",
        kind=Kind.NUMERIC,
        method=METHOD,
        instance="; ".join(EXACT),
        provenance={**describe_device(), "expression digest": compiled_regular_form(equations).digest},
    )


def _check_path(formula: Formula, run: Run) -> Evidence:
    """Compare the claimed radius, time and energy along the flat angle with Diffrax's solution of the derived ODE."""
    line: StraightLine = formula()
    claimed = lambdify((flat_angle, final_angle), (line.time, line.radius, line.energy), modules="numpy")
    comparisons = []
    for data, curve in EXACT.items():
        solution = _solve(data, kinetic_optimal_ode())
        if not solution.success:
            return _unsolved("Diffrax path", solution)
        best = kinetic_optimal_path(curve())
        flat = np.interp(solution.theta, best.theta, best.Theta)
        time, radius, energy = claimed(flat, float(best.theta_max))
        # Linear interpolation of the tabulated flat angle errs by h'' (step)^2/8; the table has thousands of steps.
        step = float(np.diff(best.theta).max())
        allowed = solution.integration_error + best.energy_error + step**2
        for name, found, wanted in (("time", solution.t, time), ("radius", solution.r, radius)):
            worst = int(np.argmax(np.abs(found - wanted)))
            at = {"data": data, "theta": repr(float(solution.theta[worst])), "quantity": name}
            comparisons.append(
                compare_equal(
                    float(found[worst]), float(np.broadcast_to(wanted, found.shape)[worst]), allowed, point=at
                )
            )
        error = solution.energy.error + best.energy_error
        comparisons.append(compare_equal(solution.energy.value, float(energy), error, point={"data": data}))
    return weigh(comparisons, run, check="Diffrax path", kind=Kind.NUMERIC, method=METHOD, provenance=describe_device())


ode_oracle = Check("Diffrax", Kind.NUMERIC, _check_ode)
path_oracle = Check("Diffrax path", Kind.NUMERIC, _check_path)
