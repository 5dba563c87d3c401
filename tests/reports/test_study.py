"""The page, the summary and the figures of a study: what they say of every outcome, and what they refuse."""

import copy
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lemmata.reports.figures import KINDS
from lemmata.reports.markdown import render_prose
from lemmata.reports.stored import ReportError
from lemmata.reports.study import render_study, summarise_study
from lemmata.reports.study.kinetic_optimal import list_figures

Json = Any

K = 0.25
"""The numbers are those of a low-rank Gaussian, so that figures and values are consistent with each other."""

NAMES = ("separation", "path", "energies", "information")


def estimate(value: float, monte_carlo: float) -> Json:
    parts = {"interpolation": 2e-4, "monte_carlo": monte_carlo, "tail": 1e-9}
    return {"value": value, "error": sum(parts.values()), "parts": parts, "false_alarm": 1e-3}


def separation(s: Any) -> dict[str, Json]:
    mean, floor = s**2 / (K + s**2), s**2 / (1 + s**2)
    drawn = {"s": s, "mean": mean, "lower": mean - 0.01 * (1 - mean), "upper": mean + 0.01 * (1 - mean)}
    return {name: values.tolist() for name, values in {**drawn, "linear_floor": floor, "entropy_bound": floor}.items()}


def sample_study() -> Json:
    s, t = np.geomspace(0.05, 20, 12), np.linspace(0, 1, 51)
    final = np.arccos(np.sqrt(K))
    flat = np.arctan2(t * np.sin(final), 1 - t + t * np.cos(final))
    theta = np.arccos(np.clip(np.sin(np.arcsin(np.sqrt(1 - K)) - flat) / np.sqrt(1 - K), 0, 1))
    r = np.hypot(1 - t + t * np.cos(final), t * np.sin(final))
    rate = K * np.log1p(s**2 / K) / 2
    return {
        "schema": "lemmata-study",
        "schema_version": 1,
        "system": "kinetic-optimal",
        "settings": {"queries": 20000, "signals": 12, "seed": 0, "false_alarm": 1e-3},
        "data": {
            "description": "500 rows of 64 numbers (float64)", "n": 500, "d": 64, "distinct": 498,
            "entropy": 6.21, "entropy_rate": float(rate[-1]), "normalisation": "centre",
            "mean_square": 60.0567967, "squared_mean": 41.28, "factor": 0.2308,
        },
        "separation": {**separation(s), "method": ["residual"] * 4 + ["replica"] * 8, "at_zero": 0.0},
        "curve": separation(np.geomspace(0.05, 20, 40)),
        "path": {
            "unique": True, "Theta_m": float(final), "t": t.tolist(), "alpha": (r * np.sin(theta)).tolist(),
            "sigma": (r * np.cos(theta)).tolist(), "r": r.tolist(), "Theta": flat.tolist(),
            "rivals": {
                "cond-ot": {"alpha": t.tolist(), "sigma": (1 - t).tolist()},
                "vp-cosine": {"alpha": np.sin(np.pi * t / 2).tolist(), "sigma": np.cos(np.pi * t / 2).tolist()},
            },
        },
        "energies": {
            "kinetic-optimal": estimate(1.0, 0.011), "unit-circle": estimate(1.0966, 0.014),
            "cond-ot": estimate(1.2146, 0.007), "vp-cosine": estimate(1.2337, 0.01),
        },
        "saving": estimate(0.1767, 0.0028),
        "error_integral": estimate(0.7854, 0.007),
        "bounds": {"energy_floor": 0.3, "saving_ceiling": 0.85, "respected": True},
        "information": {"s": s.tolist(), "rate": rate.tolist(), "error": [0.01] * 12},
        "check_sum": {
            **estimate(float(rate[-1]), 0.01), "up_to": 20.0, "beyond": 3e-17, "expected": float(rate[-1]),
            "agrees": True,
        },
        "device": {"platform": "cpu", "device": "cpu", "dtype": "float64", "versions": {"jax": "0.10.2"}},
        "seconds": 12.34,
        "run": {"file": "da|ta_1.npy", "array": None, "command": "lemmata study", "version": "0.1.0",
                "processes": 1, "started": "2026-01-01T00:00:00+00:00"},
    }  # fmt: skip


