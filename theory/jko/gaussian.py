"""JKO steps between Gaussian laws in closed form, for quadratic V and U (c_U = 1/2) and diffusion.

    gaussian_step         V = l (x - c)^2/2, U = k x^2/2: m = (m_0 + tau l c)/(1 + tau l), and s is the root above 0 of
                          (1 + tau (l + k)) s^2 - s_0 s - beta tau = 0                    one coordinate
    heat_step             s = (s_0 + sqrt(s_0^2 + 4 beta tau))/2                          l = k = 0
    fixed_scale           s^2 = beta/(l + k) is fixed for every tau: steps do not bias the stationary law
    plane_covariance      M^(-1/2) g(M^(-1/2) S_0 M^(-1/2)) M^(-1/2), M = 1 + tau (A + B), for matrices A, B of V and U
                          and g(kappa) = ((sqrt(kappa) + sqrt(kappa + 4 beta tau))/2)^2    whether or not they commute
    fokker_planck_law     mean and variance of the limit tau -> 0 at time t

The condition is tested on the affine optimal map y -> x = m_0 + (s_0/s)(y - m), so that it is affine in y. Where it
holds the law is the minimiser: along generalised geodesics with velocity v the entropy is convex and the rest has the
second derivative (l + 1/tau) |E v|^2 + (l + k + 1/tau) Var v, which is positive under `solvable`.

The matrix form. With T = M - tau beta S^(-1) the condition says x - m_0 = T (y - m); T is symmetric, the map is optimal
where T is positive, and T S T = S_0. With L = M^(1/2) and R = L S L this is R - 2 tau beta + (tau beta)^2 R^(-1) =
L^(-1) S_0 L^(-1): R is a function of the right side, the larger root of a quadratic equation, since T > 0 says
R > tau beta. `plane_residuals` decides T S T = S_0 for generic symmetric L and R in the plane; the products are the
same words in every dimension.

References: [jordan1998] for the scheme; the matrix form is derived here.
"""

from dataclasses import dataclass
from functools import cache
from typing import final

import sympy as sp
from sympy import Expr, diff, exp, sqrt

from ..derivation import Derivation
from ..statement import Statement, below
from .notation import attraction, beta, centre, confinement, mean, old_mean, old_scale, scale, t, tau, x, y


@final
@dataclass(frozen=True, slots=True)
class GaussianLaw:
    """Mean and standard deviation of one coordinate."""

    mean: Expr
    scale: Expr


def total_stiffness() -> Expr:
    """Return the stiffness that the spread of the law feels: `l + k`."""
    return confinement + attraction


def solvable() -> tuple[sp.Gt, sp.Gt]:
    """Return the conditions `1 + tau l > 0`, `1 + tau (l + k) > 0` under which a step has a minimiser."""
    return sp.Gt(1 + tau * confinement, 0), sp.Gt(1 + tau * total_stiffness(), 0)


def gaussian_step() -> GaussianLaw:
    """Return the law after one step from mean m_0 and scale s_0, in l, k, c, beta and tau."""
    stiff = 1 + tau * total_stiffness()
    root = sqrt(old_scale**2 + 4 * beta * tau * stiff)
    return GaussianLaw(
        mean=(old_mean + tau * confinement * centre) / (1 + tau * confinement),
        scale=(old_scale + root) / (2 * stiff),
    )


def condition(new: GaussianLaw) -> Expr:
    """Return the first-order condition at a point y of the law `new`, with the affine map back to the old law."""
    potential, pair = confinement * (x - centre) ** 2 / 2, attraction * x**2 / 2
    density = exp(-((x - new.mean) ** 2) / (2 * new.scale**2))
    origin = old_mean + old_scale / new.scale * (y - new.mean)
    at_y = {x: y}
    fields = diff(potential, x).subs(at_y) + diff(pair, x).subs(x, y - new.mean)
    return fields + beta * diff(density, x).subs(at_y) / density.subs(at_y) + (y - origin) / tau


