"""Data on the line: the flow's map from N(0, 1) is the monotone rearrangement, jump by jump."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from typing import Literal, final

import flint
import numpy as np
import sympy as sp
from scipy.stats import norm
from sympy import Expr, Rational

from ...numerics.measures import DiscreteMeasure
from ...numerics.monge_ampere import FlowMap, probability_flow_map
from ...theory.deciding.balls import enclose_over
from ...theory.monge_ampere import enclose_flow_label
from ...theory.monge_ampere import one_dimension as theory
from ...theory.monge_ampere.notation import tau, u
from ...theory.verdict import Strength, Verdict
from ..builders import derivation, identity, property
from ..claim import Claim, Reading, Source, false
from ..comparison import Comparison, compare_at_most
from ..trial import Effort, Run
from .data_sets import PADDED_ATOMS, decode_measure, discrete_measures, encode_measure

WANG = Source("wang2024", "abstract: the limit of the probability flow, for data on the line", Reading.RESTATED)
NEARLY = Rational(101, 100)
SHARES = sp.symbols("w_0 w_1 w_2", positive=True)
"""Weights below the border, of the last atom below it and of all others, and above it, as the theory names them."""

Side = Literal["beyond", "before"]


@final
@dataclass(frozen=True, slots=True)
class LineMap:
    """What is claimed: the least slope of the flow's map, an atom's share of the mass up to u, and where it jumps.

    `weight` is the mass P(N(0, 1) <= q) below the jump over a border, in the weights `SHARES` around it.
    """

    floor: Expr
    carried_mass: Expr
    weight: Expr


def _map() -> LineMap:
    """Return the map of the flow on the line."""
    return LineMap(sp.Integer(1), theory.carried_mass(), theory.cumulative_weight())


def _attack_floor(claimed: LineMap) -> Iterator[Comparison]:
    """Compare the claimed floor with the slope for one atom, which is 1."""
    point = {"data": "one atom"}
    yield compare_at_most(float(claimed.floor), 1.0, 0.0, strength=Strength.EXACT, point=point)


ATTACKED = ((-2, -1, 1), (Fraction(1, 4), Fraction(1, 4), Fraction(1, 2)))
"""Atoms and weights whose middle border the map jumps over at 0."""

NEAR_JUMP = Fraction(1, 100)


def _attack_weight(claimed: LineMap, side: Side) -> Iterator[Comparison]:
    """Compare the claimed weight with P(N(0, 1) <= z) at a z near the jump whose label is enclosed."""
    atoms, weights = ATTACKED
    start = NEAR_JUMP if side == "beyond" else -NEAR_JUMP
    label = enclose_flow_label([(y,) for y in atoms], weights, (start,)).label
    assert (label == 2) is (side == "beyond"), "the label that the derivation assumes"
    precision, z = 200, Rational(start.numerator, start.denominator)
    values = {share: Rational(w.numerator, w.denominator) for share, w in zip(SHARES, weights, strict=True)}
    mass, weight = (1 + sp.erf(z / sp.sqrt(2))) / 2, claimed.weight.subs(values)
    with flint.ctx.workprec(precision):
        found = enclose_over(weight - mass if side == "beyond" else mass - weight, {}, precision=precision).real
        middle, radius = float(found.mid()), float(found.rad())
    yield Comparison(
        deviation=middle,
        # The middle is rounded to a double.
        error=radius + 2.3e-16 * abs(middle),
        scale=0.5,
        observed=f"left - right = {found.str(20)}; z is sent to the atom {atoms[label]}",
        required="at most 0",
        equality=False,
        strength=Strength.CERTIFIED,
        point={"atoms": str(atoms), "weights": "1/4, 1/4, 1/2", "z": str(start)},
    )


OFFSETS = (-1e-3, -1e-6, -1e-10, 1e-10, 1e-6, 1e-3)
"""Distances from the claimed jump at which the flow is asked."""

NEAREST = 1e-10

NO_WEIGHT = 1e-250
"""Weight of the atoms that fill a measure up: it is lost in rounding, and moves no jump."""


@cache
def _labels(atoms: tuple[float, ...], weights: tuple[float, ...], points: tuple[float, ...]) -> FlowMap:
    """Follow points; once, since several formulas have the same jumps.

    Measures are filled up to the same number of atoms, further out and of no weight, so that nothing recompiles.
    """
    missing = PADDED_ATOMS - len(atoms)
    filled = [*atoms, *(atoms[-1] + 1 + k for k in range(missing))]
    measure = DiscreteMeasure(np.array(filled)[:, None], [*weights, *[NO_WEIGHT] * missing])
    return probability_flow_map(np.array(points)[:, None], measure, rtol=1e-12, atol=1e-14)


def _compare_jumps(claimed: LineMap, measure: DiscreteMeasure, run: Run) -> Comparison:
    """Compare every jump of the flow's map with the claimed quantile: the worst distance in units of its scale."""
    order = np.argsort(measure.atoms[:, 0])
    atoms, weights = measure.atoms[order, 0], measure.weights[order]
    quantiles, scales = zip(*(_quantile(claimed.weight, weights, k) for k in range(1, len(weights))), strict=True)
    places = np.array(quantiles)[:, None] + np.array(OFFSETS)
    found = _labels(tuple(atoms.tolist()), tuple(weights.tolist()), tuple(places.ravel().tolist()))
    assert found.labels is not None
    labels, decided = found.labels.reshape(places.shape), found.decided.reshape(places.shape)
    offsets, borders = np.array(OFFSETS), np.arange(1, len(weights))[:, None]
    wrong = decided & np.where(offsets < 0, labels >= borders, labels < borders)
    distance = np.where(wrong, np.abs(offsets), 0.0).max(axis=1)
    # A point that is not decided says nothing: the jump may be as far as that.
    error = np.where(decided, NEAREST, np.abs(offsets)).max(axis=1)
    worst = int(np.argmax((2 * distance - error) / scales))
    return Comparison(
        # A wrong label at the nearest points is a violation too.
        deviation=2 * float(distance[worst]),
        error=float(error[worst]),
        scale=scales[worst],
        observed=f"the flow jumps {distance[worst]:.1g} or more away" if distance[worst] else "the flow jumps there",
        required=f"a jump within {error[worst]:.1g} of {quantiles[worst]:.16g}",
        point={"border": str(worst + 1), "data": "see example"},
    )


