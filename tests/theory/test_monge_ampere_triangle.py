"""Triangles: each step of the criterion, with its false variants, and cell masses by counting directions."""

from collections.abc import Callable

import numpy as np
import pytest
import sympy as sp

from lemmata.theory.derivation import Derivation
from lemmata.theory.monge_ampere import triangle
from lemmata.theory.verdict import Verdict

from .decided import NEARLY, assert_refuted, assert_replays, assert_vanish


@pytest.mark.parametrize(
    "derive",
    [
        triangle.derive_offsets_agree,
        triangle.derive_compatibility,
        triangle.derive_offset_is_zero,
        triangle.derive_centre,
        triangle.derive_cone_mass,
        triangle.derive_angle,
    ],
)
def test_derivations_replay(derive: Callable[[], Derivation]) -> None:
    assert_replays(derive())


def test_cells_far_out() -> None:
    assert_vanish(triangle.laguerre_residuals(triangle.laguerre_advantage()))
    assert_refuted(triangle.laguerre_residuals(-triangle.laguerre_advantage()))
    assert_refuted(triangle.laguerre_residuals(triangle.laguerre_advantage().subs(triangle.border, 0)))


def test_offsets() -> None:
    found = triangle.derive_offsets_agree()
    assert found.concludes(triangle.offsets_statement(triangle.offsets[0])).verdict is Verdict.PROVED
    assert found.concludes(triangle.offsets_statement(sp.S.Zero)).verdict is Verdict.REFUTED
    zero = triangle.derive_offset_is_zero()
    assert zero.concludes(sp.S.Zero).verdict is Verdict.PROVED
    assert zero.concludes(NEARLY - 1).verdict is Verdict.REFUTED


def test_compatibility() -> None:
    found = triangle.derive_compatibility()
    assert found.concludes(triangle.compatibility_statement(sp.S.Zero)).verdict is Verdict.PROVED
    assert found.concludes(triangle.compatibility_statement(triangle.offsets[0])).verdict is not Verdict.PROVED


def test_centre_needs_a_triangle() -> None:
    found = triangle.derive_centre()
    assert found.concludes(sp.S.Zero).verdict is Verdict.PROVED
    (determinant,) = (h for h in found.conclusion.hypotheses if isinstance(h, sp.Unequality))
    on_a_line = {s: k * sp.Rational(1, 3) for k, s in enumerate(sorted(determinant.free_symbols, key=str))}
    assert determinant.lhs.subs(on_a_line) == 0


def test_cell_angle() -> None:
    angle = triangle.cell_angle()
    assert_vanish(triangle.cell_angle_residuals(angle))
    for false in (triangle.angle, sp.pi + triangle.angle, NEARLY * angle, sp.pi / 2 - triangle.angle):
        assert_refuted(triangle.cell_angle_residuals(false))


def test_cone_mass() -> None:
    within, mass = triangle.cone_mass_within(), triangle.cone_mass()
    assert_vanish(triangle.cone_mass_residuals(within))
    assert_refuted(triangle.cone_mass_residuals(NEARLY * within))
    assert_refuted(triangle.cone_mass_residuals(within + triangle.opening))
    found = triangle.derive_cone_mass()
    assert found.concludes(triangle.cone_mass_statement(mass)).verdict is Verdict.PROVED
    assert found.concludes(triangle.cone_mass_statement(NEARLY * mass)).verdict is Verdict.REFUTED


def test_angle() -> None:
    found = triangle.derive_angle()
    assert found.concludes(triangle.angle_statement(sp.pi / 3)).verdict is Verdict.PROVED
    assert found.concludes(triangle.angle_statement(sp.pi / 4)).verdict is Verdict.REFUTED


def test_equilateral() -> None:
    assert_vanish(triangle.equilateral_residuals(triangle.equilateral_angle()))
    for false in (sp.pi / 2, sp.pi / 3, NEARLY * triangle.equilateral_angle()):
        assert_refuted(triangle.equilateral_residuals(false))


def test_cell_masses_by_counting_directions() -> None:
    count = 360_000
    turned = 2 * np.pi * (np.arange(count) + 0.5) / count
    directions = np.stack([np.cos(turned), np.sin(turned)], axis=-1)
    for corners in np.random.default_rng(5).normal(size=(5, 3, 2)):
        chosen = np.bincount((directions @ corners.T).argmax(-1), minlength=3) / count
        for i in range(3):
            first, second = (corners[(i + k) % 3] - corners[i] for k in (1, 2))
            cosine = first @ second / np.linalg.norm(first) / np.linalg.norm(second)
            stated = float(triangle.cell_mass().subs(triangle.angle, float(np.arccos(cosine))))
            # Each cell is one arc, of which either end is off by one direction at most.
            assert chosen[i] == pytest.approx(stated, abs=2 / count)
