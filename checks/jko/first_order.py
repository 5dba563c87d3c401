"""What holds at a step: the first variation of each energy, and the first-order condition in every dimension."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import final

import sympy as sp
from sympy import Expr, Integer, Rational

from ...theory.expectation import GradientMean
from ...theory.jko import first_variation, quantiles
from ...theory.jko.notation import beta, constant, tau
from ...theory.verdict import Verdict
from ..builders import derivation, identity
from ..claim import Claim, Reading, Source, false
from .displaced_laws import rates_of_drawn_laws
from .particle_steps import PairForces, fitted_interactions

NEW = Source("lemmata", "this catalogue", Reading.NEW)
ABSTRACT = Source("terpin2024", "abstract: the first-order optimality conditions of the JKO scheme", Reading.RESTATED)
NEARLY = Rational(101, 100)
ANY = first_variation.any_internal_energy()


def _scaled_potentials(factor: Expr) -> Mapping[str, Expr]:
    """Return F'(rho) by the internal energy, times a factor."""
    energies = {
        "diffusion": first_variation.entropy(),
        "porous medium": first_variation.porous_medium(),
        "any": ANY,
    }
    return {name: factor * first_variation.chemical_potential(energy) for name, energy in energies.items()}


internal_energy_variation = Claim(
    id="jko.internal-energy-variation",
    title="Along a test field an internal energy changes by the work of its chemical potential",
    statement=r"""
Let $`Y`$ have a smooth density $`\rho > 0`$ on $`\mathbb{R}^d`$, let $`H = \psi(Y) \nabla\chi(Y)`$ with smooth $`\psi`$
of compact support and smooth $`\chi`$, and let $`\rho_e`$ be the density of $`Y + e H`$. For every $`d`$ and every
smooth $`F`$

```math
\frac{d}{de} \int F(\rho_e) = \mathbb{E} \langle \nabla F'(\rho)(Y), H \rangle \quad\text{at } e = 0 ,
```

so the first variation is $`F'(\rho)`$: $`\beta \log\rho`$, up to a constant, for $`F = \beta r \log r`$, and
$`p \rho^{p-1}/(p - 1)`$ for $`F = r^p/(p - 1)`$. Every field of compact support is a sum of $`d`$ such $`H`$.
""",
    source=NEW,
    formula=lambda: _scaled_potentials(Integer(1)),
    controls={
        "score sign flipped": false(lambda: _scaled_potentials(Integer(-1))),
        "chemical potential off by one per cent": false(lambda: _scaled_potentials(NEARLY), near=True),
    },
    checks=(
        derivation(
            lambda _: first_variation.derive_internal_variation(first_variation.entropy()),
            lambda claimed: first_variation.internal_variation_statement(claimed["diffusion"]),
            name="diffusion",
        ),
        derivation(
            lambda _: first_variation.derive_internal_variation(first_variation.porous_medium()),
            lambda claimed: first_variation.internal_variation_statement(
                claimed["porous medium"], first_variation.porous_medium()
            ),
            name="porous medium",
        ),
        derivation(
            lambda _: first_variation.derive_internal_variation(ANY),
            lambda claimed: first_variation.internal_variation_statement(claimed["any"], ANY),
            name="every internal energy",
        ),
    ),
    expected=Verdict.PROVED,
    instance=lambda: "N(0, 1), F = r log r, H = psi(Y): d/de = E[-Y psi(Y)] = -E psi'(Y)",
)


@final
@dataclass(frozen=True, slots=True)
class Conditions:
    """The work E<..., H> that vanishes at a step along a test field: for even U and diffusion, and for any U and F."""

    work: Expr
    general_work: Expr


def _works(*, interaction: Expr = sp.S.One, internal: Expr = sp.S.One, transport: Expr = sp.S.One) -> Conditions:
    """Return the works with factors before their terms."""

    def work(even: bool, function: sp.Lambda) -> Expr:
        return (
            first_variation.first_order_condition(even, function)
            + (interaction - 1) * first_variation.interaction_force(even)
            + (internal - 1) * first_variation.force(first_variation.chemical_potential(function))
            + (transport - 1) * first_variation.displacement_work() / tau
        )

    return Conditions(work(True, first_variation.entropy()), work(False, ANY))


