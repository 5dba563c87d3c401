"""Replay certificates of every kind that evidence carries, without the code that found them.

Kinds are registered by the modules of `theory` that make such certificates; here they are all imported, and whatever a
malformed certificate makes a replayer stumble over counts as a certificate that does not hold.
"""

from importlib import import_module

from ..theory.replay import ReplayError, ReplayReport, replay
from ..theory.verdict import Certificate

REGISTERING = ("lemmata.theory.derivation", "lemmata.theory.kinetic_optimal.enclosures")
"""Modules that register a replayer of their own; `theory.replay` itself has those for identities and signs."""

__all__ = ["REGISTERING", "ReplayError", "ReplayReport", "replay_certificate"]


def replay_certificate(certificate: Certificate) -> ReplayReport:
    """Check a certificate from nothing but itself, and return what it proves.

    **Raises:** `ReplayError` where it does not hold, is of an unknown kind, or is no certificate at all.
    """
    for module in REGISTERING:
        import_module(module)
    try:
        return replay(certificate)
    except ReplayError:
        raise
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise ReplayError(f"not a certificate of kind {certificate.kind!r}: {error!r}") from error
