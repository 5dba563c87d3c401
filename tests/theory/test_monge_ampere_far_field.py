"""Far out across a side of a triangle: derivations, and the flow itself beyond the explicit distance."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from statistics import NormalDist

import numpy as np
import pytest
import sympy as sp

from lemmata.theory.derivation import Derivation
from lemmata.theory.monge_ampere import far_field, third_atom, trapping
from lemmata.theory.monge_ampere.notation import tau
from lemmata.theory.verdict import Verdict

from .decided import NEARLY, assert_refuted, assert_replays, assert_vanish

NORMAL = NormalDist()


@pytest.mark.parametrize(
    "derive",
    [
        third_atom.derive_share_ceiling,
        third_atom.derive_drift_bound,
        far_field.derive_far_field,
        far_field.derive_border_mass,
        far_field.derive_drift_vanishes,
    ],
)
def test_derivations_replay(derive: Callable[[], Derivation]) -> None:
    assert_replays(derive())


def test_the_third_atom_loses_too() -> None:
    found = far_field.derive_far_field(1)
    assert found.decision.verdict is Verdict.PROVED
    assert found.conclusion.left == trapping.other_shares[1](trapping.time)
    assert found.conclusion.hypotheses == far_field.derive_far_field().conclusion.hypotheses


def test_leads_and_traps() -> None:
    assert_vanish(trapping.gain_residuals(trapping.gain_velocity()))
    assert_refuted(trapping.gain_residuals(NEARLY * trapping.gain_velocity()))
    found = trapping.derive_trapped()
    assert found.concludes(trapping.trapped_statement(trapping.level)).verdict is Verdict.PROVED
    assert found.concludes(trapping.trapped_statement(NEARLY * trapping.level)).verdict is Verdict.UNDECIDED
    wins = trapping.derive_trapped_wins()
    assert wins.concludes(trapping.vanishing_statement(sp.S.Zero)).verdict is Verdict.PROVED
    assert wins.concludes(trapping.vanishing_statement(NEARLY)).verdict is Verdict.REFUTED


def test_mass_drift() -> None:
    assert_vanish(third_atom.mass_drift_residuals(third_atom.mass_drift()))
    assert_refuted(third_atom.mass_drift_residuals(sp.S.Zero))
    assert_refuted(third_atom.mass_drift_residuals(NEARLY * third_atom.mass_drift()))


def test_border_share() -> None:
    share = third_atom.border_share()
    assert_vanish(third_atom.border_share_residuals(share))
    assert_refuted(third_atom.border_share_residuals(1 - share))
    assert_refuted(third_atom.border_share_residuals(NEARLY * share))


def test_share_ceiling() -> None:
    ceiling = third_atom.share_ceiling()
    assert_vanish(third_atom.share_ceiling_residuals(ceiling))
    assert_refuted(third_atom.share_ceiling_residuals(ceiling.subs(tau, NEARLY * tau)))
    assert_refuted(third_atom.share_ceiling_residuals(-ceiling))


def test_leads_are_those_of_the_posterior_masses() -> None:
    assert_vanish(far_field.lead_residuals())


def test_bounds_are_those_that_were_derived() -> None:
    border = -trapping.trap_time * third_atom.separation / 4
    claims = {
        far_field.derive_mass_stays: (far_field.mass_statement, far_field.mass_ceiling(), sp.Rational(1, 2)),
        far_field.derive_side: (far_field.side_statement, border, NEARLY * border),
        far_field.derive_leads: (far_field.lead_statement, far_field.trap_level(), 2 * far_field.trap_level()),
    }
    for derive, (stated, true, false) in claims.items():
        assert derive().concludes(stated(true)).verdict is Verdict.PROVED
        assert derive().concludes(stated(false)).verdict is Verdict.UNDECIDED


def test_limits() -> None:
    mass, drift = far_field.derive_border_mass(), far_field.derive_drift_vanishes()
    assert mass.concludes(far_field.border_mass_statement(third_atom.share)).verdict is Verdict.PROVED
    assert mass.concludes(far_field.border_mass_statement(NEARLY * third_atom.share)).verdict is Verdict.REFUTED
    assert drift.concludes(far_field.drift_statement(sp.S.Zero)).verdict is Verdict.PROVED
    assert drift.concludes(far_field.drift_statement(far_field.drift_bound)).verdict is Verdict.REFUTED


@dataclass(frozen=True)
class Side:
    """Two atoms y_i, y_j of a triangle with the third behind them, in the coordinates of the derivation."""

    separation: float
    third: tuple[float, float]
    weights: tuple[float, float, float]

    @property
    def atoms(self) -> np.ndarray:
        return np.array([[-self.separation / 2, 0.0], [self.separation / 2, 0.0], self.third])

    @property
    def share(self) -> float:
        first, second, _ = self.weights
        return float(third_atom.border_share().subs(dict(zip(third_atom.weights, (first, second, 0), strict=True))))

    def trap_time(self, offset: float) -> float:
        """Return a tau_0 at which the mass at the border is above Phi(c) and the level is a trap."""
        d, y = self.separation, self.atoms
        pull = max(0.0, float((y[0] - y[2]) @ (y[0] - y[1])))
        squares = ((y[0] - y[1:]) ** 2).sum(-1)
        ratios = np.array(self.weights[1:]) / self.weights[0]
        for time in np.arange(0.5, 60, 0.5):
            shrunk = np.exp(-(time**2) * d**2 / 8)
            pulls = np.array([[squares[0], pull], [pull, squares[1]]]) @ ratios * shrunk
            if (pulls <= squares / 2).all() and self.border_mass(float(time)) > NORMAL.cdf(offset) + 0.01:
                return float(time)
        raise AssertionError("no tau_0 was found")

    def border_mass(self, time: float) -> float:
        step = time * self.separation / 4
        return self.share * NORMAL.cdf(step) + (1 - self.share) * NORMAL.cdf(-3 * step)

    def far_enough(self, offset: float) -> float:
        """Return the distance R from which on the conditions of the derivation hold."""
        y, time = self.atoms, self.trap_time(offset)
        bound = float((y @ y[2]).max())
        spread = max(0.0, bound + self.separation**2 / 8 - float(y[2] @ y[2]) / 2)
        drift = (abs(y[2, 0]) + self.separation / 2) / np.sqrt(2 * np.pi)
        constant = self.weights[2] / (2 * np.sqrt(self.weights[0] * self.weights[1]))
        rate = drift * constant / (self.border_mass(time) - NORMAL.cdf(offset))
        return float(max(0.0, (rate + spread * time + offset * y[2, 0]) / -y[2, 1]))

    def label(self, start: tuple[float, float], end: float = 60.0) -> int:
        """Return the atom that the flow ends at."""
        return int(((self.followed(start, end) / end - self.atoms) ** 2).sum(-1).argmin())

    def followed(self, start: tuple[float, float], end: float, steps: int = 6000) -> np.ndarray:
        """Return where the flow is at `end`, by the classical Runge-Kutta method with growing steps."""
        atoms, weights = self.atoms, np.array(self.weights)

        def velocity(at: np.ndarray, time: float) -> np.ndarray:
            logs = time * atoms @ at - time**2 * (atoms**2).sum(-1) / 2
            shares = weights * np.exp(logs - logs.max())
            return shares @ atoms / shares.sum()

        times, place = end * np.linspace(0, 1, steps + 1) ** 2, np.array(start)
        for time, after in pairwise(times):
            h = after - time
            first = velocity(place, time)
            second = velocity(place + h / 2 * first, time + h / 2)
            third = velocity(place + h / 2 * second, time + h / 2)
            fourth = velocity(place + h * third, time + h)
            place = place + h / 6 * (first + 2 * second + 2 * third + fourth)
        return place


SIDES = (
    Side(2.0, (0.0, -1.2), (1 / 3, 1 / 3, 1 / 3)),
    Side(2.0, (1.8, -0.5), (0.2, 0.5, 0.3)),
    Side(1.3, (0.1, -0.25), (0.6, 0.1, 0.3)),
)


@pytest.mark.parametrize("side", SIDES)
def test_flow_ends_at_the_atom_on_its_side_of_the_offset(side: Side) -> None:
    border = NORMAL.inv_cdf(side.share)
    mirrored = Side(
        side.separation, (-side.third[0], side.third[1]), (side.weights[1], side.weights[0], side.weights[2])
    )
    for gap in (0.15, 0.6):
        below = border - gap
        assert side.label((below, side.far_enough(below))) == 0
        # The other side is this one with the names of y_i and y_j exchanged.
        above = NORMAL.inv_cdf(mirrored.share) - gap
        assert above == pytest.approx(-(border + gap), abs=1e-9)
        assert side.label((-above, mirrored.far_enough(above))) == 1


@pytest.mark.parametrize("side", SIDES)
def test_flow_satisfies_the_bounds_at_the_distance_that_they_ask_for(side: Side) -> None:
    offset = NORMAL.inv_cdf(side.share) - 0.3
    time, distance = side.trap_time(offset), side.far_enough(offset)
    place = side.followed((offset, distance), time)
    shifts = time * side.separation / 2 * np.array([1, -1])
    mass = np.array([side.share, 1 - side.share]) @ [NORMAL.cdf(place[0] + s) for s in shifts]
    assert mass <= side.border_mass(time)
    assert place[0] <= -time * side.separation / 4
    away = side.atoms[0] - side.atoms[1:]
    leads = away @ place - time * ((side.atoms[0] ** 2).sum() - (side.atoms[1:] ** 2).sum(-1)) / 2
    assert (leads > time * side.separation**2 / 8).all()


def test_near_the_triangle_the_border_has_another_offset() -> None:
    side = SIDES[1]
    border = NORMAL.inv_cdf(side.share)
    assert side.label((border - 0.15, 0.0)) != 0
