"""Derivations: a chain of facts from hypotheses to a conclusion, each decided or inferred by a named rule.

A `Derivation` is immutable; each method returns it with one more step. A step is an equality or an inequality that is
decided, or a rule applied to earlier steps, which are named by the name they were given or by index; there is no way to
write a step of prose. After a step that fails, further steps are not taken and the derivation's decision says why.

**Example.** Every differentiable y with y' = -y^2 and y > 0 satisfies (1/y)' = 1:

>>> import sympy as sp
>>> t, y = sp.Symbol("t", positive=True), sp.Function("y", positive=True)(sp.Symbol("t", positive=True))
>>> riccati = (
...     Derivation("Riccati becomes linear")
...     .assume(sp.Eq(y.diff(t), -(y**2)), name="riccati")
...     .equal((1 / y).diff(t), -y.diff(t) / y**2, name="chain rule")
...     .equal((1 / y).diff(t), 1, using=("chain rule", "riccati"), note="insert the equation")
... )
>>> print(riccati.decision.verdict)
proved
>>> print(riccati.concludes(2).verdict)
refuted

The certificate holds every fact once: its rule, parameters, premises, and the certificate of every obligation.
`replay_derivation` applies each rule again, which gives the statement and its obligations, replays their certificates
without the deciding code, and compares the last statement with the conclusion.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, final

import sympy as sp
from sympy.logic.boolalg import Boolean

from . import (
    action,
    coordinates,
    displacement,
    expectation,
    field_work,
    information,
    reflection_group,
    rules,
    transport,
    variation,
)
from .deciding.certificate import seal_of
from .deciding.gaussian import Unsupported
from .deciding.replay import MALFORMED
from .kernel import RULES, Fact, Failure, conclude, decode, encode, infer
from .latex import render_statement
from .replay import ReplayError, ReplayReport, register_replayer
from .statement import Expression, Relation, Statement, sort_hypotheses
from .verdict import Certificate, Decision, Json, Verdict

RULE_MODULES = (
    rules,
    action,
    coordinates,
    displacement,
    expectation,
    field_work,
    information,
    reflection_group,
    transport,
    variation,
)
"""Importing these registers the rules that a derivation may use and a certificate may name."""

Reference = str | int
"""A step by its name, or by its index (negative: from the end)."""


@final
@dataclass(frozen=True, slots=True)
class Step:
    """One step: the fact that was inferred, or the failure that ended the derivation, and what a reader is told."""

    outcome: Fact | Failure
    rule: str
    premises: tuple[int, ...]
    name: str = ""
    note: str = ""

    @property
    def statement(self) -> Statement:
        """What the step says."""
        return self.outcome.statement

    @property
    def latex(self) -> str:
        """The statement in LaTeX."""
        return render_statement(self.statement)

    @property
    def verdict(self) -> Verdict:
        """What is known of the step: proved, or why it failed."""
        return Verdict.PROVED if isinstance(self.outcome, Fact) else _failed(self).verdict

    def to_json(self) -> dict[str, Json]:
        """Return what a report prints of the step."""
        return {
            "name": self.name,
            "rule": self.rule,
            "summary": RULES[self.rule].summary,
            "premises": list(self.premises),
            "latex": self.latex,
            "note": self.note,
            "verdict": self.verdict.value,
        }


@final
@dataclass(frozen=True, slots=True)
class Derivation:
    """A titled sequence of steps under common hypotheses; built step by step, starting from a title."""

    title: str
    hypotheses: tuple[Boolean, ...] = ()
    steps: tuple[Step, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "hypotheses", sort_hypotheses(self.hypotheses))

    # Building

    def equal(self, left: Expression, right: Expression, **details: Any) -> "Derivation":
        """Decide `left = right`; see `decide` for the details."""
        return self.decide(Relation.EQUAL, left, right, **details)

    def at_most(self, left: Expression, right: Expression, **details: Any) -> "Derivation":
        """Decide `left <= right`; see `decide` for the details."""
        return self.decide(Relation.AT_MOST, left, right, **details)

    def below(self, left: Expression, right: Expression, **details: Any) -> "Derivation":
        """Decide `left < right`; see `decide` for the details."""
        return self.decide(Relation.BELOW, left, right, **details)

    def decide(
        self,
        relation: Relation,
        left: Expression,
        right: Expression,
        *,
        using: Iterable[Reference] = (),
        given: Iterable[Boolean] = (),
        name: str = "",
        note: str = "",
    ) -> "Derivation":
        """Add a decided step: `using` names steps that serve as hypotheses, `given` adds conditions to the step."""
        under = sort_hypotheses((*self.hypotheses, *given))
        sides = {"relation": relation.value, "left": sp.sympify(left), "right": sp.sympify(right)}
        return self._extend("decision", tuple(using), {**sides, "hypotheses": under}, name, note)

    def assume(self, given: Boolean, *, name: str = "", note: str = "") -> "Derivation":
        """Add a hypothesis as a step: a relation, a condition for every argument (`ForAll`), or a given limit."""
        return self._extend("hypothesis", (), {"given": given, "hypotheses": self.hypotheses}, name, note)

    def apply(self, rule: Any, *premises: Reference, name: str = "", note: str = "", **parameters: Any) -> "Derivation":
        """Add what `rule` (a registered rule, or its name) concludes from earlier steps.

        **Raises:** `InapplicableRuleError` where the rule does not apply to such premises and parameters; `KeyError`
        where a premise does not exist.
        """
        return self._extend(getattr(rule, "__name__", rule), premises, parameters, name, note)

    def lemma(self, other: "Derivation", *, name: str = "", note: str = "") -> "Derivation":
        """Add the conclusion of another derivation as a step; its facts become part of the certificate."""
        if self.failed:
            return self
        last = other.steps[-1]
        return replace(self, steps=(*self.steps, Step(last.outcome, last.rule, (), name, note or other.title)))

    def _extend(
        self, rule: str, premises: tuple[Reference, ...], parameters: Mapping[str, Any], name: str, note: str
    ) -> "Derivation":
        if self.failed:
            return self
        indices = tuple(self._index(reference) for reference in premises)
        facts = tuple(self.steps[index].outcome for index in indices)
        outcome = infer(rule, tuple(fact for fact in facts if isinstance(fact, Fact)), parameters)
        return replace(self, steps=(*self.steps, Step(outcome, rule, indices, name, note)))

    def _index(self, reference: Reference) -> int:
        if isinstance(reference, int):
            return range(len(self.steps))[reference]
        for index in reversed(range(len(self.steps))):
            if self.steps[index].name == reference:
                return index
        raise KeyError(f"{self.title}: no step is called {reference!r}")

    # Reading

    @property
    def failed(self) -> bool:
        """Say whether the last step failed."""
        return bool(self.steps) and isinstance(self.steps[-1].outcome, Failure)

    @property
    def conclusion(self) -> Statement:
        """What the last step says.

        **Raises:** `ValueError` where there is no step.
        """
        if not self.steps:
            raise ValueError(f"{self.title}: no steps")
        return self.steps[-1].statement

    def statement(self, reference: Reference) -> Statement:
        """Return what the step with this name or index says."""
        return self.steps[self._index(reference)].statement

    @property
    def rules(self) -> tuple[str, ...]:
        """The names of all rules that the steps rest on, lemmas included, sorted."""
        order: dict[int, tuple[int, Fact]] = {}
        for step in self.steps:
            if isinstance(step.outcome, Fact):
                _collect(step.outcome, order)
        return tuple(sorted({fact.rule for _, fact in order.values()}))

    @property
    def decision(self) -> Decision:
        """Proved with the certificate; or what the failing step's decision says."""
        if not self.steps:
            return Decision(verdict=Verdict.UNDECIDED, method="derivation", reason=f"{self.title}: no steps")
        if self.failed:
            return _failed(self.steps[-1])
        return Decision(verdict=Verdict.PROVED, method="derivation", certificate=self.certificate)

    @property
    def certificate(self) -> Certificate:
        """Every fact that the steps rest on, each once, premises first.

        **Raises:** `ValueError` where a step failed.
        """
        order: dict[int, tuple[int, Fact]] = {}
        for step in self.steps:
            if isinstance(step.outcome, Failure):
                raise ValueError(f"{self.title}: a step failed")
            _collect(step.outcome, order)
        facts = [_fact_to_json(fact, order) for _, fact in order.values()]
        payload = {"facts": facts, "conclusion": self.conclusion.to_json()}
        return Certificate("derivation", {**payload, "seal": seal_of(payload)})

    def concludes(self, claimed: Expression | Statement) -> Decision:
        """Decide whether the conclusion says what is claimed: an expression for the right side, or a statement.

        A claimed equality is refuted where it differs from the derived one. A claimed bound follows where it is no
        sharper than the derived one; where it is sharper the derivation says nothing, and the answer is undecided. What
        names no hypotheses is meant under those of the derivation; what names some has to name all of these.
        """
        if self.failed or not self.steps:
            return self.decision
        derived = self.conclusion
        if not isinstance(claimed, Statement):
            claimed = Statement(derived.relation, derived.left, sp.sympify(claimed), derived.hypotheses, derived.along)
        missing = set(derived.hypotheses) - set(claimed.canonical().hypotheses)
        if claimed.hypotheses and missing:
            reason = f"derived under {', '.join(sorted(map(str, missing)))}, which the claim does not assume"
            return Decision(verdict=Verdict.UNDECIDED, method="derivation", reason=reason)
        if claimed.relation is not derived.relation or claimed.along != derived.along:
            reason = f"derived is {derived}, claimed is {claimed}"
            return Decision(verdict=Verdict.UNDECIDED, method="derivation", reason=reason)
        if derived.relation is Relation.TENDS:
            return _same_limit(self, claimed)
        extended = self
        for side, link in (("left", (claimed.left, derived.left)), ("right", (derived.right, claimed.right))):
            relation = Relation.EQUAL if derived.relation is Relation.EQUAL else Relation.AT_MOST
            extended = extended.decide(
                relation, *link, given=(*derived.hypotheses, *claimed.hypotheses), name=f"claimed {side}"
            )
        if extended.failed:
            verdict = extended.decision
            if derived.relation is Relation.EQUAL or verdict.verdict is not Verdict.REFUTED:
                return verdict
            reason = f"the derived bound {derived} does not give {claimed}: {verdict.witness}"
            return Decision(verdict=Verdict.UNDECIDED, method="derivation", reason=reason)
        return extended.apply("chain", "claimed left", len(self.steps) - 1, "claimed right").decision

    def to_json_steps(self) -> list[dict[str, Json]]:
        """Return the steps as a report prints them; see `Step.to_json`."""
        return [step.to_json() for step in self.steps]

    def _repr_markdown_(self) -> str:
        lines = [f"**{self.title}**", ""]
        for index, step in enumerate(self.steps):
            source = f" from {', '.join(str(i + 1) for i in step.premises)}" if step.premises else ""
            note = f" — {step.note}" if step.note else ""
            lines += [f"{index + 1}. `{step.rule}`{source}, {step.verdict}{note}", "", f"    $${step.latex}$$", ""]
        return "\n".join(lines)


