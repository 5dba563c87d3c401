"""Replay certificates of every kind that evidence carries, without the code that found them.

Modules of `theory` register the kinds of certificates, rules and classes of expressions that they define, so all
of `theory` is imported first. Whatever a malformed certificate makes a replayer stumble over counts as a certificate
that does not hold.
"""

import pkgutil
from functools import cache
from importlib import import_module

from .. import theory
from ..theory.replay import ReplayError, ReplayReport, replay
from ..theory.verdict import Certificate

__all__ = ["ReplayError", "ReplayReport", "replay_certificate"]


@cache
def _import_theory() -> None:
    """Import every module of `theory`, for what each registers."""
    for module in pkgutil.walk_packages(theory.__path__, f"{theory.__name__}."):
        import_module(module.name)


def replay_certificate(certificate: Certificate) -> ReplayReport:
    """Check a certificate from nothing but itself, and return what it proves.

    **Raises:** `ReplayError` where it does not hold, is of an unknown kind, or is no certificate at all.
    """
    _import_theory()
    try:
        return replay(certificate)
    except ReplayError:
        raise
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise ReplayError(f"not a certificate of kind {certificate.kind!r}: {error!r}") from error
