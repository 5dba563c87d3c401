"""Drawn quadratic energies in up to four dimensions, with exact JKO snapshots of particles.

Particles stand for the Gaussian law with their own mean and covariance. Its step is known in closed form, and so is the
optimal map to it, which is affine: each particle moves by it, and what is fitted meets no sampling error.
"""

from dataclasses import asdict, dataclass
from functools import cache
from typing import TYPE_CHECKING, Final, final

import numpy as np
from jaxtyping import Float

from ...numerics.jko import GaussianLaw, Polynomial, QuadraticEnergy, jko_step_gaussian
from ...numerics.measures import DiscreteMeasure
from ...theory.verdict import Json
from .known_snapshots import KnownSnapshots

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

LARGEST_DIMENSION: Final = 4
PARTICLES: Final = 12
"""Particles in each dimension."""

MORE_SNAPSHOTS: Final = 3
"""Snapshots beyond the dimension: means have to span it, and to move, before V and U are told apart."""

FEATURES: Final = Polynomial(2, centre=0.0)

ROUNDING: Final = 64 * float(np.finfo(np.float64).eps)
"""What rounding changes in a fit, relative to its coefficients and its condition number."""


@final
@dataclass(frozen=True, slots=True)
class DrawnEnergy:
    """A seed from which V = x.A x/2 + b.x, U = z.K z/2, beta and the first particles in R^dimension are drawn.

    A and K have eigenvalues in [-1, 1], so that steps of length `tau` < 1/2 exist.
    """

    dimension: int
    seed: int
    tau: float

    def snapshots(self) -> KnownSnapshots:
        """Return exact steps of the scheme."""
        return _snapshots(self)


def drawn_energies() -> "SearchStrategy[DrawnEnergy]":
    """Return a strategy for `DrawnEnergy`."""
    from hypothesis import strategies as st

    return st.builds(
        DrawnEnergy,
        dimension=st.integers(1, LARGEST_DIMENSION),
        seed=st.integers(0, 2**31 - 1),
        tau=st.floats(0.05, 0.3),
    )


def encode_energy(drawn: DrawnEnergy) -> Json:
    """Return what `decode_energy` reads back."""
    return asdict(drawn)


def decode_energy(value: Json) -> DrawnEnergy:
    """Read back what `encode_energy` returned."""
    return DrawnEnergy(**value)


@cache
def _snapshots(drawn: DrawnEnergy) -> KnownSnapshots:
    rng, d = np.random.default_rng(drawn.seed), drawn.dimension
    energy = QuadraticEnergy.of(
        _symmetric(rng, d),
        slope=rng.uniform(-2, 2, d),
        attraction=_symmetric(rng, d),
        diffusivity=float(rng.uniform(0.1, 1)),
    )
    x = rng.normal(size=(PARTICLES * d, d)) @ (np.eye(d) + 0.3 * _symmetric(rng, d)) + rng.normal(size=d)
    law = GaussianLaw(x.mean(axis=0), np.atleast_2d(np.cov(x.T, bias=True)))
    clouds, scores = [x], [_score(law, x)]
    for _ in range(d + MORE_SNAPSHOTS - 1):
        new = jko_step_gaussian(law, energy, drawn.tau)
        back = np.eye(d) + drawn.tau * (
            energy.curvature + energy.attraction - energy.diffusivity * np.linalg.inv(new.covariance)
        )
        x = new.mean + (x - law.mean) @ np.linalg.inv(back)
        law = new
        clouds.append(x)
        scores.append(_score(law, x))
    truth = [energy.slope, _monomials(energy.curvature), _monomials(energy.attraction)]
    return KnownSnapshots(
        measures=[DiscreteMeasure(cloud) for cloud in clouds],
        tau=drawn.tau,
        scores=scores,
        potential=FEATURES,
        interaction=FEATURES,
        truth=np.append(np.concatenate(truth), energy.diffusivity),
        interacting=d * (d + 1) // 2,
    )


def _symmetric(rng: np.random.Generator, d: int) -> Float[np.ndarray, "d d"]:
    """Draw a symmetric matrix with eigenvalues in [-1, 1]."""
    matrix = rng.uniform(-1, 1, (d, d))
    matrix = matrix + matrix.T
    return np.asarray(matrix / max(1.0, float(np.abs(np.linalg.eigvalsh(matrix)).max())))


def _score(law: GaussianLaw, x: Float[np.ndarray, "n d"]) -> Float[np.ndarray, "n d"]:
    return np.asarray(-np.linalg.solve(law.covariance, (x - law.mean).T).T)


def _monomials(matrix: Float[np.ndarray, "d d"]) -> Float[np.ndarray, " p"]:
    """Return the coefficients of x.M x/2 in the monomials of degree 2."""
    rows, columns = np.triu_indices(len(matrix))
    return np.asarray(np.where(rows == columns, 0.5, 1.0) * matrix[rows, columns])
