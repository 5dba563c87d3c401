"""Small questions with known answers that one loaded copy of the kernel is asked; each names what went wrong.

A probe gets the name of a package (`lemmata.theory` or a mutant of it) and yields the complaints it has, one by one: a
mutant is dead at the first.
"""

from collections.abc import Callable, Iterator
from typing import Any

import sympy as sp
from flint import fmpq

from .corpus_entry import NANO, n, p, q, u, v, x, y
from .mutated import part
from .tampering import alterations

R = sp.Rational
D = sp.Derivative
h = sp.Symbol("h", nonnegative=True)
f = sp.Function("f")
eta = sp.Function("eta", positive=True)(u, v)
HIDDEN_ZERO = sp.sin(1) ** 2 + sp.cos(1) ** 2 - 1

FALSE: dict[str, tuple[Any, ...]] = {
    "log of exp": (sp.log(sp.exp(x)) - x,),
    "log of product": (sp.log(x * y) - sp.log(x) - sp.log(y),),
    "root of product": (sp.sqrt(x * y) - sp.sqrt(x) * sp.sqrt(y),),
    "root of square": (sp.sqrt(u**2) - u,),
    "gamma odd": (sp.gamma(u) + sp.gamma(-u),),
    "difference nonzero": (sp.Piecewise((1, sp.Ne(p, q)), (0, True)) - 1,),
    "sign of nonnegative": (sp.sign(h) - 1,),
    "sign squared": (sp.sign(u) ** 2 - 1,),
    "boundary of a shift": (sp.Piecewise((1, u > 3), (0, True)) - 1, u >= 3),
    "division by an equation": (x - 1, sp.Eq(x * y, y)),
    "constant of integration": (sp.atan(p) + sp.atan(1 / p) - sp.pi / 2 - NANO,),
    "jump of the arc tangent": (sp.atan(u) + sp.atan(1 / u) - sp.pi / 2,),
    "root of a power of a fact": (sp.sqrt(x**2) - x, x**3 > 0),
    "fifth power of a fact": (sp.sqrt(x**2) - x, x**5 > 0),
    "contradiction that is none": (sp.re(x) - 1, x**2 < 0),
    "unreal beside a root": (sp.sqrt(x * (sp.sqrt(p) + sp.I * u)) - sp.sqrt(x) * sp.sqrt(sp.sqrt(p) + sp.I * u),),
    "unreal quadratic": (sp.log(x * (u**2 + sp.I * u + 1)) - sp.log(x) - sp.log(u**2 + sp.I * u + 1),),
    "integer bump": (sp.Piecewise((1, sp.Eq(n, 0)), (0, True)),),
    "other function": (f(x) - f(y),),
    "order of arguments": (sp.Function("g")(x, y) - sp.Function("g")(y, x),),
    "turned logarithm": (sp.log(-p) - sp.log(p) + sp.pi * sp.I,),
}
"""Statements that the symbolic search must not prove, with no ball to protect it."""

