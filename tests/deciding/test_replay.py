"""A certificate proves its own claim and no other: tampered, resealed, reworded or misattributed ones are refused."""

import copy
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import sympy as sp

from lemmata.theory.decide import decide_sign, decide_zero
from lemmata.theory.deciding.canonical_text import read_exactly
from lemmata.theory.deciding.certificate import seal_of
from lemmata.theory.deciding.refute import refute
from lemmata.theory.deciding.replay import replay_identity
from lemmata.theory.derivation import Derivation
from lemmata.theory.replay import REPLAYERS, ReplayError, replay, replay_goal
from lemmata.theory.verdict import Certificate, Json, Verdict

x, y = sp.symbols("x y", real=True)
p, q = sp.symbols("p q", positive=True)
m = sp.Symbol("m", real=True)
z = sp.Symbol("z")
f = sp.Function("f", real=True)

CLAIMS: dict[str, tuple[sp.Expr, tuple[Any, ...]]] = {
    "double angle": (sp.sin(2 * z) - 2 * sp.sin(z) * sp.cos(z), ()),
    "roots and logarithms": (sp.log(sp.sqrt(p * q**3)) - sp.log(p) / 2 - 3 * sp.log(q) / 2, ()),
    "shift": (p ** (1 / (m - 1)) * p - p ** (m / (m - 1)) + sp.sqrt(m - 1) ** 2 - m + 1, (m > 1,)),
    "cases": (sp.Max(x, y) - (x + y + sp.Abs(x - y)) / 2, ()),
    "derivative": (sp.atan(p) + sp.atan(1 / p) - sp.pi / 2, ()),
    "equation": (f(x).diff(x, 2) * f(x) + y, (sp.Eq(y, -f(x) * f(x).diff(x, 2)),)),
    "constants": (sp.sqrt(5 + 2 * sp.sqrt(6)) - sp.sqrt(2) - sp.sqrt(3), ()),
    "parts": (sp.Abs(z) ** 2 - sp.re(z) ** 2 - sp.im(z) ** 2, ()),
    "circle": (sp.atan(2 * sp.sqrt(2)) - 2 * sp.atan(sp.sqrt(2) / 2), ()),
}


def prove(name: str) -> Certificate:
    decision = decide_zero(*CLAIMS[name])
    assert decision.verdict is Verdict.PROVED, decision
    assert decision.certificate is not None
    return decision.certificate


def altered(value: Json) -> Iterator[Json]:
    """Yield a value with one leaf, key or item changed."""
    match value:
        case bool():
            yield not value
        case int():
            yield value + 1
            yield value - 1
        case None:
            yield 0
        case str():
            yield value + "0"
            yield value.replace("1", "2", 1) if "1" in value else value + " "
            for swap in ("Symbol('x'", "Integer(2)", "g1"):
                if swap in value:
                    yield value.replace(swap, {"S": "Symbol('t'", "I": "Integer(3)", "g": "g0"}[swap[0]], 1)
        case list():
            for place, item in enumerate(value):
                for other in altered(item):
                    yield [*value[:place], other, *value[place + 1 :]]
                yield [*value[:place], *value[place + 1 :]]
            yield [*value, 0]
        case dict():
            for key, item in value.items():
                for other in altered(item):
                    yield {**value, key: other}
                yield {k: v for k, v in value.items() if k != key}
            yield {**value, "more": 1}


@pytest.mark.parametrize("name", CLAIMS)
def test_certificate_replays_for_its_claim_alone(name: str) -> None:
    claim, hypotheses = CLAIMS[name]
    certificate = prove(name)
    replay(certificate, claim=claim, hypotheses=hypotheses)
    with pytest.raises(ReplayError, match="another claim"):
        replay(certificate, claim=claim + 1, hypotheses=hypotheses)
    if hypotheses:
        with pytest.raises(ReplayError, match="not given"):
            replay(certificate, claim=claim)


@pytest.mark.parametrize("name", CLAIMS)
def test_every_alteration_is_refused(name: str) -> None:
    certificate = prove(name)
    alterations = list(altered(copy.deepcopy(dict(certificate.payload))))
    assert len(alterations) > 20
    for payload in alterations:
        with pytest.raises(ReplayError):
            replay(Certificate(certificate.kind, payload))


