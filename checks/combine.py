"""How legs of evidence combine into a verdict, and verdicts along `uses` into a standing.

Instances never prove a universal; a point refutes only a universal; an asymptotic claim is refuted by a general
disproof, or by a witness at the limit. A claim's standing is never stronger than that of what it uses, and names the
cited theorems underneath, as a proof assistant prints axioms.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol, final

from ..theory.verdict import Strength, Verdict
from .claim import Quantifier, Reading, Source
from .evidence import Evidence, Scope

RANK = {
    Verdict.CONFLICT: 0,
    Verdict.UNDECIDED: 1,
    Verdict.SUPPORTED: 2,
    Verdict.CERTIFIED: 3,
    Verdict.PROVED: 4,
}
"""Strength of the verdicts that speak for a claim; `refuted` is on no such scale."""


class AbstractStatement(Protocol):
    """What of a claim decides its standing; claims and their index records both have it."""

    @property
    def id(self) -> str:
        """The claim's identifier."""
        ...

    @property
    def source(self) -> Source:
        """Where the statement stands."""
        ...

    @property
    def uses(self) -> tuple[str, ...]:
        """The claims that its proof rests on."""
        ...

    @property
    def expected(self) -> Verdict:
        """What the claim is held to."""
        ...


def refutes(leg: Evidence, quantifier: Quantifier) -> bool:
    """Say whether a leg's witness refutes a claim of this quantifier."""
    if leg.verdict is not Verdict.REFUTED or leg.witness is None:
        return False
    if quantifier is Quantifier.UNIVERSAL:
        return True
    if quantifier is Quantifier.EXISTENTIAL:
        return leg.scope is Scope.GENERAL
    firm = leg.witness.strength is not Strength.STATISTICAL
    return leg.scope is Scope.GENERAL or (leg.scope is Scope.LIMIT and firm)


def support(leg: Evidence, quantifier: Quantifier) -> Verdict:
    """Return how far a leg speaks for a claim of this quantifier."""
    if leg.verdict is Verdict.REFUTED:
        return Verdict.UNDECIDED
    exact = leg.verdict in (Verdict.PROVED, Verdict.CERTIFIED)
    if exact and leg.scope is not Scope.GENERAL and quantifier is not Quantifier.EXISTENTIAL:
        return Verdict.SUPPORTED
    return leg.verdict


def combine(legs: Iterable[Evidence], quantifier: Quantifier) -> Verdict:
    """Combine the legs of one claim into its verdict."""
    legs = tuple(legs)
    against = [leg for leg in legs if refutes(leg, quantifier)]
    backing = [support(leg, quantifier) for leg in legs if leg.verdict is not Verdict.REFUTED]
    best = max(backing, key=RANK.__getitem__, default=Verdict.UNDECIDED)
    if against and best is Verdict.PROVED:
        return Verdict.CONFLICT
    spoken_for = {leg.instance for leg in legs if leg.instance and RANK.get(leg.verdict, 0) >= RANK[Verdict.SUPPORTED]}
    if any(leg.instance in spoken_for for leg in legs if leg.verdict is Verdict.REFUTED and leg.instance):
        return Verdict.CONFLICT
    return Verdict.REFUTED if against else best


@final
@dataclass(frozen=True, slots=True)
class Standing:
    """A verdict together with the cited theorems that it rests on."""

    verdict: Verdict
    axioms: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return for example `proved from {cited.brenier}`."""
        return f"{self.verdict} from {{{', '.join(self.axioms)}}}" if self.axioms else str(self.verdict)


def standings(claims: Iterable[AbstractStatement], verdicts: Mapping[str, Verdict]) -> dict[str, Standing]:
    """Compute every claim's standing from the verdicts and `uses`, which must be acyclic.

    A cited theorem that survives its falsification check counts as an axiom; a claim that did not run counts as
    undecided for what rests on it. A refutation stands by its witness, whatever the claim uses.
    """
    by_id = {claim.id: claim for claim in claims}
    found: dict[str, Standing] = {}

    def visit(identifier: str) -> Standing:
        if identifier in found:
            return found[identifier]
        claim = by_id.get(identifier)
        verdict = verdicts.get(identifier, Verdict.UNDECIDED)
        if claim is None or verdict in (Verdict.REFUTED, Verdict.CONFLICT, Verdict.UNDECIDED):
            return found.setdefault(identifier, Standing(verdict))
        axioms = {identifier} if claim.source.reading is Reading.CITED else set()
        for used in claim.uses:
            below = visit(used)
            axioms.update(below.axioms)
            used_claim = by_id.get(used)
            if used_claim is not None and used_claim.source.reading is Reading.CITED and used in below.axioms:
                continue
            if RANK.get(below.verdict, RANK[Verdict.UNDECIDED]) < RANK[verdict]:
                verdict = below.verdict if below.verdict in RANK else Verdict.UNDECIDED
        return found.setdefault(identifier, Standing(verdict, tuple(sorted(axioms))))

    for identifier in by_id:
        visit(identifier)
    return found


def as_expected(claim: AbstractStatement, verdict: Verdict) -> bool:
    """Say whether a verdict meets what CI holds the claim to; better than expected passes."""
    if claim.expected is Verdict.REFUTED or verdict is Verdict.REFUTED:
        return verdict is claim.expected
    return RANK[verdict] >= RANK[claim.expected]
