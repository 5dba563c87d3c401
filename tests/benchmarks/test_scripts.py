"""Every benchmark runs, on tiny inputs; the page says what the table shows."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from benchmarks.__main__ import BEGIN, END, SCRIPTS, render_part
from benchmarks.machine import gemm_rate, machine_facts, peak_resident_bytes, show_machine

from .conftest import ROOT


@pytest.mark.slow
@pytest.mark.parametrize("name", SCRIPTS)
def test_a_benchmark_runs_alone_and_writes_its_measurements(name: str, tmp_path: Path) -> None:
    output = tmp_path / f"{name}.json"
    command = [sys.executable, "-m", f"benchmarks.{name}", "--smoke", "--output", str(output)]
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT}/src"}
    done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    document = json.loads(output.read_text(encoding="utf-8"))
    assert document["smoke"]
    for row in document["measurements"]:
        first, third = row["quartiles"]
        assert 0 < first <= row["seconds"] <= third
        assert row["what"] in done.stdout
        assert row["peer_seconds"] is None or row["ratio"] > 0
        assert row["gemm_share"] is None or row["gemm_share"] > 0
    assert render_part([{**document, "name": name}]).count("| what |") == 1


def test_every_script_is_run_by_make_bench() -> None:
    folder = Path(ROOT, "benchmarks")
    scripts = {path.stem for path in folder.glob("*.py") if "run_script(" in path.read_text(encoding="utf-8")}
    assert scripts - {"script"} == {*SCRIPTS}


def test_the_page_has_a_part_for_the_table() -> None:
    page = Path(ROOT, "docs", "benchmarks.md").read_text(encoding="utf-8")
    assert page.index(BEGIN) < page.index(END)


def test_the_machine_is_described_without_its_name() -> None:
    facts = machine_facts()
    assert facts["cores"] >= 1
    assert facts["memory_bytes"] > 2**28
    assert {"jax", "numpy"} <= facts["versions"].keys()
    assert os.uname().nodename not in json.dumps(facts)
    assert facts["python"] in show_machine(facts)


def test_the_matrix_product_has_a_rate() -> None:
    rates = gemm_rate("float32", shape=(64, 64, 64), repeats=1)
    assert rates.keys() == {"NumPy", "JAX"}
    assert all(rate > 1e6 for rate in rates.values())


def test_the_peak_of_memory_grows_with_what_is_held() -> None:
    before = peak_resident_bytes()
    held = b"x" * 2**28
    assert peak_resident_bytes() >= max(before, len(held))
