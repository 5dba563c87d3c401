"""The Monge-Ampere study of weighted atoms: is the probability flow's map to them optimal, and how far from it is it?

For atoms y_i with weights w_i, as they are given: the gap between the flow's map from N(0, I) at infinite horizon and
the optimal one; the same at finite horizons T, for three readings of what is compared; basins and cells in a plane; and
two points that the flow sends the wrong way round, where there are any, with a certificate each.

The gap depends on the scale of the atoms, so they are not normalised. It does not depend on their mean at infinite
horizon; at a finite one it does where samples start from N(0, I), and `Compared` says which is meant.

References: [wang2024, abstract], the claim that the flow's map converges to the optimal one.
"""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, final

import numpy as np

from ...theory.verdict import Certificate
from ..data_set import DataSet
from ..device import describe_device
from ..measures import WEIGHT_TOLERANCE, DiscreteMeasure, Numbers
from ..study_input import StudyError
from .forward_law import AffineHull
from .gap import MapGap, map_gap
from .label_picture import LabelPicture, label_picture
from .monotonicity import CrossedPair, certify_crossed_pair, find_crossed_pair

HORIZONS: Final = (0.25, 0.5, 1.0, 2.0, 3.0, 4.0, 6.0, 8.0)
"""Horizons T at which the gap is computed, unless told otherwise."""

TOLERANCE: Final = 1e-4
"""Error in mass to which angles are resolved, unless told otherwise."""

RESOLUTION: Final = 240
"""Squares of the picture along an axis, unless told otherwise: an even number keeps them off the axes."""

MOST_ATOMS: Final = 256
"""More atoms than this would take hours."""

LEAST_DISTANCE: Final = 1e-6
"""Least distance of two atoms, relative to the largest coordinate of the centred atoms."""


@final
class Compared(StrEnum):
    """What is compared with what at a finite horizon."""

    RAW = "raw"
    """Samples of N(0, I) through the flow of the data as they are, against the optimal map from N(0, I)."""

    CENTRED = "centred"
    """The same for data without their mean."""

    FORWARD = "forward"
    """Samples of p_T, the data's own law at T, against the optimal map from p_T."""


@final
class Outcome(StrEnum):
    """What is known of the flow's map from N(0, I) at infinite horizon."""

    OPTIMAL = "optimal"
    """Optimal, as is proved of all atoms on a line."""

    REFUTED = "refuted"
    """Not optimal: two points are sent the wrong way round, which is proved."""

    DIFFERENT = "different"
    """The mass that is sent to other atoms than the optimal ones is larger than its error."""

    NOT_TOLD_APART = "not told apart"
    """No difference was found within the error."""


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Study:
    """The study of weighted atoms; it displays itself in a notebook.

    `measure` is what was given and `rank` the dimension of its atoms' affine hull; `gap` is that at infinite horizon,
    `by_horizon` those at `horizons`, one for each; `crossed` are two points of the `picture` that the flow sends the
    wrong way round, if there are any, and `certificates` prove it, if they do.
    """

    description: str
    measure: DiscreteMeasure
    rank: int
    gap: MapGap
    horizons: tuple[float, ...]
    by_horizon: Mapping[Compared, tuple[MapGap, ...]]
    picture: LabelPicture
    crossed: CrossedPair | None
    certificates: tuple[Certificate, ...]
    tolerance: float
    seed: int
    device: Mapping[str, Any]
    seconds: float

    @property
    def is_centred(self) -> bool:
        """Whether the mean is 0 up to rounding: the raw gaps are then the centred ones."""
        return _is_centred(self.measure)

    @property
    def outcome(self) -> Outcome:
        """What is known of the flow's map."""
        if self.rank <= 1:
            return Outcome.OPTIMAL
        if self.certificates:
            return Outcome.REFUTED
        return Outcome.DIFFERENT if self.gap.mismatch.low > 0 else Outcome.NOT_TOLD_APART

    def to_json(self) -> dict[str, Any]:
        """Return the study as JSON, arrays as lists; `docs/study.md` documents it."""
        from .study_record import record_study

        return record_study(self)

    def _repr_markdown_(self) -> str:
        from .study_record import display_study

        return display_study(self)


