"""Orbits of reflection groups: the derivations, and the flow itself on orbits and beside them."""

from collections.abc import Callable

import numpy as np
import pytest
import sympy as sp

from lemmata.theory.derivation import Derivation
from lemmata.theory.monge_ampere import reflection
from lemmata.theory.monge_ampere.notation import tau
from lemmata.theory.verdict import Verdict

from .decided import NEARLY, assert_refuted, assert_replays, assert_vanish
from .reflection_orbits import GROUPS, orbit, roots


def followed(places: np.ndarray, atoms: np.ndarray, end: float = 30.0, steps: int = 1500) -> np.ndarray:
    """Return the path in regular time of points (n, d) under equal weights, by the classical Runge-Kutta method."""

    def velocity(at: np.ndarray, time: float) -> np.ndarray:
        logs = time * at @ atoms.T - time**2 * (atoms**2).sum(-1) / 2
        shares = np.exp(logs - logs.max(-1, keepdims=True))
        return (shares @ atoms) / shares.sum(-1, keepdims=True)

    h, path = end / steps, [places]
    for k in range(steps):
        time, at = k * h, path[-1]
        first = velocity(at, time)
        second = velocity(at + h * first / 2, time + h / 2)
        third = velocity(at + h * second / 2, time + h / 2)
        fourth = velocity(at + h * third, time + h)
        path.append(at + h * (first + 2 * second + 2 * third + fourth) / 6)
    return np.stack(path)


def labels(end: np.ndarray, atoms: np.ndarray) -> np.ndarray:
    return ((end[:, None] - atoms) ** 2).sum(-1).argmin(-1)


@pytest.mark.parametrize("group", GROUPS)
def test_flow_takes_each_point_to_the_atom_of_largest_inner_product(group: str) -> None:
    mirrors, draws = roots(group), np.random.default_rng(11)
    draw = draws.normal(size=(41, mirrors.shape[1]))
    atoms, starts = orbit(draw[0], mirrors), draw[1:]
    # A start at least this far from every mirror is carried clear of them within the time that is followed.
    starts = starts[(np.abs(starts @ mirrors.T) > 0.05).all(-1)]
    path = followed(starts, atoms)
    heights = path @ mirrors.T
    assert (np.sign(heights) == np.sign(heights[0])).all()
    assert (labels(path[-1] / 30.0, atoms) == (starts @ atoms.T).argmax(-1)).all()


def test_flow_of_other_triangles_does_not() -> None:
    atoms = np.array([[-1.0, -0.4], [1.0, -0.4], [0.0, 0.8]])
    starts = np.random.default_rng(3).normal(size=(400, 2))
    reached = labels(followed(starts, atoms)[-1] / 30.0, atoms)
    assert (reached != (starts @ atoms.T - (atoms**2).sum(-1) / 2).argmax(-1)).sum() > 10
    assert (reached != (starts @ atoms.T).argmax(-1)).sum() > 10


def test_reflections() -> None:
    gain = reflection.reflection_gain()
    assert_vanish(reflection.reflection_residuals(gain))
    assert_refuted(reflection.reflection_residuals(-gain))
    assert_refuted(reflection.reflection_residuals(gain / 2))


def test_pairs() -> None:
    velocity = reflection.pair_velocity()
    assert_vanish(reflection.pair_velocity_residuals(velocity))
    assert_refuted(reflection.pair_velocity_residuals(NEARLY * velocity))
    assert_refuted(reflection.pair_velocity_residuals(velocity + tau))


def test_shift() -> None:
    assert_vanish(reflection.shift_residuals(reflection.shift()))
    assert_refuted(reflection.shift_residuals(NEARLY * reflection.shift()))


@pytest.mark.parametrize(
    "derive",
    [
        reflection.derive_pair_pushes_away,
        reflection.derive_no_crossing,
        reflection.derive_label_in_chamber,
        reflection.derive_maximiser_in_chamber,
        reflection.derive_reflection_orbit,
    ],
)
def test_derivations_replay(derive: Callable[[], Derivation]) -> None:
    assert_replays(derive())


def test_the_atom_that_wins_has_the_largest_inner_product_and_no_larger_one() -> None:
    found = reflection.derive_reflection_orbit()
    inner = reflection.orbit_statement(reflection.label)
    assert found.concludes(inner).verdict is Verdict.PROVED
    assert found.concludes(inner.left).verdict is Verdict.UNDECIDED
    assert found.concludes(NEARLY * inner.right).verdict is Verdict.UNDECIDED


def test_the_cited_fact_is_named() -> None:
    assert "orbit_meets_chamber_once" in reflection.derive_reflection_orbit().rules
    assert "orbit_meets_chamber_once" not in reflection.derive_label_in_chamber().rules


def test_an_atom_off_its_mirror_image_may_pull_across() -> None:
    one_sided = reflection.second_height * sp.exp(tau * reflection.first_height * reflection.second_height)
    assert_refuted(reflection.pair_velocity_residuals(one_sided))
