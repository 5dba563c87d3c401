"""The means that a check is given: effort, seed, progress, and the witness to revisit.

Seeds derive from the master seed, the claim's id and the check's name alone, so a claim's numbers do not depend on
what else ran. Controls get the claim's own seed.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, TypeVar, final

from ..theory.verdict import Witness

DEFAULT_SEED = 20_230_606
"""The master seed of a run that names none."""

FALSE_ALARM_PER_CHECK = 1e-6
"""False-alarm probability of one check of one formula: at most 1000 of them stay under 1e-3 for a run."""

MISS_PROBABILITY = 0.01
"""One minus the power at which a resolution is stated."""

T = TypeVar("T")


@final
class Effort(StrEnum):
    """How much is spent: on every push, by default, by night."""

    QUICK = "quick"
    STANDARD = "standard"
    DEEP = "deep"


def _silent(_fraction: float, _text: str = "") -> None:
    """Swallow progress where nobody looks."""


def _unobserved(_comparison: Any) -> None:
    """Swallow a comparison where nobody looks."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """The means of one check: `effort`, `seed`, `progress(fraction, text)`, and `at`, the witness to revisit if any.

    `observe` is shown every `Comparison` that makes evidence, for those who compare runs number by number.
    """

    effort: Effort = Effort.STANDARD
    seed: int = 0
    at: Witness | None = None
    progress: Callable[..., None] = _silent
    observe: Callable[[Any], None] = _unobserved
    false_alarm: float = FALSE_ALARM_PER_CHECK

    def by_effort(self, quick: T, standard: T, deep: T) -> T:
        """Return the value that belongs to this run's effort."""
        return {Effort.QUICK: quick, Effort.STANDARD: standard, Effort.DEEP: deep}[self.effort]

    def key(self) -> Any:
        """Return the JAX key of this run's seed."""
        import jax

        return jax.random.key(self.seed)

    def generator(self) -> Any:
        """Return a NumPy generator of this run's seed."""
        import numpy as np

        return np.random.default_rng(self.seed)

    def revisit(self, witness: Witness) -> "Run":
        """Return the same means, to be spent on `witness` alone."""
        return replace(self, at=witness)


def derive_seed(master: int, claim: str, check: str) -> int:
    """Derive the seed of one check of one claim from the master seed: 63 bits of a SHA-256."""
    digest = hashlib.sha256(f"{master}\n{claim}\n{check}".encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1
