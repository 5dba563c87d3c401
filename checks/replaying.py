"""Replay certificates of every kind that evidence carries, without the code that found them.

    identity, sign   theory/replay.py
    derivation       theory/derivation.py: every rule applied again, every obligation's certificate replayed
    enclosure        theory/kinetic_optimal/enclosures.py: the same decimals by a second method
    all              several certificates by name, each replayed

Importing this module registers a replayer for each.
"""

from collections.abc import Mapping

from ..theory import derivation  # noqa: F401 - importing it registers its replayer
from ..theory.kinetic_optimal.enclosures import replay_enclosure
from ..theory.replay import ReplayError, ReplayReport, register_replayer, replay
from ..theory.verdict import Certificate, Json

__all__ = ["ReplayError", "ReplayReport", "replay"]


@register_replayer("all")
def _replay_all(payload: Mapping[str, Json]) -> ReplayReport:
    """Replay several certificates, of which there has to be at least one."""
    try:
        parts = {name: Certificate.from_json(value) for name, value in payload["parts"].items()}
    except (KeyError, TypeError, AttributeError) as error:
        raise ReplayError(f"not certificates by name: {error!r}") from error
    if not parts:
        raise ReplayError("no certificates inside")
    proved = []
    for name, part in parts.items():
        try:
            proved.append(replay(part))
        except ReplayError as error:
            raise ReplayError(f"{name}: {error}") from error
    hypotheses = dict.fromkeys(h for report in proved for h in report.hypotheses)
    claims = "; ".join(f"{report.claim} {report.goal}" for report in proved)
    return ReplayReport("all", claims, "each", tuple(hypotheses))


@register_replayer("enclosure")
def _replay_enclosure(payload: Mapping[str, Json]) -> ReplayReport:
    """Find the decimals again by the second method."""
    try:
        holds = replay_enclosure(payload)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ReplayError(f"not an enclosure: {error}") from error
    if not holds:
        raise ReplayError("the second method finds other decimals")
    claim = f"{payload['quantity']} at {payload['signal']}"
    return ReplayReport("enclosure", claim, f"= {payload['decimals']}e-{payload['digits']}", ())
