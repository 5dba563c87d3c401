"""A results file is read whole or refused with its name."""

import json
from pathlib import Path

import pytest

from lemmata.reports.stored import ReportError, read_results

from .sample_results import sample_results


def test_a_file_is_read_with_its_evidence(tmp_path: Path) -> None:
    (path := tmp_path / "run.json").write_text(json.dumps(sample_results()))
    results = read_results(path)
    assert results.origin == str(path)
    assert [claim.id for claim in results.claims] == [claim["id"] for claim in sample_results()["claims"]]
    assert results.claims[0].evidence[0].to_json() == sample_results()["claims"][0]["evidence"][0]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (None, "cannot be read: No such file or directory"),
        (b"\xff\xfe", "not UTF-8 text"),
        (b'{"schema_version": 1', "not JSON"),
        (b"7", "want an object, not int"),
    ],
)
def test_an_unreadable_file_is_named(tmp_path: Path, content: bytes | None, problem: str) -> None:
    path = tmp_path / "run.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ReportError) as caught:
        read_results(path)
    assert str(caught.value).startswith(f"{path}: {problem}")
