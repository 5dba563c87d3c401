"""The distance in L^2(N(0, I)) between the tail map and its gradient part, at leading order.

    gradient_free_part       r with curl r = A and no divergence: r_i = (1/3) sum_jk a_ijk He_jk(x)
    tail_distance            e^(-5T)/(30 sqrt 3) sqrt(S),   S = sum_{i<j,k} [C, kappa_3(., ., k)]_ij^2

At leading order the tail map's curl is `A_ij = d_j Psi_i - d_i Psi_j = sum_k a_ijk x_k` (`tail`), a = (tau^5/30) times
the commutators. Every field in L^2(gamma) is a gradient plus a field r with `div r - <x, r> = 0`, orthogonal to all
gradients by Gaussian integration by parts (Hodge decomposition). A curl that is linear in x and closed,
`a_ijk + a_jki + a_kij = 0`, determines r: it is a field of Hermite polynomials He_jk = x_j x_k - delta_jk of degree 2,
and `E|r|^2 = (1/3) sum_{i<j,k} a_ijk^2`: the factor 1/3 is the inverse of the eigenvalue 1 + 2 of the Hodge Laplacian.

Every d: r, its curl and its divergence are sums over triples of indices, as is `E|r|^2`, in which a_ijk meets only
components with the same three indices, by the orthogonality of Hermite polynomials. A triple fits into d = 3, where a
is generic. That the commutators are closed is decided for each summand of the matrix products.

To leading order r is also the difference between the tail map and the Brenier map from p_T to N(0, I): the polar
factorisation of a map near the identity is the Hodge decomposition (cited).

References: [brenier1991] for the polar factorisation and its linearisation.
"""

import itertools
from typing import Any

import sympy as sp
from sympy import Expr, diff, exp, sqrt

from .notation import horizon

squares = sp.Symbol("S", nonnegative=True)
"""sum_{i<j,k} [C, kappa_3(., ., k)]_ij^2."""
_places = sp.symbols("x_1:4", real=True)
_TRIPLE = range(3)


def _curl_coefficients() -> dict[tuple[int, int, int], Expr]:
    """Return generic a_ijk in d = 3: antisymmetric in i and j, and with no sum over cyclic permutations."""
    found: dict[tuple[int, int, int], Expr] = {}
    for i, j, k in itertools.product(_TRIPLE, repeat=3):
        found[i, j, k] = sp.Symbol(f"a_{i}{j}{k}", real=True) if i < j else sp.S.Zero
    found[1, 2, 0] = found[0, 2, 1] - found[0, 1, 2]
    return {(i, j, k): value if i <= j else -found[j, i, k] for (i, j, k), value in found.items()}


def gradient_free_part() -> tuple[Expr, ...]:
    """Return the field r in d = 3 whose curl is sum_k a_ijk x_k: `(1/3) sum_jk a_ijk (x_j x_k - delta_jk)`."""
    a = _curl_coefficients()
    return tuple(
        sum((a[i, j, k] * _hermite(j, k) for j, k in itertools.product(_TRIPLE, repeat=2)), sp.S.Zero) / 3
        for i in _TRIPLE
    )


def _hermite(j: int, k: int) -> Expr:
    return _places[j] * _places[k] - (1 if j == k else 0)


def gradient_free_residuals(claimed: tuple[Expr, ...]) -> dict[str, Expr]:
    """Return what `claimed` leaves over of a field with the given curl and without divergence, in every dimension."""
    a = _curl_coefficients()
    residuals: dict[str, Expr] = {"closed": _cyclic_sum_of_commutators()}
    for i, j in itertools.combinations(_TRIPLE, 2):
        curl = diff(claimed[i], _places[j]) - diff(claimed[j], _places[i])
        residuals[f"curl {i + 1}{j + 1}"] = curl - sum(a[i, j, k] * _places[k] for k in _TRIPLE)
    divergence = sum(diff(r, x) - x * r for r, x in zip(claimed, _places, strict=True))
    return residuals | {"divergence": divergence}


def _cyclic_sum_of_commutators() -> Expr:
    """Return one summand, over the inner index l, of the sum of [C, kappa_3(., ., k)]_ij over cyclic permutations."""
    covariance = dict(zip("ijk", sp.symbols("C_li C_lj C_lk", real=True), strict=True))
    third = {frozenset(pair): sp.Symbol(f"k_l{pair}", real=True) for pair in ("ij", "jk", "ik")}

    def summand(i: str, j: str, k: str) -> Expr:
        return covariance[i] * third[frozenset((j, k))] - third[frozenset((i, k))] * covariance[j]

    return summand("i", "j", "k") + summand("j", "k", "i") + summand("k", "i", "j")


def curl_share() -> Expr:
    """Return E|r|^2 as a multiple of S = sum_{i<j,k} a_ijk^2: `S/3`."""
    return squares / 3


def curl_share_residuals(claimed: Expr) -> dict[str, Expr]:
    """Return what `claimed`, in S, leaves over of E|r|^2 for the generic closed curl, with Gaussian moments."""
    a = _curl_coefficients()
    total = sum(a[i, j, k] ** 2 for i, j in itertools.combinations(_TRIPLE, 2) for k in _TRIPLE)
    norm = sum((_gaussian_mean(r**2) for r in gradient_free_part()), sp.S.Zero)
    return {"norm": norm - claimed.subs(squares, total)}


def _gaussian_mean(polynomial: Expr) -> Expr:
    """Return the expectation of a polynomial under N(0, I): E x^n = (n - 1)!! for even n."""
    parts: Any = sp.Poly(polynomial, *_places).terms()
    even = ((powers, factor) for powers, factor in parts if not any(n % 2 for n in powers))
    return sum((factor * sp.prod(sp.factorial2(n - 1) for n in powers if n) for powers, factor in even), sp.S.Zero)


def tail_distance() -> Expr:
    """Return the distance of the tail map from the gradients at leading order, in T and S: `e^(-5T) sqrt(S/3)/30`."""
    return exp(-5 * horizon) * sqrt(squares) / (30 * sqrt(3))


def tail_distance_residuals(claimed: Expr) -> dict[str, Expr]:
    """Return what `claimed`, in T and S, leaves over of the norm of the gradient-free part of the tail map.

    The curl of the tail map is tau^5/30 times the commutators, and tau e^T tends to 1 (`tail.derive_tail_rate`).
    """
    curl = (exp(-horizon) ** 5 / 30) ** 2 * squares
    return {"squared distance": claimed**2 - curl_share().subs(squares, curl)}
