"""`lemmata study` as a new user meets it: every kind of file, what is printed and left, and what is refused."""

import json
import shutil
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest

from lemmata.cli.dispatch import run_command_line
from lemmata.cli.exit_codes import ExitCode

Json = Any

SETTINGS = ("--queries", "64", "--signals", "6", "--output", "out")
"""Small, and the same everywhere, so that little is compiled."""

LEFT = {"study.json", "study.md", "figures"}
FIGURES = {f"{name}.{kind}" for name in ("separation", "path", "energies", "information") for kind in ("svg", "png")}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty folder, and leave JAX's compilation cache of the test process alone."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("lemmata.numerics.compilation_cache.enable_compilation_cache", lambda directory: directory)
    return tmp_path


def write_blank(_: object, path: Path) -> None:
    """Stand in for drawing, which takes longer than all else."""
    for suffix in (".svg", ".png"):
        path.with_suffix(suffix).write_bytes(b"")


@pytest.fixture
def blank_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw nothing."""
    monkeypatch.setattr("lemmata.reports.study.render_figure", write_blank)


undrawn = pytest.mark.usefixtures("blank_figures")


def rows() -> Any:
    """Return 40 integer rows in d = 3, two of them equal."""
    drawn = np.random.default_rng(5).integers(0, 200, (40, 3))
    drawn[1] = drawn[0]
    return drawn.astype(np.uint8)


def run(*arguments: str) -> int:
    return run_command_line(["study", "kinetic-optimal", *arguments])


def printed(capsys: pytest.CaptureFixture[str]) -> tuple[list[str], str]:
    out, err = capsys.readouterr()
    return out.splitlines(), err


def record(folder: str = "out") -> Json:
    return json.loads(Path(folder, "study.json").read_text(encoding="utf-8"))


def without_run(study: Json) -> Json:
    return {key: value for key, value in study.items() if key not in ("run", "seconds")}


def test_a_study_is_printed_and_left_whole(capsys: pytest.CaptureFixture[str]) -> None:
    np.save("data.npy", rows())
    assert run("data.npy", *SETTINGS, "--json", "copy.json") == 0
    lines, err = printed(capsys)
    assert err == ""
    assert max(map(len, lines)) <= 80
    assert all(line.isascii() for line in lines)
    labels = [line.split("  ")[0] for line in lines if not line.startswith(" ")]
    assert labels == ["data", "separation", "energies", "saving", "check sum", "written to"]
    text = " ".join(" ".join(lines).split())
    assert "data.npy: 40 rows of 3 numbers (uint8) n = 40, d = 3, 39 distinct rows centred and multiplied by" in text
    assert {entry.name for entry in Path("out").iterdir()} == LEFT
    assert {entry.name for entry in Path("out/figures").iterdir()} == FIGURES
    assert Path("copy.json").read_text() == Path("out/study.json").read_text()
    assert sorted(entry.name for entry in Path().iterdir()) == ["build", "copy.json", "data.npy", "out"]


@undrawn
def test_the_record_follows_the_schema_and_the_page_shows_it() -> None:
    schema = json.loads(files("lemmata.numerics.kinetic_optimal").joinpath("study-schema-v1.json").read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    np.save("data.npy", rows())
    assert run("data.npy", *SETTINGS, "--seed", "3") == 0
    study = record()
    jsonschema.validate(study, schema, format_checker=jsonschema.FormatChecker())
    assert study["settings"]["seed"] == 3
    assert study["run"]["command"].endswith("kinetic-optimal data.npy " + " ".join((*SETTINGS, "--seed", "3")))
    assert (study["data"]["n"], study["data"]["d"], study["data"]["distinct"]) == (40, 3, 39)
    page = Path("out/study.md").read_text(encoding="utf-8")
    for figure in FIGURES:
        if figure.endswith("svg"):
            assert f"](figures/{figure})" in page
    assert "`data.npy`: 40 rows of 3 numbers (uint8)" in page


def write_csv() -> str:
    np.savetxt("data.csv", rows(), delimiter=",", fmt="%d")
    return "data.csv"


def write_npz() -> str:
    np.savez("data.npz", pixels=rows(), labels=np.arange(40))
    return "data.npz"


def write_images() -> str:
    from PIL import Image

    Path("data").mkdir()
    for number, row in enumerate(rows()):
        Image.fromarray(row[None, :]).save(Path("data", f"{number:03d}.png"))
    return "data"


@undrawn
@pytest.mark.parametrize(
    ("write", "options"),
    [(write_csv, ()), (write_npz, ("--name", "pixels")), (write_images, ())],
    ids=["csv", "npz", "images"],
)
def test_every_kind_of_file_gives_the_same_study(write: Callable[[], str], options: tuple[str, ...]) -> None:
    np.save("data.npy", rows())
    assert run("data.npy", *SETTINGS) == 0
    expected = record()
    shutil.rmtree("out")
    assert run(write(), *options, *SETTINGS) == 0
    found = record()
    for study in (expected, found):
        study["data"].pop("description")
    assert without_run(found) == without_run(expected)


@undrawn
def test_a_second_run_replaces_the_first_and_repeats_it(capsys: pytest.CaptureFixture[str]) -> None:
    np.save("data.npy", rows())
    assert run("data.npy", *SETTINGS) == 0
    first = record()
    Path("out/study.md").write_text("old")
    assert run("data.npy", *SETTINGS) == 0
    assert without_run(record()) == without_run(first)
    assert Path("out/study.md").read_text(encoding="utf-8").startswith("# Kinetic-optimal study")
    assert run("data.npy", *SETTINGS, "--seed", "1") == 0
    assert record()["separation"]["mean"] != first["separation"]["mean"]


@undrawn
def test_the_output_is_named_after_the_data() -> None:
    np.savez("my data.npz", **{"a/b": rows()})
    assert run("my data.npz", "--name", "a/b", *SETTINGS[:-2]) == 0
    assert {entry.name for entry in Path("build/study/my-data-a-b").iterdir()} == LEFT


@undrawn
@pytest.mark.parametrize(
    ("mode", "said"),
    [("centre", "centred and multiplied by"), ("scale", "not centred, multiplied by"), ("none", "taken as they are")],
)
def test_the_normalisation_is_done_and_stated(capsys: pytest.CaptureFixture[str], mode: str, said: str) -> None:
    data = rows() - rows().mean(axis=0) + 5.0
    np.save("data.npy", data / np.sqrt((data**2).mean()))
    assert run("data.npy", "--normalise", mode, *SETTINGS) == 0
    assert any(said in line for line in printed(capsys)[0])
    study = record()
    assert study["data"]["normalisation"] == mode
    assert study["data"]["mean_square"] == pytest.approx(1)
    centred = 0 if mode == "centre" else study["data"]["squared_mean"]
    assert study["separation"]["at_zero"] == pytest.approx(centred, abs=1e-12)


def spoilt(value: float) -> Any:
    data = rows().astype(np.float64)
    data[7, 2] = value
    return data


def save(data: Any, name: str = "data.npy") -> None:
    np.save(name, data)


def write_text(name: str, text: str) -> None:
    Path(name).write_text(text)


BAD: dict[str, tuple[Callable[[], object], tuple[str, ...], str]] = {
    "no such file": (lambda: None, ("data.npy",), "data.npy: No such file or directory"),
    "an unknown kind of file": (lambda: write_text("data.xyz", "1 2"), ("data.xyz",), "data.xyz: "),
    "not what its name says": (lambda: write_text("data.npy", "1 2"), ("data.npy",), "data.npy: not a readable .npy"),
    "no images": (lambda: Path("data").mkdir(), ("data",), "data: the folder holds no images"),
    "words in a table": (lambda: write_text("data.csv", "1,2\n3,x\n"), ("data.csv",), "data.csv"),
    "NaN": (lambda: save(spoilt(np.nan)), ("data.npy",), "data.npy: rows must be finite: row 7, column 2 is nan"),
    "infinity": (lambda: save(spoilt(-np.inf)), ("data.npy",), "row 7, column 2 is -inf"),
    "rank 1": (lambda: save(np.arange(5.0)), ("data.npy",), "data.npy: its shape is (5,)"),
    "complex numbers": (lambda: save(rows() * 1j), ("data.npy",), "data.npy: it holds complex128, not real numbers"),
    "one row": (lambda: save(rows()[:1]), ("data.npy",), "data.npy: there is only one row"),
    "equal rows": (lambda: save(np.ones((5, 3))), ("data.npy",), "data.npy: all 5 rows are equal"),
    "data that are not normalised": (
        lambda: save(rows()), ("data.npy", "--normalise", "none"), "the data are not normalised: E|X|^2/d is ",
    ),
    "too few queries": (lambda: save(rows()), ("data.npy", "--queries", "9"), "9 queries are too few for any interval"),
    "too few signals": (lambda: save(rows()), ("data.npy", "--signals", "2"), "2 values of s are too few"),
    "no such array": (
        write_npz, ("data.npz", "--name", "images"), "there is no array 'images'; its arrays: pixels, labels",
    ),
    "an array to be named": (write_npz, ("data.npz",), "its arrays: pixels, labels"),
    "output that is a file": (
        lambda: save(rows()), ("data.npy", "--output", "data.npy"), "--output data.npy: exists and is not a folder",
    ),
    "output below a file": (lambda: save(rows()), ("data.npy", "--output", "data.npy/out"), "--output data.npy/out: "),
    "JSON below a file": (lambda: save(rows()), ("data.npy", "--json", "data.npy/x.json"), "--json data.npy/x.json: "),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_two_and_one_line_and_leaves_nothing(capsys: pytest.CaptureFixture[str], name: str) -> None:
    prepare, arguments, said = BAD[name]
    prepare()
    before = sorted(Path().rglob("*"))
    assert run(*arguments) == ExitCode.USAGE
    lines, err = printed(capsys)
    assert lines == []
    assert len(err.splitlines()) == 1
    assert said in err
    left = {path for path in Path().rglob("*") if path not in before}
    assert left <= {Path("build"), Path("build/study"), Path("build/cache")}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("study",), "SYSTEM"),
        (("study", "no-such-system", "data.npy"), "invalid choice: 'no-such-system' (choose from"),
        (("study", "kinetic-optimal"), "FILE"),
        (("study", "kinetic-optimal", "data.npy", "--queries", "0"), "want at least 1"),
        (("study", "kinetic-optimal", "data.npy", "--seed", "-1"), "want a seed that is not negative"),
        (("study", "kinetic-optimal", "data.npy", "--normalise", "whiten"), "invalid choice: 'whiten'"),
    ],
)
def test_a_wrong_command_is_two(capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], said: str) -> None:
    assert run_command_line(list(arguments)) == ExitCode.USAGE
    assert said in printed(capsys)[1].splitlines()[-1]


@pytest.mark.parametrize(
    ("make", "named"),
    [
        (lambda out: (out / "thesis.tex").write_text("years of work"), "thesis.tex"),
        (lambda out: (out / "study.json").write_text('{"schema": "another"}'), "no study.json of a study"),
        (lambda out: (out / "study.md").write_text("mine"), "no study.json of a study"),
    ],
)
def test_a_folder_that_is_not_ours_is_refused_and_stays(
    capsys: pytest.CaptureFixture[str], make: Callable[[Path], object], named: str
) -> None:
    np.save("data.npy", rows())
    Path("out").mkdir()
    make(Path("out"))
    before = {path: path.read_bytes() for path in Path("out").iterdir()}
    assert run("data.npy", *SETTINGS) == ExitCode.USAGE
    assert printed(capsys)[1] == (
        f"lemmata: --output out: not the output of a study: it holds {named}; name another folder\n"
    )
    assert {path: path.read_bytes() for path in Path("out").iterdir()} == before


@undrawn
def test_notes_among_our_own_output_are_not_deleted(capsys: pytest.CaptureFixture[str]) -> None:
    np.save("data.npy", rows())
    assert run("data.npy", *SETTINGS) == 0
    Path("out/figures/notes.txt").write_text("seen on Monday")
    assert run("data.npy", *SETTINGS) == ExitCode.USAGE
    assert "it holds figures/notes.txt" in printed(capsys)[1]
    assert Path("out/figures/notes.txt").read_text() == "seen on Monday"


@undrawn
def test_a_run_that_fails_leaves_the_old_output(capsys: pytest.CaptureFixture[str]) -> None:
    np.save("data.npy", rows())
    assert run("data.npy", *SETTINGS) == 0
    before = {path: path.read_bytes() for path in Path("out").rglob("*") if path.is_file()}
    np.save("data.npy", spoilt(np.nan))
    assert run("data.npy", *SETTINGS) == ExitCode.USAGE
    assert {path: path.read_bytes() for path in Path("out").rglob("*") if path.is_file()} == before


def break_figure(error: BaseException) -> Callable[..., None]:
    def render(*_: object) -> None:
        raise error

    return render


def test_a_figure_that_fails_does_not_lose_the_numbers(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    np.save("data.npy", rows())
    monkeypatch.setattr("lemmata.reports.study.render_figure", break_figure(RuntimeError("no ink")))
    assert run("data.npy", *SETTINGS) == ExitCode.INTERNAL_ERROR
    lines, err = printed(capsys)
    assert err == f"lemmata: page or figures: no ink; the numbers are in {Path('out/study.json')}\n"
    assert any("Cond-OT" in line for line in lines)
    assert record()["data"]["n"] == 40


def test_an_interruption_while_drawing_keeps_the_numbers(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    np.save("data.npy", rows())
    monkeypatch.setattr("lemmata.reports.study.render_figure", break_figure(KeyboardInterrupt()))
    assert run("data.npy", *SETTINGS) == ExitCode.INTERRUPTED
    assert printed(capsys)[1] == (f"lemmata: interrupted while drawing; the numbers are in {Path('out/study.json')}\n")
    assert record()["data"]["n"] == 40


def test_a_disk_that_is_full_is_one_line(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def no_space(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    np.save("data.npy", rows())
    monkeypatch.setattr(Path, "write_text", no_space)
    assert run("data.npy", *SETTINGS) == ExitCode.USAGE
    lines, err = printed(capsys)
    assert err == "lemmata: --output out: No space left on device\n"
    assert any("Cond-OT" in line for line in lines), "the numbers were printed before"
    assert not Path("out").exists()
