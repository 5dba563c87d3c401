"""When an atom is certain to win: once it leads by enough it leads for ever.

    gain, gain_velocity      how far y_0 leads y_j, and how fast the lead grows
    derive_trapped           leads above a level at tau_0 stay above it
    derive_trapped_wins      and the posterior weights of the other atoms tend to 0: y_0 wins

With `g_j = <u, y_0 - y_j> - tau (|y_0|^2 - |y_j|^2)/2` posterior weights are `r_j = r_0 (w_j/w_0) exp(-tau g_j)`, so at
most (w_j/w_0) exp(-tau g_j). The lead over y_j grows by half a squared distance less the pull of the other atoms,
`sum_k r_k <y_0 - y_k, y_0 - y_j>`. Where at tau_0 all leads are above g > 0 and

    sum_k (w_k/w_0) exp(-tau_0 g) max(0, <y_0 - y_k, y_0 - y_j>) <= |y_0 - y_j|^2/2        for each j,

none can be the first to fall back to g. Two other atoms are shown, y_1 and y_2; each further one adds a summand of the
same kind. Inner products are sums over coordinates, so that one coordinate decides their identities.
"""

from functools import cache

import sympy as sp
from sympy import Expr, diff, exp

from ..derivation import Derivation
from ..rules import barrier, combine, limit_of_function, limit_of_reciprocal, monotone, squeeze, tangent_line
from ..statement import ForAll, Statement, below, tends
from .notation import tau, u

atoms = sp.symbols("y_0:3", real=True)
"""One coordinate of the atoms; the first is the one that wins."""
shares = sp.symbols("r_1:3", nonnegative=True)
"""Posterior weights of the other two."""

level, trap_time = sp.symbols("g tau_0", positive=True)
squared_distances = sp.symbols("D_1:3", positive=True)
"""|y_0 - y_1|^2 and |y_0 - y_2|^2."""
overlap = sp.Symbol("X", real=True)
"""<y_0 - y_1, y_0 - y_2>."""
pull = sp.Symbol("P", nonnegative=True)
"""What the overlap is at most."""
ratios = sp.symbols("omega_1:3", positive=True)
"""w_1/w_0 and w_2/w_0."""

time = sp.Symbol("s", positive=True)
leads = tuple(sp.Function(f"g_{j}", real=True) for j in (1, 2))
other_shares = tuple(sp.Function(f"r_{j}", nonnegative=True) for j in (1, 2))


def gain(other: Expr) -> Expr:
    """Return the lead of y_0 over an atom, per coordinate: `u (y_0 - y) - tau (y_0^2 - y^2)/2`."""
    return u * (atoms[0] - other) - tau * (atoms[0] ** 2 - other**2) / 2


def gain_velocity() -> Expr:
    """Return the velocity of the lead over y_1, per coordinate, in r_1 and r_2."""
    first, second = (atoms[0] - y for y in atoms[1:])
    return first**2 / 2 - shares[0] * first**2 - shares[1] * second * first


def gain_residuals(claimed: Expr) -> dict[str, Expr]:
    """Return what `claimed`, in the atoms and r_1, r_2, leaves over of the velocity of the lead over y_1."""
    path = sp.Function("u", real=True)(tau)
    mean = (1 - sum(shares)) * atoms[0] + sum(r * y for r, y in zip(shares, atoms[1:], strict=True))
    moving = diff(gain(atoms[1]).subs(u, path), tau).subs(diff(path, tau), mean)
    weights = [tau * u * y - tau**2 * y**2 / 2 for y in atoms]
    return {"velocity": moving - claimed, "log-ratio of weights": weights[1] - weights[0] + tau * gain(atoms[1])}


def _pulls(j: int) -> tuple[Expr, Expr]:
    """Return what y_1 and y_2 may pull at the lead over the atom of index j, for posterior weight 1."""
    return (squared_distances[0], pull) if j == 0 else (pull, squared_distances[1])


def trap_condition(j: int) -> Expr:
    """Return what the pulls at the lead over y_1 (j = 0) or y_2 (j = 1) are at most; below D_j/2 it is a trap."""
    return sum((w * p for w, p in zip(ratios, _pulls(j), strict=True)), sp.S.Zero) * exp(-trap_time * level)


