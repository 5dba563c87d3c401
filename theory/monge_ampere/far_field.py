"""Three atoms of the plane, far out across the side of two of them: which of the two wins.

    derive_third_share       r_k <= K exp(-q tau) up to tau_0, where f = <u, y_k> starts below -q - A tau_0
    derive_mass_stays        M(tau_0) <= Phi(c) + kappa K/q
    derive_side              so a(tau_0) <= -tau_0 D/4, where Phi(c) + kappa K/q <= M at that border
    derive_leads             and y_i leads both others by more than tau_0 D^2/8
    derive_far_field         so that y_i wins, where tau_0 D^2/8 is a trap (`trapping`)
    derive_border_mass       the mass at the border tends to p = w_i/(w_i + w_j) as tau_0 grows
    derive_drift_vanishes    kappa K/q -> 0 as the start R n + c e moves out

*The lemma:* for Phi(c) < p and all large R the flow from R n + c e ends at y_i. Choose tau_0 first, so large that the
mass at the border is above Phi(c) and that tau_0 D^2/8 is a trap; then R so large that q > 0 and kappa K/q is at most
the difference. Exchanging the names of y_i and y_j gives the other side: for Phi(c) > p the flow ends at y_j. So the
border of the two basins has the offset c_ij with Phi(c_ij) = w_i/(w_i + w_j), 0 for equal weights, in the sense that no
other c is a border far out; whether it is a curve does not matter. The conditions on tau_0 and R are explicit.

Coordinates, the mass M and the bounds kappa and K are those of `third_atom`; f is c s - R H at tau = 0. The flow is
compared with that of the two atoms by the mass M that the latter conserves, not by Gronwall's inequality: so the bound
has no exponential of tau_0^2.
"""

from functools import cache

import sympy as sp
from sympy import Expr, exp, sqrt

from ..derivation import Derivation
from ..rules import (
    combine,
    discharge,
    instance,
    integrate,
    inverse_monotone,
    limit_of_error_function,
    limit_of_function,
    limit_of_reciprocal,
    monotone,
)
from ..statement import ForAll, Statement, at_most, below, tends
from .notation import tau
from .third_atom import (
    across,
    along,
    depth,
    normal_mass,
    posterior_masses,
    separation,
    share,
    third_along,
    two_atom_mass,
    weights,
)
from .trapping import derive_trapped_wins, leads, level, other_shares, squared_distances, time, trap_time

offset = sp.Symbol("c", real=True)
distance = sp.Symbol("R", positive=True)
rate, constant = sp.symbols("q K", positive=True)
drift_bound, spread = sp.symbols("kappa A", nonnegative=True)
"""kappa = S/sqrt(2 pi) with S at least |s_k| + D/2, and A at least B + E."""
pull_bound, excess = sp.symbols("B E", real=True)
"""B is at least every <y_k, y_l>, and E = D^2/8 - |y_k|^2/2."""
third_square = sp.Symbol("N", positive=True)
"""|y_k|^2."""

_running = sp.Symbol("v", positive=True)
_path = sp.Function("a", real=True)
_pull = sp.Function("f", real=True)
_mass = sp.Function("mu", real=True)
_drift = sp.Function("delta", real=True)
_own_share = sp.Function("r_0", nonnegative=True)
_products = sp.symbols("beta_i beta_j beta_k", real=True)
"""<y_k, y_l> for the three atoms."""


def third_share_statement(ceiling: Expr) -> Statement:
    """State that r_k at tau is at most `ceiling`."""
    return at_most(other_shares[1](time), ceiling)


@cache
def derive_pull() -> Derivation:
    """Derive `f(tau) - f(0) <= B tau` for f = <u, y_k>: its velocity is an average of inner products."""
    everyone = (_own_share, *other_shares)
    velocity = sum((r(_running) * beta for r, beta in zip(everyone, _products, strict=True)), sp.S.Zero)
    total = sum((r(_running) for r in everyone), sp.S.Zero)
    started = (
        Derivation("The pull of the third atom")
        .assume(ForAll(_running, sp.Eq(_pull(_running).diff(_running), velocity)), name="flow")
        .assume(ForAll(_running, sp.Eq(total, 1)), name="total")
    )
    for beta in _products:
        started = started.assume(beta <= pull_bound, name=str(beta))
    return started.apply(
        combine,
        *("flow", "total", *map(str, _products)),
        left=_pull(_running).diff(_running),
        right=pull_bound,
        factors=(1, pull_bound, *(r(_running) for r in everyone)),
        name="velocity",
    ).apply(
        integrate,
        "velocity",
        variable=_running,
        lower=0,
        upper=time,
        left=_pull(_running),
        right=pull_bound * _running,
        name="pull",
    )


