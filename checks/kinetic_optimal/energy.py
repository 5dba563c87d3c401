"""The kinetic energy of a Gaussian path: the paper's point (i)."""

import itertools
from typing import Any

import numpy as np
from sympy import Expr, Float, Rational

from ...numerics.estimate import Estimate
from ...numerics.kinetic_optimal.velocity import PathPoint, estimate_kinetic_energy
from ...numerics.measures import DiscreteMeasure
from ...theory import marginal_velocity
from ...theory.kinetic_optimal import geometry
from ...theory.kinetic_optimal.notation import alpha, alpha_dot, separation, sigma, sigma_dot
from ...theory.verdict import Verdict
from ..builders import derivation, monte_carlo
from ..claim import Claim, Reading, Source, false
from ..comparison import Comparison, compare_equal
from ..trial import Effort, Run
from .cloud_checks import cloud_property, estimate_cloud
from .data_sets import CLOUD_ATOMS, CLOUD_DIMENSION, CloudData
from .separations import two_points

MIDWAY = PathPoint(alpha=0.5, sigma=0.5, alpha_dot=1.0, sigma_dot=-1.0)
"""Cond-OT at t = 1/2: s = 1."""

TURNING = PathPoint(alpha=0.6, sigma=0.8, alpha_dot=1.0, sigma_dot=-0.5)
"""A point of no particular path, so that both schedules and both derivatives differ."""

QUERIES = {Effort.QUICK: 200_000, Effort.STANDARD: 1_000_000, Effort.DEEP: 10_000_000}
CLOUD_QUERIES = {Effort.QUICK: 20_000, Effort.STANDARD: 60_000, Effort.DEEP: 240_000}


def _with_separation_symbol(claimed: Expr) -> Expr:
    """Write lambda(s) as the number that the derivation calls lambda."""
    return claimed.replace(separation, lambda _: marginal_velocity.separation)


def _at(claimed: Expr, point: PathPoint, value: float) -> float:
    """Evaluate the claimed density at a point of a path, given lambda there."""
    numbers = {
        alpha: Float(point.alpha),
        sigma: Float(point.sigma),
        alpha_dot: Float(point.alpha_dot),
        sigma_dot: Float(point.sigma_dot),
        marginal_velocity.separation: Float(value),
    }
    return float(_with_separation_symbol(claimed).subs(numbers))


def _hypercube(run: Run) -> Estimate:
    """Sample E|u|^2/d midway on Cond-OT for the hypercube in d = 4."""
    corners = np.array(list(itertools.product([-1.0, 1.0], repeat=4)))
    return estimate_kinetic_energy(
        DiscreteMeasure(corners),
        MIDWAY,
        key=run.key(),
        num_queries=QUERIES[run.effort],
        false_alarm=run.false_alarm,
    )


def _hypercube_claim(claimed: Expr) -> float:
    """Evaluate the claimed density there, with the exact lambda(1) of two points."""
    curve = two_points()
    assert curve.error_function is not None
    return _at(claimed, MIDWAY, 1 - float(np.asarray(curve.error_function(np.ones(1)))[..., 0].ravel()[-1]))


def _cloud_energy(claimed: Expr, data: CloudData, run: Run) -> Comparison:
    """Compare the sampled energy with the claimed density, both on the drawn data set."""
    point = PathPoint(alpha=TURNING.sigma * data.s, sigma=TURNING.sigma, alpha_dot=1.0, sigma_dot=-0.5)
    energy = estimate_kinetic_energy(
        DiscreteMeasure(data.atoms, data.weights),
        point,
        key=run.key(),
        num_queries=CLOUD_QUERIES[run.effort],
        false_alarm=run.false_alarm / 2,
        shape=(CLOUD_ATOMS, CLOUD_DIMENSION),
    )
    error = estimate_cloud(data, run).error_rate
    value = _at(claimed, point, 1 - error.value)
    slope = abs(_at(claimed, point, 1 - error.value + 1e-6) - value) / 1e-6
    return compare_equal(energy.value, value, energy.error + slope * error.error, point={"s": repr(data.s)})


def _scaled_separation(factor: Any) -> Expr:
    """Return the density with the separation term multiplied by `factor`."""
    full = geometry.kinetic_energy_density()
    bare = alpha_dot**2 + sigma_dot**2
    return bare + factor * (full - bare)


def _swapped() -> Expr:
    """Return the density with the schedules' derivatives exchanged."""
    return geometry.kinetic_energy_density().subs({alpha_dot: sigma_dot, sigma_dot: alpha_dot}, simultaneous=True)


kinetic_energy = Claim(
    id="kinetic-optimal.kinetic-energy",
    title="The kinetic energy depends on the data only through the separation function",
    statement=r"""
For every $`d`$, every $`X_1`$ with $`\mathbb{E}|X_1|^2 = d`$ and every time with $`\alpha, \sigma > 0`$, with
$`s = \alpha/\sigma`$, the velocity $`u`$ of the Gaussian path has

```math
\frac{1}{d}\, \mathbb{E}|u_t(X_t)|^2 = \dot\alpha^2 + \dot\sigma^2
- (1 - \lambda(s)) \left(\dot\alpha - \alpha \frac{\dot\sigma}{\sigma}\right)^2,
\qquad \lambda(s) = \frac{1}{d}\, \mathbb{E}\left|\mathbb{E}[X_1 \mid X_t]\right|^2 .
```

That $`\lambda`$ is the paper's separation function is our identification: the abstract names it without a formula.
""",
    source=Source("shaul2023", "abstract, (i)", Reading.RESTATED),
    formula=geometry.kinetic_energy_density,
    controls={
        "separation term dropped": false(lambda: alpha_dot**2 + sigma_dot**2),
        "sign of the separation term flipped": false(lambda: _scaled_separation(-1), near=True),
        "alpha' and sigma' swapped": false(_swapped),
        "separation term off by two per cent": false(lambda: _scaled_separation(Rational(102, 100)), near=True),
    },
    checks=(
        derivation(
            lambda _: marginal_velocity.derive_velocity_energy(), _with_separation_symbol, name="expectation calculus"
        ),
        monte_carlo(
            _hypercube,
            _hypercube_claim,
            method="sampled |u|^2 of the compiled velocity; empirical-Bernstein interval; exact separation",
            name="Monte Carlo",
            instance="hypercube in d = 4, Cond-OT at t = 1/2",
        ),
        cloud_property(_cloud_energy, "data sets", shrink=False),
    ),
    expected=Verdict.PROVED,
    uses=("kinetic-optimal.tower-rule", "kinetic-optimal.marginal-velocity"),
    instance=lambda: "hypercube in d = 4, alpha = sigma = 1/2, alpha' = 1, sigma' = -1",
)

CLAIMS = (kinetic_energy,)
