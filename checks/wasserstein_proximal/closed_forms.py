"""Closed forms: Gaussian targets and mixtures under both terminal costs, and the kernel of the controlled process."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import final

import sympy as sp
from sympy import Expr, Rational

from ...theory.verdict import Verdict
from ...theory.wasserstein_proximal import gaussian, kernel_formula
from ...theory.wasserstein_proximal.cole_hopf import backward_factor
from ...theory.wasserstein_proximal.gaussian import ComponentLaw, Noising
from ...theory.wasserstein_proximal.kernel_formula import GaussianKernel
from ...theory.wasserstein_proximal.notation import DIMENSIONS, TerminalCost, horizon, sigma, t, x
from ..builders import identity
from ..claim import Claim, Reading, Source, false

NEW = Source("lemmata", "this catalogue", Reading.NEW)
KERNEL = Source("li2023", "abstract: the kernel formula", Reading.RESTATED)
NEARLY = Rational(101, 100)
BEFORE_END = (sp.Lt(t, horizon),)
AFTER_START = (sp.Gt(t, 0),)


@final
@dataclass(frozen=True, slots=True)
class ClosedForms:
    """What is claimed: phi for N(m, s^2) by the terminal cost; components by the noising, also in the plane."""

    potentials: Mapping[TerminalCost, Expr]
    components: Mapping[Noising, ComponentLaw]
    covariances: Mapping[Noising, sp.Matrix]


def _forms() -> ClosedForms:
    """Return the closed forms."""
    return ClosedForms(
        potentials={cost: gaussian.gaussian_potential(cost) for cost in TerminalCost},
        components={noising: gaussian.component_law(noising) for noising in Noising},
        covariances={noising: gaussian.component_covariance(noising) for noising in Noising},
    )


def _exchanged_costs() -> ClosedForms:
    """Return the forms with the potential of each terminal cost for the other."""
    first, second = TerminalCost
    known = _forms()
    return replace(known, potentials={first: known.potentials[second], second: known.potentials[first]})


def _exchanged_noising() -> ClosedForms:
    """Return the forms with the components of each noising process for the other."""
    first, second = Noising
    known = _forms()
    return replace(known, components={first: known.components[second], second: known.components[first]})


def _nearly_known_noise() -> ClosedForms:
    """Return the forms with sigma off by one per cent."""
    known, change = _forms(), {sigma: NEARLY * sigma}
    laws = known.components.items()
    return ClosedForms(
        potentials={cost: value.subs(change) for cost, value in known.potentials.items()},
        components={kind: ComponentLaw(law.mean, law.variance.subs(change)) for kind, law in laws},
        covariances={kind: value + (horizon - t) / 100 * sp.eye(2) for kind, value in known.covariances.items()},
    )


def _potentials(claimed: ClosedForms) -> dict[str, Expr]:
    """Return what the potentials leave over of both equations, Hamilton-Jacobi and Riccati, and at t = T."""
    return {
        f"{cost.value}, {label}": residual
        for cost, value in claimed.potentials.items()
        for label, residual in (
            gaussian.gaussian_potential_residuals(value, cost)
            | gaussian.curvature_residuals(-value.diff(x, 2), cost)
            | {"curvature": value.diff(x, 2) + gaussian.curvature(cost)}
        ).items()
    }


def _components(claimed: ClosedForms) -> dict[str, Expr]:
    """Return what the components leave over of the reversed equation and of the target."""
    return {
        f"{noising.value}, {label}": residual
        for noising, law in claimed.components.items()
        for label, residual in gaussian.component_law_residuals(law, noising).items()
    }


def _covariances(claimed: ClosedForms) -> dict[str, Expr]:
    """Return what the covariances leave over in the plane."""
    return {
        f"{noising.value}, {label}": residual
        for noising, value in claimed.covariances.items()
        for label, residual in gaussian.plane_residuals(value, noising).items()
    }


closed_forms = Claim(
    id="wasserstein-proximal.closed-forms",
    title="For Gaussian targets and their mixtures the optimal flow is known in closed form",
    statement=r"""
Let $`0 < t < T`$ and $`\sigma > 0`$, without drift and running cost. For $`\pi = N(m, s^2)`$, one coordinate,

```math
\varphi = -\frac{(x - m)^2}{2 (s^2 + T - t)} - \tfrac{1}{2} \log(2 \pi s^2)
- \tfrac{\sigma^2}{2} \log \frac{s^2 + T - t}{s^2}
\qquad\text{(cross-entropy)},
```

whose curvature $`a = 1/(s^2 + T - t)`$ solves the Riccati equation $`a' = a^2`$ and does not depend on $`\sigma`$;
under the scaled cross-entropy $`\varphi`$ is $`\sigma^2`$ times the logarithm of the density of
$`N(m, s^2 + \sigma^2 (T - t))`$, with $`a = \sigma^2/(s^2 + \sigma^2 (T - t))`$. Each solves the Hamilton-Jacobi
equation of the other as well: it is the terminal value that tells them apart.

