"""JKO steps on the line: mu_(k+1) minimises J(mu) + W_2(mu, mu_k)^2/(2 tau).

In the map T from a reference law W_2 is the distance in L^2, so that a step is a proximal step of `proximal`. It is a
contraction in W_2 of factor 1/(1 + lambda tau), lambda the least curvature of V and U: by as much it carries on the
error of the law before. Every trajectory is computed twice, on the grid and on the refined one; their distance is the
error of space.

References: [terpin2024] for the scheme.
"""

from .energy import Energy
from .proximal import solve_proximal
from .quantile_grid import QuantileLaw, map_distance


def jko_step_quantiles(law: QuantileLaw, energy: Energy, tau: float) -> QuantileLaw:
    """Compute the minimiser of J(mu) + W_2^2(mu, law)/(2 tau) on the line.

    **Arguments:** `energy` is one of R^1 with smooth V and U; `tau` > 0.

    **Returns:** a law on the same grid. Its `error` adds the distance to the step on the refined grid, what Newton has
    left, and the error of `law` as the step carries it.

    **Raises:** `ValueError` for an energy in another dimension or a step that is not positive; `SolveFailed` if the
    energy is not convex at this step or no minimiser is found.
    """
    return jko_flow_quantiles(law, energy, tau, 1)[1]


def jko_flow_quantiles(law: QuantileLaw, energy: Energy, tau: float, steps: int) -> tuple[QuantileLaw, ...]:
    """Compute `steps` JKO steps of length `tau` from `law`; the first of the steps + 1 laws is `law` itself.

    Arguments and errors raised are those of `jko_step_quantiles`. The error of each law is its distance to the same
    trajectory on the refined grid, plus what Newton's method and the error of the first law amount to.
    """
    if energy.dimension != 1:
        raise ValueError(f"quantiles are for the line, not for an energy in d = {energy.dimension}")
    if not 0 < tau < float("inf"):
        raise ValueError(f"the step must be positive and finite, not {tau}")
    if steps < 0:
        raise ValueError(f"the number of steps must not be negative: {steps}")
    fine = law.grid.refined()
    coarse_now = law.coefficients
    fine_now = fine.fit(law(fine.nodes))
    laws, carried = [law], law.error
    for _ in range(steps):
        coarse_point = solve_proximal(law.grid, energy, tau, coarse_now)
        fine_point = solve_proximal(fine, energy, tau, fine_now)
        coarse_now, fine_now = coarse_point.coefficients, fine_point.coefficients
        contraction = 1 / (1 + tau * min(coarse_point.least_curvature, fine_point.least_curvature))
        carried = contraction * carried + coarse_point.error + fine_point.error
        apart = map_distance(fine, fine_now, law.grid, coarse_now)
        laws.append(QuantileLaw(law.grid, coarse_now, carried + apart))
    return tuple(laws)
