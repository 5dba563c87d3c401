"""Drawn matrices: the covariance of a step against the optimality of its own map, by Bures' formula.

The step minimises tr(L S)/2 - beta log det S/2 + W_2^2(S, S_0)/(2 tau) over covariances, L = A + B. The gradient in S
of the squared distance is I - P, P the optimal map back, computed from matrix roots alone:
P = S_0^(1/2) (S_0^(1/2) S S_0^(1/2))^(-1/2) S_0^(1/2). What is compared is P with tau L + I - tau beta S^(-1).
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, final

import numpy as np
import sympy as sp
from jaxtyping import Float

from ...theory.jko.gaussian import eigenvalue
from ...theory.jko.notation import beta, tau
from ...theory.verdict import Json
from ..builders import property as drawn_property
from ..comparison import Comparison
from ..trial import Run

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

Matrix = Float[np.ndarray, "d d"]
EPS = float(np.finfo(np.float64).eps)


class Step(Protocol):
    """The eigenvalues g(kappa), and a factor of the covariance."""

    @property
    def growth(self) -> sp.Expr:
        """The function g of kappa."""
        ...

    @property
    def stretch(self) -> sp.Expr:
        """The factor of the covariance, 1."""
        ...


@final
@dataclass(frozen=True, slots=True)
class Matrices:
    """A dimension, and the seed of A + B and S_0 in it; beta and tau in tenths."""

    dimension: int
    seed: int
    diffusivity: int
    step: int


def _draw() -> "SearchStrategy[Matrices]":
    from hypothesis import strategies as st

    return st.builds(Matrices, st.integers(1, 4), st.integers(0, 2**31), st.integers(1, 20), st.integers(1, 10))


def _power(matrix: Matrix, exponent: float) -> Matrix:
    values, axes = np.linalg.eigh((matrix + matrix.T) / 2)
    return np.asarray((axes * values**exponent) @ axes.T)


def _compare(claimed: Step, drawn: Matrices, run: Run) -> Comparison:
    """Compare the map that the condition asks for with the optimal one, for the claimed covariance."""
    generator = np.random.default_rng(drawn.seed)
    first, second = generator.normal(size=(2, drawn.dimension, drawn.dimension))
    unit = np.eye(drawn.dimension)
    stiffness, start = (first + first.T) / 4, second @ second.T / drawn.dimension + 0.2 * unit
    diffusion, step = drawn.diffusivity / 10, drawn.step / 10
    lowest = float(np.linalg.eigvalsh(stiffness)[0])
    # A step has a minimiser where 1 + tau L is positive: a saddle is made shallow enough for that.
    stiff = unit + step * stiffness * min(1.0, 0.5 / (step * max(-lowest, 0.5 / step)))
    back = _power(stiff, -0.5)
    kappa, axes = np.linalg.eigh(back @ start @ back)
    growth = sp.lambdify(eigenvalue, claimed.growth.subs({beta: diffusion, tau: step}), "numpy")
    covariance = float(claimed.stretch) * back @ (axes * growth(kappa)) @ axes.T @ back
    root = _power(start, 0.5)
    optimal = root @ _power(root @ covariance @ root, -0.5) @ root
    wanted = stiff - step * diffusion * np.linalg.inv(covariance)
    matrices = (start, covariance, stiff)
    condition = float(np.prod([np.linalg.cond(matrix) for matrix in matrices]))
    size = float(np.linalg.norm(optimal) + np.linalg.norm(stiff))
    return Comparison(
        deviation=float(np.linalg.norm(optimal - wanted)),
        error=64 * drawn.dimension * EPS * condition * size,
        scale=float(np.linalg.norm(optimal)),
        observed=f"maps apart by {np.linalg.norm(optimal - wanted):.3g}",
        required="0",
    )


def _encode(drawn: Matrices) -> Json:
    return [drawn.dimension, drawn.seed, drawn.diffusivity, drawn.step]


def _decode(value: Any) -> Matrices:
    return Matrices(*value)


drawn_matrix_steps = drawn_property(
    _draw,
    _compare,
    encode=_encode,
    decode=_decode,
    method="Hypothesis over symmetric matrices in d <= 4; the optimal map by Bures' formula",
    name="drawn matrices",
)
"""The optimal map of the claimed covariance against the first-order condition."""
