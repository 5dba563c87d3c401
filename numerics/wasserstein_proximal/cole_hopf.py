"""The Cole-Hopf solution of the mean-field game of a Wasserstein proximal operator, for mixtures of Gaussians.

    phi_t + |grad phi|^2/2 + (sigma^2/2) Laplace phi = 0,   phi = sigma^2 log eta,
    eta(t, x) = E[eta_T(x + sigma sqrt(T - t) Z)],   Z ~ N(0, I),   v = grad phi = sigma^2 grad log eta.

Two terminal costs, which agree at sigma = 1 only:

- `cross_entropy`, -int log pi drho:  phi(T) = log pi,  eta_T = pi^(1/sigma^2);
- `scaled_cross_entropy`, -sigma^2 int log pi drho:  phi(T) = sigma^2 log pi,  eta_T = pi.

The game that starts at eta_0, normalised, ends at eta_T, normalised: at pi itself for the second cost alone. Time runs
forwards from 0 to the horizon T; phi is what the agents gain, the negative of the value function.

References: [zhang2024] for the game.
"""

from typing import Final, final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax
from jaxtyping import Float

from ...theory.wasserstein_proximal import notation
from ...theory.wasserstein_proximal.cole_hopf import terminal_factor
from ...theory.wasserstein_proximal.notation import TerminalCost
from ..measures import GaussianMixture, Numbers
from ..precision import float64, require_float64
from .mixture_power import MixturePower, NormalNodes, expand_power, log_smoothed_power, normal_nodes

COARSEST: Final = 0.5
"""The first spacing of the trapezoidal rule, in standard deviations; it is halved until the error is small."""

WIDEST: Final = 1.0
"""The largest spacing that is accepted: it integrates 1 to 5e-9 in each dimension."""

MAX_NODES: Final = 200_000

ENTRIES: Final = 2**22
"""Terms times nodes times components that are held at once: 32 MiB."""

ROUNDING: Final = 8 * np.finfo(np.float64).eps
"""What rounding may change, relative to the size of the terms."""


@final
class QuadratureFailed(ArithmeticError):  # noqa: N818 - it says what happened
    """The tolerance was not reached with the nodes that are allowed; the message holds the error that was."""


@final
class PotentialEstimate(eqx.Module):
    """The potential phi (n,) and its gradient (n, d) at n points, each with its estimated absolute error."""

    potential: Float[np.ndarray, " n"]
    gradient: Float[np.ndarray, "n d"]
    potential_error: Float[np.ndarray, " n"]
    gradient_error: Float[np.ndarray, "n d"]


