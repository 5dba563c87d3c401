"""Data seen through Gaussian noise: information, error and their differential relations, derived in every dimension.

Notation: U_g = g X + sqrt(g) eps with data X in R^d and eps ~ N(0, I) independent of it; F(u, g) the log-partition
function of the posterior (see `theory.information`); v(g) = E|X - grad F(U_g)|^2/d the error per dimension; I(g) the
mutual information of X and U_g, in nats. Data are bounded, and no posterior is a point (v > 0).

    derive_generator             d/dg E f(U_g, g) = E[d_g f + <grad F, grad f> + Laplacian f/2]
    derive_information_slope     I' = d v/2
    derive_error_slope           v' = -E|Hess F|^2/d
    derive_riccati_inequality    v' <= -v^2
    derive_error_floor           v(t) >= 1/(1/v(g) - g + t) for 0 <= t <= g
    derive_information_ceiling   g v(g) <= 1 - exp(-2 I(g)/d)

References: Guo, Shamai, Verdu, "Mutual information and minimum mean-square error in Gaussian channels", 2005, for the
slopes; here everything follows from Gaussian integration by parts, the tower rule and Cauchy-Schwarz.
"""

from functools import cache

import sympy as sp

from .coordinates import IndexSum, coordinates, gradient_product, laplacian, point, trace_inequality
from .derivation import Derivation
from .expectation import (
    FieldMean,
    GradientMean,
    Inner,
    Mean,
    bilinearity,
    field_linearity,
    gaussian_integration_by_parts,
    gradient_linearity,
    independence,
    jensen,
    mean_of_fields,
    path_derivative,
    random_vector,
)
from .information import (
    MeanSquareError,
    MutualInformation,
    channel_information,
    information_of_nothing,
    log_partition_equation,
    mean_square_error,
    posterior_mean_is_gradient,
    posterior_second_moment,
)
from .rules import combine, differentiate, discharge, instance, integrate, monotone, ode_comparison, weaken
from .statement import ForAll

d = sp.Symbol("d", integer=True, positive=True)
g = sp.Symbol("g", positive=True)
t = sp.Symbol("t", positive=True)
"""An earlier signal-to-noise ratio, and the variable of integration."""
r = sp.Symbol("r", nonnegative=True)
"""A signal-to-noise ratio that may be 0."""
data = random_vector("X")
noise = random_vector("epsilon")
error = sp.Function("v", positive=True)
information = sp.Function("I", nonnegative=True)

_x = sp.Symbol("x")
_u = point("u")
_i, _j = coordinates("i j")
_F = sp.Function("F", real=True)
_channel = {"data": data, "noise": noise}


def channel_path(ratio: sp.Expr) -> sp.Expr:
    """Return U at a signal-to-noise ratio: `ratio X + sqrt(ratio) eps`."""
    return ratio * data + sp.sqrt(ratio) * noise


def error_definition() -> ForAll:
    """Return the condition that v is the mean square error per dimension."""
    return ForAll(t, sp.Eq(error(t), MeanSquareError(data, _F(_u, t), channel_path(t)) / d))


def information_definition() -> ForAll:
    """Return the condition that I is the mutual information of X and U."""
    return ForAll(r, sp.Eq(information(r), MutualInformation(data, channel_path(r))))


_U = channel_path(g)
_potential = _F(_u, g)
_free_energy = IndexSum(_potential, (), d)
_slope = _F(_u, _i, g).diff(_i)
_norm = IndexSum(_slope**2, (_i,), d)
_trace = IndexSum(_F(_u, _i, g).diff(_i, 2), (_i,), d)
_hessian = IndexSum(_F(_u, _i, _j, g).diff(_i, _j), (_i, _j), d)
_hessian_norm = IndexSum(_F(_u, _i, _j, g).diff(_i, _j) ** 2, (_i, _j), d)
_second_moment = Mean(Inner(data, data))


def generator(field: IndexSum) -> sp.Expr:
    """Return `d_g f + <grad F, grad f> + Laplacian f/2` for a field f(u, g)."""
    new = next(c for c in (_i, _j) if c not in field.args[1])
    return field.diff(g) + gradient_product(_free_energy, field, new) + laplacian(field, new) / 2


@cache
def derive_generator(field: IndexSum) -> Derivation:
    """Derive the slope of E f(U_g, g) for a field of at most one index: the expectation of its generator."""
    pulled = GradientMean(field, data + noise / (2 * sp.sqrt(g)), _U)
    averaged = FieldMean(generator(field), _U)
    return (
        Derivation("Generator of the Gaussian channel")
        .apply(path_derivative, field=field, path=_U, variable=g, data=data, name="chain rule")
        .apply(gradient_linearity, mean=pulled, name="split")
        .apply(gaussian_integration_by_parts, field=field, path=_U, **_channel, dimension=d, name="noise")
        .apply(posterior_mean_is_gradient, field=field, potential=_potential, path=_U, **_channel, name="signal")
        .apply(field_linearity, mean=averaged, name="collect")
        .apply(
            combine,
            *("chain rule", "split", "noise", "signal", "collect"),
            left=FieldMean(field, _U).diff(g),
            right=averaged,
            factors=(1, 1, 1 / (2 * sp.sqrt(g)), 1, -1),
            name="generator",
        )
    )