@cache
def derive_third_share() -> Derivation:
    """Derive `r_k <= K exp(-q tau)` for tau <= tau_0, where q <= -f(0) - A tau_0."""
    z = sp.Symbol("z", real=True)
    ceiling = constant * exp(time * _pull(time) + time**2 * excess)
    return (
        Derivation("Posterior weight of the third atom")
        .lemma(derive_pull(), name="pull")
        .assume(pull_bound + excess <= spread, name="spread")
        .assume(rate <= -_pull(0) - spread * trap_time, name="rate")
        .assume(time <= trap_time, name="before")
        .apply(
            combine,
            *("pull", "spread", "rate", "before"),
            left=time * _pull(time) + time**2 * excess,
            right=-rate * time,
            factors=(time, time**2, time, spread * time),
            name="exponent",
        )
        .apply(monotone, "exponent", function=sp.Lambda(z, exp(z)), name="factor")
        .assume(ForAll(time, other_shares[1](time) <= ceiling), name="ceiling")
        .apply(
            combine,
            *("ceiling", "factor"),
            left=other_shares[1](time),
            right=constant * exp(-rate * time),
            factors=(1, constant),
            name="third share",
        )
    )


def mass_statement(ceiling: Expr) -> Statement:
    """State that the mass at tau_0 is at most `ceiling`."""
    return at_most(_mass(trap_time), ceiling)


def mass_ceiling() -> Expr:
    """Return the bound of the mass at tau_0, where it starts as Phi(c): `Phi(c) + kappa K/q`."""
    return normal_mass(offset) + drift_bound * constant / rate


@cache
def derive_mass_stays() -> Derivation:
    """Derive `M(tau_0) <= Phi(c) + kappa K/q` along the flow of the three atoms."""
    third = other_shares[1](time)
    decay = constant * drift_bound * exp(-rate * time) / rate
    return (
        Derivation("The mass of the two atoms is nearly conserved")
        .lemma(derive_third_share(), name="third share")
        .assume(ForAll(time, sp.Eq(_mass(time).diff(time), _drift(time) * third)), name="drift")
        .assume(ForAll(time, _drift(time) <= drift_bound), name="bound")
        .apply(
            combine,
            *("drift", "bound", "third share"),
            left=_mass(time).diff(time),
            right=drift_bound * constant * exp(-rate * time),
            factors=(1, third, drift_bound),
            name="slope",
        )
        .apply(
            integrate, "slope", variable=time, lower=0, upper=trap_time, left=_mass(time), right=-decay, name="change"
        )
        .at_most(0, decay.subs(time, trap_time), name="rest")
        .assume(sp.Eq(_mass(0), normal_mass(offset)), name="start")
        .apply(
            combine,
            *("change", "rest", "start"),
            left=_mass(trap_time),
            right=mass_ceiling(),
            factors=(1, 1, 1),
            name="mass",
        )
    )


def side_statement(border: Expr) -> Statement:
    """State that a at tau_0 is at most `border`."""
    return at_most(_path(trap_time), border)


def _mass_at(place: Expr) -> Expr:
    return two_atom_mass().subs({along: place, tau: trap_time}, simultaneous=True)


@cache
def derive_side() -> Derivation:
    """Derive `a(tau_0) <= -tau_0 D/4`, where `Phi(c) + kappa K/q` is at most the mass at that border."""
    z, border = sp.Symbol("z", real=True), -trap_time * separation / 4
    return (
        Derivation("The side on which a point is at tau_0")
        .lemma(derive_mass_stays(), name="mass")
        .assume(sp.Eq(_mass(trap_time), _mass_at(_path(trap_time))), name="place")
        .assume(mass_ceiling() <= _mass_at(border), name="far enough out")
        .assume(share < 1, name="share")
        .apply(
            combine,
            *("place", "mass", "far enough out", "share"),
            left=_mass_at(_path(trap_time)),
            right=_mass_at(border),
            factors=(-1, 1, 1, 0),
            name="masses",
        )
        .apply(
            inverse_monotone,
            "masses",
            function=sp.Lambda(z, _mass_at(z)),
            left=_path(trap_time),
            right=border,
            name="side",
        )
    )


def _lead(which: int) -> sp.Lambda:
    """Return the lead of y_i over y_j or y_k, as a function of tau."""
    if which == 0:
        return sp.Lambda(time, -separation * _path(time))
    rest = time * (separation**2 / 4 - third_square) / 2
    return sp.Lambda(time, -separation * _path(time) / 2 - _pull(time) - rest)