def trapped_statement(lead: Expr) -> Statement:
    """State that the lead over y_1 is above `lead` from tau_0 on."""
    return below(lead, leads[0](time))


def _with_bounds(started: Derivation) -> Derivation:
    """Add that posterior weights are at most omega exp(-tau_0 g) while the leads are above g."""
    z = sp.Symbol("z", real=True)
    for j, (lead, share) in enumerate(zip(leads, other_shares, strict=True)):
        while_above = (time > trap_time, level < lead(time))
        started = (
            started.assume(ForAll(time, share(time) <= ratios[j] * exp(-time * lead(time))), name=f"share {j}")
            .at_most(-time * lead(time), -trap_time * level, given=while_above, name=f"exponent {j}")
            .apply(monotone, f"exponent {j}", function=sp.Lambda(z, exp(z)), name=f"factor {j}")
            .apply(
                combine,
                *(f"share {j}", f"factor {j}"),
                left=share(time),
                right=ratios[j] * exp(-trap_time * level),
                factors=(1, ratios[j]),
                name=f"bound {j}",
            )
        )
    return started


@cache
def derive_trapped(which: int = 0) -> Derivation:
    """Derive `g < g_j(tau)` for every tau >= tau_0, for the lead over y_1 (`which` = 0) or y_2 (`which` = 1)."""
    found = _with_bounds(Derivation("Trapping lemma")).assume(sp.LessThan(overlap, pull), name="overlap")
    for j, lead in enumerate(leads):
        own, other = (other_shares[j](time), other_shares[1 - j](time))
        velocity = squared_distances[j] / 2 - own * squared_distances[j] - other * overlap
        found = (
            found.assume(ForAll(time, sp.Eq(lead(time).diff(time), velocity)), name=f"velocity {j}")
            .assume(trap_condition(j) <= squared_distances[j] / 2, name=f"trap {j}")
            .apply(
                combine,
                *(f"velocity {j}", "bound 0", "bound 1", "overlap", f"trap {j}"),
                left=0,
                right=lead(time).diff(time),
                factors=(-1, *_pulls(j), other, 1),
                name=f"growing lead {j}",
            )
            .assume(sp.StrictLessThan(level, lead(trap_time)), name=f"first lead {j}")
        )
    return found.apply(
        barrier,
        *("growing lead 0", "growing lead 1", "first lead 0", "first lead 1"),
        variable=time,
        functions=tuple(lead(time) for lead in leads),
        level=level,
        start=trap_time,
        end=sp.oo,
        which=which,
        name="trapped",
    )


def vanishing_statement(limit: Expr) -> Statement:
    """State that the posterior weight of y_1 tends to `limit`."""
    return tends(other_shares[0](time), time, sp.oo, limit)


@cache
def derive_trapped_wins(which: int = 0) -> Derivation:
    """Derive that the posterior weight of y_1 (`which` = 0) or y_2 (`which` = 1) tends to 0 in a trap."""
    z = sp.Symbol("z", real=True)
    lead, share, ratio = leads[which](time), other_shares[which](time), ratios[which]
    return (
        Derivation("A trapped point goes to the atom that leads")
        .lemma(derive_trapped(which), name="trapped")
        .assume(ForAll(time, share <= ratio * exp(-time * lead)), name="share")
        .apply(combine, "trapped", left=-time * lead, right=-time * level, factors=(time,), name="exponent")
        .apply(monotone, "exponent", function=sp.Lambda(z, exp(z)), name="factor")
        .apply(
            tangent_line,
            function=sp.Lambda(z, exp(z)),
            point=time * level,
            touching=0,
            shape="convex",
            name="tangent",
        )
        .below(time * level, 1 + time * level, name="step")
        .apply("chain", "step", "tangent", name="growth")
        .apply(monotone, "growth", function=sp.Lambda(z, 1 / z), direction="decreasing", name="decay")
        .apply(
            combine,
            *("share", "factor", "decay"),
            left=share,
            right=ratio / (time * level),
            factors=(1, ratio, ratio),
            name="ceiling",
        )
        .at_most(0, share, name="floor")
        .apply(limit_of_reciprocal, variable=time, name="reciprocal")
        .apply(limit_of_function, "reciprocal", function=sp.Lambda(z, ratio * z / level), name="limit")
        .apply(squeeze, "floor", "ceiling", "limit", name="vanishes")
    )
