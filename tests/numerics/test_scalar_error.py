"""The error of a scalar measure is integrated once for each measure and grid, and nobody can spoil what is kept."""

import numpy as np
import pytest

from lemmata.numerics.kinetic_optimal.exact import scalar_error
from lemmata.numerics.measures import DiscreteMeasure

GRID = np.array([0.5, 1.0, 2.0])


def test_the_same_question_is_answered_from_memory() -> None:
    atoms = [[-1.0], [1.0]]
    assert scalar_error(DiscreteMeasure(atoms), GRID) is scalar_error(DiscreteMeasure(atoms), GRID)


@pytest.mark.parametrize(
    ("measure", "s"),
    [
        (DiscreteMeasure([[-1.0], [1.0]], [0.4, 0.6]), GRID),
        (DiscreteMeasure([[-1.0], [0.9]]), GRID),
        (DiscreteMeasure([[-1.0], [1.0]]), 2 * GRID),
    ],
)
def test_another_question_is_another_answer(measure: DiscreteMeasure, s: np.ndarray) -> None:
    assert not np.array_equal(scalar_error(DiscreteMeasure([[-1.0], [1.0]]), GRID), scalar_error(measure, s))


def test_what_is_kept_is_protected() -> None:
    with pytest.raises(ValueError, match="read-only"):
        scalar_error(DiscreteMeasure([[-1.0], [1.0]]), GRID)[0, 0] = 0.0
