"""A Monge-Ampere study as it would be stored: three atoms whose flow sends two points the wrong way round."""

import copy
from typing import Any

Json = Any


def estimate(value: float, error: float) -> Json:
    return {
        "value": value,
        "error": error,
        "parts": {"angles": 0.75 * error, "radii": 0.25 * error},
        "false_alarm": 0.0,
    }


def gap(mismatch: float, error: float = 1e-4) -> Json:
    return {
        "mismatch": estimate(mismatch, error),
        "l2_squared": estimate(2.44 * mismatch, 2 * error),
        "cost_excess": estimate(0.12 * mismatch, error / 10),
    }


def by_horizon(*mismatches: float) -> Json:
    return [{"horizon": at, **gap(value)} for at, value in zip((0.5, 2.0, 8.0), mismatches, strict=True)]


def sample_study() -> Json:
    """Return the study of the isosceles triangle, moved; its picture has 4 x 4 squares."""
    runs = {"label": [0, 1, 0, 1, 2], "length": [2, 2, 2, 2, 8]}
    return copy.deepcopy(
        {
            "schema": "lemmata-study",
            "schema_version": 1,
            "system": "monge-ampere",
            "settings": {"horizons": [0.5, 2.0, 8.0], "tolerance": 1e-4, "resolution": 4, "seed": 0},
            "data": {
                "description": "3 rows of 2 numbers (float64)", "n": 3, "d": 2, "rank": 2, "mean": [0.0, 1.0],
                "atoms": [[-1.0, 0.6], [1.0, 0.6], [0.0, 1.8]], "weights": [1 / 3] * 3, "centred": False,
            },
            "transport": {
                "potentials": [0.0, 0.0, 0.0], "mass_residual": 1.7e-16, "cost": estimate(0.95375, 1e-13),
                "method": "damped Newton",
            },
            "outcome": "refuted",
            "gap": gap(0.02059),
            "by_horizon": {
                "raw": by_horizon(0.4924, 0.1277, 0.0206),
                "centred": by_horizon(0.0116, 0.0202, 0.02059),
                "forward": by_horizon(0.0136, 0.02, 0.02059),
            },
            "picture": {
                "ticks": [-2.7, -0.9, 0.9, 2.7], "basis": [[1.0, 0.0], [0.0, 1.0]],
                "atoms": [[-1.0, -0.4], [1.0, -0.4], [0.0, 0.8]], "undecided": 0,
                "flow": runs, "cells": {**runs, "length": [2, 2, 3, 1, 8]},
            },
            "witness": {"points": [[2.0, 1.5], [0.0, -0.4]], "atoms": [1, 2], "product": -0.28, "certified": True},
            "certificates": [{"kind": "flow label", "payload": {}}] * 2,
            "device": {"platform": "cpu", "device": "cpu", "dtype": "float64", "versions": {"jax": "0.10.2"}},
            "seconds": 31.5,
            "run": {
                "file": "triangle.csv", "array": None, "command": "lemmata study monge-ampere triangle.csv",
                "version": "0.1.0", "processes": 1, "started": "2026-11-22T12:00:00+00:00",
            },
        }
    )  # fmt: skip
