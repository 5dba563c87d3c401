"""The posterior mean and the velocity that it gives: what every other claim of this system stands on."""

from sympy import Expr, diff

from ...theory import marginal_velocity as marginal_velocity_theory
from ...theory.kinetic_optimal import identities as theory
from ...theory.kinetic_optimal.notation import alpha, alpha_dot, sigma, sigma_dot
from ...theory.verdict import Verdict
from ..builders import derivation, identity
from ..claim import Claim, Reading, Source, false
from ..evidence import Scope
from ..residual_attack import residual_attack


def _swapped() -> Expr:
    """Return the velocity with the two schedules' derivatives exchanged."""
    return theory.marginal_velocity_formula().subs({alpha_dot: sigma_dot, sigma_dot: alpha_dot}, simultaneous=True)


def _weak_form(claimed: Expr) -> Expr:
    """Return what the claimed velocity does to a test field: its coefficients of x and of the posterior mean."""
    return marginal_velocity_theory.moves_test_field(diff(claimed, theory.x), diff(claimed, theory.posterior_mean))


tower_rule = Claim(
    id="kinetic-optimal.tower-rule",
    title="The posterior mean is given by the score, and by it alone",
    statement=r"""
Let $`X_1`$ be a random vector in $`\mathbb{R}^d`$ with $`\mathbb{E}|X_1|^2 = d`$, let
$`\varepsilon \sim N(0, I)`$ be independent of it, $`\alpha, \sigma > 0`$, $`X = \alpha X_1 + \sigma \varepsilon`$ with
density $`p`$, and $`\hat{x}(x) = \mathbb{E}[X_1 \mid X = x]`$. Then for every $`x`$

```math
\hat{x}(x) = \frac{x + \sigma^2 \nabla \log p(x)}{\alpha}, \qquad
\mathbb{E}\langle f(X), X_1 \rangle = \mathbb{E}\langle f(X), \hat{x}(X) \rangle
```

for every bounded $`f`$.
""",
    source=Source("shaul2023", "abstract, (i): what its simplified form rests on", Reading.RESTATED),
    formula=theory.posterior_mean_formula,
    controls={
        "sign of the score flipped": false(lambda: theory.posterior_mean_formula().subs(theory.score, -theory.score)),
        "sigma in place of sigma squared": false(lambda: (theory.x + sigma * theory.score) / alpha, near=True),
        "not divided by alpha": false(lambda: theory.x + sigma**2 * theory.score),
    },
    checks=(
        identity(
            theory.posterior_mean_residuals,
            name="mixtures",
            extends="one atom, affine in the score: every mixture by linearity, every d coordinate by coordinate",
        ),
    ),
    expected=Verdict.PROVED,
    instance=lambda: "d = 1, X1 = -1 or 1 with probability 1/2, alpha = sigma = 1",
)

marginal_velocity = Claim(
    id="kinetic-optimal.marginal-velocity",
    title="The velocity of a Gaussian path is linear in the posterior mean",
    statement=r"""
With differentiable schedules $`\alpha_t, \sigma_t > 0`$ and $`p_t`$ the density of
$`X_t = \alpha_t X_1 + \sigma_t \varepsilon`$, the field

```math
u_t(x) = \frac{\dot\sigma_t}{\sigma_t}\, x
+ \left(\dot\alpha_t - \alpha_t \frac{\dot\sigma_t}{\sigma_t}\right) \hat{x}_t(x)
```

solves the continuity equation $`\partial_t p_t + \nabla \cdot (u_t p_t) = 0`$, for every $`d`$ and every $`X_1`$ with
finite second moment.
""",
    source=Source("shaul2023", "abstract, (i): the Gaussian paths whose energy it takes", Reading.RESTATED),
    formula=theory.marginal_velocity_formula,
    controls={
        "the schedules' derivatives swapped": false(_swapped),
        "sign of the noise term flipped": false(
            lambda: theory.marginal_velocity_formula().subs(sigma_dot, -sigma_dot), near=True
        ),
        "posterior mean off by one per cent": false(
            lambda: theory.marginal_velocity_formula().subs(theory.posterior_mean, theory.posterior_mean * 101 / 100),
            near=True,
        ),
    },
    checks=(
        identity(theory.marginal_velocity_residuals, name="mixtures in d = 1", scope=Scope.INSTANCE),
        derivation(
            lambda _: marginal_velocity_theory.derive_continuity_equation(),
            _weak_form,
            attack=residual_attack(theory.marginal_velocity_residuals),
            name="test field",
        ),
    ),
    expected=Verdict.PROVED,
    uses=("kinetic-optimal.tower-rule",),
    instance=lambda: "d = 1, X1 = -1 or 1 with probability 1/2, alpha = t, sigma = 1 - t, t = 1/2",
)

CLAIMS = (tower_rule, marginal_velocity)
