"""The catalogue end to end: every claim as expected, every control as it must be, and nothing for the audit to say."""

import json
import os
import subprocess
import sys
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from lemmata.checks.catalogue import SYSTEMS, load_claims


def lemmata(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "LEMMATA_CACHE": str(cwd / "cache")}
    command = [sys.executable, "-m", "lemmata", *arguments]
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False, timeout=1500)


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("catalogue")
    run = lemmata("check", "--effort", "quick", "--jobs", "1", "--json", "results.json", cwd=folder)
    assert run.returncode == 0, run.stdout + run.stderr
    return folder, json.loads((folder / "results.json").read_text())


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_every_claim_is_as_expected_and_every_control_as_it_must_be(checked: tuple[Path, dict[str, Any]]) -> None:
    _, results = checked
    assert [claim["id"] for claim in results["claims"]] == [
        claim.id for system in SYSTEMS for claim in load_claims(system)
    ]
    assert all(claim["as_expected"] for claim in results["claims"])
    assert all(control["as_it_must"] for claim in results["claims"] for control in claim["controls"])
    assert results["problems"] == []


@pytest.mark.slow
def test_results_obey_their_schema(checked: tuple[Path, dict[str, Any]]) -> None:
    schema = json.loads(files("lemmata.checks").joinpath("schema-v1.json").read_text())
    jsonschema.validate(checked[1], schema)


@pytest.mark.slow
def test_the_audit_finds_nothing(checked: tuple[Path, dict[str, Any]]) -> None:
    run = lemmata("audit", "--effort", "quick", cwd=checked[0])
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.slow
def test_every_certificate_replays(checked: tuple[Path, dict[str, Any]]) -> None:
    run = lemmata("replay", "results.json", cwd=checked[0])
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.slow
def test_the_report_is_written_and_shows_every_claim(checked: tuple[Path, dict[str, Any]]) -> None:
    folder, results = checked
    run = lemmata("report", "--output", "report", cwd=folder)
    assert run.returncode == 0, run.stdout + run.stderr
    text = (folder / "report" / "report.md").read_text()
    assert all(f"`{claim['id']}`" in text for claim in results["claims"])
    assert len(list((folder / "report" / "figures").glob("*.svg"))) >= 2
