"""The page, the summary and the figures of a JKO study: what they say of every outcome, and what they warn of."""

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
from lemmata.reports.study.jko import list_figures

from .sample_jko import estimate, levels, prediction, sample_study

Json = Any

NAMES = ("potential", "couplings", "predictions", "distances")


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


def on_the_line() -> Json:
    x = [[-1.2], [0.3], [1.1]]
    grid = {"ticks": [[-1.0, 0.0, 1.0]], "values": [0.0, 1.0, 0.0], "errors": [0.1] * 3, "covered": [1, 1, 1]}
    return changed(
        data__d=1,
        potential=grid,
        interaction=grid,
        couplings=[{"cost": 0.1, "gap": 0.0, "from": x, "to": x}] * 2,
        predictions=[{"interval": 1, "before": x, "after": x, "predicted": x[::-1]}],
    )


def page(study: Json, folder: Path) -> str:
    render_study(study, folder)
    return (folder / "study.md").read_text(encoding="utf-8")


def summary(study: Json) -> str:
    return " ".join(" ".join(summarise_study(study)).split())


@pytest.fixture
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw nothing: these tests are about words."""
    monkeypatch.setattr("lemmata.reports.study.render_figure", lambda *_: None)


@pytest.mark.parametrize("study", [sample_study(), on_the_line(), changed(energies__diffusivity=None, scores=[])])
def test_the_samples_follow_the_schema(study: Json) -> None:
    schema = json.loads(files("lemmata.numerics.jko").joinpath("study-schema-v1.json").read_text("utf-8"))
    jsonschema.validate(study, schema)


@pytest.mark.parametrize(("study", "names"), [(sample_study(), NAMES), (on_the_line(), (*NAMES, "interaction"))])
def test_page_and_figures_are_written_whole(tmp_path: Path, study: Json, names: tuple[str, ...]) -> None:
    text = page(study, tmp_path)
    written = {path.name for path in (tmp_path / "figures").iterdir()}
    assert written == {f"{name}.{kind}" for name in names for kind in ("svg", "png")}
    for name in names:
        assert f"](figures/{name}.svg)" in text
    assert render_prose(text, "study").count("$`") == text.count("$`") > 10


def test_the_page_holds_every_number(tmp_path: Path, undrawn: None) -> None:
    text = page(sample_study(), tmp_path)
    assert "`cells.npz`: 3 snapshots of 400 particles (float64); d = 2, 2 intervals of 0.1; fitted to 300" in text
    assert "**Held-out particles are predicted better than by no movement, not as well as can be: W1 is 0.0550" in text
    assert "Beta = 0.100 ± 0.020, standard error 0.004 (error: sampling 0.015, score of the density 0.005)." in text
    assert "V runs from 0.191 to 2.562 where particles are, its standard error is at most 0.05." in text
    assert "| `V: x1 x2` | 0.500 | 0.01 |" in text
    assert "| 0.1 | 0.2 | 0.1 | 0.0500 ± 0.0020 | 0.0400 ± 0.0010 |" in text
    assert "| 0 | 0.1 | 0.05 | 1e-16 |" in text
    assert "| 2 | mixture of 2 Gaussians | 0.2 |" in text


@pytest.mark.parametrize("study", [sample_study(), on_the_line()])
def test_the_summary_fits_eighty_columns_of_ascii(study: Json) -> None:
    lines = summarise_study(study)
    assert max(map(len, lines)) <= 80
    assert all(line.isascii() for line in lines)
    labels = [line.split("  ")[0] for line in lines if not line.startswith(" ")]
    assert labels == ["data", "model", "answer", "energies", "identified", "W1"]


def confounded() -> Json:
    study = changed(energies__null_space=[[0.0, 0.0, -0.5, 0.0, 0.5, 0.0]])
    study["energies"]["coefficients"][4]["label"] = "U: x2^2"
    return study


SAYS: dict[str, tuple[Json, str]] = {
    "at the floor": (changed(outcome="at the floor"), "held-out particles are predicted as well as can be told"),
    "better": (sample_study(), "predicted better than by no movement, not as well as can be: W1 is 0.0550"),
    "no better": (changed(outcome="no better than no movement"), "are predicted NO BETTER than by no movement"),
    "not told": (changed(outcome="not told apart"), "take more particles, or snapshots farther apart"),
    "followed": (sample_study(), "the floor, two predictions with different noise, is 0.0450"),
    "drawn anew": (
        changed(data__followed=False, comparison__floor_kind="sampling"),
        "the floor, two samples of the same snapshot, is 0.0450",
    ),
    "no noise": (changed(energies__diffusivity=None), "beta was taken to be 0"),
    "beta in its error": (changed(energies__diffusivity__error=0.3), "density 0.005); not told from 0"),
    "all identified": (sample_study(), "all coefficients are identified; condition number 7.5"),
    "V and U confounded": (
        confounded(),
        "WARNING: the snapshots say nothing of 1 combination of coefficients: V and U are not told apart. Any amount "
        "of [V: x1^2] - [U: x2^2] fits as well",
    ),
    "beta confounded": (
        changed(energies__null_space=[[0.0, 0.0, 0.4, 0.0, 0.4, -0.8]]),
        "beta is not identified by itself. Any amount of [beta] - 0.5 [V: x1^2] - 0.5 [V: x2^2] fits as well",
    ),
    "many combinations": (
        changed(energies__null_space=[[1.0, 0.0, 0.0, 0.0, 0.0, 0.0]] * 5), "[V: x1]; [V: x1]; and 2 more fits",
    ),
    "nearly dependent": (changed(energies__condition_number=1e9), "condition number 1e9: the features are so nearly"),
    "V unknown": (
        changed(potential={**levels(), "errors": [9.0] * 15}), "WARNING: V is NOT known: its standard error is up to 9",
    ),
    "V and U unknown": (
        changed(potential={**levels(), "errors": [9.0] * 15}, interaction={**levels(), "errors": [9.0] * 15}),
        "WARNING: V and U are hardly told apart: what they do together is known better than either of them; condition",
    ),
    "without products": (changed(settings__separable=True), "degree 2 without products of coordinates, and beta"),
    "Gaussians too": (
        changed(settings__centres=7, settings__interaction=True, settings__diffusion=False),
        "V and U of polynomials of degree 2 and 7 Gaussians, without diffusion: 6 coefficients",
    ),
    "uneven times": (changed(data__times=[0.0, 0.1, 0.4]), "2 intervals of 0.1 to 0.3"),
    "uneven sizes": (changed(data__fitted=[300, 200, 250]), "fitted to 200 to 300 particles of each snapshot"),
}  # fmt: skip


@pytest.mark.parametrize("case", SAYS)
def test_every_outcome_has_its_words_in_both(tmp_path: Path, undrawn: None, case: str) -> None:
    study, said = SAYS[case]
    assert said in summary(study)
    plain = page(study, tmp_path).replace("\\", "").replace("±", "+-").lower()
    assert said.lower() in plain


def test_figures_are_drawn_from_what_is_stored() -> None:
    entries = list_figures(sample_study(), "f")
    assert tuple(entries) == NAMES
    potential = entries["potential"]
    assert (potential["kind"], potential["xlabel"], potential["square"]) == ("levels", "first coordinate", True)
    assert potential["values"] == levels()["values"]
    assert potential["covered"] == levels()["covered"]
    couplings = entries["couplings"]["panels"]
    assert [panel["title"] for panel in couplings] == ["0 to 0.1", "0.1 to 0.2"]
    assert (couplings[0]["x"], couplings[0]["to_x"]) == ([-1.2, 0.3], [-1.0, 0.6])
    drawn = {one["label"]: one for one in entries["predictions"]["panels"][0]["series"]}
    assert drawn["as they were"]["x"] == [place[0] for place in prediction(0)["after"]]
    assert drawn["as predicted"]["y"] == [place[1] for place in prediction(0)["predicted"]]
    groups = entries["distances"]["groups"]
    assert [group["label"] for group in groups] == ["0 to 0.1", "0.1 to 0.2", "mean"]
    assert [mark["value"] for mark in groups[0]["marks"]] == [0.2, 0.06, 0.05]
    assert [mark["error"] for mark in groups[0]["marks"]] == [0.0, 0.002, 0.001]


def test_on_the_line_energies_are_curves_and_couplings_run_in_time() -> None:
    entries = list_figures(on_the_line(), "f")
    (curve,) = entries["potential"]["series"]
    assert (curve["x"], curve["y"], curve["lower"][1]) == ([-1.0, 0.0, 1.0], [0.0, 1.0, 0.0], 0.9)
    (panel,) = entries["couplings"]["panels"]
    assert (panel["x"], panel["to_x"]) == ([0.0] * 3 + [0.1] * 3, [0.1] * 3 + [0.2] * 3)
    series = entries["predictions"]["panels"][0]["series"]
    assert [one["label"] for one in series] == ["as they were", "as predicted", "before"]
    assert series[1]["x"] == [-1.2, 0.3, 1.1]
    assert series[1]["y"] == pytest.approx([1 / 6, 1 / 2, 5 / 6])


def test_many_intervals_are_drawn_against_time() -> None:
    count = 13
    study = changed(data__times=[0.1 * index for index in range(count + 1)])
    study["comparison"]["intervals"] *= count
    del study["comparison"]["intervals"][count:]
    entry = list_figures(study, "f")["distances"]
    assert entry["kind"] == "curves"
    assert [one["label"] for one in entry["series"]] == ["no movement", "predicted", "floor"]
    assert entry["series"][1]["lower"][0] == pytest.approx(0.058)


def test_more_dimensions_are_said_to_be_shown_in_a_plane(tmp_path: Path, undrawn: None) -> None:
    text = page(changed(data__d=5), tmp_path)
    assert "plane of the two leading principal axes through the mean, of 5 dimensions" in text
    assert list_figures(changed(data__d=5), "f")["potential"]["xlabel"] == "first principal axis"


BROKEN: dict[str, tuple[Callable[[Json], object], str]] = {
    "a later version": (lambda s: s.update(schema_version=2), "f: schema_version: this lemmata reads version 1, not 2"),
    "an unknown outcome": (lambda s: s.update(outcome="maybe"), "f: outcome: want one of at the floor, better than"),
    "an unknown floor": (lambda s: s["comparison"].update(floor_kind="x"), "f: comparison.floor_kind: want one of"),
    "no mean": (lambda s: s["comparison"].pop("mean"), "f: comparison.mean: missing key"),
    "a short null space": (
        lambda s: s["energies"].update(null_space=[[1.0]]), "f: energies.null_space[0]: want 6 numbers, one for each",
    ),
    "text for a number": (
        lambda s: s["comparison"]["intervals"][1].update(unmoved="2"),
        "f: comparison.intervals[1].unmoved: want float, not str",
    ),
    "a value too few": (lambda s: s["potential"]["errors"].pop(), "f: potential.errors: want 15 numbers, not 14"),
    "a time that is text": (lambda s: s["data"]["times"].append("x"), "f: data.times[3]: want float, not str"),
    "no settings": (lambda s: s["settings"].pop("degree"), "f: settings.degree: missing key"),
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


def test_an_exact_number_has_no_error_in_print() -> None:
    study = changed(comparison__mean__floor=estimate(0.0, 0.0))
    assert "two predictions with different noise, is 0;" not in summary(study)
    assert "two predictions with different noise, is 0" in summary(study)
