"""Adaptive quadrature over the circle of functions with kinks and jumps, many angles at once.

Panels carry the Clenshaw-Curtis rule on 17 points and are charged with its difference from the nested rule on 9, or
with a part of the difference of that from the rule on 5, which a jump would have to escape at the same time. The ends
of a panel are points of the rules: a jump near an end, beyond the last inner point, shows there. Every round evaluates
all panels that are too coarse in one call, so a function that is cheap for many angles is called a few times only.

References: [clenshaw1960].
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, final

import numpy as np
from jaxtyping import Float

FIRST_PANELS: Final = 12
OFFSET: Final = 0.2718
"""Where the first panel begins, in radians: symmetric figures have their corners at simple fractions of the circle."""

MOST_ROUNDS: Final = 20
"""A jump costs one panel a round and is at last in one as narrow as 2 pi / 12 / 2^19."""

SMALL_SHARE: Final = 1 / 64
"""Half of the tolerance is shared out by length; a panel may also spend this part of the other half."""


def clenshaw_curtis(intervals: int) -> Float[np.ndarray, " points"]:
    """Return the weights on [-1, 1] of the rule in the points cos(k pi/n), for an even number n of `intervals`."""
    k, even = np.arange(intervals + 1), np.arange(2, intervals + 1, 2)
    factor = np.where(even == intervals, 1.0, 2.0) / (even**2 - 1)
    weights = (1 - np.cos(np.outer(k, even) * np.pi / intervals) @ factor) * 2 / intervals
    weights[[0, -1]] /= 2
    return np.asarray(weights)


NODES: Final = np.cos(np.arange(17) * np.pi / 16)
RULES: Final = tuple((16 // n, clenshaw_curtis(n)) for n in (16, 8, 4))
"""The nested rules from fine to coarse, each with the stride at which it takes the points."""


@final
@dataclass(frozen=True, slots=True, eq=False)
class CircleMean:
    """The mean of a function over the circle: `value` (k,), its `error` (k,), and how many angles were asked for."""

    value: Float[np.ndarray, " k"]
    error: Float[np.ndarray, " k"]
    angles: int


def mean_over_circle(
    function: Callable[[Float[np.ndarray, " m"]], Float[np.ndarray, "m k"]], tolerance: Float[np.ndarray, " k"]
) -> CircleMean:
    """Compute the mean of `function` over all angles in [0, 2 pi).

    **Arguments:** `function` takes m angles in radians and returns k numbers for each; `tolerance` (k,) is the error at
    which panels are left as they are. What was reached after the last round is in the answer.
    """
    edges = OFFSET + np.linspace(0, 2 * np.pi, FIRST_PANELS + 1)
    low, high = edges[:-1], edges[1:]
    value, error = np.zeros(len(tolerance)), np.zeros(len(tolerance))
    angles = 0
    for turn in range(MOST_ROUNDS):
        half = (high - low) / 2
        theta = (low + high)[:, None] / 2 + half[:, None] * NODES
        terms = function(theta.ravel()).reshape(len(low), len(NODES), -1)
        angles += theta.size
        share = half[:, None] / (2 * np.pi)
        fine, middle, coarse = (share * np.einsum("q,pqk->pk", rule, terms[:, ::stride]) for stride, rule in RULES)
        panel_error = np.maximum(np.abs(fine - middle), np.abs(middle - coarse) / 4)
        too_large = (panel_error > np.maximum(tolerance * share, tolerance / 2 * SMALL_SHARE)).any(axis=1)
        if turn == MOST_ROUNDS - 1 or (error + panel_error.sum(axis=0) <= tolerance).all():
            too_large[:] = False
        value += fine[~too_large].sum(axis=0)
        error += panel_error[~too_large].sum(axis=0)
        if not too_large.any():
            break
        centre = (low + high)[too_large] / 2
        low, high = np.concatenate([low[too_large], centre]), np.concatenate([centre, high[too_large]])
    return CircleMean(value, error, angles)
