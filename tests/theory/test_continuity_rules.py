"""What the rules of continuity refuse, and the functions that show why."""

import pytest
import sympy as sp

from lemmata.theory.kernel import InapplicableRuleError
from lemmata.theory.rules import barrier, keeps_sign
from lemmata.theory.statement import Statement, at_most, below

t = sp.Symbol("t", positive=True)
c, level = sp.symbols("c g", real=True)
v, w = (sp.Function(name, real=True) for name in "vw")


def proved(premises: tuple[Statement, ...], functions: tuple[sp.Expr, ...]) -> bool:
    found = barrier(premises, variable=t, functions=functions, level=level, start=sp.S.Zero, end=sp.oo)
    return all(o.decide().verdict == "proved" for o in found.obligations)


rising = at_most(0, v(t).diff(t), (level < v(t),))
leaning = at_most(0, v(t).diff(t), (level < v(t), level < w(t)))
leaning_back = at_most(0, w(t).diff(t), (level < v(t), level < w(t)))
first, second = below(level, v(0)), below(level, w(0))


def test_functions_may_hold_each_other_up() -> None:
    assert proved((rising, first), (v(t),))
    assert proved((leaning, leaning_back, first, second), (v(t), w(t)))


def test_a_function_at_the_level_may_fall_at_once() -> None:
    # -t starts at 0, and while it is above 0, which is never, it does not fall.
    with pytest.raises(InapplicableRuleError, match="is not one of"):
        proved((rising, at_most(level, v(0))), (v(t),))


def test_every_function_that_is_relied_on_has_its_premises() -> None:
    assert not proved((leaning, first), (v(t),))


def test_premises_about_another_function_are_not_proved() -> None:
    assert not proved((at_most(0, w(t).diff(t), (level < v(t),)), first), (v(t),))
    assert not proved((rising, second), (v(t),))


def test_a_function_may_change_sign_where_it_may_be_zero() -> None:
    apart, start = below(0, v(t) ** 2), below(0, v(0))
    found = keeps_sign((apart, start), variable=t, function=v(t), start=sp.S.Zero, end=sp.oo)
    assert found.conclusion.left == 0
    with pytest.raises(InapplicableRuleError, match="is not one of"):
        keeps_sign((at_most(0, v(t) ** 2), start), variable=t, function=v(t), start=sp.S.Zero, end=sp.oo)
    only_later = keeps_sign((apart.under((t > 1,)), start), variable=t, function=v(t), start=sp.S.Zero, end=sp.oo)
    assert any(o.decide().verdict != "proved" for o in only_later.obligations)
