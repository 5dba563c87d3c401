"""Residuals as a check decides them: all of a true formula's vanish, and one of a false formula's is refuted."""

from collections.abc import Iterable, Mapping
from typing import Any

import sympy as sp

from lemmata.theory.decide import decide_zero
from lemmata.theory.derivation import Derivation
from lemmata.theory.replay import replay
from lemmata.theory.verdict import Verdict

NEARLY = sp.Rational(101, 100)


def verdicts(residuals: Mapping[str, Any], hypotheses: Iterable[Any] = ()) -> dict[str, Verdict]:
    return {name: decide_zero(residual, hypotheses).verdict for name, residual in residuals.items()}


def assert_vanish(residuals: Mapping[str, Any], hypotheses: Iterable[Any] = ()) -> None:
    found = verdicts(residuals, hypotheses)
    assert set(found.values()) == {Verdict.PROVED}, found


def assert_refuted(residuals: Mapping[str, Any], hypotheses: Iterable[Any] = ()) -> None:
    found = verdicts(residuals, hypotheses)
    assert Verdict.REFUTED in found.values(), found


def assert_replays(derivation: Derivation) -> None:
    decision = derivation.decision
    assert decision.verdict is Verdict.PROVED, decision.reason
    assert decision.certificate is not None
    assert replay(decision.certificate).kind == "derivation"
