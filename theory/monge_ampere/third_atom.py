"""Two atoms of the plane and a third one behind their side: what the third does to the flow of the two.

    two_atom_mass            M = p Phi(a + tau D/2) + (1 - p) Phi(a - tau D/2), conserved by the flow of the two atoms
    mass_drift               with the third atom M changes at the rate r_k M_a (s - m)
    derive_drift_bound       whose factor of r_k is at most S/sqrt(2 pi), S at least |s| + D/2
    derive_share_ceiling     r_k <= w_k/(2 sqrt(w_i w_j)) exp(tau <u, y_k> + tau^2 E), E = D^2/8 - |y_k|^2/2

Coordinates: the origin is the middle of y_i and y_j, at distance D (`reflection.shift`: a shift of the data shifts u by
tau times it, nothing at tau = 0), e points from y_i to y_j and n, normal to e, away from y_k. So y_i = -D/2 e,
y_j = D/2 e, y_k = s e - H n with H > 0, and u = a e + b n. In more dimensions nothing changes: three atoms are in a
plane. m is the velocity of a in the flow of the two atoms alone, p = w_i/(w_i + w_j).
"""

from functools import cache

import sympy as sp
from sympy import Expr, diff, erf, exp, pi, sqrt

from ..derivation import Derivation
from ..rules import combine, instance, monotone
from ..statement import Statement, at_most
from .notation import tau

along, across = sp.symbols("a b", real=True)
"""u = a e + b n."""
separation, depth = sp.symbols("D H", positive=True)
third_along = sp.Symbol("s_k", real=True)
weights = sp.symbols("w_i w_j w_k", positive=True)
share = sp.Symbol("p", positive=True)
"""w_i/(w_i + w_j)."""

third_share = sp.Symbol("r_k", nonnegative=True)
density = sp.Symbol("M_a", positive=True)
pair_mean = sp.Symbol("m", real=True)
"""dM/da, and the velocity of a in the flow of the two atoms alone."""
reach = sp.Symbol("S", nonnegative=True)
"""At least s_k - m."""


def normal_mass(place: Expr) -> Expr:
    """Return P(N(0, 1) <= place)."""
    return (1 + erf(place / sqrt(2))) / 2


def border_share() -> Expr:
    """Return the Gaussian mass below the offset c_ij: `w_i/(w_i + w_j)`."""
    return weights[0] / (weights[0] + weights[1])


def two_atom_mass() -> Expr:
    """Return M in a, tau, D and p: the mass up to a of the two atoms alone, seen through noise."""
    return share * normal_mass(along + tau * separation / 2) + (1 - share) * normal_mass(along - tau * separation / 2)


def border_share_residuals(claimed: Expr) -> dict[str, Expr]:
    """Return what `claimed`, in w_i and w_j, leaves over of p: with it the flow of two atoms conserves the mass M."""
    masses, places = posterior_masses()[:2], (-separation / 2, separation / 2)
    velocity = sum(p * m for p, m in zip(places, masses, strict=True)) / sum(masses)
    mass = two_atom_mass().subs(share, claimed)
    return {"conserved": diff(mass, tau) + velocity * diff(mass, along)}


def mass_drift() -> Expr:
    """Return dM/dtau along the flow of three atoms: `r_k M_a (s_k - m)`."""
    return third_share * density * (third_along - pair_mean)


def posterior_masses() -> tuple[Expr, Expr, Expr]:
    """Return w_l exp(tau <u, y_l> - tau^2 |y_l|^2/2) for the three atoms."""
    places = ((-separation / 2, sp.S.Zero), (separation / 2, sp.S.Zero), (third_along, -depth))
    first, second, third = (
        w * exp(tau * (along * p + across * q) - tau**2 * (p**2 + q**2) / 2)
        for w, (p, q) in zip(weights, places, strict=True)
    )
    return first, second, third


