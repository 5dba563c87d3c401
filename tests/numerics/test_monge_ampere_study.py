"""A study of atoms against what is known of them, its record, and what it refuses."""

import json
from importlib.resources import files
from typing import Any

import jsonschema
import numpy as np
import pytest

from lemmata.numerics.data_set import DataSet
from lemmata.numerics.measures import DiscreteMeasure
from lemmata.numerics.monge_ampere.study import Compared, Outcome, Study, study_atoms
from lemmata.numerics.study_input import StudyError

TRIANGLE = np.array([[-1.0, -0.4], [1.0, -0.4], [0.0, 0.8]])
SETTINGS: dict[str, Any] = {"horizons": (0.5, 4.0), "tolerance": 2e-3, "resolution": 80}


@pytest.fixture(scope="module")
def triangle() -> Study:
    return study_atoms(TRIANGLE + np.array([0.7, -0.3]), **SETTINGS)


def test_the_counterexample_is_refuted_with_its_gap(triangle: Study) -> None:
    assert triangle.outcome is Outcome.REFUTED
    assert triangle.gap.mismatch.contains(0.02059)
    assert len(triangle.certificates) == 2
    assert triangle.crossed is not None
    assert triangle.crossed.product < 0


def test_three_readings_tend_to_the_gap_at_infinity(triangle: Study) -> None:
    early, late = ([gaps[at].mismatch for gaps in triangle.by_horizon.values()] for at in (0, 1))
    for one in late[1:]:
        assert abs(one.value - triangle.gap.mismatch.value) <= one.error + triangle.gap.mismatch.error + 1e-3
    raw, centred, forward = early
    assert raw.low > 2 * triangle.gap.mismatch.high, "the mean shows at a short horizon"
    assert max(centred.high, forward.high) < triangle.gap.mismatch.low


def test_centred_data_have_one_reading_less_to_compute() -> None:
    calls: list[tuple[int, int]] = []
    found = study_atoms(TRIANGLE, horizons=(1.0,), tolerance=1e-2, resolution=20, progress=lambda *at: calls.append(at))
    assert calls == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert found.is_centred
    assert found.by_horizon[Compared.RAW] is found.by_horizon[Compared.CENTRED]
    assert list(found.by_horizon) == list(Compared)


def test_an_equilateral_triangle_is_not_told_from_optimal() -> None:
    corners = np.array([[1.0, 0.0], [-0.5, np.sqrt(0.75)], [-0.5, -np.sqrt(0.75)]])
    found = study_atoms(corners, **SETTINGS)
    assert found.outcome is Outcome.NOT_TOLD_APART
    assert found.crossed is None
    assert found.gap.mismatch.value <= found.gap.mismatch.error


def test_atoms_on_a_line_in_space_are_optimal() -> None:
    line = np.outer([-1.0, 0.2, 2.0], [1.0, -2.0, 0.5])
    found = study_atoms(line, [0.2, 0.3, 0.5], **SETTINGS)
    assert (found.rank, found.outcome) == (1, Outcome.OPTIMAL)
    assert found.gap.mismatch.contains(0)


def test_the_record_follows_its_schema_and_repeats(triangle: Study) -> None:
    schema = json.loads(files("lemmata.numerics.monge_ampere").joinpath("study-schema-v1.json").read_text("utf-8"))
    first = triangle.to_json()
    second = study_atoms(DataSet(TRIANGLE + np.array([0.7, -0.3])), **SETTINGS).to_json()
    jsonschema.validate(first, schema)
    del first["seconds"], second["seconds"]
    assert json.dumps(first, allow_nan=False) == json.dumps(second, allow_nan=False)


def test_it_displays_itself(triangle: Study) -> None:
    shown = triangle._repr_markdown_()
    assert "| the flow's map is | refuted |" in shown
    assert f"| mass sent to other atoms | {triangle.gap.mismatch} |" in shown


@pytest.mark.parametrize(
    ("atoms", "options", "said"),
    [
        ([[1.0, 2.0]], {}, "only one atom"),
        ([1.0, 2.0], {}, "shape"),
        ([["a"], ["b"]], {}, "real numbers"),
        ([[1.0], [np.nan]], {}, "row 1, column 0 is nan"),
        (TRIANGLE[[0, 1, 1]], {}, "an atom is repeated: row 2 is row 1"),
        (TRIANGLE, {"weights": [0.5, 0.5, 0.5]}, "weights must sum to 1, not 1.5"),
        (TRIANGLE, {"weights": [1.5, -0.25, -0.25]}, "weights must not be negative"),
        (TRIANGLE, {"weights": [0.5, 0.5, 0.0]}, "weights must be positive: that of row 2"),
        (TRIANGLE, {"weights": [0.5, 0.5]}, "weights must have shape"),
        (DiscreteMeasure(TRIANGLE), {"weights": [1 / 3] * 3}, "carries its own weights"),
        (DataSet(TRIANGLE, weight_total=7.0), {}, "weights must sum to 1, not 7"),
        (np.arange(514.0).reshape(257, 2), {}, "257 atoms are too many"),
        ([[0.0, 0.0], [1e-9, 0.0], [1.0, 1.0]], {}, "rows 0 and 1 are only 1e-09 apart"),
        (TRIANGLE, {"horizons": ()}, "horizons must be positive and finite, and at least one"),
        (TRIANGLE, {"horizons": (1.0, np.inf)}, "horizons must be positive and finite"),
        (TRIANGLE, {"tolerance": 0.0}, "tolerance must be positive"),
        (TRIANGLE, {"resolution": 1}, "a picture of 1 squares"),
    ],
)
def test_atoms_of_which_no_study_can_be_made_are_refused(atoms: Any, options: dict[str, Any], said: str) -> None:
    with pytest.raises(StudyError, match=said):
        study_atoms(atoms, **options)
