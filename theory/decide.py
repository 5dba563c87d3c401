"""Decide whether an expression is identically zero, or of one sign, wherever its hypotheses hold and it is defined.

An answer is `proved` with a certificate that was replayed, `refuted` with a witness, or `undecided` with a reason. The
order: look for an admissible point (none: undecided), try to refute at a few points, search a proof, try to refute at
more.

**Notation:** symbols without assumptions are complex. A hypothesis is a condition at the given values of its symbols,
not at every value: an equation between functions of t holds at t alone and is not differentiated.

The method is told in the modules of `deciding`: `search` finds a proof, `replay` checks it, `refute` looks for a point.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

import sympy as sp
from sympy.logic.boolalg import Boolean

from .deciding.canonical_text import rebuild, write_exactly
from .deciding.certificate import FORMAT, seal_of
from .deciding.gaussian import Unsupported
from .deciding.goals import GOAL_SIGNS, Fact, Goal, facts_of
from .deciding.jets import to_jets
from .deciding.refute import refute
from .deciding.replay import ReplayError, is_defined, replay_identity, with_derivatives
from .deciding.sample_text import write_sample
from .deciding.sampling import Sample, draw_admissible
from .deciding.search import Search
from .deciding.worker import run_limited
from .verdict import Certificate, Decision, Json, Verdict, Witness

QUICK_POINTS = 3
QUICK_BITS = 256
POINTS = 20
BITS = 2048
SEED = 0
POINTS_FOR_VACUITY = 6
MOST_REMEMBERED = 4096
"""Answers kept in this process: a derivation is built again for every control, and most of its steps are the same."""


def decide_zero(expression: Any, hypotheses: Iterable[Boolean] = (), *, time_limit: float | None = None) -> Decision:
    """Decide whether an expression is zero wherever the hypotheses hold and it is defined.

    **Arguments:** `hypotheses` are SymPy relations (`m > 1`, `Ne(x, 0)`, `Eq(a, b*c)`); assumptions of symbols and
    functions count as well. With a `time_limit` in seconds the work is done in a process that is killed when it is
    over, and the answer is then undecided.
    """
    return _decide(sp.sympify(expression), "=0", tuple(hypotheses), time_limit)


def decide_equal(
    left: Any, right: Any, hypotheses: Iterable[Boolean] = (), *, time_limit: float | None = None
) -> Decision:
    """Decide whether two expressions agree wherever the hypotheses hold and both are defined."""
    return decide_zero(sp.sympify(left) - sp.sympify(right), hypotheses, time_limit=time_limit)


def decide_sign(
    expression: Any, goal: str, hypotheses: Iterable[Boolean] = (), *, time_limit: float | None = None
) -> Decision:
    """Decide whether an expression has a sign wherever the hypotheses hold and it is defined.

    **Arguments:** `goal` is one of `>0`, `>=0`, `<0`, `<=0`, `!=0`, `=0`; the rest as for `decide_zero`. A goal other
    than `=0` is never refuted: without a proof it is undecided.

    **Raises:** `ValueError` for another goal.
    """
    if goal not in GOAL_SIGNS:
        raise ValueError(f"a goal is one of {', '.join(GOAL_SIGNS)}, not {goal!r}")
    return _decide(sp.sympify(expression), goal, tuple(hypotheses), time_limit)


def _decide(expression: sp.Expr, goal: str, hypotheses: tuple[Boolean, ...], time_limit: float | None) -> Decision:
    if time_limit is not None:
        return run_limited(_decide, (expression, goal, hypotheses, None), time_limit)
    given = tuple(h for h in map(sp.sympify, hypotheses) if h is not sp.true)
    if sp.false in given:
        return _undecided("preparation", "a hypothesis is false: everything would follow")
    try:
        _reject_inexact(expression, *given)
        return _decide_stated(expression, goal, given)
    except Unsupported as error:
        return _undecided("preparation", str(error))
    except RecursionError:
        return _undecided("normal form", "the expression is nested too deeply")


@lru_cache(maxsize=MOST_REMEMBERED)
def _decide_stated(expression: sp.Expr, goal: str, hypotheses: tuple[Boolean, ...]) -> Decision:
    """Decide a statement as it was given: a witness speaks of it, a certificate of its canonical form.

    Canonical form may have lost a function, or the assumption that it is positive, where it cancelled; a point found
    for what is left need not be an admissible point of the statement.

    **Raises:** `Unsupported` where nothing can be said of the statement.
    """
    try:
        claim, conditions = prepare(expression, hypotheses)
    except Unsupported:
        witness = refute(expression, hypotheses, points=POINTS, max_precision=BITS, seed=SEED) if goal == "=0" else None
        if witness is None:
            raise
        return _refuted(witness)
    if sp.false in conditions:
        return _undecided("preparation", "a hypothesis is false: everything would follow")
    try:
        facts = facts_of(conditions)
        point = _point(*with_derivatives(claim, conditions))
    except Unsupported as error:
        return _undecided("sampling", str(error))
    if point is None:
        return _undecided("sampling", "no point was found that satisfies the hypotheses and where it is defined")
    if goal == "=0":
        witness = refute(expression, hypotheses, points=QUICK_POINTS, max_precision=QUICK_BITS, seed=SEED)
        if witness is not None:
            return _refuted(witness)
    decision = _prove(claim, goal, conditions, facts, point)
    if goal == "=0" and decision.verdict is Verdict.UNDECIDED:
        witness = refute(expression, hypotheses, points=POINTS, max_precision=BITS, seed=SEED)
        if witness is not None:
            return _refuted(witness)
    return decision


def _prove(claim: sp.Expr, goal: str, hypotheses: list[Any], facts: tuple[Fact, ...], point: Sample) -> Decision:
    """Search a proof and replay its certificate; where either fails the answer is undecided."""
    search = Search()
    proof = search.find(Goal(claim, facts, GOAL_SIGNS[goal]))
    if proof is None:
        return _undecided("normal form", "; ".join(dict.fromkeys(search.reasons[:3])) or "no proof was found")
    certificate = _certificate(claim, goal, hypotheses, write_sample(point), proof)
    try:
        replay_identity(certificate.payload)
    except ReplayError as error:
        return _undecided("normal form", f"the proof did not replay: {error}")
    return Decision(verdict=Verdict.PROVED, method=str(proof["rule"]), certificate=certificate)


def prepare(expression: sp.Expr, hypotheses: Sequence[Boolean]) -> tuple[Any, list[Any]]:
    """Return claim and hypotheses in jets, rebuilt, the hypotheses sorted and without repetition.

    **Raises:** `Unsupported` for Floats, nan, infinities and nodes outside the grammar.
    """
    _reject_inexact(expression, *hypotheses)
    claim = rebuild(to_jets(expression))
    given = {write_exactly(h): h for h in (rebuild(to_jets(sp.sympify(h))) for h in hypotheses) if h is not sp.true}
    return claim, [given[text] for text in sorted(given)]


def _reject_inexact(*trees: sp.Basic) -> None:
    for tree in trees:
        if tree.has(sp.Float):
            raise Unsupported("a floating-point number is not exact")
        if tree.has(sp.nan, sp.zoo, sp.oo, -sp.oo):
            raise Unsupported("nan and infinities are not numbers")


def _point(claim: Any, conditions: list[Any]) -> Sample | None:
    for sample in draw_admissible(claim, conditions, count=POINTS_FOR_VACUITY, seed=SEED):
        if is_defined(claim, sample):
            return sample
    return None


def _certificate(claim: sp.Expr, goal: str, hypotheses: list[Any], point: Json, proof: Json) -> Certificate:
    payload = {
        "format": FORMAT,
        "claim": write_exactly(claim),
        "hypotheses": [write_exactly(h) for h in hypotheses],
        "goal": goal,
        "point": point,
        "proof": proof,
    }
    return Certificate("identity" if goal == "=0" else "sign", {**payload, "seal": seal_of(payload)})


def _undecided(method: str, reason: str) -> Decision:
    return Decision(verdict=Verdict.UNDECIDED, method=method, reason=reason)


def _refuted(witness: Witness) -> Decision:
    return Decision(verdict=Verdict.REFUTED, method="ball arithmetic", witness=witness)
