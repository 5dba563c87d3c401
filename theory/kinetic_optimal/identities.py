"""What a claimed formula of the kinetic-optimal system leaves over; a true one leaves exactly zero.

Each function takes the claimed expression, in the symbols of `notation`, and returns named residuals. General
dimension comes from product form: the Gaussian kernel is a product over coordinates, and every statement here is a
sum of one-coordinate statements. General data come from linearity: a statement that is affine in the posterior mean
(which is decided, too) and holds for one atom holds for every mixture of atoms.
"""

from sympy import Derivative, Expr, Function, Symbol, cos, diff, exp, pi, sin, sqrt, tan

from ..variation import Motion, euler_lagrange
from .geometry import FlatMetric, KineticOptimalOde, StraightLine, kinetic_energy_density
from .notation import (
    alpha,
    alpha_dot,
    angular_speed,
    error_integral,
    final_angle,
    flat_angle,
    flat_angle_dot,
    r,
    r_dot,
    s,
    separation,
    sigma,
    sigma_dot,
    t,
    theta,
    theta_dot,
)

x = Symbol("x", real=True)
posterior_mean = Symbol("xhat", real=True)
score = Symbol("score", real=True)
direction = Symbol("c", real=True)
data_schedule = Function("alpha", positive=True)
noise_schedule = Function("sigma", positive=True)


def _kernel(atom: Expr, a: Expr, b: Expr) -> Expr:
    """Return the density of a*atom + b*eps at x, without the constant 1/sqrt(2 pi)."""
    return exp(-((x - a * atom) ** 2) / (2 * b**2)) / b


def _mixture(a: Expr, b: Expr, count: int) -> tuple[Expr, Expr]:
    """Return density and first moment of a generic mixture of `count` atoms with generic weights."""
    atoms = [Symbol(f"y{i}", real=True) for i in range(count)]
    weights = [Symbol(f"w{i}", positive=True) for i in range(count)]
    terms = [w * _kernel(y, a, b) for w, y in zip(weights, atoms, strict=True)]
    return sum(terms), sum(y * term for y, term in zip(atoms, terms, strict=True))


def posterior_mean_formula() -> Expr:
    """Return E[X1 | X = x] in terms of the score d log p/dx: `(x + sigma^2 score)/alpha`."""
    return (x + sigma**2 * score) / alpha


def posterior_mean_residuals(claimed: Expr) -> dict[str, Expr]:
    """Return what `claimed`, in x, score, alpha, sigma, leaves over of the posterior mean."""
    y = Symbol("y", real=True)
    one = _kernel(y, alpha, sigma)
    density, moment = _mixture(alpha, sigma, 3)
    return {
        "one atom": claimed.subs(score, diff(one, x) / one) - y,
        "affine in the score": diff(claimed, score, 2),
        "three atoms": claimed.subs(score, diff(density, x) / density) - moment / density,
    }


def marginal_velocity_formula() -> Expr:
    """Return the velocity of the Gaussian path: `(sigma'/sigma) x + (alpha' - alpha sigma'/sigma) xhat`."""
    return sigma_dot / sigma * x + (alpha_dot - alpha * sigma_dot / sigma) * posterior_mean


def marginal_velocity_residuals(claimed: Expr) -> dict[str, Expr]:
    """Return what `claimed`, in x, xhat, alpha, sigma and their derivatives, leaves over of the continuity equation."""
    a, b = data_schedule(t), noise_schedule(t)
    along = {alpha_dot: diff(a, t), sigma_dot: diff(b, t), alpha: a, sigma: b}
    velocity = claimed.subs(along, simultaneous=True)
    y = Symbol("y", real=True)
    one = _kernel(y, a, b)
    density, moment = _mixture(a, b, 2)
    return {
        "one atom": diff(one, t) + diff(velocity.subs(posterior_mean, y) * one, x),
        "affine in the posterior mean": diff(claimed, posterior_mean, 2),
        "two atoms": diff(density, t) + diff(velocity.subs(posterior_mean, moment / density) * density, x),
    }


def polar_substitution() -> dict[Symbol, Expr]:
    """Return alpha, sigma and their derivatives in polar coordinates."""
    return {
        alpha: r * sin(theta),
        sigma: r * cos(theta),
        alpha_dot: r_dot * sin(theta) + r * cos(theta) * theta_dot,
        sigma_dot: r_dot * cos(theta) - r * sin(theta) * theta_dot,
    }


