"""Toy claims about sums of integers: every kind of verdict, without SymPy and without JAX.

A formula is a function n -> value that is claimed to equal 1 + 2 + ... + n. The checks compare it with the sum itself.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from lemmata.checks.claim import Claim, Quantifier, Reading, Source, false, true
from lemmata.checks.evidence import Evidence, Kind, Scope
from lemmata.checks.trial import Run
from lemmata.theory.verdict import Certificate, Strength, Verdict, Witness

SOURCE = Source("gauss", "folklore", Reading.RESTATED)


def at_points(formula: Callable[[], Any], run: Run, points: tuple[int, ...]) -> int | None:
    """Return the first point at which the formula is not the sum."""
    if run.at is not None:
        points = (int(run.at.point["n"]),)
    return next((n for n in points if formula()(n) != sum(range(n + 1))), None)


@dataclass(frozen=True)
class Sampled:
    """Compare at a few points: supports, or refutes with an exact witness."""

    name: str = "sampled"
    kind: Kind = Kind.NUMERIC

    def __call__(self, formula: Callable[[], Any], run: Run) -> Evidence:
        failing = at_points(formula, run, (0, 1, 2, 10, 11))
        found = Evidence(
            check=self.name,
            kind=self.kind,
            scope=Scope.INSTANCE,
            verdict=Verdict.SUPPORTED,
            method="direct summation",
            value=float(run.seed % 1000),
            error=0.0,
            resolution=1e-3,
        )
        if failing is None:
            return found
        witness = Witness(
            point={"n": str(failing)},
            strength=Strength.EXACT,
            observed=str(formula()(failing)),
            required=str(sum(range(failing + 1))),
        )
        return replace(found, verdict=Verdict.REFUTED, witness=witness)


@dataclass(frozen=True)
class Induction:
    """Prove by the first difference and the start, for formulas of degree at most three: five points decide."""

    name: str = "induction"
    kind: Kind = Kind.DERIVATION

    def __call__(self, formula: Callable[[], Any], run: Run) -> Evidence:
        failing = at_points(formula, run, (0, 1, 2, 3, 4))
        if failing is None:
            return Evidence(
                check=self.name,
                kind=self.kind,
                scope=Scope.GENERAL,
                verdict=Verdict.PROVED,
                method="a polynomial of degree 3 is known by 4 values",
                error=0.0,
                resolution=0.0,
                certificate=Certificate("identity", {"values": [formula()(n) for n in range(5)]}),
            )
        return Evidence(
            check=self.name,
            kind=self.kind,
            scope=Scope.GENERAL,
            verdict=Verdict.REFUTED,
            method="value",
            error=0.0,
            resolution=0.0,
            witness=Witness(
                point={"n": str(failing)},
                strength=Strength.EXACT,
                observed=str(formula()(failing)),
                required=str(sum(range(failing + 1))),
            ),
        )


def triangular() -> Callable[[int], float]:
    return lambda n: n * (n + 1) // 2


def off_by_one() -> Callable[[int], float]:
    return lambda n: n * (n - 1) // 2


def as_squares() -> Callable[[int], float]:
    return lambda n: n * n


CLAIMS = (
    Claim(
        id="toy.base",
        title="The sum of the first integers",
        statement="For every $n \\ge 0$, $1 + \\dots + n = n(n + 1)/2$.",
        source=SOURCE,
        formula=triangular,
        controls={"off by one": false(off_by_one, near=True, note="n - 1 in place of n + 1")},
        checks=(Induction(), Sampled()),
        expected=Verdict.PROVED,
        instance=lambda: "n = 3: 1 + 2 + 3 = 6",
        dimension="",
    ),
    Claim(
        id="toy.numeric",
        title="The sum of the first integers, sampled",
        statement="As `toy.base`.",
        source=SOURCE,
        uses=("toy.axiom",),
        formula=triangular,
        controls={"off by one": false(off_by_one, near=True)},
        checks=(Sampled(),),
        expected=Verdict.SUPPORTED,
        instance=lambda: "n = 3",
    ),
    Claim(
        id="toy.axiom",
        title="A cited fact about sums",
        statement="As `toy.base`, cited.",
        source=Source("gauss", "theorem 1", Reading.CITED),
        formula=triangular,
        controls={"off by one": false(off_by_one, near=True)},
        checks=(Sampled(),),
        expected=Verdict.SUPPORTED,
        instance=lambda: "n = 3",
    ),
    Claim(
        id="toy.squares",
        title="The sum of the first integers is a square",
        statement="For every $n$, $1 + \\dots + n = n^2$: false from n = 2 on.",
        source=Source("gauss", "misprint", Reading.AS_PRINTED),
        quantifier=Quantifier.UNIVERSAL,
        formula=as_squares,
        controls={
            "shifted": false(lambda: lambda n: n * n + 1, near=True),
            "corrected": true(triangular, note="the true sum"),
        },
        checks=(Sampled(),),
        expected=Verdict.REFUTED,
        instance=lambda: "n = 1",
        correction="toy.base",
    ),
)
