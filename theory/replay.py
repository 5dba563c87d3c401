"""Replay certificates without the code that made them: one replayer for each kind of certificate.

The kinds `identity`, `sign` and `all` (several certificates, by name) are replayed here; a module that makes
certificates of another kind registers a replayer for it with `register_replayer`.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, final

import sympy as sp
from sympy.logic.boolalg import Boolean

from .deciding.canonical_text import rebuild, write_exactly
from .deciding.gaussian import Unsupported
from .deciding.jets import to_jets
from .deciding.replay import MALFORMED, ReplayError, replay_identity
from .verdict import Certificate, Json

__all__ = ["REPLAYERS", "ReplayError", "ReplayReport", "register_replayer", "replay", "replay_goal"]


@final
@dataclass(frozen=True, slots=True)
class ReplayReport:
    """What a replayed certificate proves: a claim, its goal (`=0`, `>0`, ...) and its hypotheses, as text."""

    kind: str
    claim: str
    goal: str
    hypotheses: tuple[str, ...]


Replayer = Callable[[Mapping[str, Json]], ReplayReport]
REPLAYERS: dict[str, Replayer] = {}
"""The replayer of each kind of certificate."""


def register_replayer(kind: str) -> Callable[[Replayer], Replayer]:
    """Make a function the replayer of a kind of certificate; used as a decorator.

    The function takes the payload and raises `ReplayError` where it proves nothing.
    """

    def register(replayer: Replayer) -> Replayer:
        if kind in REPLAYERS:
            raise ValueError(f"certificates of kind {kind!r} have a replayer already")
        REPLAYERS[kind] = replayer
        return replayer

    return register


def _report(kind: str, payload: Mapping[str, Json]) -> ReplayReport:
    replay_identity(payload)
    if (payload["goal"] == "=0") != (kind == "identity"):
        raise ReplayError(f"a certificate of kind {kind} does not prove {payload['goal']}")
    return ReplayReport(kind, payload["claim"], payload["goal"], tuple(payload["hypotheses"]))


@register_replayer("identity")
def _identity(payload: Mapping[str, Json]) -> ReplayReport:
    return _report("identity", payload)


@register_replayer("sign")
def _sign(payload: Mapping[str, Json]) -> ReplayReport:
    return _report("sign", payload)


@register_replayer("all")
def _all(payload: Mapping[str, Json]) -> ReplayReport:
    """Replay a certificate of several parts, each under a name."""
    if set(payload) != {"parts"} or not payload["parts"]:
        raise ReplayError("not a certificate of several parts")
    reports = {name: replay(Certificate.from_json(part)) for name, part in sorted(payload["parts"].items())}
    hypotheses = dict.fromkeys(text for report in reports.values() for text in report.hypotheses)
    claim = "; ".join(f"{name}: {report.claim} {report.goal}" for name, report in reports.items())
    return ReplayReport("all", claim, "", tuple(hypotheses))


def replay(certificate: Certificate, *, claim: Any = None, hypotheses: Iterable[Boolean] = ()) -> ReplayReport:
    """Check a certificate from nothing but itself; return what it proves.

    **Arguments:** where `claim` is given (`identity` and `sign` only), the certificate has to be one for this very
    expression under no hypotheses other than `hypotheses`.

    **Raises:** `ReplayError` where it does not hold, is of an unknown kind or proves something else.
    """
    replayer = REPLAYERS.get(certificate.kind) if isinstance(certificate.kind, str) else None
    if replayer is None:
        raise ReplayError(f"no replayer for certificates of kind {certificate.kind!r}")
    try:
        report = replayer(certificate.payload)
    except ReplayError:
        raise
    except MALFORMED as error:
        raise ReplayError(f"not a certificate of kind {certificate.kind!r}: {error}") from error
    if claim is not None:
        _require_claim(report, sp.sympify(claim), hypotheses)
    return report


def _require_claim(report: ReplayReport, claim: sp.Expr, hypotheses: Iterable[Boolean]) -> None:
    try:
        text = write_exactly(rebuild(to_jets(claim)))
        given = {write_exactly(rebuild(to_jets(sp.sympify(h)))) for h in hypotheses}
    except Unsupported as error:
        raise ReplayError(f"the claim has no text: {error}") from error
    if report.claim != text:
        raise ReplayError("the certificate is for another claim")
    if not set(report.hypotheses) <= given:
        raise ReplayError("the certificate uses hypotheses that are not given")


def replay_goal(certificate: Certificate, expression: Any, goal: str, hypotheses: Iterable[Boolean] = ()) -> bool:
    """Say whether a certificate proves that `expression` has the sign `goal` under `hypotheses`."""
    try:
        report = replay(certificate, claim=expression, hypotheses=hypotheses)
    except ReplayError:
        return False
    return report.goal == goal