def lead_residuals() -> dict[str, Expr]:
    """Return what is left over of the leads of y_i in the coordinates, by `<u, y_i - y> - tau (|y_i|^2 - |y|^2)/2`."""
    first, second, third = (sp.log(m).expand(force=True) for m in posterior_masses())
    pull, square = along * third_along - across * depth, third_along**2 + depth**2
    names = {_path(time): along, _pull(time): pull, third_square: square, time: tau}

    def stated(which: int) -> Expr:
        return _lead(which)(time).subs(names, simultaneous=True)

    ratios = [sp.log(w).expand(force=True) - sp.log(weights[0]) for w in weights[1:]]
    return {
        "over y_j": first - second + ratios[0] - tau * stated(0),
        "over y_k": first - third + ratios[1] - tau * stated(1),
    }


def trap_level() -> Expr:
    """Return the level of the trap, `tau_0 D^2/8`."""
    return trap_time * separation**2 / 8


def lead_statement(floor: Expr, which: int = 0) -> Statement:
    """State that the lead at tau_0 over y_j (`which` = 0) or y_k (`which` = 1) is above `floor`."""
    return below(floor, _lead(which)(trap_time))


@cache
def derive_leads(which: int = 0) -> Derivation:
    """Derive that y_i leads y_j (`which` = 0) or y_k (`which` = 1) by more than tau_0 D^2/8 at tau_0."""
    started = Derivation("The lead at tau_0").lemma(derive_side(), name="side")
    stated = lead_statement(trap_level(), which)
    if which == 0:
        return started.below(trap_level(), 2 * trap_level(), name="half").apply(
            combine, "side", "half", left=stated.left, right=stated.right, factors=(separation, 1), name="lead"
        )
    return (
        started.lemma(derive_pull(), name="every pull")
        .apply(instance, "every pull", values={time: trap_time}, name="pull")
        .assume(pull_bound + excess <= spread, name="spread")
        .assume(rate <= -_pull(0) - spread * trap_time, name="rate")
        .assume(sp.Eq(excess, separation**2 / 8 - third_square / 2), name="excess")
        .below(0, rate, name="positive rate")
        .apply(
            combine,
            *("side", "pull", "spread", "rate", "excess", "positive rate"),
            left=stated.left,
            right=stated.right,
            factors=(separation / 2, 1, trap_time, 1, -trap_time, 1),
            name="lead",
        )
    )


@cache
def derive_far_field(which: int = 0) -> Derivation:
    """Derive that the posterior weight of y_j (`which` = 0) or y_k (`which` = 1) tends to 0: y_i wins."""
    known = {level: trap_level(), squared_distances[0]: separation**2}
    found = Derivation("Which of two atoms wins far out across their side").lemma(
        derive_trapped_wins(which), name="trapped"
    )
    found = found.apply(
        instance,
        "trapped",
        values=known,
        functions=tuple(zip(leads, (_lead(0), _lead(1)), strict=True)),
        name="wins 0",
    )
    for j in range(2):
        assumed = lead_statement(trap_level(), j).canonical().as_hypothesis()
        found = found.lemma(derive_leads(j), name=f"lead {j}").apply(
            discharge, f"wins {j}", f"lead {j}", given=assumed, name=f"wins {j + 1}"
        )
    return found


def border_mass_statement(limit: Expr) -> Statement:
    """State that the mass at the border a = -tau_0 D/4 tends to `limit` as tau_0 grows."""
    return tends(_mass_at(-trap_time * separation / 4), trap_time, sp.oo, limit)


@cache
def derive_border_mass() -> Derivation:
    """Derive that the mass at the border tends to p: for Phi(c) < p it is above Phi(c) from some tau_0 on."""
    shares = sp.symbols("e_0 e_1", real=True)
    gaps = (separation / 4, 3 * separation / 4)
    total = share * (1 + shares[0]) / 2 + (1 - share) * (1 - shares[1]) / 2
    found = Derivation("Mass at the border")
    for k, gap in enumerate(gaps):
        found = found.apply(limit_of_error_function, variable=trap_time, scale=gap / sqrt(2), name=f"gap {k}")
    return found.apply(limit_of_function, "gap 0", "gap 1", function=sp.Lambda(shares, total), name="border mass")


def drift_statement(limit: Expr) -> Statement:
    """State that kappa K/q tends to `limit` as R grows, for q = R H - c s_k - A tau_0."""
    decay = distance * depth - offset * third_along - spread * trap_time
    return tends(drift_bound * constant / decay, distance, sp.oo, limit)


@cache
def derive_drift_vanishes() -> Derivation:
    """Derive `kappa K/q -> 0` as R tends to infinity."""
    z = sp.Symbol("z", real=True)
    ratio = drift_bound * constant * z / (depth - (offset * third_along + spread * trap_time) * z)
    return (
        Derivation("The drift of the mass vanishes far out")
        .apply(limit_of_reciprocal, variable=distance, name="reciprocal")
        .apply(limit_of_function, "reciprocal", function=sp.Lambda(z, ratio), name="drift")
    )
