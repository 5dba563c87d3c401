"""Least squares over a stream of rows by orthogonal reduction, with the null space and the condition of the problem.

Blocks of rows are folded into one triangle: the R factor of all rows so far, which has the normal equations
`R^T R = A^T A` of the closed form without squaring their condition number. Columns are scaled to unit length before
singular values are looked at, so neither the unit of a feature nor that of time decides what counts as zero.

References: sequential orthogonal reduction [golub2013, section 5.2].
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float
from scipy.linalg import qr

RANK_TOLERANCE = 1e-12
"""Singular values below this share of the largest one are zero, unless told otherwise."""


@final
@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class LeastSquares:
    """The solution of least length among those that minimise |A theta - b|^2.

    `null_space` (r, p) holds orthonormal rows: theta plus any combination of them fits as well. `condition_number` is
    that of A with columns of unit length, on the complement of its null space. `residual` is the least |A theta - b|^2.
    """

    solution: Float[np.ndarray, " p"]
    null_space: Float[np.ndarray, "r p"]
    condition_number: float
    residual: float
    pseudo_inverse: Float[np.ndarray, "p p"]
    """That of A^T A, which turns the covariance of A^T b into that of theta."""


def triangularise(blocks: Iterable[Float[np.ndarray, "rows columns"]]) -> Float[np.ndarray, "columns columns"]:
    """Return the R factor of all rows together, padded with zeros to a square.

    **Raises:** `ValueError` if there is no row, or an entry is not finite.
    """
    triangle = None
    for block in blocks:
        stacked = block if triangle is None else np.concatenate([triangle, block])
        if not np.isfinite(stacked).all():
            raise ValueError("the rows of a least-squares problem must be finite")
        triangle = qr(stacked, mode="r", overwrite_a=True, check_finite=False)[0][: stacked.shape[1]]
    if triangle is None:
        raise ValueError("least squares need at least one row")
    missing = triangle.shape[1] - len(triangle)
    return np.asarray(np.triu(np.pad(triangle, ((0, missing), (0, 0)))))


def solve_triangle(
    triangle: Float[np.ndarray, "columns columns"], *, ridge: float = 0.0, rank_tolerance: float = RANK_TOLERANCE
) -> LeastSquares:
    """Solve the least-squares problem whose rows (A, b) were reduced to `triangle`, b last.

    **Arguments:** `ridge` >= 0 adds `ridge |D theta|^2` to the mean square, D the lengths of the columns of A: it is
    relative and pulls all features equally. With a ridge the null space is still that of A.

    **Raises:** `ValueError` for a negative ridge.
    """
    if not ridge >= 0:
        raise ValueError(f"a ridge must not be negative: {ridge}")
    factor, target = triangle[:-1, :-1], triangle[:-1, -1]
    lengths = np.linalg.norm(factor, axis=0)
    # A column of zeros is in the null space whatever its length is taken to be.
    scales = np.where(lengths > 0, lengths, 1.0)
    left, singular, right = np.linalg.svd(factor / scales)
    significant = singular > rank_tolerance * max(float(singular[0]), np.finfo(np.float64).tiny)
    kept, basis = singular[significant], right[significant]
    damped = kept / (kept**2 + ridge)
    scaled = basis.T @ (damped * (left.T[significant] @ target))
    residual = float(((factor / scales) @ scaled - target) @ ((factor / scales) @ scaled - target))
    inverse = (basis.T / (kept**2 + ridge)) @ basis
    null_space = right[~significant] / scales
    return LeastSquares(
        solution=scaled / scales,
        null_space=np.linalg.qr(null_space.T)[0].T,
        condition_number=float(kept[0] / kept[-1]) if len(kept) else np.inf,
        residual=residual + float(triangle[-1, -1]) ** 2,
        pseudo_inverse=inverse / np.outer(scales, scales),
    )
