"""Gaussian laws under quadratic energies: the JKO step and the diffusion it follows, in closed form for every d.

V(x) = x.A x/2 + b.x, U(z) = z.K z/2 with symmetric A and K of any sign, beta >= 0. Write L = A + K and G = I + tau L.
The step is a Gaussian whose transport back is affine, y - m -> M (y - m) with M = G - tau beta S^-1, so its covariance
S solves M S M = S_0. With C = G^-1/2 S_0 G^-1/2 and Z = G^1/2 S G^1/2 that reads `Z - 2 tau beta + tau^2 beta^2/Z = C`:
Z commutes with C, and its eigenvalues follow from those of C,

    z = ((sqrt(c) + sqrt(c + 4 tau beta))/2)^2,

the root for which M is positive, that is, the map optimal: `theory.jko.gaussian` derives it, and what is evaluated is
compiled from there. Nothing has to commute with S_0. The mean obeys
`(I + tau A) m = m_0 - tau b`: the interaction does not move it.

References: [terpin2024] for the scheme.
"""

from dataclasses import dataclass
from functools import cache
from typing import final

import numpy as np
from jaxtyping import Float

from ...theory.jko.gaussian import eigenvalue, eigenvalue_step
from ...theory.jko.notation import beta
from ...theory.jko.notation import tau as tau_symbol
from ..compile import CompiledExpression, compile_expression
from ..measures import Numbers

ROUNDING = 16 * np.finfo(np.float64).eps
"""Relative rounding error of one matrix operation, up to the dimension and the condition number."""


@final
@dataclass(frozen=True, slots=True, eq=False)
class QuadraticEnergy:
    """V(x) = x.A x/2 + b.x, U(z) = z.K z/2 and beta: `curvature` A, `slope` b, `attraction` K, `diffusivity` beta.

    **Raises:** `ValueError` for matrices that are not symmetric of one size, entries that are not finite, or beta < 0.
    """

    curvature: Float[np.ndarray, "d d"]
    slope: Float[np.ndarray, " d"]
    attraction: Float[np.ndarray, "d d"]
    diffusivity: float

    @classmethod
    def of(
        cls,
        curvature: Numbers,
        *,
        slope: Numbers | None = None,
        attraction: Numbers | None = None,
        diffusivity: float = 0.0,
    ) -> "QuadraticEnergy":
        """Hold the energy; a slope or an attraction that is not given is 0."""
        a = np.asarray(curvature, dtype=np.float64)
        d = len(np.atleast_1d(a))
        b = np.zeros(d) if slope is None else np.asarray(slope, dtype=np.float64)
        k = np.zeros((d, d)) if attraction is None else np.asarray(attraction, dtype=np.float64)
        return cls(a, b, k, diffusivity)

    def __post_init__(self) -> None:
        d = len(self.slope)
        for name, matrix in (("curvature", self.curvature), ("attraction", self.attraction)):
            if matrix.shape != (d, d) or not np.allclose(matrix, matrix.T, rtol=1e-12, atol=0):
                raise ValueError(f"the {name} must be a symmetric ({d}, {d}) matrix, not {matrix}")
        if not all(np.isfinite(part).all() for part in (self.curvature, self.slope, self.attraction)):
            raise ValueError("a quadratic energy has finite entries")
        if not 0 <= self.diffusivity < float("inf"):
            raise ValueError(f"the diffusivity must be finite and not negative: {self.diffusivity}")


@final
@dataclass(frozen=True, slots=True, eq=False)
class GaussianLaw:
    """N(mean, covariance) in R^d.

    `error` estimates what rounding has changed in either, in the Euclidean and the Frobenius norm.
    """

    mean: Float[np.ndarray, " d"]
    covariance: Float[np.ndarray, "d d"]
    error: float = 0.0

    def __post_init__(self) -> None:
        d = len(self.mean)
        if self.covariance.shape != (d, d) or not np.allclose(self.covariance, self.covariance.T, rtol=1e-9, atol=0):
            raise ValueError(f"the covariance must be a symmetric ({d}, {d}) matrix, not {self.covariance}")
        if not (np.isfinite(self.mean).all() and np.isfinite(self.covariance).all()):
            raise ValueError("a Gaussian law has finite moments")
        if np.linalg.eigvalsh(self.covariance)[0] < -1e-12 * np.abs(self.covariance).max():
            raise ValueError("the covariance must be positive semidefinite")


