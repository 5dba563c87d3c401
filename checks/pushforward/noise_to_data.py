"""From noise to data: the clock of the flow, and the map that samples."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, final

import sympy as sp
from sympy import Expr, Integer, Rational

from ...theory.pushforward import diffusion as theory
from ...theory.pushforward import flow_maps
from ...theory.pushforward.diffusion import Clock
from ...theory.pushforward.notation import t
from ...theory.verdict import Verdict
from ..builders import identity
from ..claim import Claim, false, true
from .exact_instances import Outcome, exact_instances, printed
from .sources import as_printed, corrected

EQUATIONS = 'section 4, "Stochastic differential equations", equation (5)'
NEARLY = Rational(101, 100)

NOISE, DATA, BETWEEN = "t = 0 is noise", "t = 1 is data", "t = 1/2 is between"


def _share(claimed: Expr, name: str) -> Outcome:
    """Compare 1/(1 + time) with 0 for noise and 1 for data; in between the time has to be positive and finite."""
    if name == BETWEEN:
        inside = 0 < theory.clock_share(claimed, Rational(1, 2)) < 1
        return Outcome(Integer(1), Integer(bool(inside)), "a positive finite time at t = 1/2, 1 or 0")
    end = Integer(name == DATA)
    return Outcome(end, theory.clock_share(claimed, end), f"1/(1 + time) of {'data' if end else 'noise'}")


time_change_as_printed = Claim(
    id="pushforward.time-change-as-printed",
    title="mu_t is the law of X at time 1/(1 - t)",
    statement=r"""
Printed: $`t \mapsto \mu_t`$, from the base law $`\mu_0`$ to the data law $`\mu_1`$, with the law of
$`X_{(1-t)^{-1}}`$ for $`\mu_t`$, where $`X_0 \sim \mu_1`$ and $`X_\infty \sim \mu_0`$.

**False** at both ends: $`t = 0`$ gives the law of $`X_1`$, neither data nor noise, and $`t \to 1`$ gives that of
$`X_\infty`$, which is $`\mu_0`$ and not $`\mu_1`$.
""",
    source=as_printed(EQUATIONS),
    formula=lambda: printed(1 / (1 - t)),
    controls={
        "1/t - 1": true(lambda: printed(theory.rational_clock()), note="a correction"),
        "a time between 0 and infinity at t = 1/2": true(lambda: printed(1 / (1 - t), BETWEEN)),
        "the sign flipped, at t = 1/2": false(lambda: printed(-1 / (1 - t), BETWEEN), near=True),
    },
    checks=(
        exact_instances(
            {name: name for name in (NOISE, DATA, BETWEEN)}, _share, method="values of a rational function of the time"
        ),
    ),
    expected=Verdict.REFUTED,
    correction="pushforward.time-change",
    instance=lambda: "t = 0: the time is 1, where noise is at infinity",
)


@final
@dataclass(frozen=True, slots=True)
class Clocks:
    """Two claimed clocks: one with its signal, and a rational one, in t."""

    logarithmic: Clock
    rational: Expr


def _clocks() -> Clocks:
    """Return the clocks -log t and 1/t - 1."""
    return Clocks(theory.logarithmic_clock(), theory.rational_clock())


time_change = Claim(
    id="pushforward.time-change",
    title="mu_t is the law of X at time -log t, or 1/t - 1",
    statement=r"""
For $`0 < t < 1`$ let $`\mu_t`$ be the law of $`X_{-\log t}`$, or of $`X_{1/t - 1}`$. Both times fall from $`\infty`$
at $`t = 0`$, where $`\mu_0`$ is noise, to 0 at $`t = 1`$, where $`\mu_1`$ is the law of $`X_0`$, the data. With
$`-\log t`$ the Ornstein-Uhlenbeck process has $`e^{-(-\log t)} = t`$: $`\mu_t`$ is the law of
$`t X_0 + \sqrt{1 - t^2}\, \varepsilon`$.
""",
    source=corrected(EQUATIONS),
    formula=_clocks,
    controls={
        "1/(1 - t)": false(lambda: replace(_clocks(), rational=1 / (1 - t))),
        "1/t": false(lambda: replace(_clocks(), rational=1 / t)),
        "signal of -log(t)/2": false(lambda: replace(_clocks(), logarithmic=Clock(-sp.log(t) / 2, t))),
        "1/t - 1.01": false(lambda: replace(_clocks(), rational=1 / t - NEARLY), near=True),
        "-1.01 log t": false(lambda: replace(_clocks(), logarithmic=Clock(-NEARLY * sp.log(t), t)), near=True),
    },
    checks=(
        identity(lambda claimed: theory.clock_residuals(claimed.logarithmic), name="logarithmic clock"),
        identity(lambda claimed: theory.rational_clock_residuals(claimed.rational), name="rational clock"),
    ),
    expected=Verdict.PROVED,
    instance=lambda: "t = 1/2: the times log 2 and 1",
)

SAMPLING = 'section 4, "The need to speed up inference" and "From network to optimization architecture", equation (7)'
UNIT: Final = "data N(0, 1)"
SPREADS: Final[Mapping[str, Rational]] = {
    "data N(0, 2)": Integer(2),
    UNIT: Integer(1),
    "data N(0, 1/2)": Rational(1, 2),
}


def _sampled(claimed: Expr, spread: Rational) -> Outcome:
    """Compare the variance of the image of noise under a linear map of a claimed slope, in V, with that of the data."""
    return Outcome(spread, flow_maps.image_variance(claimed, spread), "variance of the samples")


inverse_time_map_as_printed = Claim(
    id="pushforward.inverse-time-map-as-printed",
    title="Noise is carried to data by chi, and by f = psi^-1 with psi = chi^-1",
    statement=r"""
