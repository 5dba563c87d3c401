"""Claim, source, reading, quantifier, control: what is said, by whom, in which form, and what must fail beside it.

A claim is plain data. Its `formula` is a callable, so that nothing is derived when the module is imported; its checks
are functions of that formula, so that a false formula can be pushed through the very same code.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol, final

from ..theory.verdict import Verdict
from .evidence import Evidence, Kind
from .trial import Run

IDENTIFIER = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\.[a-z0-9]+(-[a-z0-9]+)*")


@final
class Reading(StrEnum):
    """How the statement relates to its source."""

    AS_PRINTED = "as printed"
    RESTATED = "restated"
    CORRECTED = "corrected"
    NEW = "new"
    CITED = "cited"


@final
class Quantifier(StrEnum):
    """What the statement ranges over; it decides what a single point can refute."""

    UNIVERSAL = "universal"
    EXISTENTIAL = "existential"
    ASYMPTOTIC = "asymptotic"


@final
class Must(StrEnum):
    """What the checks have to say of a control."""

    REFUTED = "refuted"
    SURVIVE = "survive"


@final
@dataclass(frozen=True, slots=True)
class Source:
    """Where a statement stands: a key of `reports/references.bib`, a locator that we have seen, and the reading."""

    key: str
    locator: str
    reading: Reading


@final
@dataclass(frozen=True, slots=True)
class Control:
    """A variant of a claim, pushed through the claim's own checks with the claim's own seed.

    `near` marks the smallest change of a constant, a sign or an exponent; `miss` bounds the probability that a
    statistical check overlooks the variant (0 where the argument is exact).
    """

    formula: Callable[[], Any]
    must: Must
    near: bool = False
    note: str = ""
    miss: float = 0.0


def false(formula: Callable[[], Any], *, near: bool = False, note: str = "", miss: float = 0.0) -> Control:
    """Declare a false variant: at least one check must refute it."""
    return Control(formula, Must.REFUTED, near, note, miss)


def true(formula: Callable[[], Any], *, note: str = "") -> Control:
    """Declare a true variant: no check may refute it, and at least one must speak for it."""
    return Control(formula, Must.SURVIVE, False, note)


@final
@dataclass(frozen=True, slots=True)
class Lowered:
    """Why a claim is held to less than before: printed on the report's front page."""

    date: str
    reason: str
    previous: Verdict


class AbstractCheck(Protocol):
    """A function of the statement: the claimed formula in, evidence out; a false formula must be refuted.

    With `run.at` set, the check visits that witness alone: for a formula that holds there it must not refute.
    """

    @property
    def name(self) -> str:
        """The check's name, unique within its claim."""
        ...

    @property
    def kind(self) -> Kind:
        """By what means the check argues."""
        ...

    def __call__(self, formula: Callable[[], Any], run: Run) -> Evidence:
        """Check `formula` within the means of `run`."""
        ...


@final
@dataclass(frozen=True, kw_only=True)
class Claim:
    """One mathematical statement with its hypotheses, source, reading, quantifier and dimension.

    **Arguments:** `id` is `system.name` and permanent; `statement` is Markdown with LaTeX, hypotheses and quantifiers
    included; `instance` returns one instance that satisfies the hypotheses, so that the claim is not vacuous;
    `formula` returns what is claimed, in the form the checks take; `uses` names the claims that its proof rests on;
    `data` names files whose bytes the result depends on, as `package:path`; `correction` names the claim that
    corrects a refuted one.

    **Raises:** `ValueError` where an identifier is malformed, `expected` is not legal, or a control is missing.
    """

    id: str
    title: str
    statement: str
    source: Source
    formula: Callable[[], Any]
    controls: Mapping[str, Control]
    checks: tuple[AbstractCheck, ...]
    expected: Verdict
    instance: Callable[[], str]
    quantifier: Quantifier = Quantifier.UNIVERSAL
    dimension: str = "every d"
    uses: tuple[str, ...] = ()
    data: tuple[str, ...] = ()
    correction: str = ""
    lowered: Lowered | None = None
    remark: str = field(default="")

    def __post_init__(self) -> None:
        if not IDENTIFIER.fullmatch(self.id):
            raise ValueError(f"claim id {self.id!r}: want system.name in lower case, digits and hyphens")
        if self.expected in (Verdict.UNDECIDED, Verdict.CONFLICT):
            raise ValueError(f"{self.id}: expected={self.expected} is never legal")
        if not self.checks:
            raise ValueError(f"{self.id}: no checks")
        names = [check.name for check in self.checks]
        if len(set(names)) != len(names):
            raise ValueError(f"{self.id}: two checks share a name among {names}")
        if not any(control.must is Must.REFUTED for control in self.controls.values()):
            raise ValueError(f"{self.id}: no false control")
        if self.expected is Verdict.REFUTED and not any(c.must is Must.SURVIVE for c in self.controls.values()):
            raise ValueError(f"{self.id}: expected refuted, but no true control")
        if self.source.reading is Reading.CITED and self.expected is Verdict.PROVED:
            raise ValueError(f"{self.id}: a cited theorem is checked for falsity, not proved here")

    @property
    def system(self) -> str:
        """The system that the claim belongs to."""
        return self.id.partition(".")[0]