def jko_step_gaussian(law: GaussianLaw, energy: QuadraticEnergy, tau: float) -> GaussianLaw:
    """Compute the minimiser of J(mu) + W_2^2(mu, law)/(2 tau) among all laws with finite second moment.

    **Arguments:** `tau` > 0 is so small that I + tau A and I + tau (A + K) are positive definite; otherwise there is
    no minimiser. The covariance of `law` may be singular.

    **Returns:** the Gaussian and an estimate of its rounding errors, those of `law` included.

    **Raises:** `ValueError` for a step or dimension for which there is no minimiser.
    """
    d = len(law.mean)
    if len(energy.slope) != d:
        raise ValueError(f"the energy is one of R^{len(energy.slope)}, the law one of R^{d}")
    if not 0 < tau < float("inf"):
        raise ValueError(f"the step must be positive and finite, not {tau}")
    shift = np.eye(d) + tau * energy.curvature
    growth = shift + tau * energy.attraction
    lowest = min(float(np.linalg.eigvalsh(matrix)[0]) for matrix in (shift, growth))
    if lowest <= 0:
        raise ValueError(f"no minimiser: I + tau (A + K) or I + tau A has the eigenvalue {lowest:.3g} at tau = {tau}")
    inverse = _inverse_root(growth)
    whitened = inverse @ law.covariance @ inverse
    c, axes = np.linalg.eigh((whitened + whitened.T) / 2)
    z = _solve_eigenvalue(c, energy.diffusivity, tau)
    back = inverse @ axes
    covariance = (back * z) @ back.T
    mean = np.linalg.solve(shift, law.mean - tau * energy.slope)
    rounding = ROUNDING * d * float(np.linalg.cond(growth) + np.linalg.cond(shift))
    # The root is steepest at the least c, infinitely so at 0: an error of c is carried through the formula itself.
    c_error = law.error / lowest + rounding * float(np.abs(c).max())
    least = max(float(c[0]) - c_error, 0.0)
    z_low, z_high = _solve_eigenvalue(np.array([least, least + c_error]), energy.diffusivity, tau)
    in_covariance = float(z_high - z_low) / lowest + rounding * float(np.abs(covariance).max())
    moved = np.abs(mean).max() + (np.abs(law.mean).max() + tau * np.abs(energy.slope).max()) / lowest
    error = max(in_covariance, law.error / lowest + rounding * float(moved))
    return GaussianLaw(mean, (covariance + covariance.T) / 2, error)


@cache
def _eigenvalue_step() -> CompiledExpression:
    return compile_expression(eigenvalue_step(), (eigenvalue, beta, tau_symbol))


def _solve_eigenvalue(c: Float[np.ndarray, " d"], diffusivity: float, tau: float) -> Float[np.ndarray, " d"]:
    """Return the eigenvalues of Z for those of C; what rounding leaves of c below 0 counts as 0."""
    return np.asarray(_eigenvalue_step()(np.maximum(c, 0.0), diffusivity, tau))


def gaussian_diffusion(law: GaussianLaw, energy: QuadraticEnergy, time: float) -> GaussianLaw:
    """Compute the law at `time` >= 0 of the diffusion dX = -grad(V + U*mu) dt + sqrt(2 beta) dB started from `law`.

    It is the limit of the JKO scheme for tau -> 0 and the law of the SDE. With d/dt S = -(L S + S L) + 2 beta I the
    covariance is e^(-L t) S_0 e^(-L t) + beta (1 - e^(-2 L t))/L; the mean obeys m' = -A m - b.

    **Raises:** `ValueError` for a negative time or another dimension.
    """
    d = len(law.mean)
    if len(energy.slope) != d:
        raise ValueError(f"the energy is one of R^{len(energy.slope)}, the law one of R^{d}")
    if not 0 <= time < float("inf"):
        raise ValueError(f"the time must be finite and not negative: {time}")
    rates, axes = np.linalg.eigh(energy.curvature + energy.attraction)
    own_rates, own_axes = np.linalg.eigh(energy.curvature)
    decay = (axes * np.exp(-rates * time)) @ axes.T
    noise = (axes * (2 * energy.diffusivity * _integrated_decay(2 * rates, time))) @ axes.T
    covariance = decay @ law.covariance @ decay + noise
    own_decay = own_axes * np.exp(-own_rates * time)
    mean = own_decay @ (own_axes.T @ law.mean) - (own_axes * _integrated_decay(own_rates, time)) @ (
        own_axes.T @ energy.slope
    )
    growth = float(np.exp(2 * max(0.0, -rates[0] * time, -own_rates[0] * time)))
    size = float(np.abs(covariance).max() + np.abs(mean).max() + np.abs(law.covariance).max() + np.abs(law.mean).max())
    return GaussianLaw(mean, (covariance + covariance.T) / 2, growth * (law.error + d * ROUNDING * size))


def _inverse_root(matrix: Float[np.ndarray, "d d"]) -> Float[np.ndarray, "d d"]:
    """Return the inverse of the positive root of a positive definite matrix."""
    values, axes = np.linalg.eigh(matrix)
    return (axes / np.sqrt(values)) @ axes.T


def _integrated_decay(rates: Float[np.ndarray, " d"], time: float) -> Float[np.ndarray, " d"]:
    """Return int_0^t e^(-r s) ds, which is t where r = 0."""
    safe = np.where(rates == 0, 1.0, rates)
    return np.where(rates == 0, time, -np.expm1(-safe * time) / safe)