def gaussian_step_residuals(claimed: GaussianLaw) -> dict[str, Expr]:
    """Return what the claimed law leaves over of the first-order condition at every point."""
    left = condition(claimed)
    return {"condition": left, "quadratic equation": _quadratic(claimed.scale)}


def _quadratic(root: Expr) -> Expr:
    return (1 + tau * total_stiffness()) * root**2 - old_scale * root - beta * tau


@cache
def derive_positive_root() -> Derivation:
    """Derive that the quadratic equation of s has one positive root: the claimed one, the other being negative."""
    stiff = 1 + tau * total_stiffness()
    other = old_scale / stiff - gaussian_step().scale
    return (
        Derivation("The scale after a step", solvable())
        .below(0, gaussian_step().scale, name="positive")
        .equal(_quadratic(other), 0, name="the other root")
        .below(other, 0, name="negative")
    )


def other_root_statement(ceiling: Expr) -> Statement:
    """State that the other root of the quadratic equation is below `ceiling`."""
    stiff = 1 + tau * total_stiffness()
    return below(old_scale / stiff - gaussian_step().scale, ceiling, solvable())


def heat_step() -> Expr:
    """Return the scale after one step of the heat flow: `(s_0 + sqrt(s_0^2 + 4 beta tau))/2`."""
    return (old_scale + sqrt(old_scale**2 + 4 * beta * tau)) / 2


def heat_step_residuals(claimed: Expr) -> dict[str, Expr]:
    """Return what `claimed` leaves over of the condition without V and U."""
    free = condition(GaussianLaw(old_mean, claimed)).subs({confinement: 0, attraction: 0})
    return {"condition": free}


def fixed_scale() -> Expr:
    """Return the scale that a step leaves unchanged, whatever tau: `sqrt(beta/(l + k))`."""
    return sqrt(beta / total_stiffness())


def fixed_scale_residuals(claimed: Expr) -> dict[str, Expr]:
    """Return what `claimed` leaves over of a fixed point of the step, and of the stationary law of the limit."""
    return {
        "fixed by a step": _quadratic(claimed).subs(old_scale, claimed),
        "stationary": scale_rate().subs(scale, claimed),
    }


def mean_rate() -> Expr:
    """Return the rate m' of the Fokker-Planck equation: `-l (m - c)`; U does not move the mean."""
    return -confinement * (mean - centre)


def scale_rate() -> Expr:
    """Return the rate s' of the Fokker-Planck equation: `-(l + k) s + beta/s`."""
    return -total_stiffness() * scale + beta / scale


def rate_residuals(claimed: GaussianLaw) -> dict[str, Expr]:
    """Return what claimed rates m', s' leave over of the Fokker-Planck equation of a Gaussian density at every x.

    The equation is `d_t rho = (rho (V' + (U * mu)' + beta (log rho)'))'`.
    """
    moving_mean, moving_scale = sp.Function("m", real=True)(t), sp.Function("s", positive=True)(t)
    density = exp(-((x - moving_mean) ** 2) / (2 * moving_scale**2)) / moving_scale
    drift = confinement * (x - centre) + attraction * (x - moving_mean) + beta * diff(density, x) / density
    rates = {moving_mean.diff(t): claimed.mean, moving_scale.diff(t): claimed.scale}
    still = {moving_mean: mean, moving_scale: scale}
    left = diff(density, t).xreplace(rates).xreplace(still)
    return {"Fokker-Planck equation": left - diff(density * drift, x).xreplace(still)}


def implicit_euler_residuals(new: GaussianLaw) -> dict[str, Expr]:
    """Return what a law leaves over of implicit Euler steps for m and s: a JKO step between Gaussians is exactly that.

    `m - m_0 = tau m'(m)` and `s - s_0 = tau s'(s)`.
    """
    return {
        "mean": new.mean - old_mean - tau * mean_rate().subs(mean, new.mean),
        "scale": new.scale - old_scale - tau * scale_rate().subs(scale, new.scale),
    }


