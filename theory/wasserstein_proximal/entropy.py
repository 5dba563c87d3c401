"""Balances of entropy along the optimal flow: its kinetic energy, and what a start other than eta_0 costs.

Without drift and running cost eta solves the backward heat equation and etahat the forward one. H is the differential
entropy; densities, currents and their derivatives decay.

    derive_energy            int int |v|^2/2 eta = sigma^2 (int eta_T log eta_T - int eta_0 log eta_0)
                             for the normalised eta: kinetic energy = sigma^2 (H(eta_0) - H(eta_T))
    derive_dissipation       d/dt KL(rho|eta) = -(sigma^2/2) int rho |grad log(rho/eta)|^2, rho = eta etahat
    derive_data_processing   KL(rho_T|eta_T) <= KL(rho_0|eta_0), from any start rho_0

Under `scaled_cross_entropy` eta_T is the target pi: a model started at nu instead of eta_0 is no farther from pi than
nu was from eta_0. The first holds for the landed density rho = eta/Z under either terminal cost, since v and the
equation are those of eta.

References: [zhang2024, abstract]; data processing [villani2003, entropy along the heat flow].
"""

from functools import cache

import sympy as sp
from sympy import Expr

from ..action import balance_law, space_integral, space_time_integral
from ..derivation import Derivation
from ..rules import chain, combine, integrate
from ..statement import Statement, at_most, equal
from .cole_hopf import backward_factor, velocity_of
from .factorisation import forward_factor
from .gaussian import Noising, component_law, gaussian_potential
from .notation import TerminalCost, as_jets, dot, gradient, horizon, laplacian, places, scale, sigma, t, x


def _backward_heat(dimension: int) -> tuple[Expr, Expr]:
    eta = backward_factor(dimension)
    return eta, -(sigma**2) / 2 * laplacian(eta, dimension)


def _forward_heat(dimension: int) -> tuple[Expr, Expr]:
    etahat = forward_factor(dimension)
    return etahat, sigma**2 / 2 * laplacian(etahat, dimension)


def negative_entropy(dimension: int) -> Expr:
    """Return the density `sigma^2 eta log eta`, whose integral grows by the kinetic energy."""
    eta = backward_factor(dimension)
    return sigma**2 * eta * sp.log(eta)


def kinetic_density(dimension: int) -> Expr:
    """Return the density of the kinetic energy `|v|^2/2 eta` of the optimal velocity."""
    velocity = velocity_of(dimension)
    return dot(velocity, velocity) / 2 * backward_factor(dimension)


def energy_statement(factor: Expr, dimension: int) -> Statement:
    """State that `factor` times the kinetic energy is what `negative_entropy` gains from t = 0 to t = T."""
    total = space_integral(negative_entropy(dimension), places[:dimension])
    energy = space_time_integral(kinetic_density(dimension), places[:dimension], t, horizon)
    given = derive_energy(dimension).conclusion.hypotheses
    return equal(total.subs(t, horizon) - total.subs(t, 0), factor * energy, given)


@cache
def derive_energy(dimension: int) -> Derivation:
    """Derive that the kinetic energy is what `negative_entropy` gains."""
    eta, heat = _backward_heat(dimension)
    current = tuple(-(sigma**4) / 2 * (sp.log(eta) + 1) * part for part in gradient(eta, dimension))
    total = space_integral(negative_entropy(dimension), places[:dimension])
    return (
        Derivation(f"Kinetic energy and entropy, d = {dimension}")
        .apply(
            balance_law,
            density=negative_entropy(dimension),
            source=kinetic_density(dimension),
            currents=current,
            time=t,
            places=places[:dimension],
            evolutions=((eta, heat),),
            name="rate of the entropy",
        )
        .apply(integrate, "rate of the entropy", variable=t, lower=0, upper=horizon, left=total, name="energy")
    )


def energy_rate_residuals(claimed: Expr, dimension: int) -> dict[str, Expr]:
    """Return what a claimed kinetic density leaves over of `d_t (sigma^2 eta log eta) + div(current)`."""
    eta, heat = _backward_heat(dimension)
    outflow = sum(
        (sigma**4 / 2 * (sp.log(eta) + 1) * part).diff(place)
        for part, place in zip(gradient(eta, dimension), places, strict=False)
    )
    rate = negative_entropy(dimension).diff(t).subs(eta.diff(t), heat)
    return {f"d = {dimension}": as_jets((rate + outflow - claimed).doit())}


def gaussian_energy() -> Expr:
    """Return the kinetic energy of one coordinate for the target N(m, s^2): `(sigma^2/2) log((s^2 + sigma^2 T)/s^2)`.

    Under `scaled_cross_entropy`, from rho_0 = eta_0.
    """
    return sigma**2 / 2 * sp.log((scale**2 + sigma**2 * horizon) / scale**2)


def gaussian_energy_residuals(claimed: Expr) -> dict[str, Expr]:
    """Return what a claimed energy leaves over of the velocity's mean square, as a rate in T, and of T = 0.

    The rate in T is that at t = 0: a longer game is the shorter one with a start before it.
    """
    law = component_law(Noising.VARIANCE_EXPLODING)
    velocity = gaussian_potential(TerminalCost.SCALED_CROSS_ENTROPY).diff(x)
    slope = velocity.diff(x)
    rate = (slope**2 * law.variance / 2).subs(t, 0)
    return {"rate": claimed.diff(horizon) - rate, "starts at 0": claimed.subs(horizon, 0)}


