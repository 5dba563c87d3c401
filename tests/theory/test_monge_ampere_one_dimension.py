"""The line: the flow against the quantiles that it is derived to jump at."""

from collections.abc import Callable
from statistics import NormalDist
from typing import Any

import numpy as np
import pytest
import sympy as sp

from lemmata.theory.derivation import Derivation
from lemmata.theory.monge_ampere import one_dimension as line
from lemmata.theory.monge_ampere.notation import atom, mean, tau, u, variance, x
from lemmata.theory.verdict import Verdict

from .decided import NEARLY, assert_refuted, assert_replays, assert_vanish

ATOMS, WEIGHTS = np.array([-1.0, 0.3, 1.4]), np.array([0.3, 0.2, 0.5])
NORMAL = NormalDist()


def followed(start: float, end: float = 24.0, steps: int = 4800) -> float:
    """Return the flow of a point by the classical Runge-Kutta method of fourth order."""

    def velocity(place: float, time: float) -> float:
        logs = time * place * ATOMS - time**2 * ATOMS**2 / 2
        share = WEIGHTS * np.exp(logs - logs.max())
        return float(share @ ATOMS / share.sum())

    h, place = end / steps, start
    for k in range(steps):
        time = k * h
        first = velocity(place, time)
        second = velocity(place + h * first / 2, time + h / 2)
        third = velocity(place + h * second / 2, time + h / 2)
        fourth = velocity(place + h * third, time + h)
        place += h * (first + 2 * second + 2 * third + fourth) / 6
    return place


def test_the_map_jumps_at_the_quantiles_of_cumulative_weights() -> None:
    for k, cumulative in enumerate(np.cumsum(WEIGHTS)[:-1]):
        border = NORMAL.inv_cdf(cumulative)
        reached = [followed(border + side * 0.02) / 24.0 for side in (-1, 1)]
        assert [int(np.abs(ATOMS - place).argmin()) for place in reached] == [k, k + 1]


def test_mass_is_conserved_along_the_flow() -> None:
    share = sp.lambdify((u, tau, atom), line.carried_mass(), modules="math")
    for start in (-1.1, 0.2):
        end = followed(start, 1.5, 600)
        carried = sum(w * share(end, 1.5, y) for w, y in zip(WEIGHTS, ATOMS, strict=True))
        assert carried == pytest.approx(NORMAL.cdf(start), abs=1e-10)


@pytest.mark.parametrize(
    "derive",
    [line.derive_slope, line.derive_increasing, line.derive_cumulative, lambda: line.derive_cell("before")],
)
def test_derivations_replay(derive: Callable[[], Derivation]) -> None:
    assert_replays(derive())


def test_slope() -> None:
    found = line.derive_slope()
    assert found.concludes(line.slope_statement(line.slope())).verdict is Verdict.PROVED
    assert found.concludes(line.slope_statement(NEARLY * line.slope())).verdict is Verdict.REFUTED
    increasing = line.derive_increasing()
    assert increasing.concludes(line.increasing_statement(sp.S.One)).verdict is Verdict.PROVED
    assert increasing.concludes(line.increasing_statement(NEARLY)).verdict is Verdict.UNDECIDED


def test_carried_mass() -> None:
    assert_vanish(line.carried_mass_residuals(line.carried_mass()))
    assert_refuted(line.carried_mass_residuals(line.carried_mass().subs(tau, NEARLY * tau)))
    assert_refuted(line.carried_mass_residuals(line.carried_mass().subs(u, u / sp.sqrt(1 + tau**2))))


def test_cumulative_weight() -> None:
    found, weight = line.derive_cumulative(), line.cumulative_weight()
    assert found.concludes(line.cumulative_statement(weight)).verdict is Verdict.PROVED
    assert found.concludes(line.cumulative_statement(NEARLY * weight)).verdict is Verdict.REFUTED
    for side, sharper in (("beyond", NEARLY * weight), ("before", weight / NEARLY)):
        cell = line.derive_cell(side)
        assert cell.concludes(line.cell_statement(weight, side)).verdict is Verdict.PROVED
        assert cell.concludes(line.cell_statement(sharper, side)).verdict is Verdict.UNDECIDED


def test_leading_tail() -> None:
    assert_vanish(line.leading_tail_residuals(line.leading_tail()))
    assert_refuted(line.leading_tail_residuals(x + mean * tau))
    assert_refuted(line.leading_tail_residuals(x - mean * tau + (1 - variance) * x * tau**2))


@pytest.mark.parametrize("centred", [False, True])
def test_leading_gap(centred: bool) -> None:
    claimed = line.leading_gap_squared(centred)
    assert_vanish(line.leading_gap_residuals(claimed, centred))
    assert_refuted(line.leading_gap_residuals(NEARLY * claimed, centred))


def gap_squared(remaining: float, atoms: Any) -> float:
    """Return E|Phi_T - Phi_oo|^2 exactly: Phi_T jumps where p_T, seen from N(0, 1), has the cumulative weights."""
    spread = np.sqrt(1 - remaining**2)
    total = 0.0
    for k, cumulative in enumerate(np.cumsum(WEIGHTS)[:-1]):
        border = NORMAL.inv_cdf(cumulative)
        low, high = border - 1.0, border + 1.0
        for _ in range(80):
            middle = (low + high) / 2
            mass = sum(w * NORMAL.cdf((middle - remaining * y) / spread) for w, y in zip(WEIGHTS, atoms, strict=True))
            low, high = (middle, high) if mass < cumulative else (low, middle)
        total += (atoms[k + 1] - atoms[k]) ** 2 * abs(NORMAL.cdf(low) - cumulative)
    return float(total)


@pytest.mark.parametrize(("centred", "rate"), [(False, 1), (True, 2)])
def test_leading_gap_is_that_of_the_exact_maps(centred: bool, rate: int) -> None:
    atoms = ATOMS - WEIGHTS @ ATOMS if centred else ATOMS
    moments = {mean: WEIGHTS @ atoms, variance: WEIGHTS @ (atoms - WEIGHTS @ atoms) ** 2}
    limit = sum(
        float(
            line.leading_gap_squared(centred).subs(
                {**moments, line.jump: atoms[k + 1] - atoms[k], line.quantile: NORMAL.inv_cdf(cumulative)}
            )
        )
        for k, cumulative in enumerate(np.cumsum(WEIGHTS)[:-1])
    )
    errors = [abs(gap_squared(a, atoms) / a**rate / limit - 1) for a in (0.01, 0.005)]
    # The next term is of relative order a: halving a halves the error.
    assert errors[0] < 0.05
    assert errors[1] == pytest.approx(errors[0] / 2, rel=0.2)
