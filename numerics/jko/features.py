"""Features: functions that span potentials V and interactions U, with the gradients of first-order conditions.

An energy is linear in its features, V = sum_j theta_j phi_j, so its gradient at a particle is a row of numbers times
theta. For an interaction only the even part acts: the first variation of `(1/2) int int U(x - y) dmu dmu` is
`(U_even * mu)(x)`, and its gradient the mean of grad U_even(x - y) over y.

Some features depend on data (where they are centred); `placed` fixes that, and everything else is asked of placed
features only.
"""

import abc
from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from ..measures import DiscreteMeasure

Points = Float[np.ndarray, "n d"]
Values = Float[np.ndarray, "n p"]
Gradients = Float[np.ndarray, "n d p"]

BLOCK_BYTES = 2**25
"""What the intermediate arrays of one block of particles may take."""


class AbstractFeatures(abc.ABC):
    """Functions phi_1, ..., phi_p on R^d and their gradients."""

    @abc.abstractmethod
    def placed(self, measure: DiscreteMeasure, seed: int) -> "AbstractFeatures":
        """Return these features with what depends on data, or on their dimension, taken from `measure`."""

    @abc.abstractmethod
    def even_part(self) -> "AbstractFeatures":
        """Return features that span the even parts of these, (phi(z) + phi(-z))/2, without those that vanish."""

    @property
    @abc.abstractmethod
    def labels(self) -> tuple[str, ...]:
        """A formula for each feature, in the coordinates x1, x2, ..."""

    @abc.abstractmethod
    def values(self, x: Points) -> Values:
        """Return phi_j(x_i)."""

    @abc.abstractmethod
    def gradients(self, x: Points) -> Gradients:
        """Return the partial derivatives of phi_j at x_i."""

    def mean_gradients(self, x: Points, measure: DiscreteMeasure) -> Gradients:
        """Return the mean of grad phi_j(x_i - y) over y of `measure`, by blocks of pairs.

        Pairs that coincide count as 0, which is the gradient of an even function at 0 where it has one and the
        symmetric choice where it has none.
        """
        count, dimension = x.shape
        atoms, weights = measure.atoms, measure.weights
        result = np.empty((count, dimension, len(self.labels)))
        block = max(1, BLOCK_BYTES // (8 * dimension * len(self.labels) * len(atoms)))
        for start in range(0, count, block):
            z = (x[start : start + block, None] - atoms).reshape(-1, dimension)
            apart = z.any(axis=1)
            gradients = np.zeros((len(z), dimension * len(self.labels)))
            gradients[apart] = self.gradients(z[apart]).reshape(-1, dimension * len(self.labels))
            means = weights @ gradients.reshape(-1, len(atoms), gradients.shape[1])
            result[start : start + block] = means.reshape(-1, dimension, len(self.labels))
        return result


class AbstractSmoothFeatures(AbstractFeatures):
    """Functions that can test a weak form: they have Laplacians too."""

    @abc.abstractmethod
    def placed(self, measure: DiscreteMeasure, seed: int) -> "AbstractSmoothFeatures":
        """Return these features with what depends on data, or on their dimension, taken from `measure`."""

    @abc.abstractmethod
    def laplacians(self, x: Points) -> Values:
        """Return the sum of the second derivatives of phi_j at x_i."""


class _Union(AbstractFeatures):
    """Several lots of features as one."""

    def __init__(self, members: Sequence[AbstractFeatures]) -> None:
        self.members = tuple(members)

    def placed(self, measure: DiscreteMeasure, seed: int) -> "_Union":
        return _Union([member.placed(measure, seed) for member in self.members])

    def even_part(self) -> "_Union":
        return _Union([member.even_part() for member in self.members])

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(label for member in self.members for label in member.labels)

    def values(self, x: Points) -> Values:
        return np.concatenate([member.values(x) for member in self.members], axis=-1)

    def gradients(self, x: Points) -> Gradients:
        return np.concatenate([member.gradients(x) for member in self.members], axis=-1)

    def mean_gradients(self, x: Points, measure: DiscreteMeasure) -> Gradients:
        return np.concatenate([member.mean_gradients(x, measure) for member in self.members], axis=-1)


def join_features(features: AbstractFeatures | Sequence[AbstractFeatures]) -> AbstractFeatures:
    """Return one lot of features or a sequence of them as one.

    **Raises:** `ValueError` for an empty sequence; `TypeError` for a member that is no `AbstractFeatures`.
    """
    members = [features] if isinstance(features, AbstractFeatures) else list(features)
    if not members:
        raise ValueError("at least one lot of features is needed")
    for member in members:
        if not isinstance(member, AbstractFeatures):
            raise TypeError(f"features are Polynomial, RadialBasis, SymbolicFeatures or the like, not {member!r}")
    return members[0] if len(members) == 1 else _Union(members)
