"""Tables are printed to the digits that they warrant, and a malformed one is named."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lemmata.checks.evidence import Evidence, make_table
from lemmata.reports.document import render_report
from lemmata.reports.figures import Entry
from lemmata.reports.stored import ReportError
from lemmata.reports.tables import render_table

from .sample_results import claim, measured_leg, sample_results

Json = Any

FLOORS = make_table(
    "Floors at known sizes",
    ["", "$n$", r"$\log(n)/d$", "floor", "measured"],
    [["MNIST", 60000, 0.0140328, [1.66728412, 0.0], [1.68123, 0.0042]], ["a_b", 2, 1 / 3, [1.0, 0.0], [1.2, 0.1]]],
    "No path goes below $2 - 2s$.",
)


def test_cells_show_the_digits_that_they_warrant() -> None:
    assert render_table(Entry(FLOORS, "t"), "s.a").splitlines() == [
        "**Floors at known sizes**",
        "",
        r"|  | $`n`$ | $`\log(n)/d`$ | floor | measured |",
        "| :-- | --: | --: | --: | --: |",
        "| MNIST | 60000 | 0.0140328 | 1.66728412 | 1.6812 ± 0.0042 |",
        r"| a\_b | 2 | 0.333333 | 1 | 1.20 ± 0.10 |",
        "",
        "No path goes below $`2 - 2s`$.",
    ]


def test_exact_decimals_keep_their_zeros_and_stand_flush_right() -> None:
    entry = make_table("Shares", ["", "share"], [["a", "16.60 %"], ["b", "0.0140"]])
    assert render_table(Entry(entry, "t"), "s.a").splitlines()[2:] == [
        "|  | share |",
        "| :-- | --: |",
        "| a | 16.60 % |",
        "| b | 0.0140 |",
    ]


def test_a_table_survives_storage_and_stands_between_evidence_and_controls(tmp_path: Path) -> None:
    leg = Evidence.from_json(measured_leg(tables=(FLOORS,)).to_json())
    assert leg.tables == (FLOORS,)
    text = render_report(sample_results([claim("s.a", "A", [leg])]), tmp_path).read_text()
    places = [text.index(part) for part in ("**Evidence**", "**Floors at known sizes**", "**Controls**")]
    assert places == sorted(places)


def test_a_row_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="want 2 cells in every row"):
        make_table("t", ["a", "b"], [["x"]])


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda entry: entry.pop("title"), "t.title: missing key"),
        (lambda entry: entry.update(columns=["a"]), "t.rows: want a list of rows with 1 cells each"),
        (lambda entry: entry.update(rows=None), "t.rows: want a list of rows with 5 cells each"),
        (lambda entry: entry["rows"][0].__setitem__(1, True), "t.rows: want text, a number"),
        (lambda entry: entry["rows"][0].__setitem__(1, [1.0, 2.0, 3.0]), "t.rows: want text, a number"),
    ],
)
def test_an_entry_that_is_no_table_is_named(spoil: Callable[[dict[str, Json]], object], message: str) -> None:
    entry = {**FLOORS, "rows": [list(row) for row in FLOORS["rows"]]}
    spoil(entry)
    with pytest.raises(ReportError) as caught:
        render_table(Entry(entry, "t"), "s.a")
    assert str(caught.value).startswith(message)