def _explicit_works() -> Conditions:
    """Return the works of the forces at the old points, as a step of Euler's method has them."""

    def at_old(work: Expr) -> Expr:
        nodes = work.atoms(GradientMean)
        return work.xreplace({n: GradientMean(*n.args[:2], first_variation.old) for n in nodes})

    true = _works()
    return Conditions(at_old(true.work), at_old(true.general_work))


first_order_condition = Claim(
    id="jko.first-order-condition",
    title="At a JKO step the forces do no work against the transport back, for every potential and interaction",
    statement=r"""
Let the law $`\mu`$ of $`Y`$, with a smooth density $`\rho > 0`$ on $`\mathbb{R}^d`$, minimise

```math
\int V d\mu + c_U \iint U(x - y)\, d\mu\, d\mu + \int F(\rho) + \frac{W_2^2(\mu, \mathrm{law}(X))}{2 \tau} ,
```

and let $`(X, Y)`$ be an optimal coupling. For every $`d`$, smooth $`V`$ and $`F`$, even smooth $`U`$, and every
$`H = \psi(Y) \nabla\chi(Y)`$ with smooth $`\psi`$ of compact support and smooth $`\chi`$

```math
\mathbb{E} \left\langle \nabla V(Y) + 2 c_U\, (\nabla U * \mu)(Y) + \nabla F'(\rho)(Y) + \frac{Y - X}{\tau}, H
\right\rangle = 0 ,
```

where $`\nabla F'(\rho) = \beta \nabla \log\rho`$ for diffusion. If $`U`$ is not even, $`c_U\, \nabla (U + U^-) * \mu`$
stands for the second term, with $`U^-(z) = U(-z)`$: only the even part acts. With $`c_U = \frac{1}{2}`$ the force is
that of $`U * \mu`$. The minimiser is not assumed to depend smoothly on anything: $`W_2^2`$ is bounded by the cost of
the coupling that is carried along $`H`$.
""",
    source=ABSTRACT,
    formula=_works,
    controls={
        "interaction off by 2": false(lambda: _works(interaction=Rational(1, 2))),
        "interaction off by one per cent": false(lambda: _works(interaction=NEARLY), near=True),
        "score sign flipped": false(lambda: _works(internal=Integer(-1))),
        "x and y swapped in the displacement": false(lambda: _works(transport=Integer(-1))),
        "explicit passed off as implicit": false(_explicit_works),
        "tau omitted": false(lambda: _works(transport=tau)),
    },
    checks=(
        derivation(
            lambda _: first_variation.derive_first_order_condition(),
            lambda claimed: first_variation.first_order_statement(claimed.work),
            name="test field",
        ),
        derivation(
            lambda _: first_variation.derive_first_order_condition(False, ANY),
            lambda claimed: first_variation.first_order_statement(claimed.general_work, False, ANY),
            name="test field, every energy",
        ),
        rates_of_drawn_laws,
    ),
    expected=Verdict.PROVED,
    uses=("jko.internal-energy-variation",),
    instance=lambda: "d = 1, V = x^2/2, U = 0, beta = 1, tau = 1: N(0, 1) stays, X = Y, and Y - Y = 0",
)


@final
@dataclass(frozen=True, slots=True)
class LineConditions:
    """What vanishes at a step on the line, by quantile functions of u in (0, 1): for diffusion, and for any F.

    `slope` is (log rho)' at Q(u).
    """

    diffusion: Expr
    general: Expr
    slope: Expr


def _lines(*, internal: Expr = sp.S.One, transport: Expr = sp.S.One) -> LineConditions:
    """Return the conditions with factors before two of their terms."""
    moved = (quantiles.quantile - quantiles.old_quantile) / tau
    derivative = quantiles.quantile.diff(quantiles.u)
    (value,) = ANY.variables
    chemical = ANY(value).diff(value).subs(value, 1 / derivative).doit().diff(quantiles.u) / derivative

    def line(function: sp.Lambda | None, inside: Expr) -> Expr:
        return quantiles.quantile_condition(function) + (internal - 1) * inside + (transport - 1) * moved

    return LineConditions(
        diffusion=line(None, beta * quantiles.density_slope()),
        general=line(ANY, chemical),
        slope=internal * quantiles.density_slope(),
    )


