"""The first-order condition of a JKO step in every dimension, tested along a vector field H = psi(Y) grad chi(Y).

    derive_internal_variation      d/de int F(rho_e) = E<grad F'(rho)(Y), H>, for every F
    derive_transport_variation     W_2(Y + e H, X)^2 <= E|Y - X|^2 + 2 e E<Y - X, H> + e^2 E|H|^2
    derive_first_order_condition   E<grad V(Y) + c_U grad (U * mu + U^- * mu)(Y) + beta grad log rho(Y), H>
                                       + E<Y - X, H>/tau = 0
    derive_pointwise_condition     d_i (V + c_U (U * mu + U^- * mu) + beta log rho + kappa/tau) = 0 at every point

X has the law before the step, Y the law mu after it, with density rho, and (X, Y) is an optimal coupling. Every smooth
field of compact support is a sum of d fields psi grad chi, so the condition says that

    grad V(y) + c_U grad (U * mu + U^- * mu)(y) + beta grad log rho(y) + (y - E[X | Y = y])/tau = 0

for mu-almost all y. If mu has a density x is a function of y, the optimal map y - grad kappa(y), and for a smooth kappa
the condition holds at every point. The term of U is 2 c_U grad U * mu for even U: grad U * mu with c_U = 1/2, and twice
that with c_U = 1, so that a fit of the condition with grad U * mu returns 2 U then. For general U only the even part
(U + U^-)/2 acts.

The minimiser is not assumed to be smooth in e: W_2^2 is bounded by the cost of the coupling that is carried along,
which is smooth and equal to it at e = 0.

References: [terpin2024] for the condition, [jordan1998] for the argument.
"""

from functools import cache

import sympy as sp
from sympy import Expr

from ..coordinates import IndexSum, coordinates, divergence_theorem, point, reveal, sum_over_indices
from ..derivation import Derivation
from ..displacement import (
    ForEveryLaw,
    InteractionEnergy,
    InternalEnergy,
    TestField,
    displaced_interaction,
    displaced_internal_energy,
    displaced_law,
    displaced_potential,
    minimum_is_stationary,
    rate_at_rest,
)
from ..expectation import FieldMean, GradientMean, Inner, Mean, bilinearity, random_vector
from ..field_work import along_test_field, integral_of_fields, mean_by_density, vanishing_work, work_of_gradient
from ..rules import combine
from ..statement import Statement, at_most, equal
from ..transport import Wasserstein, coupling_bound
from .notation import beta, constant, dimension, exponent, tau

old = random_vector("X")
new = random_vector("Y")
shift = random_vector("H")
_law = random_vector("Z")
_e = sp.Symbol("e", real=True)
_u = point("u")
_weight, _along = (sp.Function(name, real=True)(_u) for name in ("psi", "chi"))
density = sp.Function("rho", positive=True)(_u)
potential, interaction, _mirror, convolved, mirrored_convolved = (
    sp.Function(name, real=True)(_u) for name in ("V", "U", "R", "W", "M")
)
"""V, U, U^-, U * mu and U^- * mu, as fields at a point u."""
_test = TestField(shift, _weight, _along, new)
_value = sp.Symbol("r", positive=True)


def entropy() -> sp.Lambda:
    """Return the internal energy of diffusion as a function of the density: `beta r log r`."""
    return sp.Lambda(_value, beta * _value * sp.log(_value))


def porous_medium() -> sp.Lambda:
    """Return the internal energy of the porous medium as a function of the density: `r^p/(p - 1)`."""
    return sp.Lambda(_value, _value**exponent / (exponent - 1))


def any_internal_energy() -> sp.Lambda:
    """Return a generic internal energy `F(r)`."""
    return sp.Lambda(_value, sp.Function("F", real=True)(_value))


def pressure(function: sp.Lambda) -> sp.Lambda:
    """Return the pressure `r F'(r) - F(r)` of an internal energy F: `beta r` for diffusion, `r^p` for the medium."""
    (value,) = function.variables
    return sp.Lambda(value, sp.factor(sp.expand(value * function(value).diff(value) - function(value))))


def chemical_potential(function: sp.Lambda) -> Expr:
    """Return the first variation `F'(rho)` of an internal energy, as a field and up to a constant.

    It is `beta log rho` for the entropy and `p rho^(p - 1)/(p - 1)` for the porous medium.
    """
    (value,) = function.variables
    slope = sp.powsimp(function(value).diff(value))
    return slope.subs(value, density).doit().as_independent(density, as_Add=True)[1]


def force(field: Expr) -> Expr:
    """Return the work E<grad f(Y), H> of a field's gradient."""
    return GradientMean(IndexSum(field, (), dimension), shift, new)


