"""`doctor` says what is wrong with an installation."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lemmata.cli import doctor

Look = Callable[[], Iterator[tuple[str, str]]]


def look(name: str) -> list[tuple[str, str]]:
    return list(dict(doctor.LOOKS)[name]())


@pytest.mark.parametrize("name", ["python", "versions", "layers", "threads", "fonts"])
def test_this_installation_is_sound(name: str) -> None:
    assert [fault for _, fault in look(name) if fault] == []


def test_a_link_checked_out_as_a_text_file_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for layer in ("theory", "numerics", "checks"):
        (tmp_path / layer).mkdir()
    (tmp_path / "checks").rmdir()
    (tmp_path / "checks").write_text("../../checks")
    monkeypatch.setattr(doctor, "PACKAGE_ROOT", tmp_path)
    faults = {Path(found).name: fault for found, fault in look("layers") if fault}
    assert set(faults) == {"checks", "reports"}
    assert "a link checked out as a text file; set core.symlinks=true" in faults["checks"]
    assert faults["reports"] == "missing"


def test_a_package_that_cannot_be_imported_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "broken_wheel.py").write_text("raise ImportError('built for another machine')")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(doctor, "NEEDED", ("json", "broken_wheel", "nowhere_to_be_found"))
    faults = {found: fault for found, fault in look("packages") if fault}
    assert faults["broken_wheel"] == "cannot be imported: built for another machine"
    assert set(faults) == {"broken_wheel", "nowhere_to_be_found"}


def test_a_cache_that_cannot_be_written_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "occupied").write_text("")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LEMMATA_CACHE", "occupied")
    faults = {Path(found).name: fault for found, fault in look("writable") if fault}
    assert faults == {"occupied": "File exists"}


def test_a_device_other_than_the_expected_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    for code, kind, fault in [
        ("print('cpu, cpu')", "cpu (x86_64)", ""),
        ("print('cpu, cpu')", "gpu (NVIDIA H200)", "JAX sees another kind of device than expected"),
        ("raise SystemExit('driver too old')", "gpu (NVIDIA H200)", "JAX finds no device: driver too old"),
    ]:
        monkeypatch.setattr(doctor, "JAX_DEVICE", code)
        monkeypatch.setattr(doctor, "device_kind", lambda kind=kind: kind)
        assert [found_fault for _, found_fault in look("device")] == [fault]


@pytest.mark.parametrize(("fault", "code"), [("", 0), ("too small", 1)])
def test_the_exit_code_tells(
    fault: str, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    looks: tuple[tuple[str, Look], ...] = (("shoes", lambda: iter([("a pair", fault), ("laces", "")])),)
    monkeypatch.setattr(doctor, "LOOKS", looks)
    assert doctor.doctor() == code
    out = capsys.readouterr().out.splitlines()
    assert out[0] == ("! shoes      a pair: too small" if fault else "  shoes      a pair")
    assert out[-1] == ("the lines marked ! have to be mended" if fault else "all is well")
