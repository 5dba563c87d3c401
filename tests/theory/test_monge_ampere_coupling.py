"""The contraction towards N(0, I): derived, no sharper, and attained by shifted normal data."""

import numpy as np
import pytest
import sympy as sp

from lemmata.theory.expectation import Independent, StandardNormal
from lemmata.theory.monge_ampere import coupling
from lemmata.theory.monge_ampere.notation import horizon
from lemmata.theory.monge_ampere.ornstein_uhlenbeck import d, data, noise
from lemmata.theory.verdict import Verdict

from .decided import NEARLY, assert_replays


def test_derivation_replays() -> None:
    assert_replays(coupling.derive_prior_error())


def test_conclusion_and_what_it_assumes() -> None:
    found = coupling.derive_prior_error()
    assert found.concludes(coupling.prior_error_statement(coupling.contraction())).verdict is Verdict.PROVED
    assert found.concludes(coupling.prior_error_statement(2 * coupling.contraction())).verdict is Verdict.PROVED
    normal = coupling.normal
    assert set(found.conclusion.hypotheses) == {
        Independent(data, noise),
        Independent(normal, noise),
        StandardNormal(normal, d),
        StandardNormal(noise, d),
    }


@pytest.mark.parametrize("factor", [coupling.contraction() / NEARLY, sp.exp(-2 * horizon)])
def test_a_faster_contraction_does_not_follow(factor: sp.Expr) -> None:
    found = coupling.derive_prior_error().concludes(coupling.prior_error_statement(factor))
    assert found.verdict is Verdict.UNDECIDED


@pytest.mark.parametrize("time", [0.5, 2.0])
def test_shifted_normal_data_attain_the_contraction(time: float) -> None:
    shift = np.array([0.3, -1.2])
    before, after = np.linalg.norm(shift), np.linalg.norm(np.exp(-time) * shift)
    assert float(coupling.contraction().subs(horizon, time)) * before == pytest.approx(after, rel=1e-14)
