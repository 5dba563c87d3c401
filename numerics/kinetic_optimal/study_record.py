"""A kinetic-optimal study on record: as versioned JSON, and as a short table for a notebook.

`docs/study.md` documents every key. The JSON holds finite numbers only: a bound that was not computed is null.
"""

import math
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np

from ..estimate import Estimate
from ..precision import float64, in_float64
from .angular_speed import AngularSpeed
from .entropy_bounds import bound_separation
from .schedules import CondOT, Schedule, VPCosine

if TYPE_CHECKING:
    from .study import Study

SCHEMA_VERSION = 1

SYSTEM = "kinetic-optimal"

NUM_TIMES = 201
"""Times at which the path is tabulated, equally spaced in [0, 1]."""

NUM_DRAWN = 161
"""Values of s at which lambda is drawn, equally spaced on a logarithmic scale."""


def record_study(study: "Study") -> dict[str, Any]:
    """Return the study as JSON, version 1; the same study gives the same JSON but for `seconds`."""
    curve, data, check = study.separation, study.data, study.check_sum
    lower, upper = study.interval
    sampled_lower, sampled_upper = curve.interval
    return {
        "schema": "lemmata-study",
        "schema_version": SCHEMA_VERSION,
        "system": SYSTEM,
        "settings": {
            "queries": curve.num_queries,
            "signals": len(curve.s),
            "seed": study.seed,
            "false_alarm": curve.false_alarm,
        },
        "data": data.to_json(),
        "separation": {
            "s": curve.s.tolist(),
            "mean": study.mean.tolist(),
            "lower": lower.tolist(),
            "upper": upper.tolist(),
            "sampled_mean": curve.mean.tolist(),
            "sampled_lower": sampled_lower.tolist(),
            "sampled_upper": sampled_upper.tolist(),
            "method": list(curve.method),
            "at_zero": curve.at_zero,
            "linear_floor": study.linear_floor.tolist(),
            "entropy_bound": study.entropy_bound.tolist(),
        },
        "curve": _record_curve(study),
        "path": _record_path(study),
        "energies": {name: _record_estimate(energy) for name, energy in study.energies.items()},
        "saving": _record_estimate(study.saving),
        "error_integral": _record_estimate(study.error_integral),
        "bounds": {
            "energy_floor": study.energy_floor,
            "saving_ceiling": study.saving_ceiling,
            "respected": study.respects_bounds,
        },
        "information": {
            "s": curve.s.tolist(),
            "rate": [rate.value for rate in study.information],
            "error": [_finite(rate.error) for rate in study.information],
        },
        "check_sum": {
            **_record_estimate(check.sampled),
            "up_to": float(curve.s[-1]),
            "beyond": _finite(check.beyond),
            "expected": check.expected.value,
            "agrees": check.agrees,
        },
        "device": dict(study.device),
        "seconds": study.seconds,
    }


def display_study(study: "Study") -> str:
    """Return the study's main numbers as a Markdown table."""
    data = study.data
    rows = [
        *((f"energy, {name}", str(energy)) for name, energy in study.energies.items()),
        ("saving over cond-ot", str(study.saving)),
        ("most that any path can save", f"{study.saving_ceiling:.4g}"),
        ("energy floor", f"{study.energy_floor:.6g}"),
        (f"check sum up to s = {study.separation.s[-1]:.3g}", str(study.check_sum.sampled)),
        ("entropy rate H/d", f"{data.entropy_rate:.6g}"),
    ]
    head = f"**Kinetic-optimal study**: {data.description}, n = {data.n}, d = {data.d}, {data.distinct} distinct"
    return "\n".join([head, "", "| | per dimension |", "|:--|--:|", *(f"| {name} | {value} |" for name, value in rows)])


def _record_curve(study: "Study") -> dict[str, list[float]]:
    """Interpolate lambda as the path does, its interval between its ends, and evaluate the bounds, for a smooth figure.

    The interval is interpolated linearly in log s, so between the sampled s it is for the eye alone.
    """
    s = np.geomspace(study.separation.s[0], study.separation.s[-1], NUM_DRAWN)
    lower, upper = (np.interp(np.log(s), np.log(study.separation.s), end) for end in study.interval)
    linear, entropic = bound_separation(s, study.data.entropy_rate)
    with float64():
        mean = np.clip(np.asarray(_separation_at(study.path.speed, s)), lower, upper)
    drawn = {"s": s, "mean": mean, "lower": lower, "upper": upper, "linear_floor": linear, "entropy_bound": entropic}
    return {name: values.tolist() for name, values in drawn.items()}


@jax.jit
def _separation_at(speed: AngularSpeed, s: Any) -> Any:
    """Return lambda at s by the interpolant of h."""
    return speed.separation(s)


def _record_path(study: "Study") -> dict[str, Any]:
    """Tabulate the path at equal times: it is a straight line in flat coordinates, so Theta follows from t alone."""
    path, t = study.path, np.linspace(0, 1, NUM_TIMES)
    alpha, sigma = np.asarray(path.alpha(t)), np.asarray(path.sigma(t))
    final = path.theta_max if path.unique else 0.0
    flat = np.arctan2(t * math.sin(final), 1 - t + t * math.cos(final))
    return {
        "unique": path.unique,
        "Theta_m": path.theta_max,
        "t": t.tolist(),
        "alpha": alpha.tolist(),
        "sigma": sigma.tolist(),
        "r": np.hypot(alpha, sigma).tolist(),
        "Theta": flat.tolist(),
        "rivals": {"cond-ot": _record_schedule(CondOT(), t), "vp-cosine": _record_schedule(VPCosine(), t)},
    }


@in_float64
def _record_schedule(schedule: Schedule, t: Any) -> dict[str, list[float]]:
    times = jnp.asarray(t)
    return {"alpha": np.asarray(schedule.alpha(times)).tolist(), "sigma": np.asarray(schedule.sigma(times)).tolist()}


def _record_estimate(estimate: Estimate) -> dict[str, Any]:
    return {
        "value": estimate.value,
        "error": _finite(estimate.error),
        "parts": {source: _finite(part) for source, part in estimate.parts.items()},
        "false_alarm": estimate.false_alarm,
    }


def _finite(number: float) -> float | None:
    return float(number) if math.isfinite(number) else None
