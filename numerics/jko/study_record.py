"""A JKO study on record: as versioned JSON, and as a short table for a notebook.

`docs/study.md` documents every key. The JSON holds finite numbers only; grids are stored row by row from below.
"""

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from jaxtyping import Float

from ..estimate import Estimate
from ..measures import DiscreteMeasure
from .couplings import Coupling
from .level_sets import LevelSets

if TYPE_CHECKING:
    from .study import Study

SCHEMA_VERSION: Final = 1

SYSTEM: Final = "jko"

MOST_ARROWS: Final = 120
"""Pairs of a coupling that are on record for the picture, for each interval."""

MOST_POINTS: Final = 200
"""Particles of a snapshot that are on record for the picture."""

MOST_SHOWN: Final = 3
"""Intervals whose predictions are on record for the picture: first, last, and between."""


def record_study(study: "Study") -> dict[str, Any]:
    """Return the study as JSON, version 1; the same study gives the same JSON but for `seconds`."""
    fit, training, held_out = study.fit, study.training, study.held_out
    choice = study.choice
    return {
        "schema": "lemmata-study",
        "schema_version": SCHEMA_VERSION,
        "system": SYSTEM,
        "settings": {
            "estimator": fit.estimator,
            "degree": choice.degree,
            "separable": choice.is_separable(training.dimension),
            "centres": choice.centres,
            "interaction": choice.interaction,
            "diffusion": fit.model.internal,
            "held_out": study.share,
            "resolution": len(study.potential.ticks[0]),
            "seed": study.seed,
        },
        "data": {
            "description": study.description,
            "d": training.dimension,
            "times": study.times.tolist(),
            "fitted": [len(measure.weights) for measure in training.measures],
            "held_out": [len(measure.weights) for measure in held_out.measures],
            "followed": study.comparison.floor_kind.value == "noise",
        },
        "energies": {
            "coefficients": [
                {"label": label, "value": value, "standard_error": error}
                for label, value, error in zip(
                    fit.labels, fit.coefficients.tolist(), fit.standard_errors.tolist(), strict=True
                )
            ],
            "diffusivity": None if fit.diffusivity is None else _record_diffusivity(study, fit.diffusivity),
            "condition_number": fit.condition_number,
            "null_space": fit.null_space.tolist(),
            "loss": fit.loss,
        },
        "scores": [{"method": score.method, "error": score.error} for score in study.scores],
        "outcome": study.comparison.outcome.value,
        "comparison": _record_comparison(study),
        "frame": {"origin": study.frame.origin.tolist(), "basis": study.frame.basis.tolist()},
        "potential": _record_levels(study.potential),
        "interaction": None if study.interaction is None else _record_levels(study.interaction),
        "couplings": [_record_coupling(study, interval, coupling) for interval, coupling in enumerate(study.couplings)],
        "predictions": [_record_prediction(study, interval) for interval in _shown_intervals(training.intervals)],
        "device": dict(study.device),
        "seconds": study.seconds,
    }


def display_study(study: "Study") -> str:
    """Return the study's main numbers as a Markdown table."""
    fit, comparison = study.fit, study.comparison
    rows = [
        ("predictions are", comparison.outcome.value),
        ("mean $W_1$ of the predictions", str(comparison.mean_predicted)),
        ("mean $W_1$ of no movement", f"{comparison.unmoved.mean():.6g}"),
        (f"floor: {comparison.floor_kind.value}", str(comparison.mean_floor)),
        *([] if fit.diffusivity is None else [("diffusivity", str(fit.diffusivity))]),
        ("condition number", f"{fit.condition_number:.3g}"),
        ("combinations not identified", str(len(fit.null_space))),
    ]
    head = f"**JKO study**: {study.description}, d = {study.training.dimension}"
    return "\n".join([head, "", "| | |", "|:--|--:|", *(f"| {name} | {value} |" for name, value in rows)])


def _record_estimate(estimate: Estimate) -> dict[str, Any]:
    """Return an estimate with its parts as JSON."""
    return {
        "value": estimate.value,
        "error": estimate.error,
        "parts": dict(estimate.parts),
        "false_alarm": estimate.false_alarm,
    }


def _record_diffusivity(study: "Study", diffusivity: Estimate) -> dict[str, Any]:
    return {**_record_estimate(diffusivity), "standard_error": float(study.fit.standard_errors[-1])}


def _record_comparison(study: "Study") -> dict[str, Any]:
    found = study.comparison
    intervals = zip(found.predicted, found.unmoved.tolist(), found.floor, strict=True)
    return {
        "floor_kind": found.floor_kind.value,
        "intervals": [
            {"predicted": _record_estimate(predicted), "unmoved": unmoved, "floor": _record_estimate(floor)}
            for predicted, unmoved, floor in intervals
        ],
        "mean": {
            "predicted": _record_estimate(found.mean_predicted),
            "unmoved": float(found.unmoved.mean()),
            "floor": _record_estimate(found.mean_floor),
        },
    }


def _record_levels(levels: LevelSets) -> dict[str, Any]:
    return {
        "ticks": [axis.tolist() for axis in levels.ticks],
        "values": levels.values.ravel().tolist(),
        "errors": levels.errors.ravel().tolist(),
        "covered": levels.covered.ravel().astype(int).tolist(),
    }


def _record_coupling(study: "Study", interval: int, coupling: Coupling) -> dict[str, Any]:
    """Return pairs drawn by their mass, in the frame, and what the whole coupling costs."""
    rng = np.random.default_rng([study.seed, 6, interval])
    count = min(MOST_ARROWS, len(coupling.masses))
    drawn = np.sort(rng.choice(len(coupling.masses), count, replace=False, p=coupling.masses))
    before, after = study.training.measures[interval : interval + 2]
    return {
        "cost": coupling.cost,
        "gap": coupling.gap,
        "from": study.frame.project(before.atoms[coupling.sources[drawn]]).tolist(),
        "to": study.frame.project(after.atoms[coupling.targets[drawn]]).tolist(),
    }


def _record_prediction(study: "Study", interval: int) -> dict[str, Any]:
    """Return held-out particles before and after an interval, and the prediction of the latter, in the frame."""
    before, after = study.held_out.measures[interval : interval + 2]
    spacing = float(study.held_out.spacings[interval])
    moved = study.fit.predict(before.atoms, tau=spacing, weights=before.weights, seed=study.seed)[0]
    predicted = DiscreteMeasure(moved, before.weights)
    rng = np.random.default_rng([study.seed, 7, interval])
    return {
        "interval": interval,
        "before": _drawn(study, before, rng),
        "after": _drawn(study, after, rng),
        "predicted": _drawn(study, predicted, rng),
    }


def _drawn(study: "Study", measure: DiscreteMeasure, rng: np.random.Generator) -> list[list[float]]:
    """Return particles of equal weight in the frame: all of them, or as many as are drawn by weight."""
    atoms: Float[np.ndarray, "n d"] = measure.atoms
    equal = np.ptp(measure.weights) == 0
    if not equal or len(atoms) > MOST_POINTS:
        count = min(len(atoms), MOST_POINTS)
        atoms = atoms[rng.choice(len(atoms), count, replace=not equal, p=measure.weights)]
    return list(study.frame.project(atoms).tolist())


def _shown_intervals(count: int) -> list[int]:
    return sorted({round(index) for index in np.linspace(0, count - 1, min(count, MOST_SHOWN))})
