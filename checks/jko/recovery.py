"""On exact JKO snapshots the quadratic loss vanishes at the true energies, and its minimum gives them back."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

import numpy as np

from ...numerics.estimate import Estimate
from ...theory.verdict import Verdict
from ..builders import inequality, property
from ..claim import Claim, Control, Reading, Source, false
from ..comparison import Comparison
from ..trial import Effort, Run
from .known_snapshots import ConditionReading, KnownSnapshots, Vector
from .plane_potentials import recovered_potentials
from .population_data import ENERGIES, PopulationPair, scheme_pair
from .quadratic_snapshots import ROUNDING, DrawnEnergy, decode_energy, drawn_energies, encode_energy

TERPIN = Source("terpin2024", "abstract: a simple quadratic loss with a closed-form optimum", Reading.RESTATED)

STEP: Final = 0.1
"""The length of steps on the line."""

PIECES: Final = {
    "double well": {Effort.QUICK: 96, Effort.STANDARD: 96, Effort.DEEP: 128},
    "double well, interacting": {Effort.QUICK: 32, Effort.STANDARD: 32, Effort.DEEP: 48},
}
"""Pieces of the splines: an interaction costs the square of their number."""

EXAMPLES: Final = {Effort.QUICK: 12, Effort.STANDARD: 60, Effort.DEEP: 600}


def _pairs(run: Run) -> dict[str, PopulationPair]:
    """Return the steps on the line that this effort looks at."""
    return {name: scheme_pair(name, PIECES[name][run.effort], STEP) for name in ENERGIES}


def _zero(root_loss: Estimate, speed: float) -> Comparison:
    """Compare the root of the loss with 0, on the scale of the velocities that it is a residual of."""
    return Comparison(
        deviation=root_loss.value,
        error=root_loss.error,
        scale=speed,
        observed=f"root of the loss {root_loss.value:.3g} +- {root_loss.error:.2g}",
        required="0",
    )


def _loss_on_line(reading: ConditionReading, pair: PopulationPair, run: Run) -> Comparison:
    return _zero(*pair.residual(reading))


def _loss_of_drawn(reading: ConditionReading, drawn: DrawnEnergy, run: Run) -> Comparison:
    residual, speed = drawn.snapshots().residual(reading)
    size = speed + float(np.abs(drawn.snapshots().truth).sum())
    # Positions are rounded, and the residual divides them by tau.
    return _zero(Estimate(float(np.linalg.norm(residual)), ROUNDING * size / drawn.tau), speed)


def _recovery_on_line(reading: ConditionReading, pair: PopulationPair, run: Run) -> Comparison:
    fitted, error = pair.fit(reading)
    return _recovered(float(np.linalg.norm(fitted - pair.claimed(reading))), error, pair.claimed(reading))


def _recovery_of_drawn(reading: ConditionReading, drawn: DrawnEnergy, run: Run) -> Comparison:
    """Compare the fit with the truth, up to what the snapshots say nothing about."""
    return _recovery_of_known(drawn.snapshots(), reading)


def _recovery_of_known(known: KnownSnapshots, reading: ConditionReading) -> Comparison:
    return _recovered(*identified_distance(known, reading), known.claimed(reading))


def identified_distance(known: KnownSnapshots, reading: ConditionReading) -> tuple[float, float]:
    """Return how far a fit is from the claimed coefficients outside its null space, and what rounding explains."""
    fit, claimed = known.fit(reading), known.claimed(reading)
    apart = fit.coefficients - claimed
    apart -= fit.null_space.T @ (fit.null_space @ apart)
    return float(np.linalg.norm(apart)), ROUNDING * fit.condition_number * (1 + float(np.linalg.norm(claimed)))


def _recovered(apart: float, error: float, claimed: Vector) -> Comparison:
    return Comparison(
        deviation=apart,
        error=error,
        scale=float(np.linalg.norm(claimed)),
        observed=f"fitted coefficients are {apart:.3g} +- {error:.2g} off",
        required="0",
    )


def _controls() -> dict[str, Control]:
    """Return the false readings of the condition."""

    def reading(**changes: object) -> Callable[[], ConditionReading]:
        return lambda: replace(ConditionReading(), **changes)  # type: ignore[arg-type]

    return {
        "interaction constant off by 2": false(reading(interaction=2.0)),
        "interaction off by one per cent": false(reading(interaction=1.01), near=True),
        "score sign flipped": false(reading(score=-1.0)),
        "score off by one per cent": false(reading(score=1.01), near=True),
        "explicit passed off as implicit": false(reading(estimator="explicit")),
        "trapezoid on steps of the scheme": false(reading(estimator="trapezoid")),
        "tau omitted": false(reading(omits_spacing=True)),
        "tau off by one per cent": false(reading(spacing=1.01), near=True),
    }


loss_vanishes_at_truth = Claim(
    id="jko.loss-vanishes-at-truth",
    title="On exact JKO snapshots the quadratic loss is zero at the true energies",
    statement=r"""
