"""What information theory says of every data set: slopes, monotonicity, the linear floor, the sharp and entropy bounds.

Throughout, gamma = s^2, v(gamma) = 1 - lambda(s) is the minimum mean-square error per dimension, I(gamma) the mutual
information between X1 and s X1 + eps in nats, H(X1) the Shannon entropy.
"""

import math
from typing import Any

from sympy import Rational, exp

from ...theory import gaussian_channel as channel
from ...theory.kinetic_optimal import bounds, channel_bounds
from ...theory.kinetic_optimal.channel_bounds import in_channel
from ...theory.kinetic_optimal.notation import (
    earlier_separation,
    entropy_rate,
    error,
    gamma,
    information_rate,
    later_separation,
    squared_covariance,
)
from ...theory.verdict import Verdict
from ..builders import derivation
from ..claim import Claim, Reading, Source, false
from ..comparison import Comparison
from ..trial import Run
from .cloud_checks import cloud_property, estimate_cloud
from .data_sets import CloudData, LineData, nearly_gaussian_data
from .exact_instances import (
    attack_error,
    attack_error_by_information,
    attack_error_slope,
    attack_growth,
    attack_scaled_error,
)
from .line_checks import at_signal, compare_bound, compare_rate, integrate_over_gamma, line_property, number
from .sweep import sweep

NEW = Source("lemmata", "this catalogue", Reading.NEW)
TWO_POINTS = "the two points -1 and 1 in d = 1 with equal weights, gamma = 1: v = 0.4496, I = 0.3368, H = log 2"
NEARLY = Rational(101, 100)


def _information_rate(claimed: Any, data: LineData, run: Run) -> Comparison:
    """Compare I(gamma) - I(gamma/4) with the integral of its claimed slope."""
    high = data.s**2
    channel = at_signal(data, [data.s / 2, data.s])
    integral, error_bound = integrate_over_gamma(
        data, high / 4, high, lambda found: number(claimed, {error: 1.0}) * found.mmse
    )
    difference = float(channel.information[1] - channel.information[0])
    return compare_rate(difference, integral, error_bound + 2 * float(channel.error.max()), data)


def _error_rate(claimed: Any, data: LineData, run: Run) -> Comparison:
    """Compare mmse(gamma) - mmse(gamma/4) with the integral of its claimed slope."""
    high = data.s**2
    channel = at_signal(data, [data.s / 2, data.s])
    integral, error_bound = integrate_over_gamma(
        data, high / 4, high, lambda found: number(claimed, {squared_covariance: 1.0}) * found.squared_variance
    )
    difference = float(channel.mmse[1] - channel.mmse[0])
    return compare_rate(difference, integral, error_bound + 2 * float(channel.error.max()), data)


def _riccati(claimed: Any, data: LineData, run: Run) -> Comparison:
    """Compare v' = -E Var^2 with its claimed ceiling."""
    channel = at_signal(data, data.s)
    ceiling = number(claimed, {error: float(channel.mmse[0])})
    return compare_bound(-float(channel.squared_variance[0]), ceiling, 4 * float(channel.error[0]), data)


def _growth(claimed: Any, data: LineData, run: Run) -> Comparison:
    """Compare lambda at s and at 1.001 s: the claimed growth is not negative."""
    channel = at_signal(data, [data.s, 1.001 * data.s])
    values = {earlier_separation: 1 - float(channel.mmse[0]), later_separation: 1 - float(channel.mmse[1])}
    return compare_bound(0.0, number(claimed, values), 4 * float(channel.error.max()), data)


def _linear(claimed: Any, data: LineData, run: Run) -> Comparison:
    """Compare v with its claimed ceiling at gamma."""
    channel = at_signal(data, data.s)
    return compare_bound(float(channel.mmse[0]), number(claimed, {gamma: data.s**2}), 4 * float(channel.error[0]), data)


