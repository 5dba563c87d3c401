"""Late starts: the derivation replays, says what it says, and no less would do."""

import sympy as sp

from lemmata.theory.monge_ampere import late_start as module
from lemmata.theory.verdict import Verdict

from .decided import NEARLY, assert_replays


def test_the_derivation_replays_and_ends_in_the_reach() -> None:
    found = module.derive_late_start()
    assert_replays(found)
    assert found.concludes(module.late_statement(module.late_reach())).verdict is Verdict.PROVED
    assert found.concludes(module.late_statement(module.late_reach() / NEARLY)).verdict is not Verdict.PROVED


def test_one_atom_moves_as_far_as_the_bound_says() -> None:
    # du/dtau = R from u = 0 at tau_T = 0.
    values = {module.first_time: 0, module.delay: 2, module.length: 0, module.longest: 3}
    assert module.late_reach().subs(values) == 6
    # An atom at 0: u stays at sqrt(1 + tau_T^2) x, whose excess over x is the bound to leading order.
    values = {module.delay: 0, module.length: 1, module.longest: 0}
    excess = sp.sqrt(1 + module.first_time**2) - 1
    assert sp.limit(excess / module.late_reach().subs(values), module.first_time, 0) == 1
