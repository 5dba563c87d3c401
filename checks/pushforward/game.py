"""Footnote 3: a game that is said to have no stable saddle point, and the loop of best responses that it describes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import product
from typing import Final, final

from sympy import Expr, Integer, Rational, S

from ...theory.pushforward import adversarial_game as theory
from ...theory.pushforward.adversarial_game import CORNERS, DATA, HALF, QUARTER, SADDLE, Game, Quarters
from ...theory.verdict import Verdict
from ..builders import derivation, identity
from ..claim import Claim, false, true
from ..residual_attack import residual_attack
from .exact_instances import Outcome, exact_instances, printed
from .sources import as_printed, corrected

FOOTNOTE = "footnote 3"
NEARLY = Rational(101, 100)
LEFT: Final[Quarters] = (Integer(1), Integer(1), Integer(0), Integer(0))
RIGHT: Final[Quarters] = (Integer(0), Integer(0), Integer(1), Integer(1))
"""The indicators of (0, 1/2) and of (1/2, 1)."""


@final
@dataclass(frozen=True, slots=True)
class Pair:
    """A pair of strategies: where the generator's interval starts, and a quarterwise test function."""

    place: Rational
    function: Quarters


def _pairs() -> dict[str, Pair]:
    """Return the pairs of an end or the middle with a 0-1 function of the quarters, the saddle points first."""
    every = (Pair(place, function) for place in CORNERS for function in product((Integer(0), Integer(1)), repeat=4))
    ordered = sorted(every, key=lambda pair: pair.function != SADDLE)
    return {f"a = {pair.place}, f = ({', '.join(map(str, pair.function))})": pair for pair in ordered}


PAIRS: Final[Mapping[str, Pair]] = _pairs()
MIDDLE: Final = "a = 1/4, f = (0, 1, 1, 0)"
Saddle = Callable[[Pair], bool]


def _called(claimed: Saddle, pair: Pair) -> Outcome:
    """Compare whether a pair is a saddle point, in which neither player can gain, with what is claimed of it."""
    gap = theory.duality_gap(pair.function, pair.place)
    return Outcome(Integer(gap == 0), Integer(claimed(pair)), f"a saddle point, 1 or 0 (joint gain {gap})")


def _no_saddle(_: Pair) -> bool:
    """Say that a pair is no saddle point."""
    return False


def _saddles(pair: Pair) -> bool:
    """Say whether a pair is one of the saddle points among those of `PAIRS`."""
    return pair.function == SADDLE and pair.place in (CORNERS[0], CORNERS[-1])


no_stable_saddle_as_printed = Claim(
    id="pushforward.no-stable-saddle-as-printed",
    title="The game of footnote 3 has no stable saddle point",
    statement=r"""
Printed: no saddle point is stable in (2) for the uniform law $`\mu_1`$ on $`(0, 1/4) \cup (3/4, 1)`$, the class
$`\mathcal{F}`$ of functions with values in $`[0, 1]`$ and the uniform laws on $`(a, a + 1/2)`$, $`a \in [0, 1/2]`$.

**False.** $`a = 0`$ with $`f^* = \mathbf{1}_{(1/4, 3/4)}`$ is a saddle point: the payoff is $`\frac12`$, no $`f`$ does
better against $`\mu_0`$ and no $`a`$ better against $`f^*`$. It is stable as well, see the correction: what the print
calls stable is not defined, and there the word means Lyapunov stability under projected gradient descent-ascent.
""",
    source=as_printed(FOOTNOTE),
    formula=lambda: printed(_no_saddle),
    controls={
        "a = 0 and a = 1/2 with f* and no others": true(lambda: printed(_saddles), note="the correction"),
        "no saddle point at a = 1/4 with f*": true(lambda: printed(_no_saddle, MIDDLE)),
        "a saddle point at a = 1/4 with f*": false(lambda: printed(lambda _: True, MIDDLE), near=True),
    },
    checks=(exact_instances(PAIRS, _called, method="payoffs in rational arithmetic, least at a corner"),),
    expected=Verdict.REFUTED,
    correction="pushforward.stable-saddle",
    instance=lambda: "a = 0 and f = 1 on (1/4, 3/4): payoff 1/2",
    remark="The pairs are those of an end or the middle of [0, 1/2] with the 0-1 functions of the quarters of (0, 1).",
)


@final
@dataclass(frozen=True, slots=True)
class StableSaddle:
    """What is claimed of the game, of the rate at which a falls near its saddle, and of the data where f* is 1."""

    game: Game
    rate: Expr
    data: Expr


def _stable_saddle() -> StableSaddle:
    """Return the game's solution and its stability."""
    return StableSaddle(theory.game(), theory.descent_rate(), DATA[SADDLE.index(1)])


