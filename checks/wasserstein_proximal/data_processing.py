"""Entropy along the optimal flow: its kinetic energy, and starts other than eta_0."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import final

from sympy import Expr, Integer, Rational

from ...theory.verdict import Strength, Verdict
from ...theory.wasserstein_proximal import entropy
from ...theory.wasserstein_proximal.notation import DIMENSIONS, horizon, scale, sigma
from ..builders import Check, derivation, identity
from ..claim import Claim, Reading, Source, false
from ..comparison import Comparison, compare_at_most
from ..residual_attack import residual_attack
from .drawn_starts import check_drawn_starts

NEW = Source("lemmata", "this catalogue", Reading.NEW)
NEARLY = Rational(101, 100)


@final
@dataclass(frozen=True, slots=True)
class Energy:
    """What is claimed: the kinetic density by the dimension, its share of the entropy's change, and a normal target's.

    `share` is the kinetic energy over sigma^2 (H(eta_0) - H(eta_T)).
    """

    density: Callable[[int], Expr]
    share: Expr
    gaussian: Expr


def _energy() -> Energy:
    """Return the kinetic energy of the optimal flow."""
    return Energy(entropy.kinetic_density, Integer(1), entropy.gaussian_energy())


def _densities(claimed: Energy) -> dict[str, Expr]:
    """Return what the claimed kinetic density leaves over of the rate of the entropy, point by point."""
    residuals: dict[str, Expr] = {}
    for d in DIMENSIONS:
        residuals |= entropy.energy_rate_residuals(claimed.density(d), d)
    return residuals


def _energy_check(dimension: int) -> Check:
    """Return the check of the energy in total in this dimension."""
    return derivation(
        lambda _: entropy.derive_energy(dimension),
        lambda claimed: entropy.energy_statement(1 / claimed.share, dimension),
        attack=residual_attack(lambda claimed: entropy.gaussian_share_residuals(claimed.share)),
        name=f"in total, d = {dimension}",
    )


energy_identity = Claim(
    id="wasserstein-proximal.energy-identity",
    title="The kinetic energy of the optimal flow is the entropy it loses, times sigma^2",
    statement=r"""
Without drift and running cost let $`\eta > 0`$ solve the backward heat equation on $`\mathbb{R}^d`$, $`d = 1, 2, 3`$,
with $`\int \eta = 1`$ and decay with its derivatives. From $`\rho_0 = \eta_0`$ the optimal flow, $`\rho = \eta`$ and
$`v = \sigma^2 \nabla\log\eta`$, has the kinetic energy

```math
\int_0^T \int \tfrac{1}{2} |v|^2 \rho\, dx\, dt = \sigma^2 \left( H(\eta_0) - H(\eta_T) \right) , \qquad
H(\eta) = - \int \eta \log\eta .
```

