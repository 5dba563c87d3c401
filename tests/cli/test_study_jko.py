"""`lemmata study jko` on a user's snapshots: what is left, what is said, and what is refused."""

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

SETTINGS = ("--degree", "2", "--no-diffusion", "--resolution", "11", "--output", "out")
"""Little to compute, and the same everywhere."""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty folder, and leave JAX's compilation cache of the test process alone."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("lemmata.numerics.compilation_cache.enable_compilation_cache", lambda directory: directory)
    return tmp_path


@pytest.fixture
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw nothing: that takes longer than all else."""
    monkeypatch.setattr("lemmata.reports.study.render_figure", lambda *_: None)


def clouds(dimension: int = 2, particles: int = 60) -> Any:
    """Return three snapshots of particles that fall to the origin: x' = -x, by Euler steps of 0.1."""
    start = np.random.default_rng(2).standard_normal((particles, dimension))
    return np.stack([start, 0.9 * start, 0.81 * start])


def numbered(arrays: Any, prefix: str = "snapshot_") -> dict[str, Any]:
    return {f"{prefix}{index}": array for index, array in enumerate(arrays)}


def save(**arrays: Any) -> None:
    np.savez("data.npz", **arrays)


def run(*arguments: str) -> int:
    return run_command_line(["study", "jko", *arguments])


def record() -> Any:
    return json.loads(Path("out/study.json").read_text(encoding="utf-8"))


def test_a_study_is_left_whole(capsys: pytest.CaptureFixture[str]) -> None:
    save(snapshots=clouds(), tau=0.1)
    settings = ("--degree", "2", "--interaction", "--resolution", "11", "--output", "out")
    assert run("data.npz", *settings, "--json", "copy.json") == ExitCode.AS_EXPECTED
    out, err = capsys.readouterr()
    lines = out.splitlines()
    assert err == ""
    assert max(map(len, lines)) <= 80
    labels = [line.split("  ")[0] for line in lines if not line.startswith(" ")]
    assert labels == ["data", "model", "answer", "energies", "identified", "W1", "written to"]
    study = record()
    schema = json.loads(files("lemmata.numerics.jko").joinpath("study-schema-v1.json").read_text("utf-8"))
    jsonschema.validate(study, schema, format_checker=jsonschema.FormatChecker())
    assert study["data"]["followed"]
    assert Path("copy.json").read_text() == Path("out/study.json").read_text()
    page = Path("out/study.md").read_text(encoding="utf-8")
    for figure in ("potential", "interaction", "couplings", "predictions", "distances"):
        assert f"](figures/{figure}.svg)" in page
        assert Path("out/figures", f"{figure}.png").exists()


@pytest.mark.usefixtures("undrawn")
def test_euler_steps_to_the_origin_give_half_of_the_squared_norm(capsys: pytest.CaptureFixture[str]) -> None:
    save(snapshots=clouds(), tau=0.1)
    assert run("data.npz", *SETTINGS, "--estimator", "explicit") == ExitCode.AS_EXPECTED
    assert "held-out particles are predicted as well as can be told" in " ".join(capsys.readouterr().out.split())
    study = record()
    squares = {one["label"]: one["value"] for one in study["energies"]["coefficients"]}
    found = [value for label, value in squares.items() if label.endswith("^2")]
    assert found == pytest.approx([0.5, 0.5], rel=1e-9)
    assert study["comparison"]["mean"]["predicted"]["value"] < 1e-9
    assert study["settings"]["estimator"] == "explicit"


@pytest.mark.usefixtures("undrawn")
def test_snapshots_of_unequal_size_with_times_and_weights_are_read() -> None:
    cut = [cloud[: 60 - 5 * index] for index, cloud in enumerate(clouds())]
    counts = [np.arange(1, len(cloud) + 1) for cloud in cut]
    save(times=[0.0, 0.1, 0.3], **numbered(cut), **numbered(counts, "weights_"))
    assert run("data.npz", *SETTINGS) == ExitCode.AS_EXPECTED
    study = record()
    assert study["data"]["times"] == pytest.approx([0.0, 0.1, 0.3])
    assert (study["data"]["fitted"], study["data"]["held_out"]) == ([45, 41, 38], [15, 14, 12])
    assert study["data"]["description"] == "3 snapshots of 50 to 60 particles (float64), weighted"
    assert not study["data"]["followed"]


