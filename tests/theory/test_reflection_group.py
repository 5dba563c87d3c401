"""The cited fact on chambers holds in random finite reflection groups; with fewer mirrors, or two orbits, it fails."""

from typing import Any

import numpy as np
import pytest
import sympy as sp

from lemmata.theory import reflection_group
from lemmata.theory.expectation import Inner, random_vector
from lemmata.theory.kernel import RULES, InapplicableRuleError, Inference
from lemmata.theory.reflection_group import ForEveryRoot, OffMirrors, Root, SameOrbit, orbit_meets_chamber_once
from lemmata.theory.statement import Statement, at_most

from .reflection_orbits import GROUPS, orbit, roots

x, y, z, v, n = (random_vector(name) for name in ("x", "y", "z", "v", "n"))
W = sp.Symbol("W")
TOLERANCE = 1e-9


def in_chamber(points: np.ndarray, start: np.ndarray, mirrors: np.ndarray) -> np.ndarray:
    return points[((points @ mirrors.T) * np.sign(mirrors @ start) >= -TOLERANCE).all(-1)]


@pytest.mark.parametrize("group", GROUPS)
def test_fact_holds_and_its_twins_fail(group: str) -> None:
    mirrors, draws = roots(group), np.random.default_rng(7)
    fewer = two = 0
    for k in range(10):
        start, point, stranger = draws.normal(size=(3, mirrors.shape[1]))
        if k % 2:
            point = point - (point @ mirrors[0]) * mirrors[0]
        points = orbit(point, mirrors)
        assert len(in_chamber(points, start, mirrors)) == 1
        fewer += len(in_chamber(points, start, mirrors[: len(mirrors) // 2])) > 1
        two += len(in_chamber(np.concatenate([points, orbit(stranger, mirrors)]), start, mirrors)) > 1
    assert fewer >= 5
    assert two == 10


def applied(first: Statement, second: Statement, **changes: Any) -> Inference:
    parameters: dict[str, Any] = {"first": y, "second": z, "place": x, "root": n, "against": v, "group": W} | changes
    return orbit_meets_chamber_once((first, second), **parameters)


sides = (Root(n, W), sp.StrictGreaterThan(Inner(x, n), 0))
premises = (at_most(0, Inner(y, n), sides), at_most(0, Inner(z, n), sides))


def test_conclusion_names_what_it_rests_on() -> None:
    found = applied(*premises).conclusion
    assert set(found.hypotheses) == {SameOrbit(y, z, W), OffMirrors(x, W)}
    assert {found.left, found.right} == {Inner(y, v), Inner(z, v)}


def test_what_is_assumed_of_the_root_is_assumed_of_every_root() -> None:
    condition = sp.StrictGreaterThan(Inner(z, n), Inner(x, n))
    found = applied(premises[0], premises[1].under((*sides, condition))).conclusion
    assert ForEveryRoot(n, x, W, condition) in found.hypotheses
    assert not any(n in h.free_symbols for h in found.hypotheses)


@pytest.mark.parametrize("changes", [{"root": y}, {"root": x}, {"root": v, "against": v}, {"against": x - y}])
def test_roots_and_points_are_distinct_names(changes: dict[str, Any]) -> None:
    with pytest.raises(InapplicableRuleError, match=r"free to be any|named vectors"):
        applied(*premises, **changes)


def test_premises_about_other_points_are_refused() -> None:
    obligations = applied(at_most(0, Inner(v, n), sides), premises[1]).obligations
    assert any(o.decide().verdict != "proved" for o in obligations)


def test_every_rule_is_attacked() -> None:
    own = {name for name, rule in RULES.items() if rule.infer.__module__ == reflection_group.__name__}
    assert own == {"orbit_meets_chamber_once"}
