"""Which energies leave the first-order condition unchanged: what snapshots cannot tell apart.

Features act on a snapshot of mean m and covariance S through their gradients at y:

    V = y^T A y/2 + b^T y       A y + b
    U = z^T B z/2, c_U = 1/2    B (y - m)
    beta, Gaussian snapshot     -beta S^(-1) (y - m)

The null space is what makes their sum 0 for every y of every snapshot. No snapshot lies in a hyperplane, so 1 and the
coordinates of y are independent, and the sum vanishes where

    A + B = beta S_t^(-1)    and    A m_t + b = 0    for every snapshot t.                              (*)

    null_vectors        bases of (*) in one coordinate: V with U where the mean is 0, or constant and V has a linear
                        term; V with beta on one Gaussian snapshot
    minors              determinants that vanish only there: -m, m_1 - m_2, (m_1 - m_2) (s_2^-2 - s_1^-2)
    quadratic_defect    without beta, in R^d: (d - r)(d - r + 1)/2 for all quadratic features, where r is the dimension
                        of the span of the means m_t, or of the differences m_t - m_0 if V has a linear term; with
                        isotropic ones 1 if r = 0 and 0 otherwise
    confounded_force    U = z^n/n acts on a law with moments M_j as the potential V' = sum_j binom(n - 1, j) (-M_j)
                        y^(n - 1 - j) (signs alternate): V and U of degree n are confounded where the first n - 1
                        moments do not change

The defect: B = -A by the first half of (*), and by the second A is a symmetric matrix that vanishes on a space of
dimension r; in a basis that begins with one of that space A is an arbitrary symmetric matrix of the other d - r
coordinates, and 0 elsewhere. With beta it is the same if two snapshots have different precisions S_t^(-1); for a single
Gaussian snapshot, or several of one precision, it is one more: U takes up beta.

`design` is the matrix of (*), exact; its null space is computed over the rationals.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement
from typing import final

import sympy as sp
from sympy import Expr, binomial
from sympy.polys.matrices import DomainMatrix

from .notation import mean, scale, y

FEATURES = ("V", "U", "beta", "linear")
"""Features of one coordinate: the parameters l, k, beta and b of V = l y^2/2 + b y and U = k z^2/2."""

_means = sp.symbols("m_1 m_2", real=True)
_scales = sp.symbols("s_1 s_2", positive=True)


def feature_force(feature: str) -> Expr:
    """Return what a feature with parameter 1 adds to the condition at y, for a snapshot of mean m and scale s.

    **Raises:** `ValueError` for an unknown feature.
    """
    forces = {"V": y, "U": y - mean, "beta": -(y - mean) / scale**2, "linear": sp.S.One}
    if feature not in forces:
        raise ValueError(f"a feature is one of {', '.join(FEATURES)}, not {feature!r}")
    return forces[feature]


def feature_force_residuals(feature: str, claimed: Expr) -> dict[str, Expr]:
    """Return what `claimed` leaves over of the gradient of the feature, from its energy and from the density."""
    other = sp.Symbol("y_other", real=True)
    density = sp.exp(-((y - mean) ** 2) / (2 * scale**2)) / scale
    exact = {
        "V": (y**2 / 2).diff(y),
        "U": ((y - other) ** 2 / 2).diff(y).subs(other, mean),
        "beta": sp.log(density).diff(y),
        "linear": y.diff(y),
    }
    return {"gradient": exact[feature] - claimed}


def null_vectors() -> dict[str, dict[str, Expr]]:
    """Return parameters that change no force, for each case: the others are 0."""
    return {
        "V with U, mean 0": {"V": sp.S.One, "U": -sp.S.One},
        "V with U, constant mean and a linear term": {"V": sp.S.One, "U": -sp.S.One, "linear": -mean},
        "V with beta, one Gaussian snapshot of mean 0": {"V": sp.S.One, "beta": scale**2},
        "V with beta, one Gaussian snapshot and a linear term": {"V": sp.S.One, "beta": scale**2, "linear": -mean},
        "U with beta, one Gaussian snapshot": {"U": sp.S.One, "beta": scale**2},
    }


def null_vector_residuals(case: str, claimed: Mapping[str, Expr]) -> dict[str, Expr]:
    """Return the force of the claimed parameters at every y, which a null vector leaves at 0."""
    force = sum((value * feature_force(name) for name, value in claimed.items()), sp.S.Zero)
    return {"force": force.subs(mean, 0) if case.endswith("mean 0") else force}


def design_of_snapshots(features: Sequence[str], snapshots: Sequence[Mapping[sp.Symbol, Expr]]) -> sp.Matrix:
    """Return the forces of the features, one column each, as coefficients of 1 and of y for each snapshot in turn."""
    rows = []
    for values in snapshots:
        forces = [sp.expand(feature_force(name).subs(dict(values))) for name in features]
        rows += [[force.coeff(y, power) for force in forces] for power in (0, 1)]
    return sp.Matrix(rows)


@final
@dataclass(frozen=True, slots=True)
class Minor:
    """A determinant of rows of the design: features are identified by these snapshots where it is not 0."""

    features: tuple[str, ...]
    snapshots: int
    rows: tuple[int, ...]
    value: Expr


def minors() -> dict[str, Minor]:
    """Return for each set of features the determinant that decides whether it is identified."""
    (m1, m2), (s1, s2) = _means, _scales
    return {
        "V and U": Minor(("V", "U"), 1, (0, 1), m1),
        "V, U and a linear term": Minor(("V", "U", "linear"), 2, (0, 1, 2), m1 - m2),
        "V and beta, Gaussian": Minor(("V", "beta"), 1, (0, 1), -m1 / s1**2),
        "all, Gaussian": Minor(FEATURES, 2, (0, 1, 2, 3), (m1 - m2) * (s2**-2 - s1**-2)),
    }


def minor_residuals(claimed: Minor) -> dict[str, Expr]:
    """Return what the claimed value leaves over of the determinant."""
    places = list(zip(_means, _scales, strict=True))[: claimed.snapshots]
    design = design_of_snapshots(claimed.features, [{mean: m, scale: s} for m, s in places])
    return {"determinant": design.extract(list(claimed.rows), list(range(design.cols))).det() - claimed.value}


def quadratic_defect(dimension: int, spread: int) -> int:
    """Return the rank defect of all quadratic V and U in R^d where the means span r dimensions.

    **Arguments:** `dimension` is d; `spread` is r, the dimension of the span of the means, or of their differences if
    V has a linear term.

    **Raises:** `ValueError` unless 0 <= r <= d.
    """
    if not 0 <= spread <= dimension:
        raise ValueError(f"means in R^{dimension} do not span {spread} dimensions")
    free = dimension - spread
    return free * (free + 1) // 2


def design(
    means: Sequence[Sequence[Expr]],
    *,
    linear: bool,
    precisions: Sequence[sp.Matrix] | None = None,
    isotropic: bool = False,
) -> sp.Matrix:
    """Return the matrix of (*) for all quadratic V and U in R^d, exact.

    **Arguments:** `means` holds one rational mean for each snapshot; with `linear` V has linear terms; `precisions`,
    if given, holds S_t^(-1) of Gaussian snapshots, and beta is a feature; `isotropic` admits multiples of |y|^2 and
    |z|^2 only.

    **Returns:** columns: V (entries of A on and above the diagonal, row by row), U (of B), linear terms, beta. Rows:
    for each snapshot and each coordinate the coefficients of the coordinates of y - m, and of 1.
    """
    size = len(means[0])
    units = [sp.eye(size)] if isotropic else [_symmetric_unit(size, *place) for place in _places(size)]
    rows: list[list[Expr]] = []
    for at, centre in enumerate(means):
        place = sp.Matrix(centre)
        for coordinate in range(size):
            for column in range(size):
                entries = [unit[coordinate, column] for unit in units]
                inside = [-precisions[at][coordinate, column]] if precisions is not None else []
                rows.append([*entries, *entries, *([sp.S.Zero] * size if linear else []), *inside])
            shifts = [(unit * place)[coordinate] for unit in units]
            constants = [sp.S.One if coordinate == other else sp.S.Zero for other in range(size)] if linear else []
            still = [sp.S.Zero] if precisions is not None else []
            rows.append([*shifts, *([sp.S.Zero] * len(units)), *constants, *still])
    return sp.Matrix(rows)


def _places(size: int) -> list[tuple[int, int]]:
    return list(combinations_with_replacement(range(size), 2))


def _symmetric_unit(size: int, first: int, second: int) -> sp.Matrix:
    unit = sp.zeros(size, size)
    unit[first, second] = unit[second, first] = sp.S.One
    return unit


def null_space(matrix: sp.Matrix) -> sp.Matrix:
    """Return a basis of the null space of a rational matrix, one vector in each row, by exact elimination.

    **Raises:** `ValueError` where an entry is no rational number.
    """
    if not all(entry.is_Rational for entry in matrix):
        raise ValueError("the entries of the matrix are not all rational numbers")
    return DomainMatrix.from_Matrix(matrix).convert_to(sp.QQ).nullspace().to_Matrix()


moments = sp.symbols("M_1:6", real=True)
"""Moments of a law, from the first."""


def confounded_force(power: int) -> Expr:
    """Return the force of U = z^n/n on a point y, in the moments of the law: `E (y - Y)^(n - 1)`.

    **Raises:** `ValueError` for n below 2 or above 6.
    """
    if not 2 <= power <= len(moments) + 1:
        raise ValueError(f"the degree lies between 2 and {len(moments) + 1}, not {power}")
    rest = power - 1
    known = (sp.S.One, *moments)
    return sum((binomial(rest, j) * (-1) ** j * known[j] * y ** (rest - j) for j in range(power)), sp.S.Zero)


def confounded_force_residuals(power: int, claimed: Expr) -> dict[str, Expr]:
    """Return what `claimed` leaves over for an atom, and of being linear in the law, that is in the moments.

    Every law is a superposition of atoms, so that both together give the force of every law.
    """
    atom = sp.Symbol("a", real=True)
    at_atom = {moment: atom**j for j, moment in enumerate(moments, start=1)}
    curvature = {
        f"linear in {first} and {second}": claimed.diff(first, second)
        for first, second in combinations_with_replacement(moments[: power - 1], 2)
    }
    potential = (y - atom) ** power / power
    return {"one atom": potential.diff(y) - claimed.subs(at_atom, simultaneous=True), **curvature}
