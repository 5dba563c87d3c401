"""Figures draw what their entry holds, refuse what they cannot draw, and depend on nothing else."""

import copy
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.contour import ContourSet
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.quiver import Quiver
from numpy.typing import NDArray
from PIL import Image

from lemmata.reports.figures import KINDS, Entry, render_figure
from lemmata.reports.figures.style import CYCLE, house_style
from lemmata.reports.stored import ReportError

from .sample_results import (
    arrows_figure,
    bars_figure,
    basins_figure,
    contours_figure,
    curves_figure,
    groups_figure,
    levels_figure,
    panels_figure,
    path_figure,
    separation_figure,
)

Json = Any
SAMPLES: dict[str, Callable[[], Json]] = {
    "separation": separation_figure,
    "path": path_figure,
    "curves": curves_figure,
    "bars": bars_figure,
    "groups": groups_figure,
    "panels": panels_figure,
    "basins": basins_figure,
    "contours": contours_figure,
    "levels": levels_figure,
    "arrows": arrows_figure,
}


def draw(kind: str) -> Figure:
    with house_style():
        return KINDS[kind](Entry(SAMPLES[kind](), kind))


def test_every_kind_has_a_sample() -> None:
    assert SAMPLES.keys() == KINDS.keys()


@pytest.mark.parametrize("kind", SAMPLES)
def test_a_figure_is_the_same_twice_and_carries_no_date(tmp_path: Path, kind: str) -> None:
    for name in ("a", "b"):
        render_figure(Entry(SAMPLES[kind](), kind), tmp_path / f"{name}.svg")
    svg = (tmp_path / "a.svg").read_bytes()
    assert svg == (tmp_path / "b.svg").read_bytes()
    assert b"dc:date" not in svg
    assert ET.fromstring(svg).tag.endswith("svg")


@pytest.mark.parametrize("kind", SAMPLES)
def test_a_users_settings_change_nothing(tmp_path: Path, kind: str) -> None:
    render_figure(Entry(SAMPLES[kind](), kind), tmp_path / "plain.svg")
    with mpl.rc_context({"font.size": 30, "axes.facecolor": "black", "svg.hashsalt": "other", "lines.linewidth": 9}):
        render_figure(Entry(SAMPLES[kind](), kind), tmp_path / "styled.svg")
        assert mpl.rcParams["font.size"] == 30
    assert (tmp_path / "plain.svg").read_bytes() == (tmp_path / "styled.svg").read_bytes()


def test_a_raster_copy_has_a_white_card(tmp_path: Path) -> None:
    render_figure(Entry(path_figure(), "path"), tmp_path / "path.svg")
    with Image.open(tmp_path / "path.png") as image:
        assert image.width > 1000
        assert {image.convert("RGB").getpixel(corner) for corner in ((0, 0), (image.width - 1, image.height - 1))} == {
            (255, 255, 255)
        }


def points(line: Line2D) -> NDArray[np.float64]:
    return np.asarray(line.get_xydata(), dtype=np.float64)


def test_the_path_is_straight_in_flat_coordinates() -> None:
    _, cone = draw("path").axes
    path = points(next(line for line in cone.lines if line.get_label() == "kinetic-optimal"))
    along, (dx, dy) = path - path[0], path[-1] - path[0]
    assert np.abs(along[:, 0] * dy - along[:, 1] * dx).max() < 1e-12
    marks = points(next(line for line in cone.lines if line.get_marker() == "o"))
    steps = np.hypot(*np.diff(marks, axis=0).T)
    assert steps == pytest.approx(np.full(10, steps[0]), rel=1e-4)


def test_rivals_meet_the_path_at_both_ends_in_both_panels() -> None:
    for axes in draw("path").axes:
        curves = [curve for curve in map(points, axes.lines) if len(curve) in (50, 400)]
        assert len(curves) == 3
        ends = np.sort([[curve[0], curve[-1]] for curve in curves], axis=1)
        assert np.ptp(ends, axis=0) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("kind", ["separation", "path", "curves", "panels"])
def test_no_two_curves_differ_by_colour_alone(kind: str) -> None:
    for axes in draw(kind).axes:
        named = [line for line in axes.lines if not str(line.get_label()).startswith("_")]
        # The dash pattern has no public accessor: a custom one reads back as "--".
        looks = [(line.get_linestyle(), str(vars(line)["_unscaled_dash_pattern"]), line.get_marker()) for line in named]
        assert len(set(looks)) == len(looks)


