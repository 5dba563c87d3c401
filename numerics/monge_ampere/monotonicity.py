"""Pairs of points that a map sends the wrong way round, which no gradient of a convex function does.

The gradient of a convex function is monotone: `<x_1 - x_2, T(x_1) - T(x_2)> >= 0` for all x_1 and x_2. One pair for
which this is negative, each point inside an open set on which the map is constant, therefore refutes optimality.

References: [villani2003, chapter 2].
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import final

import numpy as np
from jaxtyping import Float, Int

from ...theory.monge_ampere import EnclosureTooWideError, enclose_flow_label
from ...theory.verdict import Certificate
from ..measures import DiscreteMeasure


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CrossedPair:
    """Two points (d,), the atoms they are sent to by index, and `product` = <x_1 - x_2, y_1 - y_2> < 0."""

    first: Float[np.ndarray, " d"]
    second: Float[np.ndarray, " d"]
    labels: tuple[int, int]
    product: float


def find_crossed_pair(
    points: Float[np.ndarray, "k d"], labels: Int[np.ndarray, " k"], measure: DiscreteMeasure
) -> CrossedPair | None:
    """Find two of the `points` that a map with these `labels` sends the wrong way round; None where there are none.

    Of all pairs it is the one whose differences enclose the widest angle. For atoms y_i and y_j the product is least
    where `<x, y_i - y_j>` is least on the basin of y_i and greatest on that of y_j.
    """
    best, found = 0.0, None
    present = np.unique(labels)
    for place, i in enumerate(present):
        for j in present[place + 1 :]:
            step = measure.atoms[i] - measure.atoms[j]
            heights = points @ step
            low = np.flatnonzero(labels == i)[np.argmin(heights[labels == i])]
            high = np.flatnonzero(labels == j)[np.argmax(heights[labels == j])]
            product = float(heights[low] - heights[high])
            cosine = product / float(np.linalg.norm(points[low] - points[high]) * np.linalg.norm(step))
            if cosine < best:
                best = cosine
                found = CrossedPair(first=points[low], second=points[high], labels=(int(i), int(j)), product=product)
    return found


def certify_crossed_pair(pair: CrossedPair, measure: DiscreteMeasure) -> tuple[Certificate, Certificate] | None:
    """Prove in ball arithmetic that the flow from N(0, I) sends the pair where its labels say.

    Numbers are taken as the fractions that they are in binary, and weights divided by their exact sum.

    **Returns:** a certificate for each point; None where a label cannot be enclosed, or is another one.
    """
    atoms = [[Fraction(float(x)) for x in atom] for atom in measure.atoms]
    weights = [Fraction(float(w)) for w in measure.weights]
    shares, proofs = [w / sum(weights) for w in weights], []
    for point, label in zip((pair.first, pair.second), pair.labels, strict=True):
        try:
            enclosed = enclose_flow_label(atoms, shares, [Fraction(float(x)) for x in point])
        except EnclosureTooWideError:
            return None
        if enclosed.label != label:
            return None
        proofs.append(enclosed.certificate)
    return proofs[0], proofs[1]
