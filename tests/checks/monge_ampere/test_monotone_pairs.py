"""Certified pairs: exact numbers, one ball for all late horizons, and certificates that replay."""

from dataclasses import replace
from fractions import Fraction
from functools import partial

import numpy as np
import pytest

from lemmata.checks.evidence import Scope
from lemmata.checks.monge_ampere.exact_laws import COLLINEAR, EQUILATERAL, LAWS, PRODUCT, TRIANGLE, ExactLaw, Family
from lemmata.checks.monge_ampere.generic_maps import LATE_HORIZONS, ORDERS
from lemmata.checks.monge_ampere.monotone_pairs import (
    MonotoneReading,
    label_from,
    label_late,
    monotone_pairs,
    point_smoothed,
)
from lemmata.checks.replaying import replay_certificate
from lemmata.checks.trial import Effort, Run
from lemmata.numerics.monge_ampere import probability_flow_map
from lemmata.theory.verdict import Strength, Verdict, Witness

RUN = Run(effort=Effort.QUICK, seed=3)

at_infinity = monotone_pairs(
    lambda law, run: {"T = infinity": lambda law, place: label_from(law, place, 0)}, method="labels", scope=Scope.LIMIT
)


def only(law: ExactLaw, margin: Fraction = Fraction(0)) -> MonotoneReading:
    return MonotoneReading(frozenset([law.family]), margin)


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.name)
def test_pairs_end_at_different_atoms_where_floating_point_says(law: ExactLaw) -> None:
    first, second = law.pairs[0]
    found = probability_flow_map([[float(x) for x in place] for place in (first, second)], law.measure)
    assert found.labels is not None
    assert found.decided.all()
    assert len(set(found.labels.tolist())) == 2
    assert label_from(law, first, 0).centre == law.atoms[found.labels[0]]


def test_the_counterexample_is_refuted_with_the_exact_product() -> None:
    found = at_infinity(lambda: only(TRIANGLE), RUN)
    assert (found.verdict, found.scope) == (Verdict.REFUTED, Scope.LIMIT)
    assert found.witness is not None
    assert found.witness.strength is Strength.CERTIFIED
    assert found.witness.observed.startswith("<x_1 - x_2, y_1 - y_2> = -7/25 with y_1 = (1, -2/5), y_2 = (0, 4/5)")
    assert found.certificate is not None
    assert len(found.certificate.payload["parts"]) == 2
    assert "ends at atom 1" in replay_certificate(found.certificate).claim
    again = at_infinity(lambda: only(TRIANGLE), RUN.revisit(found.witness))
    assert again.witness == found.witness


def test_a_margin_is_refuted_where_a_close_pair_violates_it_and_not_below() -> None:
    apart = Fraction(1, 10)
    ratio = apart / 3
    below, above = (at_infinity(partial(only, PRODUCT, m), RUN) for m in (ratio, ratio + Fraction(1, 1000)))
    assert below.verdict is Verdict.CERTIFIED
    assert below.certificate is not None
    assert above.verdict is Verdict.REFUTED
    assert above.witness is not None
    assert at_infinity(MonotoneReading, RUN.revisit(above.witness)).verdict is Verdict.CERTIFIED


def test_a_witness_of_other_data_is_not_found() -> None:
    witness = Witness(point={}, strength=Strength.EXACT, observed="", required="", data={"instance": "elsewhere"})
    with pytest.raises(KeyError, match="elsewhere"):
        at_infinity(MonotoneReading, RUN.revisit(witness))


def test_more_pairs_and_laws_beyond_quick() -> None:
    seen: list[str] = []
    watched = replace(RUN, effort=Effort.STANDARD, observe=lambda one: seen.append(one.data["instance"]))
    at_infinity(lambda: only(COLLINEAR), watched)
    assert seen == [f"{COLLINEAR.name}, T = infinity, pair {k}" for k in (1, 2)]


def test_one_ball_stands_for_every_late_horizon() -> None:
    for place in TRIANGLE.pairs[0]:
        late = label_late(TRIANGLE, place)
        assert late.centre == label_from(TRIANGLE, place, 10**13).centre == label_from(TRIANGLE, place, 0).centre
    assert np.exp(-28) < 2.0**-40
    assert "28" in LATE_HORIZONS


@pytest.mark.parametrize("shown", [shown for shown, order in ORDERS.items() if order])
def test_horizons_are_those_that_are_shown(shown: str) -> None:
    order = ORDERS[shown]
    horizon = np.log((order**2 + 1) / (2 * order))
    assert f"{horizon:.2f}" == shown
    place = TRIANGLE.pairs[0][0]
    found = probability_flow_map([[float(x) for x in place]], TRIANGLE.measure, horizon=horizon)
    assert found.labels is not None
    assert label_from(TRIANGLE, place, order).centre == TRIANGLE.atoms[found.labels[0]]


def test_smoothed_images_agree_with_floating_point() -> None:
    for law in (TRIANGLE, EQUILATERAL):
        place = law.pairs[0][1]
        image = point_smoothed(law, place, 2)
        found = probability_flow_map([[float(x) for x in place]], law.measure, smoothing=0.5, rtol=1e-9, atol=1e-11)
        assert (
            np.abs(found.points[0] - np.asarray(image.centre, float)).max() <= float(image.half_width) + found.error[0]
        )


def test_families_are_what_they_are_called() -> None:
    for law in LAWS:
        assert sum(law.weights) == 1
        atoms = law.measure.atoms
        if law.family is Family.ORBIT:
            assert len({float(size) for size in np.linalg.norm(atoms, axis=1).round(12)}) == 1
            assert len(set(law.weights)) == 1
        if law.family is Family.COLLINEAR:
            assert np.linalg.matrix_rank(atoms - atoms[0]) == 1
        if law.family is Family.PRODUCT:
            table = dict(zip(law.atoms, law.weights, strict=True))
            (low, high), (down, up) = (sorted({atom[k] for atom in law.atoms}) for k in (0, 1))
            assert table[low, down] * table[high, up] == table[low, up] * table[high, down]