def fokker_planck_law() -> GaussianLaw:
    """Return the law at time t of the limit tau -> 0, started at m_0 and s_0, for l + k different from 0."""
    stiffness = total_stiffness()
    variance = beta / stiffness + (old_scale**2 - beta / stiffness) * exp(-2 * stiffness * t)
    return GaussianLaw(mean=centre + (old_mean - centre) * exp(-confinement * t), scale=sqrt(variance))


def fokker_planck_law_residuals(claimed: GaussianLaw) -> dict[str, Expr]:
    """Return what the claimed law leaves over of the rates and of its start."""
    return {
        "mean": diff(claimed.mean, t) - mean_rate().subs(mean, claimed.mean),
        "variance": diff(claimed.scale**2, t) - 2 * (scale * scale_rate()).expand().subs(scale**2, claimed.scale**2),
        "first mean": claimed.mean.subs(t, 0) - old_mean,
        "first variance": (claimed.scale**2).subs(t, 0) - old_scale**2,
    }


eigenvalue = sp.Symbol("kappa", positive=True)
"""An eigenvalue of M^(-1/2) S_0 M^(-1/2)."""


def eigenvalue_step() -> Expr:
    """Return g of an eigenvalue kappa of M^(-1/2) S_0 M^(-1/2): `((sqrt(kappa) + sqrt(kappa + 4 beta tau))/2)^2`."""
    return ((sqrt(eigenvalue) + sqrt(eigenvalue + 4 * beta * tau)) / 2) ** 2


def eigenvalue_step_residuals(claimed: Expr) -> dict[str, Expr]:
    """Return what `claimed`, in kappa, leaves over of `r - 2 tau beta + (tau beta)^2/r = kappa`.

    Beside it, of the step in one coordinate, where kappa = s_0^2/(1 + tau (l + k)) and r = (1 + tau (l + k)) s^2.
    """
    stiff = sp.Symbol("M", positive=True)
    one = gaussian_step().scale.subs(total_stiffness(), (stiff - 1) / tau)
    return {
        "quadratic equation": claimed - 2 * tau * beta + (tau * beta) ** 2 / claimed - eigenvalue,
        "one coordinate": claimed.subs(eigenvalue, old_scale**2 / stiff) - stiff * one**2,
    }


@cache
def derive_optimal_root() -> Derivation:
    """Derive `tau beta < g(kappa)`: the map of the step has a positive Jacobian, L (1 - tau beta R^(-1)) L."""
    return Derivation("The step's map is optimal").below(tau * beta, eigenvalue_step(), name="positive")


def plane_covariance(root: sp.Matrix, spectrum: sp.Matrix) -> sp.Matrix:
    """Return the covariance after a step, `L^(-1) R L^(-1)`, for L = M^(1/2) and R = g(L^(-1) S_0 L^(-1))."""
    return root.inv() * spectrum * root.inv()


def plane_residuals(covariance: sp.Matrix, root: sp.Matrix, spectrum: sp.Matrix) -> dict[str, Expr]:
    """Return what a covariance leaves over of `T S T = S_0`, T = M - tau beta S^(-1), for the S_0 of L and R.

    **Arguments:** `root` is L and `spectrum` R, symmetric 2 x 2 matrices that need not commute.
    """
    stiff = root * root
    carried = stiff - tau * beta * covariance.inv()
    pulled = spectrum - 2 * tau * beta * sp.eye(2) + (tau * beta) ** 2 * spectrum.inv()
    start = root * pulled * root
    left = carried * covariance * carried - start
    names = {(0, 0): "first variance", (0, 1): "covariance", (1, 1): "second variance"}
    return {name: left[place] for place, name in names.items()} | {"symmetric": carried[0, 1] - carried[1, 0]}


def plane_matrices() -> tuple[sp.Matrix, sp.Matrix]:
    """Return generic symmetric matrices L and R of the plane."""
    return tuple(
        sp.Matrix([[a, b], [b, c]]) for a, b, c in (sp.symbols(f"{n}_11 {n}_12 {n}_22", real=True) for n in "LR")
    )
