"""Learn the energies of a diffusion from snapshots: the quadratic loss of JKO's first-order condition in closed form.

With V and U linear in features, and with beta, the loss is a least-squares problem in theta. Its rows are streamed, so
memory does not grow with particles times features. The estimators are those of `conditions`.

References: [terpin2024] for the method.
"""

from collections.abc import Callable, Sequence
from typing import Final, Literal, TypeAlias

import numpy as np
from jaxtyping import Float
from scipy import stats

from ..estimate import Estimate
from ..measures import DiscreteMeasure, Numbers
from .conditions import (
    ESTIMATORS,
    CoupledSnapshots,
    Drifted,
    EnergyModel,
    Estimator,
    carry_by_drift,
    condition_rows,
)
from .couplings import MAX_PARTICLES, BatchedCoupler, Coupler
from .density_score import Method, ScoreEstimate, estimate_score
from .energy_fit import EnergyFit
from .features import AbstractFeatures, Points, join_features
from .least_squares import RANK_TOLERANCE, LeastSquares, solve_triangle, triangularise
from .mixture_score import Scores
from .snapshots import Snapshots, take_snapshots
from .standard_errors import couple_snapshots, estimate_covariance

Features: TypeAlias = AbstractFeatures | Sequence[AbstractFeatures]
ScoreFunction: TypeAlias = Callable[[Points, Float[np.ndarray, " n"]], Scores]
DensityScore: TypeAlias = Method | ScoreFunction | Sequence[Scores] | Sequence[ScoreEstimate]

FALSE_ALARM: Final = 1e-3
"""Probability with which sampling moves the diffusivity farther than its error's part `sampling` says."""

DRIFTS: Final = 1
"""How often the particles of Euler-Maruyama steps are carried by the drift that was fitted last."""

SAMPLED_DIFFERENCES: Final = 20_000
"""Differences of particles that interaction features are placed by."""


def fit_energies(
    snapshots: Numbers | Sequence[Numbers],
    tau: Numbers,
    *,
    potential: Features | None,
    interaction: Features | None = None,
    internal: bool = True,
    estimator: Estimator = "trapezoid",
    couplings: Literal["exact"] | Coupler = "exact",
    density_score: DensityScore = "best",
    weights: Sequence[Numbers] | None = None,
    ridge: float = 0.0,
    rank_tolerance: float = RANK_TOLERANCE,
    seed: int = 0,
) -> EnergyFit:
    """Fit potential, interaction and diffusivity to snapshots of a diffusion.

    **Arguments:** `snapshots`, `tau` and `weights` are those of `take_snapshots`; snapshots may differ in size.
    `potential` and `interaction` are features or sequences of them, None for an energy that is not there; of an
    interaction the even part acts. `internal` says whether beta is sought. `estimator` is `trapezoid`, whose bias is of
    second order in tau for snapshots of a flow, `jko` for snapshots that are exact steps of the scheme, `explicit`
    for steps of Euler's method, or `euler-maruyama` for such steps with noise, which is fitted twice: the first fit's
    drift tells where the noise begins, unless the scores are given. `couplings` is `"exact"`, in batches
    beyond 20000 particles, or a function of two measures. `density_score` is a method of `estimate_score`, a function
    of particles (n, d) and weights (n,), or the scores (n_k, d) of each snapshot, known or estimated. `ridge` and
    `rank_tolerance` are those of `solve_triangle`; `seed` is that of k-means, EM and groups.

    **Raises:** `ValueError` for snapshots, spacings, features or scores that do not fit together, an unknown estimator,
    and if nothing is sought; `CouplingFailed` from `couple_exactly`.
    """
    if estimator not in ESTIMATORS:
        raise ValueError(f"the estimator is one of {', '.join(ESTIMATORS)}, not {estimator!r}")
    taken = take_snapshots(snapshots, tau, weights)
    model = place_model(taken, potential, interaction, internal, seed)
    coupler = BatchedCoupler(MAX_PARTICLES, seed) if couplings == "exact" else couplings
    scores, score_errors = (
        find_scores(taken, density_score, seed) if internal else (None, np.zeros(taken.intervals + 1))
    )
    start_errors = score_errors[:-1]
    data = CoupledSnapshots(taken, couple_snapshots(taken, coupler), scores)

    def solve() -> LeastSquares:
        rows = condition_rows(data, model, estimator)
        return solve_triangle(triangularise(rows), ridge=ridge, rank_tolerance=rank_tolerance)

    solved = solve()
    if internal and estimator == "euler-maruyama" and (isinstance(density_score, str) or callable(density_score)):
        for _ in range(DRIFTS):
            laws = carry_by_drift(data, model, solved.solution)
            drifted_scores, drifted_errors = _scores_of(laws, density_score, seed)
            drifted = Drifted(laws, drifted_scores)
            data = CoupledSnapshots(taken, couple_snapshots(taken, coupler, drifted), scores, drifted)
            solved = solve()
            start_errors = drifted_errors
    covariance, freedom = estimate_covariance(data, model, estimator, coupler, solved, seed)
    # Where all residuals vanish, rounding leaves variances of either sign.
    standard_errors = np.sqrt(np.diag(covariance).clip(min=0))
    diffusivity = None
    if internal:
        value, spread = float(solved.solution[-1]), float(standard_errors[-1])
        squared = (np.square(start_errors) + np.square(score_errors[1:])).sum() / 2
        parts = {
            "sampling": float(stats.t.isf(FALSE_ALARM / 2, freedom)) * spread,
            "density_score": abs(value) * float(np.sqrt(squared * solved.pseudo_inverse[-1, -1])),
        }
        diffusivity = Estimate.of_parts(value, parts, f"{estimator} estimator", FALSE_ALARM)
    return EnergyFit(
        model=model,
        estimator=estimator,
        coefficients=solved.solution,
        standard_errors=standard_errors,
        diffusivity=diffusivity,
        condition_number=solved.condition_number,
        null_space=solved.null_space,
        loss=solved.residual / taken.intervals,
        spacings=taken.spacings,
        dimension=taken.dimension,
        covariance=covariance,
    )


