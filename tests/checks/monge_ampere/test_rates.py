"""The data of the rate claims satisfy their hypotheses, and the numbers that their instances name are found."""

import math
import re

import numpy as np
import pytest

from lemmata.checks.monge_ampere import rates
from lemmata.checks.trial import Effort, Run
from lemmata.theory.verdict import Verdict

RUN = Run(effort=Effort.QUICK, seed=1)


@pytest.mark.parametrize("law", rates.LAWS)
def test_lower_hermite_moments_vanish_and_the_first_does_not(law: str) -> None:
    order, measure = rates.LAWS[law]
    moments = [rates.hermite_moment(measure, k) for k in range(1, order + 1)]
    assert moments[-1] > 0.1
    assert max(moments[:-1], default=0.0) < 1e-12


def _last_number(text: str) -> float:
    return float(re.findall(r"\d+\.\d+", text)[-1])


def test_the_instances_name_the_numbers_that_are_found() -> None:
    (limits,) = rates.limit_map.checks
    found = limits(rates.limit_map.formula, RUN)
    assert found.value["triangle, constant"] == pytest.approx(_last_number(rates.limit_map.instance()), abs=1e-4)
    distances = next(check for check in rates.tail_map.checks if check.name.startswith("distance"))
    tail = distances(rates.tail_map.formula, RUN)
    assert tail.value["skew triangle, constant"] == pytest.approx(_last_number(rates.tail_map.instance()), abs=1e-6)
    assert abs(tail.value["skew triangle, rate"] - 5) < 0.02


def test_the_moved_triangle_is_the_same_but_for_its_mean() -> None:
    assert np.abs(rates.CENTRED.mean()).max() < 1e-15
    assert np.abs(rates.MOVED.mean()).max() > 0.1
    assert np.allclose(rates.MOVED.atoms - rates.MOVED.mean(), rates.CENTRED.atoms, atol=1e-15)


def test_the_asymmetry_at_points_refutes_the_other_sign() -> None:
    check = next(check for check in rates.tail_map.checks if check.name == "asymmetry at points")
    assert check(rates.tail_map.formula, RUN).verdict is Verdict.SUPPORTED
    refuted = check(rates.tail_map.controls["the sign of the reverse map"].formula, RUN)
    assert refuted.witness is not None
    assert float(refuted.witness.observed.split()[0]) == pytest.approx(-1, abs=1e-3)


@pytest.mark.parametrize("effort", list(Effort))
@pytest.mark.parametrize("rate", [1.0, 5.0])
def test_horizons_span_the_decades(effort: Effort, rate: float) -> None:
    horizons = rates.horizons_over(3.0, rate, effort)
    assert math.exp(rate * (horizons[-1] - horizons[0])) > 100
    assert len(horizons) >= 5
