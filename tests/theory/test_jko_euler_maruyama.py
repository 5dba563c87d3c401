"""Steps of the Euler-Maruyama method: where the score is taken decides whether stiffness biases the diffusivity."""

import pytest
import sympy as sp

from lemmata.theory.jko import euler_maruyama as em
from lemmata.theory.jko.notation import beta, confinement, old_mean, old_scale, tau

from .decided import NEARLY, assert_refuted, assert_vanish


def scales() -> dict[str, sp.Expr]:
    return {"x": old_scale, "y": em.euler_maruyama_law().scale, "z and y": em.mean_score_scale()}


@pytest.mark.parametrize("place", ["x", "y", "z and y"])
def test_diffusivity_estimate(place: str) -> None:
    scale = scales()[place]
    found = em.diffusivity_estimate(scale)
    assert_vanish(em.diffusivity_estimate_residuals(found, scale), em.stable())
    others = [em.diffusivity_estimate(other) for name, other in scales().items() if name != place]
    for claimed in (beta, NEARLY * found, *others):
        assert_refuted(em.diffusivity_estimate_residuals(claimed, scale), em.stable())


@pytest.mark.parametrize("at_end", [False, True])
def test_first_order_bias(at_end: bool) -> None:
    found = em.first_order_bias(score_at_end=at_end)
    assert_vanish(em.first_order_bias_residuals(found, score_at_end=at_end))
    other = em.first_order_bias(score_at_end=not at_end)
    for claimed in (sp.S.Zero, other, NEARLY * found):
        assert_refuted(em.first_order_bias_residuals(claimed, score_at_end=at_end))


def test_second_order_bias() -> None:
    found = em.second_order_bias()
    assert_vanish(em.second_order_bias_residuals(found))
    for claimed in (sp.S.Zero, -found, NEARLY * found):
        assert_refuted(em.second_order_bias_residuals(claimed))


def test_stiffness_does_not_bias_the_estimate_with_the_score_at_the_end() -> None:
    assert not em.first_order_bias(score_at_end=True).has(confinement)
    assert em.first_order_bias(score_at_end=False).has(confinement)
    # Of the peer's stiffest particles: l tau = 0.8 makes one estimate five times too large, the other 0.1 %.
    numbers = {confinement: 80, tau: 0.01, beta: 0.1, old_scale: 3.5, old_mean: 0}
    explicit, split, both = (float(em.diffusivity_estimate(scale).subs(numbers)) for scale in scales().values())
    assert explicit > 4 * 0.1
    assert split == pytest.approx(0.1, rel=2e-3)
    assert both == pytest.approx(0.1, rel=2e-6)
    # At rest in one of its wells, l = 29: the noise of a step is as wide as the law that it meets.
    numbers |= {confinement: 29, old_scale: 0.059}
    _, split, both = (float(em.diffusivity_estimate(scale).subs(numbers)) for scale in scales().values())
    assert split == pytest.approx(0.119, rel=1e-2)
    assert both == pytest.approx(0.0964, rel=1e-2)
