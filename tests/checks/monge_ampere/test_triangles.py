"""Triangles: shapes, crossings by the flow, and which link of the chain a false criterion breaks."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings

from lemmata.checks.monge_ampere import drawn_triangles, triangles
from lemmata.checks.monge_ampere.exact_laws import EQUILATERAL, FLATTER, OBTUSE, RIGHT, TRIANGLE, ExactLaw
from lemmata.checks.replaying import replay_certificate
from lemmata.checks.trial import Effort, Run
from lemmata.theory.verdict import Verdict

RUN = Run(effort=Effort.QUICK, seed=7)


def test_ratios_of_sides() -> None:
    assert triangles.side_ratio(EQUILATERAL) == 1
    assert triangles.side_ratio(FLATTER) == Fraction(16, 13)
    assert triangles.side_ratio(RIGHT) == Fraction(25, 9)
    assert triangles.side_ratio(OBTUSE) == Fraction(26, 5)
    squares, area = drawn_triangles.squared_sides(RIGHT.measure.atoms)
    assert sorted(squares) == [9, 16, 25]
    assert area == 12


@pytest.mark.parametrize("law", [TRIANGLE, FLATTER, RIGHT, OBTUSE, EQUILATERAL], ids=lambda law: law.name)
def test_pairs_are_crossed_unless_the_triangle_is_equilateral(law: ExactLaw) -> None:
    product, certificates, _ = triangles._crossing(law)
    assert (product < 0) == (law is not EQUILATERAL)
    assert all(replay_certificate(proof).kind == "flow label" for proof in certificates.values())


@given(drawn_triangles.drawn_triangles())
@settings(max_examples=30, deadline=None, derandomize=True)
def test_drawn_triangles_are_neither_flat_nor_nearly_equilateral(drawn: drawn_triangles.DrawnTriangle) -> None:
    squares, area = drawn_triangles.squared_sides(drawn.measure.atoms)
    assert squares.max() / squares.min() >= drawn_triangles.LEAST_RATIO - 1e-12
    assert area / squares.max() >= drawn_triangles.LEAST_HEIGHT - 1e-12
    assert drawn.measure.weights.sum() == pytest.approx(1)
    assert drawn_triangles.decode_triangle(drawn_triangles.encode_triangle(drawn)) == drawn


def test_the_flow_crosses_a_triangle_and_is_not_crossed_where_weights_and_sides_are_equal() -> None:
    crossed = drawn_triangles.DrawnTriangle(((0, 0), (8, 0), (1, 6)), (1, 1, 1))
    assert drawn_triangles.crossing_depth(crossed) > 0.01
    # Nearly equilateral: sides of squared length 64 and 65, whose crossing the grid does not show.
    nearly = drawn_triangles.DrawnTriangle(((-4, 0), (4, 0), (0, 7)), (1, 1, 1))
    assert nearly.shape[0] < drawn_triangles.LEAST_RATIO
    assert drawn_triangles.crossing_depth(nearly) < drawn_triangles.crossing_depth(crossed) / 10
    heavy = replace(nearly, masses=(5, 3, 2))
    assert drawn_triangles.crossing_depth(heavy) > 0.005


@pytest.mark.parametrize(
    ("control", "link"),
    [
        ("mass at the border off by one per cent", "mass at the border"),
        ("offset 1/100 for equal weights", "offset of equal weights"),
        ("cone's mass off by one per cent", "mass of a cone"),
        ("right angles", "angle"),
    ],
)
def test_a_false_criterion_breaks_the_link_that_it_is_about(control: str, link: str) -> None:
    claim = triangles.triangle_criterion
    check = next(check for check in claim.checks if check.name == "criterion")
    found = check(claim.controls[control].formula, RUN)
    assert found.verdict is Verdict.REFUTED
    assert found.witness is not None
    assert found.witness.data["link"] == link
    assert check(claim.formula, RUN.revisit(found.witness)).verdict is Verdict.PROVED


def test_polar_grids_turn() -> None:
    points = drawn_triangles._polar_grid()
    radii = np.linalg.norm(points, axis=1)
    assert radii.max() == pytest.approx(drawn_triangles.FARTHEST)
    angles = np.arctan2(points[:, 1], points[:, 0]).round(9)
    assert len(set(angles)) > drawn_triangles.ANGLES * drawn_triangles.RADII / 2
