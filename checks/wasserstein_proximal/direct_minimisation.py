"""The kernel formula against direct minimisation of the control problem, which uses none of its derivation.

Both live on the same cells, whose sums are spectrally accurate, so that what is between them is due to the steps in
time: of first order, and gone after extrapolation. Of kernels for drawn mixtures the total mass is integrated on cells
other than those that normalise them.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Final, final

import numpy as np
from jaxtyping import Float
from sympy import Expr, Integer, Rational
from sympy.core.function import AppliedUndef

from ...numerics.estimate import Estimate
from ...numerics.measures import DiscreteMeasure
from ...numerics.wasserstein_proximal import Grid, GridLaw, kernel_proximal, minimise_proximal
from ...theory.verdict import Verdict
from ...theory.wasserstein_proximal import kernel_formula as theory
from ...theory.wasserstein_proximal.notation import TerminalCost, horizon, sigma, x
from ..builders import Check, property
from ..claim import Claim, Reading, Source, false
from ..comparison import Comparison, compare_equal, weigh
from ..evidence import Evidence, Kind
from ..jko.orders import Series, check_orders
from ..trial import Effort, Run
from .drawn_games import DrawnGame, decode_game, drawn_games, encode_game
from .line_game import HORIZON, SIGMA, TARGET, log_density

GRID: Final = Grid((-5.5,), (5.5,), (128,))

STEPS: Final = (8, 16, 32, 64)
"""Numbers of steps of the direct minimisation; the noise of the shortest is nine tenths of a cell."""

START: Final = (0.5, 0.9)
"""Mean and standard deviation of rho_0, a normal law that is far from eta_0."""

LARGEST_GAP: Final = 1e-3
"""The most that extrapolated minimum and kernel formula may differ by, in total variation."""

ATOMS: Final = 4
BOX: Final = 10.0
"""Drawn targets have next to no mass beyond this distance from 0."""

DEVIATIONS: Final = 11.0
"""Nor has the heat kernel beyond this many standard deviations, from atoms up to two of them away."""

CELLS_ALONG_AXIS: Final[Mapping[int, int]] = {1: 128, 2: 96}

ROUNDING: Final = 1e-12
"""What rounding changes in a sum over all cells."""

EXAMPLES: Final = {Effort.QUICK: 15, Effort.STANDARD: 60, Effort.DEEP: 600}


@final
@dataclass(frozen=True, slots=True)
class Kernel:
    """What is claimed: the kernel's exponent in x, its mass, and the order of its distance to the minimum in the step.

    `exponent` is in V(x), x, x_0 = y, sigma and T, up to what does not depend on x.
    """

    exponent: Expr
    mass: Rational
    order: Rational

    def law(self) -> GridLaw:
        """Return the law that the exponent gives on the grid, for V = -log pi at sigma = 3/5 and T = 1."""
        (potential,) = self.exponent.atoms(AppliedUndef)
        at = self.exponent.subs({sigma: SIGMA, horizon: HORIZON})
        weight, curvature = (float(part) for part in (-at.coeff(potential), -at.subs(potential, 0).diff(x, 2)))
        return _kernel_law(weight, curvature)


def _kernel() -> Kernel:
    return Kernel(theory.log_kernel(), Rational(1), Rational(1))


def _with(**changes: Any) -> Callable[[], Kernel]:
    return lambda: replace(_kernel(), **changes)


def _cost(points: Float[np.ndarray, "n 1"]) -> Float[np.ndarray, " n"]:
    return -log_density(TARGET, points)


@cache
def _start() -> GridLaw:
    mean, deviation = START
    return GridLaw.of_density(
        GRID,
        lambda points: np.exp(-(((points[:, 0] - mean) / deviation) ** 2) / 2) / (deviation * math.sqrt(2 * math.pi)),
    )


@cache
def _kernel_law(weight: float, curvature: float) -> GridLaw:
    """Return the image of rho_0 under the kernel proportional to exp(-weight V - curvature |x - y|^2/2)."""
    return kernel_proximal(
        _start(),
        lambda points: weight * SIGMA**2 * _cost(points),
        sigma=SIGMA,
        horizon=1 / (curvature * SIGMA**2),
    ).law


@cache
def _minima() -> dict[int, Float[np.ndarray, " n"]]:
    """Return the masses at T of the direct minimum by its number of steps."""
    found: dict[int, Float[np.ndarray, " n"]] = {}
    for steps in STEPS[::2]:
        minimum = minimise_proximal(_start(), _cost, sigma=SIGMA, horizon=HORIZON, steps=steps)
        found |= {steps: minimum.coarse.masses, 2 * steps: minimum.fine.masses}
    return found


def _distance(first: Float[np.ndarray, " n"], second: Float[np.ndarray, " n"]) -> float:
    """Return the total variation between masses, which may be negative after extrapolation."""
    return float(np.abs(first - second).sum() / 2)


def _aliasing(steps: int) -> float:
    """Return what sums over cells in place of integrals change at most, over all steps."""
    spread = SIGMA * math.sqrt(HORIZON / steps) / float(GRID.widths[0])
    return steps * 2 * math.exp(-2 * (math.pi * spread) ** 2)


def _series(claimed: Kernel, run: Run) -> dict[str, Series]:
    """Return the distance between the kernel formula and the direct minimum by the step."""
    expected = claimed.law().masses
    gaps = tuple(Estimate(_distance(masses, expected), _aliasing(steps)) for steps, masses in _minima().items())
    return {
        "three components": Series(
            tuple(HORIZON / steps for steps in STEPS), gaps, float(claimed.order), symbol=r"\Delta t"
        )
    }


def _extrapolated(name: str) -> Check:
    """Build the check that the minimum, extrapolated twice to steps of length 0, is the kernel formula."""

    def examine(formula: Callable[[], Kernel], run: Run) -> Evidence:
        minima = _minima()
        first, last = (2 * minima[2 * steps] - minima[steps] for steps in STEPS[::2])
        # Steps of a quarter of the length leave a sixteenth of the second order.
        limit = last + (last - first) / 15
        gap = _distance(limit, formula().law().masses)
        error = _distance(limit, last) + _aliasing(STEPS[-1])
        compared = Comparison(
            deviation=gap,
            error=min(error, LARGEST_GAP),
            scale=1.0,
            observed=f"a total variation of {gap:.3g} +- {error:.2g}",
            required="0",
            point={"V": "-log pi", "sigma": f"{SIGMA:g}"},
        )
        method = "dynamic programming in up to 64 steps, extrapolated to infinitely many"
        return weigh(
            [compared], run, check=name, kind=Kind.NUMERIC, method=method, value={"gap": gap}, instance="V = -log pi"
        )

    return Check(name, Kind.NUMERIC, examine)


def _compare_mass(claimed: Kernel, drawn: DrawnGame, run: Run) -> Comparison:
    """Compare the mass of the image of a few atoms with the claimed one."""
    d, target = drawn.dimension, drawn.mixture()
    factor = 1.0 if drawn.cost is TerminalCost.CROSS_ENTROPY else drawn.sigma**2
    spread = drawn.sigma * math.sqrt(drawn.horizon)
    atoms = np.random.default_rng([drawn.seed, 2]).uniform(-2, 2, (ATOMS, d)) * min(spread, 1.0)
    half, cells = min(DEVIATIONS * spread, BOX), CELLS_ALONG_AXIS[d]
    grid = Grid((-half,) * d, (half,) * d, (cells,) * d)
    image = kernel_proximal(
        DiscreteMeasure(atoms),
        lambda points: -factor * log_density(target, points),
        sigma=drawn.sigma,
        horizon=drawn.horizon,
        grid=grid,
    )
    mass = float(np.exp(image.log_density(grid.points + grid.widths / 3)).sum() * grid.volume)
    at = {"cost": drawn.cost.value, "sigma": f"{drawn.sigma:.6g}", "T": f"{drawn.horizon:.6g}"}
    # Both the normalisers and the integral are off by as much, at most.
    return compare_equal(
        mass, float(claimed.mass), 2 * float(image.log_normaliser_errors.max()) + ROUNDING * cells, point=at
    )


kernel_formula = Claim(
    id="wasserstein-proximal.kernel-formula",
    title="The kernel formula is the minimum of the control problem, from any start",
    statement=r"""
