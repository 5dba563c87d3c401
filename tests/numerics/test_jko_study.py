"""A study of snapshots against what made them, its record, and what it refuses."""

import json
from importlib.resources import files
from typing import Any

import jsonschema
import numpy as np
import pytest

from lemmata.numerics.jko.held_out import Floor, Outcome, hold_out, is_followed
from lemmata.numerics.jko.snapshots import take_snapshots
from lemmata.numerics.jko.study import Study, study_snapshots
from lemmata.numerics.study_input import StudyError

from .drawn_snapshots import descend_well, draw_snapshots

TAU = 0.1
START = np.random.default_rng(6).standard_normal((160, 2))
SETTINGS: dict[str, Any] = {"resolution": 21}


@pytest.fixture(scope="module")
def well() -> Study:
    return study_snapshots(draw_snapshots(0, particles=400), TAU, **SETTINGS)


def drawn_anew(**changes: Any) -> list[Any]:
    sizes = (300, 360, 320)
    return [draw_snapshots(seed, particles=size, **changes)[seed] for seed, size in enumerate(sizes)]


def test_the_potential_of_a_double_well_is_found_within_its_standard_errors(well: Study) -> None:
    first, second = np.meshgrid(*well.potential.ticks)
    true = (first**2 - 1) ** 2 + second**2 / 2
    covered = well.potential.covered
    assert 0.5 < covered.mean() < 1
    difference = (well.potential.values - true)[covered]
    errors = well.potential.errors[covered]
    # Known up to a constant; the bias of the trapezoid is of second order in tau, here a tenth of the range.
    apart = np.abs(difference - np.median(difference))
    assert np.quantile(apart / (4 * errors + 0.1 * TAU * np.ptp(true[covered])), 0.95) <= 1
    assert errors.max() < 0.1 * np.ptp(true[covered])


def test_the_diffusivity_has_its_error_and_contains_the_truth(well: Study) -> None:
    beta = well.fit.diffusivity
    assert beta is not None
    assert beta.contains(0.02)
    assert set(beta.parts) == {"sampling", "density_score"}


def test_a_prediction_that_leaves_all_numbers_says_so(well: Study) -> None:
    with pytest.raises(ValueError, match="leave the range of finite numbers: forces grow"):
        well.fit.predict([[1e60, 0.0]])


def test_held_out_particles_that_were_followed_are_predicted_to_the_noise(well: Study) -> None:
    found = well.comparison
    assert found.floor_kind is Floor.NOISE
    assert found.outcome in (Outcome.AT_FLOOR, Outcome.BETTER)
    assert found.mean_predicted.high < found.unmoved.mean()
    assert found.mean_predicted.low < found.mean_floor.value + 0.2 * (found.unmoved.mean() - found.mean_floor.value)


def test_snapshots_drawn_anew_have_the_floor_of_sampling() -> None:
    found = study_snapshots(drawn_anew(), [TAU, TAU], **SETTINGS)
    assert found.comparison.floor_kind is Floor.SAMPLING
    assert [len(measure.weights) for measure in found.held_out.measures] == [75, 90, 80]
    assert min(one.value for one in found.comparison.floor) > 0.05


def test_without_movement_nothing_is_better() -> None:
    still = np.random.default_rng(3).standard_normal((2, 200, 2))
    found = study_snapshots(still, TAU, degree=2, internal=False, **SETTINGS)
    assert found.comparison.outcome is Outcome.NOT_TOLD


def test_wrong_energies_are_no_better_than_no_movement() -> None:
    turned = draw_snapshots(1, diffusivity=0.0, force=lambda x: x[:, ::-1] * [1.0, -1.0])
    found = study_snapshots(turned, TAU, degree=2, internal=False, **SETTINGS)
    assert found.comparison.outcome is Outcome.NO_BETTER
    assert max(one.error for one in found.comparison.predicted) < 1e-12, "nothing is drawn"


