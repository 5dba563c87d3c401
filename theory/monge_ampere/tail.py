"""How far the tail of the flow, from the horizon to N(0, I), is from a gradient: its Jacobian's antisymmetric part.

    leading_asymmetry        of the tail map Psi_T:  J - J^T = + (tau^5/30) [C, kappa_3.x] + o(tau^5)     tau = tau_T
    reverse_asymmetry        of the flow from tau = 0 to tau: the same with the opposite sign
    derive_tail_rate         e^(5T) tau_T^5/30 -> 1/30

J_ij = d_j Psi_i, C and kappa_3 are covariance and third cumulant of the data, [A, B] = A B - B A, and kappa_3.x is the
matrix sum_k kappa_3(., ., k) x_k. All lower orders of the antisymmetric part vanish.

*Every d, by words.* Along the flow du/ds = E[X | u] its Jacobian solves `dF/ds = s Cov(X | u) F` (`gradient`) with
Cov = C_0 + C_1 s + C_2 s^2 + ..., symmetric matrices, C_0 = C and C_1 = kappa_3.x: what the path adds to the
log-weights is of order s^2. The coefficients of F and of its inverse G are polynomials in C_0, C_1, ... that do not
commute, kept as words; the transpose reverses each word. The tail map's Jacobian is G, along the path from
u = x sqrt(1 + tau^2) to a start x + O(tau), times that root: as every order below the fifth is symmetric along every
path, neither changes the fifth.

*Dimensions 2 and 3, by moments.* The map from (tau, u) to the start at tau = 0 is constant along the flow:
`dP/dtau = -(DP) v`. Its series and that of v = E[X | u] are computed with generic moments of the data, up to the fifth,
and the antisymmetric part is compared with the cumulants. This uses neither words nor the equation for F.

For bounded data every derivative of v is a polynomial in posterior moments, u and tau, so that the sixth derivative of
the tail map in tau is at most polynomial in x, and o(tau^5) holds in L^2(N(0, I)) too.
"""

import itertools
from functools import cache
from math import factorial
from typing import Any, TypeAlias

import sympy as sp
from sympy import QQ, Expr, diff, exp
from sympy.polys.rings import ring

from ..derivation import Derivation
from ..rules import limit_of_function
from ..statement import Statement, tends
from .notation import growth, tau
from .regular_flow import derive_horizon_rate

commutator = sp.Symbol("K", real=True)
"""One entry of [C, kappa_3.x]."""

ORDER = 5
"""The first order in tau at which the Jacobian of the tail map is not symmetric."""

Word: TypeAlias = tuple[int, ...]
"""A product of the symmetric matrices C_k, by their indices."""
Series: TypeAlias = list[dict[Word, sp.Rational]]
"""Polynomials in words, one for each power of s."""


def leading_asymmetry() -> Expr:
    """Return an entry of J - J^T for the tail map, at leading order: `+ tau^5 K/30`, K that of [C, kappa_3.x]."""
    return tau**5 * commutator / 30


def reverse_asymmetry() -> Expr:
    """Return an entry of J - J^T for the flow from tau = 0 to tau, at leading order: `- tau^5 K/30`."""
    return -(tau**5) * commutator / 30


def leading_asymmetry_residuals(claimed: Expr) -> dict[str, Expr]:
    """Return what `claimed`, in tau and K, leaves over of the tail map's asymmetry up to tau^5, in every dimension."""
    residuals = first_covariances_residuals(first_covariances())
    residuals |= _word_residuals("every d", claimed, _inverse_flow())
    for dimension in (2, 3):
        residuals |= _moment_residuals(claimed, dimension)
    return residuals


def reverse_asymmetry_residuals(claimed: Expr) -> dict[str, Expr]:
    """Return what `claimed`, in tau and K, leaves over of the asymmetry of the flow from tau = 0, in every d."""
    return first_covariances_residuals(first_covariances()) | _word_residuals("every d", claimed, _flow())


_moment_names = ("i", "j", "z", "ij", "iz", "jz", "ijz")
_moments = dict(zip(_moment_names, sp.symbols(" ".join(f"m_{name}" for name in _moment_names), real=True), strict=True))
"""Joint moments of two coordinates X_i, X_j and of Z = <x, X>."""


