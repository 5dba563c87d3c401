"""Products, collinear atoms, pairs of atoms: data for which the flow's map is the Brenier map in every dimension."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, final

import numpy as np
from sympy import Expr, Rational

from ...numerics.estimate import Estimate
from ...numerics.measures import DiscreteMeasure
from ...numerics.monge_ampere import map_gap
from ...theory.monge_ampere import reductions as theory
from ...theory.monge_ampere.notation import tau
from ...theory.verdict import Json, Verdict
from ..builders import identity, inequality, property
from ..claim import Claim, Reading, Source, false
from ..comparison import Comparison
from ..trial import Effort, Run
from .data_sets import POINTS, SeenThroughNoise, decode_measure, discrete_measures, encode_measure
from .posterior_checks import atom_size, compare_arrays, rounding_of_weights, shared_posterior_mean, values_of

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

WANG = Source("wang2024", "abstract: the limit of the probability flow, for data of this form", Reading.RESTATED)
NEARLY = Rational(101, 100)


@final
@dataclass(frozen=True, slots=True)
class SplitFlow:
    """What is claimed: the velocity of product data in one factor, that across a line, and of which data.

    `dependence` is the mass by which the weights of product data may differ from a product, `bend` the distance by
    which an atom may be off the line; the claim holds where both are 0.
    """

    own: Expr
    across: Expr
    dependence: Fraction = Fraction(0)
    bend: Fraction = Fraction(0)


def _split() -> SplitFlow:
    """Return the flow of data that split."""
    return SplitFlow(theory.product_velocity(), theory.transverse_velocity())


def _residuals(claimed: SplitFlow) -> dict[str, Expr]:
    """Return what the claim leaves over of the velocity of products and of collinear data."""
    parts = {
        "product": theory.product_residuals(claimed.own),
        "collinear": theory.collinear_residuals(claimed.across),
    }
    return {f"{part}: {name}": value for part, found in parts.items() for name, value in found.items()}


@final
@dataclass(frozen=True, slots=True, eq=False)
class Factors:
    """Two laws on the line, the second of two atoms, an offset across them, tau, and a seed of points."""

    first: DiscreteMeasure
    second: DiscreteMeasure
    offset: float
    tau: float
    seed: int

    def seen(self) -> SeenThroughNoise:
        """Return the product of the two laws with one atom at the offset, and points u in R^3."""
        atoms = [(*y, *z, self.offset) for y in self.first.atoms.tolist() for z in self.second.atoms.tolist()]
        law = DiscreteMeasure(atoms, np.outer(self.first.weights, self.second.weights).ravel())
        signal = self.tau * law.mean()
        points = signal + np.random.default_rng(self.seed).standard_normal((POINTS, 3)) * (1 + self.tau)
        return SeenThroughNoise(law, self.tau, points)


def _compare_velocity(claimed: SplitFlow, drawn: Factors, run: Run) -> Comparison:
    """Compare the shared denoiser of a product with the claimed velocities, one factor at a time."""
    whole = drawn.seen()
    mean = shared_posterior_mean(whole)
    expected = np.empty_like(mean)
    # The slope of log Z is tau times the mean.
    slopes = [
        drawn.tau * shared_posterior_mean(SeenThroughNoise(factor, drawn.tau, whole.points[:, axis : axis + 1]))[:, 0]
        for axis, factor in enumerate((drawn.first, drawn.second))
    ]
    for axis in range(2):
        values = {theory.own_slope: slopes[axis], theory.other_slope: slopes[1 - axis], tau: drawn.tau}
        expected[:, axis] = values_of(claimed.own, values)
    expected[:, 2] = values_of(claimed.across, {theory.offset: drawn.offset})
    error = np.sqrt(mean.size) * rounding_of_weights(whole) * atom_size(whole.measure)
    return compare_arrays(mean, expected, error, names=("velocity", "that of the factors"))


def _factors() -> "SearchStrategy[Factors]":
    from hypothesis import strategies as st

    return st.builds(
        Factors,
        discrete_measures(1, most=3),
        discrete_measures(1, most=2),
        st.integers(-30, 30).map(lambda tenths: tenths / 10),
        st.integers(-12, 8).map(lambda step: 2.0 ** (step / 4)),
        st.integers(0, 2**20),
    )


def _encode(drawn: Factors) -> Json:
    return {
        "first": encode_measure(drawn.first),
        "second": encode_measure(drawn.second),
        "offset": drawn.offset,
        "tau": drawn.tau,
        "seed": drawn.seed,
    }


def _decode(value: Json) -> Factors:
    return Factors(
        decode_measure(value["first"]),
        decode_measure(value["second"]),
        float(value["offset"]),
        float(value["tau"]),
        int(value["seed"]),
    )


Places = tuple[tuple[float, ...], ...]
Weights = tuple[float, ...]

TOLERANCE = {Effort.QUICK: 1e-3, Effort.STANDARD: 3e-4, Effort.DEEP: 4e-6}
"""Error in mass to which angles are resolved."""

LEAST_SHARE = 0.2
"""Drawn products have at least this share of each marginal, more than any dependence that is claimed."""


Triple = tuple[float, float, float]


def _product(pair: Triple, places: Triple, shares: Triple) -> "Case":
    """Return two atoms and the share of the second, times three with their shares, as independent as is claimed.

    These are as many atoms as other checks have, so that nothing recompiles.
    """
    low, high, share = pair

    def law(claimed: SplitFlow) -> tuple[Places, Weights]:
        weights = np.outer([1 - share, share], shares)
        weights[:, :2] += float(claimed.dependence) * np.array([[1, -1], [-1, 1]])
        return tuple((y, z) for y in (low, high) for z in places), tuple(weights.ravel().tolist())

    return law


def _line(slope: float) -> "Case":
    """Return six atoms on a line of this slope, one of them off it as far as is claimed."""

    def law(claimed: SplitFlow) -> tuple[Places, Weights]:
        along = (-1.2, -0.5, 0.0, 0.7, 1.1, 1.5)
        places = tuple((s, slope * s + (float(claimed.bend) if s == 0 else 0.0)) for s in along)
        return places, (0.2, 0.1, 0.25, 0.15, 0.1, 0.2)

    return law


@cache
def _mismatch(atoms: Places, weights: Weights, effort: Effort) -> Estimate:
    """Compute the mass that flow and transport send to different atoms; once for all formulas."""
    return map_gap(DiscreteMeasure(atoms, weights), tolerance=TOLERANCE[effort]).mismatch


Case = Callable[[SplitFlow], tuple[Places, Weights]]
"""The data that a claim is about, as nearly a product or a line as it says."""


def _cases(run: Run) -> dict[str, Case]:
    """Return stated data, and as many drawn products and lines as the effort allows."""
    generator = run.generator()

    def drawn_product() -> Case:
        low, gaps = generator.uniform(-1, 0, 2), generator.uniform(0.5, 1.5, 3)
        share, rest = generator.uniform(LEAST_SHARE, 1 - LEAST_SHARE), 1 - 3 * LEAST_SHARE
        shares = LEAST_SHARE + rest * generator.dirichlet(np.ones(3))
        places = low[1], low[1] + gaps[1], low[1] + gaps[1] + gaps[2]
        return _product((low[0], low[0] + gaps[0], share), places, (shares[0], shares[1], shares[2]))

    cases = {
        "product of two and three atoms": _product((-1.0, 2.0, 0.6), (0.0, 1.0, 1.8), (0.3, 0.45, 0.25)),
        "six atoms on a line": _line(0.5),
    }
    for k in range(run.by_effort(0, 2, 24)):
        cases[f"drawn product {k}"] = drawn_product()
        cases[f"drawn line {k}"] = _line(generator.uniform(-2, 2))
    return cases


def _compare_maps(claimed: SplitFlow, case: Case, run: Run) -> Comparison:
    """Compare the mass that the flow's map and the optimal one send to different atoms with 0."""
    found = _mismatch(*case(claimed), run.effort)
    return Comparison(
        deviation=abs(found.value),
        error=found.error,
        scale=1.0,
        observed=f"mass {found} is sent to other atoms",
        required="0",
    )


