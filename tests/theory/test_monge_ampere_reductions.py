"""Products and collinear data: what the other coordinates see of the flow, in general and for given atoms."""

import numpy as np
import pytest
import sympy as sp

from lemmata.theory.monge_ampere import reductions
from lemmata.theory.monge_ampere.notation import tau

from .decided import NEARLY, assert_refuted, assert_vanish


def velocity(place: np.ndarray, ratio: float, atoms: np.ndarray, weights: np.ndarray) -> np.ndarray:
    share = weights * np.exp(ratio * atoms @ place - ratio**2 * (atoms**2).sum(-1) / 2)
    return share @ atoms / share.sum()


def test_products() -> None:
    assert_vanish(reductions.product_residuals(reductions.product_velocity()))
    assert_refuted(reductions.product_residuals(reductions.product_velocity() + reductions.other_slope / tau))
    assert_refuted(reductions.product_residuals(NEARLY * reductions.product_velocity()))


def test_collinear_data() -> None:
    assert_vanish(reductions.collinear_residuals(reductions.transverse_velocity()))
    assert_refuted(reductions.collinear_residuals(sp.S.Zero))
    assert_refuted(reductions.collinear_residuals(NEARLY * reductions.transverse_velocity()))


def test_velocity_of_a_product_of_two_laws() -> None:
    first, second = np.array([-1.0, 0.5]), np.array([-0.3, 0.2, 2.0])
    v, w = np.array([0.4, 0.6]), np.array([0.5, 0.2, 0.3])
    atoms = np.array([[y, z] for y in first for z in second])
    joint = velocity(np.array([0.3, -0.8]), 1.3, atoms, np.outer(v, w).ravel())
    alone = [velocity(np.array([p]), 1.3, a[:, None], q)[0] for p, a, q in ((0.3, first, v), (-0.8, second, w))]
    assert joint == pytest.approx(alone, rel=1e-12)


def test_velocity_across_a_line() -> None:
    atoms = np.array([[-1.0, 0.7], [0.2, 0.7], [1.5, 0.7]])
    weights = np.array([0.2, 0.5, 0.3])
    low, high = (velocity(np.array([0.4, height]), 0.9, atoms, weights) for height in (-2.0, 3.0))
    assert low == pytest.approx(high, rel=1e-12)
    assert low[1] == pytest.approx(float(reductions.transverse_velocity().subs(reductions.offset, 0.7)))
