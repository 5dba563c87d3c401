"""Drawn games, targets of one to four Gaussians in up to three dimensions, and the derivatives of their potentials.

Fewer than four distinct components are drawn by repeating some, so that few programs are compiled. Derivatives are
those of the Cole-Hopf potential by automatic differentiation, with the Laplacian from second derivatives forwards.
"""

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple, final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from ...numerics.precision import in_float64
from ...numerics.wasserstein_proximal import ColeHopf, GaussianMixture
from ...theory.verdict import Json
from ...theory.wasserstein_proximal.notation import TerminalCost

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

COMPONENTS: Final = 4
POINTS: Final = 8
"""Points at which a game is looked at."""

SIGMAS: Final = (0.4, 2.0)
HORIZONS: Final = (0.1, 4.0)

LATEST: Final = 0.9
"""The largest share of the horizon at which derivatives are taken: at T itself there is none from the right."""

SPACINGS: Final = (0.5, 0.25)
"""Of the quadrature, where there is one: the difference of the two bounds the error of the finer."""

ROUNDING: Final = 64 * float(np.finfo(np.float64).eps)
"""What rounding changes in a derivative, relative to the size of its terms and the condition of the covariances."""


@final
@dataclass(frozen=True, slots=True)
class DrawnGame:
    """A game with a mixture in R^dimension that `seed` draws, `distinct` components of `listed`, at t = `moment` T."""

    cost: TerminalCost
    dimension: int
    listed: int
    distinct: int
    seed: int
    sigma: float
    horizon: float
    moment: float

    def mixture(self) -> GaussianMixture:
        """Return the target: means in [-2, 2]^d, standard deviations between 0.5 and 1.2 along any axes."""
        rng, d = np.random.default_rng(self.seed), self.dimension
        means = rng.uniform(-2, 2, (self.distinct, d))
        axes = np.linalg.qr(rng.normal(size=(self.distinct, d, d)))[0]
        covariances = np.einsum("kij,kj,klj->kil", axes, rng.uniform(0.5, 1.2, (self.distinct, d)) ** 2, axes)
        rows = np.arange(self.listed) % self.distinct
        return GaussianMixture(means[rows], covariances[rows], rng.dirichlet(np.full(self.listed, 2.0)))

    def points(self) -> Float[np.ndarray, "n d"]:
        """Return points among and around the components."""
        return np.random.default_rng([self.seed, 1]).uniform(-3, 3, (POINTS, self.dimension))

    @property
    def time(self) -> float:
        """The time t."""
        return self.moment * self.horizon


def drawn_games(largest: int = 3) -> "SearchStrategy[DrawnGame]":
    """Return a strategy for games with either cost in up to `largest` dimensions.

    Under the cross-entropy the potential is a quadrature on the line, for sigma between 1/sqrt(3) and 1/sqrt(2), and
    beyond it has a closed form: in the plane for sigma^2 = 1/2, in space for one component and every sigma.
    """
    from hypothesis import strategies as st

    plain, scaled = TerminalCost
    kinds = [
        (scaled, 1, COMPONENTS, SIGMAS),
        (plain, 1, COMPONENTS, (0.58, 0.7)),
        (plain, 2, COMPONENTS, (math.sqrt(0.5), math.sqrt(0.5))),
        (scaled, 3, COMPONENTS, SIGMAS),
        (plain, 3, 1, SIGMAS),
    ]
    return st.one_of(
        *(
            st.builds(
                DrawnGame,
                cost=st.just(cost),
                dimension=st.just(dimension),
                listed=st.just(listed),
                distinct=st.integers(1, listed),
                seed=st.integers(0, 2**31 - 1),
                sigma=st.floats(*sigmas),
                horizon=st.floats(*HORIZONS),
                moment=st.floats(0.0, LATEST),
            )
            for cost, dimension, listed, sigmas in kinds
            if dimension <= largest
        )
    )


def encode_game(drawn: DrawnGame) -> Json:
    """Return what `decode_game` reads back."""
    return asdict(drawn) | {"cost": drawn.cost.value}


def decode_game(value: Json) -> DrawnGame:
    """Read back what `encode_game` returned."""
    return DrawnGame(**{**value, "cost": TerminalCost(value["cost"])})


@final
class Derivatives(NamedTuple):
    """phi_t, |grad phi|^2 and Laplace phi at points (n,), and the errors of each."""

    rate: Float[np.ndarray, " n"]
    squared_speed: Float[np.ndarray, " n"]
    laplacian: Float[np.ndarray, " n"]
    errors: tuple[Float[np.ndarray, " n"], ...]


def differentiate_potential(drawn: DrawnGame) -> Derivatives:
    """Differentiate the potential of a game at its points, t < T."""
    mixture, points = drawn.mixture(), drawn.points()
    runs, closed = [], False
    for spacing in SPACINGS:
        game = ColeHopf(
            mixture, horizon=drawn.horizon, sigma=drawn.sigma, terminal_cost=drawn.cost.value, spacing=spacing
        )
        closed = game.power.is_closed
        runs.append(_in_double(game, drawn.time, points))
        if closed:
            break
    rate, squared_speed, laplacian = fine = runs[-1]
    # Second derivatives are differences of squared scores: these are the terms that rounding is relative to.
    apart = np.einsum("kij,nkj->nki", game.power.precisions, points[:, None] - game.power.means)
    terms = drawn.sigma**2 * (1 + drawn.sigma**2) * (1 + (apart**2).sum(axis=-1).max(axis=1)) / drawn.sigma**4
    rounding = ROUNDING * float(game.condition) * (1 + terms) ** 2
    errors = tuple(
        rounding + (0.0 if closed else np.abs(last - first)) for first, last in zip(runs[0], fine, strict=True)
    )
    return Derivatives(rate, squared_speed, laplacian, errors)


@in_float64
def _in_double(game: ColeHopf, time: float, points: Float[np.ndarray, "n d"]) -> tuple[np.ndarray, ...]:
    found = _differentiate(game, jnp.asarray(time, "float64"), jnp.asarray(points))
    return tuple(np.asarray(part) for part in found)


@eqx.filter_jit
def _differentiate(game: ColeHopf, time: Any, points: Any) -> tuple[Any, Any, Any]:
    def potential(t: Any, x: Any) -> Any:
        return game(t, x[None])[0]

    def at(x: Any) -> tuple[Any, Any, Any]:
        rate, gradient = jax.grad(potential, argnums=(0, 1))(time, x)
        second = jax.jacfwd(jax.grad(potential, argnums=1), argnums=1)(time, x)
        return rate, gradient @ gradient, jnp.trace(second)

    return jax.lax.map(at, points)
