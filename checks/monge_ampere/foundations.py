"""What the other claims stand on: regular coordinates, what makes a map optimal, and what shows that it is not."""

from dataclasses import dataclass, replace
from typing import final

import numpy as np
from sympy import Expr, Integer, Rational, diff

from ...theory.monge_ampere import optimality
from ...theory.monge_ampere import regular_flow as theory
from ...theory.monge_ampere.notation import atom, posterior_mean, smoothing, tau, u
from ...theory.monge_ampere.regular_flow import RegularCoordinates
from ...theory.verdict import Verdict
from ..builders import derivation, identity
from ..claim import Claim, Reading, Source, false
from ..comparison import Comparison
from ..trial import Run
from .cell_checks import gradient_costs, turned_maps
from .data_sets import SeenThroughNoise
from .posterior_checks import (
    atom_size,
    compare_arrays,
    posterior_property,
    posterior_weights,
    rounding_of_weights,
    shared_posterior_mean,
    values_of,
)

NEW = Source("lemmata", "this catalogue", Reading.NEW)
NEARLY = Rational(101, 100)


@final
@dataclass(frozen=True, slots=True)
class RegularFlow:
    """What is claimed: coordinates, the velocity in u, tau and xhat, the log-weight of an atom in one coordinate."""

    coordinates: RegularCoordinates
    velocity: Expr
    log_weight: Expr


def _regular_flow() -> RegularFlow:
    """Return the flow in regular coordinates."""
    return RegularFlow(theory.regular_coordinates(), theory.regular_velocity(), theory.log_weight())


def _discrete_time() -> RegularCoordinates:
    """Return the coordinates of discrete data, whatever the smoothing."""
    known = theory.regular_coordinates()
    return RegularCoordinates(known.time.subs(smoothing, 0), known.scale.subs(smoothing, 0))


def _regular_residuals(claimed: RegularFlow) -> dict[str, Expr]:
    """Return what the claim leaves over of the probability flow and of the Gaussian posterior."""
    return {
        **theory.regular_velocity_residuals(claimed.velocity, claimed.coordinates),
        **theory.log_weight_residuals(claimed.log_weight),
    }


def _velocity_of_drawn_data(claimed: RegularFlow, drawn: SeenThroughNoise, run: Run) -> Comparison:
    """Compare the shared denoiser with the claimed velocity at the posterior mean of the claimed log-weights."""
    mean = posterior_weights(claimed.log_weight, drawn) @ drawn.measure.atoms
    velocity = values_of(claimed.velocity, {posterior_mean: mean})
    error = np.sqrt(mean.size) * rounding_of_weights(drawn) * atom_size(drawn.measure)
    return compare_arrays(shared_posterior_mean(drawn), velocity, error, names=("E[X | u]", "velocity"))


regular_flow = Claim(
    id="monge-ampere.regular-flow",
    title="In regular coordinates the probability flow is the posterior mean, and infinite time is a regular point",
    statement=r"""
Let $`\mu`$ be a law on $`\mathbb{R}^d`$ with finite second moment, smoothed by $`N(0, s_0^2 I)`$ with $`s_0 \ge 0`$,
and $`p_t`$ the law at time $`t > 0`$ of the Ornstein-Uhlenbeck process that starts from it. With
$`a = e^{-t}`$, $`v = 1 - a^2 + a^2 s_0^2`$,

```math
\tau = \frac{a}{\sqrt{v}}, \qquad u = \frac{x}{\sqrt{v}},
```

the probability flow $`\dot x = -x - \nabla \log p_t(x)`$ becomes

```math
\frac{du}{d\tau} = \mathbb{E}[X \mid \tau X + \varepsilon = u], \qquad X \sim \mu ,
```

where an atom $`y`$ of $`\mu`$ with weight $`w`$ has the posterior weight $`w\, e^{\tau \langle u, y \rangle - \tau^2
|y|^2/2}`$ up to a factor common to all: the denoiser that every system of this catalogue has. Time $`T = \infty`$ is
$`\tau = 0`$, where $`u = x`$; discrete data are at $`\tau = \infty`$, smoothed data at $`\tau = 1/s_0`$. The flow
carries the law of $`\tau X + \varepsilon`$.
""",
    source=NEW,
    formula=_regular_flow,
    controls={
        "velocity off by one per cent": false(
            lambda: replace(_regular_flow(), velocity=NEARLY * posterior_mean), near=True
        ),
        "log-weight with tau in place of tau^2": false(
            lambda: replace(_regular_flow(), log_weight=tau * u * atom - tau * atom**2 / 2), near=True
        ),
        "coordinates of discrete data for smoothed data": false(
            lambda: replace(_regular_flow(), coordinates=_discrete_time()), near=True
        ),
    },
    checks=(
        identity(_regular_residuals, name="change of coordinates"),
        derivation(
            lambda _: theory.derive_regular_flow(),
            lambda claimed: theory.regular_continuity_statement(diff(claimed.velocity, posterior_mean)),
            name="test field",
        ),
        posterior_property(_velocity_of_drawn_data, "shared denoiser"),
    ),
    expected=Verdict.PROVED,
    instance=lambda: "atoms -1 and 1 with equal weights, t = 1: tau = 0.3956, du/dtau = tanh(tau u)",
)

