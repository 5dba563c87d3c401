"""Steps of finitely many particles on the line, found by Newton's method, and the interaction that a fit returns.

J = mean V(y_i) + c_U mean U(y_i - y_j) over all pairs, V = y^2/2 + y^4/4, U = a z^2/2 + b z^3/3 + c z^4/4: the odd part
must not act. Sorted particles keep their order for small steps, so that sum (y_i - x_i)^2/n is W_2^2. The features
y, y^3 of V and z, z^2, z^3 of U are then fitted to V' + U' * mu + (y - x)/tau = 0 by least squares.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias, final

import numpy as np
from jaxtyping import Float
from sympy import Expr

from ...theory.jko.notation import constant
from ...theory.jko.quantiles import backward, forward
from ..builders import inequality
from ..comparison import Comparison, compare_equal
from ..evidence import Kind
from ..trial import Run

Points: TypeAlias = Float[np.ndarray, " n"]
PARTICLES = 12
CLOUDS = ((-0.5, 0.6), (0.2, 1.0), (0.8, 0.8))
"""Shift and scale of each cloud: on one alone U acts as a potential of its moments."""
TAU = 0.125
INTERACTION: Mapping[int, float] = {2: 0.75, 3: -0.5, 4: 0.25}
"""The coefficients a, b and c of U, by degree."""
EPS = float(np.finfo(np.float64).eps)
NEWTON_STEPS = 60


@final
@dataclass(frozen=True, slots=True)
class PairForces:
    """What is claimed: the force of a pair on one of its points, for even U and for any U, in U' at both ends."""

    even: Expr
    general: Expr


@final
@dataclass(frozen=True, slots=True)
class Fitted:
    """A factor c_U, the degree of the term of U whose coefficient is fitted, and which force says what is expected."""

    factor: float
    degree: int
    general: bool


def _gradient(y: Points, x: Points, factor: float) -> tuple[Points, Float[np.ndarray, "n n"]]:
    """Return the gradient and Hessian of the objective, times the number of particles."""
    apart = y[:, None] - y
    pull, bend = np.zeros_like(apart), np.zeros_like(apart)
    for degree, coefficient in INTERACTION.items():
        # Each particle is the first of a pair and the second of another.
        pull += coefficient * (apart ** (degree - 1) - (-apart) ** (degree - 1))
        bend += coefficient * (degree - 1) * (apart ** (degree - 2) + (-apart) ** (degree - 2))
    gradient = y + y**3 + factor * pull.mean(axis=1) + (y - x) / TAU
    hessian = np.diag(1 + 3 * y**2 + factor * bend.mean(axis=1) + 1 / TAU) - factor * bend / len(y)
    return gradient, hessian


def _step(x: Points, factor: float) -> Points:
    """Return the particles after a step: Newton's method until it no longer improves."""
    y, least = x, np.inf
    for _ in range(NEWTON_STEPS):
        gradient, hessian = _gradient(y, x, factor)
        size = float(np.abs(gradient).max())
        if size >= least:
            break
        best, least = y, size
        y = y - np.linalg.solve(hessian, gradient)
    assert (np.diff(best) > 0).all()
    return best


def _rows(y: Points) -> Float[np.ndarray, "n p"]:
    """Return the gradients of the features at the particles of one cloud."""
    apart = y[:, None] - y
    return np.stack([y, y**3, *((apart ** (degree - 1)).mean(axis=1) for degree in INTERACTION)], axis=1)


def _fit(before: Sequence[Points], after: Sequence[Points]) -> tuple[Mapping[int, float], float]:
    """Return the coefficients of U by degree, and what rounding may have changed in them."""
    matrix, x, y = np.concatenate([_rows(cloud) for cloud in after]), np.concatenate(before), np.concatenate(after)
    target = (x - y) / TAU
    solution, _, _, singular = np.linalg.lstsq(matrix, target)
    rounding = 64 * EPS * (np.abs(matrix) @ np.abs(solution) + (np.abs(x) + np.abs(y)) / TAU)
    return dict(zip(INTERACTION, solution[2:].tolist(), strict=True)), float(np.linalg.norm(rounding) / singular[-1])


def _compare(claimed: PairForces, case: Fitted, run: Run) -> Comparison:
    """Compare a fitted coefficient with the claimed multiple of the true one, on drawn clouds."""
    draws = run.generator().normal(size=(len(CLOUDS), PARTICLES))
    clouds = [
        shift + scale * (np.sort(draw) + np.arange(PARTICLES) / PARTICLES)
        for (shift, scale), draw in zip(CLOUDS, draws, strict=True)
    ]
    fitted, error = _fit(clouds, [_step(cloud, case.factor) for cloud in clouds])
    # Of U = z^n/n the slope is z^(n - 1), and (-z)^(n - 1) from the other end of the pair.
    slopes = {forward: 1, backward: (-1) ** (case.degree - 1), constant: case.factor}
    share = float((claimed.general if case.general else claimed.even).subs(slopes))
    return compare_equal(fitted[case.degree], share * INTERACTION[case.degree], error)


def _instances(run: Run) -> dict[str, Fitted]:
    """Return every coefficient for some factors c_U; an even force is expected of even powers alone."""
    factors = run.by_effort((0.5, 1.0), (0.25, 0.5, 1.0), (0.125, 0.25, 0.5, 1.0, 2.0))
    return {
        f"c_U = {factor:g}, U = z^{degree}{', any U' if general else ''}": Fitted(factor, degree, general)
        for factor in factors
        for degree in INTERACTION
        for general in (False, True)
        if general or degree % 2 == 0
    }


fitted_interactions = inequality(
    _compare,
    _instances,
    method="least squares on exact steps of twelve particles",
    name="fits to steps of particles",
    kind=Kind.NUMERIC,
)
"""The coefficients of U that a fit with grad U * mu returns, against the claimed multiple of the true ones."""
