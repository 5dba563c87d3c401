"""Finite reflection groups by the normals of their mirrors, and orbits of points."""

import itertools

import numpy as np

GROUPS = ("polygon 3", "polygon 4", "polygon 5", "permutations", "signed permutations")


def roots(group: str) -> np.ndarray:
    """Return one unit normal of each mirror."""
    if group.startswith("polygon"):
        order = int(group.split()[1])
        angles = np.pi * np.arange(order) / order
        return np.stack([np.cos(angles), np.sin(angles)], axis=-1)
    signs = (-1,) if group == "permutations" else (-1, 1)
    found = [np.eye(4)[i] + s * np.eye(4)[j] for i, j in itertools.combinations(range(4), 2) for s in signs]
    found += [] if group == "permutations" else list(np.eye(4))
    return np.array([r / np.linalg.norm(r) for r in found])


def orbit(point: np.ndarray, mirrors: np.ndarray) -> np.ndarray:
    """Return the orbit: the point and what reflections make of it, until nothing new appears."""
    points = point[None]
    while True:
        images = points[:, None] - 2 * (points @ mirrors.T)[..., None] * mirrors
        every = np.concatenate([points, images.reshape(-1, point.size)])
        wider = every[np.unique(np.round(every, 6), axis=0, return_index=True)[1]]
        if len(wider) == len(points):
            return points
        points = wider
