"""Smoothed data: asymmetry where it has to be, none where it has not, and a witness that can be visited again."""

from dataclasses import replace
from fractions import Fraction
from functools import partial

import numpy as np

from lemmata.checks.comparison import Comparison
from lemmata.checks.monge_ampere import smoothed_map as module
from lemmata.checks.monge_ampere.exact_laws import Family
from lemmata.checks.trial import Effort, Run
from lemmata.theory.verdict import Verdict

RUN = Run(effort=Effort.QUICK, seed=9)
ASYMMETRY = module.smoothed_map_generic.checks[1]


def only(family: Family, ratio: Fraction = Fraction(1)) -> module.SmoothedReading:
    return module.SmoothedReading(frozenset([family]), ratio=ratio)


def _note(places: set[str], comparison: Comparison) -> None:
    places.add(comparison.point["x"])


def test_jacobians_are_asymmetric_for_triangles_even_the_equilateral_one() -> None:
    for family in (Family.GENERIC, Family.ORBIT):
        found = ASYMMETRY(partial(only, family), RUN)
        assert found.verdict is Verdict.REFUTED
        assert found.witness is not None
        again = ASYMMETRY(partial(only, family), RUN.revisit(found.witness))
        assert again.verdict is Verdict.REFUTED


def test_jacobians_are_symmetric_for_products_and_lines_and_the_ratio_is_resolved() -> None:
    for family in (Family.PRODUCT, Family.COLLINEAR):
        found = ASYMMETRY(partial(only, family), RUN)
        assert found.verdict is Verdict.SUPPORTED
        assert found.resolution is not None
        assert found.resolution < 1e-9
    off = ASYMMETRY(lambda: only(Family.PRODUCT, Fraction(10**6 + 1, 10**6)), RUN)
    assert off.verdict is Verdict.REFUTED
    assert off.witness is not None
    assert ASYMMETRY(module.SmoothedReading, RUN.revisit(off.witness)).verdict is Verdict.SUPPORTED


def test_points_come_from_the_seed() -> None:
    seen: dict[int, set[str]] = {}
    for seed in (1, 2):
        places: set[str] = set()
        run = replace(RUN, seed=seed, observe=partial(_note, places))
        ASYMMETRY(lambda: only(Family.PRODUCT), run)
        seen[seed] = places
    assert len(seen[1]) == module.POINTS
    assert not seen[1] & seen[2]


def test_the_turned_product_is_a_product_in_turned_axes() -> None:
    assert np.allclose(module.TURN @ module.TURN.T, np.eye(2))
    padded = module._pad(module._planar(frozenset([Family.GENERIC]))["isosceles triangle"])
    assert padded.atoms.shape == (module.PADDED, 2)
    assert padded.weights.tolist() == [1 / 3] * 3 + [0.0]
