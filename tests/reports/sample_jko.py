"""A JKO study as it would be stored: a double well in the plane, three snapshots, particles that were followed."""

import copy
from typing import Any

Json = Any


def estimate(value: float, error: float) -> Json:
    return {"value": value, "error": error, "parts": {}, "false_alarm": 1e-3}


def distances(predicted: float, unmoved: float, floor: float) -> Json:
    return {"predicted": estimate(predicted, 2e-3), "unmoved": unmoved, "floor": estimate(floor, 1e-3)}


def levels() -> Json:
    """Return (x^2 - 1)^2 + y on 5 x 3 places, the first row extrapolated."""
    x, y = [-1.5, -0.75, 0.0, 0.75, 1.5], [-1.0, 0.0, 1.0]
    values = [(a**2 - 1) ** 2 + b for b in y for a in x]
    return {"ticks": [x, y], "values": values, "errors": [0.05] * 15, "covered": [0] * 5 + [1] * 10}


def prediction(interval: int) -> Json:
    return {
        "interval": interval,
        "before": [[-1.2, 0.5], [0.3, 0.1], [1.1, -0.4]],
        "after": [[-1.0, 0.4], [0.6, 0.1], [1.0, -0.3]],
        "predicted": [[-1.1, 0.4], [0.5, 0.0], [1.0, -0.2]],
    }


def sample_study() -> Json:
    """Return the study."""
    moved = {"cost": 0.05, "gap": 1e-16, "from": [[-1.2, 0.5], [0.3, 0.1]], "to": [[-1.0, 0.4], [0.6, 0.1]]}
    labels = ("V: x1", "V: x2", "V: x1^2", "V: x1 x2", "V: x2^2", "beta")
    return copy.deepcopy(
        {
            "schema": "lemmata-study",
            "schema_version": 1,
            "system": "jko",
            "settings": {
                "estimator": "trapezoid", "degree": 2, "separable": False, "centres": 0, "interaction": False,
                "diffusion": True, "held_out": 0.25, "resolution": 5, "seed": 0,
            },
            "data": {
                "description": "3 snapshots of 400 particles (float64)", "d": 2, "times": [0.0, 0.1, 0.2],
                "fitted": [300] * 3, "held_out": [100] * 3, "followed": True,
            },
            "energies": {
                "coefficients": [{"label": one, "value": 0.5, "standard_error": 0.01} for one in labels],
                "diffusivity": {
                    "value": 0.1, "error": 0.02, "parts": {"sampling": 0.015, "density_score": 0.005},
                    "false_alarm": 1e-3, "standard_error": 0.004,
                },
                "condition_number": 7.5,
                "null_space": [],
                "loss": 0.01,
            },
            "scores": [{"method": "mixture of 2 Gaussians", "error": 0.2}] * 3,
            "outcome": "better than no movement",
            "comparison": {
                "floor_kind": "noise",
                "intervals": [distances(0.06, 0.2, 0.05), distances(0.05, 0.1, 0.04)],
                "mean": distances(0.055, 0.15, 0.045),
            },
            "frame": {"origin": [0.0, 0.0], "basis": [[1.0, 0.0], [0.0, 1.0]]},
            "potential": levels(),
            "interaction": None,
            "couplings": [moved, moved],
            "predictions": [prediction(0), prediction(1)],
            "device": {"platform": "cpu", "device": "cpu", "dtype": "float64", "versions": {"jax": "0.10.2"}},
            "seconds": 2.5,
            "run": {
                "file": "cells.npz", "array": None, "command": "lemmata study jko cells.npz", "version": "0.1.0",
                "processes": 1, "started": "2026-11-22T12:00:00+00:00",
            },
        }
    )  # fmt: skip