def _quantile(weight: Expr, weights: np.ndarray, border: int) -> tuple[float, float]:
    """Return the quantile of the claimed weight at a border, and by what it moves for a relative change of 1."""
    shares = (weights[: border - 1].sum(), weights[border - 1], weights[border:].sum())
    claimed = float(weight.subs(dict(zip(SHARES, shares, strict=True))))
    inside = min(max(claimed, 1e-9), 1 - 1e-9)
    place = float(norm.ppf(inside))
    return place, inside / float(norm.pdf(place))


prior_map_1d = Claim(
    id="monge-ampere.prior-map-1d",
    title="On the line the probability flow is optimal: its map from the prior is the Brenier map",
    statement=r"""
Let $`d = 1`$ and $`\mu = \sum_i w_i \delta_{y_i}`$, $`y_1 < \dots < y_n`$, with cumulative weights
$`W_k = w_1 + \dots + w_k`$ and $`q_k`$ the Gaussian quantile, $`P(N(0, 1) \le q_k) = W_k`$. The flow
$`F_\tau`$ of $`du/d\tau = \mathbb{E}[X \mid u]`$ from $`\tau = 0`$ has

```math
F_\tau'(z) \ge 1, \qquad \sum_i w_i\, P(N(0, 1) \le F_\tau(z) - \tau y_i) = P(N(0, 1) \le z) ,
```

and a point that is beyond $`\tau r`$, $`y_k < r < y_{k+1}`$, at arbitrarily late times has
$`W_k \le P(N(0, 1) \le z)`$; one that is before it, the reverse. Hence $`\Phi_\infty(z) = y_k`$ for
$`q_{k-1} < z < q_k`$: it does not decrease, is the derivative of a convex function, and **equals** the Brenier map from
$`N(0, 1)`$ to $`\mu`$. For finite $`T`$, $`\Phi_T = \Phi_\infty \circ \Psi_T`$ with an increasing $`\Psi_T`$.
""",
    source=WANG,
    formula=_map,
    controls={
        "jump at a weight larger by one per cent": false(
            lambda: replace(_map(), weight=NEARLY * theory.cumulative_weight()), near=True
        ),
        "jump at a weight smaller by one per cent": false(
            lambda: replace(_map(), weight=theory.cumulative_weight() / NEARLY), near=True
        ),
        "slope at least 1.01": false(lambda: replace(_map(), floor=NEARLY), near=True),
        "mass off by one per cent of tau": false(
            lambda: replace(_map(), carried_mass=theory.carried_mass().subs(tau, NEARLY * tau)), near=True
        ),
        "mass in the coordinate x": false(
            lambda: replace(_map(), carried_mass=theory.carried_mass().subs(u, u / sp.sqrt(1 + tau**2)))
        ),
    },
    checks=(
        identity(
            lambda claimed: theory.carried_mass_residuals(claimed.carried_mass),
            name="conserved mass",
            extends="two atoms: the mass of a law is the sum of its atoms', and so is its equation",
        ),
        derivation(
            lambda _: theory.derive_increasing(),
            lambda claimed: theory.increasing_statement(claimed.floor),
            attack=_attack_floor,
            name="increasing",
        ),
        derivation(
            lambda _: theory.derive_cumulative(),
            lambda claimed: theory.cumulative_statement(claimed.weight),
            name="mass below a border",
        ),
        derivation(
            lambda _: theory.derive_cell("beyond"),
            lambda claimed: theory.cell_statement(claimed.weight, "beyond"),
            attack=lambda claimed: _attack_weight(claimed, "beyond"),
            name="points beyond",
        ),
        derivation(
            lambda _: theory.derive_cell("before"),
            lambda claimed: theory.cell_statement(claimed.weight, "before"),
            attack=lambda claimed: _attack_weight(claimed, "before"),
            name="points before",
        ),
        property(
            lambda: discrete_measures(1),
            _compare_jumps,
            encode=encode_measure,
            decode=decode_measure,
            method="Hypothesis over 2 to 6 atoms; labels by the flow at 1e-10 from every claimed jump",
            name="jumps at Gaussian quantiles",
            examples={Effort.QUICK: 10, Effort.STANDARD: 60, Effort.DEEP: 1000},
            shrink=False,
        ),
    ),
    expected=Verdict.PROVED,
    dimension="d = 1",
    uses=("monge-ampere.regular-flow", "monge-ampere.gradient-is-optimal", "monge-ampere.brenier"),
    instance=lambda: "atoms -1 and 1 with equal weights: Phi_oo(z) = sign(z)",
)

CLAIMS = (prior_map_1d,)