def first_covariances() -> tuple[Expr, Expr]:
    """Return the entries of C_0 and C_1 in joint moments: the covariance, and the third cumulant with Z = <x, X>."""
    m = _moments
    covariance = m["ij"] - m["i"] * m["j"]
    third = m["ijz"] - m["ij"] * m["z"] - m["iz"] * m["j"] - m["jz"] * m["i"] + 2 * m["i"] * m["j"] * m["z"]
    return covariance, third


def first_covariances_residuals(claimed: tuple[Expr, Expr]) -> dict[str, Expr]:
    """Return what `claimed` leaves over of the first two coefficients of Cov(X | u_s) along the flow.

    `one atom` is the derivative of its weight at s = 0, whatever the path u_s is; a moment E[f] of the weighted law is
    then E[f] + s E[f Z] up to first order, by superposition.
    """
    s, norm = sp.Symbol("s", real=True), sp.Symbol("r", nonnegative=True)
    along = sp.Function("Z", real=True)
    weight = exp(s * along(s) - s**2 * norm / 2)
    m = _moments
    mass, first, second = 1 + s * m["z"], m["i"] + s * m["iz"], m["j"] + s * m["jz"]
    covariance = (m["ij"] + s * m["ijz"]) / mass - first * second / mass**2
    return {
        "one atom": diff(weight, s).subs(s, 0) - along(0),
        "C_0": covariance.subs(s, 0) - claimed[0],
        "C_1": diff(covariance, s).subs(s, 0) - claimed[1],
    }


def _flow() -> Series:
    """Return the Jacobian of the flow from 0 to s: F' = s Cov F."""
    return _solve(lambda index, word: (index, *word), 1)


def _inverse_flow() -> Series:
    """Return the Jacobian of the flow from s to 0: G' = -s G Cov."""
    return _solve(lambda index, word: (*word, index), -1)


def _solve(multiply: Any, sign: int) -> Series:
    series: Series = [{(): sp.Integer(1)}]
    for n in range(ORDER):
        following: dict[Word, sp.Rational] = {}
        for index in range(n):
            for word, factor in series[n - 1 - index].items():
                longer = multiply(index, word)
                following[longer] = following.get(longer, sp.Integer(0)) + sign * factor / (n + 1)
        series.append(following)
    return series


def _word_residuals(name: str, claimed: Expr, series: Series) -> dict[str, Expr]:
    """Compare the antisymmetric part of a Jacobian, word by word, with the claimed multiple of C_0 C_1 - C_1 C_0."""

    def value(word: Word) -> sp.Symbol:
        return sp.Symbol("".join(f"C{index}" for index in word) or "I", real=True)

    residuals: dict[str, Expr] = {}
    known = claimed.subs(commutator, value((0, 1)) - value((1, 0)))
    for order in range(ORDER + 1):
        found = sum((f * (value(word) - value(word[::-1])) for word, f in series[order].items()), sp.S.Zero)
        residuals[f"{name}, order {order}"] = found - _coefficient(known, order)
    return residuals


def _coefficient(series: Expr, order: int) -> Expr:
    return (diff(series, tau, order) if order else series).subs(tau, 0) / factorial(order)


def _moment_residuals(claimed: Expr, dimension: int) -> dict[str, Expr]:
    """Compare the antisymmetric part of the tail's series in generic moments with the claimed multiple of K."""
    found, known = _asymmetry_in_moments(dimension)
    return {
        f"d = {dimension}, order {order}": found[order] - _coefficient(claimed.subs(commutator, known), order)
        for order in range(ORDER + 1)
    }


