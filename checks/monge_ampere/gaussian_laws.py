"""Gaussian laws that Hypothesis draws, in one to five dimensions, and how a witness carries them.

A law in fewer than five dimensions is completed by independent standard normal coordinates, which the flow leaves where
they are: so nothing recompiles. The basis of eigenvectors is that of a drawn seed, and mixes the drawn dimensions only.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np
from jaxtyping import Float

from ...numerics.measures import GaussianMixture
from ...theory.verdict import Json

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

DIMENSION = 5
"""The dimension of every drawn law, completed."""


@final
@dataclass(frozen=True, slots=True, eq=False)
class GaussianLaw:
    """A Gaussian law and a time.

    `mean` (d,) and `eigenvalues` (d,) are in the `basis` of eigenvectors, the columns of (d, d); `seed` is that of the
    basis and of whatever else a check draws.
    """

    mean: Float[np.ndarray, " d"]
    eigenvalues: Float[np.ndarray, " d"]
    basis: Float[np.ndarray, "d d"]
    time: float
    seed: int

    def covariance(self) -> Float[np.ndarray, "d d"]:
        """Return the covariance in the standard coordinates."""
        return np.asarray(self.basis * self.eigenvalues @ self.basis.T)

    def mixture(self) -> GaussianMixture:
        """Return the law as a mixture of one component, in the standard coordinates."""
        return GaussianMixture((self.basis @ self.mean)[None], self.covariance()[None])


def build_gaussian(means: Sequence[float], variances: Sequence[float], time: float, seed: int) -> GaussianLaw:
    """Return the law of independent coordinates with these moments, completed and turned by the basis of `seed`."""
    d = len(means)
    mean, eigenvalues, basis = np.zeros(DIMENSION), np.ones(DIMENSION), np.eye(DIMENSION)
    mean[:d], eigenvalues[:d] = means, variances
    basis[:d, :d] = np.linalg.qr(np.random.default_rng(seed).standard_normal((d, d)))[0]
    return GaussianLaw(mean, eigenvalues, basis, time, seed)


def gaussian_laws() -> "SearchStrategy[GaussianLaw]":
    """Draw laws with means in [-3, 3], eigenvalues in [1/10, 4] and a time from 1/8 to 6."""
    from hypothesis import strategies as st

    def build(drawn: list[tuple[int, int]], step: int, seed: int) -> GaussianLaw:
        return build_gaussian([m / 10 for m, _ in drawn], [v / 10 for _, v in drawn], step / 8, seed)

    moments = st.lists(st.tuples(st.integers(-30, 30), st.integers(1, 40)), min_size=1, max_size=DIMENSION)
    return st.builds(build, moments, st.integers(1, 48), st.integers(0, 2**20))


def encode_gaussian(law: GaussianLaw) -> Json:
    """Write a law as JSON, exactly: floats round-trip."""
    return {
        "mean": law.mean.tolist(),
        "eigenvalues": law.eigenvalues.tolist(),
        "basis": law.basis.tolist(),
        "time": law.time,
        "seed": law.seed,
    }


def decode_gaussian(value: Json) -> GaussianLaw:
    """Read a law back from `encode_gaussian`."""
    mean, eigenvalues, basis = (np.asarray(value[name], np.float64) for name in ("mean", "eigenvalues", "basis"))
    return GaussianLaw(mean, eigenvalues, basis, float(value["time"]), int(value["seed"]))
