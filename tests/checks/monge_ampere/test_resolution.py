"""Numeric checks refute changes far below the near controls, and none below what they state."""

from dataclasses import replace

import pytest
from sympy import Expr, Rational

from lemmata.checks.builders import Check
from lemmata.checks.claim import Claim
from lemmata.checks.monge_ampere.gaussian_data import prior_map_gaussian
from lemmata.checks.monge_ampere.line_data import prior_map_1d
from lemmata.checks.monge_ampere.prior_error import prior_error_decay
from lemmata.checks.trial import Effort, Run
from lemmata.theory.verdict import Verdict

RUN = Run(effort=Effort.QUICK, seed=5)


def check_of(claim: Claim, name: str) -> Check:
    (check,) = (check for check in claim.checks if check.name == name)
    assert isinstance(check, Check)
    return check


def scaled(claim: Claim, part: str, change: Rational) -> object:
    """Return the claimed formula, or one part of it, times 1 + change."""
    value = claim.formula()
    if isinstance(value, Expr):
        return value * (1 + change)
    return replace(value, **{part: getattr(value, part) * (1 + change)})


@pytest.mark.parametrize(
    ("claim", "name", "part", "sign"),
    [
        (prior_error_decay, "Gaussian laws", "", -1),
        (prior_map_1d, "jumps at Gaussian quantiles", "weight", 1),
        (prior_map_gaussian, "cost of the flow map", "flow_map", 1),
    ],
)
def test_a_check_resolves_what_it_states(claim: Claim, name: str, part: str, sign: int) -> None:
    check = check_of(claim, name)
    stated = check(claim.formula, RUN).resolution
    assert stated is not None
    assert 0 < stated < 1e-8
    # The stated resolution is that of the best instance; one part in 1e5 is far above it at every one.
    large = check(lambda: scaled(claim, part, sign * Rational(1, 10**5)), RUN)
    assert large.verdict is Verdict.REFUTED
    small = check(lambda: scaled(claim, part, sign * Rational(1, 10**18)), RUN)
    assert small.verdict is Verdict.SUPPORTED
