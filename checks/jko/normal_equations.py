"""The closed-form optimum of the inverse problem: normal equations, and that nothing else is the minimum."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import final

from sympy import Expr, Rational

from ...theory.expectation import Inner, Mean
from ...theory.jko import normal_equations as theory
from ...theory.jko.notation import tau
from ...theory.verdict import Strength, Verdict
from ..builders import derivation
from ..claim import Claim, Reading, Source, false
from ..comparison import Comparison, compare_at_most
from .drawn_losses import drawn_losses

NEARLY = Rational(101, 100)


@final
@dataclass(frozen=True, slots=True)
class Optimum:
    """What is claimed: what vanishes at the minimum, the excess beside it, the right side of a normal equation.

    `ceiling` bounds the loss at the minimum.
    """

    work: Expr
    excess: Expr
    right: Expr
    ceiling: Expr


def _optimum() -> Optimum:
    """Return the optimum of the quadratic loss."""
    return Optimum(
        theory.work_of_residual(),
        theory.excess(),
        theory.normal_equation(0)[1],
        theory.loss(theory.residual + theory.direction),
    )


def _scaled_right(factor: Expr) -> Optimum:
    """Return the optimum with the right side of the normal equations times a factor."""
    return replace(_optimum(), right=factor * theory.normal_equation(0)[1])


def _attack_minimum(claimed: Optimum) -> Iterator[Comparison]:
    """Compare the loss with its ceiling for a residual of length 1 and a direction orthogonal to it, short or long."""
    residual, direction = theory.residual, theory.direction
    for length in (Rational(0), Rational(1, 100), Rational(1)):
        values = {
            Mean(Inner(residual, residual)): 1,
            Mean(Inner(direction, direction)): length**2,
            Mean(Inner(direction, residual)): 0,
            Mean(Inner(residual + direction, residual + direction)): 1 + length**2,
        }
        ceiling = claimed.ceiling.xreplace(values)
        yield compare_at_most(
            1.0, float(ceiling), 0.0, strength=Strength.EXACT, point={"|r|": "1", "|g|": str(length), "<g, r>": "0"}
        )


closed_form_optimum = Claim(
    id="jko.closed-form-optimum",
    title="Where energies are linear in their parameters the normal equations give the optimum",
    statement=r"""
Let the energies be linear in $`\theta \in \mathbb{R}^p`$, with features $`f_j = \nabla V_j(Y)`$,
$`(\nabla U_j * \mu)(Y)`$, $`\nabla \log\rho(Y)`$, all square integrable, at a coupling $`(X, Y)`$ of snapshots in
$`\mathbb{R}^d`$, whose time may be random. For every $`d`$, $`p`$ and $`\tau > 0`$ the loss

```math
L(\theta) = \mathbb{E}|r|^2 , \qquad r = \sum_j \theta_j f_j + \frac{Y - X}{\tau}
```

is least if and only if the normal equations hold:

```math
\sum_j \theta_j\, \mathbb{E}\langle f_i, f_j \rangle = -\frac{1}{\tau}\, \mathbb{E}\langle f_i, Y - X \rangle
\quad\text{for every } i .
```

For if $`L`$ is least in the direction $`g`$, then $`2\, \mathbb{E}\langle g, r \rangle = 0`$; and where that holds,
$`\mathbb{E}|r + g|^2 = \mathbb{E}|r|^2 + \mathbb{E}|g|^2`$. The minimum is unique up to the $`\theta`$ with
$`\sum_j \theta_j f_j = 0`$ almost surely. The right side alone holds $`\tau`$: energies scale with $`1/\tau`$ exactly.
""",
    source=Source("terpin2024", "abstract: a closed-form optimal solution", Reading.RESTATED),
    formula=_optimum,
    controls={
        "x and y swapped": false(lambda: _scaled_right(Rational(-1))),
        "tau omitted": false(lambda: _scaled_right(tau)),
        "right side four times too large": false(
            lambda: _scaled_right(Rational(4)), note="as four batches give that are added and not averaged"
        ),
        "right side off by one per cent": false(lambda: _scaled_right(NEARLY), near=True),
        "work and one per cent of the square": false(
            lambda: replace(_optimum(), work=_optimum().work + (NEARLY - 1) * theory.loss(theory.direction)), near=True
        ),
        "excess off by one per cent": false(lambda: replace(_optimum(), excess=NEARLY * theory.excess()), near=True),
        "ceiling lower by one per cent": false(
            lambda: replace(_optimum(), ceiling=theory.loss(theory.residual + theory.direction) / NEARLY), near=True
        ),
    },
    checks=(
        derivation(
            lambda _: theory.derive_stationarity(),
            lambda claimed: theory.stationarity_statement(claimed.work),
            name="stationary",
        ),
        derivation(
            lambda _: theory.derive_excess(),
            lambda claimed: theory.excess_statement(claimed.excess),
            name="excess",
        ),
        derivation(
            lambda _: theory.derive_optimum(),
            lambda claimed: theory.optimum_statement(claimed.ceiling),
            attack=_attack_minimum,
            name="minimum",
        ),
        derivation(
            lambda _: theory.derive_normal_equation(0),
            lambda claimed: theory.normal_equation_statement(0, claimed.right),
            name="normal equation",
        ),
        drawn_losses,
    ),
    expected=Verdict.PROVED,
    uses=("jko.first-order-condition",),
    instance=lambda: "d = p = 1, V = theta y^2/2, X = 2, Y = 1, tau = 1: theta = 1 and the loss is 0",
)

CLAIMS = (closed_form_optimum,)
