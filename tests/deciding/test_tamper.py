"""A certificate that was changed proves nothing, whoever recomputed its seal.

With the seal as it was, no change of any field replays. With the seal recomputed, what still replays may differ from
the original in free choices alone: another admissible point, the name of a new symbol, an unused generator, the order
of generators or factors, a hypothesis that the proof does not need.
"""

import random
from collections import Counter
from functools import cache
from typing import Any

import pytest
import sympy as sp

from lemmata.theory.decide import prepare
from lemmata.theory.deciding.canonical_text import write_exactly
from lemmata.theory.deciding.certificate import seal_of
from lemmata.theory.deciding.gaussian import Unsupported
from lemmata.theory.replay import ReplayError, ReplayReport, replay
from lemmata.theory.verdict import Certificate, Json, canonical_json

from .corpus import TOPICS, entries
from .tampering import Path, alterations
from .verdicts import Answer, answers

CERTIFICATES_PER_TOPIC = 3
FEWEST_CERTIFICATES = 50
RESEALED_PER_CERTIFICATE = 14
FREE = ("point", "generators", "name", "names", "facts", "powers")
"""Fields in which two proofs of one claim may differ."""


def proved(topic: str) -> list[Answer]:
    """Return the proved identities of a topic with the smallest certificates."""
    found = [a for a in answers(topic) if a.truth and a.decision.certificate is not None]
    return sorted(found, key=lambda a: len(canonical_json(payload_of(a))))[:CERTIFICATES_PER_TOPIC]


def payload_of(answer: Answer) -> dict[str, Any]:
    assert answer.decision.certificate is not None
    return dict(answer.decision.certificate.to_json()["payload"])


def report_of(answer: Answer, payload: Json) -> ReplayReport | None:
    """Replay a payload as a certificate of the answer's own statement; return None where it is none."""
    try:
        return replay(Certificate("identity", payload), claim=answer.expression, hypotheses=answer.hypotheses)
    except ReplayError:
        return None


def replays(answer: Answer, payload: Json) -> bool:
    return report_of(answer, payload) is not None


def resealed(payload: dict[str, Any]) -> dict[str, Any]:
    body = {name: value for name, value in payload.items() if name != "seal"}
    return {**body, "seal": seal_of(body)}


def kind_of(path: Path) -> tuple[str, ...]:
    return tuple(step for step in path if isinstance(step, str))


def spread(changes: list[tuple[Path, Any]]) -> list[tuple[Path, Any]]:
    """Order changes so that every kind of field comes once before any comes twice."""
    seen = Counter[tuple[str, ...]]()
    ranks = []
    for path, _ in changes:
        seen[kind_of(path)] += 1
        ranks.append(seen[kind_of(path)])
    return [change for _, change in sorted(zip(ranks, changes, strict=True), key=lambda pair: pair[0])]


@cache
def subjects() -> tuple[Answer, ...]:
    return tuple(answer for topic in TOPICS for answer in proved(topic))


def test_there_are_enough_certificates_and_all_replay() -> None:
    assert len(subjects()) >= FEWEST_CERTIFICATES
    assert all(replays(answer, payload_of(answer)) for answer in subjects())


def test_no_altered_field_replays() -> None:
    altered, fields = 0, set()
    for answer in subjects():
        payload = payload_of(answer)
        original = canonical_json(payload)
        for path, changed in alterations(payload):
            if canonical_json(changed) == original:
                continue
            altered += 1
            fields.add(kind_of(path))
            assert not replays(answer, changed), (answer.name, path)
    print(f"\n{altered} alterations of {len(subjects())} certificates, {len(fields)} kinds of field: none replays")
    assert altered > 100 * len(subjects())


def test_resealed_alterations_replay_only_in_their_free_choices() -> None:
    """A seal that anybody can recompute protects nothing: what it lets through has to be a proof of the same claim."""
    draw = random.Random(0)
    tried, survived, refused = 0, Counter[tuple[str, ...]](), Counter[str]()
    for answer in subjects():
        payload = payload_of(answer)
        original = report_of(answer, payload)
        body = {name: value for name, value in payload.items() if name != "seal"}
        changes = [c for c in alterations(body) if canonical_json(c[1]) != canonical_json(body)]
        draw.shuffle(changes)
        for path, changed in spread(changes)[:RESEALED_PER_CERTIFICATE]:
            tried += 1
            report = report_of(answer, resealed(changed))
            if report is None:
                refused[answer.name] += 1
                continue
            survived[kind_of(path)] += 1
            assert any(field in FREE for field in path), (answer.name, path, changed)
            assert report == original, (answer.name, path, changed)
    print(
        f"\n{tried} resealed alterations of {len(subjects())} certificates: {refused.total()} refused, "
        f"{survived.total()} other proofs of the same claim under the same hypotheses: {dict(survived)}"
    )
    assert tried >= 10 * len(subjects())
    assert set(refused) == {answer.name for answer in subjects()}


@pytest.mark.parametrize("topic", TOPICS)
def test_no_proof_carries_over_to_the_false_twin(topic: str) -> None:
    twins = {each.id: each for each in entries(topic)}
    by_name = {answer.name: answer for answer in answers(topic)}
    for name, each in twins.items():
        certificate = by_name[name].decision.certificate
        if certificate is None:
            continue
        try:
            claim, hypotheses = prepare(each.false, each.false_hypotheses)
        except Unsupported:
            continue
        statement = {"claim": write_exactly(claim), "hypotheses": [write_exactly(h) for h in hypotheses]}
        payload = resealed({**payload_of(by_name[name]), **statement})
        assert not replays(by_name[f"{name} (twin)"], payload), name


def test_a_certificate_speaks_for_its_own_claim_and_hypotheses() -> None:
    for answer in subjects():
        assert answer.decision.certificate is not None
        with pytest.raises(ReplayError):
            replay(answer.decision.certificate, claim=answer.expression + sp.Symbol("x"), hypotheses=answer.hypotheses)
        if answer.hypotheses and payload_of(answer)["hypotheses"]:
            with pytest.raises(ReplayError):
                replay(answer.decision.certificate, claim=answer.expression)
        with pytest.raises(ReplayError):
            replay(Certificate("enclosure of nothing", payload_of(answer)))


@pytest.mark.parametrize("value", [None, 1, "text", [], {}, {"claim": 1}, {"proof": {}}, [[[]]], True, 1.5])
def test_nonsense_is_rejected(value: Json) -> None:
    with pytest.raises(ReplayError):
        replay(Certificate("identity", value))
