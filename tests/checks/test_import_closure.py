"""The files that a claim depends on, found without importing them."""

from pathlib import Path

import pytest

from lemmata.checks.closure import PACKAGE_ROOT, ImportGraph, read_imports


def write(folder: Path, **files: str) -> None:
    for name, text in files.items():
        path = folder.joinpath(*name.split("__")).with_suffix(".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def files(folder: Path, start: str = "claims.py") -> set[str]:
    return {name for name in ImportGraph().files(str(folder / start)) if not name.startswith("lemmata")}


def test_neighbours_are_followed_and_the_library_is_not(tmp_path: Path) -> None:
    write(tmp_path, claims="import numpy, first", first="import second", second="", third="")
    assert files(tmp_path) == {"claims", "first", "second"}


def test_imports_inside_functions_count(tmp_path: Path) -> None:
    write(tmp_path, claims="def f():\n    from first import x\n", first="")
    assert files(tmp_path) == {"claims", "first"}


def test_cycles_end(tmp_path: Path) -> None:
    write(tmp_path, claims="import first", first="import second", second="import first, claims")
    assert files(tmp_path) == {"claims", "first", "second"}


def test_a_package_on_the_way_counts_and_its_imports_do_not(tmp_path: Path) -> None:
    write(tmp_path, claims="from pack.inner import x", other="")
    (tmp_path / "pack").mkdir()
    (tmp_path / "pack" / "__init__.py").write_text("import other")
    (tmp_path / "pack" / "inner.py").write_text("from . import sibling\nfrom .sibling import y")
    (tmp_path / "pack" / "sibling.py").write_text("")
    assert files(tmp_path) == {"claims", "pack", "pack.inner", "pack.sibling"}
    (tmp_path / "claims.py").write_text("from pack import name_of_the_package")
    assert files(tmp_path) == {"claims", "pack", "other"}


def test_relative_imports_of_our_own_layers_are_followed() -> None:
    found = ImportGraph().files("lemmata.checks.evidence")
    assert {"lemmata.checks.evidence", "lemmata.theory.verdict", "lemmata", "lemmata.theory"} <= set(found)
    assert "lemmata.checks.run" not in found


def test_content_decides_and_place_does_not(tmp_path: Path) -> None:
    digests = []
    for folder, text in (("a", "x = 1"), ("b", "x = 1"), ("c", "x = 2")):
        write(tmp_path / folder, claims="import first", first=text)
        digests.append(ImportGraph().digest(str(tmp_path / folder / "claims.py")))
    assert digests[0] == digests[1] != digests[2]


def test_remembered_imports_give_the_same_closure_without_parsing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, claims="import first", first="")
    graph = ImportGraph()
    digest = graph.digest(str(tmp_path / "claims.py"))
    monkeypatch.setattr("lemmata.checks.closure.read_imports", lambda _: pytest.fail("parsed again"))
    assert ImportGraph(graph.known).digest(str(tmp_path / "claims.py")) == digest


def test_a_file_that_does_not_parse_has_no_imports() -> None:
    assert read_imports(b"import (") == ()


def test_a_missing_origin_is_an_error() -> None:
    with pytest.raises(FileNotFoundError, match=r"no module lemmata\.nowhere"):
        ImportGraph().digest("lemmata.nowhere")


def test_the_package_root_holds_the_layers() -> None:
    assert {"theory", "numerics", "checks", "reports"} <= {path.name for path in PACKAGE_ROOT.iterdir()}