gradient_is_optimal = Claim(
    id="monge-ampere.gradient-is-optimal",
    title="The gradient of a convex function is an optimal map",
    statement=r"""
Let $`\varphi`$ be convex on $`\mathbb{R}^d`$ and $`W = \nabla\varphi(U)`$, or any measurable choice from the
subdifferential, with $`\mathbb{E}|U|^2, \mathbb{E}|W|^2 < \infty`$. Then

```math
W_2(U, W)^2 = c\, \mathbb{E}|U - W|^2 \qquad\text{with } c = 1:
```

no coupling of the two laws costs less. By the Fenchel-Young inequality and its equality case, in every dimension.
""",
    source=Source("villani2003", "the duality argument", Reading.RESTATED),
    formula=lambda: Integer(1),
    controls={
        "c = 1/1.01": false(lambda: 1 / NEARLY, near=True),
        "c = 1.01": false(lambda: NEARLY, near=True),
    },
    checks=(
        derivation(lambda _: optimality.derive_gradient_is_optimal(), optimality.optimality_statement, name="duality"),
        gradient_costs,
    ),
    expected=Verdict.PROVED,
    instance=lambda: "U standard normal in d = 1, phi(x) = |x|: W = sign(U), the cost is 2 - 2 sqrt(2/pi) = 0.4042",
)

exchange = Claim(
    id="monge-ampere.exchange",
    title="A map that is not monotone is not optimal",
    statement=r"""
For points $`x_1, x_2`$ of $`\mathbb{R}^d`$ that a map sends to $`y_1, y_2`$,

```math
|x_1 - y_2|^2 + |x_2 - y_1|^2 - |x_1 - y_1|^2 - |x_2 - y_2|^2 = 2 \langle x_1 - x_2, y_1 - y_2 \rangle .
```

Where the right side is negative, the map is continuous near both points and its source has a positive density there,
two small pieces of equal mass change ends at a gain: the map is not optimal, and is the gradient of no convex function.
""",
    source=Source("villani2003", "cyclical monotonicity, for two points", Reading.RESTATED),
    formula=optimality.exchange_gain,
    controls={
        "sign flipped": false(lambda: -optimality.exchange_gain()),
        "2.02 in place of 2": false(lambda: NEARLY * optimality.exchange_gain(), near=True),
    },
    checks=(
        identity(
            optimality.exchange_residuals,
            name="exchange",
            extends="one coordinate: squared distances and inner products are sums over coordinates",
        ),
    ),
    expected=Verdict.PROVED,
    instance=lambda: "d = 1, x = (0, 1) sent to y = (1, 0): the exchange gains 2",
)

brenier = Claim(
    id="monge-ampere.brenier",
    title="There is one optimal map, and it is the gradient of a convex function",
    statement=r"""
Let $`\rho`$ have a density on $`\mathbb{R}^d`$, and $`\rho, \mu`$ finite second moments. There is a map $`T =
\nabla\varphi`$, $`\varphi`$ convex, that carries $`\rho`$ to $`\mu`$; it is unique up to null sets of $`\rho`$, and for
every map $`S`$ that carries $`\rho`$ to $`\mu`$

```math
c\, \mathbb{E}|x - T(x)|^2 \le \mathbb{E}|x - S(x)|^2 \qquad\text{with } c = 1,
```

with equality for $`S = T`$ alone (Brenier). Cited, not proved here: what rests on it is that an optimal map may be
called *the* Brenier map. It is attacked by the maps $`S(x) = T(R x)`$ from $`N(0, I)`$, $`R`$ a rotation, which have
the same image and whose cost is explicit in the cells of $`T`$.
""",
    source=Source("brenier1991", "monotone rearrangement of vector-valued functions", Reading.CITED),
    formula=lambda: Integer(1),
    controls={"c = 1.01": false(lambda: NEARLY, near=True)},
    checks=(turned_maps,),
    expected=Verdict.SUPPORTED,
    instance=lambda: "N(0, 1) to the atoms -1 and 1 with equal weights: T(x) = sign(x)",
)

CLAIMS = (regular_flow, gradient_is_optimal, exchange, brenier)
