"""Optimal transport on the line from the standard normal law, in closed form.

In d = 1 the optimal map is monotone: it sends the normal quantiles between two cumulative weights to one atom. With
sorted atoms x_j, cumulative weights c_j and z_j = Phi^{-1}(c_j), E[Z T(Z)] = sum_j x_j (phi(z_{j-1}) - phi(z_j)).

References: [villani2003], for transport on the line.
"""

import numpy as np
from jaxtyping import Float
from scipy.stats import norm

from .estimate import Estimate

ROUNDING = 64 * np.finfo(np.float64).eps
"""Relative rounding error of the sum, quantiles included."""


def solve_normal_transport_cost(atoms: Float[np.ndarray, " n"], weights: Float[np.ndarray, " n"]) -> Estimate:
    """Compute W2^2(N(0, 1), sum_j weights_j delta_atoms_j) on the line; the error is that of rounding.

    **Raises:** `ValueError` if the weights are no probabilities.
    """
    if (weights < 0).any() or abs(float(weights.sum()) - 1) > 1e-9:
        raise ValueError("weights must be non-negative and sum to 1")
    order = np.argsort(atoms)
    positions, masses = atoms[order], weights[order]
    edges = norm.ppf(np.concatenate([[0.0], np.minimum(np.cumsum(masses), 1.0)]))
    edges[-1] = np.inf
    densities = norm.pdf(edges)
    correlation = float(positions @ (densities[:-1] - densities[1:]))
    second_moment = float(masses @ positions**2)
    return Estimate(1 + second_moment - 2 * correlation, ROUNDING * (1 + second_moment), "monotone map")
