"""The triangle of the counterexample, through whose flow points are sent."""

from typing import Any

import numpy as np

from lemmata.numerics.monge_ampere import DiscreteMeasure

TRIANGLE = DiscreteMeasure([[-1.0, -0.4], [1.0, -0.4], [0.0, 0.8]])
HORIZON = 3.0


def normal_points(count: int) -> Any:
    """Return as many points (n, 2) of N(0, I)."""
    return np.random.default_rng(2).standard_normal((count, 2))
