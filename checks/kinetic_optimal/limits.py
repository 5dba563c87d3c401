"""When the separation function tends to 1, how far from necessary that is, and what no path can go below."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from typing import Any, final

import numpy as np
from sympy import Expr, Integer, Rational, Symbol, diff, exp, log, sqrt

from ...numerics.kinetic_optimal import Separation, kinetic_optimal_path, separation
from ...theory.decide import decide_zero
from ...theory.kinetic_optimal import bounds, energy_bounds
from ...theory.kinetic_optimal import limits as theory
from ...theory.kinetic_optimal.enclosures import Enclosure, enclose_two_points
from ...theory.kinetic_optimal.notation import entropy_rate
from ...theory.verdict import Strength, Verdict, Witness
from ..builders import Check, derivation, inequality
from ..claim import Claim, Quantifier, Reading, Source, false
from ..comparison import Comparison, compare_at_most, compare_equal
from ..evidence import Evidence, Kind, Scope
from ..trial import Effort, Run
from .data_sets import LineData, two_point_data
from .line_checks import line_property, number
from .separations import normal_points, of_line_data
from .training_sets import training_sets

NEW = Source("lemmata", "this catalogue", Reading.NEW)
d = Symbol("d", positive=True)
n = Symbol("n", positive=True)


@final
@dataclass(frozen=True, slots=True)
class SeparationLimit:
    """What is claimed: along sequences with `condition(n, d) -> 0`, lambda(s) tends to `limit` for every s > 0."""

    condition: Expr
    limit: Expr


def _as_printed() -> SeparationLimit:
    """Return the limit as the abstract prints it."""
    return SeparationLimit(n / sqrt(d), Integer(1))


@final
@dataclass(frozen=True, slots=True)
class Family:
    """A sequence of data sets, one for each d: its size n(d), and [low, high] around the limit of lambda(1)."""

    size: Expr
    low: Fraction
    high: Fraction
    certificate: Enclosure


def _families() -> dict[str, Family]:
    """Return sequences whose limit is enclosed.

    The full hypercube has the same lambda(1) for every d. Two antipodes at distance 2 sqrt d have lambda(1) of the two
    points at s = sqrt d, which never decreases and never exceeds 1: its value at d = 256 bounds the limit from below.
    """
    hypercube = enclose_two_points("separation", Fraction(1))
    antipodes = enclose_two_points("separation", Fraction(16))
    return {
        "full hypercube, n = 2^d": Family(Integer(2) ** d, hypercube.low, hypercube.high, hypercube),
        "two antipodes, n = 2": Family(Integer(2), antipodes.low, Fraction(1), antipodes),
    }


def _vanishes(condition: Expr) -> bool:
    """Say whether a condition along a family is decided to be a constant times a negative power of d."""
    powers = (Rational(1, 2), Integer(1), Rational(3, 2), Integer(2))
    return any(decide_zero(diff(condition * d**power, d)).verdict is Verdict.PROVED for power in powers)


def _check_families(formula: object, run: Run) -> Evidence:
    """Compare the claimed limit with the enclosed one, along every family that satisfies the claimed condition."""
    assert callable(formula)
    claimed: SeparationLimit = formula()
    value = Fraction(int(claimed.limit.p), int(claimed.limit.q))
    met = [(name, family) for name, family in _families().items() if _vanishes(claimed.condition.subs(n, family.size))]
    common: dict[str, Any] = {
        "check": "families",
        "kind": Kind.ENCLOSURE,
        "method": "sequences whose limit is enclosed by ball arithmetic; the condition along them is decided",
    }
    for name, family in met:
        if not family.low <= value <= family.high:
            witness = Witness(
                point={"sequence": name, "s": "1"},
                strength=Strength.CERTIFIED,
                observed=f"lambda(1) tends to a number in [{float(family.low):.16g}, {float(family.high):.16g}]",
                required=f"{value}",
            )
            return Evidence(
                **common, scope=Scope.LIMIT, verdict=Verdict.REFUTED, witness=witness, error=0.0, resolution=1e-16
            )
    if not met:
        return Evidence(
            **common, scope=Scope.INSTANCE, verdict=Verdict.UNDECIDED, reason="no family satisfies the condition"
        )
    name, family = met[0]
    return Evidence(
        **common,
        scope=Scope.INSTANCE,
        verdict=Verdict.CERTIFIED,
        value={"sequence": name, "limit at least": float(family.low)},
        error=float(family.high - family.low),
        tolerance=float(family.high - family.low),
        resolution=max(float(family.high - family.low), 1e-16),
        certificate=family.certificate.certificate,
        instance=name,
    )


separation_limit = Claim(
    id="kinetic-optimal.separation-limit",
    title="The separation function tends to 1 as n/sqrt(d) tends to 0",
    statement=r"""
