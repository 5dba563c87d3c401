"""Standing: a verdict no stronger than what the claim rests on, and the cited theorems underneath."""

from dataclasses import dataclass

import pytest

from lemmata.checks.claim import Reading, Source
from lemmata.checks.combine import as_expected, standings
from lemmata.theory.verdict import Verdict


@dataclass(frozen=True)
class Statement:
    id: str
    uses: tuple[str, ...] = ()
    reading: Reading = Reading.NEW
    expected: Verdict = Verdict.PROVED

    @property
    def source(self) -> Source:
        return Source("key", "", self.reading)


def cited(identifier: str, *uses: str) -> Statement:
    return Statement(identifier, uses, Reading.CITED, Verdict.SUPPORTED)


def stands(*statements: Statement, **verdicts: str) -> dict[str, str]:
    found = standings(statements, {name.replace("_", "."): Verdict(v) for name, v in verdicts.items()})
    return {name: str(standing) for name, standing in found.items()}


def test_a_claim_that_uses_nothing_stands_on_its_own() -> None:
    assert stands(Statement("a.a"), a_a="proved") == {"a.a": "proved"}


def test_cited_theorems_show_and_do_not_weaken() -> None:
    found = stands(cited("c.c"), Statement("a.a", ("c.c",)), Statement("b.b", ("a.a",)), c_c="supported",
                   a_a="proved", b_b="proved")  # fmt: skip
    assert found == {"c.c": "supported from {c.c}", "a.a": "proved from {c.c}", "b.b": "proved from {c.c}"}


def test_several_axioms_are_sorted_and_named_once() -> None:
    found = stands(cited("d.d"), cited("c.c"), Statement("a.a", ("d.d", "c.c")), Statement("b.b", ("a.a", "c.c")),
                   c_c="supported", d_d="supported", a_a="proved", b_b="certified")  # fmt: skip
    assert found["b.b"] == "certified from {c.c, d.d}"


@pytest.mark.parametrize(
    ("below", "standing"),
    [
        ("proved", "proved"),
        ("certified", "certified"),
        ("supported", "supported"),
        ("undecided", "undecided"),
        ("refuted", "undecided"),
        ("conflict", "conflict"),
    ],
)
def test_a_claim_stands_no_firmer_than_what_it_uses(below: str, standing: str) -> None:
    found = stands(Statement("a.a"), Statement("b.b", ("a.a",)), Statement("c.c", ("b.b",)),
                   a_a=below, b_b="proved", c_c="proved")  # fmt: skip
    assert (found["b.b"], found["c.c"]) == (standing, standing)


def test_what_did_not_run_carries_nothing() -> None:
    assert stands(Statement("b.b", ("a.a",)), b_b="proved")["b.b"] == "undecided"


def test_a_cited_theorem_that_is_refuted_is_no_axiom() -> None:
    found = stands(cited("c.c"), Statement("a.a", ("c.c",)), c_c="refuted", a_a="proved")
    assert found == {"c.c": "refuted", "a.a": "undecided"}


def test_a_refutation_stands_by_its_witness() -> None:
    found = stands(Statement("a.a"), Statement("b.b", ("a.a",)), a_a="undecided", b_b="refuted")
    assert found["b.b"] == "refuted"


@pytest.mark.parametrize(
    ("expected", "passing"),
    [
        ("proved", {"proved"}),
        ("certified", {"proved", "certified"}),
        ("supported", {"proved", "certified", "supported"}),
        ("refuted", {"refuted"}),
    ],
)
def test_better_than_expected_passes_and_worse_does_not(expected: str, passing: set[str]) -> None:
    statement = Statement("a.a", expected=Verdict(expected))
    assert {verdict.value for verdict in Verdict if as_expected(statement, verdict)} == passing