prior_map_symmetric = Claim(
    id="monge-ampere.prior-map-symmetric",
    title="For products, collinear atoms and pairs of atoms the flow's limit is the Brenier map",
    statement=r"""
Let $`\mu`$ be a product of laws on mutually orthogonal subspaces of $`\mathbb{R}^d`$. With
$`Z(u) = \mathbb{E}\, e^{\tau \langle u, X \rangle - \tau^2 |X|^2/2} = Z_1(u_1)\, Z_2(u_2)`$ the velocity splits,

```math
\frac{du_1}{d\tau} = \frac{1}{\tau} \nabla \log Z_1(u_1) ,
```

and does not see $`u_2`$: $`\Phi_\infty`$ is the product of the factors' maps, and the gradient of a convex function
where they are. One atom $`p`$ as a factor moves with the constant velocity $`p`$. So $`\Phi_\infty`$ is the Brenier map
from $`N(0, I)`$ for every product of discrete laws on lines, for collinear atoms, which are a law on their line times
one atom across it, and for two atoms; in every $`d`$.
""",
    source=WANG,
    formula=_split,
    controls={
        "velocity off by one per cent": false(
            lambda: replace(_split(), own=NEARLY * theory.product_velocity()), near=True
        ),
        "the other factor is seen": false(
            lambda: replace(_split(), own=theory.product_velocity() + theory.other_slope / (100 * tau)), near=True
        ),
        "no velocity across the line": false(lambda: replace(_split(), across=0 * theory.offset)),
        "weights within 0.01 of a product": false(lambda: replace(_split(), dependence=Fraction(1, 100)), near=True),
        "atoms within 0.05 of a line": false(lambda: replace(_split(), bend=Fraction(1, 20)), near=True),
    },
    checks=(
        identity(
            _residuals,
            name="the velocity splits",
            extends="generic factors, one coordinate of each; inner products alone enter, so coordinates may be turned",
        ),
        property(
            _factors,
            _compare_velocity,
            encode=_encode,
            decode=_decode,
            method="Hypothesis over products in R^3 with one atom across; the shared denoiser, whole and by factors",
            name="velocities of products",
        ),
        inequality(
            _compare_maps,
            _cases,
            method="basins of the flow against Laguerre cells, ray by ray",
            name="flow against transport",
        ),
    ),
    expected=Verdict.PROVED,
    uses=("monge-ampere.regular-flow", "monge-ampere.prior-map-1d", "monge-ampere.gradient-is-optimal"),
    instance=lambda: "the corners of the unit square with weights (2, 3)/5 x (1, 1)/2",
)

CLAIMS = (prior_map_symmetric,)
