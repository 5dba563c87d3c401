"""The Gaussian step is the minimum: by how much the objective of a step exceeds it at any other Gaussian law.

With V = l (x - c)^2/2, U = k x^2/2 (c_U = 1/2) and diffusion, J + W_2^2/(2 tau) at N(m_1, s_1^2), up to a constant, is

    objective         l ((m_1 - c)^2 + s_1^2)/2 + k s_1^2/2 - beta log s_1 + ((m_1 - m_0)^2 + (s_1 - s_0)^2)/(2 tau)

and where m and s solve the equations of the step (`step_equations`)

    derive_minimum    objective(m_1, s_1) >= objective(m, s) + quadratic_excess
    quadratic_excess  (1 + tau l) (m_1 - m)^2/(2 tau) + (1 + tau (l + k)) (s_1 - s)^2/(2 tau)

by the tangent of -log at s: the step is the only minimum under `gaussian.solvable`. Among other laws it is the minimum
too: at given mean and variance no law has less of the entropy's term than the Gaussian one, and none is nearer to
N(m_0, s_0^2), while V and U see mean and variance alone.

References: [jordan1998] for the scheme.
"""

from functools import cache

import sympy as sp
from sympy import Expr, log

from ..derivation import Derivation
from ..rules import combine, tangent_line
from ..statement import Statement, at_most
from .gaussian import GaussianLaw, total_stiffness
from .notation import attraction, beta, centre, confinement, mean, old_mean, old_scale, scale, tau

other_mean = sp.Symbol("m_1", real=True)
other_scale = sp.Symbol("s_1", positive=True)
"""Mean and scale of any Gaussian law that the step is compared with."""
_argument = sp.Symbol("r", positive=True)


def objective(law: GaussianLaw) -> Expr:
    """Return J + W_2^2/(2 tau) at a Gaussian law, up to a constant."""
    fields = confinement * ((law.mean - centre) ** 2 + law.scale**2) / 2 + attraction * law.scale**2 / 2
    moved = (law.mean - old_mean) ** 2 + (law.scale - old_scale) ** 2
    return fields - beta * log(law.scale) + moved / (2 * tau)


def step_equations(law: GaussianLaw) -> tuple[Expr, Expr]:
    """Return what vanishes at the step: `(1 + tau l) m - m_0 - tau l c`, `(1 + tau (l + k)) s^2 - s_0 s - beta tau`."""
    stiff, spread = 1 + tau * confinement, 1 + tau * total_stiffness()
    return (
        stiff * law.mean - old_mean - tau * confinement * centre,
        spread * law.scale**2 - old_scale * law.scale - beta * tau,
    )


def quadratic_excess() -> Expr:
    """Return `(1 + tau l) (m_1 - m)^2/(2 tau) + (1 + tau (l + k)) (s_1 - s)^2/(2 tau)`."""
    stiff, spread = 1 + tau * confinement, 1 + tau * total_stiffness()
    return (stiff * (other_mean - mean) ** 2 + spread * (other_scale - scale) ** 2) / (2 * tau)


def minimum_statement(claimed: Expr) -> Statement:
    """State that the objective of any Gaussian law is at least that of the step and `claimed`."""
    step, other = GaussianLaw(mean, scale), GaussianLaw(other_mean, other_scale)
    given = (sp.Eq(equation, 0) for equation in step_equations(step))
    return at_most(objective(step) + claimed, objective(other), given)


@cache
def derive_minimum() -> Derivation:
    """Derive that any Gaussian law exceeds the step by `quadratic_excess` at least: -log lies above its tangent."""
    stated = minimum_statement(quadratic_excess())
    of_mean, of_scale = step_equations(GaussianLaw(mean, scale))
    return (
        Derivation("The Gaussian step is the minimum")
        .assume(sp.Eq(of_mean, 0), name="mean of the step")
        .assume(sp.Eq(of_scale, 0), name="scale of the step")
        .apply(
            tangent_line,
            function=sp.Lambda(_argument, -beta * log(_argument)),
            point=other_scale,
            touching=scale,
            shape="convex",
            lower=sp.S.Zero,
            name="tangent",
        )
        .apply(
            combine,
            *("tangent", "mean of the step", "scale of the step"),
            left=stated.left,
            right=stated.right,
            factors=(1, -(other_mean - mean) / tau, -(other_scale - scale) / (tau * scale)),
            name="minimum",
        )
    )
