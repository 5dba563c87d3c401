"""The tables of coverage are written with few repetitions, and into the page only where that is wanted."""

import re
from pathlib import Path

import pytest
from benchmarks import coverage
from benchmarks.coverage import BEGIN, END, FALSE_ALARMS, PAGE

from lemmata.numerics.kinetic_optimal.coverage import exact_cases

from .conftest import ROOT


def rows(table: str) -> list[list[str]]:
    """Return the cells of a Markdown table, heading and rule left out."""
    lines = [line for line in table.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def write_page(path: Path) -> str:
    """Write a page with both parts, and return it."""
    before = "\n".join(f"{BEGIN.format(name)}\nold\n{END.format(name)}" for name in ("coverage", "widths"))
    path.write_text(before, encoding="utf-8")
    return before


@pytest.mark.slow
def test_both_tables_are_measured_and_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    names, designs = ("two points", "one atom"), (("replica", 10), ("pilot", 10))
    cases = {name: factors for name, factors in exact_cases().items() if name in names}
    monkeypatch.setattr(coverage, "exact_cases", lambda: cases)
    monkeypatch.setattr(coverage, "DESIGNS", designs)
    monkeypatch.setattr(coverage, "PAGE", tmp_path / "page.md")
    write_page(tmp_path / "page.md")
    coverage.main(["--repetitions", "20", "--queries", "300"])
    parts = capsys.readouterr().out.strip().split("\n\n")
    written = (tmp_path / "page.md").read_text(encoding="utf-8")
    assert "old" not in written
    assert all(part in written for part in parts)
    table, widths = map(rows, parts)
    expected = {(name, form, f"{1 - alarm:g}") for name in names for form, _ in designs for alarm in FALSE_ALARMS}
    assert {(name, form, nominal) for name, form, _, nominal, *_ in table} == expected
    for cells in table:
        measured, low, high = map(float, re.findall(r"[\d.]+", cells[4]))
        assert 0 <= low <= measured <= high <= 1
    assert widths
    assert all(float(cells[3]) > 0 for cells in widths)


def test_tables_that_are_printed_only_leave_the_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = write_page(tmp_path / "page.md")
    monkeypatch.setattr(coverage, "PAGE", tmp_path / "page.md")
    monkeypatch.setattr(coverage, "measure_cases", lambda repetitions: iter([("case", str(repetitions))]))
    monkeypatch.setattr(coverage, "measure_widths", lambda queries: iter([("width", str(queries))]))
    coverage.main(["--repetitions", "7", "--queries", "9", "--print-only"])
    printed = capsys.readouterr().out
    assert "| case | 7 |" in printed
    assert "| width | 9 |" in printed
    assert (tmp_path / "page.md").read_text(encoding="utf-8") == before


def test_the_page_has_both_parts() -> None:
    page = Path(ROOT, PAGE).read_text(encoding="utf-8")
    for name in ("coverage", "widths"):
        assert page.index(BEGIN.format(name)) < page.index(END.format(name))