def mass_drift_residuals(claimed: Expr) -> dict[str, Expr]:
    """Return what `claimed`, in r_k, M_a, s_k and m, leaves over of the rate at which M changes."""
    masses, places = posterior_masses(), (-separation / 2, separation / 2, third_along)
    mass = two_atom_mass().subs(share, border_share())
    velocity = sum(p * m for p, m in zip(places, masses, strict=True)) / sum(masses)
    pair = sum(p * m for p, m in zip(places[:2], masses[:2], strict=True)) / sum(masses[:2])
    values = {third_share: masses[2] / sum(masses), density: diff(mass, along), pair_mean: pair}
    return {
        "rate": diff(mass, tau) + velocity * diff(mass, along) - claimed.subs(values, simultaneous=True),
        "at the prior": mass.subs(tau, 0) - normal_mass(along),
    }


def share_ceiling() -> Expr:
    """Return the bound of r_k in a, b and tau: `w_k/(2 sqrt(w_i w_j)) exp(tau <u, y_k> + tau^2 E)`."""
    exponent = tau * (along * third_along - across * depth)
    curvature = separation**2 / 8 - (third_along**2 + depth**2) / 2
    return weights[2] / (2 * sqrt(weights[0] * weights[1])) * exp(exponent + tau**2 * curvature)


def share_ceiling_residuals(claimed: Expr) -> dict[str, Expr]:
    """Return what `claimed` leaves over of the third posterior mass by twice the geometric mean of the other two."""
    first, second, third = posterior_masses()
    return {"geometric mean": claimed**2 - third**2 / (4 * first * second), "positive": sp.Abs(claimed) - claimed}


_roots = sp.symbols("P Q", positive=True)
_third = sp.Symbol("V", positive=True)


def share_ceiling_statement(ceiling: Expr) -> Statement:
    """State that V/(P^2 + Q^2 + V) is at most `ceiling`; P^2, Q^2 and V are the posterior masses."""
    p, q = _roots
    return at_most(_third / (p**2 + q**2 + _third), ceiling)


@cache
def derive_share_ceiling() -> Derivation:
    """Derive `V/(P^2 + Q^2 + V) <= V/(2 P Q)`: r_k by the geometric mean of the two other masses."""
    p, q = _roots
    z = sp.Symbol("z", real=True)
    return (
        Derivation("A posterior weight against two others")
        .apply("sum_of_squares", expression=p**2 + q**2 - 2 * p * q, squares=((1, p - q),), name="means")
        .below(0, _third, name="third")
        .apply(combine, "means", "third", left=2 * p * q, right=p**2 + q**2 + _third, factors=(1, 1), name="sums")
        .apply(monotone, "sums", function=sp.Lambda(z, _third / z), direction="decreasing", name="shares")
        .at_most(_third / (p**2 + q**2 + _third), _third / (2 * p * q), using=("shares",), name="ceiling")
    )


@cache
def derive_drift_bound() -> Derivation:
    """Derive `M_a (s_k - m) <= S/sqrt(2 pi)` where s_k - m <= S and 0 < p < 1."""
    z = sp.Symbol("z", real=True)
    slope, places = diff(two_atom_mass(), along), (along + tau * separation / 2, along - tau * separation / 2)
    started = (
        Derivation("The drift of the mass is bounded")
        .at_most(-(z**2) / 2, 0, name="exponent")
        .apply(monotone, "exponent", function=sp.Lambda(z, exp(z)), name="normal density")
    )
    for k, place in enumerate(places):
        started = started.apply(instance, "normal density", values={z: place}, name=f"density {k}")
    return (
        started.assume(share < 1, name="share")
        .apply(
            combine,
            *("density 0", "density 1", "share"),
            left=slope,
            right=1 / sqrt(2 * pi),
            factors=(share / sqrt(2 * pi), (1 - share) / sqrt(2 * pi), 0),
            name="slope",
        )
        .assume(third_along - pair_mean <= reach, name="reach")
        .at_most(0, slope, given=(share < 1,), name="positive slope")
        .apply(
            combine,
            *("reach", "slope", "positive slope"),
            left=slope * (third_along - pair_mean),
            right=reach / sqrt(2 * pi),
            factors=(slope, reach, 0),
            name="drift",
        )
    )
