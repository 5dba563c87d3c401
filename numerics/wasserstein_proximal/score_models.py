"""Score models: laws of data that are known through the shared denoiser, from empirical to locally precise.

A model is the law of X = X_0 + width eps', where X_0 follows a measure. Seen through noise, s X + sigma eps has the
law of s X_0 with noise of variance sigma^2 + s^2 width^2, so log-density and score are those of the denoiser at that
noise, and no model has a formula of its own:

    EmpiricalScore         X_0 uniform on the training points, width 0: it is exact, and it memorises
    KernelScore            the same with a width: an isotropic kernel about each point
    LocalPrecisionScore    a Gaussian about each point, with the covariance of its neighbours and a floor of width^2

References: a kernel with a learned precision as what avoids memorisation, [zhang2024, abstract].
"""

from typing import Any, final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Key

from .. import denoiser
from ..denoiser import RealArray
from ..measures import DiscreteMeasure, GaussianMixture, Measure, Numbers
from ..precision import in_float64
from .leave_one_out import NEIGHBOURS, choose_width
from .local_covariances import local_covariances


class AbstractScoreModel(eqx.Module):
    """The law of X_0 + width eps', X_0 ~ `measure`, and the laws of s X + sigma eps for every signal and noise."""

    measure: eqx.AbstractVar[Measure]
    width: eqx.AbstractVar[Float[np.ndarray, ""]]

    @property
    def dimension(self) -> int:
        """The dimension d."""
        return self.measure.dimension

    def log_density(self, y: Numbers, s: Numbers = 1.0, sigma: Numbers = 0.0) -> Float[RealArray, "*batch"]:
        """Compute the log-density of s X + sigma eps at `y` (*batch, d).

        **Arguments:** s and sigma >= 0 are numbers; without noise it is that of the model itself, which an
        `EmpiricalScore` does not have.
        """
        return denoiser.log_density(self.measure, y, s, self._spread(s, sigma))

    def score(self, y: Numbers, s: Numbers = 1.0, sigma: Numbers = 0.0) -> Float[RealArray, "*batch d"]:
        """Compute the gradient of the log-density at `y`; arguments as for `log_density`."""
        return denoiser.score(self.measure, y, s, self._spread(s, sigma))

    def posterior_mean(self, y: Any, s: Any, sigma: Any) -> Float[RealArray, "*batch d"]:
        """Compute E[X | s X + sigma eps = y] for each query; arguments as for `log_density`, sigma > 0."""
        core = denoiser.posterior_mean(self.measure, y, s, self._spread(s, sigma))
        gain = s * self.width**2 / (sigma**2 + s**2 * self.width**2)
        return core + gain * (y - s * core)

    @in_float64
    def sample(self, key: Key[Array, ""], n: int) -> Float[np.ndarray, "n d"]:
        """Draw n independent points of the law of X itself."""
        chosen, within, smoothing = jax.random.split(key, 3)
        index = np.asarray(jax.random.choice(chosen, len(self.measure.weights), (n,), p=self.measure.weights))
        shape = (n, self.dimension)
        if isinstance(self.measure, DiscreteMeasure):
            points = self.measure.atoms[index].astype(np.float64)
        else:
            variances, axes = np.linalg.eigh(self.measure.covariances)
            factors = axes * np.sqrt(np.maximum(variances, 0.0))[:, None, :]
            draws = np.asarray(jax.random.normal(within, shape))
            points = self.measure.means[index] + np.einsum("nij,nj->ni", factors[index], draws)
        return points + self.width * np.asarray(jax.random.normal(smoothing, shape))

    def _spread(self, s: Any, sigma: Any) -> Any:
        """Return the standard deviation of all that is added to s X_0. **Raises:** `ValueError` if that is nothing."""
        if any(isinstance(value, jax.core.Tracer) for value in (s, sigma, self.width)):
            return jnp.sqrt(sigma**2 + s**2 * self.width**2)
        spread = float(np.hypot(np.float64(sigma), np.float64(s) * self.width))
        if not spread > 0:
            raise ValueError("training points have no density: give a positive noise")
        return spread


@final
class EmpiricalScore(AbstractScoreModel):
    """The exact score of noised training data: what a perfect fit without smoothing learns."""

    measure: DiscreteMeasure
    width: Float[np.ndarray, ""]

    def __init__(self, training: Numbers) -> None:
        """Hold the training points (n, d). **Raises:** as `DiscreteMeasure` does."""
        self.measure = DiscreteMeasure(training)
        self.width = np.zeros(())


@final
class KernelScore(AbstractScoreModel):
    """An isotropic Gaussian kernel about each training point."""

    measure: DiscreteMeasure
    width: Float[np.ndarray, ""]

    def __init__(self, training: Numbers, width: float | None = None) -> None:
        """Hold the training points (n, d) and a `width` > 0, the leave-one-out choice if not given.

        **Raises:** `ValueError` for a width that is not positive and finite, and as `DiscreteMeasure` does.
        """
        self.measure = DiscreteMeasure(training)
        self.width = _checked_width(choose_width(self.measure.atoms).width if width is None else width)


@final
class LocalPrecisionScore(AbstractScoreModel):
    """A Gaussian about each training point, whose covariance is that of its nearest neighbours plus width^2 I.

    The precision is learned from the neighbours' differences to the point, averaged over `neighbours` of them. Without
    a floor it is singular on thin data, and where it may choose freely it collapses onto the training points.
    """

    measure: GaussianMixture
    width: Float[np.ndarray, ""]
    neighbours: int = eqx.field(static=True)

    def __init__(self, training: Numbers, width: float | None = None, *, neighbours: int = NEIGHBOURS) -> None:
        """Learn from training points (n, d), n > neighbours + 1, with a floor `width` > 0 of the standard deviations.

        **Arguments:** the floor is the leave-one-out choice if not given.

        **Raises:** `ValueError` for a width that is not positive and finite, too few points for so many neighbours,
        and as `DiscreteMeasure` does.
        """
        atoms = DiscreteMeasure(training).atoms.astype(np.float64)
        local = local_covariances(atoms, neighbours)
        self.measure = GaussianMixture(atoms, local.matrices())
        self.width = _checked_width(choose_width(atoms, neighbours=neighbours).width if width is None else width)
        self.neighbours = neighbours


def _checked_width(width: float) -> Float[np.ndarray, ""]:
    """Return a width as an array. **Raises:** `ValueError` unless it is positive and finite."""
    if not 0 < width < np.inf:
        raise ValueError(f"a width must be positive and finite, not {width}")
    return np.asarray(width, np.float64)
