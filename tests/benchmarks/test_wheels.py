"""Wheels for a machine on which nothing can be installed: what is lacking, and what is unpacked there."""

import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from benchmarks import wheels


def write_wheel(folder: Path, name: str) -> None:
    with zipfile.ZipFile(folder / f"{name}-1.0-py3-none-any.whl", "w") as archive:
        archive.writestr(f"{name}.py", f"NAME = {name!r}\n")
        archive.writestr(f"{name}-1.0.dist-info/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")


def test_what_the_checks_import_is_found_with_imports_inside_functions(tmp_path: Path) -> None:
    source = "import os\nfrom .near import x\nfrom numpy.linalg import norm\ndef f():\n    import flint.types\n"
    (tmp_path / "module.py").write_text(source, encoding="utf-8")
    assert wheels.imported_names([tmp_path]) == {"numpy", "flint"}


def test_python_flint_is_lacking_and_what_is_lacking_is_locked() -> None:
    lacking = wheels.lacking_distributions()
    assert "python-flint" in lacking
    assert not {"jax", "numpy", "sympy"} & {*lacking}
    assert {*lacking} <= wheels.locked_versions().keys()


def test_wheels_are_asked_for_in_the_locked_versions(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked: list[list[str]] = []

    def record(command: list[str], **_: Any) -> None:
        asked.append(command)

    monkeypatch.setattr(subprocess, "run", record)
    stale = tmp_path / "wheels" / "stale.whl"
    stale.parent.mkdir()
    stale.touch()
    wanted = wheels.download(stale.parent, ["POT"])
    assert not stale.exists()
    assert f"pot=={wheels.locked_versions()['pot']}" in wanted
    assert asked[-1][-len(wanted) :] == list(wanted)
    assert "--no-deps" in asked[-1]


def test_only_what_is_missing_is_unpacked_and_can_then_be_imported(tmp_path: Path) -> None:
    folder, site = tmp_path / "wheels", tmp_path / "site"
    folder.mkdir()
    write_wheel(folder, "lemmata_toy_package")
    write_wheel(folder, "numpy")
    assert wheels.unpack(folder, site) == ("lemmata-toy-package",)
    assert not (site / "numpy.py").exists()
    code = "import lemmata_toy_package as toy; print(toy.NAME)"
    done = subprocess.run(
        [sys.executable, "-c", code], env={"PYTHONPATH": str(site)}, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "lemmata_toy_package"


def test_no_folder_of_wheels_is_nothing_to_unpack(tmp_path: Path) -> None:
    assert wheels.unpack(tmp_path / "nowhere", tmp_path / "site") == ()