TRUE: dict[str, tuple[Any, ...]] = {
    "negative factors": (sp.Abs(u * v) - u * v, u < 0, v < 0),
    "square of a root": ((sp.sqrt(p) + 1) ** 2 - p - 2 * sp.sqrt(p) - 1,),
    "pythagoras": (sp.sin(x) ** 2 + sp.cos(x) ** 2 - 1,),
    "logarithm": (sp.log(p * q**2) - sp.log(p) - 2 * sp.log(q),),
    "machin": (4 * sp.atan(R(1, 5)) - sp.atan(R(1, 239)) - sp.pi / 4,),
    "abs": (sp.Max(u, v) - (u + v + sp.Abs(u - v)) / 2,),
    "under a hypothesis": (sp.Abs(u) - u, u >= 0),
    "chain rule": (D(f(x**2) * x, x) - f(x**2) - 2 * x**2 * sp.Subs(D(f(y), y), y, x**2),),
    "error function": (sp.erf(u - v) + sp.erf(v - u),),
    "root of a product": (sp.sqrt(p * q + p) - sp.sqrt(p) * sp.sqrt(q + 1),),
    "jets": (sp.log(eta).diff(u) * eta - eta.diff(v, 2), sp.Eq(eta.diff(u), eta.diff(v, 2))),
    "real function": (sp.sqrt(eta**2) - eta,),
    "needless hypothesis": (sp.sin(u) ** 2 + sp.cos(u) ** 2 - 1, v > 0),
}
IDENTICALLY: dict[str, tuple[Any, ...]] = {
    "derivative of an equation": (eta.diff(u, v) - eta.diff(v, 3), sp.Eq(eta.diff(u), eta.diff(v, 2))),
}
"""Statements that hold where their hypotheses hold identically; whoever cannot prove them must not refute them."""
FALSE_AT_A_POINT: dict[str, tuple[Any, ...]] = {
    "heaviside": (sp.Heaviside(u) - sp.Piecewise((1, u >= 0), (0, True)),),
    "equality": (sp.Piecewise((1, sp.Eq(u, R(1, 3))), (0, True)),),
    "boundary": (sp.Abs(u - 1) - u + 1, u >= 1 - NANO),
    "far up the strip": (sp.log(sp.exp(x)) - x,),
}
VACUOUS: dict[str, tuple[Any, ...]] = {
    "contradiction": (u - 1, u > 0, u < 0),
    "hidden zero": (1 / ((u + 1) ** 2 - u**2 - 2 * u - 1),),
    "assumption": (p - 1, v**2 < -1),
}
DENIED: dict[str, tuple[Any, ...]] = {
    "logarithm across its cut": (sp.log(-1 + sp.I * x),),
    "division": (1 / x,),
    "sign": (sp.sign(x),),
    "pole": (sp.tan(x + sp.pi / 2),),
    "equality": (sp.Piecewise((1, sp.Eq(x, 0)), (0, True)),),
    "kink": (D(sp.Abs(u), u),),
    "arc sine": (sp.asin(2 + x),),
    "hyperbolic": (sp.acosh(R(1, 2) + x),),
}
VALUES: dict[str, tuple[Any, ...]] = {
    "arc cotangent": (sp.acot(2), sp.atan(R(1, 2))),
    "step": (sp.Heaviside(x - 2), R(1, 2)),
    "at least": (sp.Piecewise((1, sp.Ge(x, 2)), (0, True)), 1),
    "negative root": (sp.sqrt(x - 6), 2 * sp.I),
    "cube root": ((x - 10) ** R(1, 3), 2 * sp.exp(sp.I * sp.pi / 3)),
    "argument": (sp.arg(x - 3), sp.pi),
    "derivative": (sp.Subs(D(f(y), y), y, x), 12),
}


def complaints_about_false_statements(package: str) -> Iterator[str]:
    decide, goals, search = (part(package, name) for name in ("decide", "deciding.goals", "deciding.search"))
    for name, (expression, *hypotheses) in FALSE.items():
        claim, given = decide.prepare(expression, hypotheses)
        goal = goals.Goal(claim, goals.facts_of(given), goals.GOAL_SIGNS["=0"])
        if search.Search().find(goal) is not None:
            yield f"a proof without a theorem: {name}"


def complaints_about_verdicts(package: str) -> Iterator[str]:
    decide = part(package, "decide").decide_zero
    for wanted, statements in (
        ("undecided", VACUOUS),
        ("refuted", FALSE_AT_A_POINT),
        ("proved", TRUE),
    ):
        for name, (expression, *hypotheses) in statements.items():
            verdict = decide(expression, hypotheses).verdict
            if verdict != wanted:
                yield f"{name} is {verdict}, not {wanted}"


def complaints_about_replay(package: str) -> Iterator[str]:
    decide, replay = part(package, "decide").decide_zero, part(package, "replay")
    verdict, seal_of = part(package, "verdict"), part(package, "deciding.certificate").seal_of
    text = part(package, "deciding.canonical_text").write_exactly
    rebuild = part(package, "deciding.canonical_text").rebuild

    def holds(payload: Any, claim: Any, hypotheses: Any) -> bool:
        try:
            replay.replay(verdict.Certificate("identity", payload), claim=claim, hypotheses=hypotheses)
        except replay.ReplayError:
            return False
        return True

    for name in ("logarithm", "machin", "under a hypothesis", "root of a product", "needless hypothesis"):
        expression, *hypotheses = TRUE[name]
        certificate = decide(expression, hypotheses).certificate
        if certificate is None:
            yield f"{name} is not proved"
            return
        payload = dict(certificate.payload)
        if not holds(payload, expression, hypotheses):
            yield f"{name} does not replay"
        if holds({**payload, "seal": "0" * 64}, expression, hypotheses):
            yield f"{name} replays with a broken seal"
        if holds(payload, expression + 1, hypotheses):
            yield f"{name} replays for another claim"
        if hypotheses and holds(payload, expression, []):
            yield f"{name} replays without its hypothesis"
        tiny = {**payload, "claim": text(rebuild(expression + R(1, 10**60)))}
        if holds({**tiny, "seal": seal_of(tiny)}, expression + R(1, 10**60), hypotheses):
            yield f"{name} replays for a claim that is off by a little"
        body = {key: value for key, value in payload.items() if key != "seal"}
        if name == "needless hypothesis":
            values = [[node, "Integer(-1)"] for node, _ in body["point"]["values"]]
            outside = {**body, "point": {**body["point"], "values": values}}
            if holds({**outside, "seal": seal_of(outside)}, expression, hypotheses):
                yield f"{name} replays although its point violates the hypothesis"
        yield from (
            f"{name} replays with other advice at {path}"
            for path, changed in [*alterations(body), *_far_alterations(body)]
            if _is_binding(path)
            and holds({**changed, "seal": seal_of(changed)}, expression, hypotheses)
            and not _is_free(path, body, changed, hypotheses)
        )