Let $`\mu_{k+1}`$ minimise $`J(\mu) + W_2^2(\mu, \mu_k)/(2 \tau)`$ with
$`J(\mu) = \int V d\mu + \frac{1}{2} \iint U(x - y)\, d\mu\, d\mu + \beta \int \rho \log\rho`$, $`U`$ even, and let
$`\gamma_k`$ be an optimal coupling of $`\mu_k`$ and $`\mu_{k+1}`$. Then

```math
\sum_k \mathbb{E}_{(x, y) \sim \gamma_k} \left| \nabla V(y) + (\nabla U * \mu_{k+1})(y)
+ \beta \nabla \log\rho_{k+1}(y) + \frac{y - x}{\tau} \right|^2 = 0 .
```

Found in floating point for a step in the double well, with and without interaction, where the loss of the first is
below $`10^{-12}`$, and for drawn quadratic energies in $`d \le 4`$.
""",
    source=TERPIN,
    formula=ConditionReading,
    controls=_controls(),
    checks=(
        inequality(
            _loss_on_line,
            _pairs,
            method="steps by Newton's method in the map from a reference law, on two grids",
            name="steps on the line",
        ),
        property(
            drawn_energies,
            _loss_of_drawn,
            encode=encode_energy,
            decode=decode_energy,
            method="Gaussian steps in closed form, particles moved by the affine optimal map, couplings by POT",
            name="drawn quadratic energies",
            examples=EXAMPLES,
            shrink=False,
        ),
    ),
    expected=Verdict.SUPPORTED,
    uses=("jko.first-order-condition",),
    instance=lambda: "d = 1, V = x^2/2, U = 0, beta = 1, tau = 1: N(0, 1) stays, x = y, and y - y = 0",
)

recovery = Claim(
    id="jko.recovery",
    title="Exact JKO snapshots give the energies back to eight digits, where they can be identified",
    statement=r"""
Let $`V`$ and $`U`$ be linear in features, $`U`$ even, and let $`\mu_0, \dots, \mu_m`$ be exact steps of the JKO scheme
for $`J(\mu) = \int V d\mu + \frac{1}{2} \iint U(x - y)\, d\mu\, d\mu + \beta \int \rho \log\rho`$. The least-squares
solution of the first-order condition at the new points is the vector of true coefficients, $`\beta`$ included, up to
the null space of the problem, and with $`c_U = \frac{1}{2}`$ it is $`U`$ itself that is returned. In floating point it
is so within $`10^{-8}`$, for combinations of coefficients whose singular value is above $`10^{-5}`$ of the largest: for
drawn quadratic energies in $`d \le 4`$ with all quadratic features, in the double well $`V = x^4/4 - x^2/2`$,
$`\beta = 2/5`$, and for two test potentials in the plane.
""",
    source=TERPIN,
    formula=ConditionReading,
    controls=_controls(),
    checks=(
        inequality(
            _recovery_on_line,
            _pairs,
            method="fits to a step by Newton's method in the map from a reference law, on two grids",
            name="steps on the line",
        ),
        property(
            drawn_energies,
            _recovery_of_drawn,
            encode=encode_energy,
            decode=decode_energy,
            method="fits to Gaussian steps in closed form, couplings by POT",
            name="drawn quadratic energies",
            examples=EXAMPLES,
            shrink=False,
        ),
        recovered_potentials(_recovery_of_known),
    ),
    expected=Verdict.SUPPORTED,
    uses=("jko.loss-vanishes-at-truth", "jko.closed-form-optimum", "jko.identifiability"),
    instance=lambda: "d = 1, V = x^2/2 + x, beta = 1, N(0, 4) with tau = 1: steps whose means move to -1",
)

CLAIMS = (loss_vanishes_at_truth, recovery)
