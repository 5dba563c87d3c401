"""`lemmata study monge-ampere` on a user's atoms and weights: what is left, what it proves, and what is refused."""

import json
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest

from lemmata.cli.dispatch import run_command_line
from lemmata.cli.exit_codes import ExitCode

SETTINGS = ("--horizons", "1", "--tolerance", "1e-2", "--resolution", "60", "--output", "out")
"""Coarse, and the same everywhere, so that little is computed and compiled."""

TRIANGLE = np.array([[-1.0, -0.4], [1.0, -0.4], [0.0, 0.8]])


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty folder, and leave JAX's compilation cache of the test process alone."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("lemmata.numerics.compilation_cache.enable_compilation_cache", lambda directory: directory)
    return tmp_path


def run(*arguments: str) -> int:
    return run_command_line(["study", "monge-ampere", *arguments])


def record() -> Any:
    return json.loads(Path("out/study.json").read_text(encoding="utf-8"))


def write_table(text: str) -> None:
    Path("data.csv").write_text(text)


def test_a_study_is_left_whole_and_what_it_proves_is_replayed(capsys: pytest.CaptureFixture[str]) -> None:
    np.savez("data.npz", atoms=TRIANGLE + 0.25, weights=np.full(3, 1 / 3))
    assert run("data.npz", *SETTINGS, "--json", "copy.json") == ExitCode.AS_EXPECTED
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 80
    labels = [line.split("  ")[0] for line in lines if not line.startswith(" ")]
    assert labels == ["data", "answer", "gap", "horizons", "witness", "written to"]
    study = record()
    schema = json.loads(files("lemmata.numerics.monge_ampere").joinpath("study-schema-v1.json").read_text("utf-8"))
    jsonschema.validate(study, schema, format_checker=jsonschema.FormatChecker())
    assert study["outcome"] == "refuted"
    assert Path("copy.json").read_text() == Path("out/study.json").read_text()
    page = Path("out/study.md").read_text(encoding="utf-8")
    for figure in ("basins", "gap"):
        assert f"](figures/{figure}.svg)" in page
        assert Path("out/figures", f"{figure}.svg").exists()

    assert run_command_line(["replay", "out/study.json"]) == ExitCode.AS_EXPECTED
    assert "2 certificates: 2 hold, 0 do not" in capsys.readouterr().out
    study["certificates"][0]["payload"]["label"] = 2
    Path("forged.json").write_text(json.dumps(study))
    assert run_command_line(["replay", "forged.json"]) == ExitCode.NOT_AS_EXPECTED
    assert "1 hold, 1 do not" in capsys.readouterr().out


def test_a_table_with_weights_on_a_line_is_optimal_and_proves_nothing(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lemmata.reports.study.render_figure", lambda *_: None)
    write_table("x,weight\n-1,0.5\n0.5,0.3\n2,0.2\n")
    assert run("data.csv", *SETTINGS) == ExitCode.AS_EXPECTED
    assert "the flow's map is optimal: the atoms lie on a line" in capsys.readouterr().out
    study = record()
    assert study["data"]["weights"] == [0.5, 0.3, 0.2]
    assert study["certificates"] == []
    assert run_command_line(["replay", "out/study.json"]) == ExitCode.NOTHING_RAN


BAD: dict[str, tuple[Callable[[], object], tuple[str, ...], str]] = {
    "a negative weight": (
        lambda: write_table("x,y,weight\n0,0,-1\n1,0,2\n"), ("data.csv",), "weights must not be negative: entry 0",
    ),
    "weights that sum to 3": (
        lambda: write_table("x,y,weight\n0,0,1\n1,0,2\n"), ("data.csv",), "weights must sum to 1, not 3: divide",
    ),
    "weights that sum to 3 in an archive": (
        lambda: np.savez("data.npz", atoms=TRIANGLE, weights=np.ones(3)), ("data.npz",), "weights must sum to 1, not 3",
    ),
    "a weight of 0": (
        lambda: write_table("x,y,weight\n0,0,1\n1,0,0\n"), ("data.csv",), "weights must be positive: that of row 1",
    ),
    "a weight too many": (
        lambda: np.savez("data.npz", atoms=TRIANGLE, weights=np.full(4, 0.25)), ("data.npz",), "weights must have",
    ),
    "a weight that is NaN": (
        lambda: np.savez("data.npz", atoms=TRIANGLE, weights=[np.nan, 0.5, 0.5]), ("data.npz",), "weights sum to nan",
    ),
    "a repeated atom": (
        lambda: np.save("data.npy", TRIANGLE[[0, 1, 2, 1]]), ("data.npy",), "an atom is repeated: row 3 is row 1",
    ),
    "atoms that nearly coincide": (
        lambda: np.save("data.npy", np.array([[0.0, 0.0], [1e-9, 0.0], [1.0, 1.0]])), ("data.npy",),
        "rows 0 and 1 are only 1e-09 apart",
    ),
    "one atom": (lambda: np.save("data.npy", TRIANGLE[:1]), ("data.npy",), "there is only one atom"),
    "too many atoms": (
        lambda: np.save("data.npy", np.arange(600.0).reshape(300, 2)), ("data.npy",), "300 atoms are too many: at most",
    ),
    "NaN": (
        lambda: np.save("data.npy", np.where(TRIANGLE == 0.8, np.nan, TRIANGLE)), ("data.npy",), "row 2, column 1 is",
    ),
    "a wrong shape": (lambda: np.save("data.npy", np.arange(5.0)), ("data.npy",), "data.npy: its shape is (5,)"),
    "no such file": (lambda: None, ("data.npy",), "data.npy: No such file or directory"),
    "a picture of one square": (
        lambda: np.save("data.npy", TRIANGLE), ("data.npy", "--resolution", "1"), "a picture of 1 squares",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_two_and_one_line_and_leaves_nothing(capsys: pytest.CaptureFixture[str], name: str) -> None:
    prepare, arguments, said = BAD[name]
    prepare()
    assert run(*arguments) == ExitCode.USAGE
    out, err = capsys.readouterr()
    assert out == ""
    assert len(err.splitlines()) == 1
    assert f"{arguments[0]}" in err
    assert said in err
    assert not Path("build/study").exists() or not any(Path("build/study").iterdir())


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--horizons", "0"), "want a positive number"),
        (("--horizons", "inf"), "want a positive number"),
        (("--tolerance", "-1"), "want a positive number"),
        (("--resolution", "0"), "want at least 1"),
        (("--normalise", "centre"), "unrecognized arguments"),
        (("--processes", "2"), "unrecognized arguments"),
    ],
)
def test_a_wrong_option_is_two(capsys: pytest.CaptureFixture[str], options: tuple[str, ...], said: str) -> None:
    assert run("data.npy", *options) == ExitCode.USAGE
    assert said in capsys.readouterr().err.splitlines()[-1]