def _is_binding(path: tuple[str | int, ...]) -> bool:
    """Say whether a path leads to a number that the proof rests on, or to the point."""
    return (
        "powers" in path or "sign" in path or "factor" in path or path[-1:] == ("quarters",) or path[:1] == ("point",)
    )


def _far_alterations(body: dict[str, Any]) -> list[tuple[tuple[str | int, ...], Any]]:
    """Shift every number of quarters by two turns."""
    advice = body["proof"].get("advice", [])
    moved = []
    for place, each in enumerate(advice):
        if isinstance(each, dict) and "quarters" in each:
            changed = [*advice[:place], {**each, "quarters": each["quarters"] - 8}, *advice[place + 1 :]]
            path: tuple[str | int, ...] = ("proof", "advice", place, "quarters")
            moved.append((path, {**body, "proof": {**body["proof"], "advice": changed}}))
    return moved


def _is_free(path: tuple[str | int, ...], body: dict[str, Any], changed: dict[str, Any], hypotheses: list[Any]) -> bool:
    """Say whether a change leaves a valid proof: factors in another order, or another point inside the hypotheses."""
    if path[:1] == ("point",):
        return not hypotheses or "-" not in str(changed["point"])
    return sorted(str(body)) == sorted(str(changed))


def complaints_about_balls(package: str) -> Iterator[str]:
    balls = part(package, "deciding.balls")
    for name, (expression,) in DENIED.items():
        try:
            balls.ball(expression, {x: HIDDEN_ZERO, u: 0}, precision=128)
        except balls.Undefined:
            continue
        yield f"{name} got a value"
    for name, (expression, value) in VALUES.items():
        instances = {f: sp.Lambda(x, x**3)}
        difference = balls.ball(expression, {x: 2}, instances, precision=128) - balls.ball(
            sp.sympify(value), {}, precision=128
        )
        if not difference.contains(0):
            yield f"{name} has another value"


def complaints_about_witnesses(package: str) -> Iterator[str]:
    refute, sampling = part(package, "deciding.refute"), part(package, "deciding.sampling")
    expression, hypotheses = sp.sqrt(u**2) - u, (u < 3,)
    witness = refute.refute(expression, hypotheses)
    if witness is None or not refute.recheck(expression, hypotheses, witness):
        yield "no witness for a false statement"
        return
    other = type(witness)(point={"u": "2"}, strength=witness.strength, observed="0", required="0", data=witness.data)
    if refute.recheck(expression, hypotheses, other):
        yield "a point where the statement holds passes for a witness"
    for name, (truth, *given) in (TRUE | IDENTICALLY).items():
        if refute.refute(truth, given, points=30) is not None:
            yield f"{name} is refuted"
    function = sp.Function("g", positive=True)
    samples = sampling.admissible_points(function(u) + h, (), count=12, seed=0)
    if len(samples) != 12:
        yield "no instances of a positive function"
    if any(sample.values[h] < 0 for sample in samples):
        yield "a nonnegative symbol is negative"