def _rate_left_over(claimed: StableSaddle) -> dict[str, Expr]:
    """Return what the claimed rate leaves over where it is attained: f(a + 1/2) = 1 - e and f(a) = e."""
    high, low = 1 - theory.tolerance, theory.tolerance
    return {"at |f - f*| = e": 2 * (high - low) - claimed.rate}


def _data_left_over(claimed: StableSaddle) -> dict[str, Expr]:
    """Return what the claimed density of the data leaves over of that on the second quarter, where f* is 1."""
    return {"second quarter": DATA[1] - claimed.data}


stable_saddle = Claim(
    id="pushforward.stable-saddle",
    title="The game of footnote 3 has the value 1/2 and a stable saddle point",
    statement=r"""
In the game of footnote 3 with the payoff $`\langle f \,|\, \mu_a - \mu_1 \rangle`$,

```math
\sup_f \langle f \,|\, \mu_a - \mu_1 \rangle = 1 - 2 \left| a - \tfrac14 \right| , \qquad
\min_a \max_f = \max_f \min_a = \tfrac12 ,
```

with the saddle points $`a = 0`$ and $`a = \frac12`$ against $`f^* = \mathbf{1}_{(1/4, 3/4)}`$. Under projected gradient
descent-ascent, $`a' = -2 (f(a + \frac12) - f(a))`$ and $`f' = p_a - p_1`$ with $`f`$ kept in $`[0, 1]`$, the first is
stable: $`|f - f^*|`$ grows at no point, whatever $`a`$ does, and while $`0 < a < \frac14`$ and
$`|f - f^*| \le e < \frac12`$ one has $`a' \le -2 (1 - 2e)`$, so that $`a`$ reaches 0 and stays.
""",
    source=corrected(FOOTNOTE),
    formula=_stable_saddle,
    controls={
        "value off by one per cent": false(
            lambda: replace(_stable_saddle(), game=replace(theory.game(), value=NEARLY * HALF)), near=True
        ),
        "total variation 1 - |a - 1/4|": false(
            lambda: replace(_stable_saddle(), game=replace(theory.game(), distance=(1 + theory.total_variation()) / 2))
        ),
        "f* = 1 on (1/2, 1)": false(lambda: replace(_stable_saddle(), game=replace(theory.game(), adversary=RIGHT))),
        "rate off by one per cent": false(
            lambda: replace(_stable_saddle(), rate=NEARLY * theory.descent_rate()), near=True
        ),
        "one per cent of the data where f* is 1": false(
            lambda: replace(_stable_saddle(), data=Rational(1, 100)), near=True
        ),
    },
    checks=(
        identity(lambda claimed: theory.game_residuals(claimed.game), name="value and saddle points"),
        derivation(
            lambda _: theory.derive_descent(),
            lambda claimed: theory.descent_statement(claimed.rate),
            attack=residual_attack(_rate_left_over),
            name="the generator returns",
        ),
        derivation(
            lambda _: theory.derive_approach(1),
            lambda claimed: theory.approach_statement(1, claimed.data),
            attack=residual_attack(_data_left_over),
            name="the adversary returns to 1",
        ),
    ),
    expected=Verdict.PROVED,
    dimension="d = 1",
    instance=lambda: "a = 1/8, f = f*: a falls at the rate 2",
)


@final
@dataclass(frozen=True, slots=True)
class Reply:
    """A claimed best response: the mover's new strategy against what the other plays, as a share of its best payoff."""

    place: Callable[[Quarters], Rational]
    share: Expr = S.One


def _into(function: Quarters) -> Rational:
    """Return where the print sends the generator: into the support of f."""
    return HALF if function == RIGHT else Integer(0)


def _out_of(function: Quarters) -> Rational:
    """Return the generator's best response with the sign of (2): away from the support of f."""
    return Integer(0) if function == RIGHT else HALF


RESPONSES: Final[Mapping[str, Quarters]] = {
    "f = 1 on (1/2, 1)": RIGHT,
    "f = 1 on (0, 1/2)": LEFT,
    "f = 1 everywhere": (Integer(1),) * 4,
}


def _replied(claimed: Reply, function: Quarters) -> Outcome:
    """Compare the mean of f under the claimed response with the least mean, at a corner."""
    means = {corner: theory.exact_payoff(function, corner) for corner in CORNERS}
    # <f | mu_1> does not depend on the response.
    offset = sum((value * density * QUARTER for value, density in zip(function, DATA, strict=True)), Integer(0))
    found = means[claimed.place(function)] + offset
    return Outcome(found, claimed.share * (min(means.values()) + offset), "mean of f under the response")