@final
class ColeHopf(eqx.Module):
    """The potential of one game, a function of t and x that can be traced, mapped and differentiated.

    It is a PyTree: a program compiled for one mixture serves all with as many components and the same ceil(1/sigma^2).
    `condition` is the largest condition number of the covariances, which rounding is amplified by.
    """

    power: MixturePower
    nodes: NormalNodes
    sigma: Array | np.ndarray
    horizon: Array | np.ndarray
    condition: Array | np.ndarray

    def __init__(
        self,
        mixture: GaussianMixture,
        *,
        horizon: float,
        sigma: float,
        terminal_cost: str = TerminalCost.CROSS_ENTROPY,
        spacing: float = COARSEST / 2,
    ) -> None:
        """Hold the game of `mixture` with noise `sigma` > 0 up to the `horizon` T > 0.

        **Arguments:** `spacing` in (0, 1] is that of the trapezoidal rule, in standard deviations; it does not matter
        where there is a closed form: for the scaled cost, one component, or a whole number 1/sigma^2.

        **Raises:** `ValueError` for numbers out of range, an unknown cost, a singular covariance, or a power 1/sigma^2
        whose expansion is too long.
        """
        if not (0 < sigma < np.inf and 0 < horizon < np.inf):
            raise ValueError(f"sigma and the horizon must be positive and finite: {sigma}, {horizon}")
        if not 0 < spacing <= WIDEST:
            raise ValueError(f"the spacing lies in (0, {WIDEST:g}], not at {spacing}")
        self.power = expand_power(mixture, terminal_power(sigma, terminal_cost))
        closed = self.power.is_closed
        self.nodes = _single_node(mixture.dimension) if closed else normal_nodes(mixture.dimension, spacing)
        self.sigma, self.horizon = np.asarray(sigma, np.float64), np.asarray(horizon, np.float64)
        self.condition = np.asarray(np.linalg.cond(self.power.precisions).max())

    def __call__(self, t: Float[Array, ""], x: Float[Array, "n d"]) -> Float[Array, " n"]:
        """Return phi(t, x) at points (n, d), for 0 <= t <= T.

        **Raises:** `PrecisionError` outside `precision.float64()`.
        """
        require_float64("the Cole-Hopf potential")
        tau = jnp.asarray(self.sigma**2 * (self.horizon - t))
        return lax.map(
            lambda point: self.sigma**2 * log_smoothed_power(self.power, self.nodes, tau, point)[0],
            x,
            batch_size=self._batch(),
        )

    def value_and_gradient(
        self, t: Float[Array, ""], x: Float[Array, "n d"]
    ) -> tuple[Float[Array, " n"], Float[Array, "n d"], Float[Array, " n"]]:
        """Return phi and grad phi at points (n, d), and the part of the error of both that rounding may cause."""
        require_float64("the Cole-Hopf potential")
        tau = jnp.asarray(self.sigma**2 * (self.horizon - t))
        single = jax.value_and_grad(
            lambda point: log_smoothed_power(self.power, self.nodes, tau, point), argnums=0, has_aux=True
        )
        (logs, sizes), slopes = lax.map(single, x, batch_size=self._batch())
        factor = self.sigma**2
        return factor * logs, factor * slopes, ROUNDING * self.condition * factor * sizes

    def _batch(self) -> int:
        entries = self.power.exponents.size * self.nodes.places.shape[0]
        return max(1, ENTRIES // entries)


_evaluate = eqx.filter_jit(lambda potential, t, x: potential.value_and_gradient(t, x))


def _single_node(dimension: int) -> NormalNodes:
    return NormalNodes(np.zeros((1, dimension)), np.zeros(1))


def terminal_power(sigma: float, terminal_cost: str) -> float:
    """Return the power of pi that eta_T is, as theory derives it: 1/sigma^2, or 1 for the scaled cost.

    **Raises:** `ValueError` for an unknown cost.
    """
    if terminal_cost not in tuple(TerminalCost):
        raise ValueError(f"the terminal cost is one of {', '.join(TerminalCost)}, not {terminal_cost!r}")
    _, exponent = terminal_factor(TerminalCost(terminal_cost)).as_base_exp()
    return float(exponent.subs(notation.sigma, sigma))


def estimate_potential(
    mixture: GaussianMixture,
    t: float,
    x: Numbers,
    *,
    horizon: float,
    sigma: float,
    terminal_cost: str = TerminalCost.CROSS_ENTROPY,
    tolerance: float = 1e-10,
) -> PotentialEstimate:
    """Evaluate the potential and its gradient with their errors.

    **Arguments:** `mixture` is pi in R^d with regular covariances; `t` in [0, T]; `x` (n, d); `horizon` T > 0;
    `sigma` > 0; `tolerance` > 0 is the error of phi and of its gradient, absolute where they are of order one and
    relative where they are larger, at which refinement of the quadrature ends; there is none in closed form.

    **Returns:** a `PotentialEstimate`. The error is what the last halving of the spacing changed, far more than what
    the next one would, plus rounding. It may exceed the tolerance.

    **Raises:** `ValueError` for malformed arguments; see `ColeHopf`.
    """
    points = np.asarray(x, dtype=np.float64)
    if points.ndim != 2 or not len(points) or points.shape[1] != mixture.dimension or not np.isfinite(points).all():
        raise ValueError(f"points must be finite and of shape (n, {mixture.dimension}), not {points.shape}")
    if not 0 <= t <= horizon:
        raise ValueError(f"t must lie in [0, {horizon}], not at {t}")
    if not tolerance > 0:
        raise ValueError(f"the tolerance must be positive: {tolerance}")
    # Padded to a power of two, so that few programs are compiled.
    padded = np.pad(points, [(0, _padding(len(points))), (0, 0)], mode="edge")
    spacing, before = COARSEST, None
    while True:
        game = ColeHopf(mixture, horizon=horizon, sigma=sigma, terminal_cost=terminal_cost, spacing=spacing)
        with float64():
            found = _evaluate(game, jnp.asarray(t, "float64"), jnp.asarray(padded))
        value, gradient, rounding = (np.asarray(part)[: len(points)] for part in found)
        steepness = np.abs(np.einsum("kij,nkj->nki", game.power.precisions, points[:, None] - game.power.means)).max(
            axis=(1, 2)
        )
        errors = (rounding, np.broadcast_to((rounding * (1 + steepness))[:, None], gradient.shape))
        if before is not None:
            errors = (np.abs(value - before[0]) + errors[0], np.abs(gradient - before[1]) + errors[1])
        small = (
            before is not None
            and _is_within(errors[0], value, tolerance)
            and _is_within(errors[1], gradient, tolerance)
        )
        if game.power.is_closed or small or len(game.nodes.places) * 2**mixture.dimension > MAX_NODES:
            return PotentialEstimate(value, gradient, *errors)
        spacing, before = spacing / 2, (value, gradient)


def _padding(count: int) -> int:
    return int(2 ** np.ceil(np.log2(count))) - count


def _is_within(error: Float[np.ndarray, "..."], value: Float[np.ndarray, "..."], tolerance: float) -> bool:
    return bool((error <= tolerance * (1 + np.abs(value))).all())


def cole_hopf_potential(
    mixture: GaussianMixture,
    t: float,
    x: Numbers,
    *,
    horizon: float,
    sigma: float,
    terminal_cost: str = TerminalCost.CROSS_ENTROPY,
    tolerance: float = 1e-10,
) -> Float[np.ndarray, " n"]:
    """Return the potential phi(t, x) at points (n, d), up to the tolerance; arguments as for `estimate_potential`.

    **Raises:** `ValueError` for malformed arguments; `QuadratureFailed` if the error stays above the tolerance.
    """
    game = {"horizon": horizon, "sigma": sigma}
    found = estimate_potential(mixture, t, x, terminal_cost=terminal_cost, tolerance=tolerance, **game)
    _refuse(found.potential_error, found.potential, tolerance)
    return found.potential


def cole_hopf_gradient(
    mixture: GaussianMixture,
    t: float,
    x: Numbers,
    *,
    horizon: float,
    sigma: float,
    terminal_cost: str = TerminalCost.CROSS_ENTROPY,
    tolerance: float = 1e-9,
) -> Float[np.ndarray, "n d"]:
    """Return the velocity grad phi(t, x) = sigma^2 grad log eta (n, d); see `cole_hopf_potential`."""
    game = {"horizon": horizon, "sigma": sigma}
    found = estimate_potential(mixture, t, x, terminal_cost=terminal_cost, tolerance=tolerance, **game)
    _refuse(found.gradient_error, found.gradient, tolerance)
    return found.gradient


def _refuse(error: Float[np.ndarray, "..."], value: Float[np.ndarray, "..."], tolerance: float) -> None:
    if not _is_within(error, value, tolerance):
        raise QuadratureFailed(f"the error is {error.max():.3g} at worst, more than the tolerance {tolerance:g} allows")
