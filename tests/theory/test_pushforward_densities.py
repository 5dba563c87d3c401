"""Change of variables and the evidence lower bound, with variants that are nearly right."""

import math

import pytest
import sympy as sp

from lemmata.theory.pushforward import densities as theory
from lemmata.theory.verdict import Verdict

from .decided import NEARLY, assert_refuted, assert_replays, assert_vanish


def test_pushed_density() -> None:
    assert_vanish(theory.pushed_density_residuals(theory.pushed_density()))
    for wrong in (
        theory.base * theory.jacobian,
        theory.base / sp.Abs(theory.jacobian),
        NEARLY * theory.pushed_density(),
    ):
        assert_refuted(theory.pushed_density_residuals(wrong))


def test_evidence() -> None:
    known = theory.divergence_term()
    assert_vanish(theory.evidence_residuals(known))
    reverse = sp.log(theory.posterior() / theory.encoder)
    for wrong in (reverse, NEARLY * known, sp.log(theory.encoder / theory.joint)):
        assert_refuted(theory.evidence_residuals(wrong))


def test_gap() -> None:
    found = theory.derive_gap()
    assert_replays(found)
    assert found.concludes(theory.gap_statement(sp.S.One)).verdict is Verdict.PROVED
    assert found.concludes(theory.gap_statement(NEARLY)).verdict is not Verdict.PROVED


def test_evidence_of_three_latent_values() -> None:
    joint, encoder = [0.12, 0.30, 0.05], [0.5, 0.2, 0.3]
    evidence = sum(joint)
    bound = sum(q * math.log(p / q) for p, q in zip(joint, encoder, strict=True))
    gap = sum(q * math.log(q * evidence / p) for p, q in zip(joint, encoder, strict=True))
    assert bound + gap == pytest.approx(math.log(evidence), abs=1e-14)
    assert gap > 0
    terms = [
        theory.bound_term().subs({theory.joint: p, theory.encoder: q, theory.evidence: evidence})
        for p, q in zip(joint, encoder, strict=True)
    ]
    assert sum(q * float(term) for q, term in zip(encoder, terms, strict=True)) == pytest.approx(bound, abs=1e-12)
