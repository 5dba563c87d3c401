"""The trapping lemma: when it is certain which atom the probability flow carries a point to.

With `g_j = <u, y_i - y_j> - tau (|y_i|^2 - |y_j|^2)/2` the posterior weights obey `r_j/r_i = (w_j/w_i) exp(-tau g_j)`
and `dg_j/dtau = |y_i - y_j|^2/2 - sum_k r_k <y_i - y_k, y_i - y_j>`. If at tau > 0 all g_j are positive and, for every
j, `sum_k (w_k/w_i) exp(-tau g_k) max(0, <y_i - y_k, y_i - y_j>) < |y_i - y_j|^2/2`, then no g_j can be the first to
fall back to its value: while none has, all r_k are at most what the sum takes them for. So all grow for ever, at last
linearly, and the atom y_i wins.

`theory.monge_ampere.flow_enclosure` uses the lemma in ball arithmetic, with the least g_j in place of each. Here u is a
float with an estimated error, and the lemma is asked for every point within `SAFETY` times that error. It has to be
asked when u is first trapped, and not again: from the boundary of two basins errors grow as fast as u leaves it, later
u runs away and its error stands still, and two runs that left on the wrong side would pass.
"""

from dataclasses import dataclass
from typing import Final, final

import numpy as np
from jaxtyping import Bool, Float, Int

from ..measures import DiscreteMeasure

SHARP_ATOMS: Final = 256
"""Up to so many atoms their inner products are taken; beyond, the products of their norms, which costs far less."""

SAFETY: Final = 10.0
"""How many times the estimated error of u a point must be from where it is not trapped."""


@final
@dataclass(frozen=True, slots=True)
class Winners:
    """For each point the atom that leads, by index, whether it wins, and whether it does so within the error too."""

    labels: Int[np.ndarray, " n"]
    trapped: Bool[np.ndarray, " n"]
    certain: Bool[np.ndarray, " n"]


def find_winners(
    measure: DiscreteMeasure, u: Float[np.ndarray, "n d"], tau: float, error: Float[np.ndarray, " n"]
) -> Winners:
    """Tell which atom leads at each point u at tau >= 0, whether it traps u, and all points near u.

    **Arguments:** the atoms of `measure` are different and have positive weights; `error` is the estimated Euclidean
    error of each point, which counts `SAFETY` times. At tau = 0 nothing is trapped, unless there is only one atom.
    """
    atoms = measure.atoms.astype(np.float64)
    potentials = u @ atoms.T - tau * (atoms**2).sum(axis=1) / 2
    labels = np.argmax(tau * potentials + np.log(measure.weights), axis=1)
    trapped, certain = (np.full(len(u), len(atoms) == 1) for _ in range(2))
    if tau == 0 or len(atoms) == 1:
        return Winners(labels, trapped, certain)
    for leading in np.unique(labels):
        chosen, others = np.flatnonzero(labels == leading), np.arange(len(atoms)) != leading
        away, odds = (atoms[leading] - atoms)[others], measure.weights[others] / measure.weights[leading]
        advantage = (potentials[chosen, leading, None] - potentials[chosen])[:, others]
        nearby = advantage - SAFETY * error[chosen, None] * np.linalg.norm(away, axis=1)
        trapped[chosen] = held = _is_trapped(away, odds, tau, advantage)
        certain[chosen[held]] = _is_trapped(away, odds, tau, nearby[held])
    return Winners(labels, trapped, certain)


def _is_trapped(
    away: Float[np.ndarray, "m d"], odds: Float[np.ndarray, " m"], tau: float, advantage: Float[np.ndarray, "n m"]
) -> Bool[np.ndarray, " n"]:
    """Decide the lemma from y_i - y_j, w_j/w_i and g_j of the other atoms."""
    shares = odds * np.exp(-tau * np.maximum(advantage, 0.0))
    distances = np.linalg.norm(away, axis=1)
    if len(away) < SHARP_ATOMS:
        held = (shares @ np.maximum(away @ away.T, 0.0) < distances**2 / 2).all(axis=1)
    else:
        held = shares @ distances < distances.min() / 2
    return (advantage > 0).all(axis=1) & held
