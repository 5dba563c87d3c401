"""Orbits: sizes of groups, invariance under mirrors, and what the checks say of orbits and of what is none."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from sympy import Rational

from lemmata.checks.monge_ampere import reflection_orbits as module
from lemmata.checks.trial import Effort, Run
from lemmata.theory.verdict import Verdict

RUN = Run(effort=Effort.QUICK, seed=5)


@pytest.mark.parametrize(
    ("group", "order"),
    [("polygon 3", 6), ("polygon 5", 10), ("permutations 4", 24), ("signed permutations 3", 48)],
)
def test_a_generic_orbit_has_as_many_points_as_the_group(group: str, order: int) -> None:
    normals = module.mirrors(group)
    start = np.array([0.31, 1.07, 2.2, 4.5])[: normals.shape[1]]
    orbit = module.reflect_everywhere(start, normals)
    assert len(orbit) == order
    assert np.allclose(np.linalg.norm(orbit, axis=1), np.linalg.norm(start))


@given(module.drawn_orbits())
@settings(max_examples=30, deadline=None, derandomize=True)
def test_drawn_orbits_have_twelve_atoms_in_four_dimensions(drawn: module.DrawnOrbit) -> None:
    atoms, points = drawn.place()
    assert atoms.shape == (12, module.DIMENSION)
    assert points.shape == (module.POINTS, module.DIMENSION)
    lengths = np.linalg.norm(atoms, axis=1)
    assert np.allclose(lengths, lengths[0])
    # The product of an atom with all others is the same list for each atom: the orbit looks alike from everywhere.
    products = np.sort((atoms @ atoms.T).round(9), axis=1)
    assert np.allclose(products, products[0])
    assert module._decode(module._encode(drawn)) == drawn


def test_the_flow_of_a_drawn_orbit_ends_at_the_largest_product_and_else_not() -> None:
    for kind, chosen in module.KINDS.items():
        drawn = module.DrawnOrbit(kind, (0.5, 1.75, 2.5)[: chosen.parameters], 11)
        assert drawn.is_open
        assert not module._advantage(module.OrbitMap(), drawn, RUN).violated
        heavier = replace(module.OrbitMap(), weight=Rational(4))
        assert module._advantage(heavier, drawn, RUN).violated


def test_exact_products_at_enclosed_labels() -> None:
    found = list(module._attack(module.OrbitMap()))
    assert not any(one.violated for one in found)
    assert any(one.violated for one in module._attack(replace(module.OrbitMap(), share=Rational(99, 100))))


def test_every_control_is_killed_and_the_claim_stands() -> None:
    claim = module.prior_map_reflection_orbit
    for check in claim.checks[:2]:
        assert check(claim.formula, RUN).verdict is Verdict.PROVED
    for name in ("gain of a reflection off by one per cent", "moved by 1.01 times the vector"):
        assert claim.checks[0](claim.controls[name].formula, RUN).verdict is Verdict.REFUTED