For any sequence of data sets of $`n`$ samples in dimension $`d`$, normalised to $`\mathbb{E}|X_1|^2 = d`$, with
$`n/\sqrt{d} \to 0`$, the separation function $`\lambda(s)`$ tends to 1 for every $`s > 0`$.
""",
    source=Source("shaul2023", "abstract, (iv)", Reading.AS_PRINTED),
    formula=_as_printed,
    controls={
        "limit 0.99": false(lambda: replace(_as_printed(), limit=Rational(99, 100)), near=True),
        "condition log(n)/d^2 -> 0 is enough": false(
            lambda: replace(_as_printed(), condition=log(n) / d**2), near=True
        ),
    },
    checks=(
        derivation(
            lambda claimed: theory.derive_limit(theory.along_sequence(claimed.condition, n, d)),
            lambda claimed: theory.separation_tends(claimed.limit),
            name="entropy ceiling and squeeze",
        ),
        Check("families", Kind.ENCLOSURE, _check_families),
    ),
    expected=Verdict.PROVED,
    quantifier=Quantifier.ASYMPTOTIC,
    uses=("kinetic-optimal.separation-entropy-bound", "kinetic-optimal.two-point", "kinetic-optimal.monotone"),
    instance=lambda: "two antipodes at distance 2 sqrt(d): n/sqrt(d) = 2/sqrt(d)",
)


@final
@dataclass(frozen=True, slots=True)
class Growth:
    """What is claimed: data sets of `size` n(d) have lambda(s) -> `limit`; `sample` is lambda(1) of a stated one."""

    size: Expr
    limit: Expr
    sample: Rational


SAMPLE_QUERIES = {Effort.QUICK: 8_000, Effort.STANDARD: 40_000, Effort.DEEP: 400_000}
"""Queries by effort."""


@cache
def _sample_estimate(effort: Effort, seed: int, false_alarm: float) -> Separation:
    """Estimate lambda(1) of 4096 normal points in d = 64; once for each run of a worker."""
    return separation(
        normal_points(),
        np.array([1.0]),
        num_queries=SAMPLE_QUERIES[effort],
        key=Run(seed=seed).key(),
        false_alarm=false_alarm,
    )


def _sample_separation(claimed: Growth, point: str, run: Run) -> Comparison:
    """Compare lambda(1) of the normal points with the claimed number, to the digits that are printed."""
    found = _sample_estimate(run.effort, run.seed, run.false_alarm)
    low, high = (float(end[0]) for end in found.interval)
    mean = float(found.mean[0])
    return compare_equal(mean, float(claimed.sample), max(high - mean, mean - low) + 5e-5)


rate_not_needed = Claim(
    id="kinetic-optimal.rate-not-needed",
    title="n/sqrt(d) -> 0 is sufficient, far from necessary",
    statement=r"""
There are sequences of data sets with $`n/\sqrt{d} \to \infty`$ along which $`\lambda(s) \to 1`$ for every $`s > 0`$:
all those with $`n \le d^2`$, whatever the points, since then $`\log(n)/d \to 0`$. For example 4096 independent normal
points in $`d = 64`$ (NumPy seed 2306, normalised) have $`\lambda(1) = 0.9989`$.
""",
    source=NEW,
    formula=lambda: Growth(d**2, Integer(1), Rational(9989, 10000)),
    controls={
        "limit 0.97 and sample 0.97": false(lambda: Growth(d**2, Rational(97, 100), Rational(97, 100)), near=True),
        "limit 1/2 and sample 0.5": false(lambda: Growth(d**2, Rational(1, 2), Rational(1, 2))),
    },
    checks=(
        derivation(
            lambda claimed: theory.derive_growth_limit(claimed.size),
            lambda claimed: theory.growing_separation_tends(claimed.limit),
            name="entropy ceiling and squeeze",
        ),
        inequality(
            _sample_separation,
            lambda run: {"4096 normal points, d = 64": "s = 1"},
            method="separation(), empirical-Bernstein interval",
            name="4096 points",
            kind=Kind.STATISTICAL,
        ),
    ),
    expected=Verdict.PROVED,
    quantifier=Quantifier.EXISTENTIAL,
    uses=("kinetic-optimal.separation-entropy-bound",),
    instance=lambda: "any d^2 points in R^d",
)


def _check_hypercube(formula: object, run: Run) -> Evidence:
    """Compare the enclosed lambda(1) of the hypercube with the claimed decimals."""
    assert callable(formula)
    claimed: Expr = formula()
    found = enclose_two_points("separation", Fraction(1))
    value = Fraction(int(claimed.p), int(claimed.q))
    # Four decimals are printed: the claim is that the number rounds to them.
    allowed = Fraction(1, 20_000)
    shared: dict[str, Any] = {
        "check": "enclosure",
        "kind": Kind.ENCLOSURE,
        "scope": Scope.GENERAL,
        "method": "Arb's adaptive quadrature; replayed by the trapezoidal rule",
        "value": float(found.low),
        "error": float(found.high - found.low),
        "tolerance": float(allowed),
        "resolution": float(2 * allowed / value),
    }
    if found.distance(value) > allowed:
        witness = Witness(
            point={"data": "full hypercube, any d", "s": "1"},
            strength=Strength.CERTIFIED,
            observed=f"[{float(found.low):.16g}, {float(found.high):.16g}]",
            required=f"{float(value)} to four decimals",
        )
        return Evidence(**shared, verdict=Verdict.REFUTED, witness=witness)
    return Evidence(**shared, verdict=Verdict.CERTIFIED, certificate=found.certificate)


entropy_can_matter = Claim(
    id="kinetic-optimal.entropy-can-matter",
    title="Data of constant entropy per dimension need not be separated",
    statement=r"""