best_response_loop_as_printed = Claim(
    id="pushforward.best-response-loop-as-printed",
    title="Against f = 1 on (1/2, 1) the generator moves to (1/2, 1)",
    statement=r"""
Printed: from $`f = \mathbf{1}_{(1/2, 1)}`$ the generator $`\varphi`$ goes to the uniform distribution on $`(1/2, 1)`$,
from there the adversary to $`f = \mathbf{1}_{(0, 1/2)}`$, and then $`\varphi`$ to the uniform distribution on
$`(0, 1/2)`$, in an infinite loop.

**False** with the sign of (2), where $`\varphi`$ minimises
$`\sup_f \langle f \,|\, \mu - \mu_1 \rangle`$: $`\mathbb{E}_{\mu_a} f = 0, \frac12, 1`$ at
$`a = 0, \frac14, \frac12`$, and the generator moves to $`a = 0`$, away from the support of $`f`$. The printed moves are
best responses for the opposite sign, $`\langle f \,|\, \mu_1 - \mu \rangle`$.
""",
    source=as_printed(FOOTNOTE),
    formula=lambda: printed(Reply(_into)),
    controls={
        "away from the support": true(lambda: printed(Reply(_out_of)), note="the correction"),
        "against a constant": true(lambda: printed(Reply(_into), "f = 1 everywhere"), note="every a is as good"),
        "against a constant, a mean of 1.01": false(
            lambda: printed(Reply(_into, NEARLY), "f = 1 everywhere"), near=True
        ),
    },
    checks=(exact_instances(RESPONSES, _replied, method="means in rational arithmetic, least at a corner"),),
    expected=Verdict.REFUTED,
    correction="pushforward.best-response-loop",
    instance=lambda: "f = 1 on (1/2, 1): means 0, 1/2, 1 at a = 0, 1/4, 1/2",
)


@final
@dataclass(frozen=True, slots=True)
class Loop:
    """A loop of best responses: the generator's place against each indicator, the adversary's against each place.

    `gain` is the payoff of the adversary's responses.
    """

    against_right: Rational
    against_left: Rational
    reply_at_zero: Quarters
    reply_at_half: Quarters
    gain: Expr


def _loop() -> Loop:
    """Return the loop with the sign of (2)."""
    return Loop(Integer(0), HALF, LEFT, RIGHT, HALF)


def _loop_residuals(claimed: Loop) -> dict[str, Expr]:
    """Return by how much the responses of a claimed loop miss the best ones, and its gain the total variation."""
    responses = (("(1/2, 1)", RIGHT, claimed.against_right), ("(0, 1/2)", LEFT, claimed.against_left))
    residuals: dict[str, Expr] = {}
    for name, function, place in responses:
        least = min(theory.exact_payoff(function, corner) for corner in CORNERS)
        residuals[f"generator against {name}"] = theory.exact_payoff(function, place) - least
    for place, function in ((CORNERS[0], claimed.reply_at_zero), (HALF, claimed.reply_at_half)):
        residuals[f"adversary at a = {place}"] = theory.exact_payoff(function, place) - claimed.gain
        residuals[f"gain at a = {place}"] = claimed.gain - theory.best_reply(place, early=place <= QUARTER)
    return residuals


best_response_loop = Claim(
    id="pushforward.best-response-loop",
    title="Best responses of the game of footnote 3 run in a loop, the other way round",
    statement=r"""
With the payoff $`\langle f \,|\, \mu_a - \mu_1 \rangle`$ that $`\varphi`$ minimises, $`a = 0`$ is the best response
to $`\mathbf{1}_{(1/2, 1)}`$, $`\mathbf{1}_{(0, 1/2)}`$ is a best response to $`a = 0`$, $`a = \frac12`$ is the best
response to $`\mathbf{1}_{(0, 1/2)}`$, and $`\mathbf{1}_{(1/2, 1)}`$ is a best response to $`a = \frac12`$; each of the
adversary's gains $`\frac12`$. So best responses may run in a loop for ever, although the game has saddle points.
""",
    source=corrected(FOOTNOTE),
    formula=_loop,
    controls={
        "the printed direction": false(lambda: replace(_loop(), against_right=HALF, against_left=Integer(0))),
        "replies exchanged": false(lambda: replace(_loop(), reply_at_zero=RIGHT, reply_at_half=LEFT)),
        "gain off by one per cent": false(lambda: replace(_loop(), gain=NEARLY * HALF), near=True),
    },
    checks=(identity(_loop_residuals, name="best responses"),),
    expected=Verdict.PROVED,
    dimension="d = 1",
    uses=("pushforward.stable-saddle",),
    instance=lambda: "a = 0 and f = 1 on (0, 1/2): payoff 1/2",
)

CLAIMS = (no_stable_saddle_as_printed, stable_saddle, best_response_loop_as_printed, best_response_loop)
