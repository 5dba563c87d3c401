"""The paragraph that says which reading is true follows the verdicts, and names claims that exist."""

from pathlib import Path

import pytest

from lemmata.checks.monge_ampere import CLAIMS
from lemmata.reports.document import render_report
from lemmata.reports.notation import system_notes

from .sample_results import claim, proved_leg, sample_results

READINGS = system_notes("monge-ampere").readings


def paragraph(folder: Path, **verdicts: str) -> str:
    """Return the paragraph of a report on readings with these verdicts."""
    claims = [
        claim(f"monge-ampere.{name.replace('_', '-')}", name, [proved_leg()], verdict=verdict)
        for name, verdict in verdicts.items()
    ]
    text = render_report(sample_results(claims), folder).read_text(encoding="utf-8")
    found = [part for part in text.split("\n\n") if part.startswith("**Which reading is true.**")]
    return found[0] if found else ""


def test_every_reading_is_a_claim_of_the_catalogue() -> None:
    assert {name for name, _ in READINGS} <= {claim.id for claim in CLAIMS}
    assert len({words for _, words in READINGS}) == len(READINGS)


def test_the_verdicts_alone_decide_what_is_called_true(tmp_path: Path) -> None:
    before = paragraph(tmp_path / "a", prior_map_generic="refuted", limit_map="proved")
    assert before.index(
        "It is **false** that in two dimensions or more the reverse flow from the prior"
    ) < before.index("It is **true** that the reverse flow converges exponentially")
    assert "([refuted](#prior_map_generic))" in before
    assert "not settled" not in before
    after = paragraph(tmp_path / "b", prior_map_generic="proved", limit_map="undecided")
    assert "It is **true** that in two dimensions or more the reverse flow from the prior" in after
    assert "It is **not settled** that the reverse flow converges exponentially" in after
    assert "**false**" not in after


@pytest.mark.parametrize("name", ["another", "no_reading"])
def test_without_readings_in_the_run_nothing_is_said(tmp_path: Path, name: str) -> None:
    assert paragraph(tmp_path, **{name: "proved"}) == ""