def _explicit_lines() -> LineConditions:
    """Return the conditions with the forces at the old quantiles."""
    quantile, old = quantiles.quantile, quantiles.old_quantile

    def at_old(line: Expr) -> Expr:
        return line.replace(quantile.func, old.func).doit() + (quantile - old) / tau

    true = _lines()
    return replace(true, diffusion=at_old(true.diffusion), general=at_old(true.general))


quantile_condition = Claim(
    id="jko.quantile-condition",
    title="On the line the first-order condition is the Euler-Lagrange equation of quantile functions",
    statement=r"""
On the line let $`Q_0`$ be the quantile function of the old law, and let the smooth, increasing $`Q`$, with density
$`\rho(Q(u)) = 1/Q'(u)`$, minimise

```math
\int_0^1 V(Q) + W(Q) + Q' F(1/Q') + \frac{(Q - Q_0)^2}{2 \tau}\, du .
```

For every smooth $`V`$ and $`W`$ (a convolution held fixed: $`2 c_U U * \mu`$), every $`\beta, \tau > 0`$ and all
$`u \in (0, 1)`$

```math
V'(Q) + W'(Q) - \beta \frac{Q''}{Q'^2} + \frac{Q - Q_0}{\tau} = 0 \quad\text{for } F = \beta r \log r , \qquad
V'(Q) + W'(Q) + \frac{1}{Q'} \frac{d}{du} F'(1/Q') + \frac{Q - Q_0}{\tau} = 0
```

for every smooth $`F`$, and $`(\log\rho)'(Q(u)) = -Q''/Q'^2`$: the third term is $`\beta (\log\rho)'`$.
""",
    source=ABSTRACT,
    formula=_lines,
    controls={
        "score sign flipped": false(lambda: _lines(internal=Integer(-1))),
        "score off by one per cent": false(lambda: _lines(internal=NEARLY), near=True),
        "explicit passed off as implicit": false(_explicit_lines),
        "tau omitted": false(lambda: _lines(transport=tau)),
    },
    checks=(
        derivation(
            lambda _: quantiles.derive_quantile_condition(),
            lambda claimed: quantiles.quantile_statement(claimed.diffusion),
            name="diffusion",
        ),
        derivation(
            lambda _: quantiles.derive_quantile_condition(ANY),
            lambda claimed: quantiles.quantile_statement(claimed.general, ANY),
            name="every internal energy",
        ),
        identity(
            lambda claimed: quantiles.density_slope_residuals(claimed.slope),
            hypotheses=(sp.Gt(quantiles.quantile.diff(quantiles.u), 0),),
            name="slope of the density",
        ),
    ),
    expected=Verdict.PROVED,
    dimension="d = 1",
    instance=lambda: "V = x^2/2, beta = tau = 1, from N(0, 1): Q = Q_0 with -Q''/Q'^2 = -Q",
)


@final
@dataclass(frozen=True, slots=True)
class PointConditions:
    """What vanishes at every point after a step, coordinate by coordinate: for even U, and for any U."""

    even: Expr
    general: Expr


def _at_points(change: Mapping[sp.Symbol, Expr]) -> PointConditions:
    """Return the conditions with other constants."""
    return PointConditions(*(first_variation.pointwise_condition(even).subs(change) for even in (True, False)))