Under the scaled cost $`\eta`$ is linear in $`\pi`$: a mixture keeps its weights, and a component $`N(m, S)`$ becomes
$`N(m, S + \sigma^2 (T - t) I)`$, or, for the noising drift $`-\sigma^2 x/2`$ with $`\alpha = e^{-\sigma^2 (T - t)/2}`$,
$`N(\alpha m, \alpha^2 S + (1 - \alpha^2) I)`$.
""",
    source=NEW,
    formula=_forms,
    controls={
        "terminal costs exchanged": false(_exchanged_costs),
        "noising processes exchanged": false(_exchanged_noising),
        "sigma off by one per cent": false(_nearly_known_noise, near=True),
    },
    checks=(
        identity(_potentials, hypotheses=BEFORE_END, name="potentials"),
        identity(_components, hypotheses=BEFORE_END, name="components"),
        identity(
            _covariances,
            hypotheses=gaussian.definite(),
            name="components in the plane",
            extends="the plane: a covariance has an orthonormal basis of eigenvectors, in which coordinates do not mix",
        ),
    ),
    expected=Verdict.PROVED,
    uses=("wasserstein-proximal.cole-hopf", "wasserstein-proximal.terminal-condition"),
    instance=lambda: "pi = N(0, 1), sigma = 3/5, T - t = 1: phi = -x^2/4 - log(2 pi)/2 - (9/50) log 2",
)


@final
@dataclass(frozen=True, slots=True)
class KernelDensity:
    """What is claimed: the density of the process started at y, times eta(0, y), by the dimension; the exponent at T.

    `gaussian` is the kernel for a quadratic V, `variance` that of what a normal start lands on.
    """

    bridge: Callable[[int], Expr]
    exponent: Expr
    gaussian: GaussianKernel
    variance: Expr


def _kernel() -> KernelDensity:
    """Return the kernel."""
    return KernelDensity(
        bridge=kernel_formula.bridge,
        exponent=kernel_formula.log_kernel(),
        gaussian=kernel_formula.gaussian_kernel(),
        variance=kernel_formula.landed_variance(),
    )


def _slow_bridge(factor: Expr) -> Callable[[int], Expr]:
    """Return the density with a heat kernel of another time."""
    return lambda d: backward_factor(d) * kernel_formula.heat_kernel(factor * t, d)


def _bridges(claimed: KernelDensity) -> dict[str, Expr]:
    """Return what the claimed densities leave over of the controlled Fokker-Planck equation."""
    residuals: dict[str, Expr] = {}
    for d in DIMENSIONS:
        residuals |= kernel_formula.bridge_residuals(claimed.bridge(d), d)
    return residuals


def _quadratic(claimed: KernelDensity) -> dict[str, Expr]:
    """Return what the claims about a quadratic V leave over."""
    return kernel_formula.gaussian_kernel_residuals(claimed.gaussian) | kernel_formula.landed_variance_residuals(
        claimed.variance
    )


kernel_density = Claim(
    id="wasserstein-proximal.kernel-density",
    title="The kernel of the kernel formula is the law of the controlled process started at a point",
    statement=r"""
Without drift and running cost let $`\eta > 0`$ solve the backward heat equation on $`\mathbb{R}^d`$, $`d = 1, 2, 3`$,
with $`\eta(T) = e^{-V/\sigma^2}`$, and let $`G_v`$ be the density of $`N(0, v I)`$. For $`0 < t \le T`$ and every $`y`$

```math
K_t(x|y) = \frac{\eta(t, x)\, G_{\sigma^2 t}(x - y)}{\eta(0, y)}
```

solves the Fokker-Planck equation with the velocity $`\sigma^2 \nabla\log\eta`$, so that from any start
$`\rho_T = \int K_T(x|y)\, \rho_0(y)\, dy`$ and, in $`x`$ and up to its normalisation,

```math
\log K_T(x|y) = -\frac{V(x)}{\sigma^2} - \frac{|x - y|^2}{2 \sigma^2 T} .
```

For $`V = (x - m)^2/(2 s^2)`$ it is normal with the mean $`(T m + s^2 y)/(T + s^2)`$, which is the proximal map
$`\arg\min V(x) + (x - y)^2/(2 T)`$, and the variance $`\sigma^2 T s^2/(T + s^2)`$. That variance is the bias of
$`\rho_T`$, of order $`\sigma^2`$, against the proximal step without noise.
""",
    source=KERNEL,
    formula=_kernel,
    controls={
        "twice the time": false(lambda: replace(_kernel(), bridge=_slow_bridge(Rational(2)))),
        "without sigma^2": false(lambda: replace(_kernel(), exponent=sigma**2 * kernel_formula.log_kernel())),
        "no bias": false(lambda: replace(_kernel(), variance=kernel_formula.landed_variance().subs(sigma, 0))),
        "time off by one per cent": false(
            lambda: replace(
                _kernel(),
                bridge=_slow_bridge(NEARLY),
                exponent=kernel_formula.log_kernel().subs(horizon, NEARLY * horizon),
                variance=kernel_formula.landed_variance().subs(horizon, NEARLY * horizon),
            ),
            near=True,
        ),
    },
    checks=(
        identity(_bridges, hypotheses=AFTER_START, name="controlled process"),
        identity(
            lambda claimed: kernel_formula.log_kernel_residuals(claimed.exponent),
            name="exponent",
            extends="one coordinate: squared distances are sums over coordinates, V is carried along",
        ),
        identity(_quadratic, name="quadratic V"),
    ),
    expected=Verdict.PROVED,
    dimension="d = 1, 2, 3",
    uses=("wasserstein-proximal.factorisation", "wasserstein-proximal.terminal-condition"),
    instance=lambda: "V = x^2/2, T = sigma = 1, y = 2: N(1, 1/2), and the proximal map sends 2 to 1",
)

CLAIMS = (closed_forms, kernel_density)
