"""Drawn least-squares problems: the claimed normal equations, the shipped orthogonal reduction, and autodiff.

The right side of the equations is evaluated from the claimed expression, and the equations are solved; at that solution
the gradient of the loss, by automatic differentiation, must vanish, and the shipped solver must be there too.
"""

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, final

import numpy as np
import sympy as sp
from jaxtyping import Float

from ...numerics.jko.least_squares import solve_triangle, triangularise
from ...numerics.precision import float64
from ...theory.expectation import Inner, Mean
from ...theory.jko.first_variation import new, old
from ...theory.jko.normal_equations import features
from ...theory.jko.notation import tau
from ..builders import property as drawn_property
from ..comparison import Comparison
from ..trial import Run

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

Values: TypeAlias = Float[np.ndarray, "n p"]
Numbers: TypeAlias = Float[np.ndarray, " n"]
EPS = float(np.finfo(np.float64).eps)
PAIRS = 32
PARAMETERS = 5


class RightSide(Protocol):
    """The claimed right side of a normal equation."""

    @property
    def right(self) -> sp.Expr:
        """What sum_j theta_j E<f_1, f_j> equals."""
        ...


@final
@dataclass(frozen=True, slots=True)
class Loss:
    """The seed of features, of points X and Y and of masses; tau in tenths."""

    seed: int
    step: int


def _draw() -> "SearchStrategy[Loss]":
    from hypothesis import strategies as st

    return st.builds(Loss, st.integers(0, 2**31), st.integers(1, 20))


@cache
def _gradient() -> Any:
    """Return the compiled gradient of E|F theta + (y - x)/tau|^2 by reverse mode."""
    import jax
    import jax.numpy as jnp

    def loss(theta: Any, values: Any, shift: Any, masses: Any) -> Any:
        return jnp.sum(masses * (values @ theta + shift) ** 2)

    return jax.jit(jax.grad(loss))


def _right_sides(claimed: RightSide, values: Values, x: Numbers, y: Numbers, masses: Numbers, step: float) -> Numbers:
    """Evaluate the claimed right side for each feature in turn, from the means that it is made of."""
    at_x, at_y = ((masses * points) @ values for points in (x, y))
    numbers = []
    for of_old, of_new in zip(at_x, at_y, strict=True):
        means = {Mean(Inner(features[0], old)): of_old, Mean(Inner(features[0], new)): of_new}
        numbers.append(float(claimed.right.xreplace({k: sp.Float(v) for k, v in means.items()}).subs(tau, step)))
    return np.array(numbers)


def _compare(claimed: RightSide, drawn: Loss, run: Run) -> Comparison:
    """Compare the solution of the claimed equations with the shipped solver's, and its gradient with 0."""
    generator = np.random.default_rng(drawn.seed)
    values = generator.normal(size=(PAIRS, PARAMETERS))
    x, y = generator.normal(size=(2, PAIRS))
    masses = generator.dirichlet(np.ones(PAIRS))
    step = drawn.step / 10
    gram = values.T @ (masses[:, None] * values)
    solution = np.linalg.solve(gram, _right_sides(claimed, values, x, y, masses, step))
    rows = np.sqrt(masses)[:, None] * np.column_stack([values, (x - y) / step])
    shipped = solve_triangle(triangularise([rows])).solution
    with float64():
        slope = np.asarray(_gradient()(solution, values, (y - x) / step, masses))
    lengths = np.abs(values).T @ (masses * (np.abs(values) @ np.abs(shipped) + np.abs(y - x) / step))
    rounding = 64 * PARAMETERS * EPS
    least = float(np.linalg.eigvalsh(gram)[0])
    # Both distances in the units of the solution: a gradient g stands for one of half g over the least curvature.
    apart = max(float(np.linalg.norm(solution - shipped)), float(np.linalg.norm(slope)) / (2 * least))
    error = rounding * float(np.linalg.norm(lengths)) / least + rounding * np.linalg.cond(gram) * float(
        np.linalg.norm(shipped)
    )
    return Comparison(
        deviation=apart,
        error=float(error),
        scale=float(np.linalg.norm(shipped)),
        observed=f"solutions apart by {apart:.3g}",
        required="0",
    )


drawn_losses = drawn_property(
    _draw,
    _compare,
    encode=lambda drawn: [drawn.seed, drawn.step],
    decode=lambda value: Loss(*value),
    method="Hypothesis over 32 pairs and 5 features; orthogonal reduction and automatic differentiation",
    name="drawn losses",
    shrink=False,
)
"""The claimed normal equations against the solver that fits use, and against the gradient of the loss."""