def _sharp(claimed: Any, data: LineData, run: Run) -> Comparison:
    """Compare gamma v with its claimed ceiling at the information rate."""
    channel = at_signal(data, data.s)
    ceiling = number(claimed, {information_rate: float(channel.information[0])})
    allowed = (data.s**2 + 4) * float(channel.error[0])
    return compare_bound(data.s**2 * float(channel.mmse[0]), ceiling, allowed, data)


def _entropy(claimed: Any, data: LineData, run: Run) -> Comparison:
    """Compare v with its claimed ceiling at the entropy, and at the information, which is at most the entropy.

    A ceiling that holds for every data set holds in the limit of continuous ones, where only the information is finite;
    so the claimed function of L is compared at I, the sharper of the two.
    """
    channel = at_signal(data, data.s)
    ceiling = number(claimed, {gamma: data.s**2, entropy_rate: float(channel.information[0])})
    return compare_bound(float(channel.mmse[0]), ceiling, 4 * (1 + data.s**-2) * float(channel.error[0]), data)


def _cloud_linear(claimed: Any, data: CloudData, run: Run) -> Comparison:
    """Compare v of a drawn data set, known up to sampling, with its claimed ceiling."""
    found = estimate_cloud(data, run)
    return compare_bound(found.error_rate.value, number(claimed, {gamma: data.s**2}), found.error_rate.error, data)


def _cloud_entropy(claimed: Any, data: CloudData, run: Run) -> Comparison:
    """Compare v of a drawn data set, known up to sampling, with its claimed ceiling at the exact entropy."""
    found = estimate_cloud(data, run)
    # One atom has no entropy: the ceiling is its limit at L = 0.
    rate = max(found.entropy / data.atoms.shape[1], 1e-300)
    ceiling = number(claimed, {gamma: data.s**2, entropy_rate: rate})
    return compare_bound(found.error_rate.value, ceiling, found.error_rate.error, data)


def _cloud_sharp(claimed: Any, data: CloudData, run: Run) -> Comparison:
    """Compare gamma v of a drawn data set with its claimed ceiling at the upper end of the information rate."""
    found = estimate_cloud(data, run)
    upper = max(found.information_rate.value + found.information_rate.error, 1e-300)
    centre = max(found.information_rate.value, 1e-300)
    ceiling = number(claimed, {information_rate: centre})
    spread = abs(number(claimed, {information_rate: upper}) - ceiling)
    return compare_bound(data.s**2 * found.error_rate.value, ceiling, data.s**2 * found.error_rate.error + spread, data)


i_mmse = Claim(
    id="kinetic-optimal.i-mmse",
    title="Information grows at half the minimum mean-square error",
    statement=r"""
Let $`X_1`$ be bounded and $`Y = s X_1 + \varepsilon`$ with $`\gamma = s^2`$. With
$`v(\gamma) = \frac{1}{d} \mathbb{E}|X_1 - \mathbb{E}[X_1 \mid Y]|^2`$,

```math
\frac{d}{d\gamma}\, \frac{I(X_1; Y)}{d} = \frac{v(\gamma)}{2}
\qquad\text{for every } d \text{ and } \gamma > 0 .
```

Derived here from Gaussian integration by parts and the tower rule.
""",
    source=Source("guo2005", "the relation in the title", Reading.RESTATED),
    formula=bounds.information_slope,
    controls={
        "half dropped": false(lambda: error),
        "half off by one per cent": false(lambda: bounds.information_slope() * NEARLY, near=True),
        "sign flipped": false(lambda: -bounds.information_slope(), near=True),
    },
    checks=(
        derivation(
            lambda _: channel.derive_information_slope(),
            lambda claimed: channel.d * in_channel(claimed),
            name="Gaussian integration by parts",
        ),
        line_property(_information_rate, "measures on the line"),
    ),
    expected=Verdict.PROVED,
    uses=("kinetic-optimal.tower-rule",),
    instance=lambda: TWO_POINTS,
)

