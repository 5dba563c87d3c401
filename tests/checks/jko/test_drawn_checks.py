"""Every check with numbers passes whatever the seed, resolves what it says, and kills a near control."""

from collections.abc import Iterator

import pytest

from lemmata.checks.controls import PASSES, examine
from lemmata.checks.evidence import Kind
from lemmata.checks.trial import Effort, Run, derive_seed

from .proved_claims import PROVED

COARSEST = 0.01
"""Relative change of a formula that every check here still refutes: that of the near controls."""


def drawn_checks() -> Iterator[tuple[str, str]]:
    for name, claim in PROVED.items():
        yield from ((name, check.name) for check in claim.checks if check.kind is not Kind.DERIVATION)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(("identifier", "name"), list(drawn_checks()))
def test_drawn_checks_support_the_claim_and_kill_a_near_control(identifier: str, name: str, seed: int) -> None:
    claim = PROVED[identifier]
    check = next(check for check in claim.checks if check.name == name)
    run = Run(effort=Effort.QUICK, seed=derive_seed(seed, identifier, name))
    evidence = examine(claim, check, None, run).evidence
    assert evidence.verdict in PASSES, (evidence.reason, evidence.witness)
    assert evidence.resolution is not None
    assert evidence.resolution < COARSEST
    near = [control for control, variant in claim.controls.items() if variant.near]
    assert any(examine(claim, check, control, run).kills for control in near)