For the game without drift and running cost, with the terminal cost $`\int V \rho_T`$ and any start $`\rho_0`$,

```math
\rho_T(x) = \int K(x|y)\, \rho_0(y)\, dy , \qquad
K(x|y) \propto \exp\left( - \frac{V(x)}{\sigma^2} - \frac{|x - y|^2}{2 \sigma^2 T} \right) , \quad
\int K(x|y)\, dx = 1 .
```

Let agents choose at each of $`N`$ times where to aim, $`y`$, at the price $`|y - x|^2/(2 \Delta t)`$, and be moved by
noise of variance $`\sigma^2 \Delta t`$, $`\Delta t = T/N`$. The law at $`T`$ under the cheapest feedback is
$`c\, \Delta t + O(\Delta t^2)`$ away from the formula in total variation. This is found by dynamic programming for
$`V = -\log\pi`$ with three components, $`\sigma = 3/5`$, $`T = 1`$; extrapolated to $`\Delta t = 0`$ the two agree to
better than $`10^{-3}`$. The mass is that of drawn mixtures, $`d \le 2`$.
""",
    source=Source("li2023", "abstract: kernel formula", Reading.RESTATED),
    formula=_kernel,
    controls={
        "without sigma^2": false(lambda: replace(_kernel(), exponent=sigma**2 * theory.log_kernel())),
        "the heat kernel of half the time": false(lambda: _other_kernel(Integer(1), Integer(2))),
        "cost off by one per cent": false(lambda: _other_kernel(Rational(101, 100), Integer(1)), near=True),
        "time off by one per cent": false(lambda: _other_kernel(Integer(1), Rational(100, 101)), near=True),
        "order 2": false(_with(order=Rational(2))),
        "order 1.1": false(_with(order=Rational(11, 10)), near=True),
        "order 0.9": false(_with(order=Rational(9, 10)), near=True),
        "mass off by one per cent": false(_with(mass=Rational(101, 100)), near=True),
    },
    checks=(
        check_orders("distance by step", _series),
        _extrapolated("distance after extrapolation"),
        property(
            lambda: drawn_games(largest=2),
            _compare_mass,
            encode=encode_game,
            decode=decode_game,
            method="the image of atoms under the kernel of drawn mixtures, integrated over shifted cells",
            name="total mass",
            examples=EXAMPLES,
            shrink=False,
        ),
    ),
    expected=Verdict.SUPPORTED,
    dimension="every d; instances on the line and in the plane",
    uses=("wasserstein-proximal.kernel-density", "wasserstein-proximal.terminal-condition"),
    instance=lambda: "V = x^2/2, sigma = T = 1: K(.|y) = N(y/2, 1/2)",
)


def _other_kernel(cost: Expr, heat: Expr) -> Kernel:
    """Return the claim with factors before both terms of the exponent."""
    true = theory.log_kernel()
    (potential,) = true.atoms(AppliedUndef)
    return replace(_kernel(), exponent=cost * (true - true.subs(potential, 0)) + heat * true.subs(potential, 0))


CLAIMS = (kernel_formula,)