def _failed(step: Step) -> Decision:
    """Say what a failed step means: the statement is refuted only if it was itself what was decided."""
    assert isinstance(step.outcome, Failure)
    found, obligation = step.outcome.decision, step.outcome.obligation
    if step.rule == "decision" and found.verdict is Verdict.REFUTED:
        return found
    detail = str(found.witness) if found.verdict is Verdict.REFUTED else found.reason
    reason = f"{step.name or step.rule}: {obligation} is {found.verdict}: {detail}"
    return Decision(verdict=Verdict.UNDECIDED, method="derivation", reason=reason)


def _same_limit(derivation: Derivation, claimed: Statement) -> Decision:
    derived = derivation.conclusion
    given = (*derived.hypotheses, *claimed.hypotheses)
    extended = derivation.equal(claimed.left, derived.left, given=given)
    return extended.equal(derived.right, claimed.right, given=given).decision


def _collect(fact: Fact, order: dict[int, tuple[int, Fact]]) -> None:
    if id(fact) not in order:
        for premise in fact.premises:
            _collect(premise, order)
        order[id(fact)] = (len(order), fact)


def _fact_to_json(fact: Fact, order: Mapping[int, tuple[int, Fact]]) -> dict[str, Json]:
    return {
        "rule": fact.rule,
        "parameters": {name: encode(value) for name, value in fact.parameters},
        "premises": [order[id(premise)][0] for premise in fact.premises],
        "certificates": [certificate.to_json() for _, certificate in fact.obligations],
    }