There are data with $`\log(n)/d`$ bounded away from 0 whose $`\lambda(1)`$ stays away from 1: the full hypercube
$`\{-1, 1\}^d`$ has $`\log(n)/d = \log 2`$ and $`\lambda(1) = 0.5504`$ for every $`d`$, by its product form.
(Existential only: two tight clusters of $`e^d`$ points have $`\log(n)/d \ge 1`$ and $`\lambda \to 1`$.)
""",
    source=NEW,
    formula=lambda: Rational(5504, 10000),
    controls={
        "lambda(1) off by one per cent": false(lambda: Rational(5559, 10000), near=True),
        "lambda(1) = 1": false(lambda: Integer(1)),
    },
    checks=(Check("enclosure", Kind.ENCLOSURE, _check_hypercube),),
    expected=Verdict.CERTIFIED,
    quantifier=Quantifier.EXISTENTIAL,
    uses=("kinetic-optimal.two-point",),
    instance=lambda: "the two points -1 and 1 in d = 1",
)


def _floor_of_line(claimed: Expr, data: LineData, run: Run) -> Comparison:
    """Compare the claimed floor at the data's entropy with the optimal energy."""
    masses = data.weights[data.weights > 0]
    merged = [masses[data.atoms[data.weights > 0] == x].sum() for x in np.unique(data.atoms[data.weights > 0])]
    entropy = -sum(p * math.log(p) for p in merged)
    best = kinetic_optimal_path(of_line_data(data))
    floor = number(claimed, {entropy_rate: max(entropy, 1e-300)})
    return compare_at_most(floor, best.energy, best.energy_error + 1e-12)


def _attack_floor(claimed: Expr) -> Iterator[Comparison]:
    """Compare the claimed floor with the optimal energy of the two points, computed with a stated error."""
    pair = LineData(np.array([-1.0, 1.0]), np.array([0.5, 0.5]), 1.0)
    best = kinetic_optimal_path(of_line_data(pair))
    claim = number(claimed, {entropy_rate: math.log(2)})
    yield compare_at_most(claim, best.energy, best.energy_error + 1e-12, point={"data": "the two points -1 and 1"})


energy_floor = Claim(
    id="kinetic-optimal.energy-floor",
    title="Data of small entropy leave little to save",
    statement=r"""
For every $`d`$, every $`X_1`$ with $`\mathbb{E}|X_1|^2 = d`$ and $`H(X_1) = d L`$, every Gaussian path from noise to
data has kinetic energy per dimension at least

```math
2 - 2\sqrt{1 - e^{-2L}} ,
```

by $`J \le \arctan\sqrt{e^{2L} - 1}`$ and $`\Theta_m \ge \pi/2 - J`$. Cond-OT spends $`2 - J \le 2`$. Hence no path,
however it depends on the data, saves more of Cond-OT's energy than the share $`\sqrt{1 - e^{-2L}}`$: the table below
says how little that is at the sizes of known training sets, where $`L \le \log(n)/d`$.
""",
    source=NEW,
    formula=bounds.energy_floor,
    controls={
        "exponent L in place of 2 L": false(lambda: 2 - 2 * sqrt(1 - exp(-entropy_rate)), near=True),
        "root dropped": false(lambda: 2 - 2 * (1 - exp(-2 * entropy_rate)), near=True),
        "2 without the root's part": false(lambda: Integer(2) + 0 * entropy_rate),
    },
    checks=(
        derivation(
            lambda _: energy_bounds.derive_energy_floor(),
            energy_bounds.energy_at_least,
            attack=_attack_floor,
            name="bathtub",
        ),
        line_property(_floor_of_line, "measures on the line", paths=True, first=(two_point_data(),)),
        training_sets,
    ),
    expected=Verdict.PROVED,
    uses=(
        "kinetic-optimal.separation-entropy-bound",
        "kinetic-optimal.linear-floor",
        "kinetic-optimal.two-point",
        "kinetic-optimal.i-mmse",
        "kinetic-optimal.straight-line",
    ),
    instance=lambda: "the two points -1 and 1: L = log 2, the floor is 2 - sqrt(3), the optimum 0.4591",
)

CLAIMS = (separation_limit, rate_not_needed, entropy_can_matter, energy_floor)