def test_the_strokes_of_a_generic_figure_differ_without_their_colours() -> None:
    assert len({str(stroke.dashes) for stroke in CYCLE}) == len(CYCLE)
    assert len({stroke.marker for stroke in CYCLE}) == len(CYCLE)


@pytest.mark.parametrize("kind", SAMPLES)
def test_no_text_leaves_the_figure_or_covers_other_text(kind: str) -> None:
    figure = draw(kind)
    with house_style():
        figure.draw_without_rendering()
    boxes = [
        (text.get_text(), text.get_window_extent())
        for axes in figure.axes
        for text in (*axes.texts, axes.title, axes.xaxis.label, axes.yaxis.label)
        if text.get_text()
    ]
    assert boxes
    for index, (first, box) in enumerate(boxes):
        for second, other in boxes[index + 1 :]:
            assert not box.overlaps(other), (first, second)


def test_a_label_keeps_its_stroke_from_panel_to_panel_and_stands_once_in_the_legend() -> None:
    figure = draw("panels")
    together, alone, _ = figure.axes
    looks = [
        [(line.get_color(), line.get_marker()) for line in axes.lines if line.get_label() == "flow"]
        for axes in (together, alone)
    ]
    assert looks[0] == looks[1] != []
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["flow", "measured", "ceiling $1/(1+x)$", "bound"]


def test_a_group_is_a_row_and_every_mark_stands_at_its_value() -> None:
    (axes,) = draw("groups").axes
    assert [label.get_text() for label in axes.get_yticklabels()] == ["digits", "Gaussian"]
    found = sorted(
        float(np.asarray(line.get_xdata())[0]) for line in axes.lines if line.get_marker() in ("o", "s", "|")
    )
    assert {1.09, 1.21, 1.41, 1.58} <= set(found)


def test_what_two_maps_treat_differently_is_hatched_and_nothing_else() -> None:
    left, right = draw("basins").axes
    hatched = [part for part in left.collections if vars(part).get("hatches") == ["////"]]
    (strip,) = (part.get_paths() for part in hatched)
    corners = np.concatenate([np.asarray(path.vertices) for path in strip])
    ticks = np.linspace(-2.0, 2.0, 40)
    assert (corners[:, 0].min(), corners[:, 0].max()) == pytest.approx(
        ((ticks[19] + ticks[20]) / 2, (ticks[25] + ticks[26]) / 2)
    )
    assert [text.get_text() for text in left.texts] == ["$y_{1}$", "$y_{2}$", "", "$x_1$"]
    assert [text.get_text() for text in right.texts] == ["$y_{1}$", "$y_{2}$"]


def test_maps_that_agree_have_nothing_hatched() -> None:
    entry = basins_figure()
    for panel in entry["panels"]:
        panel["cells"] = panel["flow"]
    with house_style():
        figure = KINDS["basins"](Entry(entry, "basins"))
    assert not any(vars(part).get("hatches") == ["////"] for axes in figure.axes for part in axes.collections)
    (legend,) = figure.legends
    assert "sent to different atoms" not in [text.get_text() for text in legend.get_texts()]


@pytest.mark.parametrize(("last", "labelled"), [(0.009, {2, 5}), (0.2, set())])
def test_a_logarithmic_axis_is_labelled_between_powers_of_ten_where_it_is_short(
    last: float, labelled: set[int]
) -> None:
    entry = {**curves_figure(), "xscale": "log"}
    for one in entry["series"]:
        one["x"] = np.geomspace(0.001, last, len(one["x"])).tolist()
    with house_style():
        figure = KINDS["curves"](Entry(entry, "curves"))
        figure.draw_without_rendering()
    (axes,) = figure.axes
    found = [label.get_text() for label in axes.get_xticklabels(minor=True) if label.get_text()]
    assert {int(text.removeprefix(r"$\mathdefault{")[0]) for text in found} == labelled


def test_contours_run_where_the_function_has_their_level_and_say_which() -> None:
    figure = draw("contours")
    with house_style():
        figure.draw_without_rendering()
    for axes, sign in zip(figure.axes, (1, -1), strict=True):
        (lines,) = (part for part in axes.collections if isinstance(part, ContourSet) and not part.filled)
        for level, path in zip(lines.levels, lines.get_paths(), strict=True):
            x, y = np.asarray(path.vertices).T
            assert sign * (x + 2 * y) == pytest.approx(np.full(len(x), level), abs=1e-12)
        assert [text.get_text() for text in axes.texts] == ["-1.5", "0", "1.5"]


