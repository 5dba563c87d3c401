"""The table of benchmarks: what is derived from a timing, and how it is laid out."""

import json
from pathlib import Path

import pytest
from benchmarks.measurement import HEADINGS, Measurement, cells, markdown_table, show_rate, show_seconds, text_table
from benchmarks.page import replace_part, rewrite_part
from benchmarks.timing import Timing

PLAIN = Measurement(what="path", size="200 points", timing=Timing((0.010, 0.012, 0.011), (0.01, 0.01, 0.01)))
FULL = Measurement(
    what="separation",
    size="n = 10",
    timing=Timing((0.5,), (1.0,)),
    dtype="float32",
    peer="NumPy loop",
    peer_timing=Timing((5.0,), (20.0,)),
    work={"flop": 2e10, "exp": 5e8},
    gemm_rate=8e10,
    peak_bytes=2_000_000_000,
    note="a note",
)


def test_ratios_rates_and_shares_follow_from_the_times() -> None:
    assert FULL.ratio == 10
    assert FULL.cpu_ratio == 20
    assert FULL.rates == {"flop": 4e10, "exp": 1e9}
    assert FULL.gemm_share == 0.5
    assert PLAIN.ratio is None
    assert PLAIN.gemm_share is None


def test_a_row_shows_them() -> None:
    row = dict(zip(HEADINGS, cells(FULL.to_json()), strict=True))
    assert row["dtype"] == "float32"
    assert row["median"] == "500 ms"
    assert row["ratio"] == "10 (CPU 20)"
    assert row["rate"] == "40 GFLOP/s, 1 Gexp/s"
    assert row["of GEMM"] == "50%"
    assert row["peak memory"] == "2.00 GB"


def test_columns_in_which_nothing_stands_are_left_out() -> None:
    assert "of GEMM" not in markdown_table([PLAIN.to_json()])
    assert "of GEMM" in markdown_table([PLAIN.to_json(), FULL.to_json()])


def test_every_line_of_a_markdown_table_has_as_many_cells() -> None:
    table = markdown_table([PLAIN.to_json(), FULL.to_json()])
    lines = [line for line in table.splitlines() if line.startswith("|")]
    assert len(lines) == 4
    assert len({line.count("|") for line in lines}) == 1
    assert table.endswith("- separation, n = 10: a note")


def test_the_table_for_a_terminal_is_aligned() -> None:
    first, second, third = text_table([PLAIN.to_json(), FULL.to_json()]).splitlines()
    assert first.index("size") == second.index("200 points") == third.index("n = 10")


def test_a_measurement_is_json() -> None:
    assert json.loads(json.dumps(FULL.to_json(), allow_nan=False))["wall_samples"] == [0.5]


@pytest.mark.parametrize(
    ("seconds", "shown"), [(12.34, "12.3 s"), (1234.5, "1234 s"), (0.0123, "12.3 ms"), (4.56e-6, "4.56 µs")]
)
def test_times_are_shown_with_three_digits(seconds: float, shown: str) -> None:
    assert show_seconds(seconds) == shown


def test_rates_are_shown_with_a_prefix() -> None:
    assert show_rate(1.234e12, "flop") == "1.23 TFLOP/s"
    assert show_rate(999.0, "exp") == "999 exp/s"


def test_only_what_stands_between_the_markers_is_replaced(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("before\n<a>\n\nold\n\n<b>\nafter\n", encoding="utf-8")
    rewrite_part("new", "<a>", "<b>", page)
    rewrite_part("newer", "<a>", "<b>", page)
    assert page.read_text(encoding="utf-8") == "before\n<a>\n\nnewer\n\n<b>\nafter\n"


@pytest.mark.parametrize("page", ["no markers", "<b> <a>", "<a> alone"])
def test_a_page_without_both_markers_is_refused(page: str) -> None:
    with pytest.raises(ValueError, match="no part between"):
        replace_part(page, "new", "<a>", "<b>")