def displacement_work() -> Expr:
    """Return E<Y - X, H>, expanded."""
    return Mean(Inner(new, shift)) - Mean(Inner(old, shift))


def internal_variation_statement(field: Expr, function: sp.Lambda | None = None) -> Statement:
    """State that the internal energy (the entropy unless given) changes by E<grad field(Y), H>."""
    energy = InternalEnergy(entropy() if function is None else function, _test.displaced(_e))
    return equal(rate_at_rest(energy, _e), force(field), _internal_conditions())


def _internal_conditions() -> tuple[sp.Basic, ...]:
    return tuple(derive_internal_variation(entropy()).conclusion.hypotheses)


@cache
def derive_internal_variation(function: sp.Lambda) -> Derivation:
    """Derive `d/de int F(rho_e) = E<grad F'(rho)(Y), H>` at e = 0.

    The divergence theorem takes the derivative off the test field: -int P(rho) div h = int <grad P(rho), h>, and
    grad P(rho) = rho grad F'(rho).
    """
    (i,) = coordinates("i")
    weight, along, rho = (reveal(field, i) for field in (_weight, _along, density))
    squeezed = pressure(function)(rho)

    def summed(summand: Expr) -> IndexSum:
        return IndexSum(summand, (i,), dimension)

    flux = squeezed * along.diff(i)
    field = IndexSum(chemical_potential(function), (), dimension)
    work = _test.component(i) * reveal(chemical_potential(function), i).diff(i)
    volume = summed(squeezed * (weight.diff(i) * along.diff(i) + weight * along.diff(i, 2)))
    return (
        Derivation("First variation of an internal energy")
        .apply(
            displaced_internal_energy,
            function=function,
            pressure=pressure(function),
            density=density,
            test=_test,
            parameter=_e,
            dimension=dimension,
            name="volume",
        )
        .apply(divergence_theorem, test=_weight, flux=summed(flux), name="divergence theorem")
        .apply(
            sum_over_indices,
            left=volume + summed(work * rho),
            right=summed(weight.diff(i) * flux) + summed(weight * flux.diff(i)),
            name="product rule",
        )
        .apply(integral_of_fields, "product rule", test=_weight, name="integrated")
        .apply(mean_by_density, field=summed(work), density=density, vector=new, name="mean")
        .apply(along_test_field, field=field, test=_test, name="work")
        .apply(
            combine,
            *("volume", "divergence theorem", "integrated", "mean", "work"),
            left=rate_at_rest(InternalEnergy(function, _test.displaced(_e)), _e),
            right=force(chemical_potential(function)),
            factors=(1, -1, -1, -1, -1),
            name="internal energy",
        )
    )


def _cost(vector: Expr) -> Expr:
    return Mean(Inner(vector - old, vector - old))


def transport_variation() -> Expr:
    """Return the cost of the coupling that is carried along: `E|Y - X|^2 + 2 e E<Y - X, H> + e^2 E|H|^2`."""
    return _cost(new) + 2 * _e * displacement_work() + _e**2 * Mean(Inner(shift, shift))


def transport_variation_statement(ceiling: Expr) -> Statement:
    """State that `W_2(Y + e H, X)^2` is at most `ceiling`."""
    return at_most(Wasserstein(_test.displaced(_e), old) ** 2, ceiling)


@cache
def derive_transport_variation() -> Derivation:
    """Derive that the squared distance is at most the cost of the coupling that is carried along."""
    moved = _test.displaced(_e)
    return (
        Derivation("First variation of the squared distance")
        .apply(coupling_bound, first=moved, second=old, name="carried coupling")
        .apply(bilinearity, mean=_cost(moved), name="its cost")
        .apply(bilinearity, mean=_cost(new), name="cost at rest")
        .apply(
            combine,
            *("carried coupling", "its cost", "cost at rest"),
            left=Wasserstein(moved, old) ** 2,
            right=transport_variation(),
            factors=(1, 1, -1),
            name="ceiling",
        )
    )


def _energy(law: Expr, function: sp.Lambda) -> Expr:
    potential_energy = FieldMean(IndexSum(potential, (), dimension), law)
    return potential_energy + constant * InteractionEnergy(interaction, law) + InternalEnergy(function, law)


def _movement(law: Expr, function: sp.Lambda) -> Expr:
    """Return what the step minimises, as a function of the law of a random vector."""
    return _energy(law, function) + Wasserstein(law, old) ** 2 / (2 * tau)


def interaction_force(even: bool) -> Expr:
    """Return the work of the interaction: `2 c_U E<grad U * mu, H>`, or `c_U E<grad (U * mu + U^- * mu), H>`."""
    if even:
        return 2 * constant * force(convolved)
    return constant * (force(convolved) + force(mirrored_convolved))