def study_atoms(
    atoms: Numbers | DiscreteMeasure | DataSet,
    weights: Numbers | None = None,
    *,
    horizons: Sequence[float] = HORIZONS,
    tolerance: float = TOLERANCE,
    resolution: int = RESOLUTION,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> Study:
    """Study the probability flow's map to weighted atoms against the optimal one.

    **Arguments:** `atoms` (n, d) with `weights` (n,), equal if not given, or both as a measure or a data set; the gap
    is computed at the `horizons`, positive and finite, and at infinity, to `tolerance` in mass; `resolution` is the
    number of squares of the picture along an axis; `seed` is that of directions where atoms span more than a plane;
    `progress` is called with maps compared and maps to be compared.

    **Raises:** `StudyError` for atoms that are no finite real matrix, fewer than two, more than `MOST_ATOMS`, repeated,
    or too near to each other; for weights that are negative, zero, or do not sum to 1; and for wrong settings.
    """
    started = time.perf_counter()
    described = _read(atoms, weights)
    _refuse_settings(horizons, tolerance, resolution)
    measure = described.measure()
    rank = _refuse_atoms(measure)
    centred = _is_centred(measure)
    compared = [one for one in Compared if not (centred and one is Compared.RAW)]
    total, done = 2 + len(compared) * len(horizons), 0

    def report() -> None:
        nonlocal done
        done += 1
        if progress is not None:
            progress(done, total)

    gap = map_gap(measure, tolerance=tolerance, seed=seed)
    report()
    picture = label_picture(gap.diagram, resolution=resolution)
    report()
    found: dict[Compared, tuple[MapGap, ...]] = {}
    for one in compared:
        gaps = []
        for horizon in horizons:
            gaps.append(_gap_at(measure, one, horizon, tolerance, seed))
            report()
        found[one] = tuple(gaps)
    if centred:
        found[Compared.RAW] = found[Compared.CENTRED]
    crossed = find_crossed_pair(picture.points[picture.inner.ravel()], picture.flow[picture.inner], picture.measure)
    proof = None if crossed is None else certify_crossed_pair(crossed, picture.measure)
    return Study(
        description=described.description,
        measure=measure,
        rank=rank,
        gap=gap,
        horizons=tuple(map(float, horizons)),
        by_horizon={one: found[one] for one in Compared},
        picture=picture,
        crossed=crossed,
        certificates=proof or (),
        tolerance=tolerance,
        seed=seed,
        device=describe_device(),
        seconds=time.perf_counter() - started,
    )


def _read(atoms: Numbers | DiscreteMeasure | DataSet, weights: Numbers | None) -> DataSet:
    """Return the atoms as a data set, refused where no study can be made of them."""
    try:
        data = DataSet.of(atoms, weights)
        data.mean()
    except (ValueError, TypeError) as error:
        raise StudyError(str(error)) from error
    if not abs(data.weight_total - 1) <= WEIGHT_TOLERANCE:
        raise StudyError(f"weights must sum to 1, not {data.weight_total:.9g}: divide them by their sum")
    if (data.weights == 0).any():
        raise StudyError(f"weights must be positive: that of row {int(np.argmin(data.weights))} is 0 (counted from 0)")
    if data.n < 2:
        raise StudyError("there is only one atom: every map to it is optimal")
    if data.n > MOST_ATOMS:
        raise StudyError(f"{data.n} atoms are too many: at most {MOST_ATOMS} can be studied")
    return data


def _refuse_atoms(measure: DiscreteMeasure) -> int:
    """Refuse repeated atoms, and such as cannot be told apart; return the dimension that they span."""
    _, first, index = np.unique(measure.atoms, axis=0, return_index=True, return_inverse=True)
    repeated = np.flatnonzero(first[index.ravel()] != np.arange(len(measure.atoms)))
    if len(repeated):
        again = int(repeated[0])
        raise StudyError(f"an atom is repeated: row {again} is row {int(first[index.ravel()[again]])} (counted from 0)")
    centred = measure.atoms - measure.mean()
    distances = np.linalg.norm(centred[:, None] - centred[None], axis=2) + np.diag(np.full(len(centred), np.inf))
    if distances.min() < LEAST_DISTANCE * np.abs(centred).max():
        i, j = sorted(int(place) for place in np.unravel_index(np.argmin(distances), distances.shape))
        raise StudyError(f"rows {i} and {j} are only {distances[i, j]:.2g} apart: too near for their spread")
    return AffineHull.of(measure).rank


def _refuse_settings(horizons: Sequence[float], tolerance: float, resolution: int) -> None:
    if not horizons or not all(0 < horizon < math.inf for horizon in horizons):
        raise StudyError(f"horizons must be positive and finite, and at least one: not {list(horizons)}")
    if not tolerance > 0:
        raise StudyError(f"the tolerance must be positive, not {tolerance}")
    if resolution < 2:
        raise StudyError(f"a picture of {resolution} squares along an axis shows nothing: at least 2 are needed")


def _is_centred(measure: DiscreteMeasure) -> bool:
    rounding = len(measure.atoms) * np.finfo(np.float64).eps * float(np.abs(measure.atoms).max())
    return bool(np.abs(measure.mean()).max() <= rounding)


def _gap_at(measure: DiscreteMeasure, compared: Compared, horizon: float, tolerance: float, seed: int) -> MapGap:
    if compared is Compared.FORWARD:
        return map_gap(measure, horizon=horizon, source="forward", tolerance=tolerance, seed=seed)
    return map_gap(measure, horizon=horizon, centred=compared is Compared.CENTRED, tolerance=tolerance, seed=seed)
