"""Ready checks, so that a simple claim takes ten lines.

    identity          what the formula leaves over is decided to vanish
    derivation        the formula is where a derivation ends
    inequality        left <= right on stated instances
    monte_carlo       a mean with its interval against the formula's number
    convergence_rate  a fitted rate with its interval against the formula's rate
    property          any of these comparisons on instances that Hypothesis draws and shrinks

Every check takes the claimed formula, so a false one goes through the same code; given `run.at` it visits that witness
alone.
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any, final

from ..theory.verdict import Certificate, Decision, Json, Verdict, Witness
from .comparison import Comparison, compare_equal, weigh
from .evidence import Evidence, Kind, Scope
from .trial import Effort, Run

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy
    from sympy import Basic, Expr

    from ..numerics.estimate import Estimate
    from ..numerics.rates import Model
    from ..theory.derivation import Derivation
    from ..theory.statement import Statement

Formula = Callable[[], Any]

LONGEST_SHOWN = 60
"""Operations up to which a decided residual is printed in the report; of a longer one its size is."""


@final
@dataclass(frozen=True)
class Check:
    """A named check: `examine(formula, run)` returns evidence, which is stamped with time and seed."""

    name: str
    kind: Kind
    examine: Callable[[Formula, Run], Evidence]

    def __call__(self, formula: Formula, run: Run) -> Evidence:
        """Check `formula` within the means of `run`."""
        started = time.perf_counter()
        evidence = self.examine(formula, run)
        return replace(evidence, check=self.name, seconds=time.perf_counter() - started, seed=run.seed)


def _evidence_of(decision: Decision, name: str, scope: Scope, steps: Sequence[Mapping[str, Json]] = ()) -> Evidence:
    """Turn a decision into evidence: exact arguments have resolution and error 0."""
    decided = decision.verdict is not Verdict.UNDECIDED
    return Evidence(
        check=name,
        kind=Kind.DERIVATION,
        scope=scope,
        verdict=decision.verdict,
        method=decision.method,
        error=0.0 if decided else None,
        tolerance=0.0 if decided else None,
        resolution=0.0 if decided else None,
        witness=decision.witness,
        certificate=decision.certificate,
        reason=decision.reason,
        derivation=tuple(steps),
    )


def _named(parts: "Expr | Mapping[str, Expr]") -> "dict[str, Expr]":
    """Return residuals by name."""
    return dict(parts) if isinstance(parts, Mapping) else {"residual": parts}


def identity(
    residual: "Callable[[Any], Expr | Mapping[str, Expr]]",
    *,
    hypotheses: "Iterable[Basic]" = (),
    name: str = "identity",
    scope: Scope = Scope.GENERAL,
    extends: str = "",
) -> Check:
    """Build a check that decides whether what the formula leaves over vanishes identically.

    `residual(claimed)` returns one SymPy expression, or several by name; all must be zero under `hypotheses`.
    `extends` says, for the report, how the decided instances carry the whole statement, where they do not say it.
    """
    conditions = tuple(hypotheses)

    def examine(formula: Formula, run: Run) -> Evidence:
        from ..theory.deciding.canonical_text import write_exactly
        from ..theory.deciding.jets import to_jets
        from ..theory.deciding.refute import recheck
        from ..theory.latex import render_statement
        from ..theory.statement import equal

        parts = _named(residual(formula()))
        certificates: dict[str, Json] = {}
        methods: list[str] = []
        steps: list[Mapping[str, Json]] = []
        for label, expression in parts.items():
            decision = _decide_residual(expression, conditions)
            if decision.witness is not None and run.at is not None:
                fails = run.at.data.get("residual") == label and recheck(expression, conditions, run.at)
                missed = Decision(
                    verdict=Verdict.UNDECIDED, method="revisited", reason="fails, but not at this witness"
                )
                return _evidence_of(_refuted(run.at, "revisited") if fails else missed, name, scope)
            if decision.witness is not None:
                stated = {
                    "residual": label,
                    "expression": write_exactly(to_jets(expression)),
                    "hypotheses": [write_exactly(to_jets(condition)) for condition in conditions],
                }
                marked = replace(decision.witness, data={**decision.witness.data, **stated})
                return _evidence_of(replace(decision, witness=marked), name, scope)
            if decision.certificate is None:
                return _evidence_of(replace(decision, reason=f"{label}: {decision.reason}"), name, scope)
            certificates[label] = decision.certificate.to_json()
            methods.append(decision.method)
            size = expression.count_ops()
            shown = render_statement(equal(expression, 0)) if 0 < size <= LONGEST_SHOWN else ""
            remark = "" if shown else f" (a residual of {size} operations)" if size else " (0 as soon as it is written)"
            steps.append({"rule": "decided", "latex": shown, "note": label + remark, "verdict": "proved"})
        certificate = (
            Certificate.from_json(next(iter(certificates.values())))
            if len(certificates) == 1
            else Certificate("all", {"parts": certificates})
        )
        whole = Decision(verdict=Verdict.PROVED, method=", ".join(sorted(set(methods))), certificate=certificate)
        return _evidence_of(whole, name, scope, steps)

    return Check(name, Kind.DERIVATION, examine)


@cache
def _decide_residual(expression: "Expr", conditions: "tuple[Basic, ...]") -> Decision:
    """Decide a residual, once in a process: a control leaves most residuals of its claim as they are."""
    from ..theory.decide import decide_zero

    return decide_zero(expression, conditions)


def _refuted(witness: Witness, method: str) -> Decision:
    """Return a refutation by a known witness."""
    return Decision(verdict=Verdict.REFUTED, method=method, witness=witness)


def derivation(
    derive: "Callable[[Any], Derivation]",
    claimed: "Callable[[Any], Expr | Statement]",
    *,
    attack: Callable[[Any], Iterable[Comparison]] | None = None,
    name: str = "derivation",
    scope: Scope = Scope.GENERAL,
) -> Check:
    """Build a check that a derivation ends in the claimed formula; its steps are decided or use named rules.

    **Arguments:** `derive(formula)` returns the derivation, `claimed(formula)` what its conclusion should say: the
    right side, or a whole statement. A derived equality refutes a formula that differs. A derived bound cannot refute
    a sharper one, so a bound comes with an `attack`: comparisons at instances where it is nearly attained, known up
    to rigorous enclosures.
    """

    def examine(formula: Formula, run: Run) -> Evidence:
        value = formula()
        found = derive(value)
        decision = _undecided(found.decision) if found.failed else found.concludes(claimed(value))
        if decision.verdict is Verdict.UNDECIDED and attack is not None:
            attacked = weigh(attack(value), run, check=name, kind=Kind.ENCLOSURE, method="instances in ball arithmetic")
            if attacked.verdict is Verdict.REFUTED:
                return attacked
        evidence = _evidence_of(decision, name, scope, found.to_json_steps())
        if run.at is not None and evidence.witness is not None and dict(evidence.witness.point) != dict(run.at.point):
            return replace(evidence, witness=None, verdict=Verdict.UNDECIDED, reason="fails, but not at this witness")
        return evidence

    return Check(name, Kind.DERIVATION, examine)


def _undecided(decision: Decision) -> Decision:
    """Return a failed derivation as undecided: a step that does not hold says nothing of the claim."""
    if decision.verdict is Verdict.UNDECIDED:
        return decision
    return Decision(verdict=Verdict.UNDECIDED, method=decision.method, reason=f"a step fails at {decision.witness}")


def inequality(
    compare: Callable[[Any, Any, Run], Comparison],
    instances: Callable[[Run], Mapping[str, Any]],
    *,
    method: str,
    name: str = "inequality",
    kind: Kind = Kind.NUMERIC,
) -> Check:
    """Build a check of a comparison on stated instances, each with a name that a witness can carry.

    `compare(claimed, instance, run)` returns the comparison; `instances(run)` the instances by name.
    """

    def examine(formula: Formula, run: Run) -> Evidence:
        claimed = formula()
        cases = dict(instances(run))
        if run.at is not None:
            wanted = run.at.data.get("instance")
            if wanted not in cases:
                raise KeyError(f"{name}: no instance {wanted!r} among {sorted(cases)}")
            cases = {wanted: cases[wanted]}
        found = [_labelled(compare(claimed, instance, run), label) for label, instance in cases.items()]
        return weigh(found, run, check=name, kind=kind, method=method, instance="; ".join(cases))

    return Check(name, kind, examine)


def _labelled(comparison: Comparison, label: str) -> Comparison:
    """Return the comparison with the instance's name in its witness."""
    return replace(
        comparison,
        point={"instance": label, **comparison.point},
        data={**comparison.data, "instance": label},
    )


