"""The Euler-Lagrange system is derived in one to three dimensions; systems with another sign or factor are refuted."""

from collections.abc import Callable

import pytest
import sympy as sp

from lemmata.theory.action import Stationary
from lemmata.theory.derivation import Derivation
from lemmata.theory.verdict import Verdict
from lemmata.theory.wasserstein_proximal import mean_field_game as game
from lemmata.theory.wasserstein_proximal.mean_field_game import Game
from lemmata.theory.wasserstein_proximal.notation import DIMENSIONS, horizon, laplacian, sigma, t

from ..decided import NEARLY, assert_replays

PARTS = {
    "Hamilton-Jacobi": (game.derive_hamilton_jacobi, game.hamilton_jacobi),
    "Fokker-Planck": (game.derive_fokker_planck, game.fokker_planck),
    "terminal": (game.derive_terminal, game.terminal_condition),
}


@pytest.mark.parametrize("dimension", DIMENSIONS)
@pytest.mark.parametrize("name", sorted(PARTS))
def test_euler_lagrange_system(name: str, dimension: int) -> None:
    derive, part = PARTS[name]
    found: Derivation = derive(dimension)
    assert_replays(found)
    assert found.concludes(game.vanishing_statement(part(dimension), found)).verdict is Verdict.PROVED


def test_hypotheses_are_a_stationary_action_and_a_positive_density() -> None:
    known = Game.of(2)
    given = game.derive_hamilton_jacobi(2).conclusion.hypotheses
    assert set(given) == {known.stationary, sp.Gt(known.density, 0), sp.Lt(0, t), sp.Lt(t, horizon)}
    assert game.derive_terminal(2).conclusion.hypotheses == (known.stationary,)
    assert isinstance(known.stationary, Stationary)


@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_feedback_is_the_gradient_in_every_component(dimension: int) -> None:
    known = Game.of(dimension)
    for component in range(dimension):
        found = game.derive_feedback(dimension, component)
        assert found.conclusion.left == known.velocity[component]
        assert found.concludes(game.feedback(dimension)[component]).verdict is Verdict.PROVED
        assert found.concludes(-game.feedback(dimension)[component]).verdict is Verdict.REFUTED


def wrong_systems() -> dict[str, tuple[Callable[[int], Derivation], sp.Expr]]:
    known = Game.of(1)
    slope = game.feedback(1)[0]
    heat = sigma**2 / 2 * laplacian(known.potential, 1)
    left = game.hamilton_jacobi(1)
    derive = game.derive_hamilton_jacobi
    return {
        "diffusion sign": (derive, left - 2 * heat),
        "diffusion nearly right": (derive, left + (NEARLY - 1) * heat),
        "square without one half": (derive, left + slope**2 / 2),
        "running cost sign": (derive, left + 2 * known.running_cost),
        "drift dropped": (derive, left - known.drift[0] * slope),
        "value function": (derive, left.subs(known.potential, -known.potential).doit()),
        "Fokker-Planck without drift": (
            game.derive_fokker_planck,
            game.fokker_planck(1) - (known.density * known.drift[0]).diff(known.stationary.args[0][0].args[1]),
        ),
        "terminal sign": (game.derive_terminal, game.terminal_condition(1) - 2 * known.terminal),
        "no terminal cost": (game.derive_terminal, game.terminal_condition(1) - known.terminal),
    }


WRONG = wrong_systems()


@pytest.mark.parametrize("name", sorted(WRONG))
def test_other_systems_are_refuted(name: str) -> None:
    derive, left = WRONG[name]
    found = derive(1)
    assert found.concludes(game.vanishing_statement(left, found)).verdict is Verdict.REFUTED
