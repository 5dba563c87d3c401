"""A trapped point is never lost, with few atoms and with many."""

import numpy as np
import pytest

from lemmata.numerics.measures import DiscreteMeasure
from lemmata.numerics.monge_ampere import trapping
from lemmata.numerics.monge_ampere.regular_flow import Tolerance, integrate_twice, regular_velocity
from lemmata.numerics.monge_ampere.trapping import SAFETY, find_winners


@pytest.mark.parametrize("sharp_atoms", [256, 0])
def test_a_trapped_point_stays_with_its_atom(sharp_atoms: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trapping, "SHARP_ATOMS", sharp_atoms)
    rng = np.random.default_rng(1)
    law = DiscreteMeasure(rng.standard_normal((5, 2)), [0.4, 0.3, 0.15, 0.1, 0.05])
    # Points that the flow could be at, and others.
    tau = 1.0
    u = 2 * rng.standard_normal((400, 2))
    found = find_winners(law, u, tau, np.zeros(400))
    assert 20 < found.trapped.sum() < 380
    later = integrate_twice(regular_velocity, law, u, u, tau, 25.0, Tolerance(1e-8, 1e-10)).require_success()
    last = find_winners(law, later.fine, 25.0, np.zeros(400))
    assert last.trapped.mean() > 0.95
    assert (last.labels[found.trapped] == found.labels[found.trapped]).all()
    assert (last.labels[~found.trapped] != found.labels[~found.trapped]).any()


def test_certain_points_are_trapped_with_all_their_neighbours() -> None:
    rng = np.random.default_rng(2)
    law = DiscreteMeasure(rng.standard_normal((4, 3)))
    u, error = 3 * rng.standard_normal((300, 3)), np.full(300, 0.01)
    found = find_winners(law, u, 1.5, error)
    assert found.certain.sum() < found.trapped.sum()
    for _ in range(20):
        direction = rng.standard_normal((300, 3))
        moved = u + SAFETY * error[:, None] * direction / np.linalg.norm(direction, axis=1, keepdims=True)
        near = find_winners(law, moved, 1.5, np.zeros(300))
        assert near.trapped[found.certain].all()
        assert (near.labels[found.certain] == found.labels[found.certain]).all()


def test_many_atoms_are_trapped_less_readily_but_to_the_same_end(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(3)
    law = DiscreteMeasure(rng.standard_normal((30, 2)))
    u = 20 * rng.standard_normal((200, 2))
    sharp = find_winners(law, u, 6.0, np.zeros(200))
    monkeypatch.setattr(trapping, "SHARP_ATOMS", 0)
    rough = find_winners(law, u, 6.0, np.zeros(200))
    assert 0 < rough.trapped.sum() < sharp.trapped.sum()
    assert sharp.trapped[rough.trapped].all()
    assert rough.labels.tolist() == sharp.labels.tolist()


def test_nothing_is_trapped_at_the_prior_unless_there_is_one_atom() -> None:
    u = np.random.default_rng(4).standard_normal((5, 2))
    several = find_winners(DiscreteMeasure([[0.0, 1.0], [1.0, 0.0]], [0.1, 0.9]), u, 0.0, np.zeros(5))
    assert not several.trapped.any()
    assert several.labels.tolist() == [1] * 5
    assert find_winners(DiscreteMeasure([[0.0, 1.0]]), u, 0.0, np.zeros(5)).certain.all()
