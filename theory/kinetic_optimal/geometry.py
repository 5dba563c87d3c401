"""The kinetic energy of a Gaussian path as the length of a curve in a flat cone, and its geodesics.

In polar coordinates the kinetic energy density per dimension is `r'^2 + r^2 h(theta)^2 theta'^2`, so the angle
`Theta = int_0^theta h` makes the metric flat and the kinetic-optimal path is a straight line between two points of the
unit circle at the angle Theta_m.

References: [shaul2023, abstract, (i) and (ii)]; the flat angle and the straight line are new here.
"""

from dataclasses import dataclass
from typing import final

from sympy import Derivative, Expr, Symbol, cos, pi, sin, tan

from .notation import (
    alpha,
    alpha_dot,
    angular_speed,
    error_integral,
    final_angle,
    flat_angle,
    r,
    r_dot,
    separation,
    sigma,
    sigma_dot,
    theta,
    theta_dot,
)


def kinetic_energy_density() -> Expr:
    """Return the kinetic energy density E|u|^2/d of a Gaussian path with a generic separation function.

    In the symbols alpha, sigma, alpha_dot, sigma_dot of `notation` and s = alpha/sigma:
    `alpha'^2 + sigma'^2 - (1 - lambda(s)) (sigma s')^2`. Derived in `derivations.derive_kinetic_energy`.
    Source: [shaul2023, abstract, (i)], with lambda identified as E|E[X1|X]|^2/d.
    """
    radial = alpha_dot - alpha * sigma_dot / sigma
    return alpha_dot**2 + sigma_dot**2 - (1 - separation(alpha / sigma)) * radial**2


def angular_speed_squared() -> Expr:
    """Return h^2 at theta: `1 - (1 + s^2)(1 - lambda(s))` with s = tan theta; it lies in [0, 1]."""
    return 1 - (1 + tan(theta) ** 2) * (1 - separation(tan(theta)))


def polar_energy_density() -> Expr:
    """Return the density in polar coordinates with a generic h: `r'^2 + r^2 h(theta)^2 theta'^2`."""
    return r_dot**2 + r**2 * angular_speed(theta) ** 2 * theta_dot**2


@final
@dataclass(frozen=True, slots=True)
class FlatMetric:
    """The flat form of the metric: Cartesian coordinates `x`, `y` in r and Theta, and Theta's derivative."""

    x: Expr
    y: Expr
    angle_derivative: Expr


def flat_metric() -> FlatMetric:
    """Return the coordinates in which the density is `x'^2 + y'^2`: a straight line is optimal there."""
    return FlatMetric(r * cos(flat_angle), r * sin(flat_angle), angular_speed(theta))


@final
@dataclass(frozen=True, slots=True)
class KineticOptimalOde:
    """Equations of motion of the kinetic-optimal path in polar coordinates, with a generic h.

    `symbols` is (r, theta, r_dot, theta_dot); the two accelerations are expressions in them, in h(theta) and its
    derivative; `angular_momentum` = r^2 h theta' and `energy` = r'^2 + r^2 h^2 theta'^2 are constant along
    solutions, with values sin Theta_m and 2 - 2 cos Theta_m; `first_order` is the signal-to-noise ratio's equation
    ds/dt with the first integral inserted.
    """

    symbols: tuple[Symbol, Symbol, Symbol, Symbol]
    radial_acceleration: Expr
    angular_acceleration: Expr
    angular_momentum: Expr
    energy: Expr
    first_order: Expr


def kinetic_optimal_ode() -> KineticOptimalOde:
    """Return the ODE of the kinetic-optimal path; `derivations.derive_kinetic_optimal_ode` decides every part of it.

    Source: [shaul2023, abstract, (ii)] says that a one-dimensional ODE exists; this form is restated.
    """
    h = angular_speed(theta)
    slope = Derivative(h, theta)
    return KineticOptimalOde(
        symbols=(r, theta, r_dot, theta_dot),
        radial_acceleration=r * h**2 * theta_dot**2,
        angular_acceleration=-2 * r_dot * theta_dot / r - slope / h * theta_dot**2,
        angular_momentum=r**2 * h * theta_dot,
        energy=polar_energy_density(),
        first_order=(1 + tan(theta) ** 2) * sin(final_angle) / (r**2 * h),
    )


@final
@dataclass(frozen=True, slots=True)
class StraightLine:
    """The kinetic-optimal path by its flat angle: time and radius at Theta in [0, Theta_m], and the energy."""

    time: Expr
    radius: Expr
    energy: Expr


def straight_line() -> StraightLine:
    """Return the kinetic-optimal path in closed form, for 0 < Theta_m <= pi/2."""
    chord = sin(flat_angle) + sin(final_angle - flat_angle)
    return StraightLine(
        time=sin(flat_angle) / chord,
        radius=sin(final_angle) / chord,
        energy=2 - 2 * cos(final_angle),
    )


def named_path_energies() -> dict[str, Expr]:
    """Return the kinetic energy per dimension of the named paths, in J = int_0^oo (1 - lambda) ds and Theta_m.

    `cond-ot`: alpha = t, sigma = 1 - t; `vp-cosine`: alpha = sin(pi t/2), sigma = cos(pi t/2); `constant-radius`: the
    best path with alpha^2 + sigma^2 = 1; `kinetic-optimal`: the straight line.
    """
    J = error_integral
    return {
        "cond-ot": 2 - J,
        "vp-cosine": pi**2 / 4 - pi / 2 * J,
        "constant-radius": final_angle**2,
        "kinetic-optimal": straight_line().energy,
    }