def monte_carlo(
    estimate: "Callable[[Run], Estimate]",
    claimed_value: Callable[[Any], float],
    *,
    method: str,
    name: str = "monte-carlo",
    instance: str = "",
) -> Check:
    """Build a check of a Monte Carlo mean against the number that the formula gives.

    `estimate(run)` returns value and half-width at `run.false_alarm`, drawn from `run.key()` alone, so that every
    formula meets the same sample.
    """

    def examine(formula: Formula, run: Run) -> Evidence:
        found = estimate(run)
        comparison = compare_equal(found.value, claimed_value(formula()), found.error, point={"seed": str(run.seed)})
        return weigh(
            [comparison], run, check=name, kind=Kind.STATISTICAL, method=method, value=found.value, instance=instance
        )

    return Check(name, Kind.STATISTICAL, examine)


def convergence_rate(
    gaps: Callable[[Run], tuple[Sequence[float], Sequence[float], Sequence[float]]],
    claimed_rate: Callable[[Any], float],
    *,
    method: str,
    model: "Model" = "power",
    name: str = "convergence-rate",
) -> Check:
    """Build a two-sided check of a rate: gaps over at least two decades, each at least 100 times its own error.

    `gaps(run)` returns (x, gap, error of gap); the rate is the slope of log gap against log x (`model="power"`) or
    minus its slope against x (`model="exponential"`). Data that do not reach leave the claim undecided.
    """

    def examine(formula: Formula, run: Run) -> Evidence:
        from ..numerics.statistics import FitRefused, fit_rate

        x, gap, error = gaps(run)
        try:
            fit = fit_rate(x, gap, error, model=model, false_alarm=run.false_alarm)
        except FitRefused as refusal:
            return Evidence(
                check=name,
                kind=Kind.NUMERIC,
                scope=Scope.INSTANCE,
                verdict=Verdict.UNDECIDED,
                method=method,
                reason=str(refusal),
            )
        comparison = compare_equal(fit.rate, claimed_rate(formula()), fit.error)
        return weigh([comparison], run, check=name, kind=Kind.NUMERIC, method=method, value=fit.rate)

    return Check(name, Kind.NUMERIC, examine)