def _average(derivation: Derivation, left: sp.Expr, right: sp.Expr, name: str) -> Derivation:
    """Add: a field identity that holds by the equation for F, and its expectation, split into single fields."""
    return (
        derivation.apply("sum_over_indices", "equation", left=left, right=right, name=f"{name}, pointwise")
        .apply(mean_of_fields, f"{name}, pointwise", path=_U, name=f"{name}, averaged")
        .apply(field_linearity, mean=FieldMean(right, _U), name=f"{name}, split")
        .apply("chain", f"{name}, averaged", f"{name}, split", name=name)
    )


def _with_equation(title: str) -> Derivation:
    """Start a derivation with the equation for F."""
    equation = {"potential": _potential, "data": data, "dimension": d}
    return Derivation(title).apply(log_partition_equation, **equation, name="equation")


@cache
def derive_error() -> Derivation:
    """Derive `v = (E|X|^2 - E|grad F|^2)/d` from the definition of v as a mean square error."""
    common = {"potential": _potential, "path": _U}
    return (
        Derivation("Error per dimension")
        .assume(error_definition(), name="definition")
        .apply(instance, "definition", values={t: g}, name="v")
        .apply(mean_square_error, **common, data=data, dimension=d, name="expanded")
        .apply(posterior_mean_is_gradient, field=_free_energy, **common, **_channel, name="tower")
        .apply(
            combine,
            *("v", "expanded", "tower"),
            left=error(g),
            right=(_second_moment - FieldMean(_norm, _U)) / d,
            factors=(1, 1 / d, -2 / d),
            name="error",
        )
    )


@cache
def derive_information() -> Derivation:
    """Derive `I = g E|X|^2/2 - E F` from the definition of I as a mutual information."""
    likelihood = Mean(Inner(_U, data) - g * Inner(data, data) / 2)
    return (
        Derivation("Information through the log-partition function")
        .assume(information_definition(), name="definition")
        .apply(instance, "definition", values={r: g}, name="I")
        .apply(channel_information, potential=_potential, path=_U, **_channel, dimension=d, name="Bayes")
        .apply(bilinearity, mean=likelihood, name="bilinear")
        .apply(independence, vector=data, noise=noise, dimension=d, name="independent")
        .apply(
            combine,
            *("I", "Bayes", "bilinear", "independent"),
            left=information(g),
            right=g * _second_moment / 2 - FieldMean(_free_energy, _U),
            factors=(1, 1, 1, sp.sqrt(g)),
            name="information",
        )
    )


@cache
def derive_information_slope() -> Derivation:
    """Derive `I' = d v/2`: information grows at half the mean square error."""
    return (
        _with_equation("Slope of the information")
        .lemma(derive_information(), name="information")
        .apply(differentiate, "information", variable=g, name="slope")
        .lemma(derive_generator(_free_energy), name="generator")
        .apply("sum_over_indices", "equation", left=generator(_free_energy), right=_norm / 2, name="pointwise")
        .apply(mean_of_fields, "pointwise", path=_U, name="averaged")
        .apply(field_linearity, mean=FieldMean(_norm / 2, _U), name="split")
        .lemma(derive_error(), name="error")
        .apply(
            combine,
            *("slope", "generator", "averaged", "split", "error"),
            left=information(g).diff(g),
            right=d * error(g) / 2,
            factors=(1, -1, -1, -1, -d / 2),
            name="I-MMSE",
        )
    )


@cache
def derive_error_slope() -> Derivation:
    """Derive `v' = -E|Hess F|^2/d`: the error falls at the rate of the squared posterior covariance."""
    return (
        _with_equation("Slope of the error")
        .lemma(derive_error(), name="error")
        .apply(differentiate, "error", variable=g, name="slope")
        .lemma(derive_generator(_norm), name="generator")
        .apply("sum_over_indices", "equation", left=generator(_norm), right=_hessian_norm, name="pointwise")
        .apply(mean_of_fields, "pointwise", path=_U, name="averaged")
        .apply(
            combine,
            *("slope", "generator", "averaged"),
            left=error(g).diff(g),
            right=-FieldMean(_hessian_norm, _U) / d,
            factors=(1, -1 / d, -1 / d),
            name="error slope",
        )
    )


@cache
def derive_trace() -> Derivation:
    """Derive `v = E Laplacian F/d`: the error is the mean trace of the posterior covariance."""
    split = -2 * IndexSum(_potential.diff(g), (), d) - _norm
    return (
        _with_equation("Error as a trace")
        .apply("sum_over_indices", "equation", left=_trace, right=split, name="pointwise")
        .apply(mean_of_fields, "pointwise", path=_U, name="averaged")
        .apply(field_linearity, mean=FieldMean(split, _U), name="split")
        .apply(posterior_second_moment, potential=_potential, path=_U, **_channel, dimension=d, name="tower")
        .lemma(derive_error(), name="error")
        .apply(
            combine,
            *("error", "averaged", "split", "tower"),
            left=error(g),
            right=FieldMean(_trace, _U) / d,
            factors=(1, -1 / d, -1 / d, 2 / d),
            name="trace",
        )
    )


