"""What a study is made of: a user's data, described as they are and normalised as asked.

Shared by the studies of all systems. The convention is E|X|^2 = d [shaul2023, abstract, (iv)]: data are centred and
scaled by one factor, which keeps every angle and every ratio of distances.
"""

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, final

from .data_set import DataSet
from .measures import DiscreteMeasure, Numbers

TOLERANCE = 1e-3
"""How far E|X|^2/d of data to be taken as they are may be from 1: what printing with four digits leaves."""


@final
class Normalisation(StrEnum):
    """What is done to data so that E|X|^2 = d holds: centre and scale, scale only, or nothing."""

    CENTRE = "centre"
    SCALE = "scale"
    NONE = "none"


@final
class StudyError(ValueError):
    """Data or settings of which no study can be made; one line says why."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class StudyData:
    """What the data are, `n` rows in R^`d`, and what was done to them.

    `description` says in words what the rows are; `distinct` is the number of different rows, `entropy` is H(X) in nats
    and `entropy_rate` H(X)/d; `mean_square` and `squared_mean` are E|X|^2/d and |E X|^2/d of the data as given, and
    `factor` is what they were multiplied by.
    """

    description: str
    n: int
    d: int
    distinct: int
    entropy: float
    entropy_rate: float
    normalisation: Normalisation
    mean_square: float
    squared_mean: float
    factor: float

    def to_json(self) -> dict[str, Any]:
        """Return the description as JSON."""
        return {**asdict(self), "normalisation": self.normalisation.value}


def prepare_data(data: Numbers | DiscreteMeasure | DataSet, how: Normalisation) -> tuple[StudyData, DataSet]:
    """Describe `data` (n, d) as they are, and return them with E|X|^2 = d.

    **Raises:** `StudyError` for data that are no finite real matrix, have one row, or equal rows alone, and for data
    that should be normalised already and are not.
    """
    try:
        given = DataSet.of(data)
        return _prepare(given, how)
    except StudyError:
        raise
    except (ValueError, TypeError) as error:
        raise StudyError(str(error)) from error


def _prepare(given: DataSet, how: Normalisation) -> tuple[StudyData, DataSet]:
    if given.n == 1:
        raise StudyError("there is only one row: a single atom has nothing to separate")
    d, mean = given.dimension, given.mean()
    mean_square = given.second_moment() / d
    distinct = given.num_distinct
    if distinct == 1:
        raise StudyError(f"all {given.n} rows are equal: a single atom has nothing to separate")
    if how is Normalisation.NONE and not abs(mean_square - 1) <= TOLERANCE:
        raise StudyError(f"the data are not normalised: E|X|^2/d is {mean_square:.6g}, not 1")
    normalised = given.normalised(centre=how is Normalisation.CENTRE)
    described = StudyData(
        description=given.description,
        n=given.n,
        d=d,
        distinct=distinct,
        entropy=given.entropy(),
        entropy_rate=given.entropy() / d,
        normalisation=how,
        mean_square=mean_square,
        squared_mean=float(mean @ mean) / d,
        factor=normalised.factor / given.factor,
    )
    return described, normalised
