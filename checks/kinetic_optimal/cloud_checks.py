"""Comparisons on data sets in several dimensions, by sampling with intervals that hold at small samples."""

from collections.abc import Callable, Sequence
from typing import Any

from ...numerics.kinetic_optimal.small_data import PosteriorStatistics, estimate_posterior_statistics
from ...numerics.measures import DiscreteMeasure
from ..builders import Check, property
from ..comparison import Comparison
from ..trial import Effort, Run
from .data_sets import CloudData, cloud_data, decode_cloud, encode_data

QUERIES = {Effort.QUICK: 4096, Effort.STANDARD: 16384, Effort.DEEP: 65536}
"""Queries for each drawn data set."""


def estimate_cloud(data: CloudData, run: Run) -> PosteriorStatistics:
    """Estimate error and information of a drawn data set within the run's means."""
    return estimate_posterior_statistics(
        DiscreteMeasure(data.atoms, data.weights),
        data.s,
        key=run.key(),
        num_queries=QUERIES[run.effort],
        false_alarm=run.false_alarm,
    )


def cloud_property(
    compare: Callable[[Any, CloudData, Run], Comparison],
    name: str,
    *,
    low: float = 1 / 8,
    high: float = 4.0,
    shrink: bool = True,
    first: Sequence[CloudData] = (),
) -> Check:
    """Build a property check over drawn data sets, with s between `low` and `high`."""
    return property(
        lambda: cloud_data(low, high),
        compare,
        encode=encode_data,
        decode=decode_cloud,
        method="Hypothesis over data sets with n <= 32, d <= 8; posterior sampling, empirical-Bernstein intervals",
        name=name,
        examples={Effort.QUICK: 20, Effort.STANDARD: 100, Effort.DEEP: 1000},
        shrink=shrink,
        first=first,
    )
