"""The trapping lemma: when it is certain which atom the probability flow carries a point to.

With `g_j = <u, y_i - y_j> - tau (|y_i|^2 - |y_j|^2)/2` the posterior weights obey `r_j/r_i = (w_j/w_i) exp(-tau g_j)`
and `dg_j/dtau = |y_i - y_j|^2/2 - sum_k r_k <y_i - y_k, y_i - y_j>`. If at tau > 0 all g_j are positive and, for every
j, `sum_k (w_k/w_i) exp(-tau g_k) max(0, <y_i - y_k, y_i - y_j>) < |y_i - y_j|^2/2`, then no g_j can be the first to
fall back to its value: while none has, all r_k are at most what the sum takes them for. So all grow for ever, at last
linearly, and the atom y_i wins.

`theory.monge_ampere.flow_enclosure` uses the lemma in ball arithmetic, with the least g_j in place of each. Here u is a
float with an estimated error, and the lemma is asked for every point within that error.
"""

from dataclasses import dataclass
from typing import Final, final

import numpy as np
from jaxtyping import Bool, Float, Int

from ..measures import DiscreteMeasure

SHARP_ATOMS: Final = 256
"""Up to so many atoms their inner products are taken; beyond, the products of their norms, which costs far less."""


@final
@dataclass(frozen=True, slots=True)
class Winners:
    """For each point the atom that leads, by index, and whether it is certain to win."""

    labels: Int[np.ndarray, " n"]
    certain: Bool[np.ndarray, " n"]


def find_winners(
    measure: DiscreteMeasure,
    u: Float[np.ndarray, "n d"],
    tau: float,
    radius: Float[np.ndarray, " n"] | None = None,
) -> Winners:
    """Tell which atom leads at each point u at tau >= 0, and whether it wins from all points within `radius` of u.

    The atoms of `measure` are different and have positive weights. At tau = 0 the lemma says nothing, unless there is
    only one atom.
    """
    atoms = measure.atoms.astype(np.float64)
    potentials = u @ atoms.T - tau * (atoms**2).sum(axis=1) / 2
    labels = np.argmax(tau * potentials + np.log(measure.weights), axis=1)
    certain = np.full(len(u), len(atoms) == 1)
    if tau == 0 or len(atoms) == 1:
        return Winners(labels, certain)
    for leading in np.unique(labels):
        chosen, others = np.flatnonzero(labels == leading), np.arange(len(atoms)) != leading
        away = (atoms[leading] - atoms)[others]
        distances = np.linalg.norm(away, axis=1)
        advantage = (potentials[chosen, leading, None] - potentials[chosen])[:, others]
        if radius is not None:
            advantage -= radius[chosen, None] * distances
        shares = (measure.weights[others] / measure.weights[leading]) * np.exp(-tau * np.maximum(advantage, 0.0))
        if len(atoms) <= SHARP_ATOMS:
            held = (shares @ np.maximum(away @ away.T, 0.0) < distances**2 / 2).all(axis=1)
        else:
            held = shares @ distances < distances.min() / 2
        certain[chosen] = (advantage > 0).all(axis=1) & held
    return Winners(labels, certain)
