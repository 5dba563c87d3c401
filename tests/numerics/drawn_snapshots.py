"""Snapshots of a diffusion in a double well, by Euler-Maruyama steps so short that their bias is below the noise."""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float

Cloud = Float[np.ndarray, "n d"]


def descend_well(x: Cloud) -> Cloud:
    """Return -grad V of V = (x_1^2 - 1)^2 + |x_2, ..., x_d|^2/2."""
    return -np.concatenate([4 * x[:, :1] * (x[:, :1] ** 2 - 1), x[:, 1:]], axis=1)


def draw_snapshots(
    seed: int,
    *,
    particles: int = 160,
    dimension: int = 2,
    steps: int = 2,
    tau: float = 0.1,
    diffusivity: float = 0.02,
    force: Callable[[Cloud], Cloud] = descend_well,
) -> Float[np.ndarray, "time n d"]:
    """Return snapshots of particles that start uniformly in [-1.5, 1.5]^d."""
    rng = np.random.default_rng(seed)
    x = rng.uniform(-1.5, 1.5, (particles, dimension))
    snapshots, substeps = [x], 50
    for _ in range(steps):
        for _ in range(substeps):
            noise = np.sqrt(2 * diffusivity * tau / substeps) * rng.standard_normal(x.shape)
            x = x + tau / substeps * force(x) + noise
        snapshots.append(x)
    return np.stack(snapshots)