def first_order_condition(even: bool = True, function: sp.Lambda | None = None) -> Expr:
    """Return the left side of the condition along a test field: what vanishes at a JKO step.

    **Arguments:** `even` says that U is even; `function` is the internal energy, that of diffusion unless given.
    """
    energy = entropy() if function is None else function
    return force(potential) + interaction_force(even) + force(chemical_potential(energy)) + displacement_work() / tau


@cache
def derive_first_order_condition(even: bool = True, function: sp.Lambda | None = None) -> Derivation:
    """Derive that `first_order_condition` is 0 where Y has the law that minimises J + W_2(., X)^2/(2 tau)."""
    energy = entropy() if function is None else function
    moved = _test.displaced(_e)
    mirrored, mirrored_field = (interaction, convolved) if even else (_mirror, mirrored_convolved)
    minimal = ForEveryLaw(_law, sp.Le(_movement(new, energy), _movement(_law, energy), evaluate=False))
    return (
        Derivation("First-order condition of a JKO step")
        .apply(displaced_law, given=minimal, test=_test, parameter=_e, name="minimal")
        .lemma(derive_transport_variation(), name="distance")
        .assume(sp.Eq(Wasserstein(new, old) ** 2, _cost(new)), name="optimal coupling")
        .apply(
            combine,
            *("minimal", "distance", "optimal coupling"),
            left=_energy(new, energy) + _cost(new) / (2 * tau),
            right=_energy(moved, energy) + transport_variation() / (2 * tau),
            factors=(1, 1 / (2 * tau), 1 / (2 * tau)),
            name="smooth in e",
        )
        .apply(
            displaced_potential, field=IndexSum(potential, (), dimension), test=_test, parameter=_e, name="potential"
        )
        .apply(
            displaced_interaction,
            potential=interaction,
            mirrored=mirrored,
            convolved=convolved,
            mirrored_convolved=mirrored_field,
            test=_test,
            parameter=_e,
            dimension=dimension,
            name="interaction",
        )
        .lemma(derive_internal_variation(energy), name="internal energy")
        .apply(
            minimum_is_stationary,
            *("smooth in e", "potential", "interaction", "internal energy"),
            parameter=_e,
            name="stationary",
        )
        .apply(combine, "stationary", left=first_order_condition(even, energy), right=0, factors=(1,), name="condition")
    )


def first_order_statement(claimed: Expr, even: bool = True, function: sp.Lambda | None = None) -> Statement:
    """State that `claimed` vanishes at a JKO step."""
    return equal(claimed, 0, derive_first_order_condition(even, function).conclusion.hypotheses)


kantorovich = sp.Function("kappa", real=True)(_u)
"""The field whose gradient the optimal map displaces by: Y - X = grad kappa(Y)."""
(coordinate,) = coordinates("i")


def pointwise_condition(even: bool = True, function: sp.Lambda | None = None) -> Expr:
    """Return one coordinate of the condition at a point: `d_i (V + 2 c_U U * mu + beta log rho + kappa/tau)`."""
    energy = entropy() if function is None else function
    pairs = 2 * constant * convolved if even else constant * (convolved + mirrored_convolved)
    total = potential + pairs + chemical_potential(energy) + kantorovich / tau
    return reveal(total, coordinate).diff(coordinate)


@cache
def derive_pointwise_condition(even: bool = True, function: sp.Lambda | None = None) -> Derivation:
    """Derive that `pointwise_condition` is 0 at every point, in every dimension.

    The optimal map is y -> y - grad kappa(y) for a smooth kappa (Brenier's theorem, which is cited by the condition on
    Y - X). A gradient that does no work along any test field vanishes.
    """
    energy = entropy() if function is None else function
    works = first_order_condition(even, function) - displacement_work() / tau + force(kantorovich) / tau
    return (
        Derivation("First-order condition of a JKO step at a point")
        .lemma(derive_first_order_condition(even, function), name="weak")
        .apply(bilinearity, mean=Mean(Inner(new - old, shift)), name="displacement")
        .apply(
            work_of_gradient, vector=new - old, field=kantorovich, test=_test, dimension=dimension, name="optimal map"
        )
        .apply(
            combine,
            *("weak", "displacement", "optimal map"),
            left=works,
            right=0,
            factors=(1, 1 / tau, -1 / tau),
            name="work of one gradient",
        )
        .apply(vanishing_work, "work of one gradient", test=_test, density=density, index=coordinate, name="gradient")
        .apply(combine, "gradient", left=pointwise_condition(even, energy), right=0, factors=(1,), name="condition")
    )


def pointwise_statement(claimed: Expr, even: bool = True, function: sp.Lambda | None = None) -> Statement:
    """State that `claimed` vanishes at every point."""
    return equal(claimed, 0, derive_pointwise_condition(even, function).conclusion.hypotheses)
