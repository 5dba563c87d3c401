"""Needles: the loss of a mixture, its bounds, and the loss computed at needles in the plane."""

from typing import Any, TypeAlias

import numpy as np
import pytest
import sympy as sp

from lemmata.theory.verdict import Verdict
from lemmata.theory.wasserstein_proximal import needles

from ..decided import NEARLY, assert_refuted, assert_replays, assert_vanish


def test_loss_of_a_mixture() -> None:
    known = needles.mixture_loss()
    assert_vanish(needles.mixture_loss_residuals(known) | needles.loss_bounds_residuals())
    for wrong in (
        known + needles.mean_trace,
        known - needles.mean_trace / 100,
        known + needles.squared_mean,
        NEARLY * known,
        needles.mean_square / 2 - needles.mean_trace,
    ):
        assert_refuted(needles.mixture_loss_residuals(wrong))


def test_a_needle() -> None:
    known = needles.needle()
    assert_vanish(needles.needle_residuals(known))
    wrong = needles.Needle(known.trace + 1 / needles.width**2, known.square)
    assert_refuted(needles.needle_residuals(wrong))
    assert_refuted(needles.needle_residuals(needles.Needle(known.trace, NEARLY * known.square)))


def test_needles_that_miss() -> None:
    found, bound = needles.derive_thin_bound(), needles.thin_bound()
    assert_replays(found)
    assert found.concludes(needles.thin_bound_statement(bound)).verdict is Verdict.PROVED
    assert found.concludes(needles.thin_bound_statement(NEARLY * bound)).verdict is Verdict.PROVED
    assert found.concludes(needles.thin_bound_statement(bound / NEARLY)).verdict is Verdict.UNDECIDED


def test_no_lower_bound() -> None:
    found = needles.derive_ceiling()
    assert_replays(found)
    assert found.concludes(needles.ceiling_statement(needles.loss_ceiling())).verdict is Verdict.PROVED
    sharper = needles.loss_ceiling(NEARLY * needles.thin)
    assert found.concludes(needles.ceiling_statement(sharper)).verdict is Verdict.UNDECIDED
    threshold = needles.least_sharpness()
    assert_vanish(needles.least_sharpness_residuals(threshold, needles.loss_ceiling()))
    assert_refuted(needles.least_sharpness_residuals(threshold / NEARLY, needles.loss_ceiling()))


@pytest.mark.parametrize("count", [needles.thin, needles.dimension, needles.dimension - 1])
def test_rate(count: sp.Expr) -> None:
    found = needles.derive_rate(count)
    assert_replays(found)
    assert found.concludes(needles.rate_statement(-count, count)).verdict is Verdict.PROVED
    for wrong in (-NEARLY * count, count, -count - 1):
        assert found.concludes(needles.rate_statement(wrong, count)).verdict is Verdict.REFUTED


def test_floors() -> None:
    for found, statement, residuals, floor in (
        (
            needles.derive_line_floor(),
            needles.line_floor_statement,
            needles.line_floor_residuals,
            needles.line_floor(),
        ),
        (
            needles.derive_width_floor(),
            needles.width_floor_statement,
            needles.width_floor_residuals,
            needles.width_floor(),
        ),
    ):
        assert_replays(found)
        assert found.concludes(statement(floor)).verdict is Verdict.PROVED
        assert found.concludes(statement(floor / NEARLY)).verdict is Verdict.UNDECIDED
        assert_vanish(residuals(floor))
        assert_refuted(residuals(floor / NEARLY))


Array: TypeAlias = Any
"""An array of floats."""
CENTRES = np.array([[0.0, 0.0], [1.0, 0.2], [0.3, 1.1], [-0.8, 0.5]])
LENGTH = 0.7


def precision(axis: Array, width: float) -> Array:
    unit = np.outer(axis, axis) / (axis @ axis)
    return np.eye(2) / width**2 + (1 / LENGTH**2 - 1 / width**2) * unit


def mixture_loss(point: Array, centres: Array, precisions: Array) -> float:
    """Compute |grad log rho|^2/2 + Lap log rho from the density's own derivatives; all determinants are equal."""
    away = point - centres
    exponents = -np.einsum("ki,kij,kj->k", away, precisions, away) / 2
    weights = np.exp(exponents - exponents.max())
    scores = -np.einsum("kij,kj->ki", precisions, away)
    slope = weights @ scores / weights.sum()
    bend = weights @ ((scores**2).sum(1) - np.trace(precisions, axis1=1, axis2=2)) / weights.sum()
    return float(slope @ slope / 2 + bend - slope @ slope)


@pytest.mark.parametrize("width", [0.1, 0.03, 0.01])
def test_leave_one_out_needles_stay_below_the_ceiling(width: float) -> None:
    targets = np.roll(CENTRES, 1, axis=0)
    precisions = np.stack([precision(to - at, width) for at, to in zip(CENTRES, targets, strict=True)])
    for index, point in enumerate(CENTRES):
        kept = [k for k in range(len(CENTRES)) if k != index]
        loss = mixture_loss(point, CENTRES[kept], precisions[kept])
        own = (index + 1) % len(CENTRES)
        reach = float(np.linalg.norm(point - CENTRES[own]))
        excess = 0.0
        for k in kept:
            axis = (targets[k] - CENTRES[k]) / np.linalg.norm(targets[k] - CENTRES[k])
            along = float((point - CENTRES[k]) @ axis)
            miss = float(abs((point - CENTRES[k]) @ np.array([axis[1], -axis[0]])))
            excess += along**2 / LENGTH**4
            excess += 16 * np.exp(reach**2 / (2 * LENGTH**2) - 2) / miss**2 if k != own else 0.0
        assert loss <= excess - 1 / width**2
        # Beyond the ceiling's constant the loss follows the one thin direction.
        assert abs(loss * width**2 + 1) < (excess + 1 / LENGTH**2) * width**2


def test_in_sample_all_directions_are_thin() -> None:
    width = 0.02
    precisions = np.stack([np.eye(2) / width**2] * len(CENTRES))
    losses = [mixture_loss(point, CENTRES, precisions) for point in CENTRES]
    # The nearest other centre is more than 40 widths away.
    assert losses == pytest.approx([-2 / width**2] * len(CENTRES), rel=1e-12)