@cache
def _asymmetry_in_moments(dimension: int) -> tuple[tuple[Expr, ...], Expr]:
    """Return d_2 P_1 - d_1 P_2 order by order, and the entry [C, kappa_3.u]_12, in moments of the data and u."""
    powers = [e for e in itertools.product(range(ORDER + 1), repeat=dimension) if 1 <= sum(e) <= ORDER]
    names = [f"{name}_{i}" for name in "xu" for i in range(dimension)]
    algebra, *generators = ring([*names, *("m_" + "".join(map(str, e)) for e in powers)], QQ)
    data, place = generators[:dimension], generators[dimension : 2 * dimension]
    moments = {(0,) * dimension: algebra.one} | dict(zip(powers, generators[2 * dimension :], strict=True))

    def expectation(polynomial: Any) -> Any:
        parts = polynomial.terms()
        kept = (algebra({(0,) * dimension + m[dimension:]: c}) * moments[m[:dimension]] for m, c in parts)
        return sum(kept, algebra.zero)

    inner = sum((x * u for x, u in zip(data, place, strict=True)), algebra.zero)
    square = sum((x**2 for x in data), algebra.zero)
    velocity = _velocity_series(expectation, data, inner, square)
    start = [list(place)]
    for n in range(ORDER):
        pushed = [
            sum((start[k][i].diff(u) * velocity[n - k][j] for k in range(n + 1) for j, u in enumerate(place)), 0)
            for i in range(dimension)
        ]
        start.append([-p * QQ(1, n + 1) for p in pushed])
    asymmetry = tuple((p[0].diff(place[1]) - p[1].diff(place[0])).as_expr() for p in start)
    return asymmetry, _commutator_entry(expectation, data, inner).as_expr()


def _velocity_series(expectation: Any, data: list[Any], inner: Any, square: Any) -> list[list[Any]]:
    """Return the coefficients of E[X | u] = E[X w]/E[w] in powers of tau; w = exp(tau <u, X> - tau^2 |X|^2/2)."""
    weights = [
        sum(
            inner ** (n - 2 * q) * square**q * QQ((-1) ** q, 2**q * factorial(q) * factorial(n - 2 * q))
            for q in range(n // 2 + 1)
        )
        for n in range(ORDER)
    ]
    masses = [expectation(weight) for weight in weights]
    velocity: list[list[Any]] = []
    for n, weight in enumerate(weights):
        earlier = [sum((masses[k] * velocity[n - k][i] for k in range(1, n + 1)), 0) for i in range(len(data))]
        velocity.append([expectation(x * weight) - e for x, e in zip(data, earlier, strict=True)])
    return velocity


def _commutator_entry(expectation: Any, data: list[Any], inner: Any) -> Any:
    """Return [C, kappa_3.u]_12 from the moments, with cumulants of centred data."""
    centred = [x - expectation(x) for x in data]
    along = inner - expectation(inner)
    covariance = [[expectation(a * b) for b in centred] for a in centred]
    third = [[expectation(a * b * along) for b in centred] for a in centred]
    return sum((covariance[0][k] * third[k][1] - third[0][k] * covariance[k][1] for k in range(len(data))), 0)


def tail_rate_statement(limit: Expr) -> Statement:
    """State that `e^(5T) tau_T^5/30 -> limit` as q = e^T tends to infinity."""
    return tends((growth / sp.sqrt(growth**2 - 1)) ** ORDER / 30, growth, sp.oo, limit, (growth > 1,))


@cache
def derive_tail_rate() -> Derivation:
    """Derive `e^(5T) tau_T^5/30 -> 1/30`: the asymmetry of the tail map decays like e^(-5T)."""
    z = sp.Symbol("z", real=True)
    return (
        Derivation("Rate of the tail map's asymmetry")
        .lemma(derive_horizon_rate(), name="horizon")
        .apply(limit_of_function, "horizon", function=sp.Lambda(z, z**ORDER / 30), name="rate")
    )


def commutator_squares(covariance: Any, third: Any) -> Any:
    """Return `sum_{i<j,k} [C, kappa_3(., ., k)]_ij^2`.

    **Arguments:** `covariance` (d, d) and `third` (d, d, d) are symmetric, nested sequences or arrays, with numbers of
    any kind or expressions as entries.
    """
    indices = range(len(covariance))

    def entry(i: int, j: int, k: int) -> Any:
        return sum(covariance[i][m] * third[m][j][k] - third[i][m][k] * covariance[m][j] for m in indices)

    return sum(entry(i, j, k) ** 2 for i, j in itertools.combinations(indices, 2) for k in indices)