@pytest.mark.usefixtures("undrawn")
def test_what_the_snapshots_do_not_say_is_warned_of(capsys: pytest.CaptureFixture[str]) -> None:
    save(snapshots=clouds(1).repeat(2, axis=2), tau=0.1)
    assert run("data.npz", *SETTINGS) == ExitCode.AS_EXPECTED
    text = " ".join(capsys.readouterr().out.split())
    assert "identified WARNING: the snapshots say nothing of 1 combination of coefficients. Any amount of" in text
    assert len(record()["energies"]["null_space"]) == 1


@pytest.mark.usefixtures("undrawn")
def test_the_array_and_the_output_are_named() -> None:
    save(cells=clouds(), tau=0.1)
    assert run("data.npz", "--name", "cells", *SETTINGS[:-2]) == ExitCode.AS_EXPECTED
    assert Path("build/study/data-cells/study.json").exists()


def spoilt(value: float) -> Any:
    data = clouds()
    data[1, 7, 1] = value
    return data


def text_file() -> None:
    Path("data.npz").write_text("1,2\n3,4\n")


BAD: dict[str, tuple[Callable[[], object], tuple[str, ...], str]] = {
    "no such file": (lambda: None, (), "data.npz: No such file or directory"),
    "not a zip": (text_file, (), "data.npz: not a readable .npz archive: "),
    "another kind of file": (lambda: save(tau=1), ("data.npy",), "data.npy: snapshots are read from an .npz archive"),
    "NaN": (
        lambda: save(snapshots=spoilt(np.nan), tau=0.1), (), "data.npz: snapshot 1: atoms must be finite: entry (7, 1)",
    ),
    "one snapshot": (lambda: save(snapshots=clouds()[:1], tau=0.1), (), "data.npz: there is only one snapshot"),
    "rank 2": (lambda: save(snapshots=clouds()[0], tau=0.1), (), "array 'snapshots': its shape is (60, 2), but it"),
    "differing dimensions": (
        lambda: save(tau=0.1, **numbered([clouds()[0], clouds(3)[1]])), (), "these have dimensions [2, 3]",
    ),
    "objects": (
        lambda: save(snapshots=np.array([clouds()[0], clouds()[1, 1:]], dtype=object), tau=0.1), (),
        "it holds Python objects, which are not read: save snapshots of unequal size as arrays snapshot_0, snapshot_1",
    ),
    "no tau": (lambda: save(snapshots=clouds()), (), "data.npz: there is neither 'tau', the time between snapsh"),
    "negative tau": (lambda: save(snapshots=clouds(), tau=-0.1), (), "tau must be positive and finite, not [-0.1"),
    "negative weights": (
        lambda: save(snapshots=clouds(), tau=0.1, weights=-np.ones((3, 60))), (), "time 0: weights must not be n",
    ),
    "too few particles": (
        lambda: save(snapshots=clouds(particles=40), tau=0.1), (), "snapshot 0 has too few particles: 30 are left",
    ),
    "too few particles for the features": (
        lambda: save(snapshots=clouds(), tau=0.1), ("--degree", "18"), "180 conditions, one for each coordinate of a m",
    ),
    "no features": (lambda: save(snapshots=clouds(), tau=0.1), ("--degree", "0"), "degree 0 and 0 centres leave no"),
    "too much held out": (lambda: save(snapshots=clouds(), tau=0.1), ("--held-out", "0.7"), "at most a half, not 0.7"),
    "no such array": (lambda: save(snapshots=clouds(), tau=0.1), ("--name", "x"), "there is no array 'x'; its arrays"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_two_and_one_line_and_leaves_nothing(capsys: pytest.CaptureFixture[str], name: str) -> None:
    prepare, given, said = BAD[name]
    prepare()
    options = given if given and given[0].startswith("-") else ()
    file = "data.npz" if options or not given else given[0]
    assert run(file, *SETTINGS, *options) == ExitCode.USAGE
    out, err = capsys.readouterr()
    assert out == ""
    assert len(err.splitlines()) == 1
    assert err.startswith(f"lemmata: {file}")
    assert said in err
    assert not Path("out").exists()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--degree", "-1"), "want a number that is not negative"),
        (("--held-out", "0"), "want a positive number"),
        (("--resolution", "0"), "want at least 1"),
        (("--estimator", "implicit"), "invalid choice: 'implicit'"),
        (("--processes", "2"), "unrecognized arguments"),
    ],
)
def test_a_wrong_option_is_two(capsys: pytest.CaptureFixture[str], options: tuple[str, ...], said: str) -> None:
    assert run("data.npz", *options) == ExitCode.USAGE
    assert said in capsys.readouterr().err.splitlines()[-1]