def test_level_sets_are_labelled_where_values_are_supported_and_hatched_elsewhere() -> None:
    figure = draw("levels")
    with house_style():
        figure.draw_without_rendering()
    (axes,) = figure.axes
    (strip,) = (part.get_paths() for part in axes.collections if vars(part).get("hatches") == ["////"])
    corners = np.concatenate([np.asarray(path.vertices) for path in strip])
    assert corners[:, 1].max() == pytest.approx((1 + 2) / 2 / 8), "between the second row and the third"
    assert axes.texts
    assert all(text.get_position()[1] >= 2 / 8 - 1e-9 for text in axes.texts)
    labelled = [part for part in axes.collections if isinstance(part, ContourSet) and not part.filled][-1]
    for level, path in zip(labelled.levels, labelled.get_paths(), strict=True):
        corners = np.asarray(path.vertices, dtype=np.float64).reshape(-1, 2)
        assert (corners[:, 1] <= level + 1e-9).all(), "x^2 + y is the level, and x^2 is not negative"
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["level sets", "no data: extrapolated"]


def test_nothing_is_hatched_where_everything_is_supported() -> None:
    entry = levels_figure()
    entry["covered"] = [1] * len(entry["covered"])
    with house_style():
        figure = KINDS["levels"](Entry(entry, "levels"))
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["level sets"]


def test_arrows_point_to_where_particles_went_in_the_unit_of_the_axes() -> None:
    entry = arrows_figure()
    for axes, panel in zip(draw("arrows").axes, entry["panels"], strict=True):
        (arrows,) = (part for part in axes.collections if isinstance(part, Quiver))
        starts, steps = (np.array(pair, dtype=np.float64) for pair in ((arrows.X, arrows.Y), (arrows.U, arrows.V)))
        assert starts == pytest.approx(np.array([panel["x"], panel["y"]]))
        assert starts + steps == pytest.approx(np.array([panel["to_x"], panel["to_y"]]))
        assert (arrows.angles, arrows.scale_units, arrows.scale) == ("xy", "xy", 1)


def test_axes_without_a_ground_hold_the_tips_of_all_arrows() -> None:
    entry = arrows_figure()
    del entry["ground"]
    entry["panels"][0]["to_x"][0] = 7.0
    with house_style():
        figure = KINDS["arrows"](Entry(entry, "arrows"))
    assert all(axes.get_xlim()[1] >= 7 for axes in figure.axes), "panels share their axes"


def without(key: str) -> Callable[[Json], None]:
    return lambda entry: entry.pop(key)