Under the scaled cross-entropy $`\eta_T = \pi`$. For $`\pi = N(m, s^2)`$ it is
$`\frac{\sigma^2}{2} \log \frac{s^2 + \sigma^2 T}{s^2}`$ in each coordinate.
""",
    source=NEW,
    formula=_energy,
    controls={
        "without sigma^2": false(
            lambda: Energy(
                lambda d: entropy.kinetic_density(d) / sigma**2, sigma**2, entropy.gaussian_energy() / sigma**2
            )
        ),
        "without one half": false(lambda: replace(_energy(), density=lambda d: 2 * entropy.kinetic_density(d))),
        "density off by one per cent": false(
            lambda: replace(_energy(), density=lambda d: NEARLY * entropy.kinetic_density(d)), near=True
        ),
        "share off by one per cent": false(lambda: replace(_energy(), share=NEARLY), near=True),
        "a normal target's off by one per cent": false(
            lambda: replace(_energy(), gaussian=NEARLY * entropy.gaussian_energy()), near=True
        ),
    },
    checks=(
        identity(_densities, name="rate of the entropy"),
        *map(_energy_check, DIMENSIONS),
        identity(lambda claimed: entropy.gaussian_energy_residuals(claimed.gaussian), name="normal targets"),
    ),
    expected=Verdict.PROVED,
    dimension="d = 1, 2, 3",
    uses=("wasserstein-proximal.lands-on-data",),
    instance=lambda: "pi = N(0, 1), sigma = T = 1: the energy is log(2)/2, the entropies differ by log(2)/2",
)


@final
@dataclass(frozen=True, slots=True)
class Processing:
    """What is claimed of KL(rho|eta): the density of its rate, by the dimension, and a bound of the ratio of its ends.

    `shifted` is that ratio for a normal target and a shifted start.
    """

    rate: Callable[[int], Expr]
    ratio: Expr
    shifted: Expr


def _processing() -> Processing:
    """Return what becomes of the divergence along the optimal flow."""
    return Processing(entropy.dissipation, Integer(1), entropy.gaussian_contraction())


def _rates(claimed: Processing) -> dict[str, Expr]:
    """Return what the claimed dissipation leaves over, point by point."""
    residuals: dict[str, Expr] = {}
    for d in DIMENSIONS:
        residuals |= entropy.dissipation_residuals(claimed.rate(d), d)
    return residuals


def _attack_ratio(claimed: Processing) -> Iterator[Comparison]:
    """Compare the claimed bound with the ratio for N(0, 1) and a start shifted a little before it: 1000/1001."""
    place = {sigma: Integer(1), horizon: Rational(1, 1000), scale: Integer(1)}
    ratio = entropy.gaussian_contraction().subs(place)
    yield compare_at_most(
        float(ratio), float(claimed.ratio), 0.0, strength=Strength.EXACT, point={"pi": "N(0, 1)", "T": "1/1000"}
    )


def _processing_check(dimension: int) -> Check:
    """Return the check that the divergence falls in this dimension."""
    return derivation(
        lambda _: entropy.derive_data_processing(dimension),
        lambda claimed: entropy.data_processing_statement(claimed.ratio, dimension),
        attack=_attack_ratio,
        name=f"in total, d = {dimension}",
    )


data_processing = Claim(
    id="wasserstein-proximal.data-processing",
    title="A start other than eta_0 costs at most its own divergence from eta_0",
    statement=r"""
Without drift and running cost let $`\eta > 0`$ solve the backward heat equation on $`\mathbb{R}^d`$, $`d = 1, 2, 3`$,
with $`\int \eta = 1`$. From any start $`\rho_0 = \nu`$ the flow with the velocity $`v = \sigma^2 \nabla\log\eta`$ is
$`\rho = \eta \hat\eta`$, $`\hat\eta > 0`$ a solution of the heat equation; let densities and currents decay. Then

```math
\frac{d}{dt} \mathrm{KL}(\rho_t \| \eta_t) = -\frac{\sigma^2}{2} \int \rho\, |\nabla\log(\rho/\eta)|^2 , \qquad
\mathrm{KL}(\rho_T \| \eta_T) \le c\, \mathrm{KL}(\nu \| \eta_0) \quad\text{with } c = 1 .
```

Under the scaled cross-entropy $`\eta_T = \pi`$: a model that starts from $`\nu`$ in place of $`\eta_0`$ is no farther
from the data than $`\nu`$ was from $`\eta_0`$. No smaller $`c`$ will do for every $`T`$: for $`\pi = N(m, s^2)`$ and
$`\nu`$ a shift of $`\eta_0`$ the ratio is $`s^2/(s^2 + \sigma^2 T)`$.
""",
    source=NEW,
    formula=_processing,
    controls={
        "the divergence grows": false(lambda: replace(_processing(), rate=lambda d: -entropy.dissipation(d))),
        "rate without sigma^2": false(lambda: replace(_processing(), rate=lambda d: entropy.dissipation(d) / sigma**2)),
        "rate off by one per cent": false(
            lambda: replace(_processing(), rate=lambda d: NEARLY * entropy.dissipation(d)), near=True
        ),
        "c = 1/1.01": false(lambda: replace(_processing(), ratio=1 / NEARLY), near=True),
        "a shift's ratio off by one per cent": false(
            lambda: replace(_processing(), shifted=NEARLY * entropy.gaussian_contraction()), near=True
        ),
    },
    checks=(
        identity(_rates, name="dissipation"),
        *map(_processing_check, DIMENSIONS),
        identity(lambda claimed: entropy.gaussian_contraction_residuals(claimed.shifted), name="shifted starts"),
        check_drawn_starts(lambda claimed: claimed.ratio),
    ),
    expected=Verdict.PROVED,
    dimension="d = 1, 2, 3",
    uses=("wasserstein-proximal.factorisation", "wasserstein-proximal.terminal-condition"),
    instance=lambda: "pi = N(0, 1), sigma = T = 1, nu = N(1, 2): the divergence falls from 1/4 to 1/8",
)

CLAIMS = (energy_identity, data_processing)
