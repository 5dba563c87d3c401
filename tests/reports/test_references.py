"""The bibliography is complete enough to print, and bad files are named."""

from pathlib import Path

import pytest

from lemmata.reports.references import read_references
from lemmata.reports.stored import ReportError


def test_every_entry_has_a_title_a_year_and_a_link() -> None:
    references = read_references()
    assert {"shaul2023", "guo2005", "benamou2000", "brenier1991", "villani2009"} <= references.keys()
    for key, reference in references.items():
        assert "*" in reference.entry, key
        assert "](https://" in reference.entry, key
        assert reference.short.rstrip().endswith(tuple("0123456789")), key


def test_names_are_printed_as_people_write_them() -> None:
    references = read_references()
    assert references["guo2005"].short == "Guo et al. 2005"
    assert references["benamou2000"].short == "Benamou and Brenier 2000"
    assert references["guo2005"].entry.startswith("Dongning Guo, Shlomo Shamai and Sergio Verdú (2005). *Mutual")
    assert "30883–30907" in references["shaul2023"].entry


def test_a_users_bibliography_adds_keys(tmp_path: Path) -> None:
    (own := tmp_path / "own.bib").write_text("@misc{own2026, author={Doe, Jane}, title={A}, year={2026}}")
    assert read_references([own])["own2026"].short == "Doe 2026"


@pytest.mark.parametrize("text", ["@misc{own2026, title={A", "@misc{shaul2023, title={A}}"])
def test_a_bad_bibliography_is_named(tmp_path: Path, text: str) -> None:
    (own := tmp_path / "own.bib").write_text(text)
    with pytest.raises(ReportError, match=r"own\.bib"):
        read_references([own])


def test_a_missing_bibliography_is_named(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match=r"none\.bib: cannot be read"):
        read_references([tmp_path / "none.bib"])