def polar_residuals(claimed: Expr) -> dict[str, Expr]:
    """Return what `claimed` = h^2, in theta and lambda(tan theta), leaves over of the energy density."""
    density = kinetic_energy_density().subs(polar_substitution(), simultaneous=True)
    return {"density": density - r_dot**2 - r**2 * claimed * theta_dot**2}


def flat_metric_residuals(claimed: FlatMetric) -> dict[str, Expr]:
    """Return what the claimed flat coordinates leave over of the polar density."""
    radius, angle = Function("r", positive=True)(t), Function("Theta", real=True)(t)
    along = {r: radius, flat_angle: angle}
    velocities = {
        Derivative(radius, t): r_dot,
        Derivative(angle, t): claimed.angle_derivative * theta_dot,
    }
    flat = diff(claimed.x.subs(along), t) ** 2 + diff(claimed.y.subs(along), t) ** 2
    polar = r_dot**2 + r**2 * angular_speed(theta) ** 2 * theta_dot**2
    return {"line element": flat.subs(velocities).subs({radius: r, angle: flat_angle}) - polar}


def euler_lagrange_residuals(claimed: KineticOptimalOde) -> dict[str, Expr]:
    """Return the Euler-Lagrange expressions in (alpha, sigma), with a generic lambda, on the claimed accelerations."""
    radius_squared = alpha**2 + sigma**2
    ratio = alpha / sigma
    h_squared = 1 - (1 + s**2) * (1 - separation(s))
    slope = ((1 + s**2) * diff(h_squared, s) / (2 * sqrt(h_squared))).subs(s, ratio)
    turning = (alpha_dot * sigma - alpha * sigma_dot) / radius_squared
    growth = (alpha * alpha_dot + sigma * sigma_dot) / sqrt(radius_squared)

    def in_schedules(expression: Expr) -> Expr:
        known = expression.subs(Derivative(angular_speed(theta), theta), slope)
        known = known.subs(angular_speed(theta), sqrt(h_squared.subs(s, ratio)))
        return known.subs({r: sqrt(radius_squared), r_dot: growth, theta_dot: turning})

    radial = in_schedules(claimed.radial_acceleration / r - theta_dot**2)
    angular = in_schedules(claimed.angular_acceleration + 2 * r_dot * theta_dot / r)
    accelerations = (radial * alpha + angular * sigma, radial * sigma - angular * alpha)
    second = (Symbol("alpha_ddot", real=True), Symbol("sigma_ddot", real=True))
    motion = Motion(t, (alpha, sigma), (alpha_dot, sigma_dot), second)
    equations = euler_lagrange(kinetic_energy_density(), motion)
    return {
        f"equation of {coordinate}": equation.subs(dict(zip(motion.accelerations, accelerations, strict=True)))
        for coordinate, equation in zip(motion.coordinates, equations, strict=True)
    }


def rate_along(expression: Expr, motion: KineticOptimalOde) -> Expr:
    """Return the time derivative of an expression in (r, theta, r', theta') along the claimed motion."""
    radius, angle, radial, angular = motion.symbols
    return (
        diff(expression, radius) * radial
        + diff(expression, angle) * angular
        + diff(expression, radial) * motion.radial_acceleration
        + diff(expression, angular) * motion.angular_acceleration
    )


def first_integral_residuals(claimed: KineticOptimalOde) -> dict[str, Expr]:
    """Return what the claimed equations of motion leave over of their first integrals and of the first-order ODE."""
    h = angular_speed(theta)
    rate = sin(final_angle) / (r**2 * h)
    s_rate = (1 + tan(theta) ** 2) * theta_dot
    return {
        "angular momentum is constant": rate_along(claimed.angular_momentum, claimed),
        "energy is constant": rate_along(claimed.energy, claimed),
        "first-order equation": s_rate.subs(theta_dot, rate) - claimed.first_order,
        "its angular momentum is sin Theta_m": claimed.angular_momentum.subs(theta_dot, rate) - sin(final_angle),
    }


def straight_line_residuals(claimed: StraightLine) -> dict[str, Expr]:
    """Return what the claimed path leaves over of the straight line from (1, 0) to (cos Theta_m, sin Theta_m)."""
    end_x, end_y = cos(final_angle), sin(final_angle)
    speed = 1 / diff(claimed.time, flat_angle)
    here_x, here_y = claimed.radius * cos(flat_angle), claimed.radius * sin(flat_angle)
    return {
        "x": here_x - (1 - claimed.time + claimed.time * end_x),
        "y": here_y - claimed.time * end_y,
        "starts at time 0": claimed.time.subs(flat_angle, 0),
        "arrives at time 1": claimed.time.subs(flat_angle, final_angle) - 1,
        "energy": (diff(here_x, flat_angle) * speed) ** 2 + (diff(here_y, flat_angle) * speed) ** 2 - claimed.energy,
    }