@pytest.mark.parametrize("name", CLAIMS)
def test_resealed_alteration_proves_nothing_false(name: str) -> None:
    certificate = prove(name)
    refused = 0
    alterations = list(altered({k: v for k, v in certificate.payload.items() if k != "seal"}))
    for payload in alterations[:: max(1, len(alterations) // 60)]:
        try:
            report = replay(Certificate(certificate.kind, {**payload, "seal": seal_of(payload)}))
        except ReplayError:
            refused += 1
            continue
        hypotheses = [read_exactly(text) for text in report.hypotheses]
        assert refute(read_exactly(report.claim), hypotheses, points=20, seed=5) is None, payload
    assert refused > 0


NONSENSE: tuple[Json, ...] = (None, True, -1, 10**30, 0.5, "", "(", "g0^99999", [], [[]], {}, {"rule": "split"})


def replaced(value: Json) -> Iterator[Json]:
    """Yield a value with each of its parts, leaf or branch, replaced by nonsense."""
    yield from NONSENSE
    match value:
        case list():
            for place, item in enumerate(value):
                yield from ([*value[:place], other, *value[place + 1 :]] for other in replaced(item))
        case dict():
            for key, item in value.items():
                yield from ({**value, key: other} for other in replaced(item))


def refused(kind: str, body: dict[str, Json]) -> int:
    """Replay every replacement under a seal of its own; return how many are refused."""
    count = 0
    for part in [name for name in body if name != "seal"]:
        for other in replaced(body[part]):
            payload = {name: other if name == part else item for name, item in body.items() if name != "seal"}
            try:
                replay(Certificate(kind, {**payload, "seal": seal_of(payload)}))
            except ReplayError:
                count += 1
    return count


def test_malformed_identity_is_refused_in_so_many_words() -> None:
    machin = decide_zero(4 * sp.atan(sp.Rational(1, 5)) - sp.atan(sp.Rational(1, 239)) - sp.pi / 4).certificate
    assert machin is not None
    body = {name: item for name, item in machin.to_json()["payload"].items() if name != "seal"}
    *generators, arc_tangent = body["proof"]["generators"]
    assert arc_tangent[0] == "call"
    without_argument = {**body, "proof": {**body["proof"], "generators": [*generators, [*arc_tangent[:2], []]]}}
    with pytest.raises(ReplayError):
        replay_identity({**without_argument, "seal": seal_of(without_argument)})
    assert refused("identity", body) > 200


def test_malformed_derivation_is_refused_in_so_many_words() -> None:
    decision = Derivation("square").equal((x + y) ** 2, x**2 + 2 * x * y + y**2).decision
    assert decision.certificate is not None
    assert refused("derivation", decision.certificate.to_json()["payload"]) > 200


@pytest.mark.parametrize("payload", [*NONSENSE, {"parts": 1}, {"parts": {"a": 1}}, {"parts": {"a": {"kind": []}}}])
def test_nonsense_is_refused_under_every_kind(payload: Json) -> None:
    kinds: list[Json] = [*REPLAYERS, [], None]
    for kind in kinds:
        with pytest.raises(ReplayError):
            replay(Certificate.from_json({"kind": kind, "payload": payload}))


def test_kind_has_to_fit_the_goal() -> None:
    decision = decide_sign(x**2 + 1, ">0")
    assert decision.certificate is not None
    assert replay_goal(decision.certificate, x**2 + 1, ">0")
    assert not replay_goal(decision.certificate, x**2 + 1, ">=0")
    assert not replay_goal(decision.certificate, x**2 + 2, ">0")
    with pytest.raises(ReplayError, match="does not prove"):
        replay(Certificate("identity", decision.certificate.payload))
    with pytest.raises(ReplayError, match="no replayer"):
        replay(Certificate("hearsay", decision.certificate.payload))


def test_contradictory_hypotheses_prove_nothing() -> None:
    decision = decide_zero(x - 1, (x > 1, x < 0))
    assert decision.verdict is Verdict.UNDECIDED
    assert "no point" in decision.reason


def test_time_limit_ends_in_undecided() -> None:
    decision = decide_zero(sp.sin(z) ** 2 + sp.cos(z) ** 2 - 1, time_limit=1e-4)
    assert decision.verdict is Verdict.UNDECIDED
    assert "no answer within" in decision.reason
    decision = decide_zero(sp.sin(z) ** 2 + sp.cos(z) ** 2 - 1, time_limit=120)
    assert decision.verdict is Verdict.PROVED


SCRIPT = """
import sympy as sp
from lemmata.theory.decide import decide_zero
x, y = sp.symbols("x y", real=True)
p, q = sp.symbols("p q", positive=True)
f = sp.Function("f")
for claim in (
    sp.Max(x, y) - (x + y + sp.Abs(x - y)) / 2,
    sp.log(p**2 * q) - 2 * sp.log(p) - sp.log(q) + f(x * y).diff(x) - f(x * y).diff(x),
    f(x * y).diff(x) * x - f(x * y).diff(y) * y,
    sp.sqrt(p * q + p) - sp.sqrt(p) * sp.sqrt(q + 1),
    sp.exp(p + q) - sp.exp(p) * sp.exp(2 * q),
):
    decision = decide_zero(claim)
    print(decision.verdict, decision.certificate and decision.certificate.digest, decision.witness)
"""


def test_answers_do_not_depend_on_the_hash_seed() -> None:
    answers = set()
    for seed in ("0", "271828"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)}
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT], env=environment, capture_output=True, text=True, check=True
        )
        answers.add(done.stdout)
    (only,) = answers
    assert only.count("proved") == 4
