"""Held-out likelihood: the log-density that a model gives to points it has not seen, alone and against another model.

Energy distances do not see memorisation, for a sample of training points is close to the truth in them; likelihood
does, for fresh points are far from all training points.
"""

import numpy as np
from jaxtyping import Float

from ..estimate import Estimate
from ..measures import Numbers
from ..statistics import student_interval
from .memorisation import FALSE_ALARM
from .score_models import AbstractScoreModel


def held_out_log_likelihood(
    model: AbstractScoreModel, points: Numbers, *, noise: float = 0.0, false_alarm: float = FALSE_ALARM
) -> Estimate:
    """Estimate the mean log-density, in nats, that a model gives to points (m, d) of the truth.

    **Arguments:** `noise` is what the model is smoothed with beside its width, positive for an `EmpiricalScore`.

    The interval takes the mean as normal, which it is for many points: log-densities have no bound.

    **Raises:** `ValueError` for fewer than two points, and a model without width or noise.
    """
    return student_interval(np.asarray(model.log_density(points, 1.0, noise)), false_alarm)


def log_likelihood_gain(
    model: AbstractScoreModel, other: AbstractScoreModel, points: Numbers
) -> Float[np.ndarray, " m"]:
    """Compute how much more log-density, in nats, a model gives to each point (m, d) than another model does."""
    return np.asarray(model.log_density(points)) - np.asarray(other.log_density(points))