mmse_derivative = Claim(
    id="kinetic-optimal.mmse-derivative",
    title="The error falls at the rate of the squared posterior covariance",
    statement=r"""
Let $`X_1`$ be bounded and $`Y = s X_1 + \varepsilon`$, $`\gamma = s^2`$. Then, for every $`d`$ and $`\gamma > 0`$,

```math
\frac{dv}{d\gamma} = -\frac{1}{d}\, \mathbb{E}\, \mathrm{tr}\, \mathrm{Cov}(X_1 \mid Y)^2 .
```
""",
    source=NEW,
    formula=bounds.error_slope,
    controls={
        "sign flipped": false(lambda: -bounds.error_slope()),
        "off by one per cent": false(lambda: bounds.error_slope() * NEARLY, near=True),
    },
    checks=(
        derivation(lambda _: channel.derive_error_slope(), in_channel, name="Gaussian integration by parts"),
        line_property(_error_rate, "measures on the line"),
    ),
    expected=Verdict.PROVED,
    uses=("kinetic-optimal.tower-rule",),
    instance=lambda: TWO_POINTS,
)

riccati = Claim(
    id="kinetic-optimal.riccati",
    title="The error obeys a Riccati inequality",
    statement=r"""
For every $`d`$, every bounded $`X_1`$ and every $`\gamma > 0`$,

```math
\frac{dv}{d\gamma} \le -v(\gamma)^2 ,
```

by the Cauchy-Schwarz inequality for the trace and Jensen's inequality; Gaussian data make it an equality.
""",
    source=NEW,
    formula=bounds.error_slope_ceiling,
    controls={
        "constant 1.01": false(lambda: bounds.error_slope_ceiling() * NEARLY, near=True),
        "v in place of v squared": false(lambda: -error, near=True),
    },
    checks=(
        derivation(
            lambda _: channel.derive_riccati_inequality(),
            in_channel,
            attack=attack_error_slope,
            name="Cauchy-Schwarz and Jensen",
        ),
        line_property(_riccati, "measures on the line"),
    ),
    expected=Verdict.PROVED,
    uses=("kinetic-optimal.mmse-derivative",),
    instance=lambda: TWO_POINTS,
)

monotone = Claim(
    id="kinetic-optimal.monotone",
    title="The separation function never decreases",
    statement=r"""
For every $`d`$ and every bounded $`X_1`$, $`\lambda(s_1) \le \lambda(s_2)`$ whenever $`0 < s_1 \le s_2`$.
""",
    source=NEW,
    formula=bounds.separation_growth,
    controls={
        "never increases": false(lambda: -bounds.separation_growth()),
        "grows by one per cent": false(lambda: later_separation - earlier_separation * NEARLY, near=True),
    },
    checks=(
        derivation(
            lambda _: channel_bounds.derive_monotonicity(), in_channel, attack=attack_growth, name="reciprocals"
        ),
        line_property(_growth, "measures on the line"),
    ),
    expected=Verdict.PROVED,
    uses=("kinetic-optimal.mmse-derivative",),
    instance=lambda: TWO_POINTS,
)

linear_floor = Claim(
    id="kinetic-optimal.linear-floor",
    title="No data set separates less than Gaussian data",
    statement=r"""
For every $`d`$, every $`X_1`$ with $`\mathbb{E}|X_1|^2 = d`$ and every $`s > 0`$,

```math
1 - \lambda(s) \le \frac{1}{1 + s^2}, \qquad\text{that is}\qquad \lambda(s) \ge \frac{s^2}{1 + s^2},
```

the error of the best scalar linear estimator $`s Y/(1 + s^2)`$.
""",
    source=NEW,
    formula=bounds.linear_ceiling,
    controls={
        "gamma off by one per cent": false(lambda: 1 / (1 + NEARLY * gamma), near=True),
        "exponent 2": false(lambda: bounds.linear_ceiling() ** 2, near=True),
    },
    checks=(
        derivation(
            lambda _: channel_bounds.derive_linear_ceiling(), in_channel, attack=attack_error, name="linear estimator"
        ),
        line_property(_linear, "measures on the line"),
        cloud_property(_cloud_linear, "data sets", first=(nearly_gaussian_data(),)),
    ),
    expected=Verdict.PROVED,
    uses=("kinetic-optimal.tower-rule",),
    instance=lambda: TWO_POINTS,
)

