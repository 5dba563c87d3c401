"""Toy claims for runs with many seeds: one that draws nothing, two that draw, and one that fails for some seeds."""

from typing import Any

from lemmata.checks.builders import Check
from lemmata.checks.claim import Claim, Reading, Source, false
from lemmata.checks.comparison import compare_at_most, compare_equal, weigh
from lemmata.checks.evidence import Evidence, Kind
from lemmata.checks.trial import Run
from lemmata.theory.verdict import Verdict

SOURCE = Source("lemmata", "toy", Reading.NEW)
LIMIT = 0.7
DRAWS = 1000


def _evaluate(formula: Any, run: Run) -> Evidence:
    comparison = compare_equal(0.5, formula(), 1e-12, point={"x": "1"})
    return weigh([comparison], run, check="value", kind=Kind.NUMERIC, method="evaluation", value=0.5)


def _disguised(formula: Any, run: Run) -> Evidence:
    noise = 1e-13 * float(run.generator().random())
    comparison = compare_equal(0.5 + noise, formula(), 1e-12, point={"x": "1"})
    return weigh([comparison], run, check="nearly", kind=Kind.NUMERIC, method="evaluation", value=0.5 + noise)


def _mean(formula: Any, run: Run) -> Evidence:
    found = float(run.generator().random(DRAWS).mean())
    comparison = compare_equal(found, formula(), 6 / (12 * DRAWS) ** 0.5, point={"x": "1"})
    return weigh([comparison], run, check="mean", kind=Kind.STATISTICAL, method="mean of draws", value=found)


def _first_draw(formula: Any, run: Run) -> Evidence:
    found = float(run.generator().random())
    comparison = compare_at_most(found, formula(), 0.0, point={"x": "1"})
    return weigh([comparison], run, check="first draw", kind=Kind.STATISTICAL, method="one draw", value=found)


def _claim(name: str, formula: Any, wrong: Any, *checks: Check) -> Claim:
    return Claim(
        id=f"toy.{name}",
        title=name,
        statement=name,
        source=SOURCE,
        formula=formula,
        controls={"wrong": false(wrong, near=True)},
        checks=checks,
        expected=Verdict.SUPPORTED,
        instance=lambda: "x = 1",
    )


CLAIMS = (
    _claim("exact", lambda: 0.5, lambda: 0.6, Check("value", Kind.NUMERIC, _evaluate)),
    _claim("disguised", lambda: 0.5, lambda: 0.6, Check("nearly", Kind.NUMERIC, _disguised)),
    _claim("lucky", lambda: 0.5, lambda: 0.6, Check("mean", Kind.STATISTICAL, _mean)),
    _claim("unlucky", lambda: LIMIT, lambda: -1.0, Check("first draw", Kind.STATISTICAL, _first_draw)),
)
