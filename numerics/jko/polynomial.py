"""Polynomial features: monomials about a centre, whose interaction with a cloud of particles is a matter of moments.

For a monomial, `E (x - Y)^alpha = sum_(beta <= alpha) C(alpha, beta) x^beta E (-Y)^(alpha - beta)`: the mean over all
pairs of n particles costs n evaluations, not n^2. Multi-indices alpha are tuples of d exponents.
"""

import math
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations_with_replacement, product
from typing import final

import numpy as np
from jaxtyping import Float

from ..measures import DiscreteMeasure, Numbers
from .features import AbstractSmoothFeatures, Gradients, Points, Values

MultiIndex = tuple[int, ...]


@final
@dataclass(frozen=True, eq=False)
class Polynomial(AbstractSmoothFeatures):
    """All monomials of total degree 1 to `degree` in x - `centre`, which is the mean of the data unless given.

    `separable` leaves out products of different coordinates: d `degree` features in place of a binomial coefficient,
    which is what high dimensions can afford. `even` keeps even total degrees only, about the origin.

    **Raises:** `ValueError` for a degree below 1.
    """

    degree: int
    centre: Numbers | None = None
    separable: bool = False
    even: bool = False

    def __post_init__(self) -> None:
        if self.degree < 1:
            raise ValueError(f"a polynomial potential has degree 1 at least, not {self.degree}")

    def placed(self, measure: DiscreteMeasure, seed: int) -> "Polynomial":
        """Return the monomials about `centre`, a number or d of them, or about the mean of `measure`."""
        centre = measure.mean() if self.centre is None else self.centre
        return replace(self, centre=np.broadcast_to(np.asarray(centre, np.float64), (measure.dimension,)))

    def even_part(self) -> "Polynomial":
        """Return the monomials of even total degree about the origin.

        **Raises:** `ValueError` if there are none.
        """
        if self.degree < 2:
            raise ValueError("a polynomial of degree 1 has no even part: it cannot be an interaction")
        return replace(self, even=True, centre=np.zeros_like(self._centre))

    @cached_property
    def _centre(self) -> Float[np.ndarray, " d"]:
        centre = np.asarray(self.centre)
        if self.centre is None or centre.ndim != 1:
            raise ValueError("these features are not placed yet")
        return centre

    @cached_property
    def _exponents(self) -> tuple[MultiIndex, ...]:
        dimension, degrees = len(self._centre), range(2 if self.even else 1, self.degree + 1, 2 if self.even else 1)
        if self.separable:
            return tuple(
                tuple(degree if i == axis else 0 for i in range(dimension))
                for degree in degrees
                for axis in range(dimension)
            )
        return tuple(
            tuple(axes.count(i) for i in range(dimension))
            for degree in degrees
            for axes in combinations_with_replacement(range(dimension), degree)
        )

    @property
    def labels(self) -> tuple[str, ...]:
        """The monomials, such as `x1^2 x2` or, about a centre, `(x1 - 0.5)^2`."""
        names = [
            f"x{i + 1}" if shift == 0 else f"(x{i + 1} {'-' if shift > 0 else '+'} {abs(shift):.6g})"
            for i, shift in enumerate(self._centre)
        ]
        return tuple(
            " ".join(
                name + (f"^{power}" if power > 1 else "") for name, power in zip(names, alpha, strict=True) if power
            )
            for alpha in self._exponents
        )

    def values(self, x: Points) -> Values:
        """Return (x_i - centre)^alpha."""
        return _monomials(x - self._centre, self._exponents)

    def gradients(self, x: Points) -> Gradients:
        """Return the partial derivatives of the monomials at x_i."""
        lowered = sorted({_lowered(alpha, i) for alpha in self._exponents for i, power in enumerate(alpha) if power})
        return self._assemble(_monomials(x - self._centre, lowered), lowered)

    def laplacians(self, x: Points) -> Values:
        """Return the sum of the second derivatives of the monomials at x_i."""
        lowered = [
            (index, power * (power - 1), _lowered(_lowered(alpha, i), i))
            for index, alpha in enumerate(self._exponents)
            for i, power in enumerate(alpha)
            if power > 1
        ]
        result = np.zeros((len(x), len(self._exponents)))
        values = _monomials(x - self._centre, [alpha for _, _, alpha in lowered])
        for column, (index, factor, _) in enumerate(lowered):
            result[:, index] += factor * values[:, column]
        return result

    def mean_gradients(self, x: Points, measure: DiscreteMeasure) -> Gradients:
        """Return the mean of the gradient at x_i - y over y of `measure`, from its moments."""
        lowered = sorted({_lowered(alpha, i) for alpha in self._exponents for i, power in enumerate(alpha) if power})
        below = {alpha: list(product(*(range(power + 1) for power in alpha))) for alpha in lowered}
        needed = sorted({beta for betas in below.values() for beta in betas})
        # Differences do not feel a common shift, and about the mean the moments cancel least.
        origin = measure.mean()
        moments = dict(
            zip(needed, measure.weights @ _monomials(origin - self._centre - measure.atoms, needed), strict=True)
        )
        column = {beta: index for index, beta in enumerate(needed)}
        expansion = np.zeros((len(needed), len(lowered)))
        for index, alpha in enumerate(lowered):
            for beta in below[alpha]:
                binomial = math.prod(map(math.comb, alpha, beta))
                rest = tuple(a - b for a, b in zip(alpha, beta, strict=True))
                expansion[column[beta], index] = binomial * moments[rest]
        return self._assemble(_monomials(x - origin, needed) @ expansion, lowered)

    def _assemble(self, lowered_values: Float[np.ndarray, "n q"], lowered: list[MultiIndex]) -> Gradients:
        """Return alpha_i v^(alpha - e_i) in column alpha and row i, from the columns of what is lowered by one."""
        column = {alpha: index for index, alpha in enumerate(lowered)}
        result = np.zeros((len(lowered_values), len(self._centre), len(self._exponents)))
        for index, alpha in enumerate(self._exponents):
            for i, power in enumerate(alpha):
                if power:
                    result[:, i, index] = power * lowered_values[:, column[_lowered(alpha, i)]]
        return result


def _lowered(alpha: MultiIndex, axis: int) -> MultiIndex:
    return (*alpha[:axis], alpha[axis] - 1, *alpha[axis + 1 :])


def _monomials(v: Points, exponents: "list[MultiIndex] | tuple[MultiIndex, ...]") -> Values:
    """Return v_i^alpha, one column for each alpha."""
    highest = max((max(alpha) for alpha in exponents), default=0)
    powers = [np.ones_like(v)]
    for _ in range(highest):
        powers.append(powers[-1] * v)
    result = np.ones((len(v), len(exponents)))
    for index, alpha in enumerate(exponents):
        for i, power in enumerate(alpha):
            if power:
                result[:, index] *= powers[power][:, i]
    return result
