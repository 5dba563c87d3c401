"""The kernel: the only place where a fact comes into being.

A rule is a pure function of premises and parameters; it returns a conclusion and obligations. `infer` applies a rule
to facts, decides every obligation and only then seals a `Fact`. The kernel knows nothing of any particular rule: rules
are registered by name with `@rule`, and replay looks them up by the same name.

A rule may assume of its premises what they say and nothing else; the hypotheses of its conclusion hold at least the
hypotheses of its premises that it does not discharge by an obligation.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from inspect import signature
from typing import Any, TypeAlias, final

import sympy as sp

from .expression_text import canonical, read_expression, write_expression
from .obligation import Obligation
from .statement import Statement
from .verdict import Certificate, Decision, Json, Verdict

Parameter: TypeAlias = Any
"""A SymPy object, a text, or a tuple of parameters."""


class InapplicableRuleError(ValueError):
    """A rule was given premises or parameters that it has no conclusion for."""


@final
@dataclass(frozen=True, slots=True)
class Inference:
    """What a rule returns: the conclusion, and the obligations on which it rests."""

    conclusion: Statement
    obligations: tuple[Obligation, ...] = ()


@final
@dataclass(frozen=True, slots=True)
class Rule:
    """A named rule; `infer(premises, **parameters)` is pure, `summary` is what a report prints beside the name."""

    name: str
    infer: Callable[..., Inference]
    summary: str


RULES: dict[str, Rule] = {}
"""Every registered rule by name; importing `lemmata.theory.derivation` registers all of them."""

_SEAL = object()


def rule(infer: Callable[..., Inference]) -> Callable[..., Inference]:
    """Register a function `(premises, *, parameters...) -> Inference` as the rule of the same name."""
    name = infer.__name__
    if name in RULES:
        raise ValueError(f"two rules are called {name}")
    RULES[name] = Rule(name, infer, (infer.__doc__ or "").strip().partition("\n")[0])
    return infer


@final
@dataclass(frozen=True, slots=True)
class Fact:
    """A statement that was inferred: by which rule, from which facts, and how each obligation was met.

    Only `infer` makes one: the constructor demands the kernel's seal.
    """

    statement: Statement
    rule: str
    parameters: tuple[tuple[str, Parameter], ...]
    premises: tuple["Fact", ...]
    obligations: tuple[tuple[Obligation, Certificate], ...]
    seal: object

    def __post_init__(self) -> None:
        if self.seal is not _SEAL:
            raise TypeError("facts are made by rules and decisions, not by hand")


@final
@dataclass(frozen=True, slots=True)
class Failure:
    """A conclusion that was not reached, and the decision that stood in the way."""

    statement: Statement
    obligation: Obligation
    decision: Decision


def normalise(value: Any) -> Parameter:
    """Return a rule's parameter in the form in which it is stored: text, tuple, or a SymPy object."""
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        return tuple((normalise(key), normalise(item)) for key, item in value.items())
    if isinstance(value, list | tuple):
        return tuple(normalise(item) for item in value)
    value = sp.sympify(value)
    return canonical(value) if isinstance(value, sp.Basic) else value


def encode(value: Parameter) -> Json:
    """Write a parameter as JSON."""
    if isinstance(value, str):
        return {"text": value}
    return [encode(item) for item in value] if isinstance(value, tuple) else write_expression(value)


def decode(value: Json) -> Parameter:
    """Read a parameter back from `encode`."""
    if isinstance(value, Mapping):
        return str(value["text"])
    return tuple(decode(item) for item in value) if isinstance(value, list) else read_expression(value)


def conclude(name: str, premises: tuple[Statement, ...], parameters: Mapping[str, Parameter]) -> Inference:
    """Apply the rule called `name` to statements; nothing is decided. The conclusion comes in canonical form.

    **Raises:** `InapplicableRuleError` where there is no such rule or it does not apply.
    """
    if name not in RULES:
        raise InapplicableRuleError(f"there is no rule called {name!r}")
    rule = RULES[name].infer
    try:
        signature(rule).bind(premises, **parameters)
    except TypeError as error:
        raise InapplicableRuleError(f"{name}: {error}") from error
    inference = rule(premises, **parameters)
    return Inference(inference.conclusion.canonical(), inference.obligations)


def infer(name: str, premises: tuple[Fact, ...], parameters: Mapping[str, Any]) -> Fact | Failure:
    """Apply a rule to facts and decide its obligations: a fact if all are proved, else the first failure.

    A refuted obligation is reported before an undecided one: a witness says more.
    """
    kept = {key: normalise(value) for key, value in parameters.items() if value is not None}
    inference = conclude(name, tuple(fact.statement for fact in premises), kept)
    met: list[tuple[Obligation, Certificate]] = []
    failures: list[Failure] = []
    for obligation in inference.obligations:
        decision = obligation.decide()
        if decision.certificate is not None:
            met.append((obligation, decision.certificate))
            continue
        failures.append(Failure(inference.conclusion, obligation, decision))
        if decision.verdict is Verdict.REFUTED:
            return failures[-1]
    if failures:
        return failures[0]
    return Fact(inference.conclusion, name, tuple(kept.items()), premises, tuple(met), _SEAL)