def place_model(
    snapshots: Snapshots, potential: Features | None, interaction: Features | None, internal: bool, seed: int
) -> EnergyModel:
    """Return features of V, placed by the particles, and the even part of those of U, placed by their differences.

    **Raises:** `ValueError` if nothing is sought.
    """
    if potential is None and interaction is None and not internal:
        raise ValueError("nothing is sought: give features of a potential or an interaction, or internal=True")
    placed = None if potential is None else join_features(potential).placed(snapshots.pooled(), seed)
    if interaction is None:
        return EnergyModel(placed, None, internal)
    differences = sample_differences(snapshots, seed)
    return EnergyModel(placed, join_features(interaction).placed(differences, seed).even_part(), internal)


def sample_differences(snapshots: Snapshots, seed: int) -> DiscreteMeasure:
    """Return differences between particles of the same snapshot, drawn by weight from all of them alike."""
    rng = np.random.default_rng([seed, 2])
    count = -(-SAMPLED_DIFFERENCES // len(snapshots.measures))
    drawn = []
    for measure in snapshots.measures:
        pairs = rng.choice(len(measure.weights), (2, count), p=measure.weights)
        drawn.append(measure.atoms[pairs[0]] - measure.atoms[pairs[1]])
    return DiscreteMeasure(np.concatenate(drawn))


def find_scores(
    snapshots: Snapshots, density_score: DensityScore, seed: int
) -> tuple[tuple[Float[np.ndarray, "_ d"], ...], Float[np.ndarray, " times"]]:
    """Return the score at the particles of each snapshot, with its root mean square error, 0 where it is given."""
    return _scores_of(snapshots.measures, density_score, seed)


def _scores_of(
    measures: Sequence[DiscreteMeasure], density_score: DensityScore, seed: int
) -> tuple[tuple[Float[np.ndarray, "_ d"], ...], Float[np.ndarray, " times"]]:
    given: list[ScoreEstimate | Scores]
    if isinstance(density_score, str):
        given = [estimate_score(measure, method=density_score, seed=seed) for measure in measures]
    elif callable(density_score):
        given = [density_score(measure.atoms, measure.weights) for measure in measures]
    else:
        given = list(density_score)
    scores = [score.values if isinstance(score, ScoreEstimate) else score for score in given]
    errors = [score.error if isinstance(score, ScoreEstimate) else 0.0 for score in given]
    if [np.shape(score) for score in scores] != [measure.atoms.shape for measure in measures]:
        raise ValueError("scores must have the shape (n_k, d) of each snapshot")
    return tuple(np.asarray(score, np.float64) for score in scores), np.array(errors)