Printed: $`\chi`$ solves (7) from $`\chi_0`$ the identity, from the data at time 0 to noise; samples are the end of the
trajectories $`t \mapsto \chi_{(1-t)^{-1}}(Z)`$ from $`Z \sim \mu_0`$, or, with $`\psi = \chi_\infty^{-1}`$ and
$`f_{\theta_t} = \psi_t^{-1}`$, $`(f_{\theta_\infty})_\# \mu_0 = \mu_1`$.

**False**: both apply $`\chi_\infty`$ to noise, which it takes farther, not back. For data $`N(0, 2)`$
$`\chi_\infty(x) = x/\sqrt2`$, and the image of $`N(0, 1)`$ is $`N(0, \frac12)`$. Moreover $`\chi_\infty^{-1}`$ need
not exist: where the data have an atom, so has every image of them, and $`\chi_\infty`$ cannot take them to noise.
""",
    source=as_printed(SAMPLING),
    formula=lambda: printed(flow_maps.whitening_slope()),
    controls={
        "the inverse of chi": true(lambda: printed(flow_maps.sampling_slope()), note="the correction"),
        "data N(0, 1)": true(lambda: printed(flow_maps.whitening_slope(), UNIT), note="chi is the identity"),
        "data N(0, 1), slope off by one per cent": false(
            lambda: printed(NEARLY * flow_maps.whitening_slope(), UNIT), near=True
        ),
    },
    checks=(exact_instances(SPREADS, _sampled, method="linear maps of Gaussian laws, in rational arithmetic"),),
    expected=Verdict.REFUTED,
    uses=("pushforward.inverse-time-map",),
    correction="pushforward.inverse-time-map",
    instance=lambda: "d = 1, data N(0, 2)",
)


@final
@dataclass(frozen=True, slots=True)
class FlowMaps:
    """Claimed slopes for data N(0, V): of chi_t, in V and a = e^-t, and of the sampler psi, in V."""

    flow: Expr
    sampler: Expr


def _flow_maps() -> FlowMaps:
    """Return the slopes sqrt(V_t/V) and sqrt(V)."""
    return FlowMaps(flow_maps.flow_slope(), flow_maps.sampling_slope())


inverse_time_map = Claim(
    id="pushforward.inverse-time-map",
    title="chi runs from data to noise, and its inverse is the sampler",
    statement=r"""
For data $`N(0, V)`$ and the Ornstein-Uhlenbeck process the flow (7) is $`\chi_t(x) = \sqrt{V_t/V}\, x`$,
$`V_t = 1 + (V - 1) e^{-2t}`$. It carries the data to the law of $`X_t`$, and for $`t = \infty`$ to noise; its inverse
$`\psi(z) = \sqrt{V}\, z`$ takes $`N(0, 1)`$ to $`N(0, V)`$. So from noise the equation runs in reversed time, and the
map to learn is $`f_{\theta_t} = \chi_t^{-1}`$. In $`\mathbb{R}^d`$ the same holds in each eigendirection.
""",
    source=corrected(SAMPLING),
    formula=_flow_maps,
    controls={
        "chi for psi": false(lambda: replace(_flow_maps(), sampler=flow_maps.whitening_slope())),
        "reversed flow": false(lambda: replace(_flow_maps(), flow=1 / flow_maps.flow_slope())),
        "flow off by one per cent": false(
            lambda: replace(_flow_maps(), flow=NEARLY * flow_maps.flow_slope()), near=True
        ),
        "sampler off by one per cent": false(
            lambda: replace(_flow_maps(), sampler=NEARLY * flow_maps.sampling_slope()), near=True
        ),
    },
    checks=(
        identity(lambda claimed: flow_maps.flow_slope_residuals(claimed.flow), name="flow"),
        identity(lambda claimed: flow_maps.sampling_residuals(claimed.sampler), name="sampler"),
    ),
    expected=Verdict.PROVED,
    uses=("pushforward.expected-velocity",),
    instance=lambda: "V = 2: chi_oo(x) = x/sqrt(2), psi(z) = sqrt(2) z",
)

CLAIMS = (time_change_as_printed, time_change, inverse_time_map_as_printed, inverse_time_map)