def property(
    strategy: "Callable[[], SearchStrategy[Any]]",
    compare: Callable[[Any, Any, Run], Comparison],
    *,
    encode: Callable[[Any], Json],
    decode: Callable[[Json], Any],
    method: str,
    name: str = "property",
    examples: Mapping[Effort, int] | None = None,
    shrink: bool = True,
    first: Sequence[Any] = (),
) -> Check:
    """Build a check of a comparison on instances that Hypothesis draws, and shrinks where one is violated.

    `compare(claimed, instance, run)` gets a run whose false-alarm share is already divided by the number of examples;
    `encode` and `decode` carry an instance through a witness. `examples` gives the number by effort; `shrink=False` is
    for instances that take seconds each, since shrinking visits hundreds. `first` are instances to begin with, where
    the comparison is known to be tight.
    """
    budget = examples or {Effort.QUICK: 25, Effort.STANDARD: 100, Effort.DEEP: 1000}

    def examine(formula: Formula, run: Run) -> Evidence:
        claimed = formula()
        share = replace(run, false_alarm=run.false_alarm / (10 * budget[run.effort]))
        if run.at is not None:
            comparison = _carrying(compare(claimed, decode(run.at.data["example"]), share), run.at.data["example"])
            return weigh([comparison], share, check=name, kind=Kind.PROPERTY, method=method)
        found, violated = _explore(
            strategy(), lambda instance: compare(claimed, instance, share), budget, run, shrink, first
        )
        if violated is not None:
            instance, comparison = violated
            found = [_carrying(comparison, encode(instance))]
        evidence = weigh(found, share, check=name, kind=Kind.PROPERTY, method=method)
        return replace(evidence, value={"examples": len(found)} if violated is None else None)

    return Check(name, Kind.PROPERTY, examine)


def _carrying(comparison: Comparison, example: Json) -> Comparison:
    """Return the comparison with the drawn instance in its witness."""
    return replace(comparison, data={**comparison.data, "example": example})


class _ViolationError(Exception):
    """Raised inside Hypothesis so that it shrinks the instance at hand."""


def _explore(
    strategy: "SearchStrategy[Any]",
    compare: Callable[[Any], Comparison],
    budget: Mapping[Effort, int],
    run: Run,
    shrink: bool,
    first: Sequence[Any],
) -> tuple[list[Comparison], tuple[Any, Comparison] | None]:
    """Let Hypothesis draw instances; return all comparisons, and the shrunk violation if there is one."""
    import warnings

    from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings
    from hypothesis.database import InMemoryExampleDatabase
    from hypothesis.errors import HypothesisWarning

    found: list[Comparison] = []
    last: list[tuple[Any, Comparison]] = []
    for instance in first:
        found.append(compare(instance))
        if found[-1].violated:
            return found, (instance, found[-1])

    @seed(run.seed)
    @settings(
        max_examples=budget[run.effort],
        database=InMemoryExampleDatabase(),
        deadline=None,
        derandomize=False,
        phases=(Phase.generate, Phase.shrink) if shrink else (Phase.generate,),
        report_multiple_bugs=False,
        print_blob=False,
        verbosity=Verbosity.quiet,
        stateful_step_count=1,
        backend="hypothesis",
        suppress_health_check=tuple(HealthCheck),
    )
    @given(strategy)
    def attack(instance: Any) -> None:
        comparison = compare(instance)
        found.append(comparison)
        run.progress(min(len(found) / budget[run.effort], 1.0))
        if comparison.violated:
            last[:] = [(instance, comparison)]
            raise _ViolationError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", HypothesisWarning)
            attack()
    except _ViolationError:
        return found, last[0]
    return found, None