def test_rows_are_the_same_particles_or_not() -> None:
    followed = draw_snapshots(0)
    rng = np.random.default_rng(0)
    assert is_followed(take_snapshots(followed, TAU))
    assert not is_followed(take_snapshots([rng.permutation(cloud) for cloud in followed], TAU))
    assert not is_followed(take_snapshots([followed[0], followed[1][:-1]], TAU))
    shuffled_once = [followed[0], followed[1], rng.permutation(followed[2])]
    assert not is_followed(take_snapshots(shuffled_once, TAU))


def test_particles_are_either_fitted_to_or_held_out() -> None:
    taken = take_snapshots(draw_snapshots(0), TAU)
    training, held = hold_out(taken, 0.25, 0)
    for measure, kept, out in zip(taken.measures, training.measures, held.measures, strict=True):
        assert (len(kept.atoms), len(out.atoms)) == (120, 40)
        both = np.concatenate([kept.atoms, out.atoms])
        assert np.array_equal(np.sort(both, axis=0), np.sort(measure.atoms, axis=0))
    assert is_followed(training), "the same rows are held out at every time"


def test_what_particles_on_a_line_say_nothing_of_is_the_null_space() -> None:
    along = np.random.default_rng(0).standard_normal((200, 1))
    diagonal = np.concatenate([along, along], axis=1)
    found = study_snapshots(np.stack([diagonal, 0.9 * diagonal]), TAU, degree=2, internal=False, **SETTINGS)
    (unknown,) = found.fit.null_space
    # Of x1, x2, x1^2, x1 x2, x2^2 the snapshots say nothing of (x1 - x2)^2.
    assert unknown * np.sign(unknown[2]) == pytest.approx(np.array([0, 0, 1, -2, 1]) / np.sqrt(6), abs=1e-9)


def test_of_a_potential_and_an_interaction_on_centred_snapshots_the_sum_is_known() -> None:
    start = np.random.default_rng(0).standard_normal((400, 1))
    centred = start - start.mean()
    snapshots = np.stack([centred, 0.9 * centred, 0.81 * centred])
    found = study_snapshots(snapshots, TAU, degree=2, interaction=True, internal=False, **SETTINGS)
    assert found.interaction is not None
    assert [label[:2] for label in found.fit.labels] == ["V:", "V:", "U:"]
    # A step of the trapezoid with V = a x^2 and U = b x^2 multiplies by (1 - tau (a + b))/(1 + tau (a + b)).
    assert found.fit.coefficients[1:].sum() == pytest.approx(0.1 / (1.9 * TAU), rel=1e-6)


def test_the_plane_of_many_dimensions_is_that_of_the_leading_axes() -> None:
    found = study_snapshots(
        draw_snapshots(0, dimension=3) * [1.0, 1.0, 0.05], TAU, degree=2, internal=False, **SETTINGS
    )
    basis = found.frame.basis
    assert np.allclose(basis.T @ basis, np.eye(2))
    assert np.abs(basis[2]).max() < 0.05
    assert found.potential.values.shape == (21, 21)
    assert np.allclose(found.frame.project(found.frame.embed(np.ones((1, 2)))), 1.0)


def test_products_are_left_out_where_they_are_too_many() -> None:
    snapshots = draw_snapshots(0, particles=100, dimension=12)
    found = study_snapshots(snapshots, TAU, internal=False, **SETTINGS)
    assert found.choice.is_separable(12)
    assert len(found.fit.labels) == 48


def test_on_the_line_level_sets_are_a_curve_with_weights_and_centres() -> None:
    snapshots = draw_snapshots(0, dimension=1)
    weights = np.where(snapshots[0, :, 0] > 0, 2.0, 1.0)
    weights /= weights.sum()
    found = study_snapshots(snapshots, TAU, [weights] * 3, degree=2, centres=6, **SETTINGS)
    assert [axis.shape for axis in found.potential.ticks] == [(21,)]
    assert found.potential.values.shape == (21,)
    mean = found.training.pooled().weights @ found.fit.potential(found.training.pooled().atoms)
    shifted = found.fit.potential(found.potential.ticks[0][:, None]) - mean
    assert found.potential.values == pytest.approx(shifted)


