"""Figures for a check that has none of its own."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from ..theory.verdict import Json
from .builders import Check, Formula
from .evidence import Evidence
from .trial import Run


def illustrated(check: Check, draw: Callable[[Any, Run], Mapping[str, Json]]) -> Check:
    """Return the check with figures `draw(claimed, run)` by name in its evidence, unless it visits a witness alone."""

    def examine(formula: Formula, run: Run) -> Evidence:
        evidence = check.examine(formula, run)
        if run.at is not None:
            return evidence
        return replace(evidence, figures={**evidence.figures, **draw(formula(), run)})

    return Check(check.name, check.kind, examine)
