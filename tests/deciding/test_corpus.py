"""The kernel against the corpus: no wrong verdict, proofs replay, witnesses recheck, and the rates do not fall."""

from collections import Counter
from collections.abc import Callable

import pytest
import sympy as sp

from lemmata.theory.decide import decide_zero
from lemmata.theory.deciding.refute import recheck
from lemmata.theory.replay import replay
from lemmata.theory.verdict import Certificate, Verdict, Witness

from .corpus import TOPICS, entries, traps
from .verdicts import Answer, answers

LEAST_PROVED = 0.98
LEAST_REFUTED = 0.995
"""Rates measured when the gate was set, rounded down; they may only rise."""

FEWEST_IDENTITIES = 250


def everything() -> list[Answer]:
    return [answer for topic in TOPICS for answer in answers(topic)]


def test_corpus_is_large_and_no_entry_is_decided_by_construction() -> None:
    names = [(topic, each.id) for topic in TOPICS for each in entries(topic)]
    assert len(names) == len(set(names)) >= FEWEST_IDENTITIES
    for topic in TOPICS:
        for each in entries(topic):
            assert each.true is not sp.S.Zero, each.id
            assert not each.false.is_number or not each.false.is_Rational, each.id
            assert not each.true.has(sp.Float), each.id
            assert not each.false.has(sp.Float), each.id


@pytest.mark.parametrize("topic", TOPICS)
def test_no_verdict_is_wrong(topic: str) -> None:
    for answer in answers(topic):
        wrong = Verdict.REFUTED if answer.truth else Verdict.PROVED
        assert answer.decision.verdict is not wrong, (answer.name, answer.expression, answer.decision)


@pytest.mark.parametrize("topic", TOPICS)
def test_proofs_replay_from_their_text(topic: str) -> None:
    for answer in answers(topic):
        certificate = answer.decision.certificate
        if certificate is not None:
            replay(Certificate.from_json(certificate.to_json()), claim=answer.expression, hypotheses=answer.hypotheses)


@pytest.mark.parametrize("topic", TOPICS)
def test_witnesses_recheck_from_their_text(topic: str) -> None:
    for answer in answers(topic):
        witness = answer.decision.witness
        if witness is not None:
            again = Witness.from_json(witness.to_json())
            assert recheck(answer.expression, answer.hypotheses, again), (answer.name, witness)


def test_rates_do_not_fall(record_property: Callable[[str, object], None]) -> None:
    verdicts = Counter((answer.truth, answer.decision.verdict) for answer in everything())
    identities = sum(count for (truth, _), count in verdicts.items() if truth)
    twins = sum(count for (truth, _), count in verdicts.items() if not truth)
    proved, refuted = verdicts[True, Verdict.PROVED], verdicts[False, Verdict.REFUTED]
    record_property("undecided identities", identities - proved)
    record_property("undecided twins", twins - refuted)
    print(f"\nproved {proved} of {identities} identities, refuted {refuted} of {twins} twins")
    for answer in everything():
        if answer.decision.verdict is Verdict.UNDECIDED:
            print(f"undecided: {answer.name}: {answer.decision.reason}")
    assert proved >= LEAST_PROVED * identities
    assert refuted >= LEAST_REFUTED * twins


@pytest.mark.parametrize("name", traps())
def test_nothing_follows_where_no_point_is_admissible(name: str) -> None:
    expression, hypotheses = traps()[name]
    decision = decide_zero(expression, hypotheses)
    assert decision.verdict is Verdict.UNDECIDED, decision
