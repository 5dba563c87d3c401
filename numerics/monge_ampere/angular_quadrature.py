"""Adaptive quadrature over the circle of functions with kinks and jumps, many angles at once.

Panels carry the 15-point Kronrod rule with its embedded 7-point Gauss rule; the difference of the two is the error
that a panel is charged with. Every round evaluates all panels that are too coarse in one call, so that a function which
is cheap for many angles is called a few times only.

References: [piessens1983], the rules.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, final

import numpy as np
from jaxtyping import Float

_KRONROD_NODES: Final = (
    0.991455371120812639206854697526329,
    0.949107912342758524526189684047851,
    0.864864423359769072789712788640926,
    0.741531185599394439863864773280788,
    0.586087235467691130294144691693013,
    0.405845151377397166906606412076961,
    0.207784955007898467600689403773245,
    0.0,
)
_KRONROD_WEIGHTS: Final = (
    0.022935322010529224963732008058970,
    0.063092092629978553290700663189204,
    0.104790010322250183839876322541518,
    0.140653259715525918745189590510238,
    0.169004726639267902826583426598550,
    0.190350578064785409913256402421014,
    0.204432940075298892414161999234649,
    0.209482141084727828012999174891714,
)
_GAUSS_WEIGHTS: Final = (
    0.0,
    0.129484966168869693270611432679082,
    0.0,
    0.279705391489276667901467771423780,
    0.0,
    0.381830050505118944950369775488975,
    0.0,
    0.417959183673469387755102040816327,
)

FIRST_PANELS: Final = 12
OFFSET: Final = 0.2718
"""Where the first panel begins, in radians: symmetric figures have their corners at simple fractions of the circle."""

MOST_ROUNDS: Final = 18
"""A jump costs one panel a round and is then as narrow as 2 pi / 12 / 2^18."""


def _mirrored(half: tuple[float, ...], sign: float) -> Float[np.ndarray, " 15"]:
    return np.array([*(sign * x for x in half[:-1]), *half[::-1]])


NODES: Final = _mirrored(_KRONROD_NODES, -1.0)
KRONROD: Final = _mirrored(_KRONROD_WEIGHTS, 1.0)
GAUSS: Final = _mirrored(_GAUSS_WEIGHTS, 1.0)


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
        finer = share * np.einsum("q,pqk->pk", KRONROD, terms)
        panel_error = np.abs(finer - share * np.einsum("q,pqk->pk", GAUSS, terms))
        # Half of the tolerance is shared out by length, and half kept for panels that stay above their share.
        allowed = np.maximum(tolerance / 2 * 2 * share, tolerance / 2 / 64)
        coarse = (panel_error > allowed).any(axis=1)
        if turn == MOST_ROUNDS - 1 or (error + panel_error.sum(axis=0) <= tolerance).all():
            coarse[:] = False
        value += finer[~coarse].sum(axis=0)
        error += panel_error[~coarse].sum(axis=0)
        if not coarse.any():
            break
        middle = (low + high)[coarse] / 2
        low, high = np.concatenate([low[coarse], middle]), np.concatenate([middle, high[coarse]])
    return CircleMean(value, error, angles)