separation_sharp = Claim(
    id="kinetic-optimal.separation-sharp",
    title="Separation is controlled by information, and by nothing less",
    statement=r"""
For every $`d`$, every bounded $`X_1`$ with $`\mathbb{E}|X_1|^2 = d`$ and every $`\gamma = s^2 > 0`$, with
$`I(\gamma) = I(X_1; s X_1 + \varepsilon)`$ and $`0 < r \le \gamma`$,

```math
\gamma\, v(\gamma) \le 1 - e^{-2 I(\gamma)/d}, \qquad
\frac{I(\gamma)}{d} \le \frac{r}{2} + \frac{(\gamma - r)\, v(r)}{2} .
```

Hence along any sequence of data sets $`\lambda(s) \to 1`$ for every $`s > 0`$ **if and only if**
$`I(X_1; s X_1 + \varepsilon)/d \to 0`$ for every $`s > 0`$: the first bound gives one direction; by the second,
$`\limsup I(\gamma)/d \le r/2`$ for every $`r`$.
""",
    source=NEW,
    formula=bounds.information_ceiling,
    controls={
        "1.9 in place of 2": false(lambda: 1 - exp(-Rational(19, 10) * information_rate), near=True),
        "1 in place of 2": false(lambda: 1 - exp(-information_rate), near=True),
    },
    checks=(
        derivation(
            lambda _: channel_bounds.derive_information_ceiling(),
            in_channel,
            attack=attack_scaled_error,
            name="comparison of ODEs",
        ),
        line_property(_sharp, "measures on the line"),
        cloud_property(_cloud_sharp, "data sets", first=(nearly_gaussian_data(),)),
        sweep,
    ),
    expected=Verdict.PROVED,
    uses=("kinetic-optimal.riccati", "kinetic-optimal.i-mmse", "kinetic-optimal.linear-floor"),
    instance=lambda: TWO_POINTS,
)

separation_entropy_bound = Claim(
    id="kinetic-optimal.separation-entropy-bound",
    title="Data of small entropy per dimension are separated",
    statement=r"""
For every $`d`$ and every $`X_1`$ with finitely many values, $`\mathbb{E}|X_1|^2 = d`$ and Shannon entropy
$`H(X_1) = d L`$ (at most
$`\log n`$ for $`n`$ samples), for every $`s > 0`$,

```math
1 - \lambda(s) \le \frac{1 - e^{-2 I(s^2)/d}}{s^2} \le \frac{1 - e^{-2L}}{s^2} \le \frac{2L}{s^2} .
```
""",
    source=NEW,
    formula=bounds.entropy_ceiling,
    controls={
        "1.9 in place of 2, where it is attained": false(
            lambda: (1 - exp(-Rational(19, 10) * entropy_rate)) / gamma, near=True
        ),
        "exponent 2 of gamma": false(lambda: bounds.entropy_ceiling() / gamma, near=True),
    },
    checks=(
        derivation(
            lambda _: channel_bounds.derive_entropy_ceiling(),
            in_channel,
            attack=attack_error_by_information,
            name="information is at most entropy",
        ),
        line_property(_entropy, "measures on the line"),
        cloud_property(_cloud_entropy, "data sets", first=(nearly_gaussian_data(),)),
    ),
    expected=Verdict.PROVED,
    uses=("kinetic-optimal.separation-sharp",),
    instance=lambda: f"{TWO_POINTS}; the bound is {1 - math.exp(-2 * math.log(2)):.4f}",
)

CLAIMS = (
    i_mmse,
    mmse_derivative,
    riccati,
    monotone,
    linear_floor,
    separation_sharp,
    separation_entropy_bound,
)
