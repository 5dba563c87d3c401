"""A results file is read whole or refused with its name."""

import json
from importlib.resources import files
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from lemmata.reports.stored import ReportError, read_results

from .sample_results import sample_results


def test_a_file_is_read_with_its_evidence(tmp_path: Path) -> None:
    (path := tmp_path / "run.json").write_text(json.dumps(sample_results()))
    results = read_results(path)
    assert results.origin == str(path)
    assert [claim.id for claim in results.claims] == [claim["id"] for claim in sample_results()["claims"]]
    assert results.claims[0].evidence[0].to_json() == sample_results()["claims"][0]["evidence"][0]


def test_the_sample_is_what_a_run_stores() -> None:
    schema = json.loads(files("lemmata.checks").joinpath("schema-v1.json").read_text())
    faults = [
        error.json_path + ": " + error.message for error in Draft202012Validator(schema).iter_errors(sample_results())
    ]
    assert faults == []


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