def angle_acceleration_formula() -> Expr:
    """Return Theta'' on the straight line whose nearest point to the origin lies in direction c."""
    return -2 * tan(flat_angle - direction) * flat_angle_dot**2


def angle_equation_residuals(claimed: Expr) -> dict[str, Expr]:
    """Return what `claimed` = Theta'' leaves over on the straight line at distance p from the origin, direction c.

    A straight line in polar coordinates is r = p sec(Theta - c) with r^2 Theta' constant; `claimed` is an expression in
    Theta, Theta' and c. The Schwarzian derivative, which knows no constant, is decided beside it.
    """
    momentum, distance = Symbol("ell", positive=True), Symbol("p", positive=True)
    rate = momentum * cos(flat_angle - direction) ** 2 / distance**2
    second = diff(rate, flat_angle) * rate
    third = diff(second, flat_angle) * rate
    return {
        "second-order equation": second - claimed.subs(flat_angle_dot, rate),
        "Schwarzian": third / rate - (second / rate) ** 2 * 3 / 2 + 2 * rate**2,
    }


def named_path_residuals(claimed: dict[str, Expr]) -> dict[str, Expr]:
    """Return what the claimed energies of Cond-OT and of the variance-preserving cosine path leave over.

    With ds = s' dt, the separation term is int (1 - lambda) w(s) ds with weight w = (sigma s')^2/s': a constant for
    both paths, so that it is w J; what remains is int (alpha'^2 + sigma'^2) dt, whose integrand is constant, too.
    """
    paths = {
        "cond-ot": (t, 1 - t),
        "vp-cosine": (sin(pi * t / 2), cos(pi * t / 2)),
    }
    residuals: dict[str, Expr] = {}
    for name, (a, b) in paths.items():
        signal_rate = diff(a / b, t)
        weight = -diff(claimed[name], error_integral)
        constant = claimed[name].subs(error_integral, 0)
        residuals[f"{name}: separation weight"] = (b * signal_rate) ** 2 / signal_rate - weight
        residuals[f"{name}: remainder"] = diff(a, t) ** 2 + diff(b, t) ** 2 - constant
        residuals[f"{name}: linear in J"] = diff(claimed[name], error_integral, 2)
    residuals["constant-radius: square of its length"] = claimed["constant-radius"] - final_angle**2
    chord = (cos(final_angle) - 1) ** 2 + sin(final_angle) ** 2
    residuals["kinetic-optimal: square of the chord"] = claimed["kinetic-optimal"] - chord
    return residuals


def cond_ot_defect_formula() -> Expr:
    """Return by how much Cond-OT fails the radial equation of motion, over r theta'^2: `(1 + s^2)(1 - lambda(s))`."""
    return (1 + tan(theta) ** 2) * (1 - separation(tan(theta)))


def cond_ot_defect_residuals(claimed: Expr) -> dict[str, Expr]:
    """Return what `claimed` leaves over of `(r'' - r h^2 theta'^2)/(r theta'^2)` on the line alpha + sigma = 1."""
    radius = 1 / (sin(theta) + cos(theta))
    rate = sin(theta) + cos(theta)
    rate = rate**2
    second = diff(diff(radius, theta) * rate, theta) * rate
    h_squared = 1 - (1 + tan(theta) ** 2) * (1 - separation(tan(theta)))
    return {
        "uniform in time": diff(radius * sin(theta), theta) * rate - 1,
        "radial equation": (second - radius * h_squared * rate**2) / (radius * rate**2) - claimed,
        "posterior variance is a sum over pairs of atoms": _variance_beyond_pairs(),
    }


def _variance_beyond_pairs() -> Expr:
    """Return the posterior variance of three atoms less the sum over pairs of `W_i W_j (y_i - y_j)^2`.

    Posterior weights W_i are positive, so two atoms that differ make the variance positive at every x: lambda < 1.
    """
    weights = [Symbol(f"w{i}", positive=True) for i in range(3)]
    atoms = [Symbol(f"y{i}", real=True) for i in range(3)]
    total = sum(weights)
    mean = sum(w * y for w, y in zip(weights, atoms, strict=True)) / total
    variance = sum(w * (y - mean) ** 2 for w, y in zip(weights, atoms, strict=True)) / total
    pairs = ((i, j) for i in range(3) for j in range(i))
    return variance - sum(weights[i] * weights[j] * (atoms[i] - atoms[j]) ** 2 for i, j in pairs) / total**2