@register_replayer("derivation")
def replay_derivation(payload: Mapping[str, Json]) -> ReplayReport:
    """Check a derivation's certificate: every rule applied again, every stored certificate replayed.

    **Returns:** the conclusion, its relation as the goal, and its hypotheses, as text.

    **Raises:** `ReplayError` where the certificate does not prove its conclusion.
    """
    try:
        conclusion = _replay_facts(payload)
    except ReplayError:
        raise
    except (*MALFORMED, Unsupported) as error:
        raise ReplayError(f"not a derivation: {error}") from error
    stated = conclusion.to_json()
    claim = f"{stated['left']} {stated['relation']} {stated['right']}"
    return ReplayReport("derivation", claim, stated["relation"], tuple(stated["hypotheses"]))


def _replay_facts(payload: Mapping[str, Json]) -> Statement:
    """Return the conclusion of a derivation after every fact of it was checked."""
    _demand(set(payload) == {"facts", "conclusion", "seal"}, "the fields of a derivation")
    _demand(payload["seal"] == seal_of(payload), "the seal does not fit the certificate")
    known: list[Statement] = []
    for place, entry in enumerate(payload["facts"]):
        fields = {"rule", "parameters", "premises", "certificates"}
        _demand(set(entry) == fields, f"fact {place}: the fields of a fact")
        _demand(all(type(i) is int and 0 <= i < place for i in entry["premises"]), f"fact {place}: its premises")
        parameters = {name: decode(value) for name, value in entry["parameters"].items()}
        inference = conclude(entry["rule"], tuple(known[i] for i in entry["premises"]), parameters)
        stored = entry["certificates"]
        _demand(len(inference.obligations) == len(stored), f"fact {place}: the number of obligations")
        for obligation, item in zip(inference.obligations, stored, strict=True):
            certificate = Certificate.from_json(item)
            _demand(certificate.to_json() == item, f"fact {place}: the fields of a certificate")
            _demand(obligation.replay(certificate), f"fact {place}: {obligation} is not proved")
        known.append(inference.conclusion)
    _demand(bool(known) and known[-1].to_json() == payload["conclusion"], "another conclusion")
    return known[-1]


def _demand(condition: bool, message: str) -> None:
    if not condition:
        raise ReplayError(message)