def change(**paths: Json) -> Json:
    """Return the sample with values replaced; `a__b=1` sets `study["a"]["b"]`."""
    study = sample_study()
    for path, value in paths.items():
        *outer, last = path.split("__")
        inner = study
        for key in outer:
            inner = inner[key]
        inner[last] = value
    return study


def page(study: Json, folder: Path) -> str:
    render_study(study, folder)
    return (folder / "study.md").read_text(encoding="utf-8")


@pytest.fixture
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw nothing: these tests are about words."""
    monkeypatch.setattr("lemmata.reports.study.render_figure", lambda entry, path: None)


def test_everything_is_written_and_the_same_twice(tmp_path: Path) -> None:
    for name in ("a", "b"):
        render_study(sample_study(), tmp_path / name)
    written = {path.relative_to(tmp_path / "a") for path in (tmp_path / "a").rglob("*") if path.is_file()}
    figures = {Path("figures", f"{name}.{kind}") for name in NAMES for kind in ("svg", "png")}
    assert written == {Path("study.md")} | figures
    for path in written:
        assert (tmp_path / "a" / path).read_bytes() == (tmp_path / "b" / path).read_bytes()


def test_the_page_shows_every_figure_and_number(tmp_path: Path, undrawn: None) -> None:
    text = page(sample_study(), tmp_path)
    assert re.findall(r"\]\(figures/(\w+)\.svg\)", text) == list(NAMES)
    assert "`da|ta_1.npy`: 500 rows of 64 numbers (float64); n = 500, d = 64, 498 distinct rows" in text
    assert "Data centred and multiplied by 0.2308: $`\\mathbb{E}|X|^2/d`$ was 60.06" in text
    assert "| Cond-OT | 1.2146 ± 0.0072 | 0.0002 | 0.007 | 1e-9 |" in text
    assert "a saving of **17.67 %** ± 0.30 %." in text
    assert "At this entropy no Gaussian path saves more than 85 %." in text
    assert "Check sum and entropy agree within the error." in text
    assert "straight line to the angle $`\\Theta_m`$ = 1.0472" in text


def test_the_mathematics_of_the_page_is_carried_everywhere(tmp_path: Path, undrawn: None) -> None:
    text = page(sample_study(), tmp_path)
    assert render_prose(text, "study").count("$`") == text.count("$`") > 20


@pytest.mark.parametrize("mode", ["centre", "scale", "none"])
def test_the_summary_fits_eighty_columns_of_ascii(mode: str) -> None:
    lines = summarise_study(change(data__normalisation=mode))
    assert max(map(len, lines)) <= 80
    assert all(line.isascii() for line in lines)
    text = " ".join(" ".join(lines).split())
    for said in (
        "n = 500, d = 64, 498 distinct rows",
        "kinetic-optimal 1.000 +- 0.011 of which Monte Carlo 0.011, interpolation 0.0002, tail 1e-9",
        "floor at this entropy 0.3",
        "saving 17.67 % +- 0.30 % of Cond-OT's energy: at this entropy no Gaussian path saves more than 85 %",
        "check sum and entropy agree within the error",
    ):
        assert said in text


SAYS: dict[str, tuple[Json, str]] = {
    "check sum off": (change(check_sum__agrees=False), "check sum and entropy DO NOT AGREE within the error"),
    "bounds broken": (change(bounds__respected=False), "contradict a proved bound: DO NOT RELY on this estimate"),
    "error as large": (change(check_sum__error=9.0), "the error is as large as they are: take more queries"),
    "error unknown": (change(check_sum__error=None), "the error is as large as they are: take more queries"),
    "tail unknown": (
        change(check_sum__beyond=None),
        "is 100 % of the entropy; 125 queries or more would bound what lies",
    ),
    "saving lost in noise": (change(saving__error=0.5), "these queries do not tell it from 0"),
    "no path told": (change(path__unique=False), "these queries do not tell the data from Gaussian data"),
    "all rows differ": (change(data__distinct=500), "no two rows equal"),
    "only scaled": (change(data__normalisation="scale"), "not centred, multiplied by 0.2308"),
    "as it came": (change(data__normalisation="none"), "taken as they are"),
}


@pytest.mark.parametrize("case", SAYS)
def test_every_outcome_has_its_words_in_both(tmp_path: Path, undrawn: None, case: str) -> None:
    study, said = SAYS[case]
    written = {
        "page": page(study, tmp_path),
        "summary": " ".join(" ".join(summarise_study(study)).split()),
    }
    for where, text in written.items():
        assert said.lower() in text.lower(), where
    if case != "all rows differ":
        assert said.lower() not in " ".join(" ".join(summarise_study(sample_study())).split()).lower()


def test_a_study_made_by_the_library_names_no_file(tmp_path: Path, undrawn: None) -> None:
    study = sample_study()
    del study["run"]
    assert "\n\n500 rows of 64 numbers" in page(study, tmp_path)
    assert summarise_study(study)[0].split() == ["data", "500", "rows", "of", "64", "numbers", "(float64)"]


def test_figures_are_drawn_from_what_is_stored() -> None:
    study = sample_study()
    entries = list_figures(study, "f")
    assert tuple(entries) == NAMES
    assert all(entry["kind"] in KINDS and entry["png"] for entry in entries.values())
    assert entries["separation"]["mean"] == study["curve"]["mean"]
    assert entries["energies"]["value"] == [1.0, 1.0966, 1.2146, 1.2337, 0.3]
    assert entries["energies"]["label"][2:] == ["Cond-OT", "variance-preserving cosine", "floor at this entropy"]
    rate, limit = entries["information"]["series"]
    assert rate["y"] == study["information"]["rate"]
    assert min(rate["lower"]) == 0, "no information is negative"
    assert limit["y"] == [study["data"]["entropy_rate"]] * 2
    del study["information"]["error"][3:]
    study["information"]["error"] += [None] * 9
    assert "lower" not in list_figures(study, "f")["information"]["series"][0]


def without(*path: str) -> Callable[[Json], None]:
    def remove(study: Json) -> None:
        for key in path[:-1]:
            study = study[key]
        del study[path[-1]]

    return remove


BROKEN: dict[str, tuple[Callable[[Json], None], str]] = {
    "no system": (without("system"), "f: system: missing key"),
    "another system": (
        lambda s: s.update(system="x"),
        "f: system: want one of kinetic-optimal, monge-ampere, jko, not",
    ),
    "a later version": (lambda s: s.update(schema_version=2), "f: schema_version: this lemmata reads version 1, not 2"),
    "no data": (without("data", "n"), "f: data.n: missing key"),
    "text for a number": (lambda s: s["saving"].update(value="x"), "f: saving.value: want float, not str"),
    "no parts": (without("energies", "cond-ot", "parts"), "f: energies.cond-ot.parts: missing key"),
    "an unknown mode": (lambda s: s["data"].update(normalisation="whiten"), "f: data.normalisation: want one of"),
    "no judgement": (without("check_sum", "agrees"), "f: check_sum.agrees: missing key"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_study_that_does_not_follow_its_schema_is_named(tmp_path: Path, name: str) -> None:
    spoil, message = BROKEN[name]
    study = copy.deepcopy(sample_study())
    spoil(study)
    for use in (lambda: render_study(study, tmp_path, "f"), lambda: summarise_study(study, "f")):
        with pytest.raises(ReportError) as caught:
            use()
        assert str(caught.value).startswith(message)
    assert not (tmp_path / "study.md").exists()


def test_a_figure_that_cannot_be_drawn_does_not_keep_the_others(tmp_path: Path) -> None:
    study = sample_study()
    study["curve"]["mean"].pop()
    with pytest.raises(ReportError, match=r"f: figure separation\.mean: want 40 numbers, not 39"):
        render_study(study, tmp_path, "f")
    assert (tmp_path / "study.md").exists()
    assert {path.name for path in (tmp_path / "figures").iterdir()} == {
        f"{name}.{kind}" for name in NAMES[1:] for kind in ("svg", "png")
    }
