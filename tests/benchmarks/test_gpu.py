"""The run on a GPU: what it says where it cannot run, and a rehearsal of the whole of it on the processor."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from benchmarks import gpu
from benchmarks.gpu_checks import numeric_names
from benchmarks.gpu_parts import TIME_OVER, UNABLE
from benchmarks.journal import Journal, read_journal
from benchmarks.legs import catalogue_records

from lemmata.checks.evidence import Kind

from .conftest import ROOT

ORIGINS = (str(Path(__file__).parent / "claims_by_seed.py"),)


def run_part(*arguments: str) -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT}/src", "JAX_PLATFORMS": "cpu"}
    command = [sys.executable, "-m", "benchmarks.gpu", *arguments]
    return subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)


def test_without_a_gpu_one_line_says_so(tmp_path: Path) -> None:
    done = run_part("all", "--folder", str(tmp_path))
    assert done.returncode == UNABLE
    assert done.stderr == "no GPU that JAX can see: its default platform here is cpu. Nothing was run\n"


def test_missing_packages_are_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(gpu, "NEEDED", ("numpy", "no_such_module"))
    assert gpu.main(["merge"]) == UNABLE
    message = capsys.readouterr().err
    assert message.startswith("missing here: no_such_module.")
    assert "make gpu-wheels" in message


def test_a_missing_part_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert gpu.main(["merge", "--folder", str(tmp_path)]) == UNABLE
    assert "checks-gpu.jsonl is missing: run the part checks-gpu" in capsys.readouterr().err


def test_parts_of_different_sources_are_not_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for part, sources in (("checks-gpu", "a"), ("checks-cpu", "b")):
        journal = Journal(tmp_path / f"{part}.jsonl", {"sources": sources, "effort": "quick", "seed": 1})
        journal.add({"name": ["c", "d"], "legs": [], "device": {}})
    assert gpu.main(["merge", "--folder", str(tmp_path)]) == UNABLE
    assert "differ in sources" in capsys.readouterr().err


def test_checks_that_fell_back_to_the_processor_are_not_compared(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for part in ("checks-gpu", "checks-cpu"):
        journal = Journal(tmp_path / f"{part}.jsonl", {"sources": "a", "effort": "quick", "seed": 1})
        journal.add({"name": ["c", "d"], "legs": [], "device": {"platform": "cpu"}})
    (tmp_path / "bench.json").write_text("{}", encoding="utf-8")
    assert gpu.main(["merge", "--folder", str(tmp_path)]) == UNABLE
    assert "not on gpu and cpu" in capsys.readouterr().err


def test_exact_arguments_are_left_to_the_processor() -> None:
    records = catalogue_records([str(Path(ROOT, "tests", "checks", "toy_claims", "arithmetic.py"))])
    kinds = {(record.id, check.name): check.kind for record in records for check in record.checks}
    assert Kind.DERIVATION in kinds.values()
    names = numeric_names(records, "*")
    assert {*names} == {name for name, kind in kinds.items() if kind in (Kind.NUMERIC, Kind.STATISTICAL, Kind.PROPERTY)}
    assert numeric_names(catalogue_records(ORIGINS), "toy.l*") == [("toy.lucky", "mean")]


@pytest.mark.slow
def test_a_rehearsal_goes_on_where_it_was_and_agrees_with_itself(tmp_path: Path) -> None:
    chosen = (
        "--device",
        "cpu",
        "--claims",
        "kinetic-optimal.benamou-brenier",
        "--jobs",
        "1",
        "--folder",
        str(tmp_path),
    )
    over = run_part("checks-gpu", *chosen, "--seconds", "0")
    assert over.returncode == TIME_OVER
    assert "the same command goes on" in over.stdout

    done = run_part("all", *chosen)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads((tmp_path / "rehearsal.json").read_text(encoding="utf-8"))
    assert found["rehearsal"]
    assert found["comparison"]["agrees"]
    assert found["comparison"]["numbers"] > 0
    assert found["comparison"]["worst"]["units_of_stated_error"] == 0
    assert found["checks"]["gpu"]["not_passed"] == []
    assert {row["what"].partition(",")[0] for row in found["benchmarks"]} == {"sampling", "separation", "flow to data"}
    assert all(row["gemm_share"] > 0 for row in found["benchmarks"] if row["what"] != "flow to data")

    again = run_part("checks-gpu", *chosen)
    assert again.returncode == 0
    assert again.stdout == ""


def test_a_line_that_was_cut_off_is_dropped(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    Journal(path, {"code": 1}).add({"a": 1})
    path.write_text(path.read_text(encoding="utf-8") + '{"a": ', encoding="utf-8")
    assert read_journal(path) == ({"code": 1}, [{"a": 1}])
    assert Journal(path, {"code": 1}).entries == [{"a": 1}]
    assert Journal(path, {"code": 2}).entries == []
    assert read_journal(path) == ({"code": 2}, [])
