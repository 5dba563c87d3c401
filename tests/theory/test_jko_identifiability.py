"""What snapshots cannot tell apart: null vectors decided, defects by exact elimination."""

import random
from dataclasses import replace

import pytest
import sympy as sp

from lemmata.theory.jko import identifiability as lost
from lemmata.theory.jko.notation import mean, scale, y

from .decided import NEARLY, assert_refuted, assert_vanish


@pytest.mark.parametrize("feature", lost.FEATURES)
def test_feature_forces(feature: str) -> None:
    force = lost.feature_force(feature)
    assert_vanish(lost.feature_force_residuals(feature, force))
    assert_refuted(lost.feature_force_residuals(feature, -force))
    assert_refuted(lost.feature_force_residuals(feature, NEARLY * force))


@pytest.mark.parametrize("case", sorted(lost.null_vectors()))
def test_null_vectors(case: str) -> None:
    vector = lost.null_vectors()[case]
    assert_vanish(lost.null_vector_residuals(case, vector))
    for name in vector:
        assert_refuted(lost.null_vector_residuals(case, {**vector, name: NEARLY * vector[name]}))


def test_a_mean_that_is_not_zero_tells_quadratic_energies_apart() -> None:
    assert_refuted(lost.null_vector_residuals("constant mean", {"V": sp.S.One, "U": -sp.S.One}))


@pytest.mark.parametrize("case", sorted(lost.minors()))
def test_minors(case: str) -> None:
    minor = lost.minors()[case]
    assert_vanish(lost.minor_residuals(minor))
    assert_refuted(lost.minor_residuals(replace(minor, value=NEARLY * minor.value)))
    assert_refuted(lost.minor_residuals(replace(minor, value=-minor.value)))


def rational_vectors(generator: random.Random, count: int, size: int) -> list[list[sp.Rational]]:
    return [
        [sp.Rational(generator.randint(-20, 20), generator.randint(1, 7)) for _ in range(size)] for _ in range(count)
    ]


@pytest.mark.parametrize(("size", "spread"), [(size, r) for size in range(1, 5) for r in range(size + 1)])
def test_quadratic_defect(size: int, spread: int) -> None:
    """The formula against exact elimination, for means in general position that span r dimensions."""
    generator = random.Random(10 * size + spread)
    (base,) = rational_vectors(generator, 1, size)
    span = rational_vectors(generator, spread, size)
    combined = [[sum(column) for column in zip(*span, strict=True)]] if span else []
    zero = [sp.S.Zero] * size
    through_origin = [*span, *combined, zero]
    shifted = [[a + b for a, b in zip(base, row, strict=True)] for row in through_origin]
    defect = lost.quadratic_defect(size, spread)
    assert lost.null_space(lost.design(through_origin, linear=False)).rows == defect
    assert lost.null_space(lost.design(shifted, linear=True)).rows == defect
    isotropic = lost.null_space(lost.design(shifted, linear=True, isotropic=True))
    assert isotropic.rows == (1 if spread == 0 else 0)


def test_no_spread_loses_every_quadratic_form() -> None:
    assert [lost.quadratic_defect(size, 0) for size in (1, 2, 3, 4)] == [1, 3, 6, 10]
    assert [lost.quadratic_defect(size, size) for size in (1, 2, 3, 4)] == [0, 0, 0, 0]
    with pytest.raises(ValueError, match="do not span"):
        lost.quadratic_defect(2, 3)


@pytest.mark.parametrize("size", [1, 2, 3])
def test_diffusivity_is_lost_where_precisions_agree(size: int) -> None:
    generator = random.Random(size)
    places = rational_vectors(generator, 3, size)
    (entries,) = rational_vectors(generator, 1, size * size)
    factor = sp.Matrix(size, size, entries)
    precision = factor * factor.T + sp.eye(size)
    other = precision + sp.diag(*[sp.Rational(1, 3)] * size)
    without = lost.null_space(lost.design(places, linear=True)).rows
    same = lost.null_space(lost.design(places, linear=True, precisions=[precision] * 3)).rows
    different = lost.null_space(lost.design(places, linear=True, precisions=[precision, other, precision])).rows
    assert (same, different) == (without + 1, without)


def test_null_space_is_orthogonal_to_the_rows() -> None:
    matrix = lost.design([[sp.Integer(1), sp.Integer(2)]], linear=True)
    basis = lost.null_space(matrix)
    assert basis.rows > 0
    assert (matrix * basis.T).is_zero_matrix
    with pytest.raises(ValueError, match="rational"):
        lost.null_space(sp.Matrix([[sp.Symbol("a")]]))


@pytest.mark.parametrize("power", [2, 3, 4, 6])
def test_confounded_force(power: int) -> None:
    force = lost.confounded_force(power)
    assert_vanish(lost.confounded_force_residuals(power, force))
    assert_refuted(lost.confounded_force_residuals(power, NEARLY * force))
    first = lost.moments[0]
    assert_refuted(lost.confounded_force_residuals(power, force.subs(first, -first)))
    highest = lost.moments[power - 2]
    assert force.coeff(highest) != 0
    with pytest.raises(ValueError, match="degree"):
        lost.confounded_force(1)


def test_quadratic_interactions_see_the_mean_alone() -> None:
    assert_vanish({"force": lost.confounded_force(2).subs(lost.moments[0], mean) - lost.feature_force("U")})
    assert scale not in lost.feature_force("V").free_symbols
    assert lost.feature_force("V") == y