@cache
def derive_riccati_inequality() -> Derivation:
    """Derive `v' <= -v^2` by Cauchy-Schwarz for the trace and Jensen."""
    bound = d * _hessian_norm
    return (
        Derivation("Riccati inequality of the error")
        .lemma(derive_error_slope(), name="error slope")
        .lemma(derive_trace(), name="trace")
        .apply(trace_inequality, matrix=_hessian, name="Cauchy-Schwarz")
        .apply(mean_of_fields, "Cauchy-Schwarz", path=_U, name="averaged")
        .apply(field_linearity, mean=FieldMean(bound, _U), name="split")
        .apply(jensen, function=sp.Lambda(_x, _x**2), mean=FieldMean(_trace, _U), name="Jensen")
        .equal(error(g) ** 2, FieldMean(_trace, _U) ** 2 / d**2, using=("trace",), name="squared")
        .apply(
            combine,
            *("error slope", "squared", "Jensen", "averaged", "split"),
            left=error(g).diff(g),
            right=-(error(g) ** 2),
            factors=(1, 1, 1 / d**2, 1 / d**2, 1 / d**2),
            name="Riccati",
        )
    )


@cache
def derive_reciprocal_comparison() -> Derivation:
    """Derive `1/v(r) <= 1/v(g) - g + r` for 0 <= r <= g: 1/v grows at least as fast as the signal-to-noise ratio."""
    return (
        Derivation("Comparison with the Riccati equation")
        .lemma(derive_riccati_inequality(), name="Riccati")
        .apply(instance, "Riccati", values={g: t}, name="at t")
        .apply(combine, "at t", left=1, right=(1 / error(t)).diff(t), factors=(1 / error(t) ** 2,), name="reciprocal")
        .apply(
            ode_comparison,
            "reciprocal",
            variable=t,
            function=1 / error(t),
            solution=1 / error(g) - g + t,
            rate=sp.Lambda((sp.Symbol("tau"), sp.Symbol("y")), 1),
            anchor=g,
            end=0,
            side="before",
            at=r,
            name="comparison",
        )
    )


@cache
def derive_error_floor() -> Derivation:
    """Derive `v(r) >= 1/(1/v(g) - g + r)` for 0 <= r <= g."""
    return (
        Derivation("Floor of the error at less signal")
        .lemma(derive_reciprocal_comparison(), name="comparison")
        .apply(monotone, "comparison", function=sp.Lambda(_x, 1 / _x), direction="decreasing", name="floor")
    )


@cache
def derive_information_ceiling() -> Derivation:
    """Derive `g v(g) <= 1 - exp(-2 I(g)/d)`: the error is small where there is little to know."""
    reciprocal = 1 / error(g)
    ceiling = reciprocal - g + t
    room = sp.Gt(reciprocal - g, 0)
    return (
        Derivation("Error bounded by information")
        .lemma(derive_reciprocal_comparison(), name="comparison")
        .apply(instance, "comparison", values={r: 0}, name="without signal")
        .below(0, reciprocal - g, using=("without signal",), name="room")
        .lemma(derive_error_floor(), name="floor")
        .apply(instance, "floor", values={r: t}, name="floor at t")
        .lemma(derive_information_slope(), name="I-MMSE")
        .apply(instance, "I-MMSE", values={g: t}, name="slope at t")
        .apply(
            combine,
            *("floor at t", "slope at t"),
            left=d / (2 * ceiling),
            right=information(t).diff(t),
            factors=(d / 2, -1),
            name="slope",
        )
        .apply(weaken, "slope", hypotheses=(room,))
        .apply(integrate, -1, variable=t, lower=0, upper=g, left=d * sp.log(ceiling) / 2, right=information(t))
        .apply(discharge, -1, "room", given=room, name="integrated")
        .assume(information_definition(), name="definition of I")
        .apply(instance, "definition of I", values={r: 0}, name="I(0)")
        .apply(information_of_nothing, data=data, observation=0, name="nothing")
        .equal(
            sp.log(reciprocal) - sp.log(reciprocal - g),
            -sp.log(1 - g * error(g)),
            using=("room",),
            name="one logarithm",
        )
        .apply(
            combine,
            *("integrated", "I(0)", "nothing", "one logarithm", "room"),
            left=-sp.log(1 - g * error(g)),
            right=2 * information(g) / d,
            factors=(2 / d, -2 / d, -2 / d, -1, 0),
            name="logarithm",
        )
        .apply(
            monotone,
            *("logarithm", "room"),
            function=sp.Lambda(_x, sp.exp(-_x)),
            direction="decreasing",
            name="exponential",
        )
        .apply(
            combine,
            "exponential",
            left=g * error(g),
            right=1 - sp.exp(-2 * information(g) / d),
            factors=(1,),
            name="ceiling",
        )
    )