pointwise_condition = Claim(
    id="jko.pointwise-condition",
    title="At a JKO step the first-order condition holds at every point",
    statement=r"""
In the setting of the first-order condition, for every $`d`$: by Brenier's theorem the optimal map from the new law back
to the old one is $`y \mapsto y - \nabla\kappa(y)`$; where $`\kappa`$ is smooth, at every point $`y`$ of
$`\mathbb{R}^d`$ and for every $`i`$

```math
\partial_i \left( V + 2 c_U\, U * \mu + \beta \log\rho + \frac{\kappa}{\tau} \right) = 0 , \qquad\text{that is,}\quad
\nabla V(y) + 2 c_U\, (\nabla U * \mu)(y) + \beta \nabla \log\rho(y) + \frac{y - x}{\tau} = 0
```

for even $`U`$, where $`x`$ is the point that $`y`$ came from; for any $`U`$ the second term is
$`c_U\, (U + U^-) * \mu`$. The quadratic loss of the inverse problem is the mean square of the left side.
""",
    source=ABSTRACT,
    formula=lambda: _at_points({}),
    controls={
        "interaction off by 2": false(lambda: _at_points({constant: constant / 2})),
        "interaction off by one per cent": false(lambda: _at_points({constant: NEARLY * constant}), near=True),
        "score sign flipped": false(lambda: _at_points({beta: -beta})),
        "x and y swapped": false(lambda: _at_points({tau: -tau})),
        "tau omitted": false(lambda: _at_points({tau: Integer(1)})),
    },
    checks=(
        derivation(
            lambda _: first_variation.derive_pointwise_condition(),
            lambda claimed: first_variation.pointwise_statement(claimed.even),
            name="vanishing work",
        ),
        derivation(
            lambda _: first_variation.derive_pointwise_condition(False),
            lambda claimed: first_variation.pointwise_statement(claimed.general, False),
            name="vanishing work, any interaction",
        ),
    ),
    expected=Verdict.PROVED,
    uses=("jko.first-order-condition", "monge-ampere.brenier"),
    instance=lambda: "d = 1, V = y^2/2, U = 0, beta = tau = 1, from N(0, 1): y - y + 0 = 0 at every point",
)


def _pair_forces(factor: Expr) -> PairForces:
    """Return the forces of a pair, times a factor."""
    return PairForces(factor * quantiles.pair_force(), factor * quantiles.pair_force(even=False))


@cache
def _pair_residuals(claimed: PairForces) -> dict[str, Expr]:
    """Return what the claimed forces leave over of the energy of three particles, for even U and for any U."""
    return {
        f"{name}, {label}": residual
        for name, force, even in (("even U", claimed.even, True), ("any U", claimed.general, False))
        for label, residual in quantiles.pair_force_residuals(force, even).items()
    }


interaction_constant = Claim(
    id="jko.interaction-constant",
    title="With the interaction energy counted twice, a fit returns twice the interaction",
    statement=r"""
Let the interaction energy be $`c_U \iint U(x - y)\, d\mu\, d\mu`$. The force on $`y`$ from $`y'`$ in the first-order
condition is

```math
2 c_U\, U'(y - y') \quad\text{for even } U , \qquad
c_U\, \left( U'(y - y') - U'(y' - y) \right) \quad\text{for any } U ,
```

here along one coordinate, as in every dimension along the line through the pair. It is $`\nabla U * \mu`$ itself if
and only if $`c_U = \frac{1}{2}`$; a fit of the condition with $`\nabla U * \mu`$ to steps with $`c_U = 1`$ returns
$`2 U`$, and of an odd part nothing.
""",
    source=NEW,
    formula=lambda: _pair_forces(Integer(1)),
    controls={
        "interaction constant off by 2": false(lambda: _pair_forces(Rational(1, 2))),
        "interaction constant off by one per cent": false(lambda: _pair_forces(NEARLY), near=True),
        "odd part acts like the even one": false(
            lambda: PairForces(quantiles.pair_force(), quantiles.pair_force()), near=True
        ),
    },
    checks=(
        identity(
            _pair_residuals,
            name="energy of particles",
            extends="three particles: the energy is a sum over pairs, and every law a limit of particles",
        ),
        fitted_interactions,
    ),
    expected=Verdict.PROVED,
    uses=("jko.first-order-condition",),
    instance=lambda: "two particles at 0 and 1, U = z^2/2, c_U = 1: the energy is 1/4 of (0 - 1)^2 from either pair",
)

CLAIMS = (
    internal_energy_variation,
    first_order_condition,
    quantile_condition,
    pointwise_condition,
    interaction_constant,
)
