"""Claimed digits mean half a unit of the last one, bounds bite, and the floor's table holds exact decimals."""

import math
from dataclasses import replace
from decimal import Decimal

import pytest
from sympy import Integer, Rational, log, sqrt

from lemmata.checks.kinetic_optimal.limits import energy_floor
from lemmata.checks.kinetic_optimal.path_energies import PathNumbers, compare_bounds, compare_numbers, path_energies
from lemmata.checks.kinetic_optimal.separations import exact_curves
from lemmata.checks.kinetic_optimal.training_sets import SIZES, hypercube_energy, print_decimals, training_sets
from lemmata.checks.trial import Effort, Run
from lemmata.theory.verdict import Verdict

RUN = Run(effort=Effort.QUICK, seed=1)
POINTS, GAUSSIAN = exact_curves()


@pytest.mark.parametrize(
    ("energy", "saving", "violated"),
    [
        ("1.0", "0.18", []),
        ("1.000", "0.177", []),
        ("1.001", "0.178", ["kinetic-optimal energy", "saving over Cond-OT"]),
        ("1.1", "0.18", ["kinetic-optimal energy"]),
    ],
)
def test_numbers_are_claimed_to_the_digits_printed(energy: str, saving: str, violated: list[str]) -> None:
    comparisons = compare_numbers(PathNumbers(Decimal(energy), Decimal(saving)), path_energies(GAUSSIAN))
    assert [one.point["quantity"] for one in comparisons if one.violated] == violated


def test_exact_data_keep_every_bound_and_a_lower_entropy_breaks_them() -> None:
    for data in (POINTS, GAUSSIAN):
        assert not any(comparison.violated for comparison in compare_bounds(path_energies(data)))
    broken = [one for one in compare_bounds(path_energies(replace(POINTS, entropy_rate=0.1))) if one.violated]
    quantities = {one.point["quantity"] for one in broken}
    assert "floor of the energy" in quantities
    assert any(name.startswith("lambda at s = ") for name in quantities)


def test_a_hypercube_on_all_dimensions_is_the_two_points() -> None:
    whole = hypercube_energy(math.log(2))
    assert whole.value == pytest.approx(path_energies(POINTS).path.energy, abs=1e-9)


@pytest.mark.parametrize(
    ("number", "digits", "text"),
    [(sqrt(2), 4, "1.4142"), (Rational(1, 3), 2, "0.33"), (Integer(2), 1, "2.0"), (log(2) / 100, 4, "0.0069")],
)
def test_every_printed_decimal_is_certain(number: Integer, digits: int, text: str) -> None:
    assert print_decimals(number, digits) == text


def test_the_table_follows_from_the_claimed_floor() -> None:
    evidence = training_sets(energy_floor.formula, RUN)
    assert evidence.verdict is Verdict.SUPPORTED
    (table,) = evidence.tables
    for row, (name, (count, dimension)) in zip(table["rows"], SIZES.items(), strict=True):
        floor = 2 - 2 * math.sqrt(-math.expm1(-2 * math.log(count) / dimension))
        assert row[:3] == [name, count, dimension]
        assert float(row[4]) == pytest.approx(floor, abs=5.1e-5)
        assert floor < float(row[8]) < float(row[6])
    refuted = training_sets(energy_floor.controls["root dropped"].formula, RUN)
    assert refuted.witness is not None
    assert training_sets(energy_floor.formula, RUN.revisit(refuted.witness)).verdict is Verdict.SUPPORTED
