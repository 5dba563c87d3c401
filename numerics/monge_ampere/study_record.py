"""A Monge-Ampere study on record: as versioned JSON, and as a short table for a notebook.

`docs/study.md` documents every key. The JSON holds finite numbers only; labels are stored as runs of equal ones, row by
row from below.
"""

from typing import TYPE_CHECKING, Any

from ..estimate import Estimate
from .gap import MapGap
from .label_picture import run_lengths

if TYPE_CHECKING:
    from .study import Study

SCHEMA_VERSION = 1

SYSTEM = "monge-ampere"


def record_study(study: "Study") -> dict[str, Any]:
    """Return the study as JSON, version 1; the same study gives the same JSON but for `seconds`."""
    measure, diagram, picture = study.measure, study.gap.diagram, study.picture
    return {
        "schema": "lemmata-study",
        "schema_version": SCHEMA_VERSION,
        "system": SYSTEM,
        "settings": {
            "horizons": list(study.horizons),
            "tolerance": study.tolerance,
            "resolution": len(picture.ticks),
            "seed": study.seed,
        },
        "data": {
            "description": study.description,
            "n": len(measure.atoms),
            "d": measure.dimension,
            "rank": study.rank,
            "atoms": measure.atoms.tolist(),
            "weights": measure.weights.tolist(),
            "mean": measure.mean().tolist(),
            "centred": study.is_centred,
        },
        "transport": {
            "potentials": diagram.potentials.tolist(),
            "mass_residual": diagram.mass_residual,
            "cost": _record_estimate(diagram.cost),
            "method": diagram.method,
        },
        "outcome": study.outcome.value,
        "gap": _record_gap(study.gap),
        "by_horizon": {
            compared.value: [
                {"horizon": horizon, **_record_gap(gap)} for horizon, gap in zip(study.horizons, gaps, strict=True)
            ]
            for compared, gaps in study.by_horizon.items()
        },
        "picture": {
            "ticks": picture.ticks.tolist(),
            "basis": picture.basis.tolist(),
            "atoms": picture.atoms.tolist(),
            "flow": run_lengths(picture.flow),
            "cells": run_lengths(picture.cells),
            "undecided": int((~picture.decided).sum()),
        },
        "witness": _record_witness(study),
        "certificates": [certificate.to_json() for certificate in study.certificates],
        "device": dict(study.device),
        "seconds": study.seconds,
    }


def display_study(study: "Study") -> str:
    """Return the study's main numbers as a Markdown table."""
    measure, gap = study.measure, study.gap
    rows = [
        ("the flow's map is", study.outcome.value),
        ("mass sent to other atoms", str(gap.mismatch)),
        ("squared distance of the maps in $L^2$", str(gap.l2_squared)),
        ("excess of cost", str(gap.cost_excess)),
        ("optimal cost $W_2^2$", str(gap.diagram.cost)),
    ]
    head = f"**Monge-Ampere study**: {study.description}, n = {len(measure.atoms)}, d = {measure.dimension}"
    return "\n".join([head, "", "| | |", "|:--|--:|", *(f"| {name} | {value} |" for name, value in rows)])


def _record_estimate(estimate: Estimate) -> dict[str, Any]:
    """Return an estimate with its parts as JSON."""
    return {
        "value": estimate.value,
        "error": estimate.error,
        "parts": dict(estimate.parts),
        "false_alarm": estimate.false_alarm,
    }


def _record_gap(gap: MapGap) -> dict[str, Any]:
    return {name: _record_estimate(getattr(gap, name)) for name in ("mismatch", "l2_squared", "cost_excess")}


def _record_witness(study: "Study") -> dict[str, Any] | None:
    pair = study.crossed
    if pair is None:
        return None
    return {
        "points": [pair.first.tolist(), pair.second.tolist()],
        "atoms": list(pair.labels),
        "product": pair.product,
        "certified": bool(study.certificates),
    }
