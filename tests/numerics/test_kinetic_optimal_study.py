"""A study against data whose numbers are known, its checks on itself, and where it puts its values of s."""

import json
from dataclasses import replace
from importlib.resources import files
from typing import Any

import jsonschema
import numpy as np
import pytest

from lemmata.numerics.data_set import DataSet
from lemmata.numerics.kinetic_optimal import Separation, Study, separation, study, study_data
from lemmata.numerics.kinetic_optimal.adapted_grid import spread_grid
from lemmata.numerics.kinetic_optimal.exact import separation_low_rank_gaussian
from lemmata.numerics.study_input import Normalisation, StudyError, prepare_data

HYPERCUBE = 2.0 * np.array(list(np.ndindex(2, 2, 2, 2))) - 1
"""The corners of {-1, 1}^4, whose separation function is that of the two points."""

SETTINGS: dict[str, Any] = {"num_queries": 4096, "num_signals": 12, "seed": 2}


@pytest.fixture(scope="module")
def hypercube() -> Study:
    return study_data(HYPERCUBE, **SETTINGS)


def two_point_error(s: Any) -> Any:
    """Return v = 1 - E tanh(s^2 + s Z) of the two points, by Gauss-Hermite quadrature."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(120)
    return (1 - np.tanh(s[:, None] ** 2 + s[:, None] * nodes)) @ weights / np.sqrt(2 * np.pi)


def test_known_data_lie_within_the_stated_errors(hypercube: Study) -> None:
    lower, upper = hypercube.interval
    known = 1 - two_point_error(hypercube.separation.s)
    assert (lower <= known + 1e-9).all()
    assert (known <= upper + 1e-9).all()

    theta = (np.arange(4000) + 0.5) * np.pi / 8000
    v, step = two_point_error(np.tan(theta)), np.pi / 8000
    h_squared = np.clip(1 - v / np.cos(theta) ** 2, 0, 1)
    final, integral = np.sqrt(h_squared).sum() * step, (1 - h_squared).sum() * step
    best, cond_ot = 2 - 2 * np.cos(final), 2 - integral
    assert hypercube.energies["kinetic-optimal"].contains(best)
    assert hypercube.energies["unit-circle"].contains(final**2)
    assert hypercube.energies["cond-ot"].contains(cond_ot)
    assert hypercube.energies["vp-cosine"].contains(np.pi**2 / 4 - np.pi / 2 * integral)
    assert hypercube.saving.contains(1 - best / cond_ot)
    assert hypercube.error_integral.contains(integral)
    for energy in hypercube.energies.values():
        assert {"interpolation", "monte_carlo", "tail"} <= set(energy.parts)
        assert energy.error < 0.25


def test_the_check_sum_comes_to_the_entropy(hypercube: Study) -> None:
    assert hypercube.data.entropy_rate == pytest.approx(np.log(2))
    assert hypercube.check_sum.agrees
    assert hypercube.check_sum.sampled.error < np.log(2) / 2, "else agreement says nothing"
    rates = [rate.value for rate in hypercube.information]
    assert (np.diff(rates) >= 0).all()


def test_no_path_goes_below_the_floor(hypercube: Study) -> None:
    assert hypercube.energy_floor == pytest.approx(2 - 2 * np.sqrt(1 - 0.25))
    assert hypercube.energy_floor < hypercube.energies["kinetic-optimal"].high
    assert hypercube.saving.low < hypercube.saving_ceiling == pytest.approx(np.sqrt(0.75))


def test_the_interval_is_the_samples_narrowed_by_what_is_proved(hypercube: Study) -> None:
    lower, upper = hypercube.interval
    sampled_lower, sampled_upper = hypercube.separation.interval
    assert (lower >= sampled_lower).all()
    assert (upper <= sampled_upper).all()
    assert (lower >= hypercube.linear_floor).all()
    assert (lower >= hypercube.entropy_bound).all()
    assert (np.diff(lower) >= 0).all()
    assert (np.diff(upper) >= 0).all()
    assert (upper - lower < 0.9 * (sampled_upper - sampled_lower)).any(), "narrowing must have an effect here"
    assert ((lower <= hypercube.mean) & (hypercube.mean <= upper)).all()
    assert hypercube.respects_bounds


@pytest.mark.parametrize("factor", [2.0, 0.5])
def test_an_estimate_at_the_wrong_signal_does_not_pass(monkeypatch: pytest.MonkeyPatch, factor: float) -> None:
    def wrong(data: Any, s: Any, **options: Any) -> Separation:
        return replace(separation(data, factor * s, **options), s=s)

    monkeypatch.setattr(study, "separation", wrong)
    found = study_data(HYPERCUBE, **SETTINGS)
    assert not (found.check_sum.agrees and found.respects_bounds)


def test_shift_and_scale_change_nothing_and_are_stated(hypercube: Study) -> None:
    moved = study_data(3 * HYPERCUBE + 7, **SETTINGS)
    np.testing.assert_allclose(moved.separation.mean, hypercube.separation.mean, rtol=1e-9)
    assert moved.data.factor == pytest.approx(1 / 3)
    assert moved.data.mean_square == pytest.approx(58)
    assert moved.data.squared_mean == pytest.approx(49)
    assert hypercube.data.factor == pytest.approx(1)


def test_the_record_follows_its_schema_and_repeats(hypercube: Study) -> None:
    schema = json.loads(files("lemmata.numerics.kinetic_optimal").joinpath("study-schema-v1.json").read_text("utf-8"))
    first, second = hypercube.to_json(), study_data(HYPERCUBE, **SETTINGS).to_json()
    jsonschema.validate(first, schema)
    del first["seconds"], second["seconds"]
    assert json.dumps(first, allow_nan=False) == json.dumps(second, allow_nan=False)
    other = study_data(HYPERCUBE, **{**SETTINGS, "seed": 3}).to_json()
    assert other["separation"]["mean"] != first["separation"]["mean"]


def test_the_recorded_path_is_straight_in_flat_coordinates(hypercube: Study) -> None:
    path = {name: np.asarray(values) for name, values in hypercube.to_json()["path"].items() if name != "rivals"}
    points = np.stack([path["r"] * np.cos(path["Theta"]), path["r"] * np.sin(path["Theta"])])
    steps = np.diff(points, axis=1)
    assert np.abs(steps - steps.mean(axis=1, keepdims=True)).max() < 1e-9
    assert (steps**2).sum() * (len(path["t"]) - 1) == pytest.approx(hypercube.path.energy)


def test_it_displays_itself(hypercube: Study) -> None:
    shown = hypercube._repr_markdown_()
    assert f"| energy, cond-ot | {hypercube.energies['cond-ot']} |" in shown
    assert "n = 16, d = 4, 16 distinct" in shown


def test_data_that_the_sample_does_not_tell_from_gaussian_ones_have_finite_errors() -> None:
    rows = np.random.default_rng(7).standard_normal((40, 3))
    found = study_data(rows, num_queries=64, num_signals=4)
    assert not found.path.unique
    assert found.separation.proved_interval[0][-1] == 0
    assert all(np.isfinite(energy.error) for energy in found.energies.values())


@pytest.mark.parametrize(
    ("data", "options", "said"),
    [
        ([[1.0, 2.0]], {}, "only one row"),
        (np.ones((4, 2)), {}, "all 4 rows are equal"),
        ([1.0, 2.0], {}, "shape"),
        ([["a"], ["b"]], {}, "real numbers"),
        ([[1.0], [np.nan]], {}, "row 1, column 0 is nan"),
        ([[1.0], [3.0]], {"normalise": "none"}, r"E\|X\|\^2/d is 5, not 1"),
        (HYPERCUBE, {"num_queries": 20}, "20 queries are too few for any interval: at least"),
        (HYPERCUBE, {"num_signals": 3}, "3 values of s are too few"),
    ],
)
def test_data_of_which_no_study_can_be_made_are_refused(data: Any, options: dict[str, Any], said: str) -> None:
    with pytest.raises(StudyError, match=said):
        study_data(data, **options)


def test_equal_rows_are_one_point_of_their_joint_weight() -> None:
    described, _ = prepare_data(np.array([[0], [0], [0], [4]]), Normalisation.CENTRE)
    assert described.distinct == 2
    assert described.entropy == pytest.approx(-(0.75 * np.log(0.75) + 0.25 * np.log(0.25)))


@pytest.mark.parametrize("mode", list(Normalisation))
def test_what_comes_out_has_the_convention(mode: Normalisation) -> None:
    rows = np.random.default_rng(0).normal(0.3, 1.0, (50, 3))
    rows /= np.sqrt((rows**2).mean()) * (1 + 4e-4)
    _, normalised = prepare_data(DataSet(rows), mode)
    assert normalised.second_moment() == pytest.approx(3, rel=1e-14)
    assert np.allclose(normalised.mean(), 0) == (mode is Normalisation.CENTRE)


GRID = np.geomspace(1e-3, 20, 48)


@pytest.mark.parametrize("fraction", [1e-4, 0.01, 0.25, 0.9])
def test_the_grid_follows_the_data(fraction: float) -> None:
    exact = separation_low_rank_gaussian(fraction, GRID)
    found = spread_grid(GRID, exact.h_squared, 32)
    assert len(found) == 32
    assert (np.diff(found) > 0).all()
    assert found[0] > 0
    assert found[-1] == GRID[-1]
    # lambda passes a half at s = sqrt(k): both sides of it are seen.
    assert 5 <= (found < np.sqrt(fraction)).sum() <= 27


def test_noise_in_the_pilot_does_not_draw_the_grid() -> None:
    exact = separation_low_rank_gaussian(0.01, GRID).h_squared
    noisy = exact + 0.05 * np.random.default_rng(3).standard_normal(len(GRID))
    counts = [(spread_grid(GRID, pilot, 32) < 0.1).sum() for pilot in (exact, noisy)]
    assert abs(counts[0] - counts[1]) <= 4


def test_gaussian_data_have_a_grid_too() -> None:
    found = spread_grid(GRID, np.zeros(len(GRID)), 8)
    assert (np.diff(found) > 0).all()
    assert np.isfinite(found).all()
