"""All late horizons at once: where the flow is at tau_0, whenever before it started."""

from collections.abc import Iterator
from fractions import Fraction

from sympy import Expr, Rational

from ...theory.monge_ampere import late_start as theory
from ...theory.verdict import Strength, Verdict
from ..builders import derivation
from ..claim import Claim, Reading, Source, false
from ..comparison import Comparison, compare_at_most

NEARLY = Rational(99, 100)

ONE_ATOM = {
    "at 0, x = 1, tau_0 = tau_T = 200/9999": (Fraction(0), Fraction(1), 100, Fraction(0)),
    "at 1, x = 0, tau_T = 0, tau_0 = 1": (Fraction(1), Fraction(0), 0, Fraction(1)),
    "at 2, x = 3, tau_T = 3/4, tau_0 = 5/4": (Fraction(2), Fraction(3), 3, Fraction(1, 2)),
}
"""One atom on the line: its place, x, n of tau_T = 2n/(n^2 - 1) (0 for tau_T = 0), and tau_0 - tau_T."""


def _attack(claimed: Expr) -> Iterator[Comparison]:
    """Compare the exact flow of one atom with the claimed reach."""
    for name, (atom, place, order, delay) in ONE_ATOM.items():
        first = Fraction(2 * order, order**2 - 1) if order else Fraction(0)
        scale = Fraction(order**2 + 1, order**2 - 1) if order else Fraction(1)
        moved = place * scale + atom * delay - place
        values = {theory.length: place, theory.longest: atom, theory.first_time: first, theory.delay: delay}
        reach = claimed.subs({symbol: Rational(value.numerator, value.denominator) for symbol, value in values.items()})
        excess = moved - Fraction(int(reach.p), int(reach.q))
        yield compare_at_most(float(excess), 0.0, 0.0, strength=Strength.EXACT, point={"one atom": name})


late_starts = Claim(
    id="monge-ampere.late-starts",
    title="One ball stands for all late horizons",
    statement=r"""
Let the atoms of $`\mu`$ on $`\mathbb{R}^d`$ be no longer than $`R`$ and $`x \in \mathbb{R}^d`$. For every horizon $`T`$
with $`\tau_T \le \tau_0`$, infinity included, the reverse flow from $`x`$ at time $`T`$ is at $`\tau_0`$ within

```math
\frac{|x|\, \tau_0^2}{2} + R\, \tau_0
```

of $`x`$, in the coordinate $`u`$. So an atom that wins from all points of this ball at $`\tau_0`$ is
$`\Phi_T(x)`$ for all these $`T`$ at once: what is certified of the ball needs no limit $`T \to \infty`$.
""",
    source=Source("lemmata", "this catalogue", Reading.NEW),
    formula=theory.late_reach,
    controls={
        "|x| tau_0^2/2 smaller by one per cent": false(
            lambda: NEARLY * theory.length * theory.final_time**2 / 2 + theory.longest * theory.final_time, near=True
        ),
        "R tau_0 smaller by one per cent": false(
            lambda: theory.length * theory.final_time**2 / 2 + NEARLY * theory.longest * theory.final_time, near=True
        ),
        "as if the flow did not move": false(lambda: theory.length * theory.final_time**2 / 2),
    },
    checks=(
        derivation(
            lambda _: theory.derive_late_start(), theory.late_statement, attack=_attack, name="bounded velocity"
        ),
    ),
    expected=Verdict.PROVED,
    uses=("monge-ampere.regular-flow",),
    instance=lambda: "one atom at 1, x = 0, tau_T = 0, tau_0 = 1: the flow is at 1, which is the bound",
)

CLAIMS = (late_starts,)