def gaussian_entropy_drop() -> Expr:
    """Return sigma^2 (H(eta_0) - H(eta_T)) of one coordinate for N(m, s^2), from the entropies of normal laws."""
    variance = component_law(Noising.VARIANCE_EXPLODING).variance
    half = sp.Rational(1, 2)
    first, last = (half * sp.log(2 * sp.pi * sp.E * variance.subs(t, time)) for time in (0, horizon))
    return sigma**2 * (first - last)


def gaussian_share_residuals(claimed: Expr) -> dict[str, Expr]:
    """Return what a claimed share of the entropy's drop leaves over of the kinetic energy, for N(m, s^2)."""
    return {"normal target": claimed * gaussian_entropy_drop() - gaussian_energy()}


def relative_entropy(dimension: int) -> Expr:
    """Return the density `rho log(rho/eta)` of KL(rho|eta), for rho = eta etahat."""
    etahat = forward_factor(dimension)
    return backward_factor(dimension) * etahat * sp.log(etahat)


def dissipation(dimension: int) -> Expr:
    """Return the density `-(sigma^2/2) rho |grad log(rho/eta)|^2` at which the divergence changes."""
    etahat = forward_factor(dimension)
    slope = gradient(sp.log(etahat), dimension)
    return -(sigma**2) / 2 * backward_factor(dimension) * etahat * dot(slope, slope)


def _exchange(dimension: int) -> tuple[Expr, ...]:
    """Return the current `(sigma^2/2) (eta grad F - F grad eta)` with F = etahat log etahat."""
    eta, etahat = backward_factor(dimension), forward_factor(dimension)
    inner = etahat * sp.log(etahat)
    pairs = zip(gradient(inner, dimension), gradient(eta, dimension), strict=True)
    return tuple(sigma**2 / 2 * (eta * first - inner * second) for first, second in pairs)


def dissipation_residuals(claimed: Expr, dimension: int) -> dict[str, Expr]:
    """Return what a claimed dissipation leaves over of `d_t (rho log(rho/eta)) - div(current)`."""
    rates = {field.diff(t): rate for field, rate in (_backward_heat(dimension), _forward_heat(dimension))}
    known = relative_entropy(dimension).diff(t).xreplace(rates)
    inflow = sum(c.diff(place) for c, place in zip(_exchange(dimension), places, strict=False))
    return {f"d = {dimension}": as_jets((known - inflow - claimed).doit())}


@cache
def derive_dissipation(dimension: int) -> Derivation:
    """Derive that KL(rho|eta) changes at the rate of `dissipation`."""
    return Derivation(f"Dissipation of the divergence, d = {dimension}").apply(
        balance_law,
        density=relative_entropy(dimension),
        source=dissipation(dimension),
        currents=_exchange(dimension),
        time=t,
        places=places[:dimension],
        evolutions=(_backward_heat(dimension), _forward_heat(dimension)),
        name="dissipation",
    )


def divergences(dimension: int) -> tuple[Expr, Expr]:
    """Return KL(rho_0|eta_0) and KL(rho_T|eta_T) as integrals."""
    total = space_integral(relative_entropy(dimension), places[:dimension])
    return total.subs(t, 0), total.subs(t, horizon)


def data_processing_statement(factor: Expr, dimension: int) -> Statement:
    """State `KL(rho_T|eta_T) <= factor KL(rho_0|eta_0)`."""
    first, last = divergences(dimension)
    return at_most(last, factor * first, derive_data_processing(dimension).conclusion.hypotheses)


@cache
def derive_data_processing(dimension: int) -> Derivation:
    """Derive `KL(rho_T|eta_T) <= KL(rho_0|eta_0)`: the dissipation is nowhere positive, and is integrated."""
    first, last = divergences(dimension)
    total = space_integral(relative_entropy(dimension), places[:dimension])
    found = (
        Derivation(f"Data processing along the optimal flow, d = {dimension}")
        .lemma(derive_dissipation(dimension), name="dissipation")
        .at_most(dissipation(dimension), 0, name="nowhere positive")
    )
    name = "nowhere positive"
    for place in places[:dimension]:
        found = found.apply(
            integrate, name, variable=place, lower=-sp.oo, upper=sp.oo, right=sp.S.Zero, name=f"over {place}"
        )
        name = f"over {place}"
    return (
        found.apply(chain, "dissipation", name, name="falls")
        .apply(integrate, "falls", variable=t, lower=0, upper=horizon, left=total, right=sp.S.Zero, name="in time")
        .apply(combine, "in time", left=last, right=first, factors=(1,), name="data processing")
    )


def gaussian_contraction() -> Expr:
    """Return KL(rho_T|pi)/KL(nu|eta_0) for pi = N(m, s^2) and nu a shift of eta_0: `s^2/(s^2 + sigma^2 T)`."""
    return scale**2 / (scale**2 + sigma**2 * horizon)


def gaussian_contraction_residuals(claimed: Expr) -> dict[str, Expr]:
    """Return what a claimed ratio leaves over: the optimal flow moves a shift at the rate of the velocity's slope.

    KL between N(m + a, w) and N(m, w) is a^2/(2 w); rho_t is eta_t shifted by a(t), with a' = (slope of v) a.
    """
    law = component_law(Noising.VARIANCE_EXPLODING)
    slope = gaussian_potential(TerminalCost.SCALED_CROSS_ENTROPY).diff(x, 2)
    shift = law.variance
    before, after = (shift**2 / law.variance).subs(t, 0), (shift**2 / law.variance).subs(t, horizon)
    return {"shift": shift.diff(t) - slope * shift, "ratio": after / before - claimed}
