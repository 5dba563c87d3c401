"""The JKO study of snapshots: the energies that move the particles, and what they predict of particles kept aside.

    J(mu) = int V dmu + (1/2) int int U(x - y) dmu dmu + beta int rho log rho

V, if asked U, and beta are fitted to most of the particles by the first-order condition of a JKO step; the others say
how far one-step predictions are from what happened, beside no movement at all and a floor.

References: [terpin2024] for the quadratic loss.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final, final

import numpy as np
from jaxtyping import Float

from ..data_files import SnapshotData
from ..device import describe_device
from ..measures import DiscreteMeasure, Numbers
from ..study_input import StudyError
from .conditions import Estimator
from .couplings import MAX_PARTICLES, BatchedCoupler, Coupling, CouplingFailed
from .density_score import FEWEST, ScoreEstimate, estimate_score
from .energy_fit import EnergyFit
from .features import AbstractFeatures
from .fit import fit_energies, sample_differences
from .held_out import DRAWS, Comparison, compare_predictions, hold_out, is_followed
from .level_sets import Frame, LevelSets, find_frame, interaction_levels, potential_levels
from .snapshots import Snapshots, take_snapshots
from .standard_errors import FEWEST_GROUPS, FEWEST_IN_GROUP, count_groups
from .study_features import FeatureChoice

DEGREE: Final = 4
"""The degree of the polynomials in V, unless told otherwise."""

HELD_OUT: Final = 0.25
"""The share of particles that are held out, unless told otherwise."""

RESOLUTION: Final = 61
"""Places of the level sets along an axis, unless told otherwise."""

FEWEST_FITTED: Final = max(FEWEST_GROUPS * FEWEST_IN_GROUP, FEWEST)
"""Below so many particles in a snapshot there is no standard error."""


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Study:
    """The study of snapshots; it displays itself in a notebook.

    `training` and `held_out` are the particles that `fit` saw and did not see; `couplings` (one for each interval) and
    `scores` (one for each snapshot, none without diffusion) are what the fit was made from. `potential` and
    `interaction` are level sets in `frame`, the latter None where no interaction was sought.
    """

    description: str
    training: Snapshots
    held_out: Snapshots
    choice: FeatureChoice
    fit: EnergyFit
    couplings: tuple[Coupling, ...]
    scores: tuple[ScoreEstimate, ...]
    comparison: Comparison
    frame: Frame
    potential: LevelSets
    interaction: LevelSets | None
    share: float
    seed: int
    device: Mapping[str, Any]
    seconds: float

    @property
    def times(self) -> Float[np.ndarray, " snapshots"]:
        """The times of the snapshots, from 0."""
        return np.concatenate([[0.0], np.cumsum(self.training.spacings)])

    def to_json(self) -> dict[str, Any]:
        """Return the study as JSON, arrays as lists; `docs/study.md` documents it."""
        from .study_record import record_study

        return record_study(self)

    def _repr_markdown_(self) -> str:
        from .study_record import display_study

        return display_study(self)


def study_snapshots(
    snapshots: Numbers | Sequence[Numbers] | SnapshotData,
    tau: Numbers | None = None,
    weights: Sequence[Numbers] | None = None,
    *,
    degree: int = DEGREE,
    centres: int = 0,
    interaction: bool = False,
    internal: bool = True,
    estimator: Estimator = "trapezoid",
    held_out: float = HELD_OUT,
    resolution: int = RESOLUTION,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> Study:
    """Fit energies to most particles of the snapshots, and compare what they predict with what became of the others.

    **Arguments:** `snapshots`, `tau` and `weights` are those of `fit_energies`, or what `open_snapshots` found in a
    file, alone. V, and an even U if `interaction`, are sought among polynomials up to `degree`, without products of
    coordinates where these would be too many, and `centres` Gaussians about centres that k-means finds; `internal` says
    whether beta is sought, `estimator` is that of `fit_energies`. `held_out` in (0, 1/2] is the share of particles that
    the fit does not see, at most 500 of them; `resolution` the number of places of the level sets along an axis; `seed`
    is that of everything drawn. `progress` is called with pieces of work done and all of them.

    **Raises:** `StudyError` for snapshots, weights and times of which no study can be made, too few particles for the
    features or for a standard error, wrong settings, a diffusivity that is negative beyond its error, and predictions
    that leave the range of finite numbers.
    """
    started = time.perf_counter()
    _refuse_settings(degree, centres, held_out, resolution)
    choice = FeatureChoice(degree, centres, interaction)
    try:
        taken, description = _read(snapshots, tau, weights)
        training, kept = hold_out(taken, held_out, seed)
        features = _place(choice, training, internal, seed)
        work = _Work(progress, training, internal)
        scores = tuple(_scored(training, seed, work)) if internal else ()
        coupler = _WatchedCoupler(BatchedCoupler(MAX_PARTICLES, seed), work)
        fit = fit_energies(
            training.measures,
            training.spacings,
            potential=features,
            interaction=choice.features(training.dimension) if interaction else None,
            internal=internal,
            estimator=estimator,
            couplings=coupler,
            density_score=scores if internal else "best",
            seed=seed,
        )
        _refuse_negative(fit)
        comparison = compare_predictions(
            fit, training, kept, followed=is_followed(taken), seed=seed, report=work.advance
        )
    except (ValueError, TypeError, CouplingFailed) as error:
        raise StudyError(str(error)) from error
    frame = find_frame(training)
    return Study(
        description=description,
        training=training,
        held_out=kept,
        choice=choice,
        fit=fit,
        couplings=tuple(coupler.found[: training.intervals]),
        scores=scores,
        comparison=comparison,
        frame=frame,
        potential=potential_levels(fit, frame, training.pooled(), resolution),
        interaction=interaction_levels(fit, frame, sample_differences(training, seed), resolution)
        if interaction
        else None,
        share=held_out,
        seed=seed,
        device=describe_device(),
        seconds=time.perf_counter() - started,
    )


@final
class _Work:
    """Pieces of work done out of all: scores, couplings of whole snapshots and of groups, and predictions."""

    def __init__(self, progress: Callable[[int, int], None] | None, training: Snapshots, internal: bool) -> None:
        couplings = training.intervals * (1 + count_groups(training))
        self._progress, self._done = progress, 0
        self._total = couplings + DRAWS + (len(training.measures) if internal else 0)

    def advance(self) -> None:
        """Count one more piece as done."""
        self._done += 1
        if self._progress is not None:
            self._progress(self._done, self._total)


@final
class _WatchedCoupler:
    """Couple as `coupler` does and keep what it `found`: first of all the couplings of whole snapshots, in order."""

    def __init__(self, coupler: BatchedCoupler, work: _Work) -> None:
        self.found: list[Coupling] = []
        self._coupler, self._work = coupler, work

    def __call__(self, source: DiscreteMeasure, target: DiscreteMeasure) -> Coupling:
        self.found.append(self._coupler(source, target))
        self._work.advance()
        return self.found[-1]


def _refuse_settings(degree: int, centres: int, held_out: float, resolution: int) -> None:
    if degree < 0 or centres < 0 or degree + centres == 0:
        raise StudyError(f"degree {degree} and {centres} centres leave no features: V has nothing to be made of")
    if not 0 < held_out <= 0.5:
        raise StudyError(f"the share that is held out must be positive and at most a half, not {held_out:g}")
    if resolution < 2:
        raise StudyError(f"level sets on {resolution} places along an axis show nothing: at least 2 are needed")


def _read(
    snapshots: Numbers | Sequence[Numbers] | SnapshotData, tau: Numbers | None, weights: Sequence[Numbers] | None
) -> tuple[Snapshots, str]:
    """Return the snapshots and what they are in words."""
    if isinstance(snapshots, SnapshotData):
        if tau is not None or weights is not None:
            raise ValueError("snapshots from a file carry their own times and weights: give none beside them")
        return take_snapshots(snapshots.snapshots, snapshots.spacings, snapshots.weights), snapshots.description
    if tau is None:
        raise ValueError("tau, the time between snapshots, is missing")
    taken = take_snapshots(snapshots, tau, weights)
    return taken, f"{len(taken.measures)} snapshots"


def _place(choice: FeatureChoice, training: Snapshots, internal: bool, seed: int) -> AbstractFeatures:
    """Return the features of V, refused where the particles are too few for them."""
    for index, measure in enumerate(training.measures):
        if len(measure.weights) < FEWEST_FITTED:
            raise ValueError(
                f"snapshot {index} has too few particles: {len(measure.weights)} are left to fit to, and standard "
                f"errors need {FEWEST_FITTED}"
            )
    features, count = choice.place(training, seed)
    unknowns = count + int(internal)
    sizes = [len(measure.weights) for measure in training.measures]
    conditions = training.dimension * sum(min(pair) for pair in pairwise(sizes))
    if conditions < unknowns:
        raise ValueError(
            f"too few particles for the features: {conditions} conditions, one for each coordinate of a moved "
            f"particle, for {unknowns} coefficients"
        )
    return features


def _refuse_negative(fit: EnergyFit) -> None:
    """Refuse a fit that cannot be simulated, and say what may be wrong."""
    beta = fit.diffusivity
    if beta is not None and beta.high < 0:
        raise ValueError(
            f"the fitted diffusivity is negative beyond its error, {beta.value:.3g} +- {beta.error:.2g}: the features "
            "are too few for V, the times are wrong, or nothing diffuses, and then it is to be left out"
        )


def _scored(training: Snapshots, seed: int, work: _Work) -> Iterator[ScoreEstimate]:
    """Yield the score of each snapshot."""
    for index, measure in enumerate(training.measures):
        try:
            yield estimate_score(measure, seed=seed)
        except ValueError as error:
            raise ValueError(f"snapshot {index}: {error}") from error
        work.advance()
