"""How fast the law at the horizon tends to N(0, I): a coupling with the same noise.

    derive_prior_error      W_2(p_T, N(0, I)) <= e^-T W_2(mu, N(0, I))      every mu of finite second moment, every d

p_T is the law of e^-T X + sqrt(1 - e^-2T) eps, and N(0, I) that of e^-T Y + sqrt(1 - e^-2T) eps for a normal Y: with
the same eps the two differ by e^-T (X - Y), for every coupling of X and Y.

References: [villani2009] for couplings; the argument is the standard one for contractive semigroups.
"""

from functools import cache

import sympy as sp
from sympy import Expr, exp, sqrt

from ..derivation import Derivation
from ..expectation import Independent, Inner, Mean, bilinearity, random_vector
from ..rules import chain, combine, monotone, weaken
from ..statement import Statement, at_most
from ..transport import Wasserstein, coupling_bound, infimum_over_couplings, sum_of_normals
from .notation import horizon
from .ornstein_uhlenbeck import d, data, noise

normal = random_vector("Y")
"""N(0, I), independent of the noise, in any joint law with the data."""


def contraction() -> Expr:
    """Return the factor by which the distance to N(0, I) has fallen at the horizon: `e^-T`."""
    return exp(-horizon)


def _noised(vector: Expr) -> Expr:
    return exp(-horizon) * vector + sqrt(1 - exp(-2 * horizon)) * noise


def prior_error_statement(factor: Expr) -> Statement:
    """State `W_2(p_T, N(0, I)) <= factor W_2(mu, N(0, I))`."""
    return at_most(Wasserstein(_noised(data), normal), factor * Wasserstein(data, normal))


@cache
def derive_prior_error() -> Derivation:
    """Derive `W_2(p_T, N(0, I)) <= e^-T W_2(mu, N(0, I))` in every dimension."""
    a, b = exp(-horizon), sqrt(1 - exp(-2 * horizon))
    first, second = _noised(data), _noised(normal)
    x = sp.Symbol("x", nonnegative=True)
    gap = Mean(Inner(data - normal, data - normal))
    return (
        Derivation("Distance of the law at the horizon from N(0, I)")
        .apply(coupling_bound, first=first, second=second, name="same noise")
        .apply(bilinearity, mean=Mean(Inner(first - second, first - second)), name="the noise cancels")
        .apply(bilinearity, mean=gap, name="coupling of the data")
        .apply(
            combine,
            *("same noise", "the noise cancels", "coupling of the data"),
            left=Wasserstein(first, second) ** 2,
            right=a**2 * gap,
            factors=(1, 1, -(a**2)),
            name="contracted",
        )
        .apply(
            weaken,
            "contracted",
            hypotheses=(Independent(data, noise), Independent(normal, noise)),
            name="independent noise",
        )
        .apply(infimum_over_couplings, "independent noise", first=data, second=normal, factor=a**2, name="infimum")
        .apply(
            sum_of_normals,
            vector=first,
            first=normal,
            second=noise,
            weights=(a, b),
            dimension=d,
            name="N(0, I) stays",
        )
        .equal(
            Wasserstein(first, normal) ** 2,
            Wasserstein(first, second) ** 2,
            using=("N(0, I) stays",),
            name="at N(0, I)",
        )
        .apply(chain, "at N(0, I)", "infimum", name="squares")
        .apply(monotone, "squares", function=sp.Lambda(x, sqrt(x)), name="roots")
        .equal(Wasserstein(first, normal), sqrt(Wasserstein(first, normal) ** 2), name="left root")
        .equal(sqrt(a**2 * Wasserstein(data, normal) ** 2), a * Wasserstein(data, normal), name="right root")
        .apply(chain, "left root", "roots", "right root", name="prior error")
    )
