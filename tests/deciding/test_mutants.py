"""Mutants of the kernel, each a small change that would make it wrong: every one is caught by a probe.

A mutant that survives is a line whose loss no test would notice.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import final

import pytest

from .mutated import PatternLostError, mutated_theory
from .probes import PROBES


@final
@dataclass(frozen=True, slots=True)
class Mutant:
    """One replacement in one module, and the probe that has to complain."""

    name: str
    module: str
    old: str
    new: str
    probe: str


AXIOMS, SIGNS, SETS = "deciding/axioms.py", "deciding/signs.py", "deciding/sign_sets.py"
GOALS, REPLAY, BALLS = "deciding/goals.py", "deciding/replay.py", "deciding/balls.py"
GAUSSIAN, VALUES = "deciding/gaussian.py", "deciding/principal_values.py"
SAMPLING, REFUTE, EQUALITIES = "deciding/sampling.py", "deciding/refute.py", "deciding/equalities.py"

MUTANTS = [
    Mutant("log_exp_unreal", AXIOMS, "require(signs.is_real(generator.arguments[0]), ", "require(True, ", "axioms"),
    Mutant(
        "log_splits_anything", AXIOMS, "require(signs.is_positive(generator.arguments[0]), ", "require(True, ", "axioms"
    ),
    Mutant("root_splits_anything", AXIOMS, "require(signs.is_positive(rest), ", "require(True, ", "axioms"),
    Mutant("root_of_either_sign", AXIOMS, "require(signs.is_nonnegative(candidate), ", "require(True, ", "axioms"),
    Mutant("exponents_need_not_sum", AXIOMS, "require(total.same_as(exponent), ", "require(True, ", "axioms"),
    Mutant("log_factors_need_not_multiply", AXIOMS, "require(argument.same_as(value), ", "require(True, ", "axioms"),
    Mutant(
        "candidate_need_not_be_a_root",
        AXIOMS,
        "require(candidate.power(order).same_as(rest.power(numerator)), ",
        "require(True, ",
        "axioms",
    ),
    Mutant(
        "arguments_may_differ",
        AXIOMS,
        "require((given.scale(sign) + tower.rational(by)).same_as(held), ",
        "require(True, ",
        "axioms",
    ),
    Mutant("arc_tangents_a_turn_apart", AXIOMS, "require(bool(abs(difference) < 3), ", "require(True, ", "axioms"),
    Mutant(
        "gamma_is_odd", AXIOMS, 'ODD: Final = frozenset(("erf", ', 'ODD: Final = frozenset(("gamma", "erf", ', "false"
    ),
    Mutant("angle_beyond_pi", AXIOMS, "require(-order < 2 * turn <= order, ", "require(True, ", "axioms"),
    Mutant(
        "differences_are_nonzero",
        SETS,
        "if a & b & ZERO or (a & POSITIVE and b & NEGATIVE) or (a & NEGATIVE and b & POSITIVE):",
        "if a & b & ZERO:",
        "signs",
    ),
    Mutant("nonnegative_is_positive", SETS, "        sign = NONNEGATIVE\n", "        sign = POSITIVE\n", "false"),
    Mutant(
        "minus_times_minus",
        SETS,
        " or (a & NEGATIVE and b & NEGATIVE):\n            result |= POSITIVE",
        ":\n            result |= POSITIVE",
        "signs",
    ),
    Mutant("zero_left_out_of_a_split", GOALS, '"sign": (">", "=", "<")', '"sign": (">", "<")', "false"),
    Mutant(
        "boundary_lost_in_a_shift",
        GOALS,
        '{"positive": True} if fact.relation == ">" else {"nonnegative": True}',
        '{"positive": True}',
        "false",
    ),
    Mutant("equation_divided_by_zero", GOALS, "require(is_plainly_nonzero(c), ", "require(True, ", "false"),
    Mutant(
        "constant_of_integration_dropped",
        GOALS,
        "Goal(goal.expression.xreplace({symbol: base}), facts, ZERO)",
        "Goal(sp.S.Zero, facts, ZERO)",
        "false",
    ),
    Mutant(
        "jumps_are_smooth",
        GOALS,
        "                    wanted[inner, NONZERO] = None\n            else",
        "                    pass\n            else",
        "false",
    ),
    Mutant("relations_not_applied", "deciding/tower.py", "polynomial = polynomial % relation", "pass", "verdicts"),
    Mutant("seal_ignored", REPLAY, 'require(payload["seal"] == seal_of(payload), ', "require(True, ", "replay"),
    Mutant(
        "point_outside_the_hypotheses",
        REPLAY,
        "require(is_admissible(sample, claim, hypotheses), ",
        "require(True, ",
        "replay",
    ),
    Mutant("certificate_for_another_claim", "replay.py", "if report.claim != text:", "if False:", "replay"),
    Mutant("hypotheses_not_compared", "replay.py", "if not set(report.hypotheses) <= given:", "if False:", "replay"),
    Mutant("half_step", VALUES, "return arguments[1]\n", "return ONE\n", "balls"),
    Mutant("arc_cotangent_not_inverted", VALUES, "return _atan([reciprocal(value)])", "return _atan([value])", "balls"),
    Mutant(
        "arc_sine_on_its_cut",
        VALUES,
        '    if _beyond(value, 1) or _beyond(value, -1):\n        raise Undefined("asin outside [-1, 1]")\n',
        "",
        "balls",
    ),
    Mutant(
        "hyperbolic_cosine_below_one", VALUES, "negate(add(value, exact(-2)))", "negate(add(value, exact(2)))", "balls"
    ),
    Mutant(
        "cut_straddled",
        GAUSSIAN,
        "if not is_real(value) and ball.imag.contains(0) and not ball.real > 0:",
        "if False:",
        "balls",
    ),
    Mutant("poles_have_values", GAUSSIAN, "if not ball.is_finite():", "if False:", "balls"),
    Mutant(
        "sign_guessed",
        GAUSSIAN,
        'raise Indeterminate("the sign is not determined at this precision")',
        "return 1",
        "balls",
    ),
    Mutant("at_least_is_more_than", BALLS, "return sign >= 0", "return sign > 0", "balls"),
    Mutant("derivative_at_a_kink", BALLS, "            self.reject_kinks(original)\n", "            pass\n", "balls"),
    Mutant(
        "equality_guessed",
        BALLS,
        'raise Indeterminate("equality is not determined at this precision")',
        "return False",
        "balls",
    ),
    Mutant("recheck_believes", REFUTE, "return excludes_zero(value) and (exact or", "return (exact or", "witnesses"),
    Mutant(
        "balls_taken_for_points",
        REFUTE,
        "        if excludes_zero(value):\n",
        "        if not isinstance(value, GaussianRational) or excludes_zero(value):\n",
        "witnesses",
    ),
    Mutant(
        "hypotheses_not_checked",
        SAMPLING,
        "and all(_certain(relation, sample) for relation in solved.relations)",
        "and True",
        "verdicts",
    ),
    Mutant(
        "assumptions_not_checked",
        SAMPLING,
        'return all(getattr(value, f"is_{name}") is wanted for name, wanted in symbol.assumptions0.items())',
        "return True",
        "witnesses",
    ),
    Mutant(
        "strip_not_left", SAMPLING, "sp.I * rational(draw, draw.choice((1, 7)))", "sp.I * rational(draw, 1)", "verdicts"
    ),
    Mutant("kinks_not_visited", SAMPLING, "if self.switches and kind in (1, 3):", "if False:", "verdicts"),
    Mutant(
        "derivatives_of_a_principal_one",
        EQUALITIES,
        "if other != node and all(theirs[1].get(v, 0) >= count for v, count in index.items()):",
        "if False:",
        "witnesses",
    ),
    Mutant(
        "positive_functions_of_any_sign",
        "deciding/instances.py",
        "if known.is_negative or known.is_nonpositive:",
        "if known.is_positive:",
        "witnesses",
    ),
]


@pytest.mark.parametrize("probe", PROBES)
def test_the_kernel_itself_has_no_complaint(probe: str) -> None:
    assert list(PROBES[probe]("lemmata.theory")) == []


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_mutant_is_killed(mutant: Mutant, tmp_path: Path) -> None:
    with mutated_theory(tmp_path, mutant.name, mutant.module, mutant.old, mutant.new) as package:
        try:
            complaint = next(PROBES[mutant.probe](package), None)
        except (ArithmeticError, LookupError, ValueError, TypeError, AssertionError) as error:
            complaint = f"it breaks: {error!r}"
    assert complaint, f"no probe sees that {mutant.name}"


def test_a_pattern_that_is_gone_is_reported(tmp_path: Path) -> None:
    with (
        pytest.raises(PatternLostError),
        mutated_theory(tmp_path, "lost", "verdict.py", "no such text in this module", ""),
    ):
        pass
