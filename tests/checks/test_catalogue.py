"""Reading order, unique ids, and a `uses` without gaps or circles."""

from dataclasses import replace
from pathlib import Path

import pytest

from lemmata.checks.catalogue import ClaimModuleError, assemble, describe_module, load_claims, with_dependencies
from lemmata.checks.index import ClaimRecord, Index
from lemmata.checks.selection import Targets, UnknownClaimError, parse_targets, select_claims
from lemmata.theory.verdict import Verdict

TOYS = Path(__file__).parent / "toy_claims" / "arithmetic.py"
BASE = describe_module(str(TOYS))[0]


def record(name: str, *uses: str) -> ClaimRecord:
    return replace(BASE, id=name, uses=uses)


def test_records_hold_what_claims_say_and_survive_a_round_trip() -> None:
    for claim, found in zip(load_claims(str(TOYS)), describe_module(str(TOYS)), strict=True):
        assert (found.id, found.statement, found.expected) == (claim.id, claim.statement, claim.expected)
        assert [control.name for control in found.controls] == list(claim.controls)
        assert [check.name for check in found.checks] == [check.name for check in claim.checks]
        assert ClaimRecord.from_json(found.to_json()) == found


def test_the_first_of_two_claims_with_one_id_stands() -> None:
    other = replace(BASE, title="another")
    catalogue = assemble([(BASE,), (other,)])
    assert catalogue.records == (BASE,)
    assert len(catalogue.problems) == 1
    assert "toy.base is declared already in" in catalogue.problems[0]


def test_what_is_used_has_to_exist() -> None:
    catalogue = assemble([(record("a.a", "a.missing"),)])
    assert "claim a.a uses a.missing, which does not exist" in catalogue.problems[0]
    assert [found.id for found in catalogue.records] == ["a.a"]


def test_a_circle_is_a_problem_and_takes_down_only_what_rests_on_it() -> None:
    records = (
        record("a.a", "b.b"),
        record("b.b", "c.c"),
        record("c.c", "a.a", "d.d"),
        record("d.d"),
        record("e.e", "a.a"),
    )
    catalogue = assemble([records])
    assert [found.id for found in catalogue.records] == ["d.d"]
    assert catalogue.problems == ("`uses` runs in a circle through a.a, b.b, c.c, e.e",)


def test_uses_may_point_forward_and_across_modules() -> None:
    catalogue = assemble([(record("a.a", "b.b"),), (record("b.b"),)])
    assert catalogue.problems == ()
    assert [found.id for found in with_dependencies(["a.a"], catalogue)] == ["a.a", "b.b"]
    assert [found.id for found in with_dependencies(["b.b"], catalogue)] == ["b.b"]


def select(*names: str) -> tuple[str, ...]:
    catalogue = assemble([(record("one.first"), record("one.second"), record("two.first"))])
    return select_claims(parse_targets(names), catalogue)


@pytest.mark.parametrize(
    ("names", "selected"),
    [
        ((), ("one.first", "one.second", "two.first")),
        (("two.first", "one.first"), ("one.first", "two.first")),
        (("one",), ("one.first", "one.second")),
        (("*.first",), ("one.first", "two.first")),
        (("one.s*", "one.s*"), ("one.second",)),
        (("three.*",), ()),
    ],
)
def test_claims_are_selected_in_reading_order(names: tuple[str, ...], selected: tuple[str, ...]) -> None:
    assert select(*names) == selected


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("one.frist", "no claim 'one.frist'; nearest: one.first"),
        ("second", "no claim 'second'; nearest: one.second"),
        ("qqq", "no claim 'qqq'; `lemmata list` prints them all"),
        ("missing.py", "missing.py: No such file or directory"),
        (str(TOYS.parent), f"{TOYS.parent}: a folder; name a Python file of claims"),
    ],
)
def test_a_name_that_is_nothing_is_one_clear_line(name: str, said: str) -> None:
    with pytest.raises(UnknownClaimError) as raised:
        select(name)
    assert str(raised.value).startswith(said)


def test_files_are_told_from_patterns() -> None:
    assert parse_targets([str(TOYS), "toy", str(TOYS)]) == Targets((str(TOYS),), ("toy",))


def test_module_level_claims_are_found_without_a_listing(tmp_path: Path) -> None:
    text = TOYS.read_text().replace("CLAIMS = (", "first, second, third, fourth = (")
    path = tmp_path / "loose.py"
    path.write_text(text)
    assert [claim.id for claim in load_claims(str(path))] == ["toy.base", "toy.numeric", "toy.axiom", "toy.squares"]


def test_the_line_that_builds_a_bad_claim_is_named(tmp_path: Path) -> None:
    path = tmp_path / "bad.py"
    path.write_text(TOYS.read_text().replace("expected=Verdict.REFUTED", "expected=Verdict.UNDECIDED"))
    with pytest.raises(ClaimModuleError, match=r"bad\.py:\d+: ValueError: toy\.squares: expected=undecided is never"):
        load_claims(str(path))


def test_the_index_serves_records_until_a_source_changes(tmp_path: Path) -> None:
    path = tmp_path / "claims.py"
    path.write_text(TOYS.read_text())
    origin = str(path)
    index = Index(tmp_path / "cache")
    assert index.records(origin) is None
    index.remember(origin, describe_module(origin))
    index.save()
    again = Index(tmp_path / "cache").records(origin)
    assert again is not None
    assert [(found.id, found.expected) for found in again][-1] == ("toy.squares", Verdict.REFUTED)
    path.write_text(TOYS.read_text() + "\n")
    assert Index(tmp_path / "cache").records(origin) is None


@pytest.mark.parametrize("content", ["", "[]", "{", '{"version": 0}', '{"version": 1, "imports": 3}'])
def test_a_damaged_index_is_an_empty_one(tmp_path: Path, content: str) -> None:
    (tmp_path / "index.json").write_text(content)
    assert Index(tmp_path).records(str(TOYS)) is None
