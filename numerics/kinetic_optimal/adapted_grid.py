"""Where to sample the separation function: more values of s where it and what is integrated from it change.

On a grid equally spaced in theta = arctan s, data of large dimension change between its first two points. A pilot
sample shows where: with h^2 = 1 - (1 + s^2) v, the grid is equally spaced in

    theta/(pi/2) + h/h_end + I/I_end,      I(theta) = int_0^theta tan (1 - h^2),

that is in the angle, the speed and the information together. The pilot is independent of the sample that is drawn at
the grid, so intervals hold on it as on any other.
"""

import numpy as np
from jax.sharding import Mesh
from jaxtyping import Array, Float, Key
from scipy.optimize import isotonic_regression

from ..data_set import DataSet
from ..sharding import single_device_mesh
from .atom_chunks import AtomChunks
from .sampling import QUERY_BLOCK, sample_terms
from .separation_function import angular_grid

PILOT_QUERIES = 2 * QUERY_BLOCK

PILOT_SIGNALS = 48

EARLIEST = 0.1
"""The pilot begins at this over sqrt(d): since the largest eigenvalue of E XX' is at most d, nothing changes before."""


def adapted_grid(
    data: DataSet, num: int, *, key: Key[Array, ""], mesh: Mesh | None = None, precision: str = "float64"
) -> Float[np.ndarray, " num"]:
    """Return `num` >= 2 values of s > 0, adapted to the data by a pilot sample and ending where `angular_grid` does.

    **Arguments:** `data` with E|X|^2 = d; `key`, `mesh` and `precision` as for `separation`.
    """
    last = float(angular_grid(num)[-1])
    s = np.geomspace(min(EARLIEST / np.sqrt(data.dimension), last / 2), last, PILOT_SIGNALS)
    chunks = AtomChunks(data.astype(precision), mesh or single_device_mesh())
    errors = sample_terms(chunks, key, s, s[:0], num_queries=PILOT_QUERIES).errors.mean(axis=1)
    return spread_grid(s, 1 - (1 + s**2) * errors, num)


def spread_grid(s: Float[np.ndarray, " p"], h_squared: Float[np.ndarray, " p"], num: int) -> Float[np.ndarray, " num"]:
    """Return `num` values of s, of which the last is that of `s`, spread by a noisy pilot `h_squared` at `s`."""
    theta = np.concatenate([[0], np.arctan(s)])
    rising = np.clip(isotonic_regression(np.concatenate([[0], h_squared])).x, 0, 1)
    density = np.tan(theta) * (1 - rising)
    information = np.concatenate([[0], np.cumsum(np.diff(theta) * (density[1:] + density[:-1]) / 2)])
    measures = (theta, np.sqrt(rising), information)
    along = sum((measure / measure[-1] for measure in measures if measure[-1] > 0), np.zeros_like(theta))
    found = np.interp(np.arange(1, num + 1) / num * along[-1], along, theta)
    return np.concatenate([np.tan(found[:-1]), s[-1:]])
