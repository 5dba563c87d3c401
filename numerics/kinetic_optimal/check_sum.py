"""A check on an estimate of the separation function that no estimator enters: all information adds up to the entropy.

By I-MMSE, `int_0^oo s v(s) ds = H(X)/d` for finite data. The left side is integrated up to the last s of the sample;
what is left lies between 0 and the ceiling by `overlap`. The right side is counted on the data.

References: [guo2005, theorem 1].
"""

from dataclasses import dataclass
from typing import final

import numpy as np

from ..data_set import DataSet
from ..estimate import Estimate
from ..measures import DiscreteMeasure
from .energy import information_rate
from .separation_function import Separation

COUNTING = 16 * float(np.finfo(np.float64).eps)
"""Rounding of the entropy relative to 1 + its value: a pairwise sum of terms below 1."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class CheckSum:
    """Both sides of `int_0^oo s v ds = H/d`, in nats per dimension.

    `sampled` is the integral up to the last s, `beyond` bounds the rest, and `expected` is H(X)/d.
    """

    sampled: Estimate
    beyond: float
    expected: Estimate

    @property
    def deviation(self) -> float:
        """How far the right side is from the nearest value that the left side allows without its error."""
        gap = self.expected.value - self.sampled.value
        return max(gap - self.beyond, -gap, 0.0)

    @property
    def agrees(self) -> bool:
        """Whether both sides agree within their errors; by chance they fail to with the false alarm of `sampled`."""
        return self.deviation <= self.sampled.error + self.expected.error


def check_sum(separation: Separation, data: DiscreteMeasure | DataSet) -> CheckSum:
    """Compare the information that an estimate finds with the entropy of its data.

    **Arguments:** `separation` was estimated from `data`.

    **Raises:** `ValueError` if it was not (a formula, or another size), or if the tail beyond its last s has no
    ceiling, which is so for data sets much larger than the number of queries.
    """
    rows = DataSet.of(data)
    if (separation.n, separation.d) != (rows.n, rows.dimension):
        raise ValueError(
            f"the estimate is of {separation.n} atoms in {separation.d} dimensions, "
            f"the data are {rows.n} in {rows.dimension}"
        )
    if not np.isfinite(separation.tail_information):
        raise ValueError("the information beyond the last s has no ceiling: the data set is too large for one")
    entropy = rows.entropy() / rows.dimension
    return CheckSum(
        sampled=information_rate(separation, float(separation.s[-1])),
        beyond=separation.tail_information,
        expected=Estimate(entropy, COUNTING * (1 + entropy), "counted"),
    )