def complaints_about_axioms(package: str) -> Iterator[str]:
    """Give the axioms advice that is wrong; not one may take it."""
    tower_module, axioms = part(package, "deciding.tower"), part(package, "deciding.axioms")
    tower, kind = tower_module.Tower(12), tower_module.Kind
    signs = part(package, "deciding.signs").Signs(tower)

    def add(**fields: Any) -> Any:
        return tower.generator(tower.add_generator(tower_module.Generator(**fields)))

    number = add(kind=kind.SYMBOL, symbol=p)
    add(kind=kind.UNITY, order=4)
    add(kind=kind.CONSTANT, symbol=sp.pi)
    add(kind=kind.LOG, arguments=(number,))
    add(kind=kind.ROOT, order=2, arguments=(number,))
    add(kind=kind.CALL, name="erf", arguments=(number,))
    half = tower.rational(1).scale(fmpq(1, 2))
    add(kind=kind.CALL, name="atan", arguments=(half,))
    add(kind=kind.EXP, arguments=(number,))
    free = add(kind=kind.SYMBOL, symbol=x)
    grown = add(kind=kind.EXP, arguments=(free,))
    add(kind=kind.LOG, arguments=(free,))
    add(kind=kind.ROOT, order=3, arguments=(number,))
    square, minus = number * number, -number
    wrong: dict[str, Callable[[], Any]] = {
        "exp(2p) = exp(p)": lambda: axioms.exp_of(tower, signs, number.scale(2), {"powers": [[7, 1]], "roots": {}}),
        "log(p^2) = log p": lambda: axioms.log_of(tower, signs, square, {"powers": [[3, 1]], "other": None, "turn": 0}),
        "log(-p) = log p - i pi": lambda: axioms.log_of(
            tower, signs, minus, {"powers": [[3, 1]], "other": None, "turn": -2}
        ),
        "log(exp(x)) = x": lambda: axioms.log_of(tower, signs, grown, {"powers": [[9, 1]], "other": None, "turn": 0}),
        "log(x^2) = 2 log x": lambda: axioms.log_of(
            tower, signs, free * free, {"powers": [[10, 2]], "other": None, "turn": 0}
        ),
        "sqrt(x^2) = x": lambda: axioms.root_of(tower, signs, free * free, fmpq(1, 2), {"factor": "g8", "root": None}),
        "(-p)^(2/3) = p^(2/3)": lambda: axioms.root_of(tower, signs, minus, fmpq(2, 3), {"factor": "1", "root": 11}),
        "sqrt(p) = p": lambda: axioms.root_of(tower, signs, number, fmpq(1, 2), {"factor": "g0", "root": None}),
        "erf(p^2) = erf(p)": lambda: axioms.call_of(
            tower, signs, ("erf", None), [square], {"call": 5, "sign": 1, "shift": 0}
        ),
        "erf(p) = atan(1/2)": lambda: axioms.call_of(
            tower, signs, ("erf", None), [half], {"call": 6, "sign": 1, "shift": 0}
        ),
        "atan(1/2) = atan(1/2) + 2 pi": lambda: axioms.call_of(
            tower, signs, ("atan", None), [half], {"powers": [[6, 1]], "quarters": 8}
        ),
    }
    for name, take in wrong.items():
        try:
            take()
        except axioms.UnprovedError:
            continue
        yield f"the axioms grant {name}"


def complaints_about_signs(package: str) -> Iterator[str]:
    """Compare the algebra of sign sets with numbers of every sign."""
    sets = part(package, "deciding.sign_sets")
    numbers = [
        sp.Integer(0),
        sp.Integer(2),
        R(1, 2),
        sp.Integer(-2),
        R(-1, 2),
        sp.I,
        -sp.I,
        1 + sp.I,
        -1 + sp.I,
        1 - sp.I,
    ]

    def sign(number: sp.Expr) -> int:
        value = sp.expand(number)
        return int(sets.of_rational(fmpq(int(value.p), int(value.q))) if value.is_Rational else sets.NONREAL)

    for a in numbers:
        for b in numbers:
            for extra in (0, sets.ZERO, sets.POSITIVE, sets.NEGATIVE, sets.NONREAL, sets.REAL):
                if not sign(a + b) & sets.plus(sign(a) | extra, sign(b)):
                    yield f"the sum of {a} and {b}"
                if not sign(a * b) & sets.times(sign(a) | extra, sign(b)):
                    yield f"the product of {a} and {b}"
                yield from (f"{a}^{k}" for k in (1, 2, 3, 4) if not sign(a**k) & sets.to_power(sign(a) | extra, k))


PROBES: dict[str, Callable[[str], Iterator[str]]] = {
    "axioms": complaints_about_axioms,
    "balls": complaints_about_balls,
    "signs": complaints_about_signs,
    "false": complaints_about_false_statements,
    "replay": complaints_about_replay,
    "witnesses": complaints_about_witnesses,
    "verdicts": complaints_about_verdicts,
}
