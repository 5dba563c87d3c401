"""The page, the summary and the figures of a Monge-Ampere study: what they say of every outcome."""

import json
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from lemmata.reports.markdown import render_prose
from lemmata.reports.stored import ReportError
from lemmata.reports.study import render_study, summarise_study
from lemmata.reports.study.monge_ampere import list_figures

from .sample_monge_ampere import by_horizon, gap, sample_study

Json = Any


def changed(**changes: Json) -> Json:
    """Return the sample with some of its parts replaced; `a__b` is the key b of a."""
    study = sample_study()
    for path, value in changes.items():
        *parents, last = path.split("__")
        inner = study
        for parent in parents:
            inner = inner[parent]
        inner[last] = value
    return study


def page(study: Json, folder: Path) -> str:
    render_study(study, folder)
    return (folder / "study.md").read_text(encoding="utf-8")


def summary(study: Json) -> str:
    return " ".join(" ".join(summarise_study(study)).split())


def test_the_sample_follows_the_schema() -> None:
    schema = json.loads(files("lemmata.numerics.monge_ampere").joinpath("study-schema-v1.json").read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(sample_study(), schema)


def test_page_and_figures_are_written_whole(tmp_path: Path) -> None:
    text = page(sample_study(), tmp_path)
    assert {path.name for path in (tmp_path / "figures").iterdir()} == {
        f"{name}.{kind}" for name in ("basins", "gap") for kind in ("svg", "png")
    }
    for figure in ("basins", "gap"):
        assert f"](figures/{figure}.svg)" in text
    assert "`triangle.csv`: 3 rows of 2 numbers" in text
    assert "**The flow's map is NOT optimal: it sends two points the wrong way round, which is proved; " in text
    assert "2.059 ± 0.010 % of the mass" in text
    assert (
        "$`\\langle x_1 - x_2, y_2 - y_3\\rangle`$ = -0.28, proved in ball arithmetic. `lemmata replay study.json`"
        in text
    )
    assert "| 0.5 | 0.49240 ± 1.0e-4 | 0.01160 ± 1.0e-4 | 0.01360 ± 1.0e-4 |" in text
    assert "| mass sent elsewhere | 0.02059 ± 1.0e-4 | 7.5e-5 | 2.5e-5 |" in text
    assert render_prose(text, "study").count("$`") == text.count("$`") > 20


def test_the_summary_fits_eighty_columns_of_ascii() -> None:
    lines = summarise_study(sample_study())
    assert max(map(len, lines)) <= 80
    assert all(line.isascii() for line in lines)
    assert not any(line.strip().startswith("%") for line in lines)
    assert "x_1 = (2, 1.5) to y_2 and x_2 = (0, -0.4) to y_3" in summary(sample_study())


SAYS: dict[str, tuple[Json, str]] = {
    "refuted": (sample_study(), "which is proved"),
    "seen but not proved": (
        changed(outcome="different", certificates=[], witness=None),
        "the flow's map differs from the optimal one: 2.059",
    ),
    "no pair": (
        changed(outcome="different", witness=None),
        "no two points of the picture are sent the wrong way round",
    ),
    "a pair in floating point": (changed(witness__certified=False), "in floating-point numbers"),
    "on a line": (
        changed(outcome="optimal", data__rank=1, witness=None),
        "the atoms lie on a line, where it always is",
    ),
    "no difference": (
        changed(outcome="not told apart", gap=gap(0.0), witness=None),
        "no difference from the optimal map was found",
    ),
    "what a longer horizon does": (sample_study(), "a longer horizon T does not help"),
}


@pytest.mark.parametrize("case", SAYS)
def test_every_outcome_has_its_words_in_both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, case: str) -> None:
    monkeypatch.setattr("lemmata.reports.study.render_figure", lambda *_: None)
    study, said = SAYS[case]
    assert said in summary(study)
    assert said in page(study, tmp_path).replace("The flow's", "the flow's").replace("No d", "no d").replace(
        "No two", "no two"
    ).replace("A longer", "a longer")


def test_raw_gaps_of_centred_data_are_shown_once() -> None:
    assert "from N(0, I), data centred" in summary(sample_study())
    series = list_figures(sample_study(), "f")["gap"]["series"]
    assert [one["label"] for one in series] == [
        "from $N(0, I)$",
        "from $N(0, I)$, data centred",
        "from $p_T$",
        r"$T = \infty$",
    ]
    study = changed(data__centred=True)
    assert len(list_figures(study, "f")["gap"]["series"]) == 3
    assert "from N(0, I) 0.5" not in summary(study)


def test_gaps_within_their_error_are_not_drawn_on_a_logarithmic_axis() -> None:
    study = sample_study()
    for values in study["by_horizon"].values():
        values[-1] |= gap(5e-5)
    drawn = list_figures(study, "f")["gap"]["series"][0]
    assert drawn["x"] == [0.5, 2.0]
    study["by_horizon"] = {name: by_horizon(0.0, 0.0, 0.0) for name in study["by_horizon"]}
    assert set(list_figures(study, "f")) == {"basins"}


def test_arrows_of_points_in_higher_dimensions_are_drawn_in_the_plane() -> None:
    study = changed(data__d=3, picture__basis=[[1.0, 0.0], [0.0, 0.6], [0.0, 0.8]])
    study["witness"]["points"] = [[2.0, 1.0, 1.0], [0.0, -0.4, 0.0]]
    entry = list_figures(study, "f")["basins"]
    assert entry["panels"][0]["arrows"][0]["from"] == pytest.approx([2.0, 1.4])
    assert entry["panels"][0]["arrows"][0]["to"] == [1.0, -0.4]
    assert entry["xlabel"] == "first principal axis"


BROKEN: dict[str, tuple[Callable[[Json], object], str]] = {
    "a later version": (lambda s: s.update(schema_version=2), "f: schema_version: this lemmata reads version 1, not 2"),
    "an unknown outcome": (lambda s: s.update(outcome="maybe"), "f: outcome: want one of optimal, refuted"),
    "no mismatch": (lambda s: s["gap"].pop("mismatch"), "f: gap.mismatch: missing key"),
    "a series missing": (lambda s: s["by_horizon"].pop("forward"), "f: by_horizon.forward: missing key"),
    "text for a number": (
        lambda s: s["by_horizon"]["raw"][1].update(horizon="2"), "f: by_horizon.raw[1].horizon: want float, not str",
    ),
    "one point alone": (lambda s: s["witness"]["points"].pop(), "f: witness.points: want two, not 1"),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_a_study_that_does_not_follow_its_schema_is_named(tmp_path: Path, name: str) -> None:
    spoil, message = BROKEN[name]
    study = sample_study()
    spoil(study)
    for use in (lambda: render_study(study, tmp_path, "f"), lambda: summarise_study(study, "f")):
        with pytest.raises(ReportError) as caught:
            use()
        assert str(caught.value).startswith(message)