def test_progress_ends_where_it_said() -> None:
    calls: list[tuple[int, int]] = []
    study_snapshots(draw_snapshots(0), TAU, degree=2, progress=lambda *at: calls.append(at), **SETTINGS)
    total = 3 + 2 * (1 + 15) + 8
    assert calls == [(done, total) for done in range(1, total + 1)]


def test_the_record_follows_its_schema_and_repeats() -> None:
    schema = json.loads(files("lemmata.numerics.jko").joinpath("study-schema-v1.json").read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    first, second = (
        study_snapshots(list(draw_snapshots(0)), TAU, degree=2, interaction=True, **SETTINGS).to_json()
        for _ in range(2)
    )
    jsonschema.validate(first, schema)
    del first["seconds"], second["seconds"]
    assert json.dumps(first, allow_nan=False) == json.dumps(second, allow_nan=False)


def test_it_displays_itself(well: Study) -> None:
    shown = well._repr_markdown_()
    assert f"| predictions are | {well.comparison.outcome.value} |" in shown
    assert f"| diffusivity | {well.fit.diffusivity} |" in shown


def spoilt(value: float) -> Any:
    snapshots = draw_snapshots(0)
    snapshots[1, 17, 0] = value
    return snapshots


def expand(x: Any) -> Any:
    return -descend_well(x)


@pytest.mark.parametrize(
    ("snapshots", "options", "said"),
    [
        (draw_snapshots(0)[:1], {}, "at least two snapshots are needed, not 1"),
        (spoilt(np.nan), {}, r"snapshot 1: atoms must be finite: entry \(17, 0\) is nan"),
        (draw_snapshots(0)[:, :, 0], {}, r"snapshot 0: atoms must have shape \(n, d\)"),
        ([draw_snapshots(0)[0], np.ones((50, 3))], {}, r"these have dimensions \[2, 3\]"),
        (draw_snapshots(0), {"tau": None}, "tau, the time between snapshots, is missing"),
        (draw_snapshots(0), {"tau": -0.1}, "tau must be positive and finite"),
        (draw_snapshots(0), {"tau": [0.1, 0.1, 0.1]}, "tau must be one number or 2"),
        (draw_snapshots(0), {"weights": [np.full(160, 1 / 80)] * 3}, "snapshot 0: weights must sum to 1"),
        (draw_snapshots(0, particles=30), {}, "snapshot 0 has too few particles: 22 are left to fit to"),
        (draw_snapshots(0, particles=20), {}, "snapshot 0 has too few particles, 20: at least 8 have to be held out"),
        (draw_snapshots(0), {"degree": 24, "centres": 200}, "too few particles for the features: 480 conditions"),
        (draw_snapshots(0), {"centres": 1000}, "1000 centres cannot be found"),
        (draw_snapshots(0), {"degree": 1, "interaction": True}, "a polynomial of degree 1 has no even part"),
        (draw_snapshots(0), {"degree": 0}, "degree 0 and 0 centres leave no features"),
        (draw_snapshots(0), {"held_out": 0.6}, "must be positive and at most a half, not 0.6"),
        (draw_snapshots(0), {"resolution": 1}, "level sets on 1 places"),
        (np.ones((3, 100, 2)), {}, "snapshot 0: all particles are equal"),
        (
            np.exp([0.0, -0.3, -0.6])[:, None, None] * START,
            {"degree": 1},
            "diffusivity is negative beyond its error, -",
        ),
    ],
)
def test_snapshots_of_which_no_study_can_be_made_are_refused(
    snapshots: Any, options: dict[str, Any], said: str
) -> None:
    with pytest.raises(StudyError, match=said):
        study_snapshots(snapshots, **({"tau": TAU} | SETTINGS | options))
