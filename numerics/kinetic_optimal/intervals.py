"""From sampled terms of h^2 to intervals of h^2: which form to use, and the interval of its mean.

All choices rest on a pilot sample independent of the terms: the form (chosen by the final standard error, one whose
rare events were not sampled would win) and the bets. The replica form's terms of h^2 lie in [1 - length, 1], the
residual form's in [0, length]. All functions broadcast over leading axes, which are independent repetitions.

Notation: `separation_function`.
"""

import math
from typing import Any

import numpy as np
from jaxtyping import Bool, Float

from ..betting import betting_interval
from ..statistics import split_false_alarm


def settle_forms(
    replica_variance: Float[np.ndarray, "*b r"],
    residual_variance: Float[np.ndarray, "*b r"],
    lengths: tuple[Float[np.ndarray, " r"], Float[np.ndarray, " r"]],
    num_queries: int,
    false_alarm: float,
) -> tuple[Bool[np.ndarray, "*b r"], Float[np.ndarray, "*b r"]]:
    """Choose at each s the form whose interval is predicted to be narrower.

    **Arguments:** the variances are those of the pilot's terms, nan for the residual form where it is no candidate;
    `lengths` are those of the range of a term of either form; `false_alarm` is that of all intervals together.

    **Returns:** where the residual form is chosen, and the pilot's variance of the form chosen.
    """
    log_term = math.log(2 / split_false_alarm(false_alarm, replica_variance.shape[-1]))

    def predict(variance: Any, length: Any) -> Any:
        return np.sqrt(2 * variance * log_term / num_queries) + length * log_term / num_queries

    residual = predict(residual_variance, lengths[1]) < predict(replica_variance, lengths[0])
    return residual, np.where(residual, residual_variance, replica_variance)


def enclose_h_squared(
    terms: Float[np.ndarray, "*b r m"],
    residual: Bool[np.ndarray, "*b r"],
    pilot_variance: Float[np.ndarray, "*b r"],
    length: Float[np.ndarray, "*b r"],
    cut: Float[np.ndarray, "*b r"],
    false_alarm: float,
) -> tuple[Float[np.ndarray, "*b r"], Float[np.ndarray, "*b r"]]:
    """Return intervals of h^2 that hold for all s together, except with probability `false_alarm`.

    **Arguments:** `terms` of one query in the form that `residual` says, with the variance that a pilot found; they lie
    in an interval of this `length`, and their mean is at most `cut` below h^2 for what was cut off.
    """
    # Equal atoms leave no range: the terms are h^2 itself.
    scale = np.where(length > 0, length, 1.0)
    start = np.where(residual, 0.0, 1 - scale)
    # Rounding may carry a term past its bound by a few units.
    units = np.clip((terms - start[..., None]) / scale[..., None], 0.0, 1.0)
    low, high = betting_interval(units, pilot_variance / scale**2, split_false_alarm(false_alarm, terms.shape[-2]))
    mean = terms.mean(axis=-1)
    lower = np.where(length > 0, np.minimum(start + scale * low, mean), mean)
    upper = np.where(length > 0, np.maximum(start + scale * high, mean), mean)
    return lower, upper + cut