BROKEN: dict[str, tuple[str, Callable[[Json], None], str]] = {
    "an unknown kind": ("bars", lambda e: e.update(kind="pie"), "f.kind: want one of "),
    "a missing array": ("separation", without("upper"), "f.upper: missing key"),
    "a short array": ("separation", lambda e: e["mean"].pop(), "f.mean: want 60 numbers, not 59"),
    "no number": (
        "separation", lambda e: e["mean"].__setitem__(3, float("nan")), "f.mean: holds a number that is not finite",
    ),
    "text for numbers": ("bars", lambda e: e.update(value="12"), "f.value: want a list of numbers"),
    "s of zero": ("separation", lambda e: e["s"].__setitem__(0, 0.0), "f.s: a logarithmic axis wants positive numbers"),
    "time that stops": ("path", lambda e: e["t"].__setitem__(5, e["t"][4]), "f.t: times must increase"),
    "an angle that turns back": (
        "path", lambda e: e["alpha"].__setitem__(200, 0.0), "f.alpha: the angle of (sigma, alpha) must not decrease",
    ),
    "a rival without noise": ("path", lambda e: e["vp"].pop("sigma"), "f.vp.sigma: missing key"),
    "no series": ("curves", lambda e: e.update(series=[]), "f.series: want a list that is not empty"),
    "too many series": ("curves", lambda e: e.update(series=e["series"] * 3), "f.series: 9 series are too many"),
    "a style of ours unknown": (
        "curves", lambda e: e["series"][1].update(style="dots"), "f.series[1].style: want one of line, points",
    ),
    "a scale of ours unknown": ("curves", lambda e: e.update(xscale="cubic"), "f.xscale: want one of linear, log"),
    "a negative error": ("bars", lambda e: e.update(error=[-1.0, 0.0]), "f.error: an error cannot be negative"),
    "labels short": ("bars", lambda e: e["label"].pop(), "f.label: want 2 labels, not 1"),
    "no columns": ("panels", lambda e: e.update(columns=0), "f.columns: want a positive integer, not 0"),
    "a panel without series": ("panels", lambda e: e["panels"][1].pop("series"), "f.panels[1].series: missing key"),
    "too many references": (
        "panels",
        lambda e: e["panels"][2]["series"].extend({**e["panels"][0]["series"][2], "label": str(i)} for i in range(2)),
        "f.panels: 4 labels are too many to tell apart: at most 3",
    ),
    "a mark that is no number": (
        "groups", lambda e: e["groups"][1]["marks"][0].update(value="12"), "f.groups[1].marks[0].value: want a finite",
    ),
    "a mark with a negative error": (
        "groups", lambda e: e["groups"][0]["marks"][1].update(error=-1), "f.groups[0].marks[1].error: an error cannot",
    ),
    "too many marks": (
        "groups",
        lambda e: e["groups"][0]["marks"].extend({"label": str(i), "value": 1, "error": 0} for i in range(4)),
        "f.groups: 7 labels are too many to tell apart: at most 6",
    ),
    "a ground of one number": (
        "panels", lambda e: e["panels"][0].update(shaded=[1.0]), "f.panels[0].shaded: want two numbers, not 1",
    ),
    "three maps": ("basins", lambda e: e["panels"].append(e["panels"][0]), "f.panels: want one or two panels, not 3"),
    "labels of too few places": (
        "basins", lambda e: e["panels"][0]["cells"]["length"].__setitem__(0, 25),
        "f.panels[0].cells: want labels of 40 x 40 places, not of 1599",
    ),
    "half a label": (
        "basins", lambda e: e["panels"][0]["flow"]["label"].__setitem__(0, 0.5), "f.panels[0].flow: want atoms",
    ),
    "an atom that is not there": (
        "basins", lambda e: e["panels"][0]["atoms"].update(x=[0.0], y=[0.0]), "f.panels[0].flow: there is no atom 1",
    ),
    "places out of order": (
        "basins", lambda e: e["panels"][0]["ticks"].reverse(), "f.panels[0].ticks: want two places or more",
    ),
    "an arrow into space": (
        "basins", lambda e: e["panels"][0]["arrows"][0].update(to=[1.0, 2.0, 3.0]), "f.panels[0].arrows[0].to: want",
    ),
    "a level twice": (
        "contours", lambda e: e["panels"][1].update(levels=[0.0, 0.0]), "f.panels[1].levels: want two numbers or more",
    ),
    "a map with a place too few": (
        "contours", lambda e: e["panels"][0]["values"].pop(), "f.panels[0].values: want 12 x 12 numbers, not 143",
    ),
    "a function without level sets": (
        "levels", lambda e: e.update(values=[1.0] * 99), "f.values: want values that differ where they are covered",
    ),
    "nothing covered": ("levels", lambda e: e.update(covered=[0] * 99), "f.values: want values that differ"),
    "a grid with a place too few": ("levels", lambda e: e["values"].pop(), "f.values: want 9 rows of 11 numbers"),
    "one column": ("levels", lambda e: e.update(x=[0.0]), "f.x: want two places or more that increase"),
    "four panels of arrows": ("arrows", lambda e: e.update(panels=e["panels"] * 2), "f.panels: want one to three"),
    "an arrow without its tip": ("arrows", lambda e: e["panels"][0]["to_y"].pop(), "f.panels[0].to_y: want 3 numbers"),
    "mathematics that cannot be set": ("curves", lambda e: e.update(xlabel=r"$\nosuch$"), "f: a label cannot be set"),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_an_entry_that_cannot_be_drawn_is_named(tmp_path: Path, name: str) -> None:
    kind, spoil, message = BROKEN[name]
    entry = copy.deepcopy(SAMPLES[kind]())
    spoil(entry)
    with pytest.raises(ReportError) as caught:
        render_figure(Entry(entry, "f"), tmp_path / "f.svg")
    assert str(caught.value).startswith(message)
